"""Recognise what is to be checked, and choose the paths through it.

A target is a layer, a model or a loss of tinynet, any object with ``forward`` and ``backward``, a
pair of functions, or a function that returns a value and its gradient. Inputs that are whole
numbers may be indices, which can't be moved.
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import numpy as np

from tinynet import losses
from tinynet._internal import checks
from tinynet.gradcheck.crashes import CrashError, Unusable
from tinynet.gradcheck.functions import FunctionsSubject
from tinynet.gradcheck.objects import ObjectSubject, way
from tinynet.gradcheck.paths import AN_INDEX, NO_DX, LongPath, Path, TrainingPath, ValuePath
from tinynet.gradcheck.reach import common_owner
from tinynet.gradcheck.subjects import LayerSubject, ModelSubject, is_own
from tinynet.layers.base import Layer
from tinynet.losses.base import Loss
from tinynet.models import Sequential


def as_input(target: Any, x: Any) -> np.ndarray:
    """Return x as an array of float64, or of integers if that is what it is."""
    if callable(x) and callable(target):
        raise TypeError(
            f"x must be an array, received {checks.shown(x)}; pass two functions as a pair, "
            f"check_gradients((forward, backward), x)."
        )
    if hasattr(x, "backward") and not hasattr(target, "backward"):
        name = type(x).__name__
        raise TypeError(f"The target comes first, check_gradients({name}, x); received it as x.")
    numbers = checks.as_numbers(x, "x")
    array = np.array(numbers, dtype=np.float64 if numbers.dtype.kind == "f" else np.int64)
    if isinstance(target, Layer | Sequential | Loss) and array.ndim < 2:
        raise ValueError(f"x must be a batch, of shape (N, ...), received shape {array.shape}.")
    if array.size == 0:
        raise ValueError(f"x must be a batch with numbers in it, received shape {array.shape}.")
    checks.check_finite(np.atleast_1d(array), "x")
    return array


def title_of(target: Any) -> str:
    """Return what the report calls its target."""
    if isinstance(target, Unusable):
        return target.name
    if is_sequence_of_functions(target):
        return ", ".join(getattr(part, "__name__", type(part).__name__) for part in target)
    if way(target, "backward") is None and not isinstance(target, Loss):
        return getattr(target, "__name__", type(target).__name__)
    return type(target).__name__


def find_paths(
    target: Any, x: np.ndarray, y: Any, loss: Any, parameters: Any, rng: np.random.Generator
) -> list[Path]:
    """Return the paths to check."""
    if isinstance(target, Unusable):
        raise target.crash()
    if isinstance(target, Loss) and (y is None or loss is not None):
        raise ValueError("A loss is checked with y, its targets, and with no other loss.")
    if isinstance(target, Loss) and is_own(target):
        target.check_outputs(x)
    is_pair = is_sequence_of_functions(target) and len(target) == 2 and all(map(callable, target))
    is_pair = is_pair and not hasattr(target[1], "backward")  # then it is a layer
    has_way_back = way(target, "backward") is not None and not isinstance(target, type)
    if isinstance(target, Loss) or (is_function(target) and not (is_pair or has_way_back)):
        if loss is not None:
            raise ValueError("A function that returns (value, gradient) is checked without loss=.")
        check_no_parameters(target, parameters)
        return [ValuePath(target, x.astype(np.float64), y, rng)]
    known = is_pair or has_way_back or callable(getattr(target, "forward", None))
    if not known or isinstance(target, type | ModuleType):
        raise TypeError(
            f"Expected a layer, a loss or a Sequential, an object with forward and backward, a "
            f"pair of functions, or a function that returns (value, gradient), received "
            f"{checks.shown(target)}{what_to_pass(target)}."
        )
    chosen = None if loss is None else losses.get(loss)
    if chosen is None and isinstance(target, Sequential) and target.compiled and y is not None:
        chosen = target.loss
    if (chosen is None) != (y is None):
        advice = (
            ". For your own loss, pass a function: lambda p, t: (loss.forward(p, t), "
            "loss.backward()); for a network whose backward takes the targets, a function of one "
            "array, which sets that array and returns (loss, gradient)"
        )
        own = advice if y is not None and not isinstance(target, Layer | Sequential) else ""
        raise ValueError(f"y and a loss belong together: give both, or neither{own}.")
    if isinstance(target, Layer | Sequential):
        check_no_parameters(target, parameters)
    if isinstance(target, Sequential):
        return model_paths(target, x, y, chosen, rng)
    return [single_path(target, x, y, chosen, parameters, rng)]


def what_to_pass(target: Any) -> str:
    """Say what to pass in place of a class, or of an object whose methods have other names."""
    if isinstance(target, type):
        return f", a class; pass an object of it, such as {target.__name__}()"
    if isinstance(target, ModuleType):
        name = target.__name__.rpartition(".")[2]
        return f"; pass two of its functions, such as ({name}.forward, {name}.backward)"
    if isinstance(target, tuple | list):
        return (
            "; of layers, pass an object whose forward runs them in order and whose backward in "
            "the reverse order, or check them one by one"
        )
    if hasattr(target, "__dict__") and not callable(target):
        return (
            "; if its methods have other names, pass both, such as (net.predict, net.learn); if "
            "one takes the targets and returns gradients, such as net.backprop(x, y), pass a "
            "function of one array, which sets that array and returns (loss, gradient)"
        )
    return ""


def is_sequence_of_functions(target: Any) -> bool:
    """Whether a target may be a pair: a list or tuple that has no backward of its own."""
    return isinstance(target, tuple | list) and way(target, "backward") is None


def is_function(target: Any) -> bool:
    """Whether a target is callable and has no forward method."""
    has_forward = callable(getattr(target, "forward", None))
    return callable(target) and not isinstance(target, type) and not has_forward


def check_no_parameters(target: Any, parameters: Any) -> None:
    """Refuse parameters for targets that declare them, or have none."""
    if parameters is not None:
        raise ValueError(
            f"parameters is for objects and pairs of functions; {title_of(target)} takes none."
        )


def model_paths(
    model: Sequential, x: np.ndarray, y: Any, loss: Loss | None, rng: np.random.Generator
) -> list[Path]:
    """Return the paths of a model: the training step's, where there is a loss, and the long one."""
    array = x.astype(np.float64)
    try:
        subject = ModelSubject(model, array, loss)
        fixed = why_fixed(lambda other: subject.forward(other), x)
        long = LongPath(subject, array, rng, loss, y, moves_input=not fixed)
        long.fixed = fixed
    except CrashError:
        find_crash(model, array)
        raise
    if loss is None:
        return [long]
    long.name = "long"
    if not subject.parameters:
        return [long]
    training = ModelSubject(model, array, loss)
    return [TrainingPath(training, array.copy(), rng, loss, y, moves_input=False), long]


def find_crash(model: Sequential, x: np.ndarray) -> None:
    """Run the layers one by one, and name the layer that crashes."""
    for layer in model.layers:
        try:
            x = LayerSubject(layer, x).forward(x)
        except CrashError as crash:
            text = f"{layer.name}: {crash.mistake.text}"
            raise CrashError(crash.where, crash.mistake.kind, text) from crash


def single_path(
    target: Any, x: np.ndarray, y: Any, loss: Loss | None, parameters: Any, rng: Any
) -> Path:
    """Return the path of a layer, an object, or a pair of functions."""

    def subject(array: np.ndarray) -> LayerSubject | ObjectSubject | FunctionsSubject:
        if isinstance(target, Layer):
            return LayerSubject(target, array)
        if is_sequence_of_functions(target):
            ahead, behind = target
            thing = common_owner(ahead, behind)
            if thing is None or (parameters is not None and not is_map_of_names(parameters)):
                return FunctionsSubject(ahead, behind, array, parameters)
            return ObjectSubject(thing, array, parameters, (ahead, behind))
        if parameters is not None and not is_map_of_names(parameters):
            raise TypeError(
                f"parameters of an object must map names to those of the gradients, such as "
                f'{{"weights": "dweights"}}, received {checks.shown(parameters)}.'
            )
        return ObjectSubject(target, array, parameters)

    array = x.astype(np.float64)
    try:
        found = subject(array)
        fixed = why_fixed(lambda other: found.fresh().forward(other), x)
    except (CrashError, IndexError) as crash:
        if x.dtype.kind == "f" or not asks_for_integers(crash):
            raise
        array, fixed = x, AN_INDEX
        found = subject(array)
    if loss is not None and isinstance(found, ObjectSubject) and not found.gives_dx:
        fixed = NO_DX
    path = Path(found, array, rng, loss, y, moves_input=not fixed)
    path.fixed = fixed
    return path


def as_whole(target: Any, parameters: Any) -> Any:
    """Return a layer or model for a pair of its two methods, forward and backward."""
    if is_sequence_of_functions(target) and len(target) == 2 and parameters is None:
        thing = common_owner(*target)
        if isinstance(thing, Layer | Sequential) and target[1] == thing.backward:
            return thing
    return target


def is_map_of_names(parameters: Any) -> bool:
    """Whether parameters map names to names, as for an object, and not to arrays."""
    return isinstance(parameters, Mapping) and all(isinstance(v, str) for v in parameters.values())


def asks_for_integers(crash: BaseException) -> bool:
    """Whether a crash is caused by floats that are used as an index."""
    cause = crash.__cause__ or crash
    words = str(cause)
    return isinstance(cause, IndexError | TypeError) and ("integer" in words or "index" in words)


def why_fixed(forward: Any, x: np.ndarray) -> str:
    """Return why the input can't be moved, or an empty string."""
    if (x != np.floor(x)).any():
        return ""
    forward(x.astype(np.float64))
    try:
        forward(x + 0.25 * (x != 0))
        return AN_INDEX if is_index(forward, x) else ""
    except CrashError as crash:
        if asks_for_integers(crash):
            raise
        return "only whole numbers are accepted"


def is_index(forward: Any, x: np.ndarray) -> bool:
    """Whether whole numbers are used as an index: fractions added to them change nothing."""
    if x.min() < 0:
        return False
    here = forward(x.astype(np.float64))
    rng = np.random.default_rng(0)
    for _ in range(2):  # one fraction for all entries would not change a softmax
        moved = x + rng.uniform(0.05, 0.95, x.shape) * (x != 0)  # an index of 0 may be padding
        if not np.array_equal(forward(moved), here, equal_nan=True):
            return False
    other = x.max() - x.astype(np.float64)
    return not np.array_equal(forward(other), here, equal_nan=True)
