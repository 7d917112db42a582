"""The errors of softmax, sigmoid and the losses, against mpmath's 50 digits.

``tools/make_numerics.py`` measures them, and writes the page; here with fewer inputs.
"""

import re
from typing import Any

import numpy as np
import pytest

pytest.importorskip("mpmath")

from tests.conftest import DOCS
from tools import make_numerics


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", make_numerics.MEASURED)
def test_errors_stay_within_the_limits(name: str, dtype: Any) -> None:
    _, _, single, double = make_numerics.MEASURED[name]
    limit = single if dtype is np.float32 else double
    for error, row in make_numerics.errors(name, dtype, 12):
        assert error <= limit, row


def test_the_page_has_the_limits() -> None:
    text = (DOCS / "evidence" / "numerics.md").read_text(encoding="utf-8")
    for name, (_, _, *limits) in make_numerics.MEASURED.items():
        cells = re.search(rf"^\| {re.escape(name)} \| (.*) \|$", text, re.MULTILINE)
        assert cells, "run python -m tools.make_numerics"
        assert cells[1].split(" | ")[1::2] == [str(limit) for limit in limits]


def test_ulps_are_what_numpy_says() -> None:
    for value in (1.0, 1.5, 2.0, 3e-39, 1e-320, 1e30, 0.1):
        for dtype in (np.float32, np.float64):
            assert float(make_numerics.ulp(value, dtype)) == float(np.spacing(dtype(value)))
