import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Dropout, Flatten
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.utils import np_utils
from keras import backend as K
K.set_image_dim_ordering('th')
X_train = np.random.randint(0, 255, (12, 1, 12, 12)).astype('float32') / 255
y_train = np_utils.to_categorical(np.arange(12) % 10)
model = Sequential()
model.add(Convolution2D(4, 5, 5, border_mode='valid', input_shape=(1, 12, 12), activation='relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.2))
model.add(Flatten())
model.add(Dense(16, activation='relu'))
model.add(Dense(10, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X_train, y_train, validation_data=(X_train, y_train), nb_epoch=1, batch_size=6, verbose=0)
assert model.layers[0].output_shape == (None, 4, 8, 8)
