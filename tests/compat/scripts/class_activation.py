import numpy as np
from keras import backend as K
from keras import models
from keras.models import Model, Sequential
from keras.layers import Conv2D, MaxPooling2D, Flatten, Dense, GlobalAveragePooling2D
K.set_learning_phase(0)
model = Sequential()
model.add(Conv2D(3, (3, 3), activation='relu', input_shape=(8, 8, 1), name='conv1'))
model.add(MaxPooling2D((2, 2)))
model.add(Conv2D(4, (2, 2), activation='relu', name='last_conv'))
model.add(GlobalAveragePooling2D())
model.add(Dense(3, activation='softmax', name='predictions'))
model.compile('adam', 'categorical_crossentropy')
x = np.random.rand(1, 8, 8, 1)
get_layer_output = K.function([model.input], [model.layers[0].output])
assert get_layer_output([x])[0].shape == (1, 6, 6, 3)
get_3rd = K.function([model.layers[0].input, K.learning_phase()], [model.layers[2].output])
assert get_3rd([x, 0])[0].shape == (1, 2, 2, 4)
layer_outputs = [layer.output for layer in model.layers[:3]]
activation_model = models.Model(inputs=model.input, outputs=layer_outputs)
activations = activation_model.predict(x)
assert [a.shape[-1] for a in activations] == [3, 3, 4]
preds = model.predict(x)
class_output = model.output[:, np.argmax(preds[0])]
last_conv_layer = model.get_layer('last_conv')
grads = K.gradients(class_output, last_conv_layer.output)[0]
pooled_grads = K.mean(grads, axis=(0, 1, 2))
iterate = K.function([model.input], [pooled_grads, last_conv_layer.output[0]])
pooled_grads_value, conv_layer_output_value = iterate([x])
for i in range(4):
    conv_layer_output_value[:, :, i] *= pooled_grads_value[i]
heatmap = np.mean(conv_layer_output_value, axis=-1)
heatmap = np.maximum(heatmap, 0)
assert heatmap.shape == (2, 2)
saliency = K.function([model.input], [K.gradients(K.sum(K.max(model.output, axis=1)), model.input)[0]])
assert np.abs(saliency([x])[0]).max(axis=-1).shape == (1, 8, 8)
class_weights = model.layers[-1].get_weights()[0]
get_output = K.function([model.layers[0].input], [model.get_layer('last_conv').output, model.layers[-1].output])
[conv_outputs, predictions] = get_output([x])
cam = np.zeros(dtype=np.float32, shape=conv_outputs.shape[1:3])
for i, w in enumerate(class_weights[:, 0]):
    cam += w * conv_outputs[0, :, :, i]
K.set_learning_phase(1)
