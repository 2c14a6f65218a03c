import numpy as np
from keras.layers import Input, Dense, LSTM, Permute, Reshape, Lambda, RepeatVector, Flatten, multiply, dot, concatenate, Activation
from keras.models import Model
import keras.backend as K
inputs = Input(shape=(5, 2))
lstm_out = LSTM(4, return_sequences=True)(inputs)
a = Permute((2, 1))(lstm_out)
a = Dense(5, activation='softmax')(a)
a_probs = Permute((2, 1), name='attention_vec')(a)
att = Flatten()(multiply([lstm_out, a_probs]))
scores = Activation('softmax')(dot([lstm_out, lstm_out], axes=[2, 2]))
context = dot([scores, lstm_out], axes=[2, 1])
pooled = Lambda(lambda x: K.mean(x, axis=1), output_shape=lambda s: (s[0], s[2]))(context)
model = Model(inputs=[inputs], outputs=Dense(1, activation='sigmoid')(concatenate([att, pooled])))
model.compile('adam', 'binary_crossentropy', metrics=['accuracy'])
model.fit([np.random.rand(6, 5, 2)], np.arange(6) % 2, epochs=1, batch_size=3, verbose=0)
f = K.function([model.layers[0].input, K.learning_phase()], [model.get_layer('attention_vec').output])
assert f([np.ones((2, 5, 2)), 0])[0].shape == (2, 5, 4)
