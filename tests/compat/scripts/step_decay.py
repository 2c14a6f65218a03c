import math
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras.optimizers import SGD
from keras.callbacks import LearningRateScheduler, History, Callback
from keras import backend as K
def step_decay(epoch):
    initial_lrate = 0.1
    drop = 0.5
    epochs_drop = 2.0
    lrate = initial_lrate * math.pow(drop, math.floor((1+epoch)/epochs_drop))
    return lrate
class LossHistory(Callback):
    def on_train_begin(self, logs={}):
        self.losses = []
        self.lr = []
    def on_epoch_end(self, batch, logs={}):
        self.losses.append(logs.get('loss'))
        self.lr.append(step_decay(len(self.losses)))
        print('lr:', K.eval(self.model.optimizer.lr), K.get_value(self.model.optimizer.decay))
dataset = np.random.rand(20, 5)
X = dataset[:, 0:4].astype(float)
Y = dataset[:, 4] > 0.5
model = Sequential()
model.add(Dense(6, input_dim=4, kernel_initializer='normal', activation='relu'))
model.add(Dense(1, kernel_initializer='normal', activation='sigmoid'))
sgd = SGD(lr=0.0, momentum=0.9, decay=0.0, nesterov=False)
model.compile(loss='binary_crossentropy', optimizer=sgd, metrics=['accuracy'])
loss_history = LossHistory()
lrate = LearningRateScheduler(step_decay, verbose=1)
callbacks_list = [loss_history, lrate]
history = model.fit(X, Y, validation_split=0.33, epochs=4, batch_size=7, callbacks=callbacks_list, verbose=2)
assert np.allclose(history.history['lr'], [0.1, 0.05, 0.05, 0.025])
