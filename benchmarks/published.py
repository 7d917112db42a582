"""Published results of fully connected networks on MNIST, reproduced with tinynet.

    python -m benchmarks.published [--seeds 5]

Each network is taken from the literature. It is trained from several seeds on the 60,000 training
images, or on 50,000 where the source did so, and tested after each epoch. The reported accuracy
follows the source: on test or validation images, of the last or the best epoch, of a single run or
the best of three. Where the recipe differs from the source's, the entry says so. Two processes run
in parallel, each on one BLAS thread.
"""

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from multiprocessing import get_context

import numpy as np

from benchmarks import pictures, report
from benchmarks.common import Results, load_digits, positive, write
from tinynet import SGD, Dense, Dropout, Sequential
from tinynet.callbacks import Callback
from tinynet.optimizers import Optimizer
from tinynet.schedules import CosineDecay
from tinynet.utils import to_categorical


@dataclass(frozen=True)
class Rung:
    """One published network: what it is, where it stands, and how it is trained here."""

    name: str
    published: float  # error in percent
    source: str
    recipe: str
    hidden: tuple[int, ...]
    activation: str
    epochs: int
    batch_size: int
    optimizer: str  # "sgd", "regularised sgd", "momentum" (0.9, cosine decay) or "rmsprop"
    learning_rate: float
    output: str = "softmax"
    loss: str = "categorical_crossentropy"
    weights: str = "glorot_uniform"
    weight_decay: float = 0.0
    dropout: float = 0.0
    examples: int = 60_000
    counted: str = "test"  # or "validation": the last 10,000 training images
    best_epoch: bool = False  # whether the source gives the best of its epochs
    best_of: int = 1  # of how many runs the source gives the best
    dtype: str = "float32"
    white: int = 255  # what pixels, 0 to 255, are divided by


LECUN = (
    'Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document '
    'recognition", Proceedings of the IEEE 86 (1998), section III'
)
LECUN_RECIPE = (
    "tanh units as there. Differs: softmax and cross-entropy in place of a squared error, batches "
    "of 32 in place of single examples with second-order step sizes, 10 epochs"
)
NIELSEN = 'M. Nielsen, "Neural Networks and Deep Learning", Determination Press (2015)'
NIELSEN_RECIPE = (
    "All as there: sigmoid units, batches of 10, 30 epochs, 50,000 examples, pixels divided by 256 "
    "(as the file of his data has them), float64"
)

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
        4.58,
        f"{NIELSEN}, chapter 1: 95.42 %, the best of 30 epochs, of the best of three runs",
        f"{NIELSEN_RECIPE}, weights and biases from the standard normal distribution. The learning "
        "rate is 15, which is his 3: his loss is half the sum over the ten outputs, tinynet's "
        "their mean.",
        (30,), "sigmoid", 30, 10, "sgd", 15.0, "sigmoid", "mse", "normal", examples=50_000,
        best_epoch=True, best_of=3, dtype="float64", white=256,
    ),
    Rung(
        "Nielsen, chapter 1, 100 hidden units",
        3.41,
        f"{NIELSEN}, chapter 1: 96.59 %, the best of 30 epochs, of the best of three runs; a note "
        "there says that readers' results vary and that some runs are quite a bit worse",
        "As the 30 units. In some runs an output unit is pushed to 0 for every image early on; the "
        "squared error's factor y (1 - y) then leaves it there, in float64 as in float32, and its "
        "digit, a tenth of the images, is never learned.",
        (100,), "sigmoid", 30, 10, "sgd", 15.0, "sigmoid", "mse", "normal", examples=50_000,
        best_epoch=True, best_of=3, dtype="float64", white=256,
    ),
    Rung(
        "Nielsen, chapter 3, 100 hidden units, cross-entropy, L2, on validation images",
        2.08,
        f"{NIELSEN}, chapter 3: 97.92 % on his validation data, the last 10,000 training images, "
        "after 30 epochs",
        f"{NIELSEN_RECIPE}, λ = 5 for the weights and none for the biases, both from the standard "
        "normal distribution (his large_weight_initializer). The learning rate is 5, which is his "
        "0.5: his loss is a sum over the ten outputs, tinynet's their mean; the weight decay is "
        "λ/n divided by ten for the same reason.",
        (100,), "sigmoid", 30, 10, "regularised sgd", 5.0, "sigmoid", "binary_crossentropy",
        "normal", weight_decay=5.0 / 50_000 / 10, examples=50_000, counted="validation",
        dtype="float64", white=256,
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
        1.60,
        "Keras 2, examples/mnist_mlp.py: 98.40 % after 20 epochs",
        "All as there: ReLU units, dropout 0.2 after both, Glorot's uniform weights, pixels "
        "divided by 255, RMSprop with learning rate 0.001, ρ 0.9 and ε 1e-7, batches of 128, 20 "
        "epochs.",
        (512, 512), "relu", 20, 128, "rmsprop", 0.001, dropout=0.2,
    ),
)  # fmt: skip


def standard_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(shape)


def build(rung: Rung, seed: int) -> Sequential:
    normal = rung.weights == "normal"
    weights = standard_normal if normal else rung.weights
    biases = standard_normal if normal else "zeros"

    def dense(units: int, activation: str) -> Dense:
        return Dense(
            units, activation, kernel_initializer=weights, bias_initializer=biases
        )  # fmt: skip

    model = Sequential(seed=seed, dtype=rung.dtype)
    for width in rung.hidden:
        model.add(dense(width, rung.activation))
        if rung.dropout:
            model.add(Dropout(rung.dropout))
    model.add(dense(10, rung.output))
    return model


class RegularisedSGD(SGD):
    """SGD whose weight decay is a vector: one number for each parameter, 0 for a bias."""

    def __init__(self, learning_rate: float, decay: np.ndarray) -> None:
        super().__init__(learning_rate)
        self.decay = decay

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Apply ``w <- (1 - r d) w - r g``."""
        parameters -= learning_rate * self.decay * parameters
        super().step(parameters, gradients, learning_rate)


class RMSprop(Optimizer):
    """A step per parameter, scaled by a running mean of its squared gradient, as in Keras 2."""

    def __init__(self, learning_rate: float, rho: float = 0.9, epsilon: float = 1e-7) -> None:
        super().__init__(learning_rate, weight_decay=None)
        self.rho, self.epsilon = rho, epsilon

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        """Apply ``v <- rho v + (1 - rho) g², w <- w - r g / (sqrt(v) + epsilon)``."""
        v = self.remember("v", parameters)
        v += (gradients**2 - v) * (1 - self.rho)
        parameters -= learning_rate * gradients / (np.sqrt(v) + self.epsilon)


def optimizer(rung: Rung, steps: int) -> Optimizer:
    if rung.optimizer == "rmsprop":
        return RMSprop(rung.learning_rate)
    if rung.optimizer == "momentum":
        schedule = CosineDecay(rung.learning_rate, steps)
        return SGD(schedule, momentum=0.9, weight_decay=rung.weight_decay)
    if rung.optimizer == "regularised sgd":
        decay: list[np.ndarray] = []
        for inputs, outputs in pairwise((784, *rung.hidden, 10)):
            decay += [np.full(inputs * outputs, rung.weight_decay), np.zeros(outputs)]
        return RegularisedSGD(rung.learning_rate, np.concatenate(decay))
    return SGD(rung.learning_rate)


class Errors(Callback):
    """Notes the error on each set of images, in percent, after each epoch."""

    def __init__(self, images: dict[str, tuple[np.ndarray, np.ndarray]]) -> None:
        self.images = images
        self.errors: dict[str, list[float]] = {name: [] for name in images}

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Test."""
        for name, (x, y) in self.images.items():
            wrong = np.count_nonzero(self.model.predict(x).argmax(axis=1) != y)
            self.errors[name].append(100 * wrong / len(y))  # 208 of 10,000 are 2.08, to the bit


def climb(rung: Rung, seed: int) -> tuple[dict[str, list[float]], float]:
    """Train one network; return its errors in percent, epoch by epoch, and the CPU seconds."""
    from threadpoolctl import threadpool_limits

    _, x, y, x_test, y_test = load_digits()
    x, x_test = (pixels.astype(np.float32) / np.float32(rung.white) for pixels in (x, x_test))
    images = {"test": (x_test, y_test)}
    if rung.counted == "validation":
        images["validation"] = x[-10_000:], y[-10_000:]
    x, y = x[: rung.examples], y[: rung.examples]
    model = build(rung, seed)
    steps = rung.epochs * -(-len(x) // rung.batch_size)
    model.compile(optimizer(rung, steps), rung.loss, metrics=["accuracy"])
    errors, start = Errors(images), time.process_time()
    with threadpool_limits(1, user_api="blas"):
        t = to_categorical(y, 10)
        model.fit(x, t, rung.batch_size, rung.epochs, verbose=0, callbacks=[errors])
    return errors.errors, time.process_time() - start


def summary(rung: Rung, runs: Sequence[tuple[dict[str, list[float]], float]]) -> Results:
    """Return what is known of a rung, and the mean and the deviation of its errors over seeds."""

    def figures(name: str) -> Results:
        found = {}
        for key, of in (("last", lambda errors: errors[-1]), ("best", min)):
            values = [of(errors[name]) for errors, _ in runs]
            found[key] = {"mean": np.mean(values), "std": np.std(values), "values": values}
        return found

    return {
        "name": rung.name,
        "published": rung.published,
        "source": rung.source,
        "recipe": rung.recipe,
        "epochs": rung.epochs,
        "counted": rung.counted,
        "compared": "best" if rung.best_epoch else "last",
        "best_of": rung.best_of,
        "seconds": np.mean([seconds for _, seconds in runs]),
        **figures(rung.counted),
        "test": figures("test"),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Reproduce published results on MNIST.")
    parser.add_argument("--seeds", type=positive, default=5)
    parser.add_argument("--epochs", type=positive, help="at most so many, for a trial")
    parser.add_argument("--examples", type=positive, help="at most so many, for a trial")
    parser.add_argument("--rungs", type=positive, default=len(LADDER), help="only the first ones")
    parser.add_argument("--workers", type=positive, default=2)
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
                f"± {error['std']:.2f} %, {now['seconds']:.0f} s a seed",
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
