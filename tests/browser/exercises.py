"""The exercises of the course, answered in a page."""

from typing import Any

from tools import course

EXERCISES = {item.name: (path, item) for path, found in course.course().items() for item in found}
WRONG = '[data-state="wrong"]'
RIGHT = '[data-state="right"]'


def answer(page: Any, name: str, code: str, state: str) -> str:
    """Write an answer, press Check, wait for a verdict, and return what stands in the box."""
    box = page.locator(f"#exercise-{name}")
    box.get_by_role("textbox").fill(code)
    box.get_by_role("button", name="Check").click()
    box.locator(f".run-toolbar{state}").wait_for()
    return str(box.inner_text())
