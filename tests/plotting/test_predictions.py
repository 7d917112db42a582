"""Pictures of predictions: right and wrong, probabilities, and the confusion matrix."""

import itertools
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tests.support.plots import (
    assert_labels_do_not_touch,
    contrast,
    digits,
    figure_of,
    labels_of,
    lay_out,
    luminance,
    pixel_at,
    pixels,
    tiles_of,
)
from tinynet.plotting import drawing
from tinynet.plotting.predictions import plot_confusion_matrix, plot_predictions, plot_probabilities

FASHION = [
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
]


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


def test_labels_below_wide_images_can_be_read() -> None:
    ax = plot_predictions(np.ones((4, 4, 64)), np.zeros(4, int), np.zeros(4, int))
    assert min(float(text.get_fontsize()) for text in ax.texts) >= 5
    assert_labels_do_not_touch(ax)


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


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (
            [[0.1, 0.9], [0.734, 0.266]],
            ["✓ i=0\npred=1 (90 %) | true=1", "✗ i=1\npred=0 (73 %) | true=1"],
        ),
        ([[0.9996], [0.2]], ["✓ i=0\npred=1 (99.96 %) | true=1", "✗ i=1\npred=0 (80 %) | true=1"]),
    ],
)
def test_captions_say_how_sure_the_model_was(p: list[list[float]], shown: list[str]) -> None:
    ax = plot_predictions(np.zeros((2, 784)), p, [1, 1], confidence=True)
    assert [text.get_text() for text in ax.texts] == shown


def test_without_probabilities_there_is_no_confidence() -> None:
    with pytest.raises(ValueError, match="confidence=True needs probabilities"):
        plot_predictions(np.zeros((2, 784)), [1, 0], [1, 1], confidence=True)


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
    lay_out(ax)
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
        ([], {}, ValueError, r"received \(0,\)"),
        ([2.0, -1.0], {}, ValueError, "between 0 and 1 .* from -1 to 2 with sum 1.*softmax"),
        ([0.5, 0.4], {}, ValueError, "sum to 1, received values from 0.4 to 0.5 with sum 0.9"),
        ([0.5, np.nan], {}, ValueError, r"probabilities must be finite, received nan at \[1\]"),
        ([0.5, 0.5], {"true": 2}, ValueError, "true must be at most 1, received 2"),
        ([0.5, 0.5], {"true": 0.5}, TypeError, "true must be a whole number, received 0.5"),
        ([0.5, 0.5], {"class_names": ["a"]}, ValueError, "must name 2 classes, received 1"),
    ],
)
def test_what_are_no_probabilities_is_refused(
    probabilities: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        plot_probabilities(probabilities, **options)


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
    assert plot_confusion_matrix(COUNTS).get_title() == "6899 of 7010 correct (98.42 %)"
    assert plot_confusion_matrix([[3, 0], [0, 1]]).get_title() == "4 of 4 correct (100.00 %)"
    # Not all are correct, and the title isn't cut off.
    ax = plot_confusion_matrix([[2_999_990, 3], [4, 3]])
    assert ax.get_title() == "2999993 of 3000000 correct\n(99.9998 %)"
    ax.figure.canvas.draw()
    box, room = ax.title.get_window_extent(), ax.figure.bbox
    assert room.x0 <= box.x0
    assert box.x1 <= room.x1


@pytest.mark.parametrize("length", [1, 20])
def test_counts_fit_in_their_cells(length: int) -> None:
    names = ["x" * length] * 10
    assert_labels_do_not_touch(plot_confusion_matrix(np.full((10, 10), 59230), class_names=names))


def test_no_grid_of_a_style_crosses_the_counts() -> None:
    with matplotlib.style.context("ggplot"):
        ax = plot_confusion_matrix(np.full((3, 3), 20))
    lines = [*ax.get_xgridlines(), *ax.get_ygridlines()]
    assert not any(line.get_visible() for line in lines)


def test_class_names_are_written_on_both_axes_without_touching() -> None:
    ax = plot_confusion_matrix(np.eye(10, dtype=int), class_names=FASHION)
    assert [label.get_text() for label in ax.get_xticklabels()] == FASHION
    assert [label.get_text() for label in ax.get_yticklabels()] == FASHION
    lay_out(ax)
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


def test_a_true_class_beyond_the_outputs_is_refused(rng: np.random.Generator) -> None:
    images, p = digits(3, rng), rng.dirichlet(np.ones(4), size=3)
    with pytest.raises(ValueError, match=r"classes from 0 to 3, .*received 4"):
        plot_predictions(images, p, [0, 1, 4])


@pytest.mark.parametrize("p", [[0.75], [[0.75]]])
def test_a_single_probability_is_that_of_class_one(p: Any) -> None:
    ax = plot_probabilities(p, true=0)
    assert [bar.get_height() for bar in frames_of(ax)] == [0.25, 0.75]
    assert ax.get_title() == "✗ pred=1 | true=0"


def test_the_true_class_may_be_a_one_hot_row() -> None:
    for true in (2, np.int64(2), [0, 0, 1], np.array([0.0, 0.0, 1.0]), [2]):
        assert plot_probabilities([0.1, 0.7, 0.2], true).get_title() == "✗ pred=1 | true=2"
    with pytest.raises(ValueError, match="true must have one 1"):
        plot_probabilities([0.1, 0.7, 0.2], [0.1, 0.2, 0.7])


@pytest.mark.parametrize("size", [(2.5, 2), (5, 3), (12, 3)])
@pytest.mark.parametrize("classes", [3, 10, 50])
def test_the_figures_above_the_bars_do_not_touch(size: tuple[float, float], classes: int) -> None:
    p = np.full(classes, 1 / classes)
    true = classes // 2
    ax = plot_probabilities(p, true, ax=Figure(figsize=size).subplots())
    assert_labels_do_not_touch(ax)
    assert ax.texts[true].get_text() == f"{1 / classes:.2f}"


@pytest.mark.parametrize("classes", [10, 60])
def test_class_names_along_the_axes_do_not_touch(classes: int) -> None:
    names = [f"{c}" for c in range(classes)]
    ax = plot_confusion_matrix(np.eye(classes, dtype=int), class_names=names)
    lay_out(ax)
    for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        boxes = [label.get_window_extent() for label in labels]
        assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))


@pytest.mark.parametrize("letters", [1, 4])
def test_of_too_many_class_names_some_are_left_out(letters: int) -> None:
    names = [f"{c}" * letters for c in range(150)]
    bars = plot_probabilities(np.full(150, 1 / 150), class_names=names)
    matrix = plot_confusion_matrix(np.eye(100, dtype=int), class_names=names)
    lay_out(bars)
    lay_out(matrix)
    assert len(bars.get_xticklabels()) < 150
    for axis in (bars.xaxis, matrix.xaxis, matrix.yaxis):
        labels, places = axis.get_ticklabels(), axis.get_ticklocs()
        assert [label.get_text() for label in labels] == [names[int(place)] for place in places]
        assert min(float(label.get_fontsize()) for label in labels) >= 5
        if letters == 1 or axis is matrix.yaxis:
            boxes = [label.get_window_extent() for label in labels]
            assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))


@pytest.mark.parametrize("length", [20, 40])
def test_long_class_names_leave_room_for_the_plot(length: int) -> None:
    names = ["x" * length, "y" * length, "z" * length]
    bars = plot_probabilities([0.2, 0.3, 0.5], 1, class_names=names)
    for ax in (bars, plot_confusion_matrix(np.eye(3, dtype=int), class_names=names)):
        lay_out(ax)
        assert ax.get_window_extent().height > 0.2 * figure_of(ax).bbox.height
        assert ax.get_window_extent().width > 0.2 * figure_of(ax).bbox.width
    box = bars.title.get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure_of(bars).bbox.width
