"""The suite's core part in Pyodide, under Node.js: tinynet in a browser is a tested platform.

There are no threads, no processes and no BLAS there, and neither threadpoolctl nor pooch. pytest is
this environment's; Hypothesis comes from pip in a release that is pure Python.
"""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

HYPOTHESIS = ("hypothesis==6.135.0", "attrs==25.3.0")
INSTALLED = ("pytest", "iniconfig", "packaging", "pluggy", "pygments", "sortedcontainers", "tqdm")

CORE = [
    *("tests/layers", "tests/losses", "tests/optimizers", "tests/metrics"),
    # Of the checker's tests, those of its numbers and of its first verdicts, which another rounding
    # could change; all of them would take too long. The course's pages check more code there.
    *(f"tests/gradcheck/test_{name}.py" for name in ("checker", "innocents", "optimizers")),
    *(f"tests/gradcheck/test_{name}.py" for name in ("derivatives", "numerical", "mistakes")),
    *(f"tests/gradcheck/test_{name}.py" for name in ("patterns", "couplings", "slopes")),
    *("tests/test_models.py", "tests/initializers", "tests/test_schedules.py"),
    *("tests/test_utils.py", "tinynet/layers", "tinynet/losses", "tinynet/optimizers"),
    *("tinynet/metrics", "tinynet/gradcheck", "tinynet/models.py", "tinynet/initializers"),
    *("tinynet/schedules.py", "tinynet/utils.py"),
]
LEFT_OUT = [
    # With this processor's rounding one entry in 200 of float32's noise is taken for a kink.
    "tests/gradcheck/test_checker.py::test_float32_noise_is_no_kink",
    # NumPy's own sum of many squares is rounded otherwise there: its last bit may differ.
    "tests/test_utils.py::test_many_bytes_have_numpys_mean_and_deviation",
    # They take long: half of a sample, a part of a grid, and what no rounding changes.
    "tests/gradcheck/test_checker.py::test_random_healthy_networks_are_not_accused[1001",
    "tests/gradcheck/test_innocents.py::test_correct_code_is_left_alone[model at 1e-4",
    "tests/gradcheck/test_innocents.py::test_correct_code_is_left_alone[model at 1e-2",
    "tests/gradcheck/test_checker.py::test_original_model_stays_exactly_as_it_was",
    "tests/gradcheck/test_mistakes.py::test_of_two_wrong_layers_the_one_nearer_to_the_loss_is_named",
]


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of what the tests import, all of it pure Python."""
    folder = tmp_path_factory.mktemp("packages")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder)]
    done = subprocess.run([*command, *HYPOTHESIS], capture_output=True, encoding="utf-8")
    if done.returncode:
        pytest.skip(f"pip can't fetch {' and '.join(HYPOTHESIS)}: {done.stderr.strip()[-200:]}")
    path = folder / "packages.zip"
    with zipfile.ZipFile(path, "w") as target:
        for name in INSTALLED:
            for file in importlib.metadata.files(name) or []:
                if ".." not in file.parts and "__pycache__" not in file.parts:
                    target.write(str(file.locate()), file.as_posix())
        for wheel in folder.glob("*.whl"):
            with zipfile.ZipFile(wheel) as source:
                for entry in source.namelist():
                    target.writestr(entry, source.read(entry))
    return path


def run_in_pyodide(
    node: str, pyodide: list[Path], packages: Path, checkout: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run pytest on a folder in Pyodide."""
    command = [node, str(ROOT / "tools" / "run_in_pyodide.mjs"), str(pyodide[0]), str(pyodide[-1])]
    return subprocess.run(
        [*command, str(packages), str(checkout), *arguments], capture_output=True, encoding="utf-8"
    )


def test_the_core_passes_in_pyodide(node: str, pyodide: list[Path], packages: Path) -> None:
    left_out = [f"--deselect={name}" for name in LEFT_OUT]
    done = run_in_pyodide(
        node, pyodide, packages, ROOT, "-q", "--doctest-modules", *left_out, *CORE
    )
    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert passed
    assert int(passed[1]) > 500


def test_a_failing_test_fails_there_too(
    node: str, pyodide: list[Path], packages: Path, tmp_path: Path
) -> None:
    (tmp_path / "test_wrong.py").write_text(
        "import sys\nimport tinynet as tn\nfrom tqdm import tqdm\n\n\n"
        "def test_platform():\n    assert sys.platform == 'emscripten'\n\n\n"
        "def test_live_bar():\n"
        "    model = tn.Sequential([tn.Dense(1, input_shape=(1,))])\n"
        "    model.compile('sgd', 'mse')\n"
        "    model.fit([[1.0]], [[1.0]], verbose=1)\n"
        "    tn.set_blas_threads(2)\n"
        "    assert model.predict([[1.0]], verbose=0).shape == (1, 1)\n\n\n"
        "def test_wrong():\n    assert tn.Dense(1, input_shape=(1,)).build().count_params() == 3\n",
        encoding="utf-8",
    )
    shutil.copytree(ROOT / "tinynet", tmp_path / "tinynet")
    done = run_in_pyodide(node, pyodide, packages, tmp_path, "-q", "-W", "error")
    assert done.returncode == 1
    assert "1 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    assert "assert 2 == 3" in done.stdout
