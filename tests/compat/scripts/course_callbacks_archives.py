# What courses of 2019 begin with: training that ends at an accuracy, and archives that are fetched.
import os
import pathlib
import tarfile
import zipfile

import numpy as np
import tensorflow as tf

seen = []


class myCallback(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs={}):
        seen.append(logs.get('acc'))
        logs['score'] = 2 * logs['acc']
        if logs.get('acc') > 0.6:
            print("\nReached 60% accuracy so cancelling training!")
            self.model.stop_training = True


class After(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs={}):
        seen.append(logs.get('score'))


x = np.random.rand(40, 3)
y = (x[:, 0] > 0.5).astype('int32')
model = tf.keras.models.Sequential([
    tf.keras.layers.Dense(16, activation=tf.nn.relu, input_shape=(3,)),
    tf.keras.layers.Dense(2, activation=tf.nn.softmax),
])
model.compile(optimizer=tf.keras.optimizers.Adam(lr=0.05),
              loss='sparse_categorical_crossentropy', metrics=['accuracy'])
history = model.fit(x, y, epochs=60, verbose=0, callbacks=[myCallback(), After()])
assert seen[-1] == 2 * seen[-2] > 1.2 and len(history.epoch) < 60
assert history.history['score'] == seen[1::2] and history.history['acc'] == seen[::2]

here = pathlib.Path('.').resolve()
for kind in ('cats', 'dogs'):
    folder = here / 'made' / 'photos' / kind
    folder.mkdir(parents=True)
    (folder / '1.jpg').write_text(kind)
(here / 'made' / 'climate.csv').write_text('a,b\n1,2\n')
with zipfile.ZipFile('pets.zip', 'w') as file:
    file.write('made/photos/cats/1.jpg', 'pets_filtered/cats/1.jpg')
with zipfile.ZipFile('climate.csv.zip', 'w') as file:
    file.write('made/climate.csv', 'climate.csv')
with tarfile.open('photos.tgz', 'w:gz') as file:
    file.add('made/photos', 'photos')

path_to_zip = tf.keras.utils.get_file('pets.zip', origin=(here / 'pets.zip').as_uri(),
                                      extract=True, cache_dir='cache')
PATH = os.path.join(os.path.dirname(path_to_zip), 'pets_filtered')
assert os.listdir(PATH) == ['cats']
assert (pathlib.Path(path_to_zip) / 'pets_filtered').is_dir()  # as in Keras 3
data_dir = tf.keras.utils.get_file(origin=(here / 'photos.tgz').as_uri(), fname='photos',
                                   untar=True, cache_dir='cache')
assert len(list(pathlib.Path(data_dir).glob('*/*.jpg'))) == 2
zip_path = tf.keras.utils.get_file(origin=(here / 'climate.csv.zip').as_uri(),
                                   fname='climate.csv.zip', extract=True, cache_dir='cache')
csv_path, _ = os.path.splitext(zip_path)
assert open(csv_path).read() == 'a,b\n1,2\n'
dataset = tf.keras.utils.get_file('photos_v1', (here / 'photos.tgz').as_uri(), untar=True,
                                  cache_dir='.', cache_subdir='')
assert os.path.isdir(os.path.join(os.path.dirname(dataset), 'photos', 'dogs'))
