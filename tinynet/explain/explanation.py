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
LATEX_ROW = r" \\ &\quad + "  # a long sum goes on in the next row
TERMS_IN_ROW = 3


@explain_keywords
@dataclass(frozen=True)
class Line:
    """One line: ``name = formula = numbers = shown``.

    Attributes
    ----------
    name : str
        What is computed: ``z1[0,2]``.
    formula : str
        The formula, in Python's notation. Empty if the value is given, or the formula isn't known.
    numbers : str
        The formula with its numbers, in as many digits as it takes to get `shown` from them.
    value : float
        The result, in full.
    shown : str
        The result in the digits asked for.
    numerical : float or None
        For a gradient, what the numerical one is.
    note : str
        What else there is to say.
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
        """How far the gradient is from the numerical one."""
        return None if self.numerical is None else abs(self.value - self.numerical)

    @property
    def parts(self) -> list[str]:
        """What stands between the equals signs, after the name."""
        return [part for part in (self.formula, self.numbers, self.shown) if part]

    @property
    def remarks(self) -> list[str]:
        """The numerical gradient and the note, as text."""
        remarks = [self.note] if self.note else []
        if self.numerical is not None:
            shown = write_number(self.numerical, max(6, digits_of(self.shown)))
            remark = f"numerically {shown}, difference {self.difference:.1e}"
            size = max(abs(self.value), abs(self.numerical), 1e-3)
            if not abs(self.value - self.numerical) <= 1e-6 * size:
                remark += ": they disagree, at a kink or by a mistake"
            remarks.insert(0, remark)
        return remarks


@explain_keywords
@dataclass(frozen=True)
class ArraySummary:
    """An array in one line: shape, range, norm and share of zeros."""

    name: str
    shape: tuple[int, ...]
    lowest: float
    highest: float
    norm: float
    zeros: float

    def __str__(self) -> str:
        """Write the line."""
        return (
            f"{self.name}: shape {self.shape}, from {self.lowest:.4g} to {self.highest:.4g}, "
            f"norm {self.norm:.4g}, zeros {100 * self.zeros:.1f} %"
        )


@explain_keywords
@dataclass
class Section:
    """A heading, a sentence or two, and the lines below."""

    title: str
    text: str
    items: list[Line | ArraySummary] = field(default_factory=list)


@explain_keywords
@dataclass
class Explanation:
    """What `explain_step` found: print it, or let a notebook show it.

    Attributes
    ----------
    sections : list of Section
        What is given, the layers forwards, the loss, the layers backwards, the update.
    arrays : dict of str to numpy.ndarray
        Every array by the name that it has in the lines, in float64.
    loss, loss_after : float
        The batch's loss before the step and after it.
    """

    sections: list[Section]
    arrays: dict[str, np.ndarray]
    loss: float
    loss_after: float

    @property
    def lines(self) -> list[Line]:
        """All lines with numbers, in their order."""
        return [item for part in self.sections for item in part.items if isinstance(item, Line)]

    def __str__(self) -> str:
        """Write it as plain text; what stands between the equals signs is valid Python."""
        rows: list[str] = []
        for section in self.sections:
            rows += [section.title, "-" * len(section.title), *wrap(section.text, ""), ""]
            for item in section.items:
                rows += line_as_text(item) if isinstance(item, Line) else [f"  {item}"]
            rows.append("")
        return "\n".join(rows).rstrip()

    __repr__ = __str__

    def to_markdown(self) -> str:
        """Write it as Markdown, with the formulas in LaTeX between ``$$``."""
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
        """Show it in a notebook, as one table."""
        left = "style='text-align:left;vertical-align:top'"
        heads = ("", "formula", "numbers", "value", "numerically")
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
                # An empty <code> would be shown as a grey blob.
                texts = [f"<code>{html.escape(code)}</code>" if code else "" for code in codes]
                cells = [f"<td {left}>{text}</td>" for text in texts]
                cells.append(f"<td {left}>{html.escape('; '.join(item.remarks))}</td>")
                rows.append(f"<tr>{''.join(cells)}</tr>")
        return "<table>" + "\n".join(rows) + "</table>"


def in_rows(expression: str) -> str:
    """Write an expression as LaTeX, a long sum in several rows."""
    terms = split_sum(expression)
    rows = [terms[k : k + TERMS_IN_ROW] for k in range(0, len(terms), TERMS_IN_ROW)]
    return LATEX_ROW.join(to_latex(" + ".join(row)) for row in rows)


def digits_of(shown: str) -> int:
    """Count the significant digits of a number as it is written."""
    return len(re.sub(r"e.*|[^\d]", "", shown).lstrip("0"))


def wrap(text: str, indent: str) -> list[str]:
    """Break a text into lines, at spaces."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def line_as_text(line: Line) -> list[str]:
    """Write a line on one row, or on one for each equals sign where it is long."""
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
