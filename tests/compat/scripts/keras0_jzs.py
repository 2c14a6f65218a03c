import numpy as np
from keras.models import Sequential
from keras.layers.core import Dense, Dropout, Activation, TimeDistributedDense, RepeatVector
from keras.layers.embeddings import Embedding
from keras.layers.recurrent import JZS1
from keras.optimizers import SGD, RMSprop, Adagrad
from keras.layers.normalization import BatchNormalization
X = np.random.randint(0, 20, (16, 7)); y = np.random.randint(0, 2, (16, 1))
m = Sequential()
m.add(Embedding(20, 8))
m.add(JZS1(8, return_sequences=False))
m.add(Dropout(0.5))
m.add(Dense(1))
m.add(Activation('sigmoid'))
m.compile(loss='binary_crossentropy', optimizer=Adagrad(lr=0.01, epsilon=1e-6), class_mode='binary')
m.fit(X, y, batch_size=8, nb_epoch=1, show_accuracy=True, validation_split=0.1, verbose=1)
score, acc = m.evaluate(X, y, batch_size=8, show_accuracy=True)
