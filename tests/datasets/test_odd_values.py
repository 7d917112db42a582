"""Odd values in every argument: what is refused is refused by tinynet, not by what it calls."""

import decimal
import fractions
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet
from tinynet import Dense, datasets
from tinynet.utils import mean_and_std, standardize

ROOT = str(Path(tinynet.__file__).parent)

ODD: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "empty text": lambda: "",
    "text": lambda: "no-such-thing",
    "a NUL": lambda: "a\0b",
    "half a character": lambda: "\ud800",
    "a long name": lambda: "a" * 5000,
    "nobody's home": lambda: "~nobody-of-this-name/x",
    "bytes": lambda: b"x",
    "the working folder": lambda: Path("."),
    "a complex number": lambda: 1j,
    "minus one": lambda: -1,
    "zero": lambda: 0,
    "a half": lambda: 0.5,
    "a huge number": lambda: 10**5000,
    "a huge negative number": lambda: -(10**5000),
    "a large number": lambda: 10**11,
    "a large float": lambda: 1e300,
    "a huge fraction": lambda: fractions.Fraction(10**400, 3),
    "a decimal": lambda: decimal.Decimal("0.1"),
    "nan": lambda: float("nan"),
    "infinity": lambda: np.float32(np.inf),
    "True": lambda: True,
    "a set": lambda: {1, 2},
    "a dict": lambda: {"a": 1},
    "an empty list": list,
    "an empty tuple": lambda: (),
    "a list of text": lambda: ["a", "b"],
    "a generator": lambda: (k for k in range(3)),
    "an object": object,
    "a class": lambda: Dense,
    "a layer": lambda: Dense(3),
    "an array of layers": lambda: np.array([Dense(3), None]),
    "an array without axes": lambda: np.array(3),
    "an array of nothing": lambda: np.zeros((0, 3)),
    "an array of text": lambda: np.array(["a", "b"]),
    "an array of objects": lambda: np.array([None, "a", 3], dtype=object),
    "an array of dates": lambda: np.array(["2020-01-01"], dtype="datetime64[D]"),
    "a masked array": lambda: np.ma.masked_array([1.0, 2.0], mask=[True, False]),
    "a record": lambda: np.zeros(2, dtype=[("a", int)]),
    "ragged rows": lambda: [[1, 2], [3]],
}


FUNCTIONS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "mnist": (datasets.mnist.load_data, {}),
    "fashion_mnist": (datasets.fashion_mnist.load_data, {}),
    "kmnist": (datasets.kmnist.load_data, {}),
    "emnist": (datasets.emnist.load_data, {}),
    "synthetic_digits": (datasets.synthetic_digits.load_data, {"n_train": 2, "n_test": 2}),
    "spirals": (datasets.spirals, {}),
    "moons": (datasets.moons, {}),
    "circles": (datasets.circles, {}),
    "read_idx": (datasets.read_idx, {"path": "labels"}),
    "from_csv": (datasets.from_csv, {"path": "table.csv"}),
    "from_folder": (datasets.from_folder, {"path": "pictures"}),
    "standardize": (lambda x, epsilon=1e-10: standardize(x, epsilon=epsilon), {"x": [1.0, 2.0]}),
    "standardize others": (lambda others: standardize([1.0, 2.0], others), {}),
    "mean_and_std": (mean_and_std, {}),
}
CALLS = [
    pytest.param(function, others, argument, id=f"{name}: {argument}")
    for name, (function, others) in FUNCTIONS.items()
    for argument in inspect.signature(function).parameters
]


@pytest.mark.parametrize(("function", "others", "argument"), CALLS)
def test_odd_values_are_taken_or_refused_in_tinynets_words(
    function: Callable[..., Any],
    others: dict[str, Any],
    argument: str,
    tmp_path: Path,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "pooch", None)  # no downloads
    Path("labels").write_bytes(bytes.fromhex("00000801 00000002 07 02"))
    Path("table.csv").write_text("1,2\n3,4\n", encoding="utf-8")
    refused = 0
    for kind, odd in ODD.items():
        error = refusal(function, others | {argument: odd()})
        if error is None:
            continue
        frame = traceback.extract_tb(error.__traceback__)[-1]
        assert isinstance(error, ValueError | TypeError | OSError | ImportError), (
            f"{kind}: {error!r}"
        )
        assert frame.filename.startswith(ROOT), f"{kind}: {frame.filename}: {error!r}"
        assert (frame.line or "").startswith("raise"), f"{kind}: {frame.line}: {error!r}"
        refused += 1
    assert refused > len(ODD) / 2


def refusal(function: Callable[..., Any], arguments: dict[str, Any]) -> Exception | None:
    """Return what a call raises."""
    try:
        function(**arguments)
    except Exception as error:
        return error
    return None
