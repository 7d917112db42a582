"""The reference network, 784-128-128-10 with SGD on digits: step by step as Keras trains it."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from .conftest import Compare, Digits
from .twins import BATCH, REFERENCE, Twins, deviation, precision, twins, worst_ratio

STEPS = 1875  # an epoch of 60,000 digits
STAGES = ((0, 1), (1, 10), (10, STEPS))  # the steps after which the weights are compared
TANH = ((128, "tanh"), (128, "tanh"), (10, "softmax"))


def tolerance_float32(steps: int) -> float:
    """How far rounding alone may set two float32 networks apart, relative to their weights.

    float32 keeps 24 bits: an operation errs by a share of 2**-24 at the most. Errors of either sign
    add up like their root. A sum of 784 products, the longest in this network, errs by sqrt(784) of
    these, a weight that is updated s times by sqrt(s) more; and both libraries err.
    """
    return float(2 * (784 + steps) ** 0.5 * 2.0**-24)


def uncertainty(key: str, value: float, n: int) -> float:
    """The standard error of a mean over n examples, relative to the mean.

    An example is predicted rightly with the probability p, or it isn't, so that an accuracy has the
    standard deviation sqrt(p (1 - p) / n). The losses of single examples differ by more than their
    mean, so that its relative error is 1 / sqrt(n) at the least.
    """
    variance = (1 - value) / value if key == "accuracy" else 1.0
    return float((variance / n) ** 0.5)


def reference_twins(layers: Any = REFERENCE, dtype: str = "float64") -> Twins:
    both = twins(784, layers, dtype=dtype)
    both.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    return both


class Epoch(NamedTuple):
    """Two models after an epoch, each batch's loss, and how far apart the weights were on the way.

    `apart` has one deviation for each of `STAGES`.
    """

    models: Twins
    ours: list[float]
    theirs: list[float]
    apart: list[float]


@pytest.fixture(scope="module")
def in_float64(digits: Digits) -> Epoch:
    epoch = Epoch(reference_twins(), [], [], [])
    for start, stop in STAGES:
        rows = slice(start * BATCH, stop * BATCH)
        ours, theirs = epoch.models.train(digits.x[rows], digits.y[rows])
        epoch.ours.extend(ours)
        epoch.theirs.extend(theirs)
        epoch.apart.append(epoch.models.weight_deviation())
    return epoch


def test_weights_and_losses_in_float64(in_float64: Epoch, digits: Digits, compare: Compare) -> None:
    section = f"Reference network, float64, {digits.name}"
    ours, theirs = in_float64.ours, in_float64.theirs
    for (_, stop), apart in zip(STAGES, in_float64.apart, strict=True):
        compare(section, f"weights after step {stop}", apart, 1e-10)
        worst = worst_ratio(ours[:stop], theirs[:stop])
        compare(section, f"each batch's loss up to step {stop}", worst, 1e-12)
    assert len(ours) == STEPS
    assert ours[-1] < ours[0] / 5  # it is a training that they agree on


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_history_evaluate_and_predict(dtype: str, digits: Digits, compare: Compare) -> None:
    """Three epochs. In float32 the two have parted by then, to equally good ends.

    So what is asked there is that the difference doesn't matter: that it is less than the figure's
    own uncertainty, which it has from the number of examples.
    """
    section = f"Reference network, {dtype}, {digits.name}"
    exact = dtype == "float64"
    x, x_test = digits.x.astype(dtype, copy=False), digits.x_test.astype(dtype, copy=False)
    with precision(dtype):
        models = reference_twins(dtype=dtype)
        models.theirs.compile(  # as ours; by 75 steps at a time Keras takes half as long
            "sgd", "categorical_crossentropy", metrics=["accuracy"], steps_per_execution=75
        )
        options: dict[str, Any] = {"epochs": 3, "shuffle": False, "verbose": 0}
        histories = [model.fit(x, digits.y, **options).history for model in models]
        results = [model.evaluate(x_test, digits.y_test, verbose=0) for model in models]
        outputs = [models.ours.predict(x_test), models.theirs.predict(x_test, verbose=0)]

    assert set(histories[0]) == set(histories[1]) == {"loss", "accuracy"}
    for k, key in enumerate(("loss", "accuracy")):
        ours, theirs = (history[key] for history in histories)
        if exact:  # to the digits that Keras prints
            assert [f"{value:.4f}" for value in ours] == [f"{value:.4f}" for value in theirs]
        allowed = 1e-12 if exact else uncertainty(key, max(theirs), len(x))
        compare(section, f"{key} of three epochs of `fit`", worst_ratio(ours, theirs), allowed)
        ours, theirs = (result[k : k + 1] for result in results)
        allowed = 1e-12 if exact else uncertainty(key, theirs[0], len(x_test))
        name = f"{key} of `evaluate` on the test set, after them"
        compare(section, name, worst_ratio(ours, theirs), allowed)
    if exact:
        assert (outputs[0].argmax(axis=1) == outputs[1].argmax(axis=1)).all()
        compare(section, "`predict` on the test set, after them", deviation(*outputs), 1e-10)


def test_first_steps_in_float32(digits: Digits, compare: Compare) -> None:
    section = f"Reference network, float32, {digits.name}"
    with precision("float32"):
        both = reference_twins(dtype="float32")
        for start, stop in STAGES[:2]:
            rows = slice(start * BATCH, stop * BATCH)
            losses = both.train(digits.x[rows].astype("float32"), digits.y[rows])
            allowed = tolerance_float32(stop)
            compare(section, f"weights after step {stop}", both.weight_deviation(), allowed)
            compare(section, f"each batch's loss up to step {stop}", worst_ratio(*losses), allowed)


def test_an_epoch_without_kinks_in_float32(digits: Digits, compare: Compare) -> None:
    """With tanh in ReLU's place nothing magnifies the rounding errors: they only add up."""
    section = f"Reference network, with tanh instead of ReLU, float32, {digits.name}"
    with precision("float32"):
        both = reference_twins(TANH, dtype="float32")
        losses = both.train(digits.x.astype("float32"), digits.y)
    allowed = tolerance_float32(STEPS)
    compare(section, f"weights after step {STEPS}", both.weight_deviation(), allowed)
    compare(section, f"each batch's loss up to step {STEPS}", worst_ratio(*losses), allowed)


def test_an_epoch_in_float32(in_float64: Epoch, digits: Digits, compare: Compare) -> None:
    """ReLU's kink magnifies rounding errors, so that an epoch is compared in two parts.

    Where a unit's input is so near 0 that rounding decides its sign, one library lets a gradient
    through and the other doesn't, and from then on they go different ways: no tolerance for the
    end is both small and true. So, first, each single step of the epoch is compared, from equal
    weights. Second, float32 must not take tinynet further from the float64 result than Keras.
    """
    section = f"Reference network, float32, {digits.name}"
    x32 = digits.x.astype("float32")
    exact = in_float64.models.ours
    with precision("float32"):
        both = reference_twins(dtype="float32")
        follower = Twins(reference_twins(dtype="float32").ours, both.theirs)
        apart = []
        for step in range(STEPS):
            rows = slice(step * BATCH, (step + 1) * BATCH)
            follower.ours.set_weights(both.theirs.get_weights())
            follower.ours.train_on_batch(x32[rows], digits.y[rows])
            both.train(x32[rows], digits.y[rows])
            apart.append(follower.weight_deviation())

    allowed = tolerance_float32(1)
    on_a_kink = float(np.mean(np.array(apart) > allowed))
    compare(
        section, "weights after each step from equal weights, median", np.median(apart), allowed
    )
    compare(section, "fraction of these steps with a unit at its kink", on_a_kink, 0.01)
    compare(section, "weights after each step from equal weights, worst", max(apart), None)

    strayed = [Twins(model, exact).weight_deviation() for model in both]
    name = f"weights after step {STEPS}, from the float64 ones"
    compare(section, f"{name}: Keras", strayed[1], None)
    compare(section, f"{name}: tinynet", strayed[0], 2 * strayed[1])
