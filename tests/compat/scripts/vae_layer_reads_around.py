'''A custom layer adds the loss of a VAE, and reads the code's mean and spread from around it.'''
import numpy as np
from keras.layers import Input, Dense, Lambda, Layer
from keras.models import Model
from keras import backend as K
from keras import metrics

batch_size, original_dim, latent_dim = 8, 12, 2

x = Input(shape=(original_dim,))
h = Dense(6, activation='relu')(x)
z_mean = Dense(latent_dim)(h)
z_log_var = Dense(latent_dim)(h)


def sampling(args):
    z_mean, z_log_var = args
    epsilon = K.random_normal(shape=(K.shape(z_mean)[0], latent_dim), mean=0., stddev=1.)
    return z_mean + K.exp(z_log_var / 2) * epsilon


z = Lambda(sampling, output_shape=(latent_dim,))([z_mean, z_log_var])
x_decoded_mean = Dense(original_dim, activation='sigmoid')(z)


class CustomVariationalLayer(Layer):
    def __init__(self, **kwargs):
        self.is_placeholder = True
        super(CustomVariationalLayer, self).__init__(**kwargs)

    def vae_loss(self, x, x_decoded_mean):
        xent_loss = original_dim * metrics.binary_crossentropy(x, x_decoded_mean)
        kl_loss = - 0.5 * K.sum(1 + z_log_var - K.square(z_mean) - K.exp(z_log_var), axis=-1)
        return K.mean(xent_loss + kl_loss)

    def call(self, inputs):
        self.add_loss(self.vae_loss(inputs[0], inputs[1]), inputs=inputs)
        return inputs[0]


y = CustomVariationalLayer()([x, x_decoded_mean])
vae = Model(x, y)
vae.compile(optimizer='rmsprop', loss=None)
x_train = np.random.random((24, original_dim))
history = vae.fit(x_train, shuffle=True, epochs=2, batch_size=batch_size, verbose=0)
assert np.isfinite(history.history['loss']).all() and history.history['loss'][0] > 1

# the same, of a Lambda that is told its shape, and applied again through a model around it
scaled = Lambda(lambda t: t * K.sum(z_mean, axis=-1, keepdims=True), output_shape=(original_dim,))(x)
inner, encoder = Model(x, scaled), Model(x, z_mean)
expected = x_train * encoder.predict(x_train, verbose=0).sum(axis=-1, keepdims=True)
assert np.allclose(inner.predict(x_train, verbose=0), expected, atol=1e-5)
outer_input = Input(shape=(original_dim,))
outer = Model(outer_input, inner(Lambda(lambda t: 2 * t)(outer_input)))
assert np.allclose(outer.predict(x_train / 2, verbose=0), expected, atol=1e-5)

# where a pooling took its values from: a gradient that only symbols have
pool_input = Input(shape=(4,))
pooled = Lambda(lambda t: K.max(t, axis=-1, keepdims=True))(pool_input)
where = Lambda(lambda t: K.gradients(K.sum(t[1]), t[0]), output_shape=lambda s: s[0])
places = Model(pool_input, where([pool_input, pooled]))
assert places.predict(np.array([[1., 3., 2., 0.]]), verbose=0).tolist() == [[0., 1., 0., 0.]]
