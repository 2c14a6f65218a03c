import numpy as np
from keras.layers import Input, Dense, Reshape, Flatten, Dropout, multiply
from keras.layers import BatchNormalization, Activation, Embedding, ZeroPadding2D
from keras.layers import LeakyReLU, UpSampling2D, Conv2D
from keras.models import Sequential, Model
from keras.optimizers import Adam
num_classes, latent_dim, img_shape = 3, 5, (8, 8, 1)
losses = ['binary_crossentropy', 'sparse_categorical_crossentropy']
optimizer = Adam(0.0002, 0.5)
def build_generator():
    model = Sequential()
    model.add(Dense(2 * 4 * 4, activation="relu", input_dim=latent_dim))
    model.add(Reshape((4, 4, 2)))
    model.add(BatchNormalization(momentum=0.8))
    model.add(UpSampling2D())
    model.add(Conv2D(1, kernel_size=3, padding='same'))
    model.add(Activation("tanh"))
    noise = Input(shape=(latent_dim,))
    label = Input(shape=(1,), dtype='int32')
    label_embedding = Flatten()(Embedding(num_classes, latent_dim)(label))
    model_input = multiply([noise, label_embedding])
    return Model([noise, label], model(model_input))
def build_discriminator():
    model = Sequential()
    model.add(Conv2D(4, kernel_size=3, strides=2, input_shape=img_shape, padding="same"))
    model.add(LeakyReLU(alpha=0.2))
    model.add(Dropout(0.25))
    model.add(Flatten())
    img = Input(shape=img_shape)
    features = model(img)
    validity = Dense(1, activation="sigmoid")(features)
    label = Dense(num_classes, activation="softmax")(features)
    return Model(img, [validity, label])
discriminator = build_discriminator()
discriminator.compile(loss=losses, optimizer=optimizer, metrics=['accuracy'])
generator = build_generator()
noise = Input(shape=(latent_dim,))
label = Input(shape=(1,))
img = generator([noise, label])
discriminator.trainable = False
valid, target_label = discriminator(img)
combined = Model([noise, label], [valid, target_label])
combined.compile(loss=losses, optimizer=optimizer)
X_train, y_train = np.random.rand(8, 8, 8, 1), np.random.randint(0, 3, (8, 1))
for epoch in range(2):
    idx = np.random.randint(0, 8, 4)
    noise = np.random.normal(0, 1, (4, latent_dim))
    sampled_labels = np.random.randint(0, 3, (4, 1))
    gen_imgs = generator.predict([noise, sampled_labels])
    d_loss_real = discriminator.train_on_batch(X_train[idx], [np.ones((4, 1)), y_train[idx]])
    d_loss_fake = discriminator.train_on_batch(gen_imgs, [np.zeros((4, 1)), sampled_labels])
    d_loss = 0.5 * np.add(d_loss_real, d_loss_fake)
    g_loss = combined.train_on_batch([noise, sampled_labels], [np.ones((4, 1)), sampled_labels])
    print("%d [D loss: %f, acc.: %.2f%%, op_acc: %.2f%%] [G loss: %f]" % (epoch, d_loss[0], 100*d_loss[3], 100*d_loss[4], g_loss[0]))
assert discriminator.metrics_names[0] == 'loss' and len(d_loss) == 5
