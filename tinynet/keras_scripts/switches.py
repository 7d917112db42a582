"""Settings of Keras and TensorFlow that have no effect: the backend, logging, checks, threads."""

from tinynet.keras_scripts.machine import nothing

__all__ = [
    "disable_check_numerics",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "enable_check_numerics",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "is_interactive_logging_enabled",
    "is_traceback_filtering_enabled",
    "set_backend",
    "set_inter_op_parallelism_threads",
    "set_intra_op_parallelism_threads",
    "set_jit",
    "set_log_device_placement",
]


disable_interactive_logging = enable_interactive_logging = nothing
disable_traceback_filtering = enable_traceback_filtering = nothing
disable_check_numerics = enable_check_numerics = nothing
set_inter_op_parallelism_threads = set_intra_op_parallelism_threads = nothing
set_backend = set_jit = set_log_device_placement = nothing


def is_interactive_logging_enabled() -> bool:
    """Return True: progress is printed."""
    return True


def is_traceback_filtering_enabled() -> bool:
    """Return True: a traceback shows the script's own lines."""
    return True
