"""Runs each answer in `my_network.py` by itself, so that they don't affect each other.

The tests and `read_digits.py` use this file. There is nothing to fill in here.
"""

import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

try:
    import pytest
except ImportError:
    raise SystemExit("The checks of the exercises need pytest: pip install pytest") from None

FILE = Path(__file__).with_name("my_network.py")
SECTION = re.compile(r"^# -+ \d+\.\d+ ([\w-]+) -+$", re.MULTILINE)

Find = Callable[[str], Any]


def answers() -> str:
    """Return the text of the file with the answers."""
    try:
        return FILE.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
    except UnicodeDecodeError:
        pytest.fail(f"{FILE.name} isn't UTF-8: save it in this encoding.", pytrace=False)


def section(exercise: str) -> str:
    """Return the imports and one exercise's part of the file, with the line numbers kept."""
    text = answers()
    marks = list(SECTION.finditer(text))
    names = [mark[1] for mark in marks]
    if exercise not in names:
        pytest.fail(f"{FILE.name} has no line '# ---- … {exercise} ----' any more.", pytrace=False)
    k = names.index(exercise)
    end = marks[k + 1].start() if k + 1 < len(marks) else len(text)
    head = text[: marks[0].start()]
    between = "\n" * text.count("\n", marks[0].start(), marks[k].start())
    return head + between + text[marks[k].start() : end]


@contextmanager
def judged(exercise: str) -> Iterator[Find]:
    """Run an answer, and the block that checks it.

    The block gets a function that returns the names of the answer. If the check fails or the code
    doesn't run, the test fails with a message that says so.
    """
    wrong = ""
    try:
        code = section(exercise)
        namespace: dict[str, Any] = {"__name__": "my_network"}
        exec(compile(code, str(FILE), "exec"), namespace)

        def find(name: str) -> Any:
            assert name in namespace, f"Your code must define `{name}`."
            return namespace[name]

        yield find
    except SyntaxError as error:
        wrong = f"{FILE.name}, line {error.lineno}: {(error.text or '').strip()}\n{error.msg}"
    except (Exception, SystemExit) as error:
        wrong = message_of(error)
    if wrong:
        raise pytest.fail.Exception(wrong, pytrace=False) from None


def message_of(error: BaseException) -> str:
    """Explain an exception: the answer is wrong, or the code doesn't run."""
    own = [line for frame, line in traceback.walk_tb(error.__traceback__) if is_mine(frame)]
    if isinstance(error, AssertionError) and not own:
        return str(error).strip()
    said = traceback.format_exception_only(error)[-1].strip()
    if not own:
        missing = "\nIs a `return` missing?" if "NoneType" in said else ""
        return f"The check can't use your code. {said}{missing}"
    text = answers().splitlines()[own[-1] - 1].strip()
    return f"{FILE.name}, line {own[-1]}: {text}\n{said}"


def is_mine(frame: Any) -> bool:
    """Whether a frame is in the file with the answers."""
    return bool(frame.f_code.co_filename == str(FILE))


def piece(test: Callable[[], None], exercise: str, name: str, stand_in: Any) -> Any:
    """Return the learner's own piece if it passes its test, and tinynet's otherwise."""
    try:
        test()
    except pytest.fail.Exception as error:
        print(f"{name:12} tinynet's: exercise {exercise} isn't solved")
        reason, *_ = str(error).splitlines()
        print(f"{'':12} {reason}")
        return stand_in
    print(f"{name:12} yours")
    with judged(exercise) as mine:
        return mine(name)
