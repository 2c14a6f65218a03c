# Masks that are known beside a picture that is fed, as in neural doodles; hard sigmoids of Keras 2.
import numpy as np

from keras import activations
from keras import backend as K
from keras.layers import LSTM, AveragePooling2D, Dense, Input
from keras.models import Model, Sequential

masks = np.random.rand(2, 8, 8, 3).astype('float32')
mask_input = Input(tensor=K.variable(masks), shape=(None, None, None), name='mask_input')
x = mask_input
for i in range(2):
    x = AveragePooling2D((2, 2), strides=(2, 2), name='mask_%d' % i)(x)
mask_model = Model(mask_input, x)
target_image = K.placeholder(shape=(1, 2, 2, 3))
loss = K.sum(target_image * mask_model.output)
grads = K.gradients(loss, target_image)
f = K.function([target_image], [loss] + grads)
found, slope = f([np.ones((1, 2, 2, 3))])
pooled = masks.reshape(2, 2, 4, 2, 4, 3).mean((2, 4))
assert np.allclose(found, pooled.sum(), rtol=1e-5)
assert np.allclose(slope, pooled.sum(0, keepdims=True), rtol=1e-5)
assert np.allclose(mask_model.predict(masks), pooled, rtol=1e-5)

three = np.array([[-3.0, 0.0, 1.0]])
model = Sequential([Dense(3, activation='hard_sigmoid', use_bias=False, input_shape=(3,))])
model.layers[0].set_weights([np.eye(3)])
assert np.allclose(model.predict(three), [[0.0, 0.5, 0.7]])
assert np.allclose(K.eval(activations.hard_sigmoid(K.variable(three))), [[0.0, 0.5, 0.7]])
again = Sequential.from_config(model.get_config())
again.set_weights(model.get_weights())
assert np.allclose(again.predict(three), [[0.0, 0.5, 0.7]])
lstm = LSTM(2, recurrent_activation='hard_sigmoid', input_shape=(4, 1))
assert lstm.recurrent_activation is model.layers[0].activation
