"""Protocol classes: the parts of a model that lower-level modules use, for type checkers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from tinynet.layers.base import Layer


class Trained(Protocol):
    """A model as seen by callbacks, saving and the summary."""

    name: str
    dtype: np.dtype
    rng: np.random.Generator
    metrics: list[Any]
    weighted_metrics: list[Any]
    loss: Any
    optimizer: Any
    history: Any
    epoch: int
    built: bool
    compiled: bool
    stop_training: bool
    input_shapes: list[tuple[int, ...]]
    output_shapes: list[tuple[int, ...]]
    chain: list[Layer]
    trained: list[Layer]
    criterion: Any

    def check_unchanged(self) -> None: ...
    @property
    def layers(self) -> list[Layer]: ...
    @property
    def values(self) -> np.ndarray: ...
    @property
    def parameters(self) -> np.ndarray: ...
    @property
    def trainable_weights(self) -> list[np.ndarray]: ...
    @property
    def gradients(self) -> np.ndarray: ...
    def higher_is_better(self, name: str) -> bool: ...
    def set_values(self, values: np.ndarray) -> None: ...
    def set_weights(self, weights: Sequence[Any]) -> None: ...
    def compile(self, optimizer: Any, loss: Any, metrics: Sequence[Any] | None) -> None: ...
    def save(self, path: str | os.PathLike[str]) -> None: ...
    def save_weights(self, path: str | os.PathLike[str]) -> None: ...
