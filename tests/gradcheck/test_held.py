"""Random generators are found wherever an object holds them."""

import random
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tinynet.gradcheck.held import Randomness


class Slotted:
    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held


HOLDERS: dict[str, Callable[[Any], Any]] = {
    "list": lambda g: [1.0, [g]],
    "tuple": lambda g: (2, (g, 3)),
    "dict": lambda g: {"a": {"b": g}},
    "deque": lambda g: deque([g]),
    "array of objects": lambda g: np.array([None, g]),
    "object": lambda g: SimpleNamespace(inner=SimpleNamespace(g=g, again=g)),
    "slots": Slotted,
}
GENERATORS: dict[str, Callable[[], Any]] = {
    "Generator": lambda: np.random.default_rng(0),
    "RandomState": lambda: np.random.RandomState(0),
    "Random": lambda: random.Random(0),
}


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("kind", GENERATORS)
def test_generators_are_rewound_wherever_they_are_held(holder: str, kind: str) -> None:
    generator = GENERATORS[kind]()
    thing = SimpleNamespace(held=HOLDERS[holder](generator))
    thing.itself = thing
    randomness = Randomness(thing)
    assert not randomness.is_used()
    first = generator.random()
    assert randomness.is_used()
    randomness.rewind()
    assert generator.random() == first


def test_what_draws_from_the_system_is_left_alone() -> None:
    assert not Randomness([random.SystemRandom(), 1.0, "rng"]).is_used()
