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
