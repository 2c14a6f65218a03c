from keras.layers import Input, Dense
from keras.layers.advanced_activations import LeakyReLU
from keras.layers import BatchNormalization
from keras.models import Sequential, Model
from keras.optimizers import Adam
import numpy as np
class GAN():
    def __init__(self):
        optimizer = Adam(0.0002, 0.5)
        self.discriminator = Sequential([Dense(8, input_dim=6), LeakyReLU(alpha=0.2), Dense(1, activation='sigmoid')])
        self.discriminator.compile(loss='binary_crossentropy', optimizer=optimizer, metrics=['accuracy'])
        self.generator = Sequential()
        self.generator.add(Dense(8, input_dim=3))
        self.generator.add(LeakyReLU(alpha=0.2))
        self.generator.add(BatchNormalization(momentum=0.8))
        self.generator.add(Dense(6, activation='tanh'))
        z = Input(shape=(3,))
        img = self.generator(z)
        self.discriminator.trainable = False
        self.combined = Model(z, self.discriminator(img))
        self.combined.compile(loss='binary_crossentropy', optimizer=Adam(0.0002, 0.5))
    def train(self, epochs):
        for epoch in range(epochs):
            noise = np.random.normal(0, 1, (4, 3))
            gen_imgs = self.generator.predict(noise, verbose=0)
            d_real = self.discriminator.train_on_batch(np.random.rand(4, 6), np.ones((4, 1)))
            d_fake = self.discriminator.train_on_batch(gen_imgs, np.zeros((4, 1)))
            d_loss = 0.5 * np.add(d_real, d_fake)
            g_loss = self.combined.train_on_batch(noise, np.ones((4, 1)))
            print("%d [D loss: %f, acc.: %.2f%%] [G loss: %f]" % (epoch, d_loss[0], 100*d_loss[1], g_loss))
GAN().train(2)
