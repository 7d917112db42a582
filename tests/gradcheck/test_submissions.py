"""Graders need no `try`: whatever is wrong with a file is in the report of its check."""

import copy
import json
import os
import pickle
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT
from tinynet.gradcheck import GradientReport, check_gradients
from tinynet.gradcheck.submissions import load_submission

X = np.random.default_rng(0).normal(size=(5, 3))
AUTOGRADE = ROOT / "examples" / "autograde"
GOOD = "import numpy as np\ndef cost(x):\n    return (x**2).sum(), 2 * x\n"
BROKEN = {
    "syntax": (
        "def cost(x)\n    return x\n",
        "SyntaxError: expected ':' (ada.py, line 1: def cost(x))",
    ),
    "indentation": ("def cost(x):\nreturn x\n", "IndentationError"),
    "import": ("import nothing_of_that_name\n", "No module named 'nothing_of_that_name'"),
    "missing": (
        "def costs(x):\n    return x\n",
        "ada is wrong: the file defines no 'cost'; did you mean 'costs'?",
    ),
    "empty": (" \n", "ada is wrong: the file is empty."),
    "comment": ("# to do\n", "ada is wrong: the file defines no 'cost'."),
    "exit": ("exit(3)\n", "SystemExit: 3"),
    "skip": ("raise BaseException('as of pytest.skip')\n", "BaseException: as of pytest.skip"),
    "crash": (
        "x = 1\ny = x / 0\n",
        "ZeroDivisionError: division by zero (ada.py, line 2: y = x / 0)",
    ),
    "bytes": ("\0", "SyntaxError: source code string cannot contain null bytes"),
    "notebook": (
        '{"cells": [{"execution_count": null}], "metadata": {}, "nbformat": 4}',
        "ada is wrong: the file is a notebook, not Python code: export its code as a script.",
    ),
    "run notebook": (
        '{"cells": [{"execution_count": 1}], "metadata": {}, "nbformat": 4}',
        "ada is wrong: the file is a notebook, not Python code: export its code as a script.",
    ),
}


def test_what_loads_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "ada.py"
    file.write_text(GOOD, encoding="utf-8")
    check_gradients(load_submission(file, lambda code: code.cost), X).assert_ok()
    assert "ada" not in sys.modules


@pytest.mark.parametrize("name", ["ada", "json", "colorsys"])
def test_dataclasses_find_their_module_and_imports_the_library(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.py"
    before = {*sys.modules}
    file.write_text(
        "from __future__ import annotations\nimport colorsys, dataclasses\n"
        "from dataclasses import KW_ONLY\nBLACK = colorsys.rgb_to_hsv(0, 0, 0)\n"
        "@dataclasses.dataclass\nclass Scale:\n    _: KW_ONLY\n    by: float = 2.0\n"
        "    def forward(self, x): return self.by * x\n"
        "    def backward(self, dy): return self.by * dy\n",
        encoding="utf-8",
    )
    check_gradients(load_submission(file, lambda code: code.Scale()), X).assert_ok()
    assert {*sys.modules} - before <= {"colorsys"}


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_load_is_a_failing_report(name: str, tmp_path: Path) -> None:
    source, words = BROKEN[name]
    file = tmp_path / "ada.py"
    file.write_text(source, encoding="utf-8")
    report = check_gradients(load_submission(file, lambda code: code.cost), X)
    assert not report
    assert report.title == "ada"
    assert words in report.summary
    assert "None" not in report.summary
    assert json.loads(json.dumps(report.to_dict()))["ok"] is False


CALLED = {
    "class without arguments": (
        "class Affine: pass\n",
        "the code can't be run: TypeError: Affine() takes no arguments.",
    ),
    "function": ("def Affine(x, W):\n    return x @ W\n", "(ada.py, line 2: return x @ W)."),
    "function of more": (
        "def Affine(x, W, b):\n    return x @ W + b\n",
        "missing 1 required positional argument: 'b'; Affine is a function: should it be a class?",
    ),
    "function that crashes": (
        "def Affine(n, k):\n    return [][n]\n",
        "IndexError: list index out of range (ada.py, line 2: return [][n]).",
    ),
    "class of fewer": (
        "class Affine:\n    def __init__(self, n): pass\n",
        "TypeError: Affine.__init__() takes 2 positional arguments but 3 were given.",
    ),
    "misspelt within": (
        "import math\nclass Affine:\n    def __init__(self, n, k): math.sqr(n)\n",
        "has no attribute 'sqr'; did you mean 'sqrt'? (ada.py, line 3: ",
    ),
    "misspelt outside": (
        "class Base: pass\nAffine = lambda n, k: Base.forwrd\n",
        "type object 'Base' has no attribute 'forwrd'",
    ),
}


@pytest.mark.parametrize("name", CALLED)
def test_what_is_not_as_asked_for_is_said_without_the_graders_line(
    name: str, tmp_path: Path
) -> None:
    source, words = CALLED[name]
    file = tmp_path / "ada.py"
    file.write_text(source, encoding="utf-8")
    report = check_gradients(load_submission(file, lambda code: code.Affine(4, 3)), X)
    assert words in report.summary
    assert "test_submissions" not in report.summary


@pytest.mark.parametrize("source", ["def costs(x): return x\n", "\n"])
def test_what_is_missing_is_told_without_the_file_and_by_a_copy(
    source: str, tmp_path: Path
) -> None:
    file = tmp_path / "ada.py"
    file.write_text(source, encoding="utf-8")
    target = load_submission(file, lambda code: code.cost)
    summary = check_gradients(target, X).summary
    file.unlink()
    for same in (target, copy.deepcopy(target), pickle.loads(pickle.dumps(target))):
        assert check_gradients(same, X).summary == summary


@pytest.mark.parametrize(
    "make", [lambda code: vars(np)["linalg"].arrray([1]), lambda code: int(code.cost)]
)
def test_a_crash_in_the_graders_function_has_its_line(make: Any, tmp_path: Path) -> None:
    file = tmp_path / "ada.py"
    file.write_text(GOOD, encoding="utf-8")
    report = check_gradients(load_submission(file, make), X)
    assert "(test_submissions.py, line " in report.summary


def test_a_refusal_of_the_check_is_no_crash_of_the_code(tmp_path: Path) -> None:
    file = tmp_path / "ada.py"
    file.write_text(GOOD, encoding="utf-8")
    try:
        check_gradients(load_submission(file, lambda code: code.cost), X, parameters={"W": "dW"})
    except ValueError as error:
        report = GradientReport.of_exception("ada", error)
    assert report.summary.startswith("ada is wrong: the code can't be checked: ")
    assert "test_submissions" not in report.summary


def test_the_callers_mistakes_are_raised(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_submission(tmp_path / "nobody.py", lambda code: code.cost)
    with pytest.raises(TypeError, match="make must be a function"):
        load_submission(tmp_path, "cost")  # type: ignore[arg-type]


POINTS = {
    "ada": [3, 2, 3, 2],
    "babbage": [0, 0, 0, 0],
    "curie": [0, 2, 3, 2],
    "dijkstra": [0, 2, 3, 2],
    "euler": [3, 0, 3, 2],
    "fermat": [3, 2, 0, 2],
    "gauss": [3, 2, 3, 0],
    "hopper": [0, 0, 3, 2],
    "iwasawa": [3, 2, 3, 2],
    "jacobi": [0, 2, 0, 2],
}


NO_PROCESSES = pytest.mark.skipif(
    sys.platform == "emscripten", reason="a browser has no other processes"
)


def run_script(script: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the assignment and return what it printed."""
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def run_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    """Run the script in this process; return its status and what it printed.

    This is for what it refuses: it starts no process then.
    """
    monkeypatch.setattr(sys, "argv", [str(AUTOGRADE / "marks.py"), *arguments])
    status: Any = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        status = end.code
    return status, *capsys.readouterr()


@NO_PROCESSES
def test_ten_submissions_get_their_marks(tmp_path: Path) -> None:
    file = tmp_path / "marks.json"
    run = run_script(AUTOGRADE / "marks.py", "--json", str(file))
    assert run.returncode == 0, run.stderr
    rows = [line.split() for line in run.stdout.splitlines()]
    for who, marks in POINTS.items():
        assert [who, *map(str, marks), str(sum(marks))] in rows
    words = "babbage, Affine, ReLU, cross_entropy, norm: babbage is wrong: the code can't be run"
    assert run.stdout.count("SyntaxError") == 1
    assert words in run.stdout
    data = json.loads(file.read_text(encoding="utf-8"))
    assert data["gauss"]["norm"]["mistakes"][0]["kind"] == "wrong_operation"
    assert data["hopper"]["Affine"]["mistakes"][0]["kind"] == "accumulated"


DISTURBERS = {
    "loop": "import time\nclass ReLU:\n    def __init__(self):\n        while 1: time.sleep(1)\n",
    "ends": "import os\nclass ReLU:\n    def __init__(self):\n        os._exit(0)\n",
    "interrupts": "class ReLU:\n    def __init__(self):\n        raise KeyboardInterrupt\n",
    "patches": "np.random.default_rng = None\n",
    "closes": "import os\nos.close(1)\n",
}


@NO_PROCESSES
def test_a_submission_disturbs_no_other_and_not_the_table(tmp_path: Path) -> None:
    """An endless loop, the end of the process and a patched NumPy cost only their author marks."""
    shutil.copy(AUTOGRADE / "marks.py", tmp_path)
    folder = tmp_path / "submissions"
    folder.mkdir()
    ada = (AUTOGRADE / "submissions" / "ada.py").read_text(encoding="utf-8")
    for name, source in DISTURBERS.items():
        (folder / f"{name}.py").write_text(f"{ada}\n{source}", encoding="utf-8")
    (folder / "zuse.py").write_text(f"print('hello')\n{ada}", encoding="utf-8")
    run = run_script(tmp_path / "marks.py", "--seconds", "5")
    assert run.returncode == 0, run.stderr
    rows = [line.split() for line in run.stdout.splitlines()]
    for who in ("loop", "ends", "interrupts"):
        assert [who, "3", "0", "3", "2", "8"] in rows
    assert ["closes", "3", "0", "0", "0", "3"] in rows
    assert ["patches", "0", "0", "0", "0", "0"] in rows
    assert ["zuse", "3", "2", "3", "2", "10"] in rows
    assert "loop, ReLU: loop is wrong: the code can't be run: TimeoutError: no result" in run.stdout
    assert "interrupts, ReLU: interrupts is wrong: the code can't be run: KeyboardI" in run.stdout
    assert "hello" not in run.stdout


@NO_PROCESSES
@pytest.mark.parametrize("elsewhere", [False, True])
def test_results_as_gradescope_wants_them(elsewhere: bool, tmp_path: Path) -> None:
    submission = "curie.py"
    if elsewhere:  # as in Gradescope's container
        submission = shutil.copy(str(AUTOGRADE / "submissions" / submission), str(tmp_path))
    run = run_script(AUTOGRADE / "marks.py", "--gradescope", submission)
    results = json.loads(run.stdout)
    assert results["score"] == sum(test["score"] for test in results["tests"]) == 7
    assert [test["max_score"] for test in results["tests"]] == [3, 2, 3, 2]
    assert {test["status"] for test in results["tests"]} == {"passed", "failed"}
    assert all(isinstance(test["output"], str) for test in results["tests"])


PRINTS = """
import os, subprocess, sys
os.system("echo hello")
subprocess.run([sys.executable, "-c", "print(1)"])
print("hello", file=sys.__stdout__)
os.write(1, b"hello")
"""


@NO_PROCESSES
def test_nothing_a_submission_prints_is_in_the_results(tmp_path: Path) -> None:
    ada = (AUTOGRADE / "submissions" / "ada.py").read_text(encoding="utf-8")
    file = tmp_path / "eve.py"
    file.write_text(PRINTS + ada, encoding="utf-8")
    run = run_script(AUTOGRADE / "marks.py", "--gradescope", str(file))
    assert json.loads(run.stdout)["score"] == 10


@pytest.mark.parametrize(
    ("names", "received"),
    [(("ada.py", "/tmp/curie.py"), "ada.py, curie.py"), (("nowhere/*.py",), "none")],
)
def test_gradescope_tells_who_submits_no_file_or_several(
    names: tuple[str, ...],
    received: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, _ = run_here(monkeypatch, capsys, "--gradescope", *names)
    results = json.loads(out)
    assert status == results["score"] == 0
    assert results["output"] == f"Submit one file of Python code, *.py. Received: {received}."


@NO_PROCESSES
def test_marks_are_given_whatever_characters_the_terminal_has(tmp_path: Path) -> None:
    shutil.copy(AUTOGRADE / "marks.py", tmp_path)
    folder = tmp_path / "submissions"
    folder.mkdir()
    source = "raise ValueError('\u03b8 is missing')\n"
    (folder / "eve.py").write_text(source, encoding="utf-8")
    file = tmp_path / "marks.json"
    run = run_script(
        tmp_path / "marks.py", "--json", str(file), PYTHONIOENCODING="cp1252", PYTHONUTF8="0"
    )
    assert run.returncode == 0, run.stderr
    assert r"\u03b8 is missing" in run.stdout
    summary = json.loads(file.read_text(encoding="utf-8"))["eve"]["ReLU"]["summary"]
    assert "\u03b8 is missing" in summary


@NO_PROCESSES
def test_what_in_the_folder_is_no_submission_is_said(tmp_path: Path) -> None:
    shutil.copy(AUTOGRADE / "marks.py", tmp_path)
    folder = tmp_path / "submissions"
    run = run_script(tmp_path / "marks.py")
    assert run.returncode == 1
    assert run.stderr == f"There are no *.py files in {folder}.\n"
    (folder / "ada").mkdir(parents=True)
    (folder / "__pycache__").mkdir()
    for name in ("eve.ipynb", ".hidden", "._ada.py"):  # the last is macOS's, in zip files
        (folder / name).touch()
    run = run_script(tmp_path / "marks.py")
    assert run.stderr.splitlines() == [
        "Ignored in submissions, not *.py files: ada, eve.ipynb",
        f"There are no *.py files in {folder}.",
    ]
    shutil.copy(AUTOGRADE / "submissions" / "ada.py", folder)
    run = run_script(tmp_path / "marks.py")
    assert run.returncode == 0, run.stderr
    assert "Ignored in submissions, not *.py files: ada, eve.ipynb" in run.stderr
    assert "eve" not in run.stdout
    assert "._ada" not in run.stdout


@NO_PROCESSES
def test_a_misspelt_submission_is_the_graders_mistake() -> None:
    run = run_script(AUTOGRADE / "marks.py", "--gradescope", "cury.py")
    assert run.returncode == 1
    assert run.stderr.startswith("There is no submission")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--seconds", "0"), "--seconds must be above 0"),
        (("--seconds", "nan"), "--seconds must be above 0"),
        (("--json", "nowhere/marks.json"), "--json: there is no folder for"),
    ],
)
def test_what_would_spoil_all_marks_is_refused_before_any_is_given(
    arguments: tuple[str, str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, err = run_here(monkeypatch, capsys, *arguments)
    assert status == 2
    assert message in err
    assert not out


@NO_PROCESSES
def test_pytest_says_in_a_sentence_what_is_wrong() -> None:
    some = ["ada", "babbage", "euler"]
    names = " or ".join(some)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", str(AUTOGRADE / "test_marks.py"), "-q", "-k", names],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    lines = run.stdout.splitlines()
    failed = [line for line in lines if line.startswith("FAILED")]
    assert len(failed) == sum(POINTS[who].count(0) for who in some)
    assert any(line.startswith("ReLU is wrong: x: each entry is either right") for line in lines)
