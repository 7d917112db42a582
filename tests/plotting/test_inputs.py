"""Saliency and preferred inputs."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.contour import ContourSet

from tests.support.plots import lay_out, texts_of, tiles_of
from tinynet import plotting
from tinynet.layers import Dense, Flatten, Layer, Softmax
from tinynet.models import Sequential
from tinynet.plotting.inputs import _blurred, _preferred_images, _score_gradients, _score_model

RNG = np.random.default_rng(0)

IMAGES = RNG.normal(size=(12, 16))


def reader(*, dtype: str = "float32") -> Sequential:
    return Sequential(
        [Dense(8, "tanh", input_shape=(16,)), Dense(3, "softmax")], seed=0, dtype=dtype
    )


@pytest.mark.parametrize("plot", [plotting.plot_saliency, plotting.plot_preferred_inputs])
def test_parameters_and_gradients_stay_as_they_are(plot: Callable[..., Axes]) -> None:
    model = reader()
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.train_on_batch(IMAGES, np.zeros(12, dtype=int))
    parameters, gradients = model.parameters.copy(), model.gradients.copy()
    plot(model, IMAGES)
    np.testing.assert_array_equal(model.parameters, parameters)
    np.testing.assert_array_equal(model.gradients, gradients)


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
    with pytest.raises(ValueError, match="takes 15 numbers, which do not form a square image"):
        plotting.plot_saliency(Sequential([Dense(2, input_shape=(15,))]), IMAGES[:, :15])
    with pytest.raises(ValueError, match="isn't built"):
        plotting.plot_saliency(Sequential([Dense(2)]), IMAGES)
    model.parameters[...] = np.nan
    with pytest.raises(ValueError, match="derivative of the score must be finite"):
        plotting.plot_saliency(model, IMAGES, np.zeros(12, dtype=int))


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
    with pytest.raises(ValueError, match="received a single value"):
        plotting.plot_preferred_inputs(model, np.zeros((3, 16)))
    with pytest.raises(ValueError, match="steps must be at least 0"):
        plotting.plot_preferred_inputs(model, IMAGES, steps=-1)
    with pytest.raises(ValueError, match=r"\(N, 16\)"):
        plotting.plot_preferred_inputs(model, IMAGES[:, :4])


def divider(end: str) -> Sequential:
    layers = [Dense(5, "tanh", input_shape=(16,)), Dense(1, end)]
    return Sequential(layers, seed=0, dtype="float64")


def test_a_single_sigmoid_has_two_classes() -> None:
    """The score of class 1 is the input of the sigmoid, and that of class 0 its negative."""
    model, twin = divider("sigmoid"), divider("linear")
    dx = twin.forward(IMAGES[:2]), twin.backward(np.ones((2, 1)))
    ax = plotting.plot_saliency(model, IMAGES[:2], [1, 0], blur=0)
    assert texts_of(ax) == ["for 1", "for 0"]
    first, second = tiles_of(ax)
    np.testing.assert_allclose(first.ravel(), dx[1][0])
    np.testing.assert_allclose(second.ravel(), -dx[1][1])
    predicted = (model.predict(IMAGES)[:, 0] > 0.5).astype(int)
    ax = plotting.plot_saliency(model, IMAGES)
    assert texts_of(ax) == [f"for {c}" for c in predicted]


def test_a_single_sigmoid_prefers_an_image_for_each_class() -> None:
    model = divider("sigmoid")
    ax = plotting.plot_preferred_inputs(model, IMAGES, steps=20)
    images = tiles_of(ax)
    p = model.predict(images.reshape(2, 16))[:, 0]
    assert texts_of(ax) == [f"0: p = {1 - p[0]:.2f}", f"1: p = {p[1]:.2f}"]
    assert p[0] < p[1]


def test_scores_are_not_called_probabilities() -> None:
    model = Sequential([Dense(3, input_shape=(16,))], seed=0)
    ax = plotting.plot_preferred_inputs(model, IMAGES, steps=3)
    scores = model.predict(tiles_of(ax).reshape(3, 16))
    assert texts_of(ax) == [f"{c}: score {scores[c, c]:.2f}" for c in range(3)]


def test_one_hot_rows_do_as_well_as_classes() -> None:
    ax = plotting.plot_saliency(reader(), IMAGES[:3], np.eye(3)[[2, 0, 1]])
    assert texts_of(ax) == ["for 2", "for 0", "for 1"]


def test_a_channel_of_one_is_dropped_and_colours_are_refused() -> None:
    flat = Sequential([Flatten(input_shape=(4, 4, 1)), Dense(3, "softmax")], seed=0)
    ax = plotting.plot_saliency(flat, IMAGES[:2].reshape(2, 4, 4, 1))
    assert tiles_of(ax).shape == (2, 4, 4)
    colours = Sequential([Flatten(input_shape=(4, 4, 3)), Dense(3, "softmax")], seed=0)
    with pytest.raises(ValueError, match=r"one number for each pixel.*\(4, 4\).*\(4, 4, 3\)"):
        plotting.plot_saliency(colours, np.zeros((2, 4, 4, 3)))


def test_a_long_name_of_the_scale_fits_beside_one_row() -> None:
    ax = plotting.plot_saliency(reader(), IMAGES[:6], columns=6)
    lay_out(ax)
    (scale,) = ax.child_axes
    label = scale.yaxis.label
    assert float(label.get_fontsize()) >= 6
    box = ax.get_tightbbox()
    assert box is not None
    assert box.y0 >= 0
    assert box.y1 <= ax.figure.bbox.height
