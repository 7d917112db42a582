"""Code shared by the plots: figures, colours, grids of images and checks of arguments.

`tinynet.plotting` explains the kind of a new figure and the choice of colours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._internal.checks import (
    as_numbers,
    as_text,
    check_count,
    check_finite,
    check_iterable,
    shown,
)
from tinynet.utils import check_labels

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.text import Text
    from numpy.typing import ArrayLike

BLUE = "#0072B2"
ORANGE = "#E69F00"
VERMILION = "#D55E00"
SKY = "#56B4E9"
CLASS_COLORS = (BLUE, ORANGE, "#009E73", "#CC79A7", SKY, VERMILION, "#F0E442", "#999999")
CLASS_MARKERS = "os^DvPX*"
RIGHT_COLOR, RIGHT_MARK = "#00735C", "✓"
WRONG_COLOR, WRONG_MARK = "#C1121F", "✗"
RIGHT_ON_DARK, WRONG_ON_DARK = "#2FC9A2", "#FF6B6B"
SMALLEST_NAME = 5.0  # the size of the smallest names of classes, in points
MAX_TILES = 1000  # more images in one plot would be too small to see
ROWS, SMALL_ROWS = 12, 24  # of a legend, in the usual and in a small font


# The backends that can only write files ("static" in matplotlib's guide to backends).
FILE_BACKENDS = frozenset({"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"})


# ---------------------------------------------------------------------------------------------
# Colours that suit the style of the page


def on_dark() -> bool:
    """Return whether the style in use writes light text, as ``dark_background`` does."""
    import matplotlib

    return luminance(matplotlib.colors.to_rgb(ink())) > 0.5


def ink() -> str:
    """Return the style's colour of text, for outlines and marks outside a picture."""
    import matplotlib

    return str(matplotlib.rcParams["text.color"])


def blue() -> str:
    """Return the blue that contrasts with the page."""
    return SKY if on_dark() else BLUE


def verdict_color(right: bool) -> str:
    """Return the colour of a correct or incorrect prediction that contrasts with the page."""
    if on_dark():
        return RIGHT_ON_DARK if right else WRONG_ON_DARK
    return RIGHT_COLOR if right else WRONG_COLOR


def shades(count: int, start: float = 0.0) -> np.ndarray:
    """Return colours for that many layers, from dark to light, all of which can be seen."""
    import matplotlib

    ends = (0.35, 1.0) if on_dark() else (start, 0.75)
    colors: np.ndarray = matplotlib.colormaps["cividis"](np.linspace(*ends, count))
    return colors


# ---------------------------------------------------------------------------------------------
# Figures and grids of images


def new_figure(width: float, height: float) -> Figure:
    """Return a new figure of the given size in inches; see `tinynet.plotting` for its kind."""
    # pyplot is loaded first: without a screen it falls back to a backend that writes files.
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    if plt.get_backend().lower() in FILE_BACKENDS:
        return Figure(figsize=(width, height), layout="constrained")
    return plt.figure(figsize=(width, height), layout="constrained")


def new_axes(width: float, height: float) -> Axes:
    """Return the only Axes of a new figure. It fills the figure, apart from room for its labels."""
    return new_figure(width, height).subplots(
        gridspec_kw={"left": 0, "right": 1, "bottom": 0, "top": 1}
    )


def draw_grid(
    ax: Axes | None,
    tiles: np.ndarray,
    columns: int,
    labels: list[str] | None = None,
    *,
    label_share: float = 0.25,
    cmap: str | Colormap = "binary",
    limits: tuple[float, float] | None = None,
    inches: float | None = None,
    room_for_scale: float = 0.0,
) -> tuple[Axes, np.ndarray, list[Text]]:
    """Draw images of shape (N, height, width) as one picture, row by row, with a label below each.

    Images in colour are of shape (N, height, width, 3).

    ``label_share`` is the height of a label as a share of the image's longer side, ``limits`` are
    the values at the ends of the colour map, ``inches`` is the width of a new figure and
    ``room_for_scale`` is added to it. Returns the Axes, the top left corner of each image in data
    coordinates, of shape (N, 2), and the labels.
    """
    n, height, width = tiles.shape[:3]
    gap = max(1, width // 14)
    strip = math.ceil(label_share * max(height, width)) if labels is not None else 0
    cell_height, cell_width = height + strip + gap, width + gap
    shape = (math.ceil(n / columns) * cell_height, columns * cell_width)
    if limits is None:
        limits = (0, 255) if tiles.dtype == np.uint8 else (tiles.min(), tiles.max())

    # Masked pixels are transparent: the page shows through between the images.
    picture: np.ndarray = np.ma.masked_array(np.full(shape, limits[0], dtype=float), mask=True)
    if tiles.ndim == 4:
        tiles = with_alpha(tiles, limits)
        picture = np.zeros((*shape, 4))
    corners = np.empty((n, 2))
    for index, tile in enumerate(tiles):
        top = index // columns * cell_height + gap // 2
        left = index % columns * cell_width + gap // 2
        picture[top : top + height, left : left + width] = tile
        corners[index] = left - 0.5, top - 0.5  # whole coordinates are the centres of pixels

    if ax is None:
        inches = min(max(3.0, inches or 3.0 + 0.5 * columns), 12.0)
        ax = new_axes(inches + room_for_scale, max(1.0, inches * shape[0] / shape[1]))
        ax.set_anchor("W")  # keeps the room on the right
    ax.imshow(picture, cmap=cmap, vmin=limits[0], vmax=limits[1])
    ax.set_axis_off()
    if labels is None:
        return ax, corners, []

    texts = [
        ax.text(
            left + width / 2,
            top + height + strip / 2,
            label,
            ha="center",
            va="center",
            fontsize=10,
            fontweight="bold",
            fontfamily=fonts_with_marks(),
            parse_math=False,
        )
        for (left, top), label in zip(corners, labels, strict=True)
    ]
    # All labels take the size at which the longest fits, even if the caller makes it bold.
    boxes = [text.get_window_extent() for text in texts]
    cell = cell_size(ax, columns)
    widest = max(box.width for box in boxes) / (0.95 * cell)
    tallest = max(box.height for box in boxes) / (cell * strip / cell_width)
    for text in texts:
        text.set(fontsize=10 / max(1, widest, tallest), fontweight="normal")
    return ax, corners, texts


def mark(right: bool) -> str:
    """Return the mark of a correct or incorrect prediction, which needs no colour."""
    return RIGHT_MARK if right else WRONG_MARK


def with_alpha(tiles: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """Return images in colour as red, green, blue and opacity, each between 0 and 1."""
    if tiles.dtype != np.uint8 and tiles.min() >= 0 and tiles.max() <= 1:
        limits = (0, 1)
    scaled = (tiles - float(limits[0])) / (float(limits[1]) - float(limits[0]) or 1.0)
    return np.concatenate([scaled, np.ones((*tiles.shape[:3], 1))], axis=3)


def name_ticks(ax: Axes, names: list[str], *, both: bool = False) -> None:
    """Write class names along the x axis, slanted if they are too long to fit side by side.

    With ``both``, write them along the y axis as well. If they would all be too small to read, only
    every second, third, ... name is written.
    """
    import matplotlib

    cell = cell_size(ax, len(names)) * 72 / ax.figure.dpi  # in points
    usual = matplotlib.font_manager.FontProperties(size=matplotlib.rcParams["xtick.labelsize"])
    longest = max(map(len, names))
    room = 1.25 if longest > 3 else max(1.25, 0.5 + 0.65 * longest)  # of a name, in font sizes
    size = min(usual.get_size_in_points(), max(SMALLEST_NAME, cell / room))
    step = max(1, math.ceil(size * room / cell - 1e-6))
    style: dict[str, Any] = {"parse_math": False, "fontsize": size}
    if both:
        ax.set_yticks(range(0, len(names), step), names[::step], **style)
    if longest > 3:
        style |= {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(0, len(names), step), names[::step], **style)


def slant_room(names: list[str]) -> float:
    """Return the height of the names that `name_ticks` writes, in inches beyond one line."""
    longest = max(map(len, names))
    return 0.055 * longest if longest > 3 else 0.0


def side_room(names: Sequence[str]) -> float:
    """Return the width of names beside the Axes, in inches beyond that of eight letters."""
    return 0.08 * max(0, max(map(len, names)) - 8)


def add_legend(ax: Axes, handles: Sequence[Artist], names: Sequence[str], *, title: str) -> Legend:
    """Add a legend with these names as they are, a leading ``_`` and ``$`` included.

    It stands to the right of the Axes, if the figure's layout makes room for it. Many names are
    small and in columns.
    """
    # The place "best" would take seconds to find among many points.
    style: dict[str, Any] = {"title": title, "loc": "upper right"}
    if ax.figure.get_layout_engine() is not None:
        style |= {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)}
    if len(names) > ROWS:
        style |= {"fontsize": 7, "labelspacing": 0.25, "ncols": legend_columns(len(names))}
    legend = ax.legend(handles, [str(k) for k in range(len(names))], **style)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set(text=name, parse_math=False)
    return legend


def legend_columns(count: int) -> int:
    """Return the number of columns of a legend of that many names."""
    return math.ceil(count / SMALL_ROWS)


def legend_room(names: Sequence[str]) -> float:
    """Return the width of a legend of these names, in inches."""
    return legend_columns(len(names)) * (1 + side_room(names))


def count_on_x(ax: Axes) -> None:
    """Put ticks at whole numbers along the x axis, such as steps and epochs."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(
        MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1)
    )


def cell_size(ax: Axes, columns: int) -> float:
    """Return the width of each of the columns, in pixels of the screen or the file."""
    ax.apply_aspect()
    return ax.get_window_extent().width / columns


def draw_scale(ax: Axes, label: str) -> None:
    """Draw the colour scale of a grid beside it, within the Axes.

    The Axes are widened in data coordinates, so the layout of a caller's figure doesn't change, and
    the scale doesn't cover a neighbour.
    """
    box = ax.get_position(original=True).transformed(ax.figure.transSubfigure)
    wide, tall = box.width / ax.figure.dpi, box.height / ax.figure.dpi  # in inches
    rows, columns = ax.images[-1].get_size()

    def widen(room: float) -> float:
        """Make room for the scale, in inches, and return the pixels of the picture in an inch."""
        room = min(room, 0.6 * wide)
        inch = 1 / min((wide - room) / columns, tall / rows)
        ax.set_xlim(-0.5, columns + room * inch - 0.5)
        ax.apply_aspect()
        return inch

    inch = widen(1.0)
    place = (columns - 0.5 + 0.1 * inch, 0, 0.2 * inch, 1)  # x in data coordinates
    scale = ax.inset_axes(place, transform=ax.get_xaxis_transform())
    ax.figure.colorbar(ax.images[-1], cax=scale, label=label)
    scale.ticklabel_format(axis="y", scilimits=(-3, 4))
    ax.apply_aspect()
    text, height = scale.yaxis.label, 0.95 * scale.get_window_extent().height
    if text.get_window_extent().height > height:
        text.set_text(label.replace(" per ", "\nper "))
    size = float(text.get_fontsize())
    text.set_fontsize(max(min(6.0, size), size * min(1, height / text.get_window_extent().height)))
    texts = scale.get_tightbbox()
    if texts is not None:
        widen(0.15 + (texts.x1 - scale.get_window_extent().x0) / ax.figure.dpi)


def diverging_map() -> Colormap:
    """Return a colour map for signed numbers: blue below zero, white at zero, orange above."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(
        "blue-white-orange", ["#00406b", "#2f86bd", "#ffffff", "#e68a33", "#a34100"]
    )


def fonts_with_marks() -> list[str]:
    """Return the user's fonts, followed by a font of matplotlib's that contains ✓ and ✗."""
    import matplotlib

    return [*matplotlib.rcParams["font.family"], "DejaVu Sans"]


def luminance(color: Sequence[float]) -> float:
    """Return the brightness of an RGB colour between 0 and 1 (the luma of ITU-R BT.601)."""
    return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]


# ---------------------------------------------------------------------------------------------
# Checks of arguments


def check_axes(ax: object) -> None:
    """Raise TypeError unless ``ax`` is None or an Axes."""
    from matplotlib.axes import Axes

    if ax is not None and not isinstance(ax, Axes):
        raise TypeError(f"ax must be a matplotlib Axes, received {type(ax).__name__}.")


def check_cmap(cmap: object) -> None:
    """Raise ValueError unless ``cmap`` is a colour map of matplotlib or the name of one."""
    import matplotlib
    from matplotlib.colors import Colormap

    known = isinstance(cmap, str) and cmap in matplotlib.colormaps
    if not known and not isinstance(cmap, Colormap):
        raise ValueError(
            f'cmap must be the name of a matplotlib colour map, such as "binary", received '
            f"{shown(cmap)}."
        )


def check_tiles(count: int, what: str) -> None:
    """Raise ValueError unless that many images can be drawn in one grid."""
    if not 1 <= count <= MAX_TILES:
        raise ValueError(
            f"{what} must be from 1 to {MAX_TILES} to be drawn in one picture, received {count}. "
            "Pass a subset."
        )


def as_images(images: ArrayLike) -> np.ndarray:
    """Return images of shape (N, height, width), or (N, height, width, 3) in colour.

    The dtype is kept.
    """
    images = as_numbers(images, "images")
    shape = images.shape
    if images.ndim == 2 and math.isqrt(shape[1]) ** 2 == shape[1]:
        side = math.isqrt(shape[1])
        images = images.reshape(len(images), side, side)
    if images.ndim == 4 and shape[3] == 1:
        images = images[..., 0]
    single = len(shape) == 3 and shape[2] in (1, 3) and shape[0] == shape[1] > 3
    known = images.ndim == 3 or (images.ndim == 4 and shape[3] == 3)
    if single or not known or 0 in images.shape[1:]:
        raise ValueError(
            f"images must be of shape (N, 28, 28) or (N, 784), received {shape}. Images may have a "
            "last axis of 1, or of 3 for colours. For a single image pass image[None]."
        )
    check_finite(images, "images")
    return images


def as_classes(y: ArrayLike, what: str, *, one_hot: bool = False) -> np.ndarray:
    """Return a vector of classes, given classes, probabilities or one-hot rows.

    With ``one_hot``, rows must be one-hot.
    """
    y = as_numbers(y, what)
    check_finite(y, what)
    if y.ndim == 2 and y.shape[1] > 1:
        if one_hot and not (np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()):
            raise ValueError(
                f"{what} must have one 1 in each row and zeros elsewhere, received other rows. "
                "Are predictions and labels swapped?"
            )
        return np.asarray(y.argmax(axis=1))
    if y.ndim == 2 and y.shape[1] == 1 and y.dtype.kind == "f" and not one_hot:
        return (as_probabilities(y, what)[:, 0] > 0.5).astype(np.intp)
    return check_labels(y, what)


def as_probabilities(p: np.ndarray, what: str) -> np.ndarray:
    """Return p, after checking that all values lie between 0 and 1."""
    check_finite(p, what)
    if p.min() < 0 or p.max() > 1 + 1e-6:  # a softmax in float32 may round up
        raise ValueError(
            f"{what} must be probabilities between 0 and 1, received values from {p.min():.4g} to "
            f"{p.max():.4g}. Logits need a softmax or a sigmoid first."
        )
    return p


def as_names(class_names: Sequence[str] | None, count: int) -> list[str]:
    """Return a name for each class: its number, unless names are given."""
    if class_names is None:
        return [str(c) for c in range(count)]
    names = check_iterable(class_names, "class_names", "names")
    if len(names) < count:
        raise ValueError(f"class_names must name {count} classes, received {len(names)}.")
    return [as_text(name) for name in names[:count]]


def as_captions(labels: Any, count: int, of: str) -> list[Any]:
    """Return labels as a list, after checking that there is one for each image or example."""
    labels = check_iterable(labels, "labels", "numbers or strings")
    rows = any(isinstance(label, list | tuple) or np.ndim(label) for label in labels)
    if rows or len(labels) != count:
        received = "rows" if rows else len(labels)
        raise ValueError(
            f"labels must be one number or string for each of {count} {of}, received {received}."
        )
    return labels


def grid_columns(n: int, columns: int | None) -> int:
    """Return the number of columns of a grid of n images, and choose one if None is given."""
    if columns is None:
        # The first number from the root of n to twice the root that leaves no empty cell.
        root = math.ceil(math.sqrt(n))
        return next((c for c in range(root, 2 * root) if n % c == 0), root)
    return min(check_count(columns, "columns"), n)
