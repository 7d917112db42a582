"""Pairs whose functions keep arrays outside their arguments: none of these goes unnoticed."""

import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support.innocents import W, X
from tinynet import Dense, Sequential
from tinynet.gradcheck import check_gradients
from tinynet.gradcheck.reach import in_reach

Pair = tuple[Any, Any]


class Affine:
    """A right or wrong layer, with methods of all kinds and names that say nothing."""

    def __init__(self, factor: float = 1.0, weights: str = "W", gradient: str = "dW") -> None:
        self.names, self.factor = (weights, gradient), factor
        setattr(self, weights, W.copy())

    def __call__(self, x: Any) -> Any:
        return self.predict(x)

    def predict(self, x: Any, training: bool = False) -> Any:
        self.x = x
        return x @ getattr(self, self.names[0])

    def learn(self, dy: Any) -> Any:
        setattr(self, self.names[1], self.factor * self.x.T @ dy)
        return dy @ getattr(self, self.names[0]).T

    def ahead(self, x: Any) -> Any:
        return self.predict(x), x

    def behind(self, dy: Any, cache: Any) -> Any:
        return dy @ getattr(self, self.names[0]).T, self.factor * cache.T @ dy


METHODS: dict[str, Callable[[Affine], Pair]] = {
    "methods": lambda layer: (layer.predict, layer.learn),
    "partial": lambda layer: (functools.partial(layer.predict, training=True), layer.learn),
    "called": lambda layer: (layer, layer.learn),
    "with a cache": lambda layer: (layer.ahead, layer.behind),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_of_one_object_are_checked_as_the_object(name: str) -> None:
    right = Affine()
    report = check_gradients(METHODS[name](right), X)
    report.assert_ok()
    assert "parameters: W <-> " in report.recognised
    assert np.array_equal(right.W, W)  # type: ignore[attr-defined]
    assert not hasattr(right, "x")  # a copy has run
    report = check_gradients(METHODS[name](Affine(3.0)), X)
    assert report.mistakes[0].kind == "constant_factor"
    assert report.rows[0].name == "W"


def test_methods_with_other_names_of_gradients() -> None:
    for factor in (1.0, 3.0):
        layer = Affine(factor, "turn", "step")
        report = check_gradients((layer.predict, layer.learn), X)
        assert "isn't fully checked: turn: no gradient found" in report.summary
        named = check_gradients((layer.predict, layer.learn), X, parameters={"turn": "step"})
        assert bool(named) == (factor == 1)


def test_methods_of_layers_and_models() -> None:
    class Wrong(Dense):
        def backward(self, dy: np.ndarray) -> Any:
            dx = super().backward(dy)
            self.dW *= 2
            return dx

    for layer, expected in ((Dense(3), True), (Wrong(3), False)):
        assert bool(check_gradients((layer.forward, layer.backward), X)) == expected
        model = Sequential([layer, Dense(2)])
        assert bool(check_gradients((model.forward, model.backward), X)) == expected


def two_objects() -> Pair:
    one, other = Affine(), Affine()
    return one.predict, lambda dy: dy @ other.W.T  # type: ignore[attr-defined]


def functions_around_an_object() -> Pair:
    layer = Affine(1.0, "turn", "step")
    return lambda x: layer.predict(x), lambda dy: layer.learn(dy)


def closure() -> Pair:
    theta, A, kept = W.copy(), 2 * W, {}  # a single capital isn't a constant's name

    def forward(x: Any) -> Any:
        kept["x"] = x
        return x @ (theta + A)

    def backward(dy: Any) -> Any:
        kept["step"] = kept["x"].T @ dy
        return dy @ (theta + A).T

    return forward, backward


def module() -> Pair:
    code = types.ModuleType("affine")
    source = """
import numpy as np
slopes, b, kept = np.ones((4, 2)), 0.5, {}
def affine(x):
    kept["x"] = x
    return x @ slopes + b
def forward(x):
    return affine(x)
def backward(dy):
    global dslopes
    dslopes = kept["x"].T @ dy
    return dy @ slopes.T
"""
    exec(source, vars(code))
    return code.forward, code.backward


def functions_around_a_module() -> Pair:
    homework = types.ModuleType("token")  # a name that Python has, too
    vars(homework).update(zip(("forward", "backward"), module(), strict=True))
    return lambda x: homework.forward(x), lambda dy: homework.backward(dy)


def functions_that_import_a_module() -> Pair:
    homework = types.ModuleType("homework")
    vars(homework).update(zip(("forward", "backward"), module(), strict=True))
    functions: dict[str, Any] = {"homework": homework}
    source = "ahead = lambda x: homework.forward(x)\nbehind = lambda dy: homework.backward(dy)"
    exec(source, functions)
    return functions["ahead"], functions["behind"]


def attributes_of_a_module() -> Pair:
    code = types.ModuleType("state")
    code.w = W.copy()  # type: ignore[attr-defined]
    functions: dict[str, Any] = {"state": code}
    source = "forward = lambda x: x @ state.w\nbackward = lambda dy: dy @ state.w.T"
    exec(source, functions)
    return functions["forward"], functions["backward"]


def class_methods() -> Pair:
    class Net:
        w = W.copy()

        @classmethod
        def forward(cls, x: Any) -> Any:
            return x @ cls.w

        @classmethod
        def backward(cls, dy: Any) -> Any:
            return dy @ cls.w.T

    return Net.forward, Net.backward


def arguments_given_beforehand() -> Pair:
    forward = functools.partial(lambda x, w: x @ w, w=W.copy())
    return forward, functools.partial(lambda w, dy: dy @ w.T, W)


def defaults() -> Pair:
    def forward(x: Any, w: Any = W.copy()) -> Any:  # noqa: B008
        return x @ w

    return forward, lambda dy: dy @ W.T


OUTSIDE = {
    two_objects: ["Affine.W"],
    functions_around_an_object: ["layer.turn"],
    closure: ["A", "theta"],
    module: ["b", "slopes"],
    functions_around_a_module: ["b", "slopes"],
    functions_that_import_a_module: ["b", "slopes"],
    attributes_of_a_module: ["state.w"],
    class_methods: ["Net.w"],
    arguments_given_beforehand: ["w"],
    defaults: ["w"],
}


@pytest.mark.parametrize("make", OUTSIDE)
def test_arrays_outside_are_named_as_not_checked(make: Any) -> None:
    report = check_gradients(make(), X)
    assert not report
    rows = [row for row in report.rows if row.mistake]
    assert sorted(row.name for row in rows) == OUTSIDE[make]
    assert {row.mistake.kind for row in rows if row.mistake} == {"not_checked"}
    assert "isn't fully checked" in report.summary
    before = {path: np.copy(place.value) for path, place in in_reach(*make()).items()}
    fixed = check_gradients(make(), X, parameters=[])
    fixed.assert_ok()
    assert "not checked: left out of parameters" in str(fixed)
    after = {path: place.value for path, place in in_reach(*make()).items()}
    assert all(np.array_equal(after[path], before[path]) for path in OUTSIDE[make])


def test_globals_and_arrays_of_the_class_of_an_object() -> None:
    class Held(Affine):
        W = W.copy()
        forward, backward = Affine.predict, Affine.learn

        def __init__(self, factor: float) -> None:
            self.factor, self.names = factor, ("W", "dW")

    check_gradients(Held(1.0), X).assert_ok()
    report = check_gradients(Held(3.0), X)
    assert [(row.name, row.mistake.kind) for row in report.rows if row.mistake] == [
        ("W", "constant_factor")
    ]
    theta = W.copy()

    class Closed:
        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ theta

        def backward(self, dy: Any) -> Any:
            self.step = self.x.T @ dy
            return dy @ theta.T

    report = check_gradients(Closed(), X)
    assert "theta: forward uses this array, which isn't an attribute" in report.summary
    check_gradients(Closed(), X, parameters={}).assert_ok()
    assert np.array_equal(theta, W)


def test_constants_outside_are_left_alone() -> None:
    mask, SCALE, each = np.array([1.0, 0.0, 1.0, 0.5]), np.ones(4), np.where(X > 0, 1.0, 0.5)
    check_gradients((lambda x: x * mask, lambda dy: dy * mask), X).assert_ok()
    kept: dict[str, Any] = {}

    def forward(x: Any) -> Any:
        return x * SCALE * (each if len(x) == len(X) else 1.0)

    def backward(dy: Any) -> Any:
        kept["last"], kept["dz"] = dy[-1] * SCALE, dy * SCALE  # of the shapes of SCALE and each
        return dy * SCALE * (each if len(dy) == len(X) else 1.0)

    check_gradients((forward, backward), X).assert_ok()


def test_an_object_may_refer_to_constants() -> None:
    shift, mask = 2 * W, np.where(X > 0, 1.0, 0.5)

    class Masked:
        def __init__(self, factor: float) -> None:
            self.W, self.factor = W.copy(), factor

        def forward(self, x: Any) -> Any:
            self.x = x * mask
            return self.x @ self.W + shift[0]

        def backward(self, dy: Any) -> Any:
            self.dW = self.factor * self.x.T @ dy
            return dy @ self.W.T * mask

    check_gradients(Masked(1.0), X).assert_ok()
    assert not check_gradients(Masked(2.0), X)
