import numpy as np
import numpy.random as rng
from keras.layers import Input, Conv2D, Lambda, Dense, Flatten, MaxPooling2D
from keras.models import Model, Sequential
from keras.regularizers import l2
from keras import backend as K
from keras.optimizers import SGD, Adam
def W_init(shape, name=None, dtype=None):
    """Initialize weights as in paper"""
    values = rng.normal(loc=0, scale=1e-2, size=shape)
    return K.variable(values, name=name)
def b_init(shape, name=None, dtype=None):
    values = rng.normal(loc=0.5, scale=1e-2, size=shape)
    return K.variable(values, name=name)
input_shape = (12, 12, 1)
left_input = Input(input_shape)
right_input = Input(input_shape)
convnet = Sequential()
convnet.add(Conv2D(4, (3, 3), activation='relu', input_shape=input_shape, kernel_initializer=W_init, kernel_regularizer=l2(2e-4)))
convnet.add(MaxPooling2D())
convnet.add(Conv2D(4, (2, 2), activation='relu', kernel_regularizer=l2(2e-4), kernel_initializer=W_init, bias_initializer=b_init))
convnet.add(Flatten())
convnet.add(Dense(8, activation="sigmoid", kernel_regularizer=l2(1e-3), kernel_initializer=W_init, bias_initializer=b_init))
encoded_l = convnet(left_input)
encoded_r = convnet(right_input)
L1_layer = Lambda(lambda tensors: K.abs(tensors[0] - tensors[1]))
L1_distance = L1_layer([encoded_l, encoded_r])
prediction = Dense(1, activation='sigmoid', bias_initializer=b_init)(L1_distance)
siamese_net = Model(inputs=[left_input, right_input], outputs=prediction)
optimizer = Adam(0.00006)
siamese_net.compile(loss="binary_crossentropy", optimizer=optimizer)
print(siamese_net.count_params())
pairs = [np.random.rand(6, 12, 12, 1) for i in range(2)]
targets = np.zeros((6,))
targets[3:] = 1
for i in range(2):
    loss = siamese_net.train_on_batch(pairs, targets)
probs = siamese_net.predict(pairs)
assert probs.shape == (6, 1) and np.isfinite(loss)
weights = siamese_net.get_weights()
siamese_net.save_weights('weights')
siamese_net.load_weights('weights')
assert all((a == b).all() for a, b in zip(weights, siamese_net.get_weights()))
