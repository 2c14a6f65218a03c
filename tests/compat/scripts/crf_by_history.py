'''A layer whose loss and metric ask what it was given, as keras_contrib's CRF; and layers' lists.'''
import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
import numpy as np
from keras import backend as K
from keras import optimizers
from keras.engine.topology import Layer
from keras.layers import Dense, Dropout, Embedding, Input
from keras.models import Model


class Chain(Layer):
    def __init__(self, units, **kwargs):
        super(Chain, self).__init__(**kwargs)
        self.units = units
        self.supports_masking = True

    def build(self, input_shape):
        self.kernel = self.add_weight((input_shape[-1], self.units), initializer='glorot_uniform', name='kernel')
        self.scale = K.variable(1., name='scale')
        self._trainable_weights.append(self.scale)
        self.fixed = K.variable(2., name='fixed')
        self._non_trainable_weights.append(self.fixed)
        super(Chain, self).build(input_shape)

    def call(self, x, mask=None):
        return K.stop_gradient(K.softmax(K.dot(x, self.kernel) * self.scale))

    def energy(self, x):
        return K.dot(x, self.kernel) * self.scale

    def loss(self):
        def chain_loss(y_true, y_pred):
            chain, idx = y_pred._keras_history[:2]
            if chain._outbound_nodes:
                raise TypeError('must be the last layer')
            x = chain._inbound_nodes[idx].input_tensors[0]
            mask = chain._inbound_nodes[idx].input_masks[0]
            each = K.categorical_crossentropy(y_true, chain.energy(x), from_logits=True)
            return each * K.cast(mask, K.floatx())
        return chain_loss

    def accuracy(self):
        def chain_accuracy(y_true, y_pred):
            chain, idx = y_pred._keras_history[:2]
            x = chain._inbound_nodes[idx].input_tensors[0]
            right = K.equal(K.argmax(chain.energy(x), -1), K.argmax(y_true, -1))
            return K.mean(K.cast(right, K.floatx()))
        return chain_accuracy

    def compute_output_shape(self, input_shape):
        return input_shape[:-1] + (self.units,)


rows = Input((5,))
h = Embedding(9, 6, mask_zero=True)(rows)
h = Dropout(0.2)(Dense(6, activation='relu')(h))
chain = Chain(3)
model = Model(rows, chain(h))
assert [w.name.split('/')[-1] for w in chain.trainable_weights] == ['kernel:0', 'scale:0']
assert [w.name.split('/')[-1] for w in chain.non_trainable_weights] == ['fixed:0']
model.compile(optimizers.Adam(0.05), loss=chain.loss(), metrics=[chain.accuracy()])
x = np.random.randint(1, 9, (32, 5))
y = np.eye(3)[x % 3]
h = model.fit(x, y, epochs=20, verbose=0, validation_data=(x, y)).history
assert h['loss'][-1] < h['loss'][0] / 2 and h['val_chain_accuracy'][-1] > 0.9, h
assert np.argmax(model.predict(x), -1).tolist() == (x % 3).tolist()

bound, slope = K.variable([1., 2.]), K.variable([0.5, 0.1])
found = K.eval(K.relu(K.constant([[-2., 3.], [0.5, -1.]]), alpha=slope, max_value=bound))
assert np.allclose(found, [[-1., 2.], [0.5, -0.1]]), found
assert K.eval(K.sum([K.sum(bound), K.sum(slope)])) == np.float32(3.6)
K.set_image_data_format('channels_first')
import tensorflow as tf
patches = tf.extract_image_patches(K.ones((1, 4, 4, 2)), [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], 'VALID')
assert patches.shape == (1, 2, 2, 8), patches.shape

ax = plt.figure().gca(projection='3d')
ax.plot([0, 1], [0, 1], [0, 1])
plt.figure()
plt.plot([0, 1])
plt.grid(b=True, which='both')
plt.gca().grid(b=False)
plt.close('all')
