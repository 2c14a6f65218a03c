# Boxes cut out of pictures, sizes as tensors, texts in a session, weights of classes in an array.
import numpy as np
import tensorflow as tf
from keras.layers import Dense
from keras.models import Sequential
from sklearn.utils import class_weight

image = np.random.rand(2, 6, 8, 3).astype('float32')
cut = tf.image.crop_and_resize(image, [[0, 0, 1, 1], [0.2, 0, 0.4, 1]], [0, 1], (6, 8)).numpy()
assert np.allclose(cut[0], image[0], atol=1e-6)
assert np.allclose(cut[1][[0, -1]], image[1][[1, 2]], atol=1e-6)
outside = tf.image.crop_and_resize(image, [[0, 0, 2, 1]], [0], (3, 8))
assert np.allclose(outside[0, 2], 0) and not np.allclose(outside[0, 1], 0)
patches = tf.image.extract_patches(image, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], 'VALID')
assert patches.shape == (2, 3, 4, 12)
assert np.allclose(patches[0, 0, 0], image[0, :2, :2].ravel())
kept = tf.image.non_max_suppression([[0, 0, 1, 1], [0, 0, 1, .9], [2, 2, 3, 3]], [.9, .8, .7], 3,
                                    iou_threshold=0.5, score_threshold=0.1)
assert kept.numpy().tolist() == [0, 2]

assert tf.rank(image).numpy() == 4 and tf.size(image).numpy() == image.size
assert tf.strings.length('héllo').numpy() == 6
assert tf.strings.to_number(['1.5', '2']).numpy().tolist() == [1.5, 2.0]
hello = tf.constant('Hello, TensorFlow!')
with tf.Session() as sess:
    print(sess.run(hello))
    assert sess.run(hello) == b'Hello, TensorFlow!'

x, y = np.random.rand(30, 3), np.arange(30) % 3 // 2
weights = class_weight.compute_class_weight('balanced', np.unique(y), y)
ends = []
for given in (weights, dict(enumerate(weights))):
    np.random.seed(1)
    tf.set_random_seed(1)
    model = Sequential([Dense(1, activation='sigmoid', input_dim=3)])
    model.compile('sgd', 'binary_crossentropy')
    model.fit(x, y, class_weight=given, epochs=1, shuffle=False, verbose=0)
    ends.append(model.get_weights())
assert all(np.array_equal(a, b) for a, b in zip(*ends))
