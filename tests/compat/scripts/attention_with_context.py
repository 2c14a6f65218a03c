import numpy as np
from keras import backend as K, initializers, regularizers, constraints
from keras.engine.topology import Layer
from keras.layers import Input, Embedding, Dense, Bidirectional, GRU, LSTM, Dropout, TimeDistributed, Conv2D, MaxPooling2D, Flatten
from keras.models import Model, Sequential

def dot_product(x, kernel):
    if K.backend() == 'tensorflow':
        return K.squeeze(K.dot(x, K.expand_dims(kernel)), axis=-1)
    else:
        return K.dot(x, kernel)

class AttentionWithContext(Layer):
    def __init__(self, W_regularizer=None, u_regularizer=None, b_regularizer=None,
                 W_constraint=None, u_constraint=None, b_constraint=None, bias=True, **kwargs):
        self.supports_masking = True
        self.init = initializers.get('glorot_uniform')
        self.W_regularizer = regularizers.get(W_regularizer)
        self.u_regularizer = regularizers.get(u_regularizer)
        self.b_regularizer = regularizers.get(b_regularizer)
        self.W_constraint = constraints.get(W_constraint)
        self.u_constraint = constraints.get(u_constraint)
        self.b_constraint = constraints.get(b_constraint)
        self.bias = bias
        super(AttentionWithContext, self).__init__(**kwargs)

    def build(self, input_shape):
        assert len(input_shape) == 3
        self.W = self.add_weight((input_shape[-1], input_shape[-1],), initializer=self.init,
                                 name='{}_W'.format(self.name), regularizer=self.W_regularizer, constraint=self.W_constraint)
        if self.bias:
            self.b = self.add_weight((input_shape[-1],), initializer='zero', name='{}_b'.format(self.name),
                                     regularizer=self.b_regularizer, constraint=self.b_constraint)
        self.u = self.add_weight((input_shape[-1],), initializer=self.init, name='{}_u'.format(self.name),
                                 regularizer=self.u_regularizer, constraint=self.u_constraint)
        super(AttentionWithContext, self).build(input_shape)

    def compute_mask(self, input, input_mask=None):
        return None

    def call(self, x, mask=None):
        uit = dot_product(x, self.W)if K.ndim(self.W) == 1 else K.dot(x, self.W)
        if self.bias:
            uit += self.b
        uit = K.tanh(uit)
        ait = dot_product(uit, self.u)
        a = K.exp(ait)
        if mask is not None:
            a *= K.cast(mask, K.floatx())
        a /= K.cast(K.sum(a, axis=1, keepdims=True) + K.epsilon(), K.floatx())
        a = K.expand_dims(a)
        weighted_input = x * a
        return K.sum(weighted_input, axis=1)

    def compute_output_shape(self, input_shape):
        return input_shape[0], input_shape[-1]

# words to sentences, sentences to documents
sentence_input = Input(shape=(5,), dtype='int32')
embedded_sequences = Embedding(12, 4, input_length=5, mask_zero=True)(sentence_input)
l_lstm = Bidirectional(GRU(3, return_sequences=True, reset_after=False))(embedded_sequences)
sentEncoder = Model(sentence_input, AttentionWithContext(W_regularizer='l2')(l_lstm))
review_input = Input(shape=(3, 5), dtype='int32')
review_encoder = TimeDistributed(sentEncoder)(review_input)
forward, backward = Bidirectional(LSTM(3, return_sequences=True), merge_mode=None)(review_encoder)
l_att_sent = AttentionWithContext(bias=False)(forward)
preds = Dense(2, activation='softmax')(Dropout(0.2)(l_att_sent))
model = Model(review_input, preds)
model.compile(loss='categorical_crossentropy', optimizer='rmsprop', metrics=['acc'])
x, y = np.random.randint(0, 12, (6, 3, 5)), np.eye(2)[np.arange(6) % 2]
model.fit(x, y, validation_data=(x, y), epochs=1, batch_size=3, verbose=0)
assert sentEncoder.predict(x[:, 0]).shape == (6, 6)
padded = np.array([[3, 4, 0, 0, 0], [3, 4, 0, 0, 0]])
assert np.allclose(*sentEncoder.predict(padded))
# frames of a video
video = Sequential()
video.add(TimeDistributed(Conv2D(2, (3, 3), strides=(2, 2), activation='relu', padding='same'), input_shape=(3, 8, 8, 1)))
video.add(TimeDistributed(MaxPooling2D((2, 2), strides=(2, 2))))
video.add(TimeDistributed(Flatten()))
video.add(LSTM(4, return_sequences=False, dropout=0.5))
video.add(Dense(2, activation='softmax'))
video.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy', 'top_k_categorical_accuracy'])
video.fit(np.random.rand(4, 3, 8, 8, 1), np.eye(2)[[0, 1, 0, 1]], batch_size=2, epochs=1, verbose=0)
