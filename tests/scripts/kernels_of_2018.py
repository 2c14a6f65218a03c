# What kernels and repositories of 2016 to 2019 have in common: Keras 2's own arguments.
import numpy as np

from keras import backend as K
from keras.layers import Dense, Embedding, Input, Layer, LSTM, Merge
from keras.models import Model, Sequential
from keras.optimizers import SGD, Adam, Nadam, RMSprop
from keras.preprocessing.image import ImageDataGenerator, array_to_img, img_to_array
from keras.utils import multi_gpu_model
import tensorflow as tf

np.random.seed(3)
adam = Adam(lr=0.001, beta_1=0.9, beta_2=0.999, epsilon=None, decay=0.0, amsgrad=False)
assert adam.epsilon == K.epsilon()
assert RMSprop(lr=0.001, rho=0.9, epsilon=None, decay=0.0).epsilon == K.epsilon()
assert Nadam(lr=0.002, epsilon=None, schedule_decay=0.004).epsilon == K.epsilon()
assert SGD(0.1, 0.9, 0.5, True).decay == 0.5 and SGD(0.1, 0.9, True).nesterov
assert Adam(0.1, 0.9, 0.999, None, 0.25).decay == 0.25 and Adam(0.1, 0.9, 0.999, 1e-8, True).amsgrad


def similarity(left, right):
    return K.exp(-K.sum(K.abs(left - right), axis=1, keepdims=True))


class ManDist(Layer):
    def __init__(self, **kwargs):
        self.result = None
        super(ManDist, self).__init__(**kwargs)

    def call(self, x, **kwargs):
        self.result = similarity(x[0], x[1])
        return self.result

    def compute_output_shape(self, input_shape):
        return K.int_shape(self.result)


left_input, right_input = Input((7,), dtype='int32'), Input((7,), dtype='int32')
embedding, lstm = Embedding(20, 5, trainable=False), LSTM(4)
ends = [lstm(embedding(left_input)), lstm(embedding(right_input))]
merged = Merge(mode=lambda x: similarity(x[0], x[1]), output_shape=lambda x: (x[0][0], 1))(ends)
dist = ManDist()
again = dist(ends)
assert dist(ends).shape == again.shape and tuple(again.shape) == (None, 1)
malstm = Model([left_input, right_input], merged)
malstm.compile(loss='mean_squared_error', optimizer=adam, metrics=['accuracy'])
x = [np.random.randint(1, 20, (16, 7)) for _ in range(2)]
malstm.fit(x, np.random.randint(0, 2, 16), batch_size=8, nb_epoch=1, verbose=0)
assert np.array_equal(Model([left_input, right_input], again).predict(x), malstm.predict(x))

pictures = np.random.rand(6, 1, 8, 8)
flow = ImageDataGenerator(horizontal_flip=True, dim_ordering='th').flow(pictures, batch_size=4)
assert next(flow).shape == (4, 1, 8, 8)
picture = array_to_img(np.random.rand(3, 8, 9) * 255, dim_ordering='th')
assert picture.size == (9, 8) and img_to_array(picture, dim_ordering='th').shape == (3, 8, 9)

model = Sequential([Dense(3, input_shape=(4,), activation='softmax')])
try:
    parallel = multi_gpu_model(model, gpus=8)
except ValueError:
    parallel = model
parallel.compile(SGD(lr=0.1), 'categorical_crossentropy')
parallel.fit(np.random.rand(9, 4), np.eye(3)[np.arange(9) % 3], nb_epoch=1, verbose=0)
shares = tf.nn.softmax(K.variable(np.zeros((2, 4))), dim=0)
assert np.allclose(K.eval(shares), 0.5)
normed = tf.nn.batch_normalization(K.variable([[1.0, 3.0]]), 2.0, 4.0, 1.0, None, 0.0)
assert np.allclose(K.eval(normed), [[0.5, 1.5]])

shared = LSTM(8)
first, second = Input((None, 12)), Input((5, 12))
shared(first), shared(second)
assert shared.get_input_shape_at(1) == (None, 5, 12)
assert shared.get_output_shape_at(0) == (None, 8)


class TwoInputs(tf.keras.layers.Layer):
    def call(self, x, training, mask):
        return x if mask is None else x * mask


class Summed(tf.keras.Model):
    def __init__(self):
        super(Summed, self).__init__()
        self.two, self.end = TwoInputs(), tf.keras.layers.Dense(2)

    def call(self, x):
        return self.end(self.two(x, False, tf.ones_like(x)))


summed, lines = Summed(), []
summed(np.ones((2, 3), 'float32'))
summed.summary(print_fn=lines.append)
assert '?' in '\n'.join(map(str, lines))
