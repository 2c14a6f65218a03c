from keras.models import Sequential
from keras import layers
import numpy as np
RNN = layers.LSTM
model = Sequential()
model.add(RNN(8, input_shape=(5, 6)))
model.add(layers.RepeatVector(3))
model.add(RNN(8, return_sequences=True))
model.add(layers.TimeDistributed(layers.Dense(6)))
model.add(layers.Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
x = np.eye(6)[np.random.randint(0, 6, (10, 5))]
y = np.eye(6)[np.random.randint(0, 6, (10, 3))]
model.fit(x, y, batch_size=5, epochs=1, validation_data=(x, y), verbose=0)
preds = model.predict_classes(x[:1], verbose=0)
assert preds.shape == (1, 3)
