"""Training over all scales that a machine can hold: it stays finite, or `fit` stops and says so."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet import SGD, Adam, Dense, Layer, Sequential, load_model
from tinynet.callbacks import EarlyStopping, ModelCheckpoint
from tinynet.diagnose import diagnose
from tinynet.utils import standardize

SAYS = re.compile(r"The loss is (nan|-?inf) after batch \d+ of epoch \d|A parameter is NaN or inf")


def stayed_finite(model: Sequential, x: np.ndarray, y: np.ndarray, said: str) -> bool:
    """Return whether all stayed finite, after a check that what `fit` said fits to it."""
    finite = bool(np.isfinite(model.parameters).all())
    finite &= bool(np.isfinite(model.history.history["loss"]).all())
    if finite:
        assert said == ""
        assert len(model.history.epoch) == 3
    else:
        assert SAYS.match(said), said
        assert said.count("\n") == 1
        assert "tinynet.diagnose.diagnose(model, x, y)" in said
        assert diagnose(model, x, y) != []
    return finite


KINDS: dict[str, tuple[str | None, str, int]] = {
    "softmax": ("softmax", "sparse_categorical_crossentropy", 3),
    "sigmoid": ("sigmoid", "binary_crossentropy", 1),
    "linear": (None, "mse", 1),
}
RATES = (1e-8, 1e-2, 1e4)
SCALES = (1e-30, 1e-5, 1.0, 1e5, 1e30)


@pytest.mark.parametrize("optimizer", [SGD, Adam], ids=["sgd", "adam"])
@pytest.mark.parametrize("kind", KINDS)
def test_training_stays_finite_or_stops_with_a_diagnosis(
    kind: str, optimizer: Callable[[float], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    activation, loss, outputs = KINDS[kind]
    rng = np.random.default_rng(0)
    clean, y = rng.normal(size=(12, 4)), np.arange(12) % (3 if outputs == 3 else 2)
    outcomes = set()
    for rate, scale, batch_size in itertools.product(RATES, SCALES, (1, 5, 12)):
        model = Sequential([Dense(6, "relu"), Dense(outputs, activation)], seed=0)
        model.compile(optimizer(rate), loss)
        model.fit(clean * scale, y, batch_size=batch_size, epochs=3, verbose=0)
        finite = stayed_finite(model, clean * scale, y, capsys.readouterr().out)
        outcomes.add(finite)
        assert finite or rate > 1e-2 or scale > 1  # ordinary settings train
    assert True in outcomes
    assert False in outcomes or kind == "sigmoid"


@given(
    rate=st.floats(1e-8, 1e4),
    exponent=st.integers(-30, 30),
    batch_size=st.integers(1, 9),
    kind=st.sampled_from(sorted(KINDS)),
    seed=st.integers(0, 99),
)
def test_a_hidden_overflow_is_never_kept_to_itself(
    rate: float, exponent: int, batch_size: int, kind: str, seed: int
) -> None:
    activation, loss, outputs = KINDS[kind]
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(8, 3)) * 10.0**exponent
    model = Sequential([Dense(4, "relu"), Dense(outputs, activation)], seed=seed)
    model.compile(SGD(rate, momentum=0.9), loss)
    model.fit(x, rng.integers(0, 2, 8), batch_size=batch_size, epochs=4, verbose=0)
    finite = np.isfinite([*model.parameters, *model.history.history["loss"]]).all()
    assert finite != model.stop_training


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.full((8, 4), 7.0), np.arange(8) % 3),  # all pixels alike
        (np.zeros((8, 4)), np.arange(8) % 3),
        (np.random.default_rng(0).normal(size=(8, 4)), np.ones(8, int)),  # one class alone
        (np.random.default_rng(0).normal(size=(1, 4)), np.ones(1, int)),  # one example
    ],
    ids=["equal pixels", "black pixels", "one class", "one example"],
)
def test_data_without_variety_train(x: np.ndarray, y: np.ndarray) -> None:
    model = Sequential([Dense(5, "relu"), Dense(3, "softmax")], seed=0)
    model.compile(SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    losses = model.fit(standardize(x), y, batch_size=3, epochs=20, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    assert losses[-1] <= losses[0]
    assert not model.stop_training


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "binary_crossentropy", "mse"])
def test_logits_of_1e30(loss: str) -> None:
    classes = 3 if loss.startswith("sparse") else 1
    activation = {"sparse_categorical_crossentropy": "softmax", "binary_crossentropy": "sigmoid"}
    model = Sequential([Dense(classes, activation.get(loss), input_shape=(1,))], seed=0)
    model.set_weights([np.full((1, classes), 1e30), np.zeros(classes)])
    model.compile(SGD(0.01), loss)
    for sign in (1.0, -1.0):
        value = model.evaluate([[sign]], [1], verbose=0)
        assert np.isfinite(value)
        assert np.isfinite(model.predict([[sign]])).all()
        step = model.train_on_batch([[sign]], [1])
        assert step == pytest.approx(value, rel=1e-6)
        assert np.isfinite(model.gradients).all()


def test_a_checkpoint_is_not_overwritten_with_nan(tmp_path: Path) -> None:
    model = Sequential([Dense(1, input_shape=(2,))], seed=0)
    model.compile(SGD(1e6), "mse")
    path = tmp_path / "m.npz"
    checkpoint = ModelCheckpoint(path)
    model.fit(np.ones((8, 2)), np.ones(8), epochs=99, verbose=0, callbacks=[checkpoint])
    assert not np.isfinite(model.parameters).all()
    loaded = load_model(path)
    assert np.isfinite(loaded.parameters).all()
    assert 0 < loaded.epoch < model.epoch


class Bomb(Layer):
    """Hands on its input until it has seen so many batches, then NaN."""

    batches = 0

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self.batches += training
        return x * (np.nan if self.batches > 3 else 1)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy


def test_it_stops_at_the_batch_and_the_best_weights_are_restored(
    capsys: pytest.CaptureFixture[str],
) -> None:
    x, y = np.ones((8, 2)), np.ones(8)
    model = Sequential([Bomb(), Dense(1)], seed=0)
    model.compile("sgd", "mse")
    best = EarlyStopping("loss", patience=9, restore_best_weights=True)
    history = model.fit(x, y, batch_size=4, epochs=5, verbose=0, callbacks=[best])
    assert capsys.readouterr().out.startswith("The loss is nan after batch 2 of epoch 2: ")
    assert len(history.epoch) == 2
    assert model.optimizer.iterations == 4
    assert np.isfinite(model.parameters).all()
