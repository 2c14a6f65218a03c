# What notebooks begin with: which devices there are, names from wherever they once stood.
import numpy as np
import tensorflow as tf
from keras import backend as K
from keras.applications.mobilenet import DepthwiseConv2D, relu6
from keras.engine.topology import Container
from keras.legacy.layers import Recurrent
from keras.models import Sequential, load_model
from keras.layers import Activation, Conv2D, Dense, Flatten
from keras.utils.generic_utils import CustomObjectScope
from keras.utils.layer_utils import count_params
from keras_preprocessing.sequence import pad_sequences
from keras_preprocessing.text import Tokenizer
from tensorflow.examples.tutorials.mnist import input_data
from tensorflow.keras.experimental import CosineDecay
from tensorflow.python.client import device_lib
from tensorflow.python.framework import ops

print(device_lib.list_local_devices())
assert [d.name for d in device_lib.list_local_devices() if d.device_type == 'GPU'] == []
ops.reset_default_graph()
tokenizer = Tokenizer()
tokenizer.fit_on_texts(['what notebooks begin with'])
assert pad_sequences(tokenizer.texts_to_sequences(['begin']), 3).tolist() == [[0, 0, 3]]
tf.enable_v2_behavior()
tf.autograph.set_verbosity(0)
try:
    tpu = tf.distribute.cluster_resolver.TPUClusterResolver()
    print('Running on TPU ', tpu.master())
except ValueError:
    tpu = None
strategy = tf.distribute.get_strategy()
assert tpu is None and strategy.num_replicas_in_sync == 1
policy = tf.keras.mixed_precision.experimental.Policy('float32')
tf.keras.mixed_precision.experimental.set_policy(policy)


@tf.autograph.experimental.do_not_convert
def double(x):
    return 2 * x


x = tf.Variable([1.0, 2.0])
kept = x.read_value()
x.assign_add([1.0, 1.0])
assert kept.numpy().tolist() == [1.0, 2.0] and 'CPU' in x.device and double(2) == 4

mnist = input_data.read_data_sets('MNIST_data/', one_hot=True, validation_size=4)
assert mnist.train.num_examples == 12 and mnist.validation.images.shape == (4, 784)
seen = [mnist.train.next_batch(4) for _ in range(6)]
assert mnist.train.epochs_completed == 1 and seen[0][1].shape == (4, 10)
assert {tuple(r) for b, _ in seen[:3] for r in b} == {tuple(r) for r in mnist.train.images}
pictures = input_data.read_data_sets('MNIST_data/', reshape=False, validation_size=0).train
assert pictures.images.shape == (16, 28, 28, 1) and 0.5 < pictures.images.max() <= 1
assert pictures.labels[:3].tolist() == [0, 1, 2]

model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 3)), Activation(relu6), DepthwiseConv2D(3),
                    Flatten(), Dense(2)])
model.compile(tf.keras.optimizers.Adam(CosineDecay(0.1, decay_steps=10)), 'mse')
assert count_params(model.trainable_weights) == model.count_params()
assert isinstance(model, Container) and not issubclass(Dense, Recurrent)
model.save('mobile.h5')
with CustomObjectScope({'relu6': relu6, 'DepthwiseConv2D': DepthwiseConv2D}):
    twin = load_model('mobile.h5')
some = np.random.rand(2, 8, 8, 3)
assert np.allclose(twin.predict(some), model.predict(some), atol=1e-6)
K.clear_session()
