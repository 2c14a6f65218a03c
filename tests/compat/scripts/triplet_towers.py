# Three towers that share weights, and a loss of distances (2018)
import numpy as np
from keras import backend as K
from keras.layers import Input, Dense, Lambda, concatenate
from keras.models import Model, Sequential
from keras.optimizers import Adam
base = Sequential([Dense(8, activation='relu', input_shape=(6,)), Dense(4), Lambda(lambda t: K.l2_normalize(t, axis=-1))])
a, p, n = Input((6,)), Input((6,)), Input((6,))
merged = concatenate([base(a), base(p), base(n)], axis=-1)
def triplet(y_true, y_pred, alpha=0.4):
    t = y_pred.shape.as_list()[-1] // 3
    an, po, ne = y_pred[:, :t], y_pred[:, t:2*t], y_pred[:, 2*t:]
    return K.mean(K.maximum(K.sum(K.square(an - po), 1) - K.sum(K.square(an - ne), 1) + alpha, 0.))
m = Model([a, p, n], merged); m.compile(loss=triplet, optimizer=Adam(lr=0.01))
xs = [np.random.rand(16, 6) for _ in range(3)]
h = m.fit(xs, np.zeros((16, 1)), epochs=8, verbose=0).history['loss']
assert h[-1] < h[0], h
