# The metrics that compile was given can be asked after fit and evaluate.
import keras
import numpy as np

x = np.linspace(-1, 1, 24).reshape(12, 2)
y = (x.sum(axis=1) > 0.2).astype("float32")


class F1(keras.metrics.Metric):
    def __init__(self, name="f1", **kwargs):
        super().__init__(name=name, **kwargs)
        self.precision = keras.metrics.Precision()
        self.recall = keras.metrics.Recall()

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.precision.update_state(y_true, y_pred, sample_weight)
        self.recall.update_state(y_true, y_pred, sample_weight)

    def result(self):
        p, r = self.precision.result(), self.recall.result()
        return 2 * p * r / (p + r + 1e-7)

    def reset_state(self):
        self.precision.reset_state()
        self.recall.reset_state()


asked = [keras.metrics.BinaryAccuracy(), keras.metrics.AUC(name="auc"), F1()]
weighted = keras.metrics.MeanAbsoluteError(name="weighted_mae")
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
model.set_weights([np.array([[1.0], [-0.5]]), np.array([0.1])])
model.compile(keras.optimizers.SGD(0.5), "binary_crossentropy", metrics=asked,
              weighted_metrics=[weighted])


def show():
    print([round(float(metric.result()), 5) for metric in (*asked, weighted)])


# Labels that are floats make floats the classes.
weights = {label: 1.0 + 2 * label for label in np.unique(y)}
history = model.fit(x, y.reshape(-1, 1), epochs=2, batch_size=4, shuffle=False, verbose=0,
                    class_weight=weights)
show()
model.fit(x, y.reshape(-1, 1), epochs=1, shuffle=False, verbose=0,
          validation_data=(x[:5], y[:5].reshape(-1, 1)))
show()
model.evaluate(x[3:], y[3:].reshape(-1, 1), verbose=0)
show()
asked[0].update_state(y.reshape(-1, 1), y.reshape(-1, 1))
show()
model.reset_metrics()
show()
for name, values in history.history.items():
    print(name, [round(value, 5) for value in values], {type(value).__name__ for value in values})
