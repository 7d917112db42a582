import numpy as np
from sklearn.datasets import load_wine
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from tensorflow import keras

X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
sc = StandardScaler()
X_train = sc.fit_transform(X_train)
X_test = sc.transform(X_test)

classifier = keras.Sequential()
classifier.add(keras.layers.Dense(units=6, kernel_initializer="uniform", activation="relu", input_dim=13))
classifier.add(keras.layers.Dense(units=6, kernel_initializer="uniform", activation="relu"))
classifier.add(keras.layers.Dense(units=3, kernel_initializer="uniform", activation="softmax"))
classifier.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
classifier.fit(X_train, y_train, batch_size=10, epochs=100, verbose=0)
y_pred = classifier.predict(X_test, verbose=0).argmax(axis=1)
cm = confusion_matrix(y_test, y_pred)
print(cm.shape, cm.sum())
print("good:", accuracy_score(y_test, y_pred) > 0.8)
