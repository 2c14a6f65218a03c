import numpy as np
import pandas as pd
from keras.models import Model, Sequential
from keras.layers import Input, Dense, Embedding, Flatten, Dot, Reshape, Concatenate, Add, Activation, concatenate
from keras.layers.core import Dropout, Lambda
from keras.layers.merge import dot
from keras.layers.advanced_activations import PReLU, ELU, LeakyReLU
from keras.layers.normalization import BatchNormalization
from keras.regularizers import l2, l1_l2
from keras.constraints import non_neg
from keras.optimizers import Adam
ratings = pd.DataFrame({'user': np.random.randint(0, 5, 20), 'item': np.random.randint(0, 7, 20),
                        'rating': np.random.randint(1, 6, 20).astype('float32')})
n_users, n_items, n_factors = 5, 7, 3

class EmbeddingLayer:
    def __init__(self, n_items, n_factors):
        self.n_items = n_items
        self.n_factors = n_factors
    def __call__(self, x):
        x = Embedding(self.n_items, self.n_factors, embeddings_initializer='he_normal', embeddings_regularizer=l2(1e-6))(x)
        x = Reshape((self.n_factors,))(x)
        return x

user = Input(shape=(1,))
item = Input(shape=[1], name='Item')
u, m = EmbeddingLayer(n_users, n_factors)(user), EmbeddingLayer(n_items, n_factors)(item)
ub, mb = EmbeddingLayer(n_users, 1)(user), EmbeddingLayer(n_items, 1)(item)
x = Dot(axes=1)([u, m])
x = Add()([x, ub, mb])
x = Activation('sigmoid')(x)
x = Lambda(lambda x: x * (5 - 1) + 1)(x)
model = Model(inputs=[user, item], outputs=x)
model.compile(loss='mean_squared_error', optimizer=Adam(lr=0.001))
model.fit(x=[ratings.user, ratings.item], y=ratings.rating, batch_size=5, epochs=1, verbose=0, validation_data=([ratings.user.values, ratings.item.values], ratings.rating.values))
assert ((1 <= model.predict([ratings.user, ratings.item])) & (model.predict([ratings.user, ratings.item]) <= 5)).all()
movie = Input(shape=[1])
flat = Flatten(name='FlattenMovies')(Embedding(n_items + 1, n_factors, name='NonNegMovie-Embedding', embeddings_constraint=non_neg())(movie))
prod = dot([flat, Flatten()(Embedding(n_users + 1, n_factors, embeddings_constraint=non_neg())(user))], axes=1, name='DotProduct')
nmf = Model([user, movie], prod)
nmf.compile('adam', 'mean_squared_error')
nmf.fit([ratings.user, ratings.item], ratings.rating, epochs=1, verbose=0)
learnt = nmf.get_layer(name='NonNegMovie-Embedding').get_weights()[0]
assert (learnt >= 0).all() and pd.DataFrame(learnt).describe().shape == (8, 3)
# entities' embeddings beside what is wide
cats = {'store': 4, 'day': 7, 'state': 3}
inputs, embedded = [], []
for name, size in cats.items():
    i = Input(shape=(1,), name=name)
    inputs.append(i)
    embedded.append(Reshape(target_shape=(2,))(Embedding(size, 2, name=name + '_embedding')(i)))
numeric = Input(shape=(4,), name='numeric')
inputs.append(numeric)
deep = concatenate(embedded + [numeric])
deep = Dense(8, kernel_initializer='he_normal', kernel_regularizer=l1_l2(l1=1e-5, l2=1e-4))(deep)
deep = PReLU()(BatchNormalization()(deep))
deep = Dropout(0.02)(deep)
deep = LeakyReLU(alpha=0.2)(Dense(6)(deep))
deep = ELU(alpha=0.5)(Dense(4)(deep))
out = Dense(1, activation='sigmoid')(Concatenate()([deep, numeric]))
model = Model(inputs, out)
model.compile(optimizer='adagrad', loss='binary_crossentropy', metrics=['accuracy'])
X = {name: np.random.randint(0, size, 16) for name, size in cats.items()}
X['numeric'] = np.random.rand(16, 4)
model.fit(X, np.arange(16) % 2, batch_size=8, epochs=1, verbose=0)
assert model.get_layer('day_embedding').get_weights()[0].shape == (7, 2)
