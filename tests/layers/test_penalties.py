"""Regularizers and constraints in a model: the loss, the gradients, the weights."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynet import Dense, Sequential, load_model
from tinynet.gradcheck import check_gradients
from tinynet.layers import BatchNormalization
from tinynet.layers.penalties import ActivityPenalty, WeightPenalty, with_own_activity
from tinynet.regularizers import L1, L2, Regularizer

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((20, 4)), np.eye(3)[RNG.integers(0, 3, 20)]


def model(*, last: dict[str, Any] | None = None, **options: Any) -> Sequential:
    stack = [Dense(5, "tanh", input_dim=4, **options), Dense(3, "softmax", **(last or {}))]
    made = Sequential(stack, seed=0, dtype="float64")
    made.compile("sgd", "categorical_crossentropy")
    return made


def test_a_penalty_is_part_of_the_loss_and_of_the_gradients() -> None:
    plain, penalised = model(), model(kernel_regularizer=L2(0.5), bias_regularizer=L1(0.25))
    for each in (plain, penalised):
        each.layers[0].b[...] = [1, -1, 2, -2, 0]  # type: ignore[attr-defined]
    W, b = penalised.layers[0].weights
    penalty = 0.5 * (W**2).sum() + 0.25 * 6
    assert penalised.losses == pytest.approx([0.5 * (W**2).sum(), 1.5])
    loss = plain.evaluate(X, Y, verbose=0)
    assert penalised.evaluate(X, Y, verbose=0) == pytest.approx(loss + penalty)
    before = W.copy(), b.copy()
    for each in (plain, penalised):
        assert each.train_on_batch(X, Y) == pytest.approx(
            loss + (penalty if each is penalised else 0)
        )
    grown = penalised.layers[0].dW - plain.layers[0].dW  # type: ignore[attr-defined]
    np.testing.assert_allclose(grown, before[0])  # 2 · 0.5 W
    grown = penalised.layers[0].db - plain.layers[0].db  # type: ignore[attr-defined]
    np.testing.assert_allclose(grown, 0.25 * np.sign(before[1]))


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_regularizer": "l2"},
        {"kernel_regularizer": "l1_l2", "bias_regularizer": "l1"},
        {"activity_regularizer": L2(0.1)},
        {"kernel_regularizer": "l2", "last": {"activity_regularizer": L1(0.1)}},
        {"last": {"kernel_regularizer": L2(0.3), "bias_regularizer": "l2"}},
    ],
    ids=str,
)
def test_gradients_of_the_whole_loss(options: dict[str, Any]) -> None:
    """The checker's differences are those of the loss with its penalties."""
    made = model(**options)
    made.fit(X, Y, epochs=2, verbose=0)
    check_gradients(made, X[:6], Y[:6]).assert_ok()


def test_an_activity_penalty_is_divided_by_the_batch() -> None:
    made = model(activity_regularizer=L2(0.5))
    plain = model()
    loss = made.evaluate(X, Y, verbose=0) - plain.evaluate(X, Y, verbose=0)
    activity = np.tanh(X @ made.layers[0].W)  # type: ignore[attr-defined]
    assert loss == pytest.approx(0.5 * (activity**2).sum() / len(X))
    assert made.losses == pytest.approx([loss])


def test_a_model_without_penalties_has_no_step_for_them() -> None:
    assert not any(isinstance(part, WeightPenalty | ActivityPenalty) for part in model().chain)
    assert model().losses == []
    made = model(kernel_regularizer="l2")
    assert [type(part) for part in made.chain[:2]] == [WeightPenalty, Dense]
    assert made.trained[0] is made.chain[0]
    assert not made.chain[1].needs_dx  # nothing below the penalty learns


def test_a_model_that_is_not_compiled_has_its_penalties() -> None:
    layers = [Dense(3, kernel_initializer="ones", kernel_regularizer=L2(0.5)), Dense(2)]
    made = Sequential(layers)
    assert made.losses == [], "there are no parameters yet"
    made.build((None, 4))
    assert made.losses == [6.0]
    made.compile("sgd", "mse")
    assert made.losses == [6.0]


def test_frozen_layers_have_no_penalty() -> None:
    made = model(kernel_regularizer="l2")
    made.layers[0].trainable = False
    made.compile("sgd", "categorical_crossentropy")
    assert made.losses == []


def test_constraints_hold_after_every_step() -> None:
    made = model(kernel_constraint="unit_norm", bias_constraint=lambda b: np.clip(b, 0, 0.01))
    made.compile("adam", "categorical_crossentropy")
    made.fit(X, Y, epochs=3, batch_size=5, verbose=0)
    layer: Any = made.layers[0]
    np.testing.assert_allclose(np.linalg.norm(layer.W, axis=0), 1, rtol=1e-6)
    assert (layer.b >= 0).all()
    assert (layer.b <= 0.01).all()
    assert layer.W.base is not None  # still a view of the model's vector
    copied = made.copy()
    copied.fit(X, Y, verbose=0)
    np.testing.assert_allclose(np.linalg.norm(copied.layers[0].weights[0], axis=0), 1, rtol=1e-6)


def test_saved_and_loaded_with_the_model(tmp_path: Path) -> None:
    made = Sequential(
        [
            Dense(5, kernel_regularizer="l2", activity_regularizer=L1(0.1), input_dim=4),
            BatchNormalization(gamma_regularizer="l1", beta_constraint="non_neg"),
            Dense(3, "softmax", kernel_constraint="max_norm"),
        ]
    )
    made.compile("adam", "categorical_crossentropy")
    made.fit(X, Y, verbose=0)
    made.save(tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz")
    assert loaded.evaluate(X, Y, verbose=0) == made.evaluate(X, Y, verbose=0)
    for each in (made, loaded):
        each.fit(X, Y, epochs=2, initial_epoch=1, verbose=0)
    assert loaded.values.tobytes() == made.values.tobytes()


def test_one_of_your_own() -> None:
    class Fourth(Regularizer):
        def __call__(self, w: np.ndarray) -> float:
            return float((w**4).sum())

        def gradient(self, w: np.ndarray) -> np.ndarray:
            return 4 * w**3

    check_gradients(model(kernel_regularizer=Fourth()), X[:6], Y[:6]).assert_ok()
    with pytest.raises(ValueError, match="Unknown regularizer 'l5'"):
        Dense(3, kernel_regularizer="l5")
    with pytest.raises(ValueError, match="Unknown constraint 'positive'"):
        Dense(3, kernel_constraint="positive")


def test_a_change_after_compile_is_found() -> None:
    made = model(kernel_regularizer="l2")
    made.layers[0].kernel_regularizer = L2(1.0)  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="call compile again"):
        made.fit(X, Y, verbose=0)
    made.compile("sgd", "categorical_crossentropy")
    made.fit(X, Y, verbose=0)


@pytest.mark.parametrize("rule", ["kernel_regularizer", "bias_regularizer", "activity_regularizer"])
def test_a_regularizer_may_be_set_by_its_name(rule: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {rule: "l2"}
    named, expected = model(), model(**options)
    setattr(named.layers[0], rule, "l2")
    named.compile("sgd", "categorical_crossentropy")
    assert named.fit(X, Y, verbose=0).history == expected.fit(X, Y, verbose=0).history
    named.save(tmp_path / "m.npz")
    assert load_model(tmp_path / "m.npz").evaluate(X, Y, verbose=0) == expected.evaluate(
        X, Y, verbose=0
    )


def test_an_evaluation_has_its_own_activities_and_shares_the_layers() -> None:
    made = model(activity_regularizer="l2")
    penalty = next(part for part in made.chain if isinstance(part, ActivityPenalty))
    penalty.forward(X[:2])
    for part, own in zip(made.chain, with_own_activity(made.chain), strict=True):
        assert (part is own) == (part is not penalty)
        if part is penalty:
            own.forward(X[2:])
    assert penalty.penalties() == pytest.approx([0.01 * (X[:2] ** 2).sum() / 2])


def test_a_constraint_may_be_set_by_its_name() -> None:
    named, expected = model(), model(kernel_constraint="non_neg", bias_constraint="non_neg")
    layer: Any = named.layers[0]
    layer.kernel_constraint = layer.bias_constraint = "non_neg"
    named.compile("sgd", "categorical_crossentropy")
    for each in (named, expected):
        each.fit(X, Y, verbose=0)
    assert layer.W.min() == 0
    assert named.values.tobytes() == expected.values.tobytes()


@pytest.mark.parametrize("kind", ["kernel", "bias", "activity"])
def test_what_isnt_a_rule_is_refused_by_compile(kind: str) -> None:
    for wrong in ("l22", 0.01, np.abs, L2):
        made = model()
        setattr(made.layers[0], f"{kind}_regularizer", wrong)
        with pytest.raises((TypeError, ValueError), match=r"[Rr]egularizer"):
            made.compile("sgd", "mse")
        assert made.loss.get_config() == {"from_logits": False}
    for wrong in ("nonnegative", 1.0) if kind != "activity" else ():
        made = model()
        setattr(made.layers[0], f"{kind}_constraint", wrong)
        with pytest.raises((TypeError, ValueError), match="constraint"):
            made.compile("sgd", "mse")


def test_an_initializer_may_be_set_by_its_name() -> None:
    layer = Dense(3, input_shape=(2,))
    layer.kernel_initializer = layer.bias_initializer = "ones"  # type: ignore[assignment]
    assert (layer.build().W == 1).all()
    assert (layer.b == 1).all()
    other = Dense(3, input_shape=(2,))
    other.kernel_initializer = "glorot_unifrom"  # type: ignore[assignment]
    with pytest.raises(
        ValueError, match=r"Unknown initializer .glorot_unifrom.\. Did you mean .glorot_uniform."
    ):
        other.build()


class Scale(Dense):
    """A layer whose author has methods of these names for purposes of their own."""

    def penalty(self, rate: float) -> float:
        return rate * float((self.W**2).sum())

    def penalties(self) -> list[str]:
        return ["none"]


def test_a_layers_own_methods_named_penalty_are_left_alone() -> None:
    made = Sequential([Scale(3, "softmax", input_dim=4)], seed=0)
    made.compile("sgd", "categorical_crossentropy")
    made.fit(X, Y, verbose=0)
    assert made.losses == []


def test_before_the_first_pass_there_is_no_penalty_of_the_outputs() -> None:
    """It raised an error that named `losses` itself as what to use."""
    made = model(activity_regularizer="l2", bias_regularizer="l2")
    assert made.losses == [0.0]
    made.evaluate(X, Y, verbose=0)
    assert len(made.losses) == 2
