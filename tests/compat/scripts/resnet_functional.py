import numpy as np
import keras
from keras.layers import Dense, Conv2D, BatchNormalization, Activation
from keras.layers import AveragePooling2D, Input, Flatten, add
from keras.optimizers import Adam
from keras.callbacks import ModelCheckpoint, LearningRateScheduler, ReduceLROnPlateau
from keras.regularizers import l2
from keras.models import Model
def lr_schedule(epoch):
    lr = 1e-3
    if epoch > 1:
        lr *= 1e-1
    print('Learning rate: ', lr)
    return lr
def resnet_layer(inputs, num_filters=4, kernel_size=3, strides=1, activation='relu', batch_normalization=True, conv_first=True):
    conv = Conv2D(num_filters, kernel_size=kernel_size, strides=strides, padding='same', kernel_initializer='he_normal', kernel_regularizer=l2(1e-4))
    x = inputs
    x = conv(x)
    if batch_normalization:
        x = BatchNormalization()(x)
    if activation is not None:
        x = Activation(activation)(x)
    return x
inputs = Input(shape=(8, 8, 3))
x = resnet_layer(inputs=inputs)
num_filters = 4
for stack in range(2):
    strides = 1 if stack == 0 else 2
    y = resnet_layer(inputs=x, num_filters=num_filters, strides=strides)
    y = resnet_layer(inputs=y, num_filters=num_filters, activation=None)
    if stack > 0:
        x = resnet_layer(inputs=x, num_filters=num_filters, kernel_size=1, strides=strides, activation=None, batch_normalization=False)
    x = keras.layers.add([x, y])
    x = Activation('relu')(x)
    num_filters *= 2
x = AveragePooling2D(pool_size=4)(x)
y = Flatten()(x)
outputs = Dense(10, activation='softmax', kernel_initializer='he_normal')(y)
model = Model(inputs=inputs, outputs=outputs)
model.compile(loss='categorical_crossentropy', optimizer=Adam(learning_rate=lr_schedule(0)), metrics=['accuracy'])
model.summary()
x_train, y_train = np.random.rand(6, 8, 8, 3), keras.utils.to_categorical(np.arange(6), 10)
checkpoint = ModelCheckpoint(filepath='resnet_model.{epoch:03d}.h5', monitor='val_acc', verbose=1, save_best_only=True)
lr_scheduler = LearningRateScheduler(lr_schedule)
lr_reducer = ReduceLROnPlateau(factor=np.sqrt(0.1), cooldown=0, patience=5, min_lr=0.5e-6)
model.fit(x_train, y_train, batch_size=3, epochs=1, validation_data=(x_train, y_train), shuffle=True, callbacks=[checkpoint, lr_reducer, lr_scheduler], verbose=0)
scores = model.evaluate(x_train, y_train, verbose=1)
