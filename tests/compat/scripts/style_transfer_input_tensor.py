# Neural style transfer: a network of three pictures, of which one is sought (2017)
import numpy as np
from scipy.optimize import fmin_l_bfgs_b
from keras import backend as K
from keras.layers import Conv2D, Input, MaxPooling2D
from keras.models import Model
base = K.variable(np.random.rand(1, 8, 8, 3)); style = K.variable(np.random.rand(1, 8, 8, 3)); comb = K.placeholder((1, 8, 8, 3))
t = K.concatenate([base, style, comb], axis=0)
i = Input(tensor=t, batch_shape=(3, 8, 8, 3)); h = Conv2D(4, 3, activation='relu', name='c1')(i); h = Conv2D(4, 3, activation='relu', name='c2')(MaxPooling2D()(h))
m = Model(i, h); d = dict([(l.name, l.output) for l in m.layers])
def gram(x): f = K.batch_flatten(K.permute_dimensions(x, (2, 0, 1))); return K.dot(f, K.transpose(f))
loss = K.variable(0.)
loss = loss + .025 * K.sum(K.square(d['c2'][0] - d['c2'][2]))
loss = loss + K.sum(K.square(gram(d['c1'][1]) - gram(d['c1'][2])))
g = K.gradients(loss, comb); outs = [loss]; outs += g if isinstance(g, list) else [g]
f = K.function([comb], outs)
def ev(x): o = f([x.reshape((1, 8, 8, 3))]); return float(o[0]), o[1].flatten().astype('float64')
x0 = np.random.rand(192)
x, l, _ = fmin_l_bfgs_b(lambda x: ev(x)[0], x0, fprime=lambda x: ev(x)[1], maxfun=10)
assert l < ev(x0)[0]
