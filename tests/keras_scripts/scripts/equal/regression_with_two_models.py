import numpy as np, pandas as pd
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
rng = np.random.RandomState(0)
n = 120
raw = pd.DataFrame({"MPG": 20 + 5 * rng.randn(n), "Cylinders": rng.randint(3, 9, n), "Displacement": 200 + 80 * rng.randn(n),
   "Horsepower": 100 + 30 * rng.randn(n), "Weight": 3000 + 500 * rng.randn(n), "Origin": rng.randint(1, 4, n)})
dataset = raw.copy().dropna()
dataset['Origin'] = dataset['Origin'].map({1: 'USA', 2: 'Europe', 3: 'Japan'})
dataset = pd.get_dummies(dataset, columns=['Origin'], prefix='', prefix_sep='')
train_dataset = dataset.sample(frac=0.8, random_state=0)
test_dataset = dataset.drop(train_dataset.index)
train_features = train_dataset.copy(); test_features = test_dataset.copy()
train_labels = train_features.pop('MPG'); test_labels = test_features.pop('MPG')
train_features = train_features.astype(np.float32); test_features = test_features.astype(np.float32)
normalizer = tf.keras.layers.Normalization(axis=-1)
normalizer.adapt(np.array(train_features))
print(normalizer.mean.numpy())
first = np.array(train_features[:1])
print('Normalized:', normalizer(first).numpy())
horsepower = np.array(train_features['Horsepower'])
horsepower_normalizer = layers.Normalization(input_shape=[1,], axis=None)
horsepower_normalizer.adapt(horsepower)
horsepower_model = tf.keras.Sequential([horsepower_normalizer, layers.Dense(units=1, kernel_initializer="ones")])
print(horsepower_model.predict(horsepower[:4], verbose=0))
horsepower_model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.1), loss='mean_absolute_error')
history = horsepower_model.fit(train_features['Horsepower'], train_labels, epochs=10, verbose=0, validation_split=0.2, shuffle=False)
hist = pd.DataFrame(history.history)
hist['epoch'] = history.epoch
print(hist.tail())
test_results = {}
test_results['horsepower_model'] = horsepower_model.evaluate(test_features['Horsepower'], test_labels, verbose=0)
x = tf.linspace(0.0, 250, 251)
y = horsepower_model.predict(x, verbose=0)
print(y.shape, y[:3].ravel())
linear_model = tf.keras.Sequential([normalizer, layers.Dense(units=1, kernel_initializer="zeros")])
print(linear_model.predict(train_features[:3], verbose=0))
print(linear_model.layers[1].kernel.shape)
linear_model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.1), loss='mean_absolute_error')
linear_model.fit(train_features, train_labels, epochs=5, verbose=0, validation_split=0.2, shuffle=False)
test_results['linear_model'] = linear_model.evaluate(test_features, test_labels, verbose=0)
def build_and_compile_model(norm):
  model = keras.Sequential([norm, layers.Dense(64, activation='relu', kernel_initializer="ones"), layers.Dense(64, activation='relu', kernel_initializer=keras.initializers.Constant(0.01)), layers.Dense(1, kernel_initializer="zeros")])
  model.compile(loss='mean_absolute_error', optimizer=tf.keras.optimizers.Adam(0.001))
  return model
dnn_model = build_and_compile_model(normalizer)
dnn_model.fit(train_features, train_labels, validation_split=0.2, verbose=0, epochs=3, shuffle=False)
test_results['dnn_model'] = dnn_model.evaluate(test_features, test_labels, verbose=0)
print(pd.DataFrame(test_results, index=['Mean absolute error [MPG]']).T)
test_predictions = dnn_model.predict(test_features, verbose=0).flatten()
error = test_predictions - test_labels
print(error.head(3))
