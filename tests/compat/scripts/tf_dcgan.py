import tensorflow as tf
import numpy as np
import time
from tensorflow.keras import layers
(train_images, train_labels), (_, _) = tf.keras.datasets.mnist.load_data()
train_images = train_images.reshape(train_images.shape[0], 28, 28, 1).astype('float32')
train_images = (train_images - 127.5) / 127.5
BUFFER_SIZE, BATCH_SIZE, noise_dim = 16, 8, 4
train_dataset = tf.data.Dataset.from_tensor_slices(train_images).map(tf.image.random_flip_left_right).shuffle(BUFFER_SIZE).batch(BATCH_SIZE)
strategy = tf.distribute.MirroredStrategy()
print('Number of devices: {}'.format(strategy.num_replicas_in_sync))
def make_generator_model():
    model = tf.keras.Sequential()
    model.add(layers.Dense(7*7*4, use_bias=False, input_shape=(noise_dim,)))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Reshape((7, 7, 4)))
    assert model.output_shape == (None, 7, 7, 4)
    model.add(layers.Conv2DTranspose(2, (5, 5), strides=(2, 2), padding='same', use_bias=False))
    model.add(layers.LeakyReLU())
    model.add(layers.Conv2DTranspose(1, (5, 5), strides=(2, 2), padding='same', use_bias=False, activation='tanh'))
    assert model.output_shape == (None, 28, 28, 1)
    return model
def make_discriminator_model():
    return tf.keras.Sequential([
        layers.Conv2D(2, (5, 5), strides=(4, 4), padding='same', input_shape=[28, 28, 1]),
        layers.LeakyReLU(), layers.Dropout(0.3), layers.Flatten(), layers.Dense(1)])
with strategy.scope():
    generator, discriminator = make_generator_model(), make_discriminator_model()
cross_entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)
def discriminator_loss(real_output, fake_output):
    real_loss = cross_entropy(tf.ones_like(real_output), real_output)
    fake_loss = cross_entropy(tf.zeros_like(fake_output), fake_output)
    return real_loss + fake_loss
def generator_loss(fake_output):
    return cross_entropy(tf.ones_like(fake_output), fake_output)
generator_optimizer = tf.keras.optimizers.Adam(1e-4)
discriminator_optimizer = tf.optimizers.Adam(1e-4)
@tf.function
def train_step(images):
    noise = tf.random.normal([BATCH_SIZE, noise_dim])
    with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
        generated_images = generator(noise, training=True)
        real_output = discriminator(images, training=True)
        fake_output = discriminator(generated_images, training=True)
        gen_loss = generator_loss(fake_output)
        disc_loss = discriminator_loss(real_output, fake_output)
    gradients_of_generator = gen_tape.gradient(gen_loss, generator.trainable_variables)
    gradients_of_discriminator = disc_tape.gradient(disc_loss, discriminator.trainable_variables)
    generator_optimizer.apply_gradients(zip(gradients_of_generator, generator.trainable_variables))
    discriminator_optimizer.apply_gradients(zip(gradients_of_discriminator, discriminator.trainable_variables))
    return gen_loss, disc_loss
start = time.time()
for image_batch in train_dataset:
    gen_loss, disc_loss = train_step(image_batch)
tf.print('losses', gen_loss, disc_loss)
predictions = generator(tf.random.normal([4, noise_dim]), training=False)
assert (predictions[0, :, :, 0] * 127.5 + 127.5).numpy().shape == (28, 28)
