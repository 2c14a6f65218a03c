import numpy
from keras.models import Sequential
from keras.layers.core import Dense, Activation, Dropout
from keras.utils import np_utils
from keras.optimizers import SGD
X = numpy.random.rand(30, 4)
y = np_utils.to_categorical(numpy.arange(30) % 3, 3)
model = Sequential()
model.add(Dense(8, input_shape=(4,)))
model.add(Activation('tanh'))
model.add(Dropout(0.2))
model.add(Dense(3))
model.add(Activation('softmax'))
sgd = SGD(lr=0.1, decay=1e-6, momentum=0.9, nesterov=True)
model.compile(loss='categorical_crossentropy', optimizer=sgd, metrics=['accuracy'])
history = model.fit(X, y, epochs=2, batch_size=5, validation_split=0.2, verbose=0)
print(history.history['acc'], history.history['val_acc'], history.history['val_loss'])
classes = model.predict_classes(X)
assert classes.shape == (30,)
proba = model.predict_proba(X)
assert proba.shape == (30, 3)
