'''Modules of TensorFlow's own, from which custom layers and optimizers took its functions.'''
from tensorflow.python.keras import backend as K
from tensorflow.python.keras.layers import Dense, Layer
from tensorflow.python.eager import context
from tensorflow.python.framework import ops, dtypes, constant_op, tensor_shape, graph_util
from tensorflow.python.ops import math_ops, array_ops, nn_ops, state_ops, control_flow_ops, init_ops, variables, clip_ops, gen_math_ops, nn, random_ops, embedding_ops, resource_variable_ops
from tensorflow.python.training import optimizer, training_ops
from tensorflow.python.platform import tf_logging as logging, gfile
from tensorflow.python.util.tf_export import keras_export, tf_export
from tensorflow.python.util import nest, deprecation
from tensorflow.python.keras.utils import tf_utils, conv_utils, generic_utils, losses_utils
from tensorflow.python.keras.engine import training, base_layer, input_spec
from tensorflow.python.keras.engine.base_layer import Layer
from tensorflow.python.keras.optimizer_v2 import optimizer_v2
from tensorflow.python.keras.optimizer_v2.optimizer_v2 import OptimizerV2
from tensorflow.python.keras.losses import LossFunctionWrapper
from tensorflow.python.keras.utils.generic_utils import get_custom_objects
from tensorflow.python.client import device_lib
from tensorflow.python.data import Dataset
from tensorflow.python.framework.ops import Tensor
print(math_ops.reduce_mean([1.,2.]), array_ops.shape([1,2]), context.executing_eagerly())
@keras_export('x')
class A(Layer): pass
from tensorflow.python.training import moving_averages
import numpy as np
import tensorflow as tf
mean = tf.Variable([0., 0.], trainable=False)
for _ in range(3):
    moving_averages.assign_moving_average(mean, tf.constant([2., 4.]), 0.9, zero_debias=False)
assert np.allclose(mean.numpy(), (1 - 0.9 ** 3) * np.array([2., 4.]))
assert float(math_ops.reduce_mean([1., 2.])) == 1.5 and context.executing_eagerly()
assert np.allclose(nn_ops.bias_add(array_ops.ones((1, 2)), constant_op.constant([1., 2.])), [[2., 3.]])
assert dtypes.float32.base_dtype == 'float32' and dtypes.float32.itemsize == 4
assert A(name='a').name == 'a'
x, c = np.random.rand(3, 6).astype('float32'), np.random.rand(3, 6)
inputs = [tf.keras.layers.Input((6,)), tf.keras.layers.Input((6,))]
chosen = tf.keras.layers.Lambda(lambda t: K.map_fn(
    lambda e: K.sum(tf.boolean_mask(e[0], e[1] > 0.5)), (t[0], t[1]), dtype='float32'))(inputs)
found = tf.keras.models.Model(inputs, chosen).predict([x, c])
assert np.allclose(found, [a[b > 0.5].sum() for a, b in zip(x, c)], atol=1e-5)
