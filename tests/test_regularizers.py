"""Penalties: values by hand, derivatives, names."""

import numpy as np
import pytest

from tinynet import Dense, Sequential, regularizers
from tinynet.gradcheck import numerical_gradient
from tinynet.regularizers import L1, L1L2, L2, Regularizer

W = np.array([[1.0, -2.0], [0.5, 3.0]])
CASES: dict[str, tuple[Regularizer, float]] = {
    "l1": (L1(0.1), 0.65),
    "l2": (L2(0.1), 1.425),
    "l1_l2": (L1L2(0.2, 0.1), 2.725),
    "nothing": (L1L2(), 0),
}


@pytest.mark.parametrize("name", CASES)
def test_penalty_and_derivative(name: str) -> None:
    penalty, expected = CASES[name]
    assert penalty(W) == pytest.approx(expected)
    assert type(penalty(W)) is float
    np.testing.assert_allclose(penalty.gradient(W), numerical_gradient(penalty, W), atol=1e-8)
    assert penalty.gradient(W.astype(np.float32)).dtype == np.float32


def test_zero_is_taken_at_the_kink() -> None:
    assert L1(0.1).gradient(np.array([0.0, 2.0])).tolist() == [0, 0.1]


def test_names_defaults_and_settings() -> None:
    for name, kind in (("l1", L1), ("L1", L1), ("l2", L2), ("l1_l2", L1L2), ("L1L2", L1L2)):
        assert type(regularizers.get(name)) is kind
    assert regularizers.l2 is L2
    assert (L1().l1, L2().l2, L1L2().l1, L1L2().l2) == (0.01, 0.01, 0, 0)
    assert regularizers.get(None) is None
    for penalty, _ in CASES.values():
        assert type(penalty)(**penalty.get_config()).get_config() == penalty.get_config()
    with pytest.raises(ValueError, match="Unknown regularizer 'l3'"):
        regularizers.get("l3")
    with pytest.raises(TypeError, match="A regularizer needs a derivative"):
        regularizers.get(lambda w: 0.0)
    with pytest.raises(ValueError, match="l1 must be at least 0"):
        L1(-1)
    with pytest.raises(TypeError, match="l2 must be a number"):
        L2("0.1")  # type: ignore[arg-type]


def test_a_regularizer_is_shown_as_it_is_made() -> None:
    assert repr(L1L2(0.5, 0.25)) == "L1L2(l1=0.5, l2=0.25)"
    assert repr(L2()) == "L2(l2=0.01)"


def test_a_regularizer_of_ones_own_must_define_value_and_derivative() -> None:
    class Unwritten(regularizers.Regularizer):
        pass

    with pytest.raises(NotImplementedError, match=r"^Unwritten must define __call__\(w\).$"):
        Unwritten()(W)
    with pytest.raises(
        NotImplementedError, match=r"^Unwritten must define gradient\(w\), the deriv"
    ):
        Unwritten().gradient(W)


def test_penalty_is_added_to_a_weighted_loss() -> None:
    """Of y = 2 x at x = 1, the target 1 and the weight 3: 3 (2 - 1)² + 0.5 · 2²."""
    model = Sequential(
        [Dense(1, use_bias=False, kernel_regularizer=L2(0.5), input_shape=(1,))], dtype="float64"
    )
    model.layers[0].set_weights([np.array([[2.0]])])
    model.compile("sgd", "mse")
    x = y = np.ones((1, 1))
    assert model.evaluate(x, y, sample_weight=np.array([3.0]), verbose=0) == pytest.approx(5)
    history = model.fit(x, y, sample_weight=np.array([3.0]), verbose=0)
    assert history.history["loss"] == [pytest.approx(5)]


def test_a_part_that_is_none_is_left_out() -> None:
    for given, expected in (
        ((0.5, None), (0.5, 0)),
        ((None, 0.5), (0, 0.5)),
        ((None, None), (0, 0)),
    ):
        made = L1L2(*given)
        assert (made.l1, made.l2) == expected


def test_squares_alone_take_no_part_of_absolute_values() -> None:
    """0 times infinity would be NaN, and the work for nothing."""
    w = np.array([np.inf, -1.0])
    assert regularizers.L2(0.5)(w) == regularizers.L1(0.5)(w) == np.inf
    assert regularizers.L2(0.5).gradient(w).tolist() == [np.inf, -1.0]
    assert regularizers.L1(0.5).gradient(w).tolist() == [0.5, -0.5]
