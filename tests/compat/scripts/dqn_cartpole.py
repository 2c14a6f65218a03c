import random
import numpy as np
from collections import deque
from keras.models import Sequential, clone_model
from keras.layers import Dense
from keras.optimizers import Adam
import keras.backend as K

class Env:
    def reset(self):
        self.t = 0
        return np.random.rand(4)
    def step(self, action):
        self.t += 1
        return np.random.rand(4), float(action), self.t >= 4, {}

class DQNAgent:
    def __init__(self, state_size, action_size):
        self.state_size = state_size
        self.action_size = action_size
        self.memory = deque(maxlen=2000)
        self.gamma = 0.95
        self.epsilon = 0.5
        self.epsilon_min = 0.01
        self.epsilon_decay = 0.995
        self.learning_rate = 0.001
        self.model = self._build_model()
        self.target_model = self._build_model()
        self.update_target_model()
    def _huber_loss(self, y_true, y_pred, clip_delta=1.0):
        error = y_true - y_pred
        cond = K.abs(error) <= clip_delta
        squared_loss = 0.5 * K.square(error)
        quadratic_loss = 0.5 * K.square(clip_delta) + clip_delta * (K.abs(error) - clip_delta)
        return K.mean(K.switch(cond, squared_loss, quadratic_loss))
    def _build_model(self):
        model = Sequential()
        model.add(Dense(8, input_dim=self.state_size, activation='relu'))
        model.add(Dense(8, activation='relu'))
        model.add(Dense(self.action_size, activation='linear'))
        model.compile(loss=self._huber_loss, optimizer=Adam(lr=self.learning_rate))
        return model
    def update_target_model(self):
        self.target_model.set_weights(self.model.get_weights())
    def remember(self, state, action, reward, next_state, done):
        self.memory.append((state, action, reward, next_state, done))
    def act(self, state):
        if np.random.rand() <= self.epsilon:
            return random.randrange(self.action_size)
        act_values = self.model.predict(state)
        return np.argmax(act_values[0])
    def replay(self, batch_size):
        minibatch = random.sample(self.memory, batch_size)
        for state, action, reward, next_state, done in minibatch:
            target = self.model.predict(state)
            if done:
                target[0][action] = reward
            else:
                t = self.target_model.predict(next_state)[0]
                target[0][action] = reward + self.gamma * np.amax(t)
            self.model.fit(state, target, epochs=1, verbose=0)
        states = np.vstack([m[0] for m in minibatch])
        self.model.train_on_batch(states, self.model.predict_on_batch(states))
        if self.epsilon > self.epsilon_min:
            self.epsilon *= self.epsilon_decay

env = Env()
agent = DQNAgent(4, 2)
for e in range(2):
    state = np.reshape(env.reset(), [1, 4])
    for time in range(10):
        action = agent.act(state)
        next_state, reward, done, _ = env.step(action)
        next_state = np.reshape(next_state, [1, 4])
        agent.remember(state, action, reward, next_state, done)
        state = next_state
        if done:
            agent.update_target_model()
            break
        if len(agent.memory) > 3:
            agent.replay(3)
agent.model.save_weights('cartpole-dqn.h5')
agent.model.load_weights('cartpole-dqn.h5')
# weights that follow slowly, and the slope of a value by the inputs and by the weights
w, tw = agent.model.get_weights(), agent.target_model.get_weights()
agent.target_model.set_weights([0.1 * a + 0.9 * b for a, b in zip(w, tw)])
grads = K.gradients(K.sum(agent.model.output), agent.model.trainable_weights)
get_gradients = K.function([agent.model.input], grads)
got = get_gradients([np.ones((3, 4))])
assert [g.shape for g in got] == [v.shape for v in w] and np.allclose(got[-1], 3)
