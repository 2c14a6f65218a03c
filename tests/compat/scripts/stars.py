'''Stars of Keras 2, by which K, np and other modules came along.'''
import random
from keras.applications.vgg16 import *
from keras.layers import *
from keras.models import *
from keras.callbacks import *
from keras.optimizers import *
from keras.utils import *
from keras.preprocessing.text import *

assert random.choice([1]) == 1  # no star took its place
x = np.random.random((8, 3))
model = Sequential([Dense(2, input_dim=3, kernel_initializer=initializers.glorot_uniform())])
model.add(Lambda(lambda t: K.sum(t, axis=-1, keepdims=True)))
model.compile(Adam(), 'mse')
model.fit(x, x[:, :1], verbose=0, callbacks=[CSVLogger('log.csv')])
assert os.path.isfile('log.csv') and json.loads(model.to_json())['class_name'] == 'Sequential'
assert np_utils.to_categorical([1], 2).tolist() == [[0, 1]] and OrderedDict(a=1)['a'] == 1
assert regularizers.get('l2') is not None and tf.constant(1.) == 1.
from keras.engine.topology import K as of_topology
assert of_topology.floatx() == 'float32'
pictures = Input((8, 8, 3))
half = Conv2D(filters=8 / 4, kernel_size=3)(Conv2D(16 / 2, 3)(pictures))
assert Model(pictures, half).output_shape == (None, 4, 4, 2)
up = Conv2DTranspose(2, (3, 3), output_shape=(None, 16, 16, 2), strides=(2, 2), padding='same')(pictures)
assert tuple(up.shape) == (None, 16, 16, 2)


class OwnBoard(TensorBoard):
    pass


OwnBoard('logs', write_grads=True)
assert Dense(2, input_dim=(3,))(Input((3,))).shape[1] == 2
