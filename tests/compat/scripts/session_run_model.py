import tensorflow as tf
import keras
from keras import backend as K
from keras.models import Sequential
from keras.layers import Dense, Dropout
import numpy as np
config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1, allow_soft_placement=True, device_count={'CPU': 1})
config.gpu_options.per_process_gpu_memory_fraction = 0.3
session = tf.Session(graph=tf.get_default_graph(), config=config)
K.set_session(session)
tf.set_random_seed(1)
model = Sequential([Dense(4, activation='tanh', input_shape=(3,)), Dropout(0.5), Dense(2)])
model.compile('sgd', 'mse')
x = np.random.rand(5, 3).astype('float32')
with K.get_session() as sess:
    out = sess.run(model.output, feed_dict={model.input: x, K.learning_phase(): 0})
    np.testing.assert_allclose(out, model.predict(x), rtol=1e-5, atol=1e-6)
    g = K.gradients(K.sum(model.output), model.input)[0]
    got = sess.run([g, model.layers[0].output], {model.input: x, K.learning_phase(): 0})
    w1, b1, w2, b2 = model.get_weights()
    h = np.tanh(x @ w1 + b1)
    want = ((1 - h**2) * w2.sum(1)) @ w1.T
    np.testing.assert_allclose(got[0], want, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(got[1], h, rtol=1e-4, atol=1e-5)
    w = sess.run(model.layers[0].kernel)
    np.testing.assert_allclose(w, w1)
K.clear_session()
graph = tf.Graph()
with graph.as_default():
    with tf.Session(graph=graph).as_default() as s:
        m = Sequential(); m.add(Dense(1, input_dim=2))
        print(m.predict(np.ones((1, 2))))
