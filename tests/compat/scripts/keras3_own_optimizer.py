import keras
from keras import ops
import numpy as np
class MySGD(keras.optimizers.Optimizer):
    def __init__(self, learning_rate=0.01, momentum=0.9, name="my_sgd", **kw):
        super().__init__(learning_rate=learning_rate, name=name, **kw)
        self.momentum = momentum
        self.step = 0
    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.momentums = [self.add_variable_from_reference(v, name="momentum") for v in variables]
    def update_step(self, gradient, variable, learning_rate):
        lr = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        m = self.momentums[self._get_variable_index(variable)]
        self.assign(m, self.momentum * m - lr * gradient)
        self.assign_add(variable, m)
    def get_config(self):
        c = super().get_config(); c.update({"momentum": self.momentum}); return c
m = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")])
m.compile(MySGD(0.1), "mse")
X = np.random.rand(8, 3); Y = X.sum(1, keepdims=True) * 2
h = m.fit(X, Y, epochs=5, verbose=0).history["loss"]; print(h)
r = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones")]); r.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse")
h2 = r.fit(X, Y, epochs=5, verbose=0, shuffle=False).history["loss"]; print(h2)
assert np.allclose(h, h2, rtol=1e-3)
