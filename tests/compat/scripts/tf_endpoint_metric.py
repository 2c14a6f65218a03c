import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
import numpy as np
np.random.seed(0); tf.random.set_seed(0)
print(tf.config.list_physical_devices('GPU'))
x = tf.constant([[1., 2.], [3., 4.]])
z = tf.complex(x, 2 * x)
print(tf.math.real(z), tf.math.imag(z), tf.abs(z), tf.signal.fft(z).shape)
class Linear(layers.Layer):
    def __init__(self, units=32):
        super(Linear, self).__init__()
        self.units = units
    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer='random_normal', trainable=True)
        self.b = self.add_weight(shape=(self.units,), initializer='random_normal', trainable=True)
    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b
class LogisticEndpoint(layers.Layer):
    def __init__(self, name=None):
        super(LogisticEndpoint, self).__init__(name=name)
        self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)
        self.accuracy_fn = keras.metrics.BinaryAccuracy()
    def call(self, targets, logits, sample_weights=None):
        loss = self.loss_fn(targets, logits, sample_weights)
        self.add_loss(loss)
        acc = self.accuracy_fn(targets, logits, sample_weights)
        self.add_metric(acc, name='accuracy')
        return tf.nn.softmax(logits)
inputs = keras.Input(shape=(3,), name='inputs'); targets = keras.Input(shape=(10,), name='targets')
logits = keras.layers.Dense(10)(inputs)
predictions = LogisticEndpoint(name='predictions')(logits, targets)
model = keras.Model(inputs=[inputs, targets], outputs=predictions)
model.compile(optimizer='adam')
model.fit({'inputs': np.random.random((3, 3)), 'targets': np.random.random((3, 10))})
model = keras.Sequential([Linear(8), layers.ReLU(), Linear(1)])
opt = keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.ExponentialDecay(1e-2, decay_steps=100, decay_rate=0.96, staircase=True))
ds = tf.data.Dataset.from_tensor_slices((np.random.rand(32, 4).astype('float32'), np.random.rand(32, 1).astype('float32'))).shuffle(100).batch(8).prefetch(tf.data.experimental.AUTOTUNE)
m = keras.metrics.Mean('loss', dtype=tf.float32)
for epoch in range(2):
    for step, (xb, yb) in enumerate(ds):
        with tf.GradientTape() as tape:
            p = model(xb, training=True)
            loss = tf.reduce_mean(tf.square(yb - p)) + tf.add_n([tf.nn.l2_loss(v) for v in model.trainable_weights]) * 1e-4
        g = tape.gradient(loss, model.trainable_weights)
        g, norm = tf.clip_by_global_norm(g, 1.0)
        opt.apply_gradients(zip(g, model.trainable_weights))
        m(loss)
    tf.print('epoch', epoch, 'loss', m.result())
    m.reset_states()
v = tf.Variable(3.0)
with tf.GradientTape() as t2:
    with tf.GradientTape() as t1:
        y = v * v * v
    dy = t1.gradient(y, v)
d2y = t2.gradient(dy, v)
print(d2y.numpy())
writer = tf.summary.create_file_writer('logs')
with writer.as_default():
    tf.summary.scalar('loss', 0.5, step=1)
