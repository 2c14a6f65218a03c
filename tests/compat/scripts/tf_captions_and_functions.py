import tensorflow as tf, numpy as np
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.layers import Dense, Embedding, GRU, LSTM, Bidirectional, Concatenate, AdditiveAttention, Attention, MultiHeadAttention, LayerNormalization
# image captioning style decoder loop with tf.random, masking and teacher forcing
class CNN_Encoder(tf.keras.Model):
    def __init__(self, embedding_dim):
        super(CNN_Encoder, self).__init__(); self.fc = Dense(embedding_dim)
    def call(self, x):
        return tf.nn.relu(self.fc(x))
class RNN_Decoder(tf.keras.Model):
    def __init__(self, embedding_dim, units, vocab_size):
        super(RNN_Decoder, self).__init__(); self.units = units
        self.embedding = Embedding(vocab_size, embedding_dim); self.gru = GRU(units, return_sequences=True, return_state=True, recurrent_initializer='glorot_uniform')
        self.fc1 = Dense(units); self.fc2 = Dense(vocab_size); self.W1 = Dense(units); self.W2 = Dense(units); self.V = Dense(1)
    def call(self, x, features, hidden):
        hidden_with_time_axis = tf.expand_dims(hidden, 1)
        w = tf.nn.softmax(self.V(tf.nn.tanh(self.W1(features) + self.W2(hidden_with_time_axis))), axis=1)
        context = tf.reduce_sum(w * features, axis=1)
        x = self.embedding(x); x = tf.concat([tf.expand_dims(context, 1), x], axis=-1)
        output, state = self.gru(x); x = self.fc1(output); x = tf.reshape(x, (-1, x.shape[2]))
        return self.fc2(x), state, w
    def reset_state(self, batch_size):
        return tf.zeros((batch_size, self.units))
enc, dec = CNN_Encoder(8), RNN_Decoder(8, 16, 20); opt = tf.keras.optimizers.Adam(); lo = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction='none')
def lf(real, pred):
    mask = tf.math.logical_not(tf.math.equal(real, 0)); l = lo(real, pred); mask = tf.cast(mask, dtype=l.dtype); l *= mask; return tf.reduce_mean(l)
@tf.function
def step(img, target):
    loss = 0; hidden = dec.reset_state(batch_size=target.shape[0]); di = tf.expand_dims([1] * target.shape[0], 1)
    with tf.GradientTape() as tape:
        f = enc(img)
        for i in range(1, target.shape[1]):
            p, hidden, _ = dec(di, f, hidden); loss += lf(target[:, i], p); di = tf.expand_dims(target[:, i], 1)
    tv = enc.trainable_variables + dec.trainable_variables; g = tape.gradient(loss, tv); opt.apply_gradients(zip(g, tv)); return loss
def map_func(i): return tf.random.normal((9, 12)), i
ds = tf.data.Dataset.from_tensor_slices(np.random.randint(1, 20, (8, 5))); ds = ds.map(map_func, num_parallel_calls=tf.data.AUTOTUNE).shuffle(8).batch(4)
for b, (img, t) in enumerate(ds): print(step(img, t).numpy())
# Attention layers
q, v = tf.keras.Input((4,), dtype='int32'), tf.keras.Input((6,), dtype='int32'); te = Embedding(10, 8, mask_zero=True); qe, ve = te(q), te(v)
c = layers.Conv1D(8, 2, padding='same'); qv = Attention()([c(qe), c(ve)]); ad = AdditiveAttention()([qe, ve])
o = Concatenate()([layers.GlobalAveragePooling1D()(c(qe)), layers.GlobalAveragePooling1D()(qv), layers.GlobalAveragePooling1D()(ad)]); tf.keras.Model([q, v], Dense(1)(o)).predict([np.ones((2, 4)), np.ones((2, 6))], verbose=0)
# strategy, mixed, Dataset utils
strategy = tf.distribute.MirroredStrategy(); print('Number of devices: %d' % strategy.num_replicas_in_sync)
with strategy.scope():
    m = tf.keras.Sequential([tf.keras.layers.Conv2D(4, 3, activation='relu', input_shape=(28, 28, 1)), tf.keras.layers.MaxPooling2D(), tf.keras.layers.Flatten(), tf.keras.layers.Dense(10)])
    m.compile(loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), optimizer=tf.keras.optimizers.Adam(), metrics=['accuracy'])
def scale(image, label):
    image = tf.cast(image, tf.float32); image /= 255; return image, label
ds = tf.data.Dataset.from_tensor_slices((np.random.randint(0, 255, (16, 28, 28, 1)), np.random.randint(0, 10, 16))).map(scale).cache().shuffle(16).batch(8)
class PrintLR(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None): print('\nLearning rate for epoch {} is {}'.format(epoch + 1, self.model.optimizer.lr.numpy()))
def decay(epoch): return 1e-3 if epoch < 3 else 1e-4
m.fit(ds, epochs=2, callbacks=[tf.keras.callbacks.TensorBoard(log_dir='./logs'), tf.keras.callbacks.ModelCheckpoint(filepath='./tc/ckpt_{epoch}', save_weights_only=True), tf.keras.callbacks.LearningRateScheduler(decay), PrintLR()], verbose=0)
print(tf.train.latest_checkpoint('./tc')); m.load_weights(tf.train.latest_checkpoint('./tc')); print(m.evaluate(ds, verbose=0))
probability_model = tf.keras.Sequential([m, tf.keras.layers.Softmax()]); print(np.argmax(probability_model.predict(np.random.rand(2, 28, 28, 1), verbose=0), axis=1))
a = np.array([[1., 2.], [3., 4.]]); t = tf.constant(a); print(tf.linalg.inv(t), tf.linalg.matmul(t, t, transpose_a=True), tf.norm(t), tf.einsum('ij,jk->ik', t, t), t.dtype, t.shape.as_list(), tf.rank(t))
v = tf.Variable(tf.zeros([2, 3])); v.assign_add(tf.ones((2, 3))); v[0, 1].assign(5.) if 0 else None; print(v.read_value() if hasattr(v, 'read_value') else v)
with tf.GradientTape(persistent=True) as tape:
    x = tf.Variable([1.0, 2.0]); y = tf.reduce_sum(x ** 2); z = y * 2
print(tape.gradient(y, x), tape.gradient(z, x)); del tape
x = tf.linspace(0.0, 1.0, 5); print(tf.where(x > 0.5, x, tf.zeros_like(x)), tf.math.top_k(x, 2).values, tf.sort(x, direction='DESCENDING'), tf.argsort(x), tf.unique([1, 1, 2]), tf.reverse(x, axis=[0]), tf.roll(x, 1, 0), tf.math.cumsum(x), tf.math.reduce_euclidean_norm(x), tf.bincount([1, 2, 2]), tf.histogram_fixed_width(x, [0., 1.], 3) if hasattr(tf, 'histogram_fixed_width') else 0)
idx = tf.random.shuffle(tf.range(5)); print(tf.gather(x, idx).shape, tf.tensor_scatter_nd_update(x, [[0]], [9.0]), tf.meshgrid(x, x)[0].shape, tf.boolean_mask(x, x > .5), tf.math.erf(x), tf.math.softplus(x), tf.squeeze(tf.ones((1, 2, 1))).shape, tf.broadcast_to(x, (2, 5)).shape, tf.stack([x, x], 1).shape, tf.unstack(tf.ones((2, 3)))[0], tf.split(tf.ones((4, 2)), 2)[0].shape, tf.repeat([1, 2], 2), tf.eye(2), tf.math.confusion_matrix([0, 1], [1, 1]), tf.dtypes.cast(x, tf.int32), tf.keras.backend.clear_session())
