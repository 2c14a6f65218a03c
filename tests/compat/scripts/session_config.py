import numpy as np
import tensorflow as tf
from keras.backend.tensorflow_backend import set_session
from keras import backend as K
from keras.layers import Input, Lambda, Dense
from keras.models import Model
from keras.callbacks import TensorBoard
tf.logging.set_verbosity(tf.logging.ERROR)
tf.get_logger().setLevel('ERROR')
tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
config = tf.ConfigProto()
config.gpu_options.allow_growth = True
config.gpu_options.per_process_gpu_memory_fraction = 0.3
config.log_device_placement = True
set_session(tf.Session(config=config))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
def loss(y_true, y_pred):
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=y_true, logits=y_pred)
x = Input((4,))
with tf.device('/gpu:0'):
    h = Lambda(lambda t: tf.transpose(t, perm=[0, 1]))(x)
    out = Dense(1)(h)
model = Model(x, out)
model.compile('adam', loss=loss)
model.fit(np.random.rand(8, 4), np.arange(8) % 2, batch_size=4, epochs=1, verbose=0,
          callbacks=[TensorBoard(log_dir='./Graph', histogram_freq=0, write_graph=True, write_images=True)])
a = tf.nn.softmax_cross_entropy_with_logits(labels=tf.constant([[0., 1.]]), logits=tf.constant([[0., 0.]]))
b = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.constant([1]), logits=tf.constant([[0., 0.]]))
assert np.allclose(a, np.log(2)) and np.allclose(b, np.log(2))
assert tf.argmax(tf.constant([[0., 1.], [1., 0.]]), 1, output_type=tf.int32).numpy().tolist() == [1, 0]
assert tf.argmax([[0., 3.], [1., 0.]]).numpy().tolist() == [1, 0]
K.clear_session()
