"""The libraries of `benchmarks.to_98`: each trains by a recipe, as its own users would write it.

``python -m benchmarks.racers NAME --variant VARIANT --recipe JSON --data FILE --seed 0`` is the
whole process that is timed: the interpreter, the imports, the data from an uncompressed file, the
training, one evaluation of the test set. It prints the accuracy. With ``examples/fast_mnist.py`` as
the name it runs that script instead, which loads MNIST by itself.

Every library gets the images as bytes and shapes them as it likes best: tinynet keeps the bytes and
converts each batch in a `Normalization` layer, the others convert all of them to float32 first. All
draw Glorot's uniform weights and shuffle in every epoch. None computes the accuracy in training.
"""

import argparse
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recipes import MOMENTUM, Recipe, rows_to_test, training_set

ROOT = Path(__file__).parent.parent
EXAMPLE = "examples/fast_mnist.py"
SAMPLE = 60_000  # rows to measure mean and deviation on: no more than the first copy
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
Train = Callable[[Recipe, Arrays, int], float]


def as_floats(digits: Arrays) -> Arrays:
    """Return the digits with images as float32 of mean 0 and standard deviation 1."""
    x_train, y_train, x_test, y_test = digits
    sample = x_train[:SAMPLE]
    mean, scale = np.float32(sample.mean()), np.float32(1 / sample.std())
    x_train = x_train.astype(np.float32)
    x_train -= mean
    x_train *= scale
    return x_train, y_train, (x_test - mean) * scale, y_test


def tinynet(recipe: Recipe, digits: Arrays, seed: int) -> float:
    from tinynet import SGD, Dense, Normalization, Sequential
    from tinynet.schedules import CosineDecay

    x_train, y_train, x_test, y_test = digits
    normalization = Normalization(axis=None)
    normalization.adapt(x_train[:SAMPLE])
    hidden = [Dense(width, "relu") for width in recipe.hidden]
    model = Sequential([normalization, *hidden, Dense(10, "softmax")], seed=seed)
    steps = recipe.epochs * -(-len(x_train) // recipe.batch)
    optimizer = SGD(CosineDecay(recipe.rate, steps), momentum=MOMENTUM, nesterov=True)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    model.fit(x_train, y_train, recipe.batch, recipe.epochs, verbose=0)
    predicted = model.predict(x_test, verbose=0).argmax(axis=1)
    return float(np.mean(predicted == y_test))


def torch_eager(recipe: Recipe, digits: Arrays, seed: int, compiled: bool = False) -> float:
    import torch
    from torch import nn

    torch.manual_seed(seed)
    x_train, y_train, x_test, y_test = map(torch.from_numpy, as_floats(digits))
    y_train = y_train.long()
    layers: list[Any] = []
    for inputs, outputs in pairwise((recipe.inputs(), *recipe.hidden, 10)):
        linear = nn.Linear(inputs, outputs)
        nn.init.xavier_uniform_(linear.weight)
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    forward = torch.compile(model) if compiled else model
    loss_function = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(
        model.parameters(), recipe.rate, momentum=MOMENTUM, nesterov=True, fused=True
    )
    steps, step = recipe.epochs * -(-len(x_train) // recipe.batch), 0
    (group,) = optimizer.param_groups
    for _ in range(recipe.epochs):
        for rows in torch.randperm(len(x_train)).split(recipe.batch):
            group["lr"] = recipe.rate * 0.5 * (1 + math.cos(math.pi * step / steps))
            optimizer.zero_grad()
            loss_function(forward(x_train[rows]), y_train[rows]).backward()
            optimizer.step()
            step += 1
    with torch.no_grad():
        return float((model(x_test).argmax(dim=1) == y_test).float().mean())


def torch_compiled(recipe: Recipe, digits: Arrays, seed: int) -> float:
    return torch_eager(recipe, digits, seed, compiled=True)


def keras(recipe: Recipe, digits: Arrays, seed: int, at_once: int = 1) -> float:
    from keras import Input, Sequential, utils
    from keras.layers import Dense
    from keras.optimizers import SGD
    from keras.optimizers.schedules import CosineDecay

    utils.set_random_seed(seed)
    x_train, y_train, x_test, y_test = as_floats(digits)
    hidden = [Dense(width, activation="relu") for width in recipe.hidden]
    model = Sequential([Input((recipe.inputs(),)), *hidden, Dense(10, activation="softmax")])
    steps = recipe.epochs * -(-len(x_train) // recipe.batch)
    optimizer = SGD(CosineDecay(recipe.rate, steps), momentum=MOMENTUM, nesterov=True)
    model.compile(optimizer, "sparse_categorical_crossentropy", steps_per_execution=at_once)
    model.fit(x_train, y_train, batch_size=recipe.batch, epochs=recipe.epochs, verbose=0)
    predicted = model.predict(x_test, batch_size=len(x_test), verbose=0).argmax(axis=1)
    return float(np.mean(predicted == y_test))


def keras_at_once(recipe: Recipe, digits: Arrays, seed: int) -> float:
    return keras(recipe, digits, seed, at_once=50)


def jax(recipe: Recipe, digits: Arrays, seed: int) -> float:
    import jax
    import jax.numpy as jnp

    x_train, y_train, x_test, y_test = map(jnp.asarray, as_floats(digits))
    y_train = y_train.astype(jnp.int32)
    rng, parameters = np.random.default_rng(seed), []
    for inputs, outputs in pairwise((recipe.inputs(), *recipe.hidden, 10)):
        limit = math.sqrt(6 / (inputs + outputs))
        W = rng.uniform(-limit, limit, (inputs, outputs)).astype(np.float32)
        parameters.append((jnp.asarray(W), jnp.zeros(outputs)))
    per_epoch = len(x_train) // recipe.batch  # of one shape: what is left over waits an epoch
    steps = recipe.epochs * per_epoch

    def logits_of(parameters: Any, x: Any) -> Any:
        for W, b in parameters[:-1]:
            x = jax.nn.relu(x @ W + b)
        W, b = parameters[-1]
        return x @ W + b

    def loss_of(parameters: Any, x: Any, y: Any) -> Any:
        log_p = jax.nn.log_softmax(logits_of(parameters, x))
        return -jnp.take_along_axis(log_p, y[:, None], axis=1).mean()

    @jax.jit  # type: ignore[untyped-decorator]
    def epoch(state: Any, key: Any, x: Any, y: Any) -> Any:
        def one_step(state: Any, rows: Any) -> Any:
            parameters, velocities, step = state
            gradients = jax.grad(loss_of)(parameters, x[rows], y[rows])
            rate = recipe.rate * 0.5 * (1 + jnp.cos(jnp.pi * step / steps))
            velocities = jax.tree.map(lambda v, g: MOMENTUM * v - rate * g, velocities, gradients)
            parameters = jax.tree.map(
                lambda w, v, g: w + MOMENTUM * v - rate * g, parameters, velocities, gradients
            )
            return (parameters, velocities, step + 1), None

        order = jax.random.permutation(key, len(x))[: per_epoch * recipe.batch]
        return jax.lax.scan(one_step, state, order.reshape(per_epoch, recipe.batch))[0]

    state = (parameters, jax.tree.map(jnp.zeros_like, parameters), 0)
    for key in jax.random.split(jax.random.key(seed), recipe.epochs):
        state = epoch(state, key, x_train, y_train)
    predicted = jax.jit(lambda parameters, x: logits_of(parameters, x).argmax(axis=1))
    return float(np.mean(predicted(state[0], x_test) == y_test))


def scikit_learn(recipe: Recipe, digits: Arrays, seed: int) -> float:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore", ConvergenceWarning)  # one epoch doesn't converge
    x_train, y_train, x_test, y_test = as_floats(digits)
    model = MLPClassifier(
        recipe.hidden, solver="sgd", batch_size=recipe.batch, momentum=MOMENTUM, alpha=0,
        max_iter=1, warm_start=True, random_state=np.random.RandomState(seed),
    )  # fmt: skip
    # It has no schedule, so each call of `fit` gets a learning rate of its own, along the cosine:
    # an epoch, or each shifted copy of it.
    copies = max(1, len(recipe.shifts))
    parts = recipe.epochs * copies
    order = np.random.default_rng(seed).permutation(len(x_train)) if copies > 1 else None
    for part in range(parts):
        rate = recipe.rate * 0.5 * (1 + math.cos(math.pi * (part + 0.5) / parts))
        rows = slice(None) if order is None else order[part % copies :: copies]
        model.set_params(learning_rate_init=rate).fit(x_train[rows], y_train[rows])
    return float(np.mean(model.predict(x_test) == y_test))


ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


@dataclass(frozen=True)
class Racer:
    """A library: what it must be able to import, and the ways to run it, by their names.

    Each way is a function and the environment variables that its process needs.
    """

    modules: tuple[str, ...]
    variants: dict[str, tuple[Train, dict[str, str]]]


def keras_on(backend: str) -> dict[str, tuple[Train, dict[str, str]]]:
    variables = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return {"step by step": (keras, variables), "50 steps a call": (keras_at_once, variables)}


RACERS = {
    "tinynet": Racer(("tinynet",), {"default settings": (tinynet, {})}),
    "PyTorch": Racer(
        ("torch",),
        {
            "eager, one thread": (torch_eager, ONE_THREAD),
            "eager, all threads": (torch_eager, {}),
            "torch.compile, all threads": (torch_compiled, {}),
        },
    ),
    "Keras on TensorFlow": Racer(("keras", "tensorflow"), keras_on("tensorflow")),
    "Keras on JAX": Racer(("keras", "jax"), keras_on("jax")),
    "JAX by hand": Racer(
        ("jax",),
        {
            "epoch in lax.scan, one thread": (jax, ONE_THREAD),
            "epoch in lax.scan, all threads": (jax, {}),
        },
    ),
    "scikit-learn": Racer(
        ("sklearn",), {"one thread": (scikit_learn, ONE_THREAD), "all threads": (scikit_learn, {})}
    ),
}


def missing() -> Iterator[str]:
    """Name the libraries that can't be imported here."""
    from importlib.util import find_spec

    for name, racer in RACERS.items():
        if any(find_spec(module) is None for module in racer.modules):
            yield name


def run_example() -> float:
    """Run examples/fast_mnist.py as it is, and return the accuracy that it prints."""
    import contextlib
    import io
    import runpy
    import sys

    sys.argv = [EXAMPLE]  # without the arguments of this one
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        runpy.run_path(str(ROOT / EXAMPLE), run_name="__main__")
    return float(printed.getvalue().split()[-2]) / 100


def main() -> None:
    parser = argparse.ArgumentParser(description="Train by a recipe in one library.")
    parser.add_argument("name", choices=[*RACERS, EXAMPLE])
    parser.add_argument("--variant", default="")
    parser.add_argument("--recipe", help="as JSON")
    parser.add_argument("--data", help="an .npz with x_train, y_train, ...")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.name == EXAMPLE:
        accuracy = run_example()
    else:
        train, _ = RACERS[options.name].variants[options.variant]
        recipe = Recipe(**json.loads(options.recipe))
        with np.load(options.data) as file:
            x, y = training_set(recipe, file["x_train"], file["y_train"])
            digits = x, y, rows_to_test(recipe, file["x_test"]), file["y_test"]
        accuracy = train(recipe, digits, options.seed)
    print(json.dumps({"accuracy": accuracy}))


if __name__ == "__main__":
    main()
