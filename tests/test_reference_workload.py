"""The notebook that tinynet is made for, cell by cell, with nothing but its imports rewritten.

Where ``TINYNET_DATA`` has the real MNIST it is run on that, for one epoch in place of three;
and it is always run on a few made-up images, with the numbers of examples written down to theirs.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynet.datasets import mnist
from tinynet.utils import mean_and_std, standardize

NOTEBOOK = """
import tensorflow as tf

print("Using TensorFlow version", tf.__version__)

from tensorflow.keras.datasets import mnist

(x_train, y_train), (x_test, y_test) = mnist.load_data()

print("x_train shape:", x_train.shape)
print("y_train shape:", y_train.shape)
print("x_test shape:", x_test.shape)
print("y_test shape:", y_test.shape)

from matplotlib import pyplot as plt

plt.imshow(x_train[0], cmap="binary")
plt.show()

print(y_train[0])
print(set(y_train))

from tensorflow.python.keras.utils import to_categorical

y_train_encoded = to_categorical(y_train)
y_test_encoded = to_categorical(y_test)

print("y_train_encoded shape:", y_train_encoded.shape)
print("y_test_encoded shape:", y_test_encoded.shape)
print(y_train_encoded[0])

import numpy as np

x_train_reshaped = np.reshape(x_train, (60000, 784))
x_test_reshaped = np.reshape(x_test, (10000, 784))

print(set(x_train_reshaped[0]))

x_mean = np.mean(x_train_reshaped)
x_std = np.std(x_train_reshaped)
epsilon = 1e-10
x_train_norm = (x_train_reshaped - x_mean) / (x_std + epsilon)
x_test_norm = (x_test_reshaped - x_mean) / (x_std + epsilon)

print(set(x_train_norm[0]))

from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense

model = Sequential([
    Dense(128, activation="relu", input_shape=(784,)),
    Dense(128, activation="relu"),
    Dense(10, activation="softmax"),
])

model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
model.summary()

h = model.fit(x_train_norm, y_train_encoded, epochs=3)

loss, accuracy = model.evaluate(x_test_norm, y_test_encoded)
print("Test set accuracy:", accuracy * 100)

preds = model.predict(x_test_norm)
print("preds shape:", preds.shape)

plt.figure(figsize=(12, 12))
start_index = 0
for i in range(30):
    plt.subplot(5, 6, i + 1)
    plt.grid(False)
    plt.xticks([])
    plt.yticks([])
    pred = np.argmax(preds[start_index + i])
    actual = np.argmax(y_test_encoded[start_index + i])
    col = "g"
    if pred != actual:
        col = "r"
    plt.xlabel("i={} | pred={} | true={}".format(start_index + i, pred, actual), color=col)
    plt.imshow(x_test[start_index + i], cmap="binary")
plt.show()

plt.figure()
index = 8
plt.plot(preds[index])
plt.show()
"""
IMPORTS = {
    "import tensorflow as tf": "import tinynet as tf",
    "from tensorflow.keras.": "from tinynet.",
    "from tensorflow.python.keras.": "from tinynet.",
}


def run(monkeypatch: pytest.MonkeyPatch, **rewritten: str) -> dict[str, Any]:
    """Run the notebook with other imports and return its variables."""
    import matplotlib
    from matplotlib import pyplot as plt

    program = NOTEBOOK
    for old, new in IMPORTS.items():
        program = program.replace(old, new)
    assert "tensorflow" not in program
    for name, number in rewritten.items():
        old = {"epochs": "epochs=3", "train": "(60000, ", "test": "(10000, "}[name]
        assert old in program
        program = program.replace(old, number)
    matplotlib.use("Agg")
    monkeypatch.setattr(plt, "show", lambda: None)  # Agg has nothing to show, and says so
    variables: dict[str, Any] = {}
    try:
        exec(program, variables)
    finally:
        plt.close("all")
    return variables


def check(v: dict[str, Any], out: str, n_train: int, n_test: int) -> None:
    """Check what holds of any data."""
    assert f"x_train shape: ({n_train}, 28, 28)" in out
    assert f"y_test_encoded shape: ({n_test}, 10)" in out
    assert v["x_train"].dtype == v["y_train"].dtype == np.uint8
    assert v["y_train_encoded"].dtype == np.float32
    assert v["x_train_norm"].dtype == np.float64
    rows = [line.split() for line in out.splitlines() if "(None," in line]
    assert [row[0] + " " + row[-1] for row in rows] == [
        "dense 100480",
        "dense_1 16512",
        "dense_2 1290",
    ]
    assert "Total params: 118,282" in out
    assert v["preds"].shape == (n_test, 10)
    np.testing.assert_allclose(v["preds"].sum(axis=1), 1, rtol=1e-5)
    right = v["preds"].argmax(axis=1) == v["y_test"]
    assert v["accuracy"] == right.mean()
    confidence = np.log(v["preds"][np.arange(n_test), v["y_test"]])
    assert v["loss"] == pytest.approx(-float(confidence.mean(dtype=float)), rel=1e-5)
    assert list(v["h"].history) == ["loss", "accuracy"]


def test_the_notebook_runs_on_made_up_images(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.arange(480, dtype=np.uint8) % 10)
    templates = rng.integers(0, 256, size=(10, 28, 28))
    noisy = templates[labels] * 0.5 + rng.integers(0, 128, size=(480, 28, 28))
    images = noisy.astype(np.uint8)
    halves = (images[:400], labels[:400]), (images[400:], labels[400:])
    monkeypatch.setattr(mnist, "load_data", lambda: halves)
    v = run(monkeypatch, train="(400, ", test="(80, ")
    out = capsys.readouterr().out
    check(v, out, 400, 80)
    assert f"\n{labels[0]}\n" in out
    assert len(v["h"].history["loss"]) == 3
    assert v["h"].history["loss"][2] < v["h"].history["loss"][0]
    # The one-line way, in float32, is the notebook's normalisation.
    np.testing.assert_allclose(
        standardize(images[:400]).reshape(400, 784), v["x_train_norm"], rtol=1e-4, atol=1e-6
    )


REAL = Path(os.environ.get("TINYNET_DATA", ""), "mnist", "train-images-idx3-ubyte.gz")


@pytest.mark.skipif(not REAL.is_file(), reason="TINYNET_DATA has no MNIST")
def test_the_notebook_learns_to_read_real_digits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    v = run(monkeypatch, epochs="epochs=1")
    out = capsys.readouterr().out
    check(v, out, 60000, 10000)
    assert "\n5\n" in out, "the first training image is a five"
    assert v["y_train_encoded"][0].tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert v["x_mean"] == 33.318421449829934
    assert v["x_std"] == 78.56748998339798
    assert mean_and_std(v["x_train"]) == pytest.approx((v["x_mean"], v["x_std"]), rel=1e-14, abs=0)
    # The original printed 0.3821 and 0.8896 for its first epoch, from another random start.
    assert 0.33 < v["h"].history["loss"][0] < 0.43
    assert 0.88 < v["h"].history["accuracy"][0] < 0.91
    assert 0.925 < v["accuracy"] < 0.955
