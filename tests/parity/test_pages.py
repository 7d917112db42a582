"""The pages of the documentation that need Keras or PyTorch say what happens."""

import pytest

from tests.support.pages import TEXT, needs, run_sessions


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("page", [page for page in TEXT if needs(TEXT[page])])
def test_code_prints_what_the_page_says(page: str) -> None:
    run_sessions(page)
