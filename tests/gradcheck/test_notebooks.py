"""Code from notebooks: what is right passes, each mistake is found."""

import pytest

from tests.support.notebooks import NOTEBOOKS
from tinynet.gradcheck import check_gradients


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_code_of_notebooks(name: str) -> None:
    make, mistakes = NOTEBOOKS[name]
    arguments, options = make(None)
    check_gradients(*arguments, **options).assert_ok()
    for mistake in mistakes:
        arguments, options = make(mistake)
        assert not check_gradients(*arguments, **options), mistake


def test_features_that_can_only_be_whole_are_not_moved() -> None:
    arguments, _ = NOTEBOOKS["features_of_zero_and_one"][0](None)
    assert "x      (6, 4)" in str(check_gradients(*arguments))
    assert "not checked: only whole numbers are accepted" in str(check_gradients(*arguments))
