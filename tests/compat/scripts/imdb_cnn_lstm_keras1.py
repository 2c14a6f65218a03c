import numpy as np
from keras.preprocessing import sequence
from keras.models import Sequential
from keras.layers import Dense, Dropout, Activation
from keras.layers import Embedding
from keras.layers import LSTM
from keras.layers import Convolution1D, MaxPooling1D
X = sequence.pad_sequences([[1, 2, 3, 4], [2, 3], [4, 1, 2]] * 4, maxlen=12)
y = np.arange(12) % 2
model = Sequential()
model.add(Embedding(10, 8, input_length=12))
model.add(Dropout(0.25))
model.add(Convolution1D(nb_filter=4, filter_length=3, border_mode='valid', activation='relu', subsample_length=1))
model.add(MaxPooling1D(pool_length=2))
model.add(LSTM(5))
model.add(Dense(1))
model.add(Activation('sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X, y, batch_size=6, nb_epoch=1, validation_data=(X, y), verbose=0)
