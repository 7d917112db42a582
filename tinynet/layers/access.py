"""`LayerAccess`: the layer methods that Keras's users know.

Nothing here computes. To learn backpropagation, read `base` and `dense`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet._internal.settings import PlainSettings


class LayerAccess(PlainSettings):
    """Weights as lists, ``layer(x)`` and ``from_config``."""

    name: str
    parameter_names: list[str]
    state_names: list[str]
    trainable: bool

    @known_keywords
    def __call__(self, x: Any, training: bool = False) -> np.ndarray:
        """Call `forward`."""
        x = checks.as_batch(x, self.name)
        return self.forward(x, training=training)  # type: ignore[attr-defined]

    @property
    def weights(self) -> list[np.ndarray]:
        """The parameters, then the states, as the arrays themselves, not copies."""
        return [getattr(self, name) for name in (*self.parameter_names, *self.state_names)]

    @property
    def trainable_weights(self) -> list[np.ndarray]:
        """The parameters; empty if the layer is frozen."""
        return [getattr(self, name) for name in self.parameter_names] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[np.ndarray]:
        """The states, preceded by the parameters if the layer is frozen."""
        frozen = [] if self.trainable else self.parameter_names
        return [getattr(self, name) for name in (*frozen, *self.state_names)]

    @property
    def variables(self) -> list[np.ndarray]:
        """Same as `weights`."""
        return self.weights

    @known_keywords
    def get_weights(self) -> list[np.ndarray]:
        """Return copies of the parameters and states: W and b for a Dense layer."""
        return [np.array(array) for array in self.weights]

    @known_keywords
    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set the parameters and states, in the order of `get_weights`.

        If a number, a shape or a value is wrong, an error is raised and nothing is changed.
        """
        names = [f"{self.name}.{name}" for name in (*self.parameter_names, *self.state_names)]
        arrays = checks.check_arrays(weights, names, self.weights)
        for array, new in zip(self.weights, [np.array(a) for a in arrays], strict=True):
            array[...] = new

    @classmethod
    @known_keywords
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a layer from the result of `get_config`; an activation in it is made anew."""
        made = checks.check_table(checks.check_instance(config, dict, "config"), "config")
        for name, value in made.items():
            if isinstance(value, LayerAccess):
                activation: Any = value
                made[name] = activation.from_config(activation.get_config())
        return cls(**made)
