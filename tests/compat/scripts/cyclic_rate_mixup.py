# A rate that goes up and down, and mixed samples of a Sequence (2018)
import numpy as np
from keras.callbacks import Callback, LearningRateScheduler, ReduceLROnPlateau
from keras import backend as K
from keras.models import Sequential
from keras.layers import Dense
from keras.utils import Sequence
class CyclicLR(Callback):
    def __init__(self, base_lr=0.001, max_lr=0.006, step_size=4.):
        super(CyclicLR, self).__init__(); self.base_lr, self.max_lr, self.step_size = base_lr, max_lr, step_size; self.it = 0; self.history = {}
    def clr(self):
        c = np.floor(1 + self.it / (2 * self.step_size)); x = np.abs(self.it / self.step_size - 2 * c + 1)
        return self.base_lr + (self.max_lr - self.base_lr) * np.maximum(0, 1 - x)
    def on_train_begin(self, logs={}): K.set_value(self.model.optimizer.lr, self.base_lr)
    def on_batch_end(self, batch, logs=None):
        self.it += 1
        self.history.setdefault('lr', []).append(K.get_value(self.model.optimizer.lr))
        for k, v in logs.items(): self.history.setdefault(k, []).append(v)
        K.set_value(self.model.optimizer.lr, self.clr())
class Mixup(Sequence):
    def __init__(self, x, y, b=4): self.x, self.y, self.b = x, y, b
    def __len__(self): return len(self.x) // self.b
    def __getitem__(self, i):
        s = slice(i * self.b, (i + 1) * self.b); l = np.random.beta(.2, .2, (self.b, 1)); r = np.random.permutation(len(self.x))[:self.b]
        return self.x[s] * l + self.x[r] * (1 - l), self.y[s] * l + self.y[r] * (1 - l)
    def on_epoch_end(self): pass
m = Sequential([Dense(5, activation='relu', input_dim=3), Dense(2, activation='softmax')])
m.compile('adam', 'categorical_crossentropy', metrics=['acc'])
c = CyclicLR()
m.fit_generator(Mixup(np.random.rand(16, 3), np.eye(2)[np.arange(16) % 2]), epochs=3, callbacks=[c], class_weight={0: 1., 1: 2.}, validation_data=(np.random.rand(4, 3), np.eye(2)[[0, 1, 0, 1]]), workers=2, use_multiprocessing=False, verbose=0)
assert len(c.history['lr']) == 12 and np.isclose(max(c.history['lr']), 0.006), c.history['lr']
