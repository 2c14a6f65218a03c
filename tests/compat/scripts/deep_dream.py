from __future__ import print_function
import numpy as np
import scipy.ndimage
from keras.preprocessing.image import load_img, img_to_array
from keras.layers import Input, Conv2D, AveragePooling2D
from keras.models import Model
from keras import backend as K
inp = Input(batch_shape=(None, None, None, 3))
h = Conv2D(4, 3, activation='relu', padding='same', name='mixed2')(inp)
h = AveragePooling2D()(h)
h = Conv2D(4, 3, activation='relu', padding='same', name='mixed3')(h)
model = Model(inp, h)
settings = {'features': {'mixed2': 0.2, 'mixed3': 0.5}}
dream = model.input
layer_dict = dict([(layer.name, layer) for layer in model.layers])
loss = K.variable(0.)
for layer_name in settings['features']:
    coeff = settings['features'][layer_name]
    x = layer_dict[layer_name].output
    scaling = K.prod(K.cast(K.shape(x), 'float32'))
    if K.image_data_format() == 'channels_first':
        loss = loss + coeff * K.sum(K.square(x[:, :, 2: -2, 2: -2])) / scaling
    else:
        loss = loss + coeff * K.sum(K.square(x[:, 2: -2, 2: -2, :])) / scaling
grads = K.gradients(loss, dream)[0]
grads /= K.maximum(K.mean(K.abs(grads)), K.epsilon())
outputs = [loss, grads]
fetch_loss_and_grads = K.function([dream], outputs)
def eval_loss_and_grads(x):
    outs = fetch_loss_and_grads([x])
    loss_value = outs[0]
    grad_values = outs[1]
    return loss_value, grad_values
def resize_img(img, size):
    img = np.copy(img)
    factors = (1, float(size[0]) / img.shape[1], float(size[1]) / img.shape[2], 1)
    return scipy.ndimage.zoom(img, factors, order=1)
def gradient_ascent(x, iterations, step, max_loss=None):
    for i in range(iterations):
        loss_value, grad_values = eval_loss_and_grads(x)
        if max_loss is not None and loss_value > max_loss:
            break
        print('..Loss value at', i, ':', loss_value)
        x += step * grad_values
    return x
img = np.random.rand(1, 12, 12, 3)
first = eval_loss_and_grads(img)[0]
for shape in [(12, 12), (16, 16)]:
    img = resize_img(img, shape)
    img = gradient_ascent(img, iterations=2, step=0.01, max_loss=1000.)
assert img.shape == (1, 16, 16, 3) and np.isfinite(first)
