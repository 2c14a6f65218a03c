import numpy as np, pandas as pd, tensorflow as tf
from tensorflow import feature_column
from tensorflow.keras import layers
rng = np.random.RandomState(0)
n = 96
df = pd.DataFrame({'age': rng.randint(20, 70, n), 'trestbps': rng.rand(n) * 100, 'thal': rng.choice(['fixed', 'normal', 'reversible'], n), 'target': rng.randint(0, 2, n)})
def df_to_dataset(dataframe, shuffle=True, batch_size=32):
    dataframe = dataframe.copy()
    labels = dataframe.pop('target')
    ds = tf.data.Dataset.from_tensor_slices((dict(dataframe), labels))
    if shuffle:
        ds = ds.shuffle(buffer_size=len(dataframe))
    return ds.batch(batch_size)
example_batch = next(iter(df_to_dataset(df, shuffle=False, batch_size=5)))[0]
def demo(fc):
    return layers.DenseFeatures(fc)(example_batch).numpy()
age = feature_column.numeric_column("age")
np.testing.assert_allclose(demo(age)[:, 0], df.age[:5])
age_buckets = feature_column.bucketized_column(age, boundaries=[18, 25, 30, 35, 40, 45, 50, 55, 60, 65])
b = demo(age_buckets)
assert b.shape == (5, 11) and (b.argmax(1) == np.digitize(df.age[:5], [18, 25, 30, 35, 40, 45, 50, 55, 60, 65])).all()
thal = feature_column.categorical_column_with_vocabulary_list('thal', ['fixed', 'normal', 'reversible'])
one_hot = feature_column.indicator_column(thal)
assert (demo(one_hot).argmax(1) == [['fixed', 'normal', 'reversible'].index(t) for t in df.thal[:5]]).all()
emb = feature_column.embedding_column(thal, dimension=8)
assert demo(emb).shape == (5, 8)
hashed = feature_column.indicator_column(feature_column.categorical_column_with_hash_bucket('thal', hash_bucket_size=1000))
assert demo(hashed).shape == (5, 1000) and demo(hashed).sum() == 5
crossed = feature_column.indicator_column(feature_column.crossed_column([age_buckets, thal], hash_bucket_size=100))
assert demo(crossed).sum() == 5
columns = [feature_column.numeric_column(h) for h in ['age', 'trestbps']] + [age_buckets, one_hot, emb, crossed]
feature_layer = tf.keras.layers.DenseFeatures(columns)
model = tf.keras.Sequential([feature_layer, layers.Dense(16, activation='relu'), layers.Dropout(.1), layers.Dense(1)])
model.compile(optimizer='adam', loss=tf.keras.losses.BinaryCrossentropy(from_logits=True), metrics=['accuracy'])
model.fit(df_to_dataset(df), validation_data=df_to_dataset(df, False), epochs=2)
loss, acc = model.evaluate(df_to_dataset(df, False))
print(acc)
# functional, with a dict of inputs
inputs = {c: tf.keras.layers.Input(name=c, shape=(), dtype='float32') for c in ['age', 'trestbps']}
x = tf.keras.layers.DenseFeatures([feature_column.numeric_column(c, normalizer_fn=lambda v: (v - 40.) / 10.) for c in ['age', 'trestbps']])(inputs)
out = layers.Dense(1, activation='sigmoid')(x)
m2 = tf.keras.Model(inputs, out)
m2.compile('adam', 'binary_crossentropy')
m2.fit(dict(df[['age', 'trestbps']].astype('float32')), df.target, epochs=1, verbose=0)
