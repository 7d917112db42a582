"""Plots of training: activations and gradients by layer, the size of updates, and the loss surface.

Import them from `tinynet.plotting`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from tinynet._internal.checks import (
    check_built,
    check_compiled,
    check_count,
    check_finite,
    check_number,
)
from tinynet._internal.names import known_keywords
from tinynet.explain.recorded_pass import record
from tinynet.layers.base import Layer
from tinynet.plotting.drawing import (
    add_legend,
    check_axes,
    count_on_x,
    ink,
    legend_room,
    new_axes,
    shades,
    side_room,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from numpy.typing import ArrayLike

    from tinynet.callbacks.recorders import GradientRecorder
    from tinynet.models import Sequential

LINES = ("-", "--", "-.", ":")
MARKERS = "os^Dv*"
MOST_BINS = 10_000  # more than a picture has pixels
MOST_POINTS = 501  # a quarter of a million losses


# ---------------------------------------------------------------------------------------------
# Training, step by step


@known_keywords
def plot_gradient_flow(recorder: GradientRecorder, *, ax: Axes | None = None) -> Axes:
    """Draw the norm of each layer's gradient over the training steps.

    The scale is logarithmic. A faint line shows every recorded step. A bold line shows the running
    geometric mean, over a fortieth of the steps to either side. Dark lines belong to layers near
    the input, light lines to layers near the output.

    Dark lines far below the light ones indicate vanishing gradients: each layer shrinks the
    gradient on the backward pass, and the first layers learn almost nothing. Lines that keep rising
    indicate exploding gradients.

    Parameters
    ----------
    recorder : GradientRecorder
        A recorder that was passed to ``fit`` as a callback.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the recorder has recorded nothing.
    TypeError
        If ``recorder`` is not a GradientRecorder or ``ax`` is not an Axes.

    Examples
    --------
    >>> from tinynet import Dense, Sequential
    >>> from tinynet.callbacks import GradientRecorder
    >>> from tinynet.datasets import moons
    >>> from tinynet.plotting import plot_gradient_flow
    >>> x, y = moons(50)
    >>> model = Sequential([Dense(8, "tanh"), Dense(1, "sigmoid")], seed=0)
    >>> model.compile("sgd", "binary_crossentropy")
    >>> recorder = GradientRecorder()
    >>> history = model.fit(x, y, epochs=5, verbose=0, callbacks=[recorder])
    >>> ax = plot_gradient_flow(recorder)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['dense', 'dense_1']
    """
    label = "norm of the gradient"
    return _draw_layers(ax, _checked(recorder).steps, recorder.gradient_norms, label)


@known_keywords
def plot_update_ratios(recorder: GradientRecorder, *, ax: Axes | None = None) -> Axes:
    """Draw the size of each layer's updates relative to the size of its parameters.

    The plot shows the ratio of the update's norm to that of the parameters, on a logarithmic scale.
    As a rule of thumb, it should be near 0.001, which a line marks. If it is far above, the
    learning rate is probably too high; if far below, too low. The rule is rough: small networks
    with small batches often train well a factor of ten away from it.

    Parameters
    ----------
    recorder : GradientRecorder
        A recorder that was passed to ``fit`` as a callback.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the recorder has recorded nothing.
    TypeError
        If ``recorder`` is not a GradientRecorder or ``ax`` is not an Axes.

    Notes
    -----
    The rule comes from the notes to Stanford's course CS231n, "Neural Networks Part 3", section
    "Ratio of weights:updates". While all parameters of a layer are zero, the ratio is undefined and
    the line has a gap.

    Examples
    --------
    >>> from tinynet import Dense, Sequential
    >>> from tinynet.callbacks import GradientRecorder
    >>> from tinynet.datasets import moons
    >>> from tinynet.plotting import plot_update_ratios
    >>> x, y = moons(50)
    >>> model = Sequential([Dense(8, "tanh"), Dense(1, "sigmoid")], seed=0)
    >>> model.compile("sgd", "binary_crossentropy")
    >>> recorder = GradientRecorder()
    >>> history = model.fit(x, y, epochs=5, verbose=0, callbacks=[recorder])
    >>> ax = plot_update_ratios(recorder)
    >>> ax.get_ylabel()
    'norm of update / norm of parameters'
    """
    ratios = {}
    for name, updates in _checked(recorder).update_norms.items():
        sizes = np.array(recorder.parameter_norms[name])
        ratios[name] = np.divide(updates, sizes, out=np.full(len(sizes), np.nan), where=sizes > 0)
    label = "norm of update / norm of parameters"
    return _draw_layers(ax, recorder.steps, ratios, label, {"rule of thumb": 1e-3})


def _draw_layers(
    ax: Axes | None,
    steps: Sequence[int],
    curves: Mapping[str, Sequence[float]],
    label: str,
    levels: Mapping[str, float] = MappingProxyType({}),
) -> Axes:
    """Draw each layer's curve on a logarithmic scale: the steps faint, their running mean bold.

    ``levels`` are drawn as horizontal lines.
    """
    check_axes(ax)
    names = [*curves, *levels]
    if ax is None:
        ax = new_axes(5.4 + legend_room(names), 3.6)
    colors, lines = shades(len(curves)), []
    for k, (name, curve) in enumerate(curves.items()):
        values = np.array(curve)
        values = np.where(np.isfinite(values) & (values > 0), values, np.nan)
        ax.plot(steps, values, color=colors[k], linewidth=0.6, alpha=0.35)
        lines += ax.plot(
            steps,
            _running_mean(values, 1 + len(steps) // 40),
            LINES[k % len(LINES)],
            color=colors[k],
            linewidth=1.8,
            marker=MARKERS[k % len(MARKERS)],
            markersize=5,
            markeredgecolor=ax.get_facecolor(),
            markeredgewidth=0.6,
            markevery=max(1, len(steps) // 8),
            label=name,
        )
    lines += [ax.axhline(y, color=ink(), linewidth=1, label=name) for name, y in levels.items()]
    low, high = ax.dataLim.intervaly
    if 0 < low <= high < 1.01 * low:  # matplotlib would warn of an axis without extent
        ax.set_ylim(low / 10, high * 10)
    ax.set_yscale("log")
    name_few_powers(ax.yaxis)
    count_on_x(ax)
    ax.set(xlabel="step", ylabel=label)
    ax.grid(alpha=0.3)
    add_legend(ax, lines, names, title="layer")
    return ax


def name_few_powers(axis: Axis) -> None:
    """Write more ticks than the powers of ten on a logarithmic axis that has only a few of them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = sorted(axis.get_view_interval())
    if high < 300 * low:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())


def _running_mean(values: np.ndarray, reach: int) -> np.ndarray:
    """Return the geometric mean of each value and `reach` neighbours to either side."""
    known = np.isfinite(values)
    window = np.ones(2 * reach + 1)
    total = np.convolve(np.where(known, np.log(np.where(known, values, 1)), 0), window)
    count = np.convolve(known, window)
    inside = slice(reach, reach + len(values))
    mean: np.ndarray = np.exp(total[inside] / np.maximum(count[inside], 1))
    return np.where(known, mean, np.nan)


def _checked(recorder: GradientRecorder) -> GradientRecorder:
    """Return a recorder after checking that it is a GradientRecorder with at least one step."""
    if not hasattr(recorder, "gradient_norms"):
        raise TypeError(f"recorder must be a GradientRecorder, received {type(recorder).__name__}.")
    if not recorder.steps:
        raise ValueError(
            "recorder must have recorded at least one step, received an empty one. "
            "Pass it to fit: callbacks=[recorder]."
        )
    return recorder


# ---------------------------------------------------------------------------------------------
# Distributions, layer by layer


@known_keywords
def plot_activation_histograms(
    model: Sequential, x: ArrayLike, *, bins: int = 80, ax: Axes | None = None
) -> Axes:
    """Draw a histogram of each layer's outputs, from the first layer at the top to the last.

    All rows share one scale of values, and each is scaled to its largest bin. Zeros, which a ReLU
    often outputs, are excluded from the histogram, and their share is given at the right. A share
    near 100 % indicates a layer of dead units. A tick marks the median of the other values. Layers
    before the first with parameters, such as Flatten and Rescaling, are left out: their outputs are
    the data, whose scale may be another.

    Parameters
    ----------
    model : Sequential
        A built model.
    x : array of shape (N, ...)
        Examples, such as a few hundred of the training set.
    bins : int
        Number of bins of each histogram.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the model is not built, x doesn't match it, or a layer's output is not finite.
    TypeError
        If x is not numbers or ``ax`` is not an Axes.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynet import Dense, Sequential
    >>> from tinynet.plotting import plot_activation_histograms
    >>> model = Sequential([Dense(8, "relu", input_shape=(2,)), Dense(3)], seed=0)
    >>> x = np.random.default_rng(0).normal(size=(100, 2))
    >>> ax = plot_activation_histograms(model, x)
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['dense', 'dense_1']
    """
    check_axes(ax)
    bins = check_count(bins, "bins", minimum=2, maximum=MOST_BINS)
    check_built(model)
    values: dict[str, np.ndarray] = {}

    def keep(layer: Layer, y: np.ndarray) -> None:
        check_finite(y, f"the output of {layer.name}")
        values[layer.name] = y.ravel().astype(np.float64)

    model.copy().forward(x, observer=keep)
    first = next((k for k, layer in enumerate(model.layers) if layer.parameter_names), 0)
    values = {layer.name: values[layer.name] for layer in model.layers[first:]}
    every = np.concatenate(list(values.values()))
    if not every.size:
        raise ValueError("x must hold at least one example, received none.")
    edges = np.linspace(*_range_of(np.quantile(every, [0.001, 0.999])), bins + 1)
    ax = _draw_ridges(ax, values, edges)
    ax.set_xlabel("output of the layer")
    return ax


@known_keywords
def plot_gradient_histograms(
    model: Sequential, x: ArrayLike, y: ArrayLike, *, bins: int = 80, ax: Axes | None = None
) -> Axes:
    """Draw a histogram of the magnitudes of each layer's gradient, from the first to the last.

    The scale is logarithmic, to show how the magnitudes shrink or grow from layer to layer. Each
    row is scaled to its largest bin, and a tick marks its median. Entries that are exactly zero,
    such as those of a dead unit or of the weights of a pixel that is always blank, are excluded,
    and their share is given at the right.

    Parameters
    ----------
    model : Sequential
        A compiled model.
    x, y : array
        Examples and targets, as for ``fit``. The gradient is that of their mean loss, with layers
        in inference mode (no dropout). The model's own gradients are unchanged.
    bins : int
        Number of bins of each histogram.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the model is not compiled, x and y don't match it, or all gradients are zero.
    TypeError
        If x or y are not numbers or ``ax`` is not an Axes.

    Notes
    -----
    After X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, who drew histograms of activations and gradients layer by layer to show
    why deep networks of sigmoids are hard to train.

    Examples
    --------
    >>> from tinynet import Dense, Sequential
    >>> from tinynet.datasets import moons
    >>> from tinynet.plotting import plot_gradient_histograms
    >>> x, y = moons(50)
    >>> model = Sequential([Dense(8, "tanh", input_shape=(2,)), Dense(1, "sigmoid")], seed=0)
    >>> model.compile("sgd", "binary_crossentropy")
    >>> ax = plot_gradient_histograms(model, x, y)
    >>> ax.get_xscale()
    'log'
    """
    check_axes(ax)
    bins = check_count(bins, "bins", minimum=2, maximum=MOST_BINS)
    check_compiled(model)
    gradients = _gradients_by_layer(model, x, y)
    for name, gradient in gradients.items():
        check_finite(gradient, f"the gradient of {name}")
    values = {name: np.abs(gradient) for name, gradient in gradients.items()}

    every = np.concatenate(list(values.values()))
    every = every[every > 0]
    if not every.size:
        raise ValueError(
            "The gradients of all layers are exactly zero, so there is nothing to draw."
        )
    low, high = np.log10(np.quantile(every, [0.001, 1]))
    edges = np.logspace(*_range_of(np.array([low, high])), bins + 1)
    ax = _draw_ridges(ax, values, edges)
    ax.set_xscale("log")
    name_few_powers(ax.xaxis)
    ax.set_xlabel("magnitude of an entry of the gradient")
    return ax


def _gradients_by_layer(model: Sequential, x: ArrayLike, y: ArrayLike) -> dict[str, np.ndarray]:
    """Run both passes once and return each trainable layer's gradient as one vector."""
    data, _ = model.prepare(x, y)
    flat = record(model, data.x, data.t, training=False).model
    return {
        layer.name: np.concatenate(
            [gradient.ravel().astype(np.float64) for gradient in layer.gradients.values()]
        )
        for layer in flat.layers
        if layer.learns
    }


def _range_of(ends: np.ndarray) -> tuple[float, float]:
    """Return the ends of a scale, widened by 2 %, or by 0.5 if they are equal."""
    low, high = float(ends[0]), float(ends[1])
    margin = 0.02 * (high - low) or 0.5
    return low - margin, high + margin


def _draw_ridges(ax: Axes | None, values: Mapping[str, np.ndarray], edges: np.ndarray) -> Axes:
    """Draw a histogram for each layer, one below the other, with the share of zeros beside it."""
    if ax is None:
        ax = new_axes(6.4 + side_room(list(values)), 1.0 + 0.62 * len(values))
    colors = shades(len(values), 0.15)
    for row, entries in enumerate(values.values()):
        rest = entries[entries != 0]
        counts, _ = np.histogram(rest, edges)
        heights = 0.82 * counts / max(1, counts.max())
        ax.stairs(row - heights, edges, baseline=row, fill=True, color=colors[row], alpha=0.85)
        ax.stairs(row - heights, edges, baseline=row, color=ink(), linewidth=0.6)
        if rest.size:
            median = float(np.median(rest))
            ax.plot([median, median], [row, row + 0.12], color=ink(), linewidth=1.5)
        zeros = 1 - rest.size / entries.size
        if zeros:
            ax.annotate(
                f"{100 * zeros:.0f} % are 0" if zeros >= 0.005 else "< 1 % are 0",
                (1.01, row - 0.2),
                xycoords=("axes fraction", "data"),
                fontsize=8,
                va="center",
            )
    ax.set_yticks(range(len(values)), list(values), parse_math=False)
    ax.set(xlim=(edges[0], edges[-1]), ylim=(len(values) - 0.7, -0.95))
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.grid(axis="x", alpha=0.3)
    return ax


# ---------------------------------------------------------------------------------------------
# The loss surface


@known_keywords
def plot_loss_surface(
    model: Sequential,
    x: ArrayLike,
    y: ArrayLike,
    *,
    span: float = 1.0,
    resolution: int = 25,
    seed: int = 0,
    ax: Axes | None = None,
) -> Axes:
    """Draw contours of the loss around the model's parameters, along two random directions.

    The cross marks the current parameters θ. The map shows, at (a, b), the loss at θ + a δ + b η.
    Dark is low. Each contour line is labelled with its loss. White areas have a loss that isn't
    finite.

    The directions are *filter-normalised*: each unit's part of δ and η, a column of W, has the norm
    of the unit's weights. Otherwise the map would depend on the scale of the weights. With ReLU,
    halving the weights of one layer and doubling those of the next gives the same function, but
    steps of the same length would change it differently.

    Parameters
    ----------
    model : Sequential
        A compiled and built model. Its parameters are unchanged.
    x, y : array
        Examples and targets, as for ``fit``. Their loss is computed ``resolution**2`` times, so a
        few hundred examples are enough.
    span : float
        Largest distance along each direction, relative to the norm of the weights.
    resolution : int
        Number of points along each direction. It must be odd, so that the centre is one of them.
    seed : int
        Seed of the random directions.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the model is not compiled or built, an argument is out of range, or x and y don't match
        the model.
    TypeError
        If an argument is of the wrong type.

    Notes
    -----
    H. Li, Z. Xu, G. Taylor, C. Studer and T. Goldstein, "Visualizing the loss landscape of neural
    nets", NeurIPS 2018, section 4: ``d[i, j] <- d[i, j] / ||d[i, j]|| * ||θ[i, j]||`` for filter j
    of layer i, which in a Dense layer is one unit. Biases are not moved, as in the authors' code
    (option ``ignore="biasbn"``).

    Examples
    --------
    >>> from tinynet import Dense, Sequential
    >>> from tinynet.datasets import moons
    >>> from tinynet.plotting import plot_loss_surface
    >>> x, y = moons(50)
    >>> model = Sequential([Dense(8, "tanh", input_shape=(2,)), Dense(1, "sigmoid")], seed=0)
    >>> model.compile("adam", "binary_crossentropy")
    >>> ax = plot_loss_surface(model, x, y, resolution=7)
    >>> ax.get_xlabel()
    'a, along the first direction'
    """
    from matplotlib.colors import LogNorm

    check_axes(ax)
    check_compiled(model)
    check_built(model)
    span = check_number(span, "span")
    if span <= 0:
        raise ValueError(f"span must be above 0, received {span}.")
    resolution = check_count(resolution, "resolution", minimum=3, maximum=MOST_POINTS)
    if resolution % 2 == 0:
        raise ValueError(f"resolution must be odd, received {resolution}.")
    rng = np.random.default_rng(check_count(seed, "seed", minimum=0))
    model = model.copy()
    first, second = _filter_normalised(model, rng), _filter_normalised(model, rng)
    along = np.linspace(-span, span, resolution)
    losses = _losses_around(model, x, y, first, second, along)
    if not np.isfinite(losses[resolution // 2, resolution // 2]):
        raise ValueError(
            "The loss at the model's parameters must be finite, received "
            f"{losses[resolution // 2, resolution // 2]}. Has training diverged?"
        )

    if ax is None:
        ax = new_axes(4.8, 4.4)
    seen = losses[np.isfinite(losses)]
    lowest, highest = seen.min(), max(seen.max(), seen.min() + 1e-9)
    # Levels at equal ratios give contours at low losses as well as at high ones. They need losses
    # above 0.
    space, norm = (np.geomspace, LogNorm()) if lowest > 0 else (np.linspace, None)
    levels = space(lowest, highest, 13)
    masked = np.ma.masked_invalid(losses)
    ax.contourf(along, along, masked, levels=levels, norm=norm, cmap="cividis", extend="both")
    if lowest < seen.max():
        inks = ["white"] * 5 + ["black"] * 6  # white on the dark half of the map
        lines = ax.contour(along, along, masked, levels=levels[1:-1], colors=inks, linewidths=0.7)
        digits = next((d for d in range(2, 9) if len({f"{y:.{d}g}" for y in levels}) == 13), 9)
        ax.clabel(lines, fmt=lambda loss: f"{loss:.{digits}g}", fontsize=8)
    ax.set_facecolor("white")
    if seen.size < losses.size:
        ax.set_title("white: the loss is not finite")
    for color, size, width in (("black", 13, 4.5), ("white", 11, 2)):
        ax.plot([0], [0], "+", color=color, markersize=size, markeredgewidth=width)
    ax.set(xlabel="a, along the first direction", ylabel="b, along the second direction")
    ax.set_aspect("equal")
    return ax


def _filter_normalised(model: Sequential, rng: np.random.Generator) -> np.ndarray:
    """Return a random direction in which each unit's part has the norm of the unit's weights."""
    parts = []
    for layer in model.layers:
        for parameter in layer.parameters.values() if layer.learns else ():
            direction = rng.normal(size=parameter.shape)
            if parameter.ndim < 2:
                direction[...] = 0
            else:
                inputs = tuple(range(parameter.ndim - 1))
                weights = parameter.astype(np.float64)
                direction *= np.sqrt(
                    np.square(weights).sum(axis=inputs) / np.square(direction).sum(axis=inputs)
                )
            parts.append(direction.ravel())
    return np.concatenate(parts)


def _losses_around(
    model: Sequential,
    x: ArrayLike,
    y: ArrayLike,
    first: np.ndarray,
    second: np.ndarray,
    along: np.ndarray,
) -> np.ndarray:
    """Return the loss at θ + a first + b second, of shape (b, a)."""
    moved, x = model.copy(), model.check_examples(x)
    losses = np.empty((len(along), len(along)))
    for row, b in enumerate(along):
        for column, a in enumerate(along):
            moved.parameters[...] = model.parameters + a * first + b * second
            result = moved.evaluate(x, y, batch_size=len(x), verbose=0)
            losses[row, column] = np.ravel(result)[0]
    return losses
