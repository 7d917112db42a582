"""Which module may import which, and what `import tinynet` loads: DESIGN §2, kept true."""

import ast
import json
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import tinynet
from tests.conftest import ROOT, RunPython

PACKAGE = ROOT / "tinynet"
SOURCES = sorted(PACKAGE.rglob("*.py"))
FRAMEWORKS = {"tensorflow", "keras", "tf_keras", "torch", "jax", "jaxlib", "flax", "theano"}
HEAVY = {"matplotlib", "tqdm", "pooch", "threadpoolctl", "IPython", "pandas", "scipy", "sklearn"}

# The modules of mathematics: NumPy, the standard library, and each other.
MATHS = {"layers", "initializers", "losses", "optimizers", "schedules", "metrics", "utils"}
# What stands below `models`: it puts these together, and none of them imports it.
BELOW_MODELS = MATHS | {"checks", "data", "files", "intact", "runtime", "summary"}
BELOW_MODELS |= {"saving", "callbacks"}


def name_of(source: Path) -> str:
    parts = source.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(source): source for source in SOURCES}


def imports(module: str, *, everywhere: bool) -> Iterator[str]:
    """Names of the modules that a module imports: at once, or also in its functions.

    What is imported for a type checker alone isn't counted.
    """

    def walk(node: ast.AST) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                for other in child.orelse:
                    yield from walk(other)
            elif isinstance(child, ast.Import):
                yield from (alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{module}: imports are written out"
                for alias in child.names:
                    full = f"{child.module}.{alias.name}"
                    yield full if full in MODULES else str(child.module)
            elif everywhere or not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from walk(child)

    yield from walk(ast.parse(MODULES[module].read_text(encoding="utf-8")))


def of_tinynet(names: Iterator[str]) -> set[str]:
    return {name.removeprefix("tinynet.").split(".")[0] for name in names if name in MODULES}


@pytest.mark.parametrize("module", MODULES)
def test_no_framework_and_nothing_heavy(module: str) -> None:
    anywhere = {name.split(".")[0] for name in imports(module, everywhere=True)}
    assert not anywhere & FRAMEWORKS
    at_once = {name.split(".")[0] for name in imports(module, everywhere=False)}
    assert not at_once & HEAVY, "import it in the function that needs it"
    assert at_once <= {"numpy", "tinynet"} | sys.stdlib_module_names


@pytest.mark.parametrize("module", sorted(MATHS | {"checks"}))
def test_the_maths_stands_on_numpy_alone(module: str) -> None:
    names = set(imports(f"tinynet.{module}", everywhere=True))
    assert {name.split(".")[0] for name in names} <= {"numpy", "tinynet"} | sys.stdlib_module_names
    assert of_tinynet(iter(names)) <= MATHS | {"checks"}


@pytest.mark.parametrize("module", sorted(BELOW_MODELS))
def test_nothing_below_the_model_imports_it(module: str) -> None:
    assert not of_tinynet(imports(f"tinynet.{module}", everywhere=True)) & {"models", "tinynet"}


def test_the_gradient_checker_knows_no_layer_in_particular() -> None:
    tree = ast.parse((PACKAGE / "gradcheck.py").read_text(encoding="utf-8"))
    known = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "tinynet.layers"
        for alias in node.names
    }
    assert known <= {"Layer", "Shape"}
    assert "tinynet.layers" not in set(imports("tinynet.gradcheck", everywhere=True)) or known


def test_imports_run_in_one_direction() -> None:
    graph = {
        module: {name for name in imports(module, everywhere=False) if name in MODULES}
        for module in MODULES
        if module not in ("tinynet", "tinynet.datasets")
    }
    for module, names in graph.items():
        assert "tinynet" not in names, f"{module} imports the package that imports it"
    list(TopologicalSorter(graph).static_order())  # raises CycleError


LOADED = """
import json, sys
import numpy.random  # NumPy itself loads it when it is first used
before = set(sys.modules)
import tinynet
model = tinynet.Sequential([tinynet.Dense(1, input_shape=(2,))])
model.compile("sgd", "mse")
model.train_on_batch([[1, 2]], [3])
new = {name.split(".")[0] for name in set(sys.modules) - before}
print(json.dumps(sorted(new - set(sys.stdlib_module_names))))
"""


def test_importing_tinynet_loads_numpy_alone(run_python: RunPython) -> None:
    result = run_python(LOADED)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == ["tinynet"]


def test_what_keras_users_import_is_there(run_python: RunPython) -> None:
    program = """
from tinynet.models import Sequential, load_model
from tinynet.layers import Dense, Dropout, Flatten, ReLU, Softmax
from tinynet.utils import to_categorical, set_random_seed
from tinynet.datasets import mnist, fashion_mnist, synthetic_digits
from tinynet.optimizers import SGD, Adam
from tinynet.callbacks import EarlyStopping, ModelCheckpoint
import tinynet as tf
assert tf.models.Sequential is tf.Sequential is Sequential
for module in ("callbacks datasets diagnose initializers layers losses metrics models optimizers "
               "plotting schedules utils").split():
    assert getattr(tf, module).__name__ == "tinynet." + module
for name in tf.__all__:
    getattr(tf, name)
print(tf.__version__)
"""
    result = run_python(program)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == tinynet.__version__


def test_a_wrong_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Convolution'"):
        _ = tinynet.Convolution
