import numpy as np
import keras
from keras import backend as K
from keras.callbacks import Callback
from keras.engine.topology import Layer
from keras.layers import Dense, Input, Dropout
from keras.models import Sequential, Model, load_model, model_from_json, model_from_yaml
from keras.utils.generic_utils import get_custom_objects, CustomObjectScope

def recall_m(y_true, y_pred):
    true_positives = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    possible_positives = K.sum(K.round(K.clip(y_true, 0, 1)))
    return true_positives / (possible_positives + K.epsilon())

def precision_m(y_true, y_pred):
    true_positives = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    predicted_positives = K.sum(K.round(K.clip(y_pred, 0, 1)))
    return true_positives / (predicted_positives + K.epsilon())

def f1_m(y_true, y_pred):
    precision, recall = precision_m(y_true, y_pred), recall_m(y_true, y_pred)
    return 2 * ((precision * recall) / (precision + recall + K.epsilon()))

def focal_loss(gamma=2., alpha=.25):
    def focal_loss_fixed(y_true, y_pred):
        y_pred = K.clip(y_pred, K.epsilon(), 1. - K.epsilon())
        pt_1 = K.switch(K.equal(y_true, 1), y_pred, K.ones_like(y_pred))
        pt_0 = K.switch(K.equal(y_true, 0), y_pred, K.zeros_like(y_pred))
        return -K.mean(alpha * K.pow(1. - pt_1, gamma) * K.log(pt_1)) - K.mean((1 - alpha) * K.pow(pt_0, gamma) * K.log(1. - pt_0 + K.epsilon()))
    return focal_loss_fixed

class Antirectifier(Layer):
    def __init__(self, scale=1.0, **kwargs):
        self.scale = scale
        super(Antirectifier, self).__init__(**kwargs)
    def build(self, input_shape):
        assert len(input_shape) == 2
        self.W = self.add_weight(shape=(input_shape[-1],), initializer='ones', name='{}_W'.format(self.name), trainable=True)
        self.b = K.variable(np.zeros(input_shape[-1]), name='b')
        self.seen = K.variable(0., name='seen')
        self.trainable_weights = [self.W, self.b]
        self.built = True
    def call(self, inputs, mask=None):
        inputs = (inputs - K.mean(inputs, axis=1, keepdims=True)) * self.W + self.b
        inputs = K.l2_normalize(inputs, axis=1)
        return self.scale * K.concatenate([K.relu(inputs), K.relu(-inputs)], axis=1)
    def get_output_shape_for(self, input_shape):
        return (input_shape[0], input_shape[1] * 2)
    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[1] * 2)
    def get_config(self):
        base_config = super(Antirectifier, self).get_config()
        return dict(list(base_config.items()) + list({'scale': self.scale}.items()))

class LossHistory(Callback):
    def on_train_begin(self, logs={}):
        self.losses, self.f1s = [], []
    def on_batch_end(self, batch, logs={}):
        self.losses.append(logs.get('loss'))
    def on_epoch_end(self, epoch, logs={}):
        predict = np.asarray(self.model.predict(self.validation_data[0] if getattr(self, 'validation_data', None) else X)).round()
        self.f1s.append(predict.mean())
        if logs.get('f1_m') > 2:
            self.model.stop_training = True

X, y = np.random.rand(16, 4), np.arange(16) % 2
model = Sequential()
model.add(Dense(6, input_dim=4, activation='relu'))
model.add(Antirectifier(scale=2.0))
assert len(model.layers[1].trainable_weights) == 2 and len(model.layers[1].non_trainable_weights) == 1
model.add(Dense(1, activation='sigmoid'))
model.compile(loss=focal_loss(gamma=2), optimizer='adam', metrics=['accuracy', f1_m, precision_m, recall_m])
history = LossHistory()
model.fit(X, y, batch_size=8, epochs=2, verbose=0, callbacks=[history], validation_split=0.25)
assert len(history.losses) == 4 and len(history.f1s) == 2
loss, accuracy, f1_score, precision, recall = model.evaluate(X, y, verbose=0)
model.save('model.h5')
again = load_model('model.h5', custom_objects={'Antirectifier': Antirectifier, 'focal_loss_fixed': focal_loss(), 'f1_m': f1_m, 'precision_m': precision_m, 'recall_m': recall_m})
assert np.allclose(again.predict(X), model.predict(X)) and again.layers[1].scale == 2.0
model_json = model.to_json()
with open("model.json", "w") as json_file:
    json_file.write(model_json)
model.save_weights("weights.h5")
json_file = open('model.json', 'r')
loaded_model_json = json_file.read()
json_file.close()
loaded_model = model_from_json(loaded_model_json, custom_objects={'Antirectifier': Antirectifier})
loaded_model.load_weights("weights.h5")
loaded_model.compile(loss='binary_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
score = loaded_model.evaluate(X, y, verbose=0)
print("%s: %.2f%%" % (loaded_model.metrics_names[1], score[1]*100))
assert np.allclose(loaded_model.predict_proba(X), model.predict(X))
with CustomObjectScope({'Antirectifier': Antirectifier}):
    other = Sequential.from_config(model.get_config())
get_custom_objects().update({'twice': lambda x: 2 * x})
assert Dense(2, activation='twice', input_dim=2).activation is not None
