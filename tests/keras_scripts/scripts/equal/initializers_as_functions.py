# the lower-case names of initializers are classes as well; a copy with other layers
import numpy as np
import keras
from keras import layers
from keras.initializers import glorot_uniform, he_normal, lecun_uniform, truncated_normal, zeros

for draw in (glorot_uniform(seed=0), he_normal(), lecun_uniform(seed=3), truncated_normal(stddev=0.1)):
    print(type(draw).__name__, draw((3, 4)).shape)
model = keras.Sequential([
    keras.Input(batch_shape=(None, 3)),
    layers.Dense(4, activation="relu", kernel_initializer=he_normal(seed=1), bias_initializer=zeros()),
    layers.Dense(2, kernel_initializer=glorot_uniform, bias_initializer=keras.initializers.constant(0.5)),
])
print(model.layers[1].get_weights()[1])
model.compile(loss="mse", metrics=[keras.losses.MeanAbsoluteError()])
print(type(model.optimizer).__name__, float(model.optimizer.learning_rate))
model.set_weights([np.full(w.shape, 0.25) for w in model.get_weights()])
x = np.arange(12.0).reshape(4, 3) / 12
history = model.fit(x, x[:, :2], epochs=2, batch_size=2, shuffle=False, verbose=0)
print(sorted(history.history), history.history["loss"])
copy = keras.models.clone_model(model, clone_function=lambda layer: layer.__class__.from_config(layer.get_config()))
copy.set_weights(model.get_weights())
print(np.abs(copy.predict(x, verbose=0) - model.predict(x, verbose=0)).max())
keras.utils.disable_interactive_logging()
