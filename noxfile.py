#!/usr/bin/env -S uv run --script

# /// script
# dependencies = ["nox>=2025.2.9"]
# ///

"""What is checked before a change lands, each session in an environment of its own.

``nox --list`` names the sessions, ``nox -s tests-3.12`` runs one, and plain ``nox`` the quick ones.
What follows ``--`` goes to pytest: ``nox -s tests-3.12 -- tests/layers``. The workflows and
``.ci/run`` call these sessions and have no commands of their own.
"""

import re
import shutil
import tarfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))
OLDEST = PYTHONS[0]


@nox.session
def lint(session: nox.Session) -> None:
    """Run the linter, and check the formatting."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types, strictly."""
    session.install("-e", ".[dev]")
    session.run("mypy")


@nox.session(python=PYTHONS, default=False)
def tests(session: nox.Session) -> None:
    """Run the tests with all optional libraries except the other frameworks."""
    session.install("-e", ".[dev]")
    session.run("pytest", *session.posargs)


@nox.session(python=OLDEST, default=False)
def minimum(session: nox.Session) -> None:
    """Run the tests with the lowest versions of everything that pyproject.toml names."""
    session.install("-e", ".[dev]", "-c", "tests/minimum_versions.txt")
    session.run("pytest", *session.posargs)


# By pip, since environments that uv makes have none, and the commands call it.
@nox.session(venv_backend="virtualenv", default=False)
def readme(session: nox.Session) -> None:
    """Run the two commands at the top of the README, as they stand there."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    for command in (
        "pip install -e . && python examples/train_mnist.py",
        'pip install -e ".[test]" && pytest',
    ):
        if command not in lines:
            session.error(f"README.md has no line: {command}")
        session.run("bash", "-c", command, external=True)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site into site/; a warning is an error."""
    session.install("-e", ".[docs]")
    session.run("sphinx-build", "-q", "-W", "--keep-going", "-b", "html", "docs", "site")


@nox.session(default=False)
def browser(session: nox.Session) -> None:
    """Click through the site in Chromium, and run the core's tests in Pyodide."""
    session.install("pip", "-e", ".[test,docs,browser]")  # a test downloads by pip
    session.run("tools/browser_setup", external=True)
    session.run("pytest", "-n", "2", "--dist=loadfile", "tests/browser", *session.posargs)


@nox.session(default=False)
def parity(session: nox.Session) -> None:
    """Compare with Keras, TensorFlow and PyTorch."""
    session.install("-e", ".[dev,parity]")
    # PyTorch isn't in that extra, and its version is pinned: it comes in builds of very different
    # sizes under one name, and an open range may choose one with several gigabytes of CUDA. To
    # raise it, see first what `pip download --no-deps` fetches. uv has settings of its own for
    # where to look: UV_INDEX and UV_FIND_LINKS.
    session.install("torch==2.13.0")
    # Whole files to each worker, since one of them runs Keras for minutes before its first test;
    # first the two that take longest, so that no worker is left with them at the end.
    options = ("-n", "auto", "--dist=loadfile", "--no-loadscope-reorder")
    longest = ["tests/parity/test_keras_scripts.py", "tests/parity/test_reference_network.py"]
    others = sorted({str(path) for path in Path("tests/parity").glob("test_*.py")} - {*longest})
    session.run("pytest", *options, *longest, *others, *session.posargs)


@nox.session(default=False)
def build(session: nox.Session) -> None:
    """Build wheel and sdist into dist/, and run the wheel's doctests outside the checkout."""
    session.install("build", "twine")
    shutil.rmtree(DIST, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(DIST))
    session.run("twine", "check", "--strict", *map(str, DIST.iterdir()))
    install_wheel(session)
    session.chdir(session.create_tmp())
    options = "doctest_optionflags=ELLIPSIS NORMALIZE_WHITESPACE"
    session.run("pytest", "-q", "--doctest-modules", "-o", options, "--pyargs", "tinynet")


@nox.session(python=PYTHONS, default=False)
def sdist(session: nox.Session) -> None:
    """Run the suite from the sdist that `build` made, beside its wheel."""
    folder = Path(session.create_tmp()).resolve()
    with tarfile.open(next(DIST.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    install_wheel(session)
    session.chdir(next(folder.glob("tinynet_backprop-*")))
    session.run("pytest", *session.posargs)


@nox.session(venv_backend="none", default=False)
def tag(session: nox.Session) -> None:
    """Compare the tag of a release, given after ``--``, with the version in the code."""
    source = (ROOT / "tinynet" / "__init__.py").read_text(encoding="utf-8")
    (version,) = re.findall(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    if session.posargs != [f"v{version}"]:
        session.error(f"expected the tag v{version}, received {' '.join(session.posargs)!r}")


def install_wheel(session: nox.Session) -> None:
    """Install the wheel in dist/ with what its tests need."""
    session.install(f"{next(DIST.glob('*.whl'))}[test]")


if __name__ == "__main__":
    nox.main()
