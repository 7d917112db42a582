"""What could be imported from tinynet 0.1.0 can still be imported.

`public_paths.txt` lists the public names of 0.1.0, as documented under docs/reference. Names may be
added to it. None is taken out: who has written one into a script or a notebook keeps it.
"""

import importlib
import pkgutil
from pathlib import Path

import pytest

import tinynet

PATHS = Path(__file__).with_name("public_paths.txt").read_text(encoding="utf-8").split()
MODULES = {path.rpartition(".")[0] for path in PATHS}


@pytest.mark.parametrize("path", PATHS)
def test_the_path_is_still_there(path: str) -> None:
    module, _, name = path.rpartition(".")
    if path in MODULES:
        importlib.import_module(path)
    else:
        assert hasattr(importlib.import_module(module), name)


def test_what_a_module_lists_is_there() -> None:
    folder = Path(tinynet.__file__).parent
    for found in pkgutil.walk_packages([str(folder)], "tinynet."):
        if not found.name.endswith("__main__"):
            module = importlib.import_module(found.name)
            listed = getattr(module, "__all__", [])
            assert [name for name in listed if not hasattr(module, name)] == [], found.name


def test_the_list_is_whole_and_in_order() -> None:
    assert sorted(set(PATHS)) == PATHS
    assert len(PATHS) >= 160
    assert {"tinynet.layers.Dense", "tinynet.datasets.mnist.load_data"} <= set(PATHS)
