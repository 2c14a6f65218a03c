"""A dueling network whose copy is made from its configuration, as agents of 2016 to 2019 do."""

import numpy as np
from keras import backend as K
from keras.engine.topology import Layer
from keras.layers import Activation, Conv2D, Dense, Flatten, Input, Lambda
from keras.models import Model, Sequential, model_from_config
from keras.utils.np_utils import categorical_probas_to_classes, probas_to_classes

model = Sequential()
model.add(Flatten(input_shape=(1, 4)))
model.add(Dense(16))
model.add(Activation("relu"))
model.add(Dense(3, activation="linear"))

y = Dense(4, activation="linear")(model.layers[-2].output)
advantage = Lambda(
    lambda a: K.expand_dims(a[:, 0], -1) + a[:, 1:] - K.mean(a[:, 1:], keepdims=True),
    output_shape=(3,),
)(y)
model = Model(inputs=model.input, outputs=advantage)
config = {"class_name": model.__class__.__name__, "config": model.get_config()}
target = model_from_config(config, custom_objects={})
target.set_weights(model.get_weights())
states = np.random.randn(5, 1, 4)
q = model.predict(states)
np.testing.assert_allclose(target.predict(states), q, rtol=1e-5)
assert categorical_probas_to_classes(q).tolist() == probas_to_classes(q).tolist()

# a model of one input takes a list of one, too
value = Sequential([Flatten(input_shape=(1, 4)), Dense(1)])
entry = Input(shape=(1, 4))
assert K.int_shape(value([entry])) == (None, 1)

# frames go through a convolution as a batch of their own, and come back as films
films = Input(shape=(6, 8, 8, 1))
x = Lambda(lambda y: K.reshape(y, (-1, 8, 8, 1)))(films)
x = Conv2D(3, 3)(x)
features = np.prod(K.int_shape(x)[1:])
x = Lambda(lambda y: K.reshape(y, (-1, 6, features)))(x)
assert K.int_shape(x) == (None, 6, features)
film = Model(inputs=films, outputs=x)
assert film.predict(np.zeros((2, 6, 8, 8, 1))).shape == (2, 6, features)


class Scaled(Layer):
    """Takes sequences of any length, also after it was built for one."""

    def build(self, input_shape):
        self.scale = self.add_weight(
            name="scale", shape=(input_shape[0][-1],), initializer="ones", trainable=True
        )
        super(Scaled, self).build(input_shape)

    def call(self, inputs):
        return K.batch_dot(inputs[0] * self.scale, K.permute_dimensions(inputs[1], (0, 2, 1)))

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], input_shape[0][1], input_shape[1][1])


scaled = Scaled()
long, other = Input(shape=(7, 4)), Input(shape=(5, 4))
assert K.int_shape(scaled([long, other])) == (None, 7, 5)
assert K.int_shape(scaled([long, Input(shape=(1, 4))])) == (None, 7, 1)

model.compile("adam", "mse")
history = model.fit(states, q, steps_per_epoch=len(states) / 2, epochs=1, verbose=0)
assert len(history.history["loss"]) == 1
