"""Run a notebook's cells in order, as a script.

If IPython is installed, it translates magics and shell commands; otherwise the most common forms
are supported. Magics on which later cells depend take effect: ``%time``, ``%cd``, ``%env``,
``%run``, ``%pylab`` and ``%%writefile``. ``!pip``, ``%load_ext`` and the like are skipped, with a
note on standard error. Plots that a notebook would show are saved in its folder as
``notebook_1.png``, ``notebook_2.png`` and so on.
"""

import ast
import json
import linecache
import os
import re
import shlex
import sys
import traceback
from collections.abc import Iterator
from types import CodeType
from typing import Any

from tinynet._internal.saving.files import open_regular
from tinynet.keras_scripts.running import execute, fail, start
from tinynet.keras_scripts.tools import save_figure

RUN = ("time", "timeit", "prun", "capture", "memit")  # magics whose code is run
SILENT = ("matplotlib", "config", "load_ext", "reload_ext", "autoreload")
PYLAB = """
import matplotlib
import numpy
from matplotlib import mlab, pylab, pyplot
np, plt = numpy, pyplot
from pylab import *
from numpy import *
"""
OPTIONS = re.compile(r"^(-\w+(\s+\d+)?\s+)*")
ASSIGNED = re.compile(r"(\s*)([\w, ]+?)\s*=\s*([!%])(?![%!])(.*)")
ALONE = re.compile(r"(\s*)(!!|[!%])(.*)")


class Session:
    """The object that ``get_ipython()`` returns in the cells of a running notebook.

    Parameters
    ----------
    path : str
        Path of the notebook; plots are named after it.
    names : dict
        The cells' variables.
    """

    def __init__(self, path: str, names: dict[str, Any]) -> None:
        self.path = path
        self.user_ns = names
        self.plots = 0
        self.cell = 0

    def run_cell(self, source: str) -> None:
        """Run a cell and show the value of its last line, if that is an expression."""
        self.cell += 1
        self.run_code(translate(source), f"{self.path}, cell {self.cell}")
        self.save_plots()

    def run_code(self, source: str, place: str, *, shows: bool = True) -> None:
        """Run Python code; `place` is its file name in a traceback."""
        linecache.cache[place] = (len(source), None, source.splitlines(True), place)
        execute(lambda: parts(source, place, shows=shows), self.user_ns)

    def run_line_magic(self, name: str, line: str, _stack_depth: int = 1) -> Any:
        """Run a magic on which later cells depend; skip the others."""
        line = line.strip()
        if name in RUN:
            return self.run_timed(name, line)
        if name in ("env", "set_env") and line:
            return set_environment(line)
        folder = os.path.expanduser(line.strip("'\""))
        if name == "cd" and os.path.isdir(folder):
            os.chdir(folder)
        elif name == "pwd":
            return os.getcwd()
        elif name == "run" and (words := without_options(line)) and os.path.isfile(words[0]):
            self.run_file(*words)
        elif name == "pylab":
            exec(PYLAB, self.user_ns)
        elif name not in SILENT:
            self.note(f"%{name} {line}")
        return None

    def run_timed(self, name: str, line: str) -> Any:
        """Run the code of a ``%time``; return its value, which ``%timeit`` doesn't show."""
        code = OPTIONS.sub("", line)
        try:
            value = eval(code, self.user_ns)
        except SyntaxError:
            exec(code, self.user_ns)
            return None
        return value if name == "time" else None

    def run_file(self, path: str, *arguments: str) -> None:
        """Run a script, or the cells of another notebook, with the variables of this one."""
        if path.endswith(".ipynb"):
            for cell in read(path):
                self.run_code(translate(cell), path)
            return
        before, sys.argv = sys.argv, [path, *arguments]
        with open(path, encoding="utf-8") as file:
            self.run_code(file.read(), path, shows=False)
        sys.argv = before

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        """Run the cell under a ``%%time``, write a file; skip other cells that start so."""
        if name in RUN:
            place = f"{self.path}, cell {self.cell}"
            self.run_code("\n" + translate(body), place, shows=name != "timeit")
            kept = [word for word in line.split() if not word.startswith("-")]
            if name == "capture" and kept:
                self.note(f"the output that %%capture was to keep in {kept[0]}")
        elif name in ("writefile", "file"):
            mode = "a" if line.split()[:1] == ["-a"] else "w"
            with open(without_options(line)[0], mode, encoding="utf-8") as file:
                file.write(body)
        else:
            self.note(f"the cell %%{name} {line}")

    def magic(self, line: str) -> Any:
        """Run a magic that is given as one string."""
        name, _, rest = line.partition(" ")
        return self.run_line_magic(name, rest)

    def system(self, command: str) -> None:
        """Skip a shell command."""
        self.note(f"!{command}")

    def getoutput(self, command: str, split: bool = True) -> list[str]:
        """Skip a shell command; its output is empty."""
        self.note(f"!{command}")
        return []

    def note(self, what: str) -> None:
        """Print on standard error what is skipped."""
        print(f"skipped: {what.strip()}", file=sys.stderr)

    def save_plots(self) -> None:
        """Save all open figures in the notebook's folder and close them; replaces `plt.show`."""
        from matplotlib import pyplot

        for number in pyplot.get_fignums():
            self.plots += 1
            file = f"{os.path.splitext(self.path)[0]}_{self.plots}.png"
            save_figure(pyplot.figure(number), file)
            print(f"wrote {file}", file=sys.stderr)
        pyplot.close("all")


def parts(source: str, place: str, *, shows: bool = True) -> Iterator[CodeType]:
    """Compile a cell, with its last line separate if it is an expression, to show its value."""
    # Like ast.parse, whose own frame would be in the traceback of a syntax error.
    tree: Any = compile(source, place, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    body = tree.body
    shown = body[-1:] if shows and not source.rstrip().endswith(";") else []
    shown = [line for line in shown if isinstance(line, ast.Expr)]
    yield compile(ast.Module(body[: len(body) - len(shown)], []), place, "exec")
    if shown:
        yield compile(ast.Interactive(shown), place, "single")


def run(path: str, arguments: list[str]) -> None:
    """Run a notebook in its own folder, as Jupyter does."""
    cells = read(path)
    from matplotlib import pyplot

    path = os.path.abspath(path)
    names = start([path, *arguments], os.path.dirname(path))
    session = Session(path, names)
    names.update(get_ipython=lambda: session, display=display)
    os.chdir(os.path.dirname(path))
    pyplot.switch_backend("Agg")
    pyplot.show = lambda *arguments, **named: session.save_plots()
    if sys.version_info < (3, 13) and sys.excepthook is sys.__excepthook__:
        sys.excepthook = traceback.print_exception  # which finds the lines of a cell
    for cell in cells:
        session.run_cell(cell)


def read(path: str) -> list[str]:
    """Return the source of each code cell; exit with a message if the file isn't a notebook.

    Markdown cells are left out.
    """
    try:
        with open_regular(path) as file:
            content = json.load(file)
        cells = content["cells"] if "cells" in content else content["worksheets"][0]["cells"]
        kept = [cell for cell in cells if cell["cell_type"] == "code"]
        return ["".join(cell["source" if "source" in cell else "input"]) for cell in kept]
    except OSError as error:
        fail(error.strerror or str(error))
    except (ValueError, KeyError, IndexError, TypeError):
        fail(f"{path} isn't a notebook: expected the JSON that Jupyter writes.")


def without_options(line: str) -> list[str]:
    """Return the words of a magic's line, without the options that come first.

    Examples
    --------
    >>> without_options("-i 'my script.py' 3")
    ['my script.py', '3']
    """
    return shlex.split(OPTIONS.sub("", line))


def set_environment(line: str) -> str | None:
    """Set an environment variable, ``NAME=value`` or ``NAME value``; return that of a ``NAME``."""
    name, *value = re.split(r"\s*=\s*|\s+", line, maxsplit=1)
    if not value:
        return os.environ.get(name)
    os.environ[name] = value[0]
    return None


def display(*values: Any, **settings: Any) -> None:
    """Print values that a notebook would show."""
    for value in values:
        print(value)


def translate(source: str) -> str:
    """Convert a cell's magics and shell commands to calls, with IPython if it is installed."""
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except ImportError:
        return translate_plainly(source)
    transformer: Any = TransformerManager
    translated: str = transformer().transform_cell(source)
    return translated


def translate_plainly(source: str) -> str:
    r"""Convert a cell's magics and shell commands to calls, line by line.

    Examples
    --------
    >>> print(translate_plainly("%matplotlib inline\nx = 1\n!pip install keras"))
    get_ipython().run_line_magic('matplotlib', 'inline')
    x = 1
    get_ipython().system('pip install keras')
    """
    first, _, body = source.lstrip().partition("\n")
    if first.startswith("%%"):
        name, _, line = first[2:].partition(" ")
        return f"get_ipython().run_cell_magic({name!r}, {line!r}, {body!r})"
    if wrong_line(source) is None:
        return source
    lines = without_indent(source.split("\n"))
    for _ in range(len(lines)):
        # Only a line that isn't Python is a magic: others may be within strings or brackets.
        wrong = wrong_line("\n".join(lines))
        if wrong is None or not 0 <= wrong < len(lines):
            break
        end = wrong + 1
        while lines[end - 1].endswith("\\") and end < len(lines):
            end += 1
        command = " ".join(line.removesuffix("\\").rstrip() for line in lines[wrong:end])
        lines[wrong:end] = [translate_line(command), *[""] * (end - wrong - 1)]
    return "\n".join(lines)


def without_indent(lines: list[str]) -> list[str]:
    """Remove the indentation of the first line from all lines, as IPython does.

    Examples
    --------
    >>> without_indent(["  if x:", "    y", "z"])
    ['if x:', '  y', 'z']
    """
    first = next(filter(str.strip, lines), "")
    indent = first[: len(first) - len(first.lstrip())]
    return [line.removeprefix(indent) for line in lines]


def wrong_line(source: str) -> int | None:
    """Return the index of the line that isn't Python; None if all are."""
    try:
        ast.parse(source)
    except SyntaxError as error:
        return (error.lineno or 0) - 1
    return None


def translate_line(line: str) -> str:
    """Convert one line to a call if it is a magic, a shell command or a question."""
    if found := ASSIGNED.fullmatch(line):
        indent, target, sign, rest = found.groups()
        return f"{indent}{target} = {call(sign, rest, output=True)}"
    if found := ALONE.fullmatch(line):
        indent, sign, rest = found.groups()
        return f"{indent}{call(sign[0], rest)}"
    bare = line.strip()
    if bare.startswith("?") or (bare.endswith("?") and "#" not in bare):
        return f"get_ipython().run_line_magic('pinfo', {bare.strip('?')!r})"
    return line


def call(sign: str, rest: str, *, output: bool = False) -> str:
    """Return the call for what follows a ``!`` or a ``%``."""
    if sign == "!":
        return f"get_ipython().{'getoutput' if output else 'system'}({rest.strip()!r})"
    name, _, line = rest.strip().partition(" ")
    return f"get_ipython().run_line_magic({name!r}, {line.strip()!r})"
