"""Odd values in every argument of all that is public: what is refused is refused in own words.

Each public function, constructor and method is called with each odd value in each argument. It may
take it. If it raises, what raised must be a ``raise`` in tinynet, not one in NumPy or in Python
that tinynet ran into.
"""

import contextlib
import io
import signal
import sys
import traceback
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet
from tests.support.odd_values import ODD, Public, everything, good
from tests.support.systems import needs_posix
from tinynet import Dense, utils

ROOT = str(Path(tinynet.__file__).parent)
PUBLIC = everything()

# Those that still speak NumPy's or Python's words for some odd values, by room: to be emptied.
# (Data sets have a test of their own, too: `tests/datasets/test_odd_values.py`.)
KNOWN: dict[str, set[str]] = {
    "activations": {"celu", "elu", "gelu", "leaky_relu", "log_softmax", "relu", "softmax"},
    "diagnose": {"Findings", "diagnose"},
    "exchange": {"from_safetensors", "to_onnx", "to_safetensors"},
    "explain": {"FixedBiasDense.build"},
    "gradcheck": {
        *("check_gradients", "name_mistake", "not_finite_text", "numerical_gradient"),
        "wrong_shape",
    },
    "initializers": {
        *("fans", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform"),
        *("lecun_normal", "lecun_uniform", "truncated_normal", "zeros"),
    },
    "layers": {
        *("BatchNormalization.__call__", "BatchNormalization.forward"),
        *("BatchNormalization.output_shape", "LayerNormalization.output_shape"),
        *("LogSoftmax.output_shape", "Normalization"),
    },
    "losses": {"CosineSimilarity", "cosine_similarity"},
    "metrics": {
        *("AUC", "FalseNegatives", "FalsePositives", "Precision", "Recall", "TrueNegatives"),
        "TruePositives",
    },
    "models": {"Sequential.to_html"},
    "plotting": {
        *("animate_decision_boundary", "make_page", "plot_activation_histograms"),
        *("plot_gradient_histograms", "plot_images", "plot_loss_surface", "plot_network"),
        *("plot_preferred_inputs", "plot_saliency", "plot_weights"),
    },
}

# These would run for ever, and rightly so: they are asked for so many epochs.
KINDS = ValueError | TypeError | OSError | ImportError | NotImplementedError
ENDLESS = {("Sequential.fit", "epochs"), ("Sequential.fit", "batch_size")}


class TooLongError(BaseException):
    """A call is at work, so that it has taken the value."""


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise `TooLongError` if the block takes longer."""

    def late(number: int, frame: Any) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def refusal(item: Public, arguments: dict[str, Any]) -> BaseException | None:
    """Return what a call raises, None if it takes its arguments."""
    function = item.make()
    places: list[Any] = []
    for name, parameter in item.signature.parameters.items():
        if (parameter.kind is parameter.POSITIONAL_ONLY and name in arguments) or (
            parameter.kind is parameter.VAR_POSITIONAL and name in arguments
        ):
            places.append(arguments.pop(name))
        elif parameter.kind is parameter.VAR_KEYWORD:
            arguments.pop(name, None)
    try:
        with at_most(2), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            function(*places, **arguments)
    except TooLongError:
        return None
    except Exception as error:
        return error
    return None


def speaks_for_itself(error: BaseException) -> bool:
    """Return whether tinynet raised this, by a statement of its own."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    own = frame.filename.startswith(ROOT) and (frame.line or "").startswith("raise")
    return own and isinstance(error, KINDS)


def offences(item: Public, only: str | None = None) -> Iterator[str]:
    """Return which arguments and odd values make something speak in the words of others."""
    for argument, parameter in item.signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD or only not in (None, argument):
            continue
        for kind, odd in ODD.items():
            if kind.startswith("a large number") and (item.name, argument) in ENDLESS:
                continue
            missing = {
                name: odd()
                for name, other in item.signature.parameters.items()
                if other.default is other.empty and other.kind in (0, 1, 3)
            }
            error = refusal(item, missing | good(item.signature) | {argument: odd()})
            if error is not None and not speaks_for_itself(error):
                frame = traceback.extract_tb(error.__traceback__)[-1]
                where = f"{Path(frame.filename).name}:{frame.lineno}"
                yield f"{item.name}({argument}={kind}): {where}: {type(error).__name__}: {error}"[
                    :200
                ]


@pytest.fixture(autouse=True)
def quiet_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in an empty folder, download nothing, and restore what a call may set for all."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "pooch", None)
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    tinynet.set_blas_threads(None)


# The alarm may ring in a callback of the garbage collector, which can't be interrupted.
@needs_posix  # a timer stops calls that accept an odd value
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("item", PUBLIC, ids=lambda item: f"{item.room}.{item.name}")
def test_what_is_refused_is_refused_in_own_words(item: Public) -> None:
    if item.name in KNOWN.get(item.room, set()):
        pytest.xfail("known, and to be mended")
    found = list(offences(item))
    assert not found, "\n".join(found)


def test_the_search_finds_what_is_public() -> None:
    names = {item.name for item in PUBLIC}
    assert {"Sequential.fit", "Dense", "SGD", "to_categorical", "Dense.forward"} <= names
    arguments = sum(len(item.signature.parameters) for item in PUBLIC)
    assert len(PUBLIC) >= 300
    assert arguments * len(ODD) >= 20_000
    assert sum(map(len, KNOWN.values())) < len(PUBLIC) / 5


CONSTRUCTED = [item for item in PUBLIC if "." not in item.name and isinstance(item.make(), type)]
ROOMS = {"layers", "losses", "optimizers", "metrics", "schedules", "callbacks", "models"}
METHODS = ["fit", "evaluate", "predict", "compile", "train_on_batch", "add", "build", "summary"]


@needs_posix  # a timer stops calls that accept an odd value
@pytest.mark.parametrize(
    "item",
    [
        item
        for item in PUBLIC
        if (item in CONSTRUCTED and item.room in ROOMS)
        or item.name in {f"Sequential.{method}" for method in METHODS}
    ],
    ids=lambda item: item.name,
)
def test_an_unknown_keyword_is_explained(item: Public) -> None:
    if item.room == "schedules" or item.name in ("CallbackList", "Callback", "TerminateOnNaN"):
        pytest.xfail("a dataclass, or without a constructor of its own")
    names = [
        name
        for name, parameter in item.signature.parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]
    misspelt = [name + name[-1] for name in names if len(name) > 3] + ["no_such_argument"]
    for keyword in misspelt:
        error = refusal(item, {keyword: 1})
        assert error is not None
        assert speaks_for_itself(error), repr(error)
        assert keyword in str(error)


MEMORY: dict[str, Callable[[], Any]] = {
    "labels up to a million for many": lambda: utils.to_categorical(np.arange(100_000), 10**6),
    "a label of 1e15": lambda: utils.to_categorical([0, 10**15]),
    "a layer of 1e11 units": lambda: Dense(10**11, input_shape=(4,)).build(),
    "a layer of 1e6 by 1e6": lambda: Dense(10**6).build((10**6,)),
    "a model of them": lambda: tinynet.Sequential([Dense(10**11, input_shape=(4,))]),
    "a confusion matrix of a million": lambda: tinynet.metrics.confusion_matrix([0, 10**6], [0, 1]),
    "points on a spiral": lambda: tinynet.datasets.spirals(10**11),
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
