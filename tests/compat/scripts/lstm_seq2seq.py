from __future__ import print_function
from keras.models import Model
from keras.layers import Input, LSTM, Dense
import numpy as np
num_encoder_tokens, num_decoder_tokens, latent_dim = 7, 8, 6
max_decoder_seq_length = 5
encoder_input_data = np.eye(num_encoder_tokens, dtype='float32')[np.random.randint(0, 7, (6, 4))]
decoder_input_data = np.eye(num_decoder_tokens, dtype='float32')[np.random.randint(0, 8, (6, 5))]
decoder_target_data = np.roll(decoder_input_data, -1, axis=1)
encoder_inputs = Input(shape=(None, num_encoder_tokens))
encoder = LSTM(latent_dim, return_state=True)
encoder_outputs, state_h, state_c = encoder(encoder_inputs)
encoder_states = [state_h, state_c]
decoder_inputs = Input(shape=(None, num_decoder_tokens))
decoder_lstm = LSTM(latent_dim, return_sequences=True, return_state=True)
decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_dense = Dense(num_decoder_tokens, activation='softmax')
decoder_outputs = decoder_dense(decoder_outputs)
model = Model([encoder_inputs, decoder_inputs], decoder_outputs)
model.compile(optimizer='rmsprop', loss='categorical_crossentropy', metrics=['accuracy'])
model.fit([encoder_input_data, decoder_input_data], decoder_target_data, batch_size=3, epochs=1, validation_split=0.5)
model.save('s2s.h5')
encoder_model = Model(encoder_inputs, encoder_states)
decoder_state_input_h = Input(shape=(latent_dim,))
decoder_state_input_c = Input(shape=(latent_dim,))
decoder_states_inputs = [decoder_state_input_h, decoder_state_input_c]
decoder_outputs, state_h, state_c = decoder_lstm(decoder_inputs, initial_state=decoder_states_inputs)
decoder_states = [state_h, state_c]
decoder_outputs = decoder_dense(decoder_outputs)
decoder_model = Model([decoder_inputs] + decoder_states_inputs, [decoder_outputs] + decoder_states)

def decode_sequence(input_seq):
    states_value = encoder_model.predict(input_seq)
    target_seq = np.zeros((1, 1, num_decoder_tokens))
    target_seq[0, 0, 0] = 1.
    decoded = []
    while len(decoded) < 3:
        output_tokens, h, c = decoder_model.predict([target_seq] + states_value)
        sampled_token_index = np.argmax(output_tokens[0, -1, :])
        decoded.append(sampled_token_index)
        target_seq = np.zeros((1, 1, num_decoder_tokens))
        target_seq[0, 0, sampled_token_index] = 1.
        states_value = [h, c]
    return decoded
decoded = decode_sequence(encoder_input_data[:1])
whole = model.predict([encoder_input_data[:1], np.eye(8)[[[0] + decoded[:2]]]])
assert decoded == whole[0].argmax(-1).tolist()
# the same model read back, its layers found by their place, as lstm_seq2seq_restore.py does
from keras.models import load_model
model = load_model('s2s.h5')
encoder_inputs = model.input[0]
encoder_outputs, state_h_enc, state_c_enc = model.layers[2].output
encoder_model2 = Model(encoder_inputs, [state_h_enc, state_c_enc])
assert np.allclose(encoder_model2.predict(encoder_input_data)[0], encoder_model.predict(encoder_input_data)[0])
