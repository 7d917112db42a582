"""Draws the pictures of the course from the numbers of its chapters.

python -m tools.make_pictures [name ...]

Each picture is a function of the theme that returns a canvas. It becomes two files in
docs/images/learn, ``name.svg`` for the light theme and ``name.dark.svg`` for the dark one. A
network in a picture is trained as in its chapter, with the same seeds.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
from contourpy import contour_generator

import tinynet as tn
from tinynet.datasets import synthetic_digits
from tools.svg import Canvas, Plot, Point, ink_on, minus, superscript, tick

FOLDER = Path(__file__).parent.parent / "docs" / "images" / "learn"
DIGITS = "sparse_categorical_crossentropy"


def main(names: list[str]) -> None:
    """Draw the pictures of these names, or all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names or PICTURES:
        for theme, ending in (("light", ".svg"), ("dark", ".dark.svg")):
            (FOLDER / f"{name}{ending}").write_text(str(PICTURES[name](theme)), encoding="utf-8")


def percent(share: float) -> str:
    """Return a share in whole percent."""
    return f"{share:.0%}".replace("%", " %")


def article(digit: int) -> str:
    """Return a digit with its article."""
    return f"{'an' if digit == 8 else 'a'} {digit}"


def power(value: float) -> str:
    """Return a number with one digit, times a power of ten."""
    digit, exponent = f"{value:.0e}".split("e")
    return f"{digit} · 10{superscript(int(exponent))}"


def between(start: Point, end: Point, before: float, behind: float) -> tuple[Point, Point]:
    """Return the ends of an arrow between two places, with gaps before and behind it."""
    a, b = np.array(start, dtype=float), np.array(end, dtype=float)
    unit = (b - a) / np.hypot(*(b - a))
    return tuple(a + before * unit), tuple(b - behind * unit)


def descend(
    optimizer: tn.optimizers.Optimizer, start: list[float], slopes: Any, steps: int
) -> np.ndarray:
    """Return the way down, of shape (1 + steps, axes), where the gradient is slopes * w."""
    w = np.array(start)
    way = [w.copy()]
    for _ in range(steps):
        optimizer.update(w, slopes * w)
        way.append(w.copy())
    return np.array(way)


# ------------------------------------------------------------------------------ 1. One neuron


def neuron(theme: str) -> Canvas:
    """The house: two inputs, two weights, a bias, one answer."""
    c = Canvas(640, 250, theme)
    x, w, b = np.array([3, 4]), np.array([2, -1]), 5
    centre = (370, 125)
    for k, (value, weight, name) in enumerate(zip(x, w, ("rooms", "km"), strict=True)):
        y = 65 + 120 * k
        color = "blue" if weight > 0 else "orange"
        end = (centre[0] - 44, centre[1] - 16 + 32 * k)
        dash = "" if weight > 0 else "7 4"
        c.line((146, y), end, color=color, width=1.5 + abs(weight), arrow=True, dash=dash)
        c.circle(112, y, 30, fill="wash")
        c.text(112, y, str(value), size=20, bold=True)
        c.text(70, y, name, anchor="end", color="muted")
        times = f"× {minus(str(weight))}"
        c.text(225, y + (-15 if k == 0 else 17), times, color=color, size=17, bold=True)
        c.text(300, y + (6 if k == 0 else -4), minus(str(value * weight)), color=color, size=14)
    c.line((centre[0], 212), (centre[0], centre[1] + 44), color="green", width=2, arrow=True)
    c.text(centre[0], 226, f"+ {b}", color="green", size=17, bold=True)
    c.text(centre[0] + 24, 226, "land", color="muted", anchor="start")
    c.circle(*centre, 40, fill="pale_blue", color="blue", line=2)
    c.text(*centre, "sum", size=17)
    c.line((412, 125), (500, 125), arrow=True, width=2)
    c.circle(536, 125, 32, fill="wash")
    c.text(536, 125, str(int(x @ w + b)), size=22, bold=True)
    c.text(536, 175, "price", color="muted")
    return c


def dense_table(theme: str) -> Canvas:
    """The product x @ W + b, with the row and the column that make one number."""
    c = Canvas(720, 225, theme)
    W, b = np.array([[1, 2, 3], [4, 5, 6]]), np.zeros(3)
    x = np.array([[1, 10], [1, 0], [0, 0], [2, 2]])
    y = x @ W + b
    top = 55

    def column(i: int, j: int) -> str:
        return "pale_orange" if j == 1 else "wash"

    def row(i: int, j: int) -> str:
        return "pale_blue" if i == 0 else "wash"

    c.table(30, top, x, title="x", shape="(4, 2)", fill=row)
    c.text(144, top + 60, "@", size=18)
    c.table(172, top + 30, W, title="W", shape="(2, 3)", fill=column)
    c.text(328, top + 60, "+", size=18)
    c.table(352, top + 45, b, title="b", shape="(3,)", fill=column)
    c.text(508, top + 60, "=", size=18)
    width, _ = c.table(
        540,
        top,
        y,
        title="y",
        shape="(4, 3)",
        fill=lambda i, j: "pale_green" if (i, j) == (0, 1) else "wash",
    )
    c.rect(540 + width / 3, top, width / 3, 30, color="green", line=2.5)
    c.rect(30, top, 88, 30, color="blue", line=2.5)
    c.rect(172 + 44, top + 30, 44, 60, color="orange", line=2.5)
    c.text(360, 205, "1 · 2 + 10 · 5 + 0 = 52", color="muted", size=15)
    return c


def parameters(theme: str) -> Canvas:
    """The parameters of the three layers as areas."""
    c = Canvas(720, 200, theme)
    shapes = [(784, 128), (128, 128), (128, 10)]
    total = sum(rows * columns + columns for rows, columns in shapes)
    c.caption(30, 24, "drawn to scale", anchor="start")
    places = zip(shapes, (30, 430, 595), ("blue", "orange", "green"), strict=True)
    for (rows, columns), x, color in places:
        width, height = 0.45 * rows, 0.45 * columns
        c.rect(x, 105 - height, width, height, fill=f"pale_{color}", color=color)
        size, middle = rows * columns + columns, x + width / 2
        c.text(middle, 125, f"{rows} × {columns} + {columns}", size=14)
        c.text(middle, 147, f"{size:,}", size=16, bold=True, color=color)
        c.caption(middle, 169, percent(size / total))
    return c


# -------------------------------------------------------------------------- 2. Nonlinearity

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
EXCLUSIVE = np.array([0, 1, 1, 0])


def corners(plot: Plot, points: np.ndarray) -> None:
    """Mark the four examples of exclusive or: filled discs are 1, hollow squares are 0."""
    for point, t in zip(points, EXCLUSIVE, strict=True):
        plot.canvas.marker(*plot.at(*point), "o" if t else "S", "orange" if t else "blue", 8)


def xor_lines(theme: str) -> Canvas:
    """Three lines, each of which leaves at least one point on the wrong side."""
    c = Canvas(720, 290, theme)
    lines = [(1, 1, -0.5), (1, -1, -0.5), (0, 1, -0.5)]
    for k, (a, b, shift) in enumerate(lines):
        plot = Plot(c, (45 + 232 * k, 35, 165, 165), (-0.4, 1.4), (-0.4, 1.4))
        # The side where a x1 + b x2 + shift is positive, as a polygon within the axes.
        edge = np.array([[-0.4, -0.4], [1.4, -0.4], [1.4, 1.4], [-0.4, 1.4]])
        side = edge @ [a, b] + shift
        area, line = [], []
        for i in range(4):
            j = (i + 1) % 4
            if side[i] >= 0:
                area.append(plot.at(*edge[i]))
            if side[i] * side[j] < 0:
                share = side[i] / (side[i] - side[j])
                place = plot.at(*(edge[i] + share * (edge[j] - edge[i])))
                area.append(place)
                line.append(place)
        c.polygon(*area, fill="pale_orange")
        c.line(*line, width=2)
        plot.axes((0, 1), (0, 1), "x₁", "x₂", grid=False)
        corners(plot, CORNERS)
        said = (CORNERS @ [a, b] + shift > 0).astype(int)
        for point in CORNERS[said != EXCLUSIVE]:
            place = plot.at(*point)
            c.circle(*place, 16, fill="none", color="ink", line=2)
        wrong = int((said != EXCLUSIVE).sum())
        c.text(45 + 232 * k + 82, 266, f"{wrong} of 4 wrong", bold=True)
    return c


def xor_fold(theme: str) -> Canvas:
    """The plane of the inputs, and where the two hidden neurons put it."""
    c = Canvas(720, 350, theme)
    left = Plot(c, (60, 60, 240, 230), (-0.3, 1.3), (-0.3, 1.3))
    right = Plot(c, (430, 60, 240, 230), (-0.3, 2.3), (-0.3, 1.3))

    def hidden(x: np.ndarray) -> np.ndarray:
        s = x.sum(axis=-1)
        return np.stack([np.maximum(s, 0), np.maximum(s - 1, 0)], axis=-1)

    # Where the output exceeds a half: between s = 1/2 and s = 3/2.
    band = [(-0.3, 0.8), (0.8, -0.3), (1.3, -0.3), (1.3, 0.2), (0.2, 1.3), (-0.3, 1.3)]
    c.polygon(*[left.at(*point) for point in band], fill="pale_orange")
    for kink, dash in ((0, "2 4"), (1, "7 4")):
        ends = [(-0.3, kink + 0.3), (kink + 0.3, -0.3)]
        c.line(*[left.at(*point) for point in ends], color="green", width=2, dash=dash)
    left.note(0.25, -0.25, "h₁ opens", dx=6, dy=-5, anchor="start", color="green", size=12)
    left.note(-0.28, 1.28, "h₂ opens", dx=22, dy=8, anchor="start", color="green", size=12)
    left.axes((0, 1), (0, 1), "x₁", "x₂", "the inputs", grid=False)
    corners(left, CORNERS)

    area = [(0.5, 0), (2.3, 0.9), (2.3, -0.3), (0.5 - 0.6, -0.3)]
    c.polygon(*[right.at(*point) for point in area], fill="pale_orange")
    c.line(right.at(-0.1, -0.3), right.at(2.3, 0.9), width=2)
    right.axes((0, 1, 2), (0, 1), "h₁", "h₂", "the hidden neurons", grid=False)
    # All of the plane lands on one bent line.
    c.line(*[right.at(*p) for p in ((0, 0), (1, 0), (2.3, 1.3))], color="green", width=2)
    corners(right, hidden(CORNERS))
    right.note(1, 0, "(0, 1) and (1, 0)", dx=-8, dy=22, size=12, color="muted")
    right.note(0, 0, "(0, 0)", dx=-2, dy=-20, size=12, color="muted")
    right.note(2, 1, "(1, 1)", dx=-16, dy=-10, size=12, color="muted", anchor="end")
    c.line((330, 175), (385, 175), color="muted", width=2, arrow=True)
    return c


def xor_bend(theme: str) -> Canvas:
    """The output along the sum of the inputs: three flat pieces, joined at two bends."""
    c = Canvas(720, 275, theme)
    plot = Plot(c, (60, 35, 420, 185), (-0.5, 2.5), (-3.1, 2.6))
    plot.axes((0, 1, 2), (-3, -2, -1, 0, 1, 2), "x₁ + x₂", "output")
    s = np.array([-0.5, 0, 1, 2, 2.5])
    first, second = np.maximum(s, 0), -2 * np.maximum(s - 1, 0)
    plot.curve(s, first, color="blue", dash="7 4", width=2)
    plot.curve(s, second, color="orange", dash="2 4", width=2)
    plot.curve(s, first + second, color="ink", width=3)
    for x, y, t in ((0, 0, 0), (1, 1, 1), (2, 0, 0)):
        c.marker(*plot.at(x, y), "o" if t else "S", "orange" if t else "blue", 7)
    for row, (label, color, dash) in enumerate(
        [
            ("relu(x₁ + x₂)", "blue", "7 4"),
            ("−2 relu(x₁ + x₂ − 1)", "orange", "2 4"),
            ("their sum: exclusive or", "ink", ""),
        ]
    ):
        y = 80 + 32 * row
        c.line((505, y), (540, y), color=color, width=3 if not dash else 2, dash=dash)
        c.text(548, y, label, anchor="start", size=12)
    return c


# ------------------------------------------------------------------------------ 3. The loss


def squared_errors(theme: str) -> Canvas:
    """The two errors as squares, whose mean area is the loss."""
    c = Canvas(640, 275, theme)
    plot = Plot(c, (60, 25, 300, 205), (0, 7.5), (0, 5.6))
    plot.axes((), (0, 1, 2, 3, 4, 5), ylabel="t and y")
    t, y = [1.0, 2.0], [1.0, 5.0]
    for k, (target, answer) in enumerate(zip(t, y, strict=True)):
        x = 1.2 + 2.2 * k
        (x0, y0), (x1, y1) = plot.at(x, answer), plot.at(x, target)
        side = y1 - y0
        if side:
            c.rect(x0, y0, side, side, fill="pale_orange", color="orange")
            c.text(x0 + side / 2, y0 + side / 2, f"{(answer - target) ** 2:g}", size=18, bold=True)
        c.marker(x1, y1, "S", "blue", 7)
        c.marker(x0, y0, "o", "orange", 5)
        c.caption(x0, 245, f"example {k + 1}")
    c.marker(420, 80, "S", "blue", 7)
    c.text(438, 80, "target t", anchor="start")
    c.marker(420, 110, "o", "orange", 5)
    c.text(438, 110, "output y", anchor="start")
    c.text(411, 160, "(0 + 9) / 2 = 4.5", anchor="start", size=16, bold=True)
    return c


def cross_entropy(theme: str) -> Canvas:
    """What a probability for the correct class costs."""
    c = Canvas(720, 300, theme)
    plot = Plot(c, (60, 35, 620, 215), (0, 1), (0, 7.5))
    plot.axes(np.linspace(0, 1, 6), (0, 2, 4, 6), "probability of the correct class", "cost −log p")
    p = np.geomspace(5.6e-4, 1, 120)
    plot.curve(p, -np.log(p), color="blue", width=2.5)
    for value in (0.99, 0.5, 0.1, 0.001):
        cost = -np.log(value)
        c.marker(*plot.at(value, cost), "o", "orange", 5)
        dx, anchor = (-4, "end") if value > 0.9 else (12, "start")
        dy, label = -16 if value > 0.3 else -2, f"{value}: {cost:.4f}"
        plot.note(value, cost, label, dx, dy, anchor=anchor, size=13)
    return c


def forecasts(theme: str) -> Canvas:
    """The mean cost of announcing rain is a valley with its bottom at the truth."""
    c = Canvas(720, 300, theme)
    t = 0.3
    plot = Plot(c, (60, 35, 620, 215), (0, 1), (0.5, 1.3))
    plot.axes(
        np.linspace(0, 1, 11), (0.6, 0.8, 1.0, 1.2), "announced probability of rain", "mean cost"
    )
    p = np.linspace(0.018, 0.83, 200)

    def cost(p: Any) -> Any:
        return -t * np.log(p) - (1 - t) * np.log(1 - p)

    keep = cost(p) <= 1.3
    plot.curve(p[keep], cost(p)[keep], color="blue", width=2.5)
    places = {0.1: (14, -8, "start"), 0.3: (0, 22, "middle"), 0.5: (14, 14, "start")}
    for value, (dx, dy, anchor) in places.items():
        slope = (value - t) / (value * (1 - value))
        reach = 0.075 / np.hypot(1, slope / 1.6)
        ends = [(value + sign * reach, cost(value) + sign * reach * slope) for sign in (-1, 1)]
        c.line(*[plot.at(*end) for end in ends], color="orange", width=2)
        c.marker(*plot.at(value, cost(value)), "o", "orange", 5)
        label = f"p = {value}: {cost(value):.4f}, slope {minus(f'{slope:.2f}')}"
        plot.note(value, cost(value), label, dx, dy, anchor=anchor, size=13)
    return c


# ------------------------------------------------------------------------ 4. The chain rule


def node(
    c: Canvas, x: float, y: float, name: str, value: str, slope: str, fill: str = "wash"
) -> None:
    """Draw a quantity as a box, its value above and the loss's derivative by it below."""
    c.rect(x - 24, y - 20, 48, 40, fill=fill, color="ink", corner=8)
    c.text(x, y, name, size=17, italic=True)
    c.text(x, y - 33, value, color="blue", size=15, bold=True)
    c.text(x, y + 34, slope, color="orange", size=15, bold=True)


def chain_graph(theme: str) -> Canvas:
    """One neuron's computation with its numbers, forwards above and backwards below."""
    c = Canvas(720, 330, theme)
    x, w, b, t = 3, 2, 1, 5
    z = w * x
    y = z + b
    dy = 2 * (y - t)
    places = {
        "w": (70, 80),
        "x": (70, 230),
        "z": (240, 155),
        "b": (240, 280),
        "y": (430, 155),
        "L": (630, 155),
    }
    values = {
        "w": (w, dy * x),
        "x": (x, dy * w),
        "z": (z, dy),
        "b": (b, dy),
        "y": (y, dy),
        "L": ((y - t) ** 2, 1),
    }
    edges = [
        ("w", "z", "x", x),
        ("x", "z", "w", w),
        ("z", "y", "", 1),
        ("b", "y", "", 1),
        ("y", "L", "2(y − t)", dy),
    ]
    for start, end, formula, slope in edges:
        first, last = (np.array(p) for p in between(places[start], places[end], 30, 32))
        right, down = (last - first) / np.hypot(*(last - first))
        aside = np.array([-down, right])
        there = (tuple(first - 5 * aside), tuple(last - 5 * aside))
        back = (tuple(last + 5 * aside), tuple(first + 5 * aside))
        c.line(*there, color="blue", width=1.6, arrow=True)
        c.line(*back, color="orange", width=1.6, dash="6 4", arrow=True)
        level = abs(down) < 0.2
        x, y = ((first + last) / 2 + (20 if level else 21) * aside).tolist()
        label = f"× {formula} = {slope}" if formula else f"× {slope}"
        anchor = "middle" if level else "end" if down > 0 else "start"
        c.text(x, y, label, color="orange", size=13, anchor=anchor)
    for name, (value, slope) in values.items():
        node(
            c, *places[name], name, str(value), str(slope), "pale_green" if name in "wb" else "wash"
        )
    c.text(480, 268, "above: the value", anchor="start", color="blue", size=13)
    c.text(480, 290, "below: the derivative of L", anchor="start", color="orange", size=13)
    c.caption(480, 312, "t = 5", anchor="start")
    return c


def chain_paths(theme: str) -> Canvas:
    """An input with three ways to the loss: multiply along each, add over them."""
    c = Canvas(720, 270, theme)
    weights, dy = [1, 2, 3], [1, 0, -1]
    c.rect(60, 112, 48, 40, fill="wash", color="ink", corner=8)
    c.text(84, 132, "x", size=17, italic=True)
    for k, (w, d) in enumerate(zip(weights, dy, strict=True)):
        y = 52 + 80 * k
        color = "rule" if d == 0 else "orange"
        c.line((292, y), (112, 132 + 8 * (k - 1)), color=color, width=2, dash="6 4", arrow=True)
        c.rect(296, y - 20, 48, 40, fill="wash", color="ink", corner=8)
        c.text(320, y, "y" + "₁₂₃"[k], size=17, italic=True)
        c.line((528, 132 + 8 * (k - 1)), (350, y), color=color, width=2, dash="6 4", arrow=True)
        tone = "muted" if d == 0 else "orange"
        shift = (-18, -14, 20)[k]
        c.text(200, (y + 132) / 2 + shift, f"× {w}", color=tone, bold=True, size=15)
        c.text(436, (y + 132) / 2 + shift, f"{minus(str(d))}", color=tone, bold=True, size=15)
    c.rect(532, 112, 48, 40, fill="wash", color="ink", corner=8)
    c.text(556, 132, "L", size=17, italic=True)
    total = sum(w * d for w, d in zip(weights, dy, strict=True))
    c.text(84, 178, f"∂L/∂x = {minus(str(total))}", color="orange", size=16, bold=True)
    c.text(610, 92, "1 · 1", anchor="start", size=14)
    c.text(610, 116, "+ 0 · 2", anchor="start", size=14, color="muted")
    c.text(610, 140, "+ (−1) · 3", anchor="start", size=14)
    c.line((610, 156), (690, 156), width=1)
    c.text(610, 172, minus(str(total)), anchor="start", size=16, bold=True)
    return c


def difference(theme: str) -> Canvas:
    """The central difference is nearly parallel to the tangent, the one-sided isn't."""
    c = Canvas(720, 320, theme)
    x, h = 1.0, 0.8
    plot = Plot(c, (60, 30, 400, 235), (-0.2, 2.6), (-0.2, 1.45))
    plot.axes((x - h, x, x + h), (0, 0.5, 1), "x", "sin x")
    grid = np.linspace(-0.2, 2.6, 120)
    plot.curve(grid, np.sin(grid), color="muted", width=2)
    slopes = {
        "the tangent, cos 1": np.cos(x),
        "central: from x − h to x + h": (np.sin(x + h) - np.sin(x - h)) / (2 * h),
        "one-sided: from x to x + h": (np.sin(x + h) - np.sin(x)) / h,
    }
    ends = [(0.15, 1.95), (x - h, x + h), (x, x + h)]
    starts = [(x, np.sin(x)), (x - h, np.sin(x - h)), (x, np.sin(x))]
    styles = (("ink", ""), ("blue", "7 4"), ("orange", "2 4"))
    lines = zip(slopes.items(), ends, starts, styles, strict=True)
    for row, ((label, slope), pair, (x0, y0), (color, dash)) in enumerate(lines):
        plot.curve(pair, [y0 + slope * (v - x0) for v in pair], color=color, width=2.4, dash=dash)
        y = 80 + 54 * row
        c.line((490, y), (525, y), color=color, width=2.4, dash=dash)
        c.text(490, y + 20, label, anchor="start", size=13)
        c.text(535, y, f"slope {slope:.3f}", anchor="start", size=14, bold=True, color=color)
    for v in (x - h, x, x + h):
        c.marker(*plot.at(v, np.sin(v)), "o", "ink", 4)
    c.caption(490, 80 + 54 * 3, f"sin x at x = 1, with h = {h}", anchor="start")
    return c


# ------------------------------------------------------------------- 5. Dense, backward

X5 = np.array([[1.0, 10.0], [2.0, 20.0]])
DY5 = np.array([[1.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
W5 = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def outer_products(theme: str) -> Canvas:
    """DW is the sum of one outer product for each example."""
    c = Canvas(720, 240, theme)
    colors = ("blue", "orange")
    for n in range(2):
        left = 40 + 245 * n
        pale = f"pale_{colors[n]}"
        c.text(left + 110, 24, f"example {n + 1}", color=colors[n], bold=True)
        c.table(left, 100, X5[n][:, None], cell=(38, 32), fill=pale)
        c.table(left + 55, 56, DY5[n], cell=(46, 32), fill=pale)
        c.table(left + 55, 100, np.outer(X5[n], DY5[n]), cell=(46, 32))
        c.text(left + 19, 184, "x", italic=True, color="muted")
        c.text(left + 214, 72, "dy", italic=True, color="muted")
    c.text(268, 132, "+", size=20)
    c.text(516, 132, "=", size=20)
    c.table(545, 100, X5.T @ DY5, cell=(48, 32), fill="pale_green")
    c.text(545 + 72, 84, "dW", bold=True)
    c.caption(360, 218, "each cell: the number on its left times the number above it")
    return c


def dense_shapes(theme: str) -> Canvas:
    """The three products, their shapes drawn to scale."""
    c = Canvas(720, 300, theme)
    n, i, o = 96.0, 60.0, 36.0  # pixels for N, I and O

    def box(
        x: float, y: float, rows: float, columns: float, name: str, names: str, color: str
    ) -> float:
        c.rect(
            x,
            y - rows / 2,
            columns,
            rows,
            fill=f"pale_{color}" if color != "wash" else "wash",
            color="ink" if color == "wash" else color,
        )
        c.text(x + columns / 2, y, name, size=15, italic=True)
        c.caption(x + columns / 2, y + rows / 2 + 13, names, size=12)
        return x + columns

    middle = 92.0
    x = box(30, middle, i, n, "xᵀ", "I × N", "wash")
    c.text(x + 14, middle, "@", size=16)
    x = box(x + 28, middle, n, o, "dy", "N × O", "orange")
    c.text(x + 14, middle, "=", size=16)
    box(x + 28, middle, i, o, "dW", "I × O", "green")
    x = box(410, middle, n, o, "dy", "N × O", "orange")
    c.text(x + 14, middle, "@", size=16)
    x = box(x + 28, middle, o, i, "Wᵀ", "O × I", "wash")
    c.text(x + 14, middle, "=", size=16)
    box(x + 28, middle, n, i, "dx", "N × I", "green")
    lower = 238.0
    x = box(215, lower, 20, n, "1ᵀ", "1 × N", "wash")
    c.text(x + 14, lower, "@", size=16)
    x = box(x + 28, lower, n * 0.72, o, "dy", "N × O", "orange")
    c.text(x + 14, lower, "=", size=16)
    box(x + 28, lower, 16, o, "db", "O", "green")
    return c


# ----------------------------------------------------------------------------- 6. ReLU


def relu_mask(theme: str) -> Canvas:
    """A batch through ReLU and back: the same cells are closed both ways."""
    c = Canvas(720, 470, theme)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 5)).round(1) + 0.0
    dy = rng.normal(size=(4, 5)).round(1) + 0.0
    relu = tn.ReLU()
    y = relu.forward(x)
    dx = relu.backward(dy)

    def table(left: float, top: float, array: np.ndarray, title: str, gates: bool = False) -> None:
        def fill(i: int, j: int) -> str:
            closed = gates and x[i, j] <= 0
            return "wash" if closed else c.diverging(0.75 * array[i, j] / 2.1)

        c.table(left, top, array, cell=(56, 34), form=".1f", title=title, fill=fill)

    table(40, 45, x, "x")
    table(400, 45, y, "y = relu(x)", gates=True)
    c.line((334, 113), (388, 113), color="blue", width=2, arrow=True)
    table(40, 275, dx, "dx", gates=True)
    table(400, 275, dy, "dy")
    c.line((388, 343), (334, 343), color="orange", width=2, dash="6 4", arrow=True)
    for i, j in np.argwhere(x <= 0):
        for left, top in ((400, 45), (40, 275)):
            c.rect(left + 56 * j + 2, top + 34 * i + 2, 52, 30, color="muted", line=1.2, dash="3 3")
    shares = (x > 0).mean()
    c.caption(360, 208, f"{percent(shares)} of the gates are open")
    c.caption(360, 442, "dashed: closed, in both directions")
    return c


def slopes(theme: str) -> Canvas:
    """Three activations above, their slopes below."""
    c = Canvas(720, 400, theme)
    grid = np.linspace(-6, 6, 121)
    for k, (layer, color) in enumerate(
        zip((tn.Sigmoid(), tn.Tanh(), tn.ReLU()), ("blue", "orange", "green"), strict=True)
    ):
        y = layer.forward(grid[None])[0]
        slope = layer.backward(np.ones((1, grid.size)))[0]
        left = 55 + 230 * k
        top = Plot(c, (left, 55, 180, 125), (-6, 6), (-1.2, 2.2))
        top.axes((-5, 0, 5), (-1, 0, 1, 2), "", "y" if k == 0 else "", type(layer).__name__)
        keep = y <= 2.2
        top.curve(grid[keep], y[keep], color=color, width=2.5)
        low = Plot(c, (left, 235, 180, 105), (-6, 6), (-0.05, 1.15))
        low.axes((-5, 0, 5), (0, 0.5, 1), "x", "slope" if k == 0 else "")
        if isinstance(layer, tn.ReLU):
            low.curve([-6, 0], [0, 0], color=color, width=2.5)
            low.curve([0, 6], [1, 1], color=color, width=2.5)
            c.marker(*low.at(0, 1), "O", color, 4)
            c.marker(*low.at(0, 0), "o", color, 4)
        else:
            low.curve(grid, slope, color=color, width=2.5)
        at5 = layer.forward(np.array([[5.0]])), layer.backward(np.ones((1, 1)))
        c.marker(*low.at(5, at5[1].item()), "x", "ink", 5)
        low.note(5, at5[1].item(), f"{at5[1].item():.3f}", dy=-15 if k < 2 else 16, size=12, dx=-2)
    return c


def kink(theme: str) -> Canvas:
    """At the kink every line between the two branches touches from below."""
    c = Canvas(640, 270, theme)
    plot = Plot(c, (60, 25, 360, 195), (-2, 2), (-1.1, 2.1))
    plot.axes((-2, -1, 0, 1, 2), (-1, 0, 1, 2), "x", "y")
    c.polygon(plot.at(0, 0), plot.at(2, 0), plot.at(2, 2), fill="pale_green")
    c.polygon(
        plot.at(0, 0), plot.at(-2, 0), plot.at(-2, -1.1), plot.at(-1.1, -1.1), fill="pale_green"
    )
    plot.curve([-1.1, 2], [-0.55, 1], color="orange", dash="7 4")
    plot.curve([-2, 0, 2], [0, 0, 2], color="blue", width=3)
    c.marker(*plot.at(0, 0), "o", "ink", 5)
    for row, (label, color, dash) in enumerate(
        [("relu", "blue", ""), ("slope ½: the difference", "orange", "7 4")]
    ):
        y = 70 + 32 * row
        c.line((445, y), (478, y), color=color, width=2.5, dash=dash)
        c.text(486, y, label, anchor="start", size=13)
    c.rect(445, 124, 33, 18, fill="pale_green")
    c.text(486, 133, "all slopes from 0 to 1", anchor="start", size=13)
    return c


# -------------------------------------------------------------------------- 7. Softmax

LOGITS = np.array([[2.0, 1.0, 0.0]])


def softmax_steps(theme: str) -> Canvas:
    """Logits, their exponentials, and the shares of the sum."""
    c = Canvas(720, 265, theme)
    stages = [
        ("logits x", LOGITS[0], "g"),
        ("exp(x)", np.exp(LOGITS[0]), ".2f"),
        ("divided by the sum", tn.Softmax().forward(LOGITS)[0], ".3f"),
    ]
    for k, (title, values, form) in enumerate(stages):
        left = 40 + 240 * k
        top = [2.5, 9.0, 1.0][k]
        for j, value in enumerate(values):
            height = 140 * value / top
            x = left + 20 + 52 * j
            c.rect(x, 205 - height, 40, height, fill=("blue", "orange", "green")[j])
            c.text(x + 20, 205 - height - 13, f"{value:{form}}", size=13)
            c.caption(x + 20, 220, f"class {j}", size=12)
        c.line((left + 10, 205), (left + 175, 205), color="muted", width=1)
        c.text(left + 92, 22, title, bold=True)
        if k < 2:
            c.line((left + 188, 140), (left + 236, 140), color="muted", width=2, arrow=True)
    total = np.exp(LOGITS[0]).sum()
    c.caption(372, 247, f"sum {total:.2f}")
    c.caption(612, 247, "sum 1")
    return c


def jacobian(theme: str) -> Canvas:
    """The Jacobian of the softmax: positive on the diagonal, negative beside it."""
    c = Canvas(640, 285, theme)
    p = tn.Softmax().forward(LOGITS)[0]
    matrix = np.diag(p) - np.outer(p, p)

    def fill(i: int, j: int) -> str:
        return c.diverging(matrix[i, j] / 0.3)

    c.table(165, 70, matrix, cell=(84, 52), form=".3f", size=16, fill=fill)
    for k in range(3):
        c.text(207 + 84 * k, 53, f"x{'₀₁₂'[k]}", italic=True, color="muted")
        c.text(148, 96 + 52 * k, f"y{'₀₁₂'[k]} = {p[k]:.3f}", anchor="end", color="muted")
        c.text(452, 96 + 52 * k, f"sum {matrix[k].sum():.0f}", anchor="start", color="muted")
    c.text(291, 27, "∂y/∂x: raise a logit (column), and a probability (row) …", bold=True)
    c.rect(165, 246, 20, 16, fill=c.diverging(0.6), color="rule", line=1)
    c.text(192, 254, "+  rises", anchor="start", size=13)
    c.rect(285, 246, 20, 16, fill=c.diverging(-0.6), color="rule", line=1)
    c.text(312, 254, "−  falls", anchor="start", size=13)
    return c


def p_minus_t(theme: str) -> Canvas:
    """Prediction minus target, bar by bar."""
    c = Canvas(720, 270, theme)
    p, t = tn.Softmax().forward(LOGITS)[0], np.array([0.0, 0.0, 1.0])
    for k, (title, values) in enumerate(
        (("p, the prediction", p), ("t, the target", t), ("p − t, the gradient", p - t))
    ):
        left = 35 + 240 * k
        zero = 185 if k < 2 else 122
        for j, value in enumerate(values):
            height = 90 * abs(value)
            x = left + 25 + 52 * j
            color = ("blue", "muted")[k] if k < 2 else ("orange" if value > 0 else "green")
            c.rect(x, zero - height if value >= 0 else zero, 40, height, fill=color)
            place = zero - height - 12 if value >= 0 else zero + height + 12
            c.text(x + 20, place, minus(f"{value:.3g}"), size=13)
            c.caption(x + 20, 240, f"class {j}", size=12)
        c.line((left + 12, zero), (left + 185, zero), color="muted", width=1)
        c.text(left + 97, 22, title, bold=True)
    c.text(250, 130, "−", size=26)
    c.text(490, 130, "=", size=26)
    return c


# ------------------------------------------------------------------ 8. Gradient descent


def step_sizes(theme: str) -> Canvas:
    """Four learning rates in the valley 2 w²: slow, at once, to and fro, out."""
    c = Canvas(720, 265, theme)
    for k, (rate, verdict) in enumerate(
        ((0.05, "too small"), (0.25, "just right"), (0.45, "large"), (0.55, "too large"))
    ):
        plot = Plot(c, (30 + 173 * k, 52, 145, 140), (-1.75, 1.75), (0, 6))
        grid = np.linspace(-1.75, 1.75, 71)
        keep = 2 * grid**2 <= 6.2
        plot.curve(grid[keep], 2 * grid[keep] ** 2, color="muted", width=1.8)
        plot.axes((-1, 0, 1), (), "", "loss" if k == 0 else "", f"rate {rate}")
        way = descend(tn.SGD(rate), [1.0], 4, 6)[:, 0]
        path = way[abs(way) < 1.75]  # the rest is off the picture
        color = "orange" if rate > 0.5 else "blue"
        plot.curve(path, 2 * path**2, color=color, width=1.6, marker="o", size=3.2)
        c.marker(*plot.at(1, 2), "O", "ink", 5)
        factor = minus(f"{1 - 4 * rate:g}")
        c.caption(102 + 173 * k, 228, f"w × {factor} each step")
        c.text(102 + 173 * k, 248, verdict, size=14, bold=True, color=color)
    return c


def valley(theme: str) -> Canvas:
    """The loss as a valley seen from above, and three ways down."""
    c = Canvas(720, 330, theme)
    plot = Plot(c, (50, 35, 430, 235), (-1.5, 1.5), (-2.3, 1.8))
    angles = np.linspace(0, 2 * np.pi, 181)
    for level in (0.1, 0.5, 1.5, 3.0, 5.0, 7.5):  # lines of equal (w₁² + 4 w₂²) / 2
        w1, w2 = np.sqrt(2 * level) * np.cos(angles), np.sqrt(level / 2) * np.sin(angles)
        inside = (abs(w1) < 1.5) & (w2 > -2.3) & (w2 < 1.8)
        for run in np.split(np.arange(angles.size), np.flatnonzero(np.diff(inside)) + 1):
            if inside[run[0]]:
                plot.curve(w1[run], w2[run], color="rule", width=1.2)
    c.marker(*plot.at(0, 0), "x", "ink", 5)
    plot.axes((-1, 0, 1), (-2, -1, 0, 1), "w₁", "w₂", grid=False)
    ways = [
        ("SGD, rate 0.1", tn.SGD(0.1), "blue", "", "o"),
        ("SGD, rate 0.45", tn.SGD(0.45), "orange", "7 4", "S"),
        ("momentum 0.5", tn.SGD(0.1, momentum=0.5), "green", "2 4", "O"),
    ]
    for row, (label, optimizer, color, dash, marker) in enumerate(ways):
        points = descend(optimizer, [1.0, -2.0], np.array([1, 4]), 10)
        plot.curve(points[:, 0], points[:, 1], color=color, dash=dash, marker=marker, size=3.5)
        y = 80 + 62 * row
        c.line((515, y), (552, y), color=color, width=2.2, dash=dash)
        c.marker(533, y, marker, color, 3.5)
        c.text(562, y, label, anchor="start", size=13)
        loss = (points[-1] ** 2 @ [1, 4]) / 2
        c.caption(562, y + 20, f"loss after 10 steps {loss:.2f}", anchor="start", size=12)
    c.marker(*plot.at(1, -2), "o", "ink", 5)
    plot.note(1, -2, "start", dx=12, anchor="start", size=13)
    return c


@cache
def moons_losses() -> dict[int, list[float]]:
    """Return the loss on all examples after each epoch, for the three batch sizes."""
    x, t = tn.datasets.moons(256, seed=0)
    found = {}
    for batch_size in (256, 32, 4):
        layers = [
            tn.Dense(16, activation="relu", input_shape=(2,)),
            tn.Dense(2, activation="softmax"),
        ]
        model = tn.Sequential(layers, seed=0, dtype="float64")
        model.compile(tn.SGD(0.1), DIGITS)
        found[batch_size] = [float(model.evaluate(x, t, verbose=0))]
        for epoch in range(20):
            model.fit(x, t, batch_size=batch_size, epochs=epoch + 1, initial_epoch=epoch, verbose=0)
            found[batch_size].append(float(model.evaluate(x, t, verbose=0)))
    return found


def batch_sizes(theme: str) -> Canvas:
    """The loss over the epochs for three batch sizes."""
    c = Canvas(720, 310, theme)
    plot = Plot(c, (55, 35, 430, 220), (0, 20), (0, 0.8))
    plot.axes((0, 5, 10, 15, 20), (0, 0.2, 0.4, 0.6, 0.8), "epochs", "loss")
    styles = {256: ("blue", "", "o"), 32: ("orange", "7 4", "S"), 4: ("green", "2 4", "O")}
    for batch_size, losses in moons_losses().items():
        color, dash, marker = styles[batch_size]
        plot.curve(range(21), losses, color=color, dash=dash)
        for epoch in range(0, 21, 5):
            c.marker(*plot.at(epoch, losses[epoch]), marker, color, 4)
        steps = f"{20 * 256 // batch_size} steps, loss {losses[-1]:.2f}"
        plot.label(20, losses[-1], f"batches of {batch_size}", color, size=13)
        plot.note(20, losses[-1], steps, 14, 17, anchor="start", size=12, color="muted")
    return c


# -------------------------------------------------------------------- 9. Initialisation


@cache
def depths() -> dict[str, list[np.ndarray]]:
    """Return the activations of each of twenty layers, for the four initializers."""

    def small(shape: Any, rng: Any) -> np.ndarray:
        return np.asarray(rng.normal(scale=0.01, size=shape))

    def large(shape: Any, rng: Any) -> np.ndarray:
        return np.asarray(rng.normal(scale=0.2, size=shape))

    found: dict[str, list[np.ndarray]] = {}
    x = np.random.default_rng(0).normal(size=(100, 256))
    for name, initializer in (
        ("small", small),
        ("Glorot", "glorot_uniform"),
        ("He", "he_normal"),
        ("large", large),
    ):
        layers = [tn.Dense(256, "relu", kernel_initializer=initializer) for _ in range(20)]
        model = tn.Sequential(layers, seed=0)
        model.build((256,))
        y, found[name] = x.astype("float32"), []
        for layer in model.layers:
            y = layer.forward(y)
            found[name].append(y)
    return found


INITIAL_STYLES = {
    "large": ("orange", "7 4", "S", "0.2"),
    "He": ("green", "", "o", "He"),
    "Glorot": ("blue", "2 4", "O", "Glorot"),
    "small": ("muted", "10 3 2 3", "s", "0.01"),
}


def depth(theme: str) -> Canvas:
    """The size of the signal through twenty layers."""
    c = Canvas(720, 330, theme)
    plot = Plot(c, (60, 35, 520, 235), (1, 20), (1e-20, 1e8), log=True)
    ticks = (1e-20, 1e-15, 1e-10, 1e-5, 1, 1e5)
    plot.axes((1, 5, 10, 15, 20), ticks, "layer", "size of the activations (root mean square)")
    for name, (color, dash, marker, label) in INITIAL_STYLES.items():
        sizes = [float(np.sqrt(np.square(y.astype(float)).mean())) for y in depths()[name]]
        plot.curve(range(1, 21), sizes, color=color, dash=dash, width=2.4)
        for k in (0, 4, 9, 14, 19):
            c.marker(*plot.at(k + 1, sizes[k]), marker, color, 4)
        plot.label(20, sizes[-1], label, color)
    return c


def spread(theme: str) -> Canvas:
    """Histograms of the activations at four depths, each initializer in a row."""
    c = Canvas(720, 420, theme)
    edges = np.linspace(0, 3, 31)
    shown = (1, 5, 10, 20)
    for k, number in enumerate(shown):
        c.text(205 + 135 * k, 22, f"layer {number}", bold=True)
    for row, (name, label) in enumerate(
        (("large", "0.2"), ("He", "He"), ("Glorot", "Glorot"), ("small", "0.01"))
    ):
        color = INITIAL_STYLES[name][0]
        top = 42 + 88 * row
        c.text(115, top + 32, label, anchor="end", bold=True, color=color)
        for k, number in enumerate(shown):
            y = depths()[name][number - 1].ravel().astype(float)
            counts, _ = np.histogram(y[y > 0], bins=edges)
            share = counts / max(1, (y > 0).sum())
            left = 145 + 135 * k
            beyond = float((y > 3).sum() / max(1, (y > 0).sum()))
            for j, height in enumerate(share):
                tall = 58 * min(1.0, height / 0.16)
                if tall > 0.05:
                    c.rect(left + 4 * j, top + 62 - tall, 3.4, tall, fill=color)
            c.line((left, top + 62), (left + 120, top + 62), color="muted", width=1)
            if beyond > 0.3:
                c.caption(left + 60, top + 34, f"{percent(beyond)} above 3 →", size=12)
            elif share[0] > 0.9:
                c.caption(left + 14, top + 34, "all below 0.1", size=12, anchor="start")
            if row == 3:
                for tick_value in (0, 1, 2, 3):
                    c.caption(left + 40 * tick_value, top + 77, str(tick_value), size=12)
    return c


# ---------------------------------------------------------------- 10. What can go wrong


@cache
def small_digits() -> tuple[np.ndarray, ...]:
    """Return the data of chapter 10: x, labels, x_test, test_labels, images."""
    (images, labels), (test_images, test_labels) = synthetic_digits.load_data(2000, 500)
    x, x_test = tn.utils.standardize(images, test_images)
    return x, labels, x_test, test_labels, images


def patient(activation: str = "relu", depth: int = 1) -> tn.Sequential:
    """Make the network of chapter 10."""
    hidden = [tn.Dense(32, activation) for _ in range(depth)]
    return tn.Sequential([tn.Flatten(), *hidden, tn.Dense(10, "softmax")], seed=0, dtype="float64")


@cache
def histories() -> dict[str, list[float]]:
    """Return the losses of the patients over five epochs."""
    x, labels, _, _, images = small_digits()
    shuffled = np.random.default_rng(0).permutation(labels)
    runs: dict[str, tuple[Any, ...]] = {
        "in good health": (patient(), x, labels, 0.05),
        "rate too low": (patient(), x, labels, 0.0005),
        "rate too high": (patient(), x, labels, 5),
        "inputs not scaled": (patient(), images, labels, 0.05),
        "ten sigmoid layers": (patient("sigmoid", depth=10), x, labels, 0.05),
        "labels shuffled": (patient(), x, shuffled, 0.05),
    }
    found = {}
    for name, (model, inputs, targets, rate) in runs.items():
        model.compile(tn.SGD(rate), DIGITS, metrics=["accuracy"])
        history = model.fit(inputs, targets, epochs=5, verbose=0)
        found[name] = [float(loss) for loss in history.history["loss"]]
    return found


def patients(theme: str) -> Canvas:
    """Six training losses, each beside log 10."""
    c = Canvas(720, 420, theme)
    for k, (name, losses) in enumerate(histories().items()):
        left, top = 45 + 232 * (k % 3), 52 + 195 * (k // 3)
        plot = Plot(c, (left, top, 185, 115), (1, 5), (0, 3.2))
        plot.axes((1, 2, 3, 4, 5), (0, 1, 2, 3), "epoch" if k > 2 else "", "" if k else "loss")
        c.line(plot.at(1, np.log(10)), plot.at(5, np.log(10)), color="ink", width=1.2, dash="2 3")
        inside = [min(loss, 3.2) for loss in losses]
        epochs = [*range(1, 6)]
        if losses[0] > 3.2 > losses[1]:  # the line enters from above, between the first two
            epochs[0] += (losses[0] - 3.2) / (losses[0] - losses[1])
        plot.curve(epochs, inside, color="green" if k == 0 else "orange", width=2.4)
        c.text(left + 92, top - 22, name, bold=True)
        if losses[0] > 3.2:
            first = f"↑ {losses[0]:.{0 if losses[0] > 100 else 1}f}"
            plot.note(epochs[0], 3.2, first, 8, -4, size=12, anchor="start", color="orange")
        if k == 0:
            plot.note(5, np.log(10), "log 10", dx=-2, dy=-10, anchor="end", size=12)
    return c


def vanishing(theme: str) -> Canvas:
    """The mean gradient of each of ten hidden layers."""
    c = Canvas(720, 310, theme)
    x, labels, *_ = small_digits()
    plot = Plot(c, (60, 35, 500, 215), (1, 10), (1e-9, 1e-1), log=True)
    ticks = (1e-9, 1e-7, 1e-5, 1e-3, 1e-1)
    plot.axes(range(1, 11), ticks, "hidden layer", "mean size of an entry of dW")
    for activation, color, dash, marker, first, last in (
        ("relu", "blue", "", "o", -16, 8),
        ("sigmoid", "orange", "7 4", "S", 14, -4),
    ):
        deep = patient(activation, depth=10)
        deep.compile("sgd", DIGITS)
        deep.train_on_batch(x[:100], labels[:100])
        means = [float(np.abs(deep.layers[k].gradients["W"]).mean()) for k in range(1, 11)]
        plot.curve(range(1, 11), means, color=color, dash=dash, marker=marker)
        plot.label(10, means[-1], activation, color, dy=last)
        plot.note(1, means[0], power(means[0]), 14, first, anchor="start", color=color, size=13)
    return c


@cache
def by_heart() -> dict[str, list[float]]:
    """Return training and validation losses of a network that sees a hundred examples."""
    x, labels, x_test, test_labels, _ = small_digits()
    model = patient()
    model.compile(tn.SGD(0.05), DIGITS, metrics=["accuracy"])
    history = model.fit(
        x[:100], labels[:100], epochs=100, verbose=0, validation_data=(x_test, test_labels)
    )
    return {name: [float(v) for v in values] for name, values in history.history.items()}


def overfitting(theme: str) -> Canvas:
    """A hundred examples: learned by heart, beside two thousand."""
    c = Canvas(720, 320, theme)
    history = by_heart()
    plot = Plot(c, (55, 40, 470, 215), (1, 100), (0, 2.6))
    plot.axes((1, 25, 50, 75, 100), (0, 0.5, 1, 1.5, 2, 2.5), "epoch", "loss")
    epochs = range(1, 101)
    plot.curve(epochs, history["loss"], color="blue")
    plot.curve(epochs, history["val_loss"], color="orange", dash="7 4")
    best = int(np.argmin(history["val_loss"]))
    lowest = (best + 1, history["val_loss"][best])
    c.marker(*plot.at(*lowest), "S", "orange", 5)
    plot.note(*lowest, f"lowest, in epoch {best + 1}", dy=19, size=13, color="muted")
    for name, color, label, accuracy in (
        ("loss", "blue", "the hundred seen", "accuracy"),
        ("val_loss", "orange", "500 new ones", "val_accuracy"),
    ):
        last, share = history[name][-1], f"{percent(history[accuracy][-1])} correct"
        plot.label(100, last, label, color, dx=12, dy=-18, size=13)
        plot.note(100, last, share, dx=12, anchor="start", size=12, color="muted")
    return c


# ------------------------------------------------------------------ 11. The digit reader


@cache
def reader() -> tuple[tn.Sequential, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Train the digit reader of chapter 11; return it, its first weights, and the test data."""
    (x_train, t_train), (images, t_test) = synthetic_digits.load_data(6400, 1000)
    x_train, x_test = tn.utils.standardize(x_train, images)
    model = tn.Sequential(
        [
            tn.Dense(128, activation="relu", input_shape=(784,)),
            tn.Dense(128, activation="relu"),
            tn.Dense(10, activation="softmax"),
        ],
        seed=0,
        dtype="float64",
    )
    before = model.layers[0].parameters["W"].copy()
    model.compile(tn.SGD(0.05), DIGITS, metrics=["accuracy"])
    model.fit(x_train.reshape(-1, 784), t_train, batch_size=32, epochs=3, verbose=0)
    p = model.predict(x_test.reshape(-1, 784))
    return model, before, images, t_test, p


def learned_weights(theme: str) -> Canvas:
    """The weights of seven units: at the start, after training, and the difference."""
    c = Canvas(720, 395, theme)
    model, before, *_ = reader()
    after = model.layers[0].parameters["W"]
    moved = after - before
    units = np.sort(np.argsort(-np.square(moved).sum(axis=0))[:7])
    for row, (label, weights) in enumerate(
        (("at the start", before), ("after three epochs", after), ("what was learned", moved))
    ):
        top = 38 + 112 * row
        c.text(16, top - 13, label, anchor="start", bold=True)
        limit = np.abs(weights[:, units]).max()
        for k, unit in enumerate(units):
            pixels = c.mix(weights[:, unit].reshape(28, 28) / (0.8 * limit))
            c.image(16 + 99 * k, top, 84, 84, pixels)
            c.rect(16 + 99 * k, top, 84, 84, color="rule", line=1)
            if weights is moved:
                outline_signs(c, 16 + 99 * k, top, 3, moved[:, unit].reshape(28, 28), 0.25 * limit)
    c.line((16, 378), (42, 378))
    c.text(48, 378, "orange: raises the output", anchor="start", color="orange", size=13)
    c.line((240, 378), (266, 378), dash="3 2.5")
    c.text(272, 378, "blue: lowers it", anchor="start", color="blue", size=13)
    c.caption(704, 378, "each row has its own scale", anchor="end")
    return c


def outline_signs(
    c: Canvas, left: float, top: float, size: float, values: np.ndarray, level: float
) -> None:
    """Outline the regions above a level by a solid line, those below minus it by a dashed one.

    The values, one for each pixel of that size, are smoothed over three by three pixels first.
    """
    padded = np.pad(values, 1)
    rows, columns = values.shape
    smooth = np.mean(
        [padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)], axis=0
    )
    contours = contour_generator(z=smooth)
    for at, dash in ((level, ""), (-level, "3 2.5")):
        for line in cast("list[np.ndarray]", contours.lines(at)):
            points = [(left + size * (x + 0.5), top + size * (y + 0.5)) for x, y in line]
            if len(points) > 6:  # a region of more than a pixel or two
                c.line(*points, width=1.2, dash=dash)


def confusion(theme: str) -> Canvas:
    """The confusion matrix, shaded by the share of its row."""
    c = Canvas(640, 420, theme)
    *_, t_test, p = reader()
    matrix = tn.metrics.confusion_matrix(t_test, p)
    share = matrix / matrix.sum(axis=1, keepdims=True)

    def fill(i: int, j: int) -> str:
        if matrix[i, j] == 0:
            return "paper"
        strength = min(1.0, 0.15 + 0.85 * np.sqrt(share[i, j]))
        return c.diverging(-strength if i == j else strength)

    left, top, cell = 110, 50, (44, 32)
    for i in range(10):
        c.text(left - 16, top + 16 + 32 * i, str(i), color="muted")
        c.text(left + 22 + 44 * i, top - 14, str(i), color="muted")
        for j in range(10):
            color = fill(i, j)
            c.rect(left + 44 * j, top + 32 * i, *cell, fill=color, color="rule", line=1)
            if matrix[i, j]:
                x, y = left + 22 + 44 * j, top + 16 + 32 * i
                c.text(x, y, str(matrix[i, j]), color=ink_on(color), bold=i == j)
    c.text(left + 220, 16, "read as", bold=True)
    c.text(48, top + 160, "was", bold=True)
    worst = np.where(np.eye(10, dtype=bool), 0, matrix)
    i, j = divmod(int(worst.argmax()), 10)
    c.rect(left + 44 * j, top + 32 * i, *cell, color="ink", line=3)
    mistake = f"{article(i)} read as {article(j)}, {worst.max()} times"
    c.caption(left + 220, 395, f"most often mistaken: {mistake}")
    return c


def confidence(theme: str) -> Canvas:
    """How often each confidence is correct."""
    c = Canvas(720, 320, theme)
    *_, t_test, p = reader()
    sure, right = p.max(axis=1), p.argmax(axis=1) == t_test
    plot = Plot(c, (55, 45, 430, 210), (0.2, 1), (0, 700))
    plot.axes(
        np.linspace(0.2, 1, 9).round(1), (0, 200, 400, 600), "the highest probability", "digits"
    )
    edges = np.linspace(0.2, 1, 9)
    for low, high in itertools.pairwise(edges):
        inside = (sure > low) & (sure <= high)
        good, bad = int((right & inside).sum()), int((~right & inside).sum())
        x0, y0 = plot.at(low, good + bad)
        x1, y1 = plot.at(high, bad)
        c.rect(x0 + 2, y0, x1 - x0 - 4, y1 - y0, fill="blue")
        base = plot.at(low, 0)[1]
        c.rect(x0 + 2, y1, x1 - x0 - 4, base - y1, fill="orange")
        if good + bad:
            c.text((x0 + x1) / 2, y0 - 12, percent(good / (good + bad)), size=12)
    c.rect(515, 82, 18, 14, fill="blue")
    c.text(542, 89, "correct", anchor="start")
    c.rect(515, 110, 18, 14, fill="orange")
    c.text(542, 117, "incorrect, at the bottom", anchor="start")
    c.caption(515, 150, "above: the share correct", anchor="start")
    return c


# ------------------------------------------------------------------ 12. Overfitting


@cache
def remedies() -> dict[str, dict[str, list[float]]]:
    """Return the histories of chapter 12: with nothing, weight decay, dropout, and both."""
    (images, labels), (new_images, new_labels) = synthetic_digits.load_data(300, 500)
    x, x_new = tn.utils.standardize(images, new_images)
    found = {}
    for name, decay, dropout in (
        ("nothing", None, 0.0),
        ("weight decay", 0.03, 0.0),
        ("dropout", None, 0.5),
        ("both", 0.03, 0.5),
    ):
        layers = [
            tn.Flatten(input_shape=(28, 28)),
            tn.Dense(64, activation="relu"),
            tn.Dropout(dropout),
            tn.Dense(10, activation="softmax"),
        ]
        model = tn.Sequential(layers, seed=0, dtype="float64")
        model.compile(tn.SGD(0.05, weight_decay=decay), DIGITS, metrics=["accuracy"])
        data = (x_new, new_labels)
        history = model.fit(x, labels, epochs=40, verbose=0, validation_data=data).history
        found[name] = {key: [float(v) for v in values] for key, values in history.items()}
    return found


def validation(theme: str) -> Canvas:
    """Draw training and validation loss, without and with the remedies."""
    c = Canvas(720, 235, theme)
    for k, (name, history) in enumerate(remedies().items()):
        plot = Plot(c, (42 + 172 * k, 50, 135, 120), (1, 40), (0, 2))
        plot.axes((1, 10, 20, 30, 40), (0, 1, 2), "epoch", "loss" if k == 0 else "")
        epochs = range(1, 41)
        plot.curve(epochs, [min(v, 2) for v in history["loss"]], color="blue", width=2)
        validated = [min(v, 2) for v in history["val_loss"]]
        plot.curve(epochs, validated, color="orange", width=2, dash="6 3")
        c.text(42 + 172 * k + 67, 26, name, bold=True)
        last = history["val_loss"][-1]
        plot.note(40, last, f"{last:.2f}", dx=-2, dy=-12, anchor="end", size=12, color="orange")
    return c


def shrinkage(theme: str) -> Canvas:
    """Draw the weights at the minimum of the loss, and at that of loss and penalty."""
    c = Canvas(720, 275, theme)
    steepness = np.array([10, 3, 1, 0.3, 0.1, 0.01])
    best = np.array([1.0, -0.8, 0.9, 1.0, -0.9, 0.8])
    kept = steepness / (steepness + 0.1)
    zero = 120
    for k, (a, w, share) in enumerate(zip(steepness, best, kept, strict=True)):
        x = 45 + 108 * k
        for value, dx, fill, color in ((w, 0, "wash", "muted"), (share * w, 34, "blue", "blue")):
            height = 80 * abs(value)
            c.rect(x + dx, zero - height if value > 0 else zero, 28, height, fill=fill, color=color)
        c.text(x + 31, 222, f"a = {a:g}", size=13)
        c.caption(x + 31, 242, f"{percent(share)} kept", size=12)
    c.line((30, zero), (690, zero), color="muted", width=1)
    c.caption(45, 263, "steep", anchor="start", size=12)
    c.caption(660, 263, "flat", anchor="end", size=12)
    c.rect(440, 10, 16, 13, fill="wash", color="muted")
    c.text(463, 17, "best for the loss", anchor="start", size=13)
    c.rect(590, 10, 16, 13, fill="blue", color="blue")
    c.text(613, 17, "with decay", anchor="start", size=13)
    return c


# ------------------------------------------------------------------ 13. Momentum and Adam


def momentum_speed(theme: str) -> Canvas:
    """Draw the speed under a constant and under an alternating gradient."""
    c = Canvas(720, 300, theme)
    plot = Plot(c, (55, 40, 430, 205), (0, 30), (0, 10))
    plot.axes((0, 10, 20, 30), (0, 1, 2, 4, 6, 8, 10), "step", "speed")
    for label, sign, color, dash, marker in (
        ("always the same", 1, "blue", "", "o"),
        ("changing its sign", -1, "orange", "7 4", "S"),
    ):
        w, optimizer, speeds = np.array([0.0]), tn.SGD(1.0, momentum=0.9), []
        for step in range(30):
            before = w.copy()
            optimizer.update(w, np.array([float(sign**step)]))
            speeds.append(abs(w - before).item())
        plot.curve(range(1, 31), speeds, color=color, dash=dash)
        for step in (0, 9, 19, 29):
            c.marker(*plot.at(step + 1, speeds[step]), marker, color, 4)
        plot.label(30, speeds[-1], label, color, dx=12, size=13)
        plot.note(30, speeds[-1], f"{speeds[-1]:.1f}", dx=12, dy=17, anchor="start", size=12)
    c.line(plot.at(0, 1), plot.at(30, 1), color="ink", width=1.2, dash="2 3")
    plot.note(18, 1, "without momentum", dy=-11, size=12, anchor="start")
    return c


def narrow_valley(theme: str) -> Canvas:
    """Draw three ways through a valley that is a hundred times steeper across than along."""
    c = Canvas(720, 385, theme)
    ways = [
        ("SGD, rate 0.0198", tn.SGD(0.0198), "orange", "S"),
        ("momentum 0.67, rate 0.033", tn.SGD(0.033, momentum=0.67), "green", "O"),
        ("Adam, rate 0.1", tn.Adam(0.1), "blue", "o"),
    ]
    steepness = np.array([1.0, 100.0])
    for row, (label, optimizer, color, marker) in enumerate(ways):
        plot = Plot(c, (50, 22 + 108 * row, 440, 96), (-0.35, 1.1), (-3.8, 3.8))
        along = np.linspace(-0.35, 1.1, 30)
        for level in (1, 20, 80, 180, 400, 700):  # lines of equal (w₁² + 100 w₂²) / 2
            across = np.sqrt((2 * level - along**2) / 100)
            plot.curve(along, across, color="rule", width=1)
            plot.curve(along, -across, color="rule", width=1)
        last, first = row == len(ways) - 1, row == 0
        ticks = (0, 0.5, 1) if last else ()
        labels = "w₁" if last else "", "w₂" if first else ""
        plot.axes(ticks, (-3, 0, 3), *labels, grid=False)
        points = descend(optimizer, [1.0, 1.0], steepness, 30)
        plot.curve(points[:, 0], points[:, 1], color=color, width=1.6, marker=marker, size=2.6)
        c.marker(*plot.at(0, 0), "x", "ink", 4)
        c.marker(*plot.at(1, 1), "o", "ink", 4)
        loss = float((steepness * points[-1] ** 2).sum() / 2)
        c.text(510, 62 + 108 * row, label, anchor="start", color=color, bold=True, size=13)
        c.caption(510, 82 + 108 * row, f"loss {loss:.2g}", anchor="start", size=12)
    return c


# ------------------------------------------------------------- 14. Batch normalisation


def normalised_depth(theme: str) -> Canvas:
    """Draw the size of the signal over twenty layers, with normalisation and without."""
    c = Canvas(720, 300, theme)
    plot = Plot(c, (60, 40, 430, 205), (1, 20), (0.1, 1e8), log=True)
    ticks = (1, 1e2, 1e4, 1e6, 1e8)
    plot.axes((1, 5, 10, 15, 20), ticks, "layer", "size of the activations (root mean square)")
    rng = np.random.default_rng(0)
    start = rng.normal(size=(100, 256))
    weights = [rng.normal(scale=0.2, size=(256, 256)) for _ in range(20)]
    for label, normal, color, dash, marker in (
        ("without", False, "orange", "7 4", "S"),
        ("normalised", True, "blue", "", "o"),
    ):
        y, sizes = start, []
        for W in weights:
            z = y @ W
            if normal:
                z = (z - z.mean(axis=0)) / z.std(axis=0)
            y = np.maximum(z, 0)
            sizes.append(float(np.sqrt(np.square(y).mean())))
        plot.curve(range(1, 21), sizes, color=color, dash=dash)
        for k in (0, 4, 9, 14, 19):
            c.marker(*plot.at(k + 1, sizes[k]), marker, color, 4)
        plot.label(20, sizes[-1], label, color)
    return c


def normalisation_paths(theme: str) -> Canvas:
    """Draw the three paths from an input to the normalised column."""
    c = Canvas(720, 250, theme)
    places = {"x": (70, 125), "μ": (270, 50), "s": (430, 50), "x − μ": (350, 190), "x̂": (620, 125)}
    edges = [
        ("x", "x − μ", "1, directly", "blue", ""),
        ("x", "μ", "1 / N", "orange", "7 4"),
        ("μ", "x − μ", "−1", "orange", "7 4"),
        ("x − μ", "s", "x̂ / N", "green", "2 4"),
        ("x − μ", "x̂", "1 / s", "blue", ""),
        ("s", "x̂", "−x̂ / s", "green", "2 4"),
    ]
    for start, end, label, color, dash in edges:
        (x0, y0), (x1, y1) = ends = between(places[start], places[end], 36, 38)
        c.line(*ends, color=color, width=2, dash=dash, arrow=True)
        dx, dy = {"x̂ / N": (26, 4), "−1": (-20, 4)}.get(label, (0, -15 if y1 < y0 else 17))
        c.text((x0 + x1) / 2 + dx, (y0 + y1) / 2 + dy, label, size=13, color=color)
    for name, (x, y) in places.items():
        c.rect(x - 32, y - 20, 64, 40, fill="wash", color="ink", corner=8)
        c.text(x, y, name, size=16, italic=True)
    c.caption(620, 165, "N numbers", size=12)
    c.caption(70, 165, "N numbers", size=12)
    c.caption(270, 18, "one", size=12)
    c.caption(430, 18, "one", size=12)
    return c


def components(theme: str) -> Canvas:
    """Draw a gradient, without its mean, and without its part along the column."""
    c = Canvas(720, 260, theme)
    x = np.array([-1.2, -0.7, -0.1, 0.3, 0.6, 1.1])
    xhat = (x - x.mean()) / x.std()
    g = np.array([0.1, 0.5, 0.9, 0.6, 1.3, 1.5])
    centred = g - g.mean()
    left_over = centred - xhat * (centred * xhat).mean()
    titles = ["g, from above", "without its mean", "without its part along x̂"]
    for k, (title, values) in enumerate(zip(titles, (g, centred, left_over), strict=True)):
        left, zero = 30 + 235 * k, 150
        for n, value in enumerate(values):
            height = 62 * abs(value)
            top = zero - height if value > 0 else zero
            color = ("muted", "orange", "blue")[k]
            c.rect(left + 8 + 31 * n, top, 24, height, fill=color)
        c.line((left, zero), (left + 200, zero), color="muted", width=1)
        c.text(left + 100, 22, title, bold=True)
        for y, label, amount in ((226, "sum", values.sum()), (245, "along x̂", values @ xhat)):
            number = minus(f"{round(float(amount), 1) + 0.0:.1f}")
            c.caption(left + 100, y, f"{label} {number}")
        if k < 2:
            c.line((left + 205, 80), (left + 229, 80), color="muted", width=2, arrow=True)
    return c


# ----------------------------------------------------------------- 15. The same with a graph


def value_graph(theme: str) -> Canvas:
    """Draw the graph that the neuron of chapter 4 leaves behind."""
    c = Canvas(720, 265, theme)
    nodes = {
        "w": ((60, 60), 2, 12, []),
        "x": ((60, 150), 3, 8, []),
        "w x": ((190, 105), 6, 4, ["w", "x"]),
        "b": ((190, 215), 1, 4, []),
        "+ b": ((320, 105), 7, 4, ["w x", "b"]),
        "−5": ((320, 215), -5, 4, []),
        "− 5": ((450, 105), 2, 4, ["+ b", "−5"]),
        "L": ((590, 105), 4, 1, ["− 5"]),
    }
    for place, _value, _grad, parents in nodes.values():
        for parent in parents:
            c.line(*between(nodes[parent][0], place, 32, 34), color="muted", arrow=True)
    for name, ((x, y), value, grad, _parents) in nodes.items():
        given = name == "−5"
        fill = "pale_green" if name in "wxb" else "wash"
        c.rect(x - 28, y - 20, 56, 40, fill="paper" if given else fill, color="ink", corner=8)
        c.text(x, y, name, size=15, italic=not given)
        c.text(x, y - 32, minus(str(value)), color="blue", bold=True)
        c.text(x, y + 33, str(grad), color="muted" if given else "orange", bold=True)
    c.text(520, 92, "squared", size=13, color="muted")
    c.text(620, 172, "L.backward()", size=13, mono=True, color="muted")
    c.line((560, 190), (470, 190), color="orange", width=2, dash="6 4", arrow=True)
    return c


def graph_cost(theme: str) -> Canvas:
    """Draw how many operations a graph records, and how many the layers make."""
    c = Canvas(720, 170, theme)
    sizes = [(784, 128), (128, 128), (128, 10)]
    # Each weight takes a product and a sum; then a ReLU for each hidden unit, and for the loss of
    # an example ten exponentials, nine sums, a quotient, a logarithm and a sign.
    scalar = 32 * (sum(2 * i * o for i, o in sizes) + 2 * 128 + 22)
    # Forward two operations a layer and two ReLUs; the loss and p − t; backward dW, db and dx, but
    # no dx at the bottom, and two ReLUs.
    arrays = 3 * 2 + 2 + 2 + 3 * 3 - 1 + 2
    plot = Plot(c, (170, 20, 400, 90), (0, 7), (0, 1))
    for row, (label, count, color) in enumerate(
        (("single numbers", scalar, "orange"), ("arrays", arrays, "blue"))
    ):
        y = 30 + 46 * row
        length = 400 * np.log10(count) / 7
        c.rect(170, y, float(length), 26, fill=color)
        c.text(160, y + 13, label, anchor="end")
        c.text(180 + float(length), y + 13, f"{count:,}", anchor="start", bold=True, color=color)
    for power_of_ten in range(8):
        x = plot.at(power_of_ten, 0)[0]
        c.caption(x, 132, tick(10.0**power_of_ten, log=True), size=12)
    c.caption(370, 155, "operations in one mini-batch of 32")
    return c


PICTURES: dict[str, Callable[[str], Canvas]] = {
    "01_neuron": neuron,
    "01_dense_table": dense_table,
    "01_parameters": parameters,
    "02_lines": xor_lines,
    "02_fold": xor_fold,
    "02_bend": xor_bend,
    "03_squared_errors": squared_errors,
    "03_cross_entropy": cross_entropy,
    "03_forecasts": forecasts,
    "04_graph": chain_graph,
    "04_paths": chain_paths,
    "04_difference": difference,
    "05_outer_products": outer_products,
    "05_shapes": dense_shapes,
    "06_mask": relu_mask,
    "06_kink": kink,
    "06_slopes": slopes,
    "07_softmax": softmax_steps,
    "07_jacobian": jacobian,
    "07_p_minus_t": p_minus_t,
    "08_step_sizes": step_sizes,
    "08_valley": valley,
    "08_batch_sizes": batch_sizes,
    "09_depth": depth,
    "09_spread": spread,
    "10_patients": patients,
    "10_vanishing": vanishing,
    "10_overfitting": overfitting,
    "11_weights": learned_weights,
    "11_confusion": confusion,
    "11_confidence": confidence,
    "12_validation": validation,
    "12_shrinkage": shrinkage,
    "13_momentum": momentum_speed,
    "13_valley": narrow_valley,
    "14_depth": normalised_depth,
    "14_paths": normalisation_paths,
    "14_components": components,
    "15_graph": value_graph,
    "15_cost": graph_cost,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="of pictures, all if left out")
    main(parser.parse_args().names)
