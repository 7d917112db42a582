import tensorflow as tf
from tensorflow import keras
import numpy as np

class_names = ["T-shirt", "Trouser", "Pullover"]
rng = np.random.RandomState(0)
patterns = rng.rand(3, 8, 8)
labels = rng.randint(0, 3, 200)
images = np.clip(patterns[labels] + 0.2 * rng.randn(200, 8, 8), 0, 1)
train_images, train_labels, test_images, test_labels = images[:150], labels[:150], images[150:], labels[150:]

model = keras.Sequential([
    keras.layers.Flatten(input_shape=(8, 8)),
    keras.layers.Dense(32, activation=tf.nn.relu),
    keras.layers.Dense(3, activation=tf.nn.softmax),
])
model.compile(optimizer=keras.optimizers.Adam(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(train_images, train_labels, epochs=20, verbose=0)
test_loss, test_acc = model.evaluate(test_images, test_labels, verbose=0)
print("over 90 %:", test_acc > 0.9)
predictions = model.predict(test_images, verbose=0)
print(predictions.shape, class_names[np.argmax(predictions[0])] == class_names[test_labels[0]])
img = np.expand_dims(test_images[0], 0)
print(img.shape, np.argmax(model.predict(img, verbose=0)[0]) == test_labels[0])
