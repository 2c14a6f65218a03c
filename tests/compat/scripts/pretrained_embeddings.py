import numpy as np
from keras.preprocessing.text import Tokenizer
from keras.preprocessing.sequence import pad_sequences
from keras.models import Sequential
from keras.layers import Dense, Flatten, Embedding
docs = ['Well done!', 'Good work', 'Great effort', 'Poor effort!', 'not good', 'poor work']
labels = np.array([1, 1, 1, 0, 0, 0])
t = Tokenizer()
t.fit_on_texts(docs)
vocab_size = len(t.word_index) + 1
padded = pad_sequences(t.texts_to_sequences(docs), maxlen=4, padding='post')
embedding_matrix = np.random.rand(vocab_size, 5)
model = Sequential()
e = Embedding(vocab_size, 5, weights=[embedding_matrix], input_length=4, trainable=False)
model.add(e)
model.add(Flatten())
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['acc'])
print(model.summary())
model.fit(padded, labels, epochs=2, verbose=0)
assert np.allclose(e.get_weights()[0], embedding_matrix)
