"""`to_categorical`, beside Keras's."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tinynet.utils import to_categorical

from .conftest import Compare
from .twins import keras

FORMS: list[tuple[Any, int | None]] = [
    ([5, 0, 4, 1], None),
    ([5, 0, 4, 1], 10),
    (np.array([5, 0, 4, 1]), None),
    (np.array([[5], [0], [4], [1]]), None),
    (np.array([5, 0, 4, 1], dtype=np.uint8), None),
    ([5.0, 0.0, 4.0], None),
    ([True, False, True], None),
    ([], 3),
]


def test_to_categorical(compare: Compare) -> None:
    worst = 0.0
    for labels, classes in FORMS:
        ours, theirs = (f(labels, classes) for f in (to_categorical, keras.utils.to_categorical))
        assert ours.shape == theirs.shape
        worst = max(worst, np.abs(ours - theirs).max(initial=0))
    compare("Utilities", "`to_categorical`", worst, 0)


@given(st.lists(st.integers(0, 50), min_size=1), st.integers(51, 60) | st.none())
def test_to_categorical_of_any_labels(labels: list[int], classes: int | None) -> None:
    theirs = keras.utils.to_categorical(labels, classes)
    np.testing.assert_array_equal(to_categorical(labels, classes), theirs)
