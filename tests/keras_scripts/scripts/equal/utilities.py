import numpy as np
import keras
from keras.utils import to_categorical, normalize

print(to_categorical([0, 2, 1]).tolist())
print(to_categorical(np.array([[1], [0]]), num_classes=3).tolist())
print(normalize(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist())
print(normalize(np.array([[1.0, -3.0]]), order=1).tolist())
keras.utils.set_random_seed(1)
first = np.random.rand(3)
keras.utils.set_random_seed(1)
print((first == np.random.rand(3)).all())
keras.utils.clear_session()
