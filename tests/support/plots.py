"""What the tests of plots look at: pixels, tiles, texts and contrasts."""

import io
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure


def digits(n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.integers(0, 256, size=(n, 28, 28), dtype=np.uint8)


def new_axes() -> Axes:
    return Figure(figsize=(4, 3)).subplots()


def figure_of(ax: Axes) -> Figure:
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    return figure


def pixels(ax: Axes) -> np.ndarray:
    """Draw the figure and return its pixels, of shape (height, width, 3), from 0 to 255."""
    file = io.BytesIO()
    figure_of(ax).savefig(file, format="png")
    file.seek(0)
    return np.asarray(np.rint(255 * plt.imread(file)[..., :3]), dtype=int)


def lay_out(ax: Axes) -> None:
    """Give all that is on the figure its place, as drawing does, but without a picture."""
    figure_of(ax).draw_without_rendering()


def pixel_at(ax: Axes, picture: np.ndarray, x: float, y: float) -> np.ndarray:
    """Return the drawn pixel at a place given in data coordinates."""
    column, row = ax.transData.transform((x, y))
    return np.asarray(picture[picture.shape[0] - 1 - int(row), int(column)])


def tiles_of(ax: Axes) -> np.ndarray:
    """Cut the one picture of a grid back into its images, row by row."""
    picture = ax.images[0].get_array()
    assert isinstance(picture, np.ma.MaskedArray)
    seen = np.logical_not(np.ma.getmaskarray(picture))

    def blocks(occupied: np.ndarray) -> list[slice]:
        edges = np.flatnonzero(np.diff(np.r_[0, occupied.astype(int), 0]))
        return [slice(start, stop) for start, stop in edges.reshape(-1, 2)]

    cells = [(r, c) for r in blocks(seen.any(axis=1)) for c in blocks(seen.any(axis=0))]
    return np.array([picture[cell].data for cell in cells if seen[cell].all()])


def labels_of(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def texts_of(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def luminance(color: Any) -> float:
    """Return the relative luminance of WCAG 2, from 0 for black to 1 for white."""
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(first: Any, second: Any) -> float:
    """Return the contrast ratio of WCAG 2; 4.5 is asked of text, 3 of large or bold text."""
    low, high = sorted([luminance(first), luminance(second)])
    return (high + 0.05) / (low + 0.05)


def assert_labels_do_not_touch(ax: Axes) -> None:
    lay_out(ax)
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])
