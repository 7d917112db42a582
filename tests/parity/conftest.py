"""What the parity tests share: the digits they train on, and the table of what they measured."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

# Read once, when Keras and TensorFlow are loaded.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from tinynet.datasets import mnist, synthetic_digits
from tinynet.utils import to_categorical

from . import table

ROWS = pytest.StashKey[list[table.Row]]()


class Digits(NamedTuple):
    """Digits as the reference workload prepares them: standardised, in float64.

    x has the shape (N, 784), y (N, 10).
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


class Compare(Protocol):
    """Note a deviation in the table, and fail if it is more than is allowed."""

    def __call__(
        self, section: str, compared: str, deviation: float, bound: float | None
    ) -> None: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--parity-table", type=Path, help="the page to write the table into")
    parser.addoption("--keep-printed", action="store_true", help="keep what Keras prints anew")


@pytest.fixture(scope="session")
def digits() -> Digits:
    """MNIST where a folder with it is named, else the synthetic digits; no download."""
    if os.environ.get("TINYNET_DATA"):
        name, splits = "MNIST", mnist.load_data()
    else:
        name, splits = "synthetic digits", synthetic_digits.load_data()
    (x, labels), (x_test, labels_test) = splits
    x, x_test = x.reshape(-1, 784), x_test.reshape(-1, 784)
    mean, std = np.mean(x), np.std(x) + 1e-10
    return Digits(
        name,
        (x - mean) / std,
        to_categorical(labels),
        (x_test - mean) / std,
        to_categorical(labels_test),
    )


@pytest.fixture
def compare(request: pytest.FixtureRequest) -> Compare:
    rows = request.config.stash.setdefault(ROWS, [])

    def note(section: str, compared: str, deviation: float, bound: float | None) -> None:
        rows.append(table.Row(section, compared, float(deviation), bound))
        assert np.isfinite(deviation), f"{compared}: {deviation}"
        assert bound is None or deviation <= bound, f"{compared}: {deviation:.3g} > {bound:.3g}"

    return note


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Iterator[None]:
    """Write the table, but only if it is whole: everything ran, and everything passed."""
    yield
    page = session.config.getoption("--parity-table", default=None)
    if page is None or hasattr(session.config, "workerinput"):
        return
    if ROWS not in session.config.stash:
        raise pytest.UsageError(f"{page} is left as it was: only one process can write it (-n 0).")
    stats = session.config.pluginmanager.get_plugin("terminalreporter").stats  # type: ignore[union-attr]
    missing = [kind for kind in ("failed", "error", "skipped", "deselected") if stats.get(kind)]
    if missing or exitstatus:
        reason = f"some tests {', '.join(missing)}" if missing else "the run isn't complete"
        raise pytest.UsageError(f"{page} is left as it was: {reason}.")
    table.write(session.config.stash[ROWS], page)


def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter") -> None:
    """Show the table."""
    rows = terminalreporter.config.stash.get(ROWS, [])
    for row in rows:
        allowed = "" if row.bound is None else f" of {table.number(row.bound)} allowed"
        terminalreporter.write_line(
            f"{row.section}: {row.compared}: {table.number(row.deviation)}{allowed}"
        )
