# Recurrent layers: masked, stateful, in both directions, of films (2017)
import numpy as np
from keras.models import Sequential, model_from_json
from keras.layers import LSTM, Dense, Masking, Bidirectional, TimeDistributed, ConvLSTM2D, Conv2D, MaxPooling2D, Flatten, BatchNormalization
x = np.random.rand(4, 5, 2)
m = Sequential([Masking(0., batch_input_shape=(4, 5, 2)), LSTM(3, stateful=True, return_sequences=True), LSTM(3, stateful=True), Dense(1)])
m.compile('rmsprop', 'mse')
a = m.predict(x, batch_size=4); b = m.predict(x, batch_size=4); m.reset_states(); c = m.predict(x, batch_size=4)
assert np.allclose(a, c, atol=1e-6) and not np.allclose(a, b)
n = model_from_json(m.to_json()); n.set_weights(m.get_weights()); assert np.allclose(n.predict(x, batch_size=4), a, atol=1e-6)
for mode in ('sum', 'mul', 'concat', 'ave'):
    q = Sequential([Bidirectional(LSTM(3, return_sequences=True), merge_mode=mode, input_shape=(5, 2)), TimeDistributed(Dense(1))]); q.compile('adam', 'mse'); q.train_on_batch(x, x[..., :1])
q = Sequential([TimeDistributed(Conv2D(2, 3, activation='relu'), input_shape=(3, 8, 8, 1)), TimeDistributed(MaxPooling2D(2)), TimeDistributed(Flatten()), LSTM(4), Dense(1, activation='sigmoid')])
q.compile('adam', 'binary_crossentropy'); q.fit(np.random.rand(4, 3, 8, 8, 1), [0, 1, 0, 1], verbose=0)
q = Sequential([ConvLSTM2D(filters=2, kernel_size=(3, 3), input_shape=(None, 6, 6, 1), padding='same', return_sequences=True), BatchNormalization()])
q.compile('adadelta', 'mse'); q.fit(np.random.rand(2, 3, 6, 6, 1), np.random.rand(2, 3, 6, 6, 2), verbose=0)
