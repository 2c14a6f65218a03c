'''REINFORCE by a function of the backend that makes an optimizer's updates.'''
import numpy as np
from keras import backend as K
from keras.layers import Dense
from keras.models import Sequential
from keras.optimizers import Adam

model = Sequential()
model.add(Dense(8, activation='relu', input_dim=3))
model.add(Dense(2, activation='softmax'))

action_onehot = K.placeholder(shape=(None, 2), name='action_onehot')
discount_reward = K.placeholder(shape=(None,), name='discount_reward')
log_prob = K.log(K.sum(model.output * action_onehot, axis=1))
loss = K.mean(-log_prob * discount_reward)
adam = Adam(lr=0.05)
states = np.random.random((8, 3))
actions = np.eye(2)[np.zeros(8, int)]
rewards = np.ones(8)
for updates in (adam.get_updates(params=model.trainable_weights, loss=loss),
                adam.get_updates(model.trainable_weights, [], loss)):
    train = K.function([model.input, action_onehot, discount_reward], [loss], updates=updates)
    first = train([states, actions, rewards])[0]
    for _ in range(5):
        last = train([states, actions, rewards])[0]
    assert last < first, (first, last)

seen = K.variable(0.)
count = K.function([model.input], [model.output], updates=[K.update_add(seen, K.sum(model.input))])
count([states])
count([states])
assert np.allclose(K.get_value(seen), 2 * states.sum(), rtol=1e-5)

total = K.variable(0.)
kept = total
for layer in model.layers:
    total += 0.5 * K.sum(K.square(layer.output))
assert K.get_value(kept) == 0. and K.function([model.input], [total])([states])[0] > 0
