"""What holds for every plot that draws on one Axes, whatever it shows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text

from tests.support.plots import contrast, figure_of, lay_out
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
    figure.savefig(tmp_path / "plot.png")
    assert figure.axes == [ax]
    height, width = plt.imread(tmp_path / "plot.png").shape[:2]
    assert (width, height) == tuple((figure.get_size_inches() * figure.dpi).astype(int))
    box = ax.get_tightbbox()
    assert box is not None
    assert min(box.x0, box.y0) >= 0
    assert box.x1 <= figure.bbox.width
    assert box.y1 <= figure.bbox.height


@pytest.mark.parametrize("name", PLOTS)
def test_an_axes_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match="ax must be a matplotlib Axes, received Figure"):
        draw(name, ax=Figure())


ODD = ["price_in_$", "$x_i$ and $", "_b_", r"\alpha{}"]  # mathtext, and what legends leave out
LETTERS = RNG.dirichlet(np.ones(4), size=3)
WITH_NAMES: dict[str, Callable[[], Axes]] = {
    "plot_confusion_matrix": lambda: plotting.plot_confusion_matrix(
        np.eye(4, dtype=int), class_names=ODD
    ),
    "plot_decision_boundary": lambda: plotting.plot_decision_boundary(
        lambda x: np.arange(len(x)) % 4, POINTS, np.arange(20) % 4, resolution=5, class_names=ODD
    ),
    "plot_images": lambda: plotting.plot_images(IMAGES, ODD[:3]),
    "plot_predictions": lambda: plotting.plot_predictions(
        IMAGES, np.array([0, 1, 2]), np.array([0, 3, 2]), class_names=ODD
    ),
    "plot_probabilities": lambda: plotting.plot_probabilities(LETTERS[0], 1, class_names=ODD),
}


def named(*names: str) -> Sequential:
    layers = [Dense(2, "tanh", name=name) for name in names]
    model = Sequential([*layers, Dense(1, "sigmoid")], seed=0)
    model.compile("sgd", "binary_crossentropy")
    return model


def flow_of(*names: str) -> GradientRecorder:
    recorder = GradientRecorder()
    named(*names).fit(POINTS, CLASSES, 8, 2, verbose=0, callbacks=[recorder])
    return recorder


def built(*names: str) -> Sequential:
    model = named(*names)
    model.build((2,))
    return model


WITH_NAMES |= {
    "plot_activation_histograms": lambda: plotting.plot_activation_histograms(built(*ODD), POINTS),
    "plot_gradient_histograms": lambda: plotting.plot_gradient_histograms(
        built(*ODD), POINTS, CLASSES
    ),
    "plot_gradient_flow": lambda: plotting.plot_gradient_flow(flow_of(*ODD)),
    "plot_update_ratios": lambda: plotting.plot_update_ratios(flow_of(*ODD)),
    "plot_network": lambda: plotting.plot_network(built(*ODD)),
    "plot_history": lambda: plotting.plot_history({"loss": [1, 2], ODD[1]: [1, 2]})[1],
}


@pytest.mark.parametrize("name", WITH_NAMES)
def test_names_are_written_as_they_are(name: str) -> None:
    """matplotlib takes what stands between dollar signs for mathematics, and may refuse it."""
    ax = WITH_NAMES[name]()
    figure_of(ax).set_layout_engine("none")  # where the texts stand doesn't matter
    lay_out(ax)
    texts = [text for text in figure_of(ax).findobj(Text) if text.get_text()]
    for odd in {"plot_images": ODD[:3], "plot_history": ODD[1:2]}.get(name, ODD):
        shown = [text for text in texts if odd in text.get_text()]
        assert shown, odd
        assert not any(text.get_parse_math() for text in shown), odd


@pytest.mark.parametrize("name", PLOTS)
def test_text_can_be_read_on_a_dark_page(name: str) -> None:
    with plt.style.context("dark_background"):
        ax = draw(name)
        figure_of(ax).set_layout_engine("none")  # where the texts stand doesn't matter
        lay_out(ax)
    legend = ax.get_legend()
    on_the_page = [*figure_of(ax).texts, ax.title, ax.xaxis.label, ax.yaxis.label]
    on_the_page += [*ax.get_xticklabels(), *ax.get_yticklabels()]
    boxes = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    if name not in ("plot_confusion_matrix", "plot_loss_surface"):  # their texts are on the map
        on_the_page += ax.texts
    for text in on_the_page:
        if text.get_text():
            assert contrast(text.get_color(), "black") >= 4.5, text
    for box in boxes:
        assert contrast("white", box.get_facecolor()) >= 4.5
    if legend is not None:
        for text in legend.get_texts():
            assert contrast(text.get_color(), legend.get_frame().get_facecolor()) >= 4.5
    for line in ax.lines if name != "plot_loss_surface" else ():
        assert contrast(line.get_color(), "black") >= 2, line


@pytest.mark.parametrize(
    "name", ["plot_decision_boundary", "plot_gradient_flow", "plot_update_ratios"]
)
def test_a_legend_stays_on_the_figure(name: str) -> None:
    """Beside the Axes where the figure's layout makes room for it, and else within."""
    for layout in (None, "constrained"):
        figure = Figure(figsize=(4, 3), layout=layout)
        left, right = figure.subplots(1, 2)
        draw(name, ax=left)
        lay_out(left)
        legend = left.get_legend()
        assert legend is not None
        box, neighbour = legend.get_window_extent(), right.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= neighbour.x0


def test_a_legend_of_many_layers_leaves_room_for_the_plot() -> None:
    names = [f"layer_number_{k}" for k in range(30)]
    ax = plotting.plot_gradient_flow(flow_of(*names))
    lay_out(ax)
    box = ax.get_window_extent()
    assert box.width > 0.4 * figure_of(ax).bbox.width
    assert box.height > 0.6 * figure_of(ax).bbox.height
    legend = ax.get_legend()
    assert legend is not None
    assert legend.get_window_extent().y0 >= 0
