# What is computed of variables that are not trained is that of each call of a function, a session.
import numpy as np
import tensorflow as tf
from keras import backend as K
from keras.layers import Input

x = Input(shape=(2,))
n = K.variable(4, dtype='int32')
base, scale = K.constant(2.), K.variable(2.)
count = K.cast(n, 'float32')
counted = K.function([x], [
    count * x,
    K.sqrt(count) * x,
    (n + 1) * 2 * K.cast(x, 'int32'),
    K.pow(base, count) * x,
    scale * K.sqrt(count) * x,
    K.switch(n > 5, K.ones((1, 2)), K.zeros((1, 2))) * x,
    K.sum(K.stack([count, scale])) * x,
    count * 3,
    K.concatenate([K.expand_dims(n), K.expand_dims(n)])[0] * 2,
])
ones = np.ones((1, 2))
for value in (4, 9):
    K.set_value(n, value)
    expected = [value, value ** .5, (value + 1) * 2, 2. ** value, 2 * value ** .5, value > 5,
                value + 2, value * 3, value * 2]
    found = counted([ones])
    assert np.allclose([np.ravel(y)[0] for y in found], expected), (found, expected)
    with tf.compat.v1.Session() as session:
        y, alone = session.run([K.sqrt(count) * x, count / 2.], feed_dict={x: ones})
        assert np.allclose(y, value ** .5) and np.isclose(alone, value / 2.)

# slopes, weighed by a count that anneals
slope = K.gradients(K.sum(x * x) / (1. + count), x)[0]
slopes = K.function([x], [slope])
for value in (1, 3):
    K.set_value(n, value)
    assert np.allclose(slopes([ones])[0], 2. / (1. + value))

# assignments are updates of a function
v, steps, mean = K.variable(1.), K.variable(0, dtype='int32'), K.variable(0.)
step = K.function([x], [x * v], updates=[
    v.assign(v * 2), steps.assign_add(1), mean.assign(0.5 * mean + K.mean(x)),
])
assert K.get_value(v) == 1. and K.get_value(steps) == 0
expected = 0.
for i in range(3):
    assert np.allclose(step([ones * 3])[0], 3. * 2 ** i)
    expected = 0.5 * expected + 3.
    assert K.get_value(v) == 2. ** (i + 1) and K.get_value(steps) == i + 1
    assert np.isclose(K.get_value(mean), expected)
v.assign(5.)
assert K.get_value(v) == 5.
