"""A small SVG writer: shapes, plots and tables of numbers, in a light and in a dark palette.

Pictures are drawn in pixels from the top left corner. A colour is the name of a role, such as
``ink`` or ``blue``, which the palette turns into a value, so that one drawing serves both themes.
The colours follow Okabe and Ito, "Color Universal Design" (2008): blue and orange differ in
lightness as well, and whatever differs in colour also differs in its line, marker or label.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from html import escape

import numpy as np

PALETTES = {
    "light": {
        "paper": "#ffffff",
        "ink": "#1b1f24",
        "muted": "#57606a",
        "rule": "#c9d1d9",
        "wash": "#f1f4f7",
        "blue": "#0067a3",
        "orange": "#c25400",
        "green": "#007a5e",
        "pale_blue": "#d9ecf8",
        "pale_orange": "#fbe6d4",
        "pale_green": "#d9f0e8",
    },
    "dark": {
        "paper": "#131416",
        "ink": "#e6edf3",
        "muted": "#9da7b3",
        "rule": "#3d444d",
        "wash": "#1e2126",
        "blue": "#5db7ee",
        "orange": "#ffa657",
        "green": "#4fd1a5",
        "pale_blue": "#12344b",
        "pale_orange": "#4a2c10",
        "pale_green": "#0f3b2f",
    },
}
SANS = "system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', Helvetica, Arial, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

Point = tuple[float, float]


class Canvas:
    """A picture that shapes are added to.

    Parameters
    ----------
    width, height : float
        In pixels.
    theme : "light" or "dark"
    """

    def __init__(self, width: float, height: float, theme: str) -> None:
        self.width, self.height, self.theme = width, height, theme
        self.palette = PALETTES[theme]
        self.parts: list[str] = []

    def __str__(self) -> str:
        """Return the picture as the text of an SVG file."""
        size = f'width="{_n(self.width)}" height="{_n(self.height)}"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} '
                f'viewBox="0 0 {_n(self.width)} {_n(self.height)}" font-family="{SANS}">',
                f'<rect width="100%" height="100%" rx="6" fill="{self.palette["paper"]}"/>',
                *self.parts,
                "</svg>\n",
            ]
        )

    def color(self, name: str) -> str:
        """Return the value of a colour of the palette; other colours are returned as they are."""
        return self.palette.get(name, name)

    def diverging(self, value: float) -> str:
        """Return a colour for a number from -1 (blue) over 0 (the paper) to 1 (orange)."""
        return "rgb({},{},{})".format(*self.mix(np.array(value)))

    def mix(self, values: np.ndarray) -> np.ndarray:
        """Return the diverging colours of many numbers, as integers of shape (..., 3)."""
        share = np.clip(np.abs(values), 0, 1)[..., None]
        end = np.where(
            values[..., None] < 0, _rgb(self.palette["blue"]), _rgb(self.palette["orange"])
        )
        mixed: np.ndarray = np.rint(_rgb(self.palette["paper"]) * (1 - share) + end * share)
        return mixed.astype(int)

    # ------------------------------------------------------------------------------- shapes

    def line(
        self,
        *points: Point,
        color: str = "ink",
        width: float = 1.5,
        dash: str = "",
        arrow: bool = False,
    ) -> None:
        """Draw a line through points, with a head at its end if it is an arrow."""
        points = tuple((float(x), float(y)) for x, y in points)
        if arrow:
            (x0, y0), (x1, y1) = points[-2:]
            length = math.hypot(x1 - x0, y1 - y0) or 1.0
            ux, uy = (x1 - x0) / length, (y1 - y0) / length
            size = 5 + 2 * width
            base = (x1 - size * ux, y1 - size * uy)
            half = 0.42 * size
            head = [
                (x1, y1),
                (base[0] - half * uy, base[1] + half * ux),
                (base[0] + half * uy, base[1] - half * ux),
            ]
            points = (*points[:-1], base)
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<polyline points="{_points(points)}" fill="none" stroke="{self.color(color)}" '
            f'stroke-width="{_n(width)}" stroke-linejoin="round"{dashes}/>'
        )
        if arrow:
            self.polygon(*head, fill=color)

    def polygon(self, *points: Point, fill: str) -> None:
        """Fill the area within points."""
        self.parts.append(f'<polygon points="{_points(points)}" fill="{self.color(fill)}"/>')

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str = "none",
        color: str = "none",
        line: float = 1.5,
        corner: float = 0,
        dash: str = "",
    ) -> None:
        """Draw a rectangle from its top left corner."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" '
            f'rx="{_n(corner)}" fill="{self.color(fill)}" stroke="{self.color(color)}" '
            f'stroke-width="{_n(line)}"{dashes}/>'
        )

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        fill: str = "paper",
        color: str = "ink",
        line: float = 1.5,
    ) -> None:
        """Draw a circle around its centre."""
        self.parts.append(
            f'<ellipse cx="{_n(x)}" cy="{_n(y)}" rx="{_n(radius)}" ry="{_n(radius)}" '
            f'fill="{self.color(fill)}" stroke="{self.color(color)}" stroke-width="{_n(line)}"/>'
        )

    def marker(self, x: float, y: float, kind: str, color: str, size: float = 5) -> None:
        """Draw a marker: "o" and "s" are filled, "O" and "S" hollow, "x" is a cross."""
        fill = color if kind in "os" else "paper"
        if kind in "oO":
            self.circle(x, y, size, fill=fill, color=color, line=2)
        elif kind in "sS":
            self.rect(x - size, y - size, 2 * size, 2 * size, fill=fill, color=color, line=2)
        else:
            for sign in (-1, 1):
                ends = ((x - size, y - sign * size), (x + size, y + sign * size))
                self.line(*ends, color=color, width=2.5)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        color: str = "ink",
        size: float = 14,
        anchor: str = "middle",
        bold: bool = False,
        italic: bool = False,
        mono: bool = False,
    ) -> None:
        """Write one line, y being the middle of its small letters."""
        style = ' font-weight="600"' if bold else ""
        style += ' font-style="italic"' if italic else ""
        style += f' font-family="{MONO}"' if mono else ""
        self.parts.append(
            f'<text x="{_n(x)}" y="{_n(y + 0.34 * size)}" font-size="{_n(size)}" '
            f'text-anchor="{anchor}" fill="{self.color(color)}"{style}>{escape(text)}</text>'
        )

    def caption(
        self, x: float, y: float, text: str, size: float = 13, anchor: str = "middle"
    ) -> None:
        """Write one line in small, muted letters."""
        self.text(x, y, text, color="muted", size=size, anchor=anchor)

    def image(self, x: float, y: float, width: float, height: float, pixels: np.ndarray) -> None:
        """Draw pixels of shape (rows, columns, 3), each a sharp square."""
        data = base64.b64encode(png(pixels)).decode()
        self.parts.append(
            f'<image x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" '
            f'style="image-rendering:pixelated" href="data:image/png;base64,{data}"/>'
        )

    # ------------------------------------------------------------------------------- tables

    def table(
        self,
        x: float,
        y: float,
        values: np.ndarray | Sequence[Sequence[float]],
        *,
        cell: tuple[float, float] = (44, 30),
        fill: Callable[[int, int], str] | str = "wash",
        form: str = "g",
        size: float = 14,
        title: str = "",
        shape: str = "",
    ) -> tuple[float, float]:
        """Draw a matrix of numbers; return the width and height that it takes."""
        table = np.atleast_2d(np.asarray(values, dtype=float))
        width, height = cell
        for i, row in enumerate(table):
            for j, value in enumerate(row):
                color = fill if isinstance(fill, str) else fill(i, j)
                place = (x + j * width, y + i * height)
                self.rect(*place, width, height, fill=color, color="rule", line=1)
                number = minus(f"{value + 0.0:{form}}")
                tone = ink_on(color)
                self.text(
                    place[0] + width / 2, place[1] + height / 2, number, size=size, color=tone
                )
        whole = (table.shape[1] * width, table.shape[0] * height)
        if title:
            self.text(x + whole[0] / 2, y - 14, title, bold=True, size=15)
        if shape:
            self.text(x + whole[0] / 2, y + whole[1] + 15, shape, size=12, color="muted")
        return whole


class Plot:
    """Axes on a canvas, which turn numbers into places.

    Parameters
    ----------
    canvas : Canvas
    box : (x, y, width, height)
        The place of the axes.
    x, y : (low, high)
        The numbers at the ends of the axes.
    log : bool
        Whether the y axis is logarithmic.
    """

    def __init__(
        self,
        canvas: Canvas,
        box: tuple[float, float, float, float],
        x: tuple[float, float],
        y: tuple[float, float],
        log: bool = False,
    ) -> None:
        self.canvas, self.box, self.log = canvas, box, log
        self.x, self.y = x, y

    def at(self, x: float, y: float) -> Point:
        """Return the place of a pair of numbers."""
        left, top, width, height = self.box
        low, high, value = (*self.y, y)
        if self.log:
            low, high, value = math.log10(low), math.log10(high), math.log10(max(y, 1e-300))
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (value - low) / (high - low)
        return left + across * width, top + (1 - up) * height

    def axes(
        self,
        xticks: Iterable[float] = (),
        yticks: Iterable[float] = (),
        xlabel: str = "",
        ylabel: str = "",
        title: str = "",
        grid: bool = True,
    ) -> None:
        """Draw the axes with their ticks; the label of y is above it, horizontal."""
        left, top, width, height = self.box
        canvas, bottom = self.canvas, top + height
        for value in yticks:
            place = self.at(self.x[0], value)[1]
            if grid:
                canvas.line((left, place), (left + width, place), color="rule", width=0.75)
            canvas.caption(left - 7, place, tick(value, self.log), size=12, anchor="end")
        for value in xticks:
            place = self.at(value, self.y[0])[0]
            canvas.line((place, bottom), (place, bottom + 4), color="muted", width=1)
            canvas.caption(place, bottom + 15, tick(value), size=12)
        canvas.line((left, bottom), (left + width, bottom), color="muted", width=1)
        if xlabel:
            canvas.caption(left + width / 2, bottom + 33, xlabel)
        if ylabel:
            canvas.caption(left - 4, top - 14, ylabel, anchor="start")
        if title:
            canvas.text(left + width / 2, top - 34, title, bold=True)

    def curve(
        self,
        x: Iterable[float],
        y: Iterable[float],
        color: str = "blue",
        width: float = 2.2,
        dash: str = "",
        marker: str = "",
        size: float = 4,
    ) -> None:
        """Draw a curve through numbers."""
        places = [self.at(*pair) for pair in zip(x, y, strict=True)]
        self.canvas.line(*places, color=color, width=width, dash=dash)
        if marker:
            for place in places:
                self.canvas.marker(*place, marker, color, size)

    def note(
        self, x: float, y: float, text: str, dx: float = 0, dy: float = 0, **style: object
    ) -> None:
        """Write beside a pair of numbers."""
        place = self.at(x, y)
        self.canvas.text(place[0] + dx, place[1] + dy, text, **style)  # type: ignore[arg-type]

    def label(
        self,
        x: float,
        y: float,
        text: str,
        color: str,
        dx: float = 14,
        dy: float = 0,
        size: float = 14,
    ) -> None:
        """Write the name of a curve at its end."""
        self.note(x, y, text, dx, dy, anchor="start", color=color, bold=True, size=size)


def tick(value: float, log: bool = False) -> str:
    """Return the label of a tick, a power of ten on a logarithmic axis."""
    if not log:
        return minus(f"{value:g}")
    return "1" if value == 1 else f"10{superscript(round(math.log10(value)))}"


def superscript(number: int) -> str:
    """Return a whole number in raised digits."""
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def minus(number: str) -> str:
    """Return a number with a proper minus sign."""
    return number.replace("-", "−")


def png(pixels: np.ndarray) -> bytes:
    """Return pixels of shape (rows, columns, 3) as a PNG file."""
    rows, columns, _ = pixels.shape
    raw = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(pixels, dtype=np.uint8))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(raw, 9)), chunk(b"IEND", b"")]
    )


def _n(value: float) -> str:
    """Return a length, to a tenth of a pixel."""
    return f"{round(value, 1) + 0.0:g}" if abs(value) < 1e5 else f"{value:.0f}"


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _rgb(color: str) -> np.ndarray:
    return np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)], dtype=float)


def ink_on(color: str) -> str:
    """Return black or white, whichever reads better on a mixed colour; else the ink."""
    if not color.startswith("rgb("):
        return "ink"
    red, green, blue = (int(part) for part in color[4:-1].split(","))
    return "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#ffffff"
