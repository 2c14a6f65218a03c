import tensorflow as tf
import numpy as np, os, pathlib
mnist = tf.keras.datasets.mnist
(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0
x_train = x_train[..., tf.newaxis].astype("float32"); x_test = x_test[..., tf.newaxis].astype("float32")
train_ds = tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(10000).batch(32)
test_ds = tf.data.Dataset.from_tensor_slices((x_test, y_test)).batch(32)
from tensorflow.keras.layers import Dense, Flatten, Conv2D
from tensorflow.keras import Model
class MyModel(Model):
  def __init__(self):
    super().__init__()
    self.conv1 = Conv2D(32, 3, activation='relu'); self.flatten = Flatten()
    self.d1 = Dense(128, activation='relu'); self.d2 = Dense(10)
  def call(self, x):
    x = self.conv1(x); x = self.flatten(x); x = self.d1(x)
    return self.d2(x)
model = MyModel()
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam()
train_loss = tf.keras.metrics.Mean(name='train_loss'); train_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name='train_accuracy')
@tf.function
def train_step(images, labels):
  with tf.GradientTape() as tape:
    predictions = model(images, training=True)
    loss = loss_object(labels, predictions)
  gradients = tape.gradient(loss, model.trainable_variables)
  optimizer.apply_gradients(zip(gradients, model.trainable_variables))
  train_loss(loss); train_accuracy(labels, predictions)
for epoch in range(1):
  train_loss.reset_state(); train_accuracy.reset_state()
  for images, labels in train_ds:
    train_step(images, labels)
  print(f'Epoch {epoch + 1}, Loss: {train_loss.result():0.2f}, Accuracy: {train_accuracy.result() * 100:0.2f}')
data_augmentation = tf.keras.Sequential([
  tf.keras.layers.RandomFlip("horizontal_and_vertical"), tf.keras.layers.RandomRotation(0.2), tf.keras.layers.experimental.preprocessing.RandomZoom(0.1)])
print(data_augmentation(tf.expand_dims(x_train[0], 0)).shape)
class CustomModel(tf.keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compiled_loss(y, y_pred, regularization_losses=self.losses)
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.compiled_metrics.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}
inputs = tf.keras.Input(shape=(32,)); outputs = tf.keras.layers.Dense(1)(inputs)
m = CustomModel(inputs, outputs); m.compile(optimizer="adam", loss="mse", metrics=["mae"])
m.fit(np.random.random((100, 32)), np.random.random((100, 1)), epochs=1, verbose=0)
class CustomCallback(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        keys = list(logs.keys()); print("End epoch {} of training; got log keys: {}".format(epoch, keys))
        print(float(tf.keras.backend.get_value(self.model.optimizer.learning_rate)))
m.fit(np.random.random((100, 32)), np.random.random((100, 1)), epochs=1, verbose=0, callbacks=[CustomCallback(), tf.keras.callbacks.TerminateOnNaN()])
class MultiHeadSelfAttention(tf.keras.layers.Layer):
    def __init__(self, embed_dim, num_heads=8):
        super(MultiHeadSelfAttention, self).__init__()
        self.embed_dim = embed_dim; self.num_heads = num_heads
        self.projection_dim = embed_dim // num_heads
        self.query_dense = Dense(embed_dim); self.key_dense = Dense(embed_dim); self.value_dense = Dense(embed_dim); self.combine_heads = Dense(embed_dim)
    def attention(self, query, key, value):
        score = tf.matmul(query, key, transpose_b=True)
        dim_key = tf.cast(tf.shape(key)[-1], tf.float32)
        scaled_score = score / tf.math.sqrt(dim_key)
        weights = tf.nn.softmax(scaled_score, axis=-1)
        return tf.matmul(weights, value), weights
    def separate_heads(self, x, batch_size):
        x = tf.reshape(x, (batch_size, -1, self.num_heads, self.projection_dim))
        return tf.transpose(x, perm=[0, 2, 1, 3])
    def call(self, inputs):
        batch_size = tf.shape(inputs)[0]
        q, k, v = (self.separate_heads(d(inputs), batch_size) for d in (self.query_dense, self.key_dense, self.value_dense))
        attention, weights = self.attention(q, k, v)
        attention = tf.transpose(attention, perm=[0, 2, 1, 3])
        return self.combine_heads(tf.reshape(attention, (batch_size, -1, self.embed_dim)))
i = tf.keras.Input((10,)); e = tf.keras.layers.Embedding(50, 16)(i); a = MultiHeadSelfAttention(16, 2)(e)
o = Dense(2, activation='softmax')(tf.keras.layers.GlobalAveragePooling1D()(tf.keras.layers.LayerNormalization(epsilon=1e-6)(a + e)))
mm = tf.keras.Model(i, o); mm.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
mm.fit(np.random.randint(0, 50, (32, 10)), np.random.randint(0, 2, 32), epochs=1, verbose=0)
def get_angles(pos, i, d_model):
  return pos * (1 / np.power(10000, (2 * (i//2)) / np.float32(d_model)))
def positional_encoding(position, d_model):
  a = get_angles(np.arange(position)[:, np.newaxis], np.arange(d_model)[np.newaxis, :], d_model)
  a[:, 0::2] = np.sin(a[:, 0::2]); a[:, 1::2] = np.cos(a[:, 1::2])
  return tf.cast(a[np.newaxis, ...], dtype=tf.float32)
print(positional_encoding(5, 4).shape, 1 - tf.linalg.band_part(tf.ones((3, 3)), -1, 0))
mask = tf.cast(tf.math.equal(tf.constant([[7, 6, 0], [1, 0, 0]]), 0), tf.float32)[:, tf.newaxis, tf.newaxis, :]
print(mask.shape)
class CustomSchedule(tf.keras.optimizers.schedules.LearningRateSchedule):
  def __init__(self, d_model, warmup_steps=4000):
    super(CustomSchedule, self).__init__()
    self.d_model = tf.cast(d_model, tf.float32); self.warmup_steps = warmup_steps
  def __call__(self, step):
    arg1 = tf.math.rsqrt(step); arg2 = step * (self.warmup_steps ** -1.5)
    return tf.math.rsqrt(self.d_model) * tf.math.minimum(arg1, arg2)
lr = CustomSchedule(128); opt = tf.keras.optimizers.Adam(lr, beta_1=0.9, beta_2=0.98, epsilon=1e-9)
print(lr(tf.range(1, 5, dtype=tf.float32)))
mm.compile(opt, 'sparse_categorical_crossentropy'); mm.fit(np.random.randint(0, 50, (32, 10)), np.random.randint(0, 2, 32), epochs=1, verbose=0)
ckpt = tf.train.Checkpoint(step=tf.Variable(1), optimizer=opt, net=mm); manager = tf.train.CheckpointManager(ckpt, './tf_ckpts', max_to_keep=3)
ckpt.step.assign_add(1); print(manager.save()); ckpt.restore(manager.latest_checkpoint).expect_partial()
