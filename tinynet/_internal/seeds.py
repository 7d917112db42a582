"""The common source of seeds, for layers and models that are given none of their own."""

from __future__ import annotations

import numpy as np

from tinynet._internal.checks import check_count

_seeds: np.random.SeedSequence | None = None  # made when first needed


def restart(seed: int) -> None:
    """Let every generator that is given no seed of its own depend on this one from here on."""
    global _seeds
    _seeds = np.random.SeedSequence(seed)


def new_generator(seed: int | None = None) -> np.random.Generator:
    """Return a generator with its own seed, or with the next one from the common source.

    Parameters
    ----------
    seed : int, optional
        Left out, the generator is fresh in every process, unless `set_random_seed` was called.
    """
    global _seeds
    if seed is None:
        _seeds = _seeds or np.random.SeedSequence()
        return np.random.default_rng(_seeds.spawn(1)[0])
    return np.random.default_rng(check_count(seed, "seed", minimum=0))
