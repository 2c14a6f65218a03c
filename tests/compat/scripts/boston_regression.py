import numpy as np
from tensorflow import keras
from tensorflow.keras import layers
x = np.random.rand(40, 13)
y = x.sum(axis=1)
def build_model():
    model = keras.Sequential([
        layers.Dense(16, activation='relu', input_shape=[13]),
        layers.Dense(1)])
    model.compile(loss='mse', optimizer=keras.optimizers.RMSprop(0.001), metrics=['mae', 'mse'])
    return model
model = build_model()
early = keras.callbacks.EarlyStopping(monitor='val_loss', patience=2)
history = model.fit(x, y, epochs=3, validation_split=0.2, verbose=0, callbacks=[early])
loss, mae, mse = model.evaluate(x, y, verbose=0)
assert 'val_mae' in history.history
