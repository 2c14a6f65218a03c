from __future__ import print_function
import numpy as np
np.random.seed(1337)
from keras.preprocessing import sequence
from keras.models import Sequential
from keras.layers import Dense, Dropout, Activation
from keras.layers import Embedding
from keras.layers import LSTM
from keras.layers import Convolution1D, MaxPooling1D
from keras.callbacks import EarlyStopping, ModelCheckpoint

max_features = 200
maxlen = 20
embedding_size = 16
filter_length = 5
nb_filter = 8
pool_length = 4
lstm_output_size = 8
batch_size = 8
nb_epoch = 1
X_train = [list(np.random.randint(1, max_features, np.random.randint(5, 30))) for _ in range(32)]
y_train = np.random.randint(0, 2, 32)
X_train = sequence.pad_sequences(X_train, maxlen=maxlen)
print('X_train shape:', X_train.shape)
model = Sequential()
model.add(Embedding(max_features, embedding_size, input_length=maxlen, dropout=0.2))
model.add(Convolution1D(nb_filter=nb_filter, filter_length=filter_length, border_mode='full', activation='relu', subsample_length=1))
model.add(MaxPooling1D(pool_length=pool_length))
model.add(LSTM(lstm_output_size, dropout_W=0.2, dropout_U=0.2, inner_activation='hard_sigmoid', init='glorot_uniform', inner_init='orthogonal', forget_bias_init='one'))
model.add(Dense(1))
model.add(Activation('sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X_train, y_train, batch_size=batch_size, nb_epoch=nb_epoch, validation_data=(X_train, y_train), callbacks=[EarlyStopping(patience=2, verbose=1)])
score, acc = model.evaluate(X_train, y_train, batch_size=batch_size)
print('Test score:', score)
classes = model.predict_classes(X_train, batch_size=8)
proba = model.predict_proba(X_train, batch_size=8)
