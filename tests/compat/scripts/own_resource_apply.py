'''Optimizers of the web for TensorFlow 2: _resource_apply_dense, slots and hyperparameters.'''
import tensorflow as tf, numpy as np
from tensorflow.python.keras.optimizer_v2.optimizer_v2 import OptimizerV2
class MyAdam(tf.keras.optimizers.Optimizer):
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, weight_decay=0., name='MyAdam', **kwargs):
        super(MyAdam,self).__init__(name, **kwargs)
        self._set_hyper('learning_rate', kwargs.get('lr', learning_rate))
        self._set_hyper('decay', self._initial_decay)
        self._set_hyper('beta_1', beta_1); self._set_hyper('beta_2', beta_2); self._set_hyper('weight_decay', weight_decay)
        self.epsilon=epsilon
    def _create_slots(self, var_list):
        for v in var_list: self.add_slot(v,'m')
        for v in var_list: self.add_slot(v,'v')
    def _resource_apply_dense(self, grad, var, apply_state=None):
        d=var.dtype.base_dtype
        lr=self._decayed_lr(d); m=self.get_slot(var,'m'); v=self.get_slot(var,'v')
        b1=self._get_hyper('beta_1',d); b2=self._get_hyper('beta_2',d); t=tf.cast(self.iterations+1,d)
        m_t=m.assign(b1*m+(1-b1)*grad, use_locking=self._use_locking)
        v_t=v.assign(b2*v+(1-b2)*tf.square(grad))
        lr=lr*tf.sqrt(1-tf.pow(b2,t))/(1-tf.pow(b1,t))
        return tf.group(var.assign_sub(lr*m_t/(tf.sqrt(v_t)+self.epsilon)), m_t, v_t)
    def get_config(self):
        c=super().get_config(); c.update({'learning_rate':self._serialize_hyperparameter('learning_rate'),'beta_1':self._serialize_hyperparameter('beta_1')}); return c
x=np.random.RandomState(0).normal(size=(64,5)).astype('float32'); y=x[:,:1]*2
def go(o,w=None):
    m=tf.keras.Sequential([tf.keras.layers.Dense(4,activation='tanh',input_shape=(5,)),tf.keras.layers.Dense(1)])
    if w: m.set_weights(w)
    w=m.get_weights(); m.compile(o,'mse'); m.fit(x,y,epochs=3,batch_size=16,shuffle=False,verbose=0); return w,m
w,a=go(tf.keras.optimizers.Adam(0.01))
_,b=go(MyAdam(0.01,weight_decay=0.1),w)
for p,q in zip(a.get_weights(),b.get_weights()): assert np.allclose(p,q,atol=1e-5),(p,q)
print(b.optimizer.get_config()['beta_1'], int(b.optimizer.iterations))
_,b=go(MyAdam(lr=tf.keras.optimizers.schedules.ExponentialDecay(0.01,1000,0.9)),w)
b.save('m.h5'); tf.keras.models.load_model('m.h5',custom_objects={'MyAdam':MyAdam}).fit(x,y,verbose=0)
print(type(b.optimizer).from_config(b.optimizer.get_config()).beta_1)
