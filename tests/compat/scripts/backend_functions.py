import numpy as np
from keras import backend as K
from keras.layers import Input, Dense, Lambda, Conv1D, concatenate
from keras.models import Model
x = np.random.rand(2, 6, 3).astype('float32')
k = np.random.rand(2, 3, 4).astype('float32')
y = K.eval(K.conv1d(K.variable(x), K.variable(k), padding='valid'))
assert np.allclose(y, sum(x[:, i:i + 5] @ k[i] for i in range(2)), atol=1e-5)
image = K.variable(np.arange(16.).reshape(1, 4, 4, 1))
assert K.eval(K.pool2d(image, (2, 2), strides=(2, 2), pool_mode='avg')).ravel().tolist() == [2.5, 4.5, 10.5, 12.5]
assert K.eval(K.pool3d(K.variable(np.ones((1, 2, 2, 2, 1))), (2, 2, 2), strides=(2, 2, 2))).shape == (1, 1, 1, 1, 1)
depth = K.depthwise_conv2d(image, K.constant(np.ones((2, 2, 1, 2))), strides=(2, 2))
assert np.allclose(K.eval(depth)[0, 0, 0], [10, 10])
both = K.separable_conv2d(image, K.constant(np.ones((2, 2, 1, 2))), K.constant(np.ones((1, 1, 2, 3))), strides=(2, 2))
assert np.allclose(K.eval(both)[0, 0, 0], [20, 20, 20])
normal = K.batch_normalization(K.variable(x), K.mean(x, axis=(0, 1)), K.var(x, axis=(0, 1)), K.zeros((3,)), K.ones((3,)))
assert np.allclose(K.eval(normal).mean(axis=(0, 1)), 0, atol=1e-5)
w = K.variable(np.ones((3, 2)))
assert K.is_variable(w) and K.get_variable_shape(w) == (3, 2) and not K.is_variable(K.constant(1.))
assert K.eval(K.foldr(lambda acc, x: acc * 2 + x, K.constant([1., 2., 3.]))) == 17
assert K.is_variable(K.random_normal_variable((2, 3), 0, 1))
drawn = K.random_uniform_variable(shape=(2, 3), low=4, high=5)
assert K.is_variable(drawn) and (4 <= K.get_value(drawn)).all() and (K.get_value(drawn) <= 5).all()
# a layer cut in pieces, as in mixture density networks
inp = Input(shape=(3,))
params = Dense(6)(inp)
assert params._keras_shape == K.int_shape(params) == (None, 6)
mu = Lambda(lambda t: K.slice(t, (0, 0), (-1, 2)))(params)
sigma = Lambda(lambda t: K.exp(t[:, 2:4]))(params)
pi = Lambda(lambda t: K.softmax(t[:, 4:]))(params)
mdn = Model(inp, concatenate([mu, sigma, pi]))

def mdn_loss(y_true, y_pred):
    mu, sigma, pi = y_pred[:, :2], y_pred[:, 2:4], y_pred[:, 4:]
    exponent = K.log(pi) - .5 * K.square((y_true - mu) / sigma) - K.log(sigma)
    return -K.logsumexp(exponent, axis=1)

mdn.compile(loss=mdn_loss, optimizer='adam')
data = np.random.rand(8, 3)
mdn._make_predict_function()
mdn.fit(data, data.sum(axis=1, keepdims=True), batch_size=4, epochs=1, verbose=0)
assert np.allclose(mdn.predict(data)[:, 4:].sum(axis=1), 1)
