import numpy as np
from sklearn.model_selection import train_test_split
from keras.layers import Input, Dense, Embedding, Conv2D, MaxPool2D, Conv1D, GlobalMaxPooling1D
from keras.layers import Reshape, Flatten, Dropout, Concatenate, concatenate
from keras.callbacks import ModelCheckpoint
from keras.optimizers import Adam
from keras.models import Model
x = np.random.randint(0, 15, (12, 10))
y = np.eye(2)[np.arange(12) % 2]
X_train, X_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=42)
sequence_length, vocabulary_size, embedding_dim = x.shape[1], 15, 6
filter_sizes, num_filters, drop = [3, 4, 5], 4, 0.5
inputs = Input(shape=(sequence_length,), dtype='int32')
embedding = Embedding(input_dim=vocabulary_size, output_dim=embedding_dim, input_length=sequence_length)(inputs)
reshape = Reshape((sequence_length, embedding_dim, 1))(embedding)
pools = []
for size in filter_sizes:
    conv = Conv2D(num_filters, kernel_size=(size, embedding_dim), padding='valid', kernel_initializer='normal', activation='relu')(reshape)
    pools.append(MaxPool2D(pool_size=(sequence_length - size + 1, 1), strides=(1, 1), padding='valid')(conv))
flatten = Flatten()(Concatenate(axis=1)(pools))
ngrams = [GlobalMaxPooling1D()(Conv1D(filters=3, kernel_size=k, activation='relu', padding='same')(embedding)) for k in (2, 3)]
dropout = Dropout(drop)(concatenate([flatten] + ngrams))
output = Dense(units=2, activation='softmax')(dropout)
model = Model(inputs=inputs, outputs=output)
checkpoint = ModelCheckpoint('weights.{epoch:03d}-{val_acc:.4f}.hdf5', monitor='val_acc', verbose=1, save_best_only=True, mode='auto')
adam = Adam(lr=1e-4, beta_1=0.9, beta_2=0.999, epsilon=1e-08, decay=0.0)
model.compile(optimizer=adam, loss='binary_crossentropy', metrics=['accuracy'])
model.fit(X_train, y_train, batch_size=3, epochs=1, verbose=1, callbacks=[checkpoint], validation_data=(X_test, y_test))
