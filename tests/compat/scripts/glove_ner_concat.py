import numpy as np
from tensorflow.keras import Model, Input
from tensorflow.keras.layers import LSTM, GRU, Embedding, Dense, TimeDistributed, SpatialDropout1D, Bidirectional, Masking, Dropout, concatenate, GlobalAveragePooling1D, GlobalMaxPooling1D
from tensorflow.keras.initializers import Constant
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.preprocessing.text import text_to_word_sequence, one_hot, hashing_trick, Tokenizer, tokenizer_from_json
from tensorflow.keras.callbacks import EarlyStopping, ModelCheckpoint
import tensorflow.keras.backend as K
import io
glove = io.StringIO('\n'.join('w%d %s' % (i, ' '.join(['%.2f' % (i * .1)] * 4)) for i in range(6)))
embeddings_index = {}
for line in glove:
    values = line.split()
    embeddings_index[values[0]] = np.asarray(values[1:], dtype='float32')
tokenizer = Tokenizer(num_words=20, filters='!"#', lower=True, oov_token='<OOV>')
tokenizer.fit_on_texts(['w1 w2 w3', 'w2 w3 unseen', 'w5'])
word_index = tokenizer_from_json(tokenizer.to_json()).word_index
num_words = min(20, len(word_index) + 1)
embedding_matrix = np.zeros((num_words, 4))
for word, i in word_index.items():
    embedding_vector = embeddings_index.get(word)
    if embedding_vector is not None:
        embedding_matrix[i] = embedding_vector
max_len, num_tags = 5, 3
X = pad_sequences(sequences=tokenizer.texts_to_sequences(['w1 w2', 'w3 w9 w5', 'w2', 'w5 w5 w5 w1'] * 2), maxlen=max_len, padding="post", value=0)
assert (X[1] == [word_index['w3'], 1, word_index['w5'], 0, 0]).all()
y = np.random.randint(0, num_tags, (8, max_len))
input_word = Input(shape=(max_len,))
words = Embedding(num_words, 4, weights=[embedding_matrix], input_length=max_len, mask_zero=True, trainable=False)(input_word)
char_in = Input(shape=(max_len, 3,))
emb_char = TimeDistributed(Embedding(input_dim=10, output_dim=3, input_length=3, mask_zero=True))(char_in)
char_enc = TimeDistributed(LSTM(units=4, return_sequences=False, recurrent_dropout=0.5))(emb_char)
x = concatenate([words, char_enc])
x = SpatialDropout1D(0.3)(x)
x = Bidirectional(LSTM(units=4, return_sequences=True, recurrent_dropout=0.1), merge_mode='sum')(x)
out = TimeDistributed(Dense(num_tags, activation="softmax"))(x)
model = Model([input_word, char_in], out)
model.summary()
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
chars = np.random.randint(0, 10, (8, max_len, 3))
early = EarlyStopping(monitor='val_accuracy', min_delta=0, patience=1, verbose=0, mode='max', baseline=None, restore_best_weights=False)
history = model.fit(x=[X, chars], y=y.reshape(8, max_len, 1), validation_split=0.25, batch_size=3, epochs=2, verbose=1, callbacks=[early])
assert 'val_accuracy' in history.history
p = np.argmax(model.predict([X[:1], chars[:1]]), axis=-1)
assert p.shape == (1, max_len)
fixed = Embedding(num_words, 4, embeddings_initializer=Constant(embedding_matrix), trainable=False)(input_word)
pooled = concatenate([GlobalAveragePooling1D()(fixed), GlobalMaxPooling1D()(Bidirectional(GRU(3, return_sequences=True), merge_mode='mul')(fixed))])
pooled = Model(input_word, Dense(1, activation='sigmoid')(pooled))
pooled.compile('rmsprop', 'binary_crossentropy', metrics=['AUC'])
pooled.fit(X, np.arange(8) % 2, epochs=1, verbose=0)
docs = ['Well done!', 'Good work']
encoded_docs = [one_hot(d, 50) for d in docs]
assert pad_sequences(encoded_docs, maxlen=4, padding='post').shape == (2, 4)
assert text_to_word_sequence('Well done!') == ['well', 'done'] and len(hashing_trick('a b', 9, hash_function='md5')) == 2
