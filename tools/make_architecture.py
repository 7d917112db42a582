"""Draws docs/images/architecture.svg: the parts of tinynet in their layers, and their imports.

    python -m tools.make_architecture

The imports are read from the source. An arrow leads from a part to each part that its modules
import, except to those that other arrows reach already.
"""

import argparse
import ast
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "images" / "architecture.svg"

# From the top. What each part does stands on one line or two.
STOREYS: dict[str, dict[str, tuple[str, ...]]] = {
    "What connects tinynet with other programs": {
        "exchange": ("files of Keras,", "ONNX, safetensors"),
        "distributed": ("one model on", "many processes"),
        "keras_scripts": ("Keras scripts,", "unchanged"),
    },
    "What studies a model": {
        "plotting": ("pictures of data,", "runs and models"),
        "gradcheck": ("backward against", "differences"),
        "explain": ("one step,", "in numbers"),
        "diagnose": ("what is wrong", "with a run"),
        "museum": ("known bugs,", "to be found"),
    },
    "The model and its training": {
        "datasets": ("digits,", "and toys"),
        "callbacks": ("what happens", "between the steps"),
        "models": ("Sequential.train_step: forward,", "loss, backward, update"),
    },
    "The mathematics: NumPy alone": {
        "constraints": ("limits of", "weights"),
        "regularizers": ("penalties of", "weights"),
        "initializers": ("where weights", "start"),
        "activations": ("by their", "names"),
        "layers": ("forward and", "backward"),
        "losses": ("how wrong,", "and p − t"),
        "optimizers": ("from gradients", "to a step"),
        "schedules": ("learning rates", "that change"),
        "metrics": ("how good,", "for people"),
    },
}
HEART = ("models", "layers", "losses", "optimizers")  # what a training step consists of

WIDTH, MARGIN, GAP = 1120, 20, 14
STOREY, BETWEEN, BOX = 148, 46, 78  # heights: of a storey, between two, and of a box
HEADING = 54  # from the top of a storey to its boxes: the heading, and the arrows above a box

STYLE = """
    .storey { fill: #f4f4f0; stroke: #cfcfc8; }
    .box { fill: #ffffff; stroke: #555555; stroke-width: 1.5; }
    .heart { fill: #fdf0d5; stroke: #555555; stroke-width: 1.5; }
    .module { font-size: 16px; font-weight: bold; fill: #111111; text-anchor: middle; }
    .what { font-size: 13px; fill: #333333; text-anchor: middle; }
    .heading { font-size: 15px; fill: #555555; font-style: italic; }
    .import { fill: none; stroke: #444444; stroke-width: 1.6; marker-end: url(#tip); }
"""


def is_there(part: str) -> bool:
    """Whether tinynet has this part."""
    path = ROOT / "tinynet" / part
    return path.is_dir() or path.with_suffix(".py").is_file()


def imported(part: str) -> set[str]:
    """Return the parts that a part imports; those for type checkers, if from a lower storey."""

    def walk(node: ast.AST, for_types: bool = False) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ImportFrom) and (child.module or "").startswith("tinynet"):
                path = str(child.module).split(".")[1:]
                for name in path[:1] or [alias.name for alias in child.names]:
                    yield name, for_types
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                yield from walk(child, for_types=True)
            elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from walk(child, for_types)

    path = ROOT / "tinynet" / part
    sources = path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]
    storey = {name: number for number, names in enumerate(STOREYS.values()) for name in names}
    return {
        name
        for source in sources
        for name, for_types in walk(ast.parse(source.read_text(encoding="utf-8")))
        if name in storey and not (for_types and storey[name] <= storey[part])
    }


def arrows() -> list[tuple[str, str]]:
    """Return who imports whom, without what other arrows imply."""
    parts = [part for storey in STOREYS.values() for part in storey if is_there(part)]
    graph = {part: (imported(part) & set(parts)) - {part} for part in parts}

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        ahead = [start]
        while ahead:
            for following in graph[ahead.pop()] - found:
                found.add(following)
                ahead.append(following)
        return found

    return [
        (part, other)
        for part in parts
        for other in sorted(graph[part])
        if not any(other in reached(third) for third in graph[part] - {other})
    ]


def places() -> tuple[dict[str, tuple[float, float, float]], list[str], float]:
    """Return each box's left edge, top and width; what is drawn of the storeys; the height."""
    boxes: dict[str, tuple[float, float, float]] = {}
    lines = []
    top = float(MARGIN)
    for heading, storey in STOREYS.items():
        there = {part: what for part, what in storey.items() if is_there(part)}
        if not there:
            continue
        lines.append(
            f'<rect class="storey" x="{MARGIN}" y="{top:g}" width="{WIDTH - 2 * MARGIN}" '
            f'height="{STOREY}" rx="10"/>'
        )
        lines.append(f'<text class="heading" x="36" y="{top + 24:g}">{escape(heading)}</text>')
        # Boxes are two characters wider than their texts, and together they fill the storey.
        room = WIDTH - 4 * MARGIN - GAP * (len(there) - 1)
        wishes = {part: 2 + max(1.3 * len(part), *map(len, what)) for part, what in there.items()}
        left = 2.0 * MARGIN
        for part, wish in wishes.items():
            width = min(room * wish / sum(wishes.values()), 250)
            boxes[part] = (left, top + HEADING, width)
            left += width + GAP
        top += STOREY + BETWEEN
    return boxes, lines, top - BETWEEN + MARGIN


def path_between(source: tuple[float, float, float], target: tuple[float, float, float]) -> str:
    """Return the path of an arrow from one box to another."""
    (x, y, w), (u, v, s) = source, target
    if y != v:  # from storey to storey
        start, end = x + w / 2, u + s / 2
        bend = (y + BOX + v) / 2
        curve = f"{start:.0f} {bend:.0f} {end:.0f} {bend:.0f} {end:.0f} {v - 3:.0f}"
        return f"M{start:.0f} {y + BOX:.0f} C{curve}"
    side = (x + w, u - 3) if x < u else (x, u + s + 3)
    if abs(side[0] - side[1]) < GAP:  # neighbours
        return f"M{side[0]:.0f} {y + BOX / 2:.0f} H{side[1]:.0f}"
    start, end = x + w / 2, u + s / 2
    curve = f"{start:.0f} {y - 26:.0f} {end:.0f} {y - 26:.0f} {end:.0f} {y - 3:.0f}"
    return f"M{start:.0f} {y:.0f} C{curve}"


def picture() -> str:
    """Return the whole picture."""
    boxes, lines, height = places()
    drawn = [
        f'<path class="import" data-from="{source}" data-to="{target}" '
        f'd="{path_between(boxes[source], boxes[target])}"/>'
        for source, target in arrows()
    ]
    texts = {part: what for storey in STOREYS.values() for part, what in storey.items()}
    for part, (x, y, width) in boxes.items():
        kind = "heart" if part in HEART else "box"
        middle = x + width / 2
        drawn.append(
            f'<rect class="{kind}" x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{BOX}" '
            'rx="6"/>'
        )
        drawn.append(f'<text class="module" x="{middle:.0f}" y="{y + 25:.0f}">{part}</text>')
        for number, text in enumerate(texts[part]):
            drawn.append(
                f'<text class="what" x="{middle:.0f}" y="{y + 47 + 18 * number:.0f}">'
                f"{escape(text)}</text>"
            )
    body = "\n  ".join([*lines, *drawn])
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" \
font-family="Helvetica, Arial, sans-serif">
  <title>The architecture of tinynet</title>
  <!-- python -m tools.make_architecture has drawn this picture. -->
  <defs>
    <marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" \
orient="auto">
      <path d="M0 0 L10 5 L0 10 z" fill="#444"/>
    </marker>
  </defs>
  <style>{STYLE}  </style>
  <rect width="{WIDTH}" height="{height:g}" rx="12" fill="#ffffff"/>
  {body}
</svg>
"""


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    PICTURE.write_text(picture(), encoding="utf-8")
