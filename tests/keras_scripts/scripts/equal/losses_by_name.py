import numpy as np
from keras.models import Sequential
from keras.layers import Dense

rng = np.random.RandomState(12)
x = rng.rand(40, 3)
y = rng.rand(40, 1)
weights = [rng.uniform(0, 0.5, size=s) for s in [(3, 1), (1,)]]
for loss in ["mse", "mae", "mape", "msle", "MSE", "mean_absolute_error", "huber", "log_cosh",
             "poisson", "hinge", "squared_hinge", "kl_divergence", "cosine_similarity"]:
    model = Sequential()
    model.add(Dense(1, input_dim=3))
    model.set_weights(weights)
    model.compile(loss=loss, optimizer="sgd")
    losses = model.fit(x, y, epochs=3, batch_size=10, shuffle=False, verbose=0).history["loss"]
    print(loss, losses)
