import os, re, shutil, string
import tensorflow as tf
from tensorflow.keras import layers, losses
import numpy as np
for part in ('train', 'test'):
    for c in ('pos', 'neg'):
        os.makedirs('aclImdb/%s/%s' % (part, c), exist_ok=True)
        for i in range(10):
            open('aclImdb/%s/%s/%d.txt' % (part, c, i), 'w').write(' '.join(np.random.choice(['good', 'bad', 'film', 'the', '<br />', 'was', 'It!'], 12)))
raw_train_ds = tf.keras.utils.text_dataset_from_directory('aclImdb/train', batch_size=4, validation_split=0.2, subset='training', seed=42)
raw_val_ds = tf.keras.preprocessing.text_dataset_from_directory('aclImdb/train', batch_size=4, validation_split=0.2, subset='validation', seed=42)
for text_batch, label_batch in raw_train_ds.take(1):
  for i in range(3):
    print("Review", text_batch.numpy()[i]); print("Label", label_batch.numpy()[i])
print(raw_train_ds.class_names)
def custom_standardization(input_data):
  lowercase = tf.strings.lower(input_data)
  stripped_html = tf.strings.regex_replace(lowercase, '<br />', ' ')
  return tf.strings.regex_replace(stripped_html, '[%s]' % re.escape(string.punctuation), '')
vectorize_layer = layers.TextVectorization(standardize=custom_standardization, max_tokens=100, output_mode='int', output_sequence_length=10)
train_text = raw_train_ds.map(lambda x, y: x); vectorize_layer.adapt(train_text)
def vectorize_text(text, label):
  text = tf.expand_dims(text, -1)
  return vectorize_layer(text), label
text_batch, label_batch = next(iter(raw_train_ds)); first_review, first_label = text_batch[0], label_batch[0]
print("Vectorized", vectorize_text(first_review, first_label)); print(vectorize_layer.get_vocabulary()[3], len(vectorize_layer.get_vocabulary()))
AUTOTUNE = tf.data.AUTOTUNE
train_ds = raw_train_ds.map(vectorize_text).cache().prefetch(buffer_size=AUTOTUNE); val_ds = raw_val_ds.map(vectorize_text).cache().prefetch(buffer_size=AUTOTUNE)
model = tf.keras.Sequential([layers.Embedding(101, 16), layers.Dropout(0.2), layers.GlobalAveragePooling1D(), layers.Dropout(0.2), layers.Dense(1)])
model.compile(loss=losses.BinaryCrossentropy(from_logits=True), optimizer='adam', metrics=tf.metrics.BinaryAccuracy(threshold=0.0))
history = model.fit(train_ds, validation_data=val_ds, epochs=2, verbose=0); print(history.history.keys())
export_model = tf.keras.Sequential([vectorize_layer, model, layers.Activation('sigmoid')])
export_model.compile(loss=losses.BinaryCrossentropy(from_logits=False), optimizer="adam", metrics=['accuracy'])
loss, accuracy = export_model.evaluate(raw_val_ds, verbose=0); print(accuracy)
print(export_model.predict(["The movie was great!", "The movie was okay."]))
import sys; sys.exit() if 0 else None
text = ' '.join(open('aclImdb/train/pos/%d.txt' % i).read() for i in range(10)); vocab = sorted(set(text))
ids_from_chars = tf.keras.layers.StringLookup(vocabulary=list(vocab), mask_token=None)
chars_from_ids = tf.keras.layers.StringLookup(vocabulary=ids_from_chars.get_vocabulary(), invert=True, mask_token=None)
all_ids = ids_from_chars(tf.strings.unicode_split(text, 'UTF-8'))
ids_dataset = tf.data.Dataset.from_tensor_slices(all_ids)
for ids in ids_dataset.take(3): print(chars_from_ids(ids).numpy().decode('utf-8'))
sequences = ids_dataset.batch(11, drop_remainder=True)
dataset = sequences.map(lambda s: (s[:-1], s[1:])).shuffle(100).batch(4, drop_remainder=True).prefetch(tf.data.experimental.AUTOTUNE)
class MyModel(tf.keras.Model):
  def __init__(self, vocab_size, embedding_dim, rnn_units):
    super().__init__(self)
    self.embedding = tf.keras.layers.Embedding(vocab_size, embedding_dim)
    self.gru = tf.keras.layers.GRU(rnn_units, return_sequences=True, return_state=True)
    self.dense = tf.keras.layers.Dense(vocab_size)
  def call(self, inputs, states=None, return_state=False, training=False):
    x = inputs; x = self.embedding(x, training=training)
    if states is None:
      states = self.gru.get_initial_state(x)
    x, states = self.gru(x, initial_state=states, training=training)
    x = self.dense(x, training=training)
    if return_state: return x, states
    else: return x
model = MyModel(len(ids_from_chars.get_vocabulary()), 8, 16)
for input_example_batch, target_example_batch in dataset.take(1):
    example_batch_predictions = model(input_example_batch); print(example_batch_predictions.shape)
model.summary()
sampled_indices = tf.random.categorical(example_batch_predictions[0], num_samples=1); sampled_indices = tf.squeeze(sampled_indices, axis=-1).numpy()
loss = tf.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer='adam', loss=loss)
checkpoint_prefix = os.path.join('./training_checkpoints', "ckpt_{epoch}")
model.fit(dataset, epochs=1, callbacks=[tf.keras.callbacks.ModelCheckpoint(filepath=checkpoint_prefix, save_weights_only=True)], verbose=0)
