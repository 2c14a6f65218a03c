import numpy as np
from keras.models import Model, load_model
from keras.layers import Input, Conv2D, MaxPooling2D, UpSampling2D, Conv2DTranspose, Dropout, concatenate, Cropping2D, ZeroPadding2D
from keras.layers.core import Lambda
from keras.optimizers import Adam
from keras.callbacks import EarlyStopping, ModelCheckpoint
from keras import backend as K
smooth = 1.
def dice_coef(y_true, y_pred):
    y_true_f = K.flatten(y_true)
    y_pred_f = K.flatten(y_pred)
    intersection = K.sum(y_true_f * y_pred_f)
    return (2. * intersection + smooth) / (K.sum(y_true_f) + K.sum(y_pred_f) + smooth)
def dice_coef_loss(y_true, y_pred):
    return -dice_coef(y_true, y_pred)
def scaled(x):
    return x / 255
def get_unet():
    inputs = Input((16, 16, 1))
    s = Lambda(scaled)(inputs)
    conv1 = Conv2D(4, (3, 3), activation='elu', kernel_initializer='he_normal', padding='same')(s)
    conv1 = Dropout(0.1)(conv1)
    pool1 = MaxPooling2D(pool_size=(2, 2))(conv1)
    conv2 = Conv2D(8, (3, 3), activation='relu', padding='same')(pool1)
    pool2 = MaxPooling2D((2, 2))(conv2)
    conv3 = Conv2D(8, 3, activation='relu', padding='same')(pool2)
    up4 = concatenate([UpSampling2D(size=(2, 2))(conv3), conv2], axis=3)
    conv4 = Conv2D(8, (3, 3), activation='relu', padding='same')(up4)
    up5 = concatenate([Conv2DTranspose(4, (2, 2), strides=(2, 2), padding='same')(conv4), conv1], axis=-1)
    outputs = Conv2D(1, (1, 1), activation='sigmoid')(up5)
    model = Model(inputs=[inputs], outputs=[outputs])
    model.compile(optimizer=Adam(lr=1e-3), loss=dice_coef_loss, metrics=[dice_coef])
    return model
model = get_unet()
X, Y = np.random.randint(0, 256, (6, 16, 16, 1), dtype=np.uint8), (np.random.rand(6, 16, 16, 1) > 0.5).astype(bool)
results = model.fit(X, Y, validation_split=0.34, batch_size=2, epochs=2, verbose=0,
                    callbacks=[EarlyStopping(patience=5, verbose=1), ModelCheckpoint('unet.h5', verbose=0, save_best_only=True)])
assert 'val_dice_coef' in results.history
model.save('unet_last.h5')
again = load_model('unet_last.h5', custom_objects={'dice_coef': dice_coef, 'dice_coef_loss': dice_coef_loss, 'scaled': scaled})
preds = again.predict(X, verbose=0)
assert np.allclose(preds, model.predict(X), atol=1e-6)
preds_t = (preds > 0.5).astype(np.uint8)
