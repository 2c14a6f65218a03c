import keras
import numpy as np
from keras.models import Model, Sequential
from keras.layers import Input, SeparableConv2D, DepthwiseConv2D, Conv2D, BatchNormalization, ReLU, Activation, GlobalAveragePooling2D, GlobalMaxPooling2D, Dropout, Dense, Add, Reshape, PReLU, ELU, AveragePooling2D, SpatialDropout2D, GaussianNoise, multiply
from keras.utils import plot_model
from keras.utils.vis_utils import model_to_dot
def relu6(x):
    return keras.backend.relu(x, max_value=6)
img_input = Input(shape=(16, 16, 3), name='img')
x = Conv2D(4, (3, 3), strides=(2, 2), use_bias=False, padding='same')(img_input)
x = BatchNormalization(axis=-1, epsilon=1e-3, name='bn1')(x)
x = Activation(relu6)(x)
x = DepthwiseConv2D((3, 3), padding='same', depth_multiplier=1, use_bias=False, name='dw')(x)
x = BatchNormalization()(x)
x = ReLU(6., name='relu_6')(x)
y = SeparableConv2D(4, (3, 3), padding='same', depthwise_initializer='he_normal', name='sep')(x)
y = PReLU(shared_axes=[1, 2])(y)
x = Add()([x, y])
se = GlobalAveragePooling2D()(x)
se = Reshape((1, 1, 4))(se)
se = Dense(2, activation='relu', use_bias=False)(se)
se = Dense(4, activation='sigmoid', use_bias=False)(se)
x = multiply([x, se])
x = GaussianNoise(0.1)(SpatialDropout2D(0.1)(x))
x = GlobalAveragePooling2D()(x)
x = Dropout(0.5)(x)
out = Dense(5, activation='softmax', name='fc')(x)
model = Model(img_input, out, name='mobilenet_like')
model.summary()
model.summary(line_length=100)
lines = []
model.summary(print_fn=lambda line: lines.append(line))
assert 'mobilenet_like' in '\n'.join(lines)
model.compile(optimizer=keras.optimizers.Nadam(lr=0.002), loss='sparse_categorical_crossentropy', metrics=['sparse_categorical_accuracy', 'sparse_top_k_categorical_accuracy'])
model.fit(np.random.rand(4, 16, 16, 3), np.array([0, 1, 2, 3]), epochs=1, batch_size=2, verbose=0, class_weight={0: 1., 1: 2., 2: 1., 3: 1., 4: 1.})
intermediate = Model(inputs=model.input, outputs=model.get_layer('sep').output)
assert intermediate.predict(np.random.rand(2, 16, 16, 3)).shape == (2, 8, 8, 4)
assert model.get_layer(index=0).name == 'img'
plot_model(model, to_file='model.svg', show_shapes=True, show_layer_names=True)
assert b'<svg' in model_to_dot(model, show_shapes=True).create(prog='dot', format='svg')
print(model.layers[-1].output_shape, model.input_shape, model.output_shape)
