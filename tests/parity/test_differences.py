"""Where tinynet and Keras differ, on purpose or by what Keras does: each difference, in both.

``docs/evidence/parity.md`` lists them. A difference that goes away makes its test fail here, and
the list wrong.
"""

from typing import Any

import numpy as np
import pytest

import tinynet
from tinynet.utils import to_categorical

from .twins import OURS, THEIRS, Library, keras, tf, twins


def test_keras_rounds_settings_of_an_optimizer_to_float32() -> None:
    """Two steps with the gradient 1 at the rate 1: w is -1, then -1 - (1 + momentum)."""

    def two_steps(library: Library, momentum: float) -> float:
        optimizer = library.optimizers.SGD(1.0, momentum=momentum)
        if library is OURS:
            w = np.zeros(1)
            for _ in range(2):
                optimizer.update(w, np.ones(1))
            return float(w[0])
        variable = keras.Variable(np.zeros(1))
        for _ in range(2):
            optimizer.apply([tf.ones(1, tf.float64)], [variable])
        return float(variable.numpy()[0])

    rounded = float(np.float32(0.9))
    assert rounded == 0.8999999761581421
    assert two_steps(OURS, 0.9) == pytest.approx(-2.9, rel=1e-15, abs=0)
    assert two_steps(THEIRS, 0.9) == two_steps(OURS, rounded) != two_steps(OURS, 0.9)


def test_keras_works_a_schedule_out_in_float32() -> None:
    ours, theirs = (library.schedules.CosineDecay(0.1, 3) for library in (OURS, THEIRS))
    assert theirs(1).dtype == "float32"
    assert ours(1) == pytest.approx(0.075, rel=1e-15, abs=0)
    assert float(theirs(1)) == pytest.approx(0.075, rel=1e-6)
    assert float(theirs(1)) != pytest.approx(0.075, rel=1e-9, abs=0)


def loss_of_both(name: str, t: Any, y: Any) -> tuple[float, float]:
    t, y = np.array(t), np.array(y)
    ours, theirs = (getattr(library.losses, name)() for library in (OURS, THEIRS))
    return ours.forward(t, y), float(theirs(t, tf.constant(y)))


def test_keras_cuts_probabilities_off_at_1e_7() -> None:
    ours, theirs = loss_of_both("CategoricalCrossentropy", [[0.0, 1.0]], [[1 - 1e-9, 1e-9]])
    assert ours == pytest.approx(-np.log(1e-9))
    assert theirs == pytest.approx(-np.log(1e-7))
    ours, theirs = loss_of_both("BinaryCrossentropy", [[1.0]], [[1e-9]])
    assert ours == pytest.approx(-np.log(1e-9))
    assert theirs == pytest.approx(-np.log(1e-7))


@pytest.mark.parametrize(
    ("loss", "activation"),
    [("binary_crossentropy", "softmax"), ("categorical_crossentropy", "sigmoid")],
)
def test_keras_takes_the_logits_of_whatever_activation_is_last(loss: str, activation: str) -> None:
    """It works from them as if the other activation had been there; tinynet takes the outputs."""
    both = twins(4, ((2, activation),))
    both.compile("sgd", loss)
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((20, 4)), np.eye(2)[rng.integers(0, 2, 20)]
    ours, theirs = (model.evaluate(x, t, verbose=0) for model in both)
    z = x @ both.ours.get_weights()[0]
    other = {"softmax": tinynet.Sigmoid, "sigmoid": tinynet.Softmax}[activation]()
    function = tinynet.losses.get(loss)
    assert ours == pytest.approx(function.forward(t, both.ours.predict(x)), rel=1e-12, abs=0)
    assert theirs == pytest.approx(function.forward(t, other.forward(z)), rel=1e-12, abs=0)
    assert ours != pytest.approx(theirs, rel=0.01)


def test_logits_promised_and_probabilities_given() -> None:
    """Keras warns and goes on with the logits; tinynet does as it is told: softmax, twice."""
    both = twins(4, ((3, "softmax"),))
    both.compile("sgd", lambda library: library.losses.CategoricalCrossentropy(from_logits=True))
    rng = np.random.default_rng(0)
    x, t = rng.standard_normal((20, 4)), np.eye(3)[rng.integers(0, 3, 20)]
    function = tinynet.losses.CategoricalCrossentropy(from_logits=True)
    ours = both.ours.evaluate(x, t, verbose=0)
    assert ours == pytest.approx(function.forward(t, both.ours.predict(x)), rel=1e-12, abs=0)
    with pytest.warns(UserWarning, match="does not represent logits"):
        theirs = both.theirs.evaluate(x, t, verbose=0)
    assert theirs == pytest.approx(
        function.forward(t, x @ both.ours.get_weights()[0]), rel=1e-12, abs=0
    )


def test_keras_gives_prelu_the_slope_0_at_0() -> None:
    """Also where alpha is 1 and PReLU therefore the identity; tinynet and PyTorch have alpha."""
    x = np.zeros((1, 2))
    ours, theirs = tinynet.layers.PReLU("ones"), keras.layers.PReLU("ones")
    ours.forward(x)
    assert ours.backward(np.ones((1, 2))).tolist() == [[1.0, 1.0]]
    example = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(example)
        y = theirs(example)
    assert tape.gradient(y, example).numpy().tolist() == [[0.0, 0.0]]


def test_to_categorical() -> None:
    """float32 as in the first Keras; labels that can't be any are refused, not bent."""
    keras_version = keras.utils.to_categorical
    assert to_categorical([0, 1]).dtype == np.float32
    assert keras_version([0, 1]).dtype == np.float64
    for labels in ([-1, 2], [0.0, 1.7], [[0, 1], [1, 0]]):
        assert keras_version(labels).shape[-1] > 1
        with pytest.raises(ValueError, match="y must be"):
            to_categorical(labels)


def test_nan_in_the_data_is_refused() -> None:
    both = twins(4, ((1, None),))
    both.compile("sgd", "mse")
    x = np.full((8, 4), np.nan)
    assert np.isnan(both.theirs.evaluate(x, np.ones(8), verbose=0))
    with pytest.raises(ValueError, match="x must be finite"):
        both.ours.evaluate(x, np.ones(8), verbose=0)


def test_training_stops_at_nan(capsys: pytest.CaptureFixture[str]) -> None:
    both = twins(4, ((1, None),))
    both.compile("sgd", "mse")
    x, y = np.full((8, 4), 1e10), np.ones(8)
    histories = [model.fit(x, y, epochs=29, verbose=0) for model in (both.theirs, both.ours)]
    theirs, ours = (history.history["loss"] for history in histories)
    assert len(theirs) == 29
    assert np.isnan(theirs[-1])
    assert len(ours) < 29
    assert not np.isfinite(ours[-1])
    assert "training stops" in capsys.readouterr().out


def test_targets_that_are_no_distribution_are_refused() -> None:
    both = twins(4, ((3, "softmax"),))
    both.compile("sgd", "categorical_crossentropy")
    x, t = np.ones((8, 4)), np.ones((8, 3))
    assert np.isfinite(both.theirs.evaluate(x, t, verbose=0))
    with pytest.raises(ValueError, match="sum to 1"):
        both.ours.evaluate(x, t, verbose=0)


def test_names_of_layers_count_within_a_model() -> None:
    """tinynet's second model has a `dense` again; Keras counts through the whole program."""
    first, second = (twins(4, ((3, "relu"), (2, None))) for _ in range(2))
    names = [[layer.name for layer in both.ours.layers] for both in (first, second)]
    assert names == [["dense", "dense_1"]] * 2
    theirs = [layer.name for both in (first, second) for layer in both.theirs.layers]
    assert len(set(theirs)) == 4


def test_predict_says_nothing_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    both = twins(2, ((1, None),))
    for model, says in ((both.ours, False), (both.theirs, True)):
        model.predict(np.ones((3, 2)))
        assert bool(capsys.readouterr().out) == says


def test_defaults_of_compile() -> None:
    """tinynet trains a classifier with SGD unless told otherwise; Keras has RMSprop and no loss."""
    ours, theirs = twins(4, ((3, "softmax"),))
    ours.compile()
    theirs.compile()
    assert isinstance(ours.optimizer, tinynet.SGD)
    assert isinstance(ours.loss, tinynet.losses.CategoricalCrossentropy)
    assert isinstance(theirs.optimizer, keras.optimizers.RMSprop)
    assert theirs.loss is None
