"""Plots of what a network responds to: saliency and preferred inputs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tinynet._internal.checks import (
    as_numbers,
    check_built,
    check_count,
    check_finite,
    check_number,
    check_shape,
    shape_of,
)
from tinynet._internal.names import known_keywords
from tinynet.layers.activations import Sigmoid, Softmax
from tinynet.layers.base import Layer
from tinynet.layers.dense import Dense
from tinynet.plotting.drawing import (
    as_classes,
    check_axes,
    check_tiles,
    diverging_map,
    draw_grid,
    draw_scale,
    grid_columns,
)
from tinynet.plotting.images import without_channel
from tinynet.utils import check_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from tinynet.models import Sequential

# ---------------------------------------------------------------------------------------------
# The score of a class as a function of the input


@known_keywords
def plot_saliency(
    model: Sequential,
    images: ArrayLike,
    classes: ArrayLike | None = None,
    *,
    image_shape: tuple[int, int] | None = None,
    blur: float = 1.0,
    columns: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how the score of a class depends on each pixel of an image.

    The score of a class is its input to the softmax or sigmoid. A single sigmoid has the score of
    class 1; that of class 0 is its negative. The plot shows the derivative of the score with
    respect to each pixel. Where it is positive (orange), a larger pixel value raises the score.
    Where it is negative (blue), a larger value lowers it. White is zero. The outline of the image
    is drawn halfway between its smallest and its largest value.

    Parameters
    ----------
    model : Sequential
        A built model with one output for each class, or one sigmoid for classes 0 and 1.
    images : array of shape (N, ...)
        Images, preprocessed as for training. At most 1000.
    classes : sequence of N int, optional
        For each image, the class whose score is differentiated, or a one-hot row. Default: the
        predicted class.
    image_shape : (height, width), optional
        Shape of the input images. Default: square, if examples have one dimension.
    blur : float
        Standard deviation, in pixels, of the Gaussian weights that average the derivative over
        neighbouring pixels. The derivative of a single pixel is mostly noise. 0 does not average.
    columns : int, optional
        Images per row. Default: a number that fills a nearly square grid, if there is one.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure. The colour scale is drawn at its right edge.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the model is not built, or images or classes don't match it.
    TypeError
        If images or classes are not numbers or ``ax`` is not an Axes.

    Notes
    -----
    K. Simonyan, A. Vedaldi and A. Zisserman, "Deep inside convolutional networks: visualising image
    classification models and saliency maps", arXiv:1312.6034 (2013), section 3. They draw the
    magnitude of the derivative; this plot keeps the sign.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynet import Dense, Sequential
    >>> from tinynet.plotting import plot_saliency
    >>> model = Sequential([Dense(3, "softmax", input_shape=(16,))], seed=0)
    >>> images = np.random.default_rng(0).normal(size=(2, 16))
    >>> ax = plot_saliency(model, images, classes=[2, 0])
    >>> [text.get_text() for text in ax.texts]
    ['for 2', 'for 0']
    """
    from matplotlib.patheffects import withStroke

    check_axes(ax)
    check_built(model)
    x, model = model.check_examples(images, "images"), model.copy()
    check_tiles(len(x), "images")
    height, width = _image_shape(model, image_shape)
    blur = check_number(blur, "blur", minimum=0, below=max(height, width) + 1)
    if classes is None:
        classes = _outputs_by_class(model, x).argmax(axis=1)
    classes = as_numbers(classes, "classes")
    if classes.ndim == 2:
        classes = as_classes(classes, "classes", one_hot=True)
    classes = check_labels(classes, "classes", _classes_of(model))
    if len(classes) != len(x):
        raise ValueError(
            f"classes must be one for each of {len(x)} images, received {len(classes)}."
        )
    columns = grid_columns(len(x), columns)

    slopes = _score_gradients(_score_model(model), x, classes).reshape(-1, height, width)
    slopes = _blurred(slopes, blur)
    limit = float(np.abs(slopes).max()) or 1.0
    ax, corners, _ = draw_grid(
        ax,
        slopes,
        columns,
        [f"for {c}" for c in classes],
        cmap=diverging_map(),
        limits=(-limit, limit),
        room_for_scale=1.2,
    )
    rows, across = np.arange(height) + 0.5, np.arange(width) + 0.5
    for (left, top), image in zip(corners, x.reshape(-1, height, width), strict=True):
        if image.min() < image.max():
            middle = (float(image.min()) + float(image.max())) / 2
            outline = ax.contour(
                left + across, top + rows, image, levels=[middle], colors="black", linewidths=1.1
            )
            outline.set_path_effects([withStroke(linewidth=2.6, foreground="white")])
    draw_scale(ax, "change of score per change of pixel")
    return ax


@known_keywords
def plot_preferred_inputs(
    model: Sequential,
    x: ArrayLike,
    *,
    image_shape: tuple[int, int] | None = None,
    steps: int = 100,
    blur: float = 0.6,
    columns: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw, for each class, an image that maximizes its score.

    Gradient ascent starts from the mean image. Each step follows the gradient of the class's score,
    its input to the softmax, with respect to the image. Then the image is constrained to resemble
    those in x: it is smoothed a little, its pixels are clipped to the range of x, and its ink is
    scaled to the average in x. The label below each image shows the probability that the model
    predicts for its class, or the score if the model ends without a softmax or sigmoid.

    Without these constraints the images look like noise. A high probability does not mean that an
    image resembles its class: an image unlike any digit may get a probability of 1.00. The network
    was trained to distinguish ten digits, not to recognise images that show none of them.

    Parameters
    ----------
    model : Sequential
        A built model with one output for each class, or one sigmoid for classes 0 and 1.
    x : array of shape (N, ...)
        Images, preprocessed as for training. They define the constraints.
    image_shape : (height, width), optional
        Shape of the input images. Default: square, if examples have one dimension.
    steps : int
        Number of steps of gradient ascent.
    blur : float
        Standard deviation, in pixels, of the Gaussian weights that smooth the image in each step. 0
        does not smooth; the result shows why smoothing is needed.
    columns : int, optional
        Images per row. Default: a number that fills a nearly square grid, if there is one.
    ax : matplotlib Axes, optional
        Where to draw. Default: a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the model is not built, x doesn't match it, or all of x is the same number.
    TypeError
        If x is not numbers or ``ax`` is not an Axes.

    Notes
    -----
    K. Simonyan, A. Vedaldi and A. Zisserman, "Deep inside convolutional networks", arXiv:1312.6034
    (2013), section 2, with the smoothing of J. Yosinski et al., "Understanding neural networks
    through deep visualization", arXiv:1506.06579 (2015), and a bound on the ink in place of a
    penalty. Ink is the Euclidean norm of the image minus the smallest value in x.

    Examples
    --------
    >>> import numpy as np
    >>> from tinynet import Dense, Sequential
    >>> from tinynet.plotting import plot_preferred_inputs
    >>> model = Sequential([Dense(3, "softmax", input_shape=(16,))], seed=0)
    >>> ax = plot_preferred_inputs(model, np.random.default_rng(0).normal(size=(20, 16)))
    >>> [text.get_text()[:4] for text in ax.texts]
    ['0: p', '1: p', '2: p']
    """
    check_axes(ax)
    check_built(model)
    steps = check_count(steps, "steps", minimum=0)
    x, model = model.check_examples(x), model.copy()
    height, width = _image_shape(model, image_shape)
    blur = check_number(blur, "blur", minimum=0, below=max(height, width) + 1)
    classes = np.arange(_classes_of(model))
    columns = grid_columns(len(classes), columns)
    if x.size == 0 or x.min() == x.max():
        raise ValueError("x must hold images with different pixel values, received a single value.")

    images = _preferred_images(model, x, classes, (height, width), steps, blur)
    outputs = _outputs_by_class(model, images.reshape(-1, *model.input_shapes[0]))
    what = "p = " if isinstance(_last_part(model), Softmax | Sigmoid) else "score "
    labels = [f"{c}: {what}{outputs[c, c]:.2f}" for c in classes]
    ax, _, _ = draw_grid(ax, images, columns, labels, limits=(float(x.min()), float(x.max())))
    return ax


def _preferred_images(
    model: Sequential,
    x: np.ndarray,
    classes: np.ndarray,
    shape: tuple[int, int],
    steps: int,
    blur: float,
) -> np.ndarray:
    """Return images of shape (K, height, width) that gradient ascent finds for the classes."""
    scores = _score_model(model)
    low, high = float(x.min()), float(x.max())
    ink = x.reshape(len(x), -1).astype(np.float64) - low
    wanted = np.sqrt(np.square(ink).sum(axis=1)).mean()
    # From here on, images are in ink: 0 is blank paper.
    images = np.repeat(ink.mean(axis=0).reshape(1, *shape), len(classes), axis=0)
    for _ in range(steps):
        inputs = (images + low).reshape(len(images), *model.input_shapes[0])
        slopes = _score_gradients(scores, inputs, classes).reshape(images.shape)
        images += 0.1 * wanted * slopes / _norms(slopes)
        images = _blurred(images, blur).clip(0, high - low)
        images *= wanted / _norms(images)
    return images.clip(0, high - low) + low


def _norms(images: np.ndarray) -> np.ndarray:
    """Return each image's Euclidean norm, of shape (N, 1, 1), with zeros replaced by 1."""
    norms: np.ndarray = np.sqrt(np.square(images).sum(axis=(1, 2), keepdims=True))
    return np.where(norms > 0, norms, 1)


def _score_model(model: Sequential) -> Sequential:
    """Return a copy that outputs scores: without the softmax or sigmoid at the end, if any."""
    undoing = {Softmax: "categorical_crossentropy", Sigmoid: "binary_crossentropy"}
    copied = model.copy()
    copied.compile("sgd", undoing.get(type(_last_part(copied)), "mse"))
    scores = copied.unfolded()
    if _classes_of(model) > scores.output_shapes[-1][0]:  # one score: its negative is that of 0
        both = Dense(2, use_bias=False)
        scores.add(both)
        both.W[...] = [[-1, 1]]
    return scores


def _score_gradients(scores: Sequential, x: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return, for each example, the derivative of the score of its class, in float64."""
    dy = np.zeros_like(scores.forward(x))
    dy[np.arange(len(x)), classes] = 1
    dx = scores.backward(dy)
    check_finite(dx, "the derivative of the score")
    return dx.astype(np.float64)


def _blurred(images: np.ndarray, deviation: float) -> np.ndarray:
    """Smooth images of shape (N, height, width) with Gaussian weights; pixels outside are zero."""
    if deviation == 0:
        return images
    reach = math.ceil(3 * deviation)
    weights = np.exp(-np.square(np.arange(-reach, reach + 1)) / (2 * deviation**2))
    weights /= weights.sum()
    for axis in (1, 2):
        padding = [(reach, reach) if k == axis else (0, 0) for k in range(3)]
        padded = np.pad(images, padding)
        windows = np.lib.stride_tricks.sliding_window_view(padded, len(weights), axis=axis)
        images = windows @ weights
    return images


def _image_shape(model: Sequential, image_shape: tuple[int, int] | None) -> tuple[int, int]:
    """Return height and width of the images that the model takes."""
    shape = (
        model.input_shapes[0]
        if image_shape is None
        else check_shape(image_shape, what="image_shape")
    )
    size, shape = math.prod(model.input_shapes[0]), without_channel(shape)
    form = f"an image of shape {shape}"
    if len(shape) == 1:
        shape, form = (math.isqrt(size), math.isqrt(size)), "a square image"
    if len(shape) == 3:
        raise ValueError(
            "The model must take images with one number for each pixel, such as shape "
            f"({shape[0]}, {shape[1]}), received the shape {shape}."
        )
    if len(shape) != 2 or math.prod(shape) != size:
        raise ValueError(
            f"The model takes {size} numbers, which do not form {form}. "
            "Pass image_shape=(height, width)."
        )
    return shape[0], shape[1]


def _last_part(model: Sequential) -> Layer:
    """Return the model's last step, such as the softmax of its last layer."""
    return model.layers[-1].parts()[-1]


def _classes_of(model: Sequential) -> int:
    """Return the number of classes of the model: two for a single sigmoid."""
    shape = model.output_shapes[-1]
    if len(shape) != 1:
        raise ValueError(
            f"The model must have outputs of shape (N, K), received {shape_of(shape)}."
        )
    return 2 if shape == (1,) and isinstance(_last_part(model), Sigmoid) else shape[0]


def _outputs_by_class(model: Sequential, x: np.ndarray) -> np.ndarray:
    """Return what the model predicts for each class, of shape (N, K)."""
    p = model.predict(x)
    return np.hstack([1 - p, p]) if p.shape[1] < _classes_of(model) else p
