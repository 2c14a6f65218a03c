# Actor and critic of one network, by a tape (2020)
import numpy as np, tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
inp = layers.Input(shape=(4,)); c = layers.Dense(16, activation='relu')(inp)
act = layers.Dense(2, activation='softmax')(c); cri = layers.Dense(1)(c)
model = keras.Model(inputs=inp, outputs=[act, cri]); opt = keras.optimizers.Adam(learning_rate=0.01); hub = keras.losses.Huber()
eps = np.finfo(np.float32).eps.item()
for ep in range(3):
    state = np.random.rand(4)
    ps, vs, rs = [], [], []
    with tf.GradientTape() as tape:
        for t in range(5):
            s = tf.convert_to_tensor(state); s = tf.expand_dims(s, 0)
            pr, v = model(s); vs.append(v[0, 0])
            a = np.random.choice(2, p=np.squeeze(pr)); ps.append(tf.math.log(pr[0, a]))
            state = np.random.rand(4); rs.append(float(a))
        ret, ds = [], 0
        for r in rs[::-1]: ds = r + .99 * ds; ret.insert(0, ds)
        ret = np.array(ret); ret = ((ret - ret.mean()) / (ret.std() + eps)).tolist()
        al, cl = [], []
        for lp, v, r in zip(ps, vs, ret):
            al.append(-lp * (r - v)); cl.append(hub(tf.expand_dims(v, 0), tf.expand_dims(r, 0)))
        loss = sum(al) + sum(cl)
    g = tape.gradient(loss, model.trainable_variables); opt.apply_gradients(zip(g, model.trainable_variables))
    print(float(loss))
