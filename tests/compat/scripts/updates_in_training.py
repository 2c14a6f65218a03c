# Statistics that a layer keeps move in training alone, by K's functions or by pairs.
import numpy as np
from keras import backend as K
from keras.layers import Dense, Input
from keras.engine.topology import Layer
from keras.models import Model, Sequential


class Centred(Layer):
    def __init__(self, way, **kwargs):
        self.way = way
        super(Centred, self).__init__(**kwargs)

    def build(self, input_shape):
        self.mean = self.add_weight((input_shape[-1],), initializer='zeros',
                                    name='mean', trainable=False)
        self.built = True

    def call(self, x, training=None):
        mean = K.mean(x, axis=0)
        moved = 0.9 * self.mean + 0.1 * mean
        if self.way == 'function':
            self.add_update([K.moving_average_update(self.mean, mean, 0.9)], x)
        elif self.way == 'pair':
            self.add_update((self.mean, moved), x)
        else:
            self.add_update([(self.mean, moved)], x)
        return K.in_train_phase(x - mean, x - self.mean, training=training)


x, y = np.ones((8, 2)), np.ones((8, 1))
for way in ('function', 'pair', 'pairs'):
    inp = Input(shape=(2,))
    layer = Centred(way)
    model = Model(inp, Dense(1)(layer(inp)))
    model.compile(loss='mse', optimizer='sgd')
    model.predict(x)
    model.evaluate(x, y, verbose=0)
    assert np.all(layer.get_weights()[0] == 0), way
    model.fit(x, y, batch_size=4, nb_epoch=1, verbose=0)
    assert np.allclose(layer.get_weights()[0], 0.19), way
    model.predict(x)
    assert np.allclose(layer.get_weights()[0], 0.19), way

    K.function([inp], model.outputs)([x])
    assert np.allclose(layer.get_weights()[0], 0.19), way

    layer.trainable = False  # such a layer is not updated
    model.compile(loss='mse', optimizer='sgd')
    model.fit(x, y, nb_epoch=1, verbose=0)
    assert np.allclose(layer.get_weights()[0], 0.19), way


class Total(Layer):
    """A layer that is stateful is updated in predicting, too."""

    def __init__(self, way, **kwargs):
        self.way = way
        self.stateful = True
        super(Total, self).__init__(**kwargs)

    def build(self, input_shape):
        self.state = K.zeros((4, input_shape[-1]))
        self.built = True

    def call(self, x):
        new = self.state + x
        if self.way == 'function':
            self.add_update(K.update(self.state, new), x)
        elif self.way == 'added':
            self.add_update([K.update_add(self.state, x)], x)
        else:
            self.add_update([(self.state, new)], x)
        return new


x = np.arange(8.).reshape(4, 2)
for way in ('function', 'added', 'pairs'):
    model = Sequential([Total(way, batch_input_shape=(4, 2))])
    model.compile(loss='mse', optimizer='sgd')
    assert np.allclose(model.predict(x, batch_size=4), x), way
    assert np.allclose(model.predict(x, batch_size=4), 2 * x), way
    assert np.isclose(model.evaluate(x, 3 * x, batch_size=4, verbose=0), 0), way
    K.set_value(model.layers[0].state, np.zeros((4, 2)))
    assert np.allclose(model.predict(x, batch_size=4), x), way
