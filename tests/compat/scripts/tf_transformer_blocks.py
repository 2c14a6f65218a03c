import tensorflow as tf, numpy as np
from tensorflow import keras
from tensorflow.keras import layers
class MultiHeadSelfAttention(layers.Layer):
    def __init__(self, embed_dim, num_heads=8):
        super(MultiHeadSelfAttention, self).__init__()
        self.embed_dim = embed_dim; self.num_heads = num_heads; self.projection_dim = embed_dim // num_heads
        self.query_dense = layers.Dense(embed_dim); self.key_dense = layers.Dense(embed_dim); self.value_dense = layers.Dense(embed_dim); self.combine_heads = layers.Dense(embed_dim)
    def attention(self, query, key, value):
        score = tf.matmul(query, key, transpose_b=True); dim_key = tf.cast(tf.shape(key)[-1], tf.float32)
        weights = tf.nn.softmax(score / tf.math.sqrt(dim_key), axis=-1); return tf.matmul(weights, value), weights
    def separate_heads(self, x, batch_size):
        return tf.transpose(tf.reshape(x, (batch_size, -1, self.num_heads, self.projection_dim)), perm=[0, 2, 1, 3])
    def call(self, inputs):
        b = tf.shape(inputs)[0]
        q, k, v = [self.separate_heads(d(inputs), b) for d in (self.query_dense, self.key_dense, self.value_dense)]
        a, w = self.attention(q, k, v); a = tf.transpose(a, perm=[0, 2, 1, 3])
        return self.combine_heads(tf.reshape(a, (b, -1, self.embed_dim)))
class TransformerBlock(layers.Layer):
    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1):
        super(TransformerBlock, self).__init__()
        self.att = MultiHeadSelfAttention(embed_dim, num_heads); self.ffn = keras.Sequential([layers.Dense(ff_dim, activation="relu"), layers.Dense(embed_dim)])
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6); self.layernorm2 = layers.LayerNormalization(epsilon=1e-6); self.dropout1 = layers.Dropout(rate); self.dropout2 = layers.Dropout(rate)
    def call(self, inputs, training):
        a = self.dropout1(self.att(inputs), training=training); out1 = self.layernorm1(inputs + a); return self.layernorm2(out1 + self.dropout2(self.ffn(out1), training=training))
class TokenAndPositionEmbedding(layers.Layer):
    def __init__(self, maxlen, vocab_size, emded_dim):
        super(TokenAndPositionEmbedding, self).__init__(); self.token_emb = layers.Embedding(input_dim=vocab_size, output_dim=emded_dim); self.pos_emb = layers.Embedding(input_dim=maxlen, output_dim=emded_dim)
    def call(self, x):
        maxlen = tf.shape(x)[-1]; positions = tf.range(start=0, limit=maxlen, delta=1); return self.token_emb(x) + self.pos_emb(positions)
inputs = layers.Input(shape=(12,)); x = TokenAndPositionEmbedding(12, 50, 8)(inputs); x = TransformerBlock(8, 2, 16)(x); x = layers.GlobalAveragePooling1D()(x); outputs = layers.Dense(2, activation="softmax")(layers.Dropout(0.1)(x))
model = keras.Model(inputs=inputs, outputs=outputs); model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
X = np.random.randint(0, 50, (32, 12)); Y = np.random.randint(0, 2, 32)
model.fit(X, Y, batch_size=8, epochs=1, validation_data=(X, Y))
# scheduler and masked loss of the tutorial
class CustomSchedule(tf.keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, d_model, warmup_steps=4000): super(CustomSchedule, self).__init__(); self.d_model = tf.cast(d_model, tf.float32); self.warmup_steps = warmup_steps
    def __call__(self, step): arg1 = tf.math.rsqrt(step); arg2 = step * (self.warmup_steps ** -1.5); return tf.math.rsqrt(self.d_model) * tf.math.minimum(arg1, arg2)
opt = tf.keras.optimizers.Adam(CustomSchedule(128), beta_1=0.9, beta_2=0.98, epsilon=1e-9)
np.testing.assert_allclose(float(CustomSchedule(128)(tf.constant(10.0))), 128 ** -.5 * min(10 ** -.5, 10 * 4000 ** -1.5), rtol=1e-5)
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction='none')
def loss_function(real, pred):
    mask = tf.math.logical_not(tf.math.equal(real, 0)); loss_ = loss_object(real, pred); mask = tf.cast(mask, dtype=loss_.dtype); loss_ *= mask; return tf.reduce_sum(loss_) / tf.reduce_sum(mask)
print(float(loss_function(tf.constant([[1, 0]]), tf.zeros((1, 2, 3))))); np.testing.assert_allclose(float(loss_function(tf.constant([[1, 0]]), tf.zeros((1, 2, 3)))), np.log(3), rtol=1e-5)
mask = 1 - tf.linalg.band_part(tf.ones((4, 4)), -1, 0); assert mask.numpy().sum() == 6
# Bahdanau, one step
class Bahdanau(tf.keras.layers.Layer):
    def __init__(self, units): super().__init__(); self.W1 = layers.Dense(units); self.W2 = layers.Dense(units); self.V = layers.Dense(1)
    def call(self, query, values):
        s = self.V(tf.nn.tanh(self.W1(tf.expand_dims(query, 1)) + self.W2(values))); a = tf.nn.softmax(s, axis=1); return tf.reduce_sum(a * values, axis=1), a
c, a = Bahdanau(5)(tf.random.normal((2, 4)), tf.random.normal((2, 6, 4))); np.testing.assert_allclose(tf.reduce_sum(a, 1), 1, rtol=1e-5)
