"""`python -m tinynet` runs a program as `python` does: names, exit status, output, tracebacks."""

import re
import signal
from pathlib import Path

import pytest

import tinynet
from tests.keras_scripts.conftest import Command
from tests.support.systems import needs_posix

PROGRAMS = {
    "names": """

print(sys.argv, __name__, __file__, __spec__, __package__, __doc__, sys.path[0])
print(sorted(name for name in globals() if not name.startswith("__annotations")))
print(sys.modules["__main__"].__dict__ is globals(), __loader__.__class__.__name__)
""",
    "docstring": '"""What it does."""\nfrom __future__ import annotations\nprint(__doc__)',
    "a neighbour is imported": "import neighbour; print(neighbour.value)",
    "exit status": "import sys; sys.exit(7)",
    "exit with a message": "import sys; sys.exit('that was it')",
    "exit with None": "raise SystemExit",
    "os._exit": "import os, sys; sys.stdout.flush(); os._exit(3)",
    "an error": "def inner():\n    return 1 / 0\n\n\ndef outer():\n    inner()\n\n\nouter()\n",
    "a syntax error": "x = 1\ny = = 2\n",
    "a wrong indent": "if True:\nprint(1)\n",
    "a chain of errors": """
try:
    {}["key"]
except KeyError as error:
    raise ValueError("no such key") from error
""",
    "an error while handling one": """
def fail():
    try:
        [][1]
    except IndexError:
        undefined
fail()
""",
    "a group of errors": "raise ExceptionGroup('two', [ValueError(1), TypeError(2)])",
    "an error in a neighbour": "import broken",
    "no such module": "import there_is_no_such_module",
    "no such name": "from os import there_is_no_such_name",
    "recursion": "def f():\n    f()\n\nf()\n",
    "a hook of its own": """
import sys, traceback
def hook(kind, error, tb):
    print("hook:", kind.__name__, error, [f.name for f in traceback.extract_tb(tb)])
sys.excepthook = hook
def f():
    raise RuntimeError("here")
f()
""",
    "what is done at exit": """
import atexit
atexit.register(print, "last")
class Late:
    def __del__(self):
        print("gone")
late = Late()
1 / 0
""",
    "standard input": "print(input().upper(), end='')",
    "warnings": "import warnings\nwarnings.warn('careful')\nprint('done')\n",
    "a thread fails": """
import threading
def work():
    raise ValueError("in the thread")
thread = threading.Thread(target=work, name="worker")
thread.start()
thread.join()
""",
    "pickling": """
import pickle
class Own:
    pass
print(type(pickle.loads(pickle.dumps(Own()))) is Own)
""",
}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_script_behaves_as_under_python(command: Command, tmp_path: Path, kind: str) -> None:
    (tmp_path / "folder").mkdir()
    script = tmp_path / "folder" / "script.py"
    script.write_text(PROGRAMS[kind], encoding="utf-8")
    (tmp_path / "folder" / "neighbour.py").write_text("value = 5", encoding="utf-8")
    (tmp_path / "folder" / "broken.py").write_text("def f():\n    1 / 0\n\nf()", encoding="utf-8")
    plain = command("folder/script.py", "-a", "b c", stdin="text\n")
    ours = command("-m", "tinynet", "folder/script.py", "-a", "b c", stdin="text\n")
    assert ours.returncode == plain.returncode
    assert without_addresses(ours.stdout) == without_addresses(plain.stdout)
    assert without_addresses(ours.stderr) == without_addresses(plain.stderr)


def without_addresses(text: str) -> str:
    return re.sub(r"0x[0-9a-fA-F]+|repeated \d+ more", "#", text)


@pytest.mark.parametrize("program", ["# coding: nonsense\nprint(1)\n", "print(1)\0"])
def test_a_script_that_is_no_python_is_a_syntax_error(
    command: Command, tmp_path: Path, program: str
) -> None:
    (tmp_path / "script.py").write_text(program, encoding="utf-8")
    result = command("-m", "tinynet", "script.py")
    assert result.returncode == 1
    assert "SyntaxError" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "program", ["import sys; print(sys.argv, __name__, repr(sys.path[0]))", "1 / 0", "x = = 1"]
)
def test_standard_input_behaves_as_under_python(command: Command, program: str) -> None:
    plain = command("-", "a", stdin=program)
    ours = command("-m", "tinynet", "-", "a", stdin=program)
    assert (ours.returncode, ours.stdout, ours.stderr) == (
        plain.returncode,
        plain.stdout,
        plain.stderr,
    )


NAMES = "import sys; print(sys.argv, __name__, __file__, __package__, __spec__.name, sys.path[0])"


@pytest.mark.parametrize("name", ["alone", "package", "package.part"])
def test_a_module_behaves_as_under_python(command: Command, tmp_path: Path, name: str) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    for file in ("alone.py", "package/__main__.py", "package/part.py"):
        (tmp_path / file).write_text(NAMES, encoding="utf-8")
    plain = command("-m", name, "x", "-y")
    ours = command("-m", "tinynet", "-m", name, "x", "-y")
    assert plain.stdout.startswith("[")
    assert (ours.returncode, ours.stdout) == (plain.returncode, plain.stdout)


def test_an_error_in_a_module_shows_its_own_lines(command: Command, tmp_path: Path) -> None:
    (tmp_path / "failing.py").write_text("import keras\n1 / 0\n", encoding="utf-8")
    result = command("-m", "tinynet", "-m", "failing")
    assert result.returncode == 1
    assert "failing.py" in result.stderr
    assert "keras_scripts" not in result.stderr
    assert "runpy" not in result.stderr


@needs_posix
def test_ctrl_c_ends_it_as_it_ends_python(command: Command, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("raise KeyboardInterrupt", encoding="utf-8")
    plain, ours = command("script.py"), command("-m", "tinynet", "script.py")
    assert ours.returncode == plain.returncode == -signal.SIGINT
    assert ours.stderr == plain.stderr


def test_a_folder_with_a_main_runs(command: Command, tmp_path: Path) -> None:
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "__main__.py").write_text("print('runs', __name__)", encoding="utf-8")
    assert command("-m", "tinynet", "program").stdout == "runs __main__\n"


def test_a_missing_script_is_named(command: Command) -> None:
    plain, ours = command("nothing.py"), command("-m", "tinynet", "nothing.py")
    assert ours.returncode == plain.returncode == 2
    assert "can't open file" in ours.stderr
    assert "nothing.py" in ours.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "usage"),
        (["--help"], 0, "usage"),
        (["--version"], 0, f"tinynet {tinynet.__version__}"),
        (["-m"], 2, "name of a module"),
        (["-m", "there.is.none"], 2, "there.is.none"),
        (["--wrong"], 2, "--wrong"),
        (["missing.ipynb"], 2, "missing.ipynb"),
    ],
)
def test_a_wrong_command_line_says_what_it_wants(
    command: Command, arguments: list[str], status: int, said: str
) -> None:
    result = command("-m", "tinynet", *arguments)
    assert result.returncode == status
    assert said in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_a_traceback_ends_at_the_scripts_line(command: Command, tmp_path: Path) -> None:
    """Not in the modules that answer for Keras."""
    script = tmp_path / "script.py"
    script.write_text("import keras\n\nkeras.layers.Conv2D(3, 3)\n", encoding="utf-8")
    result = command("-m", "tinynet", "script.py")
    assert result.returncode == 1
    files = re.findall(r'File "(.*?)"', result.stderr)
    assert [Path(file).name for file in files] == ["script.py"]
    assert "keras.layers.Conv2D(3, 3)" in result.stderr
    assert "Conv2D is left out on purpose" in result.stderr.splitlines()[-1]


def test_it_says_once_who_answers(command: Command, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import tensorflow as tf\nfrom tensorflow import keras\nimport keras.layers",
        encoding="utf-8",
    )
    result = command("-m", "tinynet", "script.py")
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr.count("tinynet replaces") == 1
    script.write_text("print('nothing of Keras')", encoding="utf-8")
    assert command("-m", "tinynet", "script.py").stderr == ""
