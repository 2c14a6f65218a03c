'''A memory network of nested Merges that share a branch, on stories in bAbI's form.'''
from __future__ import print_function
import re
import numpy as np
from keras.models import Sequential
from keras.layers.embeddings import Embedding
from keras.layers import Activation, Dense, Merge, Permute, Dropout
from keras.layers import LSTM
from keras.preprocessing.sequence import pad_sequences


def tokenize(sent):
    return [x.strip() for x in re.split('(\W+)?', sent) if x.strip()]


assert tokenize('Bob dropped the apple.') == ['Bob', 'dropped', 'the', 'apple', '.']
stories = ['Mary moved to the hall.', 'John went to the garden.'] * 4
questions = ['Where is Mary?', 'Where is John?'] * 4
answers = ['hall', 'garden'] * 4
vocab = sorted({w for text in stories + questions for w in tokenize(text)})
index = dict((c, i + 1) for i, c in enumerate(vocab))
X = pad_sequences([[index[w] for w in tokenize(s)] for s in stories], maxlen=7)
Xq = pad_sequences([[index[w] for w in tokenize(q)] for q in questions], maxlen=4)
Y = np.zeros((len(answers), len(vocab) + 1))
for row, answer in enumerate(answers):
    Y[row, index[answer]] = 1
vocab_size, story_maxlen, query_maxlen = len(vocab) + 1, 7, 4

input_encoder_m = Sequential()
input_encoder_m.add(Embedding(input_dim=vocab_size, output_dim=5, input_length=story_maxlen))
input_encoder_m.add(Dropout(0.3))
question_encoder = Sequential()
question_encoder.add(Embedding(input_dim=vocab_size, output_dim=5, input_length=query_maxlen))
question_encoder.add(Dropout(0.3))
match = Sequential()
match.add(Merge([input_encoder_m, question_encoder], mode='dot', dot_axes=[2, 2]))
match.add(Activation('softmax'))
input_encoder_c = Sequential()
input_encoder_c.add(Embedding(input_dim=vocab_size, output_dim=query_maxlen, input_length=story_maxlen))
response = Sequential()
response.add(Merge([match, input_encoder_c], mode='sum'))
response.add(Permute((2, 1)))
answer = Sequential()
answer.add(Merge([response, question_encoder], mode='concat', concat_axis=-1))
answer.add(LSTM(4))
answer.add(Dense(vocab_size))
answer.add(Activation('softmax'))
answer.compile(optimizer='rmsprop', loss='categorical_crossentropy', metrics=['accuracy'])
assert len(answer.inputs) == 3
answer.fit([X, Xq, X], Y, batch_size=4, nb_epoch=1, verbose=0)
assert answer.predict([X, Xq, X]).shape == (8, vocab_size)
