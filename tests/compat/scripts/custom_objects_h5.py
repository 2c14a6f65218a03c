import json
import numpy as np
import keras
from keras.models import Sequential, load_model, model_from_json
from keras.layers import Dense, Activation, BatchNormalization, Dropout, Layer
from keras.utils.generic_utils import get_custom_objects, CustomObjectScope
from keras.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau, CSVLogger
from keras import backend as K
def swish(x):
    return x * K.sigmoid(x)
def rmse(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1))
class Scale(Layer):
    def __init__(self, factor=2., **kwargs):
        self.factor = factor
        super(Scale, self).__init__(**kwargs)
    def call(self, inputs):
        return inputs * self.factor
    def get_config(self):
        config = {'factor': self.factor}
        base_config = super(Scale, self).get_config()
        return dict(list(base_config.items()) + list(config.items()))
get_custom_objects().update({'my_swish': Activation(swish)})
X, y = np.random.rand(20, 4), np.random.rand(20)
model = Sequential()
model.add(Dense(8, input_dim=4, kernel_initializer='he_uniform'))
model.add(Activation(swish, name='swish_activation'))
model.add(BatchNormalization())
model.add(Dropout(0.2))
model.add(Scale(3.))
model.add(Dense(1))
model.compile(loss=rmse, optimizer='adam', metrics=[rmse, 'mae'])
callbacks = [EarlyStopping(monitor='val_loss', patience=2, verbose=1, restore_best_weights=True),
             ModelCheckpoint('best.hdf5', monitor='val_loss', save_best_only=True, save_weights_only=False, mode='auto', period=1),
             ModelCheckpoint('weights.{epoch:02d}-{val_loss:.2f}.h5', save_weights_only=True),
             ReduceLROnPlateau(monitor='val_loss', factor=0.2, patience=1, verbose=1, min_delta=1e-4, min_lr=1e-6),
             CSVLogger('training.log', separator=',', append=False)]
hist = model.fit(X, y, validation_split=0.2, epochs=3, batch_size=8, verbose=0, callbacks=callbacks)
assert 'lr' in hist.history
with open('training.log') as f:
    lines = f.read().splitlines()
assert lines[0].startswith('epoch,') and len(lines) == 4
model.save('my_model.h5')
loaded = load_model('my_model.h5', custom_objects={'swish': swish, 'rmse': rmse, 'Scale': Scale})
assert np.allclose(loaded.predict(X), model.predict(X), atol=1e-6)
best = load_model('best.hdf5', custom_objects={'swish': swish, 'rmse': rmse, 'Scale': Scale})
with open('model.json', 'w') as f:
    f.write(model.to_json())
json_file = open('model.json', 'r')
loaded_model_json = json_file.read()
json_file.close()
with CustomObjectScope({'swish': swish, 'Scale': Scale}):
    again = model_from_json(loaded_model_json)
model.save_weights('w.h5')
again.load_weights('w.h5')
assert np.allclose(again.predict(X), model.predict(X), atol=1e-6)
