import json
import numpy as np
from tensorflow.keras.models import Sequential, model_from_json
from tensorflow.keras.layers import Dense, Dropout

model = Sequential(name="net")
model.add(Dense(4, activation="relu", input_shape=(3,), name="hidden"))
model.add(Dropout(0.2))
model.add(Dense(2, activation="softmax", name="result"))
text = model.to_json()
print(isinstance(json.loads(text), dict))
twin = model_from_json(text)
twin.set_weights(model.get_weights())
x = np.random.rand(3, 3)
print(np.allclose(model.predict(x, verbose=0), twin.predict(x, verbose=0)))
print(twin.name, [layer.name for layer in twin.layers])
config = model.get_layer("hidden").get_config()
print(config["units"], config["use_bias"], config["name"])
again = Dense.from_config(config)
print(again.units, again.name)
print(len(Sequential.from_config(model.get_config()).layers))
