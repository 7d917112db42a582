"""ONNX: a format in which browsers, phones and servers run models.

An ONNX file contains a graph: nodes, each an operation with named inputs and outputs, and the
arrays that they use. A tinynet model is written as a chain of nodes. Such a chain can be read back,
whether tinynet wrote it or another library, such as one of PyTorch's exporters from an MLP.

To add an activation, add a line to `SINGLE` or to `COMPOSED`. A layer with arrays takes a function
in `WRITERS` and one in `READERS`.
"""

import contextlib
import os
import reprlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import pi, prod
from typing import Any, NamedTuple

import numpy as np

from tinynet import layers
from tinynet._internal.checks import check_built, check_finite, check_path
from tinynet._internal.names import known_keywords
from tinynet._internal.saving.npz import MAX_BYTES, DamagedError
from tinynet.exchange.files import (
    NoCounterpartError,
    Path,
    check_saved,
    check_variances,
    converted,
    import_package,
    named,
    read_file,
    shortest,
    write_file,
)
from tinynet.layers import Layer
from tinynet.layers.normalization import SMALLEST, kept_axes
from tinynet.models import Sequential

OPSET = 17
OLDEST_OPSET = 13  # the first with today's softmax
IR_VERSION = 8  # of ONNX 1.10 and newer
MAX_NODES = 5000
MAX_AXES = 32
MAX_SPREAD = 1_000_000  # entries that one number in a file may be broadcast to
MAX_USES = 16  # of each array in a file, on average: exporters write equal arrays once
DTYPES = {"float32": 1, "float64": 11}  # their numbers in ONNX


class Single(NamedTuple):
    """A layer without arrays, and the equivalent operation.

    Attributes
    ----------
    ours : type
        The layer in tinynet.
    operation : str
        The operation in ONNX.
    arguments : dict of str to (str, float)
        The arguments of the layer: the name and the default of each in ONNX.
    fixed : dict of str to (float, float)
        Attributes in ONNX whose value is fixed in tinynet: this value, and the default in ONNX.
    """

    ours: Callable[..., Layer]
    operation: str
    arguments: Mapping[str, tuple[str, float]] = {}
    fixed: Mapping[str, tuple[float, float]] = {}


SINGLE = (
    Single(layers.ReLU, "Relu"),
    Single(layers.Sigmoid, "Sigmoid"),
    Single(layers.Tanh, "Tanh"),
    Single(layers.LeakyReLU, "LeakyRelu", {"negative_slope": ("alpha", 0.01)}),
    Single(layers.ELU, "Elu", {"alpha": ("alpha", 1.0)}),
    Single(layers.CELU, "Celu", {"alpha": ("alpha", 1.0)}),
    Single(
        layers.SELU, "Selu", fixed={"alpha": (1.6732632, 1.6732632), "gamma": (1.050701, 1.050701)}
    ),
    Single(layers.Softplus, "Softplus"),
    Single(layers.Softsign, "Softsign"),
    Single(layers.Exponential, "Exp"),
    Single(layers.HardSigmoid, "HardSigmoid", fixed={"alpha": (1 / 6, 0.2), "beta": (0.5, 0.5)}),
    Single(layers.HardSiLU, "HardSwish"),
    Single(layers.Softmax, "Softmax", fixed={"axis": (-1, -1)}),
    Single(layers.LogSoftmax, "LogSoftmax", fixed={"axis": (-1, -1)}),
    Single(layers.Flatten, "Flatten", fixed={"axis": (1, 1)}),
)


class Composed(NamedTuple):
    """An activation that is written as several operations.

    Attributes
    ----------
    ours : type
        The layer in tinynet.
    steps : tuple of (str, tuple)
        The operations in ONNX and the inputs of each: ``"x"`` is the input of the activation, an
        int the output of that step, and a float a constant.
    arguments : dict of str to object
        The arguments of the layer in this form.
    """

    ours: Callable[..., Layer]
    steps: tuple[tuple[str, tuple[Any, ...]], ...]
    arguments: Mapping[str, Any] = {}


COMPOSED = (
    Composed(layers.SiLU, (("Sigmoid", ("x",)), ("Mul", ("x", 0)))),
    Composed(
        layers.GELU,
        (
            ("Div", ("x", 2**0.5)),
            ("Erf", (0,)),
            ("Add", (1, 1.0)),
            ("Mul", ("x", 2)),
            ("Mul", (3, 0.5)),
        ),
        {"approximate": False},
    ),
    Composed(
        layers.GELU,
        (
            ("Mul", ("x", "x")),
            ("Mul", (0, "x")),
            ("Mul", (1, 0.044715)),
            ("Add", ("x", 2)),
            ("Mul", (3, (2 / pi) ** 0.5)),
            ("Tanh", (4,)),
            ("Add", (5, 1.0)),
            ("Mul", ("x", 6)),
            ("Mul", (7, 0.5)),
        ),
        {"approximate": True},
    ),
    Composed(layers.Mish, (("Softplus", ("x",)), ("Tanh", (0,)), ("Mul", ("x", 1)))),
    Composed(layers.LogSigmoid, (("Neg", ("x",)), ("Softplus", (0,)), ("Neg", (1,)))),
    Composed(layers.TanhShrink, (("Tanh", ("x",)), ("Sub", ("x", 0)))),
    Composed(layers.ReLU6, (("Clip", ("x", 0.0, 6.0)),)),
    Composed(layers.HardTanh, (("Clip", ("x", -1.0, 1.0)),)),
)

# Equivalent forms that other libraries write.
ALSO_READ = (
    Composed(layers.ReLU, (("Clip", ("x", 0.0)),)),
    Composed(
        layers.GELU,
        (
            ("Div", ("x", 2**0.5)),
            ("Erf", (0,)),
            ("Add", (1, 1.0)),
            ("Mul", (2, 0.5)),
            ("Mul", ("x", 3)),
        ),
        {"approximate": False},
    ),
    Composed(
        layers.GELU,
        (
            ("Pow", ("x", 3.0)),
            ("Mul", (0, 0.044715)),
            ("Add", ("x", 1)),
            ("Mul", (2, (2 / pi) ** 0.5)),
            ("Tanh", (3,)),
            ("Add", (4, 1.0)),
            ("Mul", (5, 0.5)),
            ("Mul", ("x", 6)),
        ),
        {"approximate": True},
    ),
    Composed(layers.LogSigmoid, (("Sigmoid", ("x",)), ("Log", (0,)))),
    # Beyond 20, log(1 + exp(x)) is x in float32.
    Composed(
        layers.Softplus, (("Softplus", ("x",)), ("Greater", ("x", 20.0)), ("Where", (1, "x", 0)))
    ),
    Composed(layers.Softsign, (("Abs", ("x",)), ("Add", (0, 1.0)), ("Div", ("x", 1)))),
)


# ------------------------------------------------------------------------------------- writing


@known_keywords
def to_onnx(model: Sequential, path: Path) -> None:
    """Write a model to an ONNX file (operator set 17), for prediction.

    The input is called ``x`` and has the shape (N, ...) for any N. The output is called ``y``. Both
    have the dtype of the model. Dropout is written as ONNX's Dropout, which does nothing in
    prediction.

    Parameters
    ----------
    model : Sequential
        A built model.
    path : str or path
        The file, such as ``"m.onnx"``.

    Raises
    ------
    ImportError
        If the package onnx is missing.
    NoCounterpartError
        If ONNX has no such layer. It is a ValueError.
    OSError
        If the file can't be written. An existing file is then left unchanged.
    """
    onnx = import_package("onnx", "ONNX files")
    check_built(model)
    with model.reading():
        write_model(onnx, model, path)


def write_model(onnx: Any, model: Sequential, path: Path) -> None:
    """Write a model that no other thread is training."""
    check_saved(model)
    graph = _Graph(onnx, model.dtype)
    y = "x"
    for layer in model.layers:
        y = graph.add_layer(layer, y)
    if y == "x":
        y = graph.node("Identity", ["x"])
    graph.nodes[-1].output[0] = "y"
    kind = DTYPES[model.dtype.name]
    shape = model.layers[0].input_shape or ()
    x_info = onnx.helper.make_tensor_value_info("x", kind, ["N", *shape])
    y_info = onnx.helper.make_tensor_value_info("y", kind, ["N", *output_shape(model)])
    body = onnx.helper.make_graph(graph.nodes, model.name, [x_info], [y_info], graph.arrays)
    opset = onnx.helper.make_opsetid("", OPSET)
    file = onnx.helper.make_model(body, opset_imports=[opset], producer_name="tinynet")
    file.ir_version = IR_VERSION

    def trial(content: bytes) -> None:
        """Refuse a file that gives other outputs than the model."""
        x = np.random.default_rng(0).normal(size=(3, *model.input_shapes[0])).astype(model.dtype)
        with np.errstate(all="ignore"):
            y, again = model.predict(x), read_model(onnx, content, path).predict(x)
        if not np.allclose(y, again, rtol=1e-3, atol=1e-5 * np.abs(y).max(), equal_nan=True):
            raise ValueError("it would give other outputs")

    write_file(path, file.SerializeToString(), trial)


def output_shape(model: Sequential) -> tuple[int, ...]:
    """Return the shape of the output for one example."""
    shape = model.layers[0].input_shape or ()
    for layer in model.layers:
        shape = layer.output_shape(shape)
    return shape


class _Graph:
    """The nodes and arrays of a graph under construction."""

    def __init__(self, onnx: Any, dtype: np.dtype) -> None:
        self.onnx, self.dtype = onnx, dtype
        self.nodes: list[Any] = []
        self.arrays: list[Any] = []

    def add_layer(self, layer: Layer, x: str) -> str:
        """Add a layer with the input `x`. Return the name of its output."""
        for row in SINGLE:
            if type(layer) is row.ours:
                if row.ours is layers.CELU and self.dtype != np.float32:
                    raise NoCounterpartError(
                        f"ONNX has no Celu in {self.dtype}: write a copy, model.copy('float32')."
                    )
                given = {theirs: getattr(layer, own) for own, (theirs, _) in row.arguments.items()}
                given |= {name: value for name, (value, _) in row.fixed.items()}
                return self.node(row.operation, [x], **given)
        for form in COMPOSED:
            own = {name: getattr(layer, name) for name in form.arguments if hasattr(layer, name)}
            if type(layer) is form.ours and own == form.arguments:
                return self.compose(form, x)
        if type(layer) not in WRITERS:
            raise NoCounterpartError(
                f"to_onnx has no counterpart to {layer.name}, a layer of class "
                f"{type(layer).__name__}."
            )
        return WRITERS[type(layer)](self, layer, x)

    def node(self, operation: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add an operation. Return the name of its output."""
        output = f"{operation.lower()}_{len(self.nodes)}"
        node = self.onnx.helper.make_node(operation, [*inputs], [output], **attributes)
        self.nodes.append(node)
        return output

    def compose(self, form: Composed, x: str) -> str:
        """Add the operations of an activation. Return the name of its output."""
        made: list[str] = []
        for operation, inputs in form.steps:
            names = []
            for value in inputs:
                if isinstance(value, float):
                    names.append(self.array(f"constant_{len(self.arrays)}", value))
                else:
                    names.append(x if value == "x" else made[value])
            made.append(self.node(operation, names))
        return made[-1]

    def array(self, name: str, value: Any, dtype: Any = None) -> str:
        """Add an array. Return its name."""
        value = np.ascontiguousarray(value, dtype=dtype or self.dtype).reshape(np.shape(value))
        check_finite(value, name)
        self.arrays.append(self.onnx.numpy_helper.from_array(value, name))
        return name


def _write_dense(graph: _Graph, layer: Any, x: str) -> str:
    W = graph.array(f"{layer.name}.W", layer.W)
    if layer.use_bias:
        y = graph.node("Gemm", [x, W, graph.array(f"{layer.name}.b", layer.b)])
    else:
        y = graph.node("MatMul", [x, W])
    for activation in layer.parts()[1:]:
        y = graph.add_layer(activation, y)
    return y


def _write_dropout(graph: _Graph, layer: Any, x: str) -> str:
    rate = graph.array(f"{layer.name}.rate", layer.rate, np.float64)
    return graph.node("Dropout", [x, rate])


def _write_normalization(graph: _Graph, layer: Any, x: str) -> str:
    # Mean and variance are stored in float64, and the deviation is computed as in the layer.
    if layer.invert:
        raise NoCounterpartError(
            f"to_onnx doesn't write {layer.name}, which undoes a normalization."
        )
    shape: tuple[int, ...] = ()
    if np.ndim(layer.mean) or np.ndim(layer.variance):
        kept = kept_axes((-1,) if layer.axis is None else layer.axis, 1 + len(layer.input_shape))
        shape = tuple(n if k in kept else 1 for k, n in enumerate(layer.input_shape, start=1))
    mean, variance = (
        graph.array(
            f"{layer.name}.{name}",
            np.broadcast_to(np.reshape(value, shape if np.ndim(value) else ()), shape),
            np.float64,
        )
        for name, value in (("mean", layer.mean), ("variance", layer.variance))
    )
    least = graph.array(f"{layer.name}.least", SMALLEST, np.float64)
    deviation = graph.node("Max", [graph.node("Sqrt", [variance]), least])
    kind = DTYPES[graph.dtype.name]
    shifted = graph.node("Sub", [x, graph.node("Cast", [mean], to=kind)])
    return graph.node("Div", [shifted, graph.node("Cast", [deviation], to=kind)])


def _write_activation(graph: _Graph, layer: Any, x: str) -> str:
    for activation in layer.parts():
        x = graph.add_layer(activation, x)
    return x


def _write_rescaling(graph: _Graph, layer: Any, x: str) -> str:
    scale = graph.array(f"{layer.name}.scale", layer.scale, np.float64)
    offset = graph.array(f"{layer.name}.offset", layer.offset, np.float64)
    kind = DTYPES[graph.dtype.name]
    scaled = graph.node("Mul", [x, graph.node("Cast", [scale], to=kind)])
    return graph.node("Add", [scaled, graph.node("Cast", [offset], to=kind)])


def _write_reshape(graph: _Graph, layer: Any, x: str) -> str:
    sizes = [-1, *layer.output_shape(layer.input_shape)]
    return graph.node("Reshape", [x, graph.array(f"{layer.name}.shape", sizes, np.int64)])


def _write_batch_normalization(graph: _Graph, layer: Any, x: str) -> str:
    if len(layer.input_shape) != 1:
        raise NoCounterpartError(f"to_onnx writes {layer.name} only after rows of features.")
    arrays = [layer.moving_mean, layer.moving_variance]
    gamma = layer.gamma if layer.scale else np.ones_like(arrays[0])
    beta = layer.beta if layer.center else np.zeros_like(arrays[0])
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    inputs = [
        graph.array(f"{layer.name}.{name}", array)
        for name, array in zip(names, (gamma, beta, *arrays), strict=True)
    ]
    given = {"epsilon": layer.epsilon, "momentum": layer.momentum}
    return graph.node("BatchNormalization", [x, *inputs], **given)


def _write_layer_normalization(graph: _Graph, layer: Any, x: str) -> str:
    features = layer.input_shape[-1:]
    gamma = layer.gamma if layer.scale else np.ones(features)
    beta = layer.beta if layer.center else np.zeros(features)
    inputs = [graph.array(f"{layer.name}.gamma", gamma), graph.array(f"{layer.name}.beta", beta)]
    return graph.node("LayerNormalization", [x, *inputs], axis=-1, epsilon=layer.epsilon)


# Layers that do nothing in prediction.
TRAINING_ONLY = (
    *(layers.ActivityRegularization, layers.AlphaDropout, layers.GaussianDropout),
    *(layers.GaussianNoise, layers.Identity),
)
WRITERS: dict[type[Layer], Callable[[_Graph, Any, str], str]] = {
    layers.Activation: _write_activation,
    layers.BatchNormalization: _write_batch_normalization,
    layers.Dense: _write_dense,
    layers.Dropout: _write_dropout,
    layers.LayerNormalization: _write_layer_normalization,
    layers.PReLU: lambda graph, layer, x: graph.node(
        "PRelu", [x, graph.array(f"{layer.name}.alpha", layer.alpha)]
    ),
    layers.Rescaling: _write_rescaling,
    layers.Reshape: _write_reshape,
    layers.Normalization: _write_normalization,
    **dict.fromkeys(TRAINING_ONLY, lambda graph, layer, x: graph.node("Identity", [x])),
}


# ------------------------------------------------------------------------------------- reading


@known_keywords
def from_onnx(path: Path) -> Sequential:
    """Read a model from an ONNX file (operator set 13 or newer).

    The file must contain a chain of operations that have counterparts in tinynet: Gemm, or MatMul
    and Add; Flatten and Reshape; Dropout; Softmax, the activations and the normalizations. An
    activation becomes a separate layer.

    Parameters
    ----------
    path : str or path
        The file. Large arrays may be in a second file in the same folder, as PyTorch's exporter
        writes them.

    Returns
    -------
    Sequential
        Built, not compiled.

    Raises
    ------
    ImportError
        If the package onnx is missing.
    OSError
        If there is no such file, or it can't be read.
    ValueError
        If it isn't an ONNX file, is damaged, or has an operation without a counterpart.
    """
    onnx = import_package("onnx", "ONNX files")
    with named(path, "an ONNX file"):
        return read_model(onnx, read_file(path), path)


def read_model(onnx: Any, content: bytes, path: Path) -> Sequential:
    """Read a model from the content of a file."""
    if not content:
        raise DamagedError("it is empty")
    try:
        file = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf raises several kinds
        raise DamagedError("its content can't be decoded") from error
    return _Chain(onnx, file, os.path.dirname(os.path.realpath(check_path(path)))).model()


class _Chain:
    """The operations of a graph, followed from its input to its output."""

    def __init__(self, onnx: Any, file: Any, folder: str) -> None:
        self.onnx, self.folder, graph = onnx, folder, file.graph
        self.check_version(file)
        self.constants: dict[str, np.ndarray] = {}
        self.made: dict[str, tuple[str, str]] = {}  # how constants were computed: operation, input
        self.of_shapes: dict[str, np.ndarray] = {}  # values computed from a shape, with 0 for N
        self.steps: list[tuple[Layer, list[np.ndarray]]] = []
        self.means: list[Any] = []  # of normalizations whose division isn't read yet
        self.nodes = list(graph.node)
        self.name = graph.name
        if len(self.nodes) > MAX_NODES or graph.sparse_initializer:
            raise NoCounterpartError(f"it has {len(self.nodes)} operations, or sparse arrays")
        check_names(graph)
        self.budget = file.ByteSize()
        for tensor in graph.initializer:
            if tensor.name in self.constants:
                raise DamagedError(f"it has two arrays called {tensor.name!r:.60}")
            self.constants[tensor.name] = self.to_array(tensor)
        inputs = [value for value in graph.input if value.name not in self.constants]
        if len(inputs) != 1 or len(graph.output) != 1:
            names = ", ".join(repr(value.name) for value in (*inputs, *graph.output)[:8])
            raise NoCounterpartError(
                f"it must have one input and one output, and has {len(inputs)} and "
                f"{len(graph.output)}: {names:.200}"
            )
        self.output, self.current = graph.output[0].name, inputs[0].name
        self.numbers = sum(value.size for value in self.constants.values())
        self.used = self.folded = 0
        tensor = inputs[0].type.tensor_type
        self.dtype = self.float_dtype(tensor.elem_type)
        sizes = [dimension.dim_value for dimension in tensor.shape.dim]
        if not 2 <= len(sizes) <= MAX_AXES or min(sizes[1:]) < 1:
            raise NoCounterpartError(
                f"its input must have a known shape (N, ...), and has {reprlib.repr(sizes)}"
            )
        self.batch = sizes[0]  # 0 for any number of examples
        self.input_shape: tuple[int, ...] = tuple(sizes[1:])
        self.shape = self.input_shape
        self.shapes = {self.current: self.shape}  # of one example, by the value's name

    def check_version(self, file: Any) -> None:
        """Raise an error for an operator set that is too old."""
        versions = {opset.domain: opset.version for opset in file.opset_import}
        version = versions.get("", versions.get("ai.onnx", 0))
        if version < OLDEST_OPSET:
            raise NoCounterpartError(
                f"it has operator set {version}, and tinynet reads {OLDEST_OPSET} and newer"
            )

    def float_dtype(self, number: Any) -> str:
        """Return the dtype with that number in ONNX, if tinynet supports it."""
        names = [name for name, known in DTYPES.items() if known == number]
        if not names:
            types = self.onnx.TensorProto.DataType
            name = types.Name(number) if number in types.values() else "an unknown type"
            raise NoCounterpartError(f"it computes in {name}, and tinynet in float32 or float64")
        return names[0]

    def before(self, name: str, *operations: str) -> np.ndarray | None:
        """Return the value from which these operations computed a constant, the last one first.

        There may be casts between them. Return None if other operations did.
        """
        for operation in operations:
            while self.made.get(name, ("", ""))[0] == "Cast":
                name = self.made[name][1]
            if self.made.get(name, ("", ""))[0] != operation:
                return None
            name = self.made[name][1]
        while self.made.get(name, ("", ""))[0] == "Cast":
            name = self.made[name][1]
        return self.constants[name]

    def to_array(self, tensor: Any) -> np.ndarray:
        """Return an array after checking that its shape fits its bytes."""
        shape = tuple(tensor.dims)
        try:
            dtype = np.dtype(self.onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type))
        except (KeyError, TypeError, ValueError):
            raise DamagedError(f"{tensor.name!r} in it is of no known dtype") from None
        if dtype.kind not in "fiub" or dtype.isbuiltin != 1 or min(shape, default=1) < 0:
            raise DamagedError(f"{tensor.name!r} in it is not an array of numbers")
        if tensor.data_location == self.onnx.TensorProto.EXTERNAL:
            return self.read_beside(tensor, shape, dtype)
        if prod(shape) * dtype.itemsize > 8 * self.budget:
            raise DamagedError(f"{tensor.name!r} claims the shape {shape}, more than the file has")
        try:
            return np.asarray(self.onnx.numpy_helper.to_array(tensor)).reshape(shape)
        except Exception as error:  # the package onnx raises several kinds
            raise DamagedError(f"{tensor.name!r} doesn't have the shape {shape}") from error

    def read_beside(self, tensor: Any, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Read an array from a second file in the same folder."""
        entries = {entry.key: entry.value for entry in tensor.external_data}
        name, size = entries.get("location", ""), prod(shape) * dtype.itemsize
        if not name or name != os.path.basename(name) or name.startswith(".") or "\\" in name:
            raise DamagedError(f"{reprlib.repr(name)} isn't the name of a file beside it")
        place = os.path.join(self.folder, name)
        if os.path.islink(place) or not os.path.isfile(place):
            raise DamagedError(f"{name!r}, which belongs to it, isn't there")
        try:
            start = int(entries.get("offset", 0))
            length = int(entries.get("length", size))
        except ValueError:
            raise DamagedError(f"{tensor.name!r} has no place in {name!r}") from None
        self.budget += size
        if self.budget > MAX_BYTES:
            raise DamagedError(f"its arrays have more than {MAX_BYTES} bytes")
        if length != size or not 0 <= start <= start + size <= os.path.getsize(place):
            raise DamagedError(f"{tensor.name!r} doesn't fit into {name!r}")
        with open(place, "rb") as file:
            file.seek(start)
            data = file.read(size)
        return np.frombuffer(data, dtype.newbyteorder("<")).astype(dtype).reshape(shape)

    # ----------------------------------------------------------------- following the chain

    def model(self) -> Sequential:
        """Return the model that the graph describes."""
        for node in self.grouped():
            if isinstance(node, tuple):
                self.append(node[0].ours(**node[0].arguments))
                self.advance(node[1])
                continue
            if node.domain not in ("", "ai.onnx") or len(node.output) < 1:
                raise NoCounterpartError(f"tinynet has no counterpart to {node.op_type!r:.60}")
            if not self.fold(node):
                self.read(node)
        if self.current != self.output:
            raise NoCounterpartError("its operations must form one chain from input to output")
        if not self.steps:
            raise NoCounterpartError("it has no operation that tinynet has a layer for")
        model = Sequential([layer for layer, _ in self.steps], dtype=self.dtype)
        model.name = self.name if self.name.isprintable() and self.name else model.name
        model.build((None, *self.input_shape))
        for layer, (_, arrays) in zip(model.layers, self.steps, strict=True):
            own = list(layer.parameters.values()) + list(getattr(layer, "states", {}).values())
            for value, array in zip(own, arrays, strict=True):
                value[...] = converted(array, self.dtype, f"weights of {layer.name}")
        check_variances(model.layers)
        return model

    def grouped(self) -> Iterator[Any]:
        """Yield the operations. Those that form an activation are yielded as it and its output."""
        nodes = []
        for node in self.nodes:  # constants first, so that an activation's operations are adjacent
            if node.op_type == "Constant":
                yield node
            else:
                nodes.append(node)
        start = 0
        while start < len(nodes):
            for form in (*COMPOSED, *ALSO_READ):
                part = nodes[start : start + len(form.steps)]
                if self.is_form(form, part):
                    yield form, part[-1].output[0]
                    start += len(part)
                    break
            else:
                yield nodes[start]
                start += 1

    def is_form(self, form: Composed, part: list[Any]) -> bool:
        """Return whether these operations are an activation of the current value."""
        if [node.op_type for node in part] != [operation for operation, _ in form.steps]:
            return False
        made = [node.output[0] if node.output else "" for node in part]
        for node, (operation, inputs) in zip(part, form.steps, strict=True):
            found = [self.value_of(name) for name in node.input]
            wanted = [
                self.current if v == "x" else made[v] if isinstance(v, int) else v for v in inputs
            ]
            wanted += [""] * (len(found) - len(wanted))  # inputs that are left out
            either = [wanted, wanted[::-1]] if operation in ("Mul", "Add") else [wanted]
            if not any(all(map(alike, found, way)) and len(found) == len(way) for way in either):
                return False
        return True

    def value_of(self, name: str) -> Any:
        """Return the number if this is a constant with one entry, otherwise the name."""
        value = self.constants.get(name)
        number = value is not None and value.size == 1 and value.ndim <= len(self.shape) + 1
        return value.item() if value is not None and number else name

    def fold(self, node: Any) -> bool:
        """Evaluate an operation that doesn't depend on the input. Return False if it does."""
        output = node.output[0]
        if node.op_type == "Constant":
            values = [attribute for attribute in node.attribute if attribute.name == "value"]
            if not values:
                given = {a.name: a for a in node.attribute}
                found = [given[name] for name in NUMBERS if name in given]
                if not found:
                    raise NoCounterpartError("it has a constant that is no array")
                self.constants[output] = np.array(NUMBERS[found[0].name](found[0]))
            else:
                self.constants[output] = self.to_array(values[0].t)
            self.numbers += self.constants[output].size
            return True
        known = [name for name in node.input if name]
        if node.op_type in FOLDED and known and all(name in self.constants for name in known):
            values = [self.constants[name] for name in known]
            function, count = FOLDED[node.op_type]
            if len(values) != count or min(value.size for value in values) > 1 < count:
                raise NoCounterpartError(f"it computes with constants, by {node.op_type!r}")
            with np.errstate(all="ignore"):
                value = np.asarray(function(*values))
                if node.op_type == "Cast":
                    value = value.astype(self.float_dtype(self.attributes(node).get("to")))
            self.folded += value.nbytes
            if self.folded > MAX_USES * self.budget + MAX_SPREAD:
                raise NoCounterpartError("it computes with constants again and again")
            self.constants[output] = value
            self.made[output] = (node.op_type, known[0])
            return True
        takes_shape = any(name in self.of_shapes for name in known)
        if node.op_type == "Shape" or (takes_shape and node.op_type != "Reshape"):
            self.of_shapes[output] = self.of_shape(node)
            return True
        return False

    def of_shape(self, node: Any) -> np.ndarray:
        """Return the result of an operation on a value's shape."""
        given = self.attributes(node)
        if node.op_type == "Shape":
            shape = self.shapes.get(node.input[0] if node.input else "")
            if shape is None:
                raise NoCounterpartError("its operations must form one chain from input to output")
            whole = np.array([0, *shape], np.int64)
            return whole[given.get("start", 0) : given.get("end", len(whole))]
        of_shapes = OF_SHAPES.get(node.op_type)
        parts = [self.of_shapes.get(name, self.constants.get(name)) for name in node.input if name]
        parts = [part for part in parts if part is not None]
        if of_shapes is None or len(parts) < len(node.input) or given.get("axis", 0) != 0:
            raise NoCounterpartError(f"it computes with a shape, by {node.op_type!r:.60}")
        with contextlib.suppress(IndexError, TypeError, ValueError):
            value = np.asarray(of_shapes(*parts))
            if value.size <= MAX_AXES:
                return value
        raise DamagedError(f"it computes with a shape, by a {node.op_type} whose result isn't one")

    def read(self, node: Any) -> None:
        """Append the layer that is equivalent to an operation."""
        operation, data = node.op_type, [name for name in node.input if name]
        varying = [
            name for name in data if name not in self.constants and name not in self.of_shapes
        ]
        if data and not varying:
            raise NoCounterpartError(f"it computes with constants, by {operation!r:.60}")
        if varying != [self.current]:
            raise NoCounterpartError("its operations must form one chain from input to output")
        for row in SINGLE:
            if row.operation == operation:
                self.append(self.read_single(row, node))
                break
        else:
            if operation == "Clip":
                raise NoCounterpartError(
                    "it has a Clip that isn't from 0 up, from 0 to 6 or from -1 to 1"
                )
            if operation not in READERS:
                raise NoCounterpartError(
                    f"tinynet has no counterpart to ONNX's operation {operation!r:.60}"
                )
            READERS[operation](self, node)
        self.advance(node.output[0])

    def advance(self, name: str) -> None:
        """Continue with an operation's output."""
        self.current = name
        self.shapes[name] = self.shape

    def read_single(self, row: Single, node: Any) -> Layer:
        """Return the layer that is equivalent to a single operation."""
        given = self.attributes(node)
        for name, (value, default) in row.fixed.items():
            found = given.get(name, default)
            last = name == "axis" and value == -1 and found == len(self.shape)
            if abs(found - value) > 1e-6 * abs(value) and not last:
                raise NoCounterpartError(
                    f"tinynet has no counterpart to {name}={shortest(found):g} of {row.operation}"
                )
        arguments = {
            own: shortest(given.get(theirs, default))
            for own, (theirs, default) in row.arguments.items()
        }
        return row.ours(**arguments)

    def append(self, layer: Layer, *arrays: np.ndarray) -> None:
        """Append a layer with its arrays."""
        self.use(*arrays)
        self.shape = layer.output_shape(self.shape)
        self.steps.append((layer, list(arrays)))

    def use(self, *arrays: np.ndarray) -> None:
        """Count the entries that layers take from the file. Several may share an array."""
        self.used += sum(array.size for array in arrays)
        if self.used > MAX_USES * self.numbers + MAX_SPREAD:
            raise NoCounterpartError("it uses one array in too many places")

    def attributes(self, node: Any) -> dict[str, Any]:
        """Return the attributes of an operation."""
        found = {a.name: self.onnx.helper.get_attribute_value(a) for a in node.attribute}
        for name, value in found.items():
            if not isinstance(value, int | float) and name != "approximate":
                raise DamagedError(f"{name!r:.40} of its {node.op_type!r:.40} must be a number")
        return found

    def constant(self, node: Any, k: int) -> np.ndarray:
        """Return an operation's k-th input, which must be a constant."""
        name = node.input[k] if k < len(node.input) else ""
        if name not in self.constants:
            raise NoCounterpartError(f"{node.op_type} in it must have constant arrays")
        return self.constants[name]

    def operand(self, node: Any, k: int) -> np.ndarray:
        """Return an operation's k-th input, a constant that gives the result no more axes.

        It is returned without the axis of the batch.
        """
        array = self.constant(node, k)
        if array.ndim == len(self.shape) + 1 and array.shape[0] == 1:
            array = array[0]
        if array.ndim > len(self.shape):
            raise NoCounterpartError(
                f"its {node.op_type} is by an array of another shape than examples have"
            )
        return array

    def spread(self, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Reshape an array to this shape, or broadcast its only entry."""
        if array.size == 1 < prod(shape):
            if prod(shape) > MAX_SPREAD:
                raise DamagedError(f"one number in it stands for an array of shape {shape}")
            return np.full(shape, array.item())
        return array.reshape(shape)

    def features(self, node: Any) -> int:
        """Return the number of features of the current value, which must have rows of features."""
        if len(self.shape) != 1:
            raise NoCounterpartError(
                f"it has a {node.op_type} of examples of shape {self.shape}, and tinynet only of "
                "rows of features"
            )
        return self.shape[0]


def check_names(graph: Any) -> None:
    """Raise DamagedError for names that aren't text and values that two operations compute."""
    values: set[str] = {value.name for value in graph.input}
    values.update(tensor.name for tensor in graph.initializer)
    for node in graph.node:
        attributes = [attribute.name for attribute in node.attribute]
        names = [node.op_type, node.domain, *node.input, *node.output, *attributes]
        # The package onnx gives a name that isn't UTF-8 as bytes, or raises UnicodeDecodeError.
        if not all(isinstance(name, str) for name in names):
            raise DamagedError("a name in it is not UTF-8")
        for name in node.output:
            if name in values:
                raise DamagedError(f"two of its operations compute {name!r:.60}")
            values.add(name)
        values.discard("")  # an output that is left out
    values.update(output.name for output in graph.output)
    if not all(isinstance(name, str) for name in (*values, graph.name)):
        raise DamagedError("a name in it is not UTF-8")


def _read_gemm(chain: _Chain, node: Any) -> None:
    given = chain.attributes(node)
    W = chain.constant(node, 1)
    if given.get("transA", 0) or W.ndim != 2:
        raise NoCounterpartError("it has a Gemm that is no Dense layer")
    W = scaled(W.T if given.get("transB", 0) else W, given.get("alpha", 1.0))
    bias = []
    if len(node.input) > 2 and node.input[2]:
        b = scaled(chain.constant(node, 2), given.get("beta", 1.0))
        bias = [one_row(chain, b, W)]
    _append_dense(chain, node, W, bias)


def one_row(chain: _Chain, b: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Return a bias with one entry for each of a matrix's columns."""
    if b.ndim > 2 or b.size not in (1, W.shape[1]) or b.size not in (1, *b.shape[-1:]):
        raise DamagedError(f"a bias of shape {b.shape} follows a matrix of shape {W.shape}")
    return chain.spread(b, W.shape[1:])


def alike(found: Any, wanted: Any) -> bool:
    """Return whether an input is the expected one: an equal name, or nearly the same number."""
    if isinstance(found, str) or isinstance(wanted, str):
        return bool(found == wanted)
    return bool(abs(found - wanted) <= 1e-6 * max(1.0, abs(wanted)))


def scaled(array: np.ndarray, factor: Any) -> np.ndarray:
    """Multiply by a factor, which is usually 1."""
    with np.errstate(all="ignore"):
        return array if factor == 1 else array * array.dtype.type(factor)


def _read_matmul(chain: _Chain, node: Any) -> None:
    if node.input[0] != chain.current or chain.constant(node, 1).ndim != 2:
        raise NoCounterpartError("it has a MatMul that is no Dense layer")
    _append_dense(chain, node, chain.constant(node, 1), [])


def _append_dense(chain: _Chain, node: Any, W: np.ndarray, bias: list[np.ndarray]) -> None:
    if W.shape[0] != chain.features(node):
        raise DamagedError(
            f"a matrix of shape {W.shape} follows examples of {chain.shape[0]} numbers"
        )
    chain.append(layers.Dense(W.shape[1], use_bias=bool(bias)), W, *bias)


def _read_add(chain: _Chain, node: Any) -> None:
    # The bias of the product before it.
    b = chain.operand(node, 1 if node.input[0] == chain.current else 0)
    last = chain.steps[-1] if chain.steps else None
    if last is not None and isinstance(last[0], layers.Rescaling) and b.size == 1:
        offset = chain.before(node.input[1 if node.input[0] == chain.current else 0])
        value = b.item() if offset is None else offset.item()
        chain.steps[-1] = (layers.Rescaling(last[0].scale, last[0].offset + value), [])
        return
    if last is None or not isinstance(last[0], layers.Dense) or last[0].use_bias:
        raise NoCounterpartError("it has an Add that isn't a Dense layer's bias")
    W = last[1][0]
    b = one_row(chain, b, W)
    chain.use(b)
    chain.steps[-1] = (layers.Dense(W.shape[1]), [W, b])


def _read_sub(chain: _Chain, node: Any) -> None:
    # The first half of a Normalization.
    mean = chain.operand(node, 1)
    exact = chain.before(node.input[1])
    mean = mean if exact is None else exact.reshape(mean.shape)
    chain.append(_normalization(chain, mean, np.array(1.0)))


def _read_div(chain: _Chain, node: Any) -> None:
    # The second half: by the deviation, the root of the variance.
    mean, last = np.array(0.0), chain.steps[-1][0] if chain.steps else None
    if isinstance(last, layers.Normalization) and np.all(last.variance == 1):
        mean = chain.means.pop()
        chain.steps.pop()
    divisor = chain.operand(node, 1)
    if not np.all(divisor >= SMALLEST * (1 - 1e-6)):
        raise NoCounterpartError(f"it has a Div by numbers that aren't {SMALLEST} or more")
    with np.errstate(all="ignore"):
        variance = np.square(divisor.astype(np.float64))
        exact = chain.before(node.input[1], "Max", "Sqrt")
        if exact is not None and np.allclose(
            np.maximum(np.sqrt(exact).reshape(divisor.shape), SMALLEST), divisor, rtol=1e-6, atol=0
        ):
            variance = exact.reshape(divisor.shape)
    chain.append(_normalization(chain, mean, variance))


def _normalization(chain: _Chain, mean: Any, variance: Any) -> Layer:
    shape = (1,) * len(chain.shape)
    try:
        shape = np.broadcast_shapes(mean.shape, variance.shape, shape)
    except ValueError:
        shape = ()
    if len(shape) != len(chain.shape) or any(
        n not in (1, m) for n, m in zip(shape, chain.shape, strict=True)
    ):
        raise NoCounterpartError(
            "it has a Sub or Div by an array of another shape than examples have"
        )
    if prod(shape) > max(mean.size, variance.size):
        raise NoCounterpartError("it has a mean and a deviation along different axes")
    chain.use(mean, variance)
    chain.means.append(mean)
    if prod(shape) == 1:
        return layers.Normalization(None, mean.item(), variance.item())
    axes = tuple(k for k, n in enumerate(shape, start=1) if n > 1)
    axis = -1 if axes == (len(shape),) else axes
    mean, variance = (np.broadcast_to(v, shape).squeeze().astype(float) for v in (mean, variance))
    return layers.Normalization(axis, mean, variance)


def _read_gelu(chain: _Chain, node: Any) -> None:
    approximate = chain.attributes(node).get("approximate", b"none") == b"tanh"
    chain.append(layers.GELU(approximate=approximate))


def _read_mul(chain: _Chain, node: Any) -> None:
    # The first half of a Rescaling, or all of it.
    k = 1 if node.input[0] == chain.current else 0
    chain.operand(node, k)
    scale = chain.before(node.input[k])
    if scale is None or scale.size != 1:
        raise NoCounterpartError("it has a Mul by more than one number")
    chain.append(layers.Rescaling(scale.item()))


def _read_prelu(chain: _Chain, node: Any) -> None:
    alpha = chain.operand(node, 1)
    if alpha.size != 1 and alpha.shape != chain.shape:
        raise NoCounterpartError(f"it has a PRelu whose slopes have the shape {alpha.shape}")
    chain.append(layers.PReLU(), chain.spread(alpha, chain.shape))


def _read_batch_normalization(chain: _Chain, node: Any) -> None:
    given, size = chain.attributes(node), chain.features(node)
    arrays = [chain.constant(node, k) for k in range(1, 5)]
    trains = given.get("training_mode", 0) or len(node.output) > 1  # the mark before version 14
    if trains or any(array.shape != (size,) for array in arrays):
        raise NoCounterpartError("it has a BatchNormalization that isn't one of rows of features")
    layer = layers.BatchNormalization(
        epsilon=shortest(given.get("epsilon", 1e-5)), momentum=shortest(given.get("momentum", 0.9))
    )
    chain.append(layer, *arrays)


def _read_layer_normalization(chain: _Chain, node: Any) -> None:
    given, size = chain.attributes(node), chain.shape[-1]
    gamma = chain.constant(node, 1)
    center = len(node.input) > 2 and bool(node.input[2])
    arrays = [gamma, *([chain.constant(node, 2)] if center else [])]
    last = given.get("axis", -1) in (-1, len(chain.shape))
    if not last or any(array.shape != (size,) for array in arrays):
        raise NoCounterpartError("it has a LayerNormalization over more than the last axis")
    epsilon = shortest(given.get("epsilon", 1e-5))
    chain.append(layers.LayerNormalization(epsilon=epsilon, center=center), *arrays)


def _read_reshape(chain: _Chain, node: Any) -> None:
    # PyTorch's x.view(len(x), -1) computes its shape from that of x; so does x.flatten(1).
    name = node.input[1] if len(node.input) > 1 else ""
    found = chain.of_shapes[name] if name in chain.of_shapes else chain.constant(node, 1)
    sizes = found.ravel().tolist() if found.dtype.kind == "i" else []
    n, shape = prod(chain.shape), sizes[1:]
    if sizes.count(-1) == 1 and -1 in shape:
        rest = -prod(shape)
        shape[shape.index(-1)] = n // rest if rest > 0 else 0
    keeps = 0 < len(sizes) <= MAX_AXES and (sizes[0] in (0, -1) or sizes[0] == chain.batch)
    if not keeps or min(shape, default=0) < 1 or prod(shape) != n:
        raise NoCounterpartError(
            f"it has a Reshape to {reprlib.repr(found.ravel().tolist())} of examples {chain.shape}"
        )
    chain.append(layers.Flatten() if len(shape) == 1 else layers.Reshape(tuple(shape)))


def _read_dropout(chain: _Chain, node: Any) -> None:
    rate = chain.constant(node, 1) if len(node.input) > 1 and node.input[1] else np.array(0.5)
    if len(node.input) > 2 and node.input[2] and chain.constant(node, 2).any():
        raise NoCounterpartError("it has a Dropout that drops in prediction, too")
    if rate.size != 1:
        raise DamagedError(f"a Dropout in it has a rate of shape {rate.shape}")
    chain.append(layers.Dropout(rate.item()))


def _read_cast(chain: _Chain, node: Any) -> None:
    # Nothing, if it is to the type that the numbers have.
    if chain.float_dtype(chain.attributes(node).get("to")) != chain.dtype:
        raise NoCounterpartError("it has a Cast from float32 to float64, or the other way round")


READERS: dict[str, Callable[[_Chain, Any], None]] = {
    "Add": _read_add,
    "BatchNormalization": _read_batch_normalization,
    "Cast": _read_cast,
    "Div": _read_div,
    "Dropout": _read_dropout,
    "Gelu": _read_gelu,
    "Gemm": _read_gemm,
    "Identity": lambda chain, node: None,  # the next operation takes the same value
    "LayerNormalization": _read_layer_normalization,
    "MatMul": _read_matmul,
    "Mish": lambda chain, node: chain.append(layers.Mish()),
    "Mul": _read_mul,
    "PRelu": _read_prelu,
    "Reshape": _read_reshape,
    "Sub": _read_sub,
}

# The attributes of a constant that have its value, and what returns it.
NUMBERS: dict[str, Callable[[Any], Any]] = {
    "value_float": lambda attribute: attribute.f,
    "value_floats": lambda attribute: list(attribute.floats),
    "value_int": lambda attribute: attribute.i,
    "value_ints": lambda attribute: list(attribute.ints),
}

# Operations on shapes, which are lists of sizes, and on single sizes.
OF_SHAPES: dict[str, Callable[..., Any]] = {
    "Cast": np.asarray,
    "Concat": lambda *parts: np.concatenate(parts),
    "Gather": lambda shape, k: shape[k],
    "Identity": np.asarray,
    "Slice": lambda shape, start, end, axis=0, step=1: shape[int(start) : int(end) : int(step)],
    "Squeeze": lambda size, axis=0: np.reshape(size, ()),
    "Unsqueeze": lambda size, axis=0: np.reshape(size, (1,)),
}

# Operations on constants, with their number of inputs.
FOLDED: dict[str, tuple[Callable[..., Any], int]] = {
    "Cast": (np.asarray, 1),
    "Identity": (np.asarray, 1),
    "Max": (np.maximum, 2),
    "Sqrt": (np.sqrt, 1),
}
