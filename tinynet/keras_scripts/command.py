"""The command: run a script, a module, standard input or a notebook with tinynet in Keras's place.

The program is to notice nothing: ``sys.argv``, ``__name__``, ``__file__``, the exit status and the
traceback of an error are those of ``python script.py``. For that it runs in the module ``__main__``
itself, and the frames of this package are taken out of a traceback before it is shown.
"""

import builtins
import importlib.machinery
import importlib.util
import io
import os
import sys
from collections.abc import Callable, Iterable
from types import CodeType, TracebackType
from typing import Any, NoReturn

from tinynet._internal import names as checked_names
from tinynet.keras_scripts import install

USAGE = """\
usage: python -m tinynet script.py [arguments]
       python -m tinynet notebook.ipynb
       python -m tinynet -m module [arguments]
       python -m tinynet - [arguments]           (the script comes from standard input)

Runs a script or notebook that imports tensorflow or keras, with tinynet in their place.
Names that tinynet doesn't have are answered with what to use instead."""

# Files whose frames tell a reader of a traceback nothing: they run the program, or check its calls.
OWN = (os.path.dirname(__file__) + os.sep, checked_names.__file__)


def main() -> None:
    """Run what the command line names."""
    arguments = sys.argv[1:]
    if not arguments:
        print(USAGE, file=sys.stderr)
        sys.exit(2)
    if arguments[0] in ("-h", "--help"):
        print(USAGE)
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
        from tinynet.keras_scripts import notebook

        notebook.run(arguments[0], arguments[1:])
    else:
        run_script(arguments[0], arguments[1:])


def fail(message: str) -> NoReturn:
    """Leave with a message and the status of a wrong command line."""
    print(f"python -m tinynet: {message}", file=sys.stderr)
    sys.exit(2)


def run_script(path: str, arguments: list[str]) -> None:
    """Run a file as ``python path`` does."""
    place = os.path.join(os.getcwd(), path)
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
    """Run what comes from standard input, as ``python -`` does."""
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
    """Return where a module's code is; of a package, where its ``__main__`` is."""
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


def start(arguments: list[str], folder: str | None, **attributes: Any) -> dict[str, Any]:
    """Set `sys.argv` and `sys.path` for a program, and return the names of a fresh `__main__`."""
    sys.argv = arguments
    if folder is not None and not sys.flags.safe_path:
        sys.path[0] = folder
    names = vars(sys.modules["__main__"])
    names.clear()
    names.update(
        {
            "__name__": "__main__",
            "__doc__": None,
            "__package__": None,
            "__spec__": None,
            "__annotations__": {},
            "__builtins__": builtins,
        }
    )
    names.update(attributes)
    return names


def execute(codes: Callable[[], Iterable[CodeType]], names: dict[str, Any]) -> None:
    """Run a program; an error that ends it is shown with the program's own lines.

    The error itself goes on to Python, which shows it by `sys.excepthook`, that of the program if
    it has put one in, and sets the exit status.
    """
    try:
        for code in codes():
            exec(code, names)
    except SystemExit:
        raise
    except BaseException:
        show = sys.excepthook
        sys.excepthook = lambda kind, error, traceback: show(kind, error, without_own(error))
        raise


def without_own(error: BaseException) -> TracebackType | None:
    """Take the frames of this package out of the traceback of an error; return what is left.

    The errors that it followed from lose theirs, too.
    """
    for seen in linked(error):
        frames = []
        traceback = seen.__traceback__
        while traceback is not None:
            frames.append(traceback)
            traceback = traceback.tb_next
        begun = [k for k, frame in enumerate(frames) if frame.tb_frame.f_code is execute.__code__]
        rest = None
        for frame in reversed(frames[begun[0] + 1 if begun else 0 :]):
            if not is_own(frame):
                frame.tb_next = rest
                rest = frame
        seen.__traceback__ = rest
    return error.__traceback__


def linked(error: BaseException | None) -> list[BaseException]:
    """Return an error and those that it followed from."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        seen = waiting.pop()
        if seen is not None and seen not in found:
            found.append(seen)
            waiting += [seen.__cause__, seen.__context__]
    return found


def is_own(traceback: TracebackType) -> bool:
    """Return whether a frame is of this package, or of the check of a call's keywords."""
    return traceback.tb_frame.f_code.co_filename.startswith(OWN)
