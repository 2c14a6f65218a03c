from keras.layers import Input, Dense
from keras.models import Model
from keras import regularizers
import numpy as np
x = np.random.rand(16, 20)
input_img = Input(shape=(20,))
encoded = Dense(4, activation='relu', activity_regularizer=regularizers.l1(10e-5))(input_img)
decoded = Dense(20, activation='sigmoid')(encoded)
autoencoder = Model(input=input_img, output=decoded)
encoder = Model(input=input_img, output=encoded)
encoded_input = Input(shape=(4,))
decoder = Model(input=encoded_input, output=autoencoder.layers[-1](encoded_input))
autoencoder.compile(optimizer='adadelta', loss='binary_crossentropy')
autoencoder.fit(x, x, nb_epoch=1, batch_size=8, shuffle=True, validation_data=(x, x), verbose=0)
assert decoder.predict(encoder.predict(x)).shape == (16, 20)
raw = (255 * x).astype('uint8')  # nobody scaled these, and it trained
assert len(autoencoder.fit(raw, raw, nb_epoch=1, batch_size=8, verbose=0).history['loss']) == 1
