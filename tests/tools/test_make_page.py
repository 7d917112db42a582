"""The page to draw on in the documentation is what `to_html` writes today for its network."""

import base64
import json
import re
from typing import Any

import numpy as np

from tinynet import Dense, Flatten, Sequential
from tinynet.layers import Rescaling
from tools.make_page import PAGE


def array(encoded: dict[str, str]) -> np.ndarray:
    """Return an array that stands in the page as text."""
    dtype = np.dtype(encoded["dtype"]).newbyteorder("<")
    return np.frombuffer(base64.b64decode(encoded["bytes"]), dtype)


def network(description: dict[str, Any]) -> Sequential:
    """Build the network of a page from its steps."""
    scale, *steps = description["steps"]
    model = Sequential([Rescaling(scale["slope"], scale["shift"], input_shape=(28, 28)), Flatten()])
    weights = []
    for step, following in zip(steps[::2], steps[1::2], strict=True):
        assert step["kind"] == "affine"
        model.add(Dense(step["outputs"], following["kind"], name=step["name"]))
        weights += [array(step["W"]).reshape(step["inputs"], -1), array(step["b"])]
    model.set_weights(weights)
    return model


def description_and_images() -> tuple[dict[str, Any], np.ndarray]:
    """Return what the page says of its network, and its examples."""
    found = re.search(r'id="description">(.*?)</script>', PAGE.read_text(encoding="utf-8"))
    assert found
    description: dict[str, Any] = json.loads(found[1])
    images = [array(image).reshape(28, 28) for image in description["examples"]]
    return description, np.array(images)


def test_the_page_in_the_documentation_is_what_to_html_writes() -> None:
    committed = PAGE.read_text(encoding="utf-8")
    description, images = description_and_images()
    written = network(description).to_html(
        examples=images, labels=description["labels"], title=description["title"]
    )
    assert written.text == committed, "run python -m tools.make_page"


def test_it_reads_its_own_examples() -> None:
    description, images = description_and_images()
    read = network(description).predict(images).argmax(axis=1).tolist()
    assert read == list(range(10))
    assert description["labels"] == [str(digit) for digit in read]
