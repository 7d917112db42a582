"""The plot of the training history."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._internal.checks import as_numbers, check_iterable, check_table
from tinynet._internal.names import known_keywords
from tinynet.plotting.drawing import VERMILION, blue, check_axes, count_on_x, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from tinynet.callbacks.history import History

MOST_COLUMNS = 4  # of panels: more would be too small to read on a page


@known_keywords
def plot_history(
    history: History | Mapping[str, ArrayLike], *, axes: Sequence[Axes] | np.ndarray | None = None
) -> np.ndarray:
    """Draw the loss and the metrics over the epochs, for training and validation.

    Each name in the history has its own panel, in order; ``val_loss`` shares that of ``loss``.
    Epochs are counted from 1, as ``fit`` prints them; a column ``epoch`` is not drawn. NaN and
    infinite values leave a gap, and the legend shows the first epoch with one.

    Parameters
    ----------
    history : History, dict or DataFrame
        What ``fit`` returns, or a dict such as ``{"loss": [0.38, 0.19], "val_loss": [0.2, 0.17]}``,
        or a table such as ``pandas.read_csv`` makes of the file of a ``CSVLogger``.
    axes : sequence of matplotlib Axes, optional
        One for each panel. Default: a new figure with at most four panels side by side.

    Returns
    -------
    array of matplotlib Axes, of shape (panels,)

    Raises
    ------
    ValueError
        If the history is empty, its lists differ in length, or the number of ``axes`` is wrong.
    TypeError
        If ``history`` is neither a History nor a dict or DataFrame, or its values are not numbers.

    Examples
    --------
    >>> from tinynet.plotting import plot_history
    >>> axes = plot_history({"loss": [0.38, 0.19], "accuracy": [0.89, 0.95]})
    >>> [ax.get_ylabel() for ax in axes]
    ['loss', 'accuracy']
    >>> axes[0].figure is axes[1].figure
    True
    """
    from matplotlib.axes import Axes as Panel

    table: Any = history
    seen: dict[str, list[int]] = {}  # the epochs of each curve, if the history tells
    names: Iterable[Any] | None = getattr(history, "columns", None)  # of a DataFrame
    if isinstance(history, Mapping) or names is not None:
        names = table if names is None else names
        table = {name: table[name] for name in names if name != "epoch"}
        values, epochs = check_table(table, "history"), None
    elif isinstance(getattr(history, "history", None), Mapping):
        values, epochs = history.history, [number + 1 for number in history.epoch]
        logs = [*zip(epochs, getattr(history, "logs", ()), strict=False)]
        seen = {name: [k for k, found in logs if name in found] for name in values if logs}
    else:
        raise TypeError(
            "history must be a History, as fit returns it, a dict of lists or a DataFrame, "
            f"received {type(history).__name__}."
        )
    curves = {name: as_numbers(curve, name) for name, curve in values.items()}
    if not any(curve.size for curve in curves.values()):
        raise ValueError("history must hold at least one epoch, received an empty one.")
    if epochs is None:
        epochs = list(range(1, 1 + next(iter(curves.values())).size))
    seen = {name: seen.get(name, epochs) for name in curves}
    for name, curve in curves.items():
        if curve.shape != (len(seen[name]),):
            advice = ""
            if name.startswith("val_") and 0 < curve.size < len(seen[name]):
                advice = (
                    " If not every epoch was validated, pass what fit returned, a History, which "
                    "knows the epochs that were."
                )
            raise ValueError(
                f"{name} must hold a number for each of {len(seen[name])} epochs, "
                f"received shape {curve.shape}.{advice}"
            )
    panels = list(dict.fromkeys(name.removeprefix("val_") for name in curves))
    if axes is None:
        rows = math.ceil(len(panels) / MOST_COLUMNS)
        across = math.ceil(len(panels) / rows)
        grid = new_figure(4.2 * across, 3.2 * rows).subplots(rows, across, squeeze=False).ravel()
        for unused in grid[len(panels) :]:
            unused.remove()
        axes = grid[: len(panels)]
    given = [*axes.flat] if isinstance(axes, np.ndarray) else axes
    given = [given] if isinstance(given, Panel) else check_iterable(given, "axes", "Axes")
    for ax in given:
        check_axes(ax)
    axes = np.array(given, dtype=object)
    if len(axes) != len(panels):
        raise ValueError(
            f"axes must be {len(panels)} Axes, for {', '.join(panels)}, received {len(axes)}."
        )

    for ax, panel in zip(axes, panels, strict=True):
        styles = [
            (panel, "training", blue(), "-", "o"),
            (f"val_{panel}", "validation", VERMILION, "--", "s"),
        ]
        for name, label, color, line, marker in styles:
            if name not in curves:
                continue
            finite = np.isfinite(curves[name])
            if not finite.all():
                label += f" (not finite from epoch {seen[name][int(finite.argmin())]})"
            ax.plot(
                seen[name],
                np.where(finite, curves[name], np.nan),
                line,
                color=color,
                marker=marker,
                markersize=5,
                markevery=1 + len(seen[name]) // 25,  # long histories keep a few markers
                markeredgewidth=1,
                markerfacecolor=color if name == panel else ax.get_facecolor(),
                label=label,
            )
        ax.set(xlabel="epoch", xlim=(epochs[0] - 0.5, epochs[-1] + 0.5))
        ax.set_ylabel(panel, parse_math=False)
        count_on_x(ax)
        ax.grid(alpha=0.3)
        ax.legend()
    return axes
