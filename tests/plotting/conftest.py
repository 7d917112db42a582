"""Pyplot has no figures before and after each test of a plot."""

from collections.abc import Iterator

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest


@pytest.fixture(autouse=True)
def no_open_figures() -> Iterator[None]:
    """Draw without a screen, and find pyplot without figures after each test."""
    matplotlib.use("agg")
    plt.close("all")
    yield
    assert plt.get_fignums() == []


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
