"""`Sequential`: training against the slow twin, and what fit, evaluate and predict promise."""

import copy
import gc
import pickle
import weakref
from collections.abc import Callable, Iterator
from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import RunPython
from tests.support import reference
from tests.support.reference import numerical_gradient, relative_error
from tinynet import (
    SGD,
    Adam,
    Dense,
    Dropout,
    Flatten,
    Layer,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
    regularizers,
)
from tinynet.layers import BatchNormalization
from tinynet.losses import MeanSquaredError
from tinynet.schedules import ExponentialDecay
from tinynet.utils import set_random_seed

ACTIVATION_LAYERS: dict[str, type[Layer]] = {
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "softmax": Softmax,
    "tanh": Tanh,
}


def reference_model(spelling: str, **options: Any) -> Sequential:
    """Return the notebook's network, in Keras's spelling or in that of the primitive layers."""
    if spelling == "notebook":
        return Sequential(
            [
                Dense(128, activation="relu", input_shape=(784,)),
                Dense(128, activation="relu"),
                Dense(10, activation="softmax"),
            ],
            **options,
        )
    stack = [Dense(128, input_shape=(784,)), ReLU(), Dense(128), ReLU(), Dense(10), Softmax()]
    return Sequential(stack, **options)


def classifier(seed: int = 0, **options: Any) -> Sequential:
    """Return a small compiled classifier of 4 features and 3 classes, with dropout."""
    stack = [Dense(8, "relu", input_shape=(4,)), Dropout(0.2), Dense(3, "softmax")]
    model = Sequential(stack, seed=seed, **options)
    model.compile(SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def data(n: int = 50, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(3, size=n)
    return rng.normal(size=(n, 4)) + np.eye(3, 4)[labels], labels


def assert_same_bits(a: Sequential, b: Sequential) -> None:
    assert a.parameters.tobytes() == b.parameters.tobytes()


class Spy(Layer):
    """Passes everything on and keeps the first column of what it saw in training."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[float]] = []

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        if training:
            self.batches.append(x[:, 0].tolist())
        return x

    def seen(self) -> list[float]:
        return [value for batch in self.batches for value in batch]

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy


# The training step


@st.composite
def experiments(draw: st.DrawFn) -> dict[str, Any]:
    loss = draw(st.sampled_from(sorted(reference.LOSSES)))
    hidden = st.tuples(st.integers(1, 5), st.sampled_from(sorted(reference.ACTIVATIONS)))
    last = {"categorical_crossentropy": ["softmax"], "binary_crossentropy": ["sigmoid"]}
    outputs = draw(st.integers(2 if loss == "categorical_crossentropy" else 1, 4))
    top = draw(st.sampled_from(last.get(loss, sorted(reference.ACTIVATIONS))))
    rate = draw(st.sampled_from([0.001, 0.02]))
    schedule = ExponentialDecay(rate, 3, 0.5)
    optimizer = draw(
        st.sampled_from(
            [
                (SGD(rate), reference.SGD(lambda step: rate)),
                (SGD(schedule), reference.SGD(lambda step: rate * 0.5 ** (step / 3))),
                (SGD(rate, momentum=0.9), reference.SGD(lambda step: rate, momentum=0.9)),
                (
                    SGD(schedule, momentum=0.8, nesterov=True, weight_decay=0.1),
                    reference.SGD(lambda step: rate * 0.5 ** (step / 3), 0.8, True, 0.1),
                ),
                (Adam(0.001), reference.Adam(lambda step: 0.001)),
                (
                    Adam(rate, beta_1=0.5, beta_2=0.8, epsilon=1e-3, weight_decay=0.1),
                    reference.Adam(lambda step: rate, 0.5, 0.8, 1e-3, 0.1),
                ),
            ]
        )
    )
    return {
        "loss": loss,
        "features": draw(st.integers(1, 5)),
        "stack": [*draw(st.lists(hidden, max_size=3)), (outputs, top)],
        "spelled_out": draw(st.booleans()),
        "optimizer": optimizer,
        "N": draw(st.integers(1, 8)),
        "batch_size": draw(st.integers(1, 5)),
        "targets": draw(st.sampled_from(["soft", "hard", "labels"])),
        "seed": draw(st.integers(0, 2**32 - 1)),
    }


@given(experiments())
def test_training_equals_the_slow_twin(e: dict[str, Any]) -> None:
    rng = np.random.default_rng(e["seed"])
    features, N, stack = e["features"], e["N"], e["stack"]
    layers: list[Layer] = []
    for units, activation in stack:
        if e["spelled_out"]:
            layers.append(Dense(units))
            if activation != "linear":
                layers.append(ACTIVATION_LAYERS[activation]())
        else:
            layers.append(Dense(units, activation))
    x, t = rng.normal(size=(N, features)), rng.normal(size=(N, stack[-1][0]))
    if e["loss"] != "mean_squared_error":
        t = np.abs(t) / np.abs(t).sum(axis=1, keepdims=True)
    if e["targets"] != "soft":
        t = np.eye(t.shape[1])[t.argmax(axis=1)]
    loss, y = e["loss"], t
    if e["targets"] == "labels" and loss == "categorical_crossentropy":
        loss, y = "sparse_categorical_crossentropy", t.argmax(axis=1)
    model = Sequential(layers, seed=e["seed"], dtype="float64")
    model.build((features,))
    model.parameters += 0.1 * rng.normal(size=model.parameters.shape)  # so that b isn't 0
    optimizer, twin_optimizer = copy.deepcopy(e["optimizer"])
    model.compile(optimizer, loss)
    twin = reference.Network(
        model.get_weights(),
        [activation for _, activation in stack],
        e["loss"],
        lambda: copy.deepcopy(twin_optimizer),
    )

    history = model.fit(x, y, e["batch_size"], epochs=2, shuffle=False, verbose=0).history
    expected = twin.fit(x, t, e["batch_size"], epochs=2)

    np.testing.assert_allclose(history["loss"], expected, rtol=1e-12, atol=1e-12)
    for received, wanted in zip(model.get_weights(), twin.weights, strict=True):
        np.testing.assert_allclose(received, wanted, rtol=1e-12, atol=1e-12)
    outputs = [twin.output(row)[-1][1] for row in x]
    np.testing.assert_allclose(model.predict(x, batch_size=3), outputs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_both_spellings_are_equal_to_the_last_bit(optimizer: str) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(100, 784)), np.eye(10)[rng.integers(10, size=100)]
    models = [reference_model(spelling, seed=s) for s, spelling in enumerate(("notebook", "long"))]
    models[1].set_weights(models[0].get_weights())
    models[1].rng = copy.deepcopy(models[0].rng)
    seeded = reference_model("long", seed=0)
    histories = []
    for model in (*models, seeded):
        model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
        # Three batches of 32, and one of 4.
        histories.append(model.fit(x, y, epochs=3, validation_split=0.1, verbose=0).history)
    assert histories[0] == histories[1] == histories[2]
    assert_same_bits(models[0], models[1])
    assert_same_bits(models[0], seeded)
    assert models[0].predict(x).tobytes() == models[1].predict(x).tobytes()
    assert models[0].gradients.any()


def test_a_models_gradients_equal_central_differences() -> None:
    rng = np.random.default_rng(0)
    stack = [Flatten(), Dense(5, "tanh"), Dense(4), Sigmoid(), Dense(3, "softmax")]
    model = Sequential(stack, seed=0, dtype="float64")
    model.build((3, 2))
    x, dy = rng.normal(size=(4, 3, 2)), rng.normal(size=(4, 3))

    def weighted_sum() -> float:
        return float((dy * model.forward(x)).sum())

    weighted_sum()
    dx = model.backward(dy)
    gradients = model.gradients.copy()
    assert relative_error(dx, numerical_gradient(weighted_sum, x)) < 1e-7
    assert relative_error(gradients, numerical_gradient(weighted_sum, model.parameters)) < 1e-7


@pytest.mark.parametrize("below", [[], [Flatten()], [Flatten(), Tanh()]])
def test_training_spares_what_trains_nothing(below: list[Layer]) -> None:
    """Below the lowest trained layer nothing goes back, and that layer computes no dx."""
    for layer in below:
        layer.backward = None  # type: ignore[assignment]
    model = Sequential([*below, Dense(3), ReLU(), Dense(2, "softmax")], seed=0)
    model.compile()
    x, y = np.ones((4, 2)), np.eye(2)[[0, 1, 1, 1]]
    losses = model.fit(x, y, epochs=3, verbose=0).history["loss"]
    assert losses[2] < losses[0]
    lowest = model.layers[-3]
    assert lowest.gradients["W"].any()
    assert [part.needs_dx for part in model.trained] == [False, True, True]
    assert model.trained[0].backward(np.ones((4, 3))) is None
    lowest.forward(np.ones((4, 2)))
    assert lowest.backward(np.ones((4, 3))).shape == (4, 2)


def test_a_layer_of_ones_own_at_the_bottom_is_left_as_it_is() -> None:
    class Own(Dense):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return super().forward(x, training=training)

    model = Sequential([Own(3), Dense(2, "softmax")], seed=0)
    model.compile()
    model.fit(np.ones((4, 2)), np.eye(2)[[0, 1, 1, 1]], verbose=0)
    assert model.trained[0] is model.layers[0]
    assert model.layers[0].needs_dx


def test_fit_is_one_training_step_after_another() -> None:
    x, y = data(10)
    fitted, stepped = classifier(), classifier()
    history = fitted.fit(x, y, batch_size=4, epochs=1, shuffle=False, verbose=0).history
    steps = [stepped.train_on_batch(x[s : s + 4], y[s : s + 4]) for s in (0, 4, 8)]
    assert_same_bits(fitted, stepped)
    # The running means are weighted: the last batch has 2 examples, the others 4.
    for name, figures in zip(("loss", "accuracy"), zip(*steps, strict=True), strict=True):
        expected = (4 * figures[0] + 4 * figures[1] + 2 * figures[2]) / 10
        assert history[name] == [pytest.approx(expected, rel=1e-14, abs=0)]


def test_train_on_batch_returns_what_was_before_the_step() -> None:
    model = Sequential([Dense(1, use_bias=False, input_shape=(1,))])
    model.set_weights([[[1.0]]])
    model.compile(SGD(0.25), "mse")
    assert model.train_on_batch([[2.0]], [4.0]) == 4  # (2 - 4)²
    assert model.get_weights()[0].tolist() == [[3.0]]  # 1 - 0.25 * 2 * (2 - 4) * 2
    model.compile(SGD(0.25), "mse", metrics=["mse", "acc"])
    assert model.train_on_batch([[2.0]], [4.0]) == [4, 4, 0]


def test_the_reduction_decides_whether_examples_are_added_or_averaged() -> None:
    """By hand: L = (w - 3)² + (2 w - 4)² at w = 1, so that L = 8 and dL/dw = -4 - 8 = -12."""
    model = Sequential([Dense(1, use_bias=False, input_shape=(1,))])
    for reduction, loss, w in (("sum", 8, 2.5), ("sum_over_batch_size", 4, 1.75)):
        model.set_weights([[[1.0]]])
        model.compile(SGD(0.125), MeanSquaredError(reduction=reduction))
        assert model.train_on_batch([[1.0], [2.0]], [3.0, 4.0]) == loss
        assert model.get_weights()[0].tolist() == [[w]]
    with pytest.raises(ValueError, match="'none', which is for calls on arrays"):
        model.compile(SGD(0.125), MeanSquaredError(reduction="none"))


# Epochs: order, means, validation


def test_every_epoch_takes_each_example_once_in_a_new_order() -> None:
    x, y = np.arange(10.0)[:, np.newaxis], np.zeros(10)
    spy = Spy()
    model = Sequential([spy, Dense(1)], seed=0)
    model.compile("sgd", "mse")
    model.fit(x, y, batch_size=4, epochs=3, verbose=0)
    assert [len(batch) for batch in spy.batches] == [4, 4, 2] * 3
    epochs = [spy.seen()[k : k + 10] for k in (0, 10, 20)]
    assert [sorted(epoch) for epoch in epochs] == [x.ravel().tolist()] * 3
    assert len({tuple(epoch) for epoch in [*epochs, x.ravel().tolist()]}) == 4
    spy.batches.clear()
    model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    assert spy.seen() == 2 * list(range(10))


@pytest.mark.parametrize(("share", "n", "held_back"), [(0.2, 10, 2), (0.25, 10, 3), (0.5, 3, 2)])
def test_validation_split_takes_the_last_fraction(share: float, n: int, held_back: int) -> None:
    x, y = data(n)
    spy = Spy()
    model = Sequential([spy, Dense(3, "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["acc"])
    history = model.fit(x, y, validation_split=share, batch_size=4, verbose=0).history
    assert sorted(spy.seen()) == sorted(x[: n - held_back, 0].astype(np.float32).tolist())
    expected = model.evaluate(x[n - held_back :], y[n - held_back :], verbose=0)
    assert [history["val_loss"][-1], history["val_acc"][-1]] == pytest.approx(
        expected, rel=1e-12, abs=0
    )


def test_validation_data_is_what_evaluate_says_after_the_epoch() -> None:
    x, y = data()
    x_val, y_val = data(21, seed=1)
    model, plain = classifier(), classifier()
    history = model.fit(
        x, y, epochs=2, validation_data=(x_val, y_val), validation_split=0.9, verbose=0
    ).history
    plain.fit(x, y, epochs=2, verbose=0)
    assert_same_bits(model, plain)
    expected = plain.evaluate(x_val, y_val, verbose=0)
    assert [history["val_loss"][-1], history["val_accuracy"][-1]] == expected
    assert list(history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert all(len(values) == 2 for values in history.values())


def test_epochs_count_from_initial_epoch() -> None:
    x, y = data()
    one_go, in_parts = classifier(), classifier()
    expected = one_go.fit(x, y, epochs=5, verbose=0).history
    first = in_parts.fit(x, y, epochs=2, verbose=0)
    assert in_parts.epoch == 2
    second = in_parts.fit(x, y, epochs=5, initial_epoch=in_parts.epoch, verbose=0)
    assert (first.epoch, second.epoch) == ([0, 1], [2, 3, 4])
    assert first.history["loss"] + second.history["loss"] == expected["loss"]
    assert_same_bits(one_go, in_parts)
    assert in_parts.fit(x, y, epochs=5, initial_epoch=5, verbose=0).history == {}
    assert_same_bits(one_go, in_parts)


def test_evaluate_weighs_the_last_short_batch_and_learns_nothing() -> None:
    x, y = data(11)
    model = classifier(dtype="float64")
    before = copy.deepcopy(model)
    whole = model.evaluate(x, y, batch_size=11, verbose=0)
    assert isinstance(whole, list)
    for batch_size in (1, 3, 4, 100):
        assert model.evaluate(x, y, batch_size, verbose=0) == pytest.approx(whole, rel=1e-13, abs=0)
    p = model.predict(x)
    loss = -np.log(p[np.arange(11), y]).mean()
    assert whole == pytest.approx([loss, (p.argmax(axis=1) == y).mean()], rel=1e-13, abs=0)
    as_dict = model.evaluate(x, y, 11, verbose=0, return_dict=True)
    assert as_dict == {"loss": whole[0], "accuracy": whole[1]}
    model.compile("sgd", "sparse_categorical_crossentropy")
    alone = model.evaluate(x, y, 11, verbose=0)
    assert isinstance(alone, float)
    assert alone == whole[0]
    assert_same_bits(model, before)
    assert model.rng.bit_generator.state == before.rng.bit_generator.state


def test_predict_says_what_it_did_if_asked(capsys: pytest.CaptureFixture[str]) -> None:
    model = classifier()
    model.predict(np.ones((5, 4)))
    model.predict(np.ones((5, 4)), verbose=0)
    assert capsys.readouterr().out == ""
    model.predict(np.ones((5, 4)), None, 2)
    assert capsys.readouterr().out == "Predicted 5 examples\n"


def test_predict_gives_the_same_in_any_batches() -> None:
    x, _ = data(11)
    model = classifier(dtype="float64")
    p = model.predict(x)
    assert p.shape == (11, 3)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-14)
    for batch_size in (1, 4, 100):
        np.testing.assert_allclose(model.predict(x, batch_size), p, rtol=1e-13)
    np.testing.assert_allclose(model.forward(x), p, rtol=1e-13)
    assert model.predict(x[:0]).shape == (0, 3)
    assert (model.forward(x, training=True) != p).any(), "dropout is on in training alone"


# Numbers in, numbers out


FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "float64": lambda x: x.astype(np.float64),
    "uint8": lambda x: x.astype(np.uint8),
    "list": lambda x: x.tolist(),
    "Fortran": lambda x: np.asfortranarray(x),
    "strided": lambda x: np.repeat(x, 2, axis=0)[::2],
    "read-only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    "big-endian": lambda x: x.astype(">f8"),
    "tuple of rows": lambda x: tuple(x),
}


@pytest.mark.parametrize("convert", FORMS.values(), ids=FORMS.keys())
def test_data_in_any_form_give_the_same_bits(convert: Callable[[np.ndarray], Any]) -> None:
    rng = np.random.default_rng(0)
    x: np.ndarray = rng.integers(0, 256, size=(20, 4)).astype(np.float32)
    y = np.eye(3)[rng.integers(3, size=20)].astype(np.float32)
    results = []
    for images, labels in ((x, y), (convert(x), convert(y))):
        model = classifier()
        model.compile("adam", "categorical_crossentropy", metrics=["acc"])
        history = model.fit(images, labels, 8, epochs=2, validation_split=0.2, verbose=0).history
        scores = model.evaluate(images, labels, verbose=0)
        results.append((history, scores, model.predict(images).tobytes()))
    assert results[0] == results[1]


def test_fit_leaves_the_data_alone() -> None:
    x, y = data()
    kept = x.copy(), y.copy()
    classifier().fit(x, y, epochs=2, validation_split=0.2, verbose=0)
    np.testing.assert_array_equal(x, kept[0])
    np.testing.assert_array_equal(y, kept[1])


class InPlace(Layer):
    """A layer of one's own that writes into what it is given."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        x *= 2
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return 2 * dy


def test_no_layer_writes_into_the_data() -> None:
    x, y = data()
    x = x.astype(np.float32)
    kept = x.copy()
    model = Sequential([InPlace(), Dense(3, "softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    for call, words in (
        (lambda: model.fit(x, y, verbose=0), "must leave x as it is"),
        (lambda: model.predict(x), "read-only"),
        (lambda: model.evaluate(x, y, verbose=0), "read-only"),
        (lambda: model.fit(x, y, validation_data=(x, y), verbose=0), "must leave x as it is"),
        (lambda: model.train_on_batch(x, y), "must leave x as it is"),
        (lambda: model(x), "read-only"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
    np.testing.assert_array_equal(x, kept)
    x *= 1  # the caller may


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_is_chosen_once_and_kept(dtype: str) -> None:
    x, y = data()
    model = classifier(dtype=dtype)
    model.fit(x.astype("float32" if dtype == "float64" else "float64"), y, verbose=0)
    model.set_weights([w.astype(np.float64) for w in model.get_weights()])
    arrays = [model.parameters, model.gradients, *model.get_weights(), model.predict(x)]
    arrays += [model.forward(x), *model.layers[0].gradients.values()]
    arrays += [*model.optimizer.state.values()]
    assert {a.dtype.name for a in arrays} == {dtype}


def test_the_seed_decides_everything() -> None:
    x, y = data()

    def train(seed: int | None) -> Sequential:
        model = classifier() if seed is None else classifier(seed)
        np.random.default_rng().random()
        model.fit(x, y, epochs=2, verbose=0)
        return model

    assert_same_bits(train(1), train(1))
    assert (train(1).parameters != train(2).parameters).any()
    models = []
    for _ in range(2):
        set_random_seed(5)
        first, second = (Sequential([Dense(9, input_shape=(9,))]) for _ in range(2))
        assert (first.parameters != second.parameters).any()
        models.append(first)
    assert_same_bits(*models)
    assert (Sequential([Dense(9, input_shape=(9,))]).parameters != models[0].parameters).any()


SAME_SEED = """
import hashlib, tinynet
from tinynet import datasets
x, t = datasets.spirals(200, seed=3)
digest = hashlib.sha256()
for optimizer in ("sgd", "adam"):
    stack = [tinynet.Dense(16, "relu"), tinynet.Dropout(0.2), tinynet.Dense(3, "softmax")]
    model = tinynet.Sequential(stack, seed=7)
    model.compile(optimizer, "sparse_categorical_crossentropy", ["accuracy"])
    history = model.fit(x, t, epochs=3, validation_split=0.2, verbose=0)
    digest.update(model.parameters.tobytes() + repr(history.history).encode())
    digest.update(model.predict(x).tobytes())
print(digest.hexdigest())
"""


def test_every_run_gives_the_same_bits(run_python: RunPython) -> None:
    runs = [run_python(SAME_SEED, PYTHONHASHSEED=seed) for seed in ("1", "2")]
    assert runs[0].stdout == runs[1].stdout != "", runs[0].stderr
    assert len(runs[0].stdout) == 65


def test_a_diverging_loss_is_shown_not_warned_of() -> None:
    x, y = np.ones((8, 2)), np.ones(8)
    for one_by_one in (False, True):
        model = Sequential([Dense(4, input_shape=(2,)), Dense(1)], seed=0)
        model.compile(SGD(1e10), "mse", metrics=["acc"])
        if one_by_one:
            losses = [model.train_on_batch(x, y)[0] for _ in range(9)]
        else:
            losses = model.fit(x, y, epochs=9, verbose=0).history["loss"]
        assert np.isfinite(losses[0])
        assert not np.isfinite(losses[-1])
        model.evaluate(x, y, verbose=0)
        model.predict(x)


# Copies


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_trains_alike_and_apart(clone: Callable[[Sequential], Sequential]) -> None:
    x, y = data()
    model = classifier()
    model.fit(x, y, epochs=2, verbose=0)
    twin, kept = clone(model), model.parameters.copy()
    history = twin.fit(x, y, epochs=2, verbose=0).history
    np.testing.assert_array_equal(model.parameters, kept)
    np.testing.assert_array_equal(model.get_weights()[0].ravel(), kept[:32])
    assert model.fit(x, y, epochs=2, verbose=0).history == history
    assert_same_bits(model, twin)
    twin.parameters[...] = 0
    assert not twin.get_weights()[0].any(), "the copy's layers are windows on the copy's vector"
    assert model.get_weights()[0].any()


def test_copies_and_pickles_hold_no_data() -> None:
    """The batch, 400 kB, is in none of them."""
    x, y = np.ones((10_000, 4)), np.ones((10_000, 1))
    parts = [Dense(3, "gelu", activity_regularizer="l2"), Dropout(0.5), BatchNormalization()]
    model = Sequential([*parts, Dense(1)], seed=0)
    model.compile("sgd", "mse")
    model.fit(x, y, batch_size=10_000, verbose=0)
    assert len(pickle.dumps(model)) < 10_000
    assert len(pickle.dumps(model.history)) < 1_000
    assert len(pickle.dumps(model.copy())) < 10_000
    with pytest.raises(ValueError, match=r"call forward\(x\) before backward\(dy\)"):
        model.copy().backward(y)


def test_a_trained_model_is_freed_with_its_last_reference() -> None:
    """Without waiting for the collector of cycles, which doesn't know how large arrays are."""
    x, y = data()
    model = classifier()
    history = model.fit(x, y, verbose=0, validation_split=0.5)
    assert history.model is model
    remembered = weakref.ref(model)
    gc.disable()
    try:
        del model
        assert remembered() is history.model is None
    finally:
        gc.enable()


def test_a_shallow_copy_would_tear_the_model_apart() -> None:
    model = classifier()
    with pytest.raises(TypeError, match=r"use copy\.deepcopy\(model\)"):
        copy.copy(model)
    model.parameters[...] = 1
    assert model.get_weights()[0].all()


# Building


def test_a_model_is_built_by_a_shape_or_by_its_data() -> None:
    x, y = data()
    by_hand, by_data, by_adding = (Sequential(seed=0) for _ in range(3))
    for model in (by_hand, by_data, by_adding):
        assert not model.built
        if model is by_adding:
            model.add(Dense(5, "relu", input_shape=(4,)))
            assert model.count_params() == 25
            model.add(Dense(3, "softmax"))
        else:
            model.add(Dense(5, "relu"))
            model.add(Dense(3, "softmax"))
        if model is by_hand:
            model.build((4,))
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(x, y, verbose=0)
        assert model.count_params() == len(model.parameters) == 5 * 4 + 5 + 3 * 5 + 3
    assert_same_bits(by_hand, by_data)
    assert_same_bits(by_hand, by_adding)
    assert by_hand.predict(x).shape == (50, 3)


def test_adding_a_layer_keeps_the_weights_below() -> None:
    model = Sequential([Dense(3, input_shape=(2,))], seed=0)
    below = model.get_weights()
    model.add(Dense(1))
    for kept, weights in zip(below, model.get_weights(), strict=False):
        np.testing.assert_array_equal(kept, weights)
    assert [w.shape for w in model.get_weights()] == [(2, 3), (3,), (3, 1), (1,)]


def test_layers_are_named_as_in_keras() -> None:
    model = Sequential([Dense(2), Dense(2), ReLU(), Dense(2, name="top"), Dense(2), Softmax()])
    names = [layer.name for layer in model.layers]
    assert names == ["dense", "dense_1", "re_lu", "top", "dense_2", "softmax"]
    assert model.name == "sequential"
    with pytest.raises(ValueError, match="received 'dense_1' twice"):
        model.add(Dense(2, name="dense_1"))


def test_compiling_again_starts_the_optimizer_anew_and_keeps_the_weights() -> None:
    x, y = data()
    model = classifier()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, verbose=0)
    weights = model.parameters.copy()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["acc"])
    assert model.optimizer.iterations == 0
    assert model.optimizer.state == {}
    np.testing.assert_array_equal(model.parameters, weights)


# Weights


def test_weights_come_in_kerass_order_and_as_copies() -> None:
    model = Sequential([Dense(3, input_shape=(2,)), Dropout(0.5), Dense(1, use_bias=False)])
    W, b, V = np.arange(6.0).reshape(2, 3), np.array([6.0, 7, 8]), np.array([[9.0], [10], [11]])
    model.set_weights([W, b.tolist(), V.astype(np.uint8)])
    assert model.parameters.tolist() == list(range(12))
    np.testing.assert_array_equal(model.predict([[1.0, 2.0]]), ([[1.0, 2.0]] @ W + b) @ V)
    weights = model.get_weights()
    for received, expected in zip(weights, (W, b, V), strict=True):
        np.testing.assert_array_equal(received, expected)
        received[...] = -1
    assert model.parameters.tolist() == list(range(12))
    Sequential([ReLU(input_shape=(2,))]).set_weights([])


@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.integers(0, 99))
def test_get_and_set_weights_are_inverse(sizes: list[int], seed: int) -> None:
    first, second = (
        Sequential([Dense(n) for n in sizes[1:]], seed=s, dtype="float64") for s in (seed, seed + 1)
    )
    for model in (first, second):
        model.build((sizes[0],))
    second.set_weights(first.get_weights())
    assert_same_bits(first, second)


# The summary


NOTEBOOK = """\
_________________________________________________________________
Layer (type)                 Output Shape              Param #
=================================================================
dense (Dense)                (None, 128)               100480
_________________________________________________________________
dense_1 (Dense)              (None, 128)               16512
_________________________________________________________________
dense_2 (Dense)              (None, 10)                1290
=================================================================
Total params: 118,282
Trainable params: 118,282
Non-trainable params: 0
_________________________________________________________________
"""


def test_summary_is_the_notebooks_table(capsys: pytest.CaptureFixture[str]) -> None:
    reference_model("notebook").summary()
    lines = capsys.readouterr().out.splitlines()
    assert "\n".join(line.rstrip() for line in lines) + "\n" == NOTEBOOK
    assert {len(line.rstrip()) for line in lines if line[0] in "_="} == {65}


def test_summary_counts_what_is_frozen_now(capsys: pytest.CaptureFixture[str]) -> None:
    model = Sequential([Dense(5, input_shape=(3,)), BatchNormalization(), Dense(1)])

    def counts() -> list[int]:
        model.summary()
        rows = [line.split(": ") for line in capsys.readouterr().out.splitlines()]
        return [int(row[1]) for row in rows if row[0].endswith("params")]

    assert counts() == [46, 36, 10]
    model.layers[0].trainable = False  # before compile
    assert counts() == [46, 16, 30]
    model.compile("sgd", "mse")
    model.layers[1].trainable = False  # after compile
    assert counts() == [46, 6, 40]
    model.trainable = True
    assert counts() == [46, 36, 10]


def test_summary_cuts_long_names_and_shows_other_shapes(capsys: pytest.CaptureFixture[str]) -> None:
    name = "a_layer_with_a_name_that_is_far_too_long"
    Sequential([Flatten(input_shape=(28, 28), name=name), Dense(2)]).summary()
    flat, dense = capsys.readouterr().out.splitlines()[3:6:2]
    assert flat.split() == [name[:28], "(None,", "784)", "0"]
    assert (flat.index("(None"), dense.index("(None")) == (29, 29)


def costs(text: str) -> Iterator[tuple[str, list[str]]]:
    for line in text[text.index("One training step") :].splitlines():
        cells = line.split()
        if len(cells) == 5 and cells[0] != "Layer":
            yield cells[0], cells[1:]


def test_costs_of_a_large_step_stay_apart(capsys: pytest.CaptureFixture[str]) -> None:
    name = "a_layer_with_a_name_that_is_far_too_long"
    model = Sequential([Dense(4, input_shape=(3,), name=name), Dense(2)])
    model.summary(costs=True, batch_size=10**11)
    text = capsys.readouterr().out
    assert dict(costs(text))[name][:2] == ["1,200,000,000,000"] * 2
    table = text[text.index("Layer    ") :].splitlines()
    assert len({len(line) for line in table}) == 1


@pytest.mark.parametrize("batch_size", [32, 5])
def test_costs_count_the_products_of_a_step(
    batch_size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    reference_model("long").summary(costs=True, batch_size=batch_size)
    rows = dict(costs(capsys.readouterr().out))
    total = [0, 0, 0]
    sizes = {"dense": (784, 128), "dense_1": (128, 128), "dense_2": (128, 10)}
    for name, (fan_in, fan_out) in sizes.items():
        product = batch_size * fan_in * fan_out
        skipped = name == "dense"
        expected = [product, product, 0 if skipped else product]
        total = [a + b for a, b in zip(total, expected, strict=True)]
        texts = [f"{cell:,}" for cell in expected]
        if skipped:
            texts[2] = "skipped"
        assert rows[name][:3] == texts
        entries = batch_size * (fan_out + (0 if skipped else fan_in)) + 2 * (fan_in + 1) * fan_out
        assert rows[name][3] == f"{4 * entries:,}"
    assert rows["Total"][:3] == [f"{cell:,}" for cell in total]
    assert rows["re_lu"][:3] == ["0", "0", "0"]
    assert rows["re_lu"][3] == f"{4 * 2 * 128 * batch_size:,}"


def test_costs_show_as_skipped_what_is_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    # Up to the first layer that learns nothing is handed down.
    stack = [Flatten(input_shape=(2, 2)), Dense(3, "relu"), Dense(2, "softmax")]
    Sequential(stack).summary(costs=True)
    rows = dict(costs(capsys.readouterr().out))
    assert [rows[name][2] for name in ("flatten", "dense", "dense_1")] == [
        *("skipped", "skipped", str(32 * 3 * 2))
    ]
    Sequential([Dense(3, input_shape=(4,))]).summary(costs=True)
    assert dict(costs(capsys.readouterr().out))["dense"][2] == "skipped"


def test_steps_in_an_epoch_include_the_last_short_one() -> None:
    x, y = data(50)
    model = classifier()
    model.fit(x, y, batch_size=8, epochs=2, verbose=0)
    assert model.optimizer.iterations == 2 * ceil(50 / 8)


REPLACED: dict[str, Any] = {
    "optimizer": [SGD(0.5), "adam", None, SGD],
    "loss": ["mse", None, 3],
    "metrics": [["mae"], [], "accuracy"],
    "weighted_metrics": [["mae"], None],
    "dtype": ["float64", np.float64, np.dtype("float16"), None],
}


@pytest.mark.parametrize("name", REPLACED)
def test_what_compile_sets_cant_be_assigned(name: str) -> None:
    model = classifier()
    before = dict(vars(model))
    for value in REPLACED[name]:
        with pytest.raises(ValueError, match=rf"^{name} can't be assigned: (call|use) .*{name}="):
            setattr(model, name, value)
    assert vars(model) == before
    setattr(model, name, getattr(model, name))  # as an augmented assignment does


X4, LABELS3 = np.ones((6, 4)), np.arange(6) % 3
CHANGED: dict[str, Callable[[Any], Any]] = {
    "dense.activation": lambda model: setattr(model.layers[0], "activation", Tanh()),
    "dense.kernel_regularizer": lambda model: setattr(
        model.layers[0], "kernel_regularizer", regularizers.L2(0.1)
    ),
    "norm.gamma_regularizer": lambda model: setattr(
        model.layers[1], "gamma_regularizer", regularizers.L2(0.1)
    ),
    "dense_1.trainable": lambda model: setattr(model.layers[2], "trainable", False),
    "loss.label_smoothing": lambda model: setattr(model.loss, "label_smoothing", 0.1),
    "metrics": lambda model: model.metrics.append("mae"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_an_error_names_what_was_changed_after_compile(name: str) -> None:
    stack = [Dense(5, "relu"), BatchNormalization(name="norm"), Dense(3, "softmax")]
    model = Sequential(stack, seed=0)
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    if name == "metrics":
        CHANGED[name](model)
        with pytest.raises(ValueError, match=r"^metrics was changed after compile: call compile"):
            model.fit(X4, np.eye(3)[LABELS3], verbose=0)  # before the model is built, too
        model.metrics.pop()
        model.weighted_metrics.append("mae")
        with pytest.raises(ValueError, match=r"^weighted_metrics was changed after compile: call"):
            model.evaluate(X4, np.eye(3)[LABELS3], verbose=0)
        model.weighted_metrics.pop()
    model.fit(X4, np.eye(3)[LABELS3], verbose=0)
    CHANGED[name](model)
    before = model.values.copy()
    for call in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=f"^{name} was changed after compile: call"):
            call(X4, np.eye(3)[LABELS3], verbose=0)
    np.testing.assert_array_equal(model.values, before)
    model.compile("sgd", "categorical_crossentropy")
    model.fit(X4, np.eye(3)[LABELS3], verbose=0)


@pytest.mark.parametrize("name", ["rng", "history"])
def test_what_fit_needs_is_not_replaced_by_something_else(name: str) -> None:
    model = Sequential([Dense(1, input_shape=(1,))])
    before = getattr(model, name)
    for value in (None, {"loss": [1.0]}, 0):
        with pytest.raises(TypeError, match=f"{name} must be of class"):
            setattr(model, name, value)
    assert getattr(model, name) is before


@pytest.mark.parametrize("activation", ["relu", None])
@pytest.mark.parametrize("method", ["predict", "evaluate", "predict_on_batch", "test_on_batch"])
def test_the_data_can_be_freed_afterwards(method: str, activation: str | None) -> None:
    """The first layer kept a view of the last batch, and so the whole array."""
    model = Sequential([Dense(3, activation, input_shape=(4,)), Dense(1, "tanh")], seed=0)
    model.compile("sgd", "mse")
    x, y = np.zeros((6, 4), dtype=np.float32), np.zeros((6, 1))
    remembered = weakref.ref(x)
    if "predict" in method:
        getattr(model, method)(x)
    else:
        getattr(model, method)(x, y)
    with pytest.raises(ValueError, match=r"dense_1: call forward\(x\) before backward"):
        model.backward(y)
    del x
    assert remembered() is None
    model.forward(np.zeros((6, 4)))
    assert model.backward(y).shape == (6, 4)
