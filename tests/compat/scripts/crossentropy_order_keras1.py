# Losses of Keras 1, whose backend took what was predicted first.
import numpy as np
from keras import backend as K
from keras import objectives
from keras.layers import Dense, Input
from keras.models import Model, Sequential

np.random.seed(2)
X = np.random.rand(12, 4)
labels = np.eye(3)[np.arange(12) % 3]
weights = K.variable(np.array([1., 2., 4.]))


def weighted(y_true, y_pred):
    return K.sum(weights * y_true, axis=-1) * K.categorical_crossentropy(y_pred, y_true)


model = Sequential([Dense(3, input_dim=4, activation='softmax')])
model.compile('sgd', loss=weighted)
p = model.predict(X)
expected = -np.log((p * labels).sum(-1)) * (labels * [1, 2, 4]).sum(-1)
assert abs(model.evaluate(X, labels, verbose=0) - expected.mean()) < 1e-5
model.fit(X, labels, nb_epoch=1, verbose=0)
assert model.evaluate(X, labels, verbose=0) < expected.mean()

x = Input(shape=(4,))
code = Dense(2)(x)
z = Dense(4, activation='sigmoid')(code)


def binary(y_true, y_pred):  # reads a symbol, too
    return K.mean(K.binary_crossentropy(y_pred, y_true), axis=-1) + K.sum(K.square(code), axis=-1)


auto = Model(input=x, output=z)
auto.compile('sgd', loss=binary)
p, c = auto.predict(X), Model(x, code).predict(X)
expected = -(X * np.log(p) + (1 - X) * np.log(1 - p)).mean(-1) + (c ** 2).sum(-1)
assert abs(auto.evaluate(X, X, verbose=0) - expected.mean()) < 1e-5

today = Sequential([Dense(3, input_dim=4, activation='softmax')])
today.compile('sgd', loss=lambda y_true, y_pred: K.categorical_crossentropy(y_true, y_pred))
expected = -np.log((today.predict(X) * labels).sum(-1)).mean()
assert abs(today.evaluate(X, labels, verbose=0) - expected) < 1e-5
assert abs(float(K.mean(objectives.categorical_crossentropy(
    K.variable(labels), K.variable(today.predict(X))))) - expected) < 1e-5
