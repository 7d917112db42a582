"""Do the tests notice small mistakes? One at a time, they are put into the modules that compute.

    python -m tools.mutation [--survivors] [a module or function, as layers.dense or SGD.step] ...

makes the mutants of `mutants.py` in the modules below, or only those in what is named, and runs
against each the tests that cover the module, one file after the other, until one fails. A mutant
that passes them all has survived: either it computes the same, or a test is missing.

Of all mutants, one in `EVERY` is tried, or in `RARELY` of what doesn't train a network, chosen by a
checksum of its text, so that a mutant is chosen or not whatever surrounds it. All of them would
take days.

The results go to ``docs/_data/mutation.json``. A reason written there beside a survivor is kept for
as long as it survives. With ``--survivors`` only the survivors listed there are tried again, after
tests were added, and all mutants of a function that has another number of them than before.
`tools/make_mutation.py` turns the file into a page. Two runs find the same, since Hypothesis draws
the same examples again.

Each mutant lives in a process of its own, forked from this one, which has loaded what the tests
need but nothing of tinynet. The tests run in a copy of the project, where the compiled mutant lies
in the place of the module's bytecode: Python reads it there, also in the processes that a test
starts. No file of the project itself is changed.
"""

import argparse
import gc
import importlib.util
import json
import marshal
import os
import shutil
import signal
import sys
import tempfile
import zlib
from pathlib import Path
from types import CodeType

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hypothesis.extra.numpy  # noqa: F401 - loaded once, for all processes
import matplotlib.pyplot  # noqa: F401
import numpy as np  # noqa: F401
import pytest

from tools.mutants import EVERY, RARELY, Mutant, mutants

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "_data" / "mutation.json"
SETTINGS, SAVED = "test_configurations.py", "internal/saving/test_model_file.py"
REFUSED = ["test_silent_wrongs.py", "test_malformed_calls.py", "test_refused_calls.py"]
TESTS = {  # of each package, in the order in which they are run: those that find most come first
    "layers": ["layers", SETTINGS, "test_models.py", SAVED, "test_malformed_calls.py"],
    "losses": ["losses", SETTINGS, "test_fast_paths.py", "test_regularizers.py", "test_models.py"],
    "optimizers": ["optimizers", SETTINGS, "test_models.py", SAVED],
    "metrics": ["metrics", SETTINGS, "test_models.py"],
    "initializers": ["initializers", SETTINGS, "layers"],
    "callbacks": ["callbacks", "test_models.py", "internal/saving/test_resume.py"],
    "activations": ["layers", "losses"],
    "regularizers": ["test_regularizers.py", SETTINGS, "layers"],
    "constraints": ["test_constraints.py", SETTINGS, "test_models.py"],
    "schedules": ["test_schedules.py", SETTINGS, "optimizers"],
    "models": [
        *("test_models.py", "test_nested_models.py", SETTINGS, SAVED, *REFUSED),
        *("internal", "callbacks", "layers", "losses"),
    ],
    "utils": ["test_utils.py", SETTINGS],
    "datasets": ["datasets"],
    "_internal": [
        *("internal", "test_fast_paths.py", SETTINGS, "test_models.py", "layers"),
        *(*REFUSED, "callbacks"),
    ],
    "gradcheck": ["gradcheck"],
    "diagnose": ["diagnose"],
    "explain": ["explain"],
    "exchange": ["exchange"],
}
TRAINING = (  # one in EVERY; of the others, one in RARELY
    *("layers", "losses", "optimizers", "metrics", "initializers", "callbacks", "activations"),
    *("regularizers", "constraints", "schedules", "models", "utils"),
)
DATA = ("absent", "_pen_strokes")  # modules of texts and of drawings
CPU_SECONDS = 300  # a test that takes longer is in an endless loop


def copied(folder: Path) -> Path:
    """Copy the project into a folder, without its history; return where it is."""
    unneeded = shutil.ignore_patterns(".git", ".*cache", "__pycache__", "_build", "*.egg-info")
    return Path(shutil.copytree(ROOT, folder / ROOT.name, ignore=unneeded))


def put(code: CodeType, path: Path) -> None:
    """Make Python run this code when it imports the file, whatever the file says."""
    unchecked = (1).to_bytes(4, "little")  # PEP 552: bytecode that isn't compared with its source
    source = importlib.util.source_hash(path.read_bytes())
    place = Path(importlib.util.cache_from_source(path))
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(importlib.util.MAGIC_NUMBER + unchecked + source + marshal.dumps(code))


def path_of(module: str) -> Path:
    """Return the file of a module such as layers.dense."""
    return ROOT / "tinynet" / f"{module.replace('.', '/')}.py"


def modules() -> list[str]:
    """Return the modules that compute."""
    names = []
    for package in TESTS:
        folder = ROOT / "tinynet" / package
        files = [path for path in folder.rglob("*.py") if not path.stem.startswith("__")]
        files = [path for path in files if "moved" not in path.parts]  # former names alone
        files = [path for path in files if path.stem not in DATA]
        found = (path.relative_to(folder.parent).with_suffix("").as_posix() for path in files)
        names += sorted(name.replace("/", ".") for name in found) or [package]
    return names


def chosen(module: str, source: str) -> dict[str, list[Mutant]]:
    """Return the mutants to try of a module, by function."""
    found: dict[str, list[Mutant]] = {}
    every = EVERY if module.split(".")[0] in TRAINING else RARELY
    for mutant in mutants(source, str(path_of(module))):
        if zlib.crc32(f"{module} {mutant.function} {mutant.change}".encode()) % every == 0:
            found.setdefault(mutant.function, []).append(mutant)
    return found


def passes(copy: Path, tests: list[str]) -> bool:
    """Whether these tests pass in a copy of the project."""
    process = os.fork()
    if process:
        _, status = os.waitpid(process, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT:
            raise KeyboardInterrupt
        return status == 0
    import resource  # which Windows hasn't

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    os.chdir(copy)
    os.environ["PYTHONPATH"] = str(copy)
    sys.path[:] = [str(copy), *(place for place in sys.path if place not in ("", str(ROOT)))]
    options = ["-x", "-q", "--tb=no", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:cov"]
    ended = pytest.main([*options, *tests])
    os._exit(0 if ended in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) else 1)


def survives(copy: Path, module: str, code: CodeType) -> bool:
    """Whether no test notices this code in the module's place."""
    package, *inner = module.split(".")
    own = Path(
        "tests", package.lstrip("_"), *inner[:-1], f"test_{module.split('.')[-1].lstrip('_')}.py"
    )
    path = path_of(module).relative_to(ROOT)
    files = [str(own)] if inner and own.exists() else []
    files += [*(f"tests/{name}" for name in TESTS[package]), str(path)]
    put(code, copy / path)
    survived = all(passes(copy, [file]) for file in files)
    Path(importlib.util.cache_from_source(copy / path)).unlink()
    return survived


def run(copy: Path, wanted: set[str], survivors_only: bool) -> None:
    """Try the mutants of everything, or of what is named, and note what survives."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results = {module: results[module] for module in modules() if module in results}
    sound = set()  # the packages whose tests pass without a mistake
    for module in modules():
        path = path_of(module)
        source = path.read_text(encoding="utf-8")
        found = chosen(module, source)
        before = results.get(module, {})
        package = module.split(".")[0]
        named = [name for name in found if not wanted or wanted & {package, module, name}]
        results[module] = {name: before[name] for name in found if name in before}
        if not named and not results[module]:
            del results[module]
        if named and package not in sound:
            if not survives(copy, module, compile(source, str(path), "exec")):
                raise SystemExit(f"{module}: a test fails without any mistake in it.")
            sound.add(package)
        for name in named:
            reasons = before.get(name, {}).get("survivors", {})
            known = before.get(name, {}).get("mutants") == len(found[name])
            left = [
                mutant.change
                for mutant in found[name]
                if (mutant.change in reasons or not (survivors_only and known))
                and survives(copy, module, mutant.code)
            ]
            results[module][name] = {
                "mutants": len(found[name]),
                "survivors": {change: reasons.get(change, "") for change in left},
            }
            text = json.dumps(results, indent=1, ensure_ascii=False)
            RESULTS.write_text(f"{text}\n", encoding="utf-8")
            print(f"{module}: {name}: {len(left)} of {len(found[name])} survive", flush=True)
            for change in left:
                print(f"    {change}\n        {reasons.get(change) or 'NO REASON YET'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--survivors", action="store_true", help="try only the known survivors")
    parser.add_argument("names", nargs="*", help="of modules or functions, all if left out")
    options = parser.parse_args()
    os.environ["HYPOTHESIS_PROFILE"] = "mutation"
    os.chdir(ROOT)
    gc.freeze()
    with tempfile.TemporaryDirectory() as folder:
        run(copied(Path(folder)), set(options.names), options.survivors)
