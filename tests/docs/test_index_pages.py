"""The entry pages lead on by ordinary links, which work on GitHub as well."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent.parent / "docs"
INDEXES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("index.md"))
TOCTREE = re.compile(r"^```\{toctree\}\n(.*?)^```", re.MULTILINE | re.DOTALL)


def linked(text: str) -> set[str]:
    """Return the targets of the links to other pages."""
    return set(re.findall(r"\]\(([^):#]+\.md)\)", text))


def listed(text: str) -> set[str]:
    """Return the pages that the site's contents list."""
    lines = "".join(TOCTREE.findall(text)).splitlines()
    return {f"{line}.md" for line in lines if line and not line.startswith(":")}


@pytest.mark.parametrize("index", INDEXES)
def test_links_lead_somewhere(index: str) -> None:
    text = (DOCS / index).read_text(encoding="utf-8")
    for target in linked(text):
        assert ((DOCS / index).parent / target).exists(), target


@pytest.mark.parametrize("index", INDEXES)
def test_what_the_contents_list_is_linked_too(index: str) -> None:
    text = (DOCS / index).read_text(encoding="utf-8")
    assert listed(text) <= linked(text)


def test_every_page_can_be_reached_from_the_contents() -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    reached = {"index.md"}
    for index in INDEXES:
        folder = Path(index).parent
        text = (DOCS / index).read_text(encoding="utf-8")
        reached |= {(folder / name).as_posix() for name in listed(text)}
    assert pages == reached


def test_the_first_page_leads_from_seeing_to_using() -> None:
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[:4] == ["See it", "Run it", "Learn it", "Use it"]
    assert text.index("![") < text.index("## See it")
