"""A refused call changes nothing: what was begun is undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def unchanged_if_refused(objects: Iterable[Any], rng: np.random.Generator) -> Iterator[None]:
    """Give objects their attributes back, and a generator its state, if the block raises.

    Lists and dicts among the attributes are restored, too; arrays are taken to be replaced rather
    than written to.

    Parameters
    ----------
    objects : iterable of object
        Those that the block may change.
    rng : numpy.random.Generator
        Drawn from in the block.
    """
    before = [(part, dict(vars(part))) for part in objects]
    held = [
        (value, value.copy()) for _, kept in before for value in kept.values() if held_in(value)
    ]
    drawn = rng.bit_generator.state
    try:
        yield
    except BaseException:
        for part, attributes in before:
            part.__dict__.clear()
            part.__dict__.update(attributes)
        for value, contents in held:
            value.clear()
            value.extend(contents) if isinstance(value, list) else value.update(contents)
        rng.bit_generator.state = drawn
        raise


def held_in(value: Any) -> bool:
    """Return whether a value is a list or a dict, whose contents the block may change."""
    return type(value) in (list, dict)
