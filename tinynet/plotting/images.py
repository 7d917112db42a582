"""Plots of images and of weights as images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tinynet._internal.checks import as_numbers, as_text, check_finite, check_shape
from tinynet._internal.names import known_keywords
from tinynet.plotting.drawing import (
    as_captions,
    as_images,
    check_axes,
    check_cmap,
    check_tiles,
    diverging_map,
    draw_grid,
    draw_scale,
    grid_columns,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike


# ---------------------------------------------------------------------------------------------
# Images


@known_keywords
def plot_images(
    images: ArrayLike,
    labels: Sequence[object] | np.ndarray | None = None,
    *,
    columns: int | None = None,
    cmap: str = "binary",
    ax: Axes | None = None,
) -> Axes:
    """Draw images side by side in a grid.

    All images share one scale: 0 to 255 for uint8, and otherwise from the smallest to the largest
    value of all images, or 0 to 1 if images in colour lie between.

    Parameters
    ----------
    images : array of shape (N, 28, 28) or (N, 784), any real dtype
        Other sizes work too: (N, height, width), or (N, side * side) for square images. A last axis
        of 1 is dropped; one of 3 holds red, green and blue. At most 1000 images.
    labels : sequence of N numbers or strings, optional
        Written below the images.
    columns : int, optional
        Images per row. Default: a number that fills a nearly square grid, if there is one.
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
        If the images have the wrong shape, hold NaN or infinity, or are too many, or if the number
        of labels differs.
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
    check_cmap(cmap)
    tiles = as_images(images)
    check_tiles(len(tiles), "images")
    columns = grid_columns(len(tiles), columns)
    texts = None
    if labels is not None:
        texts = [as_text(label) for label in as_captions(labels, len(tiles), "images")]

    ax, _, _ = draw_grid(ax, tiles, columns, texts, cmap=cmap)
    return ax


@known_keywords
def plot_weights(
    W: ArrayLike,
    *,
    image_shape: tuple[int, int] | None = None,
    initial: ArrayLike | None = None,
    columns: int | None = None,
    cmap: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the weights of each unit of a first layer as an image.

    Positive weights are orange, negative weights are blue, and zero is white. All units share one
    scale, symmetric around zero.

    After a few epochs, much of the picture is still the noise of the initial weights. Pass them as
    ``initial`` to draw the change due to training beside the weights of each unit.

    Parameters
    ----------
    W : array of shape (784, units)
        The weights of a Dense layer, one column for each unit. If the inputs are not square images,
        pass ``image_shape``.
    image_shape : (height, width), optional
        Shape of the input images. Default: square.
    initial : array of the shape of W, optional
        The weights before training, such as ``model.get_weights()[0]`` before ``fit``.
    columns : int, optional
        Units per row. Default: a number that fills a nearly square grid, if there is one.
    cmap : str, optional
        A matplotlib colour map. Default: from blue through white to orange. In black and white,
        both signs become grey; "cividis" distinguishes them by brightness.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure. The colour scale is drawn at its right edge.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If W has the wrong shape, holds NaN or infinity, or has more than 1000 units.
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
    if cmap is not None:
        check_cmap(cmap)
    W = as_numbers(W, "W")
    if W.ndim != 2 or W.size == 0:
        raise ValueError(f"W must be of shape (inputs, units), received {W.shape}.")
    side = math.isqrt(len(W))
    height, width = check_image_shape(image_shape, (side, side))
    if height * width != len(W):
        raise ValueError(
            f"W must be of shape ({height * width}, units) for images of {height} by {width} "
            f"pixels, received {W.shape}. For other images pass image_shape=(height, width)."
        )
    check_finite(W, "W")
    check_tiles(W.shape[1], "units of W")
    columns = grid_columns(W.shape[1], columns)

    tiles, labels = W.T.reshape(-1, height, width), None
    if initial is not None:
        initial = as_numbers(initial, "initial")
        if initial.shape != W.shape:
            raise ValueError(f"initial must be of W's shape {W.shape}, received {initial.shape}.")
        check_finite(initial, "initial")
        changes = (W - initial).T.reshape(-1, height, width)
        tiles = np.stack([tiles, changes], axis=1).reshape(-1, height, width)
        labels, columns = ["weights", "change"] * W.shape[1], 2 * columns
    limit = float(abs(tiles).max()) or 1.0
    ax, _, _ = draw_grid(
        ax,
        tiles,
        columns,
        labels,
        cmap=diverging_map() if cmap is None else cmap,
        limits=(-limit, limit),
        room_for_scale=1.2,
    )
    draw_scale(ax, "weight")
    return ax


# ---------------------------------------------------------------------------------------------
# Checks of arguments


def check_image_shape(shape: object, square: tuple[int, int]) -> tuple[int, int]:
    """Return (height, width), by default those of the square."""
    sizes = square if shape is None else check_shape(shape, what="image_shape")
    sizes = without_channel(sizes)
    if len(sizes) != 2:
        raise ValueError(f"image_shape must be (height, width), received {sizes}.")
    return sizes[0], sizes[1]


def without_channel(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return (height, width) for (height, width, 1), and other shapes as they are."""
    return shape[:2] if len(shape) == 3 and shape[2] == 1 else shape


def check_indices(indices: np.ndarray, n: int) -> None:
    """Raise an error unless these are indices of some of n images."""
    if indices.ndim != 1 or (len(indices) and indices.dtype.kind not in "ui"):
        raise TypeError(
            f"indices must be whole numbers of shape (M,), received {indices.dtype} of shape "
            f"{indices.shape}. For a mask pass np.flatnonzero(mask)."
        )
    check_tiles(len(indices), "indices")
    wrong = indices[(indices < 0) | (indices >= n)]
    if len(wrong):
        raise ValueError(f"indices must be from 0 to {n - 1}, received {wrong[0]}.")
