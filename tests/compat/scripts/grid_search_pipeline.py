import numpy
import pandas
from keras.models import Sequential
from keras.layers import Dense, Dropout
from keras.wrappers.scikit_learn import KerasClassifier, KerasRegressor
from keras.utils import np_utils
from keras.constraints import maxnorm
from keras.optimizers import SGD
from sklearn.model_selection import cross_val_score, KFold, GridSearchCV
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.pipeline import Pipeline
seed = 7
numpy.random.seed(seed)
dataframe = pandas.DataFrame(numpy.random.rand(30, 4))
dataframe[4] = ['Iris-setosa', 'Iris-versicolor', 'Iris-virginica'] * 10
dataset = dataframe.values
X = dataset[:,0:4].astype(float)
Y = dataset[:,4]
encoder = LabelEncoder()
encoder.fit(Y)
encoded_Y = encoder.transform(Y)
dummy_y = np_utils.to_categorical(encoded_Y)

def baseline_model():
    model = Sequential()
    model.add(Dense(4, input_dim=4, init='normal', activation='relu'))
    model.add(Dense(3, init='normal', activation='sigmoid'))
    model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
    return model

estimator = KerasClassifier(build_fn=baseline_model, nb_epoch=1, batch_size=5, verbose=0)
kfold = KFold(n_splits=2, shuffle=True, random_state=seed)
results = cross_val_score(estimator, X, dummy_y, cv=kfold)
print("Accuracy: %.2f%% (%.2f%%)" % (results.mean()*100, results.std()*100))
estimator.fit(X, dummy_y)
predictions = estimator.predict(X)
assert set(encoder.inverse_transform(predictions)) <= set(Y)

def create_model(optimizer='rmsprop', init='glorot_uniform', dropout_rate=0.0, weight_constraint=0):
    model = Sequential()
    model.add(Dense(6, input_dim=4, kernel_initializer=init, activation='relu', kernel_constraint=maxnorm(3)))
    model.add(Dropout(dropout_rate))
    model.add(Dense(1, kernel_initializer=init, activation='sigmoid'))
    model.compile(loss='binary_crossentropy', optimizer=optimizer, metrics=['accuracy'])
    return model

model = KerasClassifier(build_fn=create_model, verbose=0)
grid = GridSearchCV(estimator=model, param_grid=dict(optimizer=['rmsprop', SGD(lr=0.1, momentum=0.9)], epochs=[1], batch_size=[15], init=['uniform']), cv=2)
grid_result = grid.fit(X, (encoded_Y > 0).astype(int))
print("Best: %f using %s" % (grid_result.best_score_, grid_result.best_params_))
means = grid_result.cv_results_['mean_test_score']
for mean, param in zip(means, grid_result.cv_results_['params']):
    print("%f with: %r" % (mean, param))

def larger_model():
    model = Sequential()
    model.add(Dense(5, input_dim=4, kernel_initializer='normal', activation='relu'))
    model.add(Dense(1, kernel_initializer='normal'))
    model.compile(loss='mean_squared_error', optimizer='adam')
    return model

estimators = []
estimators.append(('standardize', StandardScaler()))
estimators.append(('mlp', KerasRegressor(build_fn=larger_model, epochs=1, batch_size=5, verbose=0)))
pipeline = Pipeline(estimators)
results = cross_val_score(pipeline, X, X.sum(axis=1), cv=KFold(n_splits=2))
print("Larger: %.2f (%.2f) MSE" % (results.mean(), results.std()))
pipeline.fit(X, X.sum(axis=1))
assert pipeline.predict(X).shape == (30,)
