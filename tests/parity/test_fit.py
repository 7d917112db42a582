"""The training loop: `fit`, `evaluate` and `predict` with the options that a Keras user knows."""

from typing import Any

import numpy as np
import pytest

from .conftest import Compare
from .twins import Twins, deviation, twins, worst_ratio

SECTION = "Training loop, float64"


def data(n: int, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, 8)), np.eye(classes)[rng.integers(0, classes, n)]


def compiled_twins(metrics: list[str] | None = None) -> Twins:
    both = twins(8, ((16, "relu"), (3, "softmax")))
    both.compile("sgd", "categorical_crossentropy", metrics=metrics)
    return both


def fit_both(both: Twins, *arguments: Any, **options: Any) -> tuple[Any, Any]:
    """Fit both in the order of the data and return the two histories, with equal keys."""
    options |= {"shuffle": False, "verbose": 0}
    ours, theirs = (model.fit(*arguments, **options) for model in both)
    assert set(ours.history) == set(theirs.history)
    assert ours.epoch == theirs.epoch
    return ours, theirs


def history_ratio(ours: Any, theirs: Any) -> float:
    return max(worst_ratio(ours.history[key], theirs.history[key]) for key in ours.history)


@pytest.mark.parametrize(
    ("n", "split"),
    [
        (100, 0.2),
        (100, 0.9),  # 100 * (1 - 0.9) is 9.999999999999998: nine to train on
        (101, 0.33),
        (7, 0.5),
    ],
)
def test_validation_split(n: int, split: float, compare: Compare) -> None:
    both = compiled_twins(["accuracy"])
    x, y = data(n)
    histories = fit_both(both, x, y, epochs=2, validation_split=split)
    assert set(histories[0].history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    worst = max(history_ratio(*histories), both.weight_deviation())
    compare(SECTION, f"`validation_split={split}` of {n} examples: history, weights", worst, 1e-12)


def test_split_that_leaves_nothing_is_refused_by_both() -> None:
    x, y = data(10)
    for model in compiled_twins():
        with pytest.raises(ValueError, match="validation_split"):
            model.fit(x, y, validation_split=0.99, verbose=0)


@pytest.mark.parametrize("batch_size", [1, 7, 32, 1000])
def test_batch_sizes(batch_size: int, compare: Compare) -> None:
    """100 examples: the last batch of an epoch is mostly a shorter one, and counts for less."""
    both = compiled_twins(["acc"])
    x, y = data(100)
    x_val, y_val = data(45)
    histories = fit_both(
        both, x, y, batch_size=batch_size, epochs=2, validation_data=(x_val, y_val)
    )
    assert set(histories[0].history) == {"loss", "acc", "val_loss", "val_acc"}
    results = [model.evaluate(x, y, batch_size=batch_size, verbose=0) for model in both]
    outputs = [
        both.ours.predict(x, batch_size=batch_size),
        both.theirs.predict(x, batch_size=batch_size, verbose=0),
    ]
    worst = max(history_ratio(*histories), both.weight_deviation())
    worst = max(worst, worst_ratio(*results), deviation(*outputs))
    name = f"`batch_size={batch_size}`, 100 examples: history, weights, `evaluate`, `predict`"
    compare(SECTION, name, worst, 1e-12)


def test_a_sum_is_evaluated_in_batches_of_the_training(compare: Compare) -> None:
    """A sum depends on the size of the batches, and `val_loss` is to be compared with `loss`."""
    both = twins(8, ((16, "relu"), (3, "softmax")))
    both.compile("sgd", lambda lib: lib.losses.CategoricalCrossentropy(reduction="sum"))
    x, y = data(100)
    worst = 0.0
    for batch_size in (7, 32):
        histories = fit_both(both, x, y, batch_size=batch_size, validation_split=0.5)
        worst = max(worst, history_ratio(*histories))
    results = [model.evaluate(x, y, verbose=0) for model in both]
    worst = max(worst, abs(results[0] / results[1] - 1))
    compare(SECTION, '`reduction="sum"`: history, `evaluate`', worst, 1e-12)


def test_going_on_from_an_epoch(compare: Compare) -> None:
    both = compiled_twins(["accuracy"])
    x, y = data(100)
    fit_both(both, x, y, epochs=1)
    histories = fit_both(both, x, y, epochs=3, initial_epoch=1)
    assert histories[0].epoch == [1, 2]
    worst = max(history_ratio(*histories), both.weight_deviation())
    compare(SECTION, "`initial_epoch=1`: history, weights", worst, 1e-12)


def test_forms_of_results() -> None:
    """A float without metrics, a list with them, a dict if asked for; all Python's own floats."""
    x, y = data(40)
    for model in compiled_twins():
        assert type(model.evaluate(x, y, verbose=0)) is float
    both = compiled_twins(["accuracy"])
    for model in both:
        assert [type(value) for value in model.evaluate(x, y, verbose=0)] == [float, float]
        assert [type(value) for value in model.train_on_batch(x, y)] == [float, float]
        assert set(model.evaluate(x, y, verbose=0, return_dict=True)) == {"loss", "accuracy"}
    outputs = both.ours.predict(x), both.theirs.predict(x, verbose=0)
    assert {(output.shape, output.dtype) for output in outputs} == {((40, 3), np.dtype("float64"))}


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32"])
def test_dtypes_of_examples(dtype: str, compare: Compare) -> None:
    both = compiled_twins()
    x, y = np.random.default_rng(0).integers(0, 5, (100, 8)).astype(dtype), data(100)[1]
    histories = fit_both(both, x, y)
    worst = max(history_ratio(*histories), both.weight_deviation())
    compare(SECTION, f"{dtype} examples: history, weights", worst, 1e-12)


LABELS = np.random.default_rng(1).integers(0, 3, 200)
ACCURACIES: dict[str, tuple[str, tuple[int, str], np.ndarray]] = {
    "one-hot": ("categorical_crossentropy", (3, "softmax"), np.eye(3)[LABELS]),
    "probabilities": (
        "categorical_crossentropy",
        (3, "softmax"),
        np.random.default_rng(2).dirichlet(np.ones(3), 200),
    ),
    "labels": ("sparse_categorical_crossentropy", (3, "softmax"), LABELS),
    "labels (N, 1)": ("sparse_categorical_crossentropy", (3, "softmax"), LABELS[:, np.newaxis]),
    "binary": ("binary_crossentropy", (1, "sigmoid"), LABELS % 2),
    "binary (N, 1)": ("binary_crossentropy", (1, "sigmoid"), LABELS[:, np.newaxis] % 2),
    "one-hot, squared error": ("mse", (3, "softmax"), np.eye(3)[LABELS]),
    "binary, squared error": ("mse", (1, "sigmoid"), LABELS % 2),
}


@pytest.mark.parametrize("name", ACCURACIES)
def test_kinds_of_accuracy(name: str, compare: Compare) -> None:
    """``"accuracy"`` means what the loss and the shapes make of it."""
    loss, last, t = ACCURACIES[name]
    both = twins(8, (last,))
    both.compile("sgd", loss, metrics=["accuracy"])
    x = np.random.default_rng(0).standard_normal((200, 8))
    results = [model.evaluate(x, t, verbose=0) for model in both]
    compare("Metrics, float64", f"loss and accuracy, {name}", worst_ratio(*results), 1e-12)


def test_shapes_and_counts() -> None:
    ours, theirs = twins(784, ((128, "relu"), (128, "relu"), (10, "softmax")))
    assert ours.count_params() == theirs.count_params() == 118282
    counts = [layer.count_params() for layer in ours.layers]
    assert counts == [layer.count_params() for layer in theirs.layers] == [100480, 16512, 1290]
    shapes = [(None, *shape) for shape in ours.output_shapes]
    assert shapes == [layer.output.shape for layer in theirs.layers]
    assert [w.shape for w in ours.get_weights()] == [w.shape for w in theirs.get_weights()]
