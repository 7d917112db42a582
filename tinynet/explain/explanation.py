"""`Explanation`, the result of `explain_step`, as text, Markdown or HTML."""

import html
import re
import textwrap
from dataclasses import dataclass, field

import numpy as np

from tinynet._internal.names import explain_keywords
from tinynet.explain.formulas import split_sum, to_latex, write_number

WIDTH = 100
LATEX_GAP = r", \quad "
LATEX_ROW = r" \\ &\quad + "  # continues a long sum in the next row
TERMS_IN_ROW = 3


@explain_keywords
@dataclass(frozen=True)
class Line:
    """One line: ``name = formula = numbers = shown``.

    Attributes
    ----------
    name : str
        The entry that is computed, such as ``z1[0,2]``.
    formula : str
        The formula in Python's notation. Empty if the value is given or the formula is unknown.
    numbers : str
        The formula with numbers filled in, written with enough digits to reproduce `shown`.
    value : float
        The result in full precision.
    shown : str
        The result, rounded to the requested number of digits.
    numerical : float or None
        The numerical gradient, if the line is a gradient.
    note : str
        A further remark.
    """

    name: str
    formula: str
    numbers: str
    value: float
    shown: str
    numerical: float | None = None
    note: str = ""

    @property
    def difference(self) -> float | None:
        """The absolute difference between the gradient and the numerical gradient."""
        return None if self.numerical is None else abs(self.value - self.numerical)

    @property
    def parts(self) -> list[str]:
        """The parts between the equals signs, after the name."""
        return [part for part in (self.formula, self.numbers, self.shown) if part]

    @property
    def remarks(self) -> list[str]:
        """The numerical gradient and the note, as text."""
        remarks = [self.note] if self.note else []
        if self.numerical is not None:
            shown = write_number(self.numerical, max(6, digits_of(self.shown)))
            remark = f"numerical gradient {shown}, difference {self.difference:.1e}"
            size = max(abs(self.value), abs(self.numerical), 1e-3)
            if not abs(self.value - self.numerical) <= 1e-6 * size:
                remark += ": they disagree, because of a kink, rounding error or a mistake"
            remarks.insert(0, remark)
        return remarks


@explain_keywords
@dataclass(frozen=True)
class ArraySummary:
    """A one-line summary of an array: shape, range, norm and share of zeros."""

    name: str
    shape: tuple[int, ...]
    lowest: float
    highest: float
    norm: float
    zeros: float

    def __str__(self) -> str:
        """Return the line."""
        return (
            f"{self.name}: shape {self.shape}, from {self.lowest:.4g} to {self.highest:.4g}, "
            f"norm {self.norm:.4g}, zeros {100 * self.zeros:.1f} %"
        )


@explain_keywords
@dataclass
class Section:
    """A heading, a short text and the lines below it."""

    title: str
    text: str
    items: list[Line | ArraySummary] = field(default_factory=list)


@explain_keywords
@dataclass
class Explanation:
    """The result of `explain_step`. Print it, or display it in a notebook.

    Attributes
    ----------
    sections : list of Section
        The given values, the forward pass, the loss, the backward pass and the update.
    arrays : dict of str to numpy.ndarray
        Every array in float64, by its name in the lines.
    loss, loss_after : float
        The loss of the batch before and after the step.
    """

    sections: list[Section]
    arrays: dict[str, np.ndarray]
    loss: float
    loss_after: float

    @property
    def lines(self) -> list[Line]:
        """All lines of all sections, in order."""
        return [item for part in self.sections for item in part.items if isinstance(item, Line)]

    def __str__(self) -> str:
        """Return plain text. Everything between the equals signs is valid Python."""
        rows: list[str] = []
        for section in self.sections:
            rows += [section.title, "-" * len(section.title), *wrap(section.text, ""), ""]
            for item in section.items:
                rows += line_as_text(item) if isinstance(item, Line) else [f"  {item}"]
            rows.append("")
        return "\n".join(rows).rstrip()

    __repr__ = __str__

    def to_markdown(self) -> str:
        """Return Markdown, with the formulas in LaTeX between ``$$``."""
        rows: list[str] = []
        for section in self.sections:
            rows += [f"## {section.title}", "", section.text, ""]
            given: dict[str, list[str]] = {}  # constants, one row for each array
            for item in section.items:
                if isinstance(item, Line) and len(item.parts) == 1 and not item.remarks:
                    equation = f"{to_latex(item.name)} = {to_latex(item.shown)}"
                    given.setdefault(item.name.split("[")[0], []).append(equation)
            rows += [f"$${LATEX_GAP.join(equations)}$$\n" for equations in given.values()]
            for item in section.items:
                if isinstance(item, ArraySummary):
                    rows += [f"- {item}", ""]
                elif len(item.parts) > 1 or item.remarks:
                    lines = r" \\ ".join(f"&= {in_rows(part)}" for part in item.parts)
                    name = to_latex(item.name)
                    rows += [rf"$$\begin{{aligned}} {name} {lines} \end{{aligned}}$$", ""]
                    rows += [f"*{remark}*\n" for remark in item.remarks]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(rows)).rstrip() + "\n"

    def _repr_html_(self) -> str:
        """Return one HTML table, which a notebook displays."""
        left = "style='text-align:left;vertical-align:top'"
        heads = ("", "formula", "numbers", "value", "numerical gradient")
        rows = ["<tr>" + "".join(f"<th {left}>{head}</th>" for head in heads) + "</tr>"]
        for section in self.sections:
            title, text = html.escape(section.title), html.escape(section.text)
            heading = f"<br><b>{title}</b><br><span style='font-weight:normal'>{text}</span>"
            rows.append(f"<tr><th colspan='5' {left}>{heading}</th></tr>")
            for item in section.items:
                if isinstance(item, ArraySummary):
                    text = f"<code>{html.escape(str(item))}</code>"
                    rows.append(f"<tr><th colspan='5' {left}>{text}</th></tr>")
                    continue
                codes = (item.name, item.formula, item.numbers, item.shown)
                # An empty <code> would appear as a grey blob.
                texts = [f"<code>{html.escape(code)}</code>" if code else "" for code in codes]
                cells = [f"<td {left}>{text}</td>" for text in texts]
                remarks = "; ".join(item.remarks).removeprefix(f"{heads[-1]} ")
                cells.append(f"<td {left}>{html.escape(remarks)}</td>")
                rows.append(f"<tr>{''.join(cells)}</tr>")
        return "<table>" + "\n".join(rows) + "</table>"


def in_rows(expression: str) -> str:
    """Return an expression as LaTeX, with a long sum split into several rows."""
    terms = split_sum(expression)
    rows = [terms[k : k + TERMS_IN_ROW] for k in range(0, len(terms), TERMS_IN_ROW)]
    return LATEX_ROW.join(to_latex(" + ".join(row)) for row in rows)


def digits_of(shown: str) -> int:
    """Count the significant digits of a written number."""
    return len(re.sub(r"e.*|[^\d]", "", shown).lstrip("0"))


def wrap(text: str, indent: str) -> list[str]:
    """Break text into lines at spaces."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def line_as_text(line: Line) -> list[str]:
    """Return a line as one row or, if it is long, as rows that break at the equals signs."""
    whole = f"  {line.name} = {' = '.join(line.parts)}"
    rows = [whole]
    if len(whole) > WIDTH:
        rows = []
        for k, part in enumerate(line.parts):
            first, *others = wrap(part, " " * 10)
            rows.append(f"  {line.name}" if k == 0 else "")
            rows[-1] = f"{rows[-1]:<8}= {first.strip()}" if k else f"{rows[-1]} = {first.strip()}"
            rows += others
    return rows + [f"          # {remark}" for remark in line.remarks]
