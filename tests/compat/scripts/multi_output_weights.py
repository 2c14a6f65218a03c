import numpy as np
import keras
from keras.layers import Input, Embedding, LSTM, Dense
from keras.models import Model
headline_data = np.round(np.abs(np.random.rand(12, 8) * 20))
additional_data = np.random.randn(12, 5)
headline_labels = np.random.randn(12, 1)
additional_labels = np.random.randint(0, 2, (12, 1))
main_input = Input(shape=(8,), dtype='int32', name='main_input')
x = Embedding(output_dim=6, input_dim=21, input_length=8)(main_input)
lstm_out = LSTM(4)(x)
auxiliary_output = Dense(1, activation='sigmoid', name='aux_output')(lstm_out)
auxiliary_input = Input(shape=(5,), name='aux_input')
x = keras.layers.concatenate([lstm_out, auxiliary_input])
x = Dense(6, activation='relu', kernel_regularizer=keras.regularizers.l2(0.01))(x)
main_output = Dense(1, name='main_output')(x)
model = Model(inputs=[main_input, auxiliary_input], outputs=[main_output, auxiliary_output])
model.compile(optimizer='rmsprop',
              loss={'main_output': 'mse', 'aux_output': 'binary_crossentropy'},
              loss_weights={'main_output': 1., 'aux_output': 0.2},
              metrics={'aux_output': ['accuracy'], 'main_output': 'mae'})
history = model.fit({'main_input': headline_data, 'aux_input': additional_data},
          {'main_output': headline_labels, 'aux_output': additional_labels},
          sample_weight={'main_output': np.ones(12), 'aux_output': np.linspace(0, 1, 12)},
          epochs=1, batch_size=6, verbose=0)
assert len(history.history['main_output_loss']) == len(history.history['aux_output_acc']) == 1
names = model.metrics_names
scores = model.evaluate([headline_data, additional_data], [headline_labels, additional_labels], verbose=0)
assert len(names) == len(scores) == 5 and names[0] == 'loss'
for i in range(2):
    batch = model.train_on_batch([headline_data, additional_data], [headline_labels, additional_labels])
    tested = model.test_on_batch({'main_input': headline_data, 'aux_input': additional_data},
                                 {'main_output': headline_labels, 'aux_output': additional_labels})
assert len(batch) == len(tested) == 5
main, aux = model.predict_on_batch([headline_data[:2], additional_data[:2]])
assert main.shape == aux.shape == (2, 1)
# one output again, with weights of classes and of steps
from sklearn.utils import class_weight
y = np.array([0] * 9 + [1] * 3)
weights = class_weight.compute_class_weight(class_weight='balanced', classes=np.unique(y), y=y)
binary = keras.models.Sequential([Dense(1, activation='sigmoid', input_dim=5)])
binary.compile('sgd', 'binary_crossentropy', metrics=['accuracy'])
binary.fit(additional_data, y, class_weight=dict(enumerate(weights)), verbose=0)
steps = keras.models.Sequential([LSTM(3, return_sequences=True, input_shape=(4, 2)), keras.layers.TimeDistributed(Dense(1))])
steps.compile('sgd', 'mse', sample_weight_mode='temporal')
steps.fit(np.ones((6, 4, 2)), np.ones((6, 4, 1)), sample_weight=np.ones((6, 4)), verbose=0)
