import numpy as np
import tensorflow as tf
from tensorflow import keras
import tensorflow.keras as again
import tensorflow.keras.backend as K
from tensorflow.keras import layers, models, optimizers, losses, metrics, utils, callbacks
from tensorflow.keras.models import Model, Sequential
from tensorflow.keras.layers import Dense, Conv2D, MaxPooling2D, LSTM, Input, Dropout

print(layers.Dense is Dense, models.Sequential is Sequential, keras.Sequential is Sequential)
print(issubclass(callbacks.EarlyStopping, keras.callbacks.Callback))
model = Sequential([Dense(2, input_shape=(2,), kernel_initializer="ones"), Dropout(0.5)])
model.compile(optimizers.SGD(), losses.MeanSquaredError(), metrics=[metrics.MeanAbsoluteError()])
print(model.evaluate(np.ones((4, 2)), np.zeros((4, 2)), verbose=0))
print(utils.to_categorical([1]).tolist(), K.floatx())
def build() -> keras.Model:
    return model
print(isinstance(build(), keras.Model), len(tf.config.list_physical_devices("TPU")))
