"""The table of worst deviations: what the comparisons measured, and the page that shows it.

``pytest tests/parity --parity-table docs/evidence/parity.md`` writes the table into the page,
between the two markers. Nothing in it is typed.
"""

import importlib.metadata
import platform
from pathlib import Path
from typing import NamedTuple

BEGIN = "<!-- the table begins: pytest tests/parity --parity-table writes it -->"
END = "<!-- the table ends -->"
SECTIONS = (
    "Reference network",
    "Optimizers",
    "Schedules",
    "Losses",
    "Layers",
    "Training loop",
    "Metrics",
    "Utilities",
    "Initializers",
    "PyTorch",
)
PEERS = ("numpy", "keras", "tensorflow", "tensorflow-cpu", "torch", "scipy")


class Row(NamedTuple):
    """One comparison: what was compared, the worst deviation found and the most that is allowed."""

    section: str
    compared: str
    deviation: float
    bound: float | None


def markdown(rows: list[Row]) -> str:
    """Write the rows out, section by section; within one, in the order of the tests."""
    lines = [f"Measured with {', '.join(versions())}.", ""]
    rows = sorted(rows, key=lambda row: SECTIONS.index(row.section.split(",")[0].split(":")[0]))
    for section in dict.fromkeys(row.section for row in rows):
        lines += [f"### {section}", "", "| compared | worst deviation | allowed |", "|---|--:|--:|"]
        for row in rows:
            if row.section == section:
                bound = "" if row.bound is None else number(row.bound)
                lines.append(f"| {row.compared} | {number(row.deviation)} | {bound} |")
        lines.append("")
    return "\n".join(lines)


def number(value: float) -> str:
    """Two digits are enough of a deviation."""
    return "0" if value == 0 else f"{value:.2g}"


def versions() -> list[str]:
    """Python and the peers, with their versions."""
    found = [f"Python {platform.python_version()}"]
    for name in PEERS:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def write(rows: list[Row], page: Path) -> None:
    """Put the table in its place in the page."""
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    page.write_text(f"{before}{BEGIN}\n\n{markdown(rows)}\n{END}{after}", encoding="utf-8")
