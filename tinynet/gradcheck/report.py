"""The report of a gradient check: a table to read, a truth value to assert, a dict to store."""

import html
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._internal.names import explain_keywords, known_keywords, object_attribute
from tinynet.gradcheck.crashes import OURS, CrashError, Unusable, is_within, message_of
from tinynet.gradcheck.evidence import NOT_CHECKED, Mistake

Index = tuple[int, ...]


@explain_keywords
@dataclass(frozen=True)
class Row:
    """The result for one array.

    Attributes
    ----------
    name : str
        The parameter's, ``"x"`` for the input, ``"y_pred"`` for a loss's.
    path : str
        ``"training"`` for the gradients as a training step computes them, ``"long"`` for those by
        `backward` through every layer, empty where there is no difference.
    shape : tuple of int
    checked : int
        The number of entries checked; 0 if the finding doesn't concern a gradient's values.
    error : float
        The worst relative error.
    where : tuple of int or None
        The entry with that error.
    analytic, numeric : float
        The derivative of that entry from backward, and from function values.
    kinks : int
        Entries at which the slopes to the left and to the right differ.
    unclear : int
        Entries for which function values are too rough.
    idle : int
        Entries of a parameter whose gradient was 0 at every point that was tried.
    note : str
        Why the array wasn't checked, if it wasn't.
    mistake : Mistake or None
        What is wrong, if anything.
    """

    name: str
    path: str
    shape: Index
    checked: int = 0
    error: float = 0.0
    where: Index | None = None
    analytic: float = np.nan
    numeric: float = np.nan
    kinks: int = 0
    unclear: int = 0
    idle: int = 0
    note: str = ""
    mistake: Mistake | None = None

    @property
    def road(self) -> str:
        """The former name of `path`."""
        return self.path

    @property
    def size(self) -> int:
        """Number of entries."""
        return int(np.prod(self.shape, dtype=int))

    @known_keywords
    def cells(self) -> list[str]:
        """Return the row of the table."""
        verdict = self.note or ("ok" if self.mistake is None else "WRONG")
        if self.checked == 0:
            return [self.path, self.name, str(self.shape), "", "", "", "", verdict]
        where = "" if self.where is None else str(list(self.where))
        kinks = str(self.kinks) + (f" and {self.unclear} unclear" if self.unclear else "")
        checked = f"{self.checked} of {self.size}"
        error = f"{self.error:.1e}"
        return [self.path, self.name, str(self.shape), checked, error, where, kinks, verdict]

    @property
    def numbers(self) -> str:
        """The two derivatives at the worst entry, as a sentence."""
        if self.where is None:
            return ""
        return (
            f" At {list(self.where)} of {self.name}, backward has {self.analytic:.6g}; the "
            f"function's slope is {self.numeric:.6g}."
        )


def finite(value: float) -> float | None:
    """Return a number as JSON can hold it: None if it isn't finite."""
    return float(value) if np.isfinite(value) else None


HEADER = ["path", "array", "shape", "checked", "worst error", "where", "kinks", "verdict"]


class Report:
    """Base class of both reports: true if nothing is wrong, and an assertion in a test."""

    @property
    def mistakes(self) -> list[Mistake]:
        """Everything that is wrong or not checked."""
        raise NotImplementedError

    @property
    def summary(self) -> str:
        """One sentence that says that nothing is wrong, or names the first mistake."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        return not self.mistakes

    def assert_ok(self) -> None:
        """Raise AssertionError if anything is wrong or not checked: the summary, then the table."""
        if not self:
            raise AssertionError(f"{self.summary}\n\n{self}")

    if not TYPE_CHECKING:  # type checkers still report misspelt attributes

        def __getattr__(self, name: str) -> Any:
            """Name the attribute that is meant."""
            raise object_attribute(self, name)


@explain_keywords
@dataclass(frozen=True)
class GradientReport(Report):
    """The result of `check_gradients`: prints as a table, and is true if all gradients are correct.

    It is false as well if an array of an object moves the output, but no gradient was found for it.
    The ``kind`` of its mistake is ``"not_checked"``.

    Attributes
    ----------
    title : str
        What was checked.
    rows : list of Row
        One for each array, and one for each broken rule.
    rtol : float
        The relative error up to which a gradient counts as correct.
    recognised : str
        The parameters, their gradients and the input's gradient, as recognised in the target.
    tried : str
        The range of the inputs at which gradients were checked.
    """

    title: str
    rows: list[Row]
    rtol: float
    recognised: str = ""
    tried: str = ""

    @classmethod
    def of_exception(cls, title: str, error: BaseException) -> "GradientReport":
        """Return a failing report for code that can't be loaded, or that the check refuses.

        Examples
        --------
        >>> try:
        ...     compile("def forward(x) return x", "ada.py", "exec")
        ... except SyntaxError as error:
        ...     report = GradientReport.of_exception("ada.py", error)
        >>> bool(report), report.mistakes[0].kind
        (False, 'crash')
        """
        crash = Unusable(title, error).crash()
        frames = traceback.extract_tb(error.__traceback__)
        called = [frame.name for frame in frames if is_within(frame.filename, OURS)]
        if "check_gradients" in called:
            text = f"the code can't be checked: {message_of(error)}"
            crash = CrashError("code", "crash", text)
        return cls(title, [Row(crash.where, "", (), mistake=crash.mistake)], 1e-6)

    @property
    def mistakes(self) -> list[Mistake]:
        """Everything that is wrong or not checked, in the order of the table."""
        return [row.mistake for row in self.rows if row.mistake is not None]

    @property
    def worst_error(self) -> float:
        """The largest relative error of all."""
        return max((row.error for row in self.rows), default=0.0)

    @property
    def summary(self) -> str:
        """One sentence that names the first mistake, or what isn't checked, if there is any."""
        if self:
            return f"All gradients of {self.title} are right."
        first, *others = self.explanations()
        more = f" (and {len(others)} more)" if others else ""
        verdict = "is wrong" if self._wrong() else "isn't fully checked"
        return f"{self.title} {verdict}: {first}{more}"

    @known_keywords
    def to_dict(self) -> dict[str, Any]:
        """Return everything in the report as plain numbers, strings, lists and dicts.

        The keys stay as they are from version to version; new ones may be added.

        Returns
        -------
        dict
            ``schema``: 1. ``title``, ``summary``, ``recognised``, ``tried``: str. ``ok``: bool.
            ``rtol``, ``worst_error``: float, the latter None if it isn't finite. ``mistakes``: a
            list of dicts with ``array``, ``path``, ``kind`` and ``text``, all str. ``rows``: a list
            of dicts with ``name``, ``path`` (str), ``shape`` (list of int), ``checked``, ``kinks``,
            ``unclear``, ``idle`` (int), ``error``, ``analytic``, ``numeric`` (float, None if not
            finite), ``where`` (list of int or None), ``note`` (str), and ``mistake``, None or a
            dict with ``kind`` and ``text``.

        Examples
        --------
        >>> from tinynet.gradcheck import check_gradients
        >>> data = check_gradients(lambda x: ((x**2).sum(), 2 * x), [[1.0, 2.0]]).to_dict()
        >>> data["ok"], [row["name"] for row in data["rows"]]
        (True, ['x'])
        """
        return {
            "schema": 1,
            "title": self.title,
            "ok": bool(self),
            "summary": self.summary,
            "recognised": self.recognised,
            "tried": self.tried,
            "rtol": self.rtol,
            "worst_error": finite(self.worst_error),
            "mistakes": [
                {"array": row.name, "path": row.path, **vars(row.mistake)}
                for row in self.rows
                if row.mistake is not None
            ],
            "rows": [
                {
                    **vars(row),
                    "shape": list(row.shape),
                    "where": None if row.where is None else list(row.where),
                    "error": finite(row.error),
                    "analytic": finite(row.analytic),
                    "numeric": finite(row.numeric),
                    "mistake": None if row.mistake is None else vars(row.mistake),
                }
                for row in self.rows
            ],
        }

    @known_keywords
    def explanations(self) -> list[str]:
        """Return a sentence for each mistake, with the arrays that show it."""
        rows: dict[str, list[Row]] = {}
        for row in self.rows:
            if row.mistake is not None:
                rows.setdefault(row.mistake.text, []).append(row)
        sentences = []
        unknown = {m.text for m in self.mistakes if m.kind == "unknown"}
        for text, found in sorted(rows.items(), key=lambda item: item[0] in unknown):
            names = ", ".join(dict.fromkeys(row.name for row in found))
            paths = {row.path for row in found}
            path = (
                f" (by the {found[0].path} path alone)"
                if found[0].checked and paths != self.paths
                else ""
            )
            stop = "" if text.endswith((".", "?")) else "."
            itself = "the code", "the file", "the function", names
            subject = "" if text.startswith(itself) else f"{names}{path}: "
            sentences.append(f"{subject}{text}{stop}{found[0].numbers}")
        return sentences

    @property
    def paths(self) -> set[str]:
        """The paths that were checked."""
        return {row.path for row in self.rows}

    def _table(self) -> list[list[str]]:
        """Return header and cells, without empty columns."""
        table = [HEADER, *(row.cells() for row in self.rows)]
        used = [k for k in range(len(HEADER)) if any(cells[k] for cells in table[1:])]
        return [[cells[k] for k in used] for cells in table]

    def _wrong(self) -> int:
        """Return the number of mistakes, without the arrays whose gradients weren't found."""
        return sum(mistake.kind != NOT_CHECKED for mistake in self.mistakes)

    def _headline(self) -> str:
        wrong = self._wrong()
        unchecked = len(self.mistakes) - wrong
        counts = [f"{wrong} WRONG"] if wrong else []
        counts += [f"{unchecked} not checked"] if unchecked else []
        verdict = ", ".join(counts) or "all right"
        return f"Gradient check of {self.title}: {verdict} (tolerance {self.rtol:g})"

    def __str__(self) -> str:
        table = self._table()
        widths = [max(len(cells[k]) for cells in table) for k in range(len(table[0]))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
            for cells in table
        ]
        lines.insert(1, "-" * (sum(widths) + 2 * len(widths) - 2))
        return "\n".join([self._headline(), *lines, *self.explanations(), *self._remarks()])

    def _remarks(self) -> list[str]:
        """What was recognised, the range of inputs, and what no point has exercised."""
        recognised = [f"recognised: {self.recognised}"] if self.recognised else []
        tried = [f"tried: {self.tried}"] if self.tried else []
        idle = [
            f"{row.idle} of {row.size} entries of {row.name}"
            for row in self.rows
            if row.idle and row.mistake is None
        ]
        never = f"never exercised: {', '.join(dict.fromkeys(idle))}"
        never += ", whose gradient was 0 at every point tried"
        return recognised + tried + ([never] if idle else [])

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""

        def line(cells: list[str], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in cells) + "</tr>"

        header, *body = self._table()
        sentences = [*self.explanations(), *self._remarks()]
        wrong = [f"<p>{html.escape(sentence)}</p>" for sentence in sentences]
        return "\n".join(
            [
                f"<p><b>{html.escape(self._headline())}</b></p>",
                *("<table>", f"<thead>{line(header, 'th')}</thead>", "<tbody>"),
                *(line(cells, "td") for cells in body),
                *("</tbody>", "</table>", *wrong),
            ]
        )
