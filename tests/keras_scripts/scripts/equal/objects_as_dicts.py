# Objects as dicts, and back: serialize, deserialize and get.
import keras
import numpy as np


def shown(described):
    return described["module"], described["class_name"], described["registered_name"]


adam = keras.optimizers.get({"class_name": "Adam", "config": {"learning_rate": 0.25}})
print(type(adam).__name__, float(adam.learning_rate), adam.get_config()["amsgrad"])
print({name: adam.get_config()[name] for name in ("clipnorm", "clipvalue", "global_clipnorm")})
described = keras.optimizers.serialize(keras.optimizers.SGD(0.5, momentum=0.75))
print(shown(described), described["config"]["momentum"])
again = keras.optimizers.deserialize(described)
print(type(again).__name__, float(again.learning_rate), again.momentum)

huber = keras.losses.get({"class_name": "Huber", "config": {"delta": 2.0}})
print(float(huber(np.array([[1.0, 2.0]]), np.array([[2.0, 7.0]]))))
print(shown(keras.losses.serialize(keras.losses.MeanSquaredError())))
auc = keras.metrics.AUC(num_thresholds=50, name="area")
print(shown(keras.metrics.serialize(auc)), keras.metrics.serialize(auc)["config"]["name"])
print(keras.metrics.deserialize(keras.metrics.serialize(auc)).num_thresholds)
crossentropy = {"class_name": "BinaryCrossentropy", "config": {"name": "bce"}}
print(isinstance(keras.metrics.get(crossentropy), keras.metrics.Metric))
print(isinstance(keras.losses.get(crossentropy), keras.losses.Loss))

constant = keras.initializers.get({"class_name": "Constant", "config": {"value": 2.0}})
print(np.asarray(constant((1, 2))), shown(keras.initializers.serialize(constant)))
print(shown(keras.regularizers.serialize(keras.regularizers.L2(0.5))))
print(keras.regularizers.get({"class_name": "L2", "config": {"l2": 0.5}}).get_config())
print(shown(keras.constraints.serialize(keras.constraints.MaxNorm(3))))
print(keras.activations.serialize(keras.activations.relu))
print(keras.activations.deserialize("relu") == keras.activations.relu)

decay = keras.optimizers.schedules.CosineDecay(0.5, 10)
described = keras.optimizers.schedules.serialize(decay)
print(shown(described), float(keras.optimizers.schedules.deserialize(described)(0)))
dense = keras.layers.Dense(3, "relu", kernel_regularizer=keras.regularizers.L1(0.5), name="hidden")
described = keras.layers.serialize(dense)
print(shown(described), described["config"]["units"], described["config"]["activation"])
again = keras.layers.deserialize(described)
print(again.name, again.units, again.kernel_regularizer.get_config())
