"""The gallery shows every plot; that its code runs is the business of test_docs.py."""

import re

import pytest
from PIL import Image

from tests.conftest import DOCS
from tinynet import plotting

PAGE = (DOCS / "gallery.md").read_text(encoding="utf-8")
IMAGES = DOCS / "images" / "gallery"


@pytest.mark.parametrize("name", plotting.__all__)
def test_every_plot_stands_above_a_picture_of_its_own(name: str) -> None:
    block = rf"ax = plotting\.{name}\([^`]*```\n\n!\[[^\]]+\]\(images/gallery/{name}\.(png|gif)\)"
    assert len(re.findall(block, PAGE)) == 1


def test_pictures_are_those_of_the_page_and_small() -> None:
    shown = re.findall(r"images/gallery/([\w.]+)", PAGE)
    assert sorted(shown) == sorted(path.name for path in IMAGES.iterdir())
    for name in shown:
        assert (IMAGES / name).stat().st_size < 60_000
        with Image.open(IMAGES / name) as picture:
            assert picture.width <= 960
