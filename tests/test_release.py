"""What a release states in several places is the same in all of them."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

import tinynet
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAME = PROJECT["name"]
CLASSIFIERS = PROJECT["classifiers"]
EXTRAS = PROJECT["optional-dependencies"]
WORKFLOWS = ROOT / ".github" / "workflows"
needs_workflows = pytest.mark.skipif(not WORKFLOWS.exists(), reason="an sdist has no workflows")
REQUIREMENT = re.compile(r"([\w-]+)>=([\d.]+)")


def text(name: str | Path) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def release(numbers: str) -> list[int]:
    """Turn a version into numbers to compare, without zeros at its end."""
    parts = [int(part) for part in numbers.split(".")]
    while parts[-1] == 0:
        parts.pop()
    return parts


def test_the_version_is_that_of_the_changelog_and_the_citation() -> None:
    assert re.findall(r"^## \[(\d.*?)\]", text("CHANGELOG.md"), re.MULTILINE)[0] == (
        tinynet.__version__
    )
    assert f"\nversion: {tinynet.__version__}\n" in text("CITATION.cff")


def test_the_installed_distribution_is_of_this_version() -> None:
    try:
        installed = version(NAME)
    except PackageNotFoundError:
        pytest.skip("tinynet isn't installed here")
    assert installed == tinynet.__version__


def test_commands_name_the_distribution_and_its_extras() -> None:
    """`pip install tinynet` is another project's package."""
    files = [
        *(ROOT / "tinynet").rglob("*.py"),
        *(ROOT / "examples").glob("*.*"),
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("*.md"),
    ]
    seen = set()
    for file in files:
        source = file.read_text(encoding="utf-8")
        assert not re.search(r"pip install (-\w+ )*\"?tinynet(?!-)", source), file
        for name, extras in re.findall(r"(tinynet[\w-]*|\"\.)\[([a-z,]+)\]\"", source):
            assert name in (NAME, '".'), file
            seen.update(extras.split(","))
    assert {"keras", "mpi", "onnx", "safetensors", "test", "dev"} <= seen <= set(EXTRAS)


def test_the_lowest_versions_are_those_that_are_tried() -> None:
    tried = dict(re.findall(r"^([\w-]+)==([\d.]+)$", text("tests/minimum_versions.txt"), re.M))
    chosen = ("dev", "docs", "images", "keras", "mpi", "onnx", "safetensors", "test")
    lines = [*PROJECT["dependencies"], *(line for extra in chosen for line in EXTRAS[extra])]
    allowed = {name: lowest for line in lines for name, lowest in REQUIREMENT.findall(line)[:1]}
    assert tried.keys() == allowed.keys()
    for name, lowest in allowed.items():
        n = len(release(lowest))
        assert release(tried[name])[:n] == release(lowest), name


def test_nox_is_asked_for_in_one_version() -> None:
    wanted = re.findall(r'"(?:nox)?>=([\d.]+)"', text("noxfile.py"))
    (allowed,) = re.findall(r'"nox>=([\d.]+)"', text("pyproject.toml"))
    assert wanted == [allowed, allowed]


@needs_workflows
@pytest.mark.parametrize("workflow", ["ci", "release"])
def test_workflows_test_every_version_of_python_that_is_promised(workflow: str) -> None:
    lines = [
        re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", line) for line in CLASSIFIERS
    ]
    promised = [line[1] for line in lines if line]
    (tested,) = re.findall(r"python: \[(.+)\]", text(f".github/workflows/{workflow}.yml"))
    assert re.findall(r'"(.+?)"', tested) == promised


@needs_workflows
def test_nothing_is_published_before_its_tag_and_its_tests() -> None:
    jobs = re.split(r"^  (\w+):\n", text(".github/workflows/release.yml"), flags=re.MULTILINE)
    job = dict(zip(jobs[1::2], jobs[2::2], strict=True))
    assert "needs: [build, test]" in job["publish"]
    assert "needs: build" in job["test"]
    assert 'nox --session "sdist-$PYTHON"' in job["test"]
    assert 'nox --session tag -- "$TAG"' in job["build"]
    assert "TAG: ${{ github.event.release.tag_name }}" in job["build"]


# The first versions that run on Node.js 24. Runners have had no older one since September 2026.
FIRST_ON_NODE_24 = {
    "checkout": 5,
    "deploy-pages": 5,
    "download-artifact": 7,
    "setup-node": 5,
    "setup-python": 6,
    "upload-artifact": 6,
    "upload-pages-artifact": 5,
}


@needs_workflows
def test_actions_are_pinned_and_run_on_a_node_that_runners_have() -> None:
    used = [line for file in WORKFLOWS.glob("*.yml") for line in text(file).splitlines()]
    used = [line.partition("uses: ")[2] for line in used if "uses: " in line]
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)
    versions = [re.findall(r"^actions/([\w-]+)@.* # v(\d+)", action) for action in used]
    for [(name, major)] in filter(None, versions):
        assert int(major) >= FIRST_ON_NODE_24[name], name
