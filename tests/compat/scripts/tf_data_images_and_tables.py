import tensorflow as tf, numpy as np, os, pathlib, csv
from PIL import Image
from tensorflow.keras import layers
for c in ('a', 'b'):
    os.makedirs('flowers/' + c, exist_ok=True)
    for i in range(8): Image.fromarray(np.random.randint(0, 255, (20, 24, 3), 'uint8')).save('flowers/%s/%d.png' % (c, i))
data_dir = pathlib.Path('flowers'); image_count = len(list(data_dir.glob('*/*.png'))); print(image_count)
train_ds = tf.keras.preprocessing.image_dataset_from_directory(data_dir, validation_split=0.25, subset="training", seed=123, image_size=(16, 16), batch_size=4)
val_ds = tf.keras.preprocessing.image_dataset_from_directory(data_dir, validation_split=0.25, subset="validation", seed=123, image_size=(16, 16), batch_size=4)
class_names = train_ds.class_names; print(class_names)
for images, labels in train_ds.take(1): print(images[0].numpy().astype("uint8").shape, class_names[labels[0]])
AUTOTUNE = tf.data.AUTOTUNE
train_ds = train_ds.cache().shuffle(100).prefetch(buffer_size=AUTOTUNE); val_ds = val_ds.cache().prefetch(buffer_size=AUTOTUNE)
normalization_layer = layers.experimental.preprocessing.Rescaling(1. / 255)
normalized_ds = train_ds.map(lambda x, y: (normalization_layer(x), y)); image_batch, labels_batch = next(iter(normalized_ds)); assert np.max(image_batch[0]) <= 1
data_augmentation = tf.keras.Sequential([layers.experimental.preprocessing.RandomFlip("horizontal", input_shape=(16, 16, 3)), layers.experimental.preprocessing.RandomRotation(0.1), layers.experimental.preprocessing.RandomZoom(0.1)])
model = tf.keras.Sequential([data_augmentation, layers.experimental.preprocessing.Rescaling(1. / 255), layers.Conv2D(4, 3, padding='same', activation='relu'), layers.MaxPooling2D(), layers.Dropout(0.2), layers.Flatten(), layers.Dense(2)])
model.compile(optimizer='adam', loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
model.summary(); model.fit(train_ds, validation_data=val_ds, epochs=1)
# by hand
list_ds = tf.data.Dataset.list_files(str(data_dir / '*/*'), shuffle=False)
def get_label(file_path):
    parts = tf.strings.split(file_path, os.path.sep); return tf.argmax(parts[-2] == class_names)
def process_path(file_path):
    label = get_label(file_path); img = tf.io.read_file(file_path); img = tf.image.decode_png(img, channels=3); img = tf.image.convert_image_dtype(img, tf.float32)
    return tf.image.resize(img, [16, 16]), label
ds = list_ds.map(process_path, num_parallel_calls=AUTOTUNE).batch(16)
for im, lb in ds: assert im.shape == (16, 16, 16, 3) and sorted(lb.numpy().tolist()) == [0] * 8 + [1] * 8 and float(tf.reduce_max(im)) <= 1
# csv, generators, windows
with open('t.csv', 'w') as f:
    f.write('a,b,y\n'); [f.write('%f,%f,%d\n' % (i, 2 * i, i % 2)) for i in range(20)]
d = tf.data.experimental.make_csv_dataset('t.csv', batch_size=5, label_name='y', num_epochs=1, shuffle=False)
feats, lab = next(iter(d)); print({k: v.numpy() for k, v in feats.items()}, lab.numpy())
def windowed(series, window, batch):
    ds = tf.data.Dataset.from_tensor_slices(series); ds = ds.window(window + 1, shift=1, drop_remainder=True); ds = ds.flat_map(lambda w: w.batch(window + 1)); ds = ds.shuffle(100).map(lambda w: (w[:-1], w[-1])); return ds.batch(batch).prefetch(1)
series = np.arange(30, dtype='float32')
for a, b in windowed(series, 5, 4): np.testing.assert_allclose(a[:, -1] + 1, b)
m = tf.keras.models.Sequential([tf.keras.layers.Lambda(lambda x: tf.expand_dims(x, axis=-1), input_shape=[None]), tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(4, return_sequences=True)), tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(4)), tf.keras.layers.Dense(1), tf.keras.layers.Lambda(lambda x: x * 100.0)])
lr_schedule = tf.keras.callbacks.LearningRateScheduler(lambda epoch: 1e-8 * 10 ** (epoch / 20))
m.compile(loss=tf.keras.losses.Huber(), optimizer=tf.keras.optimizers.SGD(lr=1e-8, momentum=0.9), metrics=["mae"]); m.fit(windowed(series, 5, 4), epochs=1, callbacks=[lr_schedule])
g = tf.data.Dataset.from_generator(lambda: ((np.ones(3), i) for i in range(4)), output_types=(tf.float32, tf.int32), output_shapes=((3,), ()))
print(list(g.batch(2).as_numpy_iterator())[0], len(list(tf.data.Dataset.range(10).filter(lambda x: x % 2 == 0))), tf.data.experimental.cardinality(ds))
