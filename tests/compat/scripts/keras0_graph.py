# The graph model of Keras 0: a recurrent net in both directions, a siamese one, and several results.
from collections import OrderedDict

import numpy as np

from keras import backend as K
from keras.layers.core import Dense, Dropout, Lambda
from keras.layers.embeddings import Embedding
from keras.layers.recurrent import LSTM
from keras.models import Graph, Sequential
from keras.optimizers import RMSprop

np.random.seed(1337)
maxlen = 10
X_train = np.random.randint(1, 50, (64, maxlen))
y_train = (X_train[:, 0] > 25).astype('float32')
X_test, y_test = X_train[:16], y_train[:16]

model = Graph()
model.add_input(name='input', input_shape=(maxlen,), dtype=int)
model.add_node(Embedding(50, 8, input_length=maxlen), name='embedding', input='input')
model.add_node(LSTM(6), name='forward', input='embedding')
model.add_node(LSTM(6, go_backwards=True), name='backward', input='embedding')
model.add_node(Dropout(0.5), name='dropout', inputs=['forward', 'backward'])
model.add_node(Dense(1, activation='sigmoid'), name='sigmoid', input='dropout')
model.add_output(name='output', input='sigmoid')
model.compile('adam', {'output': 'binary_crossentropy'})
print('Train...')
model.fit({'input': X_train, 'output': y_train}, batch_size=16, nb_epoch=2, verbose=0)
acc = np.mean(y_test == np.round(model.predict({'input': X_test}, batch_size=16)['output'])[:, 0])
print('Test accuracy:', acc)
assert sorted(model.nodes) == ['backward', 'dropout', 'embedding', 'forward', 'sigmoid']


def euclidean_distance(inputs):
    assert len(inputs) == 2
    u, v = inputs.values()
    return K.sqrt(K.sum(K.square(u - v), axis=1, keepdims=True) + 1e-7)


def contrastive_loss(y, d):
    margin = 1
    return K.mean(y * K.square(d) + (1 - y) * K.square(K.maximum(margin - d, 0)))


base_network = Sequential()
base_network.add(Dense(8, input_shape=(6,), activation='relu'))
base_network.add(Dropout(0.1))
base_network.add(Dense(4, activation='relu'))
pairs, labels = np.random.rand(40, 2, 6), np.random.randint(0, 2, 40)
g = Graph()
g.add_input(name='input_a', input_shape=(6,))
g.add_input(name='input_b', input_shape=(6,))
g.add_shared_node(base_network, name='shared', inputs=['input_a', 'input_b'], merge_mode='join')
g.add_node(Lambda(euclidean_distance), name='d', input='shared')
g.add_output(name='output', input='d')
g.compile(loss={'output': contrastive_loss}, optimizer=RMSprop())
data = {'input_a': pairs[:, 0], 'input_b': pairs[:, 1], 'output': labels}
g.fit(data, validation_data=data, batch_size=20, nb_epoch=2, verbose=0)
far = g.predict({'input_a': pairs[:, 0], 'input_b': pairs[:, 0]})['output']
assert far.shape == (40, 1) and np.allclose(far, 1e-7 ** 0.5, atol=1e-5)
assert len(g.get_weights()) == 4  # shared

graph = Graph()
graph.add_input(name='x', input_shape=(4,))
graph.add_node(Dense(3, bias=False), name='one', input='x')
graph.add_node(Dense(3), name='two', input='x', create_output=True)
graph.add_output(name='sum', inputs=['one', 'two'], merge_mode='sum')
graph.compile('sgd', {'two': 'mse', 'sum': 'mae'})
x = np.random.rand(12, 4)
rows = {'x': x, 'two': np.zeros((12, 3)), 'sum': np.ones((12, 3))}


def batches():
    while True:
        yield rows


before = graph.evaluate(rows, verbose=0)
graph.fit_generator(batches(), samples_per_epoch=24, nb_epoch=20, verbose=0, validation_data=rows)
assert graph.evaluate(rows, verbose=0)[0] < before[0]
assert graph.train_on_batch(rows)[0] < before[0] and graph.test_on_batch(rows)[0] < before[0]
found = graph.predict_on_batch({'x': x})
assert np.allclose(found['sum'] - found['two'], x @ graph.nodes['one'].get_weights()[0], atol=1e-5)
graph.fit(rows, sample_weight={'two': np.zeros(12)}, nb_epoch=1, verbose=0)
