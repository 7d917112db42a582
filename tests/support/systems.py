"""What some tests need of the system that they run on."""

import contextlib
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from threadpoolctl import threadpool_info

needs_posix = pytest.mark.skipif(
    os.name != "posix", reason="POSIX's pipes, signals, forks, limits and permissions"
)
needs_blas_threads = pytest.mark.skipif(
    not any(pool["user_api"] == "blas" for pool in threadpool_info()),
    reason="the threads of this BLAS, such as Apple's Accelerate, can't be set",
)


def refusal(call: Callable[[], Any]) -> str:
    """Return a pattern of what this system says of a call that it refuses."""
    with pytest.raises(OSError) as error:  # noqa: PT011 - it depends on the system
        call()
    return re.escape(error.value.strerror or "")


def skip_if_too_long(path: Path) -> None:
    """Skip the test if the system, or its file system, takes no path of that length."""
    try:
        path.touch()
        path.unlink()
    except OSError as error:
        pytest.skip(f"this system takes no such path: {error.strerror}")


def forbid_what_windows_forbids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Delete and replace only files that are closed and writable, and open no folder as a file."""

    def careful(call: Callable[..., Any]) -> Callable[..., Any]:
        def checked(*paths: Any, **options: Any) -> Any:
            if any(is_open(path) for path in paths) or not is_writable(paths[-1]):
                raise PermissionError(13, "Access is denied", str(paths[-1]))
            return call(*paths, **options)

        return checked

    def open_file(path: Any, *arguments: Any, **options: Any) -> int:
        if os.path.isdir(path):
            raise PermissionError(13, "Permission denied", str(path))
        return opens(path, *arguments, **options)

    opens = os.open
    for name in ("unlink", "remove", "replace", "rename"):
        monkeypatch.setattr(os, name, careful(getattr(os, name)))
    monkeypatch.setattr(os, "open", open_file)


def is_open(path: Any) -> bool:
    """Whether this process has the file open."""
    for descriptor in range(256):
        with contextlib.suppress(OSError):
            if os.path.samestat(os.stat(path), os.fstat(descriptor)):
                return True
    return False


def is_writable(path: Any) -> bool:
    """Whether the file isn't marked as read-only, or isn't there."""
    return not os.path.exists(path) or bool(os.stat(path).st_mode & stat.S_IWRITE)
