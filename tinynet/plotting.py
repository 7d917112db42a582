"""Pictures of data, predictions, training and weights.

Every function draws on one matplotlib Axes and returns it, so that titles, sizes and files stay the
caller's business: ``plot_images(x_train[:25]).figure.savefig("digits.png")``. Pass ``ax`` to draw
into a figure of your own; a grid of images is one tiled picture on that one Axes. The exception is
``plot_history``, which needs a panel for the loss and one for each metric: it takes and returns an
array of Axes.

Without ``ax`` a new figure is made. Where matplotlib can show figures, in a notebook or on a
desktop, it is a pyplot figure, as if made with ``plt.subplots()``: the notebook shows it at the end
of the cell and closes it; on a desktop ``plt.show()`` opens its window, and in a long loop pass
``ax`` or call ``plt.close(ax.figure)``. Where matplotlib can only write files, as on a server,
pyplot would keep figures that nobody ever sees or closes. There it is a plain ``Figure``, which
goes with the last reference to it: a thousand plots leave nothing behind, and
``ax.figure.savefig(...)``, which works everywhere, is the way to a file. Nothing here calls
``show`` or chooses a backend, and matplotlib is loaded by the first call, not by the import.

Those that look inside a network or its training, and those that divide the plane, are written in
`plotting_network`, `plotting_training` and `plotting_boundary`, and used from here like the others.

Colour is never the only sign. Right and wrong also carry a mark, ✓ or ✗, curves differ in line and
marker, classes in marker, and scales run from dark to light, so that the pictures can be read in
print without colour and by the colour-blind. The colours are those of Okabe and Ito, "Color
Universal Design" (2008), but for the green and the red, darkened until text in them reads well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tinynet.checks import as_numbers, check_count, check_finite
from tinynet.drawing import (
    BLUE,
    RIGHT_COLOR,
    VERMILION,
    WRONG_COLOR,
    as_classes,
    as_images,
    as_names,
    cell_size,
    check_axes,
    check_tiles,
    draw_grid,
    draw_scale,
    fonts_with_marks,
    grid_columns,
    luminance,
    mark,
    name_ticks,
    new_axes,
    new_figure,
)
from tinynet.plotting_boundary import animate_decision_boundary, plot_decision_boundary
from tinynet.plotting_network import plot_network, plot_preferred_inputs, plot_saliency
from tinynet.plotting_training import (
    plot_activation_histograms,
    plot_gradient_flow,
    plot_gradient_histograms,
    plot_loss_surface,
    plot_update_ratios,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from tinynet.callbacks import History

__all__ = [
    "animate_decision_boundary",
    "plot_activation_histograms",
    "plot_confusion_matrix",
    "plot_decision_boundary",
    "plot_gradient_flow",
    "plot_gradient_histograms",
    "plot_history",
    "plot_images",
    "plot_loss_surface",
    "plot_network",
    "plot_predictions",
    "plot_preferred_inputs",
    "plot_probabilities",
    "plot_saliency",
    "plot_update_ratios",
    "plot_weights",
]


# ---------------------------------------------------------------------------------------------
# Images


def plot_images(
    images: ArrayLike,
    labels: Sequence[object] | np.ndarray | None = None,
    *,
    columns: int | None = None,
    cmap: str = "binary",
    ax: Axes | None = None,
) -> Axes:
    """Draw images side by side in a grid.

    All images share one scale of grey: 0 to 255 for uint8, from the smallest to the largest value
    of them all otherwise.

    Parameters
    ----------
    images : array of shape (N, 28, 28) or (N, 784), any real dtype
        Other sizes do too: (N, height, width), or (N, side * side) for square images. At most 1000.
    labels : sequence of N numbers or strings, optional
        Written below the images.
    columns : int, optional
        Images in a row. Chosen to make a full, nearly square grid when it can.
    cmap : str
        A matplotlib colour map. "binary" draws large values as black ink on white paper.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the images have another shape, hold NaN or infinity, or are too many, or if there is not
        one label for each.
    TypeError
        If the images are not numbers or ``ax`` is not an Axes.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynet.plotting import plot_images
    >>> digits = np.random.default_rng(0).integers(0, 256, size=(6, 28, 28), dtype=np.uint8)
    >>> ax = plot_images(digits, labels=[5, 0, 4, 1, 9, 2])
    >>> [text.get_text() for text in ax.texts]
    ['5', '0', '4', '1', '9', '2']
    """
    check_axes(ax)
    tiles = as_images(images)
    check_tiles(len(tiles), "images")
    columns = grid_columns(len(tiles), columns)
    texts = None
    if labels is not None:
        labels = np.asarray(labels, dtype=object)
        if labels.shape != (len(tiles),):
            raise ValueError(
                f"labels must be one number or string for each image, of shape ({len(tiles)},), "
                f"received {labels.shape}."
            )
        texts = [str(label) for label in labels]

    ax, _, _ = draw_grid(ax, tiles, columns, texts, cmap=cmap)
    return ax


def plot_predictions(
    images: ArrayLike,
    y_pred: ArrayLike,
    y_true: ArrayLike,
    *,
    indices: ArrayLike | None = None,
    columns: int = 5,
    class_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw images with what the model said and what is true: ``✓ i=0 | pred=7 | true=7``.

    Right predictions are green with a ✓; wrong ones are red and bold with a ✗ and a heavy frame.

    Parameters
    ----------
    images : array of shape (N, 28, 28) or (N, 784), any real dtype
        All of the data, such as ``x_test``; ``indices`` says which of it to draw.
    y_pred : array of shape (N,) or (N, K)
        Predicted classes, or the K probabilities of each example, as ``predict`` returns them. One
        column, (N, 1), is the probability of class 1.
    y_true : array of shape (N,) or (N, K)
        True classes, or one-hot rows.
    indices : sequence of int, optional
        Which examples to draw, in this order, at most 1000. Default: the first thirty, which makes
        6 rows by 5 columns.
    columns : int
        Images in a row.
    class_names : sequence of str, optional
        Written instead of the class numbers.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If a shape is wrong, the three arrays differ in length, an index is out of range, or
        ``y_true`` has two dimensions and is not one-hot (are it and ``y_pred`` swapped?).
    TypeError
        If an argument is of the wrong type.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynet.plotting import plot_predictions
    >>> digits, y_pred, y_true = np.zeros((3, 784)), np.array([7, 2, 6]), np.array([7, 2, 5])
    >>> ax = plot_predictions(digits, y_pred, y_true)
    >>> for text in ax.texts:
    ...     print(text.get_text())
    ✓ i=0 | pred=7 | true=7
    ✓ i=1 | pred=2 | true=2
    ✗ i=2 | pred=6 | true=5

    The mistakes alone:

    >>> ax = plot_predictions(digits, y_pred, y_true, indices=np.flatnonzero(y_pred != y_true))
    >>> [text.get_text() for text in ax.texts]
    ['✗ i=2 | pred=6 | true=5']
    """
    from matplotlib.patches import Rectangle

    check_axes(ax)
    images = as_images(images)
    predicted = as_classes(y_pred, "y_pred")
    true = as_classes(y_true, "y_true", one_hot=True)
    if not len(images) == len(predicted) == len(true):
        raise ValueError(
            "images, y_pred and y_true must have the same length, "
            f"received {len(images)}, {len(predicted)} and {len(true)}."
        )
    chosen = np.arange(len(images))[:30] if indices is None else as_numbers(indices, "indices")
    _check_indices(chosen, len(images))
    columns = grid_columns(len(chosen), columns)
    count = max(predicted.max(), true.max()) + 1
    names = range(count) if class_names is None else as_names(class_names, count)
    # Numbers stand in one line; names are too long for that.
    separator, label_share = (" | ", 0.15) if class_names is None else ("\n", 0.4)

    right = predicted[chosen] == true[chosen]
    labels = [
        separator.join([f"{mark(ok)} i={i}", f"pred={names[p]}", f"true={names[t]}"])
        for i, p, t, ok in zip(chosen, predicted[chosen], true[chosen], right, strict=True)
    ]
    ax, corners, texts = draw_grid(
        ax, images[chosen], columns, labels, label_share=label_share, inches=1.8 * columns
    )
    height, width = images.shape[1:]
    for (left, top), text, ok in zip(corners, texts, right, strict=True):
        color = RIGHT_COLOR if ok else WRONG_COLOR
        text.set(color=color, fontweight="normal" if ok else "bold")
        line = 0.8 if ok else 2.5
        ax.add_patch(Rectangle((left, top), width, height, fill=False, color=color, linewidth=line))
    return ax


def plot_weights(
    W: ArrayLike,
    *,
    image_shape: tuple[int, int] | None = None,
    columns: int | None = None,
    cmap: str = "cividis",
    ax: Axes | None = None,
) -> Axes:
    """Draw the weights of each unit of a first layer as an image.

    Positive weights, which speak for the unit, are yellow and light; negative ones, which speak
    against it, are blue and dark; grey is zero. All units share one scale, symmetric around zero.
    After a few epochs much of what shows is still the noise that the weights began with, most of
    all at the border, where the digits have no ink.

    Parameters
    ----------
    W : array of shape (784, units)
        The weights of a Dense layer, one column for each unit. For other inputs than square images
        pass ``image_shape``.
    image_shape : (height, width), optional
        How the inputs were an image. Default: square.
    columns : int, optional
        Units in a row. Chosen to make a full, nearly square grid when it can.
    cmap : str
        A matplotlib colour map. A diverging one such as "RdBu_r" is clearer in colour, but in a
        grey print it shows both signs alike; "cividis" keeps them apart.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure. The scale is drawn at its right edge.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If W has another shape, holds NaN or infinity, or has more than 1000 units.
    TypeError
        If W is not numbers or ``ax`` is not an Axes.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynet.plotting import plot_weights
    >>> W = np.random.default_rng(0).normal(scale=0.1, size=(784, 6))
    >>> low, high = plot_weights(W).images[0].get_clim()
    >>> -low == high == abs(W).max()
    np.True_
    """
    check_axes(ax)
    W = as_numbers(W, "W")
    if W.ndim != 2 or W.size == 0:
        raise ValueError(f"W must be of shape (inputs, units), received {W.shape}.")
    side = math.isqrt(len(W))
    height, width = (check_count(pixels, "image_shape") for pixels in image_shape or (side, side))
    if height * width != len(W):
        raise ValueError(
            f"W must be of shape ({height * width}, units) for images of {height} by {width} "
            f"pixels, received {W.shape}. For other images pass image_shape=(height, width)."
        )
    check_finite(W, "W")
    check_tiles(W.shape[1], "units of W")
    columns = grid_columns(W.shape[1], columns)

    limit = float(abs(W).max()) or 1.0
    tiles = W.T.reshape(-1, height, width)
    ax, _, _ = draw_grid(ax, tiles, columns, cmap=cmap, limits=(-limit, limit), room_for_scale=1.2)
    draw_scale(ax, "weight")
    return ax


# ---------------------------------------------------------------------------------------------
# Predictions and training in figures


def plot_probabilities(
    probabilities: ArrayLike,
    true: int | None = None,
    *,
    class_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the probabilities that a model gives to the classes of one example.

    The bar of the predicted class is coloured: green if it is right, red if it is wrong, blue if
    ``true`` is not given. If it is wrong, the bar of the true class is hatched.

    Parameters
    ----------
    probabilities : array of shape (K,) or (1, K)
        One row of what ``predict`` returns.
    true : int, optional
        The true class.
    class_names : sequence of str, optional
        Written instead of the class numbers.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the shape is another one, or the numbers are not probabilities, that is between 0 and 1
        with a sum of 1, or ``true`` is not one of the classes.
    TypeError
        If the probabilities are not numbers, ``true`` is no integer or ``ax`` is not an Axes.

    Examples
    --------
    >>> from tinynet.plotting import plot_probabilities
    >>> ax = plot_probabilities([0.1, 0.7, 0.2], true=2)
    >>> ax.get_title()
    '✗ pred=1 | true=2'
    """
    check_axes(ax)
    p = as_numbers(probabilities, "probabilities")
    if p.ndim == 2 and len(p) == 1:
        p = p[0]
    if p.ndim != 1 or len(p) < 2:
        raise ValueError(
            "probabilities must be of shape (K,) or (1, K), one row with at least two classes, "
            f"received {np.shape(probabilities)}. Pass one row, such as predictions[8]."
        )
    check_finite(p, "probabilities")
    if p.min() < 0 or p.max() > 1 + 1e-6 or abs(p.sum() - 1) > 1e-3:
        raise ValueError(
            "probabilities must lie between 0 and 1 and sum to 1, received values from "
            f"{p.min():.4g} to {p.max():.4g} with sum {p.sum():.4g}. Logits need a softmax first."
        )
    if true is not None and check_count(true, "true", minimum=0) >= len(p):
        raise ValueError(f"true must be a class from 0 to {len(p) - 1}, received {true}.")
    names = as_names(class_names, len(p))

    if ax is None:
        ax = new_axes(min(max(5.0, 0.5 * len(p)), 12.0), 3.2)
    predicted = int(p.argmax())
    bars = ax.bar(range(len(p)), p, color="#C4C4C4", edgecolor="#404040", linewidth=0.8)
    if true is None:
        title, color = f"pred={names[predicted]}", BLUE
    else:
        color = RIGHT_COLOR if predicted == true else WRONG_COLOR
        title = f"{mark(predicted == true)} pred={names[predicted]} | true={names[true]}"
    bars[predicted].set(facecolor=color, label="predicted")
    if true is not None and predicted != true:
        bars[true].set(hatch="////", label="true")
        ax.legend(handles=[bars[predicted], bars[true]], frameon=False)
    ax.set_title(title, color=color, fontfamily=fonts_with_marks())
    ax.bar_label(
        bars, [f"{value:.2f}" if value >= 0.01 else "" for value in p], fontsize=8, padding=1
    )
    name_ticks(ax, names)
    ax.set(xlabel="class", ylabel="probability", ylim=(0, 1.1))
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def plot_history(
    history: History | Mapping[str, ArrayLike], *, axes: Sequence[Axes] | np.ndarray | None = None
) -> np.ndarray:
    """Draw loss and metrics over the epochs, training against validation.

    One panel for each name in the history, in its order; ``val_loss`` joins ``loss``. Epochs are
    counted from 1, as ``fit`` prints them. Values that are NaN or infinite leave a gap, and the
    legend says in which epoch they begin.

    Parameters
    ----------
    history : History or dict
        What ``fit`` returns, or a dict such as ``{"loss": [0.38, 0.19], "val_loss": [0.2, 0.17]}``.
    axes : sequence of matplotlib Axes, optional
        One for each panel. Default: a new figure with the panels side by side.

    Returns
    -------
    array of matplotlib Axes, of shape (panels,)

    Raises
    ------
    ValueError
        If the history is empty, its lists differ in length, or ``axes`` are too few or too many.
    TypeError
        If ``history`` is neither, or its values are not numbers.

    Examples
    --------
    >>> from tinynet.plotting import plot_history
    >>> axes = plot_history({"loss": [0.38, 0.19], "accuracy": [0.89, 0.95]})
    >>> [ax.get_ylabel() for ax in axes]
    ['loss', 'accuracy']
    >>> axes[0].figure is axes[1].figure
    True
    """
    from matplotlib.ticker import MaxNLocator

    if isinstance(history, Mapping):
        values, epochs = history, None
    elif isinstance(getattr(history, "history", None), Mapping):
        values, epochs = history.history, [number + 1 for number in history.epoch]
    else:
        raise TypeError(
            "history must be a History, as fit returns it, or a dict of lists, "
            f"received {type(history).__name__}."
        )
    curves = {name: as_numbers(curve, name) for name, curve in values.items()}
    if not any(curve.size for curve in curves.values()):
        raise ValueError("history must hold at least one epoch, received an empty one.")
    if epochs is None:
        epochs = list(range(1, 1 + next(iter(curves.values())).size))
    for name, curve in curves.items():
        if curve.shape != (len(epochs),):
            raise ValueError(
                f"{name} must hold a number for each of {len(epochs)} epochs, "
                f"received shape {curve.shape}."
            )
    panels = list(dict.fromkeys(name.removeprefix("val_") for name in curves))
    if axes is None:
        axes = new_figure(4.2 * len(panels), 3.2).subplots(1, len(panels), squeeze=False)[0]
    axes = np.array(axes, dtype=object).reshape(-1)
    for ax in axes:
        check_axes(ax)
    if len(axes) != len(panels):
        raise ValueError(
            f"axes must be {len(panels)} Axes, for {', '.join(panels)}, received {len(axes)}."
        )

    for ax, panel in zip(axes, panels, strict=True):
        styles = [
            (panel, "training", BLUE, "-", "o"),
            (f"val_{panel}", "validation", VERMILION, "--", "s"),
        ]
        for name, label, color, line, marker in styles:
            if name not in curves:
                continue
            finite = np.isfinite(curves[name])
            if not finite.all():
                label += f" (not finite from epoch {epochs[int(finite.argmin())]})"
            ax.plot(
                epochs,
                np.where(finite, curves[name], np.nan),
                line,
                color=color,
                marker=marker,
                markersize=5,
                markevery=1 + len(epochs) // 25,  # long histories keep a few markers
                markerfacecolor=color if name == panel else "white",
                label=label,
            )
        ax.set(xlabel="epoch", ylabel=panel, xlim=(epochs[0] - 0.5, epochs[-1] + 0.5))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.grid(alpha=0.3)
        ax.legend()
    return axes


def plot_confusion_matrix(
    matrix: ArrayLike, *, class_names: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw a confusion matrix: the true class picks the row, the predicted class the column.

    Each cell prints its count. Its shade is the count's share of the row on a logarithmic scale
    from 0.01 % to 100 %, so that the few mistakes of a good model can be seen beside its many right
    answers, and rare classes beside frequent ones. Empty cells stay white.

    Parameters
    ----------
    matrix : array of shape (K, K) of counts
        ``matrix[i, j]`` examples of class i were taken for class j, as
        ``tinynet.metrics.confusion_matrix(y_true, y_pred)`` counts them.
    class_names : sequence of str, optional
        Written instead of the class numbers.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the matrix is not square or holds anything but counts.
    TypeError
        If the matrix is not numbers or ``ax`` is not an Axes.

    Examples
    --------
    >>> from tinynet.plotting import plot_confusion_matrix
    >>> ax = plot_confusion_matrix([[48, 2], [5, 45]], class_names=["cat", "dog"])
    >>> ax.get_title()
    '93 of 100 right (93.00 %)'
    >>> [text.get_text() for text in ax.texts]
    ['48', '2', '5', '45']
    """
    import matplotlib
    from matplotlib.colors import LogNorm

    check_axes(ax)
    counts = as_numbers(matrix, "matrix")
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.size == 0:
        raise ValueError(f"matrix must be of shape (K, K), received {counts.shape}.")
    check_finite(counts, "matrix")
    if counts.min() < 0 or (counts != np.floor(counts)).any():
        raise ValueError(
            "matrix must hold counts, whole numbers from 0 up, received values from "
            f"{counts.min():.4g} to {counts.max():.4g}. Pass it before any normalisation."
        )
    if not counts.any():
        raise ValueError("matrix must count at least one example, received only zeros.")
    counts = counts.astype(np.int64)
    k = len(counts)
    names = as_names(class_names, k)

    if ax is None:
        size = min(max(3.2, 1.2 + 0.45 * k), 12)
        ax = new_axes(size, size)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    norm, cmap = LogNorm(1e-4, 1, clip=True), matplotlib.colormaps["Blues"]
    ax.imshow(np.ma.masked_equal(share, 0), norm=norm, cmap=cmap)
    points = 72 / ax.figure.dpi * cell_size(ax, k)
    digits = max(3, len(str(counts.max())))
    font_size = min(10, 0.8 * points / (0.7 * digits))  # a bold digit is 0.7 of its size wide
    for i, j in np.argwhere(counts):
        ax.text(
            j,
            i,
            str(counts[i, j]),
            ha="center",
            va="center",
            fontsize=font_size,
            fontweight="bold" if i == j else "normal",
            color="white" if luminance(cmap(norm(share[i, j]))) < 0.4 else "black",
        )
    right, total = counts.trace(), counts.sum()
    ax.set_title(f"{right} of {total} right ({right / total:.2%})".replace("%", " %"))
    name_ticks(ax, names)
    ax.set_yticks(range(k), names)
    ax.set(xlabel="predicted class", ylabel="true class")
    return ax


# ---------------------------------------------------------------------------------------------
# Checks of what was passed


def _check_indices(indices: np.ndarray, n: int) -> None:
    """Raise unless these are indices of some of n images."""
    if indices.ndim != 1 or (len(indices) and indices.dtype.kind not in "ui"):
        raise TypeError(
            f"indices must be whole numbers of shape (M,), received {indices.dtype} of shape "
            f"{indices.shape}. For a mask pass np.flatnonzero(mask)."
        )
    check_tiles(len(indices), "indices")
    wrong = indices[(indices < 0) | (indices >= n)]
    if len(wrong):
        raise ValueError(f"indices must be from 0 to {n - 1}, received {wrong[0]}.")
