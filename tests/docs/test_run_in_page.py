"""The Sphinx extension that lets sessions run in the page."""

import html
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

run_in_page = pytest.importorskip("tools.run_in_page")

SESSION = """>>> for k in range(2):
...     print("<", k)
< 0
< 1

>>> 1 / 0
Traceback (most recent call last):
    ...
ZeroDivisionError: division by zero
"""

PAGE = f"""# A page

```pycon
{SESSION}
```

## A section

<!-- needs: torch -->

```pycon
>>> import torch
```

## Another

```python
x = 1
```
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Build a small site, and return the HTML of its pages."""
    pytest.importorskip("myst_parser")
    folder = tmp_path_factory.mktemp("docs")
    (folder / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "extensions = ['myst_parser', 'tools.run_in_page']\nrun_in_page = ['ind*', 'needs']\n",
        encoding="utf-8",
    )
    (folder / "index.md").write_text(PAGE + "```{toctree}\nneeds\nother\n```\n", encoding="utf-8")
    (folder / "needs.md").write_text("---\nneeds: [torch]\n---\n\n" + PAGE, encoding="utf-8")
    (folder / "other.md").write_text(PAGE, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", ".", "site"]
    settings = ["-D", "pyodide_url=https://example.org/pyodide/"]
    done = subprocess.run([*command, *settings], cwd=folder, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    pages = {
        path.stem: path.read_text(encoding="utf-8") for path in (folder / "site").glob("*.html")
    }
    return {**pages, "static": " ".join(p.name for p in (folder / "site" / "_static").iterdir())}


def test_a_session_shows_what_the_page_says_and_carries_its_examples(built: dict[str, str]) -> None:
    (session,) = re.findall(r'<div class="session">.*?<pre>(.*?)</pre>', built["index"], re.DOTALL)
    shown = html.unescape(re.sub(r"<[^>]+>", "", session))
    assert shown == SESSION.replace("< 1\n\n", "< 1\n")
    (data,) = re.findall(r'<script type="application/json">(.*?)</script>', built["index"])
    assert json.loads(data)[0]["want"] == "< 0\n< 1\n"
    assert "<" not in data, "text could end the element"


def test_only_pages_that_are_listed_and_need_nothing_else_run(built: dict[str, str]) -> None:
    assert built["index"].count('<div class="session">') == 1
    assert '<div class="session">' not in built["needs"] + built["other"]
    assert "run.js" in built["index"]
    assert "run.js" not in built["needs"] + built["other"]


def test_the_address_of_pyodide_is_a_setting(built: dict[str, str]) -> None:
    assert '"pyodide": "https://example.org/pyodide/"' in built["index"]
    assert run_in_page.PYODIDE_URL.startswith("https://cdn.jsdelivr.net/pyodide/v")


def luminance(color: str) -> float:
    """Return the relative luminance of a colour such as #1a2b3c, as WCAG 2 defines it."""
    shares = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_verdicts_contrast_with_the_page_in_both_themes() -> None:
    style = (ROOT / "docs" / "static" / "run.css").read_text(encoding="utf-8")
    colors = re.findall(r"--run-(?:good|bad): (#\w{6});", style)
    assert len(colors) == 6
    for paper, shown in (("#f8f9fb", colors[:2]), ("#1a1c1e", colors[2:])):
        for color in shown:
            low, high = sorted((luminance(paper), luminance(color)))
            assert (high + 0.05) / (low + 0.05) >= 4.5, color


def test_the_library_travels_with_the_site(built: dict[str, str]) -> None:
    assert "tinynet.zip" in built["static"]
    content = run_in_page.archive("tinynet")
    assert content == run_in_page.archive("tinynet"), "the same at every build"
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    sources = {path.relative_to(ROOT).as_posix() for path in Path(ROOT, "tinynet").rglob("*.py")}
    assert sources <= set(names)
    assert "tqdm/std.py" in names
    assert not [name for name in names if name.endswith(".pyc")]
