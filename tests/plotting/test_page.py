"""A network on a page computes what tinynet computes, and can be used by hand and by keyboard."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet as tn
from tests.support.chromium import chromium, open_page
from tinynet import Dense, Dropout, Flatten, Normalization, ReLU, Sequential, Sigmoid, Softmax, Tanh
from tinynet.layers import ACTIVATIONS, Layer
from tinynet.plotting.page import MOST_EXAMPLES, Page

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, size=(30, 12, 10)).astype(np.uint8)


def digits(dtype: str = "float64") -> Sequential:
    return Sequential(
        [
            Normalization(None, 100.0, 70.0**2, input_shape=(12, 10)),
            Flatten(),
            Dense(16, "relu"),
            Dropout(0.5),
            Dense(7),
            Tanh(),
            Dense(4, "softmax"),
        ],
        seed=1,
        dtype=dtype,
    )


MODELS: dict[str, Sequential] = {
    "digits": digits(),
    "digits in float32": digits("float32"),
    "one probability": Sequential(
        [Dense(5, "sigmoid", input_shape=(3,)), Dense(1), Sigmoid()], seed=0, dtype="float64"
    ),
    "numbers out": Sequential(
        [Dense(6, "tanh", input_shape=(3,), use_bias=False), ReLU(), Dense(2)],
        seed=0,
        dtype="float64",
    ),
    "softmax of softmax": Sequential(
        [Softmax(input_shape=(4,)), Dense(4, "softmax"), Dense(4, "softmax")],
        seed=2,
        dtype="float64",
    ),
    "nothing but shape": Sequential([Flatten(input_shape=(3, 2))], dtype="float64"),
}
# Each activation once, between two layers, at its settings and at the places of its bends.
ACTIVATED = {
    f"{name} {settings}".strip(): make
    for name, settings, make in [
        *((name, "", make) for name, make in ACTIVATIONS.items() if make is not None),
        ("leaky_relu", "0.3", lambda: tn.layers.LeakyReLU(0.3)),
        ("elu", "0.5", lambda: tn.layers.ELU(0.5)),
        ("celu", "2", lambda: tn.layers.CELU(2.0)),
        ("gelu", "approximate", lambda: tn.layers.GELU(approximate=True)),
        ("prelu", "", tn.layers.PReLU),
        ("batch normalization", "", tn.layers.BatchNormalization),
        ("layer normalization", "", tn.layers.LayerNormalization),
        (
            "layer normalization",
            "plain",
            lambda: tn.layers.LayerNormalization(scale=False, center=False),
        ),
        ("rescaling", "", lambda: tn.layers.Rescaling(0.5, 2.0)),
        ("activation", "", lambda: tn.layers.Activation("tanh")),
        ("reshape", "", lambda: tn.layers.Reshape((6,))),
    ]
}
for name, make in ACTIVATED.items():
    MODELS[name] = Sequential(
        [Dense(6, input_shape=(3,)), make(), Dense(2)], seed=5, dtype="float64"
    )
for model in MODELS.values():  # biases that are zero would hide a mistake
    model.parameters += RNG.normal(scale=0.1, size=model.parameters.shape)
    for layer in model.layers:
        for state in layer.states.values():  # of a variance, too: it stays above 0
            state += RNG.uniform(0.1, 1, size=state.shape)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


def text_of(model: Sequential, **options: Any) -> str:
    page: Page = model.to_html(**options)
    return page.text


def open_model(browser: Any, folder: Path, model: Sequential, **options: Any) -> Any:
    model.to_html(folder / "model.html", **options)
    return open_page(browser, (folder / "model.html").as_uri())


@pytest.mark.parametrize("name", MODELS)
def test_forward_and_backward_are_those_of_tinynet(name: str, browser: Any, tmp_path: Path) -> None:
    model = MODELS[name]
    shape = model.input_shapes[0]
    x = 3 * RNG.normal(size=(6, *shape)) if shape != (12, 10) else IMAGES[:6].astype(float)
    dy = RNG.normal(size=(6, *model.output_shapes[-1]))
    with open_model(browser, tmp_path, model) as page:
        y, dx = page.evaluate(
            """([x, dy]) => [
                x.map((row) => Array.from(network.forward(row))),
                x.map((row, k) => {
                    network.forward(row);
                    return Array.from(network.backward(dy[k]));
                }),
            ]""",
            [x.reshape(6, -1).tolist(), dy.tolist()],
        )
    expected = model.forward(x)
    rtol = 1e-12 if model.dtype == np.float64 else 1e-5
    atol = 1e-13 if model.dtype == np.float64 else 1e-6
    np.testing.assert_allclose(np.array(y), expected.reshape(6, -1), rtol=rtol, atol=atol)
    slopes = model.backward(dy.astype(model.dtype)).reshape(6, -1)
    np.testing.assert_allclose(np.array(dx), slopes, rtol=rtol, atol=atol)


@pytest.mark.parametrize("name", ["digits", "one probability", "numbers out"])
def test_gradient_of_a_score_is_a_difference(name: str, browser: Any, tmp_path: Path) -> None:
    model = MODELS[name]
    size = int(np.prod(model.input_shapes[0]))
    x = RNG.normal(size=size) * 50
    with open_model(browser, tmp_path, model) as page:
        slopes, scores = page.evaluate(
            """(x) => {
                const score = (x) => {
                    network.forward(x);
                    return network.outputs[network.scored][0];
                };
                const moved = (k, h) => x.map((value, j) => value + (j === k ? h : 0));
                network.forward(x);
                const slopes = Array.from(network.gradient(0));
                const change = (k) => score(moved(k, 1e-4)) - score(moved(k, -1e-4));
                return [slopes, x.map((_, k) => change(k) / 2e-4)];
            }""",
            x.tolist(),
        )
    np.testing.assert_allclose(slopes, scores, rtol=1e-5, atol=1e-9)


def test_drawing_changes_what_it_says(browser: Any, tmp_path: Path) -> None:
    model = Sequential([Flatten(input_shape=(28, 28)), Dense(10, "softmax")], seed=0)
    with open_model(browser, tmp_path, model, pixel_range=(-1, 3)) as page:
        blank = page.evaluate("Array.from(input)")
        assert set(blank) == {-1}
        box = page.locator("#drawing").bounding_box()
        page.mouse.move(box["x"] + 60, box["y"] + 40)
        page.mouse.down()
        page.mouse.move(box["x"] + 90, box["y"] + 200, steps=5)
        page.mouse.up()
        drawn = np.array(page.evaluate("Array.from(input)")).reshape(28, 28)
        ink = (drawn + 1) / 4
        assert ink.max() == 1
        # As in MNIST: 20 pixels long, and the centre of mass in the middle.
        rows = np.flatnonzero(ink.max(axis=1) > 0.3)
        assert 19 <= rows[-1] - rows[0] + 1 <= 21
        places = np.arange(28) + 0.5
        assert ink.sum(axis=1) @ places / ink.sum() == pytest.approx(14, abs=0.2)
        assert ink.sum(axis=0) @ places / ink.sum() == pytest.approx(14, abs=0.2)
        said = page.locator("#said").inner_text()
        p = model.predict(drawn[None])[0]
        assert said == f"It says {p.argmax()}, with {100 * p.max():.1f} %."
        page.locator("#centred").uncheck()
        moved = np.array(page.evaluate("Array.from(input)")).reshape(28, 28)
        assert np.flatnonzero(moved.max(axis=1) > 0)[0] < 6
        page.locator("#clear").click()
        assert page.evaluate("Array.from(input)") == blank


def test_everything_works_from_the_keyboard(browser: Any, tmp_path: Path) -> None:
    with open_model(browser, tmp_path, digits(), examples=IMAGES, labels=list(range(30))) as page:
        page.locator("#drawing").focus()
        for key in ("Delete", "ArrowUp", " ", *["ArrowDown"] * 4, " ", "ArrowLeft"):
            page.keyboard.press(key)
        assert page.evaluate("input.some((value) => value > 100)")
        page.locator(".bar").nth(2).focus()
        page.keyboard.press("Enter")
        assert page.locator(".bar").nth(2).get_attribute("aria-pressed") == "true"
        assert page.locator("#wish-title").inner_text() == "To make it more of a 2"
        score = "network.outputs[network.scored][2]"
        before = page.evaluate(score)
        page.locator("#step").focus()
        page.keyboard.press("Enter")
        assert page.evaluate(score) > before
        page.locator(".example").nth(3).focus()
        page.keyboard.press("Enter")
        assert page.evaluate("Array.from(input)") == IMAGES[3].ravel().tolist()


def test_layers_show_their_most_active_units(browser: Any, tmp_path: Path) -> None:
    model = digits()
    with open_model(browser, tmp_path, model, examples=IMAGES[:1]) as page:
        titles = page.locator(".layer h3").all_inner_texts()
        first = page.locator(".layer").first.locator(".unit").all_inner_texts()
    assert titles == ["dense: 16 units, relu", "dense_1: 7 units, tanh"]
    hidden = IMAGES[:1]
    for layer in model.layers[:3]:
        hidden = layer.forward(hidden)
    hidden = hidden[0]
    order = np.argsort(-hidden)[: min(6, np.count_nonzero(hidden))]
    assert [int(re.findall(r"unit (\d+)", text)[0]) for text in first] == order.tolist()
    assert float(first[0].split()[-1]) == pytest.approx(hidden.max(), rel=5e-3)


def test_plain_numbers_are_set_with_names(browser: Any, tmp_path: Path) -> None:
    model = MODELS["numbers out"]
    x = np.array([[0.0, 1.0, 2.0], [4.0, -1.0, 2.0]])
    names = {"feature_names": ["<b>length</b>", "width", "age"], "class_names": ["price", "rent"]}
    with open_model(browser, tmp_path, model, examples=x, **names) as page:
        assert page.locator(".feature label").all_inner_texts() == names["feature_names"]
        assert page.locator(".bar .name").all_inner_texts() == ["price", "rent"]
        page.locator("input[type=number]").nth(1).fill("0.25")
        page.keyboard.press("Tab")
        assert page.evaluate("Array.from(input)") == [0, 0.25, 2]
        page.locator("input[type=range]").first.focus()
        page.keyboard.press("End")
        assert page.evaluate("Array.from(input)") == [4, 0.25, 2]
        y = page.evaluate("Array.from(network.outputs.at(-1))")
    np.testing.assert_allclose(y, model.predict([[4, 0.25, 2]])[0], rtol=1e-12)


def test_without_a_path_a_notebook_shows_it(browser: Any, tmp_path: Path) -> None:
    page = digits().to_html(title='A "quoted" & <odd> title')
    assert len(repr(page)) < 100
    cell = tmp_path / "cell.html"
    cell.write_text(f"<!DOCTYPE html>{page._repr_html_()}", encoding="utf-8")
    with open_page(browser, cell.as_uri()) as notebook:
        inside = notebook.frame_locator("iframe")
        assert inside.locator("h1").inner_text() == 'A "quoted" & <odd> title'
        assert inside.locator(".bar").count() == 4


def test_with_a_path_it_writes_a_file_that_asks_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "digits.html"
    assert digits().to_html(path) is None
    text = path.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert not re.search(r"https?:|src=|@import|fetch\(|XMLHttp", text)


def description_of(text: str) -> dict[str, Any]:
    found = re.search(r'id="description">(.*?)</script>', text, re.DOTALL)
    assert found
    description: dict[str, Any] = json.loads(found[1])
    return description


def test_names_cannot_end_the_script() -> None:
    name = "</script><script>alert(1)</script>"
    text = text_of(
        MODELS["numbers out"], class_names=[name, "<!-- page -->"], title="<!-- network -->"
    )
    assert description_of(text)["classes"] == [name, "<!-- page -->"]
    assert text.count("<script") == 3


def test_what_an_input_is() -> None:
    def image(shape: tuple[int, ...], **options: Any) -> Any:
        model = Sequential([Flatten(input_shape=shape), Dense(2, "softmax")], seed=0)
        return description_of(text_of(model, **options))["image"]

    assert image((28, 28)) == [28, 28]
    assert image((5, 7, 1)) == [5, 7]
    assert image((784,)) == [28, 28]
    assert image((70,)) is None
    assert image((70,), image_shape=(7, 10)) == [7, 10]
    assert image((49,)) is None  # seven by seven is as likely a table
    assert image((4, 5, 6)) is None
    assert image((64,), feature_names=[f"x{k}" for k in range(64)]) is None


def test_range_of_the_ink() -> None:
    def found(**options: Any) -> tuple[float, float]:
        description = description_of(text_of(digits(), **options))
        return description["low"], description["high"]

    assert found() == (0, 255)
    assert found(examples=IMAGES / 100) == (
        IMAGES[:MOST_EXAMPLES].min() / 100,
        IMAGES[:MOST_EXAMPLES].max() / 100,
    )
    assert found(pixel_range=(-1, 2.5)) == (-1, 2.5)
    plain = Sequential([Flatten(input_shape=(9, 9)), Dense(2)], seed=0)
    assert description_of(text_of(plain))["high"] == 1
    for scale, offset, high in ((1 / 255, 0.0, 255), (1 / 127.5, -1.0, 255), (2.0, -1.0, 1)):
        layers = [tn.layers.Rescaling(scale, offset, input_shape=(9, 9)), Flatten(), Dense(2)]
        assert description_of(text_of(Sequential(layers, seed=0)))["high"] == high


def test_a_single_output_is_named_after_what_it_is() -> None:
    def classes(end: str, **options: Any) -> Any:
        model = Sequential([Dense(1, end, input_shape=(3,))], seed=0)
        return description_of(text_of(model, **options))["classes"]

    assert classes("sigmoid") == ["1"]  # the probability of class 1
    assert classes("sigmoid", class_names=["no", "yes"]) == ["yes"]
    assert classes("sigmoid", class_names=["yes"]) == ["yes"]
    assert classes("linear") == ["output"]
    with pytest.raises(ValueError, match="must name all 1 outputs, received 2"):
        classes("linear", class_names=["no", "yes"])
    model = Sequential([Dense(1, "sigmoid", input_shape=(3,))], seed=0)
    text = text_of(model, class_names=["no", "yes"], examples=np.eye(3), labels=[0, 1, 1])
    assert description_of(text)["labels"] == ["no", "yes", "yes"]


def test_numbers_can_be_set_on_a_telephone(browser: Any, tmp_path: Path) -> None:
    """The sliders have room, nothing is wider than the screen, and headings stand above."""
    names = ["a_rather_long_name_of_a_feature", "b", "c"]
    for width in (320, 375, 1280):
        model = MODELS["numbers out"]
        model.to_html(tmp_path / "model.html", feature_names=names)
        url = (tmp_path / "model.html").as_uri()
        with open_page(browser, url, viewport={"width": width, "height": 800}) as page:
            overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(overflow) == 0
            assert page.locator("input[type=range]").first.bounding_box()["width"] >= 80
            heading = page.locator("#slope-title").bounding_box()
            assert heading["x"] == page.locator(".slope").first.bounding_box()["x"]


def test_a_slope_of_zero_is_not_marked_as_lowering(browser: Any, tmp_path: Path) -> None:
    model = Sequential([Flatten(input_shape=(9, 9)), Dense(2, "softmax")], seed=0)
    model.parameters[...] = 0
    with open_model(browser, tmp_path, model) as page:
        inked = """document.querySelector("#wishes").getContext("2d").getImageData(0, 0, 90, 90)
            .data.filter((value, k) => k % 4 === 0 && value < 200).length"""
        assert page.evaluate(inked) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_names": ["a"]}, "class_names must name all 4 outputs, received 1"),
        ({"feature_names": ["a"]}, "feature_names must name all 120 inputs, received 1"),
        ({"image_shape": (3, 3)}, r"image_shape must be \(height, width\) with 120 pixels"),
        ({"pixel_range": (1, 1)}, "pixel_range must be"),
        ({"pixel_range": 3}, "pixel_range must be"),
        ({"pixel_range": np.zeros((9, 9))}, r"pixel_range must be [^\n]*\.$"),
        ({"pixel_range": (0, float("nan"))}, "pixel_range must be"),
        ({"examples": np.zeros((2, 5))}, r"\(N, 12, 10\)"),
        ({"labels": [1]}, "labels must be one number or string for each of 0 examples, received 1"),
        (
            {"examples": IMAGES, "labels": [1]},
            "labels must be one number or string for each of 30 examples",
        ),
        ({"examples": IMAGES, "labels": np.eye(30)}, "for each of 30 examples, received rows"),
        (
            {"examples": IMAGES, "labels": [9] * 30, "class_names": list("abcd")},
            "labels must be from 0 to 3",
        ),
    ],
)
def test_refuses(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        digits().to_html(**options)


def test_refuses_a_layer_that_it_does_not_know() -> None:
    class Square(Layer):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return x**2

    with pytest.raises(TypeError, match=r"Dense, .*received Square"):
        Sequential([Square(input_shape=(2,))]).to_html()


def test_refuses_a_model_without_parameters_or_with_broken_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="built"):
        Sequential([Dense(2)]).to_html()
    model = Sequential([Dense(2, input_shape=(2,))], seed=0)
    model.layers[0].parameters["W"][0, 1] = np.nan
    with pytest.raises(ValueError, match="W of dense"):
        model.to_html(tmp_path / "broken.html")
    assert not (tmp_path / "broken.html").exists()


def test_only_the_first_examples_are_taken() -> None:
    description = description_of(text_of(digits(), examples=IMAGES, labels=range(30)))
    assert len(description["examples"]) == len(description["labels"]) == MOST_EXAMPLES


@pytest.mark.parametrize("change", ["pop", "reverse"])
def test_a_model_whose_layers_were_changed_is_refused(change: str) -> None:
    model = Sequential([Dense(3, input_shape=(3,)), Dense(3, "softmax")], seed=0)
    getattr(model.layers, change)()
    with pytest.raises(ValueError, match="layers were changed after it was built"):
        model.to_html()
