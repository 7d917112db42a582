from typing import Optional
import numpy as np, keras
from keras import layers
from keras.models import Model, Sequential
def build_model(units: int, base: Optional[Model] = None) -> Model:
    model: keras.Model = base or Sequential()
    model.add(layers.Dense(units, activation="softmax", kernel_initializer=keras.initializers.Constant(0.1)))
    return model
def predict(model: Model | None, x: np.ndarray) -> np.ndarray:
    return model.predict(x, verbose=0)
if __name__ == "__main__":
    x = np.arange(12.0).reshape(4, 3); labels = np.array([0, 1, 2, 1]); y = np.eye(3)[labels]
    model = build_model(3); print(isinstance(model, Model), isinstance(x, keras.Model))
    p = predict(model, x); print(p)
    model.compile(); print(np.array_equal(predict(model, x), p))
    for name in ("categorical_crossentropy", "mean_squared_error", "mean_absolute_error", "cosine_similarity"):
        each = keras.ops.convert_to_numpy(getattr(keras.losses, name)(y, p)); print(name, each, each.dtype)
    for loss in (keras.losses.SparseCategoricalCrossentropy(reduction="none"), keras.losses.SparseCategoricalCrossentropy()):
        value = keras.ops.convert_to_numpy(loss(labels, p)); print(value, value.dtype)
    wide = keras.losses.mean_squared_error(y.astype("float32"), p.astype("float64")); print(keras.ops.convert_to_numpy(wide).shape)
    print(keras.utils.to_categorical(2, 4), [keras.utils.to_categorical(k, num_classes=3).tolist() for k in labels], keras.utils.to_categorical([[0, 1]]).dtype)
