import os, tempfile
import numpy as np
from keras.models import Sequential, load_model, model_from_json
from keras.layers import Dense
from keras.callbacks import ModelCheckpoint, EarlyStopping
folder = tempfile.mkdtemp()
filepath = os.path.join(folder, 'weights.best.keras')
X, Y = np.random.rand(12, 3), np.arange(12) % 2
model = Sequential([Dense(4, input_dim=3, activation='relu'), Dense(1, activation='sigmoid')])
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
checkpoint = ModelCheckpoint(filepath, monitor='val_acc', verbose=0, save_best_only=True, mode='max')
model.fit(X, Y, validation_split=0.33, epochs=2, batch_size=5, callbacks=[checkpoint, EarlyStopping(patience=3)], verbose=0)
again = load_model(filepath)
assert again.predict(X).shape == (12, 1)
loaded = model_from_json(model.to_json())
loaded.set_weights(model.get_weights())
assert np.allclose(loaded.predict(X), model.predict(X))
