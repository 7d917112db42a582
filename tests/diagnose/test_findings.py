"""The findings: each kind has its failure, its advice and its row in the documentation."""

import re

from tests.conftest import DOCS
from tests.support.seeded_failures import FAILURES, HEALTHY
from tinynet.diagnose.findings import ADVICE, CONSEQUENCES, Finding, without_consequences
from tools import make_diagnoses


def test_every_kind_of_finding_has_its_seeded_failure() -> None:
    assert set(FAILURES.values()) == set(ADVICE)
    consequences = set().union(*CONSEQUENCES.values())
    assert set(CONSEQUENCES) | consequences <= set(ADVICE)


def test_a_consequence_is_left_out_beside_its_cause() -> None:
    cause, consequence = Finding("inputs-not-scaled", "", 1), Finding("dead-relu", "", 1)
    assert without_consequences([consequence, cause]) == [cause]
    assert without_consequences([consequence]) == [consequence]


def test_the_table_in_the_documentation_is_todays() -> None:
    """But for the digits of its figures, which another machine's arithmetic may round otherwise."""
    page = (DOCS / "diagnoses.md").read_text(encoding="utf-8")
    today = make_diagnoses.page(trained=False)

    def rows(text: str) -> list[list[str]]:
        table = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
        return [[re.sub(r"[\d.]+(e[+-]\d+)?", "#", cell) for cell in row] for row in table]

    missing = [row for row in rows(today) if row not in rows(page)]
    assert not missing, "run python -m tools.make_diagnoses"
    assert all(f"`{code}`" in page for code in ADVICE)
    assert all(make.__name__.replace("_", " ") in page for make in FAILURES)
    assert all(name in page for name in HEALTHY)
