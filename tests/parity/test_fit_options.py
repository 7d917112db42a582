"""The options of `fit`, the metrics in it and the callbacks: histories beside Keras's."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet

from .conftest import Compare
from .twins import Twins, keras, precision, tf, twins, worst_ratio

SECTION = "Training loop, float64"
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
RNG = np.random.default_rng(0)
X, LABELS = RNG.standard_normal((100, 8)), RNG.integers(0, 3, 100)
Y = np.eye(3)[LABELS]
WEIGHTS = RNG.uniform(0.5, 2, 100)
X_VAL, Y_VAL, W_VAL = X[:40][::-1], Y[:40][::-1], WEIGHTS[60:]


def compiled(metrics: Any = None, rate: float = 0.125) -> Twins:
    both = twins(8, ((16, "relu"), (3, "softmax")))
    loss = "categorical_crossentropy"
    both.compile(lambda lib: lib.optimizers.SGD(np.float64(rate)), loss, metrics=metrics)
    return both


def fit(both: Twins, *data: Any, **options: Any) -> tuple[Any, Any]:
    """Fit both in the order of the data; options that are functions are given the library."""
    histories = []
    for model, library in zip(both, (tinynet, keras), strict=True):
        mine = {k: v(library) if callable(v) else v for k, v in options.items()}
        mine |= {"shuffle": False, "verbose": 0}
        histories.append(model.fit(*(data or (X, Y)), **mine))
    return histories[0], histories[1]


def ratio(ours: Any, theirs: Any) -> float:
    assert set(ours.history) == set(theirs.history)
    assert ours.epoch == theirs.epoch
    return max(worst_ratio(ours.history[key], theirs.history[key]) for key in ours.history)


OPTIONS: dict[str, dict[str, Any]] = {
    "class_weight": {"class_weight": {0: 1.0, 1: 5.0, 2: 0.25}},
    "class_weight, a class left out": {"class_weight": {1: 3.0}},
    "class_weight and a split": {
        "class_weight": {0: 1.0, 1: 5.0, 2: 0.25},
        "validation_split": 0.3,
    },
    "sample_weight": {"sample_weight": WEIGHTS},
    "sample_weight and a split": {"sample_weight": WEIGHTS, "validation_split": 0.3},
    "validation data with weights": {"validation_data": (X_VAL, Y_VAL, W_VAL)},
    "validation_freq=2": {"validation_data": (X_VAL, Y_VAL), "validation_freq": 2},
    "validation_freq=[1, 4]": {"validation_data": (X_VAL, Y_VAL), "validation_freq": [1, 4]},
    "validation_batch_size": {"validation_data": (X_VAL, Y_VAL), "validation_batch_size": 7},
    "batch_size=None": {"batch_size": None},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options(name: str, compare: Compare) -> None:
    both = compiled(["accuracy", "mae"])
    histories = fit(both, epochs=4, **OPTIONS[name])
    worst = max(ratio(*histories), both.weight_deviation())
    compare(SECTION, f"`fit` with {name}: history, weights", worst, 1e-12)
    assert histories[0].params["steps"] == histories[1].params["steps"]
    assert {"verbose", "epochs", "steps"} <= {*histories[0].params}


def test_labels_and_class_weights(compare: Compare) -> None:
    both = twins(8, ((3, "softmax"),))
    both.compile(
        lambda lib: lib.optimizers.SGD(np.float64(0.125)), "sparse_categorical_crossentropy"
    )
    histories = fit(both, X, LABELS, epochs=3, class_weight={0: 0.5, 2: 3.0})
    worst = max(ratio(*histories), both.weight_deviation())
    compare(SECTION, "`class_weight` of labels: history, weights", worst, 1e-12)


def test_weights_in_evaluate_and_single_batches(compare: Compare) -> None:
    both = compiled(["accuracy"])
    worst = []
    for method in ("evaluate", "train_on_batch", "test_on_batch"):
        quiet = {"verbose": 0} if method == "evaluate" else {}
        results = [
            getattr(model, method)(X, Y, sample_weight=WEIGHTS, return_dict=True, **quiet)
            for model in both
        ]
        assert set(results[0]) == set(results[1])
        worst.append(worst_ratio(*([r[key] for key in results[0]] for r in results)))
    predictions = [np.array(model.predict_on_batch(X)) for model in both]
    worst.append(worst_ratio(*predictions))
    compare(SECTION, "`sample_weight` in evaluate and single batches", max(worst), 1e-12)


METRICS: dict[str, Callable[[Any], list[Any]]] = {
    "names": lambda lib: ["accuracy", "mae", "MSE", "mape", "cosine_similarity"],
    "snake-case names of classes": lambda lib: ["precision", "recall", "root_mean_squared_error"],
    "objects": lambda lib: [
        lib.metrics.CategoricalAccuracy(name="acc"),
        lib.metrics.BinaryAccuracy(name="each", threshold=0.25),
        lib.metrics.AUC(name="area"),
        lib.metrics.TopKCategoricalAccuracy(k=2, name="top"),
        lib.metrics.F1Score(average="macro"),
    ],
    "functions": lambda lib: [lib.losses.mean_absolute_error, lib.metrics.categorical_accuracy],
    "losses": lambda lib: ["categorical_crossentropy", "hinge", "poisson"],
}


@pytest.mark.parametrize("name", [name for name in METRICS if name != "objects"])
def test_metrics_in_fit(name: str, compare: Compare) -> None:
    both = twins(8, ((16, "relu"), (3, "softmax")))
    for model, library in zip(both, (tinynet, keras), strict=True):
        rate = library.optimizers.SGD(np.float64(0.125))
        model.compile(rate, "categorical_crossentropy", metrics=METRICS[name](library))
    histories = fit(both, epochs=2, validation_split=0.25)
    worst = max(ratio(*histories), both.weight_deviation())
    compare("Metrics, float64", f"{name} in `fit`: history", worst, 1e-9)
    results = [model.evaluate(X, Y, verbose=0, return_dict=True) for model in both]
    assert next(iter(results[0])) == "loss"
    assert both.ours.metrics_names == [*results[0]]


def test_metric_objects_have_their_names() -> None:
    both = twins(8, ((3, "softmax"),))
    for model, library in zip(both, (tinynet, keras), strict=True):
        with_top = [m for m in METRICS["objects"](library) if m.name != "top"]
        model.compile("sgd", "categorical_crossentropy", metrics=with_top)
    ours, theirs = (model.evaluate(X, Y, verbose=0, return_dict=True) for model in both)
    assert set(ours) == set(theirs) == {"loss", "acc", "each", "area", "f1_score"}
    for key in ours:
        np.testing.assert_allclose(ours[key], np.array(theirs[key]), rtol=1e-9)


CALLBACKS: dict[str, tuple[Callable[[Any], Any], dict[str, Any]]] = {
    "EarlyStopping": (
        lambda lib: lib.callbacks.EarlyStopping("val_loss", patience=2),
        {"validation_data": (X_VAL[:, ::-1], Y_VAL)},
    ),
    "EarlyStopping, restored": (
        lambda lib: lib.callbacks.EarlyStopping(
            "val_loss", patience=3, restore_best_weights=True, verbose=1
        ),
        {"validation_data": (X_VAL[:, ::-1], Y_VAL)},
    ),
    "EarlyStopping, baseline": (
        lambda lib: lib.callbacks.EarlyStopping("loss", patience=3, baseline=0.25),
        {},
    ),
    "EarlyStopping, start_from_epoch": (
        lambda lib: lib.callbacks.EarlyStopping("val_loss", patience=1, start_from_epoch=5),
        {"validation_data": (X_VAL[:, ::-1], Y_VAL)},
    ),
    "EarlyStopping, accuracy": (
        lambda lib: lib.callbacks.EarlyStopping("accuracy", patience=2, min_delta=0.05),
        {},
    ),
    "EarlyStopping, validation_freq": (
        lambda lib: lib.callbacks.EarlyStopping("loss", patience=2, min_delta=0.5),
        {"validation_data": (X_VAL, Y_VAL), "validation_freq": 3},
    ),
    "LearningRateScheduler of the epoch": (
        lambda lib: lib.callbacks.LearningRateScheduler(lambda epoch: 0.25 / 2**epoch),
        {},
    ),
    "LearningRateScheduler of the rate": (
        lambda lib: lib.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5, verbose=1),
        {},
    ),
    "ReduceLROnPlateau": (
        lambda lib: lib.callbacks.ReduceLROnPlateau(
            "val_loss", factor=0.5, patience=1, min_delta=0.125, cooldown=2, min_lr=1 / 64
        ),
        {"validation_data": (X_VAL[:, ::-1], Y_VAL)},
    ),
    "ReduceLROnPlateau without cooldown": (
        lambda lib: lib.callbacks.ReduceLROnPlateau("loss", 0.25, 2, 1, min_delta=0.0625),
        {},
    ),
}


@pytest.mark.parametrize("name", CALLBACKS)
def test_callbacks(name: str, compare: Compare, capsys: pytest.CaptureFixture[str]) -> None:
    """A single one, without a list; what it says is Keras's, too."""
    make, options = CALLBACKS[name]
    both = compiled(["accuracy"])
    said, histories = [], []
    for model, library in zip(both, (tinynet, keras), strict=True):
        given = make(library)
        model_options = {"epochs": 12, "shuffle": False, "verbose": 0, **options}
        histories.append(model.fit(X, Y, callbacks=given, **model_options))
        said.append(capsys.readouterr().out)
    worst = max(ratio(*histories), both.weight_deviation())
    compare(SECTION, f"{name}: history, weights", worst, 1e-12)
    assert said[0].split() == said[1].split() or "rate" in said[0]  # which Keras has in float32


def test_csv_logger(tmp_path: Path) -> None:
    both = compiled(["accuracy"])
    rows = []
    for k, (model, library) in enumerate(zip(both, (tinynet, keras), strict=True)):
        for append in (False, True):
            logger = library.callbacks.CSVLogger(tmp_path / str(k), separator=";", append=append)
            model.fit(X, Y, epochs=2, shuffle=False, verbose=0, callbacks=[logger])
        with open(tmp_path / str(k), newline="") as file:
            rows.append([*csv.reader(file, delimiter=";")])
    assert rows[0][0] == rows[1][0] == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    assert [row[0] for row in rows[0]] == [row[0] for row in rows[1]]
    for ours, theirs in zip(rows[0][1:], rows[1][1:], strict=True):
        assert ours[3:] == theirs[3:] == ["NA", "NA"]
        np.testing.assert_allclose(
            np.array(ours[:3], np.float64), np.array(theirs[:3], np.float64), rtol=1e-12
        )


HOOKS = [
    *("on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end"),
    *("on_train_batch_begin", "on_train_batch_end", "on_test_begin", "on_test_end"),
    *("on_test_batch_begin", "on_test_batch_end", "on_predict_begin", "on_predict_end"),
    *("on_predict_batch_begin", "on_predict_batch_end"),
]


def diary(base: Any, hooks: list[str]) -> Any:
    """Return a callback that writes down which of these hooks are called, and with what."""
    entries: list[tuple[Any, ...]] = []

    def write(hook: str) -> Any:
        def hook_method(self: Any, *place: Any, logs: Any = None) -> None:
            *numbers, figures = place if logs is None else (*place, logs)
            entries.append((hook, *numbers, *sorted(figures or {})))

        return hook_method

    kind = type("Diary", (base,), {hook: write(hook) for hook in hooks})
    made = kind()
    made.entries = entries
    return made


@pytest.mark.parametrize(
    "hooks", [HOOKS, ["on_batch_begin", "on_batch_end"], ["on_train_batch_end"], ["on_test_end"]]
)
def test_hooks_are_called_in_the_same_order_with_the_same_figures(hooks: list[str]) -> None:
    both = compiled(["accuracy"])
    entries = []
    for model, library in zip(both, (tinynet, keras), strict=True):
        callback = diary(library.callbacks.Callback, hooks)
        model.fit(X, Y, epochs=2, verbose=0, validation_split=0.2, callbacks=[callback])
        model.evaluate(X, Y, batch_size=32, verbose=0, callbacks=[callback])
        model.predict(X, batch_size=32, verbose=0, callbacks=[callback])
        assert callback.model is model
        entries.append(callback.entries)
    validation = {entry for entry in entries[1] if "test_batch" in entry[0]}
    ours = [entry for entry in entries[0] if entry not in validation]
    theirs = [entry for entry in entries[1] if entry not in validation]
    assert ours == theirs  # tinynet validates in larger batches
    assert {entry[0] for entry in entries[0]} == {entry[0] for entry in entries[1]}


def test_what_sets_model_and_params_is_called() -> None:
    for model, library in zip(compiled(), (tinynet, keras), strict=True):
        seen: dict[str, Any] = {}

        class Own(library.callbacks.Callback):  # type: ignore[name-defined, misc]
            def set_model(self, model: Any) -> None:
                seen["model"] = model  # noqa: B023

            def set_params(self, params: Any) -> None:
                seen["params"] = params  # noqa: B023

        model.fit(X, Y, epochs=1, verbose=0, callbacks=[Own()])
        assert seen["model"] is model
        assert (seen["params"]["epochs"], seen["params"]["steps"]) == (1, 4)


@pytest.mark.parametrize(
    ("outputs", "activation", "from_logits"), [(1, None, True), (3, "sigmoid", False)]
)
def test_accuracy_of_yes_or_no_answers(
    outputs: int, activation: str | None, from_logits: bool
) -> None:
    """One logit is compared with one half; of several answers the largest is looked at."""
    both = twins(4, ((outputs, activation),))
    both.compile(
        "sgd",
        lambda library: library.losses.BinaryCrossentropy(from_logits=from_logits),
        metrics=["accuracy"],
    )
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((200, 4)), rng.integers(0, 2, (200, outputs)).astype(np.float64)
    ours, theirs = (model.evaluate(x, t, verbose=0)[1] for model in both)
    assert ours == pytest.approx(theirs, rel=1e-6)
    assert 0.1 < ours < 0.9


def test_probabilities_that_do_not_sum_to_1() -> None:
    """Both divide them by their sum, and so do the derivatives."""
    t, y = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.2, 0.2], [0.5, 0.3]])
    prediction = tf.constant(y)
    with tf.GradientTape() as tape:
        tape.watch(prediction)
        value = keras.losses.CategoricalCrossentropy()(t, prediction)
    loss = tinynet.losses.CategoricalCrossentropy()
    assert loss.forward(t, y) == pytest.approx(float(value), rel=1e-12, abs=0)
    derivative = loss.backward(t, y)
    np.testing.assert_allclose(tape.gradient(value, prediction), derivative, rtol=1e-12)


@pytest.mark.parametrize("kind", ["EarlyStopping", "ReduceLROnPlateau"])
@pytest.mark.parametrize("mode", ["min", "max"])
def test_changes_by_exactly_min_delta(kind: str, mode: str) -> None:
    """In float32, 0.91 isn't better than 0.9 by more than 0.01."""
    with precision("float32"):
        both = twins(2, ((1, None),), dtype="float32")
        both.compile("sgd", "mse")
    found = []
    for model, library in zip(both, (tinynet, keras), strict=True):
        callback = getattr(library.callbacks, kind)("loss", min_delta=0.01, mode=mode)
        callback.set_model(model)
        callback.set_params({"epochs": 2, "steps": 1, "verbose": 0, "logs": ["loss"]})
        bests = []
        for hundredths in range(100):
            callback.on_train_begin({})
            for epoch, value in enumerate([hundredths, hundredths + (1 if mode == "max" else -1)]):
                callback.on_epoch_end(epoch, {"loss": value / 100})
            bests.append(callback.best)
        found.append(bests)
    assert found[0] == found[1]
