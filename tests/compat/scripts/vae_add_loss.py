from keras.layers import Input, Dense, Lambda, Layer, Flatten, Reshape, Conv2D, Conv2DTranspose
from keras.models import Model
from keras import backend as K, metrics, objectives
from keras.losses import mse, binary_crossentropy
import numpy as np
original_dim, latent_dim, intermediate_dim, batch_size, epsilon_std = 20, 2, 8, 16, 1.0
x = Input(batch_shape=(batch_size, original_dim))
h = Dense(intermediate_dim, activation='relu')(x)
z_mean = Dense(latent_dim)(h)
z_log_var = Dense(latent_dim)(h)
def sampling(args):
    z_mean, z_log_var = args
    epsilon = K.random_normal(shape=(K.shape(z_mean)[0], latent_dim), mean=0., stddev=epsilon_std)
    return z_mean + K.exp(z_log_var / 2) * epsilon
z = Lambda(sampling, output_shape=(latent_dim,))([z_mean, z_log_var])
decoder_h = Dense(intermediate_dim, activation='relu'); decoder_mean = Dense(original_dim, activation='sigmoid')
x_decoded_mean = decoder_mean(decoder_h(z))
class CustomVariationalLayer(Layer):
    def __init__(self, **kwargs):
        self.is_placeholder = True
        super(CustomVariationalLayer, self).__init__(**kwargs)
    def vae_loss(self, x, x_decoded_mean):
        xent_loss = original_dim * metrics.binary_crossentropy(x, x_decoded_mean)
        kl_loss = - 0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)
        return K.mean(xent_loss + kl_loss)
    def call(self, inputs):
        x = inputs[0]; x_decoded_mean = inputs[1]
        loss = self.vae_loss(x, x_decoded_mean)
        self.add_loss(loss, inputs=inputs)
        return x
y = CustomVariationalLayer()([x, x_decoded_mean])
vae = Model(x, y)
vae.compile(optimizer='rmsprop', loss=None)
data = np.random.rand(64, original_dim)
vae.fit(data, shuffle=True, epochs=2, batch_size=batch_size, validation_data=(data, None))
encoder = Model(x, z_mean)
print(encoder.predict(data, batch_size=batch_size).shape)
decoder_input = Input(shape=(latent_dim,))
generator = Model(decoder_input, decoder_mean(decoder_h(decoder_input)))
print(generator.predict(np.array([[0.1, 0.2]])).shape)
# convolutional, with add_loss, a tensor of the model
inputs = Input(shape=(8, 8, 1), name='encoder_input')
c = Conv2D(4, 3, activation='relu', strides=2, padding='same')(inputs)
shape = K.int_shape(c)
c = Dense(8, activation='relu')(Flatten()(c))
zm = Dense(latent_dim, name='z_mean')(c); zl = Dense(latent_dim, name='z_log_var')(c)
def samp(args):
    zm, zl = args
    batch = K.shape(zm)[0]; dim = K.int_shape(zm)[1]
    return zm + K.exp(0.5 * zl) * K.random_normal(shape=(batch, dim))
zz = Lambda(samp, output_shape=(latent_dim,), name='z')([zm, zl])
enc = Model(inputs, [zm, zl, zz], name='encoder')
li = Input(shape=(latent_dim,), name='z_sampling')
d = Reshape((shape[1], shape[2], shape[3]))(Dense(shape[1] * shape[2] * shape[3], activation='relu')(li))
d = Conv2DTranspose(1, 3, activation='sigmoid', strides=2, padding='same', name='decoder_output')(d)
dec = Model(li, d, name='decoder')
outputs = dec(enc(inputs)[2])
v = Model(inputs, outputs, name='vae')
reconstruction_loss = binary_crossentropy(K.flatten(inputs), K.flatten(outputs)) * 64
kl_loss = K.sum(1 + zl - K.square(zm) - K.exp(zl), axis=-1) * -0.5
v.add_loss(K.mean(reconstruction_loss + kl_loss))
v.compile(optimizer='rmsprop'); v.summary()
im = np.random.rand(32, 8, 8, 1)
v.fit(im, epochs=1, batch_size=8, validation_data=(im, None))
v.save_weights('vae.h5'); v.load_weights('vae.h5')
