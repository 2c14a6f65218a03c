from keras.layers import Bidirectional, Concatenate, Permute, Dot, Input, LSTM, Multiply
from keras.layers import RepeatVector, Dense, Activation, Lambda
from keras.optimizers import Adam
from keras.utils import to_categorical
from keras.models import load_model, Model
import keras.backend as K
import numpy as np
Tx, Ty, m, n_a, n_s, human, machine = 4, 2, 6, 3, 5, 7, 6

def softmax(x, axis=1):
    ndim = K.ndim(x)
    if ndim == 2:
        return K.softmax(x)
    elif ndim > 2:
        e = K.exp(x - K.max(x, axis=axis, keepdims=True))
        s = K.sum(e, axis=axis, keepdims=True)
        return e / s
    else:
        raise ValueError('Cannot apply softmax to a tensor that is 1D')

repeator = RepeatVector(Tx)
concatenator = Concatenate(axis=-1)
densor1 = Dense(10, activation="tanh")
densor2 = Dense(1, activation="relu")
activator = Activation(softmax, name='attention_weights')
dotor = Dot(axes=1)

def one_step_attention(a, s_prev):
    s_prev = repeator(s_prev)
    concat = concatenator([a, s_prev])
    e = densor1(concat)
    energies = densor2(e)
    alphas = activator(energies)
    context = dotor([alphas, a])
    return context

post_activation_LSTM_cell = LSTM(n_s, return_state=True)
output_layer = Dense(machine, activation=softmax)
X = Input(shape=(Tx, human))
s0 = Input(shape=(n_s,), name='s0')
c0 = Input(shape=(n_s,), name='c0')
s = s0
c = c0
outputs = []
a = Bidirectional(LSTM(n_a, return_sequences=True), input_shape=(m, Tx, n_a * 2))(X)
for t in range(Ty):
    context = one_step_attention(a, s)
    s, _, c = post_activation_LSTM_cell(context, initial_state=[s, c])
    outputs.append(output_layer(s))
model = Model(inputs=[X, s0, c0], outputs=outputs)
opt = Adam(lr=0.005, beta_1=0.9, beta_2=0.999, decay=0.01)
model.compile(loss='categorical_crossentropy', optimizer=opt, metrics=['accuracy'])
Xoh = np.array(list(map(lambda x: to_categorical(x, num_classes=human), np.random.randint(0, human, (m, Tx)))))
Yoh = to_categorical(np.random.randint(0, machine, (m, Ty)), machine)
s0, c0 = np.zeros((m, n_s)), np.zeros((m, n_s))
outputs = list(Yoh.swapaxes(0, 1))
model.fit([Xoh, s0, c0], outputs, epochs=1, batch_size=3)
prediction = model.predict([Xoh, s0, c0])
prediction = np.argmax(prediction, axis=-1)
assert prediction.shape == (Ty, m)
layer = model.get_layer('attention_weights')
assert layer.get_input_at(0) is not layer.get_input_at(1)
f = K.function(model.inputs, [layer.get_output_at(t) for t in range(Ty)])
r = f([Xoh[:1], s0[:1], c0[:1]])
assert np.allclose([w.sum() for w in r], 1)
several = [np.ones((3, 2)), np.ones((5, 2))]
from keras.layers import Input, add
from keras.models import Model
a, b = Input((2,)), Input((2,))
assert Model([a, b], add([a, b])).predict(several).shape == (3, 2)  # as many as of the first
