import numpy as np
from keras.models import Sequential
from keras.layers import Dense
def generate():
    while True:
        yield np.random.rand(4, 3), np.random.randint(0, 2, (4, 1))
model = Sequential([Dense(output_dim=1, input_dim=3, activation='sigmoid', W_regularizer='l2')])
model.compile(loss='binary_crossentropy', optimizer='sgd', metrics=['accuracy'])
h = model.fit_generator(generate(), samples_per_epoch=8, nb_epoch=2, validation_data=generate(), nb_val_samples=8, verbose=0)
assert len(h.history['val_acc']) == 2
model.evaluate_generator(generate(), steps=2)
