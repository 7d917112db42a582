"""TensorFlow's functions for devices and logging: there is one CPU, no GPU and no log."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

__all__ = [
    "DEBUG",
    "ERROR",
    "FATAL",
    "INFO",
    "WARN",
    "device",
    "disable_eager_execution",
    "disable_v2_behavior",
    "enable_eager_execution",
    "enable_op_determinism",
    "executing_eagerly",
    "function",
    "functions_run_eagerly",
    "get_logger",
    "get_memory_growth",
    "gpu_device_name",
    "is_built_with_cuda",
    "is_built_with_gpu_support",
    "is_gpu_available",
    "list_logical_devices",
    "list_physical_devices",
    "name_scope",
    "run_functions_eagerly",
    "set_memory_growth",
    "set_verbosity",
    "set_visible_devices",
]

F = TypeVar("F", bound=Callable[..., Any])

DEBUG, INFO, WARN, ERROR, FATAL = 10, 20, 30, 40, 50


class PhysicalDevice(NamedTuple):
    """A CPU."""

    name: str
    device_type: str


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """Return the CPU, and no GPU."""
    if device_type not in (None, "CPU"):
        return []
    return [PhysicalDevice("/physical_device:CPU:0", "CPU")]


list_logical_devices = list_physical_devices


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: Any = None) -> bool:
    """Return False."""
    return False


def is_built_with_cuda() -> bool:
    """Return False."""
    return False


is_built_with_gpu_support = is_built_with_cuda


def gpu_device_name() -> str:
    """Return an empty name: there is no GPU."""
    return ""


def executing_eagerly() -> bool:
    """Return True: arrays are computed immediately."""
    return True


functions_run_eagerly = executing_eagerly


def nothing(*arguments: Any, **named: Any) -> None:
    """Accept a setting of TensorFlow's that has no meaning here."""


set_memory_growth = set_visible_devices = get_memory_growth = nothing
run_functions_eagerly = enable_op_determinism = enable_eager_execution = nothing
disable_eager_execution = disable_v2_behavior = nothing


def get_logger() -> logging.Logger:
    """Return TensorFlow's logger, to which nothing is written."""
    return logging.getLogger("tensorflow")


def set_verbosity(level: Any = None, alsologtostdout: bool = False) -> None:
    """Accept any level: nothing is logged."""


@contextlib.contextmanager
def device(name: Any) -> Iterator[None]:
    """Run the block on the CPU, whichever device is named."""
    yield


@contextlib.contextmanager
def name_scope(name: str) -> Iterator[None]:
    """Run the block; names have no scopes here."""
    yield


def function(func: F | None = None, **settings: Any) -> Any:
    """Return the function as it is: nothing is compiled."""
    return func if func is not None else function
