"""A refused call changes nothing: what was begun is undone."""

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
    before = [(part, {name: kept(value) for name, value in vars(part).items()}) for part in objects]
    drawn = rng.bit_generator.state
    try:
        yield
    except BaseException:
        for part, attributes in before:
            part.__dict__.clear()
            part.__dict__.update(attributes)
        rng.bit_generator.state = drawn
        raise


def kept(value: Any) -> Any:
    """Return a copy of a list or a dict, and anything else itself."""
    return value.copy() if type(value) in (list, dict) else value
