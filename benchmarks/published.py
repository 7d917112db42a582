"""A ladder of published results for fully connected networks on MNIST, reproduced with tinynet.

    python -m benchmarks.published [--seeds 5]

Each rung is a network from the literature, trained from several seeds on the 60,000 training images
(50,000 where the source did so) and tested on the 10,000 test images after each epoch. What counts
is the last epoch, except where the source gives its best one: there the best is set beside it, and
said to be so. Where the recipe isn't the source's, the rung says so. Two processes work side by
side, each on one BLAS thread.
"""

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

import numpy as np

from benchmarks import pictures, report
from benchmarks.common import Results, load_digits, write
from tinynet import SGD, Adam, Dense, Dropout, Sequential
from tinynet.callbacks import Callback
from tinynet.optimizers import Optimizer
from tinynet.schedules import CosineDecay
from tinynet.utils import to_categorical


@dataclass(frozen=True)
class Rung:
    """One published network: what it is, where it stands, and how it is trained here."""

    name: str
    published: float  # test error in percent
    source: str
    recipe: str
    hidden: tuple[int, ...]
    activation: str
    epochs: int
    batch_size: int
    optimizer: str  # "sgd", "momentum" (0.9, cosine decay) or "adam"
    learning_rate: float
    output: str = "softmax"
    loss: str = "categorical_crossentropy"
    weights: str = "glorot_uniform"
    weight_decay: float | None = None
    dropout: float = 0.0
    examples: int = 60_000
    best_epoch: bool = False  # whether the source gives the best of its epochs


LECUN = (
    'Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document '
    'recognition", Proceedings of the IEEE 86 (1998), section III'
)
LECUN_RECIPE = (
    "tanh units as there. Differs: softmax and cross-entropy in place of a squared error, batches "
    "of 32 in place of single examples with second-order step sizes, 10 epochs"
)
NIELSEN = 'M. Nielsen, "Neural Networks and Deep Learning", Determination Press (2015)'

LADDER = (
    Rung(
        "LeCun et al. 1998, 300 hidden units",
        4.70,
        LECUN,
        f"One hidden layer, {LECUN_RECIPE}.",
        (300,), "tanh", 10, 32, "sgd", 0.1,
    ),
    Rung(
        "LeCun et al. 1998, 300 and 100",
        3.05,
        LECUN,
        f"Two hidden layers, {LECUN_RECIPE}.",
        (300, 100), "tanh", 10, 32, "sgd", 0.1,
    ),
    Rung(
        "LeCun et al. 1998, 500 and 150",
        2.95,
        LECUN,
        f"Two hidden layers, {LECUN_RECIPE}.",
        (500, 150), "tanh", 10, 32, "sgd", 0.1,
    ),
    Rung(
        "Nielsen, chapter 1, 30 hidden units",
        100 - 95.42,
        f"{NIELSEN}, chapter 1: 95.42 %, the best of 30 epochs",
        "Sigmoid units, squared error, batches of 10, 30 epochs, 50,000 examples and weights from "
        "the standard normal distribution as there. The learning rate is 15, which is his 3: his "
        "loss is half the sum over the ten outputs, tinynet's their mean.",
        (30,), "sigmoid", 30, 10, "sgd", 15.0, "sigmoid", "mse", "normal", examples=50_000,
        best_epoch=True,
    ),
    Rung(
        "Nielsen, chapter 1, 100 hidden units",
        100 - 96.59,
        f"{NIELSEN}, chapter 1: 96.59 %, the best of 30 epochs, which he calls variable",
        "As the 30 units. Most seeds start with an output unit or two that are saturated and never "
        "learn their digit, a tenth of the images each; the published figure is that of one run.",
        (100,), "sigmoid", 30, 10, "sgd", 15.0, "sigmoid", "mse", "normal", examples=50_000,
        best_epoch=True,
    ),
    Rung(
        "Nielsen, chapter 3, 100 hidden units, cross-entropy, L2",
        100 - 97.92,
        f"{NIELSEN}, chapter 3: 97.92 % on his validation data, the best of 30 epochs",
        "Sigmoid units, cross-entropy, batches of 10, 30 epochs, 50,000 examples, normal weights "
        "scaled by the inputs, λ = 5 as there. The learning rate is 5, which is his 0.5: his loss "
        "is a sum over the ten outputs, tinynet's their mean; the weight decay is λ/n divided by "
        "ten for the same reason. Differs: the test set counts; the biases decay as the weights "
        "do.",
        (100,), "sigmoid", 30, 10, "sgd", 5.0, "sigmoid", "binary_crossentropy", "scaled",
        weight_decay=5.0 / 50_000 / 10, examples=50_000, best_epoch=True,
    ),
    Rung(
        "Simard et al. 2003, 800 hidden units, cross-entropy",
        1.60,
        'P. Simard, D. Steinkraus and J. Platt, "Best practices for convolutional neural networks '
        'applied to visual document analysis", ICDAR 2003, table 1, without distortions',
        "One hidden layer, softmax and cross-entropy as there. Differs: ReLU units; SGD with "
        "momentum 0.9, batches of 32, learning rate 0.05 falling to 0 along a cosine over 15 "
        "epochs, weight decay 0.0005: the best of six settings on the last 10,000 training images.",
        (800,), "relu", 15, 32, "momentum", 0.05, weight_decay=5e-4,
    ),
    Rung(
        "Keras example mnist_mlp, 512 and 512, dropout",
        100 - 98.40,
        "Keras 2, examples/mnist_mlp.py: 98.40 % after 20 epochs",
        "ReLU units, dropout 0.2 after both, batches of 128, 20 epochs as there. Differs: Adam "
        "with learning rate 0.001 in place of RMSprop.",
        (512, 512), "relu", 20, 128, "adam", 0.001, dropout=0.2,
    ),
)  # fmt: skip


def standard_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(shape)


def scaled_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    weights: np.ndarray = rng.standard_normal(shape) / np.sqrt(shape[0])
    return weights


INITIALIZERS = {"normal": standard_normal, "scaled": scaled_normal}


def build(rung: Rung, seed: int) -> Sequential:
    weights = INITIALIZERS.get(rung.weights, rung.weights)
    biases = standard_normal if rung.weights in INITIALIZERS else "zeros"

    def dense(units: int, activation: str) -> Dense:
        return Dense(
            units, activation, kernel_initializer=weights, bias_initializer=biases
        )  # fmt: skip

    model = Sequential(seed=seed)
    for width in rung.hidden:
        model.add(dense(width, rung.activation))
        if rung.dropout:
            model.add(Dropout(rung.dropout))
    model.add(dense(10, rung.output))
    return model


def optimizer(rung: Rung, steps: int) -> Optimizer:
    if rung.optimizer == "adam":
        return Adam(rung.learning_rate)
    if rung.optimizer == "momentum":
        decay = CosineDecay(rung.learning_rate, steps)
        return SGD(decay, momentum=0.9, weight_decay=rung.weight_decay)
    return SGD(rung.learning_rate, weight_decay=rung.weight_decay)


class TestErrors(Callback):
    """Notes the test error, in percent, after each epoch."""

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self.x, self.y = x, y
        self.errors: list[float] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Test."""
        predicted = self.model.predict(self.x).argmax(axis=1)
        self.errors.append(100 * float(np.mean(predicted != self.y)))


def climb(rung: Rung, seed: int) -> tuple[list[float], float]:
    """Train one network; return its test errors in percent, epoch by epoch, and the CPU seconds."""
    from threadpoolctl import threadpool_limits

    _, x_train, y_train, x_test, y_test = load_digits()
    x_train, y_train = x_train[: rung.examples], y_train[: rung.examples]
    x_train, x_test = (x.astype(np.float32) / np.float32(255) for x in (x_train, x_test))
    model = build(rung, seed)
    steps = rung.epochs * -(-len(x_train) // rung.batch_size)
    model.compile(optimizer(rung, steps), rung.loss, metrics=["accuracy"])
    test, start = TestErrors(x_test, y_test), time.process_time()
    with threadpool_limits(1, user_api="blas"):
        t = to_categorical(y_train, 10)
        model.fit(x_train, t, rung.batch_size, rung.epochs, verbose=0, callbacks=[test])
    return test.errors, time.process_time() - start


def summary(rung: Rung, runs: Sequence[tuple[list[float], float]]) -> Results:
    """Return what is known of a rung, and the mean and the deviation of its errors over seeds."""
    figures: Results = {}
    for name, of in (("last", lambda errors: errors[-1]), ("best", min)):
        values = [of(errors) for errors, _ in runs]
        figures[name] = {"mean": np.mean(values), "std": np.std(values), "values": values}
    return {
        "name": rung.name,
        "published": rung.published,
        "source": rung.source,
        "recipe": rung.recipe,
        "epochs": rung.epochs,
        "compared": "best" if rung.best_epoch else "last",
        "seconds": np.mean([seconds for _, seconds in runs]),
        **figures,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Reproduce published results on MNIST.")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, help="at most so many, for a trial")
    parser.add_argument("--examples", type=int, help="at most so many, for a trial")
    parser.add_argument("--rungs", type=int, default=len(LADDER), help="only the first so many")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)

    started = time.time()
    ladder = [
        replace(
            rung,
            epochs=min(rung.epochs, options.epochs or rung.epochs),
            examples=min(rung.examples, options.examples or rung.examples),
        )
        for rung in LADDER[: options.rungs]
    ]
    data = load_digits()[0]
    results = []
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        runs = [[pool.submit(climb, r, seed) for seed in range(options.seeds)] for r in ladder]
        for rung, futures in zip(ladder, runs, strict=True):
            results.append(summary(rung, [future.result() for future in futures]))
            now = results[-1]
            error = now[now["compared"]]
            print(
                f"{rung.name}: published {rung.published:.2f} %, here {error['mean']:.2f} "
                f"± {error['std']:.2f} % in {now['seconds']:.0f} s",
                flush=True,
            )
    shortened = f", at most {options.epochs} epochs" if options.epochs else ""
    shortened += f", at most {options.examples} examples" if options.examples else ""
    cpu_minutes = sum(rung["seconds"] for rung in results) * options.seeds / 60
    record = {
        "cpu_minutes": cpu_minutes,
        "data": data,
        "seeds": options.seeds,
        "shortened": shortened,
        "ladder": results,
    }
    write("published", record, started)
    pictures.published(record)
    print(report.published(record))


if __name__ == "__main__":
    main()
