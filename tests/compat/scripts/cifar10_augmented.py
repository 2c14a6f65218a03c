'''Trains a simple deep CNN on small images with augmentation.'''
from __future__ import print_function
import os
import numpy as np
import keras
from keras.preprocessing.image import ImageDataGenerator
from keras.models import Sequential
from keras.layers import Dense, Dropout, Activation, Flatten
from keras.layers import Conv2D, MaxPooling2D
batch_size, num_classes, epochs, data_augmentation = 4, 10, 1, True
save_dir = os.path.join(os.getcwd(), 'saved_models')
model_name = 'keras_cifar10_trained_model.h5'
x_train, y_train = np.random.randint(0, 256, (12, 16, 16, 3)).astype('uint8'), np.random.randint(0, 10, (12, 1))
x_test, y_test = x_train[:4], y_train[:4]
y_train = keras.utils.to_categorical(y_train, num_classes)
y_test = keras.utils.to_categorical(y_test, num_classes)
model = Sequential()
model.add(Conv2D(4, (3, 3), padding='same', input_shape=x_train.shape[1:]))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(num_classes))
model.add(Activation('softmax'))
opt = keras.optimizers.rmsprop(lr=0.0001, decay=1e-6)
model.compile(loss='categorical_crossentropy', optimizer=opt, metrics=['accuracy'])
x_train = x_train.astype('float32') / 255
x_test = x_test.astype('float32') / 255
datagen = ImageDataGenerator(
    featurewise_center=False, samplewise_center=False, featurewise_std_normalization=False,
    samplewise_std_normalization=False, zca_whitening=False, zca_epsilon=1e-06, rotation_range=10,
    width_shift_range=0.1, height_shift_range=0.1, shear_range=0., zoom_range=0., channel_shift_range=0.,
    fill_mode='nearest', cval=0., horizontal_flip=True, vertical_flip=False, rescale=None,
    preprocessing_function=None, data_format=None, validation_split=0.0)
datagen.fit(x_train)
history = model.fit_generator(datagen.flow(x_train, y_train, batch_size=batch_size),
                              steps_per_epoch=int(np.ceil(x_train.shape[0] / float(batch_size))),
                              epochs=epochs, validation_data=(x_test, y_test), workers=4, use_multiprocessing=False, verbose=0)
if not os.path.isdir(save_dir):
    os.makedirs(save_dir)
model_path = os.path.join(save_dir, model_name)
model.save(model_path)
scores = model.evaluate(x_test, y_test, verbose=0)
print('Test loss:', scores[0])
again = keras.models.load_model(model_path)
assert np.allclose(again.predict(x_test), model.predict(x_test), atol=1e-6)
assert 'acc' in history.history and 'val_acc' in history.history
