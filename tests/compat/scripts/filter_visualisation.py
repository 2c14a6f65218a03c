import numpy as np
from keras import backend as K
from keras.models import Model, Sequential
from keras.layers import Conv2D, GlobalAveragePooling2D, Dense
model = Sequential([Conv2D(2, (3, 3), activation='relu', input_shape=(6, 6, 1), name='conv'), GlobalAveragePooling2D(), Dense(2)])
layer_dict = dict([(layer.name, layer) for layer in model.layers])
input_img = model.input
layer_output = layer_dict['conv'].output
loss = K.mean(layer_output[:, :, :, 0])
grads = K.gradients(loss, input_img)[0]
grads /= (K.sqrt(K.mean(K.square(grads))) + 1e-5)
iterate = K.function([input_img], [loss, grads])
img = np.random.random((1, 6, 6, 1))
before = None
for i in range(3):
    loss_value, grads_value = iterate([img])
    img += grads_value * 0.5
    before = loss_value if before is None else before
assert iterate([img])[0] >= before
features = Model(inputs=model.input, outputs=layer_dict['conv'].output)
assert features.predict(img).shape == (1, 4, 4, 2)
