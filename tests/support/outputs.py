"""Compare what two programs print: the same words, and numbers that are close."""

import re

NUMBER = re.compile(r"(?<![\w.])[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan|inf)(?![\w])")


def difference(first: str, second: str, tolerance: float | None = 1e-5) -> str:
    """Return where two outputs differ, in a few words; empty if they don't.

    Parameters
    ----------
    first, second : str
        The outputs. How much space stands between two words doesn't matter.
    tolerance : float, optional
        How far two numbers may lie apart, as a share of the larger one, or at all if they are
        below 1. None compares the words alone.
    """
    lines = [[" ".join(line.split()) for line in text.split("\n")] for text in (first, second)]
    words = [" ".join(NUMBER.sub("#", " ".join(part)).split()) for part in lines]
    plain = [re.sub(r"\s*([\[\](),])\s*", r"\1", part) for part in words]
    if plain[0] != plain[1]:
        place = next(
            (k for k, (a, b) in enumerate(zip(*plain, strict=False)) if a != b),
            min(map(len, plain)),
        )
        near = slice(max(0, place - 60), place + 60)
        return f"words: {plain[0][near]!r} and {plain[1][near]!r}"
    if tolerance is None:
        return ""
    numbers = [[float(n) for n in NUMBER.findall(" ".join(part))] for part in lines]
    for k, (a, b) in enumerate(zip(*numbers, strict=True)):
        close = abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))
        if not (close or a == b or (a != a and b != b)):
            return f"number {k}: {a!r} and {b!r}"
    return ""
