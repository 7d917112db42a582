"""Names: a misspelt one is recognised, a different thing of similar spelling never suggested."""

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet import (
    diagnose,
    distributed,
    exchange,
    explain,
    gradcheck,
    initializers,
    losses,
    metrics,
    plotting,
)
from tinynet._internal import checks
from tinynet._internal.names import (
    closest,
    distance,
    known_keywords,
    may_be_within,
    module_attribute,
    object_attribute,
    suggestions,
    unknown_choice,
)

ACTIVATIONS = "relu sigmoid tanh softmax linear elu selu gelu silu softplus leaky_relu".split()  # noqa: SIM905
LOSSES = [
    *("mse", "mae", "mape", "msle", "huber", "hinge", "mean_squared_error"),
    *("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"),
]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("ReLU", "relu"),
        ("rleu", "relu"),
        ("reluu", "relu"),
        ("sigmod", "sigmoid"),
        ("Sotfmax", "softmax"),
        ("leaky relu", "leaky_relu"),
        ("LeakyReLU", "leaky_relu"),
        ("softm", "softmax"),
    ],
)
def test_a_slip_is_recognised(wrong: str, right: str) -> None:
    assert closest(wrong, ACTIVATIONS) == right


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("mae", ["mse"]),
        ("mse", ["mae", "msle"]),
        ("rmse", ["mse", "mae"]),
        ("elu", ["relu"]),
        ("selu", ["relu", "elu"]),
        ("celu", ["relu", "elu", "selu"]),
        ("silu", ["selu"]),
        ("uniform", ["he_uniform", "glorot_uniform"]),
        ("normal", ["he_normal"]),
        ("lecun_normal", ["lecun_uniform", "he_normal"]),
        ("nadam", ["adam"]),
        ("adamax", ["adam", "adamw"]),
        ("adadelta", ["adagrad"]),
        ("auc", ["acc", "accuracy"]),
        ("l1", ["l2"]),
        ("hard_tanh", ["tanh"]),
        ("log_softmax", ["softmax"]),
        ("squared_hinge", ["hinge"]),
        ("categorical_crossentropy", ["binary_crossentropy", "sparse_categorical_crossentropy"]),
        ("Conv2D", ["Conv1D"]),
        ("loss", ["logs"]),
        ("LayerNormalization", ["BatchNormalization"]),
        ("xyz", ["relu"]),
        ("", ["relu"]),
    ],
)
def test_a_different_thing_is_never_suggested(name: str, known: list[str]) -> None:
    assert closest(name, known) is None
    assert suggestions(name, known) == ()


@pytest.mark.parametrize("name", ["cross_entropy", "crossentropy", "CrossEntropyLoss", "log-loss"])
def test_cross_entropy_suggests_the_categorical_ones(name: str) -> None:
    expected = ("categorical_crossentropy", "sparse_categorical_crossentropy")
    assert suggestions(name, LOSSES) == expected
    said = unknown_choice("loss", name, dict.fromkeys(LOSSES))
    assert "Did you mean 'categorical_crossentropy' or 'sparse_categorical_crossentropy'?" in said
    assert suggestions(name, ["binary_crossentropy"]) == ()


def test_a_lookup_says_so() -> None:
    with pytest.raises(ValueError, match="Did you mean 'sgd'"):
        checks.lookup("sdg", {"sgd": 1, "adam": 2}, "optimizer")
    with pytest.raises(ValueError, match=r"Unknown optimizer 'nadam'. Known"):
        checks.lookup("nadam", {"sgd": 1, "adam": 2}, "optimizer")


def test_distances() -> None:
    assert distance("", "abc") == distance("abc", "") == 3
    assert distance("abcd", "abdc") == 1
    assert distance("kitten", "sitting") == 3


@known_keywords
def train(x: int, layers: int = 0, *, epochs: int = 1) -> tuple[int, int, int]:
    """Return its arguments."""
    return x, layers, epochs


class Tool:
    """Something with an argument."""

    @known_keywords
    def __init__(self, values: int = 3) -> None:
        self.values = values


def test_known_keywords_pass() -> None:
    assert train(1) == (1, 0, 1)
    assert train(1, 2, epochs=3) == (1, 2, 3)
    assert train(epochs=4, x=1) == (1, 0, 4)
    assert train.__doc__ == "Return its arguments."
    assert Tool(values=5).values == Tool(5).values == 5


def test_unknown_keywords_are_answered() -> None:
    with pytest.raises(TypeError, match="train has no argument 'nb_epoch': use epochs"):
        train(1, nb_epoch=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"'epohcs'\. Did you mean epochs\?"):
        train(1, epohcs=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"'zzz'\. It takes x, layers, epochs"):
        train(1, zzz=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"Tool has no argument 'value'. Did you mean values\?"):
        Tool(value=3)  # type: ignore[call-arg]


@pytest.mark.parametrize("keyword", ["p", "lr", "init", "nb_classes", "validation", "betas"])
def test_an_argument_that_isnt_there_either_is_never_advised(keyword: str) -> None:
    with pytest.raises(TypeError, match=rf"'{keyword}'\. It takes x, layers, epochs\.$"):
        train(1, **{keyword: 3})


def test_too_many_values_are_counted() -> None:
    with pytest.raises(TypeError, match=r"at most 2 values by position \(x, layers\), received 3"):
        train(1, 2, 3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="received 2: put several values in a list"):
        Tool(Tool(), Tool())  # type: ignore[call-arg, arg-type]
    with pytest.raises(TypeError, match=r"received 2\.$"):
        Tool(1, 2)  # type: ignore[call-arg]


def test_attributes() -> None:
    said = str(object_attribute(Tool(), "predict_classes"))
    assert said.startswith("Tool has no predict_classes: use model.predict(x).argmax(axis=-1)")
    assert "Did you mean values?" in str(object_attribute(Tool(), "valuse"))
    assert str(object_attribute(Tool(), "_private")) == "'Tool' object has no attribute '_private'"


@pytest.mark.parametrize(
    ("thing", "wrong", "right"),
    [
        (metrics.AUC(), "update_state", "update"),
        (metrics.Accuracy(), "reset_state", "reset"),
        (losses.MeanSquaredError(), "call", "forward"),
        (losses.MeanSquaredError(), "backwards", "backward"),
        (initializers.GlorotUniform(), "sed", "seed"),
    ],
)
def test_attributes_of_objects_with_settings(thing: object, wrong: str, right: str) -> None:
    with pytest.raises(AttributeError, match=rf"has no attribute .*Did you mean {right}\?"):
        getattr(thing, wrong)
    with pytest.raises(AttributeError) as error:
        getattr(thing, f"_{right}")
    assert "Did you mean" not in str(error.value)


def test_a_modules_names() -> None:
    error = module_attribute("tinynet.layers", "Danse", ["Dense", "Layer"])
    assert isinstance(error, AttributeError)
    assert "Did you mean Dense?" in str(error)
    said = str(module_attribute("tinynet.layers", "Conv2D", ["Dense"]))
    assert said.startswith("Conv2D is left out on purpose")
    assert str(module_attribute("tinynet", "Conv2D", ["Dense"])) == said
    assert str(module_attribute("tinynet.layers", "__wrapped__", ["Dense"])).startswith("module")


@pytest.mark.parametrize(
    ("module", "wrong", "right"),
    [
        (gradcheck, "check_gradient", "check_gradients"),
        (plotting, "plot_histry", "plot_history"),
        (explain, "explain_stp", "explain_step"),
        (diagnose, "WatchTrainng", "WatchTraining"),
        (exchange, "to_onx", "to_onnx"),
        (distributed, "AlReduce", "AllReduce"),
    ],
)
def test_the_study_tools_know_their_names(module: ModuleType, wrong: str, right: str) -> None:
    with pytest.raises(AttributeError, match=rf"has no attribute .*Did you mean {right}\?"):
        getattr(module, wrong)
    assert {*dir(module)} == {*module.__all__}


def test_dense_takes_its_outputs_alone() -> None:
    checks.check_outputs_alone(10, "relu")
    checks.check_outputs_alone(10, None)
    with pytest.raises(TypeError, match=r"write Dense\(10\), with input_shape=\(784,\)"):
        checks.check_outputs_alone(784, 10)


class Part:
    """A layer, as far as the check is concerned."""

    def forward(self) -> None:
        """Do nothing."""


def test_layers_stand_in_a_list() -> None:
    part = Part()
    assert checks.check_in_list([part, part], "name") == [part, part]
    assert checks.check_in_list(part, None) == [part]
    assert checks.check_in_list(None, None) == []
    with pytest.raises(TypeError, match=r"Sequential\(\[Dense\(3\), Dense\(4\)\]\)"):
        checks.check_in_list(part, part)
    with pytest.raises(TypeError, match="layers must be a list"):
        checks.check_in_list(3, None)


class Descent:
    """An optimizer, as far as the check is concerned."""

    def update(self) -> None:
        """Do nothing."""


class Error:
    """A loss, as far as the check is concerned."""

    def gradient(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("first", "second"), [("mse", "sgd"), ("mse", "mse"), (Error(), "sgd"), ("sgd", Descent())]
)
def test_optimizer_and_loss_are_swapped(first: object, second: object) -> None:
    with pytest.raises(TypeError, match="optimizer first and the loss second"):
        checks.check_not_swapped(first, second, ["sgd"], ["mse"])


@pytest.mark.parametrize(
    ("first", "second"),
    [("sgd", "mse"), (Descent(), Error()), ("sgd", Error()), ("unknown", "mse"), ("sgd", len)],
)
def test_the_right_order_passes(first: object, second: object) -> None:
    checks.check_not_swapped(first, second, ["sgd"], ["mse"])


def test_a_missing_end_is_recognised_where_it_is_clear() -> None:
    assert closest("mean_squared", [*LOSSES, "MeanSquaredError"]) == "mean_squared_error"
    assert closest("glorot", ["glorot_normal", "glorot_uniform"]) is None
    assert closest("he_unifrom", ["HeUniform", "he_uniform"]) == "he_uniform"


@given(st.text("abcde", max_size=8), st.text("abcde", max_size=8), st.integers(0, 4))
def test_what_cant_be_near_is_passed_over(a: str, b: str, steps: int) -> None:
    assert may_be_within(steps, a, b) or distance(a, b) > steps
