"""The course's exercises: solved, unsolved and wrong, in the page's runner and offline."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from docs.static import runner
from tests.conftest import ROOT
from tools import course, make_course

CHAPTERS = course.course()
EXERCISES = {item.name: item for found in CHAPTERS.values() for item in found}


def silent(index: int, text: str) -> None:
    """Take output, as the page would, and show it to nobody."""


def check(name: str, code: str) -> dict[str, Any]:
    """Return the page's verdict on an answer."""
    request = {"code": code, "check": EXERCISES[name].check, "preamble": course.PREAMBLE}
    verdict: dict[str, Any] = json.loads(runner.check(json.dumps(request), silent))
    return verdict


def run(code: str, namespace: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return what the page shows of an edited block."""
    results: list[dict[str, Any]] = json.loads(
        runner.run_session(
            json.dumps({"code": code}), {} if namespace is None else namespace, silent
        )
    )
    return results


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_each_chapter_has_at_least_three_exercises(chapter: Path) -> None:
    assert len(CHAPTERS[chapter]) >= 3
    assert "## Exercises\n" in chapter.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXERCISES)
def test_the_starting_code_is_wrong_and_the_solution_right(name: str) -> None:
    item = EXERCISES[name]
    start, solved = check(name, item.start), check(name, item.solution)
    assert not start["right"]
    assert start["kind"] == "wrong", "the code to start from must run"
    assert len(start["message"]) > 15
    assert solved["right"], solved["message"]
    assert item.hint
    assert item.statement


@pytest.mark.parametrize("name", EXERCISES)
def test_code_that_isnt_python_or_defines_nothing_is_said_so(name: str) -> None:
    broken = check(name, "x = 1\ny = (2 +\n")
    assert broken["kind"] == "syntax"
    assert broken["message"].startswith("Line 2: y = (2 +")
    empty = check(name, "x = None\n")
    assert re.search(r"must define `\w+`", empty["message"])


@pytest.mark.parametrize("item", course.pieces(), ids=lambda item: item.piece)
def test_what_stands_in_for_a_piece_passes_its_check(item: course.Exercise) -> None:
    code = item.stand_in or item.solution
    assert check(item.name, code)["right"]
    assert item.piece in make_course.taken(item.check)


# Mistakes that learners make, and a word of what the verdict says about each.
MISTAKES = [
    ("weights", "[2, 3]", "[3, 2]", "gives 7 for [1, 2]"),
    ("weights", "[2, 3]", "[2, 3, 1]", "two numbers"),
    ("dense-forward", "x @ W + b", "x @ W", "bias is missing"),
    ("dense-forward", "x @ W + b", "x @ W + 2 * b", "wrong in 8 of 8"),
    ("dense-forward", "return x @ W + b", "print(x @ W + b)", "`return` missing"),
    ("count-parameters", " + outputs", "", "biases are missing"),
    ("absolute-value", "[[1, -1]]", "[[1], [-1]]", "W1 must have shape (1, 2), not (2, 1)"),
    ("relu-forward", "np.maximum(z, 0)", "np.abs(z)", "Negative numbers"),
    ("relu-forward", "return np", "np", "`return` missing"),
    ("relu-forward", "return np.maximum(z, 0)", "z[z < 0] = 0; return z", "changed its argument"),
    ("absolute-value", "[[1, -1]]", "[[1, 1]]", "At x = -3"),
    ("tent", "[0, -1, -2]", "[0, 1, 2]", "At x = "),
    ("tent", "[[1], [-2], [1]]", "[[1, -2, 1]]", "W2 must have shape (3, 1), not (1, 3)"),
    ("squared-error", ".mean()", ".sum()", "take the mean"),
    ("squared-error", "** 2", "", "should be"),
    ("squared-error", "((y - t) ** 2).mean()", "np.abs(y - t).mean()", "Square"),
    ("squared-error", "((y - t) ** 2).mean()", "np.sqrt(((y - t) ** 2).mean())", "no square root"),
    ("squared-error", "return (", "(", "`return` missing"),
    ("cross-entropy", " / len(t)", "", "mean over N"),
    ("cross-entropy", "-(t", "(t", "minus is missing"),
    ("cross-entropy", "np.log", "np.log2", "natural logarithm"),
    ("cross-entropy", "t * np.log(p)", "p * np.log(t)", "logarithm of p, not of t"),
    (
        "cross-entropy",
        "t * np.log(p)",
        "t * np.log(p) + (1 - t) * np.log(1 - p)",
        "correct class alone",
    ),
    ("integer-labels", "np.arange(len(labels))", ":", "in every row"),
    ("integer-labels", "np.arange(len(labels)), labels", "labels", "takes whole rows"),
    ("integer-labels", "-np.log", "np.log", "minus is missing"),
    ("integer-labels", ".mean()", ".sum() / p.size", "not by the K classes"),
    ("best-forecast", "(p - t)", "(t - p)", "sign is wrong"),
    ("best-forecast", "(p * (1 - p))", "p * (1 - p)", "put parentheses around p * (1 - p)"),
    ("best-forecast", " / (p * (1 - p))", "", r"difference gives 1.2500\.$|^$"),
    ("one-neuron", "2 * (y - t)", "(y - t)", "Where is the 2"),
    ("one-neuron", "dy * x, dy, dy * w", "dy * w, dy, dy * x", "your dw is"),
    ("one-neuron", "dy * x, dy, dy * w", "dy * x, dy", "three numbers"),
    ("central-difference", "f(x - h)) / (2 * h)", "f(x)) / h", "to the right alone"),
    ("central-difference", "(2 * h)", "h", "distance is 2h"),
    ("central-difference", "/ (2 * h)", "/ 2 * h", "put parentheses around 2 * h"),
    ("central-difference", "f(x + h) - f(x - h)", "f(x - h) - f(x + h)", "sign is wrong"),
    ("cube", "3 * self._x**2", "2 * self._x**2", "constant factor"),
    ("cube", "3 * self._x**2", "-3 * self._x**2", "wrong sign"),
    ("reverse", "dy[:, ::-1]", "dy[::-1]", "WRONG"),
    ("reverse", "dy[:, ::-1]", "-dy", "dx is dy times -1"),
    ("dense-backward", "dy.sum(axis=0)", "dy.mean(axis=0)", "batch"),
    ("dense-backward", "self._x.T @ dy", "self._x.T @ dy / len(dy)", "batch"),
    ("dense-backward", "self.dW[...] =", "self.dW[...] +=", "accumulate|added|earlier"),
    ("dense-backward", "self.dW[...] =", "self.dW =", "written into|dW"),
    ("dense-backward", "dy @ self.W.T", "dy", "shape"),
    ("scale", "return dy * self.s", "return dy", "x"),
    ("scale", "(dy * self._x)", "dy", "`x`, a factor, is forgotten"),
    ("scale", ".sum(axis=0)", ".mean(axis=0)", "batch"),
    ("tied-weights", " + dy.T @ x @ W", "", "way out"),
    ("tied-weights", "x.T @ dy @ W + dy.T @ x @ W", "2 * x.T @ dy @ W", "two different products"),
    ("relu-layer", "dy * (self._x > 0)", "dy", "WRONG"),
    ("relu-layer", "dy * (self._x > 0)", "self._x > 0", "WRONG"),
    ("leaky-relu", "dy / 10", "0", "WRONG"),
    ("leaky-relu", "dy, dy / 10", "dy / 10, dy", "the two slopes are exchanged"),
    ("softplus", "np.exp(-self._x)", "np.exp(self._x)", "WRONG"),
    ("softmax-layer", " - x.max(axis=1, keepdims=True)", "", "overflows"),
    ("softmax-layer", "x.max(axis=1, keepdims=True)", "x.max()", "own largest logit"),
    ("softmax-layer", "x.max(axis=1", "x.mean(axis=1", "the row's largest logit"),
    ("softmax-layer", " - (dy * y).sum(axis=1, keepdims=True)", "", "WRONG"),
    ("softmax-layer", "e.sum(axis=1, keepdims=True)", "e.sum()", "add up to 1"),
    ("cross-entropy-from-logits", " / len(z)", "", "divide it by N"),
    ("cross-entropy-from-logits", " / len(z)", " / z.shape[1]", "not by the K classes"),
    ("cross-entropy-from-logits", " / len(z)", " / z.size", "not by the K classes"),
    ("cross-entropy-from-logits", "(p - t)", "(t - p)", "wrong sign"),
    ("cross-entropy-from-logits", "costs.mean()", "costs.sum()", "mean over the batch"),
    ("cross-entropy-from-logits", "z = z - z.max(axis=1, keepdims=True)", "pass", "maximum first"),
    ("cross-entropy-from-logits", "float(costs.mean())", "costs", "value must be one number"),
    ("log-softmax", " * dy.sum(axis=1, keepdims=True)", "", "WRONG"),
    ("log-softmax", "np.exp(self._y)", "self._y", "its exponential is p"),
    ("log-softmax", "dy.sum(axis=1, keepdims=True)", "dy.sum()", "for each row"),
    ("temperature", "(dy) / 2", "(dy) * 2", "4 times the right gradient"),
    ("sgd", "-=", "+=", "uphill"),
    ("sgd", "learning_rate * ", "", "learning rate"),
    ("sgd", "parameter -=", "parameter = parameter -", "write into it"),
    ("batches", "rng.permutation(count)", "np.arange(count)", "aren't shuffled"),
    ("batches", "rng.permutation", "np.random.permutation", "Shuffle with"),
    (
        "batches",
        "order[start : start + size]",
        "rng.permutation(np.arange(start, min(start + size, count)))",
        "Shuffle all the rows",
    ),
    ("batches", "rng.permutation(count)", "rng.integers(0, count, count)", "not each row once"),
    (
        "batches",
        "[order[start : start + size] for start in range(0, count, size)]",
        "order",
        "a list",
    ),
    ("momentum", "velocity *= 0.9", "velocity *= 0.5", "After 2 step"),
    ("momentum", "parameters += velocity", "parameters = parameters + velocity", "write into"),
    ("momentum", "velocity -= ", "velocity += ", "uphill"),
    ("lecun-uniform", "3 / shape[0]", "1 / shape[0]", "not 1"),
    ("lecun-uniform", "rng.uniform(-limit, limit,", "rng.uniform(0, 2 * limit,", "mean"),
    ("lecun-uniform", "rng.uniform", "np.random.uniform", "Draw from the `rng`"),
    ("lecun-uniform", "rng.uniform", "np.random.default_rng(0).uniform", "Draw from the `rng`"),
    ("he", "np.sqrt(2 / shape[0])", "2 / shape[0]", "square root"),
    ("he", "2 / shape[0]", "2 / sum(shape)", "Glorot"),
    ("he", "rng.normal", "np.random.normal", "Draw from the `rng`"),
    ("he", "rng.normal", "np.random.default_rng(3).normal", "Draw from the `rng`"),
    (
        "he",
        "rng.normal(scale=np.sqrt(2 / shape[0]), size=shape)",
        "np.sqrt(6 / shape[0]) * rng.uniform(-1, 1, shape)",
        "isn't normally distributed",
    ),
    ("all-zero", '"dW2": True', '"dW2": False', "dW2 = h.T @ dz2"),
    ("two-mistakes", 'tn.Dense(32, "relu"), tn.Dense(32, "relu")', "tn.Dense(32)", "three Dense"),
    ("two-mistakes", "tn.Dense(10)", 'tn.Dense(10, "relu")', "relu-before-output"),
    ("dead-units", ".all(axis=0)", "", "zeros, not units"),
    ("dead-units", "(y == 0).all(axis=0)", "(y[0] == 0)", "of the 8 units"),
    ("dead-units", "int((y == 0).all(axis=0).sum())", "(y == 0).all(axis=0)", "one number"),
    ("standardise", "(test - mean) / std", "(test - test.mean()) / test.std()", "own numbers"),
    ("standardise", "train.mean()", "train.mean(axis=0)", "one deviation"),
    ("standardise", ", (test - mean) / std", "", "Return two arrays"),
    (
        "standardise",
        "return (train - mean) / std, (test - mean) / std",
        "train = (train - train.mean()) / train.std()\n"
        "    return train, (test - train.mean()) / train.std()",
        "taken before `train` is scaled",
    ),
    (
        "standardise",
        "(train - mean) / std, (test - mean) / std",
        "(test - mean) / std, (train - mean) / std",
        "first the training images",
    ),
    ("read-the-losses", '"rate"', '"healthy"', "3 of 4 are right"),
    ("train-step", "loss.value(t, z)", "None", "Return the loss"),
    ("train-step", "return loss.value(t, z)", "return z", "one number"),
    (
        "train-step",
        "layer.gradients[name]",
        "layer.gradients[name] / len(x)",
        "divided by N already",
    ),
    ("train-step", "layer.gradients[name]", "-layer.gradients[name]", "uphill"),
    ("train-step", "reversed(layers)", "reversed(layers[1:])", "hasn't changed"),
    ("train-step", ", training=True", "", "training=True"),
    ("read", ".argmax(axis=1)", ".argmin(axis=1)", "of 20"),
    ("what-matters", "dx[0, z.argmax()] = 1", "dx[...] = 1", "sum of all logits"),
    ("decay-step", "parameter *= 1 - learning_rate * weight_decay\n    ", "", "decay yet"),
    (
        "decay-step",
        "    parameter *= 1 - learning_rate * weight_decay\n"
        "    parameter -= learning_rate * gradient\n",
        "    parameter -= learning_rate * gradient\n"
        "    parameter *= 1 - learning_rate * weight_decay\n",
        "shrink w first",
    ),
    ("decay-step", "parameter -=", "parameter = parameter -", "it should be"),
    ("decay-step", "parameter *= 1", "parameter = parameter * 1", "hasn't changed"),
    ("dropout-backward", "return dy * self._mask * self._scale", "return dy", "where is the mask"),
    ("dropout-backward", "dy * self._mask * self._scale", "dy * self._mask", "factor"),
    ("early-stopping", "== patience", "> patience", "it should be"),
    (
        "early-stopping",
        "if loss < best:",
        "if epoch == 1 or loss < losses[epoch - 2]:",
        "should be 5",
    ),
    ("running-mean", " / (1 - beta**t)", "", "not 5, 5, 5"),
    ("running-mean", "return means", "return means[-1]", "each of the 3 numbers"),
    ("running-mean", "mean = beta * mean", "mean = mean", "not"),
    ("adam", "/ (1 - 0.9**t)", "", "After 1 step"),
    ("adam", "self.iterations + 1", "self.iterations + 2", "is t counted from 1"),
    ("adam", "gradients**2", "abs(gradients)", "After 1 step"),
    ("adam", "parameters -= ", "parameters = parameters - ", "Write into"),
    ("adam", "parameters -= ", "parameters += ", "uphill"),
    ("best-momentum", "return rate, root**2", "return rate, root", "lower end"),
    ("best-momentum", "return rate", "rate", "`return` missing"),
    ("center", "dy - dy.mean(axis=0)", "dy * (1 - 1 / len(dy))", "depends on several inputs"),
    ("center", "dy - dy.mean(axis=0)", "dy - dy.mean()", "checker|WRONG|wrong"),
    (
        "batch-norm",
        "(dy - dy.mean(axis=0) - self._xhat",
        "(dy - self._xhat",
        "the path through the mean",
    ),
    ("batch-norm", " - self._xhat * along", "", "the path through s"),
    ("layer-norm", "dy.mean(axis=1, keepdims=True)", "dy.mean(axis=0)", "checker|WRONG|wrong"),
    ("value-tanh", "(value,), ", "(), ", "what it was computed from"),
    ("value-tanh", "(1 - y**2,)", "1 - y**2", "slopes must be a tuple"),
    ("value-tanh", "1 - y**2", "1 - y", "The slope is"),
    ("graph-backward", "+=", "=", "don't overwrite"),
    ("graph-backward", "reversed(order)", "order", "from the end of the list"),
    (
        "topological-order",
        "order.append(node)",
        "order.insert(0, node)",
        "before one of its parents",
    ),
    ("topological-order", "return order", "return set(order)", "a list"),
]


@pytest.mark.parametrize(("name", "right", "wrong", "said"), MISTAKES)
def test_a_mistake_is_found_and_named(name: str, right: str, wrong: str, said: str) -> None:
    assert right in EXERCISES[name].solution
    verdict = check(name, EXERCISES[name].solution.replace(right, wrong))
    assert verdict["kind"] == "wrong", verdict
    assert re.search(re.escape(said) if "|" not in said else said, verdict["message"]), verdict


@pytest.mark.parametrize("seen", ["order, seen = [], set()", "order = seen = []"])
def test_an_answer_may_follow_the_chapters_own_code(seen: str) -> None:
    code = EXERCISES["topological-order"].solution.replace("order, seen = [], set()", seen)
    if "set" not in seen:
        code = code.replace("            seen.add(node)\n", "")
    assert check("topological-order", code)["right"]


# Correct answers in styles of their own.
STYLES = [
    ("dense-forward", "x @ W + b", "np.einsum('ni,io->no', x, W) + b"),
    (
        "batches",
        "return [order[start : start + size] for start in range(0, count, size)]",
        "yield from np.split(order, range(size, count, size))",
    ),
    (
        "two-mistakes",
        'tn.Dense(32, "relu"), tn.Dense(32, "relu")',
        'tn.Dense(32, "tanh"), tn.Dense(32, "tanh")',
    ),
    (
        "standardise",
        "mean, std =",
        "train, test = np.float32(train), np.float32(test); mean, std =",
    ),
    ("standardise", "train.std()", "train.std(ddof=1)"),
    ("dead-units", "int((y == 0).all(axis=0).sum())", "len(y.T) - np.any(y, axis=0).sum()"),
    ("train-step", "reversed(layers)", "layers[::-1]"),
    ("value-tanh", "(value,), (1 - y**2,)", "[value], [1 / math.cosh(value.data) ** 2]"),
]


@pytest.mark.parametrize(("name", "right", "also"), STYLES)
def test_an_answer_may_be_written_in_another_style(name: str, right: str, also: str) -> None:
    assert right in EXERCISES[name].solution
    verdict = check(name, EXERCISES[name].solution.replace(right, also))
    assert verdict["right"], verdict


def test_each_exercise_has_a_mistake_that_is_tried() -> None:
    assert {name for name, *_ in MISTAKES} == set(EXERCISES)


def test_an_exception_is_said_with_its_line() -> None:
    verdict = check("cube", EXERCISES["cube"].solution.replace("* dy", "* dz"))
    assert verdict["kind"] == "error"
    assert verdict["line"] == 7
    assert verdict["message"].startswith("Line 7: return 3 * self._x**2 * dz\nNameError")


def test_a_verdict_shows_the_report_and_what_was_printed() -> None:
    code = EXERCISES["cube"].solution.replace("3 *", "2 *") + "print('hello')\n"
    verdict = check("cube", code)
    assert "<table>" in verdict["html"][0]
    assert verdict["output"].startswith("hello\n")


def test_a_block_shows_what_each_statement_prints() -> None:
    results = run("x = 2\n\ndef f():\n    return x\n\nf(); x + 1\nprint(x)\n")
    assert [result["output"] for result in results] == ["", "", "2\n3\n", "2\n"]
    assert [result["source"] for result in results][2:] == ["f(); x + 1", "print(x)"]


def test_blocks_share_their_state_and_a_failure_names_its_line() -> None:
    namespace: dict[str, Any] = {}
    run("x = 5", namespace)
    failed = run("y = x\ny / 0\nprint('never')", namespace)
    assert len(failed) == 2
    assert failed[1]["failed"]
    assert "line 2" in failed[1]["output"]
    assert "y / 0" in failed[1]["output"]
    assert "ZeroDivisionError" in failed[1]["output"]
    assert "runner.py" not in failed[1]["output"]
    syntax = run("x = 1\nfor x in\n")
    assert syntax[0]["output"].startswith("Line 2: for x in\nSyntaxError")


def test_a_block_shows_tables_and_plots() -> None:
    code = (
        "import matplotlib\nmatplotlib.use('Agg')\nimport tinynet as tn\nimport numpy as np\n"
        "from tinynet.gradcheck import check_gradients\n"
        "check_gradients(tn.ReLU(), np.array([[1.0, -2.0]]))\n"
        "ax = tn.plotting.plot_predictions(np.zeros((2, 28, 28)), [1, 2], [1, 2])\n"
    )
    namespace: dict[str, Any] = {}
    results = run(code, namespace)
    assert "<table>" in results[5]["html"][0]
    assert results[5]["output"] == "", "the table is enough"
    assert len(results[-1]["images"]) == 1
    assert run("1 + 1", namespace)[-1]["images"] == [], "a plot is shown once"


def test_output_without_end_is_cut() -> None:
    (result,) = run("for k in range(100000): print('x' * 10)")
    assert len(result["output"]) < runner.MOST_OUTPUT + 100
    assert result["output"].endswith("the rest of the output isn't shown\n")


def test_a_session_is_compared_as_doctest_does() -> None:
    examples = [
        {"source": "print(1.0)\n", "want": "1...\n"},
        {
            "source": "1 / 0\n",
            "want": "Traceback (most recent call last):\n    ...\n"
            "ZeroDivisionError: division by zero\n",
        },
        {"source": "print(2)\n", "want": "3\n"},
    ]
    results = json.loads(runner.run_session(json.dumps({"examples": examples}), {}, silent))
    assert [result["same"] for result in results] == [True, True, False]
    assert not any(result["failed"] for result in results)
    assert results[1]["output"] == examples[1]["want"]


def test_the_pieces_are_put_together() -> None:
    pieces = [
        {"name": "f", "code": "helper = 2\ndef f(x):\n    return helper * x\n"},
        {"name": "g", "code": "helper = 10\ndef g(x):\n    return helper + x\n"},
    ]
    program = "print(f(g(1)))\n"
    request = {"program": program, "pieces": pieces, "preamble": course.PREAMBLE}
    result = json.loads(runner.assemble(json.dumps(request), silent))
    assert result == {"output": "22\n", "images": [], "failed": False}


def test_the_folder_is_what_the_chapters_say() -> None:
    for path, text in make_course.files().items():
        assert path.read_text(encoding="utf-8") == text, "run python -m tools.make_course"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of examples/course to write in."""
    target = tmp_path / "course"
    shutil.copytree(make_course.FOLDER, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def python(folder: Path, *arguments: str) -> str:
    """Run Python in a folder and return what it printed."""
    alone = {"PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # Hypothesis takes long
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **alone}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout + done.stderr


def solve(folder: Path, names: list[str]) -> None:
    """Write the solutions of some exercises into the file."""
    path = folder / "my_network.py"
    text = path.read_text(encoding="utf-8")
    for name in names:
        item = EXERCISES[name]
        assert text.count(item.start) == 1
        text = text.replace(item.start, item.solution)
    path.write_text(text, encoding="utf-8")


def train_on_few(folder: Path) -> None:
    """Let the digit reader use a tenth of its digits."""
    program = folder / "read_digits.py"
    text = program.read_text(encoding="utf-8")
    assert text.count("(6400, 1000)") == 1
    program.write_text(text.replace("(6400, 1000)", "(640, 100)"), encoding="utf-8")


def taken(folder: Path) -> str:
    """Return what the digit reader says of the exercise sgd."""
    lines = ["from judging import piece", "from test_my_network import test_8_1_sgd"]
    return python(folder, "-c", "\n".join([*lines, "piece(test_8_1_sgd, 'sgd', 'sgd', None)"]))


# In the checkout, the project's settings have pytest look into every module for doctests.
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--doctest-modules", ".")


def test_the_file_to_fill_in_starts_out_wrong(folder: Path) -> None:
    said = python(folder, *PYTEST)
    assert f"{len(EXERCISES)} failed" in said
    assert "passed" not in said
    assert "During handling" not in said
    assert not (folder / "my_digits.png").exists(), "the digit reader was trained, too"


def test_the_file_filled_in_passes(folder: Path) -> None:
    solve(folder, list(EXERCISES))
    assert f"{len(EXERCISES)} passed" in python(folder, *PYTEST)


def test_an_answer_that_ends_the_program_is_wrong_and_ends_nothing(folder: Path) -> None:
    path = folder / "my_network.py"
    text = path.read_text(encoding="utf-8")
    line = "    pass  # your code here\n"
    assert text.count(line) == 1, "the place to fill in for sgd"
    path.write_text(text.replace(line, "    exit()\n"), encoding="utf-8")
    said = python(folder, *PYTEST, "-k", "8_1")
    assert "exit()\nSystemExit" in said
    assert "sgd          tinynet's: exercise sgd isn't solved" in taken(folder)


def test_a_file_with_a_byte_order_mark_is_read_and_one_in_latin_1_named(folder: Path) -> None:
    solve(folder, ["weights"])
    path = folder / "my_network.py"
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert "1 passed" in python(folder, *PYTEST, "-k", "1_1_weights")
    path.write_bytes("# caf\xe9\n".encode("latin-1") + path.read_bytes())
    said = python(folder, *PYTEST, "-k", "1_1_weights")
    assert "my_network.py isn't UTF-8" in said
    assert "my_network.py isn't UTF-8" in taken(folder)


def test_the_digit_reader_says_why_it_takes_a_piece_of_tinynets(folder: Path) -> None:
    assert taken(folder).splitlines() == [
        "sgd          tinynet's: exercise sgd isn't solved",
        "             The array hasn't changed: write into it, `parameter -= ...`.",
    ]


def test_a_slip_in_one_exercise_is_said_with_its_line_and_spoils_no_other(folder: Path) -> None:
    solve(folder, ["cube", "reverse"])
    path = folder / "my_network.py"
    text = path.read_text(encoding="utf-8").replace("def relu(z):", "def relu(z)")
    text = text.replace("return dy[:, ::-1]", "return dz[:, ::-1]")
    path.write_text(text, encoding="utf-8")
    lines = text.splitlines()
    said = python(folder, *PYTEST, "-k", "cube or reverse or relu")
    assert f"my_network.py, line {lines.index('def relu(z)') + 1}: def relu(z)\n" in said
    line = lines.index("        return dz[:, ::-1]") + 1
    assert f"my_network.py, line {line}: return dz[:, ::-1]" in said
    assert "NameError: name 'dz' is not defined" in said
    assert "1 passed" in said


def test_the_digit_reader_trains_what_is_solved(folder: Path) -> None:
    train_on_few(folder)
    solve(folder, [item.name for item in course.pieces() if item.piece != "sgd"])
    said = python(folder, "read_digits.py")
    assert re.search(r"^Dense +yours$", said, re.MULTILINE), said
    assert re.search(r"^sgd +tinynet's: exercise sgd isn't solved$", said, re.MULTILINE)
    assert "epoch 3: loss" in said
    assert (folder / "my_digits.png").stat().st_size > 10_000


def test_the_digit_reader_says_that_it_needs_pytest(folder: Path) -> None:
    (folder / "pytest.py").write_text("raise ImportError\n", encoding="utf-8")
    said = python(folder, "read_digits.py")
    assert said == "The checks of the exercises need pytest: pip install pytest\n"


def test_the_digit_reader_of_the_page_is_valid_and_uses_every_piece() -> None:
    names = {
        node.id for node in ast.walk(ast.parse(course.digit_reader())) if isinstance(node, ast.Name)
    }
    assert {item.piece for item in course.pieces()} <= names


HEAD = r"\*\*After this chapter you can\*\* .*\. \*(\d+) minutes to read, (\d+) exercises\.\*"


def reading_minutes(text: str) -> int:
    """Return the time to read a chapter without its exercises, at 120 words a minute.

    Code and formulas are counted by their words, too.
    """
    read = re.sub(r"^> .*\n", "", text.split("\n## Exercises\n")[0], flags=re.MULTILINE)
    return max(1, round(len(read.split()) / 120))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_each_chapter_says_what_it_is_for_and_where_to_go_on(chapter: Path) -> None:
    text = chapter.read_text(encoding="utf-8")
    quote = " ".join(line[2:] for line in text.splitlines() if line.startswith("> "))
    found = re.fullmatch(HEAD, quote)
    assert found
    assert int(found[1]) == reading_minutes(text)
    assert int(found[2]) == len(CHAPTERS[chapter])
    further = text.split("\n## Further\n")[1]
    assert len(re.findall(r"^- .*?\]\(", further, re.MULTILINE | re.DOTALL)) >= 1
