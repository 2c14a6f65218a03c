# A model with functions of its own that is saved and read back by one script, as Keras 2 let it.
import numpy as np

from keras import backend as K
from keras.callbacks import ModelCheckpoint
from keras.layers import Dense, Input, Lambda
from keras.models import Model, Sequential, load_model


def distance(vects):
    x, y = vects
    return K.sqrt(K.sum(K.square(x - y), axis=1, keepdims=True) + 1e-7)


model = Sequential()
model.add(Lambda(lambda x: x / 127.5 - 1., input_shape=(4,)))
model.add(Dense(2))
model.compile('adam', 'mse')
x = np.random.rand(8, 4) * 255
model.fit(x, np.zeros((8, 2)), epochs=2, verbose=0,
          callbacks=[ModelCheckpoint('best.h5', monitor='loss', save_best_only=True)])
model.save('last.h5')
assert np.array_equal(load_model('last.h5').predict(x), model.predict(x))
assert load_model('best.h5').layers[0].function is model.layers[0].function

a, b = Input((4,)), Input((4,))
siamese = Model([a, b], Lambda(distance, name='tanh')([a, b]))
siamese.compile('adam', 'mse')
siamese.save('siamese.h5')
assert np.allclose(load_model('siamese.h5').predict([x, x]), 1e-7 ** 0.5)

other = Sequential([Lambda(lambda x: 2 * x, input_shape=(4,)), Dense(2)])
other.save('last.h5')
assert load_model('last.h5').layers[0].function is other.layers[0].function

mixed = Sequential([Lambda(lambda x: x + 1, name='tanh', input_shape=(4,)),
                    Dense(2, activation='tanh')])
mixed.save('mixed.h5')
try:
    load_model('mixed.h5')
    raise AssertionError('the layer is named as an activation is')
except ValueError as error:
    assert "Pass 'tanh'" in str(error)
