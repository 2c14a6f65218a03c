from keras import backend as K, initializers, regularizers, constraints
from keras.engine.topology import Layer
from keras.layers import Input, Embedding, LSTM, Bidirectional, Dense, Dropout, SpatialDropout1D, CuDNNGRU, GlobalMaxPooling1D, GlobalAveragePooling1D, concatenate
from keras.models import Model, load_model
from keras.callbacks import Callback, EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
import numpy as np
def dot_product(x, kernel):
    if K.backend() == 'tensorflow':
        return K.squeeze(K.dot(x, K.expand_dims(kernel)), axis=-1)
    else:
        return K.dot(x, kernel)
class Attention(Layer):
    def __init__(self, step_dim, W_regularizer=None, b_regularizer=None, W_constraint=None, b_constraint=None, bias=True, **kwargs):
        self.supports_masking = True
        self.init = initializers.get('glorot_uniform')
        self.W_regularizer = regularizers.get(W_regularizer)
        self.b_regularizer = regularizers.get(b_regularizer)
        self.W_constraint = constraints.get(W_constraint)
        self.b_constraint = constraints.get(b_constraint)
        self.bias = bias
        self.step_dim = step_dim
        self.features_dim = 0
        super(Attention, self).__init__(**kwargs)
    def build(self, input_shape):
        assert len(input_shape) == 3
        self.W = self.add_weight((input_shape[-1],), initializer=self.init, name='{}_W'.format(self.name), regularizer=self.W_regularizer, constraint=self.W_constraint)
        self.features_dim = input_shape[-1]
        if self.bias:
            self.b = self.add_weight((input_shape[1],), initializer='zero', name='{}_b'.format(self.name), regularizer=self.b_regularizer, constraint=self.b_constraint)
        else:
            self.b = None
        self.built = True
    def compute_mask(self, input, input_mask=None):
        return None
    def call(self, x, mask=None):
        features_dim = self.features_dim
        step_dim = self.step_dim
        eij = K.reshape(K.dot(K.reshape(x, (-1, features_dim)), K.reshape(self.W, (features_dim, 1))), (-1, step_dim))
        if self.bias:
            eij += self.b
        eij = K.tanh(eij)
        a = K.exp(eij)
        if mask is not None:
            a *= K.cast(mask, K.floatx())
        a /= K.cast(K.sum(a, axis=1, keepdims=True) + K.epsilon(), K.floatx())
        a = K.expand_dims(a)
        weighted_input = x * a
        return K.sum(weighted_input, axis=1)
    def compute_output_shape(self, input_shape):
        return input_shape[0], self.features_dim
    def get_config(self):
        c = super(Attention, self).get_config(); c['step_dim'] = self.step_dim; return c
maxlen, max_features, embed_size = 12, 50, 8
embedding_matrix = np.random.normal(0, 1, (max_features, embed_size))
inp = Input(shape=(maxlen,))
x = Embedding(max_features, embed_size, weights=[embedding_matrix], trainable=False)(inp)
x = SpatialDropout1D(0.1)(x)
x = Bidirectional(LSTM(6, return_sequences=True, dropout=0.15, recurrent_dropout=0.15))(x)
y = Bidirectional(CuDNNGRU(4, return_sequences=True))(x)
a1 = Attention(maxlen)(x)
conc = concatenate([a1, Attention(maxlen)(y), GlobalAveragePooling1D()(y), GlobalMaxPooling1D()(y)])
out = Dense(6, activation='sigmoid')(Dropout(0.1)(conc))
model = Model(inputs=inp, outputs=out)
def f1(y_true, y_pred):
    def recall(y_true, y_pred):
        tp = K.sum(K.round(K.clip(y_true * y_pred, 0, 1))); pp = K.sum(K.round(K.clip(y_true, 0, 1)))
        return tp / (pp + K.epsilon())
    def precision(y_true, y_pred):
        tp = K.sum(K.round(K.clip(y_true * y_pred, 0, 1))); pp = K.sum(K.round(K.clip(y_pred, 0, 1)))
        return tp / (pp + K.epsilon())
    p = precision(y_true, y_pred); r = recall(y_true, y_pred)
    return 2 * ((p * r) / (p + r + K.epsilon()))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy', f1])
print(model.summary())
class CyclicLR(Callback):
    def __init__(self, base_lr=0.001, max_lr=0.006, step_size=2000., mode='triangular', gamma=1., scale_fn=None, scale_mode='cycle'):
        super(CyclicLR, self).__init__()
        self.base_lr = base_lr; self.max_lr = max_lr; self.step_size = step_size; self.mode = mode; self.gamma = gamma
        self.scale_fn = lambda x: 1.; self.scale_mode = 'cycle'
        self.clr_iterations = 0.; self.trn_iterations = 0.; self.history = {}
    def clr(self):
        cycle = np.floor(1 + self.clr_iterations / (2 * self.step_size))
        x = np.abs(self.clr_iterations / self.step_size - 2 * cycle + 1)
        return self.base_lr + (self.max_lr - self.base_lr) * np.maximum(0, (1 - x)) * self.scale_fn(cycle)
    def on_train_begin(self, logs={}):
        K.set_value(self.model.optimizer.lr, self.base_lr if self.clr_iterations == 0 else self.clr())
    def on_batch_end(self, epoch, logs=None):
        logs = logs or {}
        self.trn_iterations += 1; self.clr_iterations += 1
        K.set_value(self.model.optimizer.lr, self.clr())
        self.history.setdefault('lr', []).append(K.get_value(self.model.optimizer.lr))
        for k, v in logs.items():
            self.history.setdefault(k, []).append(v)
from sklearn.metrics import roc_auc_score
class RocAucEvaluation(Callback):
    def __init__(self, validation_data=(), interval=1):
        super(Callback, self).__init__()
        self.interval = interval
        self.X_val, self.y_val = validation_data
    def on_epoch_end(self, epoch, logs={}):
        if epoch % self.interval == 0:
            y_pred = self.model.predict(self.X_val, verbose=0)
            print("\n ROC-AUC - epoch: %d - score: %.6f \n" % (epoch + 1, roc_auc_score(self.y_val, y_pred)))
X = np.random.randint(0, max_features, (64, maxlen)); Y = np.random.randint(0, 2, (64, 6))
clr = CyclicLR(base_lr=0.001, max_lr=0.003, step_size=3., mode='exp_range', gamma=0.99994)
model.fit(X, Y, batch_size=16, epochs=2, validation_data=(X, Y), callbacks=[RocAucEvaluation((X, Y)), clr, ModelCheckpoint('best.hdf5', monitor='val_f1', save_best_only=True, mode='max'), EarlyStopping(patience=3), ReduceLROnPlateau(patience=1)], verbose=1)
assert abs(clr.history['lr'][0] - (0.001 + 0.002 / 3)) < 1e-6
m = load_model('best.hdf5', custom_objects={'Attention': Attention, 'f1': f1})
np.testing.assert_allclose(m.predict(X).shape, (64, 6))
# numbers of the layer against numpy
xx = np.random.rand(2, maxlen, 12).astype('float32')
lay = Attention(maxlen); got = K.eval(lay(K.variable(xx)))
w, b = [K.get_value(v) for v in lay.weights]
e = np.exp(np.tanh(xx @ w + b)); a = e / (e.sum(1, keepdims=True) + 1e-7)
np.testing.assert_allclose(got, (xx * a[..., None]).sum(1), rtol=1e-4)
