"""The scripts, and which of them need something that tinynet doesn't have yet.

``scripts/equal`` holds those whose results don't depend on drawn numbers: their whole output is
Keras's. Those in ``scripts/drawn`` draw their weights; they print what holds of any drawing.
"""

import ast
import functools
import json
from pathlib import Path

FOLDER = Path(__file__).parent / "scripts"
SCRIPTS = sorted(FOLDER.glob("*/*.py"))
PRINTED = Path(__file__).parent / "printed_by_keras.json"

# What a script waits for. The list is to be empty.
WAITING: dict[str, str] = {}

SAME_NUMBERS = {"equal": 1e-5, "drawn": None}


def name_of(script: Path) -> str:
    """Return a script's folder and name."""
    return f"{script.parent.name}/{script.stem}"


def tolerance(script: Path) -> float | None:
    """Return how far two numbers may lie apart, None if only the words are compared."""
    return SAME_NUMBERS[script.parent.name]


def imported(script: Path) -> set[str]:
    """Return the packages that a script imports."""
    modules = []
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append(str(node.module))
    return {module.split(".")[0] for module in modules}


def backend(script: Path) -> str:
    """Return what the real Keras computes with: JAX, unless the script imports TensorFlow.

    The two differ where a final softmax meets binary cross-entropy, which TensorFlow takes of the
    logits; JAX follows the formula, and so does tinynet.
    """
    return "tensorflow" if "tensorflow" in imported(script) else "jax"


@functools.cache
def needs(script: Path) -> list[str]:
    """Return the packages of others, beside Keras's, that a script imports or writes files with."""
    writes_hdf5 = any(end in script.read_text(encoding="utf-8") for end in ('.keras"', '.h5"'))
    return sorted(imported(script) & {"pandas", "sklearn", "scipy"}) + ["h5py"] * writes_hdf5


def printed_by_keras() -> dict[str, str]:
    """Return what the real Keras printed, by the scripts' names."""
    content: dict[str, str] = json.loads(PRINTED.read_text(encoding="utf-8"))
    return content
