import numpy as np
import keras

y_true = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], dtype="float32")
y_pred = np.array([[0.1, 0.8, 0.1], [0.3, 0.2, 0.5]], dtype="float32")

for loss in [
    keras.losses.MeanSquaredError(), keras.losses.MeanAbsoluteError(),
    keras.losses.MeanSquaredLogarithmicError(), keras.losses.Huber(delta=0.3),
    keras.losses.LogCosh(), keras.losses.KLDivergence(), keras.losses.Poisson(),
    keras.losses.CategoricalCrossentropy(), keras.losses.BinaryCrossentropy(),
    keras.losses.CosineSimilarity(), keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
    keras.losses.BinaryCrossentropy(from_logits=True),
]:
    print(float(loss(y_true, y_pred)))
print(float(keras.losses.SparseCategoricalCrossentropy()(np.array([1, 2]), y_pred)))
signs = np.array([[-1.0], [1.0], [1.0]], dtype="float32")
scores = np.array([[0.3], [0.6], [-0.2]], dtype="float32")
print(float(keras.losses.Hinge()(signs, scores)), float(keras.losses.SquaredHinge()(signs, scores)))
print(float(keras.losses.MeanAbsolutePercentageError()(signs, scores)))
print(float(keras.losses.MeanSquaredError(reduction="sum")(y_true, y_pred)))
print(np.array(keras.losses.mean_squared_error(y_true, y_pred)))
print(np.array(keras.losses.mean_absolute_error(y_true, y_pred)))
print(np.array(keras.losses.categorical_crossentropy(y_true, y_pred)))
print(np.array(keras.losses.binary_crossentropy(y_true, y_pred)))
