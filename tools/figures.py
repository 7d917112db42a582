"""A Sphinx extension: a picture and the emphasised line below it become a figure.

On a page, a picture is plain Markdown, so that it is shown on GitHub as well::

    ![What one would see](images/name.svg)

    *What to look at.*

If there is a file ``name.dark.svg`` (or ``.png``) beside it, the dark theme shows that file
instead. A drawing, and a picture that is wider than a phone, gets the class ``wide``.
"""

from pathlib import Path

import imagesize
from docutils import nodes
from sphinx.application import Sphinx

WIDE = 500  # pixels; text in a picture of this width can still be read when a phone shrinks it


def make_figures(app: Sphinx, doctree: nodes.document) -> None:
    """Turn the pictures of a page into figures."""
    folder = Path(app.env.doc2path(app.env.docname)).parent
    for image in list(doctree.findall(nodes.image)):
        paragraph = image.parent
        if not isinstance(paragraph, nodes.paragraph) or len(paragraph.children) != 1:
            continue
        figure = nodes.figure("", *in_both_themes(image, folder))
        if image["uri"].endswith(".svg") or imagesize.get(folder / image["uri"])[0] > WIDE:
            figure["classes"].append("wide")
        below = paragraph.next_node(descend=False, siblings=True)
        if isinstance(below, nodes.paragraph) and len(below.children) == 1:
            (line,) = below.children
            if isinstance(line, nodes.emphasis):
                figure += nodes.caption("", "", *line.children)
                below.parent.remove(below)
        doctree.set_id(figure)
        paragraph.replace_self(figure)


def in_both_themes(image: nodes.image, folder: Path) -> list[nodes.image]:
    """Return a picture, and that for the dark theme if there is one, each marked as such."""
    stem, _, ending = image["uri"].rpartition(".")
    dark = f"{stem}.dark.{ending}"
    if not (folder / dark).exists():
        return [image]
    twin = image.copy()
    twin["uri"] = dark
    image["classes"].append("only-light")
    twin["classes"].append("only-dark")
    return [image, twin]


def setup(app: Sphinx) -> dict[str, bool]:
    """Make figures before Sphinx collects the pictures of a page."""
    app.connect("doctree-read", make_figures, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
