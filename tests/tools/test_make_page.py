"""The page that the site shows has today's code in it, and a network that reads digits."""

import base64
import html
import json
import re

import numpy as np

from tinynet.datasets import synthetic_digits
from tinynet.plotting.page import part
from tools.make_page import PAGE

TEXT = PAGE.read_text(encoding="utf-8")


def array_of(encoded: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(encoded["bytes"]), dtype=encoded["dtype"])


def test_the_code_in_it_is_todays() -> None:
    for name in ("network.js", "page.js", "page.css"):
        assert part(name) in TEXT, "run python -m tools.make_page"


def test_it_is_small_and_asks_for_nothing() -> None:
    assert len(TEXT) < 250_000
    assert not re.search(r"https?:", TEXT)


def test_the_network_in_it_reads_digits() -> None:
    found = re.search(r'id="description">(.*?)</script>', TEXT, re.DOTALL)
    assert found
    description = json.loads(html.unescape(found[1]))
    _, (images, labels) = synthetic_digits.load_data(100, 1000)
    y = images.reshape(-1, 784).astype(float)
    for step in description["steps"]:
        if step["kind"] == "scale":
            y = y * step["slope"] + step["shift"]
        elif step["kind"] == "affine":
            y = y @ array_of(step["W"]).reshape(step["inputs"], -1) + array_of(step["b"])
        elif step["kind"] == "relu":
            y = np.maximum(y, 0)
    assert (y.argmax(axis=1) == labels).mean() > 0.88
    assert description["labels"] == [str(digit) for digit in range(10)]
