from math import sqrt
from numpy import concatenate
import numpy as np
from pandas import DataFrame, concat
from sklearn.preprocessing import MinMaxScaler, LabelEncoder
from sklearn.metrics import mean_squared_error
from keras.models import Sequential
from keras.layers import Dense, LSTM, Masking, Bidirectional, TimeDistributed, ConvLSTM2D, Flatten, BatchNormalization, Conv3D
from keras.layers.convolutional import Conv1D, MaxPooling1D
import matplotlib
matplotlib.use('Agg')
from matplotlib import pyplot

def series_to_supervised(data, n_in=1, n_out=1, dropnan=True):
    n_vars = 1 if type(data) is list else data.shape[1]
    df = DataFrame(data)
    cols, names = list(), list()
    for i in range(n_in, 0, -1):
        cols.append(df.shift(i))
        names += [('var%d(t-%d)' % (j+1, i)) for j in range(n_vars)]
    for i in range(0, n_out):
        cols.append(df.shift(-i))
        names += [('var%d(t)' % (j+1)) for j in range(n_vars)]
    agg = concat(cols, axis=1)
    agg.columns = names
    if dropnan:
        agg.dropna(inplace=True)
    return agg

values = np.random.rand(24, 3).astype(object)
values[:, 2] = LabelEncoder().fit_transform(['NW', 'SE', 'cv'] * 8)
values = values.astype('float32')
scaler = MinMaxScaler(feature_range=(0, 1))
scaled = scaler.fit_transform(values)
reframed = series_to_supervised(scaled, 1, 1)
reframed.drop(reframed.columns[[4, 5]], axis=1, inplace=True)
values = reframed.values
train, test = values[:16, :], values[16:, :]
train_X, train_y = train[:, :-1], train[:, -1]
test_X, test_y = test[:, :-1], test[:, -1]
train_X = train_X.reshape((train_X.shape[0], 1, train_X.shape[1]))
test_X = test_X.reshape((test_X.shape[0], 1, test_X.shape[1]))
model = Sequential()
model.add(Masking(mask_value=-1., input_shape=(train_X.shape[1], train_X.shape[2])))
model.add(Bidirectional(LSTM(5), merge_mode='ave'))
model.add(Dense(1))
model.compile(loss='mae', optimizer='adam')
history = model.fit(train_X, train_y, epochs=2, batch_size=8, validation_data=(test_X, test_y), verbose=2, shuffle=False)
pyplot.plot(history.history['loss'], label='train')
pyplot.plot(history.history['val_loss'], label='test')
pyplot.legend()
pyplot.close()
yhat = model.predict(test_X)
test_X = test_X.reshape((test_X.shape[0], test_X.shape[2]))
inv_yhat = scaler.inverse_transform(concatenate((yhat, test_X[:, 1:]), axis=1))[:, 0]
rmse = sqrt(mean_squared_error(test_y, inv_yhat))
# univariate, by subsequences: CNN-LSTM, then ConvLSTM
X, y = np.random.rand(6, 4), np.random.rand(6)
n_features, n_seq, n_steps = 1, 2, 2
X = X.reshape((X.shape[0], n_seq, n_steps, n_features))
model = Sequential()
model.add(TimeDistributed(Conv1D(filters=4, kernel_size=1, activation='relu'), input_shape=(None, n_steps, n_features)))
model.add(TimeDistributed(MaxPooling1D(pool_size=2)))
model.add(TimeDistributed(Flatten()))
model.add(LSTM(5, activation='relu'))
model.add(Dense(1))
model.compile(optimizer='adam', loss='mse')
model.fit(X, y, epochs=1, verbose=0)
assert model.predict(X[:1], verbose=0).shape == (1, 1)
model = Sequential()
model.add(ConvLSTM2D(filters=3, kernel_size=(1, 2), activation='relu', input_shape=(n_seq, 1, n_steps, n_features)))
model.add(Flatten())
model.add(Dense(1))
model.compile(optimizer='adam', loss='mse')
model.fit(X.reshape((6, n_seq, 1, n_steps, n_features)), y, epochs=1, verbose=0)
# next frame
seq = Sequential()
seq.add(ConvLSTM2D(filters=2, kernel_size=(3, 3), input_shape=(None, 6, 6, 1), padding='same', return_sequences=True))
seq.add(BatchNormalization())
seq.add(Conv3D(filters=1, kernel_size=(3, 3, 3), activation='sigmoid', padding='same', data_format='channels_last'))
seq.compile(loss='binary_crossentropy', optimizer='adadelta')
movies = (np.random.rand(2, 3, 6, 6, 1) > .5).astype('float')
seq.fit(movies[:, :-1], movies[:, 1:], batch_size=2, epochs=1, verbose=0)
new_pos = seq.predict(movies[0, :2][np.newaxis, ::, ::, ::, ::])
new = new_pos[::, -1, ::, ::, ::]
assert new.shape == (1, 6, 6, 1)
