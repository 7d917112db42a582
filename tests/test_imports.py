"""Which module may import which, and what `import tinynet` loads.

The package has four storeys, and imports go down them, or stay within one: the mathematics, the
model and its training, the tools that study a model, and what connects tinynet with other programs.
Each module of `_internal` belongs to the storey that it serves. What is imported in a function or
for type checkers counts as well.
"""

import ast
import functools
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tinynet
from tests.conftest import ROOT, RunPython

PACKAGE = ROOT / "tinynet"
STOREYS = [
    {
        *("layers", "losses", "optimizers", "schedules", "initializers", "metrics", "utils"),
        *("activations", "regularizers", "constraints", "_internal.checks", "_internal.names"),
        "_internal.absent",
        *(
            "_internal.data_hints",
            "_internal.memory",
            "_internal.fast_paths",
            "_internal.blas",
            "_internal.seeds",
            "_internal.settings",
            "_internal.erf",
        ),
    },
    {
        *("models", "callbacks", "datasets", "_internal.access", "_internal.inputs"),
        *("_internal.interrupts", "_internal.downloads"),
        *("_internal.layout", "_internal.saving", "_internal.summary"),
        *("_internal.threads", "_internal.protocols", "_internal.sharing", "_internal.undo"),
        *("_internal.origin", "_internal.trials", "_internal.unregistered"),
    },
    {"gradcheck", "explain", "diagnose", "plotting", "museum", "_internal.moved"},
    {"exchange", "distributed", "keras_scripts", "__main__"},
]
# A method may hand on to a higher storey, by an import inside of it: `model.save("m.keras")` does.
HANDED_ON = {("models", "exchange"), ("_internal.access", "plotting")}

FRAMEWORKS = {"tensorflow", "keras", "tf_keras", "torch", "jax", "jaxlib", "flax", "theano"}
LATER = {"matplotlib", "tqdm", "pooch", "threadpoolctl", "IPython", "pandas", "scipy", "sklearn"}
LATER |= {"h5py", "onnx", "onnxruntime", "safetensors", "mpi4py"}
STANDARD = {"numpy", "tinynet"} | sys.stdlib_module_names


def name_of(source: Path) -> str:
    parts = source.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {name_of(source): source for source in sorted(PACKAGE.rglob("*.py"))}
FACES = {name for name, source in SOURCES.items() if source.name == "__init__.py"}


@functools.cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(SOURCES[module].read_text(encoding="utf-8"), str(SOURCES[module]))


class Import:
    """One name that a module imports: from where, and whether as soon as it is itself imported."""

    def __init__(self, module: str, name: str, at_once: bool) -> None:
        self.module = module
        self.name = name
        self.at_once = at_once

    @property
    def source(self) -> str:
        """The module that it comes from; behind the face of a package, the one that defines it."""
        module, name = self.module, self.name
        while f"{module}.{name}" not in SOURCES and module in FACES:
            given = [i for i in imports(module) if i.name == name and i.module in SOURCES]
            if not given:
                break
            module = given[0].module
        return f"{module}.{name}" if f"{module}.{name}" in SOURCES else module


@functools.cache
def imports(module: str) -> tuple[Import, ...]:
    """Return all that a module imports, in functions and for type checkers, too."""

    def walk(node: ast.AST, at_once: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from (Import(alias.name, "", at_once) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{module}: imports are written out"
                for alias in child.names:
                    yield Import(str(child.module), alias.name, at_once)
            else:
                later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) or (
                    isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
                )
                yield from walk(child, at_once and not later)

    return tuple(walk(tree_of(module), at_once=True))


def unit_of(module: str) -> str:
    """Return the part of the house that a module belongs to: `layers`, `_internal.saving`."""
    package, *parts = module.split(".")
    return ".".join(parts[: 2 if parts[:1] == ["_internal"] else 1]) if package == "tinynet" else ""


def storey_of(module: str) -> int:
    for number, units in enumerate(STOREYS):
        if unit_of(module) in units:
            return number
    raise AssertionError(f"{module} belongs to no storey: enter it in tests/test_imports.py")


ROOMS = [name for name in SOURCES if name not in ("tinynet", "tinynet._internal")]


@pytest.mark.parametrize("module", ROOMS)
def test_imports_go_down_the_storeys(module: str) -> None:
    for item in imports(module):
        if item.source in ROOMS and storey_of(item.source) > storey_of(module):
            assert (unit_of(module), unit_of(item.source)) in HANDED_ON, item.source
            assert not item.at_once, f"{item.source}: import it in the method that hands on"
        assert item.source != "tinynet", "the package imports this module"


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {
        module: {
            item.source
            for item in imports(module)
            if item.source in ROOMS and (unit_of(module), unit_of(item.source)) not in HANDED_ON
        }
        - FACES
        for module in ROOMS
        if module not in FACES
    }
    assert circles(graph) == []


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """Return the groups of modules each of which reaches all others of its group."""
    reached: dict[str, set[str]] = {}
    for start in graph:
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            for following in graph[ahead.pop()] - seen - {start}:
                seen.add(following)
                ahead.append(following)
        reached[start] = seen
    found: list[set[str]] = []
    for start in graph:
        circle = {start} | {other for other in reached[start] if start in reached[other]}
        if len(circle) > 1 and circle not in found:
            found.append(circle)
    return found


def test_circles_are_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [{"b", "c"}]


@pytest.mark.parametrize("module", SOURCES)
def test_no_framework_and_nothing_heavy(module: str) -> None:
    anywhere = {item.module.split(".")[0] for item in imports(module)}
    assert not anywhere & FRAMEWORKS
    at_once = {item.module.split(".")[0] for item in imports(module) if item.at_once}
    assert not at_once & LATER, "import it in the function that needs it"
    assert at_once <= STANDARD


@pytest.mark.parametrize("module", [name for name in ROOMS if unit_of(name) in STOREYS[0]])
def test_the_maths_stands_on_numpy_alone(module: str) -> None:
    """The one other library tells which BLAS NumPy has, where it is installed."""
    optional = {"threadpoolctl"} if module == "tinynet._internal.blas" else set()
    assert {item.module.split(".")[0] for item in imports(module)} <= STANDARD | optional


def test_the_gradient_checker_knows_no_layer_in_particular() -> None:
    for module in SOURCES:
        if unit_of(module) == "gradcheck":
            of_layers = {item.name for item in imports(module) if unit_of(item.source) == "layers"}
            assert of_layers <= {"Layer", "Shape"}, module


@pytest.mark.parametrize("module", SOURCES)
def test_no_module_takes_what_another_keeps_to_itself(module: str) -> None:
    for item in imports(module):
        if item.module.split(".")[0] == "tinynet":
            is_module = f"{item.module}.{item.name}" in SOURCES
            private = [part for part in item.source.split(".") if part.startswith("_")]
            assert is_module or item.name == "__version__" or not item.name.startswith("_")
            assert private in ([], ["_internal"]) or unit_of(item.source) == unit_of(module)


@pytest.mark.parametrize("module", SOURCES)
def test_no_module_keeps_a_state_but_threads_and_seeds(module: str) -> None:
    changed = {
        name
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Global)
        for name in node.names
    }
    assert not changed or module in ("tinynet._internal.threads", "tinynet._internal.seeds"), (
        changed
    )


LOADED = """
import json, sys
import numpy.random  # NumPy itself loads it when it is first used
before = set(sys.modules)
import tinynet
model = tinynet.Sequential([tinynet.Dense(1, input_shape=(2,))])
model.compile("sgd", "mse")
model.forward([[1, 2]])
new = {name.split(".")[0] for name in set(sys.modules) - before}
print(json.dumps(sorted(new - set(sys.stdlib_module_names))))
"""


def test_importing_tinynet_loads_numpy_alone(run_python: RunPython) -> None:
    result = run_python(LOADED)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == ["tinynet"]


DRAWING = """
import json, sys
import numpy
before = set(sys.modules)
import tinynet
print(json.dumps([name for name in set(sys.modules) - before if name.startswith("numpy.random")]))
"""


def test_importing_tinynet_leaves_numpy_random_until_something_is_drawn(
    run_python: RunPython,
) -> None:
    result = run_python(DRAWING)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == []


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


PUBLIC = sorted({name.split(".")[1] for name in ROOMS} - {"_internal", "__main__"})


@pytest.mark.parametrize("room", PUBLIC)
def test_a_public_module_names_what_it_offers(room: str) -> None:
    module = importlib.import_module(f"tinynet.{room}")
    assert len({*module.__all__}) == len(module.__all__)
    assert all(hasattr(module, name) for name in module.__all__)
    if "__getattr__" in vars(module):
        assert dir(module) == sorted(module.__all__)


def test_the_package_shows_its_names_alone() -> None:
    assert dir(tinynet) == sorted(tinynet.__all__)
    assert not {"undoes", "reduced", "Crossentropy"} & {*dir(tinynet.losses)}


def test_each_module_at_the_top_can_be_imported_from_the_package(run_python: RunPython) -> None:
    names = [path.stem for path in PACKAGE.iterdir() if path.suffix in ("", ".py")]
    public = [name for name in names if not name.startswith("_")]
    assert {"exchange", "distributed", "keras_scripts", "museum"} <= {*public}
    lines = [f"from tinynet import {name}; assert tinynet.{name} is {name}" for name in public]
    done = run_python("\n".join(["import tinynet", *lines]))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.py")), ids=lambda p: p.name)
def test_examples_import_what_is_public(path: Path) -> None:
    assert "_internal" not in path.read_text(encoding="utf-8")


def test_keras_under_tinynet_is_tinynet(run_python: RunPython) -> None:
    program = """
from tinynet.keras.layers import Dense
from tinynet.keras.optimizers.schedules import ExponentialDecay
import tinynet.keras.datasets.mnist as mnist
import tinynet.keras as keras
import tinynet as tf
assert keras is tf is tf.keras
assert Dense is tf.keras.layers.Dense is tf.layers.Dense
assert ExponentialDecay is tf.optimizers.schedules.ExponentialDecay
assert mnist is tf.datasets.mnist
from tinynet.keras.gradcheck import check_gradients
assert check_gradients is tf.gradcheck.check_gradients
"""
    done = run_python(program)
    assert done.returncode == 0, done.stderr
