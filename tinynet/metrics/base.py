"""`Metric`: what all metrics have in common, and what a metric of your own needs."""

import re
from typing import Any

import numpy as np

from tinynet._internal import checks


class Metric:
    """What a person wants to know of the predictions, gathered over the batches of a data set."""

    def __init__(self, name: str | None = None) -> None:
        name_of_class = re.sub(r"(?<!^)(?<![A-Z])(?=[A-Z])", "_", type(self).__name__).lower()
        self.name = checks.check_string(name, "name") or name_of_class
        self.reset()

    def targets(self, y_true: Any, output_shape: tuple[int, ...]) -> np.ndarray:
        """Check y_true against predictions of shape (N, ...) and prepare it."""
        return checks.as_numbers(y_true, "y_true")

    def update(self, t: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> None:
        """Take in a batch."""
        raise NotImplementedError(f"{type(self).__name__} must define update(t, y, weights).")

    def result(self) -> float:
        """Return the value over all batches since the last `reset`."""
        raise NotImplementedError(f"{type(self).__name__} must define result().")

    def reset(self) -> None:
        """Forget all batches."""

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again, for saving."""
        return {"name": self.name}
