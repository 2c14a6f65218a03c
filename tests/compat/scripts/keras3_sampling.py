# Keras 3: draws of a layer's own, losses that layers add, keras.ops (2024)
import os
os.environ["KERAS_BACKEND"] = "jax"
import numpy as np, keras
from keras import ops, layers
class Sampling(layers.Layer):
    def __init__(self, **kw):
        super().__init__(**kw); self.seed_generator = keras.random.SeedGenerator(1337)
    def call(self, inputs):
        m, lv = inputs; e = keras.random.normal(shape=ops.shape(m), seed=self.seed_generator)
        return m + ops.exp(.5 * lv) * e
class AR(layers.Layer):
    def __init__(self, rate=.01): super().__init__(); self.rate = rate
    def call(self, x): self.add_loss(self.rate * ops.mean(ops.square(x))); return x
i = keras.Input((5,)); h = layers.Dense(4, activation='gelu')(i); h = AR()(h)
z = Sampling()([layers.Dense(2)(h), layers.Dense(2)(h)]); o = layers.Dense(5)(z)
m = keras.Model(i, o)
class My(keras.Model):
    def __init__(self, inner): super().__init__(); self.inner = inner; self.t = keras.metrics.Mean(name='loss'); self.mae = keras.metrics.MeanAbsoluteError(name='mae')
    def call(self, x, training=False): return self.inner(x, training=training)
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        l = ops.mean(ops.square(y - y_pred)) + sum(self.losses); self.t.update_state(l); return l
    def reset_metrics(self): self.t.reset_state()
    @property
    def metrics(self): return [self.t]
w = My(m); w.compile(optimizer=keras.optimizers.AdamW(0.01))
x = np.random.rand(16, 5).astype('float32')
print(w.fit(x, x, epochs=3, verbose=0).history)
print(ops.scan(lambda c, t: (c + t, c), ops.zeros(()), ops.arange(4.))[1], ops.vectorized_map(lambda t: t * 2, ops.arange(3)))
