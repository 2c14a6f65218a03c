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

from keras.layers import Conv2D, Conv3D, InputLayer, SeparableConv2D
from keras.layers import merge
from keras.models import model_from_config
from keras.optimizers import adam_v2
from keras.utils.layer_utils import convert_dense_weights_data_format
from tensorflow.python.keras.optimizer_v2 import gradient_descent

steering = Sequential()
steering.add(Conv2D(24, 5, 5, activation='elu', subsample=(2, 2), input_shape=(20, 24, 3)))
assert steering.output_shape == (None, 8, 10, 24)
assert Conv2D(8, 1, 7, border_mode='same').kernel_size == (1, 7)
assert SeparableConv2D(8, 3, 3).kernel_size == Conv3D(8, 3, 3, 3).kernel_size[:2] == (3, 3)
assert Conv2D(8, 3, 2).strides == Conv2D(8, 2, 2, padding='same').strides == (2, 2)
assert InputLayer(batch_input_shape=(1, 5)).batch_shape == (1, 5)
graph = [Input(shape=(None, None), batch_shape=(None, None), sparse=True)]
assert K.int_shape(graph[0]) == (None, None) and K.eval(K.zeros(2)).shape == (2,)
assert type(merge.Add()).__name__ == 'Add' and adam_v2.Adam is Adam and gradient_descent.SGD is SGD
config = {'class_name': 'Sequential', 'config': steering.get_config()}
assert model_from_config(config).output_shape == steering.output_shape

pictures, dense = np.random.rand(2, 5, 3, 4), Dense(6)
dense.build((None, 60))
kernel = dense.get_weights()[0]
convert_dense_weights_data_format(dense, (3, 4, 5), 'channels_last')
turned = pictures.transpose(0, 2, 3, 1).reshape(2, -1) @ dense.get_weights()[0]
assert np.allclose(turned, pictures.reshape(2, -1) @ kernel, atol=1e-6)
convert_dense_weights_data_format(dense, (5, 3, 4), 'channels_first')
assert np.array_equal(dense.get_weights()[0], kernel)

assert steering.layers[0].W.get_value().shape == (5, 5, 3, 24) and not hasattr(Embedding(5, 2), 'W')
assert np.array_equal(dense.b.get_value(), np.zeros(6)) and not hasattr(Dense(2), 'W')


class OwnNames(Layer):
    def build(self, input_shape):
        self.W = self.add_weight(shape=(input_shape[-1], 2), initializer='ones', name='W')
        super(OwnNames, self).build(input_shape)

    def call(self, x):
        return K.dot(x, self.W)


own = OwnNames()
assert K.eval(own(K.variable(np.ones((1, 3))))).tolist() == [[3, 3]] and len(own.get_weights()) == 1
steps = np.random.rand(1, 4, 3).astype('float32')
for Kind in tf.keras.layers.Attention, tf.keras.layers.AdditiveAttention:
    causal, plain = Kind(causal=True), Kind()
    before = causal([steps, steps])
    plain([steps, steps])
    plain.set_weights(causal.get_weights())
    assert np.allclose(before, plain([steps, steps], use_causal_mask=True))
    assert not np.allclose(before, plain([steps, steps]))
    x = Input((4, 3))
    assert np.allclose(Model(x, causal([x, x])).predict(steps, verbose=0), before, atol=1e-6)

from keras.callbacks import EarlyStopping, ReduceLROnPlateau

assert Dense(12 / 2).units == 6 and Dense(8 / 2, 12 / 3, activation='tanh').input_shape == (None, 4)
assert LSTM(units=6 / 2).units == 3 and Dense(output_dim=6 / 2).units == 3
assert ReduceLROnPlateau(patience=20 / 2).patience == EarlyStopping(patience=10.).patience == 10
zooming = ImageDataGenerator(zoom_range=1.2)
assert np.allclose(zooming.zoom_range, [-.2, 2.2])
assert next(zooming.flow(np.random.rand(4, 6, 6, 3), batch_size=4)).shape == (4, 6, 6, 3)
for wrong in lambda: Dense(2.5), lambda: EarlyStopping(patience=2.5), lambda: ImageDataGenerator(zoom_range=-2):
    try:
        wrong()
    except (TypeError, ValueError):
        continue
    raise AssertionError('a number that means nothing was taken')
