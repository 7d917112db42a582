"""The diagram of a network shows the numbers that the network computes."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from tests.support.plots import texts_of
from tinynet import losses, plotting
from tinynet.layers import Dense, Dropout, Flatten, Layer, ReLU, Sigmoid, Softmax, Tanh
from tinynet.layers.normalization import Normalization
from tinynet.models import Sequential
from tinynet.plotting.diagram import LAYER_FORMULAS, LOSS_FORMULAS
from tinynet.plotting.inputs import _preferred_images

RNG = np.random.default_rng(0)

REFERENCE: dict[str, list[Layer]] = {
    "fused": [Dense(128, "relu"), Dense(128, "relu"), Dense(10, "softmax")],
    "separate": [Dense(128), ReLU(), Dense(128), ReLU(), Dense(10), Softmax()],
}


def diagram(
    layers: list[Layer], loss: str | losses.Loss = "", shape: tuple[int, ...] = (4,)
) -> Axes:
    model = Sequential(layers, seed=0)
    model.build(shape)
    if loss:
        model.compile("sgd", loss)
    return plotting.plot_network(model)


def arrows_of(ax: Axes) -> list[tuple[bool, bool]]:
    """Return for each arrow from the top down whether it points down and whether it is dashed."""
    found = []
    for text in ax.texts:
        arrow: Any = getattr(text, "arrow_patch", None)
        if arrow is not None:
            down = text.xy[1] > text.get_position()[1]  # type: ignore[attr-defined]
            found.append((down, arrow.get_linestyle() not in ("-", "solid")))
    return found


def test_both_spellings_of_the_reference_network_give_the_same_picture() -> None:
    pictures = [
        diagram(layers, "categorical_crossentropy", (784,)) for layers in REFERENCE.values()
    ]
    names = re.compile(r"  \(.*\)$")
    fused, separate = ([names.sub("", text) for text in texts_of(ax)] for ax in pictures)
    assert fused == separate
    shapes = [text for text in texts_of(pictures[0]) if text.startswith("(N")]
    assert shapes[0] == "(N, 784)  the input"
    # Forwards and backwards alike between any two operations below the input.
    assert shapes[1:] == ["(N, 128)"] * 8 + ["(N, 10)"] * 4
    assert "W (784, 128), b (128,)" in texts_of(pictures[0])


def test_the_way_back_is_that_of_training() -> None:
    ax = diagram([Dense(3, "relu"), Dense(2, "softmax")], "mse")
    texts = texts_of(ax)
    assert texts.count("dx = dy @ W.T") == 1  # the first layer's is not computed
    assert texts.count("dW = x.T @ dy") == 2
    assert "dx = y * (dy - Σ dy * y)" in texts  # a softmax that isn't fused with its loss
    assert "dy = 2 (y - t) / (N K)" in texts
    # Solid arrows lead down and dashed ones up: five boxes, so four ways back.
    arrows = arrows_of(ax)
    assert all(down != dashed for down, dashed in arrows)
    assert sum(dashed for _, dashed in arrows) == 4
    assert sum(down for down, _ in arrows) == 6


def test_softmax_and_its_loss_go_back_in_one_step() -> None:
    texts = texts_of(diagram([Dense(2, "softmax")], "sparse_categorical_crossentropy"))
    assert "dx = (p - t) / N" in texts
    assert "for the x of Softmax: both at once" in texts
    assert not any(text.startswith("dx = y *") for text in texts)


@pytest.mark.parametrize("kind", [losses.MeanSquaredError, losses.CategoricalCrossentropy])
def test_a_sum_over_the_batch_is_n_times_the_mean(kind: type[losses.Loss]) -> None:
    """Only the cross-entropy is computed with the softmax in one step."""
    texts = texts_of(diagram([Dense(2, "softmax")], kind(reduction="sum")))
    assert "Both times N: the reduction is 'sum'." in texts
    at_once = kind is losses.CategoricalCrossentropy
    assert ("for the x of Softmax: both at once" in texts) == at_once


def test_a_loss_from_logits_says_how_probabilities_are_made() -> None:
    loss = losses.CategoricalCrossentropy(from_logits=True)
    texts = texts_of(diagram([Dense(2)], loss))
    assert "dx = (p - t) / N, p = softmax(x)" in texts


def test_a_model_without_a_loss_has_no_way_back() -> None:
    ax = diagram([Flatten(), Dropout(0.5), Dense(2, use_bias=False)], shape=(2, 2))
    assert all(down for down, _ in arrows_of(ax))
    assert texts_of(ax)[-1] == "(N, 2)  the output"
    assert "y = x @ W" in texts_of(ax)


def test_layers_below_the_first_that_learns_have_no_way_back() -> None:
    ax = diagram([Flatten(), Dense(2, use_bias=False)], "mse", shape=(2, 2))
    assert not [text for text in texts_of(ax) if text.startswith(("dx", "db"))]
    assert sum(dashed for _, dashed in arrows_of(ax)) == 1


def test_a_layer_of_ones_own_is_drawn_with_its_parameters() -> None:
    class Scale(Layer):
        def create_parameters(self, input_shape: tuple[int, ...]) -> None:
            self.add_parameter("s", input_shape, lambda shape, rng: np.ones(shape))

    texts = texts_of(diagram([Scale()]))
    assert "Scale  (scale)" in texts
    assert "s (4,)" in texts


EVERYTHING: dict[str, Callable[[], list[Layer]]] = {
    "categorical_crossentropy": lambda: [Normalization(), Flatten(), Dense(8, "relu"), Dense(3)],
    "binary_crossentropy": lambda: [Flatten(), Dense(9, "sigmoid"), Dropout(0.5), Dense(3, "tanh")],
    "mse": lambda: [Flatten(), Dense(2, "softmax", name="a_rather_long_name_of_a_layer")],
}


@pytest.mark.parametrize("loss", EVERYTHING)
@pytest.mark.parametrize("size", [None, (3, 3), (5, 2)])
def test_text_stays_inside_its_box(loss: str, size: tuple[float, float] | None) -> None:
    model = Sequential(EVERYTHING[loss](), seed=0)
    model.build((28, 28))
    model.compile("sgd", loss)
    ax = plotting.plot_network(model, ax=size and Figure(figsize=size).subplots())
    figure: Any = ax.figure
    figure.canvas.draw()
    boxes = [p.get_window_extent() for p in ax.patches if isinstance(p, FancyBboxPatch)]
    extents = [text.get_window_extent() for text in ax.texts if text.get_text()]
    inside = [e for e in extents if any(b.y0 < (e.y0 + e.y1) / 2 < b.y1 for b in boxes)]
    assert len(inside) >= 3 * len(boxes) - 2
    for e in inside:
        assert any(b.x0 < e.x0 and e.x1 < b.x1 and b.y0 < e.y0 and e.y1 < b.y1 for b in boxes)
    # Nor do formulas of the forward pass reach those of the backward pass.
    middle = (boxes[0].x0 + boxes[0].x1) / 2
    code = [t.get_window_extent() for t in ax.texts if t.get_fontfamily() == ["monospace"]]
    assert not [e for e in code if e.x0 < middle < e.x1]


SAID: dict[str, str] = {
    "max(": "np.maximum(",
    "exp(": "np.exp(",
    "tanh(": "np.tanh(",
    "sqrt(": "np.sqrt(",
    "Σ np.exp(x)": "np.exp(x).sum(axis=1, keepdims=True)",
    "Σ dy * y": "(dy * y).sum(axis=1, keepdims=True)",
    "²": "**2",
    "-t / (N p)": "-t / (N * p)",
    "N K p (1 - p)": "N * K * p * (1 - p)",
    "N K": "N * K",
    "2 (y": "2 * (y",
}


def run(formula: str, **names: Any) -> Any:
    """Compute what a formula of the diagram says."""
    for said, meant in SAID.items():
        formula = formula.replace(said, meant)
    return eval(formula.split(" = ")[1], {"np": np, **names})


@pytest.mark.parametrize("kind", [ReLU, Sigmoid, Tanh, Softmax])
def test_the_formulas_of_activations_are_what_the_layers_compute(kind: type[Layer]) -> None:
    forward, (backward,) = LAYER_FORMULAS[kind]
    layer, x, dy = kind(), RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3))
    y = layer.forward(x)
    np.testing.assert_allclose(run(forward, x=x), y)
    np.testing.assert_allclose(run(backward, x=x, y=y, dy=dy), layer.backward(dy))


def test_the_formulas_of_normalization_are_what_it_computes() -> None:
    forward, (backward,) = LAYER_FORMULAS[Normalization]
    layer, x, dy = (
        Normalization(mean=2.0, variance=9.0),
        RNG.normal(size=(5, 3)),
        RNG.normal(size=(5, 3)),
    )
    names = {"mean": 2.0, "variance": 9.0}
    np.testing.assert_allclose(run(forward, x=x, **names), layer.forward(x))
    np.testing.assert_allclose(run(backward, dy=dy, **names), layer.backward(dy))


def test_images_in_bytes_do_where_the_model_normalises_them() -> None:
    images = RNG.integers(0, 256, size=(4, 4, 4), dtype=np.uint8)
    layers = [
        Normalization(mean=128.0, variance=5000.0, input_shape=(4, 4)),
        Flatten(),
        Dense(3, "softmax"),
    ]
    model = Sequential(layers, seed=0)
    assert len(plotting.plot_saliency(model, images).collections) == 4
    preferred = _preferred_images(model, images, np.arange(3), (4, 4), 20, 0.6)
    assert (preferred >= images.min()).all()
    assert (preferred <= images.max()).all()
    preferred_p = model.predict(preferred)[np.arange(3), np.arange(3)]
    assert (preferred_p > model.predict(images.mean(axis=0)[np.newaxis])[0]).all()


def test_the_formulas_of_dropout_are_what_it_computes_in_training() -> None:
    forward, (backward,) = LAYER_FORMULAS[Dropout]
    layer, x, dy = Dropout(0.25), 1 + RNG.random((5, 3)), RNG.normal(size=(5, 3))
    y = layer.forward(x, training=True)
    names = {"mask": y != 0, "rate": 0.25}
    np.testing.assert_allclose(run(forward, x=x, **names), y)
    np.testing.assert_allclose(run(backward, dy=dy, **names), layer.backward(dy))


def test_the_formulas_of_dense_are_what_it_computes() -> None:
    forward, backward = LAYER_FORMULAS[Dense]
    layer, x, dy = Dense(2), RNG.normal(size=(5, 3)), RNG.normal(size=(5, 2))
    y = layer.forward(x)
    names = {"x": x, "dy": dy, "W": layer.W, "b": layer.b}
    np.testing.assert_allclose(run(forward, **names), y)
    dx = layer.backward(dy)
    for formula, expected in zip(backward, [layer.dW, layer.db, dx], strict=True):
        np.testing.assert_allclose(run(formula, **names), expected)


def test_the_formulas_of_losses_are_their_derivatives() -> None:
    t = np.eye(3)[[0, 2, 1, 1]]
    x = RNG.normal(size=(4, 3))
    sizes = {"t": t, "N": 4, "K": 3}
    for loss, activation in [
        (losses.CategoricalCrossentropy(), Softmax()),
        (losses.BinaryCrossentropy(), Sigmoid()),
    ]:
        _, direct, from_logits = LOSS_FORMULAS[type(loss)]
        p = activation.forward(x)
        np.testing.assert_allclose(run(direct, p=p, **sizes), loss.backward(t, p))
        expected = loss.gradient_from_logits(t, p)
        np.testing.assert_allclose(run(from_logits, p=p, **sizes), expected)
    _, direct, _ = LOSS_FORMULAS[losses.MeanSquaredError]
    np.testing.assert_allclose(run(direct, y=x, **sizes), losses.MeanSquaredError().backward(t, x))


def test_penalties_are_part_of_the_loss_and_of_the_gradients() -> None:
    layers = [Dense(3, "relu", kernel_regularizer="l2", input_shape=(2,)), Dense(2)]
    model = Sequential(layers, seed=0)
    model.compile("sgd", "mse")
    texts = texts_of(plotting.plot_network(model))
    assert texts.count("dW = x.T @ dy + dR/dW") == texts.count("dW = x.T @ dy") == 1
    assert {"L = mean (y - t)² + R", "R: the sum of the penalties"} <= set(texts)
    model.layers[0].trainable = False  # then its penalty is no part of the loss
    model.compile("sgd", "mse")
    assert not any(re.search(r"\bd?R\b", text) for text in texts_of(plotting.plot_network(model)))
