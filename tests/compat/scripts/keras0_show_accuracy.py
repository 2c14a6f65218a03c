from __future__ import absolute_import, print_function
import numpy as np
np.random.seed(1337)
from keras.preprocessing import sequence
from keras.optimizers import SGD, RMSprop, Adagrad
from keras.utils import np_utils
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation, Merge, TimeDistributedDense, Flatten, Reshape
from keras.layers.advanced_activations import PReLU
from keras.layers.convolutional import Convolution2D, MaxPooling2D, ZeroPadding2D
from keras.layers.embeddings import Embedding
from keras.layers.normalization import BatchNormalization
from keras.layers.recurrent import LSTM, GRU
from keras.datasets import imdb
max_features, maxlen, batch_size = 20, 8, 8
(X_train, y_train), (X_test, y_test) = imdb.load_data(nb_words=max_features)
X_train = sequence.pad_sequences(X_train, maxlen=maxlen)
X_test = sequence.pad_sequences(X_test, maxlen=maxlen)
model = Sequential()
model.add(Embedding(max_features, 6))
model.add(LSTM(6, inner_activation='hard_sigmoid', init='glorot_uniform', inner_init='orthogonal', forget_bias_init='one'))
model.add(Dropout(0.5))
model.add(Dense(1))
model.add(Activation('sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', class_mode="binary")
model.fit(X_train, y_train, batch_size=batch_size, nb_epoch=1, validation_data=(X_test, y_test), show_accuracy=True)
score, acc = model.evaluate(X_test, y_test, batch_size=batch_size, show_accuracy=True)
print('Test score:', score)
assert 0 <= acc <= 1
classes = model.predict_classes(X_test, batch_size=batch_size)
assert classes.shape == (len(X_test), 1)
left = Sequential()
left.add(Dense(5, input_shape=(4,), init='lecun_uniform'))
left.add(PReLU())
left.add(BatchNormalization())
right = Sequential()
right.add(Dense(5, input_dim=3, W_regularizer='l2', init='uniform'))
right.add(Activation('relu'))
model = Sequential()
model.add(Merge([left, right], mode='concat'))
model.add(Dense(3, init='normal'))
model.add(Activation('softmax'))
sgd = SGD(lr=0.1, decay=1e-6, momentum=0.9, nesterov=True)
model.compile(loss='categorical_crossentropy', optimizer=sgd)
y = np_utils.to_categorical(np.arange(9) % 3, 3)
model.fit([np.ones((9, 4)), np.ones((9, 3))], y, nb_epoch=1, batch_size=3, verbose=0, validation_split=0.1, show_accuracy=True)
loss = model.train_on_batch([np.ones((9, 4)), np.ones((9, 3))], y)
assert model.predict([np.ones((2, 4)), np.ones((2, 3))]).shape == (2, 3)
asked = Sequential()
asked.add(Dense(5, input_shape=(3,)))
model = Sequential()
model.add(Merge([asked, asked], mode='dot', dot_axes=[(1,), (1,)]))
assert model.output_shape == (None, 1)
left = Sequential()
left.add(ZeroPadding2D((1, 1), input_shape=(3, 6, 7)))  # as Theano has them
left.add(Convolution2D(2, 3, 3, border_mode='valid'))
left.add(MaxPooling2D(pool_size=(2, 2)))
assert left.output_shape == (None, 2, 3, 3)
