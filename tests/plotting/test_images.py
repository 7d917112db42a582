"""Pictures of images and of weights."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.support.plots import (
    assert_labels_do_not_touch,
    digits,
    figure_of,
    labels_of,
    lay_out,
    luminance,
    new_axes,
    pixel_at,
    pixels,
    tiles_of,
)
from tinynet.plotting.images import plot_images, plot_weights


def assert_nothing_is_cut_off(ax: Axes) -> None:
    lay_out(ax)
    box = ax.get_tightbbox()
    assert box is not None
    width, height = figure_of(ax).bbox.size
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= width
    assert box.y1 <= height


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 12),
    columns=st.none() | st.integers(1, 13),
    dtype=st.sampled_from(["uint8", "int64", "float32", "float64", "bool"]),
    labelled=st.booleans(),
    seed=st.integers(0, 99),
)
def test_every_image_is_in_the_picture_unchanged_and_in_order(
    n: int, columns: int | None, dtype: str, labelled: bool, seed: int
) -> None:
    images = np.random.default_rng(seed).normal(size=(n, 7, 5), scale=50).astype(dtype)
    labels = list(range(n)) if labelled else None
    drawn = tiles_of(plot_images(images, labels, columns=columns, ax=new_axes()))
    np.testing.assert_array_equal(drawn, images)


def test_flat_images_are_drawn_as_squares(rng: np.random.Generator) -> None:
    images = digits(4, rng)
    flat, square = plot_images(images.reshape(4, 784)), plot_images(images)
    np.testing.assert_array_equal(tiles_of(flat), tiles_of(square))
    np.testing.assert_array_equal(tiles_of(flat), images)


@pytest.mark.parametrize(
    ("n", "rows", "columns"),
    [(1, 1, 1), (2, 1, 2), (7, 3, 3), (10, 2, 5), (25, 5, 5), (30, 5, 6), (100, 10, 10)],
)
def test_the_grid_is_nearly_square_and_full_when_it_can_be(n: int, rows: int, columns: int) -> None:
    ax = plot_images(np.zeros((n, 14, 14)), labels=range(n))
    assert len({text.get_position()[0] for text in ax.texts}) == columns
    assert len({text.get_position()[1] for text in ax.texts}) == rows


def test_ink_is_drawn_dark_on_light_paper_and_the_page_shows_between(
    rng: np.random.Generator,
) -> None:
    images = np.zeros((2, 28, 28), dtype=np.uint8)
    images[1] = 255
    ax = plot_images(images)
    figure_of(ax).set_facecolor("red")
    picture = pixels(ax)
    # Cells are 30 pixels wide: a gap of one pixel, 28 of the image, a gap of one.
    np.testing.assert_array_equal(pixel_at(ax, picture, 14.5, 15), [255, 255, 255])
    np.testing.assert_array_equal(pixel_at(ax, picture, 44.5, 15), [0, 0, 0])
    np.testing.assert_array_equal(pixel_at(ax, picture, 29.5, 15), [255, 0, 0])


def test_uint8_images_keep_the_scale_of_bytes_and_others_share_their_own() -> None:
    dark = np.full((2, 28, 28), 100, dtype=np.uint8)
    assert plot_images(dark).images[0].get_clim() == (0, 255)
    normalised = np.full((2, 28, 28), -0.42)
    normalised[1, 3, 3] = 2.8
    assert plot_images(normalised).images[0].get_clim() == (-0.42, 2.8)


def test_a_label_stands_below_its_image(rng: np.random.Generator) -> None:
    ax = plot_images(digits(6, rng), labels=["a", "b", "c", "d", "e", "f"], columns=3)
    assert labels_of(ax) == ["a", "b", "c", "d", "e", "f"]
    # Cells are 28 + 2 wide and 28 + 7 + 2 high, with a gap of one before the first image.
    positions = [text.get_position() for text in ax.texts]
    expected = [(0.5 + 14 + 30 * (i % 3), 0.5 + 28 + 3.5 + 37 * (i // 3)) for i in range(6)]
    np.testing.assert_allclose(positions, expected)


@pytest.mark.parametrize("labels", [["wide label"] * 12, ["WWWWWWWWWWWWWWWW"] * 12, [""] * 12])
def test_labels_stay_in_their_cells(labels: list[str], rng: np.random.Generator) -> None:
    assert_labels_do_not_touch(plot_images(digits(12, rng), labels=labels))


def test_a_grid_has_neither_ticks_nor_frame(rng: np.random.Generator) -> None:
    assert not plot_images(digits(2, rng)).axison


@pytest.mark.parametrize(
    ("images", "labels", "columns", "error", "message"),
    [
        (
            np.zeros((28, 27)),
            None,
            None,
            ValueError,
            r"\(N, 784\), received \(28, 27\).*image\[Non",
        ),
        (np.zeros((2, 3, 28, 28)), None, None, ValueError, r"received \(2, 3, 28, 28\)"),
        (np.zeros(784), None, None, ValueError, r"received \(784,\)"),
        (5, None, None, ValueError, r"received \(\)"),
        (np.zeros((0, 28, 28)), None, None, ValueError, "from 1 to 1000 .* received 0"),
        (np.zeros((1001, 2, 2)), None, None, ValueError, "from 1 to 1000 .* received 1001"),
        (np.array([["a"]]), None, None, TypeError, "images must be an array of real numbers"),
        (np.full((2, 4), np.inf), None, None, ValueError, "images must be finite, received inf at"),
        (np.zeros((2, 4)), [1], None, ValueError, "for each of 2 images, received 1"),
        (np.zeros((2, 4)), np.eye(2), None, ValueError, "for each of 2 images, received rows"),
        (np.zeros((2, 4)), None, 0, ValueError, "columns must be at least 1, received 0"),
        (np.zeros((2, 4)), None, 2.0, TypeError, "columns must be a whole number, received 2.0"),
    ],
)
def test_what_is_no_grid_of_images_is_refused(
    images: Any, labels: Any, columns: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        plot_images(images, labels, columns=columns)


def test_each_column_of_weights_is_an_image_on_one_symmetric_scale(
    rng: np.random.Generator,
) -> None:
    W = rng.normal(size=(784, 10)).astype(np.float32)
    W[5, 3] = -9
    ax = plot_weights(W)
    np.testing.assert_array_equal(tiles_of(ax), W.T.reshape(10, 28, 28))
    assert ax.images[0].get_clim() == (-9, 9)


def test_a_layer_of_128_units_fills_its_grid(rng: np.random.Generator) -> None:
    ax = plot_weights(rng.normal(size=(784, 128)))
    picture = ax.images[0].get_array()
    assert isinstance(picture, np.ma.MaskedArray)
    assert picture.shape == (8 * 30, 16 * 30)
    assert len(tiles_of(ax)) == 128
    lay_out(ax)
    assert ax.get_window_extent().height > 0.95 * figure_of(ax).bbox.height


def test_weights_diverge_from_white_at_zero() -> None:
    image = plot_weights(np.eye(4)).images[0]
    colors = np.array([image.to_rgba(value)[:3] for value in np.linspace(-1, 1, 51)])
    brightness = [luminance(color) for color in colors]
    assert all(np.diff(brightness[:26]) > 0)
    assert all(np.diff(brightness[25:]) < 0)
    np.testing.assert_allclose(colors[25], 1, atol=0.01)  # the paper
    assert all(blue > red for red, _, blue in colors[:25])
    assert all(red > blue for red, _, blue in colors[26:])


def test_the_sign_of_a_weight_shows_in_grey_where_that_is_wanted() -> None:
    image = plot_weights(np.eye(4), cmap="cividis").images[0]
    brightness = [luminance(image.to_rgba(value)) for value in np.linspace(-1, 1, 51)]
    assert all(np.diff(brightness) > 0)


def test_beside_the_weights_stands_what_training_changed(rng: np.random.Generator) -> None:
    initial = rng.normal(size=(16, 3))
    W = initial + rng.normal(size=(16, 3))
    ax = plot_weights(W, initial=initial, columns=3)
    tiles = tiles_of(ax)
    np.testing.assert_allclose(tiles[0::2], W.T.reshape(3, 4, 4))
    np.testing.assert_allclose(tiles[1::2], (W - initial).T.reshape(3, 4, 4))
    assert [text.get_text() for text in ax.texts] == ["weights", "change"] * 3
    assert ax.images[0].get_clim()[1] == max(abs(W).max(), abs(W - initial).max())
    rows = np.unique([text.get_position()[1] for text in ax.texts])
    assert len(rows) == 1  # three units in a row, each with two images


@pytest.mark.parametrize("initial", [np.zeros((16, 2)), np.full((16, 3), np.nan), "zeros"])
def test_initial_weights_must_fit(initial: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="initial"):
        plot_weights(np.zeros((16, 3)), initial=initial)


def test_the_scale_of_weights_is_drawn_and_names_its_values(rng: np.random.Generator) -> None:
    ax = plot_weights(rng.uniform(-1, 1, size=(784, 6)))
    (scale,) = ax.child_axes
    assert scale.get_ylabel() == "weight"
    np.testing.assert_allclose(scale.get_ylim(), ax.images[0].get_clim())


@pytest.mark.parametrize("units", [1, 3, 10, 64, 128, 300])
@pytest.mark.parametrize("image_shape", [(28, 28), (14, 56)])
def test_the_scale_of_weights_is_not_cut_off(units: int, image_shape: tuple[int, int]) -> None:
    W = np.full((784, units), -0.178)
    assert_nothing_is_cut_off(plot_weights(W, image_shape=image_shape))


def test_all_weights_zero_are_the_middle_of_the_scale() -> None:
    image = plot_weights(np.zeros((784, 2))).images[0]
    low, high = image.get_clim()
    assert low == -high < 0


def test_weights_of_oblong_images(rng: np.random.Generator) -> None:
    W = rng.normal(size=(12, 2))
    np.testing.assert_array_equal(
        tiles_of(plot_weights(W, image_shape=(3, 4))), W.T.reshape(2, 3, 4)
    )


@pytest.mark.parametrize(
    ("W", "options", "message"),
    [
        (np.zeros(784), {}, r"\(inputs, units\), received \(784,\)"),
        (np.zeros((784, 0)), {}, r"\(inputs, units\), received \(784, 0\)"),
        (np.zeros((785, 3)), {}, r"\(784, units\) .* received \(785, 3\).*image_shape"),
        (np.zeros((784, 3)), {"image_shape": (28, 27)}, r"\(756, units\) .* received \(784, 3\)"),
        (np.zeros((784, 3)), {"image_shape": (-28, -28)}, "image_shape must be at least 1"),
        (np.zeros((4, 1001)), {}, "units of W must be from 1 to 1000 .* received 1001"),
        (np.full((4, 2), np.nan), {}, r"W must be finite, received nan at \[0, 0\]"),
    ],
)
def test_what_is_no_matrix_of_weights_is_refused(W: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plot_weights(W, **options)


def test_a_channel_of_one_is_dropped(rng: np.random.Generator) -> None:
    images = digits(5, rng)
    np.testing.assert_array_equal(tiles_of(plot_images(images[..., np.newaxis])), images)
    W = rng.normal(size=(784, 3))
    np.testing.assert_array_equal(
        tiles_of(plot_weights(W, image_shape=(28, 28, 1))),  # type: ignore[arg-type]
        tiles_of(plot_weights(W)),
    )


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_images_in_colour_are_drawn_in_their_colours(kind: type, rng: np.random.Generator) -> None:
    """Bytes from 0 to 255, and numbers between 0 and 1 as they are."""
    images = rng.integers(0, 256, size=(3, 8, 6, 3), dtype=np.uint8)
    given = images if kind is np.uint8 else (images / 255).astype(kind)
    ax = plot_images(given, columns=3)
    picture = np.asarray(ax.images[0].get_array())
    assert picture.shape == (9, 21, 4)
    for k, image in enumerate(images):
        part = picture[:8, 7 * k : 7 * k + 6]
        np.testing.assert_allclose(255 * part[..., :3], image, atol=1e-4)
        assert (part[..., 3] == 1).all()
    assert (picture[:, 6, 3] == 0).all()  # the page shows between the images


def test_a_single_image_in_colour_is_not_taken_for_many() -> None:
    with pytest.raises(ValueError, match=r"received \(32, 32, 3\).*image\[None\]"):
        plot_images(np.zeros((32, 32, 3)))


def test_the_colour_scale_stays_within_the_axes(rng: np.random.Generator) -> None:
    figure = Figure(figsize=(8, 3))
    left, right = figure.subplots(1, 2)
    for scale in (1e-6, 1.0, 1e6):
        left.clear()
        plot_weights(scale * rng.normal(size=(784, 4)), ax=left)
        lay_out(left)
        box = left.get_tightbbox()
        assert box is not None
        assert box.x1 <= right.get_window_extent().x0
        place = left.get_position(original=True).transformed(figure.transFigure)
        assert box.x1 <= place.x1 + 1
