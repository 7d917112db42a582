"""Runs the reader's code in the page: sessions, exercises and the digit reader.

The page's worker loads this module into Pyodide and calls `run_session`, `check` and `assemble`,
which take and return JSON. The module doesn't need a browser, so the tests also run it in plain
Python.
"""

import ast
import base64
import builtins
import contextlib
import doctest
import io
import json
import linecache
import logging
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # not about its cache

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
CRASH = re.compile(r"crashes: (.*) \(<your code>, line (\d+): (.*)\)")
MOST_OUTPUT = 200_000  # characters of one run that are shown
PAUSE = 0.05  # seconds between two messages to the page

Send = Callable[[int, str], None]


class Output(io.TextIOBase):
    """Collects what is printed, and passes it on while the code still runs."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: list[str] = []
        self._sent = 0.0
        self._length = 0
        self.index = 0
        self.written: list[str] = []

    def write(self, text: str) -> int:
        """Take some text. Beyond a limit, output is replaced by a remark."""
        if self._length <= MOST_OUTPUT:
            self._length += len(text)
            if self._length > MOST_OUTPUT:
                text = "\n… the rest of the output isn't shown\n"
            self.written.append(text)
            self._waiting.append(text)
            if time.monotonic() - self._sent > PAUSE:
                self.flush()
        return len(text)

    def flush(self) -> None:
        """Send the text that is waiting."""
        if self._waiting:
            self._send(self.index, "".join(self._waiting))
            self._waiting.clear()
            self._sent = time.monotonic()

    def take(self) -> str:
        """Return what was written since the last call."""
        self.flush()
        text = "".join(self.written)
        self.written.clear()
        return text


@contextlib.contextmanager
def captured(output: Output, shown: list[str], *, text: bool = True) -> Iterator[None]:
    """Capture printed text, and the HTML of the values of expressions.

    With `text`, a value that has HTML is also printed.
    """

    def display(value: Any) -> None:
        if value is not None:
            builtins._ = value  # type: ignore[attr-defined]
            found = rich(value)
            shown.extend(found)
            if text or not found:
                print(repr(value))

    hook = sys.displayhook
    sys.displayhook = display
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            yield
    finally:
        sys.displayhook = hook


def rich(value: Any) -> list[str]:
    """Return the HTML of a value, or of the values in a list, if they have any."""
    if isinstance(value, list | tuple) and value:
        found = [rich(item) for item in value]
        return [text for texts in found for text in texts] if all(found) else []
    if isinstance(value, type) or not hasattr(value, "_repr_html_"):
        return []
    text = value._repr_html_()
    return [str(text)] if text else []


def pictures(namespace: dict[str, Any]) -> list[str]:
    """Return the new plots, those of pyplot and those in variables, as PNG in base64."""
    if "matplotlib.figure" not in sys.modules:
        return []
    from matplotlib import pyplot
    from matplotlib.figure import Figure

    values = [*namespace.values(), getattr(builtins, "_", None)]
    drawn = [value for value in values if type(value).__module__.startswith("matplotlib")]
    named = [getattr(value, "figure", value) for value in drawn]
    figures = [pyplot.figure(number) for number in pyplot.get_fignums()] + named
    found = []
    for figure in figures:
        if isinstance(figure, Figure) and figure.stale:  # not drawn since it was changed
            buffer = io.BytesIO()
            figure.savefig(buffer, format="png", dpi=144, bbox_inches="tight")
            found.append(base64.b64encode(buffer.getvalue()).decode())
            figure.stale = False
    pyplot.close("all")
    return found


def remember(name: str, code: str) -> None:
    """Let tracebacks quote code that isn't in a file."""
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)


def syntax_message(error: SyntaxError, code: str) -> str:
    """Return the message of a syntax error, with its line."""
    lines = code.splitlines()
    number = error.lineno or 1
    text = lines[number - 1].strip() if number <= len(lines) else ""
    said = f": {text}" if text else ""
    return f"Line {number}{said}\n{type(error).__name__}: {error.msg}"


def split(code: str) -> list[str]:
    """Return the statements of a block, each with blank lines that keep its line numbers."""
    lines = code.splitlines()
    pieces: list[tuple[int, int]] = []
    for node in ast.parse(code).body:
        start = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", []))])
        end = node.end_lineno or node.lineno
        if pieces and start <= pieces[-1][1]:  # two statements in one line
            pieces[-1] = (pieces[-1][0], max(end, pieces[-1][1]))
        else:
            pieces.append((start, end))
    return ["\n" * (start - 1) + "\n".join(lines[start - 1 : end]) + "\n" for start, end in pieces]


def users_frames(start: TracebackType | None) -> Iterator[tuple[str, int]]:
    """Yield the file name and the line of the frames in code of the page."""
    for frame, line in traceback.walk_tb(start):
        if frame.f_code.co_filename.startswith("<your code"):
            yield frame.f_code.co_filename, line


def traceback_text(error: BaseException) -> str:
    """Return a traceback that starts in the reader's code."""
    start = error.__traceback__
    while start and not start.tb_frame.f_code.co_filename.startswith("<your code"):
        start = start.tb_next
    return "".join(traceback.format_exception(type(error), error, start))


def run_session(request: str, namespace: dict[str, Any], send: Send) -> str:
    """Run a block, statement by statement.

    The request has the ``code``, or its ``examples`` with their output in the page. Returns a list
    with an entry for each statement: ``source``, ``output``, ``html``, and whether the output is
    the ``same``. The last entry also has the ``images``. The run stops at the first exception that
    the page doesn't show.
    """
    asked = json.loads(request)
    examples = asked.get("examples")
    if examples is None:
        try:
            examples = [{"source": source, "want": None} for source in split(asked["code"])]
        except SyntaxError as error:
            message = syntax_message(error, asked["code"])
            return json.dumps([{"source": "", "output": message, "failed": True}])
        whole = asked["code"]
    output, results = Output(send), []
    for index, example in enumerate(examples):
        output.index = index
        name = f"<your code {namespace.setdefault('__runs__', 0)}>"
        namespace["__runs__"] += 1
        remember(name, example["source"] if asked.get("examples") else whole)
        result = run_example(example, name, namespace, output)
        results.append(result)
        if result["failed"]:
            break
    if results:
        with captured(output, []):
            results[-1]["images"] = pictures(namespace)
    return json.dumps(results)


def run_example(
    example: dict[str, Any], name: str, namespace: dict[str, Any], output: Output
) -> dict[str, Any]:
    """Run one statement, and compare its output as doctest does."""
    source, want = example["source"], example["want"]
    shown: list[str] = []
    failure: BaseException | None = None
    with captured(output, shown, text=want is not None):
        try:
            exec(compile(source, name, "single"), namespace)
        except BaseException as error:  # SystemExit and KeyboardInterrupt, too
            failure = error
    text = output.take()
    wanted = doctest.DocTestParser._EXCEPTION_RE.match(want or "")  # type: ignore[attr-defined]
    same = None
    if failure is None:
        same = None if want is None else matches(want, text)
    else:
        message = traceback.format_exception_only(failure)[-1]
        same = bool(wanted) and matches(wanted["msg"], message)
        text = want if same else text + traceback_text(failure)
    failed = failure is not None and not same
    result = {"source": source.strip("\n"), "output": text, "html": shown, "failed": failed}
    return {**result, "same": same}


def matches(want: str, got: str) -> bool:
    """Whether doctest accepts an output."""
    return doctest.OutputChecker().check_output(want, got, FLAGS)


def check(request: str, send: Send) -> str:
    """Run the reader's answer to an exercise, and the check after it.

    The request has the ``code``, the ``check`` and the ``preamble``, which is run before both.
    Returns the verdict: whether it is ``right``, the ``message``, the ``output``, the ``html`` of
    the check's report if there is one, and the ``line`` of the reader's code that failed.
    """
    asked = json.loads(request)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(asked["preamble"], namespace)
    verdict: dict[str, Any] = {"right": False, "message": "", "html": [], "line": None}
    output = Output(send)
    try:
        program = compile(asked["code"], "<your code>", "exec")
    except (SyntaxError, ValueError) as error:
        if isinstance(error, SyntaxError):
            verdict["line"], verdict["message"] = error.lineno, syntax_message(error, asked["code"])
        else:
            verdict["message"] = str(error)
        return json.dumps({**verdict, "kind": "syntax", "output": ""})
    remember("<your code>", asked["code"])
    remember("<the check>", asked["check"])
    with captured(output, []):
        try:
            exec(program, namespace)
            exec(compile(asked["check"], "<the check>", "exec"), namespace)
            verdict.update(right=True, kind="right", message="Correct.")
        except BaseException as error:
            verdict.update(explained(error, asked["code"]))
            if verdict["kind"] == "wrong":
                verdict["html"] = rich(namespace.get("report"))
    pictures(namespace)
    return json.dumps({**verdict, "output": output.take()})


def explained(error: BaseException, code: str) -> dict[str, Any]:
    """Explain an exception: the answer is wrong, or the code doesn't run."""
    own = [line for _, line in users_frames(error.__traceback__)]
    if isinstance(error, AssertionError) and not own:
        message = str(error).strip() or "The check failed."
        crash = CRASH.search(message)  # which the checker has caught
        if crash:
            line, text = int(crash[2]), crash[3]
            return {"kind": "error", "line": line, "message": f"Line {line}: {text}\n{crash[1]}"}
        return {"kind": "wrong", "message": message}
    said = traceback.format_exception_only(error)[-1].strip()
    if not own:
        if isinstance(error, NameError):
            return {"kind": "wrong", "message": f"Your code must define `{error.name}`."}
        missing = "\nIs a `return` missing?" if "NoneType" in said else ""
        return {"kind": "wrong", "message": f"The check can't use your code. {said}{missing}"}
    lines = code.splitlines()
    text = lines[own[-1] - 1].strip() if own[-1] <= len(lines) else ""
    return {"kind": "error", "line": own[-1], "message": f"Line {own[-1]}: {text}\n{said}"}


def assemble(request: str, send: Send) -> str:
    """Run a program on the reader's own pieces.

    The request has the ``program``, the ``preamble`` and the ``pieces``, each with its ``name`` and
    the ``code`` that defines it. Returns the ``output`` and the ``images``.
    """
    asked = json.loads(request)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(asked["preamble"], namespace)
    output, failed = Output(send), False
    with captured(output, []):
        try:
            for piece in asked["pieces"]:
                name = f"<your code: {piece['name']}>"
                remember(name, piece["code"])
                scope: dict[str, Any] = {"__name__": "__main__"}
                exec(asked["preamble"], scope)
                exec(compile(piece["code"], name, "exec"), scope)
                namespace[piece["name"]] = scope[piece["name"]]
            remember("<your code>", asked["program"])
            exec(compile(asked["program"], "<your code>", "exec"), namespace)
        except BaseException as error:
            failed = True
            print(traceback_text(error))
        images = pictures(namespace)
    return json.dumps({"output": output.take(), "images": images, "failed": failed})
