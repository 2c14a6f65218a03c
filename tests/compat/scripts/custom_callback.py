import keras
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras.callbacks import LearningRateScheduler, ReduceLROnPlateau, CSVLogger
class LossHistory(keras.callbacks.Callback):
    def on_train_begin(self, logs={}):
        self.losses = []
    def on_batch_end(self, batch, logs={}):
        self.losses.append(logs.get('loss'))
def step_decay(epoch):
    return 0.1 * 0.5 ** epoch
model = Sequential([Dense(1, input_dim=3, kernel_initializer='normal')])
model.compile(loss='mean_squared_error', optimizer='sgd')
history = LossHistory()
model.fit(np.ones((8, 3)), np.ones(8), batch_size=4, epochs=2, verbose=0, callbacks=[history, LearningRateScheduler(step_decay), ReduceLROnPlateau(monitor='loss', epsilon=1e-3)])
assert len(history.losses) == 4
from keras import backend as K
assert abs(K.get_value(model.optimizer.lr) - 0.05) < 1e-6
K.set_value(model.optimizer.lr, 0.5)
