"""What isn't there: each name of the table answers in one sentence that says what to use."""

import inspect
import json
import re
from pathlib import Path

import pytest

import tinynet
from tests.keras_scripts.conftest import Command, last_lines
from tinynet._internal import absent
from tinynet.keras_scripts.modules import canonical, rooms_of

EXAMPLES = {
    "from tensorflow.keras.layers import Conv2D": "tinynet has no convolutions",
    "from keras.layers import LSTM": "no recurrent layers",
    "import tensorflow as tf; tf.data.Dataset": "pass them to fit",
    "from keras.models import Model": "no functional API",
    "import keras; keras.Model(1, 2)": "no functional API",
    "import keras\nclass Mine(keras.Model):\n    pass": "no functional API",
    "import tensorflow as tf; tf.keras.Model.fit": "no functional API",
    "from keras.utils import np_utils": "use to_categorical from utils",
    "import keras.utils.np_utils": "use to_categorical from utils",
    "from tensorflow.python.keras.utils import np_utils": "use to_categorical from utils",
    "from keras.utils.np_utils import to_categorical": "use to_categorical from utils",
    "from keras.wrappers.scikit_learn import KerasClassifier": "call fit and predict of a Seq",
    "from keras import Sequential\nfrom keras.wrappers.scikit_learn import KerasRegressor\n"
    "Sequential()": "call fit and predict of a Seq",
    "from keras.wrappers import SKLearnClassifier": "left out on purpose: tinynet has no wrapper",
    "from keras import Model\nclass Mine(Model):\n    pass": "no Model to derive a class from",
    "from keras.layers.core import Dense": "import Dense",
    "from keras.layers.normalization import BatchNormalization": "from layers",
    "from tensorflow.keras.layers.experimental import preprocessing": "Normalization",
    "from tensorflow.keras.preprocessing.image import ImageDataGenerator": "NumPy",
    "from keras.preprocessing import text_dataset_from_directory": "CountVectorizer",
    "from keras.datasets import cifar10": "fashion_mnist",
    "import tensorflow as tf; tf.Session()": "leave it out",
    "import tensorflow as tf; tf.placeholder(tf.float32)": "NumPy arrays",
    "import tensorflow as tf; tf.set_random_seed(1)": "tf.random.set_seed",
    "import tensorflow as tf\nwith tf.GradientTape() as tape:\n    pass": "backward(dy)",
    "from tensorflow.keras.optimizers.legacy import Adam": "from optimizers",
    "from keras.optimizers import adam_v2": "import Adam from optimizers",
    "from tensorflow.python.keras.optimizer_v2.adam import Adam": "from optimizers",
    "import tensorflow as tf; tf.train.AdamOptimizer()": "use keras.optimizers.Adam",
    "import tensorflow as tf; tf.train.Checkpoint": "call the model's save_weights(path)",
    "import tensorflow as tf; tf.saved_model.save(1, 'm')": "call model.save('model.keras')",
    "import tensorflow as tf; tf.lite.TFLiteConverter": "call model.save('model.keras')",
    "import tensorflow as tf; tf.estimator.DNNClassifier": "use keras.Sequential",
    "import tensorflow as tf; tf.ragged.constant([[1]])": "NumPy arrays",
    "import keras; keras.utils.to_categorical([1], dtype='int32')": "call astype(dtype)",
    "import tensorflow_datasets": "keras.datasets",
    "import keras_core": "import keras.",
    "from tensorflow.python.client import device_lib": "on one processor; leave it out",
    "import tensorflow as tf; tf.sysconfig.get_build_info()": "leave it out",
    "from keras.layers import Danse": "Did you mean Dense?",
    "import tensorflow as tf; tf.keras.layers.Dence(1)": "Did you mean Dense?",
    "from keras.models import Sequental": "Did you mean Sequential?",
    "from tensorflow.keras.utils import to_categorial": "Did you mean to_categorical?",
    "import keras; keras.layer.Dense(1)": "Did you mean layers?",
    "from tensorflow.keras.layer import Dense": "Did you mean layers?",
    "import keras; keras.loss.MeanSquaredError()": "Did you mean losses?",
    "import tensorflow as tf; tf.optimizer.Adam()": "Did you mean optimizers?",
    "from keras.activation import relu": "Did you mean activations?",
    "from keras.layers import layer": "Did you mean Layer?",
}


@pytest.fixture(scope="module")
def answers() -> dict[str, str]:
    return last_lines(EXAMPLES)


@pytest.mark.parametrize("program", EXAMPLES)
def test_it_stops_with_one_sentence(answers: dict[str, str], program: str) -> None:
    assert EXAMPLES[program] in answers[program]
    assert re.match(r"\w+: \S.*[.?]$", answers[program])


@pytest.mark.parametrize(
    "program",
    [
        "from keras.layers import LSTM",
        "import keras\nclass Mine(keras.Model):\n    pass",
        "import tensorflow as tf; tf.Session()",
    ],
)
def test_the_scripts_own_line_is_where_it_ends(tinynet: Command, program: str) -> None:
    result = tinynet(program)
    assert result.returncode == 1
    assert EXAMPLES[program] in result.stderr.splitlines()[-1]
    assert re.findall(r'File "(.*?)"', result.stderr) == ["<stdin>"]


EVERY_NAME = """
import importlib, json, sys
answers = {}
for full in json.loads(sys.argv[1]):
    module, _, name = full.rpartition(".")
    try:
        scope = {}
        exec(f"from {module} import {name}", scope)
        answers[full] = "found"
    except ImportError as error:
        answers[full] = str(error)
print(json.dumps(answers))
"""


def full_names() -> list[str]:
    """Every name of the table, as a script would import it."""
    names = [
        f"tensorflow.{name[3:]}" if name.startswith("tf.") else f"keras.{name}"
        for name in (*absent.REASONS, *absent.OUTDATED)
    ]
    return [name for name in names if rooms_of(name.rpartition(".")[0]) is not None]


def test_every_name_of_the_table_answers_or_is_there(tinynet: Command) -> None:
    names = full_names()
    assert len(names) > 250
    result = tinynet(EVERY_NAME, json.dumps(names))
    assert result.returncode == 0, result.stderr
    for name, answer in json.loads(result.stdout).items():
        if answer != "found":
            assert answer == absent.about(name.removeprefix("keras.").replace("tensorflow.", "tf."))
            assert re.fullmatch(r"[^.]\S* is (left out on purpose|no longer in \w+): .*\.", answer)


def test_no_name_stands_twice() -> None:
    names = [name for _, group in absent.LEFT_OUT for name in group.split()]
    assert len(names) == len(set(names))
    assert not set(names) & absent.OUTDATED.keys()


@pytest.mark.parametrize("argument", absent.ARGUMENTS)
def test_advice_on_an_argument_isnt_the_argument(argument: str) -> None:
    advice = absent.about_argument(argument)
    assert advice
    assert not advice.endswith(".")
    assert not advice.startswith(f"use {argument}=")


def test_advice_names_arguments_that_there_are() -> None:
    rooms = [tinynet, *(getattr(tinynet, name) for name in ("layers", "callbacks", "optimizers"))]
    rooms += [tinynet.models, tinynet.Sequential, tinynet.utils]
    advice = {**absent.ARGUMENTS, **absent.ARGUMENTS_OF, **absent.OUTDATED, **absent.ATTRIBUTES}
    seen = set()
    for text in advice.values():
        for name, written in re.findall(r"(\w+)\(([^()]*)", text):
            called = next((getattr(room, name) for room in rooms if name in dir(room)), None)
            if called is not None:
                keywords = {*re.findall(r"(\w+)=", written)}
                assert keywords <= {*inspect.signature(called).parameters}, text
                seen.add(name)
    assert len(seen) > 10


def test_other_names_have_no_answer() -> None:
    assert absent.about("layers.Dense") is None
    assert absent.about_argument("learning_rate") is None
    assert "predict" not in absent.ATTRIBUTES


MENTIONED = """
from tensorflow.keras.models import Sequential, Model
from tensorflow.keras.layers import Dense, Conv2D as Conv, LSTM
def build() -> Sequential:
    return Sequential([Dense(2, input_shape=(2,))])
print(build().count_params())
"""


def test_a_name_that_is_imported_and_not_used_stops_nothing(tinynet: Command) -> None:
    result = tinynet(MENTIONED)
    assert (result.returncode, result.stdout) == (0, "6\n"), result.stderr


@pytest.mark.parametrize("use", ["Conv(3, 3)", "def f():\n    return [LSTM]"])
def test_a_name_that_is_used_stops_at_the_import(tinynet: Command, use: str) -> None:
    result = tinynet(MENTIONED + use)
    assert result.returncode == 1
    assert "left out on purpose" in result.stderr.splitlines()[-1]


def test_a_mentioned_name_says_why_when_it_is_used_after_all(tinynet: Command) -> None:
    result = tinynet(MENTIONED + "globals()['Conv'](32, 3)")
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("NotImplementedError: Conv2D is left out")


def test_a_model_is_welcome_as_an_annotation(tinynet: Command) -> None:
    result = tinynet("""
import tensorflow as tf
from keras.models import Model, Sequential
def build(other: tf.keras.Model | None = None, another: None | Model = None) -> Model:
    return Sequential([tf.keras.layers.Dense(1)])
print(isinstance(build(), tf.keras.Model), isinstance(3, Model), issubclass(Sequential, Model))
print(*(isinstance(one, Model | None) for one in (build(), 3)), isinstance(None, None | Model))
""")
    assert result.stdout == "True False True\nTrue False True\n", result.stderr


@pytest.mark.parametrize("use", ["Model(1, 2)", "class Mine(Model):\n    pass"])
def test_a_model_says_why_when_it_is_more_than_an_annotation(tinynet: Command, use: str) -> None:
    result = tinynet(MENTIONED + use)
    assert result.returncode == 1
    assert result.stdout == "6\n"
    assert "no functional API" in result.stderr.splitlines()[-1]


def test_a_module_beside_the_script_may_import_what_it_does_not_use(
    command: Command, tmp_path: Path
) -> None:
    (tmp_path / "built.py").write_text(MENTIONED, encoding="utf-8")
    (tmp_path / "trained.py").write_text(
        "from keras import Model\nfrom keras.layers import LSTM\ndef train(model: Model): ...\n",
        encoding="utf-8",
    )
    folder = tmp_path / "course-packages"
    folder.mkdir()
    (folder / "main.py").write_text(
        f"import sys; sys.path.append('.'); import built, trained\n{MENTIONED}", encoding="utf-8"
    )
    result = command("-m", "tinynet", str(folder / "main.py"))
    assert (result.returncode, result.stdout) == (0, "6\n6\n"), result.stderr


def test_an_installed_package_is_told_by_an_import_error(command: Command, tmp_path: Path) -> None:
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "library.py").write_text(
        "try:\n    from keras import Model, Sequential\nexcept ImportError:\n    print('none')\n",
        encoding="utf-8",
    )
    (tmp_path / "main.py").write_text(
        "import sys; sys.path.append('site-packages'); import library\n", encoding="utf-8"
    )
    assert command("-m", "tinynet", "main.py").stdout == "none\n"


def test_prefixes_lead_to_the_module() -> None:
    assert absent.about("tf.data.Dataset") == absent.about("tf.data")
    assert canonical("tensorflow.keras.utils.np_utils") == "keras.utils.np_utils"
