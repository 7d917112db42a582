"""The command that runs a script, a module or a notebook with tinynet in place of Keras."""

import importlib.machinery
import importlib.util
import io
import os
import sys
from typing import Any

from tinynet.keras_scripts import install, notebook
from tinynet.keras_scripts.running import execute, fail, start

USAGE = """\
usage: python -m tinynet script.py [arguments]
       python -m tinynet notebook.ipynb
       python -m tinynet -m module [arguments]
       python -m tinynet - [arguments]           (the script comes from standard input)
       python -m tinynet --version

Runs a script or notebook that imports tensorflow or keras, with tinynet in their place.
If it uses a name that tinynet doesn't have, the error says what to use instead."""


def main() -> None:
    """Run the script, module or notebook named on the command line."""
    arguments = sys.argv[1:]
    if not arguments:
        print(USAGE, file=sys.stderr)
        sys.exit(2)
    if arguments[0] in ("-h", "--help"):
        print(USAGE)
        return
    if arguments[0] in ("-V", "--version"):
        print("tinynet", sys.modules["tinynet"].__version__)
        return
    if arguments[0] == "-m" and len(arguments) < 2:
        fail("Argument expected for the -m option: the name of a module.")
    if arguments[0].startswith("-") and arguments[0] not in ("-", "-m"):
        fail(f"Unknown option {arguments[0]}.\n{USAGE}")
    try:
        install()
    except ImportError as error:
        fail(str(error))
    if arguments[0] == "-m":
        run_module(arguments[1], arguments[2:])
    elif arguments[0] == "-":
        run_standard_input(arguments[1:])
    elif arguments[0].endswith(".ipynb"):
        notebook.run(arguments[0], arguments[1:])
    else:
        run_script(arguments[0], arguments[1:])


def run_script(path: str, arguments: list[str]) -> None:
    """Run a file, as ``python path`` does."""
    windows = os.name == "nt"  # where Python resolves dots and slashes in the path
    place = os.path.abspath(path) if windows else os.path.join(os.getcwd(), path)
    if os.path.isdir(place):
        place = os.path.join(place, "__main__.py")
    try:
        with io.open_code(place) as file:
            source = file.read()
    except OSError as error:
        fail(f"can't open file {place!r}: [Errno {error.errno}] {error.strerror}")
    folder = os.path.dirname(os.path.realpath(place))
    loader = importlib.machinery.SourceFileLoader("__main__", place)
    names = start([path, *arguments], folder, __file__=place, __loader__=loader, __cached__=None)
    execute(lambda: [compile(source, place, "exec", dont_inherit=True)], names)


def run_standard_input(arguments: list[str]) -> None:
    """Run a script from standard input, as ``python -`` does."""
    names = start(["-", *arguments], "", __loader__=importlib.machinery.BuiltinImporter)
    source = sys.stdin.read()
    execute(lambda: [compile(source, "<stdin>", "exec", dont_inherit=True)], names)


def run_module(name: str, arguments: list[str]) -> None:
    """Run a module, or the ``__main__`` of a package, as ``python -m name`` does."""
    sys.argv = ["-m", *arguments]
    spec = find_module(name)
    loader: Any = spec.loader
    names = start(
        [spec.origin or name, *arguments],
        None,
        __file__=spec.origin,
        __loader__=loader,
        __spec__=spec,
        __cached__=spec.cached,
        __package__=spec.parent,
    )
    execute(lambda: [loader.get_code(spec.name)], names)


def find_module(name: str) -> importlib.machinery.ModuleSpec:
    """Return the location of a module's code, or of a package's ``__main__``."""
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        fail(f"Error while finding module specification for {name!r} ({error})")
    if spec is None:
        fail(f"No module named {name}")
    if spec.submodule_search_locations is not None and not name.endswith(".__main__"):
        return find_module(f"{name}.__main__")
    if not hasattr(spec.loader, "get_code"):
        fail(f"No code object available for {name}")
    return spec
