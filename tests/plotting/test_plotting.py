"""The pictures: what is drawn, where and in which colours, and that none of it needs a screen."""

import io
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import nbclient
import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tinynet import Sequential, plotting
from tinynet.plotting import drawing, plot_decision_boundary
from tinynet.plotting.history import plot_history
from tinynet.plotting.images import plot_images, plot_weights
from tinynet.plotting.predictions import plot_confusion_matrix, plot_predictions, plot_probabilities

FASHION = [
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
]


@pytest.fixture(autouse=True)
def no_open_figures() -> Iterator[None]:
    """Draw without a screen, and find pyplot without figures after each test."""
    matplotlib.use("agg")
    plt.close("all")
    yield
    assert plt.get_fignums() == []


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def digits(n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, size=(n, 28, 28), dtype=np.uint8)


def new_axes() -> Axes:
    return Figure(figsize=(4, 3)).subplots()


def figure_of(ax: Axes) -> Figure:
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    return figure


def pixels(ax: Axes) -> np.ndarray:
    """Draw the figure and return its pixels, of shape (height, width, 3), from 0 to 255."""
    file = io.BytesIO()
    figure_of(ax).savefig(file, format="png")
    file.seek(0)
    return np.asarray(np.rint(255 * plt.imread(file)[..., :3]), dtype=int)


def pixel_at(ax: Axes, picture: np.ndarray, x: float, y: float) -> np.ndarray:
    """Return the drawn pixel at a place given in data coordinates."""
    column, row = ax.transData.transform((x, y))
    return np.asarray(picture[picture.shape[0] - 1 - int(row), int(column)])


def tiles_of(ax: Axes) -> np.ndarray:
    """Cut the one picture of a grid back into its images, row by row."""
    picture = ax.images[0].get_array()
    assert isinstance(picture, np.ma.MaskedArray)
    seen = np.logical_not(np.ma.getmaskarray(picture))

    def blocks(occupied: np.ndarray) -> list[slice]:
        edges = np.flatnonzero(np.diff(np.r_[0, occupied.astype(int), 0]))
        return [slice(start, stop) for start, stop in edges.reshape(-1, 2)]

    cells = [(r, c) for r in blocks(seen.any(axis=1)) for c in blocks(seen.any(axis=0))]
    return np.array([picture[cell].data for cell in cells if seen[cell].all()])


def labels_of(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def luminance(color: Any) -> float:
    """Return the relative luminance of WCAG 2, from 0 for black to 1 for white."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(first: Any, second: Any) -> float:
    """Return the contrast ratio of WCAG 2; 4.5 is asked of text, 3 of large or bold text."""
    low, high = sorted([luminance(first), luminance(second)])
    return (high + 0.05) / (low + 0.05)


# ---------------------------------------------------------------------------------------------
# Figures: whose they are, and where they can be seen


def every_plot() -> list[Callable[..., Any]]:
    """Return one call of each function that draws on a single Axes, ready but for ``ax``."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(20, 2))
    y = (x[:, 0] > 0).astype(int)
    images = digits(3, rng)
    return [
        lambda **kw: plot_images(images, [1, 2, 3], **kw),
        lambda **kw: plot_predictions(images, np.array([1, 2, 3]), np.array([1, 2, 4]), **kw),
        lambda **kw: plot_probabilities(np.array([0.2, 0.8]), 0, **kw),
        lambda **kw: plot_confusion_matrix(np.array([[3, 1], [0, 4]]), **kw),
        lambda **kw: plot_weights(rng.normal(size=(784, 3)), **kw),
        lambda **kw: plot_decision_boundary(lambda x: x[:, 0] > 0, x, y, resolution=10, **kw),
    ]


def test_every_public_function_is_tested_here() -> None:
    elsewhere = ("tinynet.plotting.diagram", "tinynet.plotting.inputs", "tinynet.plotting.training")
    public = [getattr(plotting, name) for name in plotting.__all__]
    here = [plot for plot in public if plot.__module__ not in elsewhere]
    others = ["plot_history", "animate_decision_boundary"]
    assert len(every_plot()) + len(others) == len(here)


@pytest.mark.parametrize("plot", every_plot(), ids=range(6))
def test_it_draws_on_the_given_axes_and_nowhere_else(plot: Callable[..., Axes]) -> None:
    figure = Figure(figsize=(8, 4))
    ax, neighbour = figure.subplots(1, 2)
    assert plot(ax=ax) is ax
    assert figure.axes == [ax, neighbour]
    assert ax.has_data()
    assert not neighbour.has_data()


@pytest.mark.parametrize("plot", every_plot(), ids=range(6))
def test_a_new_figure_holds_one_axes_and_can_be_saved(
    plot: Callable[..., Axes], tmp_path: Path
) -> None:
    ax = plot()
    figure = figure_of(ax)
    assert figure.axes == [ax]
    figure.savefig(tmp_path / "plot.png", dpi=50)
    height, width = plt.imread(tmp_path / "plot.png").shape[:2]
    assert (width, height) == tuple((figure.get_size_inches() * 50).astype(int))


@pytest.mark.parametrize("plot", every_plot(), ids=range(6))
def test_nothing_that_is_drawn_is_cut_off_at_the_edge_of_a_new_figure(
    plot: Callable[..., Axes],
) -> None:
    assert_nothing_is_cut_off(plot())


def assert_nothing_is_cut_off(ax: Axes) -> None:
    pixels(ax)  # lays the figure out
    box = ax.get_tightbbox()
    assert box is not None
    width, height = figure_of(ax).bbox.size
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= width
    assert box.y1 <= height


@pytest.mark.parametrize("plot", every_plot(), ids=range(6))
def test_an_axes_that_is_none_is_refused(plot: Callable[..., Axes]) -> None:
    with pytest.raises(TypeError, match="ax must be a matplotlib Axes, received Figure"):
        plot(ax=Figure())


def test_a_wrong_call_leaves_the_axes_as_it_was() -> None:
    ax = new_axes()
    before = len(ax.get_children())
    with pytest.raises(ValueError, match="images must be finite"):
        plot_images(np.full((1, 28, 28), np.nan), ax=ax)
    assert len(ax.get_children()) == before
    assert ax.axison


def run_python(code: str, **environment: str) -> str:
    """Run code in a new interpreter without a display, with warnings as errors."""
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND", "PYTEST_CURRENT_TEST"}
    clean = {name: value for name, value in os.environ.items() if name not in hidden}
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(
        command, env=clean | environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_matplotlib_is_loaded_by_the_first_plot_not_by_the_import() -> None:
    code = """
        import sys, tinynet.plotting
        print("matplotlib" in sys.modules)
        tinynet.plotting.plot_probabilities([0.5, 0.5])
        print("matplotlib" in sys.modules)
    """
    assert run_python(code.replace("\n        ", "\n")).split() == ["False", "True"]


def test_on_a_machine_without_a_screen_many_plots_leave_nothing_behind() -> None:
    code = """
        import gc, weakref, matplotlib
        from tinynet.plotting.predictions import plot_probabilities
        figures = [weakref.ref(plot_probabilities([0.5, 0.5]).figure) for _ in range(25)]
        gc.collect()
        print(sum(figure() is not None for figure in figures))
        import matplotlib.pyplot as plt
        print(plt.get_fignums(), matplotlib.get_backend().lower())
    """
    assert run_python(code.replace("\n        ", "\n")).split() == ["0", "[]", "agg"]


def test_where_a_window_is_asked_for_but_there_is_no_screen_the_plot_is_a_file_like_any_other() -> (
    None
):
    code = """
        from tinynet.plotting.predictions import plot_probabilities
        plot_probabilities([0.5, 0.5]).figure.canvas.draw()
        import matplotlib.pyplot as plt
        print(plt.get_fignums())
    """
    assert run_python(code.replace("\n        ", "\n"), MPLBACKEND="tkagg").split() == ["[]"]


def test_a_notebook_shows_the_plot_and_closes_the_figure() -> None:
    sources = [
        "%matplotlib inline",
        "from tinynet.plotting import plot_history\naxes = plot_history({'loss': [2.0, 1.0]})",
        "import matplotlib.pyplot as plt\nprint(plt.get_fignums())",
    ]
    new_cell, new_notebook = nbformat.v4.new_code_cell, nbformat.v4.new_notebook
    cells = [new_cell(source) for source in sources]  # type: ignore[no-untyped-call]
    notebook = new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    _, plot, after = notebook.cells
    shown = [output for output in plot.outputs if output.output_type == "display_data"]
    assert ["image/png" in output.data for output in shown] == [True]
    assert after.outputs[0].text == "[]\n"


# ---------------------------------------------------------------------------------------------
# plot_images, and the grids that all image plots share


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


def assert_labels_do_not_touch(ax: Axes) -> None:
    pixels(ax)
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])


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
        (np.zeros((2, 4)), [1], None, ValueError, r"of shape \(2,\), received \(1,\)"),
        (np.zeros((2, 4)), np.eye(2), None, ValueError, r"of shape \(2,\), received \(2, 2\)"),
        (np.zeros((2, 4)), None, 0, ValueError, "columns must be at least 1, received 0"),
        (np.zeros((2, 4)), None, 2.0, TypeError, "columns must be a whole number, received 2.0"),
    ],
)
def test_what_is_no_grid_of_images_is_refused(
    images: Any, labels: Any, columns: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        plot_images(images, labels, columns=columns)


# ---------------------------------------------------------------------------------------------
# plot_predictions


def frames_of(ax: Axes) -> list[Rectangle]:
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def test_right_is_green_and_wrong_is_red_with_other_signs_beside_the_colour(
    rng: np.random.Generator,
) -> None:
    ax = plot_predictions(digits(2, rng), np.array([7, 6]), np.array([7, 5]))
    assert labels_of(ax) == ["✓ i=0 | pred=7 | true=7", "✗ i=1 | pred=6 | true=5"]
    right, wrong = ax.texts
    red, green, blue = to_rgb(right.get_color())
    assert green > max(red, blue)
    red, green, blue = to_rgb(wrong.get_color())
    assert red > 2 * max(green, blue)
    assert [right.get_fontweight(), wrong.get_fontweight()] == ["normal", "bold"]
    thin, heavy = frames_of(ax)
    assert heavy.get_linewidth() > 2 * thin.get_linewidth()
    assert thin.get_edgecolor() == to_rgba(right.get_color())
    assert heavy.get_edgecolor() == to_rgba(wrong.get_color())


def test_a_frame_runs_around_its_image(rng: np.random.Generator) -> None:
    ax = plot_predictions(digits(4, rng), np.zeros(4, int), np.ones(4, int), columns=2)
    # Cells are 28 + 2 wide and 28 + 5 + 2 high; an image's first pixel begins half a pixel before
    # its centre, which is at the gap's width of one.
    corners = [frame.get_xy() for frame in frames_of(ax)]
    np.testing.assert_allclose(corners, [(0.5, 0.5), (30.5, 0.5), (0.5, 35.5), (30.5, 35.5)])
    assert {(frame.get_width(), frame.get_height()) for frame in frames_of(ax)} == {(28, 28)}


@pytest.mark.parametrize("color", [drawing.RIGHT_COLOR, drawing.WRONG_COLOR, drawing.BLUE])
def test_colours_of_text_can_be_read_on_white(color: str) -> None:
    assert contrast(color, "white") >= 4.5


def test_probabilities_and_one_hot_rows_do_as_well_as_classes(rng: np.random.Generator) -> None:
    images, y_true = digits(8, rng), np.array([0, 1, 2, 3, 0, 1, 2, 3])
    probabilities = rng.dirichlet(np.ones(4), size=8)
    from_classes = plot_predictions(images, probabilities.argmax(axis=1), y_true)
    from_rows = plot_predictions(images, probabilities, np.eye(4)[y_true])
    assert labels_of(from_rows) == labels_of(from_classes)


def test_a_column_of_probabilities_is_that_of_class_one(rng: np.random.Generator) -> None:
    y_pred, y_true = np.array([[0.2], [0.5], [0.51]]), np.array([[0], [1], [1]])
    ax = plot_predictions(digits(3, rng), y_pred, y_true)
    assert [label[-15:] for label in labels_of(ax)] == [
        "pred=0 | true=0",
        "pred=0 | true=1",
        "pred=1 | true=1",
    ]


def test_the_default_is_the_first_thirty_in_six_rows_by_five(rng: np.random.Generator) -> None:
    y = rng.integers(0, 10, size=40)
    images = digits(40, rng)
    ax = plot_predictions(images, y, y)
    assert [label.split()[1] for label in labels_of(ax)] == [f"i={i}" for i in range(30)]
    assert len({text.get_position()[0] for text in ax.texts}) == 5
    assert len({text.get_position()[1] for text in ax.texts}) == 6
    np.testing.assert_array_equal(tiles_of(ax), images[:30])


def test_indices_pick_images_and_labels_in_their_order(rng: np.random.Generator) -> None:
    images, y_pred, y_true = digits(9, rng), np.arange(9), np.arange(9)[::-1]
    ax = plot_predictions(images.reshape(9, 784), y_pred, y_true, indices=[8, 4])
    assert labels_of(ax) == ["✗ i=8 | pred=8 | true=0", "✓ i=4 | pred=4 | true=4"]
    np.testing.assert_array_equal(tiles_of(ax), images[[8, 4]])


@pytest.mark.parametrize("class_names", [None, FASHION])
def test_the_labels_of_a_full_grid_do_not_touch(
    class_names: list[str] | None, rng: np.random.Generator
) -> None:
    n = 10_000
    images = np.zeros((n, 28, 28), dtype=np.uint8)
    y_pred, y_true = rng.integers(0, 10, size=(2, n))
    indices = range(n - 30, n)
    ax = plot_predictions(images, y_pred, y_true, indices=indices, class_names=class_names)
    assert_labels_do_not_touch(ax)


def test_class_names_stand_in_place_of_numbers(rng: np.random.Generator) -> None:
    ax = plot_predictions(digits(1, rng), np.array([9]), np.array([0]), class_names=FASHION)
    assert labels_of(ax) == ["✗ i=0\npred=Ankle boot\ntrue=T-shirt/top"]


def test_the_marks_are_drawn_whatever_the_font(rng: np.random.Generator) -> None:
    # Computer Modern has no ✓; a missing glyph is a warning, and warnings are errors here.
    with matplotlib.rc_context({"font.family": "cmr10", "axes.formatter.use_mathtext": True}):
        pixels(plot_predictions(digits(2, rng), np.array([1, 2]), np.array([1, 1])))
        pixels(plot_probabilities([0.2, 0.8], true=1))


@pytest.mark.parametrize(
    ("y_pred", "y_true", "options", "error", "message"),
    [
        ([1, 2], [1, 2, 3], {}, ValueError, "same length, received 3, 2 and 3"),
        (np.zeros((3, 2, 2)), [1, 2, 3], {}, ValueError, r"y_pred .* received \(3, 2, 2\)"),
        ([0, 1, 1], [[0.9, 0.1]] * 3, {}, ValueError, "y_true must have one 1 in each row.*swapp"),
        ([0, 1, 1], [[1, 1]] * 3, {}, ValueError, "y_true must have one 1 in each row"),
        ([0, 1, 0.5], [1, 2, 3], {}, ValueError, r"y_pred must be whole .* received 0\.5 at \[2\]"),
        ([0, 1, -1], [1, 2, 3], {}, ValueError, r"y_pred must be whole .* received -1 at \[2\]"),
        ([[3.0], [0.1], [0.2]], [1, 0, 1], {}, ValueError, "y_pred must be prob.* from 0.1 to 3"),
        ([[0.1, np.nan]] * 3, [1, 0, 1], {}, ValueError, r"y_pred must be finite, received nan at"),
        ([0, 1, 2], [0, 1, 2], {"indices": [3]}, ValueError, "from 0 to 2, received 3"),
        ([0, 1, 2], [0, 1, 2], {"indices": [-1]}, ValueError, "from 0 to 2, received -1"),
        ([0, 1, 2], [0, 1, 2], {"indices": []}, ValueError, "indices must be from 1 to 1000"),
        ([0, 1, 2], [0, 1, 2], {"indices": [True, False, True]}, TypeError, "np.flatnonzero"),
        ([0, 1, 2], [0, 1, 2], {"class_names": ["a", "b"]}, ValueError, "3 classes, received 2"),
    ],
)
def test_predictions_that_do_not_fit_are_refused(
    y_pred: Any, y_true: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        plot_predictions(np.zeros((3, 28, 28)), y_pred, y_true, **options)


# ---------------------------------------------------------------------------------------------
# plot_weights


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
    pixels(ax)
    assert ax.get_window_extent().height > 0.95 * figure_of(ax).bbox.height


def test_the_sign_of_a_weight_shows_in_colour_and_in_grey() -> None:
    image = plot_weights(np.eye(4)).images[0]
    colors = [image.to_rgba(value) for value in np.linspace(-1, 1, 51)]
    brightness = [luminance(color) for color in colors]
    assert all(np.diff(brightness) > 0)
    negative, zero, positive = colors[0], colors[25], colors[50]
    assert np.ptp(zero[:3]) < 0.05  # grey
    assert negative[2] > 2 * negative[0]  # blue
    assert positive[0] > 2 * positive[2]  # yellow


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


# ---------------------------------------------------------------------------------------------
# plot_probabilities


def bars_of(ax: Axes) -> list[Rectangle]:
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def test_the_bars_are_the_probabilities(rng: np.random.Generator) -> None:
    p = rng.dirichlet(np.ones(10))
    ax = plot_probabilities(p)
    np.testing.assert_allclose([bar.get_height() for bar in bars_of(ax)], p)
    np.testing.assert_allclose(
        [bar.get_x() + bar.get_width() / 2 for bar in bars_of(ax)], range(10)
    )
    assert [label.get_text() for label in ax.get_xticklabels()] == list("0123456789")
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylim()[1] >= 1


def test_values_from_one_percent_up_are_printed_above_their_bars() -> None:
    ax = plot_probabilities([0.92, 0.07, 0.009, 0.001])
    assert labels_of(ax) == ["0.92", "0.07", "", ""]
    pixels(ax)
    for text, bar in zip(ax.texts[:2], bars_of(ax)[:2], strict=True):
        box, below = text.get_window_extent(), bar.get_window_extent()
        assert below.x0 < (box.x0 + box.x1) / 2 < below.x1
        assert below.y1 < box.y0 < below.y1 + 10


@pytest.mark.parametrize(
    ("true", "title", "color"),
    [
        (None, "pred=1", drawing.BLUE),
        (1, "✓ pred=1 | true=1", drawing.RIGHT_COLOR),
        (2, "✗ pred=1 | true=2", drawing.WRONG_COLOR),
    ],
)
def test_the_predicted_bar_and_the_title_say_right_or_wrong(
    true: int | None, title: str, color: str
) -> None:
    ax = plot_probabilities([0.1, 0.6, 0.3], true=true)
    assert ax.get_title() == title
    assert to_rgba(ax.title.get_color()) == to_rgba(color)
    others = {bars_of(ax)[i].get_facecolor() for i in (0, 2)}
    assert bars_of(ax)[1].get_facecolor() == to_rgba(color)
    assert len(others) == 1
    assert contrast(color, others.pop()) >= 2.5  # seen without colour, too


def test_the_true_bar_is_hatched_where_the_prediction_is_wrong() -> None:
    wrong = plot_probabilities([0.1, 0.6, 0.3], true=2)
    assert [bool(bar.get_hatch()) for bar in bars_of(wrong)] == [False, False, True]
    legend = wrong.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["predicted", "true"]
    right = plot_probabilities([0.1, 0.6, 0.3], true=1)
    assert [bool(bar.get_hatch()) for bar in bars_of(right)] == [False] * 3
    assert right.get_legend() is None


def test_a_row_of_predict_does_as_it_is() -> None:
    ax = plot_probabilities(np.array([[0.25, 0.75]], dtype=np.float32), class_names=["no", "yes"])
    assert ax.get_title() == "pred=yes"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["no", "yes"]


@pytest.mark.parametrize(
    ("probabilities", "options", "error", "message"),
    [
        (np.full((3, 2), 0.5), {}, ValueError, r"\(1, K\).*received \(3, 2\).*predictions\[8\]"),
        ([1.0], {}, ValueError, r"received \(1,\)"),
        ([2.0, -1.0], {}, ValueError, "between 0 and 1 .* from -1 to 2 with sum 1.*softmax"),
        ([0.5, 0.4], {}, ValueError, "sum to 1, received values from 0.4 to 0.5 with sum 0.9"),
        ([0.5, np.nan], {}, ValueError, r"probabilities must be finite, received nan at \[1\]"),
        ([0.5, 0.5], {"true": 2}, ValueError, "true must be a class from 0 to 1, received 2"),
        ([0.5, 0.5], {"true": 0.5}, TypeError, "true must be a whole number, received 0.5"),
        ([0.5, 0.5], {"class_names": ["a"]}, ValueError, "must name 2 classes, received 1"),
    ],
)
def test_what_are_no_probabilities_is_refused(
    probabilities: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        plot_probabilities(probabilities, **options)


# ---------------------------------------------------------------------------------------------
# plot_history

HISTORY = {
    "loss": [0.3821, 0.1858, 0.1409],
    "accuracy": [0.8896, 0.9457, 0.9588],
    "val_loss": [0.21, 0.17, 0.15],
    "val_accuracy": [0.93, 0.95, 0.96],
}


def test_training_and_validation_share_a_panel_for_each_name() -> None:
    axes = plot_history(HISTORY)
    assert axes.shape == (2,)
    for ax, name in zip(axes, ["loss", "accuracy"], strict=True):
        assert ax.get_ylabel() == name
        assert ax.get_xlabel() == "epoch"
        training, validation = ax.lines
        np.testing.assert_array_equal(training.get_xdata(), [1, 2, 3])
        np.testing.assert_array_equal(training.get_ydata(), HISTORY[name])
        np.testing.assert_array_equal(validation.get_ydata(), HISTORY[f"val_{name}"])
        assert [t.get_text() for t in ax.get_legend().get_texts()] == ["training", "validation"]


def test_training_and_validation_differ_in_more_than_colour() -> None:
    training, validation = plot_history(HISTORY)[0].lines
    assert training.get_color() != validation.get_color()
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_marker() != validation.get_marker()


def test_a_history_object_brings_its_own_epochs() -> None:
    resumed = SimpleNamespace(history={"loss": [0.2, 0.1]}, epoch=[5, 6])
    (ax,) = plot_history(resumed)  # type: ignore[arg-type]
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [6, 7])


@pytest.mark.parametrize("epochs", [1, 2, 3, 7, 30, 200])
def test_the_ticks_of_epochs_are_whole_numbers_within_the_history(epochs: int) -> None:
    (ax,) = plot_history({"loss": np.linspace(2, 1, epochs)})
    low, high = ax.get_xlim()
    ticks = [tick for tick in ax.get_xticks() if low <= tick <= high]
    assert ticks
    assert all(tick == int(tick) and 1 <= tick <= epochs for tick in ticks)


def test_a_single_epoch_is_seen_as_two_points() -> None:
    ax, _ = plot_history({name: values[:1] for name, values in HISTORY.items()})
    ax.get_legend().remove()
    picture = pixels(ax)
    drawn = pixel_at(ax, picture, 1, HISTORY["loss"][0])
    np.testing.assert_allclose(drawn, 255 * np.array(to_rgb(drawing.BLUE)), atol=1)
    vermilion = np.abs(picture - 255 * np.array(to_rgb(drawing.VERMILION))).max(axis=-1) < 2
    assert vermilion.sum() > 5


def test_a_long_history_keeps_a_few_markers_on_each_curve() -> None:
    (ax,) = plot_history({"loss": np.linspace(2, 1, 500), "val_loss": np.linspace(3, 1, 500)})
    for line in ax.lines:
        assert line.get_marker() not in ("", "None")
        assert 10 <= 500 / line.get_markevery() <= 30


def test_a_loss_that_is_lost_leaves_a_gap_and_is_named() -> None:
    (ax,) = plot_history({"loss": [2.0, 3.0, np.inf, np.nan]})
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [2, 3, np.nan, np.nan])
    (label,) = [text.get_text() for text in ax.get_legend().get_texts()]
    assert label == "training (not finite from epoch 3)"
    pixels(ax)


def test_the_panels_can_be_the_callers_own() -> None:
    figure = Figure()
    own = figure.subplots(2, 1)
    axes = plot_history(HISTORY, axes=own)
    assert list(axes) == list(own)
    assert figure.axes == list(own)
    single = new_axes()
    assert list(plot_history({"loss": [1.0]}, axes=[single])) == [single]


def test_a_new_figure_is_laid_out_so_that_nothing_is_cut_off() -> None:
    axes = plot_history(HISTORY)
    pixels(axes[0])
    width, height = figure_of(axes[0]).bbox.size
    boxes = [ax.get_tightbbox() for ax in axes]
    assert all(
        box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height for box in boxes
    )
    assert not boxes[0].overlaps(boxes[1])


@pytest.mark.parametrize(
    ("history", "axes", "error", "message"),
    [
        ({}, None, ValueError, "at least one epoch, received an empty one"),
        ({"loss": []}, None, ValueError, "at least one epoch, received an empty one"),
        ({"loss": 0.5}, None, ValueError, r"loss must hold a number .* received shape \(\)"),
        (
            {"loss": [1.0, 2.0], "accuracy": [0.5]},
            None,
            ValueError,
            r"accuracy must hold a number for each of 2 epochs, received shape \(1,\)",
        ),
        ({"loss": ["high"]}, None, TypeError, "loss must be an array of real numbers"),
        ([1.0, 2.0], None, TypeError, "history must be a History.* received list"),
        (Sequential(), None, TypeError, "history must be a History.* received Sequential"),
        (HISTORY, [new_axes()], ValueError, "2 Axes, for loss, accuracy, received 1"),
        ({"loss": [1.0]}, ["left"], TypeError, "must be a matplotlib Axes, received str"),
    ],
)
def test_what_is_no_history_is_refused(
    history: Any, axes: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        plot_history(history, axes=axes)


# ---------------------------------------------------------------------------------------------
# plot_confusion_matrix

# Rows of very different size: class 2 is rare, class 3 never occurs.
COUNTS = np.array([[990, 1, 0, 9], [30, 5900, 2, 68], [0, 1, 9, 0], [0, 0, 0, 0]])


def test_counts_are_printed_in_their_cells_rows_true_columns_predicted() -> None:
    ax = plot_confusion_matrix(COUNTS)
    printed = {text.get_position(): text.get_text() for text in ax.texts}
    assert printed == {(j, i): str(COUNTS[i, j]) for i, j in np.argwhere(COUNTS)}
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("true class", "predicted class")
    low, high = sorted(ax.get_ylim())
    assert (low, high) == (-0.5, 3.5)
    assert ax.yaxis_inverted()  # row 0 on top, as the matrix is printed


def test_the_shade_is_the_share_of_the_row() -> None:
    (image,) = plot_confusion_matrix(COUNTS).images
    shades = image.get_array()
    assert isinstance(shades, np.ma.MaskedArray)
    np.testing.assert_array_equal(np.ma.getmaskarray(shades), COUNTS == 0)
    np.testing.assert_allclose(shades[0].compressed(), [0.99, 0.001, 0.009])
    np.testing.assert_allclose(shades[2].compressed(), [0.1, 0.9])


def test_a_single_mistake_among_a_thousand_is_seen_and_more_mistakes_are_darker() -> None:
    ax = plot_confusion_matrix(COUNTS)
    picture = pixels(ax)

    def brightness(i: int, j: int) -> float:
        return luminance(pixel_at(ax, picture, j + 0.4, i + 0.4) / 255)

    assert brightness(0, 2) == brightness(3, 1) == 1  # empty cells are white
    assert brightness(0, 1) < 0.9
    assert brightness(0, 3) < brightness(0, 1) - 0.1
    assert brightness(0, 0) < brightness(0, 3) - 0.2


@pytest.mark.parametrize("share", [0.0001, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1])
def test_counts_can_be_read_on_every_shade(share: float) -> None:
    count = round(10_000 * share)
    ax = plot_confusion_matrix([[count, 10_000 - count], [10_000 - count, count]])
    shades = ax.images[0].to_rgba(np.ma.asarray(ax.images[0].get_array()))
    for text in ax.texts:
        column, row = text.get_position()
        shade = shades[int(row), int(column), :3]
        assert contrast(text.get_color(), shade) >= 4.5


def test_the_title_counts_what_is_right() -> None:
    assert plot_confusion_matrix(COUNTS).get_title() == "6899 of 7010 right (98.42 %)"


def test_counts_fit_in_their_cells() -> None:
    ax = plot_confusion_matrix(np.full((10, 10), 5923))
    assert_labels_do_not_touch(ax)


def test_class_names_are_written_on_both_axes_without_touching() -> None:
    ax = plot_confusion_matrix(np.eye(10, dtype=int), class_names=FASHION)
    assert [label.get_text() for label in ax.get_xticklabels()] == FASHION
    assert [label.get_text() for label in ax.get_yticklabels()] == FASHION
    pixels(ax)
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {45}


@pytest.mark.parametrize(
    ("matrix", "error", "message"),
    [
        (np.zeros((2, 3)), ValueError, r"\(K, K\), received \(2, 3\)"),
        (np.zeros((0, 0)), ValueError, r"\(K, K\), received \(0, 0\)"),
        ([[0.9, 0.1], [0.2, 0.8]], ValueError, "counts, .* from 0.1 to 0.9.*normalisation"),
        ([[1, -1], [0, 1]], ValueError, "counts, .* from -1 to 1"),
        ([[0, 0], [0, 0]], ValueError, "at least one example, received only zeros"),
        ([[np.nan, 0], [0, 1]], ValueError, "matrix must be finite"),
        ([["a"]], TypeError, "matrix must be an array of real numbers"),
    ],
)
def test_what_is_no_confusion_matrix_is_refused(
    matrix: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        plot_confusion_matrix(matrix)


# ---------------------------------------------------------------------------------------------
# plot_decision_boundary


def two_classes(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = rng.uniform(-1, 1, size=(60, 2))
    return x, (x[:, 1] > 0.5 * x[:, 0]).astype(int)


def sure_above_a_line(x: np.ndarray) -> np.ndarray:
    """Return the probability of class 1, one half on the line x1 = 0.5 x0."""
    return np.asarray(1 / (1 + np.exp(-40 * (x[:, 1] - 0.5 * x[:, 0]))))


def ground_of(ax: Axes) -> np.ndarray:
    return np.asarray(ax.images[0].get_array())


def points_of(ax: Axes) -> list[PathCollection]:
    return [points for points in ax.collections if isinstance(points, PathCollection)]


def boundary_of(ax: Axes) -> np.ndarray:
    """Return the points of all boundary lines, of shape (N, 2)."""
    contours = [lines for lines in ax.collections if isinstance(lines, ContourSet)]
    paths = [path for lines in contours for path in lines.get_paths()]
    return np.concatenate([np.asarray(path.vertices) for path in paths])


def test_the_line_runs_where_both_classes_are_equally_probable(rng: np.random.Generator) -> None:
    def rising(x: np.ndarray) -> np.ndarray:  # so evenly that the line can be found exactly
        return np.asarray(0.5 + 0.2 * (x[:, 1] - 0.5 * x[:, 0]))

    ax = plot_decision_boundary(rising, *two_classes(rng))
    line = boundary_of(ax)
    np.testing.assert_allclose(line[:, 1], 0.5 * line[:, 0], atol=1e-6)
    np.testing.assert_allclose([line[:, 0].min(), line[:, 0].max()], ax.get_xlim(), atol=1e-6)


def test_the_ground_has_the_colour_of_the_class_and_is_white_where_undecided(
    rng: np.random.Generator,
) -> None:
    ax = plot_decision_boundary(sure_above_a_line, *two_classes(rng), resolution=201)
    ground = ground_of(ax)
    for corner, color in [(ground[0, -1], drawing.BLUE), (ground[-1, 0], drawing.ORANGE)]:
        tint = 1 - corner
        np.testing.assert_allclose(tint / tint.max(), (w := 1 - np.array(to_rgb(color))) / w.max())
    undecided = plot_decision_boundary(lambda x: np.full(len(x), 0.5), *two_classes(rng))
    np.testing.assert_allclose(ground_of(undecided), 1)


def test_the_ground_lies_under_its_points(rng: np.random.Generator) -> None:
    x, y = two_classes(rng)
    ax = plot_decision_boundary(sure_above_a_line, x, y)
    for points in points_of(ax):
        points.remove()
    picture = pixels(ax)
    for point, expected in [((0.8, -0.8), drawing.BLUE), ((-0.8, 0.8), drawing.ORANGE)]:
        drawn = pixel_at(ax, picture, *point) / 255
        other = {drawing.BLUE: drawing.ORANGE, drawing.ORANGE: drawing.BLUE}[expected]
        assert np.abs(drawn - to_rgb(expected)).sum() < np.abs(drawn - to_rgb(other)).sum()


def test_all_forms_of_an_answer_give_the_same_picture(rng: np.random.Generator) -> None:
    x, y = two_classes(rng)

    def rows(x: np.ndarray) -> np.ndarray:
        p = sure_above_a_line(x)
        return np.stack([1 - p, p], axis=1)

    model = SimpleNamespace(predict=rows)
    expected = plot_decision_boundary(sure_above_a_line, x, y)
    column = plot_decision_boundary(lambda x: sure_above_a_line(x)[:, None], x, y)
    for ax in [
        column,
        plot_decision_boundary(rows, x, y),
        plot_decision_boundary(model, x, y),
        plot_decision_boundary(rows, x, np.eye(2)[y]),
        plot_decision_boundary(rows, x, y[:, None]),
    ]:
        np.testing.assert_allclose(ground_of(ax), ground_of(expected))
        np.testing.assert_allclose(boundary_of(ax), boundary_of(expected), atol=1e-9)


@pytest.mark.parametrize("dtype", [int, bool])
def test_classes_are_answers_without_doubt(dtype: type, rng: np.random.Generator) -> None:
    ax = plot_decision_boundary(lambda x: (x[:, 0] > 0).astype(dtype), *two_classes(rng))
    colors = np.unique(ground_of(ax).reshape(-1, 3), axis=0)
    assert len(colors) == 2
    np.testing.assert_allclose(boundary_of(ax)[:, 0], 0, atol=0.01)


def test_three_classes_meet_in_three_lines(rng: np.random.Generator) -> None:
    centres = np.array([[1.0, 0.0], [-0.5, 0.8], [-0.5, -0.8]])

    def nearest(x: np.ndarray) -> np.ndarray:
        scores = np.exp(-5 * ((x[:, None] - centres) ** 2).sum(axis=2))
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))

    y = rng.integers(0, 3, size=90)
    x = centres[y] + rng.normal(scale=0.2, size=(90, 2))
    line = boundary_of(plot_decision_boundary(nearest, x, y, resolution=300))
    distances = np.sort(np.linalg.norm(line[:, None] - centres, axis=2), axis=1)
    np.testing.assert_allclose(distances[:, 0], distances[:, 1], atol=0.01)


def test_classes_of_points_differ_in_marker_and_are_named(rng: np.random.Generator) -> None:
    x, y = two_classes(rng)
    ax = plot_decision_boundary(sure_above_a_line, x, y, class_names=["below", "above"])
    first, second = points_of(ax)
    np.testing.assert_array_equal(first.get_offsets(), x[y == 0])
    np.testing.assert_array_equal(second.get_offsets(), x[y == 1])
    (circle,), (square,) = first.get_paths(), second.get_paths()
    assert np.shape(circle.vertices) != np.shape(square.vertices)
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["below", "above"]


def test_the_model_is_asked_once_in_the_type_of_the_data(rng: np.random.Generator) -> None:
    asked = []

    def model(x: np.ndarray) -> np.ndarray:
        asked.append(x)
        return sure_above_a_line(x)

    x, y = two_classes(rng)
    plot_decision_boundary(model, x.astype(np.float32), y, resolution=15)
    (points,) = asked
    assert points.shape == (225, 2)
    assert points.dtype == np.float32
    assert (points.min(axis=0) < x.min(axis=0)).all()
    assert (points.max(axis=0) > x.max(axis=0)).all()


def test_points_on_one_line_have_room_around_them() -> None:
    x = np.array([[1.0, 5.0], [2.0, 5.0]])
    ax = plot_decision_boundary(lambda x: x[:, 0] > 1.5, x, np.array([0, 1]))
    low, high = ax.get_ylim()
    assert low < 5 < high


@pytest.mark.parametrize(
    ("model", "x", "y", "error", "message"),
    [
        (
            lambda x: x[:, 0],
            np.zeros((3, 3)),
            [0, 1, 0],
            ValueError,
            r"\(N, 2\).*received \(3, 3\)",
        ),
        (lambda x: x[:, 0], np.zeros((3, 2)), [0, 1], ValueError, "same length, received 3 and 2"),
        (lambda x: x[:, 0], np.zeros((3, 2)), [0, 1, 0.5], ValueError, "y must be whole numbers"),
        (lambda x: 3 * x[:, 0], np.ones((2, 2)), [0, 1], ValueError, "probabilities .* softmax"),
        (lambda x: x[:, 0] * np.nan, np.ones((2, 2)), [0, 1], ValueError, "returns must be finite"),
        (lambda x: np.sign(x[:, 0]).astype(int) - 2, np.ones((2, 2)), [0, 1], ValueError, "0 up"),
        (lambda x: x[:5], np.ones((2, 2)), [0, 1], ValueError, r"40000 .* received \(5, 2\)"),
        (lambda x: x[:, 0] > 0, np.ones((2, 2)), [0, 2], ValueError, "below 2, .* received 2"),
        ("model", np.ones((2, 2)), [0, 1], TypeError, "function of x, received str"),
    ],
)
def test_what_cannot_divide_the_plane_is_refused(
    model: Any, x: Any, y: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        plot_decision_boundary(model, x, np.array(y))
