'''Optimizers of the web with a get_updates of their own, trained, saved, wrapped and in a function.'''
import numpy as np
import keras.backend as K
from keras.layers import Dense
from keras.legacy import interfaces
from keras.models import Sequential, load_model
from keras.optimizers import SGD, Adam, Optimizer


class AdamOfTheWeb(Optimizer):
    def __init__(self, lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=None, decay=0., **kwargs):
        super(AdamOfTheWeb, self).__init__(**kwargs)
        with K.name_scope(self.__class__.__name__):
            self.iterations = K.variable(0, dtype='int64', name='iterations')
            self.lr = K.variable(lr, name='lr')
            self.beta_1 = K.variable(beta_1, name='beta_1')
            self.beta_2 = K.variable(beta_2, name='beta_2')
            self.decay = K.variable(decay, name='decay')
        self.epsilon = K.epsilon() if epsilon is None else epsilon
        self.initial_decay = decay

    @interfaces.legacy_get_updates_support
    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        self.updates = [K.update_add(self.iterations, 1)]
        lr = self.lr
        if self.initial_decay > 0:
            lr = lr * (1. / (1. + self.decay * K.cast(self.iterations, K.dtype(self.decay))))
        t = K.cast(self.iterations, K.floatx()) + 1
        lr_t = lr * (K.sqrt(1. - K.pow(self.beta_2, t)) / (1. - K.pow(self.beta_1, t)))
        ms = [K.zeros(K.int_shape(p), dtype=K.dtype(p)) for p in params]
        vs = [K.zeros(K.int_shape(p), dtype=K.dtype(p)) for p in params]
        self.weights = [self.iterations] + ms + vs
        for p, g, m, v in zip(params, grads, ms, vs):
            m_t = (self.beta_1 * m) + (1. - self.beta_1) * g
            v_t = (self.beta_2 * v) + (1. - self.beta_2) * K.square(g)
            self.updates.append(K.update(m, m_t))
            self.updates.append(K.update(v, v_t))
            new_p = p - lr_t * m_t / (K.sqrt(v_t) + self.epsilon)
            if getattr(p, 'constraint', None) is not None:
                new_p = p.constraint(new_p)
            self.updates.append(K.update(p, new_p))
        return self.updates

    def get_config(self):
        config = {'lr': float(K.get_value(self.lr)), 'decay': float(K.get_value(self.decay))}
        base_config = super(AdamOfTheWeb, self).get_config()
        return dict(list(base_config.items()) + list(config.items()))


class Shrinking(SGD):
    def get_updates(self, loss, params):
        self.updates = super(Shrinking, self).get_updates(loss, params)
        for p in params:
            self.updates.append(K.update_sub(p, 0.1 * p))
        return self.updates


class Keras1(Optimizer):
    def __init__(self, lr=0.1, **kwargs):
        super(Keras1, self).__init__(**kwargs)
        self.__dict__.update(locals())
        self.iterations = K.variable(0.)
        self.lr = K.variable(lr)

    def get_updates(self, params, constraints, loss):
        self.updates = [(self.iterations, self.iterations + 1.)]
        for p, g in zip(params, self.get_gradients(loss, params)):
            new_p = p - self.lr * g
            self.updates.append((p, constraints[p](new_p) if p in constraints else new_p))
        return self.updates


class Wrapping(Optimizer):  # as keras-rl has one
    def __init__(self, optimizer, additional_updates):
        super(Wrapping, self).__init__()
        self.optimizer = optimizer
        self.additional_updates = additional_updates

    def get_updates(self, params, loss):
        self.updates = self.optimizer.get_updates(params=params, loss=loss)
        self.updates += self.additional_updates
        return self.updates


x = np.random.RandomState(0).normal(size=(64, 5))
y = 2 * x[:, :1]


def model_of(weights=None):
    model = Sequential([Dense(4, activation='tanh', input_dim=5), Dense(1)])
    if weights:
        model.set_weights(weights)
    return model


def trained(optimizer, weights):
    model = model_of(weights)
    model.compile(optimizer, 'mse')
    model.fit(x, y, epochs=3, batch_size=16, shuffle=False, verbose=0)
    return model


start = model_of().get_weights()


def same(a, b):
    return all(np.allclose(p, q, atol=1e-5) for p, q in zip(a.get_weights(), b.get_weights()))


mine = trained(AdamOfTheWeb(0.01, decay=0.1), start)
assert same(mine, trained(Adam(0.01, decay=0.1), start))
assert K.get_value(mine.optimizer.iterations) == 12 and len(mine.optimizer.weights) == 9
assert same(trained(Keras1(0.05), start), trained(SGD(0.05), start))
limited = trained(AdamOfTheWeb(0.01, clipnorm=0.1), start)
assert same(limited, trained(Adam(0.01, clipnorm=0.1), start)) and not same(limited, mine)

mine.save('mine.h5')
kept = load_model('mine.h5', custom_objects={'AdamOfTheWeb': AdamOfTheWeb})
kept.fit(x, y, epochs=1, verbose=0)
K.set_value(mine.optimizer.lr, 0.)
before = mine.get_weights()
mine.fit(x, y, epochs=1, verbose=0)
assert np.allclose(mine.get_weights()[0], before[0])

assert np.allclose(trained(Shrinking(lr=0.), start).get_weights()[0], start[0] * 0.9 ** 12, atol=1e-6)

source, target = model_of(start), model_of()
for w, v in zip(target.get_weights(), source.get_weights()):
    assert w.shape == v.shape
begun = target.get_weights()
soft = [(t, 0.5 * s + (1. - 0.5) * t) for t, s in zip(target.trainable_weights, source.trainable_weights)]
source.compile(Wrapping(Adam(0.1), soft), 'mse')
follows = begun[0]
for _ in range(3):
    now = source.get_weights()[0]  # what the update reads before the step, or after it
    source.train_on_batch(x, y)
    low, high = (0.5 * s + 0.5 * follows for s in (now, source.get_weights()[0]))
    follows = target.get_weights()[0]
    assert np.allclose(follows, low, atol=1e-5) or np.allclose(follows, high, atol=1e-5)

model, given = Sequential([Dense(1, input_dim=5)]), K.placeholder((None, 1))
loss = K.mean(K.square(model.output - given))
optimizer = AdamOfTheWeb(0.1)
updates = optimizer.get_updates(loss=loss, params=model.trainable_weights)
step = K.function([model.input, given], [loss], updates=updates)
losses = [float(step([x, y])[0]) for _ in range(4)]
assert losses == sorted(losses, reverse=True) and K.get_value(optimizer.iterations) == 4
