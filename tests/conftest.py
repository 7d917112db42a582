"""What all tests share: how hard Hypothesis tries, and a fresh Python to run code in.

``HYPOTHESIS_PROFILE`` chooses how hard: ``short`` (the default), ``ci``, ``mutation`` (for
`tools.mutation`), ``pyodide`` (for the slow Python of browsers) or ``thorough``. That one draws new
examples each time; the others draw the same in every run, so a failure comes from the change at
hand. Tests that need a library which the extra ``test`` doesn't bring call `pytest.importorskip`;
once it is there, ``pytest --skipped`` runs what an earlier run has left out. With pytest-xdist,
which that extra brings, the whole suite runs on all cores; single files and tests run in one
process.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Both are read once, when NumPy and matplotlib are loaded. The products in these tests are so small
# that a second thread would only be in the way; a screen there may not be.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ["PYTHONUTF8"] = "1"  # what other processes print, read here as UTF-8
os.environ["PYTHON_COLORS"] = "0"  # their tracebacks without colours, even if FORCE_COLOR is set
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of them import tinynet: compiled once

import pytest
from hypothesis import Phase, settings

pytest.register_assert_rewrite("tests.support")

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"

# They hold no tests and no sessions; some need a library that not everybody has.
collect_ignore_glob = ["support/*.py"]

settings.register_profile("short", max_examples=20, deadline=None, derandomize=True)
settings.register_profile("ci", max_examples=60, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.register_profile("pyodide", max_examples=5, deadline=None, derandomize=True)
settings.register_profile(
    "mutation",
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # a failure is enough: there is no need to shrink it
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))

# Where warnings are on, pyparsing looks for faults in its callers, and finds one in matplotlib 3.8.
WARNINGS = ("-W", "error", "-W", "ignore:::pyparsing")

BEFORE: dict[str, dict[str, Any]] = {}  # the state of each module's RNG before its first test

RunPython = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def same_random_numbers(request: pytest.FixtureRequest) -> None:
    """Give a test the same numbers of its module's RNG, whichever tests have run before it."""
    rng = getattr(getattr(request.node, "module", None), "RNG", None)
    if rng is not None:
        state = BEFORE.setdefault(request.node.module.__name__, rng.bit_generator.state)
        rng.bit_generator.state = state


@pytest.fixture
def run_python() -> RunPython:
    """Run a program in a fresh Python, in which warnings are errors, and return what it did."""
    if sys.platform == "emscripten":
        pytest.skip("a browser has no other processes")

    def run(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *WARNINGS, "-c", program, *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )

    return run


class MissingLibraries:
    """Remembers the tests that were skipped because a library is missing, until they have run."""

    KEY = "tinynet/missing_libraries"

    def __init__(self, cache: pytest.Cache, alone: bool, writes: bool) -> None:
        self.cache = cache
        self.alone = alone
        self.writes = writes
        self.before = set(cache.get(self.KEY, []))
        self.skipped = set(self.before)

    def note(self, report: pytest.CollectReport | pytest.TestReport) -> None:
        reason = str(report.longrepr)
        if report.skipped and ("could not import" in reason or "the extra " in reason):
            self.skipped.add(report.nodeid)
        elif getattr(report, "when", "collect") != "teardown":
            self.skipped -= {report.nodeid, report.nodeid.partition("::")[0]}  # and its file

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.note(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.note(report)

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        if self.alone:
            chosen: list[pytest.Item] = []
            others: list[pytest.Item] = []
            for item in items:  # of a file that was skipped as a whole, all
                names = {node.nodeid for node in item.iter_parents()}
                (chosen if names & self.before else others).append(item)
            config.hook.pytest_deselected(items=others)
            items[:] = chosen

    def pytest_sessionfinish(self) -> None:
        if self.writes:
            self.cache.set(self.KEY, sorted(self.skipped))


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "run only what earlier runs skipped because a library was missing"
    parser.addoption("--skipped", action="store_true", help=text)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run the whole suite on all cores, unless ``-n`` says otherwise."""
    if hasattr(config, "workerinput") or not config.pluginmanager.hasplugin("xdist"):
        return  # one of these processes starts no others
    whole = config.args_source is config.ArgsSource.TESTPATHS
    if whole and config.option.numprocesses is None:
        config.option.numprocesses, config.option.dist = "auto", "worksteal"


def pytest_configure(config: pytest.Config) -> None:
    if config.pluginmanager.hasplugin("cacheprovider"):
        assert config.cache is not None
        alone = config.getoption("skipped")
        writes = not hasattr(config, "workerinput")  # of several processes, the one that reports
        config.pluginmanager.register(MissingLibraries(config.cache, alone, writes))
