"""How Sphinx builds the documentation: ``sphinx-build -W -b html docs site``."""

import sys
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from tinynet import __version__

sys.path.insert(0, str(Path(__file__).parent.parent))  # for the extensions in tools

project = "tinynet"
author = "The tinynet developers"
copyright = "2026, The tinynet developers"  # noqa: A001 - Sphinx's name
release = version = __version__

extensions = [
    "tools.course_pages",
    "tools.figures",
    "tools.maths",
    "tools.run_in_page",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "_data"]

myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3

default_role = "code"  # a single backtick names code, as in NumPy's docstrings
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings give types and shapes
autodoc_default_options = {"members": True, "show-inheritance": True}

html_math_renderer = "mathml"
html_theme = "furo"
html_title = "tinynet"
html_static_path = ["static"]
html_favicon = "static/icon.svg"
html_use_index = html_domain_indices = False  # no page links to them: the search finds all names
run_in_page = ["index", "learn/*", "mazur", "how-to/*", "diagnoses"]
html_css_files = ["figures.css", "maths.css", "play.css"]
html_js_files = ["play.js", ("frame.js", {"defer": "defer"})]


def drop_last_blank_lines(app: Sphinx, doctree: nodes.document) -> None:
    """Take away the blank line by which a session tells doctest that its output ends."""
    for node in doctree.findall(nodes.literal_block):
        node.rawsource = node.rawsource.rstrip()
        node.children = [nodes.Text(node.astext().rstrip())]


def unlink_words(app: Sphinx, doctree: nodes.document) -> None:
    """Keep Sphinx from linking the words of a type, as in "array of shape (N,)", to attributes."""
    for link in list(doctree.findall(addnodes.pending_xref)):
        if link.get("reftype") == "class" and link["reftarget"] in ("shape", "path", "dtype"):
            link.replace_self(link.children)


def setup(app: Sphinx) -> None:
    """Have pages tidied when they are read."""
    app.connect("doctree-read", drop_last_blank_lines)
    app.connect("doctree-read", unlink_words)
