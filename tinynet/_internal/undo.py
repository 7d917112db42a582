"""Undo the changes of a call that raises an error, so that it changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def unchanged_if_refused(objects: Iterable[Any]) -> Iterator[None]:
    """If the block raises, restore the attributes of objects.

    The contents of lists and dicts among the attributes are restored, too, and the states of
    generators called ``rng``. Arrays must be replaced in the block rather than written to. What
    another thread changes meanwhile is undone as well, so pass only what the block may change.
    """
    before = [(part, dict(vars(part))) for part in objects]
    held = [
        (value, value.copy()) for _, kept in before for value in kept.values() if held_in(value)
    ]
    rngs = {kept["rng"] for _, kept in before if isinstance(kept.get("rng"), np.random.Generator)}
    drawn = [(rng, rng.bit_generator.state) for rng in rngs]
    try:
        yield
    except BaseException:
        for part, attributes in before:
            part.__dict__.clear()
            part.__dict__.update(attributes)
        for value, contents in held:
            value.clear()
            value.extend(contents) if isinstance(value, list) else value.update(contents)
        for rng, state in drawn:
            rng.bit_generator.state = state
        raise


def held_in(value: Any) -> bool:
    """Return whether a value is a list or a dict, whose contents have to be restored."""
    return type(value) in (list, dict)
