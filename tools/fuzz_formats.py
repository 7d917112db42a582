"""Good ONNX and safetensors files, and ways to change them, for `tools.fuzz_exchange`.

An ONNX file is changed in its graph (an operation, an input, an array, the shape of the input), or
as a protobuf message at any depth, with the lengths around the change corrected. A safetensors file
is changed in an array or in its header, with the places of the arrays corrected.
"""

import json
import math
import random
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import tinynet as tn
from tinynet.exchange import to_onnx, to_safetensors
from tools.fuzz import CORPUS, bend_bytes, bend_json


def small_stacks() -> list[list[tn.layers.Layer]]:
    """Return short networks: in a long one, most mutated operations are refused for the first."""
    layers = tn.layers
    return [
        [tn.Dense(3, "relu", input_shape=(2,)), tn.Dense(2, "softmax")],
        [layers.Reshape((2, 1), input_shape=(2,)), layers.Tanh(), layers.Flatten()],
        [layers.Normalization(mean=[1.0, 2.0], variance=[3.0, 4.0], input_shape=(2,))],
        [layers.Rescaling(0.5, 0.1, input_shape=(2,)), layers.PReLU(), layers.LogSoftmax()],
        [layers.GELU(input_shape=(2,)), layers.SiLU(), layers.Mish(), layers.ReLU6()],
        [layers.BatchNormalization(input_shape=(2,)), layers.Dropout(0.5), layers.ELU()],
        [layers.LayerNormalization(input_shape=(2,)), tn.Dense(2, use_bias=False)],
    ]


def onnx_files() -> list[bytes]:
    """Return tinynet's files of short networks, and those of PyTorch's exporters."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "m.onnx")
        contents = [file.read_bytes() for file in sorted((CORPUS / "onnx").iterdir())]
        for model in (tn.Sequential(stack, seed=0) for stack in small_stacks()):
            to_onnx(model, path)
            contents.append(path.read_bytes())
    return contents


def safetensors_files() -> list[bytes]:
    """Return the weights of one network in all types of numbers and under other names."""
    model = tn.Sequential([tn.Dense(3, "relu", input_shape=(2,)), tn.Dense(2)], seed=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "m.safetensors")
        to_safetensors(model, path)
        header, body = open_safetensors(path.read_bytes())
    contents = []
    for dtype in ("F32", "F64", "F16", "BF16", "I64"):
        for prefix in ("", "net."):
            tensors = tensors_of(header, body)
            for tensor in tensors:
                values = np.frombuffer(tensor.data, "<f4")
                tensor.name, tensor.dtype = prefix + tensor.name, dtype
                tensor.data = (
                    (values.view("<u4") >> 16).astype("<u2").tobytes()
                    if dtype == "BF16"
                    else values.astype(NUMPY_DTYPES[dtype]).tobytes()
                )
            contents.append(pack_safetensors(tensors))
    return contents


NUMPY_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "U8": "u1"}


@dataclass
class Tensor:
    """One array of a safetensors file."""

    name: str
    dtype: str
    shape: list[Any]
    data: bytes


def open_safetensors(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the header and what is behind it."""
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def tensors_of(header: dict[str, Any], body: bytes) -> list[Tensor]:
    """Return the arrays."""
    return [
        Tensor(name, entry["dtype"], list(entry["shape"]), body[slice(*entry["data_offsets"])])
        for name, entry in header.items()
        if name != "__metadata__"
    ]


def pack_safetensors(tensors: list[Tensor]) -> bytes:
    """Return a file of these arrays; all that it says of their places is right."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    place = 0
    for tensor in tensors:
        offsets = [place, place + len(tensor.data)]
        entry = {"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": offsets}
        header[tensor.name] = entry
        place = offsets[1]
    return frame_safetensors(json.dumps(header).encode(), b"".join(t.data for t in tensors))


def frame_safetensors(header: bytes, body: bytes) -> bytes:
    """Put a header's length before it."""
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + body


def bend_safetensors(data: bytes, rng: random.Random) -> bytes:
    """Change an array, its shape, its type or its name; or the header as text."""
    try:
        header, body = open_safetensors(data)
        if rng.random() < 0.15:
            return frame_safetensors(bend_json(json.dumps(header).encode(), rng), body)
        return bend_tensors(header, body, rng)
    except Exception:  # it is damaged already
        return bend_bytes(data, rng)


def bend_tensors(header: dict[str, Any], body: bytes, rng: random.Random) -> bytes:
    """Change a safetensors file where it has a structure."""
    tensors = tensors_of(header, body)
    change = rng.uniform(0.15, 1)
    tensor, other = rng.choice(tensors), rng.choice(tensors)
    size = np.dtype(NUMPY_DTYPES.get(tensor.dtype, "u1")).itemsize
    count = math.prod(tensor.shape)
    if change < 0.3:
        bits = rng.choice(NUMBERS_BITS)
        values = np.frombuffer(tensor.data[: len(tensor.data) // size * size], f"<u{size}").copy()
        if values.size:
            values[rng.randrange(values.size)] = bits >> (64 - 8 * size)
        tensor.data = values.tobytes()
    elif change < 0.45:
        tensor.shape = rng.choice(
            (tensor.shape[::-1], [1, *tensor.shape], other.shape, [0], [], [2**62, 0], [10**9])
        )
        count = math.prod(tensor.shape)
        if count < 1000:
            tensor.data = (tensor.data * 9)[: count * size].ljust(count * size, b"\0")
    elif change < 0.6:
        tensor.dtype = rng.choice((*NUMPY_DTYPES, "BOOL", "F8_E4M3", "C64", "X"))
        size = np.dtype(NUMPY_DTYPES.get(tensor.dtype, "u1")).itemsize
        if count < 1000:
            tensor.data = (tensor.data * 9)[: count * size].ljust(count * size, b"\0")
    elif change < 0.8:
        names = ("0.weight", "0.bias", "2.weight", "3.weight", "00.weight", "-1.bias")
        more = (
            "\u0663.bias",
            "weight",
            "net.0.weight",
            "a.b.7.bias",
            "9" * 5000 + ".bias",
            "0.num",
            "\ud800",
            "",
        )
        tensor.name = rng.choice((*names, *more, tensor.name + "x", other.name, "0." + tensor.name))
    elif change < 0.85:
        tensors.remove(tensor)
    elif change < 0.9:
        extra = rng.choice(("1.num_batches_tracked", "4.weight", "2.running_mean", "x"))
        tensors.append(Tensor(extra, "I64", [], bytes(8)))
    elif change < 0.95:
        rng.shuffle(tensors)
    else:
        return frame_safetensors(json.dumps(header).encode(), bend_bytes(body, rng))
    return pack_safetensors(tensors)


# Numbers as the first bits of a float64: NaN, infinity, the largest, the smallest, one, all bits.
NUMBERS_BITS = (*(bits << 48 for bits in (0x7FF8, 0x7FF0, 0x7F80, 0x7FEF, 1, 0x3FF0)), 2**64 - 1)


def bend_onnx(data: bytes, rng: random.Random) -> bytes:
    """Change an operation, an array or what is said of the input; or the file as protobuf."""
    import onnx

    if rng.random() < 0.2:
        return bend_protobuf(data, rng)
    try:
        file = onnx.load_model_from_string(data)
        return bend_graph(file, rng)
    except Exception:  # it is damaged already, in ways that the package onnx names in several kinds
        return bend_bytes(data, rng)


SIZES = (0, 1, 2, 3, 6, 10**3, 10**9, 2**62, -1)
OPERATIONS = (
    *("Gemm", "MatMul", "Add", "Sub", "Div", "Mul", "Cast", "Shape", "Max", "If", "Relu"),
    "Softmax",
    *("Reshape", "Expand", "Flatten", "Gather", "Concat", "Slice", "Unsqueeze", "Squeeze", "Sqrt"),
    *("Identity", "Constant", "PRelu", "Elu", "LogSoftmax", "Gelu", "Erf", "Clip", "Dropout"),
    *("LayerNormalization", "BatchNormalization", "Sigmoid", "Tanh", "Softplus", "Selu", "Celu"),
)
ATTRIBUTES = (
    *("axis", "alpha", "beta", "gamma", "to", "transA", "transB", "value", "value_float", "start"),
    *("end", "epsilon", "momentum", "training_mode", "approximate", "allowzero", "\x00", ""),
)


def bend_graph(file: Any, rng: random.Random) -> bytes:
    """Change an ONNX file where it has a structure."""
    graph, change = file.graph, rng.random()
    names = [name for node in graph.node for name in (*node.input, *node.output)]
    names += [*(tensor.name for tensor in graph.initializer), "x", "y", ""]
    node = rng.choice(graph.node) if graph.node else graph.node.add()
    if change < 0.1:
        node.op_type = rng.choice(OPERATIONS)
    elif change < 0.25 and node.input:
        node.input[rng.randrange(len(node.input))] = rng.choice(names)
    elif change < 0.3 and node.output:
        node.output[rng.randrange(len(node.output))] = rng.choice(names)
    elif change < 0.35:
        rng.choice((node.input.append, node.output.append))(rng.choice(names))
    elif change < 0.5:
        insert_operation(graph, node, rng.choice(OPERATIONS), names, rng)
    elif change < 0.7 and graph.initializer:
        bend_tensor(rng.choice(graph.initializer), rng)
    elif change < 0.75:
        graph.node.add().CopyFrom(node)
    elif change < 0.8:
        graph.node.remove(node)
    elif change < 0.87 and graph.input:
        tensor = graph.input[0].type.tensor_type
        tensor.elem_type = rng.choice((1, 1, 1, 11, rng.randrange(25)))
        tensor.shape.ClearField("dim")
        for _ in range(rng.randrange(4)):
            tensor.shape.dim.add().dim_value = rng.choice(SIZES)
    elif change < 0.9 and file.opset_import:
        file.opset_import[0].version = rng.choice((-1, 0, 12, 13, 17, 23, 10**6))
    else:
        if not node.attribute or rng.random() < 0.5:
            node.attribute.add(name=rng.choice(ATTRIBUTES))
        attribute = rng.choice(node.attribute)
        attribute.type = rng.choice((attribute.type, attribute.type, 1, 2, 3, 4, 5, 6, 7))
        attribute.i = rng.choice((0, 1, 2, 5, -1, -(2**63), 2**63 - 1))
        attribute.f = rng.choice((0.0, 1.0, -1.0, 1e38, float("nan"), float("inf")))
        attribute.s = rng.choice((b"", b"tanh", b"\xff"))
    return bytes(file.SerializeToString())


def insert_operation(
    graph: Any, node: Any, operation: str, names: list[str], rng: random.Random
) -> None:
    """Put an operation before another one, which takes its output."""
    if not node.input:
        return
    inputs = [node.input[0], *rng.choices(names, k=rng.choice((0, 1, 1, 2, 4)))]
    new = type(node)(op_type=operation, input=inputs, output=[f"new{rng.randrange(10**9)}"])
    place = list(graph.node).index(node)
    node.input[0] = new.output[0]
    after = [type(node).FromString(other.SerializeToString()) for other in graph.node]
    del graph.node[:]
    graph.node.extend([*after[:place], new, *after[place:]])


def bend_tensor(tensor: Any, rng: random.Random) -> None:
    """Let an array claim another shape, type or place, or hold other bytes."""
    action = rng.random()
    if action < 0.3:
        tensor.dims[:] = rng.choices(SIZES, k=rng.randrange(4))
    elif action < 0.4:
        tensor.dims[:] = list(tensor.dims)[::-1]
    elif action < 0.5:
        tensor.data_type = rng.randrange(25)
    elif action < 0.7:
        content = bytearray(tensor.raw_data)
        if content:
            place = rng.randrange(len(content)) // 4 * 4
            content[place : place + 4] = rng.choice(
                (b"\x00\x00\xc0\x7f", b"\x00\x00\x80\x7f", b"\xff" * 4, bytes(4))
            )
        tensor.raw_data = bytes(content)
    elif action < 0.8:
        tensor.raw_data = bend_bytes(tensor.raw_data, rng)
    elif action < 0.9:
        tensor.ClearField("raw_data")
        getattr(tensor, rng.choice(("float_data", "int64_data", "int32_data"))).extend([1, 2])
    else:
        tensor.data_location = 1
        location = rng.choice(("/etc/passwd", "../x", "input", ".", "", "\x00", "input.onnx"))
        tensor.external_data.add(key="location", value=location)
        tensor.external_data.add(key="offset", value=rng.choice(("0", "-1", "x", "9" * 5000)))


def bend_protobuf(data: bytes, rng: random.Random) -> bytes:
    """Change one field, at any depth, and make the lengths around it right."""
    try:
        fields = protobuf_fields(data)
    except (IndexError, ValueError):
        return bend_bytes(data, rng)
    if not fields:
        return data
    place = rng.randrange(len(fields))
    number, kind, content = fields[place]
    change = rng.random()
    if kind == 2 and content and change < 0.75:
        fields[place] = (number, kind, bend_protobuf(content, rng))
    elif change < 0.8:
        fields[place] = (rng.choice((number, rng.randrange(1, 30))), rng.choice((0, 2)), content)
    elif change < 0.87:
        del fields[place]
    elif change < 0.93:
        fields.insert(rng.randrange(len(fields)), fields[place])
    else:
        fields[place] = rng.choice(fields)
    result = b""
    for number, kind, content in fields:
        result += varint(number << 3 | kind)
        result += varint(len(content)) + content if kind == 2 else content
    return result


def protobuf_fields(data: bytes) -> list[tuple[int, int, bytes]]:
    """Return the fields of a protobuf message: number, kind, and content as it is there.

    Raises
    ------
    IndexError, ValueError
        If it isn't one.
    """
    fields, place = [], 0
    while place < len(data):
        key, place = read_varint(data, place)
        start, kind = place, key & 7
        if kind == 0:
            _, place = read_varint(data, place)
        elif kind in (1, 5):
            place += 8 if kind == 1 else 4
        elif kind == 2:
            length, start = read_varint(data, place)
            place = start + length
        else:
            raise ValueError("no such kind")
        if place > len(data):
            raise ValueError("it is cut short")
        fields.append((key >> 3, kind, data[start:place]))
    return fields


def read_varint(data: bytes, place: int) -> tuple[int, int]:
    """Return the number that begins there, and the place behind it."""
    number = shift = 0
    while True:
        byte = data[place]
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return number, place


def varint(number: int) -> bytes:
    """Return a number as protobuf writes it."""
    content = bytearray()
    while number > 127:
        content.append(number & 127 | 128)
        number >>= 7
    return bytes([*content, number])
