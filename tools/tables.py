"""Puts tables of measured numbers in their places in a page, each between two comments."""

from pathlib import Path

BEGIN, END = "<!-- begin: {} -->", "<!-- end: {} -->"


def put_tables(page: Path, tables: dict[str, str]) -> None:
    """Write tables into a page, each in the place of its name."""
    text = page.read_text(encoding="utf-8")
    for name, table in tables.items():
        begin, end = BEGIN.format(name), END.format(name)
        before, rest = text.split(begin)
        text = f"{before}{begin}\n\n{table}\n\n{end}{rest.split(end)[1]}"
    page.write_text(text, encoding="utf-8")
