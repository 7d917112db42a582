import pandas as pd, numpy as np
from sklearn.datasets import load_iris
from sklearn.preprocessing import LabelEncoder, StandardScaler, OneHotEncoder, MinMaxScaler
from sklearn.model_selection import train_test_split, StratifiedKFold
from sklearn.metrics import classification_report, confusion_matrix, accuracy_score, roc_auc_score
from keras.models import Sequential
from keras.layers import Dense
from keras.utils import to_categorical
iris = load_iris(as_frame=True)
df = iris.frame
df["species"] = df["target"].map({0: "setosa", 1: "versicolor", 2: "virginica"})
X = df.iloc[:, 0:4]
encoder = LabelEncoder()
y = encoder.fit_transform(df["species"])
dummy_y = to_categorical(y)
oh = pd.get_dummies(df["species"])
X_train, X_test, y_train, y_test = train_test_split(X, oh, test_size=0.3, random_state=1, stratify=oh)
scaler = StandardScaler().fit(X_train)
X_train_s, X_test_s = scaler.transform(X_train), scaler.transform(X_test)
model = Sequential([Dense(8, input_dim=4, activation="tanh", kernel_initializer="ones"), Dense(3, activation="softmax", kernel_initializer="zeros")])
model.compile(loss="categorical_crossentropy", optimizer="sgd", metrics=["accuracy", "categorical_accuracy"])
history = model.fit(X_train_s, y_train, epochs=20, batch_size=5, verbose=0, shuffle=False, validation_data=(X_test_s, y_test))
print(history.history["loss"][-1], history.history["val_accuracy"][-1])
pred = model.predict(X_test_s, verbose=0)
print(classification_report(np.argmax(y_test.values, axis=1), np.argmax(pred, axis=1), zero_division=0))
print(confusion_matrix(y_test.values.argmax(axis=1), pred.argmax(axis=1)))
print(round(roc_auc_score(y_test, pred, multi_class="ovr"), 5))
model2 = Sequential([Dense(3, activation="softmax", kernel_initializer="zeros")])
model2.compile(loss="sparse_categorical_crossentropy", optimizer="rmsprop", metrics=["acc"])
h = model2.fit(X, df["target"], epochs=3, verbose=0, shuffle=False)
print(h.history["acc"], h.history["loss"])
print(encoder.inverse_transform(model2.predict(X.iloc[[0, 60, 140]], verbose=0).argmax(axis=-1)))
