# The eager guides of TensorFlow 1: losses of logits, a variable that counts steps.
import numpy as np
import tensorflow.compat.v1 as tf

assert tf.train.get_global_step() is None
model = tf.keras.Sequential([tf.keras.layers.Dense(3, input_shape=(4,))])
optimizer = tf.train.GradientDescentOptimizer(learning_rate=0.5)
x, labels = tf.constant(np.random.rand(6, 4), tf.float32), tf.constant(np.arange(6) % 3)
history = []
for step in range(4):
    with tf.GradientTape() as tape:
        loss = tf.losses.sparse_softmax_cross_entropy(labels, model(x))
    history.append(loss.numpy())
    slopes = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(slopes, model.trainable_variables),
                              global_step=tf.train.get_or_create_global_step())
assert history[-1] < history[0] and int(tf.train.get_global_step()) == 4
optimizer.minimize(lambda: tf.losses.sparse_softmax_cross_entropy(labels, model(x)),
                   var_list=model.trainable_variables, global_step=tf.train.get_global_step())
assert int(tf.train.get_global_step()) == 5
logits = model(x)
sparse = tf.losses.sparse_softmax_cross_entropy(labels, logits)
one_hot = tf.one_hot(labels, 3)
assert np.allclose(sparse, tf.losses.softmax_cross_entropy(one_hot, logits))
smooth = tf.losses.softmax_cross_entropy(one_hot, logits, label_smoothing=0.1)
logs = np.asarray(tf.nn.log_softmax(logits))
assert np.allclose(smooth, -((np.asarray(one_hot) * .9 + .1 / 3) * logs).sum(-1).mean(), atol=1e-6)
half = tf.losses.sparse_softmax_cross_entropy(labels, logits, weights=[2., 0., 2., 0., 2., 0.])
assert np.allclose(half, 2 * tf.losses.sparse_softmax_cross_entropy(labels[::2], logits[::2]))
found = tf.losses.sigmoid_cross_entropy(one_hot, logits)
assert np.allclose(found, np.mean(np.asarray(tf.nn.sigmoid_cross_entropy_with_logits(labels=one_hot, logits=logits))))
tf2_names = tf.keras.optimizers.SGD(0.1)
tf2_names.apply_gradients(zip(slopes, model.trainable_variables), name='step')

import os
from tensorflow.compat.v2 import summary

writer = summary.create_file_writer('logs')
writer.set_as_default()
summary.scalar('loss', 0.5, step=1)
writer.flush()
assert sum(os.path.getsize('logs/' + name) for name in os.listdir('logs')) > 60
entry, meant = tf.placeholder(tf.float32, [None, 4]), tf.placeholder(tf.float32, [None, 3])
cost = tf.losses.softmax_cross_entropy(meant, model(entry))
with tf.Session() as session:
    fed = {entry: np.asarray(x), meant: np.asarray(one_hot)}
    assert np.allclose(session.run(cost, feed_dict=fed), tf.losses.softmax_cross_entropy(one_hot, model(x)))
