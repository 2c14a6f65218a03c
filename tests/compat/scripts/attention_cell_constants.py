'''A cell that looks at a constant at every step: an RNN's constants, given by name or in a list.'''
import numpy as np
import keras
from keras import backend as K
from keras.layers import Bidirectional, GRUCell, Input, Layer, RNN
from keras.models import Model
from keras.utils import CustomObjectScope


class CellWithConstants(Layer):
    def __init__(self, units, **kwargs):
        self.units = units
        self.state_size = units
        super(CellWithConstants, self).__init__(**kwargs)

    def build(self, input_shape):
        if not isinstance(input_shape, list):
            raise TypeError('expects constants shape')
        [input_shape, constant_shape] = input_shape
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer='uniform', name='kernel')
        self.constant_kernel = self.add_weight(shape=(constant_shape[-1], self.units), initializer='uniform',
                                               name='constant_kernel')
        self.built = True

    def call(self, inputs, states, constants):
        [prev_output] = states
        [constant] = constants
        output = K.dot(inputs, self.kernel) + prev_output + K.dot(constant, self.constant_kernel)
        return output, [output]

    def get_config(self):
        config = {'units': self.units}
        base_config = super(CellWithConstants, self).get_config()
        return dict(list(base_config.items()) + list(config.items()))


x, c = Input((None, 5)), Input((3,))
x_np, c_np = np.random.random((4, 6, 5)), np.random.random((4, 3))
layer = RNN(CellWithConstants(2))
model = Model([x, c], layer(x, constants=c))
assert c in layer._inbound_nodes[0].input_tensors
model.compile(optimizer='rmsprop', loss='mse')
model.train_on_batch([x_np, c_np], np.zeros((4, 2)))
kernel, constant_kernel = model.get_weights()
expected = (x_np @ kernel).sum(axis=1) + 6 * c_np @ constant_kernel
assert np.allclose(model.predict([x_np, c_np]), expected, atol=1e-5)

with CustomObjectScope({'CellWithConstants': CellWithConstants}):
    again = RNN.from_config(layer.get_config())
    both = Bidirectional(RNN(CellWithConstants(2)))
model = Model([x, c], again([x, c]))
model.set_weights([kernel, constant_kernel])
assert np.allclose(model.predict([x_np, c_np]), expected, atol=1e-5)

stacked = RNN([GRUCell(3), CellWithConstants(2), CellWithConstants(2)])
for layer, width in ((stacked, 2), (both, 4)):
    assert Model([x, c], layer(x, constants=c)).predict([x_np, c_np]).shape == (4, width)

state = keras.layers.LSTM(2, stateful=True, batch_input_shape=(4, 6, 5))
y = keras.models.Sequential([state]).predict(x_np, batch_size=4)
assert K.eval(state.states[0]).any()
state.reset_states()
assert not K.eval(state.states[0]).any()
