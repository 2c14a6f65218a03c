import numpy as np
from keras.models import Sequential, Model
from keras.layers import Dense, Input, Merge, merge, Activation
left, right = Sequential(), Sequential()
left.add(Dense(4, input_dim=5))
right.add(Dense(4, input_dim=3))
model = Sequential()
model.add(Merge([left, right], mode='concat'))
model.add(Dense(1))
model.add(Activation('sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='rmsprop')
model.fit([np.random.rand(6, 5), np.random.rand(6, 3)], np.arange(6) % 2, nb_epoch=1, batch_size=3, verbose=0)
a = Input(shape=(4,))
b = Dense(4)(a)
m = Model(input=a, output=merge([a, b], mode='sum'))
assert m.predict(np.ones((2, 4))).shape == (2, 4)

from keras.layers import Deconvolution2D  # which says what it gives, where several would do
for size, border_mode in ((29, 'valid'), (28, 'valid'), (27, 'same'), (28, 'same')):
    model = Sequential()
    model.add(Deconvolution2D(2, 2, 2, (None, size, size, 2), border_mode=border_mode, subsample=(2, 2),
                              input_shape=(14, 14, 1)))
    assert model.output_shape == (None, size, size, 2)
    assert model.predict(np.ones((1, 14, 14, 1))).shape == (1, size, size, 2)
