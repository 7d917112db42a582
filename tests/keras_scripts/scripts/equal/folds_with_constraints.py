# k-fold validation, weights held in check, names and values printed side by side
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Input
from keras.constraints import MaxNorm
from keras.optimizers import SGD
from keras.callbacks import EarlyStopping

rng = np.random.RandomState(31)
X = rng.uniform(-1, 1, size=(60, 6))
Y = (X[:, :3].sum(axis=1) > 0).astype(int)

def create_baseline():
    model = Sequential()
    model.add(Input(shape=(6,)))
    model.add(Dense(8, activation='relu', kernel_constraint=MaxNorm(1)))
    model.add(Dense(1, activation='sigmoid'))
    model.set_weights([np.random.RandomState(k).uniform(-.5, .5, w.shape) for k, w in enumerate(model.get_weights())])
    print(model.metrics_names)
    model.compile(loss='binary_crossentropy', optimizer=SGD(learning_rate=0.1, momentum=0.8), metrics=['accuracy'])
    print(model.metrics_names)
    return model

k = 3
size = len(X) // k
cvscores = []
for i in range(k):
    test = np.arange(i * size, (i + 1) * size)
    train = np.setdiff1d(np.arange(len(X)), test)
    model = create_baseline()
    stop = EarlyStopping('val_loss', 0.001, 3, 0, 'min', None, True)
    history = model.fit(X[train], Y[train], validation_data=(X[test], Y[test]), epochs=20, batch_size=10, shuffle=False, verbose=0, callbacks=[stop])
    scores = model.evaluate(X[test], Y[test], verbose=0)
    print(model.metrics_names, len(history.epoch), stop.best_epoch)
    print("%s: %.2f%%" % (model.metrics_names[1], scores[1] * 100))
    cvscores.append(scores[1] * 100)
print("%.2f%% (+/- %.2f%%)" % (np.mean(cvscores), np.std(cvscores)))
print(history.history['val_loss'])
