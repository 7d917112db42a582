"""The tour of the museum shows every exhibit once, with what the checker says today."""

from tinynet.museum import EXHIBITS
from tools.make_museum import PAGE, ROOMS, page


def test_every_exhibit_hangs_in_one_room() -> None:
    assert sorted(name for _, names in ROOMS.values() for name in names) == sorted(EXHIBITS)


def test_the_page_is_what_the_tool_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tools.make_museum"
