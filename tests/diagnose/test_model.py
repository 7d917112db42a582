"""What is found in the model: its layers, its first loss and its gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.support import seeded_failures as seeded
from tests.support.seeded_failures import Run, only
from tinynet import Dense, Flatten, Layer, Sequential, Tanh
from tinynet.datasets import moons
from tinynet.diagnose import diagnose
from tinynet.losses import BinaryCrossentropy


def test_sigmoids_for_exclusive_classes_add_up_to_anything() -> None:
    run = seeded.sigmoids_for_exclusive_classes()
    run.model.build((4,))
    sums = run.model.predict(run.x).sum(axis=1)
    assert sums.max() > sums.min() + 0.1
    assert only(run).figure == pytest.approx(sums.max())
    weights = run.model.get_weights()
    weights[2][:], weights[3][:] = 0, 20  # yes to each class, whatever the input
    run.model.set_weights(weights)
    assert run.model.evaluate(run.x, run.y, verbose=0)[0] == pytest.approx(np.log(3), rel=1e-6)
    finding = diagnose(run.model, run.x, run.y)[0]
    assert finding.code == "outputs-not-distributions"
    assert finding.figure == pytest.approx(3, rel=1e-6)


def test_figures_of_the_network() -> None:
    finding = only(seeded.biases_far_below_zero())
    assert finding.figure == 28 / 32
    assert "88% in dense_1" in finding.seen
    assert "dense," not in finding.seen
    finding = only(seeded.huge_initial_weights())
    run = seeded.huge_initial_weights()
    run.model.build((20,))
    loss = run.model.evaluate(run.x, run.y, verbose=0)[0]
    assert finding.figure == pytest.approx(loss, rel=1e-5)
    assert "ln 3 = 1.099" in finding.seen
    run = seeded.relu_for_yes_and_no()
    run.model.build((4,))
    cut = float((run.model.predict(run.x) == 0).mean())
    finding = only(seeded.relu_for_yes_and_no())
    assert finding.figure == pytest.approx(cut)
    assert f"{cut:.0%} of the outputs are 0" in finding.seen


def test_gradients_are_compared_layer_by_layer() -> None:
    run = seeded.many_sigmoids()
    finding = only(run)
    model = run.model
    model.build((4,))
    norms: list[Any] = []
    flat = model.unfolded()
    t = model.loss.targets(run.y, model.output_shapes[-1])
    _, dz = flat.criterion(t, flat.forward(run.x))

    def keep(layer: Layer, dy: np.ndarray) -> None:
        if isinstance(layer, Dense):
            norms.append(np.linalg.norm(dy))

    flat.backward(dz, observer=keep)
    ratios = [norm / norms[0] for norm in reversed(norms)]
    assert finding.figure == pytest.approx(ratios[0], rel=1e-3)
    few = [
        f"{ratio:.1e} in {layer.name}" for ratio, layer in zip(ratios, model.layers, strict=True)
    ]
    assert [text for text in few if text in finding.seen] == few[: sum(r < 1e-4 for r in ratios)]


@pytest.mark.parametrize(
    "make",
    [
        seeded.softmax_and_softmax,
        seeded.softmax_for_logits,
        seeded.sigmoids_for_logits_of_classes,
        seeded.tanh_for_logits,
        seeded.tanh_and_softmax,
    ],
)
def test_what_two_softmaxes_can_reach(make: Callable[[], Run]) -> None:
    """No weights, however large, bring the loss below the figure that is named."""
    run = make()
    finding = only(run)
    run.model.build((4,))
    weights = run.model.get_weights()
    weights[3][:] = 1e4, -1e4, -1e4  # the first class's bias, and the others'
    run.model.set_weights(weights)
    y = np.tile([1, 0, 0], (300, 1)) if run.y.ndim == 2 else np.zeros(300, int)
    loss = run.model.evaluate(run.x, y, verbose=0)[0]
    assert loss == pytest.approx(-np.log(finding.figure), rel=1e-6)
    assert f"can't fall below {loss:.3g}" in finding.seen


def test_a_hidden_tanh_limits_no_probability() -> None:
    x, y = seeded.blobs()
    one: list[Layer] = [Dense(3), Tanh(), Dense(3, "softmax")]
    other: list[Layer] = [Dense(3, "tanh"), Dense(3, "softmax")]
    for layers in (one, other):
        assert diagnose(seeded.classifier(layers), x, y) == []


class OwnTanh(Tanh):
    pass


def test_a_tanh_of_one_logit_is_limited_by_the_sigmoid_after_it() -> None:
    x, y = seeded.blobs(classes=2)
    model = seeded.classifier([Dense(8, "relu"), Dense(1), OwnTanh()], BinaryCrossentropy(True))
    (finding,) = diagnose(model, x, y)
    assert finding.code == "probabilities-as-logits"
    assert finding.figure == pytest.approx(1 / (1 + np.exp(-1)))


def test_an_unbuilt_model_stays_unbuilt() -> None:
    run = seeded.two_dense_in_a_row()
    diagnose(run.model, run.x, run.y)
    assert not run.model.built


def test_flatten_and_dropout_are_no_nonlinearity() -> None:
    x, y = seeded.digits(100)
    model = seeded.classifier([Flatten(), Dense(16), Flatten(), Dense(10, "softmax")])
    assert [f.code for f in diagnose(model, x.reshape(-1, 28, 28), y)] == ["no-nonlinearity"]


PENALTIES: list[dict[str, Any]] = [
    {"kernel_regularizer": "l2"},
    {"activity_regularizer": "l2"},
    {"kernel_regularizer": "l2", "bias_regularizer": "l1", "activity_regularizer": "l1"},
]


@pytest.mark.parametrize("options", PENALTIES)
@pytest.mark.parametrize("last", [False, True])
def test_penalties_are_no_steps_of_the_network(options: dict[str, Any], last: bool) -> None:
    x, y = moons(200, noise=0.1, seed=0)
    layers = [Dense(8, "relu", **options), Dense(2, "softmax", **(options if last else {}))]
    model = Sequential(layers, seed=0)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    assert diagnose(model, x, y) == []
    model.fit(x, y, epochs=2, verbose=0)
    assert diagnose(model, x, y) == []
    assert [finding.code for finding in diagnose(model, 1000 * x, y)] == ["inputs-not-scaled"]
