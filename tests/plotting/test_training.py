"""The pictures of training: they show the right figures, and the model stays as it is."""

import copy
import itertools
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.animation import writers
from matplotlib.axes import Axes
from PIL import Image, ImageSequence

from tests.support.plots import figure_of, texts_of
from tinynet import plotting
from tinynet.callbacks import GradientRecorder, ParameterRecorder
from tinynet.datasets import moons
from tinynet.layers import Dense, Dropout, Flatten, ReLU, Rescaling
from tinynet.models import Sequential
from tinynet.plotting.training import _filter_normalised, _losses_around, _running_mean

X, Y = moons(40)


def network(*, loss: str = "binary_crossentropy") -> Sequential:
    model = Sequential(
        [Dense(6, "relu", input_shape=(2,)), Dense(5, "tanh"), Dense(1, "sigmoid")], seed=3
    )
    model.compile("sgd", loss, metrics=["accuracy"])
    return model


def recorded() -> tuple[GradientRecorder, ParameterRecorder]:
    gradients, parameters = GradientRecorder(), ParameterRecorder(every=4)
    network().fit(X, Y, 8, 2, verbose=0, callbacks=[gradients, parameters])
    return gradients, parameters


GRADIENTS, PARAMETERS = recorded()


def curve(line: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the x and the y of a line."""
    return np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)


@pytest.mark.parametrize(
    "plot",
    [
        lambda model: plotting.plot_activation_histograms(model, X),
        lambda model: plotting.plot_gradient_histograms(model, X, Y),
        lambda model: plotting.plot_loss_surface(model, X, Y, resolution=3),
    ],
)
def test_parameters_and_gradients_stay_as_they_are(plot: Callable[[Sequential], Axes]) -> None:
    model = network()
    model.train_on_batch(X, Y)
    parameters, gradients = model.parameters.copy(), model.gradients.copy()
    plot(model)
    np.testing.assert_array_equal(model.parameters, parameters)
    np.testing.assert_array_equal(model.gradients, gradients)


# ---------------------------------------------------------------------------------------------
# Over the steps


def record(**norms: list[float]) -> Any:
    """Return a recorder that holds these gradient norms, and steps of a tenth of them."""
    count = len(next(iter(norms.values())))
    return SimpleNamespace(
        steps=list(range(1, count + 1)),
        gradient_norms=norms,
        update_norms={name: [0.1 * value for value in values] for name, values in norms.items()},
        parameter_norms={name: [2.0] * count for name in norms},
    )


def test_a_faint_line_follows_each_step_and_a_strong_one_the_mean() -> None:
    ax = plotting.plot_gradient_flow(record(a=[1.0, 4.0, 16.0], b=[3.0, 3.0, 3.0]))
    faint, strong = ax.lines[0], ax.lines[1]
    np.testing.assert_allclose(curve(faint), [[1, 2, 3], [1, 4, 16]])
    np.testing.assert_allclose(curve(strong), [[1, 2, 3], [2, 4, 8]])  # of two, three, two steps
    assert (faint.get_alpha() or 1) < 0.5
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]
    assert ax.get_yscale() == "log"


def test_layers_differ_in_line_marker_and_brightness() -> None:
    ax = plotting.plot_gradient_flow(record(**{f"layer{k}": [1.0, 2.0] for k in range(4)}))
    strong = ax.lines[1::2]
    assert len({line.get_linestyle() for line in strong}) == 4
    assert len({line.get_marker() for line in strong}) == 4
    brightness = [np.dot(line.get_color()[:3], [0.299, 0.587, 0.114]) for line in strong]
    assert brightness == sorted(brightness)
    assert min(np.diff(brightness)) > 0.1


def test_zero_and_what_is_not_finite_leave_a_gap() -> None:
    ax = plotting.plot_gradient_flow(record(a=[1.0, 0.0, np.inf, np.nan, 2.0]))
    for line in ax.lines[:2]:
        drawn = np.asarray(line.get_ydata())
        np.testing.assert_array_equal(np.isnan(drawn), [False, True, True, True, False])


@pytest.mark.parametrize("plot", [plotting.plot_gradient_flow, plotting.plot_update_ratios])
@pytest.mark.parametrize("norm", [0.0, 1e-300, 1e-3, 1.0])
def test_equal_values_have_room_above_and_below(plot: Callable[..., Axes], norm: float) -> None:
    ax = plot(record(a=[norm, norm]))
    low, high = ax.get_ylim()
    for line in ax.lines:
        drawn = np.asarray(line.get_ydata())
        assert not (drawn <= low).any()
        assert not (drawn >= high).any()


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=30), st.integers(1, 5))
def test_the_running_mean_is_that_of_the_neighbours(values: list[float], reach: int) -> None:
    means = _running_mean(np.array(values), reach)
    for k, mean in enumerate(means):
        near = values[max(0, k - reach) : k + reach + 1]
        assert mean == pytest.approx(np.prod([v ** (1 / len(near)) for v in near]), rel=1e-9, abs=0)


def test_update_ratios_are_updates_by_parameters_beside_the_rule_of_thumb() -> None:
    recorder = record(a=[1.0, 0.5, 0.25])
    recorder.parameter_norms["a"][0] = 0.0  # a layer that starts at zero has no ratio
    ax = plotting.plot_update_ratios(recorder)
    np.testing.assert_allclose(curve(ax.lines[0])[1], [np.nan, 0.025, 0.0125])
    rule = ax.lines[-1]
    assert rule.get_label() == "rule of thumb"
    np.testing.assert_allclose(curve(rule)[1], 0.001)


@pytest.mark.parametrize("plot", [plotting.plot_gradient_flow, plotting.plot_update_ratios])
def test_what_is_no_recorder_or_an_empty_one_is_refused(plot: Callable[..., Axes]) -> None:
    with pytest.raises(TypeError, match="must be a GradientRecorder, received ParameterRecorder"):
        plot(PARAMETERS)
    with pytest.raises(ValueError, match=r"at least one step.*callbacks=\[recorder\]"):
        plot(GradientRecorder())


# ---------------------------------------------------------------------------------------------
# Distributions


def medians_of(ax: Axes) -> list[float]:
    return [float(curve(line)[0][0]) for line in ax.lines]


def test_activations_are_each_layers_outputs_with_the_zeros_apart() -> None:
    model = Sequential([Dense(1, input_shape=(1,), name="twice"), ReLU(name="cut")], seed=0)
    model.set_weights([[[2.0]], [0.0]])
    ax = plotting.plot_activation_histograms(model, [[-2.0], [-1.0], [1.0], [3.0], [4.0]], bins=5)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["twice", "cut"]
    assert medians_of(ax) == [2.0, 6.0]  # of -4 -2 2 6 8, and of 2 6 8
    assert texts_of(ax) == ["40 % are 0"]
    low, high = ax.get_xlim()
    assert (low, high) == pytest.approx((-4.24, 8.24), abs=0.02)
    # Five bins of 2.5 hold 2, 0, 1, 0 and 2 outputs of the first layer; the highest is 0.82.
    heights = 0 - ax.patches[0].get_data().values  # type: ignore[attr-defined]
    np.testing.assert_allclose(heights, 0.82 * np.array([2, 0, 1, 0, 2]) / 2)


def test_a_layer_of_dead_units_is_shown_as_such() -> None:
    model = Sequential([Dense(3, "relu", input_shape=(2,)), Dense(1)], seed=0)
    model.parameters[...] = -1
    ax = plotting.plot_activation_histograms(model, np.ones((4, 2)))
    assert texts_of(ax) == ["100 % are 0"]


@pytest.mark.parametrize("loss", ["binary_crossentropy", "mse"])
def test_gradients_are_those_of_a_training_step(loss: str) -> None:
    model = network(loss=loss)
    twin = copy.deepcopy(model)
    twin.train_on_batch(X, Y)
    ax = plotting.plot_gradient_histograms(model, X, Y)
    for layer, median in zip(twin.layers, medians_of(ax), strict=True):
        entries = np.abs(np.concatenate([g.ravel() for g in layer.gradients.values()]))
        assert median == pytest.approx(np.median(entries[entries > 0]), rel=1e-5)


def test_gradients_take_the_short_way_through_a_saturated_sigmoid() -> None:
    model = Sequential([Dense(1, "sigmoid", input_shape=(1,), use_bias=False)], seed=0)
    model.set_weights([[[200.0]]])
    model.compile("sgd", "binary_crossentropy")
    # p rounds to 1 and its slope to 0, yet the loss falls by x (p - t) = 3 for each step of W.
    ax = plotting.plot_gradient_histograms(model, [[3.0]], [0])
    assert medians_of(ax) == [3.0]


def test_gradients_that_are_zero_are_counted() -> None:
    model = Sequential([Dense(1, input_shape=(4,))], seed=0)
    model.compile("sgd", "mse")
    ax = plotting.plot_gradient_histograms(model, [[1.0, 0.0, 0.0, 0.0]], [[5.0]])
    assert texts_of(ax) == ["60 % are 0"]  # three weights of five parameters


def test_histograms_refuse_what_they_cannot_show() -> None:
    model = network()
    with pytest.raises(ValueError, match=r"\(N, 2\)"):
        plotting.plot_activation_histograms(model, np.ones((4, 3)))
    with pytest.raises(ValueError, match="isn't built"):
        plotting.plot_activation_histograms(Sequential([Dense(1)]), X)
    with pytest.raises(ValueError, match="bins must be at least 2"):
        plotting.plot_gradient_histograms(model, X, Y, bins=1)
    with pytest.raises(ValueError, match="isn't compiled"):
        plotting.plot_gradient_histograms(Sequential([Dense(1, input_shape=(2,))]), X, Y)
    model.parameters[...] = 0
    with pytest.raises(ValueError, match="exactly zero"):
        plotting.plot_gradient_histograms(model, X, 0.5 * np.ones(len(X)))
    model.parameters[0] = np.nan
    with pytest.raises(ValueError, match="the output of dense must be finite"):
        plotting.plot_activation_histograms(model, X)
    with pytest.raises(ValueError, match="the gradient of dense must be finite"):
        plotting.plot_gradient_histograms(model, X, Y)


# ---------------------------------------------------------------------------------------------
# The loss surface


def test_directions_have_the_norm_of_each_units_weights_and_leave_biases_alone() -> None:
    model = network()
    direction = copy.deepcopy(model)
    direction.parameters[...] = _filter_normalised(model, np.random.default_rng(0))
    for layer, part in zip(model.layers, direction.layers, strict=True):
        W, b = layer.parameters.values()
        part_W, part_b = part.parameters.values()
        norms = np.linalg.norm(W, axis=0)
        np.testing.assert_allclose(np.linalg.norm(part_W, axis=0), norms, rtol=1e-5)
        assert not part_b.any()
        assert b.shape == part_b.shape
    other = _filter_normalised(model, np.random.default_rng(1))
    assert abs(np.dot(direction.parameters, other)) < 0.9 * np.dot(other, other)


def test_losses_are_those_along_the_two_directions() -> None:
    model = Sequential([Dense(1, input_shape=(2,), use_bias=False)], seed=0, dtype="float64")
    model.set_weights([[[1.0], [2.0]]])
    model.compile("sgd", "mse")
    first, second, along = np.array([1.0, 0.0]), np.array([0.0, 10.0]), np.array([-1.0, 0.0, 1.0])
    # For x = (1, 1) and y = 3 the loss is (a + 10 b)².
    losses = _losses_around(model, np.ones((1, 2)), np.array([3.0]), first, second, along)
    np.testing.assert_allclose(losses, (along + 10 * along[:, np.newaxis]) ** 2, atol=1e-12)


def test_the_map_of_a_rescaled_network_is_the_same() -> None:
    """With ReLU, 4 W in one layer and W / 4 in the next is the same network: section 4 of Li."""
    maps = []
    for scale in (1, 4):
        model = Sequential(
            [Dense(6, "relu", input_shape=(2,)), Dense(1, "sigmoid")], seed=0, dtype="float64"
        )
        model.compile("sgd", "binary_crossentropy")
        model.layers[0].parameters["W"] *= scale
        model.layers[1].parameters["W"] /= scale
        rng = np.random.default_rng(0)
        first, second = _filter_normalised(model, rng), _filter_normalised(model, rng)
        maps.append(_losses_around(model, X, Y, first, second, np.linspace(-1, 1, 5)))
    np.testing.assert_allclose(maps[0], maps[1], rtol=1e-12)
    assert np.ptp(maps[0]) > 0.1


def test_levels_span_the_losses_and_the_cross_is_in_the_middle() -> None:
    model = network()
    ax = plotting.plot_loss_surface(model, X, Y, resolution=5, seed=2)
    rng = np.random.default_rng(2)
    first, second = _filter_normalised(model, rng), _filter_normalised(model, rng)
    losses = _losses_around(model, X, Y, first, second, np.linspace(-1, 1, 5))
    assert losses[2, 2] == pytest.approx(model.evaluate(X, Y, verbose=0)[0], rel=1e-6)
    filled: Any = ax.collections[0]
    assert filled.levels[[0, -1]] == pytest.approx([losses.min(), losses.max()])
    for line in ax.lines:
        np.testing.assert_array_equal(curve(line), [[0], [0]])


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_a_flat_landscape_and_one_with_a_loss_of_zero_are_drawn(target: float) -> None:
    model = Sequential([Dense(1, input_shape=(1,))], seed=0)
    model.compile("sgd", "mse")
    model.set_weights([[[target]], [0.0]])  # of weights that are zero every direction is zero
    ax = plotting.plot_loss_surface(model, [[1.0]], [target], resolution=3)
    figure_of(ax).canvas.draw()
    filled: Any = ax.collections[0]
    assert filled.levels[0] == 0
    assert len(texts_of(ax)) == 0 if target == 0 else len(texts_of(ax)) > 0


def test_loss_surface_refuses_what_it_cannot_draw() -> None:
    model = network()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"span": 0}, "span must be above 0, received 0"),
        ({"resolution": 4}, "resolution must be odd, received 4"),
        ({"resolution": 1}, "resolution must be at least 3"),
        ({"seed": -1}, "seed must be at least 0"),
    ]
    for options, message in wrong:
        with pytest.raises(ValueError, match=message):
            plotting.plot_loss_surface(model, X, Y, **options)
    model.parameters[0] = np.nan
    with pytest.raises(ValueError, match="must be finite, received nan"):
        plotting.plot_loss_surface(model, X, Y, resolution=3)


# ---------------------------------------------------------------------------------------------
# The film


def test_a_film_has_a_frame_for_each_parameters_kept_and_holds_the_last(tmp_path: Path) -> None:
    model: Sequential = PARAMETERS.model
    now = model.parameters.copy()
    film = tmp_path / "film.gif"
    ax = plotting.animate_decision_boundary(
        PARAMETERS, X, Y, film, frames_per_second=4, resolution=10
    )
    assert ax.get_title() == "after step 8"
    np.testing.assert_array_equal(model.parameters, now)
    assert list(tmp_path.iterdir()) == [film]
    with Image.open(film) as gif:
        frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(gif)]
        gif.seek(0)
        durations = [frame.info["duration"] for frame in ImageSequence.Iterator(gif)]
    assert len(frames) == len(PARAMETERS.steps) == 4 - 1
    assert durations == [250, 250, 1000]
    assert (frames[0] != frames[-1]).any()
    height, width = frames[0].shape[:2]
    assert (width, height) == figure_of(ax).canvas.get_width_height()


def test_the_last_frame_is_the_boundary_of_the_last_parameters(tmp_path: Path) -> None:
    ax = plotting.animate_decision_boundary(
        PARAMETERS, X, Y, tmp_path / "a.gif", frames_per_second=1, resolution=10
    )
    model = copy.deepcopy(PARAMETERS.model)
    model.parameters[...] = PARAMETERS.parameters[-1]
    still = plotting.plot_decision_boundary(model, X, Y, resolution=10)
    drawn, expected = ax.images[0].get_array(), still.images[0].get_array()
    assert drawn is not None
    assert expected is not None
    np.testing.assert_array_equal(drawn, expected)


@pytest.mark.skipif(not writers.is_available("ffmpeg"), reason="needs the program ffmpeg")
def test_a_film_can_be_mp4(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    plotting.animate_decision_boundary(PARAMETERS, X, Y, film, resolution=10)
    assert film.read_bytes()[4:8] == b"ftyp"


def test_without_ffmpeg_mp4_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with (
        matplotlib.rc_context({"animation.ffmpeg_path": "no-such-program"}),
        pytest.raises(FileNotFoundError, match=r"ffmpeg.*ends in \.gif"),
    ):
        plotting.animate_decision_boundary(PARAMETERS, X, Y, tmp_path / "film.mp4")


def test_a_film_that_fails_leaves_the_old_one_and_the_model_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = tmp_path / "film.gif"
    film.write_bytes(b"old")
    model: Sequential = PARAMETERS.model
    now = model.parameters.copy()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        plotting.animate_decision_boundary(
            PARAMETERS, X, Y, film, frames_per_second=1, resolution=10
        )
    assert film.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [film]
    np.testing.assert_array_equal(model.parameters, now)


def test_the_film_refuses_what_it_cannot_show(tmp_path: Path) -> None:
    film = tmp_path / "film.gif"
    with pytest.raises(ValueError, match=r"end in \.gif or \.mp4, received .*film\.png"):
        plotting.animate_decision_boundary(PARAMETERS, X, Y, tmp_path / "film.png")
    with pytest.raises(ValueError, match=r"recorded steps, received ParameterRecorder.*fit"):
        plotting.animate_decision_boundary(ParameterRecorder(), X, Y, film)
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        plotting.animate_decision_boundary(PARAMETERS, X, Y, tmp_path / "no" / "film.gif")
    with pytest.raises(ValueError, match=r"x must be of shape \(N, 2\)"):
        plotting.animate_decision_boundary(PARAMETERS, np.ones((4, 3)), Y, film)
    with pytest.raises(ValueError, match="frames_per_second"):
        plotting.animate_decision_boundary(PARAMETERS, X, Y, film, frames_per_second=0)
    assert list(tmp_path.iterdir()) == []


def test_steps_are_whole_numbers() -> None:
    for steps in (1, 3, 20):
        recorder = record(a=[0.5] * steps)
        ax = plotting.plot_gradient_flow(recorder)
        figure_of(ax).draw_without_rendering()
        assert all(float(tick).is_integer() for tick in ax.get_xticks())


def test_no_examples_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one example"):
        plotting.plot_activation_histograms(network(), np.zeros((0, 2)))


def test_labels_of_close_losses_differ() -> None:
    x, y = moons(20)
    ax = plotting.plot_loss_surface(network(), x, y, resolution=5, span=1e-5)
    labels = {text.get_text() for text in ax.texts}
    assert len(labels) > 3


def test_where_the_loss_is_not_finite_the_map_says_so() -> None:
    layers = [Dense(8, "exponential", input_shape=(2,)), Dense(1, "exponential")]
    model = Sequential(layers, seed=0)
    model.compile("sgd", "mse")
    x, y = moons(20)
    ax = plotting.plot_loss_surface(model, 10 * x, y, resolution=3, span=10)
    assert ax.get_title() == "white: the loss is not finite"
    assert plotting.plot_loss_surface(network(), x, y, resolution=3).get_title() == ""


def test_a_narrow_scale_of_magnitudes_is_named_in_plain_numbers() -> None:
    model = network()
    for layer in model.layers[:-1]:
        layer.trainable = False
    model.compile("sgd", "binary_crossentropy")
    x, y = moons(20)
    ax = plotting.plot_gradient_histograms(model, x, y)
    figure_of(ax).draw_without_rendering()
    labels = [text for text in ax.get_xticklabels(which="both") if text.get_text()]
    assert len([float(text.get_text()) for text in labels]) >= 2
    boxes = sorted((text.get_window_extent() for text in labels), key=lambda box: box.x0)
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))


def test_layers_that_prepare_the_input_are_left_out() -> None:
    """On one scale with bytes, the outputs of the other layers would be a single bin."""
    layers = [Flatten(input_shape=(4, 4)), Rescaling(1 / 255), Dense(5, "tanh"), Dropout(0.5)]
    images = np.random.default_rng(0).integers(0, 256, size=(20, 4, 4), dtype=np.uint8)
    ax = plotting.plot_activation_histograms(Sequential(layers, seed=0), images)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["dense", "dropout"]
    assert max(np.abs(ax.get_xlim())) < 2
    plain = Sequential([Rescaling(2.0, input_shape=(3,))])
    ax = plotting.plot_activation_histograms(plain, np.eye(3))
    assert [text.get_text() for text in ax.get_yticklabels()] == ["rescaling"]
