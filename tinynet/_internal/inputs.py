"""What `fit`, `evaluate` and `predict` do with the data they are given: check, build, split.

The whole data set is checked once, here, so that no step need look again. Nothing is copied that is
an array already: each batch is converted to the model's dtype when it is gathered.
"""

import weakref
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet import losses
from tinynet._internal import checks
from tinynet._internal import layout as intact

if TYPE_CHECKING:
    from tinynet.models import Sequential

Examples = tuple[np.ndarray, np.ndarray]
CHUNK = 1 << 19  # numbers: the batches of `predict` and `evaluate` are about as large as this


def check_examples(model: "Sequential", x: Any, what: str = "x") -> np.ndarray:
    """Return x as an array of finite numbers in the shape that the model takes.

    Raises
    ------
    ValueError, TypeError
        If it isn't one.
    """
    array = check_example_shape(model, x, what)
    checks.check_finite(array, what, model.dtype)
    return array


def check_example_shape(model: "Sequential", x: Any, what: str = "x") -> np.ndarray:
    """Return x as an array of numbers in the shape that the model takes, finite or not.

    Raises
    ------
    ValueError, TypeError
        If it isn't one, or the model isn't fit to take any.
    """
    if not model.layers:
        raise ValueError("The model has no layers: add one first.")
    intact.check_layout(model)
    array, first = checks.as_numbers(x, what), model.layers[0]
    if array.ndim < 2 or first.input_shape not in (None, array.shape[1:]):
        kind = type(first).__name__
        error = checks.shape_error(kind, first.input_shape, array.shape[1:], array.shape)
        raise ValueError(error if what == "x" else f"{what}: {error}")
    return array


def prepare(
    model: "Sequential", x: Any, y: Any, validation_data: Any = None, share: float = 0.0
) -> tuple[np.ndarray, np.ndarray, Examples | None]:
    """Return examples, their targets as the loss wants them, and what to validate on.

    A model that isn't built yet is built for the shape of x, if all is well.

    Parameters
    ----------
    model : Sequential
        A compiled model.
    x, y : array_like
        Examples and targets.
    validation_data : tuple of array_like, optional
        Other examples and targets.
    share : float
        Without other data, the share of the last examples to split off: unshuffled, as views.

    Raises
    ------
    ValueError, TypeError
        If the model isn't compiled, something doesn't fit, or a split leaves nothing on one side.
    """
    checks.check_compiled(model.compiled)
    examples = check_examples(model, x)
    intact.check_head(model)
    targets = check_targets(model, examples, y)
    validation = None
    if validation_data is not None:
        if not isinstance(validation_data, tuple | list) or len(validation_data) != 2:
            raise TypeError(
                f"validation_data must be a tuple (x_val, y_val), "
                f"received {type(validation_data).__name__}"
                f"{f' of {len(validation_data)}' if hasattr(validation_data, '__len__') else ''}."
            )
        others = check_examples(model, validation_data[0], "validation x")
        if others.shape[1:] != examples.shape[1:]:
            raise ValueError(
                f"validation x must have examples of shape {examples.shape[1:]} as x has, "
                f"received {others.shape[1:]}."
            )
        validation = others, check_targets(model, others, validation_data[1], "validation ")
    elif share > 0:
        count = int(len(examples) * (1 - share))
        if count == 0 or count == len(examples):
            raise ValueError(
                f"validation_split={share} of {len(examples)} examples leaves {count} to train on "
                f"and {len(examples) - count} to validate on; both must be at least 1."
            )
        validation = examples[count:], targets[count:]
        examples, targets = examples[:count], targets[:count]
    if not model.built:
        model.build(examples.shape[1:])
    return examples, targets, validation


def prepare_training(
    model: "Sequential", x: Any, y: Any, validation_data: Any = None, share: float = 0.0
) -> tuple[np.ndarray, np.ndarray, Examples | None]:
    """Prepare data as `prepare` does, for a model that is about to learn from them.

    Raises
    ------
    ValueError, TypeError
        If the model has nothing to learn, its optimizer has trained another model, or a layer that
        isn't tinynet's own doesn't go backwards as it should.
    """
    checks.check_compiled(model.compiled)
    # A model is remembered even when it is gone: what it has left in the optimizer's state is of no
    # use to another one.
    owner = model.optimizer.model
    if owner is not None and owner() is not model:
        raise ValueError(
            "This optimizer has trained another model and remembers it: "
            "give each model an optimizer of its own."
        )
    if not callable(model.optimizer.learning_rate):  # it may have been changed
        checks.check_number(model.optimizer.learning_rate, "learning_rate", minimum=0)
    examples, targets, validation = prepare(model, x, y, validation_data, share)
    if model.first_trained == len(model.layers):
        raise ValueError("Training needs a layer with parameters, received none.")
    intact.check_backward(model, examples[:1])
    model.optimizer.model = weakref.ref(model)
    return examples, targets, validation


def check_targets(model: "Sequential", x: np.ndarray, y: Any, prefix: str = "") -> np.ndarray:
    """Return y prepared by the model's loss: class indices, or rows of the model's dtype.

    Raises
    ------
    ValueError, TypeError
        If y doesn't fit the loss, the model's output or the number of examples.
    """
    t: np.ndarray = model.loss.targets(y, model.shapes(x.shape[1:])[-1])
    if len(x) != len(t) or len(x) == 0:
        raise ValueError(
            f"{prefix}x and y must have as many examples as each other, at least one, "
            f"received {len(x)} and {len(t)}."
        )
    if t.ndim == 1:
        return t
    checks.check_finite(t, "y_true", model.dtype)
    if model.metrics and isinstance(model.loss, losses.MeanSquaredError) and t.shape[1:] != (1,):
        check_classes(t)
    return t.astype(model.dtype, copy=False)


def check_classes(t: np.ndarray) -> None:
    """Refuse to count how often the largest of several outputs is right if they are just numbers.

    (A single output counts as a yes above one half, whatever the loss.)

    Raises
    ------
    ValueError
        If an entry of the targets is neither 0 nor 1.
    """
    other = (t != 0) & (t != 1)
    if other.any():
        place = [int(i) for i in np.argwhere(other)[0]]
        raise ValueError(
            f"metrics=['accuracy'] needs targets that are 0 or 1, received {t[tuple(place)]} at "
            f"{place}. Leave metrics out if the targets are numbers."
        )


def large_batch(model: "Sequential") -> int:
    """Return how many examples to take at once where nothing is learned from them.

    The more there are, the less a batch costs per example; but what it takes in memory is to stay
    at a few megabytes, and in the caches.
    """
    widest = max(prod(shape) for shape in [*model.input_shapes, *model.output_shapes])
    return max(1, CHUNK // widest)


def gather(x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return ``x[rows]``, a copy of these examples.

    `take` is the faster way, but of an array that isn't contiguous it would copy the whole first.
    """
    batch: np.ndarray = x.take(rows, axis=0) if x.flags.c_contiguous else x[rows]
    return batch
