# Names of losses and metrics that went with Keras 1 and 2.
import numpy as np
from keras import metrics, objectives
from keras.layers import Dense
from keras.models import Sequential

np.random.seed(4)
X, y = np.random.rand(20, 3), np.random.randint(0, 2, (20, 1))
model = Sequential([Dense(1, input_dim=3, activation='sigmoid')])
model.compile('sgd', 'binary_crossentropy', metrics=[
    'fmeasure', 'matthews_correlation', 'fbeta_score', metrics.precision, metrics.recall])
history = model.fit(X, y, nb_epoch=1, verbose=0).history
assert sorted(history) == ['fbeta_score', 'fmeasure', 'loss', 'matthews_correlation', 'precision', 'recall']
found = dict(zip(model.metrics_names, model.evaluate(X, y, batch_size=20, verbose=0)))
p = (model.predict(X) > .5).astype(int)
tp, fp, fn, tn = (p * y).sum(), (p * (1 - y)).sum(), ((1 - p) * y).sum(), ((1 - p) * (1 - y)).sum()
assert abs(found['fmeasure'] - 2. * tp / (2 * tp + fp + fn)) < 1e-5
assert abs(found['fbeta_score'] - found['fmeasure']) < 1e-9
assert abs(found['recall'] - tp / (tp + fn)) < 1e-5
scale = np.sqrt(float((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))
assert abs(found['matthews_correlation'] - (tp * tn - fp * fn) / (scale + 1e-7)) < 1e-5
try:
    metrics.fbeta_score(y, p, beta=-1)
except ValueError as error:
    assert 'beta=-1' in str(error)

target = np.random.rand(20, 2)
model = Sequential([Dense(2, input_dim=3)])
model.compile('sgd', loss='cosine_proximity', metrics=['cosine_proximity'])
model.fit(X, target, nb_epoch=1, verbose=0)
loss, metric = model.evaluate(X, target, verbose=0)
p = model.predict(X)
cosines = (p * target).sum(-1) / np.linalg.norm(p, axis=-1) / np.linalg.norm(target, axis=-1)
assert abs(loss + cosines.mean()) < 1e-5 and abs(metric - loss) < 1e-5
assert model.metrics_names == ['loss', 'cosine_proximity']
assert objectives.cosine_proximity is metrics.cosine_proximity
