# Keras 0: a first layer's input is assigned, results are asked for, own layers define get_output.
import numpy as np

from keras import backend as K
from keras.layers.core import Activation, Dense, Layer
from keras.layers.convolutional import Convolution2D, ZeroPadding2D
from keras.models import Sequential

size = 12
input_img = K.placeholder((1, 3, size, size))
first_layer = ZeroPadding2D((1, 1), input_shape=(3, size, size))
first_layer.input = input_img

model = Sequential()
model.add(first_layer)
model.add(Convolution2D(4, 3, 3, activation='relu', name='conv1_1'))
model.add(ZeroPadding2D((1, 1)))
model.add(Convolution2D(5, 3, 3, name='conv1_2'))
layer_dict = dict([(layer.name, layer) for layer in model.layers])
layer_output = layer_dict['conv1_2'].get_output()
loss = K.mean(layer_output[:, 1, :, :])
grads = K.gradients(loss, input_img)[0]
grads /= K.sqrt(K.mean(K.square(grads))) + 1e-5
iterate = K.function([input_img], [loss, grads])
picture = np.random.random((1, 3, size, size))
losses = []
for i in range(10):
    loss_value, grads_value = iterate([picture])
    picture += grads_value
    losses.append(float(loss_value))
print(losses)
assert losses[-1] > losses[0]
assert np.allclose(model.predict(picture)[:, 1].mean(), iterate([picture])[0], atol=1e-5)

# Several pictures as one input, of which one alone is fed.
base, style = (K.variable(np.random.random((1, 3, size, size))) for _ in range(2))
combination = K.placeholder((1, 3, size, size))
entry = ZeroPadding2D((1, 1), input_shape=(3, size, size))
entry.input = K.concatenate([base, style, combination], axis=0)
features = Sequential()
features.add(entry)
features.add(Convolution2D(4, 3, 3, name='features'))
outputs = dict([(layer.name, layer.get_output()) for layer in features.layers])
content = K.sum(K.square(outputs['features'][2] - outputs['features'][0]))
f = K.function([combination], [content])
assert f([K.get_value(base)])[0] < 1e-6 < f([K.get_value(style)])[0]


class Antirectifier(Layer):
    @property
    def output_shape(self):
        shape = list(self.input_shape)
        shape[-1] *= 2
        return tuple(shape)

    def get_output(self, train):
        x = self.get_input(train)
        x -= K.mean(x, axis=1, keepdims=True)
        x = K.l2_normalize(x, axis=1)
        return K.concatenate([K.relu(x), K.relu(-x)], axis=1)


X, Y = np.random.rand(64, 6), np.eye(3)[np.arange(64) % 3]
model = Sequential()
model.add(Dense(8, input_shape=(6,)))
model.add(Antirectifier())
model.add(Dense(3))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer='rmsprop')
history = model.fit(X, Y, batch_size=16, nb_epoch=3, verbose=0)
assert history.history['loss'][-1] < history.history['loss'][0]
assert model.layers[2].get_weights()[0].shape == (16, 3)
