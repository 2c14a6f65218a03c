'''Iterators over data sets as TensorFlow 1 had them, in a session, and in fit.'''
import numpy as np
import tensorflow as tf

x = np.arange(12, dtype='float32').reshape(6, 2)
y = x[:, :1] * 2
dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(2)
features, labels = dataset.make_one_shot_iterator().get_next()
doubled = features * 2
seen = []
with tf.Session() as sess:
    while True:
        try:
            a, b, c = sess.run([features, labels, doubled])
        except tf.errors.OutOfRangeError:
            break
        assert np.allclose(c, 2 * a) and np.allclose(b, 2 * a[:, :1])
        seen.append(a)
    assert np.allclose(np.concatenate(seen), x)

    iterator = tf.data.Iterator.from_structure(dataset.output_types, dataset.output_shapes)
    later, _ = iterator.get_next()
    total = tf.reduce_sum(later)
    first, second = iterator.make_initializer(dataset), iterator.make_initializer(dataset.skip(1))
    sess.run(first)
    assert sess.run(total) == 6 and sess.run(total) == 22
    sess.run(second)
    assert sess.run(total) == 22

    iterator = tf.data.Dataset.range(3).make_initializable_iterator()
    number = iterator.get_next()
    for _ in range(2):
        sess.run(iterator.initializer)
        assert [int(sess.run(number)) for _ in range(3)] == [0, 1, 2]

    features, labels = dataset.repeat().make_one_shot_iterator().get_next()
    layer = tf.keras.layers.Dense(1)
    loss = tf.reduce_mean(tf.square(layer(features) - labels))
    step = tf.train.GradientDescentOptimizer(1e-3).minimize(loss)
    sess.run(tf.global_variables_initializer())
    losses = [sess.run([loss, step])[0] for _ in range(30)]
    assert losses[-1] < losses[0]

model = tf.keras.Sequential([tf.keras.layers.Dense(1, input_shape=(2,))])
model.compile('sgd', 'mse')
model.fit(dataset.repeat().make_one_shot_iterator(), steps_per_epoch=3, epochs=2, verbose=0)
assert model.optimizer.iterations == 6

assert np.allclose(tf.compat.v1.data.make_one_shot_iterator(dataset).get_next()[1], y[:2])
tf.enable_eager_execution()
iterator = dataset.make_one_shot_iterator()
assert np.allclose(iterator.get_next()[0], x[:2]) and np.allclose(iterator.get_next()[0], x[2:4])
assert np.allclose(iter(dataset).get_next()[1], y[:2])
