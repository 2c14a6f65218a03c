# Where a network looks: slopes of a class by the last feature maps (2017)
import numpy as np
from keras import backend as K
from keras.layers import *
from keras.models import Sequential
m = Sequential()
m.add(Conv2D(4, (3, 3), activation='relu', input_shape=(12, 12, 3))); m.add(MaxPooling2D()); m.add(Conv2D(6, (3, 3), activation='relu', name='last'))
m.add(GlobalAveragePooling2D()); m.add(Dense(3, activation='softmax'))
x = np.random.rand(1, 12, 12, 3)
k = np.argmax(m.predict(x)[0])
out = m.output[:, k]
last = m.get_layer('last')
g = K.gradients(out, last.output)[0]
pooled = K.mean(g, axis=(0, 1, 2))
it = K.function([m.input], [pooled, last.output[0]])
pv, cv = it([x])
for i in range(6): cv[:, :, i] *= pv[i]
h = np.maximum(np.mean(cv, axis=-1), 0)
assert h.shape == (3, 3)
