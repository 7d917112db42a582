"""A step in numbers: each line that is printed is true, and can be worked out from the page."""

import math
import re
from typing import Any

import numpy as np
import pytest

from tests.support.explained import (
    FIGURES,
    ONE_HOT,
    SMALL,
    Entries,
    Model,
    check_html,
    check_latex,
    check_line,
    compiled,
    each_small,
    reference_network,
    value_of,
)
from tinynet import SGD, Dense, Dropout, Layer, ReLU, Sequential, Softmax
from tinynet.constraints import MaxNorm
from tinynet.explain import explain_step
from tinynet.explain.explanation import Explanation, Line
from tinynet.explain.formulas import split_sum, write_number
from tinynet.layers import BatchNormalization, LayerNormalization
from tinynet.losses import BinaryCrossentropy, CategoricalCrossentropy, Loss
from tinynet.regularizers import Regularizer


def printed_lines(text: str) -> list[tuple[str, list[str]]]:
    """Name and parts of each line of the text; a line may go on below, further to the right."""
    logical: list[str] = []
    for row in text.splitlines():
        if re.match(r"  \S", row):
            logical.append(row.strip())
        elif row.startswith("    ") and not row.lstrip().startswith("#"):
            logical[-1] += " " + row.strip()
    found = []
    for line in logical:
        if re.match(r"[\w']+: shape", line):
            continue
        name, *parts = line.split(" = ")
        found.append((name, parts))
    return found


def check_text(explanation: Explanation, digits: int) -> list[tuple[str, list[str]]]:
    """Check that all lines of the text are true; return them."""
    lines = printed_lines(str(explanation))
    assert [name for name, _ in lines] == [line.name for line in explanation.lines]
    for name, parts in lines:
        check_line(name, parts, Entries(explanation.arrays), digits)
    return lines


@each_small
def test_every_line_of_a_small_network_is_true(make: Model) -> None:
    """As text, as Markdown with LaTeX, and as HTML."""
    explanation = explain_step(*make(), digits=3)
    lines = check_text(explanation, 3)
    worked = [parts for _, parts in lines if len(parts) == 3]
    assert len(worked) > 10
    assert "own value" not in str(explanation)
    check_latex(explanation, 3)
    check_html(explanation, 3)


@each_small
def test_lines_can_be_worked_out_from_the_page_alone(make: Model) -> None:
    """Each name in a formula stands to the left of an equals sign further up."""
    known: dict[str, str] = {}
    for name, parts in check_text(explain_step(*make(), digits=14), 14):
        if len(parts) == 3:
            formula, _, shown = parts
            entry = r"[A-Za-z_]\w*(?:\[[\d,]+\])?(?![\w(\[])"
            filled = re.sub(entry, lambda match: f"({known[match.group()]})", formula)
            assert value_of(filled) == pytest.approx(float(shown), rel=1e-9, abs=1e-12), (
                name,
                parts,
            )
        known[name] = parts[-1]


@pytest.fixture(scope="module", params=SMALL.values(), ids=[*SMALL])
def explained(request: pytest.FixtureRequest) -> tuple[Explanation, int]:
    """A step of a small network, which several tests look at, and its number of parameters."""
    model, x, y = request.param()
    return explain_step(model, x, y), model.count_params()


def test_every_number_has_its_line(explained: tuple[Explanation, int]) -> None:
    explanation, _ = explained
    values = {line.name: line.value for line in explanation.lines}
    for name, array in explanation.arrays.items():
        if array.ndim:
            for index in np.ndindex(array.shape):
                entry = f"{name}[{','.join(map(str, index))}]"
                assert values.get(entry) == pytest.approx(array[index], rel=1e-9, abs=1e-12), entry


def test_gradients_stand_beside_numerical_ones(explained: tuple[Explanation, int]) -> None:
    explanation, parameters = explained
    gradients = [line for line in explanation.lines if re.match(r"d[a-zA-Z]", line.name)]
    assert len(gradients) > parameters
    text = str(explanation)
    for line in gradients:
        assert line.numerical is not None
        assert line.value == pytest.approx(line.numerical, rel=1e-8, abs=1e-10), line
        digits = max(6, len(line.shown.strip("-0.")))
        assert f"numerical gradient {write_number(line.numerical, digits)[:4]}" in text
    assert "disagree" not in text


def test_summaries_of_the_reference_network() -> None:
    model, x, y = reference_network()
    explanation = explain_step(model, x, y)
    pattern = r"  (\w+): shape (\([\d, ]*\)), from (\S+) to (\S+), norm (\S+), zeros (\S+) %"
    found = re.findall(pattern, str(explanation))
    names = {name for name, *_ in found}
    expected = {f"{d}{a}{k}" for d in ("", "d", "new_") for a in "Wb" for k in (1, 2, 3)}
    expected |= {"x", "t", "z1", "y1", "z2", "y2", "z3", "y3", "cost"}
    expected |= {"dz3", "dy2", "dz2", "dy1", "dz1"}
    assert names == expected
    for name, shape, lowest, highest, norm, zeros in found:
        array = explanation.arrays[name]
        assert shape == str(array.shape)
        numbers = float(lowest), float(highest), float(norm)
        exact = array.min(), array.max(), np.sqrt((array**2).sum())
        assert numbers == pytest.approx(exact, rel=1e-3)
        assert float(zeros) == pytest.approx(100 * (array == 0).mean(), abs=0.051)
    np.testing.assert_array_equal(explanation.arrays["W1"], model.layers[0].parameters["W"])


@pytest.mark.parametrize("max_terms", [1, 20, None])
def test_every_line_of_the_reference_network_is_true(max_terms: int | None) -> None:
    model, x, y = reference_network()
    explanation = explain_step(model, x, y, max_terms=max_terms)
    lines = printed_lines(str(explanation))
    assert [name for name, _ in lines] == [line.name for line in explanation.lines]
    entries = Entries(explanation.arrays)
    for name, parts in lines:
        check_line(name, parts, entries, 6)
    # One entry of each array is worked out, in full if so asked.
    worked = {name.split("[")[0] for name, parts in lines if len(parts) == 3}
    assert {"z1", "y1", "z2", "y2", "z3", "y3", "cost", "L", "dz3", "dW3", "db3"} <= worked
    assert {"dy2", "dz2", "dW2", "db2", "dy1", "dz1", "dW1", "db1", "new_W1", "new_b3"} <= worked
    # The same unit is followed through its activation and back, the same logit through the loss.
    entries_of = [
        line.name.rstrip("]").split("[") for line in explanation.lines if "[" in line.name
    ]
    index = dict(entries_of)
    assert index["z3"] == index["y3"] == index["dz3"]
    assert index["cost"] == index["dz3"].split(",")[0]
    for k in (1, 2):
        assert index[f"z{k}"] == index[f"y{k}"] == index[f"dy{k}"] == index[f"dz{k}"]
        assert index[f"dW{k}"] == index[f"new_W{k}"]
    terms = max(len(split_sum(parts[1])) for _, parts in lines if len(parts) == 3)
    assert terms == (785 if max_terms is None else max_terms + 2)  # with the rest and the bias
    assert ("smallest terms" in str(explanation)) == (max_terms is not None)
    for line in explanation.lines:
        if line.numerical is not None:
            assert line.value == pytest.approx(line.numerical, rel=1e-7, abs=1e-11), line
    check_latex(explanation, 6)
    check_html(explanation, 6)


def test_the_rest_of_a_sum_is_the_rest() -> None:
    model, x, y = reference_network()
    explanation = explain_step(model, x, y, max_terms=5)
    line = next(line for line in explanation.lines if line.name.startswith("z1["))
    count = re.search(r"is the sum of the (\d+) smallest terms", line.note)
    assert count is not None
    assert int(count.group(1)) == 784 - 5
    n, o = map(int, re.findall(r"\d+", line.name)[1:])
    terms = explanation.arrays["x"][n] * explanation.arrays["W1"][:, o]
    rest = np.sort(np.abs(terms))[: 784 - 5]
    assert float(re.findall(r"[-\d.e]+", line.note)[0]) == pytest.approx(
        terms[np.isin(np.abs(terms), rest)].sum(), rel=1e-5
    )


class Square(Layer):
    formula = "x**2"
    backward_formula = "dy*2*x"

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x = x
        y: np.ndarray = x**2
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        dx: np.ndarray = dy * 2 * self._x
        return dx


class Unknown(Square):
    formula = backward_formula = None  # type: ignore[assignment]


class WrongBackward(Square):
    backward_formula = "dy*x"

    def backward(self, dy: np.ndarray) -> np.ndarray:
        dx: np.ndarray = dy * self._x
        return dx


class WrongFormula(Square):
    formula = "x**3"


class DenseOfOnesOwn(Dense):
    """One that forgets the bias in forward; nobody knows its formula."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x, self._z = x, x @ self.W
        return self._z if self.activation is None else self.activation.forward(self._z)


class AbsoluteError(Loss):
    def value(self, t: np.ndarray, y: np.ndarray) -> float:
        return float(np.abs(t - y).sum() / len(t))

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        dy: np.ndarray = np.sign(y - t) / len(t)
        return dy


class SignSGD(SGD):
    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        parameters -= learning_rate * np.sign(gradients)


def lines_of(layer: Layer, name: str) -> list[Line]:
    model, x, y = compiled([Dense(2), layer], "mse", (2, 2), FIGURES)
    return [line for line in explain_step(model, x, y).lines if line.name.startswith(name)]


def test_a_layer_with_formulas_is_explained() -> None:
    assert lines_of(Square(), "y1[")[0].formula == "z1[0,0]**2"
    assert lines_of(Square(), "dz1[")[0].formula == "dy1[0,0]*2*z1[0,0]"


def test_a_layer_without_formulas_shows_its_values_and_its_gradients() -> None:
    for line in lines_of(Unknown(), "y1[") + lines_of(Unknown(), "dz1["):
        assert (line.formula, line.numbers) == ("", "")
        assert line.note == "the layer's own value"
    for line in lines_of(Unknown(), "dz1["):
        assert line.value == pytest.approx(line.numerical, rel=1e-8)


def test_a_wrong_backward_is_seen_beside_the_numerical_gradient() -> None:
    for line in lines_of(WrongBackward(), "dz1["):
        assert line.value == pytest.approx((line.numerical or 0) / 2, rel=1e-8)
        assert "they disagree" in line.remarks[0]


def test_a_formula_that_is_not_the_layers_is_not_printed_as_true() -> None:
    for line in lines_of(WrongFormula(), "y1["):
        assert line.formula == ""
        assert "its formula z1[" in line.note


def test_a_dense_of_ones_own_is_not_explained_as_dense() -> None:
    model, x, y = compiled(
        [DenseOfOnesOwn(3, "softmax")], "categorical_crossentropy", (2, 2), ONE_HOT
    )
    explanation = explain_step(model, x, y)
    outputs = [line for line in explanation.lines if line.name.startswith("y1[")]
    assert len(outputs) == 6
    assert all(line.note == "the layer's own value" for line in outputs)
    assert "they disagree" in str(explanation)  # db1 isn't 0, though b1 does nothing


def test_a_loss_and_an_optimizer_of_ones_own() -> None:
    model, x, y = compiled([Dense(2)], AbsoluteError(), (2, 2), FIGURES, SignSGD(0.1))
    explanation = explain_step(model, x, y)
    assert "The loss\n--------\nA custom loss.\n" in str(explanation)
    value = {line.name: line for line in explanation.lines}
    assert value["L"].value == pytest.approx(np.abs(model.predict(x) - y).sum() / 2)
    assert value["dz1[0,0]"].value == pytest.approx(value["dz1[0,0]"].numerical)
    model.train_on_batch(x, y)
    assert value["new_W1[0,1]"].value == pytest.approx(model.layers[0].parameters["W"][0, 1])


class Gain(Layer):
    """Multiplies by a number that it learns."""

    g: np.ndarray
    dg: np.ndarray

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        self.add_parameter("g", (), lambda shape, rng: np.full(shape, 0.5))

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x = x = self.check_input(x)
        return x * self.g

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.dg[...] = (dy * self._x).sum()
        return dy * self.g


def test_a_parameter_that_is_one_number_has_no_index() -> None:
    model, x, y = compiled([Gain(), Dense(2)], "mse", (2, 2), FIGURES, SGD(0.1, 0.9))
    explanation = explain_step(model, x, y)
    value = {line.name: line for line in explanation.lines}
    assert value["dg1"].value == pytest.approx(value["dg1"].numerical, rel=1e-8)
    assert value["new_g1"].formula == "g1 + new_velocity_g1"
    check_latex(explanation, 6)


def test_logits_beyond_the_range_of_exp() -> None:
    model = Sequential([Dense(2, "softmax", input_shape=(2,))], dtype="float64")
    model.set_weights([np.eye(2), [0, 0]])
    model.compile("sgd", "categorical_crossentropy")
    explanation = explain_step(model, [[1000.0, 0.0]], [[0, 1]])
    entries = Entries(explanation.arrays)
    for name, parts in printed_lines(str(explanation)):
        check_line(name, parts, entries, 6)
    line = {line.name: line for line in explanation.lines}
    assert line["cost[0]"].shown == "1000"
    assert line["cost[0]"].formula == "log1p(exp(z1[0,1] - z1[0,0])) + t[0,1]*(z1[0,0] - z1[0,1])"
    assert line["y1[0,0]"].formula.startswith("exp(z1[0,0] - z1[0,0])/")


@pytest.mark.parametrize("z", [-1000.0, 1000.0])
def test_a_sigmoid_beyond_the_range_of_exp(z: float) -> None:
    model = Sequential([Dense(1, "sigmoid", use_bias=False, input_shape=(1,))], dtype="float64")
    model.set_weights([[[1.0]]])
    model.compile("sgd", "binary_crossentropy")
    for t in (0, 1):
        explanation = explain_step(model, [[z]], [t])
        for name, parts in printed_lines(str(explanation)):
            check_line(name, parts, Entries(explanation.arrays), 6)
        assert "own value" not in str(explanation)
        assert explanation.loss == (1000 if (z > 0) != t else 0)


@pytest.mark.parametrize("z", [20.0, 33.0, 50.0, 700.0])
@pytest.mark.parametrize(
    ("activation", "row", "target"),
    [
        ("softmax", [1, 0], [1, 0]),
        ("softmax", [0, 0, 1, 0], [0, 0, 1, 0]),
        ("sigmoid", [1], [1]),
        ("sigmoid", [-1], [0]),
    ],
)
def test_a_loss_next_to_nothing_keeps_its_digits(
    activation: str, row: list[float], target: list[float], z: float
) -> None:
    size = len(row)
    model = Sequential([Dense(size, activation, input_shape=(size,))], dtype="float64")
    model.set_weights([np.eye(size), np.zeros(size)])
    model.compile("sgd", "binary_crossentropy" if size == 1 else "categorical_crossentropy")
    explanation = explain_step(model, [[z * v for v in row]], [target])
    cost = math.log1p(max(1, size - 1) * math.exp(-z))
    assert explanation.loss == pytest.approx(cost, rel=1e-12, abs=0)
    check_latex(explanation, 6)
    for line in explanation.lines:
        if line.name.startswith("cost"):
            assert value_of(line.numbers) == pytest.approx(cost, rel=1e-5, abs=0)
        if line.name.startswith("dz1"):
            exact = explanation.arrays["dz1"][0, int(line.name[:-1].split(",")[1])]
            assert value_of(line.numbers) == pytest.approx(exact, rel=1e-5, abs=0), line


def test_weights_that_are_nan_are_written_down() -> None:
    model, x, y = SMALL["regression"]()
    model.parameters[0] = np.nan
    assert "nan" in str(explain_step(model, x, y))


def test_bad_calls_are_refused() -> None:
    model, x, y = SMALL["regression"]()
    with pytest.raises(ValueError, match="isn't compiled"):
        explain_step(Sequential([Dense(2, input_shape=(3,))]), x, y)
    with pytest.raises(ValueError, match="expected input of shape"):
        explain_step(model, x[:, :2], y)
    with pytest.raises(ValueError, match="digits must be at least 2"):
        explain_step(model, x, y, digits=0)
    with pytest.raises(ValueError, match="max_terms must be at least 1"):
        explain_step(model, x, y, max_terms=0)
    bare = Sequential([ReLU(input_shape=(3,))])
    bare.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"needs trainable parameters, and .* has none"):
        explain_step(bare, x, np.zeros((2, 3)))


class Centred(Layer):
    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        return x - x.mean(axis=1, keepdims=True)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy - dy.mean(axis=1, keepdims=True)


class Renamed(LayerNormalization):
    """One's own class, with the backward pass of tinynet's."""


def test_the_way_back_is_described_layer_by_layer() -> None:
    layers: list[Layer] = [Dense(2, "tanh"), Dense(2), Softmax(), Dropout(0.5), Dense(2)]
    layers += [BatchNormalization(), Dense(2), LayerNormalization(), Centred(), Renamed(), Dense(1)]
    model = Sequential(layers, seed=0)
    model.compile("sgd", "mse")
    text = " ".join(str(explain_step(model, [[1.0, 2.0], [0.5, -1.0]], [[0.0], [1.0]])).split())
    for layer, words in (
        ("BatchNormalization", "each input also moves the mean and the variance of its feature"),
        ("LayerNormalization", "each input also moves the mean and the variance of its example"),
        ("Renamed", "each input also moves the mean and the variance of its example"),
        ("Centred", "its own backward method computes it"),
        ("Dropout", "dropped entries get a gradient of 0"),
        ("Softmax", "each input affects every output of its row"),
        ("Tanh", "by the chain rule, multiply by its slope"),
    ):
        assert f"Backward through {layer}: {words}" in text
    model.layers[5].trainable = False
    model.compile("sgd", "mse")
    text = " ".join(str(explain_step(model, [[1.0, 2.0], [0.5, -1.0]], [[0.0], [1.0]])).split())
    assert "Backward through BatchNormalization: by the chain rule, multiply by its slope" in text
    classifier = Sequential([Dense(2, "softmax")], seed=0)
    classifier.compile("sgd", "sparse_categorical_crossentropy")
    text = str(explain_step(classifier, [[1.0, 2.0]], [0]))
    words = "the prediction minus the target, divided by N because L is a mean."
    assert words in " ".join(text.split())


def test_cross_entropy_of_outputs_that_do_not_sum_to_one() -> None:
    model = Sequential([Dense(3, "sigmoid", input_shape=(2,))], seed=0, dtype="float64")
    model.compile("sgd", "categorical_crossentropy")
    explanation = explain_step(model, [[1.0, 2.0], [0.3, 0.1]], [[0, 1, 0], [0.5, 0.5, 0]])
    formulas = {line.name: line.formula for line in explanation.lines}
    total = "y1[{0},0] + y1[{0},1] + y1[{0},2]"
    assert formulas["cost[0]"] == f"-log(y1[0,1]) + log({total.format(0)})"
    assert formulas["cost[1]"] == (
        f"-(t[1,0]*log(y1[1,0]) + t[1,1]*log(y1[1,1])) + log({total.format(1)})"
    )


@pytest.mark.parametrize(
    ("loss", "activation", "words"),
    [
        (CategoricalCrossentropy(), "softmax", "minus the sum of t times the logarithm"),
        (BinaryCrossentropy(), "sigmoid", "with weights t and 1 - t"),
    ],
)
def test_the_cost_of_soft_targets_is_described(loss: Any, activation: str, words: str) -> None:
    model = Sequential([Dense(2, activation, input_shape=(2,))], seed=0)
    model.compile("sgd", loss)
    text = [
        " ".join(str(explain_step(model, [[1.0, 2.0]], [t])).split())
        for t in ([0.0, 1.0], [0.3, 0.7])
    ]
    assert [words in one for one in text] == [False, True]
    assert "label smoothing" not in text[1]
    loss.label_smoothing = 0.1
    model.compile("sgd", loss)
    smoothed = " ".join(str(explain_step(model, [[1.0, 2.0]], [[0.0, 1.0]])).split())
    assert words in smoothed
    assert "t holds the targets after label smoothing by 0.1." in smoothed


def test_targets_of_a_float32_model_keep_their_digits() -> None:
    """In float32, a row of smoothed targets doesn't sum to 1."""
    model = Sequential([Dense(3, "softmax", input_shape=(4,))], seed=0)
    model.compile("sgd", CategoricalCrossentropy(label_smoothing=0.1))
    explanation = explain_step(model, np.ones((2, 4)), ONE_HOT)
    assert "own value" not in str(explanation)
    assert explanation.arrays["t"].sum(axis=1) == pytest.approx(1, rel=1e-15, abs=0)


def test_penalties_of_a_large_network_are_added() -> None:
    """R_W1 is given as a number, and the derivative of the penalty is part of the formula."""
    layers = [Dense(60, "relu", kernel_regularizer="l2", input_shape=(20,)), Dense(1)]
    model = Sequential(layers, seed=0)
    model.compile("sgd", "mse")
    explanation = explain_step(
        model, np.random.default_rng(0).normal(size=(8, 20)), np.ones((8, 1))
    )
    lines = {line.name.split("[")[0]: line for line in explanation.lines}
    expected = 0.01 * np.square(model.layers[0].parameters["W"].astype(np.float64)).sum()
    assert lines["R_W1"].value == pytest.approx(expected, rel=1e-12, abs=0)
    assert lines["L"].formula.endswith("/N + R_W1")
    assert re.search(r" \+ 0\.01\*2\*W1\[\d+,\d+\]$", lines["dW1"].formula)
    assert "own value" not in str(explanation)


def test_a_penalty_of_ones_own_shows_its_values() -> None:
    class Cubic(Regularizer):
        def __call__(self, w: np.ndarray) -> float:
            return float(np.sum(np.abs(w) ** 3))

        def gradient(self, w: np.ndarray) -> np.ndarray:
            return 3 * w * np.abs(w)

    model = Sequential([Dense(1, kernel_regularizer=Cubic(), input_shape=(2,))], seed=0)
    model.compile("sgd", "mse")
    explanation = explain_step(model, [[1.0, 2.0]], [[0.0]])
    lines = {line.name: line for line in explanation.lines}
    W = model.layers[0].parameters["W"].astype(np.float64)
    assert lines["R_W1"].value == pytest.approx(np.sum(np.abs(W) ** 3))
    assert lines["dW1[0,0]"].note == "the layer's own value"
    assert all(line.difference is None or line.difference < 1e-6 for line in lines.values())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sum over the batch", "L is the sum over the examples."),
        ("sum over the batch", "simplifies to the prediction minus the target."),
        ("sum, binary", "L is the sum over the examples of their means over the outputs."),
        ("sum, binary", "minus the target, divided by K because L is a mean."),
        ("binary", "L is the mean over examples and outputs."),
        ("binary", "minus the target, divided by N and K because L is a mean."),
    ],
)
def test_the_texts_say_what_the_loss_is_a_mean_over(name: str, words: str) -> None:
    assert words in " ".join(str(explain_step(*SMALL[name]())).split())


@pytest.mark.parametrize("limit", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_no_formula_is_given_for_a_step_along_a_clipped_gradient(limit: str) -> None:
    model, x, y = SMALL["regression"]()
    limits: dict[str, Any] = {limit: 0.01}
    model.compile(SGD(0.1, **limits), "mse")
    explanation = explain_step(model, x, y)
    assert "its formula" not in str(explanation)
    update = explanation.sections[-2]
    assert len(update.items) == model.count_params()
    assert all(len(line.parts) == 1 for line in update.items if isinstance(line, Line))


def test_a_loss_of_tinynets_own_without_a_text_is_named() -> None:
    model, x, y = compiled([Dense(2)], "cosine_similarity", (2, 2), FIGURES)
    text = str(explain_step(model, x, y))
    assert "CosineSimilarity, which is derived in the docstring of tinynet.losses.Cosine" in text
    assert "custom" not in text
    assert "# the loss's own value" in text


def test_clipping_and_constraints_are_said_of_the_update() -> None:
    layers: list[Layer] = [Dense(2, kernel_constraint=MaxNorm(0.1))]
    model, x, y = compiled(layers, "mse", (2, 2), FIGURES, SGD(0.1, clipnorm=0.1))
    text = " ".join(str(explain_step(model, x, y)).split())
    assert "A constraint is then applied to W1." in text
    assert "the optimizer's own value" in text
    assert "the layer's own value" not in text
    free, x, y = compiled([Dense(2)], "mse", (2, 2), FIGURES)
    assert "constraint" not in str(explain_step(free, x, y))
