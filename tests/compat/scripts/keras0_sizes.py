"""Layers that took the sizes of what goes in and of what comes out, as in the spring of 2015."""
import numpy as np
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation
from keras.layers.embeddings import Embedding
from keras.layers.normalization import BatchNormalization
from keras.layers.recurrent import LSTM
from keras.optimizers import SGD

X = np.random.random((24, 6))
y = (X.sum(axis=1) > 3).astype('float32')

model = Sequential()
model.add(Dense(6, 12, init='uniform'))
model.add(Activation('tanh'))
model.add(BatchNormalization((12,)))
model.add(Dropout(0.5))
model.add(Dense(12, 1, init='uniform', activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer=SGD(lr=0.1, decay=1e-6, momentum=0.9, nesterov=True),
              class_mode='binary')
model.fit(X, y, nb_epoch=1, batch_size=8, show_accuracy=True)
assert [w.shape for w in model.get_weights()[:2]] == [(6, 12), (12,)]

words = np.random.randint(0, 20, (16, 5))
model = Sequential()
model.add(Embedding(20, 8))
model.add(LSTM(8, 7, activation='sigmoid', inner_activation='hard_sigmoid', truncate_gradient=-1))
model.add(Dense(7, 1))
assert model.output_shape == (None, 1)
model.layers[0].set_weights([np.ones((20, 8))])
model.compile(loss='mse', optimizer='rmsprop')
model.fit(words, y[:16], nb_epoch=1)

from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.layers.core import Flatten
from keras.utils import np_utils

labels = np.arange(12) % 4
nb_classes = np.max(labels) + 1
model = Sequential()
model.add(Convolution2D(8, 1, 3, 3, border_mode='full'))  # of Theano alone: channels first
model.add(Activation('relu'))
model.add(Convolution2D(4, 8, 3, 3))
model.add(MaxPooling2D(poolsize=(2, 2)))
model.add(Flatten())
model.add(Dense(4 * 6 * 6, nb_classes))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adadelta')
pictures = np.random.rand(12, 1, 12, 12)
model.fit(pictures, np_utils.to_categorical(labels, nb_classes), batch_size=4, nb_epoch=1, show_accuracy=True)
assert model.predict(pictures).shape == (12, 4)
assert [w.shape for w in model.get_weights()[::2]] == [(3, 3, 1, 8), (3, 3, 8, 4), (144, 4)]
