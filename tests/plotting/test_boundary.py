"""The decision boundary."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.contour import ContourSet

from tests.support.plots import lay_out, pixel_at, pixels
from tinynet.plotting import drawing, plot_decision_boundary


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
    rng: np.random.Generator, caplog: pytest.LogCaptureFixture
) -> None:
    ax = plot_decision_boundary(sure_above_a_line, *two_classes(rng), resolution=201)
    ground = ground_of(ax)
    for corner, color in [(ground[0, -1], drawing.BLUE), (ground[-1, 0], drawing.ORANGE)]:
        tint = 1 - corner
        np.testing.assert_allclose(tint / tint.max(), (w := 1 - np.array(to_rgb(color))) / w.max())
    undecided = plot_decision_boundary(lambda x: np.full(len(x), 0.5), *two_classes(rng))
    np.testing.assert_allclose(ground_of(undecided), 1)
    neither = plot_decision_boundary(lambda x: np.full((len(x), 2), 0.1), *two_classes(rng))
    np.testing.assert_array_equal(ground_of(neither), 1)  # as of two sigmoids
    assert caplog.messages == []


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


def test_many_classes_differ_and_their_legend_fits() -> None:
    """Nine classes share a colour with another; colour and marker together are unique."""
    x, y = np.random.default_rng(0).normal(size=(200, 2)), np.arange(200) % 50
    ax = plot_decision_boundary(lambda x: np.arange(len(x)) % 50, x, y, resolution=8)
    looks = set()
    for points in points_of(ax):
        (path,) = points.get_paths()
        color = np.asarray(points.get_facecolor())[0]
        looks.add((color.tobytes(), np.asarray(path.vertices).tobytes()))
    assert len(looks) == 50
    lay_out(ax)
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_window_extent().y0 >= 0
    assert ax.get_window_extent().height > 0.7 * ax.figure.bbox.height


def test_long_class_names_leave_room_for_the_map(rng: np.random.Generator) -> None:
    x, y = two_classes(rng)
    names = ["x" * 60, "y" * 60]
    ax = plot_decision_boundary(sure_above_a_line, x, y, resolution=5, class_names=names)
    lay_out(ax)
    assert ax.get_window_extent().width > 0.3 * ax.figure.bbox.width
