'''A densely connected net: the list of what came before grows while layers take it.'''
import numpy as np
from keras.layers import Input, Conv2D, BatchNormalization, Activation, Dense
from keras.layers import GlobalAveragePooling2D, AveragePooling2D, concatenate
from keras.models import Model
from keras.optimizers import SGD
from keras.callbacks import LearningRateScheduler
from keras.utils import np_utils, plot_model
from sklearn.cross_validation import train_test_split

growth = 2


def conv_block(x, filters):
    x = BatchNormalization(axis=-1)(x)
    x = Activation('relu')(x)
    return Conv2D(filters, (3, 3), padding='same', kernel_initializer='he_uniform',
                  use_bias=False)(x)


img_input = Input(shape=(8, 8, 3))
x = Conv2D(4, (3, 3), padding='same')(img_input)
for block in range(2):
    feature_list = [x]
    for i in range(2):
        x = conv_block(x, growth)
        feature_list.append(x)
        x = concatenate(feature_list, axis=-1)
    x = AveragePooling2D((2, 2))(x)
x = GlobalAveragePooling2D()(x)
model = Model(img_input, Dense(3, activation='softmax')(x), name='densenet')
model.summary()
assert model.layers[-2].output_shape == (None, 12)
plot_model(model, to_file='densenet.svg', show_shapes=True)

X = np.random.random((12, 8, 8, 3))
Y = np_utils.to_categorical(np.arange(12) % 3, 3)
X_train, X_test, Y_train, Y_test = train_test_split(X, Y, test_size=0.25)
model.compile(SGD(lr=0.1, momentum=0.9, nesterov=True), 'categorical_crossentropy', ['accuracy'])
model.fit(X_train, Y_train, epochs=2, batch_size=3, verbose=0,
          callbacks=[LearningRateScheduler(lambda epoch: 0.1 * 0.5 ** epoch)])
yaml = model.to_yaml()
from keras.models import model_from_yaml
assert model_from_yaml(yaml).predict(X_test).shape == (3, 3)
