"""Initializers by name, for layers."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords, snake_case
from tinynet.initializers import objects, scaled

Initializer = Callable[[tuple[int, ...], "np.random.Generator"], np.ndarray]

INITIALIZERS: dict[str, Initializer] = {
    kind.__name__: kind()
    for kind in (
        *(objects.Constant, objects.GlorotNormal, objects.GlorotUniform, objects.HeNormal),
        *(objects.HeUniform, objects.Identity, objects.LecunNormal, objects.LecunUniform),
        *(objects.Ones, objects.Orthogonal, objects.RandomNormal, objects.RandomUniform),
        *(objects.TruncatedNormal, objects.VarianceScaling, objects.Zeros),
    )
}
INITIALIZERS |= {snake_case(name): made for name, made in INITIALIZERS.items()}
INITIALIZERS |= {
    function.__name__: function
    for function in (
        *(scaled.glorot_normal, scaled.glorot_uniform, scaled.he_normal, scaled.he_uniform),
        *(scaled.lecun_normal, scaled.lecun_uniform, scaled.zeros),
    )
}
INITIALIZERS |= {
    "normal": INITIALIZERS["random_normal"],
    "one": INITIALIZERS["ones"],
    "uniform": INITIALIZERS["random_uniform"],
    "zero": INITIALIZERS["Zeros"],
}


@known_keywords
def get(initializer: str | Initializer | type[objects.InitializerObject]) -> Initializer:
    """Return the initializer for a name, an object of its own; or the function itself."""
    if isinstance(initializer, type):
        made: Initializer = initializer()
        return made
    if inspect.isfunction(initializer) and initializer not in INITIALIZERS.values():
        checks.check_function(initializer, "initializer", ["shape", "rng"])
    if callable(initializer):
        return initializer
    return copy.copy(checks.lookup(initializer, INITIALIZERS, "initializer", "Constant"))
