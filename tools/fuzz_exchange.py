"""Feed the readers of other libraries' files with files that are damaged on purpose.

``python -m tools.fuzz_exchange keras`` takes ``.keras`` files; ``h5``, ``weights``, ``onnx`` and
``safetensors`` the others. Each input is a small file that tinynet wrote, mutated in its
structure (a value of its description, a shape, an address) with all checksums corrected, or byte by
byte.
With ``--record`` the result goes into ``docs/_data/fuzz_exchange.json``, from which a page is made;
with ``--add`` it is added to what is there, so that a long run can be made in parts, each with its
own seed.

A reader must read the file, or refuse it in a sentence of tinynet's. The run ends with any other
exception, ten seconds of work on one input, or 200 MB of memory beside what the libraries
take.
"""

import argparse
import json
import random
import re
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

import tinynet as tn
from tinynet.exchange import from_onnx, from_safetensors
from tools import fuzz_formats
from tools.fuzz import (
    IN_MEMORY,
    RESULTS,
    bend_bytes,
    bend_json,
    check_sentence,
    peak_memory,
    record,
)
from tools.fuzz import pack as pack_zip

MEMORY_MB = 200
SECONDS_EACH = 10
LONGEST = 1 << 16
KINDS = {
    "keras": ".keras",
    "h5": ".h5",
    "weights": ".weights.h5",
    "onnx": ".onnx",
    "safetensors": ".safetensors",
}
NAMES = (
    *("Dense", "Lambda", "ReLU", "Conv2D", "os.system", "Activation", "Sequential", "Flatten"),
    *("axis", "dtype"),
)


def small_models() -> list[tn.Sequential]:
    """Return the models whose Keras files are mutated; each has few layers and is read fast."""
    normalization = tn.layers.Normalization(axis=None, mean=1.0, variance=2.0, input_shape=(2,))
    stacks: list[list[tn.Layer]] = [
        [normalization, tn.Dense(3, "relu", kernel_regularizer="l2"), tn.Dense(2, "softmax")],
        [
            tn.layers.BatchNormalization(input_shape=(2,)),
            tn.layers.PReLU(),
            tn.Dense(2, "softmax", kernel_constraint="max_norm"),
        ],
        [
            tn.layers.Rescaling(0.5, 0.1, input_shape=(2,)),
            tn.layers.LayerNormalization(),
            tn.layers.GELU(),
            tn.Dense(2, use_bias=False),
            tn.layers.Softmax(),
        ],
        [
            tn.layers.Reshape((2, 1), input_shape=(2,)),
            tn.layers.LeakyReLU(0.1),
            tn.layers.Flatten(),
            tn.layers.Dropout(0.1),
            tn.Dense(2, "sigmoid"),
        ],
    ]
    return [tn.Sequential(stack, seed=0) for stack in stacks]


def seeds(kind: str) -> list[tuple[bytes, tn.Sequential]]:
    """Return the files to mutate, each with a model that weights of its kind fit."""
    if kind in MADE:
        model = tn.Sequential([tn.Dense(3, "relu", input_shape=(2,)), tn.Dense(2)], seed=0)
        return [(data, model) for data in MADE[kind]()]
    known = []
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        path = Path(folder, "m" + KINDS[kind])
        for model in small_models():
            for optimizer in (None, "adam", tn.SGD(0.1, momentum=0.9)):
                if optimizer is not None:
                    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
                    model.fit(np.eye(2), np.eye(2), verbose=0)
                WRITERS[kind](model, path)
                known.append((path.read_bytes(), model))
    return known


WRITERS: dict[str, Callable[[tn.Sequential, Path], None]] = {
    "keras": tn.Sequential.save,
    "h5": tn.Sequential.save,
    "weights": tn.Sequential.save_weights,
}


MADE: dict[str, Callable[[], list[bytes]]] = {
    "onnx": fuzz_formats.onnx_files,
    "safetensors": fuzz_formats.safetensors_files,
}


# ------------------------------------------------------------------------------------- checks


def check(kind: str, path: Path, model: tn.Sequential) -> str:
    """Read a file; return what came of it.

    Raises
    ------
    AssertionError
        If a refusal isn't a sentence of ours that names the file, or a model is half loaded.
    """
    before = model.parameters.tobytes()
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            if kind == "weights":
                model.load_weights(path)
            elif kind == "safetensors":
                from_safetensors(path, model)
            else:
                loaded = from_onnx(path) if kind == "onnx" else tn.load_model(path)
                assert np.isfinite(loaded.parameters).all()
        for warning in said:
            assert warning.category is UserWarning, warning
            check_sentence(str(warning.message).replace(str(path), ""))
    except ValueError as error:
        message = str(error)
        assert str(path) in message, message
        check_sentence(message.replace(str(path), ""))
        assert before == model.parameters.tobytes(), "half loaded"
        return "refused"
    return "read"


# ------------------------------------------------------------------------------- bending files


def bend(kind: str, data: bytes, rng: random.Random) -> bytes:
    """Return a file a little different from `data`."""
    benders = {
        "keras": bend_keras,
        "onnx": fuzz_formats.bend_onnx,
        "safetensors": fuzz_formats.bend_safetensors,
    }
    bender = benders.get(kind, bend_hdf5)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = bend_bytes(data, rng) if rng.random() < 0.1 else bender(data, rng)
    return data


def bend_keras(data: bytes, rng: random.Random) -> bytes:
    """Change the archive, the description or the arrays."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except Exception:  # it is damaged already
        return bend_bytes(data, rng)
    if not members:
        return data
    change, place = rng.random(), rng.randrange(len(members))
    name, content = members[place]
    if change < 0.02:
        members.append((name, content))
    elif change < 0.04:
        del members[place]
    elif change < 0.06:
        members[place] = (rng.choice(("x", "../config.json", "config.json")), content)
    elif name == "config.json":
        members[place] = (name, bend_json(content, rng, NAMES))
    elif name.endswith(".h5"):
        members[place] = (name, bend_hdf5(content, rng))
    method = zipfile.ZIP_DEFLATED if rng.random() < 0.02 else zipfile.ZIP_STORED
    return pack_zip(members, method)


def bend_hdf5(data: bytes, rng: random.Random) -> bytes:
    """Change a number, an address or a name; most of a small HDF5 file is zeros, which are left."""
    if texts := [found.span() for found in JSON.finditer(data)] if rng.random() < 0.4 else []:
        start, end = rng.choice(texts)
        text = next(filter(lambda text: len(text) <= end - start, bent_texts(data[start:end], rng)))
        return data[:start] + text.ljust(end - start) + data[end:]
    content = bytearray(data)
    if not content:
        return data
    used = [k for k in (rng.randrange(len(content)) for _ in range(60)) if content[k]]
    place = max(0, min(len(content) - 1, rng.choice(used or [0]) + rng.choice((0, 0, 0, -1, 1, 4))))
    start = place - place % 8
    change = rng.random()
    if change < 0.3:
        content[place] = rng.choice(
            (0, 1, 2, 3, 127, 128, 255, content[place] ^ 1 << rng.randrange(8))
        )
    elif change < 0.5:
        word = rng.choice(
            (0, 1, 2**16, 2**31, 2**32, 2**63, 2**64 - 1, rng.randrange(len(content)))
        )
        content[start : start + 8] = word.to_bytes(8, "little")
    elif change < 0.75:  # an address of something else that is in the file
        word = int.from_bytes(content[start : start + 8], "little")
        others = [at for found in SIGNATURES.finditer(content) if not (at := found.start()) % 8]
        near = word + rng.choice((-8, 8, 16, 24))
        word = rng.choice((*others, near)) if others else near
        content[start : start + 8] = (word % 2**64).to_bytes(8, "little")
    elif change < 0.9:
        other = rng.randrange(0, len(content), 8)
        content[start : start + 8] = content[other : other + 8].ljust(8, b"\x00")
    else:
        content[place : place + 4] = rng.randbytes(4)
    return bytes(content)


def bent_texts(text: bytes, rng: random.Random) -> Iterator[bytes]:
    """Yield mutated descriptions, the last of them no longer than the description itself."""
    for _ in range(10):
        yield bend_json(text, rng, NAMES)
    yield b""


JSON = re.compile(rb'\{"[^\x00]{20,}\}')  # a description, in an attribute
SIGNATURES = re.compile(rb"TREE|SNOD|HEAP|GCOL|\x01\x00[\x02\x06]\x00")


# ------------------------------------------------------------------------------------- running


def fuzz(kind: str, inputs: int, seconds: float, seed: int) -> dict[str, Any]:
    """Try mutated files; return what came of them.

    Raises
    ------
    AssertionError
        If a reader does what it mustn't; the input is kept beside the temporary files.
    """
    rng, outcomes, slowest = random.Random(seed), Counter[str](), 0.0
    known, start = seeds(kind), time.process_time()
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        path = Path(folder, "input" + KINDS[kind])
        for data, model in known:
            path.write_bytes(data)
            check(kind, path, model)
        base = peak_memory()
        while outcomes.total() < inputs and time.process_time() - start < seconds:
            data, model = rng.choice(known)
            data = bend(kind, data, rng)[:LONGEST]
            path.write_bytes(data)
            begin = time.process_time()
            try:
                outcomes[check(kind, path, model)] += 1
                slowest = max(slowest, time.process_time() - begin)
                memory = peak_memory() - base
                assert memory < MEMORY_MB, f"{memory:.0f} MB"
                assert slowest < SECONDS_EACH, f"{slowest:.0f} s"
            except BaseException:
                Path(tempfile.gettempdir(), f"crash-input{KINDS[kind]}").write_bytes(data)
                raise
    return {
        "inputs": outcomes.total(),
        **outcomes,
        "slowest_ms": round(slowest * 1e3),
        "memory_mb": round(memory),
    }


def added(kind: str, result: dict[str, Any]) -> dict[str, Any]:
    """Return a result together with what is recorded for this kind."""
    before = json.loads(RESULTS.read_text(encoding="utf-8"))[kind]
    counts = {name: before[name] + result[name] for name in ("inputs", "read", "refused")}
    return counts | {name: max(before[name], result[name]) for name in ("slowest_ms", "memory_mb")}


def main() -> None:
    """Read the command line and fuzz."""
    parser = argparse.ArgumentParser(
        description="Feed readers with files that are damaged on purpose."
    )
    parser.add_argument("kind", choices=KINDS, nargs="+")
    parser.add_argument("--inputs", type=int, default=500_000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="of processor time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="write the results down")
    parser.add_argument("--add", action="store_true", help="add them to what is written down")
    options = parser.parse_args()
    for kind in options.kind:
        result = fuzz(kind, options.inputs, options.seconds, options.seed)
        print(kind, result, flush=True)
        if options.add:
            result = added(kind, result)
        if options.record or options.add:
            record(kind, result)


if __name__ == "__main__":
    main()
