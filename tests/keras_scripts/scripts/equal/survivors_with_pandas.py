import numpy as np, pandas as pd, tensorflow as tf
import matplotlib; matplotlib.use("Agg"); import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split, KFold
from sklearn.preprocessing import LabelEncoder, MinMaxScaler
from sklearn.utils.class_weight import compute_class_weight
from tensorflow.keras.models import Sequential, load_model
from tensorflow.keras.layers import Dense, Dropout, BatchNormalization, Activation, Input
from tensorflow.keras.optimizers import Adam, RMSprop
from tensorflow.keras.callbacks import EarlyStopping, ReduceLROnPlateau, ModelCheckpoint
from tensorflow.keras.metrics import AUC, Precision, Recall
from tensorflow.keras.regularizers import l1_l2
rng = np.random.RandomState(7)
train = pd.DataFrame({"Pclass": rng.randint(1, 4, 150), "Sex": rng.choice(["male", "female"], 150), "Age": np.where(rng.rand(150) < .1, np.nan, rng.randint(1, 80, 150)), "Fare": rng.rand(150) * 80, "Embarked": rng.choice(list("SCQ"), 150)})
train["Survived"] = ((train.Sex == "female") | (rng.rand(150) < .2)).astype(int)
train["Age"] = train["Age"].fillna(train["Age"].mean())
train["Sex"] = LabelEncoder().fit_transform(train["Sex"])
train = pd.get_dummies(train, columns=["Embarked"], drop_first=True)
y = train.pop("Survived")
X_train, X_val, y_train, y_val = train_test_split(train, y, test_size=.2, random_state=0)
scaler = MinMaxScaler(); X_train_s = scaler.fit_transform(X_train); X_val_s = scaler.transform(X_val)
cw = compute_class_weight(class_weight="balanced", classes=np.unique(y_train), y=y_train)
class_weights = dict(enumerate(cw))
model = Sequential()
model.add(Input(shape=(X_train_s.shape[1],)))
model.add(Dense(8, kernel_initializer="ones", kernel_regularizer=l1_l2(l1=1e-5, l2=1e-4), bias_initializer="zeros"))
model.add(Activation("relu"))
model.add(Dropout(0.0))
model.add(Dense(1, activation="sigmoid", kernel_initializer=tf.keras.initializers.Constant(0.01)))
model.compile(optimizer=Adam(learning_rate=0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-07, amsgrad=False), loss="binary_crossentropy", metrics=["accuracy", AUC(name="auc"), Precision(name="prec"), Recall(name="rec")])
es = EarlyStopping(monitor="val_loss", mode="min", patience=3, verbose=0, restore_best_weights=True, min_delta=1e-4)
rlr = ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=1, verbose=0, min_lr=1e-5)
history = model.fit(X_train_s, y_train, validation_data=(X_val_s, y_val), epochs=8, batch_size=16, class_weight=class_weights, callbacks=[es, rlr], verbose=0, shuffle=False)
for k in ("loss", "accuracy", "auc", "prec", "rec", "val_loss", "val_auc", "learning_rate"): print(k, history.history[k][-1])
history_frame = pd.DataFrame(history.history)
history_frame.loc[:, ["loss", "val_loss"]].plot()
print("Minimum validation loss: {:0.4f}".format(history_frame["val_loss"].min()))
fig, ax = plt.subplots(1, 2, figsize=(12, 4)); ax[0].plot(history.history["accuracy"]); plt.savefig("acc.png")
X_val = X_val.astype("float32")
print(model.predict(X_val_s, batch_size=64, verbose=0)[:3, 0])
sub = pd.DataFrame({"PassengerId": range(3), "Survived": (model.predict(X_val_s[:3], verbose=0) > .5).astype("int32").reshape(-1)})
print(sub.to_csv(index=False))
scores = []
for fold, (a, b) in enumerate(KFold(n_splits=3, shuffle=True, random_state=42).split(train)):
    m = Sequential([Dense(4, activation="relu", kernel_initializer="ones"), Dense(1, activation="sigmoid", kernel_initializer="zeros")])
    m.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    m.fit(train.iloc[a].astype("float32") / 100, y.iloc[a], epochs=2, verbose=0, shuffle=False)
    scores.append(m.evaluate(train.iloc[b].astype("float32") / 100, y.iloc[b], verbose=0)[1])
print(np.mean(scores), np.std(scores))
