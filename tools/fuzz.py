"""Feed the readers of other people's files with files that are damaged on purpose.

``python -m tools.fuzz model`` takes the model loader; ``idx``, ``csv`` and ``archive`` take the
readers of data: IDX files, CSV files, and the npz and ARFF files of MNIST's family; ``image`` takes
the reader of folders. It goes on for ``--seconds`` or ``--inputs``, whichever is over first.

Each input is a known file, mutated in its structure (a size, a name, a value of the header, with
all checksums corrected, or no file would get past the first of them) or byte by byte.
With atheris installed, inputs that reach new branches of the reader are kept and mutated further;
without it, or with ``--record``, only the known files are. ``--record`` writes the result to
``docs/_data/fuzz_exchange.json``, from which `tools.make_exchange` makes a table.

A reader must read the file, or refuse it in a sentence of tinynet's. The run ends with any other
exception, ten seconds of work on one input, or 200 MB of memory. ``tests/corpus/`` keeps the
inputs that were found interesting; `test_hostile_files.py` replays them.
"""

import argparse
import copy
import csv
import gzip
import io
import json
import os
import random
import re
import shutil
import signal
import struct
import sys
import tempfile
import time
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import tinynet
from tinynet._internal.saving import model_file
from tinynet.callbacks import EarlyStopping
from tinynet.datasets import DataError, _containers, _csv, _idx, from_csv, from_folder, read_idx
from tinynet.datasets._catalog import IDXDataset, IDXFile
from tinynet.datasets._containers import read_container
from tinynet.datasets._idx import TYPES

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "tests" / "corpus"
RESULTS = ROOT / "docs" / "_data" / "fuzz_exchange.json"
IN_MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # where inputs are written
MEMORY_MB = 200
SECONDS_EACH = 10  # of processor time; the clock also runs while others have the processor
PATIENCE = 12  # times as long by the clock
LONGEST = 1 << 16
# What Python and NumPy say of themselves, and no sentence of ours does.
INTERNAL = re.compile(
    r"object is not|has no attribute|unhashable|unexpected keyword|positional|unpack|"
    r"subscriptable|operand|not supported between|cannot|Cannot|NoneType|broadcast|"
    r"index \d+ is out|zip file|magic string|CRC|codec|line 1 column|allow_pickle|recursion|"
    r"too large to convert|too big|maximum possible|Exceeds the limit|invalid literal|convert |"
    r"must be real|BitGenerator|bit generator|PRNG|Error\("
)


def check_model(path: Path) -> str:
    """Load a file as a model and as weights; return what came of it.

    Raises
    ------
    AssertionError
        If a refusal isn't a sentence of ours that names the file.
    """
    small = tinynet.Sequential([tinynet.Dense(2, input_shape=(1,))], seed=0)
    before = small.parameters.copy()
    try:
        small.load_weights(path)
    except (ValueError, FileNotFoundError) as error:
        check_refusal(error, path)
        assert small.parameters.tobytes() == before.tobytes(), "half loaded"
    try:
        model = tinynet.load_model(path)
    except (ValueError, FileNotFoundError) as error:
        check_refusal(error, path)
        return "refused"
    assert np.isfinite(model.parameters).all()
    if model.compiled and model.trained:
        resume(model, path)
    return "read"


def resume(model: tinynet.Sequential, path: Path) -> None:
    """Hand what the file says of callbacks back to one, in a training of no epochs."""
    x = np.zeros((2, *model.input_shapes[0]))
    y = model.predict(x)
    options: dict[str, Any] = {"epochs": model.epoch, "initial_epoch": model.epoch, "verbose": 0}
    try:
        model.fit(x, y, callbacks=[EarlyStopping("loss")], **options)
    except ValueError as error:
        check_sentence(str(error))


def check_idx(path: Path) -> str:
    """Read a file as IDX; what is read must be what is in it."""
    try:
        values = read_idx(path)
    except DataError as error:
        check_refusal(error, path)
        return "refused"
    content = path.read_bytes()
    plain = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    big_endian = values.astype(values.dtype.newbyteorder(">"))
    assert plain[4 * (1 + values.ndim) :] == big_endian.tobytes()
    return "read"


def check_csv(path: Path) -> str:
    """Read a file as CSV, in ways that its content chooses; compare with Python's own reader."""
    content = path.read_bytes()
    choice = random.Random(content)
    label, header = choice.choice(("first", "last", None)), choice.choice((None, None, True, False))
    delimiter = choice.choice((",", ",", ",", ";", "\t"))
    options: Any = {"label": label, "header": header, "delimiter": delimiter}
    try:
        read: Any = from_csv(path, dtype=choice.choice(("float32", "float64", "uint8")), **options)
    except DataError as error:
        check_refusal(error, path)
        return "refused"
    x, y = read if label else (read, None)
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    rows = [row for row in csv.reader(text, delimiter=delimiter) if row]
    assert len(rows) - len(x) in ((0, 1) if header is None else (int(header),))
    kept = {"first": slice(1, None), "last": slice(None, -1), None: slice(None)}[label]
    wanted = [[float(cell.strip()) for cell in row[kept]] for row in rows[len(rows) - len(x) :]]
    assert np.array_equal(x, np.array(wanted).astype(x.dtype))
    assert np.isfinite(x).all()
    assert y is None or y.shape == (len(x),)
    return "read"


def check_archive(path: Path) -> str:
    """Read a file as an npz or ARFF file of a small relative of MNIST."""
    try:
        arrays = read_container(SMALL, path)
    except DataError as error:
        check_refusal(error, path)
        return "refused"
    for file, array in zip(SMALL.files, arrays, strict=True):
        assert array.shape == file.shape
        assert array.dtype == np.uint8
    return "read"


def check_image(path: Path) -> str:
    """Read a file as the only image of a folder, in ways that its content chooses."""
    choice = random.Random(path.read_bytes())
    size, grey = choice.choice((None, None, 5, (3, 9))), choice.random() < 0.7
    image = path.parent / "images" / "a" / "1.png"
    image.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, image)
    try:
        x, y, names = from_folder(image.parent.parent, size=size, grey=grey)
    except DataError as error:
        check_refusal(error, image)
        return "refused"
    assert x.dtype == np.uint8
    assert x.shape[0] == 1
    assert x.ndim == (3 if grey else 4)
    assert (y.tolist(), names) == ([0], ["a"])
    return "read"


SMALL = IDXDataset(
    "Small",
    "small",
    (
        IDXFile("train-images", (3, 2, 2)),
        IDXFile("train-labels", (3,)),
        IDXFile("test-images", (2, 2, 2)),
        IDXFile("test-labels", (2,)),
    ),
    (),
)


def check_refusal(error: Exception, path: Path) -> None:
    """Make sure that it is one sentence or two of ours."""
    message = str(error)
    ours = type(error) in (ValueError, FileNotFoundError) or isinstance(error, DataError)
    assert ours, repr(error)
    assert str(path) in message, message
    check_sentence(message.replace(str(path), ""))


def check_sentence(message: str) -> None:
    """Make sure that it isn't Python's or NumPy's."""
    assert not INTERNAL.search(message), message


CHECKS: dict[str, Callable[[Path], str]] = {
    "model": check_model,
    "idx": check_idx,
    "csv": check_csv,
    "archive": check_archive,
    "image": check_image,
}


# ------------------------------------------------------------------------------- bending files

NUMBERS = (
    *(0, 1, -1, 2, 3, 255, 1000, 2**16, 2**31, 2**32, 2**63, 2**64, 10**12, 10**30),
    *(0.5, -0.5, 1e308, 5e-324, float("nan"), float("inf")),
)
VALUES: tuple[Any, ...] = (
    *NUMBERS,
    *(None, True, False, "", "x", "W", "relu", "softmax", "zeros", "float64", "../../x", "\x00"),
    *([], {}, [1], [10**6, 10**6], [[]], {"function": "zeros"}, {"function": "Dense"}),
    {"class_name": "Dense", "config": {"units": 10**9}},
    {"class_name": "Dense", "config": {"units": 2, "input_shape": [10**6]}},
    {"class_name": "Softmax", "config": {}},
    {"class_name": "os.system", "config": {"command": "true"}},
    {"class_name": "PiecewiseConstantDecay", "config": {"boundaries": [1], "values": [1, 2]}},
)
NAMES = ("", "x.npy", "/etc/passwd", "../x.npy", "header.npy", "parameters.npy", "\\x", "a" * 300)


def bend(kind: str, data: bytes, rng: random.Random) -> bytes:
    """Return a file a little different from `data`."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if rng.random() < (0.05 if kind == "model" else 0.2):
            data = bend_bytes(data, rng)
        else:
            data = BENDS[kind](data, rng)
    return data


def bend_bytes(data: bytes, rng: random.Random) -> bytes:
    """Change, take out or repeat some bytes."""
    i = rng.randrange(len(data) + 1)
    j = min(len(data), i + rng.choice((0, 1, 1, 2, 4, 8, 100)))
    middle = rng.choice((b"", rng.randbytes(j - i), bytes(4), b"\xff" * 4, data[i:j] * 2, data[:i]))
    return data[:i] + middle + rng.choice((data[j:], data[j:], data[j:], b""))


def bend_model(data: bytes, rng: random.Random) -> bytes:
    """Change the archive's members, its header or an array, and make the checksums right."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except Exception:  # it is damaged already
        return bend_bytes(data, rng)
    if not members:
        return data
    names = [name for name, _ in members]
    place = rng.randrange(len(members))
    if "header.npy" in names and rng.random() < 0.5:
        place = names.index("header.npy")
    name, content = members[place]
    method, change = zipfile.ZIP_STORED, rng.random()
    if change < 0.03:
        name = rng.choice((*NAMES, *names))
    elif change < 0.06:
        del members[place:]
    elif change < 0.09:
        members.insert(0, (rng.choice((name, "x.npy")), content))
    elif change < 0.12:
        method = zipfile.ZIP_DEFLATED
    elif name == "header.npy" and change < 0.98:
        content = npy(np.frombuffer(bend_json(text_in(content), rng), np.uint8))
    elif change < 0.9:
        content = bend_npy(content, rng)
    else:
        content = bend_bytes(content, rng)
    members[place : place + 1] = [(name, content)]
    return pack(members, method)


def pack(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """Return an archive of these members, whatever their names."""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")  # of duplicate names
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def npy(array: np.ndarray) -> bytes:
    """Return what `numpy.save` writes."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def bend_npy(content: bytes, rng: random.Random) -> bytes:
    """Let an array claim another shape or dtype, or put a special value into it."""
    try:
        array = np.load(io.BytesIO(content))
        start = content.index(b"\n") + 1
    except Exception:
        return bend_bytes(content, rng)
    if rng.random() < 0.4 and array.size and array.dtype.kind in "fiu":
        with np.errstate(all="ignore"):
            array = np.array(array)
            number = rng.choice([n for n in NUMBERS if array.dtype.kind == "f" or n == n // 1 < 99])
            array.flat[rng.randrange(array.size)] = np.clip(np.float64(number), 0, 1e30)
            if array.dtype.kind == "f" and rng.random() < 0.5:
                array.flat[rng.randrange(array.size)] = number
        return npy(array)
    sizes = (0, 1, 2, 3, 10**3, 10**6, 10**12, -1)
    shape = tuple(rng.choices(sizes, k=rng.randrange(4)))
    dtypes = ("<f4", "<f8", ">f4", "<f2", "<i8", "|u1", "|O", "<U3", "<c16", "|b1", "|V8")
    dtype = rng.choice(dtypes)
    dtype, shape = rng.choice((dtype, array.dtype.str)), rng.choice((shape, array.shape))
    order = rng.random() < 0.2
    text = f"{{'descr': {dtype!r}, 'fortran_order': {order}, 'shape': {shape!r}, }}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + content[start:]


def text_in(content: bytes) -> bytes:
    """Return the text that an array of bytes holds, or the content itself if it is damaged."""
    try:
        return bytes(np.load(io.BytesIO(content)).tobytes())
    except Exception:
        return content


def bend_json(content: bytes, rng: random.Random, names: tuple[str, ...] = ()) -> bytes:
    """Put another value, key or nesting somewhere into a description; `names` are likely ones."""
    try:
        header = json.loads(content)
        places = list(walk([header]))
    except Exception:
        return bend_bytes(content, rng)
    holder, key = rng.choice(places)
    change = rng.random()
    if change < 0.15:
        del holder[key]
    elif change < 0.3:
        holder[key] = another(holder[key], rng)
    elif change < 0.6:
        holder[key] = copy.deepcopy(rng.choice((*VALUES, *names)))
    elif change < 0.8:
        other, there = rng.choice(places)
        holder[key] = copy.deepcopy(other[there])
    elif change < 0.85:
        for _ in range(rng.choice((1, 1, 1, 3, 10, 10, 200, 1000))):
            holder[key] = rng.choice(([holder[key]], {"activation": holder[key]}))
    elif isinstance(holder, dict):
        holder[rng.choice((*map(str, VALUES), *names, "name", "units"))] = holder.pop(key)
    else:
        holder[key : key + 1] = [holder[key]] * rng.choice((2, 2, 2, 3, 3, 3, 100, 1001))
    try:
        return json.dumps(header).encode()
    except (RecursionError, ValueError):
        return b"[" * 3000


def another(value: Any, rng: random.Random) -> Any:
    """Return a value of the same kind: what is likely to be read, and shows what comes after."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return rng.choice((value + 1, value * 2, value / 2, abs(value - 1)))
    if isinstance(value, str):
        return rng.choice((value + "x", value[:-1], value.upper()))
    return value


def walk(tree: Any) -> Any:
    """Give every place in nested lists and dicts, as the holder and the key."""
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from walk(tree[key])


def bend_idx(data: bytes, rng: random.Random) -> bytes:
    """Change the header of an IDX file or its values; unpack it first and pack it afterwards."""
    packed = data.startswith(b"\x1f\x8b")
    if packed:
        try:
            data = gzip.decompress(data)
        except Exception:
            return bend_bytes(data, rng)
    change = rng.random()
    if change < 0.4 and len(data) >= 4:
        place = 4 * rng.randrange(min(6, len(data) // 4))
        types = [256 * code + n for code in (*TYPES, 0x0A) for n in (1, 2, 3, 5, 6)]
        number = rng.choice((0, 1, 2, 3, 28, 2**16, 2**31, 2**32 - 1, *types))
        data = data[:place] + struct.pack(">I", number) + data[place + 4 :]
    elif change < 0.6:
        sizes = [rng.choice((1, 2, 3, 5, 28)) for _ in range(rng.randrange(1, 6))]
        code = rng.choice(list(TYPES))
        values = rng.randbytes(int(np.prod(sizes)) * TYPES[code].itemsize % 5000)
        data = struct.pack(f">HBB{len(sizes)}I", 0, code, len(sizes), *sizes) + values
    else:
        data = bend_bytes(data, rng)
    if packed == (rng.random() < 0.9):
        data = gzip.compress(data, rng.choice((0, 1, 9)), mtime=0)
        if rng.random() < 0.1:
            data = data * 2
    return data


CELLS = (
    *("", " ", "0", "7", "-1", "255", "256", "1.5", "+.5", " 7 ", "1e5", "1e38", "1e39", "1e-400"),
    *("nan", "inf", "-inf", "1e999", "abc", "label", "cat", "1_0", "0x1", "1d3", "1,5", "9" * 400),
    *('"', '"7"', '"a', "'7'", "#1", "\u0663", "\ufeff7", "\x00", "\x1a", "None", "True", "7\r8"),
)


def bend_csv(data: bytes, rng: random.Random) -> bytes:
    """Change, add or take out cells and lines, or the way in which they are written."""
    change, lines = rng.random(), data.split(b"\n")
    if change < 0.6:
        place = rng.randrange(len(lines))
        cells = lines[place].split(b",")
        k = rng.randrange(len(cells))
        new = rng.choice(CELLS).encode()
        action = rng.random()
        cells[k : k + (action < 0.8)] = [new] if action < 0.9 else []
        lines[place] = b",".join(cells)
    elif change < 0.75:
        place = rng.randrange(len(lines))
        lines[place : place + rng.choice((0, 1))] = [rng.choice(lines)] * rng.choice((0, 1, 2))
    elif change < 0.8:
        return data.replace(b",", rng.choice((b";", b"\t", b", ", b",,", b"")))
    elif change < 0.85:
        return data.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b"")))
    elif change < 0.9:
        text = data.decode("utf-8", "replace")
        return text.encode(rng.choice(("utf-8-sig", "utf-16", "utf-32")), "replace")
    else:
        return bend_bytes(data, rng)
    return b"\n".join(lines)


def bend_archive(data: bytes, rng: random.Random) -> bytes:
    """Bend a zip archive by its members, and text by its cells."""
    if data.startswith(b"PK"):
        return bend_model(data, rng)
    if data.startswith(b"\x1f\x8b"):
        try:
            return gzip.compress(bend_csv(gzip.decompress(data), rng), 1, mtime=0)
        except Exception:  # it is damaged already
            return bend_bytes(data, rng)
    return bend_csv(data, rng)


def bend_image(data: bytes, rng: random.Random) -> bytes:
    """Bend a chunk of a PNG file and make its checksum right; other files byte by byte."""
    chunks = []
    place = 8
    while data.startswith(b"\x89PNG") and place + 12 <= len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        chunks.append([data[place + 4 : place + 8], data[place + 8 : place + 8 + length]])
        place += 12 + length
    if not chunks or rng.random() < 0.2:
        return bend_bytes(data, rng)
    chunk = rng.choice(chunks)
    if chunk[0] == b"IDAT" and rng.random() < 0.7:
        try:
            chunk[1] = zlib.compress(bend_bytes(zlib.decompress(chunk[1]), rng))
        except zlib.error:
            chunk[1] = bend_bytes(chunk[1], rng)
    elif chunk[0] == b"IHDR" and rng.random() < 0.7:
        sizes = [rng.choice((0, 1, 4, 5, 1000, 10**5, 2**31 - 1, 2**32 - 1)) for _ in range(2)]
        kinds = [rng.choice((1, 2, 4, 8, 16, 3)), rng.choice((0, 2, 3, 4, 6, 1)), 0, 0]
        chunk[1] = struct.pack(">II", *sizes) + bytes([*kinds, rng.choice((0, 0, 1, 9))])
    elif rng.random() < 0.3:
        chunks.insert(
            rng.randrange(len(chunks)), [rng.choice((b"tRNS", b"PLTE")), rng.randbytes(6)]
        )
    else:
        chunk[1] = bend_bytes(chunk[1], rng)
    result = data[:8]
    for name, content in chunks:
        result += struct.pack(">I", len(content)) + name + content
        result += struct.pack(">I", zlib.crc32(name + content))
    return result


BENDS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "model": bend_model,
    "idx": bend_idx,
    "csv": bend_csv,
    "archive": bend_archive,
    "image": bend_image,
}


# ------------------------------------------------------------------------------------- running


def seeds(kind: str) -> list[bytes]:
    """Return the committed corpus."""
    return [path.read_bytes() for path in sorted((CORPUS / kind).iterdir())]


class Run:
    """One run: where inputs are written, and what came of them."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.path = kind, folder / "input"
        self.outcomes: Counter[str] = Counter()
        self.slowest = 0.0
        self.start = time.monotonic()
        self.base = 0.0  # memory, once all known files have been read

    def outcome(self, data: bytes) -> str:
        """Return what comes of one input."""
        self.path.write_bytes(data)
        return CHECKS[self.kind](self.path)

    def one(self, data: bytes) -> None:
        """Try one input."""
        start = time.process_time()
        self.outcomes[self.outcome(data)] += 1
        seconds = time.process_time() - start
        self.slowest = max(self.slowest, seconds)
        assert seconds < SECONDS_EACH, f"{seconds:.0f} s for one input"
        if self.outcomes.total() % 20_000 == 0:
            self.report()

    def report(self) -> float:
        """Print the numbers; return the most memory that was used, in MB."""
        memory = peak_memory()
        print(
            f"{self.kind}: {self.outcomes.total():,} inputs in "
            f"{time.monotonic() - self.start:.0f} s, {dict(self.outcomes)}, "
            f"slowest {self.slowest * 1e3:.0f} ms, peak memory {memory:.0f} MB",
            flush=True,
        )
        return memory

    def result(self) -> dict[str, Any]:
        """Return what came of it; the memory is what the known files didn't take."""
        return {
            "inputs": self.outcomes.total(),
            **self.outcomes,
            "slowest_ms": round(self.slowest * 1e3),
            "memory_mb": round(peak_memory() - self.base),
        }


def peak_memory() -> float:
    """Return the most memory that this process has used, in MB."""
    import resource  # which Windows hasn't

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def record(kind: str, result: dict[str, Any]) -> None:
    """Write a result down, beside those of the other kinds."""
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results[kind] = result
    RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def readable(run: Run) -> list[bytes]:
    """Return the files of the corpus that aren't refused."""
    return [data for data in seeds(run.kind) if run.outcome(data) == "read"]


def fuzz_plainly(run: Run, seconds: float, inputs: int, seed: int) -> None:
    """Bend the files of the corpus, without looking at what they reach.

    Every other one is a file that is read as it is. Most of the corpus is refused for something,
    and whatever else is mutated in such a file is often not even looked at.
    """
    rng = random.Random(seed)
    known, read = seeds(run.kind), readable(run)
    run.base = peak_memory()

    def stop(*_: Any) -> None:
        raise AssertionError("one input takes no end")

    signal.signal(signal.SIGALRM, stop)
    data = b""
    try:
        while run.outcomes.total() < inputs and time.monotonic() - run.start < seconds:
            data = bend(run.kind, rng.choice(rng.choice((known, read))), rng)[:LONGEST]
            signal.alarm(PATIENCE * SECONDS_EACH)
            run.one(data)
    except BaseException:
        Path(tempfile.gettempdir(), "crash-input").write_bytes(data)
        raise
    finally:
        signal.alarm(0)


def fuzz_with_atheris(atheris: Any, run: Run, options: argparse.Namespace, kept: Path) -> None:
    """Let libFuzzer choose which inputs to bend; it ends the process."""
    for module in (model_file, tinynet.callbacks, tinynet.layers, tinynet.schedules):
        instrument(atheris, module)
    for module in (tinynet.optimizers, zipfile, gzip, json.decoder):
        instrument(atheris, module)
    for module in (_idx, _csv, _containers):
        instrument(atheris, module)

    def bend_input(data: bytes, max_size: int, seed: int) -> bytes:
        rng = random.Random(seed)
        bent = atheris.Mutate(data, max_size) if rng.random() < 0.05 else bend(run.kind, data, rng)
        return bytes(bent[:max_size])

    for k, data in enumerate(seeds(run.kind)):
        (kept / f"seed-{k}").write_bytes(data)
    arguments = [
        *(sys.argv[0], str(kept), f"-max_total_time={options.seconds}", f"-runs={options.inputs}"),
        *(f"-timeout={PATIENCE * SECONDS_EACH}", f"-rss_limit_mb={MEMORY_MB}"),
        *(f"-max_len={LONGEST}", f"-artifact_prefix={tempfile.gettempdir()}/"),
        *("-print_final_stats=1", f"-seed={options.seed}"),
    ]
    atheris.Setup(arguments, run.one, custom_mutator=bend_input)
    atheris.Fuzz()


def instrument(atheris: Any, module: Any) -> None:
    """Let libFuzzer see which branches of a module's functions are taken."""
    for holder in (module, *(value for value in vars(module).values() if isinstance(value, type))):
        if getattr(holder, "__module__", module.__name__) != module.__name__:
            continue
        for name, value in list(vars(holder).items()):
            if getattr(value, "__module__", "") == module.__name__ and hasattr(value, "__code__"):
                setattr(holder, name, atheris.instrument_func(value))


def main() -> None:
    """Read the command line and fuzz."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kind", choices=CHECKS)
    parser.add_argument("--seconds", type=int, default=1200)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="don't use atheris")
    parser.add_argument("--record", action="store_true", help="write the result down")
    parser.add_argument("--keep", type=Path, help="a folder for what atheris finds interesting")
    options = parser.parse_args()
    try:
        import atheris
    except ImportError:
        atheris = None
    folder = Path(tempfile.mkdtemp(dir=IN_MEMORY))
    run = Run(options.kind, folder)
    try:
        if atheris is None or options.plain or options.record:
            fuzz_plainly(run, options.seconds, options.inputs, options.seed)
            assert run.report() < MEMORY_MB
            if options.record:
                record(options.kind, run.result())
        else:
            kept = options.keep or folder / "kept"
            kept.mkdir(parents=True, exist_ok=True)
            fuzz_with_atheris(atheris, run, options, kept)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
