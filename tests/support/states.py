"""All that can be told from one object, or from the whole process, to compare before and after."""

import inspect
import random
from pathlib import Path
from typing import Any

import numpy as np

from tinynet._internal import seeds

PLAIN = str, int, float, type(None)


def contents(value: Any, seen: dict[int, Any] | None = None) -> Any:
    """Return all that an object holds, down to the bits of its arrays and random generators."""
    seen = {} if seen is None else seen
    if isinstance(value, PLAIN):  # the most
        return repr(value)
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.flags.writeable, value.tobytes()
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    if id(value) in seen:
        return "seen"
    seen[id(value)] = value
    if isinstance(value, dict):
        return {key: contents(item, seen) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [contents(item, seen) for item in value]
    if hasattr(value, "__dict__") and not isinstance(value, type) and not inspect.isroutine(value):
        return type(value).__name__, contents(vars(value), seen)
    return repr(value)


def process_state(folder: Path) -> Any:
    """Return what a call could change outside of its arguments: random sources, and files."""
    spent = seeds.spent()
    files = {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    numpys = np.random.get_state(legacy=False)  # noqa: NPY002 - the one that everybody shares
    return spent and (spent[0].state, spent[1]), random.getstate(), contents(numpys), files
