"""Plots and animations of a decision boundary; import them from `tinynet.plotting`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tinynet._internal.checks import (
    as_numbers,
    check_count,
    check_finite,
    check_iterable,
    check_number,
    object_or_class,
)
from tinynet._internal.names import known_keywords
from tinynet._internal.saving.files import check_target
from tinynet.plotting.drawing import (
    CLASS_COLORS,
    CLASS_MARKERS,
    add_legend,
    as_classes,
    as_names,
    as_probabilities,
    check_axes,
    legend_room,
    new_axes,
)
from tinynet.utils import check_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from tinynet.callbacks.recorders import ParameterRecorder

MOST_POINTS = 2000  # along each side: more than a picture has pixels


class Predictor(Protocol):
    """The method that ``plot_decision_boundary`` needs in a model."""

    def predict(self, x: np.ndarray, /) -> np.ndarray:
        """Return probabilities of shape (N, K) or (N, 1) for points of shape (N, 2)."""


@known_keywords
def plot_decision_boundary(
    model: Predictor | Callable[[np.ndarray], np.ndarray],
    x: ArrayLike,
    y: ArrayLike,
    *,
    resolution: int = 200,
    class_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the decision boundary of a model in the plane, with the data points.

    The background has the colour of the predicted class. It is stronger where the model is more
    certain, and white where all classes are equally probable. A black line marks where two classes
    are equally probable. Each class of points has its own marker.

    Parameters
    ----------
    model : object with ``predict(x)``, or function of x
        It takes points of shape (M, 2) and returns probabilities of shape (M, K), or the
        probability of class 1 in shape (M, 1) or (M,), or classes as integers of shape (M,).
    x : array of shape (N, 2)
        The data points.
    y : array of shape (N,) or (N, K)
        Their true classes, or one-hot rows.
    resolution : int
        The model is evaluated at resolution by resolution points.
    class_names : sequence of str, optional
        Shown in the legend instead of the class numbers.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If a shape is wrong, or the model returns neither probabilities nor classes.
    TypeError
        If ``model`` has no ``predict`` and is not a function, or another argument is of the wrong
        type.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynet.plotting import plot_decision_boundary
    >>> x = np.random.default_rng(0).normal(size=(50, 2))
    >>> y = (x[:, 0] > x[:, 1]).astype(int)
    >>> ax = plot_decision_boundary(lambda x: 1 / (1 + np.exp(x[:, 1] - x[:, 0])), x, y)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['0', '1']
    """
    from matplotlib.colors import to_rgb

    check_axes(ax)
    x = as_numbers(x, "x")
    if x.ndim != 2 or x.shape[1] != 2 or len(x) == 0:
        raise ValueError(f"x must be of shape (N, 2), points of the plane, received {x.shape}.")
    check_finite(x, "x")
    y = as_classes(y, "y", one_hot=True)
    if len(y) != len(x):
        raise ValueError(f"x and y must have the same length, received {len(x)} and {len(y)}.")
    resolution = check_count(resolution, "resolution", minimum=2, maximum=MOST_POINTS)

    low, high = x.min(axis=0).astype(float), x.max(axis=0).astype(float)
    margin = np.where(high > low, 0.1 * (high - low), 1.0)
    low, high = low - margin, high + margin
    across = np.linspace(low[0], high[0], resolution)
    up = np.linspace(low[1], high[1], resolution)
    points = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    if x.dtype.kind == "f":
        points = points.astype(x.dtype)
    p = _ask_probabilities(model, points)
    k = p.shape[1]
    if y.max() >= k:
        raise ValueError(
            f"y must hold classes below {k}, the number of classes of the model, "
            f"received {y.max()}."
        )
    names = as_names(class_names, k)

    if ax is None:
        ax = new_axes(4.6 + legend_room([names[c] for c in np.unique(y)]), 4.4)
    colors = np.array([to_rgb(CLASS_COLORS[c % len(CLASS_COLORS)]) for c in range(k)])
    sureness = np.maximum(0, p.max(axis=1, keepdims=True) - 1 / k) / (1 - 1 / k)
    ground = 1 - 0.6 * sureness * (1 - colors[p.argmax(axis=1)])
    ax.imshow(
        ground.reshape(resolution, resolution, 3),
        origin="lower",
        extent=(low[0], high[0], low[1], high[1]),
        aspect="auto",
        interpolation="bilinear",
    )
    for c in range(k):
        # The margin of class c over the best of the others. Two classes share one line.
        lead = (p[:, c] - np.delete(p, c, axis=1).max(axis=1)).reshape(resolution, resolution)
        if lead.min() < 0 < lead.max() and not (k == 2 and c == 1):
            ax.contour(across, up, lead, levels=[0], colors="black", linewidths=1.5)
    seen = np.unique(y)
    drawn = [
        ax.scatter(
            x[y == c, 0],
            x[y == c, 1],
            s=22,
            color=colors[c],
            # The next eight classes have the same colours, with other markers.
            marker=CLASS_MARKERS[(c + c // len(CLASS_COLORS)) % len(CLASS_MARKERS)],
            edgecolor="black",
            linewidth=0.6,
            label=names[c],
        )
        for c in seen
    ]
    ax.set(xlabel="x[:, 0]", ylabel="x[:, 1]", xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    ax.locator_params(nbins=6)
    legend = add_legend(ax, drawn, [names[c] for c in seen], title="class")
    legend.get_frame().set_facecolor("white")  # as the ground of the points
    for text in (*legend.get_texts(), legend.get_title()):
        text.set_color("black")
    return ax


@known_keywords
def animate_decision_boundary(
    recorder: ParameterRecorder,
    x: ArrayLike,
    y: ArrayLike,
    path: str | os.PathLike[str],
    *,
    frames_per_second: float = 8,
    resolution: int = 100,
    class_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Save an animation of the decision boundary during training, as GIF or MP4.

    Each frame is a `plot_decision_boundary` with recorded parameters, and its title gives the step.
    The last frame is shown for a second.

    Parameters
    ----------
    recorder : ParameterRecorder
        A recorder that was passed to ``fit`` as a callback.
    x : array of shape (N, 2)
        The points to draw.
    y : array of shape (N,) or (N, K)
        Their true classes, or one-hot rows.
    path : str or path
        The file to write. Its suffix determines the format: ``.gif``, or ``.mp4``, for which
        matplotlib needs the program ffmpeg.
    frames_per_second : float
        From 1 to 50.
    resolution : int
        The model is evaluated at resolution by resolution points.
    class_names : sequence of str, optional
        Shown in the legend instead of the class numbers.
    ax : matplotlib Axes, optional
        Where to draw. Each frame shows its whole figure. Default: a new figure.

    Returns
    -------
    matplotlib Axes
        With the last frame.

    Raises
    ------
    ValueError
        If the recorder is empty, the suffix is not supported, or an argument is not valid for
        `plot_decision_boundary`.
    TypeError
        If an argument is of the wrong type.
    OSError
        If the file can't be written, or ffmpeg is needed and not installed. An existing file is
        left unchanged.

    Examples
    --------
    >>> import os, tempfile
    >>> from tinynet import Dense, Sequential
    >>> from tinynet.callbacks import ParameterRecorder
    >>> from tinynet.datasets import moons
    >>> from tinynet.plotting import animate_decision_boundary
    >>> x, y = moons(50)
    >>> model = Sequential([Dense(8, "tanh"), Dense(1, "sigmoid")], seed=0)
    >>> model.compile("adam", "binary_crossentropy")
    >>> recorder = ParameterRecorder(every=10)
    >>> history = model.fit(x, y, epochs=10, verbose=0, callbacks=[recorder])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     film = os.path.join(folder, "moons.gif")
    ...     ax = animate_decision_boundary(recorder, x, y, film, resolution=20)
    ...     os.path.exists(film)
    True
    >>> ax.get_title()
    'after step 20'
    """
    check_axes(ax)
    path = Path(check_target(path))
    writer = _film_writer(path, check_number(frames_per_second, "frames_per_second", 1, 51))
    resolution = check_count(resolution, "resolution", minimum=2, maximum=MOST_POINTS)
    if class_names is not None:
        class_names = check_iterable(class_names, "class_names", "names")
    kept = getattr(recorder, "parameters", None)
    if not isinstance(kept, list) or not kept:
        raise ValueError(
            "recorder must be a ParameterRecorder that has recorded steps, received "
            f"{object_or_class(recorder)}. Pass it to fit: callbacks=[recorder]."
        )
    if ax is None:
        ax = new_axes(5.6, 4.4)
    model, figure = recorder.model.copy(), ax.figure
    temporary = path.with_name(f"tinynet-{os.urandom(8).hex()}.part{path.suffix}")
    try:
        # Draw once without recording: invalid arguments raise before a file is created.
        plot_decision_boundary(model, x, y, resolution=2, class_names=class_names, ax=ax)
        with writer.saving(figure, temporary, figure.dpi):
            for step, parameters in zip(recorder.steps, recorder.parameters, strict=True):
                model.parameters[...] = parameters
                ax.clear()
                try:
                    plot_decision_boundary(
                        model, x, y, resolution=resolution, class_names=class_names, ax=ax
                    )
                    ax.set_title(f"after step {step}")
                finally:
                    writer.grab_frame()  # closing a writer without a frame would hide the error
            for _ in range(int(frames_per_second) - 1):
                writer.grab_frame()
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return ax


def _film_writer(path: Path, frames_per_second: float) -> Any:
    """Return matplotlib's writer for the format that the file's suffix names."""
    from matplotlib import animation

    formats: dict[str, Any] = {".gif": animation.PillowWriter, ".mp4": animation.FFMpegWriter}
    writer = formats.get(path.suffix.lower())
    if writer is None:
        raise ValueError(f"path must end in .gif or .mp4, received {str(path)!r}.")
    if not writer.isAvailable():
        raise FileNotFoundError(
            f"matplotlib needs the program ffmpeg to write {path} and can't find it. "
            "Install ffmpeg, or use a name that ends in .gif."
        )
    return writer(fps=frames_per_second)


def _ask_probabilities(
    model: Predictor | Callable[[np.ndarray], np.ndarray], points: np.ndarray
) -> np.ndarray:
    """Return a model's probabilities of K classes at M points, of shape (M, K)."""
    ask = getattr(model, "predict", model)
    if not callable(ask):
        raise TypeError(
            f"model must have predict(x) or be a function of x, received {type(model).__name__}."
        )
    what, m = "what the model returns", len(points)
    p = as_numbers(ask(points), what)
    if p.shape == (m,) and p.dtype.kind != "f":
        classes = check_labels(p, what)
        return np.asarray(np.eye(max(2, classes.max() + 1))[classes])
    if p.shape == (m,):
        p = p[:, None]
    if p.ndim != 2 or len(p) != m or p.shape[1] == 0:
        raise ValueError(
            f"{what} for {m} points must be of shape ({m}, K) or ({m}, 1), received {p.shape}."
        )
    p = as_probabilities(p, what)
    return np.hstack([1 - p, p]) if p.shape[1] == 1 else p
