import tensorflow as tf, numpy as np
from tensorflow.keras import layers
text = "hello world, this is a small text of letters. " * 30
vocab = sorted(set(text))
ids_from_chars = layers.experimental.preprocessing.StringLookup(vocabulary=list(vocab))
chars_from_ids = tf.keras.layers.experimental.preprocessing.StringLookup(vocabulary=ids_from_chars.get_vocabulary(), invert=True)
ids = ids_from_chars(tf.strings.unicode_split(text, 'UTF-8'))
back = tf.strings.reduce_join(chars_from_ids(ids[:11]), axis=-1).numpy()
assert back == b'hello world', back
ids_dataset = tf.data.Dataset.from_tensor_slices(ids)
sequences = ids_dataset.batch(21, drop_remainder=True)
dataset = sequences.map(lambda s: (s[:-1], s[1:])).shuffle(100).batch(8, drop_remainder=True).prefetch(tf.data.experimental.AUTOTUNE)
class MyModel(tf.keras.Model):
    def __init__(self, vocab_size, embedding_dim, rnn_units):
        super().__init__(self)
        self.embedding = tf.keras.layers.Embedding(vocab_size, embedding_dim)
        self.gru = tf.keras.layers.GRU(rnn_units, return_sequences=True, return_state=True)
        self.dense = tf.keras.layers.Dense(vocab_size)
    def call(self, inputs, states=None, return_state=False, training=False):
        x = self.embedding(inputs, training=training)
        if states is None:
            states = self.gru.get_initial_state(x)
        x, states = self.gru(x, initial_state=states, training=training)
        x = self.dense(x, training=training)
        return (x, states) if return_state else x
model = MyModel(len(ids_from_chars.get_vocabulary()), 16, 32)
for a, b in dataset.take(1):
    assert model(a).shape[:2] == (8, 20)
model.compile(optimizer='adam', loss=tf.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(dataset, epochs=1)
class OneStep(tf.keras.Model):
    def __init__(self, model, chars_from_ids, ids_from_chars, temperature=1.0):
        super().__init__()
        self.temperature = temperature
        self.model = model
        self.chars_from_ids = chars_from_ids
        self.ids_from_chars = ids_from_chars
        skip_ids = self.ids_from_chars(['[UNK]'])[:, None]
        sparse_mask = tf.SparseTensor(values=[-float('inf')] * len(skip_ids), indices=skip_ids, dense_shape=[len(ids_from_chars.get_vocabulary())])
        self.prediction_mask = tf.sparse.to_dense(sparse_mask)
        assert np.isneginf(self.prediction_mask.numpy()).sum() == 1
    @tf.function
    def generate_one_step(self, inputs, states=None):
        input_chars = tf.strings.unicode_split(inputs, 'UTF-8')
        input_ids = self.ids_from_chars(input_chars).to_tensor()
        predicted_logits, states = self.model(inputs=input_ids, states=states, return_state=True)
        predicted_logits = predicted_logits[:, -1, :] / self.temperature
        predicted_logits = predicted_logits + self.prediction_mask
        predicted_ids = tf.squeeze(tf.random.categorical(predicted_logits, num_samples=1), axis=-1)
        return self.chars_from_ids(predicted_ids), states
one = OneStep(model, chars_from_ids, ids_from_chars)
states, next_char = None, tf.constant(['hello', 'world'])
result = [next_char]
for n in range(10):
    next_char, states = one.generate_one_step(next_char, states=states)
    result.append(next_char)
result = tf.strings.join(result)
print(result[0].numpy().decode('utf-8'))
assert len(result[0].numpy()) == 15
