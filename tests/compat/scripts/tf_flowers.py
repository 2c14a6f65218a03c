import os
import pathlib
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
from tensorflow.keras.models import Sequential
data_dir = pathlib.Path('flower_photos')
for kind in ('daisy', 'roses'):
    (data_dir / kind).mkdir(parents=True)
    for i in range(6):
        tf.keras.preprocessing.image.save_img(str(data_dir / kind / ('%d.jpg' % i)), np.random.rand(20, 20, 3) * 255)
image_count = len(list(data_dir.glob('*/*.jpg')))
batch_size, img_height, img_width = 4, 16, 16
train_ds = tf.keras.preprocessing.image_dataset_from_directory(data_dir, validation_split=0.34, subset="training", seed=123, image_size=(img_height, img_width), batch_size=batch_size)
val_ds = tf.keras.utils.image_dataset_from_directory(data_dir, validation_split=0.34, subset="validation", seed=123, image_size=(img_height, img_width), batch_size=batch_size)
class_names = train_ds.class_names
assert class_names == ['daisy', 'roses']
for image_batch, labels_batch in train_ds:
    print(image_batch.shape, labels_batch.shape)
    break
for images, labels in train_ds.take(1):
    images[0].numpy().astype("uint8")
AUTOTUNE = tf.data.AUTOTUNE
normalization_layer = layers.experimental.preprocessing.Rescaling(1./255)
normalized_ds = train_ds.map(lambda x, y: (normalization_layer(x), y))
image_batch, labels_batch = next(iter(normalized_ds))
first_image = image_batch[0]
assert np.max(first_image) <= 1.
train_ds = train_ds.cache().shuffle(10).prefetch(buffer_size=AUTOTUNE)
val_ds = val_ds.cache().prefetch(buffer_size=tf.data.experimental.AUTOTUNE)
data_augmentation = keras.Sequential([
    layers.experimental.preprocessing.RandomFlip("horizontal", input_shape=(img_height, img_width, 3)),
    layers.RandomRotation(0.1),
    layers.RandomZoom(0.1)])
model = Sequential([
    data_augmentation,
    layers.Rescaling(1./255),
    layers.Conv2D(4, 3, padding='same', activation='relu'),
    layers.MaxPooling2D(),
    layers.Dropout(0.2),
    layers.Flatten(),
    layers.Dense(len(class_names))])
model.compile(optimizer='adam', loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
history = model.fit(train_ds, validation_data=val_ds, epochs=1, verbose=0)
assert 'val_accuracy' in history.history
img = keras.preprocessing.image.load_img(str(data_dir / 'roses' / '0.jpg'), target_size=(img_height, img_width))
img_array = keras.preprocessing.image.img_to_array(img)
img_array = tf.expand_dims(img_array, 0)
predictions = model.predict(img_array)
score = tf.nn.softmax(predictions[0])
print("{} with a {:.2f} percent confidence.".format(class_names[np.argmax(score)], 100 * np.max(score)))
y = tf.keras.utils.to_categorical([0, 1, 2], num_classes=3)
ds = tf.data.Dataset.from_tensor_slices((np.random.rand(8, 4, 4, 1).astype('float32'), np.arange(8) % 2))
def scale(image, label):
    return tf.cast(image, tf.float32) / 255., label
ds = ds.map(scale, num_parallel_calls=AUTOTUNE).cache().repeat(2).batch(4, drop_remainder=True).prefetch(AUTOTUNE)
assert len(list(ds.as_numpy_iterator())) == 4
small = tf.keras.Sequential([tf.keras.layers.Flatten(input_shape=(4, 4, 1)), tf.keras.layers.Dense(1, activation='sigmoid')])
small.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=1e-3), loss='binary_crossentropy', metrics=[tf.keras.metrics.BinaryAccuracy(name='accuracy'), tf.keras.metrics.AUC(name='auc')])
small.fit(ds, validation_data=ds, epochs=1, steps_per_epoch=2, validation_steps=1, verbose=0)
small.evaluate(ds, verbose=0)
