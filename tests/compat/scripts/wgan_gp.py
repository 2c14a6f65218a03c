"""A critic whose slope between real and made samples is held to one, as in 2017."""
from functools import partial

import keras.backend as K
import numpy as np
from keras.layers import Input, Dense, LeakyReLU
from keras.layers.merge import _Merge
from keras.models import Sequential, Model
from keras.optimizers import RMSprop

batch_size = 8
noise_dim = 4


class RandomWeightedAverage(_Merge):
    def _merge_function(self, inputs):
        alpha = K.random_uniform((batch_size, 1))
        return alpha * inputs[0] + (1 - alpha) * inputs[1]


def wasserstein_loss(y_true, y_pred):
    return K.mean(y_true * y_pred)


def gradient_penalty_loss(y_true, y_pred, averaged_samples):
    gradients = K.gradients(y_pred, averaged_samples)[0]
    gradients_sqr = K.square(gradients)
    gradients_sqr_sum = K.sum(gradients_sqr, axis=np.arange(1, len(gradients_sqr.shape)))
    gradient_penalty = K.square(1 - K.sqrt(gradients_sqr_sum))
    return K.mean(gradient_penalty)


generator = Sequential()
generator.add(Dense(16, input_dim=noise_dim))
generator.add(LeakyReLU(alpha=0.2))
generator.add(Dense(2))

critic = Sequential()
critic.add(Dense(16, input_dim=2))
critic.add(LeakyReLU(alpha=0.2))
critic.add(Dense(1))

generator.trainable = False
real = Input(shape=(2,))
noise = Input(shape=(noise_dim,))
fake = generator(noise)
averaged = RandomWeightedAverage()([real, fake])
partial_gp_loss = partial(gradient_penalty_loss, averaged_samples=averaged)
partial_gp_loss.__name__ = 'gradient_penalty'
critic_model = Model(inputs=[real, noise], outputs=[critic(real), critic(fake), critic(averaged)])
critic_model.compile(loss=[wasserstein_loss, wasserstein_loss, partial_gp_loss],
                     optimizer=RMSprop(lr=0.001), loss_weights=[1, 1, 10])

critic.trainable = False
generator.trainable = True
z = Input(shape=(noise_dim,))
generator_model = Model(z, critic(generator(z)))
generator_model.compile(loss=wasserstein_loss, optimizer=RMSprop(lr=0.001))

valid = -np.ones((batch_size, 1))
fakes = np.ones((batch_size, 1))
dummy = np.zeros((batch_size, 1))
for epoch in range(3):
    for _ in range(2):
        samples = np.random.normal(2, 1, (batch_size, 2))
        noises = np.random.normal(0, 1, (batch_size, noise_dim))
        d_loss = critic_model.train_on_batch([samples, noises], [valid, fakes, dummy])
    g_loss = generator_model.train_on_batch(noises, valid)
    print('%d [D loss: %f] [G loss: %f]' % (epoch, d_loss[0], g_loss))
assert len(d_loss) == 4 and d_loss[3] > 0
