"""Graders need no `try`: whatever is wrong with a file is in the report of its check."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT, RunPython
from tinynet.gradcheck import check_gradients
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
    "missing": ("def costs(x):\n    return x\n", "no attribute 'cost'; did you mean 'costs'?"),
    "exit": ("exit(3)\n", "SystemExit: 3"),
    "crash": (
        "x = 1\ny = x / 0\n",
        "ZeroDivisionError: division by zero (ada.py, line 2: y = x / 0)",
    ),
    "bytes": ("\0", "null bytes"),
}


def test_what_loads_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "ada.py"
    file.write_text(GOOD, encoding="utf-8")
    check_gradients(load_submission(file, lambda code: code.cost), X).assert_ok()
    assert "ada" not in sys.modules


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_load_is_a_failing_report(name: str, tmp_path: Path) -> None:
    source, words = BROKEN[name]
    file = tmp_path / "ada.py"
    file.write_text(source, encoding="utf-8")
    report = check_gradients(load_submission(file, lambda code: code.cost), X)
    assert not report
    assert report.title == "ada"
    assert words in report.summary
    assert json.loads(json.dumps(report.to_dict()))["ok"] is False


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


def test_ten_submissions_get_their_marks(tmp_path: Path, run_python: RunPython) -> None:
    program = (
        "import runpy, sys; sys.argv = sys.argv[1:]; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    script, file = str(AUTOGRADE / "marks.py"), tmp_path / "marks.json"
    run = run_python(program, script, "--json", str(file))
    assert run.returncode == 0, run.stderr
    rows = [line.split() for line in run.stdout.splitlines()]
    for who, marks in POINTS.items():
        assert [who, *map(str, marks), str(sum(marks))] in rows
    assert "babbage, ReLU: babbage is wrong: the code can't be run: SyntaxError" in run.stdout
    data = json.loads(file.read_text(encoding="utf-8"))
    assert data["gauss"]["norm"]["mistakes"][0]["kind"] == "wrong_operation"
    assert data["hopper"]["Affine"]["mistakes"][0]["kind"] == "accumulated"


def test_results_as_gradescope_wants_them(run_python: RunPython) -> None:
    program = (
        "import runpy, sys; sys.argv = sys.argv[1:]; "
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    run = run_python(program, str(AUTOGRADE / "marks.py"), "--gradescope", "curie.py")
    results = json.loads(run.stdout)
    assert results["score"] == sum(test["score"] for test in results["tests"]) == 7
    assert [test["max_score"] for test in results["tests"]] == [3, 2, 3, 2]
    assert {test["status"] for test in results["tests"]} == {"passed", "failed"}
    assert all(isinstance(test["output"], str) for test in results["tests"])


@pytest.mark.skipif(sys.platform == "emscripten", reason="a browser has no other processes")
def test_pytest_says_in_a_line_what_is_wrong() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", str(AUTOGRADE / "test_marks.py"), "-q", "--tb=no"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "250"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    failed = [line for line in run.stdout.splitlines() if line.startswith("FAILED")]
    assert len(failed) == sum(marks.count(0) for marks in POINTS.values())
    assert any("euler" in line and "ReLU is wrong" in line for line in failed)
