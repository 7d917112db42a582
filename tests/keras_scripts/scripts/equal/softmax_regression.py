import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense
from tensorflow.keras.utils import to_categorical
from tensorflow.keras.optimizers import SGD

np.random.seed(1)
centres = np.array([[0.0, 2.0], [2.0, 0.0], [-2.0, -2.0]])
labels = np.random.randint(0, 3, 90)
points = centres[labels] + 0.5 * np.random.randn(90, 2)

one_hot = to_categorical(labels, num_classes=3)
print(one_hot.shape, one_hot[:2].tolist())

model = Sequential()
model.add(Dense(3, activation="softmax", input_shape=(2,), kernel_initializer="zeros"))
model.compile(loss="categorical_crossentropy", optimizer=SGD(0.1, momentum=0.9), metrics=["acc"])
history = model.fit(points, one_hot, epochs=10, batch_size=30, shuffle=False, verbose=0)
print(sorted(history.history.keys()))
print(history.history["acc"])
score = model.evaluate(points, one_hot, verbose=0)
print("Test loss:", score[0])
print("Test accuracy:", score[1])
print(np.argmax(model.predict(points[:6], verbose=0), axis=1), labels[:6])
