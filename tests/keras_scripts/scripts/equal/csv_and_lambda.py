import csv
import os
import tempfile
import numpy as np
from tensorflow.keras import Sequential
from tensorflow.keras.layers import Dense
from tensorflow.keras.callbacks import CSVLogger, LambdaCallback, TerminateOnNaN

x = np.linspace(0, 1, 10).reshape(-1, 1)
y = 3 * x + 1
folder = tempfile.mkdtemp()
path = os.path.join(folder, "training.log")

model = Sequential([Dense(1, kernel_initializer="ones", input_shape=(1,))])
model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
losses = []
model.fit(x, y, epochs=4, batch_size=10, verbose=0, callbacks=[
    CSVLogger(path),
    LambdaCallback(on_epoch_end=lambda epoch, logs: losses.append(logs["loss"])),
    TerminateOnNaN(),
])
with open(path) as file:
    rows = list(csv.reader(file))
print(rows[0])
for row in rows[1:]:
    print([value if value == "NA" else float(value) for value in row])
print(losses)
