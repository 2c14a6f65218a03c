# Keras 2.2: a stateful layer is a metric that counts itself, and tells its last value.
import numpy as np
from keras import backend as K
from keras.layers import Dense, Layer
from keras.models import Sequential


class BinaryTruePositives(Layer):
    def __init__(self, name='true_positives', **kwargs):
        super(BinaryTruePositives, self).__init__(name=name, **kwargs)
        self.stateful = True
        self.true_positives = K.variable(value=0, dtype='int32')

    def reset_states(self):
        K.set_value(self.true_positives, 0)

    def __call__(self, y_true, y_pred):
        y_true = K.cast(y_true, 'int32')
        y_pred = K.cast(K.round(y_pred), 'int32')
        correct_preds = K.cast(K.equal(y_pred, y_true), 'int32')
        true_pos = K.cast(K.sum(correct_preds * y_true), 'int32')
        current_true_pos = self.true_positives * 1
        self.add_update(K.update_add(self.true_positives, true_pos), inputs=[y_true, y_pred])
        return current_true_pos + true_pos


model = Sequential([Dense(1, activation='sigmoid', input_shape=(3,))])
model.compile('sgd', 'binary_crossentropy', metrics=['acc', BinaryTruePositives()])
x = np.random.randn(100, 3)
y = (x.sum(axis=1, keepdims=True) > 0).astype('float32')
history = model.fit(x, y, batch_size=20, epochs=2, verbose=0, validation_data=(x, y)).history
expected = int((np.round(model.predict(x)) * y).sum())
for _ in range(2):
    assert model.evaluate(x, y, batch_size=20, verbose=0)[-1] == expected
assert history['val_true_positives'][-1] == expected
assert max(history['true_positives']) <= y.sum()
