"""The common source of seeds, for layers and models without a seed of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

_seeds: np.random.SeedSequence | None = None  # made when first needed
_aside = threading.local()  # its `seeds` replace the common ones in a thread's `unspent`


def restart(seed: int) -> None:
    """Derive every later generator without a seed of its own from this seed."""
    global _seeds
    _seeds = np.random.SeedSequence(seed)


def new_generator(seed: int | None = None) -> np.random.Generator:
    """Return a generator with its own seed, or with the next one from the common source.

    Parameters
    ----------
    seed : int, optional
        By default the generator differs between processes, unless `set_random_seed` was called.
    """
    global _seeds
    if seed is not None:
        return np.random.default_rng(seed)
    source = getattr(_aside, "seeds", None)
    if source is None:
        source = _seeds = _seeds or np.random.SeedSequence()
    return np.random.default_rng(source.spawn(1)[0])


def spent() -> tuple[np.random.SeedSequence, int] | None:
    """Return the common source and the number of seeds taken from it, if there is one yet."""
    return None if _seeds is None else (_seeds, _seeds.n_children_spawned)


def give_back(before: tuple[np.random.SeedSequence, int] | None) -> None:
    """Reset the common source to what `spent` returned."""
    global _seeds
    if before is None:
        _seeds = None
    elif spent() != before:
        source, count = before
        _seeds = np.random.SeedSequence(
            source.entropy,
            spawn_key=source.spawn_key,
            pool_size=source.pool_size,
            n_children_spawned=count,
        )


@contextmanager
def unspent() -> Iterator[None]:
    """Let this thread take seeds from a source of its own in the block, not from the common one."""
    before = getattr(_aside, "seeds", None)
    _aside.seeds = np.random.SeedSequence()
    try:
        yield
    finally:
        _aside.seeds = before
