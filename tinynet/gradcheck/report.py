"""The report of a gradient check: a table to read, a truth value to assert, a dict to store."""

import html
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinynet.gradcheck.mistakes import Mistake

Index = tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """What was found out about one array.

    Attributes
    ----------
    name : str
        The parameter's, ``"x"`` for the input, ``"y_pred"`` for a loss's.
    road : str
        ``"training"`` for the gradients as a training step computes them, ``"long"`` for those by
        `backward` through every layer, empty where there is no difference.
    shape : tuple of int
    checked : int
        How many entries were looked at; 0 where the finding isn't about a gradient's values.
    error : float
        The worst relative error.
    where : tuple of int or None
        The entry that has it.
    analytic, numeric : float
        That entry's derivative as backward has it, and as function values have it.
    kinks : int
        Entries at which the slopes to the left and to the right differ.
    unclear : int
        Entries at which function values are too rough to tell.
    note : str
        Why it wasn't checked, if it wasn't.
    mistake : Mistake or None
        What is wrong, None if nothing is.
    """

    name: str
    road: str
    shape: Index
    checked: int = 0
    error: float = 0.0
    where: Index | None = None
    analytic: float = np.nan
    numeric: float = np.nan
    kinks: int = 0
    unclear: int = 0
    note: str = ""
    mistake: Mistake | None = None

    @property
    def size(self) -> int:
        """Number of entries."""
        return int(np.prod(self.shape, dtype=int))

    def cells(self) -> list[str]:
        """Return the row of the table."""
        verdict = self.note or ("ok" if self.mistake is None else "WRONG")
        if self.checked == 0:
            return [self.road, self.name, str(self.shape), "", "", "", "", verdict]
        where = "" if self.where is None else str(list(self.where))
        kinks = str(self.kinks) + (f" and {self.unclear} unclear" if self.unclear else "")
        checked = f"{self.checked} of {self.size}"
        error = f"{self.error:.1e}"
        return [self.road, self.name, str(self.shape), checked, error, where, kinks, verdict]

    @property
    def numbers(self) -> str:
        """The two derivatives at the worst entry, as a sentence."""
        if self.where is None:
            return ""
        return (
            f" At {list(self.where)} of {self.name}, backward has {self.analytic:.6g}; the "
            f"function's slope is {self.numeric:.6g}."
        )


HEADER = ["road", "array", "shape", "checked", "worst error", "where", "kinks", "verdict"]


@dataclass(frozen=True)
class GradientReport:
    """What `check_gradients` found: prints as a table, and is false if anything is wrong.

    Attributes
    ----------
    title : str
        What was checked.
    rows : list of Row
        One for each array, and one for each other thing that is wrong.
    rtol : float
        The relative error up to which a gradient counts as right.
    """

    title: str
    rows: list[Row]
    rtol: float

    def __bool__(self) -> bool:
        return not self.mistakes

    @property
    def mistakes(self) -> list[Mistake]:
        """Everything that is wrong, in the order of the table."""
        return [row.mistake for row in self.rows if row.mistake is not None]

    @property
    def worst_error(self) -> float:
        """The largest relative error of all."""
        return max((row.error for row in self.rows), default=0.0)

    def assert_ok(self) -> None:
        """Raise AssertionError, with the whole table, if anything is wrong."""
        if not self:
            raise AssertionError(f"\n{self}")

    def to_dict(self) -> dict[str, Any]:
        """Return everything in the report as plain numbers, strings, lists and dicts."""
        return {
            "title": self.title,
            "ok": bool(self),
            "rtol": self.rtol,
            "worst_error": self.worst_error,
            "rows": [
                {
                    **vars(row),
                    "shape": list(row.shape),
                    "where": None if row.where is None else list(row.where),
                    "mistake": None if row.mistake is None else vars(row.mistake),
                }
                for row in self.rows
            ],
        }

    def explanations(self) -> list[str]:
        """Return a sentence for each thing that is wrong, with the arrays in which it shows."""
        rows: dict[str, list[Row]] = {}
        for row in self.rows:
            if row.mistake is not None:
                rows.setdefault(row.mistake.text, []).append(row)
        sentences = []
        for text, found in rows.items():
            names = ", ".join(dict.fromkeys(row.name for row in found))
            roads = {row.road for row in found}
            road = f" (by the {found[0].road} road alone)" if roads != self.roads else ""
            sentences.append(f"{names}{road}: {text}.{found[0].numbers}")
        return sentences

    @property
    def roads(self) -> set[str]:
        """The roads that were checked."""
        return {row.road for row in self.rows}

    def _table(self) -> list[list[str]]:
        """Return header and cells, without the columns in which nothing stands."""
        table = [HEADER, *(row.cells() for row in self.rows)]
        used = [k for k in range(len(HEADER)) if any(cells[k] for cells in table[1:])]
        return [[cells[k] for k in used] for cells in table]

    def _headline(self) -> str:
        count = len(self.mistakes)
        verdict = f"{count} WRONG" if count else "all right"
        return f"Gradient check of {self.title}: {verdict} (tolerance {self.rtol:g})"

    def __str__(self) -> str:
        table = self._table()
        widths = [max(len(cells[k]) for cells in table) for k in range(len(table[0]))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
            for cells in table
        ]
        lines.insert(1, "-" * (sum(widths) + 2 * len(widths) - 2))
        return "\n".join([self._headline(), *lines, *self.explanations()])

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""

        def line(cells: list[str], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in cells) + "</tr>"

        header, *body = self._table()
        wrong = [f"<p>{html.escape(sentence)}</p>" for sentence in self.explanations()]
        return "\n".join(
            [
                f"<p><b>{html.escape(self._headline())}</b></p>",
                *("<table>", f"<thead>{line(header, 'th')}</thead>", "<tbody>"),
                *(line(cells, "td") for cells in body),
                *("</tbody>", "</table>", *wrong),
            ]
        )
