"""Arguments of Keras that tinynet doesn't have and that can be ignored safely.

Scripts pass defaults, ``compile(..., jit_compile=False)``, and settings of the machine that have no
meaning here. `forgiving` makes a function accept these. Any other unknown argument is refused, with
the advice of `tinynet._internal.absent` if there is any.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

ANY = object()
# For each argument the values that can be ignored, besides None and False.
NEUTRAL: dict[str, tuple[Any, ...]] = {
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
    "input_tensor": (),
    "jit_compile": (ANY,),
    "label_smoothing": (0.0,),
    "label_weights": (),
    "line_length": (ANY,),
    "lora_rank": (),
    "loss_scale_factor": (),
    "loss_weights": (),
    "max_shard_size": (),
    "multi_label": (),
    "noise_shape": (),
    "num_labels": (),
    "num_regressors": (0,),
    "optional": (),
    "overwrite": (True,),
    "positions": (ANY,),
    "quantization_config": (),
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


def forgiving(
    function: Callable[..., Any], renamed: Mapping[str, str] | None = None
) -> Callable[..., Any]:
    """Return a function that also accepts Keras's other arguments if they can be ignored.

    Parameters
    ----------
    function : callable
        A function, or a class's ``__init__``.
    renamed : mapping of str to str, optional
        The names of arguments in Keras, mapped to the function's.

    Examples
    --------
    >>> forgiving(lambda path: path, {"filepath": "path"})(filepath="m.keras", zipped=True)
    'm.keras'
    """
    own = inspect.signature(function).parameters
    names = renamed or {}

    @functools.wraps(function)
    def forgiven(*arguments: Any, **named: Any) -> Any:
        kept = {
            names.get(key, key): value
            for key, value in named.items()
            if key in own or key in names or not is_neutral(key, value)
        }
        return function(*arguments, **kept)

    return forgiven


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
