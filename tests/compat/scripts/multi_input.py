from keras.layers import Input, Embedding, LSTM, Dense
from keras.models import Model
import keras
import numpy as np
main_input = Input(shape=(10,), dtype='int32', name='main_input')
x = Embedding(output_dim=6, input_dim=20, input_length=10)(main_input)
lstm_out = LSTM(4)(x)
auxiliary_output = Dense(1, activation='sigmoid', name='aux_output')(lstm_out)
auxiliary_input = Input(shape=(5,), name='aux_input')
x = keras.layers.concatenate([lstm_out, auxiliary_input])
x = Dense(8, activation='relu')(x)
main_output = Dense(1, activation='sigmoid', name='main_output')(x)
model = Model(inputs=[main_input, auxiliary_input], outputs=[main_output, auxiliary_output])
model.compile(optimizer='rmsprop', loss={'main_output': 'binary_crossentropy', 'aux_output': 'binary_crossentropy'}, loss_weights={'main_output': 1., 'aux_output': 0.2})
model.fit({'main_input': np.random.randint(0, 20, (6, 10)), 'aux_input': np.random.rand(6, 5)}, {'main_output': np.ones((6, 1)), 'aux_output': np.zeros((6, 1))}, epochs=1, batch_size=3, verbose=0)
