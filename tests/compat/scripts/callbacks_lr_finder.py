import numpy as np, math, keras, time
from keras.callbacks import Callback, LambdaCallback, LearningRateScheduler, ReduceLROnPlateau, TerminateOnNaN, RemoteMonitor, History, EarlyStopping, ModelCheckpoint, BaseLogger, ProgbarLogger
from keras.models import Sequential
from keras.layers import Dense, BatchNormalization, GaussianNoise, ActivityRegularization, AlphaDropout
from keras import backend as K
import matplotlib.pyplot as plt
class LRFinder:
    def __init__(self, model): self.model = model; self.losses = []; self.lrs = []; self.best_loss = 1e9
    def on_batch_end(self, batch, logs):
        lr = K.get_value(self.model.optimizer.lr); self.lrs.append(lr); loss = logs['loss']; self.losses.append(loss)
        if math.isnan(loss) or loss > self.best_loss * 1000: self.model.stop_training = True; return
        if loss < self.best_loss: self.best_loss = loss
        lr *= self.lr_mult; K.set_value(self.model.optimizer.lr, lr)
    def find(self, x_train, y_train, start_lr, end_lr, batch_size=64, epochs=1):
        num_batches = epochs * x_train.shape[0] / batch_size
        self.lr_mult = (float(end_lr) / float(start_lr)) ** (float(1) / float(num_batches))
        self.model.save_weights('tmp.h5'); original_lr = K.get_value(self.model.optimizer.lr); K.set_value(self.model.optimizer.lr, start_lr)
        callback = LambdaCallback(on_batch_end=lambda batch, logs: self.on_batch_end(batch, logs))
        self.model.fit(x_train, y_train, batch_size=batch_size, epochs=epochs, callbacks=[callback], verbose=0)
        self.model.load_weights('tmp.h5'); K.set_value(self.model.optimizer.lr, original_lr)
model = Sequential([Dense(8, input_dim=4, activation='selu', kernel_initializer='lecun_normal'), AlphaDropout(.1), BatchNormalization(), GaussianNoise(.1), Dense(1)])
model.compile(loss='mse', optimizer=keras.optimizers.SGD(lr=0.01, decay=1e-2, momentum=0.9, nesterov=True), metrics=['mae', 'mean_squared_error'])
X = np.random.rand(64, 4); Y = np.random.rand(64, 1)
f = LRFinder(model); f.find(X, Y, 1e-4, 1, batch_size=32, epochs=1); assert len(f.lrs) == 2; np.testing.assert_allclose(f.lrs[1] / f.lrs[0], 100, rtol=1e-4)
class LossHistory(Callback):
    def on_train_begin(self, logs={}): self.losses = []; self.params_seen = dict(self.params)
    def on_batch_end(self, batch, logs={}): self.losses.append(logs.get('loss')); assert logs.get('size', 1)
    def on_epoch_begin(self, epoch, logs=None): self.t = time.time(); print(float(K.get_value(self.model.optimizer.lr)))
    def on_epoch_end(self, epoch, logs={}):
        assert {'loss', 'val_loss'} <= set(logs); x, y = self.validation_data[0], self.validation_data[1] if getattr(self, 'validation_data', None) else (None, None)
history = LossHistory()
def step_decay(epoch): return 0.1 * math.pow(0.5, math.floor((1 + epoch) / 2.0))
h = model.fit(X, Y, epochs=2, batch_size=16, validation_split=.25, callbacks=[history, LearningRateScheduler(step_decay, verbose=1), ReduceLROnPlateau(monitor='val_loss', factor=0.2, patience=1, min_lr=1e-5, epsilon=1e-4), EarlyStopping(monitor='val_loss', min_delta=0, patience=2, mode='auto', restore_best_weights=True), TerminateOnNaN(), ModelCheckpoint('weights-{epoch:02d}-{val_loss:.3f}.hdf5', monitor='val_loss', save_best_only=True, period=1)], verbose=0)
print(history.losses, h.epoch, h.params, sorted(h.history), list(h.history['lr']))
plt.plot(h.history['loss']); plt.plot(h.history['val_mean_absolute_error']); plt.savefig('h.png')
# decay as Keras 2 had it
m = Sequential([Dense(1, input_dim=1, use_bias=False, kernel_initializer='ones')]); m.compile(keras.optimizers.SGD(lr=0.1, decay=0.5), 'mse')
w = 1.0
for t in range(3):
    m.train_on_batch(np.ones((1, 1)), np.zeros((1, 1))); w -= 0.1 / (1 + 0.5 * t) * 2 * w
np.testing.assert_allclose(m.get_weights()[0][0, 0], w, rtol=1e-5)
