import numpy as np
import pandas as pd
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.RandomState(26)
df = pd.DataFrame({
    "Horsepower": rng.uniform(50, 200, 60),
    "Weight": rng.uniform(1500, 4500, 60),
    "Origin": rng.choice(["USA", "Japan", "Europe"], 60),
})
df["MPG"] = 60 - 0.1 * df["Horsepower"] - 0.005 * df["Weight"]
df = pd.get_dummies(df, columns=["Origin"], dtype=float)

train = df.sample(frac=0.8, random_state=0)
test = df.drop(train.index)
train_labels, test_labels = train.pop("MPG"), test.pop("MPG")
stats = train.describe().transpose()
normed_train = (train - stats["mean"]) / stats["std"]
normed_test = (test - stats["mean"]) / stats["std"]

model = keras.Sequential([
    layers.Dense(8, activation="relu", input_shape=[len(train.keys())]),
    layers.Dense(1),
])
model.set_weights([rng.uniform(-0.5, 0.5, size=w.shape) for w in model.get_weights()])
model.compile(loss="mse", optimizer=keras.optimizers.RMSprop(0.01), metrics=["mae", "mse"])
history = model.fit(normed_train, train_labels, epochs=5, validation_split=0.2, shuffle=False, verbose=0)
hist = pd.DataFrame(history.history)
hist["epoch"] = history.epoch
print(sorted(hist.columns), hist["val_mae"].tolist())
loss, mae, mse = model.evaluate(normed_test, test_labels, verbose=0)
print("Testing set Mean Abs Error: {:5.2f} MPG".format(mae))
print(model.predict(normed_test, verbose=0).flatten()[:4])
