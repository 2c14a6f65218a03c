import numpy
from keras.models import Sequential
from keras.layers import Dense
from keras.wrappers.scikit_learn import KerasClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score
def create_baseline():
    model = Sequential()
    model.add(Dense(6, input_dim=4, kernel_initializer='normal', activation='relu'))
    model.add(Dense(1, kernel_initializer='normal', activation='sigmoid'))
    model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
    return model
X, Y = numpy.random.rand(20, 4), numpy.arange(20) % 2
estimator = KerasClassifier(build_fn=create_baseline, epochs=1, batch_size=5, verbose=0)
results = cross_val_score(estimator, X, Y, cv=StratifiedKFold(n_splits=2, shuffle=True))
print("Results: %.2f%% (%.2f%%)" % (results.mean()*100, results.std()*100))
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
grid = GridSearchCV(estimator, dict(batch_size=[5, 10]), cv=2).fit(X, Y)
best = grid.best_estimator_
assert best.model.count_params() == 37  # the model that was trained
assert clone(best).model is None and best.fit(X, Y).model.predict(X).shape == (20, 1)
first = KerasClassifier(create_baseline, batch_size=5, verbose=0).fit(X, Y)  # by its place
assert first.model.metrics_names[0] == 'loss' and clone(first).build_fn is create_baseline
