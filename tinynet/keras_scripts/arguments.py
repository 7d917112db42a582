"""Arguments of Keras that tinynet doesn't have and that can be ignored safely.

Scripts pass defaults, ``compile(..., jit_compile=False)``, and settings of the machine that have no
meaning here. `forgiving` makes a function accept these. Any other unknown argument is refused, with
the advice of `tinynet._internal.absent` if there is any.
"""

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

# Arguments that can be ignored whatever their value.
ALWAYS = (
    *("auto_scale_loss", "autocast", "ema_momentum", "expand_nested", "jit_compile", "line_length"),
    *("positions", "rebuild", "renorm_momentum", "run_eagerly", "safe_mode", "show_trainable"),
    *("splines", "steps_per_execution"),
)
# Arguments that can be ignored if they are None or False.
IF_UNSET = (
    *("activity_regularizer", "alpha_constraint", "alpha_regularizer", "batch_shape", "by_name"),
    *("ema_overwrite_frequency", "from_logits", "from_sorted_ids", "ignore_class", "input_axes"),
    *("input_tensor", "label_weights", "layer_range", "lora_alpha", "lora_rank"),
    *("loss_scale_factor", "loss_weights", "max_shard_size", "multi_label", "noise_shape"),
    *("num_labels", "optional", "output_axes", "quantization_config", "ragged", "raise_error"),
    *("renorm", "renorm_clipping", "shared_axes", "skip_mismatch", "sparse", "synchronized"),
    *("tensor", "thresholds", "top_k", "use_ema"),
)
# Arguments that can be ignored if they are None, False or Keras's default.
IF_DEFAULT: dict[str, Any] = {
    "axis": -1,
    "data_format": "channels_last",
    "decay": 0.0,
    "dtype": "float32",
    "gradient_accumulation_steps": 1,
    "label_smoothing": 0.0,
    "num_regressors": 0,
    "summation_method": "interpolation",
    "zipped": True,
}

_LOSS = "from_logits label_smoothing axis reduction name"
_METRIC = "name dtype from_logits label_smoothing axis"
# The order in which Keras takes arguments by position, for classes of which tinynet's differs.
POSITIONS: dict[str, str] = {
    "callbacks.EarlyStopping": "monitor min_delta patience verbose mode baseline "
    "restore_best_weights start_from_epoch",
    "layers.Dense": "units activation use_bias kernel_initializer bias_initializer "
    "kernel_regularizer bias_regularizer activity_regularizer kernel_constraint bias_constraint",
    "losses.BinaryCrossentropy": _LOSS,
    "losses.CategoricalCrossentropy": _LOSS,
    "losses.SparseCategoricalCrossentropy": "from_logits ignore_class reduction axis name",
    "metrics.AUC": "num_thresholds curve summation_method name",
    "metrics.BinaryAccuracy": "name dtype threshold",
    "metrics.BinaryCrossentropy": _METRIC,
    "metrics.CategoricalCrossentropy": _METRIC,
    "metrics.Precision": "thresholds top_k class_id name",
    "metrics.R2Score": "class_aggregation num_regressors name",
    "metrics.Recall": "thresholds top_k class_id name",
    "metrics.SparseCategoricalCrossentropy": "name dtype from_logits ignore_class axis",
}


def positions_of(kind: type) -> list[str]:
    """Return the names of the arguments that Keras's class takes by position, if known.

    Examples
    --------
    >>> from tinynet.metrics import BinaryAccuracy
    >>> positions_of(BinaryAccuracy)
    ['name', 'dtype', 'threshold']
    """
    return POSITIONS.get(f"{kind.__module__.split('.')[1]}.{kind.__name__}", "").split()


def forgiving(
    function: Callable[..., Any],
    renamed: Mapping[str, str] | None = None,
    positions: Sequence[str] = (),
) -> Callable[..., Any]:
    """Return a function that also accepts Keras's other arguments if they can be ignored.

    Parameters
    ----------
    function : callable
        A function, or a class's ``__init__``.
    renamed : mapping of str to str, optional
        The names of arguments in Keras, mapped to the function's.
    positions : sequence of str
        For an ``__init__``, the names of the arguments that Keras takes by position.

    Examples
    --------
    >>> forgiving(lambda path: path, {"filepath": "path"})(filepath="m.keras", zipped=True)
    'm.keras'
    """
    own = inspect.signature(function).parameters
    names = renamed or {}

    @functools.wraps(function)
    def forgiven(*arguments: Any, **named: Any) -> Any:
        rest, named = by_name(positions, arguments[1:], named)
        arguments = (*arguments[:1], *rest)
        kept = {
            names.get(key, key): value
            for key, value in named.items()
            if key in own or key in names or not is_neutral(key, value)
        }
        return function(*arguments, **kept)

    return forgiven


def by_name(
    names: Iterable[str], arguments: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a call, all by name, given the names of the positions.

    They are left as they are if one has no name or is given twice, which the function may refuse.

    Examples
    --------
    >>> by_name(["x", "y"], (1,), {"verbose": 0}), by_name(["x"], (1, 2), {})
    (((), {'x': 1, 'verbose': 0}), ((1, 2), {}))
    """
    placed = dict(zip(names, arguments, strict=False))
    if len(placed) < len(arguments) or placed.keys() & named.keys():
        return arguments, named
    return (), placed | named


def is_neutral(name: str, value: Any) -> bool:
    """Return whether this argument can be ignored.

    Examples
    --------
    >>> is_neutral("axis", -1), is_neutral("axis", 0), is_neutral("jit_compile", True)
    (True, False, True)
    """
    if value is None or value is False:
        return name in (*ALWAYS, *IF_UNSET, *IF_DEFAULT)
    return name in ALWAYS or (name in IF_DEFAULT and bool(value == IF_DEFAULT[name]))
