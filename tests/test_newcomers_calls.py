"""What people who know a little Keras write, and what the error tells them to write instead.

Each call was made without looking at the code. The error used to be Python's or NumPy's, didn't say
what to do, or blamed something else. A refused call changes nothing.
"""

import importlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.states import contents
from tinynet.callbacks import Callback, EarlyStopping, LambdaCallback, LearningRateScheduler
from tinynet.gradcheck import check_gradients
from tinynet.layers import Layer
from tinynet.schedules import CosineDecay

tn: Any = tinynet  # a type checker refuses many of these calls as well

RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(8, 4)), np.array([0, 1, 2, 1, 0, 2, 1, 0])
Y = np.eye(3)[LABELS]


class Forgetful(Callback):
    """A callback by someone who didn't look up the hook's arguments."""

    def on_epoch_end(self) -> None:  # type: ignore[override]
        """Python refused the call when the first epoch was over."""


class OneMode(Layer):
    """A layer by someone who didn't look up the arguments of forward."""

    def forward(self, x: np.ndarray) -> np.ndarray:  # type: ignore[override]
        return 2 * x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return 2 * dy


class Misspelt(Callback):
    """A callback whose only method nothing would have called."""

    def on_epoch_ends(self, epoch: int, logs: Any) -> None:
        """Do nothing."""


class Watchful(Callback):
    """A callback with a method of its own that resembles no hook."""

    improvements = 0

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        self.on_improvement()

    def on_improvement(self) -> None:
        self.improvements += 1


def network(units: int, activation: Any, loss: str) -> Any:
    stack = [tn.Dense(5, "relu", input_shape=(4,)), tn.Dense(units, activation)]
    model = tn.Sequential(stack, seed=0)
    model.compile("sgd", loss, metrics=["accuracy"])
    return model


CALLS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a shape by position": (
        lambda model: tn.Flatten((28, 28)),
        r"Flatten takes its values by name \(input_shape, name\), received 1 by position",
    ),
    "a value for nothing": (
        lambda model: model.pop(0),
        r"pop takes no values, received 1 by position",
    ),
    "the inputs third": (
        lambda model: tn.Dense(10, "relu", 784),
        r"received 784 as the third: write input_shape=\(784,\)",
    ),
    "the shape third": (
        lambda model: tn.Dense(10, "relu", (28, 28)),
        r"received \(28, 28\) as the third: write input_shape=\(28, 28\)",
    ),
    "no bias by a number": (
        lambda model: tn.Dense(10, "relu", 0),
        "use_bias must be True or False, received 0",
    ),
    "half an initializer": (
        lambda model: tn.Dense(10, kernel_initializer="he"),
        "Unknown initializer 'he'. Did you mean 'he_uniform' or 'he_normal'",
    ),
    "a regularizer's factor": (
        lambda model: tn.Dense(10, kernel_regularizer=0.01),
        r"regularizer must be a name .*, received 0.01; write L2\(0.01\)",
    ),
    "an optimizer's rate": (
        lambda model: model.compile(0.01),
        r"optimizer must be a name .*, received 0.01; write SGD\(0.01\)",
    ),
    "a schedule's class": (
        lambda model: tn.SGD(CosineDecay),
        r"learning_rate must be a number or a schedule, .*; write CosineDecay\(\)",
    ),
    "a scheduler of a class": (
        lambda model: LearningRateScheduler(CosineDecay),  # type: ignore[arg-type]
        r"schedule must be a function, .*; write CosineDecay\(\)",
    ),
    "the rate in compile": (
        lambda model: model.compile("sgd", "mse", lr=0.1),
        r"compile has no argument 'lr': pass it to the optimizer, optimizer=SGD\(learning_rate",
    ),
    "the rate in fit": (
        lambda model: model.fit(X, Y, learning_rate=0.1),
        r"fit has no argument 'learning_rate': pass it to the optimizer, compile\(optimizer=SGD",
    ),
    "the epochs in compile": (
        lambda model: model.compile("sgd", epochs=3),
        "compile has no argument 'epochs': pass it to fit",
    ),
    "the functional API": (
        lambda model: tn.Dense(3)(tn.layers.Input((4,))),
        r"an object of class InputLayer. Layers aren't called on layers: list them, Sequential\(",
    ),
    "a model on an input": (
        lambda model: model(tn.layers.Input((4,))),
        r"an object of class InputLayer. Layers aren't called on layers: list them, Sequential\(",
    ),
    "an activation's name as a layer": (
        lambda model: model.add("relu"),
        r"A model is made of layers, received 'relu'; write Activation\('relu'\)\.",
    ),
    "a list of layers": (
        lambda model: model.add([tn.Dense(2)]),
        r"A model is made of layers, received \[.*; list all layers in one list",
    ),
    "two inputs": (
        lambda model: tn.Sequential([tn.layers.Input((4,)), tn.layers.Input((5,)), tn.Dense(2)]),
        r"one Input, received a second one: the shape is \(4,\) already, and not \(5,\)",
    ),
    "a layer by its index": (
        lambda model: model.get_layer(1),
        "get_layer takes the name of a layer, or index=0, received 1",
    ),
    "train": (lambda model: model.train(X, Y), r"no train: use model.fit\(x, y\)"),
    "score": (lambda model: model.score(X, Y), r"no score: use model.evaluate\(x, y\)"),
    "the rate's old name": (lambda model: model.optimizer.lr, "SGD has no lr: use learning_rate"),
    "weights that are assigned": (
        lambda model: setattr(model, "weights", []),
        "weights can't be assigned: use set_weights",
    ),
    "a shape that is assigned": (
        lambda model: setattr(model, "input_shape", (3,)),
        "input_shape can't be assigned: pass it to the first layer",
    ),
    "a name that is a number": (
        lambda model: setattr(model, "name", 5),
        "name must be a string, received 5",
    ),
    "too few weights": (
        lambda model: model.set_weights([np.zeros((4, 5))]),
        r"Expected 4 arrays \(dense.W, dense.b, dense_1.W, dense_1.b\), received 1",
    ),
    "weights from a file": (
        lambda model: model.set_weights("weights.npz"),
        "weights must be a list of arrays, .*: a file is read by load_weights",
    ),
    "the history's values": (
        lambda model: model.history["loss"],
        r"A History isn't indexed: write history.history\['loss'\]",
    ),
    "a callback's class": (
        lambda model: model.fit(X, Y, callbacks=EarlyStopping),
        r"callbacks must be a list of Callback objects, .*; write EarlyStopping\(\)",
    ),
    "a function as a callback": (
        lambda model: model.fit(X, Y, callbacks=[print]),
        r"callbacks must be Callback objects, .*by LambdaCallback\(on_epoch_end=\.\.\.\)",
    ),
    "a metric's other name": (
        lambda model: model.fit(X, Y, callbacks=EarlyStopping("val_acc"), validation_split=0.5),
        r"'val_loss', 'val_accuracy'\. Did you mean 'val_accuracy'\?",
    ),
    "validation labels": (
        lambda model: model.fit(X, Y, validation_data=(X, LABELS)),
        "validation_data: CategoricalCrossentropy expected one-hot y_true",
    ),
    "validation weights": (
        lambda model: model.fit(X, Y, validation_data=(X, Y, [1.0])),
        "validation_data: sample_weight must have one number for each of the 8 examples",
    ),
    "a class that isn't": (
        lambda model: model.fit(X, Y, class_weight={1: 1.0, 2: 2.0, 3: 3.0}),
        "each class of class_weight must be at most 2, received 3",
    ),
    "one example of softmax": (
        lambda model: tn.Softmax().forward([1.0, 2.0]),
        r"shape \(N, K\), received \(N,\)\. Pass a single example as x\[np.newaxis\]",
    ),
    "a generator": (
        lambda model: model.fit((row for row in X), Y),
        r"an object of class generator. Make an array of it, np.array\(list\(x\)\)",
    ),
    "decimals": (
        lambda model: model.predict([[Decimal(1)] * 4]),
        r"Convert numbers that are stored as objects with \.astype\(float\)",
    ),
    "yes or no for a softmax": (
        lambda model: network(1, "sigmoid", "categorical_crossentropy").fit(X, LABELS > 0),
        "labels of shape .* For one output of yes or no, use loss='binary_crossentropy'",
    ),
    "a metric as the loss": (
        lambda model: model.compile("sgd", "accuracy"),
        "Unknown loss 'accuracy'. 'accuracy' is a metric. Known",
    ),
    "an activation as the optimizer": (
        lambda model: model.compile("relu"),
        "Unknown optimizer 'relu'. 'relu' is an activation. Known",
    ),
    "a loss as the activation": (
        lambda model: tn.Dense(3, "mse"),
        "Unknown activation 'mse'. 'mse' is a loss. Known",
    ),
    "an optimizer by what it adds": (
        lambda model: model.compile("momentum"),
        "Unknown optimizer 'momentum'. Did you mean 'sgd'?",
    ),
    "a metric of one argument": (
        lambda model: model.compile("sgd", "mse", metrics=[lambda t: 0.0]),
        r"The metric <lambda> must be a function of \(y_true, y_pred\), received one of \(t\)",
    ),
    "an initializer of the shape alone": (
        lambda model: tn.Dense(3, kernel_initializer=lambda shape: np.zeros(shape)),
        r"initializer must be a function of \(shape, rng\), received one of \(shape\)",
    ),
    "a constraint of nothing": (
        lambda model: tn.Dense(3, kernel_constraint=lambda: None),
        r"constraint must be a function of \(w\), received one of \(\)",
    ),
    "a schedule of nothing": (
        lambda model: tn.SGD(lambda: 0.1),
        r"learning_rate must be a function of \(step\), received one of \(\)",
    ),
    "a scheduler of nothing": (
        lambda model: LearningRateScheduler(lambda: 0.1),
        r"schedule must be a function of \(epoch\), received one of \(\)",
    ),
    "a hook of the epoch alone": (
        lambda model: LambdaCallback(on_epoch_end=lambda epoch: None),  # type: ignore[arg-type,misc]
        r"on_epoch_end must be a function of \(epoch, logs\), received one of \(epoch\)",
    ),
    "a number for the bias": (
        lambda model: tn.Dense(3, bias_initializer=0),
        r"initializer must be a name .*, received 0; write Constant\(0\)",
    ),
    "a constraint's limit": (
        lambda model: tn.Dense(3, kernel_constraint=2.0),
        r"constraint must be a name .*, received 2.0; write MaxNorm\(2.0\)",
    ),
    "an activation's function as a layer": (
        lambda model: tn.Sequential([tn.activations.relu]),
        r"A model is made of layers, received <function relu .*; write Activation\('relu'\)",
    ),
    "the seed by position": (
        lambda model: tn.Sequential([tn.Dense(2), tn.Dense(3)], "net", 0),
        r"Sequential takes at most 2 values by position \(layers, name\), received 3: "
        "pass seed and dtype by name",
    ),
    "the columns by position": (
        lambda model: tn.plotting.plot_images(np.zeros((4, 8, 8)), range(4), 2),
        "received 3: pass columns, cmap, ax by name",
    ),
    "the noise by position": (
        lambda model: tn.datasets.moons(100, 0.1),
        r"at most 1 value by position \(n_samples\), received 2: pass noise and seed by name",
    ),
    "a number for a shape": (lambda model: tn.layers.Input(4), "^shape must be a tuple"),
    "a vector of predictions": (
        lambda model: tn.metrics.AUC()([0, 1, 1], [0.2, 0.8, 0.4]),
        r"received \(3,\)\. For one output per example, pass y_pred\[:, np.newaxis\]",
    ),
    "another library's format": (
        lambda model: model.save("m.onnx"),
        r"save doesn't write \.onnx files: write it with tinynet\.exchange\.to_onnx",
    ),
    "weights in another library's format": (
        lambda model: model.save_weights("w.pt"),
        r"for PyTorch, use tinynet\.exchange\.to_safetensors",
    ),
    "the summary's own print": (
        lambda model: model.summary(print_fn=print),
        "summary has no argument 'print_fn': redirect what it prints",
    ),
    "the model's input shape": (
        lambda model: tn.Sequential(input_shape=(4,)),
        "Sequential has no argument 'input_shape': pass it to the first layer",
    ),
    "whether to compile": (
        lambda model: tn.load_model("m.npz", compile=False),
        "load_model has no argument 'compile': leave it out, the model is compiled if it was",
    ),
    "a number to adapt to": (
        lambda model: tn.Normalization().adapt(3.0),
        r"normalization.adapt expected input of shape \(N, \.\.\.\), received \(\)",
    ),
    "predictions of another length": (
        lambda model: tn.losses.MeanSquaredError()([1, 2], [1, 2, 3]),
        r"MeanSquaredError expected y_true and y_pred of one shape, received \(2,\) and \(3,\)",
    ),
    "a layer by indexing": (
        lambda model: model[0],
        r"A Sequential isn't indexed: its layers are the list model\.layers\.$",
    ),
    "some of the layers": (lambda model: model[:1], "A Sequential isn't indexed"),
    "a loop over the model": (lambda model: list(model), "A Sequential isn't indexed"),
    "an optimizer among the layers": (
        lambda model: tn.Sequential([tn.Dense(3), tn.SGD()]),
        r"A model is made of layers, received SGD\(.*; pass it to compile\.$",
    ),
    "a loss among the layers": (
        lambda model: model.add(tn.losses.MeanSquaredError()),
        r"A model is made of layers, received MeanSquaredError\(\); pass it to compile\.$",
    ),
    "sizes as layers": (
        lambda model: tn.Sequential([784, 128, 10]),
        r"A model is made of layers, received 784; write Dense\(784\)\.$",
    ),
    "a model for its weights": (
        lambda model: tn.plotting.plot_weights(model),
        r"of class Sequential\. Pass arrays, such as model\.predict\(x\) or model\.layers\[0\]\.W",
    ),
    "a layer for its weights": (
        lambda model: tn.plotting.plot_weights(model.layers[0]),
        r"of class Dense\. Pass one of its arrays, such as layer\.W\.$",
    ),
    "an iterator": (
        lambda model: model.predict(map(list, X)),
        r"an object of class map\. Make an array of it, np\.array\(list\(x\)\)",
    ),
    "a generator of batches": (
        lambda model: model.fit((batch for batch in [(X, Y)]), epochs=2),
        r"fit needs y: pass the inputs and the targets as two arrays, fit\(x, y\)\.$",
    ),
    "a pair": (
        lambda model: model.evaluate((X, Y)),
        r"evaluate needs y: pass the inputs and the targets as two arrays, evaluate\(x, y\)\.$",
    ),
    "one array of weights": (
        lambda model: model.layers[0].set_weights(np.zeros((4, 5))),
        r"Expected 2 arrays \(dense\.W, dense\.b\), received 4: put them in a list\.$",
    ),
    "all weights in one array": (
        lambda model: model.set_weights(model.parameters),
        r"Expected 4 arrays .*, received 43: put them in a list\.$",
    ),
    "the last word of an argument": (
        lambda model: tn.SGD(rate=0.1),
        r"SGD has no argument 'rate'\. Did you mean learning_rate\?$",
    ),
    "the last word of a split": (
        lambda model: model.fit(X, Y, split=0.5),
        r"fit has no argument 'split'\. Did you mean validation_split\?$",
    ),
    "a last word that several have": (
        lambda model: model.fit(X, Y, weight=1.0),
        r"fit has no argument 'weight'\. It takes x, y",
    ),
    "the name of a variable": (
        lambda model: model.fit(x_train=X, y_train=Y),
        r"fit has no argument 'x_train'\. Did you mean x\?$",
    ),
    "a number of epochs": (
        lambda model: model.fit(X, Y, n_epochs=3),
        r"fit has no argument 'n_epochs'\. Did you mean epochs\?$",
    ),
    "a shortened word": (
        lambda model: model.fit(X, Y, val_data=(X, Y)),
        r"fit has no argument 'val_data'\. Did you mean validation_data\?$",
    ),
    "a misspelt hook": (
        lambda model: model.fit(X, Y, callbacks=[Misspelt()]),
        r"Misspelt\.on_epoch_ends is never called\. Did you mean on_epoch_end\?$",
    ),
    "pandas's separator": (
        lambda model: tn.datasets.from_csv("t.csv", sep=";"),
        "from_csv has no argument 'sep': use delimiter",
    ),
    "the seed of fit": (
        lambda model: model.fit(X, Y, seed=0),
        r"fit has no argument 'seed': pass it to the model, Sequential\(layers, seed=0\)",
    ),
    "a list's append": (
        lambda model: model.append(tn.Dense(3)),
        r"Sequential has no append: use add\(layer\)",
    ),
    "a study tool's name": (
        lambda model: tn.check_gradients(model, X),
        r"It is in tinynet\.gradcheck: from tinynet\.gradcheck import check_gradients\.$",
    ),
    "a plot's name": (
        lambda model: tn.plot_history(model.history),
        r"It is in tinynet\.plotting: from tinynet\.plotting import plot_history\.$",
    ),
    "the seed of a layer": (
        lambda model: tn.Dense(3, seed=0),
        r"Dense has no argument 'seed': pass it to the model, Sequential\(layers, seed=0\)",
    ),
    "a tolerance": (
        lambda model: tn.gradcheck.check_gradients(model, X, tol=1e-3),
        "check_gradients has no argument 'tol': use rtol",
    ),
    "a rate for the checker": (
        lambda model: tn.gradcheck.check_gradients(model, X, lr=1e-3),
        r"check_gradients has no argument 'lr'\. It takes target, x, y, loss, parameters, eps",
    ),
    "parameters in short": (
        lambda model: tn.gradcheck.check_gradients(model, X, params=[X]),
        r"check_gradients has no argument 'params': use parameters\.$",
    ),
    "a dropout rate for a dense layer": (
        lambda model: tn.Dense(3, p=0.1),
        r"Dense has no argument 'p'\. It takes units, activation",
    ),
    "a model's load": (lambda model: model.load("m.npz"), r"no load: use load_model\(path\)"),
    "a module's load": (lambda model: tn.load("m.npz"), r"no load: use load_model\(path\)"),
    "a module's save_model": (
        lambda model: tn.models.save_model(model, "m.npz"),
        r"module 'tinynet\.models' has no save_model: use model\.save\(path\)",
    ),
    "labels to standardize": (
        lambda model: tn.utils.standardize(X, LABELS),
        r"shape \(4,\), received a vector of shape \(8,\): leave labels out\.$",
    ),
    "a hook without its arguments": (
        lambda model: model.fit(X, Y, callbacks=[Forgetful()]),
        r"Forgetful\.on_epoch_end must be a function of \(epoch, logs\), received one of \(\)",
    ),
    "a layer whose forward has no training": (
        lambda model: tn.Sequential([OneMode(), tn.Dense(3)]),
        r"OneMode\.forward must accept training: def forward\(self, x, \*, training=False\)\.$",
    ),
    "an activation whose forward has no training": (
        lambda model: tn.Sequential([tn.Dense(3, OneMode())]),
        r"OneMode\.forward must accept training: def forward\(self, x, \*, training=False\)\.$",
    ),
    "an array's function as an initializer": (
        lambda model: tn.Dense(3, kernel_initializer=np.zeros, input_shape=(4,)).build(),
        r"initializer of dense.*\.W must be a function of \(shape, rng\): ",
    ),
    "a function of sizes as an initializer": (
        lambda model: tn.Dense(3, kernel_initializer=np.random.randn, input_shape=(4,)).build(),
        r"initializer of dense.*\.W must be a function of \(shape, rng\): ",
    ),
    "lists to update": (
        lambda model: tn.SGD().update([1.0, 2.0], [1.0, 1.0]),
        "must be NumPy arrays, since update changes the parameters in place",
    ),
    "whether a check is ok": (
        lambda model: check_gradients(model, X, Y).ok,  # type: ignore[attr-defined]
        r"GradientReport has no ok: bool\(report\) is True if nothing is wrong",
    ),
    "a misspelt attribute of a report": (
        lambda model: check_gradients(model, X, Y).sumary,  # type: ignore[attr-defined]
        r"'GradientReport' object has no attribute 'sumary'\. Did you mean summary\?$",
    ),
    "an address to save to": (
        lambda model: model.save("https://example.org/m.npz"),
        "received the address 'https://example.org/m.npz'. Download the file first, or save it",
    ),
    "an address to load from": (
        lambda model: tn.load_model("https://example.org/m.keras"),
        "received the address 'https://example.org/m.keras'. Download the file first",
    ),
}


@pytest.mark.parametrize(("call", "message"), CALLS.values(), ids=list(CALLS))
def test_the_error_says_what_to_write(call: Callable[[Any], Any], message: str) -> None:
    model = network(3, "softmax", "categorical_crossentropy")
    before = contents(model)
    with pytest.raises((TypeError, ValueError, AttributeError), match=message):
        call(model)
    assert contents(model) == before


def test_a_misspelt_attribute_of_a_layer() -> None:
    """It was "changed after compile", after which it had no effect."""
    model = network(3, "softmax", "categorical_crossentropy")
    model.layers[0].trianable = False
    with pytest.raises(ValueError, match=r"no setting 'trianable'. Did you mean trainable"):
        model.fit(X, Y, verbose=0)


def test_schedules_are_imported_as_in_keras() -> None:
    module = importlib.import_module("tinynet.optimizers.schedules")
    assert {name: getattr(module, name) for name in module.__all__} == {
        name: getattr(tn.schedules, name) for name in tn.schedules.__all__
    }


def test_a_metric_that_returns_text() -> None:
    """It was NumPy's error, of a float in the making."""
    model = network(3, "softmax", "categorical_crossentropy")
    model.compile("sgd", "categorical_crossentropy", metrics=[lambda t, y: "good"])
    before = contents(model)
    with pytest.raises(TypeError, match="must return a number or an array, received 'good'"):
        model.fit(X, Y, verbose=0)
    assert contents(model) == before


def test_a_name_that_the_history_lacks() -> None:
    model = network(3, "softmax", "categorical_crossentropy")
    history = model.fit(X, Y, verbose=0)
    with pytest.raises(
        KeyError, match=r"'loss', 'accuracy', and no 'acc'. Did you mean 'accuracy'"
    ):
        history.history["acc"]
    with pytest.raises(KeyError, match=r"no 'val_loss'. Pass validation_data or validation_split"):
        history.history["val_loss"]
    with pytest.raises(AttributeError, match=r"no loss: write history.history\['loss'\]"):
        _ = history.loss
    with pytest.raises(AttributeError, match="no attribute 'los'"):
        _ = history.los
    assert history.history == {"loss": [history.history["loss"][0]], "accuracy": [0.375]}


@pytest.mark.parametrize("name", ["optimizer", "loss", "chain", "criterion", "trained"])
def test_attributes_made_by_compile_name_the_missing_call(name: str) -> None:
    model = tn.Sequential([tn.Dense(1)])
    assert not hasattr(model, name)
    with pytest.raises(AttributeError, match=f"sequential has no {name} yet: call compile first"):
        getattr(model, name)
    model.compile("sgd", "mse")
    if name in ("optimizer", "loss"):
        getattr(model, name)
    else:
        with pytest.raises(AttributeError, match=f"has no {name} yet: call build first"):
            getattr(model, name)


@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_a_file_that_is_neither_of_kerass(ending: str, tmp_path: Path) -> None:
    (tmp_path / f"m.{ending}").write_text("hello" * 99)
    with pytest.raises(ValueError, match=r"begins neither as \.h5 files do nor as \.keras files"):
        tn.load_model(tmp_path / f"m.{ending}")


def test_data_sets_are_loaded_by_load_data_alone() -> None:
    """An imported function of another signature was in their reach."""
    for name in ("mnist", "fashion_mnist", "kmnist", "emnist"):
        assert not hasattr(getattr(tn.datasets, name), "load")


def test_a_name_is_found_in_the_module_that_has_it() -> None:
    with pytest.raises(AttributeError, match=r"It is in tinynet.layers: from tinynet.layers imp"):
        _ = tn.Input
    with pytest.raises(AttributeError, match=r"It is in tinynet.optimizers: from tinynet.optimiz"):
        _ = tn.layers.Adam
    with pytest.raises(ImportError, match=r"from tinynet.callbacks import EarlyStopping\.$"):
        from tinynet.models import EarlyStopping  # noqa: F401
    with pytest.raises(AttributeError, match=r"has no attribute 'Danse'\. Did you mean Dense\?$"):
        _ = tn.Danse


def test_the_same_input_twice_is_one() -> None:
    model = tn.Sequential([tn.layers.Input((4,)), tn.layers.Input((4,)), tn.Dense(2)])
    assert model.input_shape == (None, 4)


@pytest.mark.parametrize("call", ["get_weights", "summary"])
def test_parameters_that_were_replaced(call: str) -> None:
    """The array was listed among the weights, and the model used another one."""
    model = network(3, "softmax", "categorical_crossentropy")
    model.layers[0].W = [[0.0] * 5] * 4
    with pytest.raises(ValueError, match=r"dense\.W was bound to another array"):
        getattr(model, call)()


def test_one_example_is_standardized_like_the_others() -> None:
    images = RNG.integers(0, 256, size=(8, 28, 28))
    alone = tn.utils.standardize(images, images[0])[1]
    np.testing.assert_array_equal(alone, tn.utils.standardize(images)[0])


def test_a_folder_that_isnt_there(tmp_path: Path) -> None:
    model = network(3, "softmax", "categorical_crossentropy")
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*new: make it first"):
        model.save(tmp_path / "new" / "m.npz")
    assert not list(tmp_path.iterdir())


def test_a_callback_may_have_methods_of_its_own() -> None:
    model, callback = network(3, "softmax", "categorical_crossentropy"), Watchful()
    model.fit(X, Y, epochs=2, callbacks=callback, verbose=0)
    assert callback.improvements == 2
