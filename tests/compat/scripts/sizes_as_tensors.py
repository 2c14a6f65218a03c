'''Sizes that are computed with, as YOLO's losses do; and what class_weight='auto' meant.'''
import numpy as np
import tensorflow as tf
from keras import backend as K
from keras.layers import Dense, Embedding, Flatten, Input, Lambda
from keras.models import Model, Sequential

x = Input((4, 6, 3))


def scaled(t):
    sizes = K.cast(K.shape(t)[1:3] * 32, K.dtype(t))
    turned = K.cast(K.shape(t)[1:3][::-1], K.dtype(t))
    return K.zeros_like(t[:, 0, 0, :2]) + sizes / turned + tf.cast(tf.shape(t)[1:3] // 2, 'float32')


model = Model(x, Lambda(scaled)(x))
assert np.allclose(model.predict(np.ones((2, 4, 6, 3))), [[128 / 6 + 2, 192 / 4 + 3]] * 2)
any_size = Input((None, None, 3))
doubled = K.function([any_size], [K.cast(K.shape(any_size)[1:3] * 2, 'float32')])
assert doubled([np.ones((1, 5, 7, 3))])[0].tolist() == [10., 14.]
assert K.shape(x)[1:] + (1,) == (4, 6, 3, 1)

net = Sequential([Embedding(5, 2), Lambda(lambda t: K.mean(t, axis=1)), Dense(1, activation='sigmoid')])
net.compile('adam', 'binary_crossentropy')
net.fit(np.ones((4, 3)), np.arange(4) % 2, class_weight='auto', verbose=0)
assert K.constant(np.ones(2)).dtype == 'float32'

feats = Input((4, 4))


def rows(args):  # growing arrays in a loop, as YOLO's losses have them
    t = args
    found = tf.TensorArray(K.dtype(t), size=1, dynamic_size=True)
    def body(b, kept):
        return b + 1, kept.write(b, K.sum(tf.boolean_mask(t[b], t[b] > 0.5)))
    _, found = K.control_flow_ops.while_loop(lambda b, *rest: b < K.shape(t)[0], body, [0, found])
    return K.reshape(found.stack(), (-1, 1))


values = np.random.rand(3, 4, 4).astype('float32')
looped = Model(feats, Lambda(rows)(feats)).predict(values)
assert np.allclose(looped[:, 0], [v[v > 0.5].sum() for v in values], rtol=1e-5)
flat, sure = K.reshape(feats, (-1, 4)), K.reshape(feats[..., :1], (-1,))
kept = tf.image.non_max_suppression(tf.boolean_mask(flat, sure >= 0.2), tf.boolean_mask(sure, sure >= 0.2),
                                    K.constant(20, dtype='int32'), iou_threshold=0.5)
best = K.get_session().run(K.gather(sure, kept), feed_dict={feats: np.eye(4)[None]})
assert best.tolist() == [1.]
assert K.eval(K.max(K.zeros((2, 0)), axis=-1)).tolist() == [-np.inf] * 2
assert K.constant(np.ones((2, 3)))._keras_shape == (2, 3)
assert int(tf.math.count_nonzero(tf.constant([[0., 2.], [3., 0.]]), dtype=tf.int32)) == 2
