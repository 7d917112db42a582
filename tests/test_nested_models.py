"""A model as a layer of another: they share the layers, and the one compiled last trains them."""

import copy

import numpy as np
import pytest

from tinynet import Dense, Sequential, Softmax
from tinynet.callbacks import LambdaCallback, Logs
from tinynet.layers import Dropout

X = np.arange(12.0).reshape(4, 3) / 12
Y = np.eye(2)[[0, 1, 1, 0]]


def inner() -> Sequential:
    return Sequential([Dense(4, "tanh", input_shape=(3,)), Dense(2)], name="inner", seed=0)


def test_the_logits_of_a_trained_model_get_a_softmax() -> None:
    model = inner()
    model.compile("sgd", "mse")
    model.fit(X, Y, epochs=2, verbose=0)
    before = model.get_weights()
    whole = Sequential([model, Softmax()])
    np.testing.assert_array_equal(whole.predict(X), Softmax().forward(model.predict(X)))
    np.testing.assert_allclose(whole.predict(X).sum(axis=1), 1, rtol=1e-6)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))
    model.fit(X, Y, epochs=1, verbose=0)  # goes on: the other one was never compiled
    np.testing.assert_array_equal(whole.predict(X), Softmax().forward(model.predict(X)))


def test_it_trains_as_the_flat_model_does() -> None:
    parts = inner()
    whole = Sequential([parts, Dense(1)], seed=1)
    flat = Sequential([Dense(4, "tanh", input_shape=(3,)), Dense(2), Dense(1)])
    flat.set_weights(whole.get_weights())
    losses = []
    for model in (whole, flat):
        model.compile("adam", "mse")
        losses.append(model.fit(X, X[:, 0], epochs=3, shuffle=False, verbose=0).history["loss"])
    assert losses[0] == losses[1]
    np.testing.assert_array_equal(whole.predict(X), flat.predict(X))
    hidden, last = parts.predict(X), whole.layers[-1]
    np.testing.assert_array_equal(last.forward(hidden), whole.predict(X))


def test_the_other_is_compiled_again_before_it_trains() -> None:
    parts = inner()
    parts.compile("sgd", "mse")
    whole = Sequential([parts, Dense(1)], seed=1)
    whole.compile("sgd", "mse")
    with pytest.raises(ValueError, match="isn't compiled"):
        parts.fit(X, Y, verbose=0)
    parts.predict(X)


def test_each_can_be_compiled_again_in_turn() -> None:
    parts = inner()
    whole = Sequential([parts, Dense(2)], seed=1)
    for model, other in ((whole, parts), (parts, whole), (whole, parts)):
        model.compile("sgd", "mse")
        before = model.predict(X), other.predict(X)
        model.fit(X, Y, epochs=2, verbose=0)
        after = model.predict(X), other.predict(X)
        assert not any((a == b).all() for a, b in zip(before, after, strict=True))
        with pytest.raises(ValueError, match="isn't compiled"):
            other.fit(X, Y, verbose=0)


def test_nothing_moves_while_one_is_in_fit() -> None:
    parts = inner()
    whole = Sequential([parts, Dense(2)], seed=1)
    whole.compile("sgd", "mse")
    said = []

    def compile_parts(batch: int, logs: Logs) -> None:
        with pytest.raises(ValueError, match="shares layers with this one is in fit") as caught:
            parts.compile("sgd", "mse")
        said.append(str(caught.value))
        parts.predict(X)

    before = whole.predict(X)
    whole.fit(X, Y, callbacks=LambdaCallback(on_train_batch_end=compile_parts), verbose=0)
    assert len(said) == 1
    assert not parts.compiled
    assert not np.array_equal(before, whole.predict(X))


def test_it_is_in_two_others() -> None:
    parts = inner()
    first, second = (Sequential([parts, Dense(2)], seed=seed) for seed in (1, 2))
    for model, other in ((first, second), (second, first)):
        model.compile("sgd", "mse")
        before = other.predict(X)
        model.fit(X, Y, epochs=2, verbose=0)
        assert not np.array_equal(other.predict(X), before)
        with pytest.raises(ValueError, match="isn't compiled"):
            other.fit(X, Y, verbose=0)


def test_a_popped_layer_takes_nothing_from_the_model_it_was_in() -> None:
    model = inner()
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    last = model.pop()
    model.compile("sgd", "mse")
    other = Sequential([Dense(4, input_shape=(3,)), last], seed=1)
    other.compile("sgd", "mse")
    for either, y in ((model, np.ones((4, 4))), (other, Y)):
        either.fit(X, y, verbose=0)


def test_it_is_built_with_the_other() -> None:
    parts = Sequential([Dense(4), Dropout(0.5), Dense(2)], seed=0)
    whole = Sequential([parts, Dense(1)], seed=1)
    whole.compile("sgd", "mse")
    whole.fit(X, X[:, 0], epochs=1, verbose=0)
    assert [layer.name for layer in whole.layers] == ["dense", "dropout", "dense_1", "dense_2"]
    assert parts(X).shape == (4, 2)


def test_frozen_layers_stay() -> None:
    parts = inner()
    parts.trainable = False
    whole = Sequential([parts, Dense(1)], seed=1)
    whole.compile("sgd", "mse")
    before = parts.get_weights()
    whole.fit(X, X[:, 0], epochs=2, verbose=0)
    assert all((a == b).all() for a, b in zip(before, parts.get_weights(), strict=True))


def test_a_copy_stands_alone() -> None:
    whole = Sequential([inner(), Dense(1)], seed=1)
    other = copy.deepcopy(whole)
    other.compile("sgd", "mse")
    other.fit(X, X[:, 0], epochs=1, verbose=0)
    assert not np.array_equal(other.predict(X), whole.predict(X))


def test_what_doesnt_fit_changes_nothing() -> None:
    parts = inner()
    whole = Sequential([Dense(5, input_shape=(3,))], seed=1)
    with pytest.raises(ValueError, match=r"expected input of shape \(N, 3\)"):
        whole.add(parts)
    assert len(whole.layers) == 1
    assert parts.predict(X).shape == (4, 2)
    with pytest.raises(ValueError, match="a layer of itself"):
        parts.add(parts)


def test_keras_shape_with_the_batch_is_taken_by_build() -> None:
    model = Sequential([Dense(2), Dense(1)])
    model.build((None, 3))
    assert model.input_shape == (None, 3)
    assert Dense(2).build((None, 3)).input_shape == (3,)
