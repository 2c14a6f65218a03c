# The last layer of a trained net is taken off its list, and another put in its place.
import numpy as np
from keras.layers import Dense, Input
from keras.models import Model, Sequential

X = np.random.RandomState(0).rand(64, 6)
Y = np.eye(3)[np.arange(64) % 3]

inp = Input(shape=(6,))
hidden = Dense(5, activation='relu', name='fc1')(inp)
hidden = Dense(4, activation='relu', name='fc2')(hidden)
base = Model(inp, Dense(10, activation='softmax', name='predictions')(hidden))
base.layers.pop()
assert base.layers[-1].name == 'fc2'
model = Model(base.input, Dense(3, activation='softmax')(base.layers[-1].output))
for layer in base.layers:
    layer.trainable = False
model.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
before = model.get_weights()
model.fit(X, Y, nb_epoch=1, verbose=0)
after = model.get_weights()
assert [np.array_equal(a, b) for a, b in zip(before, after)] == [True] * 4 + [False] * 2

# the net itself ends earlier
base.outputs = [base.layers[-1].output]
base.layers[-1].outbound_nodes = []
assert base.output_shape == (None, 4)
features = base.predict(X)
assert features.shape == (64, 4) and len(base.get_weights()) == 4

# and so does a Sequential
seq = Sequential([Dense(5, input_dim=6), Dense(4), Dense(10)])
seq.layers.pop()
seq.outputs = [seq.layers[-1].output]
seq.layers[-1].outbound_nodes = []
seq.add(Dense(3, activation='softmax'))
seq.compile('sgd', 'categorical_crossentropy')
seq.fit(X, Y, nb_epoch=1, verbose=0)
assert seq.predict(X).shape == (64, 3) and len(seq.layers) == 3
