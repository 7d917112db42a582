"""Run a notebook's cells in order, as a script.

If IPython is installed, it translates magics and shell commands; otherwise the most common forms
are supported. ``%time`` and ``%%time`` run their code. ``!pip``, ``%load_ext`` and the like are
skipped, with a note on standard error. Plots that a notebook would show are saved in its folder as
``notebook_1.png``, ``notebook_2.png`` and so on.
"""

import ast
import json
import linecache
import os
import re
import sys
import traceback
from collections.abc import Iterator
from types import CodeType
from typing import Any

from tinynet._internal.saving.files import open_regular
from tinynet.keras_scripts.running import execute, fail, start
from tinynet.keras_scripts.tools import save_figure

RUN = ("time", "timeit", "prun", "capture", "memit")  # magics whose code is run
SILENT = ("matplotlib", "pylab", "config", "load_ext", "reload_ext", "autoreload")
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

    def run_code(self, source: str, place: str) -> None:
        """Run Python code; `place` is its file name in a traceback."""
        linecache.cache[place] = (len(source), None, source.splitlines(True), place)
        execute(lambda: parts(source, place), self.user_ns)

    def run_line_magic(self, name: str, line: str, _stack_depth: int = 1) -> Any:
        """Run the code of a ``%time``; skip other magics."""
        if name not in RUN:
            if name not in SILENT:
                self.note(f"%{name} {line}")
            return None
        code = re.sub(r"^(-\w+(\s+\d+)?\s+)*", "", line.strip())
        try:
            return eval(code, self.user_ns)
        except SyntaxError:
            exec(code, self.user_ns)
        return None

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        """Run the cell under a ``%%time``; skip other cells that start with a magic."""
        if name in RUN:
            self.run_code("\n" + translate(body), f"{self.path}, cell {self.cell}")
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
        print(f"passed over: {what.strip()}", file=sys.stderr)

    def save_plots(self) -> None:
        """Save all open figures in the notebook's folder and close them; replaces `plt.show`."""
        from matplotlib import pyplot

        for number in pyplot.get_fignums():
            self.plots += 1
            file = f"{os.path.splitext(self.path)[0]}_{self.plots}.png"
            save_figure(pyplot.figure(number), file)
            print(f"wrote {file}", file=sys.stderr)
        pyplot.close("all")


def parts(source: str, place: str) -> Iterator[CodeType]:
    """Compile a cell, with its last line separate if it is an expression, to show its value."""
    body = ast.parse(source, place).body
    shown = body[-1:] if not source.rstrip().endswith(";") else []
    shown = [line for line in shown if isinstance(line, ast.Expr)]
    yield compile(ast.Module(body[: len(body) - len(shown)], []), place, "exec")
    if shown:
        yield compile(ast.Interactive(shown), place, "single")


def run(path: str, arguments: list[str]) -> None:
    """Run a notebook in its own folder, as Jupyter does."""
    from matplotlib import pyplot

    cells = read(path)
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
    try:
        ast.parse(source)
    except SyntaxError:
        return "\n".join(map(translate_line, source.split("\n")))
    return source


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
