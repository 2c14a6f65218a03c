'''Words out of texts by TensorFlow's functions, a loop of steps, and checkpoints.'''
import re
import string
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

texts = ['The cat sat!', 'A dog, a cat.', 'Dogs sit.', 'the bird flew']
labels = np.array([0, 1, 1, 0], dtype='float32')


def standardize(text):
    return tf.strings.regex_replace(tf.strings.lower(text), '[%s]' % re.escape(string.punctuation), '')


vectorize = layers.TextVectorization(max_tokens=20, standardize=standardize,
                                     output_sequence_length=4)
vectorize.adapt(texts)
ids = np.array(vectorize(texts))
assert ids.shape == (4, 4)

dataset = tf.data.Dataset.from_tensor_slices((ids, labels)).shuffle(4).batch(2).prefetch(tf.data.AUTOTUNE)


class Classifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = layers.Embedding(20, 3)
        self.pool = layers.GlobalAveragePooling1D()
        self.out = layers.Dense(1)

    def call(self, x):
        return self.out(self.pool(self.embed(x)))


model = Classifier()
optimizer = keras.optimizers.Adam(1e-2)
loss_fn = keras.losses.BinaryCrossentropy(from_logits=True, reduction=tf.keras.losses.Reduction.NONE)


@tf.function(input_signature=None)
def train_step(x, y):
    with tf.GradientTape() as tape:
        each = loss_fn(tf.reshape(y, (-1, 1)), model(x, training=True))
        loss = tf.nn.compute_average_loss(each, global_batch_size=2)
    gradients = tape.gradient(loss, model.trainable_variables)
    gradients, norm = tf.clip_by_global_norm(gradients, 1.0)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


checkpoint = tf.train.Checkpoint(model=model, optimizer=optimizer)
manager = tf.train.CheckpointManager(checkpoint, 'training', max_to_keep=2)
for epoch in range(3):
    total = tf.add_n([train_step(x, y) for x, y in dataset])
    manager.save()
    tf.print('epoch', epoch, 'loss', total)
before = model.predict(ids)
model.set_weights([w * 0 for w in model.get_weights()])
checkpoint.restore(tf.train.latest_checkpoint('training')).expect_partial()
np.testing.assert_allclose(model.predict(ids), before, rtol=1e-5)
