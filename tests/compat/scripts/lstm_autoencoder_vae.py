from numpy import array
import numpy as np
from keras.models import Sequential, Model
from keras.layers import LSTM, Dense, RepeatVector, TimeDistributed, Input, Lambda
from keras.utils import plot_model
from keras import optimizers, objectives
from keras import backend as K
sequence = array([0.1, 0.2, 0.3, 0.4, 0.5])
n_in = len(sequence)
sequence = sequence.reshape((1, n_in, 1))
model = Sequential()
model.add(LSTM(6, activation='relu', input_shape=(n_in, 1)))
model.add(RepeatVector(n_in))
model.add(LSTM(6, activation='relu', return_sequences=True))
model.add(TimeDistributed(Dense(1)))
model.compile(optimizer='adam', loss='mse')
model.fit(sequence, sequence, epochs=2, verbose=0)
model = Model(inputs=model.inputs, outputs=model.layers[0].output)
plot_model(model, show_shapes=True, to_file='lstm_encoder.svg')
yhat = model.predict(sequence)
assert yhat.shape == (1, 6)
# reconstruct and predict
visible = Input(shape=(n_in, 1))
encoder = LSTM(6, activation='relu')(visible)
decoder1 = TimeDistributed(Dense(1))(LSTM(6, activation='relu', return_sequences=True)(RepeatVector(n_in)(encoder)))
decoder2 = TimeDistributed(Dense(1))(LSTM(6, activation='relu', return_sequences=True)(RepeatVector(n_in - 1)(encoder)))
model = Model(inputs=visible, outputs=[decoder1, decoder2])
model.compile(optimizer='adam', loss='mse')
model.fit(sequence, [sequence, sequence[:, 1:, :]], epochs=1, verbose=0)
# LSTM-VAE, Keras 1
def create_lstm_vae(input_dim, timesteps, batch_size, intermediate_dim, latent_dim, epsilon_std=1.):
    x = Input(shape=(timesteps, input_dim,))
    h = LSTM(intermediate_dim)(x)
    z_mean = Dense(latent_dim)(h)
    z_log_sigma = Dense(latent_dim)(h)
    def sampling(args):
        z_mean, z_log_sigma = args
        epsilon = K.random_normal(shape=(batch_size, latent_dim), mean=0., std=epsilon_std)
        return z_mean + z_log_sigma * epsilon
    z = Lambda(sampling, output_shape=(latent_dim,))([z_mean, z_log_sigma])
    decoder_h = LSTM(intermediate_dim, return_sequences=True)
    decoder_mean = LSTM(input_dim, return_sequences=True)
    h_decoded = RepeatVector(timesteps)(z)
    h_decoded = decoder_h(h_decoded)
    x_decoded_mean = decoder_mean(h_decoded)
    vae = Model(x, x_decoded_mean)
    encoder = Model(x, z_mean)
    decoder_input = Input(shape=(latent_dim,))
    _h_decoded = RepeatVector(timesteps)(decoder_input)
    _h_decoded = decoder_h(_h_decoded)
    generator = Model(decoder_input, decoder_mean(_h_decoded))
    kl_loss = - 0.5 * K.mean(1 + z_log_sigma - K.square(z_mean) - K.exp(z_log_sigma))
    vae.add_loss(kl_loss)
    vae.compile(optimizer='rmsprop', loss=objectives.mse)
    return vae, encoder, generator
vae, enc, gen = create_lstm_vae(2, 3, 4, 5, 2)
x = np.random.rand(8, 3, 2)
vae.fit(x, x, nb_epoch=1, batch_size=4, verbose=0)
assert gen.predict(enc.predict(x, batch_size=4)).shape == (8, 3, 2)
