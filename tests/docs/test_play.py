"""The pictures to play with compute what tinynet computes, and can be used from the keyboard."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.chromium import chromium, open_page
from tinynet import SGD, Dense, Sequential

DOCS = Path(__file__).parent.parent.parent / "docs"
KINDS = ["boundary", "descent", "graph"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Iterator[Any]:
    parts = "".join(f'<div class="play" data-play="{kind}">no script</div>' for kind in KINDS)
    style, script = (
        (DOCS / "static" / f"play.{kind}").read_text("utf-8") for kind in ("css", "js")
    )
    (tmp_path / "play.html").write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><style>{style}</style><body data-theme="auto">'
        f"{parts}<script>{script}</script>",
        encoding="utf-8",
    )
    with open_page(browser, (tmp_path / "play.html").as_uri()) as opened:
        yield opened


def test_each_stands_in_one_chapter() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (DOCS / "learn").glob("*.md"))
    assert sorted(re.findall(r'<div class="play" data-play="(\w+)">', text)) == KINDS


def press(page: Any, element: Any, *keys: str) -> None:
    element.focus()
    for key in keys:
        page.keyboard.press(key)


def said(page: Any, kind: str) -> str:
    text: str = page.locator(f'[data-play="{kind}"] .play-said').last.inner_text()
    return text


@pytest.mark.parametrize("momentum", [0, 2])
def test_the_walk_down_the_valley_is_tinynets(page: Any, momentum: int) -> None:
    box = page.locator('[data-play="descent"]')
    sliders = box.locator("input")
    press(page, sliders.nth(1), *["ArrowRight"] * momentum)
    press(page, sliders.nth(0), *["ArrowRight"] * 3)
    for _ in range(6):
        press(page, box.get_by_role("button", name="Step"), "Enter")
    path = np.array(page.evaluate("play.descent.state.path"))
    optimizer, w = SGD(0.13, momentum=0.05 * momentum), np.array([-1.6, 1.1])
    expected = [w.copy()]
    for _ in range(6):
        optimizer.update(w, w * [1, 4])
        expected.append(w.copy())
    np.testing.assert_allclose(path, expected, rtol=1e-12)
    assert said(page, "descent").startswith("After 6 steps w = (")


def test_exclusive_or_needs_as_many_units_as_chapter_8_says(page: Any) -> None:
    train = """([layers, units, seed]) => {
        Object.assign(play.boundary.state, { data: "exclusive or", layers, units, seed });
        play.boundary.restart();
        for (let epoch = 0; epoch < 300; epoch++) play.boundary.train();
    }"""

    def correct(layers: int, units: int) -> list[int]:
        found: list[int] = []
        for seed in range(1, 9):
            page.evaluate(train, [layers, units, seed])
            page.get_by_role("button", name="One epoch").click()
            found += map(int, re.findall(r"(\d+) of 160", said(page, "boundary")))
        return found

    assert max(correct(0, 8) + correct(1, 2)) < 160
    assert min(correct(1, 3)) < max(correct(1, 3)) == 160
    assert min(correct(1, 8)) == 160


def test_a_finger_moves_the_start_and_scrolls_the_page_on_the_other_pictures(page: Any) -> None:
    touch = "canvas => getComputedStyle(canvas).touchAction"
    for kind, actions in (("descent", ["none"]), ("boundary", ["auto", "auto"])):
        canvases = page.locator(f'[data-play="{kind}"] canvas').all()
        assert [canvas.evaluate(touch) for canvas in canvases] == actions


@pytest.mark.parametrize(("kind", "label"), [("descent", "Run"), ("boundary", "Train")])
def test_what_changes_thirty_times_a_second_is_spoken_when_it_stops(
    page: Any, kind: str, label: str
) -> None:
    box = page.locator(f'[data-play="{kind}"]')
    line = box.locator(".play-said").last
    box.get_by_role("button", name=label).click()
    assert line.get_attribute("aria-live") == "off"
    box.get_by_role("button", name="Pause").click()
    assert line.get_attribute("aria-live") == "polite"


def test_the_start_is_moved_by_keys_and_by_the_pointer(page: Any) -> None:
    canvas = page.locator('[data-play="descent"] canvas')
    press(page, canvas, "ArrowRight", "ArrowDown")
    assert page.evaluate("play.descent.state.start") == pytest.approx([-1.5, 1.0])
    frame = canvas.bounding_box()
    page.mouse.click(frame["x"] + frame["width"] * 0.75, frame["y"] + frame["height"] * 0.5)
    assert page.evaluate("play.descent.state.start") == pytest.approx([1, 0], abs=0.02)


def test_steps_that_are_too_large_leave_the_valley(page: Any) -> None:
    box = page.locator('[data-play="descent"]')
    press(page, box.locator("input").nth(0), "End")
    press(page, box.get_by_role("button", name="Run"), "Enter")
    box.get_by_role("button", name="Run").wait_for()  # it stops by itself
    assert said(page, "descent").endswith(": it leaves the valley")


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_network_learns_as_tinynet_does(page: Any, activation: str) -> None:
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(12, 2)), rng.integers(0, 2, size=12)
    before, losses, after = page.evaluate(
        """([x, t, activation]) => {
            const network = new play.boundary.SmallNetwork([2, 5, 4, 1], activation, 3);
            const arrays = () => network.layers.flatMap(({ W, b }) => [W, b]);
            const before = structuredClone(arrays());
            const losses = [0, 1, 2].map(() => network.step(x, t, 0.2));
            return [before, losses, arrays()];
        }""",
        [x.tolist(), t.tolist(), activation],
    )
    model = Sequential(
        [Dense(5, activation, input_shape=(2,)), Dense(4, activation), Dense(1, "sigmoid")],
        dtype="float64",
    )
    model.compile(SGD(0.2), "binary_crossentropy")
    model.set_weights([np.array(array) for array in before])
    expected = [model.train_on_batch(x, t) for _ in range(3)]
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
    for found, wanted in zip(after, model.get_weights(), strict=True):
        np.testing.assert_allclose(np.array(found), wanted, rtol=1e-10, atol=1e-14)


def test_layers_units_and_rate_are_set_from_the_keyboard(page: Any) -> None:
    box = page.locator('[data-play="boundary"]')
    sliders = box.locator("input")
    press(page, sliders.nth(0), "ArrowRight")
    press(page, sliders.nth(1), "ArrowLeft", "ArrowLeft")
    shapes = page.evaluate("play.boundary.network().layers.map(({ W }) => [W.length, W[0].length])")
    assert shapes == [[2, 6], [6, 6], [6, 1]]
    press(page, sliders.nth(2), "ArrowRight")
    assert page.evaluate("play.boundary.state.rate") == 1
    for _ in range(30):
        press(page, box.get_by_role("button", name="One epoch"), "Enter")
    found = re.fullmatch(r"Epoch 30, loss ([\d.]+); (\d+) of 160 correct", said(page, "boundary"))
    assert found
    assert int(found[2]) > 150


def test_without_a_hidden_layer_exclusive_or_is_out_of_reach(page: Any) -> None:
    box = page.locator('[data-play="boundary"]')
    box.locator("select").first.select_option("exclusive or")

    def correct(*layers: str) -> int:
        press(page, box.locator("input").first, "Home", *layers)
        page.evaluate("for (let k = 0; k < 60; k++) play.boundary.train()")
        box.get_by_role("button", name="One epoch").click()
        return int(re.findall(r"(\d+) of 160", said(page, "boundary"))[0])

    assert correct() < 130
    assert correct("ArrowRight") > 150


def test_training_runs_and_can_be_paused(page: Any) -> None:
    box = page.locator('[data-play="boundary"]')
    box.get_by_role("button", name="Train").click()
    page.wait_for_function("play.boundary.network() && /Epoch [3-9]/.test(document.body.innerText)")
    box.get_by_role("button", name="Pause").click()
    stopped = said(page, "boundary")
    page.wait_for_timeout(150)
    assert said(page, "boundary") == stopped


def test_the_graph_goes_step_by_step_to_the_numbers_of_the_chapter(page: Any) -> None:
    picture = page.locator('[data-play="graph"] svg')
    press(page, picture, "ArrowRight")
    assert said(page, "graph") == "Forward: z = 3 · 2 = 6"
    press(page, picture, "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight")
    assert said(page, "graph") == "Backward: ∂L/∂y = ∂L/∂L · ∂L/∂y = 1 · 4 = 4"
    press(page, picture, "End")
    slopes = page.evaluate("play.graph.steps().at(-1).slopes")
    assert slopes == {"L": 1, "y": 4, "z": 4, "b": 4, "x": 8, "w": 12}
    press(page, picture, "ArrowLeft", "Home")
    assert said(page, "graph").startswith("Values are blue")


def test_the_graph_takes_other_numbers_and_adds_over_paths(page: Any) -> None:
    box = page.locator('[data-play="graph"]')
    box.locator("select").select_option("two paths")

    def loss(u: float, x: float, v: float) -> float:
        return float((max(x * u, 0) + x * v - 1) ** 2)

    box.locator("input").nth(0).fill("1.5")
    box.locator("input").nth(1).fill("2")
    slopes = page.evaluate("play.graph.steps().at(-1).slopes")
    point, h = np.array([1.5, 2.0, -3.0]), 1e-6
    for k, name in enumerate("uxv"):
        change = np.eye(3)[k] * h
        expected = (loss(*(point + change)) - loss(*(point - change))) / (2 * h)
        assert slopes[name] == pytest.approx(expected, rel=1e-6), name
    press(page, box.locator("svg"), "End", "ArrowLeft")
    assert "since paths add" in page.evaluate("play.graph.steps().map((s) => s.text).join()")


def test_a_unit_that_is_closed_stops_the_gradient(page: Any) -> None:
    box = page.locator('[data-play="graph"]')
    box.locator("select").select_option("two paths")
    box.locator("input").nth(0).fill("-2")
    assert page.evaluate("play.graph.steps().at(-1).slopes.u") == 0
