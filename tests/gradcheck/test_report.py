"""The report: as text, as data, and in a notebook."""

import html.parser
import json
from typing import Any

import pytest

from tests.support.gradients import I, N, O, Unmasked, X, altered
from tinynet import Dense, ReLU
from tinynet.gradcheck import check_gradients


def test_report_reads_well_and_asserts() -> None:
    good, bad = check_gradients(Dense(O), X), check_gradients(Unmasked(), X)
    assert good
    assert not bad
    good.assert_ok()
    with pytest.raises(AssertionError) as failure:
        bad.assert_ok()
    first, _, *table = str(failure.value).splitlines()
    assert first == bad.summary
    assert first.startswith("Unmasked is wrong: x: right where the output moves")
    assert "\n".join(table) == str(bad)
    lines = str(good).splitlines()
    assert lines[0] == "Gradient check of Dense: all right (tolerance 1e-06)"
    assert lines[1].split() == [
        *("array", "shape", "checked"),
        *("worst", "error", "where", "kinks", "verdict"),
    ]
    assert [line.split()[0] for line in lines[3:-1]] == ["W", "b", "x"]
    assert all(line.endswith("ok") for line in lines[3:-1])
    assert lines[-1].startswith("tried: inputs up to")
    row = bad.rows[0]
    assert f"At {list(row.where or ())} of x, backward has {row.analytic:.6g}" in str(bad)
    assert row.numeric == pytest.approx(0, abs=1e-12)


def test_report_as_plain_data() -> None:
    for report in (check_gradients(Dense(O), X), check_gradients(Unmasked(), X)):
        data = json.loads(json.dumps(report.to_dict()))
        assert data["ok"] is bool(report)
        assert data["schema"] == 1
        assert data["summary"] == report.summary
        assert data["worst_error"] == report.worst_error
        assert len(data["mistakes"]) == len(report.mistakes)
        assert [row["name"] for row in data["rows"]] == [row.name for row in report.rows]
    assert data["rows"][0]["mistake"]["kind"] == "mask_missing"
    assert data["rows"][0]["shape"] == [N, I]
    for name in ("analytic", "numeric", "error"):
        assert data["rows"][0][name] == getattr(report.rows[0], name)


def test_what_isnt_known_is_null() -> None:
    data = check_gradients((lambda x: 2 * x, lambda dy: None), X).to_dict()
    row = json.loads(json.dumps(data, allow_nan=False))["rows"][0]
    assert (row["numeric"], row["analytic"]) == (None, None)


def test_report_in_a_notebook() -> None:
    class Reader(html.parser.HTMLParser):
        open_tags: list[str] = []  # noqa: RUF012
        text = ""

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            self.open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open_tags.pop() == tag

        def handle_data(self, data: str) -> None:
            self.text += data

    report = check_gradients(altered(ReLU, lambda s, dy: dy * (dy > 0))(), X)
    page, reader = report._repr_html_(), Reader()
    reader.feed(page)
    assert reader.open_tags == []
    assert "It is dy > 0." in reader.text
    assert "dy &gt; 0" in page
    assert page.count("<tr>") == 1 + len(report.rows)
