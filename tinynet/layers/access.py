"""`LayerAccess`: a layer by the names that Keras's users know, and called like a function.

Nothing here computes. A student of backpropagation reads `base` and `dense`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords


class LayerAccess:
    """Weights as lists, ``layer(x)``, and a layer made again from its configuration."""

    name: str
    parameter_names: list[str]
    state_names: list[str]
    trainable: bool

    @known_keywords
    def __call__(self, x: Any, training: bool = False) -> np.ndarray:
        """Return what `forward` makes of x."""
        x = checks.as_batch(x, self.name)
        return self.forward(x, training=training)  # type: ignore[attr-defined]

    @property
    def weights(self) -> list[np.ndarray]:
        """The parameters and then the states; write into them."""
        return [getattr(self, name) for name in (*self.parameter_names, *self.state_names)]

    @property
    def trainable_weights(self) -> list[np.ndarray]:
        """The parameters, unless the layer is frozen."""
        return [getattr(self, name) for name in self.parameter_names] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[np.ndarray]:
        """The states, and the parameters if the layer is frozen."""
        frozen = [] if self.trainable else self.parameter_names
        return [getattr(self, name) for name in (*frozen, *self.state_names)]

    @property
    def variables(self) -> list[np.ndarray]:
        """The same as `weights`."""
        return self.weights

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of the parameters and states: of a Dense, W and b."""
        return [array.copy() for array in self.weights]

    @known_keywords
    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set the parameters and states, in the order of `get_weights`.

        Raises
        ------
        ValueError, TypeError
            If number or shapes don't fit, or an entry isn't finite; then nothing is changed.
        """
        names = [f"{self.name}.{name}" for name in (*self.parameter_names, *self.state_names)]
        arrays = checks.check_arrays(weights, names, self.weights)
        for array, new in zip(self.weights, [np.array(a) for a in arrays], strict=True):
            array[...] = new

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make a layer from what `get_config` returned."""
        return cls(**config)
