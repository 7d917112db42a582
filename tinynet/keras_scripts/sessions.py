"""Sessions of TensorFlow 1, from `tf.compat.v1`: scripts create one to choose a GPU's memory.

Arrays are computed immediately, so a session has nothing to run.
"""

from types import SimpleNamespace
from typing import Any, NoReturn, Self

__all__ = ["ConfigProto", "GPUOptions", "InteractiveSession", "Session", "reset_default_graph"]


class GPUOptions(SimpleNamespace):
    """Settings of a GPU; they have no effect."""


class ConfigProto(SimpleNamespace):
    """Settings of a session; they have no effect."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"gpu_options": GPUOptions(), **settings})


class Session:
    """A session, which does nothing."""

    def __init__(self, target: Any = "", graph: Any = None, config: Any = None) -> None:
        self.graph = graph

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Close the session."""

    def as_default(self) -> Self:
        """Return the session."""
        return self

    def close(self) -> None:
        """Close the session."""

    def run(self, *arguments: Any, **named: Any) -> NoReturn:
        """Raise an error: there is no graph to run."""
        raise NotImplementedError(
            "tf.Session has nothing to run, arrays are computed immediately: use fit and predict "
            "of a keras.Sequential, or a tensor's numpy()."
        )


InteractiveSession = Session


def reset_default_graph() -> None:
    """Do nothing: there are no graphs."""
