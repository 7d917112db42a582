"""What a reader does with a page in a real browser, and how it looks there."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.exercises import EXERCISES, RIGHT, WRONG, answer

# What is shown beyond the box of its exercise or picture, or the screen, and can't be scrolled to.
CUT_OFF = """() => [...document.querySelectorAll("article *")].filter((element) => {
  const scrolls = (box) => getComputedStyle(box).overflowX !== "visible";
  let box = element.parentElement;
  while (box.tagName !== "ARTICLE" && !box.matches(".play, .exercise") && !scrolls(box)) {
    box = box.parentElement;
  }
  const edge = box.tagName === "ARTICLE" ? window.innerWidth : box.getBoundingClientRect().right;
  const { right, width } = element.getBoundingClientRect();
  return width > 0 && !scrolls(box) && right > edge + 1;
}).map((element) => element.outerHTML.slice(0, 100))"""


def test_an_exercise_is_solved_wrongly_then_rightly_and_remembered(page: Any) -> None:
    item = EXERCISES["cube"][1]
    page.goto("learn/04_chain_rule.html")
    said = answer(page, "cube", item.solution.replace("3 *", "2 *"), WRONG)
    assert "a constant factor is wrong" in said
    assert "solved" not in page.locator("#exercise-cube .exercise-title").inner_text()
    assert page.locator("#exercise-cube .verdict table").count() == 1
    said = answer(page, "cube", item.solution.replace("* dy", "* dy)"), WRONG)
    assert "Line 7: return 3 * self._x**2 * dy)\nSyntaxError" in said
    assert "Correct." in answer(page, "cube", item.solution, RIGHT)
    page.reload()
    assert "✓ solved" in page.locator("#exercise-cube .exercise-title").inner_text()
    assert page.locator("#exercise-cube").get_by_role("textbox").input_value().strip() == (
        item.solution.strip()
    )
    page.goto("learn/index.html")
    row = page.locator(".course-progress li", has_text="The chain rule")
    assert "1 of 4 solved" in row.inner_text()
    assert "1 of" in page.locator(".course-sum").inner_text()
    page.locator(".course-progress").get_by_role("link", name="One neuron").click()
    page.locator("#exercise-weights").wait_for()


def test_the_last_chapter_trains_the_readers_own_network(page: Any) -> None:
    dense, relu = (EXERCISES[name][1].solution for name in ("dense-backward", "relu-layer"))
    shape = "return (self.units,)"  # and see by what it prints that it is this one that trains
    dense = dense.replace(shape, f"print('units', self.units); {shape}")
    page.goto("learn/08_mini_batches.html")
    answer(page, "sgd", EXERCISES["sgd"][1].solution, RIGHT)
    known = {"dense-backward": {"answer": dense}, "relu-layer": {"answer": relu}}
    page.evaluate(
        """known => {
          const all = JSON.parse(localStorage.getItem("tinynet-course"));
          localStorage.setItem("tinynet-course", JSON.stringify({ ...all, ...known }));
        }""",
        known,
    )
    page.goto("learn/11_digit_reader.html")
    whose = page.locator(".assembly tr", has_text="Dense").locator(".whose")
    assert whose.inner_text() == "✓ yours"
    page.get_by_role("button", name="Train my network").click()
    page.locator(f".assembly .run-toolbar{RIGHT}").wait_for()
    printed = page.locator(".assembly .run-output").inner_text()
    assert "Yours: Dense, ReLU, sgd." in printed
    assert "tinynet’s: Softmax, CrossEntropy, batches, he, train_step, read." in printed
    assert printed.count("units 128\n") >= 2
    assert "epoch 3: loss 0." in printed
    assert page.locator(".assembly img").evaluate("image => image.naturalWidth") > 500


def press(block: Any, *names: str) -> None:
    """Press buttons of a block, one after the other."""
    for name in names:
        block.get_by_role("button", name=name).click()


def wait_for(block: Any, state: str) -> None:
    """Wait until a block has run and is in that state."""
    block.locator(f'.run-toolbar[data-state="{state}"]').wait_for()


def test_a_block_is_edited_run_and_reset(page: Any) -> None:
    page.goto("learn/01_one_neuron.html")
    second = page.locator(".session").nth(1)
    press(second, "Edit")
    second.get_by_role("textbox").fill("print(neuron.W.shape)\nlayer = neuron\nneuron.b")
    second.get_by_role("textbox").press("Control+Enter")
    wait_for(second, "done")
    # The block above ran first, since this one uses what it made.
    assert page.locator(".session").first.locator('[data-state="same"]').count() == 1
    assert second.locator(".run-output").inner_text().split("\n")[:4] == [
        *(">>> print(neuron.W.shape)", "(2, 1)", ">>> neuron.b", "array([5.])")
    ]
    second.get_by_role("textbox").fill("1 / 0")
    press(second, "Run")
    wait_for(second, "failed")
    assert "ZeroDivisionError" in second.locator(".run-output").inner_text()
    press(second, "Reset", "Run")
    wait_for(second, "same")


def test_a_block_without_end_is_stopped_and_python_starts_anew(page: Any) -> None:
    page.goto("learn/01_one_neuron.html")
    first = page.locator(".session").first
    press(first, "Edit")
    first.get_by_role("textbox").fill("print('on and on')\nwhile True: pass")
    press(first, "Run")
    first.get_by_text("on and on", exact=True).wait_for()
    press(first, "Stop")
    wait_for(first, "failed")
    press(first, "Reset", "Run")
    wait_for(first, "same")


def test_a_block_shows_a_table_and_a_plot(page: Any) -> None:
    page.goto("learn/04_chain_rule.html")
    block = page.locator(".session").first
    press(block, "Edit")
    block.get_by_role("textbox").fill(
        "import matplotlib.pyplot as plt\nimport numpy as np\nimport tinynet as tn\n"
        "from tinynet.gradcheck import check_gradients\n"
        "check_gradients(tn.ReLU(), np.array([[1.0, -2.0]]))\n"
        "lines = plt.plot([1, 3, 2])"
    )
    press(block, "Run")
    wait_for(block, "done")
    assert "all right" in block.locator(".run-rich table").locator("..").inner_text()
    assert block.locator("img").evaluate("image => image.naturalWidth") > 300


def test_python_is_loaded_at_the_first_click_alone(page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("learn/01_one_neuron.html")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/pyodide/" in url]
    page.locator(".session").first.get_by_role("button", name="Run").click()
    page.locator(".session progress:not([hidden])").first.wait_for()
    page.locator('.session .run-toolbar[data-state="same"]').first.wait_for()


def test_where_python_cant_be_loaded_the_page_says_so(page: Any, address: str) -> None:
    page.route("**/pyodide/**", lambda route: route.abort())
    page.goto("learn/01_one_neuron.html")
    page.locator(".session").first.get_by_role("button", name="Run").click()
    page.locator('.session .run-toolbar[data-state="failed"]').first.wait_for()
    said = page.locator(".session .run-status").first.inner_text()
    assert said.startswith(f"Python can’t be loaded from {address}pyodide/")


def test_each_page_is_linked_from_another(site: Path) -> None:
    pages = {path for path in site.rglob("*.html") if path.parent.name != "_static"}
    linked: set[str] = set()
    for path in pages:
        text = path.read_text(encoding="utf-8")
        targets = set(re.findall(r'<a [^>]*href="([^"#?:]+)', text))
        linked |= {os.path.normpath(path.parent / target) for target in targets} - {str(path)}
    searched = {site / "search.html", site / "_modules" / "index.html"}  # one has a form
    assert {str(path) for path in pages - searched} <= linked


def test_only_the_classes_of_a_type_are_links(site: Path) -> None:
    links = {
        name
        for path in (site / "reference").glob("*.html")
        for name in re.findall(r"<em>([^<]+)</em></a>", path.read_text(encoding="utf-8"))
    }
    assert "Sequential" in links
    assert [name for name in links if name[0].islower()] == []


def test_a_page_that_is_opened_as_a_file_says_what_to_do(page: Any, site: Path) -> None:
    page.unroute("**/*")
    page.goto((site / "learn" / "01_one_neuron.html").as_uri())
    run = page.locator(".session").first
    box = page.locator("#exercise-weights")
    for place, button in ((run, "Run"), (box, "Check")):
        place.get_by_role("button", name=button).click()
        place.locator('.run-toolbar[data-state="failed"]').wait_for(timeout=30_000)
        assert "python -m http.server" in place.locator(".run-status").inner_text()


def test_the_page_to_draw_on_is_shown_in_full_and_in_the_chosen_theme(page: Any) -> None:
    page.goto("draw.html")
    page.wait_for_function(
        """() => {
            const frame = document.querySelector("article iframe");
            const inside = frame.contentDocument?.documentElement;
            return inside?.scrollHeight > 1200 && frame.clientHeight >= inside.scrollHeight;
        }"""
    )
    paper = """theme => {
        document.body.dataset.theme = theme;
        return new Promise((resolve) => setTimeout(() => {
            const inside = document.querySelector("article iframe").contentDocument;
            resolve(getComputedStyle(inside.documentElement).backgroundColor);
        }, 100));
    }"""
    assert page.evaluate(paper, "dark") == "rgb(19, 20, 22)"
    assert page.evaluate(paper, "light") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("path", ["learn/04_chain_rule", "learn/08_mini_batches", "diagnoses"])
def test_nothing_is_cut_off_on_a_phone(page: Any, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{path}.html")
    assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("path", ["index", "gallery"])
def test_pictures_keep_a_size_on_a_phone_at_which_their_text_can_be_read(
    page: Any, path: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{path}.html")
    pictures = page.locator("article figure img")
    shares = """images => Promise.all(images.map(async (image) => {
        image.loading = "eager";
        await image.decode();
        return image.offsetWidth / image.naturalWidth;
    }))"""
    assert min(pictures.evaluate_all(shares)) > 0.7


def test_an_exercise_and_its_verdict_are_announced(page: Any) -> None:
    page.goto("learn/01_one_neuron.html")
    box = page.get_by_role("group", name="Exercise 1.1: Which weights?")
    assert box.get_by_role("button", name="Check").count() == 1
    assert box.locator(".verdict").get_attribute("role") == "status"


def test_the_keyboard_passes_through_a_box_and_indents_where_something_was_typed(page: Any) -> None:
    page.goto("learn/01_one_neuron.html")
    box = page.locator("#exercise-dense-forward")
    area, check = box.get_by_role("textbox"), box.get_by_role("button", name="Check")
    area.focus()
    page.keyboard.press("Tab")
    assert check.evaluate("button => button === document.activeElement")
    area.focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("x")
    page.keyboard.press("Tab")
    assert area.input_value() == "x    "
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert check.evaluate("button => button === document.activeElement")
