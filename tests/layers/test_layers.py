"""Each layer alone, without a model: values, gradients, inputs it takes and inputs it refuses."""

import copy
import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinynet
from tests.support.reference import ACTIVATIONS, jacobian, numerical_gradient, relative_error
from tinynet import Dense, Dropout, Flatten, Layer, ReLU, Sequential, Sigmoid, Softmax, Tanh
from tinynet.layers import NotReadyError

MakeLayer = Callable[[], Layer]
LAYERS: dict[str, MakeLayer] = {
    "Dense": lambda: Dense(3),
    "Dense without b": lambda: Dense(3, use_bias=False),
    "Dense relu": lambda: Dense(3, "relu"),
    "Dense sigmoid": lambda: Dense(3, activation="sigmoid"),
    "Dense softmax": lambda: Dense(3, activation=Softmax()),
    "Dense tanh": lambda: Dense(3, "tanh"),
    "Dropout": lambda: Dropout(0.4),
    "Flatten": Flatten,
    "ReLU": ReLU,
    "Sigmoid": Sigmoid,
    "Softmax": Softmax,
    "Tanh": Tanh,
}
each_layer = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())
batches = st.tuples(st.integers(1, 6), st.integers(1, 5))
finite = hnp.arrays(np.float64, batches, elements=st.floats(-1e30, 1e30))


class Square(Layer):
    """A reader's layer without parameters, as the documentation of `Layer` writes it."""

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x: np.ndarray = x
        y: np.ndarray = np.square(x)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        dx: np.ndarray = 2 * self._x * dy
        return dx


class Scale(Layer):
    """A reader's layer with a parameter, as the documentation of `Layer` writes it."""

    s: np.ndarray
    ds: np.ndarray

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        self.add_parameter("s", input_shape, lambda shape, rng: rng.uniform(1, 2, shape))

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x = x = self.check_input(x)
        y: np.ndarray = x * self.s
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.ds[...] = (dy * self._x).sum(axis=0)
        dx: np.ndarray = dy * self.s
        return dx


# Values


def test_dense_by_hand() -> None:
    layer = Dense(3).build((2,))
    layer.W[...] = [[1, 2, 3], [4, 5, 6]]
    layer.b[...] = [10, 20, 30]
    x, dy = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0, -1.0], [0.0, 2.0, 0.0]])
    assert layer.forward(x).tolist() == [[19, 32, 45], [29, 46, 63]]
    assert layer.backward(dy).tolist() == [[-2, -2], [4, 10]]
    assert layer.dW.tolist() == [[1, 6, -1], [2, 8, -2]]
    assert layer.db.tolist() == [1, 2, -1]


@pytest.mark.parametrize("name", ["linear", "relu", "sigmoid", "softmax", "tanh"])
@given(seed=st.integers(0, 2**32 - 1), shape=batches)
def test_activations_equal_the_formulas(name: str, seed: int, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    x, dy = 3 * rng.normal(size=shape), rng.normal(size=shape)
    layer = Dense(shape[1], name).build((shape[1],))
    layer.W[...] = np.eye(shape[1])
    expected = [ACTIVATIONS[name](row) for row in x]
    np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-13, atol=1e-13)
    expected_dx = [jacobian(name, row).T @ row_dy for row, row_dy in zip(x, dy, strict=True)]
    np.testing.assert_allclose(layer.backward(dy), expected_dx, rtol=1e-12, atol=1e-13)


def test_relu_takes_the_slope_0_at_its_kink() -> None:
    layer = ReLU()
    x = np.array([[-1e-300, -0.0, 0.0, 1e-300]])
    assert layer.forward(x).tolist() == [[0, 0, 0, 1e-300]]
    assert layer.backward(np.ones((1, 4))).tolist() == [[0, 0, 0, 1]]


@given(x=finite, shift=st.floats(-1e6, 1e6))
@example(x=np.array([[1e30, -1e30, 0.0], [-1e30, -1e30, -1e30]]), shift=0.0)
def test_softmax_gives_probabilities_for_any_finite_logits(x: np.ndarray, shift: float) -> None:
    y = Softmax().forward(x)
    assert (y >= 0).all()
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-14)
    # The order of the logits is the order of the probabilities, in each row by itself.
    assert (np.take_along_axis(y, x.argsort(axis=1), axis=1) == np.sort(y, axis=1)).all()
    moderate = np.clip(x, -1e6, 1e6)
    shifted = Softmax().forward(moderate + shift)
    # The sum of two numbers of a million is rounded to about 1e-10.
    np.testing.assert_allclose(shifted, Softmax().forward(moderate), rtol=1e-8, atol=1e-300)


def test_sigmoid_is_exact_in_both_tails() -> None:
    y = Sigmoid().forward(np.array([[-700.0, -40.0, 0.0, 40.0, 1e30, -1e30]]))
    np.testing.assert_allclose(
        y, [[np.exp(-700), np.exp(-40) / (1 + np.exp(-40)), 0.5, 1, 1, 0]], rtol=1e-15
    )


def test_flatten_undoes_itself() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    layer = Flatten()
    y = layer.forward(x)
    assert y.tolist() == [list(range(12)), list(range(12, 24))]
    np.testing.assert_array_equal(layer.backward(y), x)


def test_dropout_drops_scales_and_only_in_training() -> None:
    layer = Dropout(0.3)
    layer.rng = np.random.default_rng(0)
    x, dy = np.full((200, 100), 7.0), np.full((200, 100), 3.0)
    y = layer.forward(x, training=True)
    dropped = y == 0
    # 20000 draws: the standard deviation of the share is 0.0032, so that 0.015 is 4.6 of them.
    assert abs(dropped.mean() - 0.3) < 0.015
    np.testing.assert_allclose(y[~dropped], 7 / 0.7)
    np.testing.assert_allclose(layer.backward(dy), np.where(dropped, 0, 3 / 0.7))
    assert (layer.forward(x, training=True) != y).any(), "each batch needs a mask of its own"
    np.testing.assert_array_equal(layer.forward(x), x)
    np.testing.assert_array_equal(layer.backward(dy), dy)
    idle = Dropout(0)
    before = str(idle.rng.bit_generator.state)
    np.testing.assert_array_equal(idle.forward(x, training=True), x)
    assert str(idle.rng.bit_generator.state) == before, "nothing to draw for"


# Gradients


def check_gradients(make: MakeLayer, seed: int, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    layer = make()
    x = rng.normal(size=shape)
    x += np.copysign(0.01, x)  # keeps away from ReLU's kink

    def forward() -> np.ndarray:
        layer.rng = np.random.default_rng(1)  # the same mask each time
        return layer.forward(x, training=True)

    dy = rng.normal(size=forward().shape)

    def weighted_sum() -> float:
        return float((dy * forward()).sum())

    for parameter in layer.parameters.values():
        parameter[...] = rng.normal(size=parameter.shape)
    if isinstance(layer, Dense) and isinstance(layer.activation, ReLU):
        assume(np.abs(x @ layer.W + layer.b).min() > 0.001)  # so far the steps don't reach
    forward()
    dx = layer.backward(dy)
    gradients = {name: value.copy() for name, value in layer.gradients.items()}
    assert relative_error(dx, numerical_gradient(weighted_sum, x)) < 1e-7
    assert gradients.keys() == layer.parameters.keys()
    for name, parameter in layer.parameters.items():
        expected = numerical_gradient(weighted_sum, parameter)
        assert relative_error(gradients[name], expected) < 1e-7, name


@each_layer
@given(seed=st.integers(0, 2**32 - 1), shape=batches)
def test_gradients_equal_central_differences(
    make: MakeLayer, seed: int, shape: tuple[int, int]
) -> None:
    check_gradients(make, seed, shape)


@pytest.mark.parametrize("make", [Flatten, Square, Scale, Tanh, lambda: Dropout(0.5)])
def test_gradients_for_more_dimensions(make: MakeLayer) -> None:
    check_gradients(make, 0, (2, 3, 2))


@each_layer
def test_passes_leave_their_inputs_and_earlier_results_alone(make: MakeLayer) -> None:
    rng = np.random.default_rng(0)
    layer = make()
    x, dy = rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 4, 3))
    kept_x, kept_dy = x.copy(), dy.copy()
    x.flags.writeable = dy.flags.writeable = False  # an attempt to write raises
    y = layer.forward(x[0], training=True)
    dx = layer.backward(dy[0])
    kept = [a.copy() for a in (y, dx)]
    gradients = [a.copy() for a in layer.gradients.values()]
    layer.forward(x[1], training=True)
    layer.backward(dy[1])
    np.testing.assert_array_equal(y, kept[0], "an activation was written over")
    np.testing.assert_array_equal(dx, kept[1], "an input gradient was written over")
    layer.rng = np.random.default_rng(0)
    layer.forward(x[0], training=True)
    layer.backward(dy[0])
    for gradient, first in zip(layer.gradients.values(), gradients, strict=True):
        np.testing.assert_array_equal(gradient, first, "gradients add up over calls")
    np.testing.assert_array_equal(x, kept_x)
    np.testing.assert_array_equal(dy, kept_dy)


@each_layer
def test_permuting_the_batch_permutes_the_output(make: MakeLayer) -> None:
    rng = np.random.default_rng(0)
    x: np.ndarray = rng.normal(size=(6, 3))
    order = rng.permutation(6)
    layer = make()
    y = layer.forward(x)
    np.testing.assert_allclose(layer.forward(x[order]), y[order], rtol=1e-15)


# What a layer takes


@each_layer
@pytest.mark.parametrize(
    "convert",
    [
        lambda x: x.tolist(),
        lambda x: x.astype(np.uint8),
        lambda x: x.astype(np.int64),
        lambda x: x.astype(np.float32),
        lambda x: np.asfortranarray(x),
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
        lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
        lambda x: x.astype(">f8"),
    ],
    ids=["list", "uint8", "int64", "float32", "Fortran", "strided", "read-only", "big-endian"],
)
def test_layers_take_numbers_in_any_form(
    make: MakeLayer, convert: Callable[[np.ndarray], Any]
) -> None:
    x = np.array([[0.0, 1.0, 2.0], [3.0, 0.0, 9.0]])
    dy = np.array([[1.0, 2.0, 3.0], [0.0, 5.0, 7.0]])
    results = []
    for inputs in ((x, dy), (convert(x), convert(dy))):
        layer = make()
        layer.rng = np.random.default_rng(0)
        results.append((layer.forward(inputs[0]), layer.backward(inputs[1])))
    for expected, received in zip(*results, strict=True):
        np.testing.assert_allclose(received, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer", [Dense(3), ReLU(), Sigmoid(), Softmax(), Tanh(), Dropout(0.4)])
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64])
def test_layers_compute_with_floats_whatever_they_are_given(layer: Layer, dtype: type) -> None:
    x: np.ndarray = np.array([[0, 1, 1]], dtype=dtype)
    assert copy.deepcopy(layer).forward(x).dtype.kind == "f"


@each_layer
def test_layers_take_truth_values_as_0_and_1(make: MakeLayer) -> None:
    x = np.array([[True, False, True]])
    results = []
    for inputs in (x, x.astype(float)):
        layer = make()
        layer.rng = np.random.default_rng(0)
        results.append((layer.forward(inputs), layer.backward(inputs)))
    for received, expected in zip(*results, strict=True):
        np.testing.assert_allclose(received, expected, rtol=1e-5, atol=1e-6)


@each_layer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_layers_compute_in_the_dtype_of_their_input(make: MakeLayer, dtype: type) -> None:
    layer = make()
    x: np.ndarray = np.array([[1, 2, 3]], dtype=dtype)
    y = layer.forward(x, training=True)
    assert y.dtype == dtype
    assert layer.backward(y).dtype == dtype
    assert {g.dtype for g in layer.gradients.values()} <= {np.dtype(dtype)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_dense_layer_has_the_dtype_of_its_first_input_and_keeps_it(dtype: type) -> None:
    for layer in (Dense(2), Dense(2, input_shape=(3,)), Scale(), Scale(input_shape=(3,))):
        for x in (np.ones((4, 3), dtype=dtype), np.ones((4, 3)), np.ones((4, 3), dtype=np.float32)):
            assert layer.forward(x).dtype == layer.dtype == dtype


def test_an_activation_of_ones_own_has_the_dtype_of_its_dense_layer() -> None:
    class Checked(Square):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return super().forward(self.check_input(x))

    assert Dense(2, Checked()).forward(np.ones((1, 3), dtype=np.float32)).dtype == np.float32


def test_a_random_activation_knows_of_training_and_draws_from_the_models_seed() -> None:
    x, results = np.ones((4, 3)), []
    for _ in range(2):
        layer = Dense(50, Dropout(0.5), True, lambda shape, rng: np.ones(shape), input_shape=(3,))
        model = Sequential([layer], seed=0, dtype="float64")
        results.append(model.forward(x, training=True))
        assert set(np.unique(results[-1])) == {0, 6}
        assert (layer.forward(x) == 3).all()
    np.testing.assert_array_equal(results[0], results[1])


def test_a_refused_first_input_builds_nothing() -> None:
    for layer in (Scale(), Scale(input_shape=())):
        for x in (np.ones(3), np.float64(3)):
            with pytest.raises(ValueError, match="Scale expected input of shape"):
                layer.forward(x)  # type: ignore[arg-type]
            assert layer.dtype is None


def test_a_built_layer_refuses_a_vector() -> None:
    for shape in ((), (3,)):
        layer = Scale(input_shape=shape).build(dtype="float64")
        with pytest.raises(ValueError, match="Scale expected input of shape"):
            layer.forward(np.ones(3))


def test_layers_say_how_they_are_made() -> None:
    assert repr(Dropout(0.5)) == "Dropout(rate=0.5, name='dropout')"
    named = "Dropout(rate=0.5, input_shape=(3,), name='mine')"
    assert repr(Dropout(0.5, input_shape=(3,), name="mine")) == named
    assert repr(eval(named)) == named
    dense = "Dense(units=2, use_bias=True, kernel_initializer='he_normal', "
    assert repr(Dense(2, kernel_initializer="he_normal")).startswith(dense)


def test_what_a_layer_lacks_is_an_attribute_error() -> None:
    """Also for the special names that NumPy and copy ask for, and before ``__init__`` has run."""
    with pytest.raises(AttributeError, match=r"^__array__$"):
        _ = Dense(3, input_shape=(2,)).__array__  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"^Dense\.__init__ must call super\(\)"):
        _ = Dense.__new__(Dense).units


def test_a_layer_is_built_by_build_by_its_first_forward_or_by_its_model() -> None:
    layer = Dense(3, input_shape=(2,)).build()
    assert layer.count_params() == 9
    assert layer.W.shape == layer.dW.shape == (2, 3)
    assert layer.b.tolist() == layer.db.tolist() == [0, 0, 0]
    assert list(Dense(3, use_bias=False).build((2,)).parameters) == ["W"]
    early = Dense(3, input_shape=(2,))
    for look in (lambda: early.W, early.count_params):
        with pytest.raises(NotReadyError, match=r"build\(input_shape\) or forward\(x\) first"):
            look()
    assert not hasattr(early, "W")
    early.forward(np.ones((1, 2)))
    assert early.W.shape == (2, 3)


def test_a_missing_attribute_is_named_and_nothing_else_is_claimed() -> None:
    for lacking, name in ((ReLU(), "_mask_typo"), (Dense(2).build((2,)), "colour"), (ReLU(), "W")):
        with pytest.raises(AttributeError, match=f"has no attribute '{name}'.$"):
            getattr(lacking, name)
    for layer in (ReLU(), Tanh(), Sigmoid(), Softmax(), Dropout(0.5), Flatten(), Dense(1)):
        with pytest.raises(NotReadyError, match=r"call forward\(x\) before backward\(dy\)"):
            layer.backward(np.ones((1, 1)))

    class Misspelt(Layer):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            self._input = x
            return x

        def backward(self, dy: np.ndarray) -> np.ndarray:
            return dy * self._inputs  # type: ignore[attr-defined]

    misspelt = Misspelt()
    misspelt.forward(np.ones((1, 1)))
    with pytest.raises(AttributeError, match="Misspelt 'misspelt' has no attribute '_inputs'"):
        misspelt.backward(np.ones((1, 1)))


@pytest.mark.parametrize("built", [False, True])
@pytest.mark.parametrize(
    ("name", "meant"),
    [("unitz", "units"), ("kernal", "kernel"), ("activaton", "activation"), ("w", "W")],
)
def test_a_misspelt_attribute_is_recognised(built: bool, name: str, meant: str) -> None:
    layer = Dense(3).build((2,)) if built else Dense(3)
    with pytest.raises(
        AttributeError, match=f"has no attribute '{name}'. Did you mean {meant}\\?$"
    ):
        getattr(layer, name)


def test_private_names_are_neither_suggested_nor_corrected() -> None:
    class Scale(Layer):
        def __init__(self) -> None:
            super().__init__()
            self._factor = self.offset = 1.0

    for wrong in ("factor", "_ofset"):
        with pytest.raises(AttributeError, match=f"has no attribute '{wrong}'.$"):
            getattr(Scale(), wrong)


def test_a_failing_initializer_leaves_nothing_half_built() -> None:
    layer = Dense(3, bias_initializer=lambda shape, rng: rng.normal(size=(1, *shape)))
    rng = np.random.default_rng(0)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"initializer of dense.b must return shape \(3,\)"):
            layer.build((2,), rng=rng)
        assert layer.dtype is None
        assert layer.parameter_names == []
        assert layer.input_shape is None
    assert rng.random() == np.random.default_rng(0).random()


def test_the_models_seed_decides_unless_a_layer_is_built_already() -> None:
    first = Sequential([Dense(3, input_shape=(2,))], seed=0).get_weights()
    second = Sequential([Dense(3, input_shape=(2,))], seed=0).get_weights()
    np.testing.assert_array_equal(first[0], second[0])
    layer = Dense(3, input_shape=(2,)).build()
    seen = layer.W.copy()
    adopted = Sequential([layer], seed=0, dtype="float64")
    np.testing.assert_array_equal(adopted.get_weights()[0], seen)
    assert (seen != first[0]).all()


def test_a_layer_that_was_used_alone_draws_from_the_model_that_adopts_it() -> None:
    x, masks = np.ones((4, 50)), []
    for _ in range(2):
        layer = Dropout(0.5)
        layer.build((50,))
        model = Sequential([layer], seed=0)
        masks.append(model.forward(x, training=True))
    np.testing.assert_array_equal(masks[0], masks[1])


def test_a_layer_in_a_model_is_a_window_on_its_vectors() -> None:
    layer = Dense(3, input_shape=(2,))
    model = Sequential([layer, ReLU(), Dense(1)], dtype="float64")
    model.parameters[...] = np.arange(13)
    assert layer.W.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert layer.b.tolist() == [6, 7, 8]
    x = np.ones((4, 2))
    model.forward(x)
    model.backward(np.ones((4, 1)))
    assert model.gradients[6:9].tolist() == layer.db.tolist() == [4 * 9, 4 * 10, 4 * 11]


# Layers of a reader's own


@pytest.mark.parametrize("make", [Square, Scale], ids=["without parameters", "with one"])
def test_layers_of_ones_own_work_alone_and_in_a_model(make: MakeLayer) -> None:
    check_gradients(make, 0, (4, 3))
    model = Sequential([Dense(3, input_shape=(2,)), make(), Dense(1)], seed=0, dtype="float64")
    model.compile("adam", "mse")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2))
    before = [w.copy() for w in model.get_weights()]
    losses = model.fit(x, x[:, :1] ** 2, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < 0.95 * losses[0]
    assert all((w != b).any() for w, b in zip(model.get_weights(), before, strict=True))
    assert len(before) == (5 if make is Scale else 4)


@pytest.mark.parametrize("make", [Square, Scale], ids=["without parameters", "with one"])
def test_a_layer_of_ones_own_may_come_first(make: MakeLayer) -> None:
    """In training the first layer is asked for the parameters' gradients alone, others for all."""
    gradients = []
    for layers in ([make()], [Flatten(), make()]):
        model = Sequential([*layers, Dense(2)], seed=0, dtype="float64")
        model.compile("sgd", "mse")
        model.train_on_batch(np.arange(12.0).reshape(4, 3) / 12, np.ones((4, 2)))
        gradients.append(model.gradients)
    np.testing.assert_array_equal(gradients[0], gradients[1])
    assert gradients[0].all()


@each_layer
def test_configurations_make_the_layer_again(make: MakeLayer) -> None:
    layer = make()
    layer.input_shape, layer.name = (5,), "mine"
    again = type(layer)(**layer.get_config())
    assert again.get_config() == layer.get_config()
    assert (again.input_shape, again.name) == ((5,), "mine")


def test_configuration_of_dense_has_all_of_its_arguments() -> None:
    def ones(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        return np.ones(shape)

    again = Dense(**Dense(3, Tanh(), False, ones, ones, (2,), "mine").get_config())
    assert (again.units, again.use_bias, again.input_shape, again.name) == (3, False, (2,), "mine")
    assert again.kernel_initializer is again.bias_initializer is ones
    assert isinstance(again.activation, Tanh)


def test_a_parameters_name_is_given_once() -> None:
    class Twice(Scale):
        def create_parameters(self, input_shape: tuple[int, ...]) -> None:
            super().create_parameters(input_shape)
            super().create_parameters(input_shape)

    with pytest.raises(ValueError, match="'s'"):
        Twice().forward(np.ones((1, 2)))


def test_what_a_layer_of_ones_own_forgot_is_named() -> None:
    class Empty(Layer):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty must define forward\(x"):
        Empty().forward(np.ones((1, 1)))
    with pytest.raises(NotImplementedError, match=r"Empty must define backward\(dy\)"):
        Empty().backward(np.ones((1, 1)))


# What a layer refuses


def test_wrong_inputs_are_refused_with_what_was_expected() -> None:
    layer = Dense(128, input_shape=(784,))
    with pytest.raises(ValueError, match="expected") as error:
        layer.forward(np.zeros((32, 28, 28)))
    assert str(error.value) == (
        "Dense expected input of shape (N, 784), received (32, 28, 28). "
        "Add Flatten() or reshape to (N, 784)."
    )
    with pytest.raises(ValueError, match=r"received \(784,\)\. Pass a single example"):
        layer.forward(np.zeros(784))
    with pytest.raises(ValueError, match=r"Dense expected input of shape \(N, I\)"):
        Dense(2).forward(np.zeros((2, 3, 4)))
    with pytest.raises(ValueError, match=r"Softmax expected input of shape \(N, K\)"):
        Softmax().forward(np.zeros((2, 3, 4)))
    with pytest.raises(ValueError, match=r"Softmax expected input of shape \(N, K\)"):
        Softmax().forward(np.zeros((2, 0)))


@pytest.mark.parametrize("shape", [(1, 3), (4, 1), (3,), (), (4, 4), (1, 4, 3)])
@each_layer
def test_upstream_gradients_are_never_broadcast(make: MakeLayer, shape: tuple[int, ...]) -> None:
    layer = make()
    layer.forward(np.ones((4, 3)), training=True)
    before = [g.copy() for g in layer.gradients.values()]
    with pytest.raises(ValueError, match=r"expected dy .*\(4, 3\), received \(") as error:
        layer.backward(np.ones(shape))
    assert str(shape) in str(error.value)
    for gradient, kept in zip(layer.gradients.values(), before, strict=True):
        np.testing.assert_array_equal(gradient, kept)


@each_layer
def test_backward_wants_a_forward_first(make: MakeLayer) -> None:
    with pytest.raises(ValueError, match=r"call forward\(x\) before backward\(dy\)"):
        make().backward(np.ones((1, 3)))


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match=r"units must be a whole number, received 2\.5"):
        Dense(2.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"units must be at least 1, received 0"):
        Dense(0)
    with pytest.raises(ValueError, match=r"'rleu'\. Did you mean 'relu'"):
        Dense(2, activation="rleu")
    with pytest.raises(TypeError, match=r"input_shape must be a tuple such as \(784,\)"):
        Dense(2, input_shape=784)  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match=r"Dense expected input of shape \(N, I\), received \(N, 28"
    ):
        Dense(2, input_shape=(28, 28))
    with pytest.raises(ValueError, match=r"rate must be at least 0 and below 1, received 1"):
        Dropout(1)
    with pytest.raises(ValueError, match="activation with parameters"):
        Dense(2, activation=Scale(), input_shape=(2,)).build()
    built = Dense(2, input_shape=(2,))
    built.build()
    with pytest.raises(ValueError, match=r"built already, for examples of shape \(2,\)"):
        built.build()
    with pytest.raises(ValueError, match=r"dense\.build needs an input_shape, such as \(784,\)"):
        Dense(2).build()
    with pytest.raises(
        ValueError, match=r"Dense expected input of shape \(N, 2\), received \(N, 3"
    ):
        Dense(2, input_shape=(2,)).build((3,))
    with pytest.raises(
        ValueError, match=r"Dense expected input of shape \(N, 2\), received \(N, 3"
    ):
        built.build_in_model((3,), np.random.default_rng(0), np.dtype("float64"))
    with pytest.raises(AttributeError, match="has no attribute 'weight'"):
        _ = Dense(2, input_shape=(2,)).weight  # type: ignore[attr-defined]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_masked_arrays_are_refused_and_matrices_are_arrays(dtype: Any) -> None:
    """Also where the shape and the dtype are the layer's own; a matrix has another product."""
    layer = Dense(3, input_shape=(3,))
    layer.build(dtype=dtype)
    x = np.arange(6, dtype=dtype).reshape(2, 3)
    with pytest.raises(TypeError, match="without a mask"):
        layer.forward(np.ma.masked_greater(x, 2))
    assert type(layer.forward(x.view(np.matrix))) is np.ndarray


def test_a_layer_whose_init_leaves_out_that_of_layer_is_told_so() -> None:
    class Bare(Layer):
        def __init__(self, factor: float) -> None:
            self.factor = factor

    with pytest.raises(ValueError, match=r"Bare\.__init__ must call super\(\)\.__init__\(\)"):
        Sequential([Bare(2)])
    report = tinynet.gradcheck.check_gradients(Bare(2), np.ones((2, 3)))
    assert not report
    assert "Bare.__init__ must call super().__init__()" in str(report)


def test_flatten_of_an_empty_axis() -> None:
    assert Flatten().output_shape((0, 3)) == (0,)
    assert Flatten().output_shape((2, 3)) == (6,)


def test_weights_larger_than_the_memory_are_refused_before_they_are_made() -> None:
    def never(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        raise AssertionError("the initializer was called")

    with pytest.raises(ValueError, match=r"dense\.W of shape \(1000000, 10000000\) would take"):
        Dense(10**7, kernel_initializer=never, name="dense").build((10**6,))


def test_sizes_of_zero() -> None:
    """Where there is nothing to compute, shapes are as for any size; some layers need features."""
    for kind in (tinynet.layers.BatchNormalization, tinynet.layers.LayerNormalization):
        assert [kind().output_shape(shape) for shape in ((0,), (3, 0))] == [(0,), (3, 0)]
    assert [Flatten().output_shape(shape) for shape in ((0,), (3, 0))] == [(0,), (0,)]
    assert Dense(2).output_shape((0,)) == (2,)
    for layer in (Softmax(), tinynet.layers.LogSoftmax()):
        for shape, shown in (((0,), "(N, 0)"), ((0, 3), "(N, 0, 3)"), ((3, 0), "(N, 3, 0)")):
            with pytest.raises(ValueError, match=re.escape(f"received {shown}.")):
                layer.output_shape(shape)
    for refusing in (Dense(2), Flatten(), Softmax(), tinynet.layers.BatchNormalization()):
        with pytest.raises(ValueError, match="must be at least 0, received -1"):
            refusing.output_shape((-1,))


def test_a_copy_from_the_configuration_shares_nothing() -> None:
    first = Dense(2, ReLU(), input_shape=(3,)).build()
    second = Dense.from_config(first.get_config()).build((3,))
    assert second.activation is not first.activation
    assert (second.units, type(second.activation)) == (2, ReLU)


@pytest.mark.parametrize(
    "layer",
    [tinynet.layers.GeneralReLU(negative_slope=0.5), tinynet.layers.Identity(), Tanh()],
    ids=repr,
)
def test_the_output_gradient_may_be_integers_a_matrix_or_masked(layer: Layer) -> None:
    """A slope of 0.5 would be 0 in the dtype of dy, and `*` a matrix product."""
    dy = np.array([[1, 2], [3, 4]])
    layer.forward(np.array([[1.0, -2.0], [-3.0, 4.0]]))
    expected = layer.backward(dy.astype(float))
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.matrix(dy.astype(float))
    for passed in (dy, dy.tolist(), matrix):
        dx = layer.backward(passed)
        assert type(dx) is np.ndarray
        assert dx.dtype == float
        np.testing.assert_array_equal(dx, expected)
    with pytest.raises(TypeError, match="dy must be an array without a mask"):
        layer.backward(np.ma.masked_array(dy.astype(float), mask=dy == 1))


def test_default_names_are_kerass() -> None:
    """Also those of one's own classes, and of names with capitals in a row."""
    own = type("LSTMLikeLayer2D", (ReLU,), {})
    made = [tinynet.layers.PReLU(), ReLU(), tinynet.layers.ELU(), Dense(1), own()]
    names = ["p_re_lu", "re_lu", "elu", "dense", "lstm_like_layer2d"]
    assert [layer.name for layer in made] == names


def test_a_copied_layer_is_in_no_model() -> None:
    first = Sequential([Dense(4, "relu", input_shape=(3,)), Dense(2)], seed=0)
    hidden = first.layers[0]
    with pytest.raises(ValueError, match=r"each layer can be used once: add copy\.deepcopy\(layer"):
        Sequential([hidden, Dense(1)])
    x = np.ones((5, 3))
    for copied in (copy.deepcopy(hidden), pickle.loads(pickle.dumps(hidden))):
        second = Sequential([copied, Dense(1)], seed=1)
        second.compile("sgd", "mse")
        second.fit(x, np.ones(5), verbose=0)
        before, after = hidden.get_weights(), copied.get_weights()
        assert not np.array_equal(before[0], after[0])
    for model in (first.copy(), pickle.loads(pickle.dumps(first))):
        with pytest.raises(ValueError, match="is in a model already"):
            Sequential([model.layers[0]])


def test_advice_on_a_layer_that_is_used_twice_works() -> None:
    named, unnamed = Dense(3, name="hidden"), Dense(3)
    with pytest.raises(ValueError, match=r"add a new Dense with another name\.$"):
        Sequential([named, named])
    with pytest.raises(ValueError, match=r"add copy\.deepcopy\(layer\)\.$"):
        Sequential([unnamed, unnamed])
    Sequential([unnamed, copy.deepcopy(unnamed)])
    Sequential([named, Dense(3, name="other")]).build((2,))
    with pytest.raises(ValueError, match=r"add copy\.deepcopy\(layer\)\.$"):
        Sequential([named])
    assert Sequential([copy.deepcopy(named)]).layers[0].name == "hidden"
