import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense
from tensorflow.keras.optimizers import SGD, Adam, RMSprop, Adagrad, AdamW

rng = np.random.RandomState(6)
x, y = rng.randn(48, 3), rng.randn(48, 1)
weights = [rng.uniform(-0.5, 0.5, size=s) for s in [(3, 5), (5,), (5, 1), (1,)]]

def train(optimizer):
    model = Sequential([Dense(5, activation="sigmoid", input_shape=(3,)), Dense(1)])
    model.set_weights(weights)
    model.compile(optimizer=optimizer, loss="mse")
    return model.fit(x, y, epochs=5, batch_size=12, shuffle=False, verbose=0).history["loss"]

print("sgd", train(SGD(learning_rate=0.1)))
print("momentum", train(SGD(learning_rate=0.05, momentum=0.9)))
print("nesterov", train(SGD(learning_rate=0.05, momentum=0.9, nesterov=True)))
print("rmsprop", train(RMSprop(learning_rate=0.01)))
print("rmsprop", train(RMSprop(learning_rate=0.01, rho=0.8, momentum=0.5, centered=True)))
print("adam", train(Adam(learning_rate=0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-6)))
print("amsgrad", train(Adam(0.01, amsgrad=True)))
print("adamw", train(AdamW(learning_rate=0.01, weight_decay=0.1)))
print("adagrad", train(Adagrad(learning_rate=0.1)))
for name in ["sgd", "rmsprop", "adam", "adagrad", "adamw", "SGD", "Adam", "RMSprop"]:
    print(name, train(name))
