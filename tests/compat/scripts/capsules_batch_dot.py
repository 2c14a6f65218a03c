# Capsules whose routing goes by K.batch_dot (2017)
import numpy as np
from keras import backend as K, initializers, layers, models
from keras.layers import Layer, Input, Conv2D, Reshape, Lambda
def squash(v, axis=-1):
    s = K.sum(K.square(v), axis, keepdims=True)
    return s / (1 + s) / K.sqrt(s + K.epsilon()) * v
class Capsule(Layer):
    def __init__(self, num, dim, routings=3, **kw):
        super(Capsule, self).__init__(**kw); self.num, self.dim, self.routings = num, dim, routings
        self.kernel_initializer = initializers.get('glorot_uniform')
    def build(self, s):
        self.n_in, self.d_in = s[1], s[2]
        self.W = self.add_weight(shape=[self.num, self.n_in, self.dim, self.d_in], initializer=self.kernel_initializer, name='W')
        self.built = True
    def call(self, inputs, training=None):
        e = K.expand_dims(inputs, 1)
        t = K.tile(e, [1, self.num, 1, 1])
        hat = K.map_fn(lambda x: K.batch_dot(x, self.W, [2, 3]), elems=t)
        b = K.zeros(shape=[K.shape(hat)[0], self.num, self.n_in])
        import tensorflow as tf
        b = tf.zeros(shape=[K.shape(hat)[0], self.num, self.n_in])
        for i in range(self.routings):
            c = tf.nn.softmax(b, dim=1)
            out = squash(K.batch_dot(c, hat, [2, 2]))
            if i < self.routings - 1:
                b += K.batch_dot(out, hat, [2, 3])
        return out
    def compute_output_shape(self, s): return tuple([None, self.num, self.dim])
x = Input((10, 10, 1))
h = Conv2D(8, 3, activation='relu')(x)
h = Conv2D(16, 3, strides=2)(h)
h = Lambda(squash)(Reshape((-1, 4))(h))
y = Lambda(lambda z: K.sqrt(K.sum(K.square(z), -1)))(Capsule(3, 6)(h))
m = models.Model(x, y)
m.compile('adam', lambda t, p: K.mean(K.sum(t * K.square(K.maximum(0., .9 - p)) + .5 * (1 - t) * K.square(K.maximum(0., p - .1)), 1)), metrics=['accuracy'])
print(m.fit(np.random.rand(6, 10, 10, 1), np.eye(3)[[0,1,2,0,1,2]], epochs=2, verbose=0).history)
