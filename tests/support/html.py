"""Looks at HTML that a notebook would show."""

from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}


class Outline(HTMLParser):
    """Keeps which elements hold nothing, and fails where one is closed that isn't open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []  # the name, and whether there is something in it
        self.empty: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open = [(name, True) for name, _ in self.open]
        if tag not in VOID:
            self.open.append((tag, False))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.open = [(name, True) for name, _ in self.open]

    def handle_endtag(self, tag: str) -> None:
        name, filled = self.open.pop()
        assert name == tag, f"</{tag}> closes <{name}>"
        if not filled:
            self.empty.append(tag)


def empty_elements(html: str) -> list[str]:
    """Return the names of elements that hold nothing, table cells left out."""
    outline = Outline()
    outline.feed(html)
    outline.close()
    assert outline.open == []
    return [tag for tag in outline.empty if tag not in ("td", "th")]
