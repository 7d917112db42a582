import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

rng = np.random.RandomState(0)
train_data = rng.randn(60, 5)
train_targets = train_data @ rng.randn(5) + 0.1 * rng.randn(60)
mean, std = train_data.mean(axis=0), train_data.std(axis=0)
train_data = (train_data - mean) / std

def build_model():
    model = keras.Sequential([layers.Dense(16, activation="relu"),
                              layers.Dense(16, activation="relu"),
                              layers.Dense(1)])
    model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
    return model

k, num_epochs = 3, 40
num_val_samples = len(train_data) // k
all_scores = []
for i in range(k):
    print(f"Processing fold #{i}")
    part = slice(i * num_val_samples, (i + 1) * num_val_samples)
    val_data, val_targets = train_data[part], train_targets[part]
    partial_train_data = np.delete(train_data, part, axis=0)
    partial_train_targets = np.delete(train_targets, part, axis=0)
    model = build_model()
    history = model.fit(partial_train_data, partial_train_targets, epochs=num_epochs, batch_size=1, verbose=0)
    val_mse, val_mae = model.evaluate(val_data, val_targets, verbose=0)
    all_scores.append(val_mae)
print(len(all_scores), len(history.history["mae"]), np.mean(all_scores) < 1.0)
