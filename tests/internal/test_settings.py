"""Settings: none is shown as an address in memory, and what can't be copied is shared."""

import inspect
import threading
from typing import Any

import numpy as np
import pytest

import tinynet as tn
from tests.support.html import empty_elements
from tinynet._internal.settings import constructor_call
from tinynet.callbacks import Callback, EarlyStopping, LambdaCallback
from tinynet.diagnose import diagnose
from tinynet.losses import CategoricalCrossentropy, Loss, MeanSquaredError


def made_without_arguments(module: Any, base: type) -> list[Any]:
    """Return an object of each class of a module that can be made without arguments."""
    classes = [value for value in vars(module).values() if isinstance(value, type)]
    made = []
    for cls in classes:
        if issubclass(cls, base):
            parameters = inspect.signature(cls).parameters.values()
            needed = [p for p in parameters if p.default is p.empty and p.kind < p.VAR_POSITIONAL]
            if not needed:
                made.append(cls())
    return made


@pytest.mark.parametrize(("module", "base"), [(tn.losses, Loss), (tn.callbacks, Callback)])
def test_losses_and_callbacks_show_how_they_are_made(module: Any, base: type) -> None:
    made = made_without_arguments(module, base)
    assert len(made) >= 3
    for instance in made:
        assert repr(instance) == f"{type(instance).__name__}()"


def test_arguments_that_are_not_the_defaults_are_shown() -> None:
    assert repr(MeanSquaredError()) == "MeanSquaredError()"
    assert repr(CategoricalCrossentropy(from_logits=True)) == (
        "CategoricalCrossentropy(from_logits=True)"
    )
    assert repr(EarlyStopping("loss", patience=3)) == "EarlyStopping(monitor='loss', patience=3)"


def test_functions_are_named_and_one_of_your_own_is_shown_too() -> None:
    def stop(logs: dict[str, float]) -> None: ...

    class Mine(LambdaCallback):
        def __init__(self, share: float, hook: Any = None) -> None:
            super().__init__()
            self.share, self.hook = share, hook

    assert repr(Mine(0.5, stop)) == "Mine(share=0.5, hook=stop)"
    assert "0x" not in repr(LambdaCallback(on_train_end=stop))


def test_what_cannot_be_compared_is_shown() -> None:
    class Keeps:
        def __init__(self, weights: Any = None) -> None:
            self.weights = weights

    assert constructor_call(Keeps(np.zeros(2))) == "Keeps(weights=array([0., 0.]))"
    assert constructor_call(Keeps()) == "Keeps()"


def test_a_model_is_shown_as_a_line_and_as_a_table() -> None:
    model = tn.Sequential(
        [tn.Flatten(input_shape=(4, 2)), tn.Dense(3, "relu"), tn.Dense(2, name="<out>")],
        name="a & b",
    )
    assert repr(model) == "<Sequential 'a & b': Flatten, Dense, Dense; 35 parameters>"
    shown = model._repr_html_()
    assert empty_elements(shown) == []
    assert shown.count("<tr>") == 4
    assert "a &amp; b" in shown
    assert "&lt;out&gt;" in shown
    assert "4 &times; 2 inputs, 35 parameters" in shown
    assert "Dense, ReLU" in shown


def test_a_model_that_is_not_built_says_so() -> None:
    assert repr(tn.Sequential()) == "<Sequential 'sequential': no layers; not built yet>"
    model = tn.Sequential([tn.Dense(3)])
    assert "not built yet" in repr(model)
    assert "not built yet" in model._repr_html_()


def test_the_package_lists_what_it_has() -> None:
    listed = dir(tn)
    assert set(tn.__all__) <= set(listed)
    assert {"plotting", "diagnose", "museum", "__version__"} <= set(listed)
    assert all(hasattr(tn, name) for name in listed)


class OnAnyLibrary(tn.Layer):
    """Computes with the library that it is given, and counts its calls, one at a time."""

    def __init__(self, library: Any = np) -> None:
        super().__init__()
        self.library, self.lock, self.calls = library, threading.Lock(), [0]
        self.kept = {"lock": threading.Lock(), "calls": [0]}

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        self._x = x
        with self.lock:
            self.calls[0] += 1
        result: np.ndarray = self.library.maximum(x, 0)
        return result

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy * (self._x > 0)


class AnyLibrarysSGD(tn.SGD):
    def __init__(self) -> None:
        super().__init__(0.1)
        self.library = np

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        self.library.subtract(parameters, learning_rate * gradients, out=parameters)


class Logged(tn.Sequential):
    def __init__(self, layers: list[tn.Layer]) -> None:
        super().__init__(layers, seed=0)
        self.lock = threading.Lock()


def test_modules_and_locks_are_shared_by_copies() -> None:
    """Python can't copy them, and training and the study tools work on copies."""
    x, y = np.eye(6), np.arange(6) % 3
    model = Logged([tn.Dense(4), OnAnyLibrary(), tn.Dense(3, "softmax")])
    model.compile(AnyLibrarysSGD(), "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=2, verbose=0)
    layer: Any = model.layers[1]
    called = layer.calls[0]
    assert list(diagnose(model, x, y)) == []
    other = model.copy()
    twin: Any = other.layers[1]
    assert twin.kept["lock"] is layer.kept["lock"]
    assert twin.kept["calls"] is not layer.kept["calls"]
    assert (twin.library, twin.lock) == (np, layer.lock)
    assert isinstance(other, Logged)
    assert other.lock is model.lock
    assert other.predict(x).tobytes() == model.predict(x).tobytes()
    assert not np.shares_memory(other.values, model.values)
    assert (layer.calls[0], twin.calls[0]) == (called + 1, called + 1), "lists are copied"
