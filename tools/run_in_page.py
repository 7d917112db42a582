"""A Sphinx extension: Python sessions that run in the reader's browser.

A `pycon` block is written once. The tests run it as a doctest, the site shows it, and this
extension adds what `run.js` needs to run it in Pyodide: the examples and their expected output. The
sources of the library are published with the site as an archive.

Settings (`conf.py`, `sphinx-build -D`, or the environment)
    ``pyodide_url``: the folder that holds Pyodide and its packages, with a slash at the end.
    Defaults to ``TINYNET_PYODIDE_URL`` if that is set, else to the release on jsDelivr.
    ``run_in_page``: the pages, as patterns.
"""

import doctest
import fnmatch
import html
import importlib.metadata
import io
import json
import os
import re
import zipfile
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonConsoleLexer, PythonLexer
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from tools.fetch_pyodide import PYODIDE_URL

ROOT = Path(__file__).parent.parent
REMARK = (nodes.comment, nodes.raw)  # what becomes of a comment in Markdown

# What an archive holds: packages of this environment that Pyodide would have to fetch elsewhere.
ARCHIVES = {
    "tinynet": ("platformdirs", "tqdm"),
    "pytest": ("pytest", "pluggy", "iniconfig", "packaging", "pygments"),
}


class session(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801 - docutils' way
    """A block of Python that can be run on the page."""


class Sessions(SphinxPostTransform):
    """Turn the `pycon` blocks of a page into sessions."""

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Replace the blocks of the pages that are to run."""
        page = self.env.docname
        if not any(fnmatch.fnmatch(page, pattern) for pattern in self.config.run_in_page):
            return
        if self.env.metadata[page].get("needs"):
            return  # a package that browsers can't have
        for block in list(self.document.findall(nodes.literal_block)):
            if block.get("language") == "pycon" and not needs_more(block):
                block.replace_self(session(examples=examples_of(block.astext())))


def needs_more(block: nodes.Element) -> bool:
    """Whether a block's section says by a comment that it needs a package."""
    section = block.parent
    while section is not None and not isinstance(section, nodes.section):
        section = section.parent
    remarks = [] if section is None else [c for c in section if isinstance(c, REMARK)]
    return any(remark.astext().strip(" <!-").startswith("needs:") for remark in remarks)


def examples_of(text: str) -> list[dict[str, str]]:
    """Return the examples of a session: the source, and what it printed."""
    parsed = doctest.DocTestParser().get_examples(text.rstrip() + "\n")
    return [{"source": example.source, "want": example.want} for example in parsed]


def with_prompts(source: str) -> str:
    """Return the lines of an example as Python's prompt shows them."""
    first, *rest = source.rstrip("\n").split("\n")
    return "\n".join([f">>> {first}", *(f"... {line}".rstrip() for line in rest)]) + "\n"


def coloured(source: str, lexer: Any) -> str:
    """Return code as highlighted HTML."""
    return str(highlight(source, lexer, HtmlFormatter(nowrap=True)))


def visit_session(self: Any, node: nodes.Element) -> None:
    """Write a session: one <pre>, in which each example has its source and its output."""
    lexer = PythonConsoleLexer(stripnl=False)
    parts = [
        f'<span class="example"><span class="source">'
        f"{coloured(with_prompts(example['source']), lexer)}</span>"
        f'<span class="output go">{html.escape(example["want"])}</span></span>'
        for example in node["examples"]
    ]
    self.body.append(
        '<div class="session"><div class="highlight-pycon notranslate"><div class="highlight">'
        f"<pre>{''.join(parts)}</pre></div></div>{as_json(node['examples'])}</div>\n"
    )
    raise nodes.SkipNode


def as_json(value: Any) -> str:
    """Return data for the page's script; no text in it can end the element."""
    text = json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json">{text}</script>'


def python_block(source: str) -> str:
    """Return Python code as a block of the page."""
    return (
        '<div class="highlight-python notranslate"><div class="highlight">'
        f"<pre>{coloured(source, PythonLexer(stripnl=False))}</pre></div></div>"
    )


def archive(name: str) -> bytes:
    """Return a zip archive of the library, or of packages that are installed here."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
        if name == "tinynet":
            for path in sorted((ROOT / "tinynet").rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    add(target, path.relative_to(ROOT).as_posix(), path.read_bytes())
        for package in ARCHIVES[name]:
            for file in importlib.metadata.files(package) or []:
                if ".." not in file.parts and file.suffix in (".py", ".typed", "", ".txt"):
                    add(target, file.as_posix(), Path(str(file.locate())).read_bytes())
    return buffer.getvalue()


def add(target: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file to an archive, the same at every build."""
    info = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    target.writestr(info, content)


def write_archives(app: Sphinx, error: Exception | None) -> None:
    """Put the archives beside the site's scripts."""
    if error is None and app.builder.format == "html":
        for name in ARCHIVES:
            (Path(app.outdir) / "_static" / f"{name}.zip").write_bytes(archive(name))


def add_settings(app: Sphinx, page: str, template: str, context: Any, doctree: Any) -> None:
    """Tell the page's script where everything is."""
    if doctree is None or not any(doctree.findall(lambda node: isinstance(node, tuple(RUNS)))):
        return
    here = re.sub(r"[^/]+$", "", app.builder.get_relative_uri(page, "index"))
    settings = {"pyodide": app.config.pyodide_url, "static": f"{here}_static/"}
    app.add_js_file(None, body=f"const RUN_IN_PAGE = {json.dumps(settings)};")
    app.add_js_file("run.js", loading_method="defer")
    app.add_css_file("run.css")


RUNS: list[type[nodes.Element]] = [session]  # what needs the script; other extensions add theirs


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the node, its settings and its files."""
    app.add_config_value(
        "pyodide_url", os.environ.get("TINYNET_PYODIDE_URL", PYODIDE_URL), "html", str
    )
    app.add_config_value("run_in_page", [], "env", list)
    app.add_node(session, html=(visit_session, None))
    app.add_post_transform(Sessions)
    app.connect("html-page-context", add_settings)
    app.connect("build-finished", write_archives)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
