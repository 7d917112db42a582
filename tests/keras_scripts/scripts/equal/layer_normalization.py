import numpy as np
import keras
from keras.layers import Dense, LayerNormalization

rng = np.random.RandomState(9)
x = rng.randn(40, 5)
y = x.sum(axis=1, keepdims=True)
model = keras.models.Sequential([
    keras.Input((5,)),
    Dense(6, activation="gelu"),
    LayerNormalization(),
    Dense(1),
])
model.set_weights([rng.uniform(-0.7, 0.7, size=w.shape) for w in model.get_weights()])
model.compile(loss="mse", optimizer=keras.optimizers.Adam(learning_rate=0.01))
print(model.fit(x, y, epochs=5, shuffle=False, verbose=0).history)
print(model.predict(x[:3], verbose=0))
