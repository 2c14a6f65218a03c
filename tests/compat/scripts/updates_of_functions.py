# Updates that K.function is given are of the values of each call, whatever they are computed of.
import numpy as np
from keras import backend as K
from keras.layers import Dense, Input
from keras.models import Model

inp = Input(shape=(2,))
out = Dense(1, kernel_initializer='ones')(inp)
model = Model(inp, out)

m, moved, total = K.variable(0.), K.variable(0.), K.zeros((2,))
steps = K.variable(0, dtype='int64')
calls = K.variable(0, dtype='int32', name='calls')
scale = K.variable(2.)
doubled = K.square(scale) / 2. + scale
updates = [
    (m, 0.9 * m + 0.1 * K.mean(out)),
    K.moving_average_update(moved, K.mean(out), 0.9),
    K.update_add(total, K.sum(inp, axis=0)),
    K.update_add(steps, 1),
    (calls, calls + 1),
    K.update(scale, scale * 0.5),
]
step = K.function([inp], [out * doubled, calls * 2], updates=updates)
assert K.get_value(steps) == 0 and K.get_value(scale) == 2.

x = np.array([[1., 2.], [3., 4.]])
mean, factor = 0., 2.
for i in range(4):
    scaled, known = step([x])
    assert np.allclose(scaled, [[3. * (factor ** 2 / 2 + factor)],
                                [7. * (factor ** 2 / 2 + factor)]]), i
    assert known == 2 * i, i
    mean, factor = 0.9 * mean + 0.1 * 5., factor / 2
    assert np.allclose([K.get_value(m), K.get_value(moved)], mean), i
    assert np.allclose(K.get_value(total), (i + 1) * x.sum(axis=0)), i
    assert K.get_value(steps) == K.get_value(calls) == i + 1, i
    assert np.isclose(K.get_value(scale), factor), i

# slopes by a variable, of what was computed of it before
rate = K.variable(3.)
loss = K.sum(out * (rate * rate))
slope = K.function([inp], K.gradients(loss, [rate]))
for value in (3., 5.):
    K.set_value(rate, value)
    assert np.allclose(slope([x])[0], 10. * 2 * value)

# in place of a function's, at once
K.update(scale, 7.)
assert K.get_value(scale) == 7.
