"""The pages of the course in a real browser: every block, and the exercises."""

import json
import re
from typing import Any

import pytest

from tests.browser.exercises import EXERCISES, RIGHT, WRONG, answer
from tests.support.pages import DOCS, TEXT, needs

(PATTERNS,) = re.findall(
    r"^run_in_page = (\[.*\])$", (DOCS / "conf.py").read_text(encoding="utf-8"), re.MULTILINE
)
PAGES = [
    path.relative_to(DOCS).with_suffix("").as_posix()
    for pattern in json.loads(PATTERNS)
    for path in sorted(DOCS.glob(f"{pattern}.md"))
    if not needs(TEXT[path.relative_to(DOCS).as_posix()])
]

RUN_EVERYTHING = """async () => {
  document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  const found = [];
  for (const box of document.querySelectorAll(".session")) {
    const bar = box.querySelector(".run-toolbar");
    bar.querySelector("button").click();
    while (!["same", "different", "failed"].includes(bar.dataset.state)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const state = bar.dataset.state;
    found.push({ state, said: bar.textContent, text: box.querySelector("pre").textContent });
  }
  return found;
}"""


def blocks_that_run(page: str) -> int:
    """Count the sessions of a page outside of sections that need a package."""
    sections = re.split(r"^(?=#+ )", TEXT[page], flags=re.MULTILINE)
    return sum(part.count("```pycon") for part in sections if "<!-- needs:" not in part)


def test_pages_are_those_of_the_course_mazur_and_the_how_tos() -> None:
    assert {"mazur", "how-to/own_layer", "learn/01_one_neuron"} <= set(PAGES)
    assert len([page for page in PAGES if page.startswith("learn/0")]) >= 9


@pytest.mark.parametrize("name", PAGES)
def test_every_block_prints_what_the_page_says_and_every_exercise_is_graded(
    page: Any, name: str
) -> None:
    page.goto(f"{name}.html")
    blocks = page.evaluate(RUN_EVERYTHING)
    assert len(blocks) == blocks_that_run(f"{name}.md")
    for block in blocks:
        assert block["state"] == "same", f"{block['said']}\n{block['text']}"
    for path, item in EXERCISES.values():
        if f"learn/{path.stem}" == name:
            answer(page, item.name, item.start, WRONG)
            said = answer(page, item.name, item.solution, RIGHT)
            assert ("part of your digit reader" in said) == bool(item.piece)
