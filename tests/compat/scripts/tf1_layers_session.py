# TensorFlow 1: layers applied by functions, in a session that is fed.
import numpy as np
import tensorflow as tf

tf.reset_default_graph()
np.random.seed(1)
tf.set_random_seed(1)
X = tf.placeholder(tf.float32, shape=(None, 8, 8, 1), name='X')
y = tf.placeholder(tf.int32, shape=(None,), name='y')
training = tf.placeholder_with_default(False, shape=(), name='training')

with tf.name_scope('cnn'):
    conv = tf.layers.conv2d(X, filters=4, kernel_size=3, strides=1, padding='SAME',
                            activation=tf.nn.relu, name='conv')
    pool = tf.layers.max_pooling2d(conv, pool_size=2, strides=2)
    flat = tf.layers.flatten(pool)
    drop = tf.layers.dropout(flat, 0.5, training=training)
    hidden = tf.layers.dense(drop, 10, activation=tf.nn.relu, name='hidden')
    logits = tf.layers.dense(hidden, 2, name='outputs')
    same = tf.layers.dense(hidden, 2, name='outputs', reuse=True)
    normed = tf.layers.batch_normalization(X, training=True)

with tf.name_scope('loss'):
    xentropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
    loss = tf.reduce_mean(xentropy, name='loss')
optimizer = tf.train.AdamOptimizer(learning_rate=0.01)
training_op = optimizer.minimize(loss)
correct = tf.nn.in_top_k(logits, y, 1)
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))
init = tf.global_variables_initializer()

pictures = np.random.rand(40, 8, 8, 1).astype('float32')
labels = (np.arange(40) % 2).astype('int32')
pictures[labels == 1, :4] += 1
with tf.Session() as sess:
    init.run()
    for epoch in range(20):
        sess.run(training_op, feed_dict={X: pictures, y: labels, training: True})
    acc = accuracy.eval(feed_dict={X: pictures, y: labels})
    print('accuracy', acc)
    assert acc > 0.9
    a, b = sess.run([logits, same], feed_dict={X: pictures})
    assert np.array_equal(a, b)
    wet, dry = (sess.run(drop, feed_dict={X: pictures, training: t}) for t in (True, False))
    assert (wet == 0).mean() > (dry == 0).mean() + 0.3
    assert abs(sess.run(normed, feed_dict={X: pictures}).mean()) < 1e-5
try:
    tf.layers.batch_normalization(X, training=training)
    raise AssertionError('it has no operation that moves the means')
except TypeError as error:
    assert 'training=' in str(error)
