"""What could go wrong silently either raises an error or gives the correct result."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinynet
from tinynet import SGD, Adam, Dense, Dropout, Sequential, losses, optimizers, schedules
from tinynet.callbacks import EarlyStopping, ModelCheckpoint
from tinynet.callbacks.progress import ProgressBar
from tinynet.diagnose import diagnose
from tinynet.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Loss,
    SparseCategoricalCrossentropy,
)
from tinynet.losses.crossentropy import Crossentropy
from tinynet.metrics import accuracy, confusion_matrix
from tinynet.optimizers import Optimizer
from tinynet.utils import standardize, to_categorical

X = np.random.default_rng(0).normal(size=(6, 4))
LABELS = np.array([0, 1, 2, 2, 1, 0])


def network(optimizer: Any = "sgd") -> Any:
    model = Sequential([Dense(5, "relu", input_shape=(4,)), Dense(3, "softmax")], seed=0)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


# Columns of labels

FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "a vector": lambda y: y,
    "a vector of floats": lambda y: y.astype(float),
    "a column": lambda y: y[:, np.newaxis],
    "a column of floats": lambda y: y[:, np.newaxis].astype(float),
    "a column of float16": lambda y: y[:, np.newaxis].astype(np.float16),
    "a list of rows": lambda y: [[float(label)] for label in y],
}


@pytest.mark.parametrize("classes", [2, 3, 9])
@pytest.mark.parametrize("true", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("predicted", FORMS.values(), ids=FORMS.keys())
def test_labels_mean_the_same_in_any_form(true: Any, predicted: Any, classes: int) -> None:
    rng = np.random.default_rng(classes)
    t, y = rng.integers(classes, size=(2, 30))
    t[0], y[0] = classes - 1, classes - 1
    assert accuracy(true(t), predicted(y)) == np.mean(t == y)
    expected = np.zeros((classes, classes), int)
    np.add.at(expected, (t, y), 1)
    assert confusion_matrix(true(t), predicted(y)).tolist() == expected.tolist()


def test_a_column_of_probabilities_is_thresholded() -> None:
    t = np.array([[0.0], [1.0], [1.0]])
    assert accuracy(t, [[0.2], [0.7], [0.4]]) == accuracy([0, 1, 1], [[0.2], [0.7], [0.4]]) == 2 / 3
    for wrong in ([[1.5], [0.2], [0.3]], [[-0.1], [0.2], [0.3]]):
        with pytest.raises(ValueError, match="a column of probabilities, must lie from 0 to 1"):
            accuracy(t, wrong)
    with pytest.raises(ValueError, match=r"y_true must be whole numbers from 0 up, received 0\.2"):
        accuracy([[0.2], [0.7], [0.4]], t)


@pytest.mark.parametrize(
    "labels",
    [[1e300], [2.0**60], np.array([2**63], np.uint64), np.array([3e38], np.float32), [2**62]],
)
def test_labels_too_large_for_an_integer_are_refused(labels: Any) -> None:
    for call in (
        lambda: to_categorical(labels),
        lambda: accuracy(labels, labels),
        lambda: confusion_matrix(labels, labels),
        lambda: network().fit(X[:1], labels, verbose=0),
        lambda: SparseCategoricalCrossentropy().forward(labels, [[0.5, 0.5]]),
    ):
        with pytest.raises(ValueError, match=r"must be (at most 2\*\*53|whole numbers from 0 to)"):
            call()


# Masks

MASKED = np.ma.masked_array([1.0, 2.0, 3.0, 4.0], mask=[True, False, False, False])


@pytest.mark.parametrize(
    "x",
    [MASKED, [MASKED], (MASKED, MASKED), [[MASKED]], [list(X[0]), MASKED], [1.0, np.ma.masked]],
    ids=["itself", "a list", "a tuple", "a list of lists", "beside a list", "the constant"],
)
def test_masks_arent_forgotten(x: Any) -> None:
    for call in (
        lambda: standardize(x),
        lambda: network().predict(x),
        lambda: Dense(3).forward(x),
        lambda: accuracy(x, x),
        lambda: network().fit(X, x, verbose=0),
        lambda: network().set_weights([x] * 4),
    ):
        with pytest.raises(TypeError, match="must be an array without a mask"):
            call()


# Losses by hand

ROWS = [
    (CategoricalCrossentropy, [[0, 1]], [[-0.2, 1.2]]),
    (SparseCategoricalCrossentropy, [1], [[-1e-9, 1.0]]),
    (CategoricalCrossentropy, [[0, 1], [1, 0]], [[0.5, 0.5], [3.0, -3.0]]),
    (BinaryCrossentropy, [[1.0]], [[-0.1]]),
    (BinaryCrossentropy, [[1.0]], [[1.1]]),
    (BinaryCrossentropy, [[0.0], [1.0]], [[0.5], [7.0]]),
]


@pytest.mark.parametrize(("kind", "t", "y"), ROWS)
def test_what_cant_be_a_probability_is_refused_by_hand(
    kind: type[Crossentropy], t: Any, y: Any
) -> None:
    for call in (kind(), kind().forward, kind().backward):
        with pytest.raises(ValueError, match=r"expected probabilities, .* \w+\(from_logits=True\)"):
            call(t, y)
    assert np.isfinite(kind(from_logits=True).forward(t, y))


@pytest.mark.parametrize(
    ("kind", "function"),
    [(losses.KLDivergence, losses.kl_divergence), (losses.Poisson, losses.poisson)],
)
def test_negative_outputs_are_refused_by_hand(kind: type[Loss], function: Any) -> None:
    for call in (kind(), kind().forward, kind().backward, function):
        with pytest.raises(ValueError, match=r"at least 0, received -0\.25 at \[0, 1\]"):
            call([[0.0, 1.0]], [[0.5, -0.25]])
        assert np.isfinite(call([[0.0, 1.0]], [[0.5, 0.5]])).all()


@pytest.mark.parametrize(
    ("function", "t"),
    [
        (losses.binary_crossentropy, [[0.0, 1.0]]),
        (losses.categorical_crossentropy, [[0.0, 1.0]]),
        (losses.sparse_categorical_crossentropy, [1]),
        (losses.binary_focal_crossentropy, [[0.0, 1.0]]),
    ],
)
def test_functions_refuse_what_cant_be_a_probability(function: Any, t: Any) -> None:
    with pytest.raises(ValueError, match="expected probabilities"):
        function(t, [[-0.5, 1.5]])


def test_rows_that_dont_sum_to_one_are_probabilities_once_they_are_divided() -> None:
    assert CategoricalCrossentropy().forward([[0, 1]], [[3.0, 3.0]]) == pytest.approx(np.log(2))


def test_in_fit_it_is_diagnosed() -> None:
    model = Sequential([Dense(3, input_shape=(4,))], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    found = [finding.code for finding in diagnose(model, X, LABELS)]
    assert "logits-as-probabilities" in found


# Yes where a bool is wanted

BOOLS: dict[str, Callable[[Any], Any]] = {
    "use_bias": lambda yes: Dense(3, use_bias=yes),
    "nesterov": lambda yes: SGD(nesterov=yes),
    "from_logits": lambda yes: BinaryCrossentropy(from_logits=yes),
    "staircase": lambda yes: schedules.ExponentialDecay(0.1, 10, 0.5, staircase=yes),
    "shuffle": lambda yes: network().fit(X, LABELS, shuffle=yes, verbose=0),
    "return_dict": lambda yes: network().evaluate(X, LABELS, return_dict=yes, verbose=0),
    "costs": lambda yes: network().summary(costs=yes),
    "training": lambda yes: network().forward(X, training=yes),
    "training of Dropout": lambda yes: Dropout(0.5).forward(X, training=yes),
    "trainable": lambda yes: setattr(Dense(3), "trainable", yes),
    "restore_best_weights": lambda yes: EarlyStopping(restore_best_weights=yes),
    "save_best_only": lambda yes: ModelCheckpoint("m.npz", save_best_only=yes),
    "save_weights_only": lambda yes: ModelCheckpoint("m.npz", save_weights_only=yes),
    "live": lambda yes: ProgressBar(live=yes),
}


@pytest.mark.parametrize("make", BOOLS.values(), ids=BOOLS.keys())
@pytest.mark.parametrize("value", ["yes", "no", "", 1.0, [True], {}, X], ids=repr)
def test_yes_is_no_bool(make: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(TypeError, match="must be True or False, received"):
        make(value)


# Optimizers


DIVIDING = ["Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Adadelta"]


@pytest.mark.parametrize("name", DIVIDING)
@pytest.mark.parametrize("epsilon", [0, 0.0, -1e-7, np.float32(0)])
def test_adam_and_its_kind_without_an_epsilon_is_refused(name: str, epsilon: Any) -> None:
    with pytest.raises(ValueError, match="epsilon must be above 0, received"):
        getattr(optimizers, name)(epsilon=epsilon)


def test_adagrad_needs_an_epsilon_or_a_start_above_0() -> None:
    with pytest.raises(ValueError, match="epsilon must be above 0 if initial_accumulator_value"):
        optimizers.Adagrad(initial_accumulator_value=0, epsilon=0)
    optimizers.Adagrad(initial_accumulator_value=0.1, epsilon=0)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        *(("lr", "learning_rate"), ("learning_rates", "learning_rate"), ("momentun", "momentum")),
        *(("weigth_decay", "weight_decay"), ("nestrov", "nesterov"), ("quux", "")),
    ],
)
def test_an_unknown_setting_of_an_optimizer_is_refused(name: str, meant: str) -> None:
    optimizer = SGD(0.1)
    before = dict(vars(optimizer))
    hint = f"Did you mean '{meant}'" if meant else "It has: learning_rate, momentum"
    with pytest.raises(ValueError, match=rf"SGD has no setting '{name}'\. {hint}"):
        setattr(optimizer, name, 0.5)
    assert vars(optimizer) == before
    with pytest.raises(AttributeError, match="no setting"):
        setattr(optimizer, name, 0.5)


class Same(SGD):
    """Adds nothing, so the settings are SGD's."""


class Quiet(Dropout):
    """Adds nothing to Dropout."""


@pytest.mark.parametrize("kind", [Same, optimizers.Adamax, optimizers.Nadam, optimizers.AdamW])
def test_a_class_without_methods_of_its_own_has_its_bases_settings(kind: Any) -> None:
    optimizer = kind(0.1)
    with pytest.raises(ValueError, match=f"^{kind.__name__} has no setting 'learning_rates'"):
        optimizer.learning_rates = 0.5
    model = network(optimizer)
    optimizer.weight_decay = -1.0
    with pytest.raises(ValueError, match="weight_decay"):
        model.fit(X, LABELS, verbose=0)


def test_a_layer_class_without_methods_of_its_own_is_checked_like_its_base() -> None:
    model = Sequential([Quiet(0.5, input_shape=(4,)), Dense(3, "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    setattr(model.layers[0], "rate", 1.5)  # noqa: B010
    with pytest.raises(ValueError, match="rate"):
        model.fit(X, LABELS, verbose=0)


def test_settings_that_there_are_can_be_set() -> None:
    for optimizer in (SGD(), Adam()):
        for name, value in optimizer.get_config().items():
            setattr(optimizer, name, value)
        optimizer.iterations = 3
        optimizer.state = {}


class Own(Optimizer):
    """One of the user's own may remember what it likes."""

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        self.steps = getattr(self, "steps", 0) + 1
        parameters -= learning_rate * gradients


def test_an_optimizer_of_ones_own_has_what_attributes_it_likes() -> None:
    model = network(Own(0.1, None))
    model.fit(X, LABELS, epochs=3, verbose=0)
    assert model.optimizer.steps == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("learning_rate", -1.0), ("momentum", 1.5), ("momentum", "much"), ("nesterov", "yes")),
        ("weight_decay", -0.1),
    ],
)
def test_a_setting_that_was_changed_to_a_wrong_one_is_found_before_training(
    name: str, value: Any
) -> None:
    model = network(SGD(0.1, momentum=0.9))
    setattr(model.optimizer, name, value)
    before = model.parameters.copy()
    with pytest.raises((ValueError, TypeError), match=name):
        model.fit(X, LABELS, verbose=0)
    np.testing.assert_array_equal(model.parameters, before)


@pytest.mark.parametrize(
    ("name", "value"), [("rate", 1.5), ("rate", -0.1), ("rate", "half"), ("rate", float("nan"))]
)
def test_a_layers_setting_that_was_changed_to_a_wrong_one_is_found_before_training(
    name: str, value: Any
) -> None:
    model = Sequential([Dropout(0.5, input_shape=(4,)), Dense(3, "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    setattr(model.layers[0], name, value)
    with pytest.raises((ValueError, TypeError), match=name):
        model.fit(X, LABELS, verbose=0)


def test_a_models_layers_cant_be_replaced() -> None:
    model = network()
    for value in ([], [Dense(3)], None, model.layers):
        with pytest.raises(ValueError, match="layers can't be assigned: use add, or make"):
            model.layers = value
    assert len(model.layers) == 2


def test_a_larger_model_is_told_to_take_a_new_optimizer() -> None:
    model = network(Adam())
    model.fit(X, LABELS, verbose=0)
    optimizer = model.optimizer
    model.add(Dense(3, "softmax"))
    model.compile(optimizer, "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="after adding a layer or changing trainable, comp"):
        model.fit(X, LABELS, verbose=0)
    model.compile(Adam(), "sparse_categorical_crossentropy")
    model.fit(X, LABELS, verbose=0)


# Numbers that aren't Python's


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.float16, np.array], ids=str)
def test_settings_are_pythons_numbers(kind: Any) -> None:
    optimizer = Adam(kind(0.5), kind(0.5), kind(0.5), kind(0.5), weight_decay=kind(0.5))
    assert {type(value) for value in optimizer.get_config().values()} <= {float, bool}
    optimizer.learning_rate = np.float64(0.1) * 3
    assert type(optimizer.learning_rate) is float
    kinds_of: Any = schedules  # a type checker refuses NumPy's integers
    schedule = kinds_of.ExponentialDecay(kind(0.5), np.int8(3), kind(0.5), np.bool_(True))
    kinds = [type(value) for value in schedule.get_config().values()]
    assert kinds[:4] == [float, int, float, bool]
    piecewise = kinds_of.PiecewiseConstantDecay(np.array([1, 2]), [kind(0.5)] * 3)
    assert (piecewise.boundaries, piecewise.values) == ((1, 2), (0.5, 0.5, 0.5))
    assert type(piecewise(1)) is float
    assert type(Dropout(kind(0.5)).rate) is float
    assert type(tinynet.Normalization(mean=kind(0.5), variance=kind(0.5)).variance) is float


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (tinynet.layers.LeakyReLU(0.2), "negative_slope"),
        (tinynet.regularizers.L2(0.1), "l2"),
        (tinynet.constraints.MaxNorm(2.0), "max_value"),
        (tinynet.losses.Huber(1.0), "delta"),
        (tinynet.metrics.BinaryAccuracy(), "threshold"),
        (tinynet.initializers.RandomNormal(), "stddev"),
        (SGD(0.1), "learning_rate"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_setting_becomes_pythons_number_whenever_it_is_set(made: Any, name: str) -> None:
    setattr(made, name, np.float64(0.1) * 3)
    assert type(getattr(made, name)) is float
    assert getattr(made, name) == 0.1 * 3


@pytest.mark.parametrize("given", [{"sample_weight": [1e300] * 6}, {"class_weight": {1: 1e300}}])
def test_weights_that_would_become_infinite_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"_weight must fit into float32, received 1e\+300"):
        network().fit(X, LABELS, verbose=0, **given)
