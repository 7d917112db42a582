"""The assignment as tests, one for each submission and task.

    pytest examples/autograde/test_marks.py

Each failure is a sentence that says what is wrong with a submission.
"""

from functools import cache
from pathlib import Path

import pytest
from marks import SUBMISSIONS, TASKS, grade  # type: ignore[import-not-found]

reports = cache(grade)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("file", sorted(SUBMISSIONS.glob("[!.]*.py")), ids=lambda file: file.stem)
def test_gradients(file: Path, task: str) -> None:
    report = reports(file)[task]
    if not report:
        pytest.fail(report.summary, pytrace=False)
