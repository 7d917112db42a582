"""The assignment as tests, one for each submission and task.

    pytest examples/autograde/test_marks.py --tb=no

Each line of pytest's summary says in a sentence what is wrong with a submission.
"""

from pathlib import Path

import pytest
from marks import SUBMISSIONS, TASKS  # type: ignore[import-not-found]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("file", sorted(SUBMISSIONS.glob("*.py")), ids=lambda file: file.stem)
def test_gradients(file: Path, task: str) -> None:
    TASKS[task].check(file).assert_ok()
