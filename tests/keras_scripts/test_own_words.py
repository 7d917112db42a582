"""What scripts see of TensorFlow and Keras refuses odd values in words of its own, too.

Each function that tinynet answers with for scripts alone is called with odd values in each
argument, as `tests.test_own_words` calls all that is public. All are refused in one place,
`in_own_words`, so that each argument is given every third value, others in the next; under
``thorough`` all values are tried.
"""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
import pytest

from tests.conftest import RunPython
from tests.keras_scripts.conftest import Command
from tests.support.odd_values import GOOD, ODD, X
from tests.support.own_words import described, error_of, odd_values, quiet_place, speaks_for_itself
from tests.support.systems import needs_posix
from tinynet.keras_scripts import metrics, modules
from tinynet.keras_scripts.arrays import Variable
from tinynet.keras_scripts.refusals import in_own_words

# It draws, so that every ninth value is tried, others in each argument; only two of its arguments
# say how and where the drawing is written.
SLOW = {"plot_model": 9}
UNWRITTEN = {"to_file": lambda: None}
PLACES = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)


class Function(NamedTuple):
    """A function that scripts call, under one of its paths."""

    module: str
    name: str

    def get(self) -> Callable[..., Any]:
        """Return what a script gets."""
        found: Callable[..., Any] = modules.look_up(self.module, self.name)
        return found


def functions() -> list[Function]:
    """Return each function that exists for scripts alone, once."""
    found: dict[int, Function] = {}
    tables = {"keras": modules.KERAS, "tensorflow": modules.TENSORFLOW}
    for head, table in tables.items():
        for module, rooms in table.items():
            for room in rooms:
                if room.startswith("tinynet.keras_scripts"):
                    path = f"{head}.{module}".rstrip(".")
                    for name, value in modules.public_names(room).items():
                        if isinstance(value, FunctionType):
                            found.setdefault(id(value), Function(path, name))
    return [*found.values()]


FUNCTIONS = functions()


def calls(item: Function) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Return calls with odd values in each argument, and what they are."""
    function = item.get()
    parameters = inspect.signature(function).parameters
    needed = {
        n: GOOD.get(f"{item.name}.{n}", GOOD.get(n, lambda: X))
        for n, p in parameters.items()
        if (p.default is p.empty and p.kind in (0, 1, 3)) or f"{item.name}.{n}" in GOOD
    }
    for turn, (name, parameter) in enumerate(parameters.items(), FUNCTIONS.index(item)):
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        for kind, odd in odd_values(turn, SLOW.get(item.name, 3)):
            what = f"{item.module}.{item.name}({name}={kind})"
            if parameter.kind in PLACES:
                yield what, lambda odd=odd: function(odd())  # type: ignore[misc]
                yield what, lambda odd=odd: function(X, odd())  # type: ignore[misc]
            else:
                writes = item.name not in SLOW or name in ("to_file", "dpi")
                given = needed | ({} if writes else UNWRITTEN) | {name: odd}
                yield (
                    what,
                    lambda given=given: function(**{n: make() for n, make in given.items()}),  # type: ignore[misc]
                )


@pytest.fixture(autouse=True)
def in_a_quiet_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in an empty folder, and download nothing."""
    with quiet_place(tmp_path, monkeypatch):
        yield


def offences(called: Iterator[tuple[str, Callable[[], Any]]]) -> list[str]:
    """Return the calls whose errors are in the words of others."""
    found = []
    for what, call in called:
        error = error_of(call)
        if error is not None and not speaks_for_itself(error):
            found.append(described(what, error))
    return found


@needs_posix  # a timer stops calls that accept an odd value
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("module", sorted({item.module for item in FUNCTIONS}))
def test_functions_refuse_in_own_words(module: str) -> None:
    for item in FUNCTIONS:
        if item.module == module:
            found = offences(calls(item))
            assert not found, "\n".join(found)


def test_the_search_finds_the_functions() -> None:
    names = {item.name for item in FUNCTIONS}
    assert {"reshape", "reduce_mean", "one_hot", "set_value", "get_file", "load_data"} <= names
    assert len(FUNCTIONS) >= 300


OBJECTS: dict[str, Callable[[Any], Any]] = {
    "Variable": Variable,
    "dtype of a Variable": lambda odd: Variable([1.0, 2.0], dtype=odd),
    "assign": lambda odd: Variable([1.0, 2.0]).assign(odd),
    "assign_add": lambda odd: Variable([1.0, 2.0]).assign_add(odd),
    "assign_sub": lambda odd: Variable([1.0, 2.0]).assign_sub(odd),
    "Mean": lambda odd: metrics.Mean(odd),
    "values of a Mean": lambda odd: metrics.Mean().update_state(odd),
    "weights of a Sum": lambda odd: metrics.Sum().update_state([1.0, 2.0], odd),
    "Accuracy": lambda odd: metrics.Accuracy()(odd, X),
}


@needs_posix
@pytest.mark.parametrize("name", OBJECTS)
def test_objects_refuse_in_own_words(name: str) -> None:
    called = (
        (f"{name}: {kind}", lambda odd=odd: OBJECTS[name](odd())) for kind, odd in ODD.items()
    )
    found = offences(called)
    assert not found, "\n".join(found)


# Members that tinynet's objects have in a script, in a process of its own: they change the classes.
MEMBERS = """
import warnings
warnings.simplefilter("ignore")
from tests.support.odd_values import ODD, X, network
from tests.support.own_words import described, error_of, speaks_for_itself
import tinynet.keras_scripts
tinynet.keras_scripts.install()
import tensorflow as tf
model = network()
layer, optimizer = model.layers[0], model.optimizer
members = {
    "compute_output_shape": layer.compute_output_shape,
    "compute_output_shape of a model": model.compute_output_shape,
    "update_state": lambda odd: tf.keras.metrics.Precision().update_state(odd, X),
    "weights": lambda odd: tf.keras.metrics.AUC().update_state([0, 1], [0.1, 0.2], odd),
    "a metric": lambda odd: tf.keras.metrics.Precision()(X, odd),
    "from_config of a metric": tf.keras.metrics.AUC.from_config,
    "from_config of a loss": tf.keras.losses.Huber.from_config,
    "from_config of an optimizer": tf.keras.optimizers.SGD.from_config,
    "assign of a rate": lambda odd: optimizer.learning_rate.assign(odd),
    "assign of a weight": lambda odd: layer.weights[0].assign(odd),
    "iterations": lambda odd: setattr(optimizer, "iterations", odd),
    "batch_shape": lambda odd: tf.keras.Input(batch_shape=odd),
    "trainable": lambda odd: tf.keras.layers.Dense(3, trainable=odd),
    "a layer": layer,
    "a model": model,
    "add_weight": layer.add_weight,
    "apply_gradients": optimizer.apply_gradients,
}
for name, member in members.items():
    for kind, odd in ODD.items():
        error = error_of(lambda: member(odd()))
        if error is not None and not speaks_for_itself(error):
            print(described(f"{name}({kind})", error))
"""


@needs_posix
def test_members_refuse_in_own_words(run_python: RunPython) -> None:
    done = run_python(MEMBERS)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_unknown_keywords_are_explained() -> None:
    reshape = Function("tensorflow", "reshape").get()
    with pytest.raises(TypeError, match=r"reshape has no argument 'shpe'. Did you mean shape\?"):
        reshape([1, 2], shpe=(2, 1))
    with pytest.raises(TypeError, match=r"^exp has no argument 'axis'"):
        Function("tensorflow", "exp").get()([1.0], axis=1)
    with pytest.raises(TypeError, match="keepdim"):
        Function("keras.ops", "sum").get()([1, 2], keepdim=True)


def test_an_error_names_the_function_and_keeps_numpys_reason() -> None:
    for path in ("tensorflow", "keras.ops"):
        with pytest.raises(
            ValueError, match=r"^reshape refused its arguments: cannot reshape array"
        ):
            Function(path, "reshape").get()([1, 2, 3], (7,))
    assert Function("tensorflow", "square").get() is Function("tensorflow.math", "square").get()


def test_errors_of_files_are_passed_on() -> None:
    @in_own_words("read")
    def read(path: str) -> bytes:
        return Path(path).read_bytes()

    with pytest.raises(FileNotFoundError):
        read("no-such-file")


def test_labels_that_no_class_has_are_refused() -> None:
    confusion = Function("tensorflow.math", "confusion_matrix").get()
    assert np.asarray(confusion([0, 1], [1, 1])).tolist() == [[0, 1], [0, 1]]
    for labels, count in (([-1, 0], None), ([0.5, 1], None), ([0, 3], 2)):
        with pytest.raises(ValueError, match=r"labels|num_classes"):
            confusion(labels, [0, 1], count)


SILENT = """
import tensorflow as tf
print(tf.math.rsqrt([0.0, 4.0]).numpy(), tf.math.log(0.0).numpy(), tf.divide(1.0, 0.0).numpy())
print(tf.linalg.l2_normalize([3.0, 4.0]).numpy())
for call in (lambda: tf.keras.backend.set_floatx("float16"),
             lambda: tf.keras.utils.get_file("name", "http://localhost/name", untar=True)):
    try:
        call()
    except ValueError as error:
        print(error)
"""


def test_infinities_need_no_warning_and_a_name_stands_once(tinynet: Command) -> None:
    result = tinynet(SILENT)
    assert result.stderr == "tinynet replaces TensorFlow and Keras in this process.\n"
    assert result.stdout.splitlines() == [
        "[inf 0.5] -inf inf",
        "[0.6 0.8]",
        "set_floatx('float16') isn't supported: tinynet computes in float32 or float64.",
        "get_file unpacks no archives here: use shutil.unpack_archive(path).",
    ]
