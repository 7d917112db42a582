"""Wrong calls: each says what was expected and what was received, and changes nothing."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet import Adam, Dense, Dropout, Flatten, ReLU, Sequential, Softmax
from tinynet._internal.checks import check_number
from tinynet.callbacks import EarlyStopping
from tinynet.layers import BatchNormalization

X = np.arange(20.0).reshape(5, 4) / 20
Y = np.eye(3)[[0, 1, 2, 1, 0]]
NAN = X.copy()
NAN[3, 1] = np.nan


def trained() -> Sequential:
    stack = [Dense(6, "relu", input_shape=(4,)), Dropout(0.2), Dense(3, "softmax")]
    model = Sequential(stack, seed=0)
    model.compile(Adam(), "categorical_crossentropy", metrics=["acc"])
    model.fit(X, Y, epochs=2, verbose=0)
    return model


def everything(model: Sequential) -> list[Any]:
    """Return all that training changes."""
    state = {name: values.tolist() for name, values in model.optimizer.state.items()}
    return [
        *(model.parameters.tolist(), model.gradients.tolist(), state, model.optimizer.iterations),
        *(model.rng.bit_generator.state, model.epoch, copy.deepcopy(model.history.history)),
        *(model.metrics, type(model.loss), model.compiled, [layer.name for layer in model.layers]),
    ]


# The model is Any here: a type checker refuses many of these calls as well.
WRONG: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "x of another width": (
        lambda m: m.fit(X[:, :3], Y),
        *(ValueError, r"Dense expected input of shape \(N, 4\), received \(5, 3\)\."),
    ),
    "images": (
        lambda m: m.fit(X.reshape(5, 2, 2), Y),
        *(ValueError, r"\(N, 4\), received \(5, 2, 2\)\. Add Flatten\(\) or reshape to \(N, 4\)\."),
    ),
    "a single example": (
        lambda m: m.predict(X[0]),
        *(ValueError, r"\(N, 4\), received \(4,\)\. Pass a single example as x\[np\.newaxis\]"),
    ),
    "nan": (lambda m: m.fit(NAN, Y), ValueError, r"x must be finite, received nan at \[3, 1\]"),
    "inf": (
        lambda m: m.predict([[0, 0, 0, -np.inf]]),
        *(ValueError, r"x must be finite, received -inf at \[0, 3\]"),
    ),
    "nan among the validation data": (
        lambda m: m.fit(X, Y, validation_data=(NAN, Y)),
        *(ValueError, r"validation x must be finite, received nan at \[3, 1\]"),
    ),
    "words": (
        lambda m: m.fit([["a"] * 4], Y[:1]),
        *(TypeError, "x must be an array of real numbers, received dtype <U1"),
    ),
    "complex numbers": (lambda m: m.predict(X + 1j), TypeError, "real numbers, received dtype com"),
    "objects": (lambda m: m.predict([[None] * 4]), TypeError, "real numbers, received dtype obj"),
    "ragged rows": (
        lambda m: m.fit([[1, 2, 3, 4], [1]], Y[:2]),
        *(ValueError, "x must be a rectangular array, received rows of unequal length"),
    ),
    "too few labels": (
        lambda m: m.fit(X, Y[:4]),
        *(ValueError, r"x and y must have the same number of examples, .*received 5 and 4"),
    ),
    "no examples": (lambda m: m.fit(X[:0], Y[:0]), ValueError, "at least one, received 0 and 0"),
    "integer labels": (
        lambda m: m.fit(X, [0, 1, 2, 1, 0]),
        *(ValueError, r"received labels of shape \(5,\)\. Use loss='sparse_categorical_crosse"),
    ),
    "labels of another width": (
        lambda m: m.train_on_batch(X, Y[:, :2]),
        *(ValueError, r"expected y_true of shape \(N, 3\), received \(5, 2\)"),
    ),
    "integer labels for evaluate": (
        lambda m: m.evaluate(X, [0, 1, 2, 1, 0]),
        *(ValueError, "sparse_categorical_crossentropy"),
    ),
    "validation labels": (
        lambda m: m.fit(X, Y, validation_data=(X, Y[:4])),
        *(ValueError, r"the same number of examples, .*received 5 and 4"),
    ),
    "validation shapes": (
        lambda m: m.fit(X, Y, validation_data=(X[:, :3], Y)),
        *(ValueError, r"\(N, 4\), received \(5, 3\)"),
    ),
    "validation_data that are no pair": (
        lambda m: m.fit(X, Y, validation_data=X),
        *(TypeError, r"validation_data must be a tuple \(x_val, y_val\)"),
    ),
    "validation_split too large": (
        lambda m: m.fit(X, Y, validation_split=1),
        *(ValueError, "validation_split must be at least 0 and below 1, received 1"),
    ),
    "validation_split leaves nothing": (
        lambda m: m.fit(X, Y, validation_split=0.99),
        *(ValueError, r"validation_split=0\.99 of 5 examples leaves 0 to train on"),
    ),
    "validation_split takes nothing": (
        lambda m: m.fit(X[:1], Y[:1], validation_split=1e-20),
        *(ValueError, "leaves 1 to train on and 0 to validate on"),
    ),
    "batch_size 0": (
        lambda m: m.fit(X, Y, batch_size=0),
        *(ValueError, "batch_size must be at least 1, received 0"),
    ),
    "half a batch": (
        lambda m: m.predict(X, batch_size=2.5),
        *(TypeError, r"batch_size must be a whole number, received 2\.5"),
    ),
    "batch_size True": (
        lambda m: m.evaluate(X, Y, batch_size=True),
        *(TypeError, "batch_size must be a whole number, received True"),
    ),
    "negative epochs": (
        lambda m: m.fit(X, Y, epochs=-1),
        *(ValueError, "epochs must be at least 0, received -1"),
    ),
    "epochs as text": (
        lambda m: m.fit(X, Y, epochs="3"),
        *(TypeError, "epochs must be a whole number, received '3'"),
    ),
    "verbose 3": (
        lambda m: m.fit(X, Y, verbose=3),
        *(ValueError, "verbose must be 'auto', 0, 1 or 2, received 3"),
    ),
    "verbose for evaluate": (
        lambda m: m.evaluate(X, Y, verbose="loud"),
        *(ValueError, "verbose must be 'auto', 0, 1 or 2, received 'loud'"),
    ),
    "a figure that isn't there": (
        lambda m: m.fit(X, Y, callbacks=[EarlyStopping("val_loss")]),
        *(ValueError, "can't monitor 'val_loss'"),
    ),
    "no callback": (
        lambda m: m.fit(X, Y, callbacks="EarlyStopping"),
        *(TypeError, "callbacks must be a list of Callback objects, received 'Early"),
    ),
    "too few weights": (
        lambda m: m.set_weights(m.get_weights()[:3]),
        *(ValueError, r"Expected 4 arrays \(dense.W, dense.b, dense_1.W, dense_1.b\), received 3"),
    ),
    "a weight of another shape": (
        lambda m: m.set_weights([*m.get_weights()[:3], np.zeros((1, 3))]),
        *(ValueError, r"dense_1\.b has shape \(3,\), received \(1, 3\)"),
    ),
    "a weight that is nan": (
        lambda m: m.set_weights([*m.get_weights()[:3], [0, np.nan, 0]]),
        *(ValueError, r"dense_1\.b must be finite, received nan at \[1\]"),
    ),
    "an unknown optimizer": (
        lambda m: m.compile("sdg"),
        *(ValueError, r"Unknown optimizer 'sdg'\. Did you mean 'sgd'\? Known: 'adadelta', "),
    ),
    "an unknown loss": (
        lambda m: m.compile("sgd", "mean_square_error"),
        *(ValueError, r"Unknown loss 'mean_square_error'\. Did you mean 'mean_squared_error'\?"),
    ),
    "an optimizer's class": (
        lambda m: m.compile(Adam),
        *(TypeError, "optimizer must be a name or an object made for it, received <class"),
    ),
    "an optimizer's class, what to do": (
        lambda m: m.compile(Adam),
        *(TypeError, r"; write Adam\(\), with its arguments, to make an object of it\.$"),
    ),
    "an activation in capitals": (
        lambda m: m.add(Dense(2, "ReLU")),
        *(ValueError, r"Unknown activation 'ReLU'\. Did you mean 'relu'\?"),
    ),
    "a layer's class": (
        lambda m: m.add(Dense),
        *(TypeError, r"A model is made of layers, received .*; write Dense\(\)"),
    ),
    "what isn't a layer": (
        lambda m: m.add("relu"),
        *(TypeError, "A model is made of layers, received 'relu'"),
    ),
    "a layer twice": (
        lambda m: m.add(m.layers[0]),
        *(ValueError, "dense is in a model already; each layer can be used once"),
    ),
    "a name twice": (
        lambda m: m.add(Dense(2, name="dense")),
        *(ValueError, "Each layer needs a name of its own, received 'dense' twice"),
    ),
    "a layer that doesn't fit": (
        lambda m: m.add(Dense(2).build((5,))),
        *(ValueError, r"Dense expected input of shape \(N, 5\), received \(N, 3\)"),
    ),
    "building twice": (
        lambda m: m.build((4,)),
        *(ValueError, r"built already, for inputs of shape \(N, 4\)"),
    ),
    "a gradient of another shape": (
        lambda m: m.backward(np.ones((5, 1))),
        *(ValueError, r"dense_1.*expected dy .*, received \(5, 1\)|softmax.*received \(5, 1\)"),
    ),
    "a batch size for the costs": (
        lambda m: m.summary(costs=True, batch_size=0),
        *(ValueError, "batch_size must be at least 1"),
    ),
}


@pytest.mark.parametrize(("call", "kind", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_call_says_so_and_changes_nothing(
    call: Callable[[Sequential], Any],
    kind: type[Exception],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = trained()
    model.forward(X)
    before = everything(model)
    capsys.readouterr()
    with pytest.raises(kind, match=message) as error:
        call(model)
    assert everything(model) == before
    assert "\n" not in str(error.value)
    assert capsys.readouterr().out == "" or "summary" in message or "batch_size" in message
    model.fit(X, Y, verbose=0)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.fit(NAN, Y),
        lambda m: m.fit(X, Y[:4]),
        lambda m: m.fit(X, Y, validation_split=0.99),
        lambda m: m.fit(X, Y, validation_data=(X[:, :3], Y)),
        lambda m: m.fit(X, Y, validation_data=(X, Y[:, :2])),
        lambda m: m.fit(X.reshape(5, 2, 2), Y),
    ],
)
def test_a_wrong_call_doesnt_build_the_model(call: Callable[[Sequential], Any]) -> None:
    model, fresh = (Sequential([Dense(6, "relu"), Dense(3, "softmax")], seed=0) for _ in range(2))
    model.compile()
    fresh.compile()
    with pytest.raises(ValueError, match=r"received|leaves"):
        call(model)
    assert not model.built
    for other in (model, fresh):
        other.fit(X, Y, verbose=0)
    assert model.parameters.tobytes() == fresh.parameters.tobytes()


def test_models_that_arent_ready_say_what_to_do() -> None:
    empty, unbuilt = Sequential(), Sequential([Dense(3)])
    uncompiled = Sequential([Dense(3, input_shape=(4,))])
    for call in (
        *(unbuilt.count_params, lambda: unbuilt.summary(costs=True)),
        *(lambda: unbuilt.forward(X), lambda: unbuilt.set_weights([])),
    ):
        with pytest.raises(ValueError, match=r"isn't built yet: give the first layer an input_sh"):
            call()
    for fit in (uncompiled.fit, uncompiled.evaluate, uncompiled.train_on_batch):
        with pytest.raises(ValueError, match=r"isn't compiled: call compile\(optimizer, loss\)"):
            fit(X, Y)
    with pytest.raises(ValueError, match="no layers: add one first"):
        empty.compile()
    with pytest.raises(ValueError, match=r"needs a first layer and an input_shape"):
        unbuilt.build()
    with pytest.raises(ValueError, match=r"call forward\(x\) before backward"):
        uncompiled.backward(X[:, :3])
    constant = Sequential([Softmax(input_shape=(4,))])
    constant.compile()
    for train in (constant.fit, constant.train_on_batch):
        with pytest.raises(ValueError, match="needs a layer with parameters"):
            train(X, np.eye(4)[[0, 1, 2, 3, 0]])
    assert constant.evaluate(X, np.eye(4)[[0, 1, 2, 3, 0]], verbose=0) > 0


def test_layers_that_dont_fit_each_other_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"Dense expected input of shape \(N, 5\), received \(N, 3"
    ):
        Sequential([Dense(3, input_shape=(4,)), Dense(2).build((5,))])
    with pytest.raises(ValueError, match=r"Dense expected .*received \(N, 2, 2\).*Add Flatten\(\)"):
        Sequential([ReLU(input_shape=(2, 2)), Dense(3)])
    Sequential([Flatten(input_shape=(2, 2)), Dense(3)])
    with pytest.raises(
        ValueError, match="dtype must be 'float32' or 'float64', received 'float16'"
    ):
        Sequential(dtype="float16")
    states_alone = BatchNormalization(center=False, scale=False).build((4,))
    for layer in (Dense(3), Dense(3).build((4,)), states_alone):
        Sequential([layer])
        with pytest.raises(ValueError, match="in a model already"):
            Sequential([layer])


@pytest.mark.parametrize("shape", [(5,), ()])
def test_a_vector_of_examples_is_refused_in_words_that_make_sense(shape: tuple[int, ...]) -> None:
    model = Sequential([Dense(1)])
    model.compile("sgd", "mse")
    x = np.zeros(shape)
    for call in (lambda: model.fit(x, x), lambda: Dense(1).forward(x)):
        with pytest.raises(ValueError, match="expected") as error:
            call()
        assert f"Dense expected input of shape (N, ...), received {shape}." in str(error.value)


@given(st.integers(0, 19_999), st.integers(0, 99), st.sampled_from([np.nan, np.inf, -np.inf]))
def test_what_isnt_finite_is_found_anywhere(row: int, column: int, value: float) -> None:
    x = np.zeros((20_000, 100), np.float32)  # twice as large as what is looked at in one piece
    x[row, column] = value
    x[row + 1 :] = value
    model = Sequential([Dense(1, input_shape=(100,))])
    with pytest.raises(ValueError, match=rf"received {value} at \[{row}, {column}\]"):
        model.predict(x)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_largest_number_of_a_models_dtype_is_finite_and_the_next_one_isnt(sign: int) -> None:
    model = Sequential([Dense(1, "linear", input_shape=(1,), kernel_initializer="zeros")])
    largest = sign * float(np.finfo(np.float32).max)
    for dtype in (np.float32, np.float64):
        assert model.predict(np.array([[0], [largest]], dtype)).tolist() == [[0], [0]]
    beyond = np.nextafter(largest, sign * np.inf)
    with pytest.raises(ValueError, match=r"x must fit into float32, received .* at \[1, 0\]"):
        model.predict([[0], [beyond]])
    assert model.copy("float64").predict([[beyond]]).tolist() == [[0]]


@pytest.mark.parametrize(
    ("value", "limits", "expected"),
    [
        (np.inf, {"minimum": 0}, "at least 0 and finite, received inf"),
        (10**400, {"above": 0}, "above 0 and finite, received 1000"),
        (np.inf, {}, "finite, received inf"),
        (np.inf, {"minimum": 0, "below": 1}, "at least 0 and below 1, received inf"),
        (-np.inf, {"minimum": 0}, "at least 0, received -inf"),
    ],
)
def test_an_infinite_number_is_told_what_is_wrong_with_it(
    value: float, limits: dict[str, float], expected: str
) -> None:
    with pytest.raises(ValueError, match=f"^rate must be {expected}"):
        check_number(value, "rate", **limits)
