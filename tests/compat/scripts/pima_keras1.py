from keras.models import Sequential
from keras.layers import Dense
import numpy
numpy.random.seed(7)
X = numpy.random.rand(40, 8)
Y = (X[:, 1] > 0.5).astype(int)
model = Sequential()
model.add(Dense(12, input_dim=8, init='uniform', activation='relu'))
model.add(Dense(8, init='uniform', activation='relu'))
model.add(Dense(1, init='uniform', activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X, Y, nb_epoch=2, batch_size=10, verbose=0)
scores = model.evaluate(X, Y, verbose=0)
print("%s: %.2f%%" % (model.metrics_names[1], scores[1] * 100))
assert model.metrics_names[1] in ('acc', 'accuracy')
rounded = [round(x[0]) for x in model.predict(X)]
