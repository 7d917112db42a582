"""The activations besides the four that the course derives: values, gradients, names."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tinynet import Dense, Layer, Sequential, activations, layers
from tinynet.gradcheck import check_gradients

LAYERS: dict[str, Callable[[], Layer]] = {
    "celu": layers.CELU,
    "celu, alpha": lambda: layers.CELU(0.5),
    "elu": layers.ELU,
    "elu, alpha": lambda: layers.ELU(0.5),
    "exponential": layers.Exponential,
    "gelu": layers.GELU,
    "gelu, approximate": lambda: layers.GELU(approximate=True),
    "general relu, limited": lambda: layers.GeneralReLU(max_value=2.0),
    "general relu, all": lambda: layers.GeneralReLU(4.0, 0.25, 1.0),
    "hard_sigmoid": layers.HardSigmoid,
    "hard_silu": layers.HardSiLU,
    "hard_tanh": layers.HardTanh,
    "leaky_relu": lambda: layers.LeakyReLU(0.2),
    "log_sigmoid": layers.LogSigmoid,
    "log_softmax": layers.LogSoftmax,
    "mish": layers.Mish,
    "relu6": layers.ReLU6,
    "selu": layers.SELU,
    "silu": layers.SiLU,
    "softplus": layers.Softplus,
    "softsign": layers.Softsign,
    "tanh_shrink": layers.TanhShrink,
    "prelu": lambda: layers.PReLU("uniform"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_gradients(name: str) -> None:
    x = 3 * np.random.default_rng(0).standard_normal((6, 5))
    check_gradients(LAYERS[name](), x).assert_ok()


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept_and_nothing_overflows(name: str, dtype: str) -> None:
    x = np.array([[-1e4, -80, -1, 0], [1e-3, 1, 60, 80]], dtype=dtype)
    layer = LAYERS[name]()
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = layer.forward(x)
        dx = layer.backward(np.ones_like(x))
    assert y.dtype == dx.dtype == dtype
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()


@pytest.mark.parametrize("name", [name for name in LAYERS if "," not in name and name != "prelu"])
def test_name_function_and_layer_agree(name: str) -> None:
    x = np.random.default_rng(0).standard_normal((4, 3))
    by_name, function = layers.get_activation(name), getattr(activations, name)
    by_function = layers.get_activation(function)
    assert by_name is not None
    assert by_function is not None
    expected = LAYERS[name]().forward(x)
    for y in (by_name.forward(x), by_function.forward(x), function(x), activations.get(name)(x)):
        np.testing.assert_allclose(y, expected, rtol=1e-15)
    np.testing.assert_allclose(function(x.tolist()), expected, rtol=1e-15)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax"])
def test_functions_of_the_four(name: str) -> None:
    x = np.random.default_rng(0).standard_normal((4, 3))
    layer = layers.get_activation(name)
    assert layer is not None
    np.testing.assert_allclose(getattr(activations, name)(x), layer.forward(x), rtol=1e-14)
    assert type(layers.get_activation(getattr(activations, name))) is type(layer)
    assert layers.get_activation(activations.linear) is None


def test_by_other_names() -> None:
    x = np.array([-4.0, -1.0, 2.0, 7.0])
    np.testing.assert_array_equal(activations.swish(x), activations.silu(x))
    np.testing.assert_array_equal(activations.hard_swish(x), activations.hard_silu(x))
    assert type(layers.get_activation("swish")) is layers.SiLU
    assert activations.get(None) is activations.linear
    layer = layers.get_activation("leaky_relu")
    assert isinstance(layer, layers.LeakyReLU)
    assert layer.negative_slope == 0.2
    assert layers.LeakyReLU().negative_slope == 0.3


def test_all_functions_are_found_by_name() -> None:
    assert {*activations.__all__} == {*activations.FUNCTIONS, "get"}
    for name, function in activations.FUNCTIONS.items():
        assert getattr(activations, name) is function
        assert activations.get(name) is function


def test_functions_by_hand() -> None:
    assert activations.relu([-2, -1, 0, 3]).tolist() == [0, 0, 0, 3]
    assert activations.relu([-2.0, 9.0], negative_slope=0.5, max_value=6.0).tolist() == [-1, 6]
    assert activations.hard_sigmoid([-5, -3, 0, 3, 5]).tolist() == [0, 0, 0.5, 1, 1]
    assert activations.softsign([-1, 0, 3]).tolist() == [-0.5, 0, 0.75]
    assert activations.gelu(np.array([0.0]))[0] == 0
    total = activations.softmax(np.ones((2, 3, 4)), axis=1).sum(axis=1)
    np.testing.assert_allclose(total, np.ones((2, 4)))


@pytest.mark.parametrize("name", ["elu", "gelu", "swish", "hard_sigmoid", "softplus"])
def test_in_a_network(name: str) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((64, 4)), rng.integers(0, 2, 64)
    model = Sequential([Dense(8, name), Dense(1, "sigmoid")], seed=0)
    model.compile("adam", "binary_crossentropy")
    loss = model.fit(x, y, epochs=30, verbose=0).history["loss"]
    assert loss[-1] < loss[0]


@pytest.mark.parametrize(
    ("layer", "slope"),
    [(layers.ELU(0.5), 0.5), (layers.SELU(), 1.0507009873554805 * 1.6732632423543772)],
)
def test_slopes_keep_their_digits_far_below_zero(layer: Layer, slope: float) -> None:
    x = np.array([[-60.0, -17.0, -8.0, -1.0]], dtype=np.float32)
    layer.forward(x)
    expected = slope * np.exp(x.astype(np.float64))
    np.testing.assert_allclose(layer.backward(np.ones_like(x)), expected, rtol=1e-6)


def test_prelu_learns_its_slope() -> None:
    model = Sequential([layers.PReLU(input_shape=(2,))], dtype="float64")
    model.compile("sgd", "mse")
    x = np.array([[-1.0, 1.0], [1.0, -1.0]])
    model.fit(x, np.where(x < 0, 0.5 * x, x), epochs=2000, batch_size=2, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], [0.5, 0.5], rtol=1e-3)


@pytest.mark.parametrize("name", LAYERS)
def test_made_again_from_their_settings(name: str) -> None:
    layer = LAYERS[name]()
    again: Any = type(layer)(**layer.get_config())
    assert again.get_config() == layer.get_config()


def test_relu_at_its_threshold_and_limit() -> None:
    x = np.array([[-1.0, 1.0, 2.0, 6.0, 7.0]])
    layer = layers.GeneralReLU(max_value=6.0, negative_slope=0.5, threshold=1.0)
    assert layer.forward(x).tolist() == [[-1, 0, 2, 6, 6]]
    assert layer.backward(np.ones_like(x)).tolist() == [[0.5, 0.5, 1, 0, 0]]
    np.testing.assert_array_equal(activations.relu(x, 0.5, 6.0, 1.0), layer.forward(x))
    plain = layers.GeneralReLU()
    np.testing.assert_array_equal(plain.forward(x), layers.ReLU().forward(x))
    for arguments in ({"max_value": -1}, {"negative_slope": -0.1}, {"threshold": -1}):
        with pytest.raises(ValueError, match="must be at least 0"):
            layers.GeneralReLU(**arguments)


def test_relu_of_infinity_is_its_limit() -> None:
    x = np.array([[-np.inf, np.inf, np.nan, -1.0]])
    assert str(activations.relu(x)) == str(np.maximum(x, 0)) == "[[ 0. inf nan  0.]]"
    assert str(layers.GeneralReLU(6.0).forward(x)) == "[[ 0.  6. nan  0.]]"
    assert str(activations.relu(x, 0.5, threshold=1.0)) == "[[-inf  inf  nan  -1.]]"


@pytest.mark.parametrize("function", [activations.softmax, activations.log_softmax])
def test_a_single_number_has_no_axis(function: Any) -> None:
    with pytest.raises(ValueError, match="x must be an array, received a single number"):
        function(1.0)


@pytest.mark.parametrize("name", [name for name in LAYERS if name != "prelu"])
def test_whole_numbers_become_floats(name: str) -> None:
    expected = LAYERS[name]()
    layer = LAYERS[name]()
    x = np.array([[-7, -1, 0], [1, 2, 7]])
    y = expected.forward(x.astype(float))
    np.testing.assert_array_equal(layer.forward(x), y)
    np.testing.assert_array_equal(layer.backward(y), expected.backward(y))


@pytest.mark.parametrize("name", LAYERS)
def test_gradient_of_another_shape_is_refused(name: str) -> None:
    layer = LAYERS[name]()
    layer.forward(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"expected dy of the shape of its last output, \(2, 3\)"):
        layer.backward(np.ones((1, 3)))


def test_slope_at_the_kinks() -> None:
    for layer, kinks in ((layers.ReLU(), [0]), (layers.ReLU6(), [0, 6])):
        x = np.array([kinks], dtype=float)
        layer.forward(x)
        np.testing.assert_array_equal(layer.backward(np.ones_like(x)), np.zeros_like(x))


def test_what_isnt_an_activation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Unknown activation 'rleu'\. Did you mean 'relu'\?"):
        Dense(3, activation="rleu")
    with pytest.raises(ValueError, match=r"Unknown activation 'foo'\. Known: "):
        Dense(3, activation="foo")
    with pytest.raises(TypeError, match="can't find from the function square"):
        Dense(3, activation=np.square)
    with pytest.raises(TypeError, match="activation must be a name or an object"):
        Dense(3, activation=layers.ELU)
    with pytest.raises(ValueError, match="negative_slope must be at least 0"):
        layers.LeakyReLU(-0.1)
    with pytest.raises(ValueError, match="alpha must not be 0"):
        layers.CELU(0)
    with pytest.raises(ValueError, match="LogSoftmax expected input of shape"):
        layers.LogSoftmax().forward(np.ones((2, 3, 4)))


@pytest.mark.parametrize("name", LAYERS)
def test_lists_and_bytes_are_taken_as_floats(name: str) -> None:
    """Of bytes, 0 - 1 is 255: none of the arithmetic may be done with them."""
    rows = [[0, 1, 7], [3, 2, 255]]
    layer = LAYERS[name]()
    layer.rng = np.random.default_rng(0)
    expected = layer.forward(np.array(rows, np.float64))
    for x in (rows, np.array(rows, np.uint8), np.array(rows, np.int64)):
        y = layer.forward(x)  # type: ignore[arg-type]
        assert y.dtype == np.float64
        np.testing.assert_array_equal(y, expected)


def test_settings_of_functions() -> None:
    """With their defaults at x = -1, and with others; an alpha that makes no sense is refused."""
    x = [-1.0]
    fall = np.exp(-1) - 1
    for function, other, by_default, otherwise in (
        (activations.elu, {"alpha": 0.5}, fall, fall / 2),
        (activations.celu, {"alpha": 0.5}, fall, (np.exp(-2) - 1) / 2),
        (activations.leaky_relu, {"negative_slope": 0.5}, -0.2, -0.5),
        (activations.relu, {"negative_slope": 0.5, "threshold": 1.0}, 0, -1),
    ):
        assert function(x).tolist() == pytest.approx([by_default])
        assert function(x, **other).tolist() == pytest.approx([otherwise])
    assert activations.relu([5.0]).tolist() == [5]
    assert activations.relu([5.0], max_value=2).tolist() == [2]
    assert activations.softmax([[0.0, 1.0], [0.0, 1.0]], axis=0).tolist() == [[0.5] * 2] * 2
    np.testing.assert_allclose(activations.log_softmax([0.0, 0.0]), [-np.log(2)] * 2)
    for alpha in (0, -0.5):
        with pytest.raises(ValueError, match="alpha must be above 0"):
            activations.celu(x, alpha=alpha)


# The slopes far to the left and far to the right of 0.
ENDS = {
    **dict.fromkeys(["celu", "elu", "gelu", "gelu, approximate", "hard_silu", "mish"], (0, 1)),
    **dict.fromkeys(["hard_sigmoid", "hard_tanh", "relu6", "softsign"], (0, 0)),
    **dict.fromkeys(["silu", "softplus"], (0, 1)),
    "leaky_relu": (0.2, 1),
    "log_sigmoid": (1, 0),
    "selu": (0, 1.0507009873554805),
    "tanh_shrink": (1, 1),
}


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_slopes_of_huge_inputs(name: str, dtype: str) -> None:
    """Without a warning, though the squares and cubes of such numbers overflow."""
    layer, largest = LAYERS[name](), float(np.finfo(dtype).max) / 2
    for sign, slope in zip((-1, 1), ENDS[name], strict=True):
        y = layer.forward(sign * np.array([[1e8, 1e20, largest]], dtype))
        assert np.isfinite(y).all()
        slopes = layer.backward(np.ones_like(y))
        np.testing.assert_allclose(slopes, np.full_like(y, slope), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_approximate_gelu_keeps_its_digits_below_zero(dtype: str) -> None:
    """At -5, 1 + tanh has lost half of float64's digits, and all of float32's."""
    layer = layers.GELU(approximate=True)
    y = layer.forward(np.array([[-5.0]], dtype))
    dx = layer.backward(np.ones_like(y))
    assert y[0, 0] == pytest.approx(
        -2.2917961966e-7, rel=1e-5 if dtype == "float32" else 1e-9, abs=0
    )
    assert dx[0, 0] == pytest.approx(
        -1.5463619876e-6, rel=1e-5 if dtype == "float32" else 1e-9, abs=0
    )
