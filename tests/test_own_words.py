"""Odd values in every argument of all that is public: what is refused is refused in own words.

Each public function, constructor and method is called with each odd value in each argument. It may
take it. If it raises, what raised must be a ``raise`` in tinynet, not one in NumPy or in Python
that tinynet ran into. Plots and a few other functions take long, each call anew; they are tried
with every third value, a different third in each argument. So is a method that three or more
classes inherit, with a different third in each class. Under ``thorough`` all values are tried.
"""

import os
import stat
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet
import tinynet.exchange
from tests.support.odd_values import (
    ODD,
    Public,
    X,
    Y,
    everything,
    good,
    network,
    recorder,
    without_arguments,
)
from tests.support.own_words import (
    at_most,
    described,
    error_of,
    odd_values,
    quiet_place,
    speaks_for_itself,
)
from tests.support.systems import needs_posix
from tinynet import Dense, plotting, utils
from tinynet.callbacks import CSVLogger
from tinynet.gradcheck.submissions import load_submission

PUBLIC = everything()
SILENT = without_arguments()

# These would run for ever, and rightly so: they are asked for so many epochs.
ENDLESS = {("Sequential.fit", "epochs"), ("Sequential.fit", "batch_size")}
SLOW = {"mazur_errors", "Sequential.to_html"}
# Inherited code that calls what each class defines itself.
CALLS_ITS_OWN = (".forward", ".backward", ".__call__", ".from_config")
HEIRS: dict[str, list[str]] = {}  # the methods with the same code
for _item in PUBLIC:
    HEIRS.setdefault(_item.defined, []).append(_item.name)


def refusal(
    item: Public, function: Callable[..., Any], arguments: dict[str, Any]
) -> BaseException | None:
    """Return what a call raises, None if it takes its arguments."""
    places: list[Any] = []
    for name, parameter in item.signature.parameters.items():
        if (parameter.kind is parameter.POSITIONAL_ONLY and name in arguments) or (
            parameter.kind is parameter.VAR_POSITIONAL and name in arguments
        ):
            places.append(arguments.pop(name))
        elif parameter.kind is parameter.VAR_KEYWORD:
            arguments.pop(name, None)
    return error_of(lambda: function(*places, **arguments))


def offences(item: Public, only: str | None = None) -> Iterator[str]:
    """Return which arguments and odd values make something speak in the words of others."""
    heirs = HEIRS[item.defined]
    shared = len(heirs) >= 3 and not item.name.endswith(CALLS_ITS_OWN)
    thirds = item.room == "plotting" or item.name in SLOW or shared
    start = heirs.index(item.name)
    needed = [
        name
        for name, other in item.signature.parameters.items()
        if other.default is other.empty and other.kind in (0, 1, 3)
    ]
    for turn, (argument, parameter) in enumerate(item.signature.parameters.items(), start):
        if parameter.kind is parameter.VAR_KEYWORD or only not in (None, argument):
            continue
        error: BaseException | None = None
        for kind, odd in odd_values(turn, 3 if thirds else 1):
            if kind.startswith("a large number") and (item.name, argument) in ENDLESS:
                continue
            if error is None:  # the call before may have changed what it took
                function, others = item.make(), good(item.signature, item.name, argument)
            missing = {name: odd() for name in needed}
            error = refusal(item, function, missing | others | {argument: odd()})
            if error is not None and not speaks_for_itself(error):
                yield described(f"{item.name}({argument}={kind})", error)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("quiet")


@pytest.fixture(autouse=True)
def in_a_quiet_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in an empty folder, download nothing, and restore what a call may set for all."""
    with quiet_place(folder, monkeypatch):
        yield
    tinynet.set_blas_threads(None)


# The alarm may ring in a callback of the garbage collector, which can't be interrupted.
@needs_posix  # a timer stops calls that accept an odd value
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("item", PUBLIC, ids=lambda item: f"{item.room}.{item.name}")
def test_what_is_refused_is_refused_in_own_words(item: Public) -> None:
    found = list(offences(item))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("item", SILENT, ids=lambda item: f"{item.room}.{item.name}")
def test_a_method_without_arguments_speaks_own_words(item: Public) -> None:
    error = refusal(item, item.make(), {})
    assert error is None or speaks_for_itself(error), repr(error)


def test_the_search_finds_what_is_public() -> None:
    names = {item.name for item in PUBLIC}
    assert {"Sequential.fit", "Dense", "SGD", "to_categorical", "Dense.forward"} <= names
    arguments = sum(len(item.signature.parameters) for item in PUBLIC)
    assert len(PUBLIC) >= 300
    assert arguments * len(ODD) >= 70_000


# A training step calls these, by position, and classes of one's own define them: no decorator
# stands between them and a reader, or a debugger. Python's error names the argument, too.
PLAIN = {"layers": {"forward", "backward"}, "optimizers": {"clipped"}}
EXPLAINED = [
    item
    for item in PUBLIC
    if item.name.split(".")[-1] not in PLAIN.get(item.room, ())
    and not any(one.kind is one.VAR_KEYWORD for one in item.signature.parameters.values())
]


@needs_posix  # a timer stops calls that accept an odd value
@pytest.mark.parametrize("item", EXPLAINED, ids=lambda item: f"{item.room}.{item.name}")
def test_an_unknown_keyword_is_explained(item: Public) -> None:
    names = [
        name
        for name, parameter in item.signature.parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    misspelt = {name + name[-1]: name for name in names if len(name) > 3}
    function = item.make()
    for keyword in [*misspelt, "no_such_argument"]:
        error = refusal(item, function, {keyword: 1})
        assert error is not None
        assert speaks_for_itself(error), repr(error)
        assert keyword in str(error)
        if keyword in misspelt:
            assert f"Did you mean {misspelt[keyword]}?" in str(error), str(error)


MEMORY: dict[str, Callable[[], Any]] = {
    "labels up to a million for many": lambda: utils.to_categorical(np.arange(100_000), 10**6),
    "a label of 1e15": lambda: utils.to_categorical([0, 10**15]),
    "a layer of 1e11 units": lambda: Dense(10**11, input_shape=(4,)).build(),
    "a layer of 1e6 by 1e6": lambda: Dense(10**6).build((10**6,)),
    "a model of them": lambda: tinynet.Sequential([Dense(10**11, input_shape=(4,))]),
    "a confusion matrix of a million": lambda: tinynet.metrics.confusion_matrix([0, 10**6], [0, 1]),
    "points on a spiral": lambda: tinynet.datasets.spirals(10**11),
    "zeros": lambda: tinynet.initializers.zeros((10**6, 10**6), np.random.default_rng(0)),
    "random numbers": lambda: tinynet.initializers.HeNormal()((10**6, 10**6)),
    "bins of outputs": lambda: plotting.plot_activation_histograms(network(), X, bins=10**9),
    "bins of gradients": lambda: plotting.plot_gradient_histograms(network(), X, Y, bins=10**9),
    "a map of losses": lambda: plotting.plot_loss_surface(network(), X, Y, resolution=10**6 + 1),
    "points of the plane": lambda: plotting.plot_decision_boundary(
        lambda x: np.zeros(len(x)), X[:, :2], Y, resolution=10**6
    ),
    "a wide blur": lambda: plotting.plot_saliency(network(), X, blur=1e9),
}


@pytest.mark.parametrize("call", MEMORY.values(), ids=MEMORY.keys())
def test_memory_is_asked_for_after_the_check(call: Callable[[], Any]) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"memory|at most|below|num_classes|would take"):
            call()
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()


READERS: dict[str, Callable[[Path], Any]] = {
    "m.npz": tinynet.load_model,
    "m.keras": tinynet.load_model,
    "m.h5": tinynet.load_model,
    "w.npz": lambda path: network().load_weights(path),
    "w.weights.h5": lambda path: network().load_weights(path),
    "m.onnx": tinynet.exchange.from_onnx,
    "m.safetensors": lambda path: tinynet.exchange.from_safetensors(path, network()),
    "t.csv": tinynet.datasets.from_csv,
    "images-idx3-ubyte": tinynet.datasets.read_idx,
    "images-idx3-ubyte.gz": tinynet.datasets.read_idx,
    "mnist.npz": tinynet.datasets.mnist.load_data,
    "a/1.png": lambda path: tinynet.datasets.from_folder(path.parent.parent),
    "work.py": lambda path: load_submission(path, lambda code: code.Dense()),
    "log.csv": lambda path: network().fit(X, Y, verbose=0, callbacks=[CSVLogger(path)]),
    "film.gif": lambda path: plotting.animate_decision_boundary(recorder(), X[:, :2], Y, path),
    "page.html": lambda path: network().to_html(path),
}


@needs_posix
@pytest.mark.parametrize("name", READERS)
def test_a_pipe_hangs_nobody(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    os.mkfifo(path)
    with at_most(20), pytest.raises((OSError, ImportError), match=r"pipe|pip install") as caught:
        READERS[name](path)
    assert speaks_for_itself(caught.value)
    assert stat.S_ISFIFO(path.stat().st_mode)
