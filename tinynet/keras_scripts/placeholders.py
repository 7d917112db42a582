"""Placeholders for names that tinynet leaves out and that a script imports without using them.

Imports are often copied: a script with only Dense layers may import `Conv2D` and never use it.
Keras runs such a script, and so does tinynet. The name is then bound to a `LeftOut`, and any use of
it raises an error with the reason.
"""

import dis
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NoReturn, Union

_READ = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF", "LOAD_CLASSDEREF")


class LeftOut:
    """Placeholder for a name that a script imports and doesn't use; using it raises an error."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence

    def __call__(self, *arguments: Any, **named: Any) -> NoReturn:
        """Raise an error that says why the name is left out."""
        raise NotImplementedError(self._sentence)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> NoReturn:
        raise NotImplementedError(self._sentence)

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(self._sentence)

    def __or__(self, other: Any) -> Any:
        return Union[self, other]  # noqa: UP007 - an annotation such as ``keras.Model | None``

    def __ror__(self, other: Any) -> Any:
        return Union[other, self]  # noqa: UP007

    def __instancecheck__(self, value: Any) -> bool:
        from tinynet.models import Sequential

        return isinstance(value, Sequential)

    def __subclasscheck__(self, kind: type) -> bool:
        from tinynet.models import Sequential

        return issubclass(kind, Sequential)


def may_be_missing(name: str) -> bool:
    """Return whether an import of a name that tinynet leaves out may succeed.

    It may if the script that imports it builds a Sequential model without using the name. The cells
    of a notebook are seen one by one, so a cell needn't build anything, unless it has a ``try`` or
    a ``with``: it may be prepared for the ImportError.

    `Model` may be used, since it may be an annotation, and a module beside the script needn't build
    anything. An installed package gets an ImportError, which it may catch.
    """
    frame = importing_frame()
    packages = ("site-packages", "dist-packages")
    if frame is None or any(part in packages for part in Path(frame.f_code.co_filename).parts):
        return False
    steps = list(_instructions(frame.f_code))
    own_name = name  # from keras.models import Model as M
    for step, following in itertools.pairwise(steps):
        if step.opname == "IMPORT_FROM" and step.argval == name:
            own_name = following.argval
    read = {step.argval for step in steps if step.opname in _READ}
    mentioned = {step.argval for step in steps if step.opname.startswith("LOAD_")}
    builds = "Sequential" in mentioned or frame.f_globals.get("__name__") != "__main__"
    if "get_ipython" in frame.f_globals:
        outside = dis.get_instructions(frame.f_code)
        builds = builds or all(step.opname != "PUSH_EXC_INFO" for step in outside)
    return builds and (name == "Model" or own_name not in read)


def importing_frame() -> FrameType | None:
    """Return the frame of the import statement that is being executed."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        where = frame.f_code.co_filename
        if "importlib" not in where and frame.f_globals.get("__package__") != __package__:
            return frame
        frame = frame.f_back
    return None


def is_import_statement(frame: FrameType) -> bool:
    """Return whether a frame is where Python looks up the names of ``from module import name``."""
    return frame.f_code.co_name == "_handle_fromlist"


def is_import_of_a_name() -> bool:
    """Return whether Python looks for the name in ``from module import name``, not for a module."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame is not importing_frame():
        if is_import_statement(frame):
            return True
        frame = frame.f_back
    return False


def _instructions(code: CodeType) -> Iterator[dis.Instruction]:
    yield from dis.get_instructions(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _instructions(constant)
