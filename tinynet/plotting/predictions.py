"""Plots of predictions: images with labels, probabilities and the confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._internal.checks import as_numbers, check_bool, check_count, check_finite
from tinynet._internal.names import known_keywords
from tinynet.plotting.drawing import (
    as_classes,
    as_images,
    as_names,
    as_probabilities,
    blue,
    cell_size,
    check_axes,
    check_tiles,
    draw_grid,
    fonts_with_marks,
    grid_columns,
    luminance,
    mark,
    name_ticks,
    new_axes,
    side_room,
    slant_room,
    verdict_color,
)
from tinynet.plotting.images import check_indices

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike


@known_keywords
def plot_predictions(
    images: ArrayLike,
    y_pred: ArrayLike,
    y_true: ArrayLike,
    *,
    indices: ArrayLike | None = None,
    columns: int = 5,
    class_names: Sequence[str] | None = None,
    confidence: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw images with their predicted and true classes: ``✓ i=0 | pred=7 | true=7``.

    Correct predictions are green with a ✓. Incorrect ones are red and bold with a ✗ and a thick
    frame.

    Parameters
    ----------
    images : array of shape (N, 28, 28) or (N, 784), any real dtype
        All examples, such as ``x_test``, as for `plot_images`. ``indices`` selects which to draw.
    y_pred : array of shape (N,) or (N, K)
        Predicted classes, or the K probabilities of each example, as ``predict`` returns them. A
        single column, (N, 1), holds the probability of class 1.
    y_true : array of shape (N,) or (N, K)
        True classes, or one-hot rows.
    indices : sequence of int, optional
        Which examples to draw, in this order, at most 1000. Default: the first 30, which makes 6
        rows of 5.
    columns : int
        Images per row.
    class_names : sequence of str, optional
        Shown instead of the class numbers.
    confidence : bool
        Whether to show the probability of each predicted class.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If a shape is wrong, the three arrays differ in length, an index is out of range, or
        ``y_true`` has two dimensions and is not one-hot (perhaps swapped with ``y_pred``).
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

    Only the incorrect predictions:

    >>> ax = plot_predictions(digits, y_pred, y_true, indices=np.flatnonzero(y_pred != y_true))
    >>> [text.get_text() for text in ax.texts]
    ['✗ i=2 | pred=6 | true=5']

    With the probability of the predicted class:

    >>> p = np.array([[0.1, 0.9], [0.73, 0.27]])
    >>> ax = plot_predictions(np.zeros((2, 784)), p, [1, 1], indices=[1], confidence=True)
    >>> ax.texts[0].get_text().splitlines()
    ['✗ i=1', 'pred=0 (73 %) | true=1']
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
    outputs = np.shape(y_pred)[1] if np.ndim(y_pred) == 2 else 1
    if outputs > 1 and true.max() >= outputs:
        raise ValueError(
            f"y_true must hold classes from 0 to {outputs - 1}, one for each column of y_pred, "
            f"received {true.max()}."
        )
    chosen = np.arange(len(images))[:30] if indices is None else as_numbers(indices, "indices")
    check_indices(chosen, len(images))
    columns = grid_columns(len(chosen), columns)
    count = max(predicted.max(), true.max()) + 1
    names = range(count) if class_names is None else as_names(class_names, count)
    sure = _confidences(y_pred)[chosen] if check_bool(confidence, "confidence") else None
    # Class numbers fit on one line, or on two with a confidence; class names take three.
    label_share = 0.4 if class_names is not None else 0.15 if sure is None else 0.3

    right = predicted[chosen] == true[chosen]
    labels = []
    for k, (i, p, t) in enumerate(zip(chosen, predicted[chosen], true[chosen], strict=True)):
        number, said, truth = f"{mark(right[k])} i={i}", f"pred={names[p]}", f"true={names[t]}"
        if sure is not None:
            said += f" ({percent(sure[k])})"
        after_number = " | " if class_names is None and sure is None else "\n"
        after_said = " | " if class_names is None else "\n"
        labels.append(f"{number}{after_number}{said}{after_said}{truth}")
    ax, corners, texts = draw_grid(
        ax, images[chosen], columns, labels, label_share=label_share, inches=1.8 * columns
    )
    height, width = images.shape[1:3]
    for (left, top), text, ok in zip(corners, texts, right, strict=True):
        color = verdict_color(ok)
        text.set(color=color, fontweight="normal" if ok else "bold")
        line = 0.8 if ok else 2.5
        ax.add_patch(Rectangle((left, top), width, height, fill=False, color=color, linewidth=line))
    return ax


# ---------------------------------------------------------------------------------------------
# Probabilities and the confusion matrix


def _confidences(y_pred: ArrayLike) -> np.ndarray:
    """Return the probability of each predicted class."""
    p = as_numbers(y_pred, "y_pred")
    if p.ndim != 2 or p.dtype.kind != "f":
        raise ValueError(
            "confidence=True needs probabilities: y_pred must be of shape (N, K), as predict "
            f"returns it, received {p.dtype} of shape {p.shape}."
        )
    p = as_probabilities(p, "y_pred")
    return np.maximum(p, 1 - p)[:, 0] if p.shape[1] == 1 else p.max(axis=1)


def percent(share: float, digits: int = 0) -> str:
    """Return a share in percent. Only a share of exactly 1 is written as 100 %.

    Examples
    --------
    >>> percent(0.731), percent(0.9996), percent(1.0)
    ('73 %', '99.96 %', '100 %')
    """
    while digits < 4 and share < 1 and f"{share:.{digits}%}".startswith("100"):
        digits += 1
    return f"{share:.{digits}%}".replace("%", " %")


@known_keywords
def plot_probabilities(
    probabilities: ArrayLike,
    true: ArrayLike | None = None,
    *,
    class_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the predicted probabilities of the classes for one example.

    The bar of the predicted class is green if the prediction is correct, red if it is incorrect,
    and blue if ``true`` is not given. For an incorrect prediction, the bar of the true class is
    hatched.

    Parameters
    ----------
    probabilities : array of shape (K,) or (1, K)
        One row of what ``predict`` returns. A single number is the probability of class 1.
    true : int, optional
        The true class, or a one-hot row.
    class_names : sequence of str, optional
        Shown instead of the class numbers.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the shape is wrong, the numbers do not lie between 0 and 1 or do not sum to 1, or
        ``true`` is not one of the classes.
    TypeError
        If the probabilities are not numbers, ``true`` is not an integer or ``ax`` is not an Axes.

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
    if p.shape == (1,):
        p = np.array([1 - p[0], p[0]])
    if p.ndim != 1 or len(p) < 2:
        raise ValueError(
            "probabilities must be of shape (K,) or (1, K), one row with a number for each class, "
            f"received {np.shape(probabilities)}. Pass one row, such as predictions[8]."
        )
    check_finite(p, "probabilities")
    if p.min() < 0 or p.max() > 1 + 1e-6 or abs(p.sum() - 1) > 1e-3:
        raise ValueError(
            "probabilities must lie between 0 and 1 and sum to 1, received values from "
            f"{p.min():.4g} to {p.max():.4g} with sum {p.sum():.4g}. Logits need a softmax first."
        )
    answer = None
    if true is not None:
        if isinstance(true, list | tuple | np.ndarray):
            row = as_numbers(true, "true").reshape(1, -1)
            if row.size in (1, len(p)):
                true = int(as_classes(row, "true", one_hot=True)[0])
        answer = check_count(true, "true", minimum=0, maximum=len(p) - 1)
    names = as_names(class_names, len(p))

    if ax is None:
        room = slant_room(names)  # below the bars, and at the left of the first
        ax = new_axes(min(max(5.0, 0.5 * len(p)), 12.0) + max(0, room - 1), 3.2 + room)
    predicted = int(p.argmax())
    bars = ax.bar(range(len(p)), p, color="#C4C4C4", edgecolor="#404040", linewidth=0.8)
    if answer is None:
        title, color = f"pred={names[predicted]}", blue()
    else:
        color = verdict_color(predicted == answer)
        title = f"{mark(predicted == answer)} pred={names[predicted]} | true={names[answer]}"
    bars[predicted].set(facecolor=color, label="predicted")
    if answer is not None and answer != predicted:
        bars[answer].set(hatch="////", label="true")
        legend = ax.legend(
            handles=[bars[predicted], bars[answer]], loc="upper right", frameon=False
        )
        if predicted > (len(p) - 1) / 2:  # the tallest bar stands on the right
            legend.set_loc("upper left")
    if len(title) > 45:
        title = title.replace(" | true=", "\ntrue=")
    heading = ax.set_title(title, color=color, fontfamily=fonts_with_marks(), parse_math=False)
    fits = 0.75 * cell_size(ax, 1) / heading.get_window_extent().width
    heading.set_fontsize(min(1, fits) * float(heading.get_fontsize()))
    figures = [f"{value:.2f}" if value >= 0.01 else "" for value in p]
    texts = ax.bar_label(bars, figures, fontsize=8, padding=1)
    widest = max(1, *(text.get_window_extent().width for text in texts))  # 0 if all are empty
    room = 0.85 * cell_size(ax, len(p)) / widest
    for c, text in enumerate(texts):
        if room >= 0.6:
            text.set_fontsize(8 * min(1, room))
        elif c not in (predicted, answer):
            text.set_text("")  # too narrow a bar for a figure that can be read
    name_ticks(ax, names)
    ax.set(xlabel="class", ylabel="probability", ylim=(0, 1.1))
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.spines[["top", "right"]].set_visible(False)
    return ax


@known_keywords
def plot_confusion_matrix(
    matrix: ArrayLike, *, class_names: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw a confusion matrix: rows are true classes, columns are predicted classes.

    Each cell shows its count. The shade is the count's share of its row, on a logarithmic scale
    from 0.01 % to 100 %. The few mistakes of a good model are visible beside its many correct
    predictions, and rare classes beside frequent ones. Empty cells are white.

    Parameters
    ----------
    matrix : array of shape (K, K) of counts
        ``matrix[i, j]`` is the number of examples of class i that were predicted as class j, as
        ``tinynet.metrics.confusion_matrix(y_true, y_pred)`` returns it.
    class_names : sequence of str, optional
        Shown instead of the class numbers.
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
        If the matrix is not numeric or ``ax`` is not an Axes.

    Examples
    --------
    >>> from tinynet.plotting import plot_confusion_matrix
    >>> ax = plot_confusion_matrix([[48, 2], [5, 45]], class_names=["cat", "dog"])
    >>> ax.get_title()
    '93 of 100 correct (93.00 %)'
    >>> [text.get_text() for text in ax.texts]
    ['48', '2', '5', '45']
    """
    import matplotlib
    from matplotlib.colors import LogNorm

    check_axes(ax)
    counts = as_numbers(matrix, "matrix")
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or counts.size == 0:
        raise ValueError(f"matrix must be of shape (K, K), received {counts.shape}.")
    check_tiles(len(counts), "The classes of matrix")
    check_finite(counts, "matrix")
    if counts.min() < 0 or (counts != np.floor(counts)).any():
        raise ValueError(
            "matrix must hold counts, whole numbers of at least 0, received values from "
            f"{counts.min():.4g} to {counts.max():.4g}. Pass the counts before normalisation."
        )
    if not counts.any():
        raise ValueError("matrix must count at least one example, received only zeros.")
    counts = counts.astype(np.int64)
    k = len(counts)
    names = as_names(class_names, k)

    new: Any = None
    if ax is None:
        size = min(max(3.2, 1.2 + 0.45 * k), 12)
        ax = new_axes(size + side_room(names), size + slant_room(names))
        new = ax.figure
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    norm, cmap = LogNorm(1e-4, 1, clip=True), matplotlib.colormaps["Blues"]
    ax.imshow(np.ma.masked_equal(share, 0), norm=norm, cmap=cmap)
    ax.set_facecolor("white")
    ax.grid(False)  # which some styles draw through the counts
    right, total = counts.trace(), counts.sum()
    title = f"{right} of {total} correct ({percent(right / total, digits=2)})"
    if len(title) > 35:
        title = title.replace(" (", "\n(")
    ax.set_title(title)
    name_ticks(ax, names, both=True)
    ax.set(xlabel="predicted class", ylabel="true class")
    if new is not None:
        new.get_layout_engine().execute(new)  # the names leave less room for the cells
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
    return ax
