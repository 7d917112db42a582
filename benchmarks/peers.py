"""The reference workload in each library, written as its own users would write it.

``python -m benchmarks.peers NAME --data FILE --epochs 3 --threads 2`` trains in this process and
prints one line of JSON: the seconds of each epoch, and the final loss and accuracy, which show that
all libraries do the same work. ``--threads 0`` keeps the library's default.

Every library gets the images as float32, normalised by the training set's mean and standard
deviation and prepared in memory as it prefers. Every library shuffles in each epoch, reports the
training loss and accuracy, and computes both on the test set at the end. tinynet reads the images
as bytes, behind a `Normalization` layer that converts each batch. It is also timed on the float32
images.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.common import BATCH, LAYERS, floor_step

RATE = 0.01
Digits = dict[str, np.ndarray]
Report = dict[str, Any]


class Clock:
    """Collects the seconds of each epoch: by the clock, and of the processor in all threads."""

    def __init__(self) -> None:
        self.epochs: list[float] = []
        self.cpu: list[float] = []

    def start(self) -> None:
        """Begin an epoch."""
        self.started = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        """End it."""
        self.epochs.append(time.perf_counter() - self.started[0])
        self.cpu.append(time.process_time() - self.started[1])

    def lap(self, function: Callable[[], Any]) -> Any:
        """Call a function that trains for an epoch, and note how long it took."""
        self.start()
        result = function()
        self.stop()
        return result


def normalise(digits: Digits) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return x_train, y_train, x_test, y_test, the images as float32, made in place."""
    mean, std = digits["x_train"].mean(dtype=np.float32), digits["x_train"].std(dtype=np.float32)
    images = []
    for name in ("x_train", "x_test"):
        x = digits.pop(name).astype(np.float32)
        x -= mean
        x /= std
        images.append(x)
    return images[0], digits["y_train"], images[1], digits["y_test"]


def one_hot(y: np.ndarray) -> np.ndarray:
    encoded: np.ndarray = np.eye(10, dtype=np.float32)[y]
    return encoded


def tinynet_fit(below: list[Any], train: Any, test: Any, epochs: int) -> Report:
    """Train the reference network on top of the layers given."""
    from tinynet import Dense, Sequential
    from tinynet.callbacks import Callback

    clock = Clock()

    class Stopwatch(Callback):
        def on_epoch_begin(self, epoch: int, logs: dict[str, float]) -> None:
            clock.start()

        def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
            clock.stop()

    _, *hidden, outputs = LAYERS
    layers = [Dense(width, activation="relu") for width in hidden]
    model = Sequential([*below, *layers, Dense(outputs, activation="softmax")], seed=0)
    model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
    x, t = train
    history = model.fit(x, t, epochs=epochs, verbose=0, callbacks=[Stopwatch()]).history
    x_test, t_test = test
    loss, accuracy = model.evaluate(x_test, t_test, verbose=0)
    return {
        "epochs": clock.epochs,
        "cpu_epochs": clock.cpu,
        "train_loss": history["loss"][-1],
        "loss": loss,
        "accuracy": accuracy,
    }


def tinynet(digits: Digits, epochs: int, threads: int) -> Report:
    from tinynet import Normalization
    from tinynet.utils import to_categorical

    normalization = Normalization(axis=None)
    normalization.adapt(digits["x_train"])
    train = digits["x_train"], to_categorical(digits["y_train"])
    test = digits["x_test"], to_categorical(digits["y_test"])
    return tinynet_fit([normalization], train, test, epochs)


def tinynet_float32(digits: Digits, epochs: int, threads: int) -> Report:
    from tinynet.utils import standardize, to_categorical

    x_train, x_test = standardize(digits.pop("x_train"), digits.pop("x_test"))
    train = x_train, to_categorical(digits["y_train"])
    return tinynet_fit([], train, (x_test, to_categorical(digits["y_test"])), epochs)


def tinynet_threads(digits: Digits, epochs: int, threads: int) -> Report:
    from tinynet import set_blas_threads

    set_blas_threads(threads)
    return tinynet(digits, epochs, threads)


def floor(digits: Digits, epochs: int, threads: int) -> Report:
    step, clock = floor_step(BATCH, LAYERS), Clock()
    count = len(digits["x_train"]) // BATCH

    def epoch() -> None:
        for _ in range(count):
            step()

    for _ in range(epochs):
        clock.lap(epoch)
    return {"epochs": clock.epochs, "cpu_epochs": clock.cpu}


def textbook(digits: Digits, epochs: int, threads: int) -> Report:
    from examples.from_scratch import Network

    x_train, y_train, x_test, y_test = normalise(digits)
    network, clock, t_train = Network(LAYERS, seed=0), Clock(), one_hot(y_train)
    for _ in range(epochs):
        train_loss, _ = clock.lap(lambda: network.train_epoch(x_train, t_train, BATCH, RATE))
    p = network.forward(x_test)[-1]
    right = p[np.arange(len(p)), y_test]
    return {
        "epochs": clock.epochs,
        "cpu_epochs": clock.cpu,
        "train_loss": train_loss,
        "loss": float(-np.log(right + 1e-12).mean()),
        "accuracy": float(np.mean(p.argmax(axis=1) == y_test)),
    }


def keras(digits: Digits, epochs: int, threads: int) -> Report:
    if os.environ["KERAS_BACKEND"] == "tensorflow" and threads:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    from keras import Input, Sequential
    from keras.callbacks import Callback
    from keras.layers import Dense

    clock = Clock()

    class Stopwatch(Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            clock.start()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            clock.stop()

    x_train, y_train, x_test, y_test = normalise(digits)
    inputs, *hidden, outputs = LAYERS
    layers = [Dense(width, activation="relu") for width in hidden]
    model = Sequential([Input((inputs,)), *layers, Dense(outputs, activation="softmax")])
    model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        x_train, one_hot(y_train), batch_size=BATCH, epochs=epochs, verbose=0,
        callbacks=[Stopwatch()],
    )  # fmt: skip
    loss, accuracy = model.evaluate(x_test, one_hot(y_test), verbose=0)
    train_loss = history.history["loss"][-1]
    return {
        "epochs": clock.epochs,
        "cpu_epochs": clock.cpu,
        "train_loss": train_loss,
        "loss": loss,
        "accuracy": accuracy,
    }


def torch_eager(digits: Digits, epochs: int, threads: int, compiled: bool = False) -> Report:
    import torch
    from torch import nn

    if threads:
        torch.set_num_threads(threads)
    torch.manual_seed(0)
    x_train, y_train, x_test, y_test = map(torch.from_numpy, normalise(digits))
    y_train, y_test = y_train.long(), y_test.long()
    inputs, first, second, outputs = LAYERS
    model = nn.Sequential(
        nn.Linear(inputs, first), nn.ReLU(), nn.Linear(first, second), nn.ReLU(),
        nn.Linear(second, outputs),
    )  # fmt: skip
    for layer in model:
        if isinstance(layer, nn.Linear):  # start as the others do
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    loss_function = nn.CrossEntropyLoss()
    optimizer, clock = torch.optim.SGD(model.parameters(), lr=RATE), Clock()
    forward = torch.compile(model) if compiled else model

    def epoch() -> float:
        order = torch.randperm(len(x_train))
        total, correct = torch.zeros(()), torch.zeros((), dtype=torch.long)
        for rows in order.split(BATCH):
            x, y = x_train[rows], y_train[rows]
            optimizer.zero_grad()
            logits = forward(x)
            loss = loss_function(logits, y)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
            correct += (logits.detach().argmax(dim=1) == y).sum()
        return float(total) / len(x_train)

    for _ in range(epochs):
        train_loss = clock.lap(epoch)
    with torch.no_grad():
        logits = model(x_test)
        loss = float(loss_function(logits, y_test))
        accuracy = float((logits.argmax(dim=1) == y_test).float().mean())
    return {
        "epochs": clock.epochs,
        "cpu_epochs": clock.cpu,
        "train_loss": train_loss,
        "loss": loss,
        "accuracy": accuracy,
    }


def torch_compile(digits: Digits, epochs: int, threads: int) -> Report:
    return torch_eager(digits, epochs, threads, compiled=True)


def jax_parts(digits: Digits) -> tuple[Any, ...]:
    """Return data, initial parameters and the functions that both of JAX's peers share."""
    import jax
    import jax.numpy as jnp

    x_train, y_train, x_test, y_test = map(jnp.asarray, normalise(digits))
    y_train, y_test = y_train.astype(jnp.int32), y_test.astype(jnp.int32)
    rng = np.random.default_rng(0)
    parameters = []
    for i, o in pairwise(LAYERS):
        limit = np.sqrt(6 / (i + o))
        W = rng.uniform(-limit, limit, (i, o)).astype(np.float32)
        parameters.append((jnp.asarray(W), jnp.zeros(o)))

    def loss_of(parameters: Any, x: Any, y: Any) -> Any:
        for W, b in parameters[:-1]:
            x = jax.nn.relu(x @ W + b)
        W, b = parameters[-1]
        log_p = jax.nn.log_softmax(x @ W + b)
        loss = -jnp.take_along_axis(log_p, y[:, None], axis=1).mean()
        return loss, (log_p.argmax(axis=1) == y).sum()

    def step(parameters: Any, x: Any, y: Any) -> Any:
        (loss, correct), gradients = jax.value_and_grad(loss_of, has_aux=True)(parameters, x, y)
        updated = jax.tree.map(lambda w, g: w - RATE * g, parameters, gradients)
        return updated, loss, correct

    return (x_train, y_train, x_test, y_test), parameters, loss_of, step


def jax_step(digits: Digits, epochs: int, threads: int) -> Report:
    import jax

    (x_train, y_train, x_test, y_test), parameters, loss_of, step = jax_parts(digits)
    x_train, y_train = np.asarray(x_train), np.asarray(y_train)  # gathered by NumPy, batch by batch
    step, rng, clock = jax.jit(step, donate_argnums=0), np.random.default_rng(0), Clock()

    def epoch() -> float:
        nonlocal parameters
        order, losses, corrects = rng.permutation(len(x_train)), [], []
        for start in range(0, len(x_train), BATCH):
            rows = order[start : start + BATCH]
            parameters, loss, correct = step(parameters, x_train[rows], y_train[rows])
            losses.append(loss)
            corrects.append(correct)
        return float(np.mean(jax.device_get(losses)))

    for _ in range(epochs):
        train_loss = clock.lap(epoch)
    loss, correct = jax.jit(loss_of)(parameters, x_test, y_test)
    accuracy = int(correct) / len(y_test)
    return {
        "epochs": clock.epochs,
        "cpu_epochs": clock.cpu,
        "train_loss": train_loss,
        "loss": float(loss),
        "accuracy": accuracy,
    }


def jax_scan(digits: Digits, epochs: int, threads: int) -> Report:
    import jax

    (x_train, y_train, x_test, y_test), parameters, loss_of, step = jax_parts(digits)
    steps, clock, key = len(x_train) // BATCH, Clock(), jax.random.key(0)

    def scanned_epoch(parameters: Any, key: Any, x: Any, y: Any) -> Any:
        def scanned_step(parameters: Any, rows: Any) -> Any:
            parameters, loss, correct = step(parameters, x[rows], y[rows])
            return parameters, (loss, correct)

        order = jax.random.permutation(key, len(x))[: steps * BATCH]
        return jax.lax.scan(scanned_step, parameters, order.reshape(steps, BATCH))

    epoch = jax.jit(scanned_epoch)

    def run() -> float:
        nonlocal parameters, key
        key, now = jax.random.split(key)
        parameters, (losses, _) = jax.block_until_ready(epoch(parameters, now, x_train, y_train))
        return float(losses.mean())

    for _ in range(epochs):
        train_loss = clock.lap(run)
    loss, correct = jax.jit(loss_of)(parameters, x_test, y_test)
    return {
        "epochs": clock.epochs,
        "cpu_epochs": clock.cpu,
        "train_loss": train_loss,
        "loss": float(loss),
        "accuracy": int(correct) / len(y_test),
    }


def scikit_learn(digits: Digits, epochs: int, threads: int) -> Report:
    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier

    x_train, y_train, x_test, y_test = normalise(digits)
    model = MLPClassifier(
        LAYERS[1:-1], solver="sgd", learning_rate_init=RATE, batch_size=BATCH, momentum=0,
        nesterovs_momentum=False, alpha=0, random_state=0,
    )  # fmt: skip
    clock = Clock()
    for _ in range(epochs):
        clock.lap(lambda: model.partial_fit(x_train, y_train, classes=np.arange(10)))
    p = model.predict_proba(x_test).astype(np.float64)
    return {
        "epochs": clock.epochs,
        "cpu_epochs": clock.cpu,
        "train_loss": float(model.loss_),
        "loss": float(log_loss(y_test, p / p.sum(axis=1, keepdims=True))),
        "accuracy": float(np.mean(p.argmax(axis=1) == y_test)),
    }


# What is printed: its function, what it must be able to import, and the environment it needs.
PEERS: dict[str, tuple[Callable[..., Report], str, dict[str, str]]] = {
    "tinynet": (tinynet, "tinynet", {}),
    "tinynet, float32 images": (tinynet_float32, "tinynet", {}),
    "tinynet, threads as the peers": (tinynet_threads, "tinynet", {}),
    "Keras on TensorFlow": (keras, "tensorflow", {"KERAS_BACKEND": "tensorflow"}),
    "Keras on JAX": (keras, "keras", {"KERAS_BACKEND": "jax"}),
    "PyTorch, eager": (torch_eager, "torch", {}),
    "PyTorch, torch.compile": (torch_compile, "torch", {}),
    "JAX, jitted step": (jax_step, "jax", {}),
    "JAX, epoch in lax.scan": (jax_scan, "jax", {}),
    "scikit-learn MLPClassifier": (scikit_learn, "sklearn", {}),
    "textbook NumPy": (textbook, "numpy", {}),
    "floor: bare products": (floor, "numpy", {}),
}


def environment(name: str, threads: int) -> dict[str, str]:
    """Return the variables that a peer's process needs; 0 threads leaves the default."""
    _, _, variables = PEERS[name]
    if not threads:
        return variables
    count = str(threads)
    one = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    return {
        **variables,
        "OPENBLAS_NUM_THREADS": count,
        "OMP_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "XLA_FLAGS": one if threads == 1 else "",
    }


def missing() -> Iterator[str]:
    """Name the peers that can't be imported here."""
    import importlib.util

    for name, (_, module, variables) in PEERS.items():
        needed = {module, "keras", variables["KERAS_BACKEND"]} if variables else {module}
        if any(importlib.util.find_spec(package) is None for package in needed):
            yield name


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the reference network in one library.")
    parser.add_argument("name", choices=PEERS)
    parser.add_argument("--data", required=True, help="an .npz with x_train, y_train, ...")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    with np.load(arguments.data) as file:
        digits = {name: file[name] for name in file.files}
    train, _, _ = PEERS[arguments.name]
    print(json.dumps(train(digits, arguments.epochs, arguments.threads)))


if __name__ == "__main__":
    main()
