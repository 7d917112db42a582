"""Update rules are checked: healthy ones pass, faulty ones are named."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinynet.gradcheck.optimizers import check_optimizer
from tinynet.optimizers import SGD, Adam, Optimizer
from tinynet.schedules import ExponentialDecay

rates = st.floats(1e-6, 10)
shares = st.floats(0, 0.999)
decays = st.none() | st.floats(1e-6, 0.05)


@given(rates, shares, st.booleans(), decays)
def test_no_healthy_sgd_is_accused(
    rate: float, momentum: float, nesterov: bool, decay: float | None
) -> None:
    check_optimizer(SGD(rate, momentum, nesterov, decay)).assert_ok()


@settings(max_examples=settings().max_examples // 4)  # each of thousands of steps
@given(rates, shares, st.floats(0.5, 0.9999), decays)
def test_no_healthy_adam_is_accused(
    rate: float, beta_1: float, beta_2: float, decay: float | None
) -> None:
    check_optimizer(Adam(rate, beta_1, max(beta_2, beta_1**0.5), weight_decay=decay)).assert_ok()


def test_optimizer_is_left_as_it_was_and_may_have_a_schedule() -> None:
    optimizer = SGD(ExponentialDecay(0.1, 10, 0.5), momentum=0.9)
    parameters = np.ones(3)
    optimizer.update(parameters, np.ones(3))
    before = json.dumps([optimizer.iterations, optimizer.state["velocity"].tolist()])
    report = check_optimizer(optimizer)
    assert report
    report.assert_ok()
    assert json.dumps([optimizer.iterations, optimizer.state["velocity"].tolist()]) == before
    assert str(report).count("ok") == len(report.laws) >= 9


class Faulty(Optimizer):
    """An update rule with any mistake."""

    def __init__(self, kind: str) -> None:
        super().__init__(0.1, None)
        self.kind = kind

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        if self.kind == "uphill":
            parameters += learning_rate * gradients
        if self.kind == "gradients_changed":
            gradients *= learning_rate
            parameters -= gradients
        if self.kind == "moves_alone":
            parameters -= learning_rate * gradients + 0.01
        if self.kind == "stands_still":
            velocity = self.remember("velocity", parameters)
            parameters += velocity
            velocity *= 0.9
            velocity -= learning_rate * gradients


@pytest.mark.parametrize("kind", ["uphill", "gradients_changed", "moves_alone", "stands_still"])
def test_faulty_optimizers_are_named(kind: str) -> None:
    assert kind in [mistake.kind for mistake in check_optimizer(Faulty(kind)).mistakes]


def test_what_is_no_optimizer_is_refused() -> None:
    with pytest.raises(TypeError, match="optimizer must be of class Optimizer, received 'sgd'"):
        check_optimizer("sgd")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="learning rate above 0"):
        check_optimizer(SGD(0.0))


class DeadZone(Optimizer):
    """Gradient descent that takes no notice of tiny gradients."""

    def __init__(self) -> None:
        super().__init__(0.1, None)

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        parameters -= learning_rate * np.where(np.abs(gradients) > 1e-6, gradients, 0)


def test_an_optimizer_may_rest_where_gradients_are_tiny() -> None:
    assert check_optimizer(DeadZone())


@pytest.mark.parametrize("rule", [SGD(momentum=0.9), Adam()])
def test_few_steps_show_that_a_rule_is_right(rule: Optimizer, monkeypatch: Any) -> None:
    steps: list[int] = []
    step = type(rule).step

    def counted(self: Any, *arguments: Any) -> None:
        steps.append(1)
        step(self, *arguments)

    monkeypatch.setattr(type(rule), "step", counted)
    assert check_optimizer(rule)
    assert 100 < len(steps) < 2500


class AdamThatDrifts(Optimizer):
    """Starts with steps of the right length, and ends, slowly, with shorter ones."""

    def __init__(self, learning_rate: float = 0.001, beta_1: float = 0.9, beta_2: float = 0.999):
        super().__init__(learning_rate)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        m, v = self.remember("m", parameters), self.remember("v", parameters)
        if self.iterations == 0:
            m[...], v[...] = gradients, gradients**2
        m[...] = self.beta_1 * m + (1 - self.beta_1) * gradients
        v[...] = self.beta_2 * v + 2 * (1 - self.beta_2) * gradients**2
        parameters -= learning_rate * m / (np.sqrt(v) + 1e-8)


class AdamOfEachEpoch(Adam):
    """Counts its steps from the start of the epoch."""

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        iterations, self.iterations = self.iterations, self.iterations % 469
        super().step(parameters, gradients, learning_rate)
        self.iterations = iterations


def test_a_count_that_starts_again_with_each_epoch_is_found() -> None:
    (mistake,) = check_optimizer(AdamOfEachEpoch()).mistakes
    assert mistake.kind == "bias_correction"


def test_an_average_that_is_slowly_wrong_is_found() -> None:
    (mistake,) = check_optimizer(AdamThatDrifts()).mistakes
    assert mistake.kind == "bias_correction"
    assert "change from 1 to 0.995 and 0.708 times" in mistake.text
