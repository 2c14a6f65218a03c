# Keras as a simplified interface to TensorFlow (2016)
import tensorflow as tf
sess = tf.Session()
from keras import backend as K
K.set_session(sess)
import numpy as np
img = tf.placeholder(tf.float32, shape=(None, 784))
from keras.layers import Dense
x = Dense(128, activation='relu')(img)
x = Dense(128, activation='relu')(x)
preds = Dense(10, activation='softmax')(x)
labels = tf.placeholder(tf.float32, shape=(None, 10))
from keras.objectives import categorical_crossentropy
loss = tf.reduce_mean(categorical_crossentropy(labels, preds))
train_step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
init_op = tf.global_variables_initializer()
sess.run(init_op)
X = np.random.rand(64, 784).astype('float32'); Y = np.eye(10)[np.arange(64) % 10]
first = sess.run(loss, feed_dict={img: X, labels: Y})
with sess.as_default():
    for i in range(30):
        train_step.run(feed_dict={img: X, labels: Y})
last = sess.run(loss, feed_dict={img: X, labels: Y})
print(first, last)
assert last < first
from keras.metrics import categorical_accuracy as accuracy
acc_value = accuracy(labels, preds)
with sess.as_default():
    print(acc_value.eval(feed_dict={img: X, labels: Y, K.learning_phase(): 0}))
_, l = sess.run([train_step, loss], feed_dict={img: X, labels: Y})
