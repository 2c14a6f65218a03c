'''An autoencoder that draws its code; the loss reads the mean and the spread of the code.'''
import numpy as np
from keras.layers import Input, Dense, Lambda
from keras.models import Model
from keras import backend as K
from keras import objectives
from six.moves import range

batch_size = 8
original_dim = 12
latent_dim = 2
nb_epoch = 2

x = Input(batch_shape=(batch_size, original_dim))
h = Dense(6, activation='relu')(x)
z_mean = Dense(latent_dim)(h)
z_log_var = Dense(latent_dim)(h)


def sampling(args):
    z_mean, z_log_var = args
    epsilon = K.random_normal(shape=(batch_size, latent_dim), mean=0., std=1.0)
    return z_mean + K.exp(z_log_var / 2) * epsilon


z = Lambda(sampling, output_shape=(latent_dim,))([z_mean, z_log_var])
decoder_h = Dense(6, activation='relu')
decoder_mean = Dense(original_dim, activation='sigmoid')
x_decoded_mean = decoder_mean(decoder_h(z))


def vae_loss(x, x_decoded_mean):
    xent_loss = original_dim * objectives.binary_crossentropy(x, x_decoded_mean)
    kl_loss = - 0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)
    return xent_loss + kl_loss


def kl(x, x_decoded_mean):
    return - 0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)


vae = Model(x, x_decoded_mean)
vae.compile(optimizer='rmsprop', loss=vae_loss, metrics=[kl])
x_train = np.random.random((24, original_dim)).astype(np.float)
vae.fit(x_train, x_train, shuffle=True, nb_epoch=nb_epoch, batch_size=batch_size, verbose=0)

total, of_code = vae.evaluate(x_train, x_train, batch_size=batch_size, verbose=0)
mean, log_var = Model(x, [z_mean, z_log_var]).predict(x_train, batch_size=batch_size)
expected = -0.5 * np.sum(1 + log_var - mean ** 2 - np.exp(log_var), axis=-1).mean()
assert abs(of_code - expected) < 1e-5 < of_code < total

encoder = Model(x, z_mean)
assert encoder.predict(x_train, batch_size=batch_size).shape == (24, latent_dim)

decoder_input = Input(shape=(latent_dim,))
generator = Model(decoder_input, decoder_mean(decoder_h(decoder_input)))
for i in range(2):
    assert generator.predict(np.array([[i, -i]])).shape == (1, original_dim)
