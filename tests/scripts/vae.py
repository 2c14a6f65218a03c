import numpy as np
from keras.layers import Input, Dense, Lambda
from keras.models import Model
from keras import backend as K
from keras import metrics
original_dim, latent_dim, batch = 12, 2, 5
x = Input(shape=(original_dim,))
h = Dense(8, activation='relu')(x)
z_mean = Dense(latent_dim)(h)
z_log_var = Dense(latent_dim)(h)
def sampling(args):
    z_mean, z_log_var = args
    epsilon = K.random_normal(shape=(K.shape(z_mean)[0], latent_dim), mean=0., stddev=1.0)
    return z_mean + K.exp(z_log_var / 2) * epsilon
z = Lambda(sampling, output_shape=(latent_dim,))([z_mean, z_log_var])
x_decoded = Dense(original_dim, activation='sigmoid')(Dense(8, activation='relu')(z))
vae = Model(x, x_decoded)
xent_loss = original_dim * metrics.binary_crossentropy(x, x_decoded)
kl_loss = - 0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)
vae.add_loss(K.mean(xent_loss + kl_loss))
vae.compile(optimizer='rmsprop')
data = np.random.rand(10, original_dim)
vae.fit(data, epochs=1, batch_size=batch, verbose=0)
encoder = Model(x, z_mean)
assert encoder.predict(data, batch_size=batch).shape == (10, 2)
