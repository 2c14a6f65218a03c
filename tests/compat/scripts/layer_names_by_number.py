"""Layers that are asked for by the names that Keras 1 gave them, and weights by `add_variable`."""
import numpy as np
from keras import backend as K
from keras.engine.topology import Layer
from keras.layers import Convolution2D, Dense, Flatten, Input, MaxPooling2D
from keras.models import Model

K.set_image_dim_ordering('tf')


class Scale(Layer):
    def build(self, input_shape):
        self.factor = self.add_variable('factor', shape=[int(input_shape[-1])], initializer='ones')
        super(Scale, self).build(input_shape)

    def call(self, x):
        assert x.get_shape().as_list()[-1] == x.shape.as_list()[-1] == 5
        return x * self.factor


inputs = Input(shape=(8, 8, 1))
x = Convolution2D(4, 3, 3, activation='relu', border_mode='same')(inputs)
x = MaxPooling2D((2, 2))(x)
x = Convolution2D(5, 3, 3, activation='relu', border_mode='same')(x)
x = MaxPooling2D((2, 2))(x)
x = Scale()(x)
outputs = Dense(2, activation='softmax')(Flatten()(x))
model = Model(input=inputs, output=outputs)
model.compile('adam', 'categorical_crossentropy')

names = [layer.name for layer in model.layers]
number = names.index([n for n in names if n.startswith('max_pooling')][1])
encoded = Model(input=inputs, output=model.layers[number].output)
asked = names[number].replace('_', '').replace('pooling2d', 'pooling2d_')
last = int(asked.rpartition('_')[2] or 0) + 1
by_name = model.get_layer('maxpooling2d_%d' % last)
assert by_name is model.layers[number]
print(encoded.predict(np.zeros((1, 8, 8, 1))).shape)
