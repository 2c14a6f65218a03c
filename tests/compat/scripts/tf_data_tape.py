import tensorflow as tf
import numpy as np
tf.random.set_seed(1)
x, y = np.random.rand(16, 3).astype('float32'), np.random.rand(16, 1).astype('float32')
ds = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(16).batch(4).prefetch(tf.data.AUTOTUNE)
class MyModel(tf.keras.Model):
    def __init__(self):
        super(MyModel, self).__init__()
        self.d1 = tf.keras.layers.Dense(4, activation='relu')
        self.d2 = tf.keras.layers.Dense(1)
    def call(self, x):
        return self.d2(self.d1(x))
model = MyModel()
loss_object = tf.keras.losses.MeanSquaredError()
optimizer = tf.keras.optimizers.Adam(learning_rate=0.01)
train_loss = tf.keras.metrics.Mean(name='train_loss')
@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        predictions = model(images, training=True)
        loss = loss_object(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    train_loss(loss)
losses = []
for epoch in range(3):
    train_loss.reset_states()
    for a, b in ds:
        train_step(a, b)
    losses.append(float(train_loss.result()))
assert losses[-1] < losses[0]
model.compile('adam', 'mse')
model.fit(ds, epochs=1, verbose=0)

assert isinstance(tf.constant(1.0), tf.Tensor) and tf.nest.flatten({'a': [1, 2]}) == [1, 2]
assert int(tf.arg_max([1, 3, 2], 0)) == 1
tf.config.experimental.set_visible_devices([], 'GPU')
