from __future__ import absolute_import, print_function
import numpy as np
from keras.models import Sequential, Model, model_from_json
from keras.layers.core import *
from keras.layers.convolutional import Convolution1D, MaxPooling1D, Convolution2D, MaxPooling2D, ZeroPadding2D, AveragePooling2D, UpSampling1D, UpSampling2D, Cropping2D
from keras.layers.recurrent import SimpleRNN, LSTM, GRU
from keras.layers.embeddings import Embedding
from keras.layers.normalization import BatchNormalization
from keras.layers.wrappers import TimeDistributed, Bidirectional
from keras.layers.noise import GaussianNoise
from keras.layers import Input, merge, Merge, InputLayer
from keras.optimizers import SGD, RMSprop, Adagrad, Adadelta, Adam, Adamax
from keras.regularizers import l1, l2, l1l2, activity_l2, activity_l1
from keras.constraints import maxnorm, nonneg, unitnorm
from keras.utils import np_utils, generic_utils
from keras.utils.np_utils import to_categorical
from keras.utils.generic_utils import Progbar
from keras.preprocessing import sequence, text
from keras.preprocessing.image import ImageDataGenerator
from keras.callbacks import ModelCheckpoint, EarlyStopping, History, RemoteMonitor, LearningRateScheduler
from keras.objectives import mse, categorical_crossentropy
from keras import backend as K
from keras.initializations import uniform, glorot_uniform, normal
nb_classes = 3; np.random.seed(0)
X = np.random.rand(24, 1, 12, 12).astype('float32'); y = np.random.randint(0, 3, 24); Y = np_utils.to_categorical(y, nb_classes)
K.set_image_dim_ordering('th')
m = Sequential()
m.add(Convolution2D(8, 3, 3, border_mode='full', input_shape=(1, 12, 12), W_constraint=maxnorm(2)))
m.add(Activation('relu')); m.add(Convolution2D(8, 3, 3)); m.add(Activation('relu')); m.add(MaxPooling2D(poolsize=(2, 2)) if 0 else MaxPooling2D(pool_size=(2, 2), strides=(2, 2))); m.add(Dropout(0.25))
m.add(Flatten()); m.add(Dense(16, W_regularizer=l2(.01), activity_regularizer=activity_l2(.001))); m.add(Activation('relu')); m.add(BatchNormalization()); m.add(Dropout(0.5)); m.add(Dense(nb_classes)); m.add(Activation('softmax'))
sgd = SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=True)
m.compile(loss='categorical_crossentropy', optimizer=sgd, metrics=['accuracy'])
h = m.fit(X, Y, batch_size=8, nb_epoch=1, validation_split=0.2, verbose=0, shuffle=True); print(h.history)
score = m.evaluate(X, Y, verbose=0, batch_size=8); print('Test score:', score[0], score[1])
progbar = generic_utils.Progbar(X.shape[0])
for e in range(1):
    for i in range(3):
        loss = m.train_on_batch(X[i*8:(i+1)*8], Y[i*8:(i+1)*8]); progbar.add(8, values=[("train loss", loss[0])])
d = ImageDataGenerator(featurewise_center=True, featurewise_std_normalization=True, rotation_range=20, width_shift_range=0.2, height_shift_range=0.2, horizontal_flip=True); d.fit(X)
m.fit_generator(d.flow(X, Y, batch_size=8), samples_per_epoch=len(X), nb_epoch=1, validation_data=(X, Y), nb_worker=1, verbose=0)
m.predict_classes(X, verbose=0); m.save_weights('k1.h5', overwrite=True); open('k1.json', 'w').write(m.to_json()); q = model_from_json(open('k1.json').read()); q.load_weights('k1.h5')
K.set_image_dim_ordering('tf')
r = Sequential(); r.add(Embedding(30, 8, input_length=7, mask_zero=True, init='uniform', W_constraint=None)); r.add(Bidirectional(LSTM(output_dim=6, init='glorot_uniform', inner_init='orthogonal', activation='tanh', inner_activation='hard_sigmoid', return_sequences=True, dropout_W=0.1, dropout_U=0.1, consume_less='gpu'), merge_mode='concat')); r.add(TimeDistributed(Dense(5, activation='softmax')))
r.compile('rmsprop', 'categorical_crossentropy', sample_weight_mode='temporal'); r.fit(np.random.randint(1, 30, (8, 7)), np.eye(5)[np.random.randint(0, 5, (8, 7))], nb_epoch=1, sample_weight=np.ones((8, 7)), verbose=0)
ed = Sequential(); ed.add(GRU(8, input_shape=(5, 4))); ed.add(RepeatVector(5)); ed.add(GRU(8, return_sequences=True, go_backwards=True)); ed.add(TimeDistributedDense(4) if 'TimeDistributedDense' in globals() else TimeDistributed(Dense(4))); ed.compile(loss='mse', optimizer=Adadelta(lr=1.0, rho=0.95, epsilon=1e-06)); D = np.random.rand(8, 5, 4); ed.fit(D, D, nb_epoch=1, verbose=0)
l, rr = Sequential(), Sequential(); l.add(Dense(4, input_dim=6, activation='tanh')); rr.add(Reshape((6,), input_shape=(2, 3))); rr.add(Dense(4))
mm = Sequential(); mm.add(Merge([l, rr], mode='sum')); mm.add(Dense(1, init='normal', bias=False)); mm.compile('adam', 'mse'); mm.fit([np.random.rand(8, 6), np.random.rand(8, 2, 3)], np.random.rand(8, 1), nb_epoch=1, verbose=0)
mm2 = Sequential(); mm2.add(Merge([l, rr], mode='dot', dot_axes=1)); mm2.compile('sgd', 'mse')
conv = Sequential([Convolution1D(4, 3, input_shape=(10, 2), border_mode='same', activation='relu'), MaxPooling1D(2), Lambda(lambda x: K.max(x, axis=1), output_shape=(4,)), Highway(), Dense(1)]) if 'Highway' in globals() else None
if conv: conv.compile('adam', 'mse'); conv.fit(np.random.rand(8, 10, 2), np.random.rand(8), nb_epoch=1, verbose=0)
f = K.function([m.layers[0].input, K.learning_phase()], [m.layers[6].output]); print(f([X[:2], 0])[0].shape)
print(m.layers[0].get_weights()[0].shape, m.layers[0].output_shape, m.layers[0].name, [w.name for w in m.layers[0].weights] if hasattr(m.layers[0], 'weights') else 0, m.optimizer.lr.get_value())
