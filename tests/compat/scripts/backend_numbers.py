import numpy as np
from keras import backend as K
from keras.layers import Input, Dense, Lambda
from keras.models import Model
a = np.random.rand(3, 4).astype('float32'); b = np.random.rand(3, 4).astype('float32')
A, B = K.variable(a), K.variable(b)
ev = K.eval; close = lambda x, y: np.testing.assert_allclose(ev(x), y, rtol=1e-4, atol=1e-6)
close(K.dot(A, K.transpose(B)), a @ b.T); close(K.batch_dot(A, B, axes=1), (a * b).sum(1, keepdims=True))
close(K.sum(A, axis=-1, keepdims=True), a.sum(-1, keepdims=True)); close(K.mean(A), a.mean()); close(K.std(A, axis=0), a.std(0)); close(K.var(A), a.var()); close(K.logsumexp(A, axis=1), np.log(np.exp(a).sum(1)))
close(K.clip(A, .2, .5), np.clip(a, .2, .5)); close(K.l2_normalize(A, axis=1), a / np.linalg.norm(a, axis=1, keepdims=True)); close(K.softmax(A), np.exp(a) / np.exp(a).sum(1, keepdims=True)); close(K.hard_sigmoid(A * 10 - 5), np.clip(.2 * (a * 10 - 5) + .5, 0, 1))
close(K.categorical_crossentropy(A, K.softmax(B)), -(a * np.log(np.exp(b) / np.exp(b).sum(1, keepdims=True))).sum(1)); close(K.binary_crossentropy(A, B), -(a * np.log(b) + (1 - a) * np.log(1 - b)))
close(K.switch(K.greater(A, .5), A, B), np.where(a > .5, a, b)); close(K.repeat_elements(A, 2, axis=0), np.repeat(a, 2, 0)); close(K.tile(A, (2, 1)), np.tile(a, (2, 1))); close(K.repeat(A, 5), np.repeat(a[:, None], 5, 1)); close(K.gather(A, K.constant([2, 0], dtype='int32')), a[[2, 0]]); close(K.one_hot(K.constant([1, 0], dtype='int32'), 3), np.eye(3)[[1, 0]])
close(K.concatenate([A, B], axis=0), np.concatenate([a, b])); close(K.stack([A, B], axis=1), np.stack([a, b], 1)); close(K.permute_dimensions(A, (1, 0)), a.T); close(K.reverse(A, 0), a[::-1]); close(K.expand_dims(A, 1), a[:, None]); close(K.flatten(A), a.ravel()); close(K.cumsum(A, axis=1), a.cumsum(1)); close(K.pow(A, 3), a ** 3); close(K.max(A, axis=1), a.max(1)); close(K.prod(A, axis=0), a.prod(0)); assert ev(K.argmax(A)).tolist() == a.argmax(-1).tolist(); assert ev(K.any(K.greater(A, .9))) == (a > .9).any(); close(K.sign(A - .5), np.sign(a - .5))
im = np.random.rand(2, 5, 5, 3).astype('float32'); ke = np.random.rand(3, 3, 3, 4).astype('float32')
c = ev(K.conv2d(K.variable(im), K.variable(ke), padding='valid')); want = sum(np.einsum('nhwc,co->nhwo', im[:, i:i + 3, j:j + 3], ke[i, j]) for i in range(3) for j in range(3)); np.testing.assert_allclose(c, want, rtol=1e-4)
close(K.pool2d(K.variable(im), (2, 2), strides=(2, 2)), im[:, :4, :4].reshape(2, 2, 2, 2, 2, 3).max((2, 4))); close(K.resize_images(K.variable(im), 2, 2, 'channels_last'), im.repeat(2, 1).repeat(2, 2)); close(K.spatial_2d_padding(K.variable(im)), np.pad(im, ((0, 0), (1, 1), (1, 1), (0, 0)))); close(K.bias_add(K.variable(im), K.variable(np.ones(3))), im + 1)
x = Input((4,)); y = Lambda(lambda t: K.square(t) * 2)(x); z = K.sum(y, axis=1)
g = K.function([x], [z] + K.gradients(K.sum(z), [x])); o = g([a]); np.testing.assert_allclose(o[0], (2 * a ** 2).sum(1), rtol=1e-4); np.testing.assert_allclose(o[1], 4 * a, rtol=1e-4)
p = K.placeholder(shape=(None, 4)); q = K.relu(K.dot(p, K.variable(np.eye(4)))) ; np.testing.assert_allclose(K.function([p], [q])([a])[0], a, rtol=1e-5)
def step(x, states): return x + states[0], [x + states[0]]
seq = np.random.rand(2, 5, 3).astype('float32'); last, outs, states = K.rnn(step, K.variable(seq), [K.zeros((2, 3))]); close(outs, seq.cumsum(1)); close(last, seq.sum(1))
close(K.map_fn(lambda r: r * 2, A), a * 2); close(K.foldl(lambda acc, r: acc + r, A), a.sum(0)); assert K.int_shape(x) == (None, 4) and K.ndim(A) == 2 and K.is_keras_tensor(x) and K.floatx() == 'float32' and K.epsilon() == 1e-7
v = K.variable(1.); u = K.update_add(v, 2.); assert ev(v) == 3.; K.set_value(v, 5); assert K.get_value(v) == 5; assert K.count_params(A) == 12; print(K.image_data_format(), K.backend(), K.get_uid('a'), K.random_normal((2, 2)).shape, ev(K.in_train_phase(A, B)).shape); close(K.in_train_phase(A, B), b); close(K.dropout(A, 0.), a)
