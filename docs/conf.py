"""How Sphinx builds the documentation: ``sphinx-build -W -b html docs site``."""

from tinynet import __version__

project = "tinynet"
author = "The tinynet developers"
copyright = "2026, The tinynet developers"  # noqa: A001 - Sphinx's name
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build"]

myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3

default_role = "code"  # a single backtick names code, as in NumPy's docstrings
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings give types and shapes
autodoc_default_options = {"members": True, "show-inheritance": True}

html_theme = "furo"
html_title = "tinynet"
html_static_path: list[str] = []
