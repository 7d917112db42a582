"""What answers for `tensorflow` and `keras`: each module once, its names tinynet's own."""

from pathlib import Path

import pytest

from tests.conftest import RunPython
from tests.keras_scripts.conftest import Command
from tinynet.keras_scripts.modules import KERAS, TENSORFLOW, canonical, public_names


def test_one_module_answers_to_all_its_names(tinynet: Command) -> None:
    result = tinynet("""
import keras, keras.layers, keras.utils
import tensorflow as tf
import tensorflow.keras.layers
import tensorflow.python.keras.layers as third
from tensorflow import keras as second
from tensorflow.python.keras import utils
from tensorflow.keras.datasets import mnist
import tensorflow.compat.v1 as v1, tensorflow.compat.v2 as v2
import tinynet
assert keras is second is tf.keras is tf.python.keras
assert keras.layers is third is tf.keras.layers is tensorflow.keras.layers
assert keras.utils is utils
assert keras.layers.Dense is tinynet.layers.Dense
assert keras.Sequential is keras.models.Sequential is tinynet.Sequential
assert mnist.load_data is tinynet.datasets.mnist.load_data
assert keras.optimizers.schedules.ExponentialDecay is tinynet.schedules.ExponentialDecay
assert tf.optimizers is keras.optimizers and tf.losses is keras.losses
assert tf.math.square is tf.square and v1.random is not None and v2.constant is tf.constant
""")
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


def test_versions_pass_the_checks_of_scripts(tinynet: Command) -> None:
    result = tinynet("""
import tensorflow as tf, keras
assert tf.__version__ >= "2.0" and tf.__version__ >= "2.16" and tf.__version__.startswith("2.")
assert tuple(map(int, tf.__version__.split("."))) > (2, 16, 0)
assert tf.version.VERSION == tf.__version__ and tf.compat.v1.__name__
assert keras.__version__ >= "3" and int(keras.__version__.split(".")[0]) == 3
assert tf.keras.__version__ == keras.__version__
""")
    assert result.returncode == 0, result.stderr


def test_a_star_import_brings_the_names(tinynet: Command) -> None:
    result = tinynet("from tensorflow.keras.layers import *\nprint(Dense(3).units, Layer.__name__)")
    assert result.stdout == "3 Layer\n", result.stderr


def test_dir_lists_what_is_there(tinynet: Command) -> None:
    result = tinynet("import tensorflow as tf\nprint({'keras', 'nn', 'constant'} <= set(dir(tf)))")
    assert result.stdout == "True\n", result.stderr


@pytest.mark.parametrize("name", ["tensorflow", "keras"])
def test_it_never_answers_beside_the_real_one(
    run_python: RunPython, tmp_path: Path, name: str
) -> None:
    (tmp_path / f"{name}.py").write_text("real = True", encoding="utf-8")
    result = run_python(f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import {name}
import tinynet.keras_scripts
try:
    tinynet.keras_scripts.install()
except ImportError as error:
    print(error)
import {name} as again
print(again.real, [type(finder).__name__ for finder in sys.meta_path].count("Finder"))
""")
    assert result.returncode == 0, result.stderr
    said, rest = result.stdout.splitlines()
    assert f"The real {name} is imported in this process already" in said
    assert "restart" in said
    assert rest == "True 0"


def test_install_in_a_running_process(run_python: RunPython) -> None:
    result = run_python("""
import sys
import tinynet.keras_scripts
assert "keras" not in sys.modules
tinynet.keras_scripts.install()
tinynet.keras_scripts.install()
from tensorflow.keras import layers
import tinynet
assert layers.Dense is tinynet.Dense
assert [type(finder).__name__ for finder in sys.meta_path].count("Finder") == 1
""")
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("tinynet replaces") == 1


def test_importing_the_package_installs_nothing(run_python: RunPython) -> None:
    result = run_python("""
import sys
before = list(sys.meta_path)
import tinynet.keras_scripts.modules
print(sys.meta_path == before, "keras" in sys.modules)
""")
    assert result.stdout == "True False\n", result.stderr


def test_tinynet_keras_is_tinynet() -> None:
    import tinynet

    assert tinynet.keras is tinynet
    assert tinynet.keras.layers.Dense is tinynet.Dense


@pytest.mark.parametrize("table", [KERAS, TENSORFLOW])
def test_every_room_that_is_there_offers_its_own_names_alone(
    table: dict[str, tuple[str, ...]],
) -> None:
    for rooms in table.values():
        for room in rooms:
            names = public_names(room)
            assert not {"np", "Any", "annotations"} & names.keys()
            assert all(not name.startswith("_") for name in names)


NUMPY = """
import numpy as np
from {package} import losses
loss = losses.MeanSquaredError()
print(float(loss(np.zeros((2, 1)), np.ones((2, 1)))), hasattr(loss([[0.0]], [[1.0]]), "numpy"))
"""


def test_results_answer_numpy_in_a_scripts_process_alone(
    tinynet: Command, command: Command
) -> None:
    assert tinynet(NUMPY.format(package="keras")).stdout == "1.0 True\n"
    assert command("-c", NUMPY.format(package="tinynet")).stdout == "1.0 False\n"


RATE = """
import numpy as np, copy, pickle
from tensorflow import keras
from tensorflow.keras import backend as K
model = keras.Sequential([keras.layers.Dense(1, input_dim=2, kernel_initializer="ones")])
model.compile(keras.optimizers.SGD(learning_rate=0.5), "mse")
rate = model.optimizer.learning_rate
print(rate.numpy(), float(rate), K.get_value(rate), type(rate.numpy()).__name__)
rate.assign(0.25)
K.set_value(model.optimizer.learning_rate, 0.125)
print(model.optimizer.learning_rate, copy.deepcopy(model).optimizer.learning_rate)
model.optimizer.learning_rate = model.optimizer.learning_rate * 2
loss = model.train_on_batch(np.ones((1, 2)), np.zeros((1, 1)))
print(model.get_weights()[0].ravel(), model.optimizer.get_config()["learning_rate"])
model.optimizer.learning_rate = np.float32(0.5)
schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
model.compile(keras.optimizers.Adam(schedule), "mse")
rate = model.optimizer.learning_rate
print(float(rate), rate, rate.numpy(), rate(10))
print(model.optimizer.get_config()["learning_rate"] is schedule)
plateau = keras.callbacks.ReduceLROnPlateau("loss")
try:
    model.fit(np.ones((1, 2)), np.zeros((1, 1)), callbacks=plateau)
except ValueError as error:
    print("has a schedule, ExponentialDecay(" in str(error))
"""


def test_a_learning_rate_is_read_and_assigned_as_keras_does(tinynet: Command) -> None:
    result = tinynet(RATE)
    assert result.stdout.splitlines() == [
        "0.5 0.5 0.5 float32",
        "0.125 0.125",
        "[0. 0.] 0.25",
        "0.1 0.1 0.1 0.05",
        "True",
        "True",
    ], result.stderr


def test_a_function_equals_itself(tinynet: Command) -> None:
    result = tinynet("""
import numpy as np
from tinynet.keras_scripts.answers import AnsweringFunction
def halve(x):
    "Halve it."
    return x / 2
ours = AnsweringFunction(halve)
assert ours == halve and halve == ours and hash(ours) == hash(halve) and {halve: 1}[ours] == 1
assert ours == AnsweringFunction(halve) and ours != AnsweringFunction(len)
assert ours.__name__ == "halve" and ours.__doc__ == "Halve it."
print(ours(np.ones(2)).numpy(), ours([1.0][0]).numpy())
""")
    assert result.stdout == "[0.5 0.5] 0.5\n", result.stderr


def test_canonical_names() -> None:
    assert canonical("tensorflow.compat.v1.keras.layers") == "keras.layers"
    assert canonical("tensorflow.losses") == "keras.losses"
    assert canonical("tensorflow.math") == "tensorflow.math"
    assert canonical("tensorflow.keras_tools") == "tensorflow.keras_tools"


def test_a_module_that_is_sent_to_another_process_is_tinynets_there(command: Command) -> None:
    send = (
        "import pickle, keras\nwith open('sent', 'wb') as file:\n"
        "    pickle.dump([keras, keras.layers], file)"
    )
    assert command("-m", "tinynet", "-", stdin=send).returncode == 0
    receive = (
        "import pickle\nwith open('sent', 'rb') as file:\n    keras, layers = pickle.load(file)\n"
        "import keras.layers\nprint(layers is keras.layers, layers.Dense.__module__)"
    )
    assert command("-c", receive).stdout == "True tinynet.layers.dense\n"


SPAWNED = """
import tinynet.keras_scripts; tinynet.keras_scripts.install()
import multiprocessing
from tensorflow import keras

def parameters(units):
    import tensorflow as tf
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])
    return tf.__version__, model.count_params()

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(parameters, [1, 2]))
"""
IN_JOBLIB = """
from joblib import Parallel, delayed
from tensorflow import keras

def parameters(units):
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)]).count_params()

print(Parallel(n_jobs=2)(delayed(parameters)(units) for units in (1, 2)))
"""


def test_processes_that_are_spawned_begin_with_the_script(command: Command, tmp_path: Path) -> None:
    (tmp_path / "spawned.py").write_text(SPAWNED)
    done = command("-m", "tinynet", "spawned.py")
    assert done.stdout == "[('2.99.0', 3), ('2.99.0', 6)]\n", done.stderr


def test_joblibs_processes_get_tinynet(command: Command, tmp_path: Path) -> None:
    pytest.importorskip("joblib")
    (tmp_path / "parallel.py").write_text(IN_JOBLIB)
    done = command("-m", "tinynet", "parallel.py")
    assert done.stdout == "[3, 6]\n", done.stderr
