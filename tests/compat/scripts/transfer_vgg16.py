import numpy as np
from keras import applications, optimizers
from keras.applications.vgg16 import VGG16, preprocess_input, decode_predictions
from keras.preprocessing import image
from keras.models import Sequential, Model
from keras.layers import Dropout, Flatten, Dense, GlobalAveragePooling2D
conv_base = VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
for layer in conv_base.layers[:15]:
    layer.trainable = False
for i, layer in enumerate(conv_base.layers[:3]):
    print(i, layer.name, layer.trainable)
x = conv_base.output
x = GlobalAveragePooling2D()(x)
x = Dense(4, activation='relu')(x)
predictions = Dense(3, activation='softmax')(x)
model = Model(inputs=conv_base.input, outputs=predictions)
conv_base.trainable = False
model.compile(optimizer=optimizers.SGD(lr=1e-4, momentum=0.9), loss='categorical_crossentropy', metrics=['accuracy'])
assert len(model.trainable_weights) == 4
set_trainable = False
for layer in conv_base.layers:
    if layer.name == 'block5_conv3':
        set_trainable = True
    layer.trainable = set_trainable
X = preprocess_input(np.random.rand(2, 32, 32, 3) * 255)
features = model.predict(X, batch_size=2, verbose=0)
assert features.shape == (2, 3)
top_model = Sequential()
top_model.add(Flatten(input_shape=conv_base.output_shape[1:]))
top_model.add(Dense(4, activation='relu'))
top_model.add(Dropout(0.5))
top_model.add(Dense(1, activation='sigmoid'))
top_model.compile(optimizer='rmsprop', loss='binary_crossentropy', metrics=['accuracy'])
top_model.fit(np.random.rand(4, 1, 1, 512), np.array([0] * 2 + [1] * 2), epochs=1, batch_size=2, verbose=0)
