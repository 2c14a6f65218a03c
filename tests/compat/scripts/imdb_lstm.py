import numpy as np
from keras.preprocessing import sequence
from keras.models import Sequential
from keras.layers import Dense, Embedding, LSTM
max_features, maxlen = 50, 8
x_train = [list(np.random.randint(1, 50, n)) for n in np.random.randint(3, 12, 16)]
y_train = np.arange(16) % 2
x_train = sequence.pad_sequences(x_train, maxlen=maxlen)
model = Sequential()
model.add(Embedding(max_features, 8))
model.add(LSTM(6, dropout=0.2, recurrent_dropout=0.2))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(x_train, y_train, batch_size=8, epochs=1, verbose=0)
score, acc = model.evaluate(x_train, y_train, batch_size=8, verbose=0)
