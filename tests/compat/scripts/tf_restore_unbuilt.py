# TensorFlow 2: a run goes on where the last one ended, before its models have weights.
import os

import numpy as np
import tensorflow as tf

os.makedirs('saved', exist_ok=True)
x = np.random.rand(8, 3).astype('float32')
y = np.random.rand(8, 2).astype('float32')


class Net(tf.keras.Model):
    def __init__(self):
        super(Net, self).__init__()
        self.hidden = tf.keras.layers.Dense(4, activation='relu')
        self.out = tf.keras.layers.Dense(2)

    def call(self, x):
        return self.out(self.hidden(x))


def run():
    """One run of a script, which is started again later."""
    net, optimizer = Net(), tf.keras.optimizers.Adam(0.01)
    ckpt = tf.train.Checkpoint(step=tf.Variable(0), optimizer=optimizer, net=net)
    manager = tf.train.CheckpointManager(ckpt, './tf_ckpts', max_to_keep=3)
    ckpt.restore(manager.latest_checkpoint)
    first = net(x).numpy()
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(net(x) - y))
        gradients = tape.gradient(loss, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables))
        ckpt.step.assign_add(1)
    print('step {}, loss {}, {:.3f}'.format(int(ckpt.step), loss, loss))
    assert 'Tensor' not in '{}'.format(loss)
    return first, net(x).numpy(), manager.save(), int(ckpt.step)


_, end, path, step = run()
assert (path, step) == ('tf_ckpts/ckpt-1', 3)
first, last, path, step = run()
assert np.array_equal(first, end) and not np.array_equal(first, last)
assert (path, step) == ('tf_ckpts/ckpt-2', 6)
first, _, path, step = run()
assert np.array_equal(first, last) and (path, step) == ('tf_ckpts/ckpt-3', 9)

model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
model.compile('adam', 'mse')
for folder in ('saved', 'new/'):
    model.save(folder, save_format='tf')
    assert os.path.isdir(folder)
    twin = tf.keras.models.load_model(folder)
    assert np.array_equal(twin.predict(x), model.predict(x))
model.save_weights('./checkpoints/mine')
twin.set_weights([np.zeros((3, 2)), np.zeros(2)])
twin.load_weights('./checkpoints/mine').expect_partial()
assert np.array_equal(twin.predict(x), model.predict(x))

# and weights are loaded before there are any
net = Net()
end = net(x).numpy()
net.save_weights('./checkpoints/my_checkpoint', save_format='tf')
for used in (lambda net: net(x).numpy(), lambda net: net.predict(x, verbose=0)):
    net = Net()
    net.load_weights('./checkpoints/my_checkpoint')
    assert np.allclose(used(net), end, atol=1e-6)
net = Net()
net.load_weights('./checkpoints/my_checkpoint').expect_partial()
net.compile('sgd', 'mse')
assert np.isclose(net.evaluate(x, y, verbose=0), np.mean((end - y) ** 2))
try:
    Net().load_weights('./checkpoints/none')
except Exception:
    pass
else:
    raise AssertionError('there are no such weights')
