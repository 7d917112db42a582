"""Draws the pictures of docs/gallery.md by running its code.

python -m tools.make_gallery

Each block of code leaves an Axes in ``ax``, which is saved as the picture below the block.
"""

import argparse
import doctest
import io
import re
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")  # no screen needed
from matplotlib.figure import Figure
from PIL import Image, ImageSequence

from tinynet.plotting import animate_decision_boundary

PAGE = Path(__file__).parent.parent / "docs" / "gallery.md"
FOLDER = PAGE.parent / "images" / "gallery"
BLOCK = re.compile(r"```pycon\n(.*?)```(?:\s+!\[[^\]]*\]\(images/gallery/([\w.]+)\))?", re.DOTALL)


def main() -> None:
    """Run the page and save its pictures."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the gallery.")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for the pictures")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    names: dict[str, Any] = {}
    for session, picture in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        examples = doctest.DocTestParser().get_examples(session)
        exec("".join(example.source for example in examples), names)
        if picture.endswith(".gif"):
            save_film(names, folder / picture)
        elif picture:
            save_picture(names["ax"].figure, folder / picture)


def save_picture(figure: Figure, path: Path) -> None:
    """Save a figure with 256 colours, half the bytes of all."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=80)
    Image.open(file).convert("RGB").quantize(256).save(path, optimize=True)


def save_film(names: dict[str, Any], path: Path) -> None:
    """Make the film anew, a small one: with 49 colours, the same in all frames."""
    ax = Figure(figsize=(4.4, 3.4), dpi=64, layout="constrained").subplots()
    animate_decision_boundary(
        names["keeper"], names["x"], names["y"], path, frames_per_second=4, ax=ax
    )
    with Image.open(path) as film:
        frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(film)]
        durations = [frame.info["duration"] for frame in ImageSequence.Iterator(film)]
    # Of the first frame the pale tints that fill it, of the last one the strong ones.
    tints = frames[0].quantize(16, method=Image.Quantize.MEDIANCUT).getpalette() or []
    strong = frames[-1].quantize(32, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([255, 255, 255, *tints[: 3 * 16], *strong[: 3 * 32]])
    first, *rest = [f.quantize(palette=palette, dither=Image.Dither.NONE) for f in frames]
    first.save(path, save_all=True, append_images=rest, duration=durations, loop=0, optimize=True)


if __name__ == "__main__":
    main()
