import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Activation, LeakyReLU, ELU, ReLU, Softmax

rng = np.random.RandomState(16)
x = rng.randn(24, 4)
y = np.eye(3)[rng.randint(0, 3, 24)]
model = Sequential()
model.add(Dense(6, input_shape=(4,)))
model.add(LeakyReLU(negative_slope=0.1))
model.add(Dense(6))
model.add(ELU())
model.add(Dense(6))
model.add(ReLU())
model.add(Dense(6))
model.add(Activation("tanh"))
model.add(Dense(3))
model.add(Softmax())
model.set_weights([rng.uniform(-0.8, 0.8, size=w.shape) for w in model.get_weights()])
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
print(sorted(model.fit(x, y, epochs=4, batch_size=8, shuffle=False, verbose=0).history.items()))
print(model.predict(x[:2], verbose=0))
