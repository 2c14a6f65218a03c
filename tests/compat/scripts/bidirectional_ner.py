import numpy as np
from keras.models import Model, Input
from keras.layers import LSTM, Embedding, Dense, TimeDistributed, Dropout, Bidirectional
input = Input(shape=(6,))
model = Embedding(input_dim=20, output_dim=5, input_length=6)(input)
model = Dropout(0.1)(model)
model = Bidirectional(LSTM(units=4, return_sequences=True, recurrent_dropout=0.1))(model)
out = TimeDistributed(Dense(3, activation="softmax"))(model)
model = Model(input, out)
model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
X, y = np.random.randint(0, 20, (8, 6)), np.eye(3)[np.random.randint(0, 3, (8, 6))]
history = model.fit(X, np.array(y), batch_size=4, epochs=1, validation_split=0.25, verbose=0)
