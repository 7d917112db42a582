import numpy as np
from keras.models import Sequential
from keras.layers import Dense

rng = np.random.RandomState(14)
x = rng.randn(50, 4)

# a regression whose accuracy means little
model = Sequential([Dense(1, input_dim=4, kernel_initializer="ones")])
model.compile(loss="mse", optimizer="sgd", metrics=["accuracy"])
print(model.evaluate(x, rng.randn(50), verbose=0))

# ten classes with the wrong loss
model = Sequential([Dense(10, input_dim=4, activation="softmax", kernel_initializer="ones")])
model.set_weights([rng.randn(4, 10), rng.randn(10)])
model.compile(loss="binary_crossentropy", optimizer="sgd", metrics=["accuracy"])
print(model.evaluate(x, np.eye(10)[rng.randint(0, 10, 50)], verbose=0))

# integer labels
model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
print(model.evaluate(x, rng.randint(0, 10, 50), verbose=0))
model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
print(model.evaluate(x, rng.randint(0, 10, (50, 1)), verbose=0))
