import numpy as np, os, tempfile, csv
import keras
from keras import layers, callbacks
x = np.linspace(-1, 1, 40).reshape(20, 2).astype("float32"); y = (x.sum(axis=1) > 0).astype("int32")
def make(opt="sgd"):
    m = keras.Sequential([layers.Input(shape=(2,)), layers.Dense(3, "tanh", kernel_initializer="ones"), layers.Dense(1, "sigmoid", kernel_initializer="ones")])
    m.compile(optimizer=opt, loss="binary_crossentropy", metrics=["accuracy"])
    return m
class Log(callbacks.Callback):
    def on_train_begin(self, logs=None): print("train begin", logs, len(self.params) > 2)
    def on_train_end(self, logs=None): print("train end", {k: round(float(v), 5) for k, v in logs.items()})
    def on_epoch_begin(self, epoch, logs=None): print("epoch begin", epoch, logs)
    def on_epoch_end(self, epoch, logs=None): print("epoch end", epoch, {k: round(float(v), 5) for k, v in logs.items()})
    def on_train_batch_begin(self, batch, logs=None): print("tb", batch, logs)
    def on_train_batch_end(self, batch, logs=None): print("te", batch, {k: round(float(v), 5) for k, v in logs.items()})
    def on_test_begin(self, logs=None): print("test begin", logs)
    def on_test_end(self, logs=None): print("test end", {k: round(float(v), 5) for k, v in logs.items()})
    def on_predict_begin(self, logs=None): print("predict begin", logs)
    def on_predict_batch_end(self, batch, logs=None): print("pb", batch, sorted(logs))
    def on_predict_end(self, logs=None): print("predict end", logs)
m = make()
m.fit(x, y, batch_size=10, epochs=2, verbose=0, shuffle=False, validation_data=(x[:8], y[:8]), callbacks=[Log()])
m.evaluate(x, y, verbose=0, callbacks=[Log()])
m.predict(x, verbose=0, callbacks=[Log()])
d = tempfile.mkdtemp()
m = make("adam")
es = callbacks.EarlyStopping(monitor="val_accuracy", patience=2, mode="max", restore_best_weights=True, start_from_epoch=1)
mc = callbacks.ModelCheckpoint(filepath=os.path.join(d, "cp-{epoch:02d}-{val_loss:.2f}.keras"), monitor="val_loss", save_best_only=False)
mw = callbacks.ModelCheckpoint(filepath=os.path.join(d, "sub", "w.weights.h5"), save_weights_only=True)
cl = callbacks.CSVLogger(os.path.join(d, "log.csv"))
lam = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print("lam", epoch, sorted(logs)))
h = m.fit(x, y, epochs=6, verbose=0, shuffle=False, validation_data=(x[:8], y[:8]), callbacks=[es, mc, mw, cl, lam, callbacks.TerminateOnNaN(), callbacks.History(), callbacks.ProgbarLogger() if False else callbacks.Callback()])
print(es.stopped_epoch, es.best_epoch if hasattr(es, "best_epoch") else None, es.best)
print(sorted(os.listdir(d)), os.listdir(os.path.join(d, "sub")))
print(open(os.path.join(d, "log.csv")).readline().strip(), len(open(os.path.join(d, "log.csv")).readlines()))
def scheduler(epoch, lr):
    return lr if epoch < 2 else lr * float(np.exp(-0.1))
m = make(); h = m.fit(x, y, epochs=4, verbose=0, callbacks=[callbacks.LearningRateScheduler(scheduler)], shuffle=False)
print(h.history["learning_rate"], round(float(m.optimizer.learning_rate), 6))
m.optimizer.learning_rate = 0.5; print(float(m.optimizer.learning_rate))
m.optimizer.learning_rate.assign(0.25); print(float(m.optimizer.learning_rate))
m = make(); m.stop_training = False
class Stop(callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if logs.get("loss") < 10: self.model.stop_training = True
h = m.fit(x, y, epochs=5, verbose=0, callbacks=Stop()); print(len(h.history["loss"]), h.epoch)
