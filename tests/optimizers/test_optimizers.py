"""Optimizers: each rule against its formula, to the last bit of float64."""

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet import SGD, Adam, Dense, Sequential, optimizers
from tinynet.gradcheck import check_optimizer
from tinynet.optimizers import Adadelta, Adagrad, Adamax, AdamW, Nadam, Optimizer, RMSprop
from tinynet.schedules import CosineDecay

numbers = st.floats(-10, 10)
# A start, and the gradients of some steps.
walks = st.tuples(numbers, st.lists(numbers, min_size=1, max_size=6))


def walk(optimizer: Optimizer, start: float, gradients: list[float]) -> list[float]:
    """Take a step with each gradient; return all places."""
    w, places = np.array([start]), []
    for g in gradients:
        optimizer.update(w, np.array([g]))
        places.append(float(w[0]))
    return places


# Rules


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        # From 1, with the gradients 1, 2 and -1; worked out by hand.
        (SGD(0.5), [0.5, -0.5, 0]),
        (SGD(0.5, momentum=0.5), [0.5, -0.75, -0.875]),  # v: -0.5, -1.25, -0.125
        (SGD(0.5, momentum=0.5, nesterov=True), [0.25, -1.375, -0.9375]),
        (SGD(0.5, nesterov=True), [0.5, -0.5, 0]),  # without momentum nothing to look ahead with
        (SGD(0.5, weight_decay=0.5), [0.25, -0.8125, -0.109375]),  # w <- 3/4 w - g/2
        (SGD(0.5, 0.5, weight_decay=0.5), [0.25, -1.0625, -0.921875]),
        (SGD(lambda step: [0.5, 0.25, 0.125][step]), [0.5, 0, 0.125]),
        (SGD(0), [1, 1, 1]),
    ],
)
def test_sgd_by_hand(optimizer: SGD, expected: list[float]) -> None:
    assert walk(optimizer, 1.0, [1, 2, -1]) == expected


def test_adam_by_hand() -> None:
    # Step 1: m = 0.1 g, v = 0.001 g², and the factor sqrt(0.001) / 0.1 undoes both but for epsilon.
    (first,) = walk(Adam(0.5), 1.0, [2.0])
    assert first == pytest.approx(1 - 0.5 * 2 / (2 + 1e-7 / sqrt(0.001)), rel=1e-15, abs=0)
    # Equal gradients: the same length again, as both means are unbiased by the factor.
    second = walk(Adam(0.5, epsilon=1e-300), 1.0, [2.0, 2.0])[1]
    assert second == pytest.approx(0, abs=1e-14)
    # Step 2 with betas of 1/2: m = 1/2, 3/4 (g = 1, then 1); v alike; factors sqrt(1-b²)/(1-b²).
    half = walk(Adam(1.0, beta_1=0.5, beta_2=0.5, epsilon=1.0), 0.0, [1.0, 1.0])
    one = sqrt(0.5) / 0.5 * 0.5 / (sqrt(0.5) + 1)
    two = sqrt(0.75) / 0.75 * 0.75 / (sqrt(0.75) + 1)
    assert half == pytest.approx([-one, -one - two], rel=1e-15, abs=0)


@given(walks, st.floats(0, 1), st.floats(0, 0.99), st.booleans(), st.none() | st.floats(0, 1))
def test_sgd_equals_the_formula_to_the_last_bit(
    start_and_gradients: tuple[float, list[float]],
    rate: float,
    momentum: float,
    nesterov: bool,
    decay: float | None,
) -> None:
    start, gradients = start_and_gradients
    w, v, expected = start, 0.0, []
    for g in gradients:
        if decay is not None:
            w = w - w * decay * rate
        v = v * momentum - rate * g
        w = w + (v * momentum - rate * g) if nesterov else w + v
        expected.append(w)
    assert walk(SGD(rate, momentum, nesterov, decay), start, gradients) == expected


@given(walks, st.floats(1e-6, 1), st.floats(0, 0.999), st.floats(0, 0.9999), st.floats(1e-9, 1e-3))
def test_adam_equals_the_formula_to_the_last_bit(
    start_and_gradients: tuple[float, list[float]],
    rate: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
) -> None:
    start, gradients = start_and_gradients
    w, m, v, expected = start, 0.0, 0.0, []
    for t, g in enumerate(gradients, 1):
        w = w - w * 0.01 * rate
        m = m + (g - m) * (1 - beta_1)
        v = v + (g * g - v) * (1 - beta_2)
        a = rate * (1 - beta_2**t) ** 0.5 / (1 - beta_1**t)
        w = w - m * a / (sqrt(v) + epsilon)
        expected.append(w)
    optimizer = Adam(rate, beta_1, beta_2, epsilon, weight_decay=0.01)
    assert walk(optimizer, start, gradients) == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "new",
    [
        SGD,
        Adam,
        lambda: SGD(momentum=0.9, weight_decay=0.1),
        lambda: SGD(CosineDecay(0.1, 10), momentum=0.9, nesterov=True),
    ],
)
def test_updates_are_in_place_and_keep_the_dtype(new: Callable[[], Optimizer], dtype: type) -> None:
    w: np.ndarray = np.ones(3, dtype=dtype)
    g: np.ndarray = np.array([1, 0, -1], dtype=dtype)
    view, kept = w[1:], g.copy()
    optimizer = new()
    optimizer.update(w, g)
    assert view.base is w
    assert w[0] < w[1] < w[2]
    np.testing.assert_array_equal(g, kept)
    assert {w.dtype, *(s.dtype for s in optimizer.state.values())} == {np.dtype(dtype)}


def test_state_can_be_inspected() -> None:
    sgd, momentum, adam = SGD(), SGD(0.5, momentum=0.5), Adam()
    assert momentum.state == {}
    for optimizer in (sgd, momentum, adam):
        optimizer.update(np.ones(2), np.array([1.0, 2.0]))
        optimizer.update(np.ones(2), np.array([1.0, 2.0]))
        assert optimizer.iterations == 2
    assert sgd.state == {}
    assert {name: v.tolist() for name, v in momentum.state.items()} == {"velocity": [-0.75, -1.5]}
    assert list(adam.state) == ["m", "v"]
    np.testing.assert_allclose(adam.state["m"], [0.19, 0.38], rtol=1e-14)
    np.testing.assert_allclose(adam.state["v"], [0.001999, 0.007996], rtol=1e-12)


def test_names_are_those_of_keras() -> None:
    model = Sequential([Dense(1, input_shape=(1,))])
    for name, kind, rate in [
        *(("sgd", SGD, 0.01), ("SGD", SGD, 0.01)),
        *(("adam", Adam, 0.001), ("Adam", Adam, 0.001)),
    ]:
        model.compile(name, "mse")
        assert type(model.optimizer) is kind
        assert model.optimizer.learning_rate == rate
    plain = {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False, "weight_decay": None}
    assert SGD().get_config() == plain
    adam = {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
    assert Adam().get_config() == {**adam, "weight_decay": None}


def test_optimizers_say_how_they_are_made() -> None:
    sgd = "SGD(learning_rate=0.5, weight_decay=None, momentum=0.5, nesterov=True)"
    assert repr(SGD(0.5, 0.5, True)) == sgd
    assert repr(eval(sgd)) == sgd
    adam = "Adam(learning_rate=0.001, weight_decay=0.1, beta_1=0.9, beta_2=0.999, epsilon=1e-07)"
    assert repr(Adam(weight_decay=0.1)) == adam


def test_an_optimizer_of_ones_own_trains() -> None:
    class SignDescent(Optimizer):
        def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
            parameters -= learning_rate * np.sign(gradients)

    model = Sequential([Dense(1, input_shape=(1,))], seed=0, dtype="float64")
    model.compile(SignDescent(0.125, None), "mse")
    before = model.parameters.copy()
    model.train_on_batch([[1.0]], [[1000.0]])
    np.testing.assert_allclose(model.parameters, before + 0.125, rtol=1e-15)


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match=r"learning_rate must be at least 0, received -0\.1"):
        SGD(-0.1)
    with pytest.raises(ValueError, match=r"learning_rate must be .*received nan"):
        SGD(float("nan"))
    with pytest.raises(TypeError, match=r"learning_rate must be a number, received '0\.1'"):
        SGD("0.1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"momentum must be at least 0 and below 1, received 1"):
        SGD(momentum=1)
    for name in ("beta_1", "beta_2"):
        for wrong in (-0.5, 1, 1.5):
            with pytest.raises(
                ValueError, match=rf"{name} must be at least 0 and below 1, received"
            ):
                Adam(**{name: wrong})  # type: ignore[arg-type]
        assert getattr(Adam(**{name: 0}), name) == 0  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"epsilon must be above 0, received -1e-09"):
        Adam(epsilon=-1e-9)
    with pytest.raises(ValueError, match=r"epsilon must be above 0, received 0"):
        Adam(epsilon=0)
    with pytest.raises(ValueError, match=r"weight_decay must be at least 0, received -1"):
        Adam(weight_decay=-1)
    with pytest.raises(ValueError, match=r"'adma'\. Did you mean 'adam'\?"):
        Sequential([Dense(1, input_shape=(1,))]).compile("adma", "mse")
    with pytest.raises(NotImplementedError, match="must define step"):
        Optimizer(0.1, None).update(np.ones(1), np.ones(1))


def test_a_learning_rate_below_0_is_refused_also_from_a_schedule() -> None:
    w = np.ones(2)
    with pytest.raises(ValueError, match=r"learning_rate must be at least 0, received -0\.5"):
        SGD(lambda step: -0.5).update(w, np.ones(2))
    assert w.tolist() == [1, 1]


def test_an_optimizer_with_another_models_state_is_refused() -> None:
    optimizer = SGD(momentum=0.9)
    optimizer.update(np.ones(3), np.ones(3))
    w = np.ones(2)
    with pytest.raises(ValueError, match=r"has state for 3 parameters, received 2: give each"):
        optimizer.update(w, np.ones(2))
    assert w.tolist() == [1, 1]
    assert optimizer.iterations == 1


# The others, by hand: from 1, with the gradients 1, 2 and -1.


def places(rule: Callable[[int, float], float]) -> list[float]:
    """Where each step of a rule leads from 1."""
    w, found = 1.0, []
    for t, g in enumerate([1.0, 2.0, -1.0], 1):
        w -= rule(t, g)
        found.append(w)
    return found


def test_rmsprop_by_hand() -> None:
    v = a = u = 0.0

    def rule(t: int, g: float) -> float:
        nonlocal v, a, u
        v, a = 0.75 * v + 0.25 * g * g, 0.75 * a + 0.25 * g
        u = 0.5 * u + 0.1 * g / sqrt(v - a * a + 0.01)
        return u

    optimizer = RMSprop(0.1, rho=0.75, momentum=0.5, epsilon=0.01, centered=True)
    assert walk(optimizer, 1.0, [1, 2, -1]) == pytest.approx(places(rule), rel=1e-14, abs=0)
    # Without the extras, and with epsilon = 3/4 so that the roots come out: v = 1/4, 19/16, 73/64.
    plain = walk(RMSprop(1.0, rho=0.75, epsilon=0.75), 1.0, [1, 2, -1])
    assert plain[0] == 0
    assert plain[1] == pytest.approx(-2 / sqrt(1.1875 + 0.75), rel=1e-14, abs=0)


def test_adagrad_by_hand() -> None:
    # s: 4, 8, 9 from 3, and epsilon 0.
    found = walk(Adagrad(1.0, initial_accumulator_value=3, epsilon=0), 1.0, [1, 2, -1])
    assert found == pytest.approx(
        [0.5, 0.5 - 2 / sqrt(8), 0.5 - 2 / sqrt(8) + 1 / 3], rel=1e-14, abs=0
    )


def test_adadelta_by_hand() -> None:
    v = d = 0.0

    def rule(t: int, g: float) -> float:
        nonlocal v, d
        v = 0.5 * v + 0.5 * g * g
        s = sqrt(d + 0.25) / sqrt(v + 0.25) * g
        d = 0.5 * d + 0.5 * s * s
        return s

    optimizer = Adadelta(1.0, rho=0.5, epsilon=0.25)
    assert walk(optimizer, 1.0, [1, 2, -1]) == pytest.approx(places(rule), rel=1e-14, abs=0)


def test_adamax_by_hand() -> None:
    # Betas of 1/2: m = 1/2, 5/4, 1/8; u = 1, 2, 1; factors 1/2, 3/4, 7/8.
    expected = [1 - 1, 1 - 1 - 1.25 / 1.5, 1 - 1 - 1.25 / 1.5 - 0.125 / 0.875]
    found = walk(Adamax(1.0, 0.5, 0.5, epsilon=1e-300), 1.0, [1, 2, -1])
    assert found == pytest.approx(expected, rel=1e-14, abs=0)


def test_nadam_by_hand() -> None:
    m = v = 0.0
    c = [0.0, *(0.5 * (1 - 0.5 * 0.96**t) for t in range(1, 5))]

    def rule(t: int, g: float) -> float:
        nonlocal m, v
        m, v = (m + g) / 2, (3 * v + g * g) / 4
        product = np.prod(c[1 : t + 1])
        a = c[t + 1] * m / (1 - product * c[t + 1]) + (1 - c[t]) * g / (1 - product)
        return float(a / (sqrt(v / (1 - 0.75**t)) + 0.5))

    optimizer = Nadam(1.0, 0.5, 0.75, epsilon=0.5)
    assert walk(optimizer, 1.0, [1, 2, -1]) == pytest.approx(places(rule), rel=1e-14, abs=0)
    # One that is loaded, and so hasn't multiplied the momenta itself, goes on in the same way.
    first, w = Nadam(1.0), np.array([1.0])
    for g in (1.0, 2.0):
        first.update(w, np.array([g]))
    second = Nadam(1.0)
    second.iterations, second.state = (
        first.iterations,
        {k: s.copy() for k, s in first.state.items()},
    )
    assert walk(first, float(w[0]), [-1.0]) == walk(second, float(w[0]), [-1.0])


def test_amsgrad_never_forgets_the_largest() -> None:
    # beta_1 = 0 and beta_2 = 1/2: v = 1/2, 1/4; the largest stays 1/2.
    for amsgrad, v in ((False, 0.25), (True, 0.5)):
        optimizer = Adam(1.0, 0, 0.5, epsilon=1e-30, amsgrad=amsgrad)
        walk(optimizer, 0.0, [1.0, 0.0])
        last = walk(optimizer, 0.0, [1e-9])[0]  # v barely moves: (v + 1e-18) / 2 or 1/2
        assert last == pytest.approx(
            -1e-9 * sqrt(1 - 0.5**3) / sqrt(v if amsgrad else v / 2), abs=0
        )


def test_adamw_decays_beside_the_step() -> None:
    assert walk(AdamW(0.5, weight_decay=0.5), 1.0, [0.0, 0.0]) == [0.75, 0.5625]
    assert AdamW().weight_decay == 0.004
    with pytest.raises(TypeError, match="weight_decay must be a number"):
        AdamW(weight_decay=None)  # type: ignore[arg-type]


def test_clipping() -> None:
    g = np.array([3.0, 4.0, 0.5, -12.0])
    segments = [slice(0, 2), slice(2, 3), slice(3, 4)]

    def step(**limit: float) -> list[float]:
        optimizer, w = SGD(1.0, **limit), np.zeros(4)  # type: ignore[arg-type]
        optimizer.segments = segments
        optimizer.update(w, g)
        return (-w).tolist()

    assert step() == g.tolist()
    assert step(clipnorm=1.0) == pytest.approx([0.6, 0.8, 0.5, -1])
    assert step(clipnorm=0) == g.tolist()  # no limit, as in Keras
    assert step(clipvalue=2.0) == [2, 2, 0.5, -2]
    length = sqrt(169.25)
    assert step(global_clipnorm=1.0) == pytest.approx((g / length).tolist())
    assert step(global_clipnorm=100.0) == g.tolist()
    optimizer = SGD(1.0)
    optimizer.clipvalue = 1.0  # takes effect, as the learning rate does
    w = np.zeros(4)
    optimizer.update(w, g)
    assert w.tolist() == [-1, -1, -0.5, 1]
    assert g.tolist() == [3, 4, 0.5, -12]
    assert SGD(clipnorm=1.0).get_config()["clipnorm"] == 1.0
    with pytest.raises(ValueError, match=r"one of .*, received clipnorm=1 and clipvalue=2\."):
        SGD(clipnorm=1, clipvalue=2)
    with pytest.raises(ValueError, match="global_clipnorm must be at least 0"):
        SGD(global_clipnorm=-1)


@pytest.mark.parametrize("limit", [1.0, 100.0])
def test_clipping_a_gradient_whose_squares_overflow(limit: float) -> None:
    """It is clipped like any other; divided by a norm of infinity, it would be 0."""
    for limits in ({"clipnorm": limit}, {"global_clipnorm": limit}):
        w = np.zeros(2, dtype=np.float32)
        SGD(1.0, **limits).update(w, np.array([3e37, -4e37], dtype=np.float32))  # type: ignore[arg-type]
        np.testing.assert_allclose(w, [-0.6 * limit, 0.8 * limit], rtol=1e-6)


@pytest.mark.parametrize("shape", [(3, 2), (2, 2), (1, 4)])
def test_clipping_the_gradient_of_a_matrix(shape: tuple[int, int]) -> None:
    """As a layer's W, when one calls `update` by hand."""
    g = np.random.default_rng(0).normal(size=shape)
    for limits in ({"clipnorm": 0.5}, {"global_clipnorm": 0.5}):
        w = np.zeros(shape)
        SGD(1.0, **limits).update(w, g)  # type: ignore[arg-type]
        np.testing.assert_allclose(w, -0.5 * g / np.linalg.norm(g), rtol=1e-12)


def test_centered_rmsprop_of_a_constant_gradient() -> None:
    """Its variance is 0, and rounding can make the estimate negative."""
    for gradient in range(1, 1000, 7):
        optimizer, w = RMSprop(centered=True), np.zeros(1, dtype=np.float32)
        for _ in range(150):
            optimizer.update(w, np.array([gradient], dtype=np.float32))
        assert np.isfinite(w).all()


OTHERS: list[Any] = [Adadelta, Adagrad, AdamW, Adamax, Nadam, RMSprop]


@pytest.mark.parametrize("kind", OTHERS)
def test_others_keep_the_laws_of_descent(kind: Any) -> None:
    check_optimizer(kind()).assert_ok()


@pytest.mark.parametrize("kind", OTHERS)
def test_others_are_found_by_name_and_made_again(kind: Any) -> None:
    for name in (kind.__name__, kind.__name__.lower()):
        assert type(optimizers.get(name)) is kind
    optimizer = kind(0.5, clipvalue=2.0)
    again = kind(**optimizer.get_config())
    assert again.get_config() == optimizer.get_config()
    assert kind(name="mine").name == "mine"
    assert kind().name == kind.__name__.lower()


@pytest.mark.parametrize("shape", [(1,), (4,), (3, 1), ()])
def test_gradients_of_another_shape_change_nothing(shape: tuple[int, ...]) -> None:
    optimizer, w = SGD(0.5, momentum=0.9, weight_decay=0.1), np.ones(3)
    optimizer.update(w, np.ones(3))
    before, velocity = w.copy(), optimizer.state["velocity"].copy()
    with pytest.raises(ValueError, match=r"gradients must have the shape of parameters, \(3,\)"):
        optimizer.update(w, np.ones(shape))
    np.testing.assert_array_equal(w, before)
    np.testing.assert_array_equal(optimizer.state["velocity"], velocity)


def test_parameters_of_another_size_are_not_decayed() -> None:
    optimizer, w = SGD(0.5, momentum=0.9, weight_decay=0.1), np.ones(5)
    optimizer.update(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="has state for 3 parameters, received 5"):
        optimizer.update(w, np.ones(5))
    assert w.tolist() == [1, 1, 1, 1, 1]
