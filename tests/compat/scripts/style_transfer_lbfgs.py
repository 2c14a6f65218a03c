from keras.applications import inception_v3, vgg16
from keras import backend as K
from keras.preprocessing.image import load_img, img_to_array, save_img
import numpy as np, scipy
from scipy.optimize import fmin_l_bfgs_b
K.set_learning_phase(0)
from keras.layers import Input, Conv2D, MaxPooling2D
from keras.models import Model
inp = Input((None, None, 3))
x = Conv2D(4, 3, activation='relu', name='block1_conv1', padding='same')(inp); x = MaxPooling2D()(x); x = Conv2D(4, 3, activation='relu', name='block2_conv1', padding='same')(x)
model = Model(inp, x)
dream = model.input
layer_dict = dict([(layer.name, layer) for layer in model.layers])
loss = K.variable(0.)
for layer_name, coeff in {'block1_conv1': 0.2, 'block2_conv1': 2.}.items():
    x = layer_dict[layer_name].output
    scaling = K.prod(K.cast(K.shape(x), 'float32'))
    if K.image_data_format() == 'channels_first':
        loss = loss + coeff * K.sum(K.square(x[:, :, 2: -2, 2: -2])) / scaling
    else:
        loss = loss + coeff * K.sum(K.square(x[:, 2: -2, 2: -2, :])) / scaling
grads = K.gradients(loss, dream)[0]
grads /= K.maximum(K.mean(K.abs(grads)), K.epsilon())
fetch_loss_and_grads = K.function([dream], [loss, grads])
img = np.random.rand(1, 20, 20, 3)
l0, g = fetch_loss_and_grads([img])
raw = K.function([dream], K.gradients(loss, dream))([img])[0]
np.testing.assert_allclose(g, raw / max(abs(raw).mean(), 1e-7), rtol=1e-4)
d = np.zeros_like(img); d[0, 7, 9, 1] = 1e-2
num = (fetch_loss_and_grads([img + d])[0] - fetch_loss_and_grads([img - d])[0]) / 2e-2
np.testing.assert_allclose(raw[0, 7, 9, 1], num, rtol=0.05, atol=1e-5)
l1 = fetch_loss_and_grads([img + 0.05 * g])[0]; assert l1 > l0
# style transfer, with a combination image
target = K.placeholder((1, 16, 16, 3)); base = K.constant(np.random.rand(1, 16, 16, 3)); style = K.constant(np.random.rand(1, 16, 16, 3))
input_tensor = K.concatenate([base, style, target], axis=0)
y = model(input_tensor)
def gram_matrix(x):
    features = K.batch_flatten(K.permute_dimensions(x, (2, 0, 1)))
    return K.dot(features, K.transpose(features))
def style_loss(style, combination):
    S, C = gram_matrix(style), gram_matrix(combination)
    return K.sum(K.square(S - C)) / (4. * (3 ** 2) * (256 ** 2))
def total_variation_loss(x):
    a = K.square(x[:, :15, :15, :] - x[:, 1:, :15, :]); b = K.square(x[:, :15, :15, :] - x[:, :15, 1:, :])
    return K.sum(K.pow(a + b, 1.25))
loss = K.variable(0.)
loss += 0.025 * K.sum(K.square(y[2] - y[0])); loss += style_loss(y[1], y[2]); loss += 1e-4 * total_variation_loss(target)
grads = K.gradients(loss, target)[0]
f = K.function([target], [loss, grads])
class Evaluator(object):
    def __init__(self): self.loss_value = None; self.grads_values = None
    def loss(self, x):
        assert self.loss_value is None
        outs = f([x.reshape((1, 16, 16, 3))]); self.loss_value = outs[0]; self.grad_values = outs[1].flatten().astype('float64')
        return self.loss_value
    def grads(self, x):
        g = np.copy(self.grad_values); self.loss_value = None; self.grad_values = None
        return g
e = Evaluator(); x = np.random.rand(1, 16, 16, 3).flatten()
first = f([x.reshape(1, 16, 16, 3)])[0]
x, min_val, info = fmin_l_bfgs_b(e.loss, x, fprime=e.grads, maxfun=5)
assert min_val < first
save_img('out.png', (np.clip(x.reshape(16, 16, 3), 0, 1) * 255).astype('uint8'))
