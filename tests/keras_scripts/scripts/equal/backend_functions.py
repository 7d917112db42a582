import numpy as np
from tensorflow.keras import backend as K
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense
from tensorflow.keras.optimizers import Adam

def rmse(y_true, y_pred):
    return K.sqrt(K.mean(K.square(y_pred - y_true)))

def r_square(y_true, y_pred):
    residual = K.sum(K.square(y_true - y_pred))
    total = K.sum(K.square(y_true - K.mean(y_true)))
    return 1 - residual / (total + K.epsilon())

K.clear_session()
print(K.floatx(), K.epsilon(), K.image_data_format())
rng = np.random.RandomState(22)
x, y = rng.randn(20, 2), rng.randn(20, 1)
model = Sequential([Dense(1, kernel_initializer="ones", input_shape=(2,))])
model.compile(loss="mse", optimizer=Adam(learning_rate=0.01), metrics=[rmse, r_square])
history = model.fit(x, y, epochs=3, batch_size=20, verbose=0)
print(sorted(history.history.items()))
print(float(K.get_value(model.optimizer.learning_rate)))
