"""Try every format with the libraries it is for, and write ``docs/evidence/exchange.md``.

``python -m tools.make_exchange`` writes files with one library, reads them with the other and
compares weights, outputs and, where a file has it, what the optimizer remembers: a training goes on
in both, and ends with the same weights. It takes Keras (on JAX), PyTorch, onnx, onnxruntime and
safetensors. The numbers of `fuzz_exchange` are taken from ``docs/_data/fuzz_exchange.json``.
"""

import argparse
import importlib.metadata
import json
import os
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import tinynet as tn
from tinynet.exchange import from_onnx, from_safetensors, to_onnx, to_safetensors
from tools.tables import put_tables

ROOT = Path(__file__).parent.parent
DATA = ROOT / "docs" / "_data"
PAGE = ROOT / "docs" / "evidence" / "exchange.md"
LIBRARIES = ("keras", "jax", "torch", "onnx", "onnxruntime", "safetensors", "h5py", "numpy")
X = np.random.default_rng(0).normal(size=(32, 2, 3)).astype(np.float32)
Y = np.arange(32) % 3


# The readers that are fuzzed, and their names in the table.
READERS = {
    "keras": ".keras",
    "h5": ".h5",
    "weights": ".weights.h5",
    "onnx": ".onnx",
    "safetensors": ".safetensors",
    "idx": "IDX",
    "csv": "CSV",
    "archive": ".npz and .arff of MNIST's family",
    "image": "folder of images",
}


class Row(NamedTuple):
    """One way of a file: who wrote it, who read or ran it, and the worst differences."""

    file: str
    written: str
    read: str
    weights: float | None
    outputs: float | None
    training: float | None


def network(seed: int, *front: tn.layers.Layer) -> tn.Sequential:
    """Return a network of the layers that all formats have, after those given."""
    stack = [
        *front,
        tn.layers.Flatten(),
        tn.Dense(8, "relu"),
        tn.layers.Dropout(0.0),
        tn.Dense(6, use_bias=False),
        tn.layers.Tanh(),
        tn.Dense(5),
        tn.layers.ReLU(),
        tn.Dense(5, "sigmoid"),
        tn.Dense(3, "softmax"),
    ]
    model = tn.Sequential(stack, seed=seed)
    model.build((2, 3))
    model.compile(OPTIMIZERS[seed % len(OPTIMIZERS)](), "sparse_categorical_crossentropy")
    return model


def normalized(seed: int) -> tn.Sequential:
    """Return the same with a Normalization in front, which PyTorch doesn't have."""
    return network(seed, tn.layers.Normalization(axis=None, mean=0.25, variance=2.0))


OPTIMIZERS: list[Callable[[], Any]] = [
    lambda: tn.SGD(0.125),
    lambda: tn.SGD(0.125, momentum=0.5, nesterov=True),
    lambda: tn.Adam(0.0078125),
]


def train(model: Any) -> None:
    """Make three steps."""
    for start in (0, 8, 16):
        model.train_on_batch(X[start : start + 8], Y[start : start + 8])


def outputs(model: Any) -> np.ndarray:
    """Return what a model of either library predicts."""
    return np.asarray(model.predict(X, verbose=0))


def far(first: Any, second: Any) -> float:
    """Return the largest difference between arrays, or lists of them."""
    pairs = zip(first, second, strict=True)
    return max(float(np.abs(np.asarray(a) - np.asarray(b)).max()) for a, b in pairs)


def compare(file: str, written: str, read: str, first: Any, second: Any, *, trains: bool) -> Row:
    """Compare two models that should be the same."""
    weights = far(first.get_weights(), second.get_weights())
    row = Row(file, written, read, weights, far(outputs(first), outputs(second)), None)
    if trains:
        train(first)
        train(second)
        row = row._replace(training=far(first.get_weights(), second.get_weights()))
    return row


def keras_rows(folder: Path, seed: int) -> list[Row]:
    """Try Keras's files."""
    import keras

    rows, ours = [], normalized(seed)
    train(ours)
    for ending in (".keras", ".h5"):
        # Keras 3 doesn't restore what the optimizer remembers out of its own older files.
        whole = ending == ".keras"
        ours.save(folder / f"ours{ending}")
        loaded = tn.load_model(folder / f"ours{ending}")
        rows.append(compare(ending, "tinynet", "tinynet", loaded, copy(ours, folder), trains=True))
        theirs = keras.models.load_model(folder / f"ours{ending}")
        again = tn.load_model(folder / f"ours{ending}")
        rows.append(compare(ending, "tinynet", "Keras", again, theirs, trains=whole))
        theirs = keras.models.load_model(folder / "ours.keras")
        train(theirs)
        theirs.save(folder / f"theirs{ending}")
        loaded = tn.load_model(folder / f"theirs{ending}")
        rows.append(compare(ending, "Keras", "tinynet", loaded, theirs, trains=True))
    ours.save_weights(folder / "ours.weights.h5")
    theirs.load_weights(folder / "ours.weights.h5")
    rows.append(compare(".weights.h5", "tinynet", "Keras", ours, theirs, trains=False))
    train(theirs)
    theirs.save_weights(folder / "theirs.weights.h5")
    loaded.load_weights(folder / "theirs.weights.h5")
    rows.append(compare(".weights.h5", "Keras", "tinynet", loaded, theirs, trains=False))
    return rows


def copy(model: tn.Sequential, folder: Path) -> tn.Sequential:
    """Return a copy by way of tinynet's own file."""
    model.save(folder / "copy.npz")
    return tn.load_model(folder / "copy.npz")


def onnx_rows(folder: Path, seed: int) -> list[Row]:
    """Try ONNX."""
    import onnx
    import onnx.reference
    import onnxruntime

    ours, path = normalized(seed), str(folder / "m.onnx")
    train(ours)
    to_onnx(ours, path)
    onnx.checker.check_model(path, full_check=True)
    y = outputs(ours)
    (reference,) = onnx.reference.ReferenceEvaluator(path).run(None, {"x": X})
    (runtime,) = onnxruntime.InferenceSession(path).run(None, {"x": X})
    return [
        compare(".onnx", "tinynet", "tinynet", ours, from_onnx(path), trains=False),
        Row(".onnx", "tinynet", "onnx.reference", None, far(y, reference), None),
        Row(".onnx", "tinynet", "onnxruntime", None, far(y, runtime), None),
        *(torch_onnx_row(folder, seed, dynamo) for dynamo in (False, True)),
    ]


def torch_network(seed: int) -> Any:
    """Return the network in PyTorch."""
    import torch

    nn = torch.nn
    torch.manual_seed(seed)
    stack = [nn.Flatten(), nn.Linear(6, 8), nn.ReLU(), nn.Dropout(0.0), nn.Linear(8, 6, bias=False)]
    stack += [nn.Tanh(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 5), nn.Sigmoid()]
    return nn.Sequential(*stack, nn.Linear(5, 3), nn.Softmax(1)).eval()


def torch_outputs(model: Any) -> np.ndarray:
    """Return what PyTorch's model predicts."""
    import torch

    with torch.no_grad():
        return np.asarray(model(torch.from_numpy(X)).numpy())


def torch_onnx_row(folder: Path, seed: int, dynamo: bool) -> Row:
    """Read what PyTorch's exporters write."""
    import torch

    theirs, path = torch_network(seed), folder / f"theirs{dynamo}.onnx"
    example = (torch.from_numpy(X),)
    torch.onnx.export(theirs, example, path, dynamo=dynamo, verbose=False, input_names=["x"])
    ours = from_onnx(path)
    arrays = [parameter.detach().numpy().T for parameter in theirs.parameters()]
    weights = far(ours.get_weights(), arrays)
    name = f"PyTorch ({'newer' if dynamo else 'older'} exporter)"
    return Row(".onnx", name, "tinynet", weights, far(outputs(ours), torch_outputs(theirs)), None)


def safetensors_rows(folder: Path, seed: int) -> list[Row]:
    """Try safetensors."""
    from safetensors.torch import load_file, save_file

    ours, theirs, path = network(seed), torch_network(seed), folder / "m.safetensors"
    train(ours)
    to_safetensors(ours, path)
    theirs.load_state_dict(load_file(path))
    arrays = [parameter.detach().numpy().T for parameter in theirs.parameters()]
    there = far(ours.get_weights(), arrays), far(outputs(ours), torch_outputs(theirs))
    again = network(seed + 1)
    train(again)
    from_safetensors(path, again)
    row = compare(".safetensors", "tinynet", "tinynet", ours, again, trains=False)
    theirs = torch_network(seed + 1)
    save_file(theirs.state_dict(), path)
    from_safetensors(path, ours)
    arrays = [parameter.detach().numpy().T for parameter in theirs.parameters()]
    back = far(ours.get_weights(), arrays), far(outputs(ours), torch_outputs(theirs))
    return [
        row,
        Row(".safetensors", "tinynet", "PyTorch", *there, None),
        Row(".safetensors", "PyTorch", "tinynet", *back, None),
    ]


def collect(seeds: int) -> dict[str, Any]:
    """Try everything with some networks; keep the worst of each way."""
    worst: dict[tuple[str, str, str], list[float | None]] = {}
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the other libraries
        for seed in range(seeds):
            for tried in (keras_rows, onnx_rows, safetensors_rows):
                for row in tried(Path(name), seed):
                    kept = worst.setdefault(row[:3], [None, None, None])
                    for k, value in enumerate(row[3:]):
                        if value is not None:
                            kept[k] = max(value, kept[k] or 0.0)
    return {
        "versions": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "networks": seeds,
        "rows": [[*way, *values] for way, values in worst.items()],
    }


def tables(results: dict[str, Any], fuzzed: dict[str, Any]) -> dict[str, str]:
    """Return the tables in Markdown."""

    def number(value: float | None) -> str:
        return "–" if value is None else "0" if value == 0 else f"{value:.1e}"

    lines = [
        "| file | written by | read by | weights | outputs | weights after training on |",
        "|---|---|---|--:|--:|--:|",
    ]
    lines += [f"| {' | '.join((*r[:3], *map(number, r[3:])))} |" for r in results["rows"]]
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    lines += ["", f"Of {results['networks']} networks, with {versions}."]
    attacked = ["| file | files tried | read | refused | slowest, ms | memory, MB |"]
    attacked.append("|---|--:|--:|--:|--:|--:|")
    for kind, name in READERS.items():
        r = fuzzed[kind]
        numbers = (r["inputs"], r["read"], r["refused"], r["slowest_ms"], r["memory_mb"])
        attacked.append(f"| {name} | {' | '.join(f'{n:,}' for n in numbers)} |")
    return {"files": "\n".join(lines), "fuzz": "\n".join(attacked)}


def main() -> None:
    """Read the command line, try everything and write."""
    parser = argparse.ArgumentParser(description="Try every format with the libraries it is for.")
    parser.add_argument("--networks", type=int, default=6)
    parser.add_argument("--write", action="store_true", help="from the results of the last time")
    options = parser.parse_args()
    results = DATA / "exchange.json"
    if not options.write:
        found = collect(options.networks)
        results.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    fuzzed = json.loads((DATA / "fuzz_exchange.json").read_text(encoding="utf-8"))
    put_tables(PAGE, tables(json.loads(results.read_text(encoding="utf-8")), fuzzed))


if __name__ == "__main__":
    main()
