import numpy as np
import pandas as pd
from keras.preprocessing.text import Tokenizer
from keras.preprocessing.sequence import pad_sequences
from keras.models import Sequential
from keras.layers import Dense, Embedding, LSTM, SpatialDropout1D
from keras.utils.np_utils import to_categorical
import re
data = pd.DataFrame({'text': ['RT good great film!', 'bad awful film', 'a great cast', 'an awful, bad plot'] * 4,
                     'sentiment': ['Positive', 'Negative'] * 8})
data['text'] = data['text'].apply(lambda x: x.lower())
data['text'] = data['text'].apply((lambda x: re.sub('[^a-zA-z0-9\s]', '', x)))
for idx, row in data.iterrows():
    row['text'] = row['text'].replace('rt', ' ')
max_fatures = 20
tokenizer = Tokenizer(nb_words=max_fatures, split=' ')
tokenizer.fit_on_texts(data['text'].values)
X = tokenizer.texts_to_sequences(data['text'].values)
X = pad_sequences(X)
embed_dim = 8
lstm_out = 6
model = Sequential()
model.add(Embedding(max_fatures, embed_dim, input_length=X.shape[1]))
model.add(SpatialDropout1D(0.4))
model.add(LSTM(lstm_out, dropout_U=0.2, dropout_W=0.2))
model.add(Dense(2, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
print(model.summary())
Y = pd.get_dummies(data['sentiment']).values
model.fit(X, Y, nb_epoch=1, batch_size=8, verbose=2)
score, acc = model.evaluate(X, Y, verbose=2, batch_size=8)
print("acc: %.2f" % (acc))
twt = ['Meetings: great film']
twt = tokenizer.texts_to_sequences(twt)
twt = pad_sequences(twt, maxlen=X.shape[1], dtype='int32', value=0)
sentiment = model.predict(twt, batch_size=1, verbose=2)[0]
assert sentiment.shape == (2,) and np.argmax(sentiment) in (0, 1)
assert tokenizer.word_index['film'] <= 3 and len(to_categorical([0, 1])) == 2
