# sigmoid outputs with categorical crossentropy: common, and Keras makes it learn
import numpy as np
from sklearn.datasets import load_iris
from sklearn.preprocessing import LabelEncoder
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense
from tensorflow.keras.utils import to_categorical

np.random.seed(7)
iris = load_iris()
X = iris.data
encoded = LabelEncoder().fit_transform(iris.target)
Y = to_categorical(encoded)
model = Sequential()
model.add(Dense(16, input_dim=4, activation="tanh", kernel_initializer="glorot_normal"))
model.add(Dense(3, activation="sigmoid"))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X, Y, epochs=150, batch_size=5, verbose=0)
scores = model.evaluate(X, Y, verbose=0)
print("learned:", scores[1] > 0.8)
