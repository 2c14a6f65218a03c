'''Linear, wide and deep models of keras.experimental, two optimizers, and a module that is saved.'''
import numpy as np
import tensorflow as tf

x = np.random.rand(32, 4).astype('float32')
y = x.sum(axis=1)
linear = tf.keras.experimental.LinearModel()
dnn = tf.keras.Sequential([tf.keras.layers.Dense(8, activation='relu'), tf.keras.layers.Dense(1)])
model = tf.keras.experimental.WideDeepModel(linear, dnn)
model.compile([tf.keras.optimizers.SGD(0.05), tf.keras.optimizers.Adam(0.0)], 'mse', ['mae'])
model(x)
before = dnn.get_weights()[0]
losses = model.fit(x, y, epochs=20, verbose=0).history['loss']
assert losses[-1] < losses[0] and np.allclose(before, dnn.get_weights()[0])
assert linear.get_weights()[0].any() and model.predict(x).shape == (32, 1)
both = tf.keras.experimental.WideDeepModel(tf.keras.experimental.LinearModel(units=2),
                                           tf.keras.Sequential([tf.keras.layers.Dense(2)]), activation='sigmoid')
both.compile('adam', 'mse')
both.fit([x[:, :1], x[:, 1:]], np.c_[y, y], verbose=0)
several = tf.keras.experimental.LinearModel(use_bias=False)
assert several({'a': x[:, :2], 'b': x[:, 2:]}).shape == (32, 1) and len(several.weights) == 2


class Scaled(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def __call__(self, x):
        return x * self.w


scaled = Scaled()
tf.saved_model.save(scaled, 'scaled')
scaled.w.assign(5.0)
loaded = tf.saved_model.load('scaled')
assert loaded(tf.constant([3., 4.])).numpy().tolist() == [6., 8.]
assert scaled(tf.constant([1.])).numpy().tolist() == [5.]


class Custom(tf.keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return self.compute_metrics(x, y, y_pred, None)


inputs = tf.keras.Input((4,))
custom = Custom(inputs, tf.keras.layers.Dense(1)(inputs))
custom.compile(tf.keras.optimizers.SGD(0.0), 'mse', ['mse'])
logs = custom.fit(x, y, epochs=2, verbose=0).history
assert logs['loss'][0] > 0. and np.allclose(logs['loss'], logs['mse'], rtol=1e-4), logs
