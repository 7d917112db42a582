"""The pictures of the course are those that its numbers give, and each is shown and described."""

import base64
import re
import zlib
from pathlib import Path

import numpy as np
import pytest

from tools import svg
from tools.make_pictures import FOLDER, PICTURES

LEARN = Path(__file__).parent.parent.parent / "docs" / "learn"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
PNG = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")
SHOWN = re.compile(
    r"!\[([^\]]*)\]\(\.\./images/learn/(\w+)\.svg\)\n\n\*([^\n].*?)\*\n\n", re.DOTALL
)


def numbers(picture: str) -> tuple[str, np.ndarray]:
    """Return what a picture says apart from its numbers, and these, with the pixels of images."""
    pixels = [pixels_of(base64.b64decode(data)) for data in PNG.findall(picture)]
    drawn = PNG.sub("", picture)
    return NUMBER.sub("#", drawn), np.concatenate(
        [np.array([float(number) for number in NUMBER.findall(drawn)]), *pixels]
    )


def pixels_of(png: bytes) -> np.ndarray:
    """Return the pixels of a PNG file that tools.svg.png wrote, in one vector."""
    columns, rows = (int.from_bytes(png[start : start + 4], "big") for start in (16, 20))
    start = png.index(b"IDAT") + 4
    raw = zlib.decompress(png[start : png.index(b"IEND") - 8])
    lines = np.frombuffer(raw, dtype=np.uint8).reshape(rows, 1 + 3 * columns)
    return lines[:, 1:].ravel().astype(float)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PICTURES)
def test_committed_picture_is_what_the_tool_draws(name: str, theme: str) -> None:
    ending = ".svg" if theme == "light" else ".dark.svg"
    committed = (FOLDER / f"{name}{ending}").read_text(encoding="utf-8")
    text, found = numbers(committed)
    expected_text, expected = numbers(str(PICTURES[name](theme)))
    assert text == expected_text
    # Places are in pixels, colours from 0 to 255; another processor may round a loss otherwise.
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1.01)


def test_no_picture_is_left_over() -> None:
    files = {f"{name}{ending}" for name in PICTURES for ending in (".svg", ".dark.svg")}
    assert {path.name for path in FOLDER.iterdir()} == files


def test_every_picture_is_shown_once_with_a_description_and_a_caption() -> None:
    shown = [
        found
        for page in LEARN.glob("*.md")
        for found in SHOWN.findall(page.read_text(encoding="utf-8"))
    ]
    assert sorted(name for _, name, _ in shown) == sorted(PICTURES)
    for description, name, caption in shown:
        assert len(description) > 20, name
        assert caption.endswith("."), name
        assert description not in caption, name


@pytest.mark.parametrize("page", [path.name for path in sorted(LEARN.glob("[0-9]*.md"))])
def test_every_chapter_has_two_pictures_or_more(page: str) -> None:
    assert len(SHOWN.findall((LEARN / page).read_text(encoding="utf-8"))) >= 2


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2)."""

    def luminance(color: str) -> float:
        parts = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", svg.PALETTES)
def test_text_can_be_read_on_the_paper(theme: str) -> None:
    palette = svg.PALETTES[theme]
    for name in ("ink", "muted", "blue", "orange", "green"):
        assert contrast(palette[name], palette["paper"]) >= 4.5, name
    for name in ("wash", "pale_blue", "pale_orange", "pale_green"):
        assert contrast(palette["ink"], palette[name]) >= 4.5, name


def test_png_keeps_its_pixels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, size=(5, 7, 3), dtype=np.uint8)
    assert (pixels_of(svg.png(pixels)) == pixels.ravel()).all()


def test_a_plot_puts_numbers_where_they_belong() -> None:
    canvas = svg.Canvas(100, 100, "light")
    plot = svg.Plot(canvas, (10, 20, 80, 60), (0, 4), (1, 1000), log=True)
    assert plot.at(0, 1) == (10, 80)
    assert plot.at(2, 10) == pytest.approx((50, 60))
    assert plot.at(4, 1000) == (90, 20)
