# Statistics that a layer keeps move in training alone, by K's functions or by pairs.
import numpy as np
from keras import backend as K
from keras.layers import Dense, Input
from keras.engine.topology import Layer
from keras.models import Model


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

    layer.trainable = False  # of such a layer pairs are not heeded
    model.compile(loss='mse', optimizer='sgd')
    model.fit(x, y, nb_epoch=1, verbose=0)
    assert way == 'function' or np.allclose(layer.get_weights()[0], 0.19), way
