import tensorflow as tf, os, numpy as np
from tensorflow import keras
def create_model():
    model = tf.keras.models.Sequential([keras.layers.Dense(16, activation='relu', input_shape=(20,)), keras.layers.Dropout(0.2), keras.layers.Dense(10)])
    model.compile(optimizer='adam', loss=tf.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
    return model
x = np.random.rand(64, 20).astype('float32'); y = np.random.randint(0, 10, 64)
model = create_model(); model.summary()
checkpoint_path = "training_2/cp-{epoch:04d}.ckpt"; checkpoint_dir = os.path.dirname(checkpoint_path)
cp_callback = tf.keras.callbacks.ModelCheckpoint(filepath=checkpoint_path, verbose=1, save_weights_only=True, period=1)
model.save_weights(checkpoint_path.format(epoch=0))
model.fit(x, y, epochs=2, callbacks=[cp_callback], validation_data=(x, y), verbose=0)
latest = tf.train.latest_checkpoint(checkpoint_dir); print(latest, os.listdir(checkpoint_dir))
model = create_model(); model.load_weights(latest); loss, acc = model.evaluate(x, y, verbose=2)
model.save_weights('./checkpoints/my_checkpoint'); m = create_model(); m.load_weights('./checkpoints/my_checkpoint')
np.testing.assert_allclose(m.predict(x), model.predict(x), rtol=1e-5)
os.makedirs('saved_model', exist_ok=True)
model.save('saved_model/my_model')
new_model = tf.keras.models.load_model('saved_model/my_model'); new_model.summary()
np.testing.assert_allclose(new_model.predict(x), model.predict(x), rtol=1e-5)
model.save('my_model.h5'); h = tf.keras.models.load_model('my_model.h5'); h.evaluate(x, y, verbose=2)
model.save('tf_format', save_format='tf'); keras.models.load_model('tf_format')
keras.models.save_model(model, 'k.h5', overwrite=True, include_optimizer=False)
probability_model = tf.keras.Sequential([model, tf.keras.layers.Softmax()]); p = probability_model.predict(x); np.testing.assert_allclose(p.sum(1), 1, rtol=1e-5)
probability_model(x[:5]); tf.nn.softmax(model(x[:1]).numpy())
config = model.get_config(); r = keras.Sequential.from_config(config); keras.models.clone_model(model); keras.models.model_from_json(model.to_json())
class MyDense(keras.layers.Layer):
    def __init__(self, units=4, **kw): super(MyDense, self).__init__(**kw); self.units = units
    def build(self, s): self.w = self.add_weight(name='w', shape=(s[-1], self.units), initializer='random_normal', trainable=True); self.b = self.add_weight(shape=(self.units,), initializer='zeros', trainable=True)
    def call(self, inputs): return tf.matmul(inputs, self.w) + self.b
    def get_config(self): c = super().get_config(); c.update({'units': self.units}); return c
i = keras.Input((20,)); mm = keras.Model(i, MyDense(3)(i)); mm.compile('sgd', 'mse', metrics=[lambda t, p: tf.reduce_mean(tf.abs(t - p))]); mm.save('c.h5')
l = keras.models.load_model('c.h5', custom_objects={'MyDense': MyDense}, compile=False); np.testing.assert_allclose(l.predict(x), mm.predict(x), rtol=1e-5)
