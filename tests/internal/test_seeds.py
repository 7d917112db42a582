"""The common source of seeds, and the blocks that take nothing from it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tinynet import SGD, Dense, Sequential
from tinynet._internal.seeds import unspent
from tinynet.utils import set_random_seed


def drawn() -> np.ndarray:
    return Dense(1).build((3,)).W


def test_a_block_takes_nothing_from_the_common_source() -> None:
    set_random_seed(0)
    expected = drawn()
    set_random_seed(0)
    with unspent():
        inside = [drawn(), drawn()]
        with unspent(), pytest.raises(TypeError):
            Dense("three")  # type: ignore[arg-type]
        inside.append(drawn())
    assert len({W.tobytes() for W in inside}) == 3
    np.testing.assert_array_equal(drawn(), expected)


def test_what_another_thread_draws_meanwhile_is_not_drawn_again() -> None:
    set_random_seed(0)
    with unspent(), ThreadPoolExecutor(1) as pool:
        theirs = pool.submit(drawn).result()
    assert (drawn() != theirs).all()


def test_a_fit_takes_nothing_from_the_common_source() -> None:
    model = Sequential([Dense(1, input_shape=(3,))], seed=0)
    model.compile(SGD(0.0), "mse")
    set_random_seed(0)
    expected = drawn()
    set_random_seed(0)
    model.fit(np.ones((2, 3)), np.ones(2), verbose=0)
    np.testing.assert_array_equal(drawn(), expected)
