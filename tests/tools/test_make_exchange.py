"""The pages about other libraries' files and about many processes show what was measured."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tools import make_data_parallel, make_exchange
from tools.tables import BEGIN, END

FUZZED = json.loads((make_exchange.DATA / "fuzz_exchange.json").read_text(encoding="utf-8"))
FILES = json.loads((make_exchange.DATA / "exchange.json").read_text(encoding="utf-8"))
STEPS = json.loads(make_data_parallel.RESULTS.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("module", "tables"),
    [
        (make_exchange, make_exchange.tables(FILES, FUZZED)),
        (make_data_parallel, make_data_parallel.tables(STEPS)),
    ],
)
def test_page_has_the_tables(module: ModuleType, tables: dict[str, str]) -> None:
    text = Path(module.PAGE).read_text(encoding="utf-8")
    for name, table in tables.items():
        part = text.split(BEGIN.format(name))[1].split(END.format(name))[0]
        assert part.strip() == table, f"python -m {module.__name__} --write"


def test_files_went_every_way_without_loss() -> None:
    for file, written, read, weights, outputs, training in FILES["rows"]:
        limit = 0 if written == read == "tinynet" else 1e-6
        assert (weights or 0) == 0, (file, written, read)
        assert outputs <= limit, (file, written, read)
        assert training is None or training <= limit, (file, written, read)
    assert len(FILES["rows"]) == 16


def test_ranks_found_what_one_process_found() -> None:
    def worst(rows: list[dict[str, Any]]) -> float:
        return max(row["worst"] for row in rows)

    assert worst(STEPS["differences"]) <= 1e-12
    assert all(row["equal"] for row in STEPS["differences"])
    assert {row["ranks"] for row in STEPS["differences"]} == {1, 2, 4}


def test_every_reader_was_fuzzed() -> None:
    assert FUZZED.keys() == make_exchange.READERS.keys()
    assert all(result["read"] + result["refused"] == result["inputs"] for result in FUZZED.values())
