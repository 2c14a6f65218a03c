from keras.models import Sequential, Model
from keras.layers import Merge, merge, Dense, Input, LSTM, Embedding, Convolution2D, MaxPooling2D, Flatten, AveragePooling2D, ZeroPadding2D, Dropout, BatchNormalization, Activation, Highway, MaxoutDense, TimeDistributed, Bidirectional
from keras.regularizers import l2, WeightRegularizer, activity_l2
from keras.layers.advanced_activations import PReLU, ELU, ParametricSoftplus, SReLU
from keras.layers.noise import GaussianNoise, GaussianDropout
from keras.utils.np_utils import to_categorical
from keras.utils.visualize_util import plot
import numpy as np
a = Input(shape=(8,)); b = Input(shape=(8,), name='aux')
s = Dense(np.int32(6), init='he_normal', W_regularizer=l2(0.01), b_regularizer=l2(0.01), activity_regularizer=activity_l2(0.01))
x, y = s(a), s(b)
merged = merge([x, y], mode='concat', concat_axis=-1)
cos = merge([x, y], mode='cos', dot_axes=1)
dot = merge([x, y], mode='dot', dot_axes=(1, 1))
custom = merge([x, y], mode=lambda x: x[0] - x[1], output_shape=lambda x: x[0])
mul = merge([x, y], mode='mul')
ave = merge([x, y], mode='ave'); mx = merge([x, y], mode='max')
h = merge([merged, mul, ave, mx, custom], mode='concat')
h = Highway(activation='tanh')(h)
h = MaxoutDense(5, nb_feature=3)(h)
h = PReLU()(h)
h = BatchNormalization(mode=0, axis=1)(h)
out = Dense(1, activation='sigmoid', name='main')(h)
out2 = Dense(1, activation='linear', name='aux_out')(dot)
model = Model(input=[a, b], output=[out, out2])
model.compile(optimizer='rmsprop', loss={'main': 'binary_crossentropy', 'aux_out': 'mse'}, loss_weights={'main': 1., 'aux_out': 0.2})
X = np.random.rand(16, 8); Y = np.random.randint(0, 2, (16, 1))
model.fit({'input_1': X, 'aux': X}, {'main': Y, 'aux_out': Y}, nb_epoch=1, batch_size=8)
left = Sequential(); left.add(Dense(4, input_shape=(8,)))
right = Sequential(); right.add(Dense(4, input_dim=8))
m = Sequential(); m.add(Merge([left, right], mode='concat')); m.add(Dense(2, activation='softmax'))
m.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
m.fit([X, X], to_categorical(Y, nb_classes=2), nb_epoch=1, batch_size=8, verbose=2)
print(m.get_config() is not None, m.layers[0].output_shape)
