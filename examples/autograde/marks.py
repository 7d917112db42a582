"""Grades an assignment: a table of marks, the reports as JSON, and Gradescope's results.

    python examples/autograde/marks.py                        all ten submissions, as a table
    python examples/autograde/marks.py --json marks.json      and the reports, in a file
    python examples/autograde/marks.py --gradescope ada.py    one submission, as results.json

``handout.md`` is the assignment, and ``test_marks.py`` the same tasks as tests. Each submission
runs in a process of its own, for at most 20 seconds a task, and what it prints is dropped. For
strangers' files, run all of it in a container, as Gradescope does.
"""

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinynet.gradcheck import GradientReport, check_gradients
from tinynet.gradcheck.submissions import load_submission

SUBMISSIONS = Path(__file__).parent / "submissions"
SECONDS = 20.0
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


def silence() -> None:
    """Drop what this process prints, and what those print that it starts."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def check_quietly(name: str, file: Path) -> GradientReport:
    """Check one task of a submission, and drop what the submission prints."""
    try:
        with open(os.devnull, "w", encoding="utf-8") as out, contextlib.redirect_stdout(out):
            return TASKS[name].check(file)
    except BaseException as error:  # a KeyboardInterrupt as well, if the submission raises one
        return GradientReport.of_exception(file.stem, error)


def grade(file: Path, seconds: float = SECONDS) -> dict[str, GradientReport]:
    """Return a report for each task, from a process of the submission's own.

    A task fails if the process ends or takes too long. The next one then gets a new process.
    """
    late = TimeoutError(f"no result after {seconds:g} s: it may loop forever, or end the process")
    reports: dict[str, GradientReport] = {}
    while len(reports) < len(TASKS):
        with multiprocessing.get_context("spawn").Pool(1, silence) as process:
            for name in list(TASKS)[len(reports) :]:
                job = process.apply_async(check_quietly, (name, file))
                job.wait(seconds)
                if not job.ready():
                    reports[name] = GradientReport.of_exception(file.stem, late)
                    break
                reports[name] = job.get()
    return reports


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


def refusal(files: list[Path]) -> dict[str, Any]:
    """Return the results of whoever hasn't submitted exactly one file."""
    names = ", ".join(file.name for file in files if "*" not in file.name) or "none"
    text = f"Submit one file of Python code, *.py. Received: {names}."
    return {"score": 0, "output": text}


def submitted() -> list[Path]:
    """Return all submissions, and say what else there is."""
    files = sorted(file for file in SUBMISSIONS.glob("[!.]*.py") if file.is_file())
    others = {file.name for file in SUBMISSIONS.glob("[!._]*")} - {file.name for file in files}
    ignored = ", ".join(sorted(others))
    if ignored:
        print(f"Ignored in {SUBMISSIONS.name}, not *.py files: {ignored}", file=sys.stderr)
    if not files:
        raise SystemExit(f"There are no *.py files in {SUBMISSIONS}.")
    return files


def table(graded: dict[str, dict[str, GradientReport]]) -> str:
    """Return the marks of all submissions as a table, with what is wrong below."""
    width = max(10, *(len(who) + 1 for who in graded))
    lines = [" " * width + "".join(f"{name:>15}" for name in TASKS) + f"{'points':>10}"]
    for who, reports in graded.items():
        marks = [f"{TASKS[name].points if report else 0:15}" for name, report in reports.items()]
        lines.append(f"{who:{width}}" + "".join(marks) + f"{points(reports):10}")
    for who, reports in graded.items():
        wrong: dict[str, list[str]] = {}
        for name, report in reports.items():
            if not report:
                wrong.setdefault(report.summary, []).append(name)
        lines += [f"{who}, {', '.join(names)}: {summary}" for summary, names in wrong.items()]
    return "\n".join(lines)


def main(options: argparse.Namespace) -> None:
    if options.gradescope:
        found = [SUBMISSIONS / name for name in options.gradescope]
        if len(found) > 1 or "*" in found[0].name:  # a shell leaves *.py where there is no file
            print(json.dumps(refusal(found), indent=1))
            return
        if not found[0].is_file():
            raise SystemExit(f"There is no submission {found[0]}.")
        print(json.dumps(gradescope(grade(found[0], options.seconds)), indent=1))
        return
    files = submitted()
    graded = {file.stem: grade(file, options.seconds) for file in files}
    if options.json:
        data = {
            who: {name: report.to_dict() for name, report in reports.items()}
            for who, reports in graded.items()
        }
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    if isinstance(sys.stdout, io.TextIOWrapper):  # it may lack letters that a submission uses
        sys.stdout.reconfigure(errors="backslashreplace")
    print(table(graded))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Grade the submissions.")
    parser.add_argument("--json", type=Path, help="a file for all reports")
    parser.add_argument(
        "--gradescope", nargs="+", help="one submission, whose results.json is printed"
    )
    parser.add_argument("--seconds", type=float, default=SECONDS, help="the limit for a task")
    options = parser.parse_args()
    if not options.seconds > 0:  # every task would be late
        parser.error("--seconds must be above 0")
    if options.json and not options.json.absolute().parent.is_dir():
        parser.error(f"--json: there is no folder for {options.json}")
    main(options)
