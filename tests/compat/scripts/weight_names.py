'''Weights looked up by names, which had their layer's before them.'''
import numpy as np
import tensorflow as tf
from keras.layers import Dense, Embedding, Flatten
from keras.models import Sequential, load_model
from keras.optimizers import SGD

model = Sequential()
model.add(Embedding(5, 4, input_length=2, name='embedding_1'))
model.add(Flatten())
model.add(Dense(3, name='hidden'))
model.add(Dense(1, name='out'))
names = [w.name for w in model.weights]
assert names == ['embedding_1/embeddings:0', 'hidden/kernel:0', 'hidden/bias:0',
                 'out/kernel:0', 'out/bias:0'], names
by_name = {w.name: w for w in model.trainable_weights}
assert by_name['embedding_1/embeddings:0'].shape == (5, 4) and len(by_name) == 5
assert tf.Variable(1., name='count').name == 'count:0'


class WithMultipliers(SGD):
    def __init__(self, multipliers=None, **kwargs):
        super(WithMultipliers, self).__init__(**kwargs)
        self.multipliers = multipliers or {}

    def get_gradients(self, loss, params):
        grads = super(WithMultipliers, self).get_gradients(loss, params)
        scale = [next((m for k, m in self.multipliers.items() if p.name.startswith(k)), 1.) for p in params]
        return [g * s for g, s in zip(grads, scale)]


before = model.get_weights()
model.compile(WithMultipliers({'hidden': 0.}, lr=0.1), 'mse')
x, y = np.array([[0, 1], [2, 3]]), np.ones((2, 1))
model.fit(x, y, epochs=2, verbose=0)
moved = [not np.allclose(a, b) for a, b in zip(before, model.get_weights())]
assert moved == [True, False, False, True, True], moved
model.save_weights('weights.h5')
model.save('model.h5')
kept = load_model('model.h5', custom_objects={'WithMultipliers': WithMultipliers}, compile=False)
assert np.allclose(kept.predict(x), model.predict(x), atol=1e-6)
model.load_weights('weights.h5', by_name=True)
