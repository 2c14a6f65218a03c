# Keras 3: a miniature GPT, whose causal mask is tiled by sizes that are a tensor.
import keras
import numpy as np
from keras import layers, ops

vocab_size, maxlen, embed_dim = 20, 10, 8


def causal_attention_mask(batch_size, n_dest, n_src, dtype):
    i = ops.arange(n_dest)[:, None]
    j = ops.arange(n_src)
    m = i >= j - n_src + n_dest
    mask = ops.cast(m, dtype)
    mask = ops.reshape(mask, [1, n_dest, n_src])
    mult = ops.concatenate(
        [ops.expand_dims(batch_size, -1), ops.convert_to_tensor([1, 1])], 0
    )
    return ops.tile(mask, mult)


class TransformerBlock(layers.Layer):
    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1):
        super().__init__()
        self.att = layers.MultiHeadAttention(num_heads, embed_dim)
        self.ffn = keras.Sequential([layers.Dense(ff_dim, activation='relu'),
                                     layers.Dense(embed_dim)])
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout1, self.dropout2 = layers.Dropout(rate), layers.Dropout(rate)

    def call(self, inputs):
        batch_size, seq_len = ops.shape(inputs)[0], ops.shape(inputs)[1]
        mask = causal_attention_mask(batch_size, seq_len, seq_len, 'bool')
        out1 = self.dropout1(self.att(inputs, inputs, attention_mask=mask))
        out1 = self.layernorm1(inputs + out1)
        return self.layernorm2(out1 + self.dropout2(self.ffn(out1)))


class TokenAndPositionEmbedding(layers.Layer):
    def __init__(self, maxlen, vocab_size, embed_dim):
        super().__init__()
        self.token_emb = layers.Embedding(vocab_size, embed_dim)
        self.pos_emb = layers.Embedding(maxlen, embed_dim)

    def call(self, x):
        return self.token_emb(x) + self.pos_emb(ops.arange(0, ops.shape(x)[-1], 1))


inputs = layers.Input((maxlen,), dtype='int32')
x = TokenAndPositionEmbedding(maxlen, vocab_size, embed_dim)(inputs)
x = TransformerBlock(embed_dim, 2, 16)(x)
model = keras.Model(inputs, [layers.Dense(vocab_size)(x), x])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile('adam', loss=[loss, None])


class TextGenerator(keras.callbacks.Callback):
    def sample_from(self, logits):
        logits, indices = ops.top_k(logits, k=5, sorted=True)
        indices = np.asarray(indices).astype('int32')
        preds = keras.activations.softmax(ops.expand_dims(logits, 0))[0]
        return np.random.choice(indices, p=np.asarray(preds).astype('float32'))

    def on_epoch_end(self, epoch, logs=None):
        y, _ = self.model.predict(text[:1, :-1], verbose=0)
        assert 0 <= self.sample_from(y[0][3]) < vocab_size


text = np.random.randint(0, vocab_size, (12, maxlen + 1))
model.fit(text[:, :-1], text[:, 1:], batch_size=8, epochs=2, verbose=0,
          callbacks=[TextGenerator()])
before = text[:1, :-1].copy()
after = before.copy()
after[0, -1] = (after[0, -1] + 1) % vocab_size
first, second = [model.predict(z, verbose=0)[0] for z in (before, after)]
assert np.allclose(first[:, :-1], second[:, :-1], atol=1e-5)  # nobody looks ahead
assert not np.allclose(first[:, -1], second[:, -1], atol=1e-5)
