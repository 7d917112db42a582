"""The documentation computes: code is run, equations are checked, exercises can be solved.

What a page of docs/ may hold, and what becomes of it here:

- ``pycon`` blocks are sessions. They are run, each page in a namespace of its own, and what they
  print is compared. A page that needs a package which not everybody has says so at its top,
  ``needs: [torch]``, and is run wherever that package is installed.
- ``$$ ... $$ (label)`` is an equation, checked by the function of that label in `equations.py`.
- ``$ ... $`` within a sentence names things. It may not claim anything: what has an equals sign
  belongs in a displayed equation.
- ``sh`` blocks are commands. They aren't run, but the scripts and modules they name must be there.
- Directives in braces are Sphinx's, and code that they include is read from the source. Any other
  kind of block is refused, since nothing would check it.
"""

import ast
import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import DOCS, ROOT
from tests.support.equations import EQUATIONS, WRITTEN_BY_PROGRAMS, verify

PAGES = {path.relative_to(DOCS).as_posix(): path for path in sorted(DOCS.rglob("*.md"))}
TEXT = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
CHECKED = [name for name in PAGES if name not in WRITTEN_BY_PROGRAMS]

FENCE = re.compile(r"^ *(```+|~~~+|:::+) *(\S*)(.*?)^ *\1 *$", re.MULTILINE | re.DOTALL)
DISPLAYED = re.compile(r"^\$\$\n(.*?)\n\$\$(?: \(([\w-]+)\))?$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<![\\$`])\$(?!\$)([^$`]+)\$")
CLAIM = re.compile(r"=|\\approx|\\equiv|\\sim|\\propto|\\leftarrow")
EXERCISE = re.compile(r"^>>> class (\w+)\(.*?# to be (?:written|completed)", re.M | re.S)
COMMANDS = ("pip install", "pytest", "sphinx-build", "python ", "export ")


def prose(text: str) -> str:
    """Return a page without its blocks and its `code`."""
    return re.sub(r"`[^`\n]+`", "", FENCE.sub("", text))


def equations(text: str) -> list[tuple[str, str]]:
    """Return the label and the LaTeX of each displayed equation, an empty label if it has none."""
    return [(label, latex) for latex, label in DISPLAYED.findall(FENCE.sub("", text))]


def needs(text: str) -> list[str]:
    """Return the packages that a page says it needs."""
    stated = re.match(r"---\nneeds: \[(.*)\]\n---\n", text)
    return stated[1].split(", ") if stated else []


# Others' packages warn when they are imported, and that is no business of the page's.
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("page", PAGES)
def test_code_prints_what_the_page_says(page: str) -> None:
    run_sessions(page)


def run_sessions(page: str) -> None:
    """Run a page's code and compare what it prints; skip a page that needs what isn't installed."""
    for package in needs(TEXT[page]):
        pytest.importorskip(package, reason=f"the page is about {package}")
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, _ = doctest.testfile(str(PAGES[page]), module_relative=False, optionflags=flags)
    assert failed == 0


@pytest.mark.parametrize("page", CHECKED)
def test_every_block_of_code_is_run(page: str) -> None:
    for _, kind, body in FENCE.findall(TEXT[page]):
        if kind == "sh":
            for command in filter(None, map(str.strip, body.splitlines())):
                assert command.startswith(COMMANDS), f"{page}: {command}"
                if program := re.match(r"python (\S+\.py)|python -m (\S+)", command):
                    path = ROOT / (program[1] or program[2].replace(".", "/"))
                    places = (path, path.with_suffix(".py"), path / "__main__.py")
                    assert any(map(Path.is_file, places)), f"{page}: {command}"
        else:
            assert kind == "pycon" or kind.startswith("{"), f"{page}: {kind or 'plain'} block{body}"
        if kind == "pycon":
            assert body.lstrip().startswith(">>> "), f"{page}: a session without a prompt{body}"


@pytest.mark.parametrize(
    ("label", "latex"),
    [
        pytest.param(label, latex, id=label or page)
        for page in CHECKED
        for label, latex in equations(TEXT[page])
    ],
)
def test_equation_is_true(label: str, latex: str) -> None:
    verify(label, latex)


def test_each_equation_has_one_label_and_each_check_an_equation() -> None:
    labels = [label for page in CHECKED for label, _ in equations(TEXT[page])]
    assert sorted(labels) == sorted(EQUATIONS)


@pytest.mark.parametrize("page", CHECKED)
def test_no_equation_escapes(page: str) -> None:
    text = prose(TEXT[page])
    assert text.count("$$") == 2 * len(equations(TEXT[page])), "write $$ on lines of their own"
    assert not re.search(r"\\begin\{(align|equation|gather)|\\\[|\{math\}", text)
    for claim in INLINE.findall(DISPLAYED.sub("", text)):
        assert not CLAIM.search(claim), f"${claim}$ claims something: display it, with a label"
    assert "{math}" not in TEXT[page]


@pytest.mark.parametrize(
    ("label", "latex", "message"),
    [
        ("", "a = b", "no label"),
        ("nobody-checks-this", "a = b", "no check"),
        ("relu", r"\mathrm{relu}(z) = \min(z, 0)", "isn't the one that is checked"),
    ],
)
def test_verify_refuses(label: str, latex: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        verify(label, latex)


def test_verify_fails_where_the_check_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.equations.sigmoid", lambda x: x)
    with pytest.raises(AssertionError, match="sigmoid-slope"):
        verify("sigmoid-slope", EQUATIONS["sigmoid-slope"].latex)


def test_pages_written_by_programs_have_a_test_of_their_own() -> None:
    for page, test in WRITTEN_BY_PROGRAMS.items():
        assert Path(page).name in (ROOT / test).read_text(encoding="utf-8")
        assert page in PAGES


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("learn/0")])
def test_chapters_have_exercises_with_solutions(page: str) -> None:
    text = TEXT[page]
    questions = len(re.findall(r"^\*\*\d\.\*\* ", text, re.MULTILINE)) or 1
    assert re.search(r"^## Exercises?$", text, re.MULTILINE)
    assert text.count("<summary>Solution</summary>") == text.count("</details>") == questions


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("learn/")])
def test_exercises_are_graded_and_start_out_wrong(page: str) -> None:
    # An exercise whose unsolved form passes would grade nothing.
    sessions = [body for _, kind, body in FENCE.findall(TEXT[page]) if kind == "pycon"]
    for session in sessions:
        if EXERCISE.search(session):
            assert session.rstrip().endswith("False"), f"{page}: {session}"


def test_picture_of_the_architecture_shows_what_is_there() -> None:
    drawing = (DOCS / "images" / "architecture.svg").read_text(encoding="utf-8")
    modules = re.findall(r'class="module"[^>]*>(\w+)<', drawing)
    arrows = re.findall(r'class="import" data-from="(\w+)" data-to="(\w+)"', drawing)
    assert len(modules) > 10
    assert len(arrows) > 10
    imports = {module: imported_by(module) for module in modules}
    for source, target in arrows:
        assert target in imports[source], f"{source} doesn't import {target}"


def test_map_of_the_files_names_each_once() -> None:
    section = TEXT["explanation/architecture.md"].split("## Which file holds what")[1]
    named = re.findall(r"`(\w+\.py)`", section.split("\n## ")[0])
    modules = [path.name for path in (ROOT / "tinynet").glob("*.py")]
    modules += [path.name for path in (ROOT / "tinynet" / "datasets").glob("[!_]*.py")]
    assert sorted(named) == sorted(modules)


def test_imports_go_downwards() -> None:
    above = {
        "models",
        "data",
        "callbacks",
        "saving",
        "gradcheck",
        "explain",
        "plotting",
        "datasets",
    }
    for module in ("layers", "losses", "optimizers", "initializers", "metrics", "utils", "checks"):
        assert not imported_by(module) & above, module


def imported_by(module: str) -> set[str]:
    """Return the names of the modules of tinynet that a module imports."""
    found: set[str] = set()
    source = (ROOT / "tinynet" / f"{module}.py").read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "tinynet":
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.removeprefix("tinynet."))
    return found


def test_build_refuses_an_unchecked_equation(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="the extra docs isn't installed")
    pytest.importorskip("furo", reason="the extra docs isn't installed")
    pytest.importorskip("myst_parser", reason="the extra docs isn't installed")
    (tmp_path / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "extensions = ['tools.maths', 'myst_parser']\n"
        "myst_enable_extensions = ['dollarmath']\nhtml_math_renderer = 'mathml'\n"
    )
    (tmp_path / "index.md").write_text("# Sums\n\n$$\n1 + 1 = 3\n$$ (sum)\n")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", ".", "site"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert "'sum' has no check" in done.stderr
