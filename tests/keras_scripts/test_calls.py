"""Outdated arguments and attributes, and calls in another library's order: one sentence each."""

from collections.abc import Callable
from typing import Any

import pytest

import tinynet

tn: Any = tinynet  # a type checker refuses most of these calls as well


def compiled() -> Any:
    model = tn.Sequential([tn.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    return model


CALLS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "lr": (lambda new: tn.SGD(**{new: 0.1}), "SGD has no argument 'lr': use learning_rate"),
    "decay": (lambda new: tn.Adam(**{new: 0.1}), "InverseTimeDecay"),
    "nb_epoch": (lambda new: compiled().fit([[1, 2]], [[1]], **{new: 2}), "use epochs"),
    "init": (lambda new: tn.Dense(3, **{new: "uniform"}), "use kernel_initializer"),
    "output_dim": (lambda new: tn.Dense(**{new: 3}), "use units"),
    "W_regularizer": (lambda new: tn.Dense(3, **{new: "l2"}), "use kernel_regularizer"),
    "bias": (lambda new: tn.Dense(3, **{new: False}), "use use_bias"),
    "p": (lambda new: tn.Dropout(**{new: 0.5}), "use rate"),
    "period": (lambda new: tn.callbacks.ModelCheckpoint("m.npz", **{new: 2}), "use save_freq"),
    "nb_classes": (lambda new: tn.utils.to_categorical([0, 1], **{new: 2}), "use num_classes"),
    "activaton": (lambda new: tn.Dense(3, **{new: "relu"}), "Did you mean activation?"),
    "learning_rte": (lambda new: tn.SGD(**{new: 0.1}), "Did you mean learning_rate?"),
    "batchsize": (lambda new: compiled().fit([[1, 2]], [[1]], **{new: 2}), "mean batch_size?"),
}


@pytest.mark.parametrize("argument", CALLS)
def test_an_argument_of_long_ago_is_answered(argument: str) -> None:
    call, said = CALLS[argument]
    with pytest.raises(TypeError) as caught:
        call(argument)
    assert f"has no argument {argument!r}" in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("predict_classes", r"argmax\(axis=-1\)"),
        ("predict_proba", r"use model\.predict\(x\)"),
        ("fit_generator", r"use model\.fit\(x, y\)"),
        ("predcit", r"Did you mean predict\?"),
    ],
)
def test_an_attribute_of_long_ago_is_answered(attribute: str, said: str) -> None:
    with pytest.raises(AttributeError, match=said):
        getattr(compiled(), attribute)
    assert not hasattr(compiled(), attribute)


def test_outputs_alone() -> None:
    with pytest.raises(TypeError, match=r"received Dense\(784, 10\): write Dense\(10\)"):
        tn.Dense(784, 10)


def test_layers_in_a_list() -> None:
    with pytest.raises(TypeError, match=r"Sequential\(\[Dense\(3\), Dense\(4\)\]\)"):
        tn.Sequential(tn.Dense(3), tn.Dense(4))
    with pytest.raises(TypeError, match="put several layers in a list"):
        tn.Sequential(tn.Dense(3), tn.Dense(4), tn.Dense(5))
    assert len(tn.Sequential(tn.Dense(3)).layers) == 1


def test_optimizer_first() -> None:
    model = tn.Sequential([tn.Dense(1, input_shape=(2,))])
    with pytest.raises(TypeError, match="the optimizer first and the loss second"):
        model.compile("mse", "sgd")
    assert not model.compiled


@pytest.mark.parametrize("name", ["cross_entropy", "crossentropy", "log_loss"])
def test_cross_entropy_is_never_the_binary_one(name: str) -> None:
    with pytest.raises(ValueError, match=r"Did you mean 'categorical_crossentropy' or 'sparse_"):
        compiled().compile("sgd", name)


IMPORTS = {
    "from tinynet.layers import Danse": "Did you mean Dense?",
    "from tinynet import Danse": "Did you mean Dense?",
    "from tinynet.optimizers import RMSProp": "Did you mean RMSprop?",
    "from tinynet.losses import MeanSquareError": "Did you mean MeanSquaredError?",
    "from tinynet.callbacks import EarlyStoping": "Did you mean EarlyStopping?",
    "from tinynet.models import Sequental": "Did you mean Sequential?",
    "from tinynet.utils import to_categorial": "Did you mean to_categorical?",
    "from tinynet.layers import Conv2D": "tinynet has no convolutions",
    "from tinynet.models import Model": "no functional API",
    "from tinynet.utils import np_utils": "use to_categorical from utils",
}


@pytest.mark.parametrize("statement", IMPORTS)
def test_a_wrong_import_of_tinynets_own_is_answered(statement: str) -> None:
    with pytest.raises(ImportError) as caught:
        exec(statement)
    assert IMPORTS[statement] in str(caught.value)


def test_a_wrong_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"Did you mean Dense\?"):
        _ = tinynet.layers.Danse
    assert not hasattr(tinynet.layers, "Conv2D")
    assert not hasattr(tinynet.losses, "there_is_none")
