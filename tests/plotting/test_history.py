"""Curves of a training."""

from types import SimpleNamespace
from typing import Any

import matplotlib
import matplotlib.style
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from tests.support.plots import figure_of, lay_out, new_axes, pixel_at, pixels
from tinynet import Dense, Sequential
from tinynet.plotting import drawing
from tinynet.plotting.history import plot_history

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


def test_a_validation_now_and_then_is_drawn_at_its_epochs() -> None:
    model = Sequential([Dense(1, input_shape=(1,))], seed=0)
    model.compile("sgd", "mse")
    x = np.ones((4, 1))
    history = model.fit(x, x, epochs=60, validation_data=(x, x), validation_freq=[2, 5], verbose=0)
    (ax,) = plot_history(history)
    training, validation = ax.lines
    np.testing.assert_array_equal(training.get_xdata(), np.arange(1, 61))
    np.testing.assert_array_equal(validation.get_xdata(), [2, 5])
    np.testing.assert_array_equal(validation.get_ydata(), history.history["val_loss"])
    assert (training.get_markevery(), validation.get_markevery()) == (3, 1)


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
    lay_out(ax)


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
    lay_out(axes[0])
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
        (
            {"loss": [3.0, 2.0, 1.0], "val_loss": [2.0]},
            None,
            ValueError,
            r"val_loss must hold a number for each of 3 epochs, received shape \(1,\)\. "
            r"If not every epoch was validated, pass what fit returned, a History, which knows",
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


class Table:
    """What a history needs of a DataFrame."""

    def __init__(self, columns: dict[str, list[float]]) -> None:
        self.columns, self.values = list(columns), columns

    def __getitem__(self, name: str) -> list[float]:
        return self.values[name]


def test_a_table_is_drawn_without_its_column_of_epochs() -> None:
    """As pandas reads it from the file of a CSVLogger, which counts from 0."""
    rows: dict[str, list[float]] = {"epoch": [0, 1], "loss": [2.0, 1.0], "val_loss": [3.0, 2.0]}
    for history in (Table(rows), rows):
        (ax,) = plot_history(history)  # type: ignore[arg-type]
        assert [[*line.get_xdata()] for line in ax.lines] == [[1, 2], [1, 2]]
        assert [[*line.get_ydata()] for line in ax.lines] == [[2, 1], [3, 2]]


def test_a_data_frame_is_a_history() -> None:
    pandas = pytest.importorskip("pandas")
    (ax,) = plot_history(pandas.DataFrame({"epoch": [0, 1], "loss": [2.0, 1.0]}))
    assert [*ax.lines[0].get_ydata()] == [2, 1]


def test_many_panels_stand_in_rows() -> None:
    names = ["loss", "accuracy", "mae", "mse", "precision", "recall", "auc"]
    axes = plot_history({name: [1.0, 2.0] for name in names})
    assert axes.shape == (7,)
    assert figure_of(axes[0]).axes == [*axes]
    lay_out(axes[0])
    tops = [round(ax.get_window_extent().y1) for ax in axes]
    assert len(set(tops[:4])) == len(set(tops[4:])) == 1
    assert tops[4] < tops[0]


def test_hollow_markers_are_seen_in_a_style_without_edges() -> None:
    with matplotlib.style.context("seaborn-v0_8"):
        (ax,) = plot_history({"loss": [2, 1], "val_loss": [3, 2]})
    assert ax.lines[1].get_markeredgewidth() > 0
    assert to_rgb(ax.lines[1].get_markerfacecolor()) == to_rgb(ax.get_facecolor())
