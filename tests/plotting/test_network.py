"""The pictures of a network: its formulas and shapes are true, and its derivatives are right."""

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from tinynet import losses, plotting
from tinynet.layers import Dense, Dropout, Flatten, Layer, ReLU, Sigmoid, Softmax, Tanh
from tinynet.layers.normalization import Normalization
from tinynet.models import Sequential
from tinynet.plotting.diagram import LAYER_FORMULAS, LOSS_FORMULAS
from tinynet.plotting.inputs import _blurred, _preferred_images, _score_gradients, _score_model

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(12, 16))


def reader(*, dtype: str = "float32") -> Sequential:
    return Sequential(
        [Dense(8, "tanh", input_shape=(16,)), Dense(3, "softmax")], seed=0, dtype=dtype
    )


PLOTS: dict[str, Callable[..., Axes]] = {
    "plot_network": lambda **kw: plotting.plot_network(reader(), **kw),
    "plot_saliency": lambda **kw: plotting.plot_saliency(reader(), IMAGES, **kw),
    "plot_preferred_inputs": lambda **kw: plotting.plot_preferred_inputs(reader(), IMAGES, **kw),
}


@pytest.fixture(autouse=True)
def no_open_figures() -> Iterator[None]:
    """Draw without a screen, and find pyplot without figures after each test."""
    matplotlib.use("agg")
    plt.close("all")
    yield
    assert plt.get_fignums() == []


def texts_of(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_every_public_function_of_the_module_is_tested_here() -> None:
    public = [getattr(plotting, name) for name in plotting.__all__]
    here = {
        plot.__name__
        for plot in public
        if plot.__module__ in ("tinynet.plotting.diagram", "tinynet.plotting.inputs")
    }
    assert here == set(PLOTS)


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_it_draws_on_the_given_axes_and_nowhere_else(plot: Callable[..., Axes]) -> None:
    figure = Figure(figsize=(8, 4))
    ax, neighbour = figure.subplots(1, 2)
    assert plot(ax=ax) is ax
    assert figure.axes == [ax, neighbour]
    assert len(ax.get_children()) > len(neighbour.get_children())


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_a_new_figure_holds_one_axes_of_which_nothing_is_cut_off(
    plot: Callable[..., Axes], tmp_path: Path
) -> None:
    ax = plot()
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    figure.savefig(tmp_path / "plot.png")
    assert figure.axes == [ax]
    box = ax.get_tightbbox()
    assert box is not None
    assert min(box.x0, box.y0) >= 0
    assert box.x1 <= figure.bbox.width
    assert box.y1 <= figure.bbox.height


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_an_axes_that_is_none_is_refused(plot: Callable[..., Axes]) -> None:
    with pytest.raises(TypeError, match="ax must be a matplotlib Axes, received Figure"):
        plot(ax=Figure())


@pytest.mark.parametrize("plot", [plotting.plot_saliency, plotting.plot_preferred_inputs])
def test_parameters_and_gradients_stay_as_they_are(plot: Callable[..., Axes]) -> None:
    model = reader()
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.train_on_batch(IMAGES, np.zeros(12, dtype=int))
    parameters, gradients = model.parameters.copy(), model.gradients.copy()
    plot(model, IMAGES)
    np.testing.assert_array_equal(model.parameters, parameters)
    np.testing.assert_array_equal(model.gradients, gradients)


# ---------------------------------------------------------------------------------------------
# The diagram

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
    # Nor do formulas of the way forward reach those of the way back.
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
    layer, x, dy = Normalization(2.0, 9.0), RNG.normal(size=(5, 3)), RNG.normal(size=(5, 3))
    names = {"mean": 2.0, "variance": 9.0}
    np.testing.assert_allclose(run(forward, x=x, **names), layer.forward(x))
    np.testing.assert_allclose(run(backward, dy=dy, **names), layer.backward(dy))


def test_images_in_bytes_do_where_the_model_normalises_them() -> None:
    images = RNG.integers(0, 256, size=(4, 4, 4), dtype=np.uint8)
    layers = [Normalization(128.0, 5000.0, input_shape=(4, 4)), Flatten(), Dense(3, "softmax")]
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


# ---------------------------------------------------------------------------------------------
# Saliency


ENDS: dict[str, Callable[[], list[Layer]]] = {
    "softmax within": lambda: [Dense(3, "softmax")],
    "softmax apart": lambda: [Dense(3), Softmax()],
    "sigmoid": lambda: [Dense(3, "sigmoid")],
    "linear": lambda: [Dense(3)],
    "tanh": lambda: [Dense(3, "tanh")],
}


@pytest.mark.parametrize("end", ENDS)
def test_the_derivative_of_the_score_is_that_of_central_differences(end: str) -> None:
    layers = [Dense(5, "tanh", input_shape=(4,)), *ENDS[end]()]
    model = Sequential(layers, seed=0, dtype="float64")
    x, classes, h = RNG.normal(size=(2, 4)), np.array([2, 0]), 1e-6
    scored = copy.deepcopy(model)
    if end not in ("linear", "tanh"):  # the score is what goes into the last activation
        losses = {"sigmoid": "binary_crossentropy"}
        scored.compile("sgd", losses.get(end, "categorical_crossentropy"))
        scored = scored.unfolded()

    def scores(x: np.ndarray) -> np.ndarray:
        return scored.forward(x)[[0, 1], classes]

    expected = np.empty((2, 4))
    for k in range(4):
        step = h * np.eye(4)[k]
        expected[:, k] = (scores(x + step) - scores(x - step)) / (2 * h)
    np.testing.assert_allclose(
        _score_gradients(_score_model(model), x, classes), expected, atol=1e-8
    )


def test_saliency_shows_the_derivative_as_it_is_without_blur() -> None:
    model = Sequential([Dense(3, "softmax", input_shape=(16,))], seed=0)
    ax = plotting.plot_saliency(model, IMAGES[:2], [2, 0], blur=0, columns=2)
    picture = ax.images[0].get_array()
    assert isinstance(picture, np.ma.MaskedArray)
    # The derivative of a linear score is its column of weights.
    drawn = picture.compressed().reshape(4, 2, 4).transpose(1, 0, 2)
    np.testing.assert_allclose(drawn, model.get_weights()[0].T[[2, 0]].reshape(2, 4, 4), rtol=1e-6)
    low, high = ax.images[0].get_clim()
    assert -low == high == pytest.approx(abs(drawn).max())
    assert texts_of(ax) == ["for 2", "for 0"]


def test_saliency_is_for_the_predicted_class_unless_told() -> None:
    model = reader()
    predicted = model.predict(IMAGES).argmax(axis=1)
    assert len(set(predicted)) > 1
    assert texts_of(plotting.plot_saliency(model, IMAGES)) == [f"for {c}" for c in predicted]


def test_each_image_is_outlined_in_its_place() -> None:
    model = Sequential([Flatten(input_shape=(6, 6)), Dense(2)], seed=0)
    image = np.zeros((6, 6))
    image[1:3, 3:5] = 1.0
    ax = plotting.plot_saliency(model, [image, image, np.zeros((6, 6))], columns=3)
    outlines = [c for c in ax.collections if isinstance(c, ContourSet)]
    assert len(outlines) == 2  # a blank image has no outline
    for left, outline in zip((0, 7), outlines, strict=True):
        (path,) = outline.get_paths()
        corners = np.asarray(path.vertices)
        # Cells are 6 + 1 wide; half the value is reached halfway between two pixels' centres.
        np.testing.assert_allclose(corners.min(axis=0), [left + 2.5, 0.5])
        np.testing.assert_allclose(corners.max(axis=0), [left + 4.5, 2.5])


def test_blurring_spreads_a_pixel_and_keeps_its_sum() -> None:
    image = np.zeros((1, 15, 15))
    image[0, 7, 7] = 1
    blurred = _blurred(image, 1.0)[0]
    assert blurred.sum() == pytest.approx(1)
    np.testing.assert_allclose(blurred, blurred.T)
    np.testing.assert_allclose(blurred, blurred[::-1, ::-1])
    # Gaussian weights: exp(-1/2) of the middle one pixel away, exp(-2) two pixels away.
    np.testing.assert_allclose(blurred[7, 8:10] / blurred[7, 7], np.exp([-0.5, -2]))
    np.testing.assert_array_equal(_blurred(image, 0), image)


def test_saliency_refuses_what_does_not_fit() -> None:
    model = reader()
    wrong: list[tuple[tuple[Any, ...], dict[str, Any], str]] = [
        ((IMAGES[:, :15],), {}, r"\(N, 16\)"),
        ((IMAGES, [0]), {}, "one for each of 12 images, received 1"),
        ((IMAGES[:1], [3]), {}, "classes"),
        ((IMAGES,), {"image_shape": (3, 5)}, r"takes 16 numbers.*\(3, 5\)"),
        ((IMAGES,), {"blur": -1}, "blur"),
        ((IMAGES[:0],), {}, "from 1 to 1000"),
    ]
    for arguments, options, message in wrong:
        with pytest.raises(ValueError, match=message):
            plotting.plot_saliency(model, *arguments, **options)
    with pytest.raises(ValueError, match="takes 15 numbers"):
        plotting.plot_saliency(Sequential([Dense(2, input_shape=(15,))]), IMAGES[:, :15])
    with pytest.raises(ValueError, match="isn't built"):
        plotting.plot_saliency(Sequential([Dense(2)]), IMAGES)
    model.parameters[...] = np.nan
    with pytest.raises(ValueError, match="derivative of the score must be finite"):
        plotting.plot_saliency(model, IMAGES, np.zeros(12, dtype=int))


# ---------------------------------------------------------------------------------------------
# Preferred inputs


def scores_of(model: Sequential, images: np.ndarray) -> np.ndarray:
    return _score_model(model).forward(images.reshape(-1, 16))


@pytest.mark.parametrize("blur", [0.0, 0.6])
def test_preferred_images_are_possible_ones(blur: float) -> None:
    model = reader(dtype="float64")
    images = _preferred_images(model, IMAGES, np.arange(3), (4, 4), 50, blur)
    assert images.shape == (3, 4, 4)
    low, high = IMAGES.min(), IMAGES.max()
    assert images.min() >= low
    assert images.max() <= high
    ink = np.linalg.norm((images - low).reshape(3, 16), axis=1)
    assert (ink <= np.linalg.norm(IMAGES - low, axis=1).mean() * (1 + 1e-12)).all()


def test_preferred_images_score_higher_than_all_others() -> None:
    model = reader(dtype="float64")
    images = _preferred_images(model, IMAGES, np.arange(3), (4, 4), 50, 0.0)
    preferred = scores_of(model, images).diagonal().copy()
    assert (preferred > scores_of(model, IMAGES).max(axis=0)).all()
    assert (preferred > scores_of(model, IMAGES.mean(axis=0))[0]).all()


def test_without_a_step_the_preferred_image_is_the_mean() -> None:
    images = _preferred_images(reader(), IMAGES, np.arange(3), (4, 4), 0, 0.6)
    np.testing.assert_allclose(images, [IMAGES.mean(axis=0).reshape(4, 4)] * 3)


def test_probabilities_stand_below_the_images() -> None:
    model = reader()
    ax = plotting.plot_preferred_inputs(model, IMAGES, steps=0)
    p = model.predict(IMAGES.mean(axis=0)[np.newaxis])[0]
    assert texts_of(ax) == [f"{c}: p = {p[c]:.2f}" for c in range(3)]


def test_preferred_inputs_refuse_what_does_not_fit() -> None:
    model = reader()
    with pytest.raises(ValueError, match="one number only"):
        plotting.plot_preferred_inputs(model, np.zeros((3, 16)))
    with pytest.raises(ValueError, match="steps must be at least 0"):
        plotting.plot_preferred_inputs(model, IMAGES, steps=-1)
    with pytest.raises(ValueError, match=r"\(N, 16\)"):
        plotting.plot_preferred_inputs(model, IMAGES[:, :4])
