import os
import numpy as np
from keras.preprocessing.image import ImageDataGenerator, array_to_img, img_to_array, load_img
from keras.models import Sequential
from keras.layers import Conv2D, MaxPooling2D, Activation, Dropout, Flatten, Dense
from keras import backend as K
from keras import optimizers
base_dir = 'cats_and_dogs_small'
for part, n in (('train', 4), ('validation', 2), ('test', 2)):
    for kind in ('cats', 'dogs'):
        os.makedirs(os.path.join(base_dir, part, kind))
        for i in range(n):
            array_to_img(np.random.rand(20, 24, 3) * 255).save(os.path.join(base_dir, part, kind, '%s.%d.jpg' % (kind, i)))
train_dir, validation_dir, test_dir = [os.path.join(base_dir, p) for p in ('train', 'validation', 'test')]
img_width, img_height = 16, 16
if K.image_data_format() == 'channels_first':
    input_shape = (3, img_width, img_height)
else:
    input_shape = (img_width, img_height, 3)
model = Sequential()
model.add(Conv2D(4, (3, 3), input_shape=input_shape))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dropout(0.5))
model.add(Dense(1, activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer=optimizers.RMSprop(lr=1e-4), metrics=['acc'])
train_datagen = ImageDataGenerator(rescale=1. / 255, shear_range=0.2, zoom_range=0.2, horizontal_flip=True)
test_datagen = ImageDataGenerator(rescale=1. / 255)
train_generator = train_datagen.flow_from_directory(train_dir, target_size=(img_width, img_height), batch_size=4, class_mode='binary')
validation_generator = test_datagen.flow_from_directory(validation_dir, target_size=(img_width, img_height), batch_size=2, class_mode='binary')
for data_batch, labels_batch in train_generator:
    print('data batch shape:', data_batch.shape)
    assert labels_batch.shape == (4,)
    break
history = model.fit_generator(train_generator, steps_per_epoch=2, epochs=1, validation_data=validation_generator, validation_steps=2, verbose=0)
acc, val_acc = history.history['acc'], history.history['val_acc']
model.save_weights('first_try.h5')
test_generator = test_datagen.flow_from_directory(test_dir, target_size=(16, 16), batch_size=1, class_mode=None, shuffle=False)
test_generator.reset()
pred = model.predict_generator(test_generator, steps=len(test_generator), verbose=0)
predicted = (pred > 0.5).astype(int)[:, 0]
labels = dict((v, k) for k, v in train_generator.class_indices.items())
assert [labels[k] for k in predicted] and len(test_generator.filenames) == 4
img = load_img(os.path.join(train_dir, 'cats', 'cats.0.jpg'), target_size=(16, 16))
x = np.expand_dims(img_to_array(img), axis=0)
i = 0
os.makedirs('preview')
for batch in train_datagen.flow(x, batch_size=1, save_to_dir='preview', save_prefix='cat', save_format='jpeg'):
    i += 1
    if i > 2:
        break
assert len(os.listdir('preview')) >= 2
test_loss, test_acc = model.evaluate_generator(validation_generator, steps=2)
print(model.predict_classes(x).shape, train_generator.samples, train_generator.n, train_generator.num_classes)
