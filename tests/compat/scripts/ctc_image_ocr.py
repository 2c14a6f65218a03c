from keras import backend as K
from keras.layers import Input, Dense, Activation, Reshape, Lambda, Conv2D, MaxPooling2D, GRU, add, concatenate
from keras.models import Model
from keras.optimizers import SGD
import numpy as np, itertools, keras
img_w, img_h, n_cls, absolute_max = 32, 16, 11, 4
def ctc_lambda_func(args):
    y_pred, labels, input_length, label_length = args
    y_pred = y_pred[:, 2:, :]
    return K.ctc_batch_cost(labels, y_pred, input_length, label_length)
input_data = Input(name='the_input', shape=(img_w, img_h, 1), dtype='float32')
inner = Conv2D(4, (3, 3), padding='same', activation='relu', kernel_initializer='he_normal', name='conv1')(input_data)
inner = MaxPooling2D(pool_size=(2, 2), name='max1')(inner)
inner = Reshape(target_shape=(img_w // 2, (img_h // 2) * 4), name='reshape')(inner)
inner = Dense(8, activation='relu', name='dense1')(inner)
gru_1 = GRU(8, return_sequences=True, kernel_initializer='he_normal', name='gru1')(inner)
gru_1b = GRU(8, return_sequences=True, go_backwards=True, kernel_initializer='he_normal', name='gru1_b')(inner)
gru1_merged = add([gru_1, gru_1b])
inner = Dense(n_cls, kernel_initializer='he_normal', name='dense2')(concatenate([gru1_merged, gru1_merged]))
y_pred = Activation('softmax', name='softmax')(inner)
Model(inputs=input_data, outputs=y_pred).summary()
labels = Input(name='the_labels', shape=[absolute_max], dtype='float32')
input_length = Input(name='input_length', shape=[1], dtype='int64')
label_length = Input(name='label_length', shape=[1], dtype='int64')
loss_out = Lambda(ctc_lambda_func, output_shape=(1,), name='ctc')([y_pred, labels, input_length, label_length])
sgd = SGD(lr=0.02, decay=1e-6, momentum=0.9, nesterov=True, clipnorm=5)
model = Model(inputs=[input_data, labels, input_length, label_length], outputs=loss_out)
model.compile(loss={'ctc': lambda y_true, y_pred: y_pred}, optimizer=sgd)
test_func = K.function([input_data], [y_pred])
n = 16
class G(object):
    def get(self):
        while True:
            inputs = {'the_input': np.random.rand(n, img_w, img_h, 1), 'the_labels': np.random.randint(0, 10, (n, absolute_max)).astype(float), 'input_length': np.full((n, 1), img_w // 2 - 2), 'label_length': np.full((n, 1), 3), 'source_str': ['x'] * n}
            inputs.pop('source_str')
            yield (inputs, {'ctc': np.zeros([n])})
def decode_batch(test_func, word_batch):
    out = test_func([word_batch])[0]
    ret = []
    for j in range(out.shape[0]):
        out_best = list(np.argmax(out[j, 2:], 1))
        ret.append([k for k, g in itertools.groupby(out_best)])
    return ret
class Viz(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs={}):
        self.model.save_weights('weights%02d.h5' % epoch)
        print(decode_batch(test_func, np.random.rand(2, img_w, img_h, 1)))
model.fit_generator(generator=G().get(), steps_per_epoch=2, epochs=2, validation_data=G().get(), validation_steps=1, callbacks=[Viz()], initial_epoch=0)
# ctc_decode
p = np.zeros((1, 5, 3), 'float32'); p[0, [0, 1, 2, 3, 4], [0, 0, 2, 1, 1]] = 1
dec, lp = K.ctc_decode(p, np.array([5]), greedy=True)
assert K.get_value(dec[0])[0].tolist() == [0, 1, -1, -1, -1]
# loss against a path summed by hand: T=2, labels [0], classes 0, blank 1
q = np.array([[[0.6, 0.4], [0.3, 0.7]]], 'float32')
got = K.eval(K.ctc_batch_cost(K.constant([[0.]]), K.constant(q), K.constant([[2]], dtype='int32'), K.constant([[1]], dtype='int32')))
want = -np.log(0.6 * 0.3 + 0.6 * 0.7 + 0.4 * 0.3)
np.testing.assert_allclose(got[0, 0], want, rtol=1e-4)
