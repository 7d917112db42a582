import os
import tempfile
import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense

def make_model():
    return Sequential([Dense(4, activation="relu", input_shape=(3,)), Dense(2)])

rng = np.random.RandomState(18)
model = make_model()
model.set_weights([rng.randn(*w.shape) for w in model.get_weights()])
path = os.path.join(tempfile.mkdtemp(), "net.weights.h5")
model.save_weights(path)
other = make_model()
other.load_weights(path)
x = rng.randn(2, 3)
print(os.path.exists(path), other.predict(x, verbose=0))
