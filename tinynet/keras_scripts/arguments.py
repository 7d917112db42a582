"""Arguments of Keras that tinynet doesn't have and that can be ignored safely.

Scripts pass defaults, ``compile(..., jit_compile=False)``, and settings of the machine that have no
meaning here. `forgiving` makes a function accept these. Any other unknown argument is refused, with
the advice of `tinynet._internal.absent` if there is any.
"""

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

ANY = object()
# For each argument the values that can be ignored, besides None and False.
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "activity_regularizer": (),
    "alpha_constraint": (),
    "alpha_regularizer": (),
    "autocast": (ANY,),
    "auto_scale_loss": (ANY,),
    "axis": (-1,),
    "batch_shape": (),
    "data_format": ("channels_last",),
    "dtype": ("float32",),
    "ema_momentum": (ANY,),
    "ema_overwrite_frequency": (),
    "expand_nested": (ANY,),
    "from_logits": (),
    "from_sorted_ids": (),
    "gradient_accumulation_steps": (1,),
    "ignore_class": (),
    "input_axes": (),
    "input_tensor": (),
    "jit_compile": (ANY,),
    "label_smoothing": (0.0,),
    "label_weights": (),
    "line_length": (ANY,),
    "layer_range": (),
    "lora_alpha": (),
    "lora_rank": (),
    "loss_scale_factor": (),
    "loss_weights": (),
    "max_shard_size": (),
    "multi_label": (),
    "noise_shape": (),
    "num_labels": (),
    "num_regressors": (0,),
    "optional": (),
    "output_axes": (),
    "positions": (ANY,),
    "quantization_config": (),
    "raise_error": (),
    "ragged": (),
    "rebuild": (ANY,),
    "renorm": (),
    "renorm_clipping": (),
    "renorm_momentum": (ANY,),
    "run_eagerly": (ANY,),
    "safe_mode": (ANY,),
    "shared_axes": (),
    "show_trainable": (ANY,),
    "skip_mismatch": (),
    "sparse": (),
    "splines": (ANY,),
    "steps_per_execution": (ANY,),
    "summation_method": ("interpolation",),
    "synchronized": (),
    "tensor": (),
    "thresholds": (),
    "top_k": (),
    "use_ema": (),
    "zipped": (True,),
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
    if name not in NEUTRAL:
        return False
    neutral = NEUTRAL[name]
    return value is None or value is False or ANY in neutral or value in neutral
