"""Grades an assignment: a table of marks, the reports as JSON, and Gradescope's results.

    python examples/autograde/marks.py                        all ten submissions, as a table
    python examples/autograde/marks.py --json marks.json      and the reports, in a file
    python examples/autograde/marks.py --gradescope ada.py    one submission, as results.json

``handout.md`` is the assignment, and ``test_marks.py`` the same tasks as tests. The submissions are
run in this process: for strangers' files, run it in a container, as Gradescope does.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinynet.gradcheck import GradientReport, check_gradients
from tinynet.gradcheck.submissions import load_submission

SUBMISSIONS = Path(__file__).parent / "submissions"
RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 4))
LABELS = np.array([0, 3, 1, 1, 2, 3])


@dataclass(frozen=True)
class Task:
    """One part of the assignment.

    Attributes
    ----------
    points : int
    make : callable
        Makes what is checked of a submission's names.
    arguments, options
        Of `check_gradients`, behind the target.
    """

    points: int
    make: Callable[[Any], Any]
    arguments: tuple[Any, ...]
    options: dict[str, Any]

    def check(self, file: Path) -> GradientReport:
        """Check a submission. Whatever is wrong with it is in the report."""
        target = load_submission(file, self.make)
        return check_gradients(target, *self.arguments, **self.options)


TASKS = {
    "Affine": Task(
        3,
        lambda code: code.Affine(4, 3),
        (X,),
        {"parameters": {"weights": "dweights", "biases": "dbiases"}},
    ),
    "ReLU": Task(2, lambda code: code.ReLU(), (X,), {}),
    "cross_entropy": Task(3, lambda code: code.cross_entropy, (X, LABELS), {}),
    "norm": Task(
        2,
        lambda code: (code.norm_forward, code.norm_backward),
        (X,),
        {"parameters": {"gamma": np.ones(4), "beta": np.zeros(4)}},
    ),
}


def grade(file: Path) -> dict[str, GradientReport]:
    """Return a report for each task."""
    return {name: task.check(file) for name, task in TASKS.items()}


def points(reports: dict[str, GradientReport]) -> int:
    """Return the sum of the points of the tasks that are right."""
    return sum(TASKS[name].points for name, report in reports.items() if report)


def gradescope(reports: dict[str, GradientReport]) -> dict[str, Any]:
    """Return a submission's results in the form of Gradescope's ``results.json``."""
    return {
        "score": points(reports),
        "output": "Every gradient was compared with differences of the function's values.",
        "tests": [
            {
                "name": name,
                "score": TASKS[name].points if report else 0,
                "max_score": TASKS[name].points,
                "status": "passed" if report else "failed",
                "output": report.summary if report else f"{report.summary}\n\n{report}",
                "visibility": "visible",
            }
            for name, report in reports.items()
        ],
    }


def table(graded: dict[str, dict[str, GradientReport]]) -> str:
    """Return the marks of all submissions as a table, with what is wrong below."""
    lines = [f"{'':10}" + "".join(f"{name:>15}" for name in TASKS) + f"{'points':>10}"]
    for who, reports in graded.items():
        marks = [f"{TASKS[name].points if report else 0:15}" for name, report in reports.items()]
        lines.append(f"{who:10}" + "".join(marks) + f"{points(reports):10}")
    for who, reports in graded.items():
        lines += [f"{who}, {name}: {r.summary}" for name, r in reports.items() if not r]
    return "\n".join(lines)


def main(options: argparse.Namespace) -> None:
    if options.gradescope:
        print(json.dumps(gradescope(grade(SUBMISSIONS / options.gradescope)), indent=1))
        return
    graded = {file.stem: grade(file) for file in sorted(SUBMISSIONS.glob("*.py"))}
    print(table(graded))
    if options.json:
        data = {
            who: {name: report.to_dict() for name, report in reports.items()}
            for who, reports in graded.items()
        }
        Path(options.json).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Grade the submissions.")
    parser.add_argument("--json", help="a file for all reports")
    parser.add_argument("--gradescope", help="one submission, whose results.json is printed")
    main(parser.parse_args())
