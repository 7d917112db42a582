import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras.callbacks import LearningRateScheduler
import math

def step_decay(epoch):
    return 0.1 * math.pow(0.5, math.floor((1 + epoch) / 2))

def warm(epoch, lr):
    if epoch < 2:
        return lr
    return lr * 0.9

rng = np.random.RandomState(1)
X, Y = rng.randn(30, 3), rng.randn(30)
for schedule in (step_decay, warm):
    model = Sequential()
    model.add(Dense(1, input_dim=3, kernel_initializer='ones'))
    model.compile(loss='mse', optimizer='sgd')
    lrate = LearningRateScheduler(schedule)
    history = model.fit(X, Y, epochs=6, batch_size=30, callbacks=[lrate], verbose=0)
    print(sorted(history.history))
    print(history.history["learning_rate"])
    print(history.history["loss"])
