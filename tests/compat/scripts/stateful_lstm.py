import numpy as np
from keras.models import Sequential
from keras.layers import Dense, LSTM
batch_size = 4
model = Sequential()
model.add(LSTM(4, batch_input_shape=(batch_size, 3, 1), stateful=True, return_sequences=True))
model.add(LSTM(4, stateful=True))
model.add(Dense(1))
model.compile(loss='mean_squared_error', optimizer='adam')
X, y = np.random.rand(8, 3, 1), np.random.rand(8)
for i in range(2):
    model.fit(X, y, epochs=1, batch_size=batch_size, verbose=0, shuffle=False)
    model.reset_states()
model.predict(X, batch_size=batch_size)
