"""What holds for every plot that draws on one Axes, whatever it shows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.support.plots import figure_of
from tinynet import Dense, Sequential, plotting
from tinynet.callbacks import GradientRecorder

RNG = np.random.default_rng(1)
POINTS = RNG.normal(size=(20, 2))
CLASSES = (POINTS[:, 0] > 0).astype(int)
IMAGES = RNG.integers(0, 256, size=(3, 28, 28), dtype=np.uint8)
SMALL_IMAGES = RNG.normal(size=(12, 16))


def reader() -> Sequential:
    """Return a network that takes the small images."""
    return Sequential([Dense(8, "tanh", input_shape=(16,)), Dense(3, "softmax")], seed=0)


def divider() -> Sequential:
    """Return a network that takes the points."""
    layers = [Dense(6, "relu", input_shape=(2,)), Dense(5, "tanh"), Dense(1, "sigmoid")]
    model = Sequential(layers, seed=3)
    model.compile("sgd", "binary_crossentropy")
    return model


def recorded() -> GradientRecorder:
    recorder = GradientRecorder()
    divider().fit(POINTS, CLASSES, 8, 2, verbose=0, callbacks=[recorder])
    return recorder


PLOTS: dict[str, Callable[[], tuple[Any, ...]]] = {  # and what they are called with
    "plot_activation_histograms": lambda: (divider(), POINTS),
    "plot_confusion_matrix": lambda: (np.array([[3, 1], [0, 4]]),),
    "plot_decision_boundary": lambda: (lambda x: x[:, 0] > 0, POINTS, CLASSES),
    "plot_gradient_flow": lambda: (recorded(),),
    "plot_gradient_histograms": lambda: (divider(), POINTS, CLASSES),
    "plot_images": lambda: (IMAGES, [1, 2, 3]),
    "plot_loss_surface": lambda: (divider(), POINTS, CLASSES),
    "plot_network": lambda: (reader(),),
    "plot_predictions": lambda: (IMAGES, np.array([1, 2, 3]), np.array([1, 2, 4])),
    "plot_preferred_inputs": lambda: (reader(), SMALL_IMAGES),
    "plot_probabilities": lambda: (np.array([0.2, 0.8]), 0),
    "plot_saliency": lambda: (reader(), SMALL_IMAGES),
    "plot_update_ratios": lambda: (recorded(),),
    "plot_weights": lambda: (RNG.normal(size=(784, 3)),),
}
COARSE = {"plot_decision_boundary": 10, "plot_loss_surface": 5}


def draw(name: str, **options: Any) -> Axes:
    if name in COARSE:
        options["resolution"] = COARSE[name]
    ax: Axes = getattr(plotting, name)(*PLOTS[name](), **options)
    return ax


def test_every_plot_is_tested_here() -> None:
    others = {"plot_history", "animate_decision_boundary"}  # not on one Axes
    assert set(PLOTS) | others == set(plotting.__all__)


@pytest.mark.parametrize("name", PLOTS)
def test_it_draws_on_the_given_axes_and_nowhere_else(name: str) -> None:
    figure = Figure(figsize=(8, 4))
    ax, neighbour = figure.subplots(1, 2)
    assert draw(name, ax=ax) is ax
    assert figure.axes == [ax, neighbour]
    assert len(ax.get_children()) > len(neighbour.get_children())
    assert not neighbour.has_data()


@pytest.mark.parametrize("name", PLOTS)
def test_a_new_figure_holds_one_axes_of_which_nothing_is_cut_off(name: str, tmp_path: Path) -> None:
    ax = draw(name)
    figure = figure_of(ax)
    figure.savefig(tmp_path / "plot.png", dpi=50)
    assert figure.axes == [ax]
    height, width = plt.imread(tmp_path / "plot.png").shape[:2]
    assert (width, height) == tuple((figure.get_size_inches() * 50).astype(int))
    figure.savefig(tmp_path / "plot.png")
    box = ax.get_tightbbox()
    assert box is not None
    assert min(box.x0, box.y0) >= 0
    assert box.x1 <= figure.bbox.width
    assert box.y1 <= figure.bbox.height


@pytest.mark.parametrize("name", PLOTS)
def test_an_axes_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match="ax must be a matplotlib Axes, received Figure"):
        draw(name, ax=Figure())
