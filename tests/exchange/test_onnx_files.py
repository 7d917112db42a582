from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import tinynet as tn
from tests.support.architectures import SINGLE, examples, models, same_bits, single
from tests.support.systems import needs_posix
from tinynet.exchange import NoCounterpartError, from_onnx, onnx_files, to_onnx

onnx = pytest.importorskip("onnx", reason="the extra onnx isn't installed")
evaluator = pytest.importorskip("onnx.reference").ReferenceEvaluator
helper = onnx.helper


def network(
    *stack: tn.layers.Layer, shape: tuple[int, ...] = (3,), **options: Any
) -> tn.Sequential:
    model = tn.Sequential([*stack], seed=0, **options)
    model.build(shape)
    return model


@given(models())
def test_round_trip_is_exact(
    tmp_path_factory: pytest.TempPathFactory, model: tn.Sequential
) -> None:
    path = tmp_path_factory.mktemp("onnx") / "m.onnx"
    to_onnx(model, path)
    same_bits(model, from_onnx(path))


@given(models())
@settings(max_examples=15)
def test_others_compute_the_same(
    tmp_path_factory: pytest.TempPathFactory, model: tn.Sequential
) -> None:
    runtime = pytest.importorskip("onnxruntime", reason="the extra onnx isn't installed")
    path = tmp_path_factory.mktemp("onnx") / "m.onnx"
    to_onnx(model, path)
    onnx.checker.check_model(path, full_check=True)
    x = examples(model)
    y, exact = model.predict(x), model.copy("float64").predict(x.astype(np.float64))
    # Others round elsewhere. Where a network amplifies rounding, they differ as we do from float64.
    limit = max(1e-6 * max(1, np.abs(y).max()), 4 * np.abs(y - exact).max())
    # It takes the logarithm of a softmax that can be 0, and computes both branches of ELU.
    with np.errstate(divide="ignore", over="ignore"):
        (reference,) = evaluator(str(path)).run(None, {"x": x})
    assert np.isinf(reference).any() or np.abs(reference - y).max() <= limit
    try:
        session = runtime.InferenceSession(path)
    except Exception as error:  # of its own kind
        assert model.dtype == np.float64, error  # noqa: PT017
        assert "Could not find an implementation" in str(error), error  # noqa: PT017
        return
    (theirs,) = session.run(None, {"x": x})
    assert theirs.dtype == y.dtype
    assert np.abs(theirs - y).max() <= limit


@pytest.mark.parametrize("name", SINGLE)
def test_each_layer_goes_there_and_back(name: str, tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime", reason="the extra onnx isn't installed")
    path = str(tmp_path / "m.onnx")
    for dtype in ("float64", "float32"):
        model = single(name, dtype)
        if "celu" in name.lower() and dtype == "float64":
            with pytest.raises(
                NoCounterpartError, match=r"no Celu in float64: .*copy\('float32'\)"
            ):
                to_onnx(model, path)
            continue
        if "GeneralReLU" in name:
            with pytest.raises(NoCounterpartError, match="no counterpart to general_re_lu"):
                to_onnx(model, path)
            return
        to_onnx(model, path)
        onnx.checker.check_model(path, full_check=True)
        # ONNX's has a scale and a shift, here of 1 and 0; and it has no noise and no penalties.
        if "bare" in name or type(model.layers[0]) in onnx_files.TRAINING_ONLY:
            x = examples(model)
            assert from_onnx(path).predict(x).tobytes() == model.predict(x).tobytes()
        else:
            same_bits(model, from_onnx(path))
        x, y = examples(model), model.predict(examples(model))
        (reference,) = evaluator(path).run(None, {"x": x})
        assert np.abs(reference - y).max() <= 1e-6 * max(1, np.abs(y).max())
    (theirs,) = runtime.InferenceSession(path).run(None, {"x": x})
    assert np.abs(theirs - y).max() <= 1e-6 * max(1, np.abs(y).max())


def test_dropout_and_normalization_come_back_with_their_arguments(tmp_path: Path) -> None:
    normalization = tn.layers.Normalization(axis=None, mean=33.318421449829934, variance=0.1)
    batches = tn.layers.BatchNormalization(momentum=0.7, epsilon=0.01)
    stack = normalization, tn.layers.Dropout(0.3), tn.Dense(2), batches
    to_onnx(network(*stack), tmp_path / "m.onnx")
    first, second, _, last = from_onnx(tmp_path / "m.onnx").layers
    assert (last.get_config()["momentum"], last.get_config()["epsilon"]) == (0.7, 0.01)
    assert first.get_config()["mean"] == 33.318421449829934
    assert first.get_config()["variance"] == 0.1
    assert second.get_config()["rate"] == 0.3


def test_arrays_are_called_as_in_the_layers(tmp_path: Path) -> None:
    to_onnx(network(tn.Dense(2), tn.layers.BatchNormalization()), tmp_path / "m.onnx")
    written = {array.name for array in onnx.load(tmp_path / "m.onnx").graph.initializer}
    moving = [f"batch_normalization.moving_{name}" for name in ("mean", "variance")]
    assert written >= {"dense.W", "dense.b", *moving}


def test_model_of_layers_that_do_nothing_in_prediction(tmp_path: Path) -> None:
    to_onnx(network(tn.layers.Dropout(0.3)), tmp_path / "m.onnx")
    onnx.checker.check_model(tmp_path / "m.onnx", full_check=True)
    assert isinstance(from_onnx(tmp_path / "m.onnx").layers[0], tn.layers.Dropout)


# ------------------------------------------------------------------------- files of others


def torch_model(torch: Any, *, view: bool = False) -> Any:
    nn = torch.nn
    stack = [nn.Linear(6, 5), nn.ReLU(), nn.Dropout(0.2), nn.Linear(5, 4, bias=False), nn.Tanh()]
    stack += [nn.Linear(4, 3), nn.Softmax(dim=1)]

    class Viewing(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.stack = nn.Sequential(*stack)

        def forward(self, x: Any) -> Any:
            return self.stack(x.view(x.size(0), -1))

    return (Viewing() if view else nn.Sequential(nn.Flatten(), *stack)).eval()


@pytest.mark.filterwarnings("ignore")  # what PyTorch's exporters say of themselves
@pytest.mark.parametrize("view", [False, True])
@pytest.mark.parametrize("dynamo", [False, True])
def test_reads_what_pytorchs_exporters_write(dynamo: bool, view: bool, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    if dynamo:
        pytest.importorskip("onnxscript", reason="PyTorch's newer exporter needs onnxscript")
    theirs, x = torch_model(torch, view=view), torch.randn(4, 2, 3)
    batch = (
        {"dynamic_shapes": ({0: "N"},)}
        if dynamo
        else {"dynamic_axes": {"x": {0: "N"}}, "input_names": ["x"], "opset_version": 17}
    )
    torch.onnx.export(theirs, (x,), tmp_path / "m.onnx", dynamo=dynamo, verbose=False, **batch)
    ours = from_onnx(tmp_path / "m.onnx")
    with torch.no_grad():
        expected = theirs(x).numpy()
    assert np.abs(ours.predict(x.numpy()) - expected).max() <= 1e-6
    names = [
        type(layer).__name__ for layer in ours.layers if not isinstance(layer, tn.layers.Dropout)
    ]
    assert names == ["Flatten", "Dense", "ReLU", "Dense", "Tanh", "Dense", "Softmax"]


def save(
    path: Path,
    nodes: list[Any],
    arrays: dict[str, Any],
    shape: list[Any] | None = None,
    *,
    opset: int = 17,
    kind: int = 1,
) -> Path:
    """Write a graph from x to y."""
    tensors = [onnx.numpy_helper.from_array(np.asarray(a), name) for name, a in arrays.items()]
    x = helper.make_tensor_value_info("x", kind, ["N", 3] if shape is None else shape)
    y = helper.make_tensor_value_info("y", kind, None)
    graph = helper.make_graph(nodes, "graph", [x], [y], tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)]), path)
    return path


W = np.arange(6, dtype=np.float32).reshape(3, 2)
B = np.array([10, 20], np.float32)
X = np.array([[1, 2, 3], [0, 1, 0]], np.float32)


@pytest.mark.parametrize(
    "nodes",
    [
        [("Gemm", ["x", "W", "B"], {})],
        [("Gemm", ["x", "WT", "B"], {"transB": 1})],
        [("Gemm", ["x", "W", "B2"], {"beta": 0.5})],
        [("Gemm", ["x", "half", "B"], {"alpha": 2.0})],
        [("MatMul", ["x", "W"], {}), ("Add", ["0", "B"], {})],
        [("MatMul", ["x", "W"], {}), ("Add", ["B", "0"], {})],
        [("Identity", ["x"], {}), ("Gemm", ["0", "W", "B"], {})],
        [("Reshape", ["x", "flat"], {}), ("Gemm", ["0", "W", "B"], {})],
        [("Identity", ["W"], {}), ("Gemm", ["x", "0", "B"], {})],
        # skl2onnx's
        [("Cast", ["x"], {"to": 1}), ("MatMul", ["0", "W"], {}), ("Add", ["1", "B"], {})],
        # PyTorch's x.view(x.size(0), -1), and x.view(x.size(0), 3)
        [
            ("Shape", ["x"], {}),
            ("Gather", ["0", "zero"], {"axis": 0}),
            ("Unsqueeze", ["1", "axes"], {}),
            ("Concat", ["2", "rest"], {"axis": 0}),
            ("Reshape", ["x", "3"], {}),
            ("Gemm", ["4", "W", "B"], {}),
        ],
        [
            ("Shape", ["x"], {"start": 0, "end": 1}),
            ("Concat", ["0", "three"], {"axis": 0}),
            ("Reshape", ["x", "1"], {}),
            ("Gemm", ["2", "W", "B"], {}),
        ],
        [("Gemm", ["x", "W", "one"], {}), ("Sub", ["0", "minus9"], {}), ("Sub", ["1", "last"], {})],
    ],
)
def test_all_spellings_of_a_dense_layer(nodes: list[Any], tmp_path: Path) -> None:
    arrays = {"W": W, "WT": W.T.copy(), "B": B, "B2": 2 * B[np.newaxis], "half": W / 2}
    made = [
        helper.make_node(op, inputs, [str(k) if k + 1 < len(nodes) else "y"], **given)
        for k, (op, inputs, given) in enumerate(nodes)
    ]
    sizes = {"flat": [-1, 3], "rest": [-1], "three": [3], "axes": [0], "zero": 0}
    arrays |= {name: np.array(value) for name, value in sizes.items()}
    numbers = {"one": np.float32(1), "minus9": np.float32(-9), "last": np.array([0, -10], "f4")}
    path = save(tmp_path / "m.onnx", made, arrays | numbers)
    assert np.array_equal(from_onnx(path).predict(X), X @ W + B)


@pytest.mark.parametrize(
    ("steps", "arrays"),
    [
        (["Sub x m", "Div %0 d"], {"m": [1.0, 2.0, 3.0], "d": [0.5, 1.0, 8.0]}),
        (["Sub x m", "Div %0 d"], {"m": [[1.0, 2.0, 3.0]], "d": [[0.5, 1.0, 8.0]]}),
        (["Sub x m", "Div %0 d"], {"m": 1.0, "d": [[0.25]]}),
        # A deviation whose lower limit isn't tinynet's.
        (
            ["Sqrt v", "Max %0 least", "Sub x m", "Div %2 %1"],
            {"m": [1.0, 2.0, 3.0], "v": [0.25, 1.0, 16.0], "least": 2.0},
        ),
        (["Clip x m"], {"m": 0.0}),
        (["Clip x m |"], {"m": 0.0}),  # as PyTorch writes x.clamp(min=0)
        (["PRelu x m"], {"m": [[0.5, 0.25, -1.0]]}),
        (["HardSigmoid x"], {}),
        (["Mul x m", "Add %0 d"], {"m": [[2.0]], "d": [3.0]}),
    ],
)
def test_other_spellings_give_what_others_compute(
    steps: list[str], arrays: dict[str, Any], tmp_path: Path
) -> None:
    nodes: list[Any] = []
    for k, step in enumerate(steps):
        operation, *inputs = step.replace("|", "").split(" ")
        options = {"alpha": 1 / 6} if operation == "HardSigmoid" else {}
        output = "y" if k + 1 == len(steps) else f"%{k}"
        nodes.append(helper.make_node(operation, inputs, [output], **options))
    path = save(tmp_path / "m.onnx", nodes, {k: np.array(v, "f4") for k, v in arrays.items()})
    x = np.linspace(-4, 4, 12, dtype=np.float32).reshape(4, 3)
    (expected,) = evaluator(str(path)).run(None, {"x": x})
    np.testing.assert_allclose(from_onnx(path).predict(x), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("size", [2, 3])
def test_arrays_are_not_computed_from_arrays(size: int, tmp_path: Path) -> None:
    made = [
        helper.make_node("Max", ["a", "a"], ["b"]),
        helper.make_node("Gemm", ["x", "W", "b"], ["y"]),
    ]
    arrays = {"a": np.ones(size, "f4"), "W": np.ones((3, size), "f4")}
    with pytest.raises(ValueError, match="computes with constants, by 'Max'"):
        from_onnx(save(tmp_path / "m.onnx", made, arrays))


# How PyTorch's exporters write activations: %0 is the output of the first operation.
WRITTEN_BY_PYTORCH = {
    "erf": ["Div x 1.4142135", "Erf %0", "Add %1 1.0", "Mul %2 0.5", "Mul x %3"],
    "tanh": [
        *("Pow x 3.0", "Mul %0 0.044715", "Add x %1", "Mul %2 0.7978846", "Tanh %3"),
        *("Add %4 1.0", "Mul %5 0.5", "Mul x %6"),
    ],
    "log_sigmoid": ["Sigmoid x", "Log %0"],
    "softplus": ["Softplus x", "Greater x 20.0", "Where %1 x %0"],
    "softsign": ["Abs x", "Add %0 1.0", "Div x %1"],
}


def written(steps: list[str], path: Path) -> Path:
    """Write an ONNX file of these operations."""
    nodes: list[Any] = []
    arrays: dict[str, Any] = {}
    last = f"%{len(steps) - 1}"
    for k, step in enumerate(steps):
        operation, *inputs = step.split()
        constants = [name for name in inputs if name[0] not in "x%"]
        arrays |= {name: np.float32(name) for name in constants}
        outputs = [f"%{k}".replace(last, "y")]
        nodes.append(helper.make_node(operation, inputs, outputs))
    return save(path, nodes, arrays)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("erf", tn.layers.GELU(approximate=False)),
        ("tanh", tn.layers.GELU(approximate=True)),
        ("log_sigmoid", tn.layers.LogSigmoid()),
        ("softplus", tn.layers.Softplus()),
        ("softsign", tn.layers.Softsign()),
    ],
)
def test_reads_pytorchs_forms_of_activations(
    name: str, layer: tn.layers.Layer, tmp_path: Path
) -> None:
    path = written(WRITTEN_BY_PYTORCH[name], tmp_path / "m.onnx")
    model, x = from_onnx(path), np.linspace(-4, 30, 36, dtype=np.float32).reshape(12, 3)
    assert type(model.layers[0]) is type(layer)
    (expected,) = evaluator(str(path)).run(None, {"x": x})
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(model.predict(x), layer.forward(x))


@pytest.mark.parametrize(
    "value", [{"value_float": 0.25}, {"value_int": 0}, {"value_floats": [0.0]}, {"value_ints": [0]}]
)
def test_constants_may_be_plain_numbers(value: dict[str, Any], tmp_path: Path) -> None:
    number = np.ravel(list(value.values())).item()
    made = [
        helper.make_node("Constant", [], ["c"], **value),
        helper.make_node("Cast", ["c"], ["low"], to=1),
        helper.make_node("Clip", ["x", "low", "high"], ["y"]),
    ]
    path = save(tmp_path / "m.onnx", made, {"high": np.float32(6)})
    if number:  # tinynet has no layer with this limit
        with pytest.raises(ValueError, match="can't be loaded"):
            from_onnx(path)
    else:
        assert isinstance(from_onnx(path).layers[0], tn.layers.ReLU6)


@pytest.mark.parametrize("name", WRITTEN_BY_PYTORCH)
@pytest.mark.parametrize(
    "change", [("1.0", "2.0"), ("0.5", "0.25"), ("20.0", "1.0"), ("Mul", "Sub")]
)
def test_operations_that_are_nearly_an_activation_are_refused(
    name: str, change: tuple[str, str], tmp_path: Path
) -> None:
    steps = [step.replace(*change) for step in WRITTEN_BY_PYTORCH[name]]
    if steps == WRITTEN_BY_PYTORCH[name]:
        return
    with pytest.raises(ValueError, match="can't be loaded"):
        from_onnx(written(steps, tmp_path / "m.onnx"))


@pytest.mark.parametrize("approximate", [False, True])
def test_both_forms_of_gelu_are_written_as_they_are(approximate: bool, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    model = network(tn.layers.GELU(approximate=approximate), dtype="float64")
    to_onnx(model, path)
    x = np.linspace(-4, 4, 30).reshape(10, 3)
    (theirs,) = evaluator(str(path)).run(None, {"x": x})
    np.testing.assert_allclose(theirs, model.predict(x), rtol=0, atol=1e-6)
    assert from_onnx(path).layers[0].get_config()["approximate"] is approximate


def node(operation: str, inputs: str = "x", **given: Any) -> Any:
    return helper.make_node(operation, inputs.split(), ["y"], **given)


def test_two_arrays_of_one_name_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "m.onnx", [node("MatMul", "x W")], {"W": W})
    file = onnx.load(path)
    file.graph.initializer.append(onnx.numpy_helper.from_array(2 * W, "W"))
    path.write_bytes(file.SerializeToString())
    with pytest.raises(ValueError, match=r"m\.onnx .*: it has two arrays called 'W'"):
        from_onnx(path)


@pytest.mark.parametrize(
    ("nodes", "arrays", "message"),
    [
        ([node("Conv", "x W")], {"W": W}, "no counterpart to ONNX's operation 'Conv'"),
        ([node("Cast", to=11)], {}, "a Cast from"),
        ([node("Cast", to=10)], {}, "computes in FLOAT16"),
        ([node("PRelu", "x a"), node("Relu", "y")], {"a": B}, "two of its operations compute 'y'"),
        ([node("Reshape", "x s")], {"s": np.array([2, -1])}, r"a Reshape to \[2, -1\]"),
        ([node("Reshape", "x s")], {"s": np.array([-1, -1])}, r"a Reshape to \[-1, -1\]"),
        ([node("Reshape", "x s")], {"s": np.array([-1.0, np.nan])}, r"a Reshape to \[-1.0, nan\]"),
        ([node("Foo", domain="own")], {}, "no counterpart to 'Foo'"),
        ([node("Add", "x B")], {"B": W[0]}, "isn't a Dense layer's bias"),
        ([node("Mul", "x x")], {}, "one chain"),
        ([node("Gemm", "x W", transA=1)], {"W": W}, "no Dense layer"),
        ([node("Gemm", "x W")], {"W": W.T.copy()}, "follows examples of 3"),
        ([node("Gemm", "x W B")], {"W": W, "B": W}, "a bias of shape"),
        ([node("MatMul", "W x")], {"W": W}, "no Dense layer"),
        ([node("PRelu", "x a")], {"a": B}, "slopes have the shape"),
        ([node("Dropout", "x r t")], {"r": np.float32(0.5), "t": np.array([True])}, "drops in"),
        (
            [node("Dropout", "x r t")],
            {"r": np.float32(0.5), "t": np.array([True, False])},
            "drops in prediction",
        ),
        ([node("HardSigmoid")], {}, r"no counterpart to alpha=0\.2 of HardSigmoid"),
        ([node("HardSigmoid", alpha=1 / 6, beta=0.25)], {}, r"beta=0\.25 of HardSigmoid"),
        ([node("Clip", "x low")], {"low": np.float32(1)}, "a Clip that isn't from 0 up, from 0 to"),
        ([node("Div", "x d")], {"d": np.array([1, -1, 1], "f4")}, "a Div by numbers that aren't"),
        ([node("Div", "x d")], {"d": np.float32(0)}, "a Div by numbers that aren't"),
        # Of these, ONNX makes results of more axes, or of as many examples as the array has rows.
        ([node("Gemm", "x W B")], {"W": W, "B": B[None, None]}, "a bias of shape"),
        *(
            ([node(operation, "x a")], {"a": np.ones(shape, "f4")}, "of another shape")
            for operation in ("Add", "Sub", "Mul", "Div", "PRelu")
            for shape in ((1, 1, 1), (3, 1))
        ),
        (
            [helper.make_node("Transpose", ["W"], ["t"]), node("MatMul", "x t")],
            {"W": W},
            "computes with constants, by 'Transpose'",
        ),
        ([helper.make_node("Clip", ["x", "", "a"], ["y"])], {"a": np.float32(0)}, "a Clip"),
        ([node("Clip", "x a b")], {"a": np.zeros((1, 1, 1), "f4"), "b": np.float32(6)}, "a Clip"),
        *(
            (
                [helper.make_node("BatchNormalization", ["x", *"abcd"], outputs, **given)],
                dict.fromkeys("abcd", np.ones(3, "f4")),
                "a BatchNormalization that isn't one of rows",
            )
            for outputs, given in [(["y"], {"training_mode": 1}), (["y", "m", "v"], {})]
        ),
        ([node("Softmax", axis=0)], {}, "no counterpart to axis=0 of Softmax"),
        ([node("Flatten", axis=0)], {}, "no counterpart to axis=0 of Flatten"),
        ([node("Reshape", "x s")], {"s": np.array([1, 1, 4])}, "a Reshape to"),
        ([node("Relu", "z")], {}, "one chain"),
        ([], {}, "one chain"),
        ([node("Gemm", "x W")], {"W": np.full((3, 2), np.nan, "f4")}, "must be finite|NaN"),
        ([node("Gemm", "x W")], {"W": W.astype(np.complex64)}, "not an array of numbers"),
    ],
)
def test_names_what_has_no_counterpart(
    nodes: list[Any], arrays: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = save(tmp_path / "m.onnx", nodes, arrays)
    with pytest.raises(ValueError, match=message) as caught:
        from_onnx(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"opset": 12}, "operator set 12, and tinynet reads 13 and newer"),
        ({"kind": 10}, "float32 or float64"),
        ({"shape": ["N", "features"]}, "known shape"),
        ({"shape": [3]}, "known shape"),
    ],
)
def test_names_what_is_wrong_with_the_input(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = save(tmp_path / "m.onnx", [node("Relu")], {}, **options)
    with pytest.raises(ValueError, match=message):
        from_onnx(path)


def test_one_array_in_many_places_takes_no_more_memory_than_the_file(tmp_path: Path) -> None:
    square = np.eye(300, dtype=np.float32)
    nodes = [
        helper.make_node("MatMul", [str(k) if k else "x", "W"], [str(k + 1)]) for k in range(999)
    ]
    nodes.append(helper.make_node("Relu", ["999"], ["y"]))
    with pytest.raises(ValueError, match="one array in too many places"):
        from_onnx(save(tmp_path / "m.onnx", nodes, {"W": square}, ["N", 300]))


def chain(operation: str, count: int, *more: str, **given: Any) -> list[Any]:
    """Return as many operations one behind the other."""
    names = ["x", *map(str, range(1, count)), "y"]
    return [
        helper.make_node(operation, [names[k], *more], [names[k + 1]], **given)
        for k in range(count)
    ]


@pytest.mark.parametrize(
    ("nodes", "arrays", "shape", "message"),
    [
        # Small files that describe terabytes, or a walk without end.
        (chain("PRelu", 1, "a"), {"a": B[:1]}, ["N", 2**40], "one number in it stands for"),
        (chain("PRelu", 3000, "a"), {"a": B[:1]}, ["N", 900_000], "too many places"),
        (
            chain("Gemm", 3000, "W", alpha=2.0),
            {"W": np.eye(300, dtype="f4")},
            ["N", 300],
            "too many",
        ),
        (chain("Sub", 3000, "W"), {"W": np.ones(10**5, "f4")}, ["N", 10**5], "too many places"),
        (
            [
                *(helper.make_node("Cast", ["W"], [f"c{k}"], to=11) for k in range(999)),
                node("Relu"),
            ],
            {"W": np.ones(10**5, "u1")},
            ["N", 3],
            "again and again",
        ),
        (
            [
                helper.make_node("Sub", ["x", "m"], ["0"]),
                helper.make_node("Div", ["0", "v"], ["y"]),
            ],
            {"m": np.ones((9000, 1), "f4"), "v": np.ones((1, 9000), "f4")},
            ["N", 9000, 9000],
            "along different axes",
        ),
        (
            [
                helper.make_node("Shape", ["x"], ["s0"]),
                *(
                    helper.make_node("Concat", [f"s{k}"] * 50, [f"s{k + 1}"], axis=0)
                    for k in range(50)
                ),
                node("Relu"),
            ],
            {},
            ["N", 3],
            "by a Concat whose result isn't one",
        ),
        (
            [helper.make_node("Cast", ["W"], ["W"], to=1), node("Sub", "x W")],
            {"W": B[:1]},
            ["N", 3],
            "two of its operations compute 'W'",
        ),
        (chain("Relu", 1), {}, ["N", *[1] * 50], "a known shape"),
    ],
)
def test_small_files_take_little_memory_and_time(
    nodes: list[Any], arrays: dict[str, Any], shape: list[Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        from_onnx(save(tmp_path / "m.onnx", nodes, arrays, shape))


def test_equal_arrays_may_be_in_a_file_once(tmp_path: Path) -> None:
    nodes = chain("LayerNormalization", 4, "B", "B")
    model = from_onnx(save(tmp_path / "m.onnx", nodes, {"B": B}, ["N", 2]))
    assert all(np.array_equal(array, B) for array in model.get_weights())
    assert len(model.get_weights()) == 8


def external(path: Path, location: str, **place: str) -> Path:
    tensor = onnx.TensorProto(name="W", dims=[3, 2], data_type=1, data_location=1)
    for key, value in {"location": location, **place}.items():
        tensor.external_data.add(key=key, value=value)
    save(path, [node("Gemm", "x W")], {})
    file = onnx.load(path)
    file.graph.initializer.append(tensor)
    path.write_bytes(file.SerializeToString())
    return path


def test_reads_arrays_in_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "m.data").write_bytes(b"1234" + W.tobytes())
    path = external(tmp_path / "m.onnx", "m.data", offset="4", length="24")
    assert np.array_equal(from_onnx(path).get_weights()[0], W)


@pytest.mark.parametrize(
    ("location", "place", "message"),
    [
        ("../m.data", {}, "isn't the name of a file beside it"),
        ("/etc/passwd", {}, "isn't the name of a file beside it"),
        ("none", {}, "isn't there"),
        pytest.param("link", {}, "isn't there", marks=needs_posix),
        ("m.data", {"offset": "8"}, "doesn't fit"),
        ("m.data", {"offset": "-4"}, "doesn't fit"),
        ("m.data", {"length": "8"}, "doesn't fit"),
        ("m.data", {"offset": "x"}, "has no place"),
    ],
)
def test_reads_no_other_files(
    location: str, place: dict[str, str], message: str, tmp_path: Path
) -> None:
    (tmp_path / "m.data").write_bytes(W.tobytes())
    if location == "link":
        (tmp_path / "link").symlink_to(tmp_path / "m.data")
    with pytest.raises(ValueError, match=message):
        from_onnx(external(tmp_path / "m.onnx", location, **place))


def test_errors_of_files_and_models(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Can't read"):
        from_onnx(tmp_path / "none.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="is not an ONNX file, or it is damaged"):
        from_onnx(tmp_path / "bad.onnx")
    with pytest.raises(ValueError, match="built"):
        to_onnx(tn.Sequential([tn.Dense(2)]), tmp_path / "m.onnx")

    class Own(tn.layers.Layer):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return x

    with pytest.raises(NoCounterpartError, match="no counterpart to own, a layer of class Own"):
        to_onnx(network(Own(), tn.Dense(2)), tmp_path / "m.onnx")
    model = network(tn.Dense(2))
    model.parameters[0] = np.inf
    with pytest.raises(ValueError, match=r"dense\.W"):
        to_onnx(model, tmp_path / "m.onnx")
    assert not (tmp_path / "m.onnx").exists()


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"")
    with pytest.raises(ValueError, match=r"m\.onnx is not an ONNX file.*: it is empty"):
        from_onnx(tmp_path / "m.onnx")


def test_slopes_have_the_shape_of_examples(tmp_path: Path) -> None:
    slopes = {"a": np.arange(6, dtype="f4").reshape(3, 2)}
    path = save(tmp_path / "m.onnx", [node("PRelu", "x a")], slopes, ["N", 2, 3])
    with pytest.raises(ValueError, match=r"slopes have the shape \(3, 2\)"):
        from_onnx(path)
