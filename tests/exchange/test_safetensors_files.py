from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import tinynet as tn
from tests.support.architectures import examples, models, same_bits
from tinynet.exchange import NoCounterpartError, from_safetensors, to_safetensors

numpy_files = pytest.importorskip(
    "safetensors.numpy", reason="the extra safetensors isn't installed"
)


def mlp(seed: int = 0) -> tn.Sequential:
    stack = [tn.Dense(5, "relu"), tn.Dense(4, use_bias=False), tn.layers.Tanh(), tn.Dense(3)]
    model = tn.Sequential([tn.layers.Dropout(0.1), *stack], seed=seed)
    model.build((6,))
    return model


NAMES = ["1.weight", "1.bias", "3.weight", "5.weight", "5.bias"]


@given(models(normalized=False))
def test_round_trip_is_exact(
    tmp_path_factory: pytest.TempPathFactory, model: tn.Sequential
) -> None:
    path = tmp_path_factory.mktemp("safetensors") / "m.safetensors"
    before = model.parameters.copy()
    to_safetensors(model, path)
    model.parameters[...] = 0
    from_safetensors(path, model)
    assert model.parameters.tobytes() == before.tobytes()
    same_bits(model, model)


def test_names_and_shapes_are_pytorchs(tmp_path: Path) -> None:
    to_safetensors(mlp(), tmp_path / "m.safetensors")
    arrays = numpy_files.load_file(tmp_path / "m.safetensors")
    assert sorted(arrays) == sorted(NAMES)
    assert arrays["1.weight"].shape == (5, 6)
    assert np.array_equal(arrays["5.weight"], mlp().get_weights()[3].T)


def test_names_of_normalizations_and_slopes_are_pytorchs(tmp_path: Path) -> None:
    stack = [tn.layers.BatchNormalization(), tn.layers.LayerNormalization(), tn.layers.PReLU()]
    model = tn.Sequential(stack, seed=0)
    model.build((4,))
    to_safetensors(model, tmp_path / "m.safetensors")
    names = ["0.weight", "0.bias", "0.running_mean", "0.running_var"]
    assert sorted(numpy_files.load_file(tmp_path / "m.safetensors")) == sorted(
        [*names, "1.weight", "1.bias", "2.weight"]
    )


def test_a_file_without_arrays_is_said_to_have_none(tmp_path: Path) -> None:
    numpy_files.save_file({}, tmp_path / "m.safetensors")
    with pytest.raises(ValueError, match=r"must have the names.*and has none"):
        from_safetensors(tmp_path / "m.safetensors", mlp())


def torch_modules(torch: Any, *, softmax: bool = False, flatten: bool = False) -> Any:
    nn = torch.nn
    stack = [nn.Dropout(0.1), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4, bias=False), nn.Tanh()]
    stack = [nn.Flatten(), *stack] if flatten else stack
    return nn.Sequential(*stack, nn.Linear(4, 3), *([nn.Softmax(1)] if softmax else [])).eval()


@pytest.mark.filterwarnings("ignore")  # what PyTorch says when it is imported
def test_pytorch_loads_ours(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    from safetensors.torch import load_file

    model, theirs = mlp(), torch_modules(torch)
    to_safetensors(model, tmp_path / "m.safetensors")
    theirs.load_state_dict(load_file(tmp_path / "m.safetensors"))
    with torch.no_grad():
        expected = theirs(torch.from_numpy(examples(model))).numpy()
    assert np.abs(model.predict(examples(model)) - expected).max() <= 1e-6


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("flatten", [False, True])
def test_ours_loads_pytorchs(flatten: bool, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    from safetensors.torch import save_file

    model, theirs = mlp(), torch_modules(torch, flatten=flatten)
    save_file(theirs.state_dict(), tmp_path / "m.safetensors")
    from_safetensors(tmp_path / "m.safetensors", model)
    with torch.no_grad():
        expected = theirs(torch.from_numpy(examples(model))).numpy()
    assert np.abs(model.predict(examples(model)) - expected).max() <= 1e-6


def stored(path: Path, change: dict[str, Any]) -> Path:
    """Write ours with some arrays changed, and those that are None left out."""
    to_safetensors(mlp(), path)
    arrays = {**numpy_files.load_file(path), **change}
    numpy_files.save_file({name: a for name, a in arrays.items() if a is not None}, path)
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"1.bias": None}, "as many arrays as|must have the names"),
        ({"9.bias": np.zeros(3, "f4")}, "as many arrays as"),
        ({"01.weight": np.zeros((5, 6), "f4")}, "as many arrays as"),  # which of the two?
        ({"1.weight": np.zeros((6, 5), "f4")}, r"1.weight must have the shape \(5, 6\)"),
        ({"1.weight": np.zeros((5, 6), "i4")}, "one of F64, .* the file has I32"),
        ({"1.weight": np.zeros((0, 6), "f4")}, r"1\.weight is empty"),
        ({"9" * 5000 + ".bias": np.zeros(3, "f4")}, r"must have the names .* 9{40}\."),
        ({f"{k}.x": np.zeros(1) for k in range(9, 99)}, r"\.\.\. \(9\d in all\)"),
        ({"1.weight": np.full((5, 6), np.nan, "f4")}, r"1\.weight"),
        ({"1.weight": np.full((5, 6), 1e300)}, r"1\.weight"),
        ({"1.weight": None, "first.weight": np.zeros((5, 6), "f4")}, "must have the names"),
        ({"1.weight": None, "net.1.weight": np.zeros((5, 6), "f4")}, "must have the names"),
    ],
)
def test_refuses_other_weights_and_changes_nothing(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path, model = stored(tmp_path / "m.safetensors", change), mlp(seed=1)
    before = model.parameters.copy()
    with pytest.raises(ValueError, match=message) as caught:
        from_safetensors(path, model)
    assert str(path) in str(caught.value)
    assert model.parameters.tobytes() == before.tobytes()


def test_a_name_before_the_numbers_is_passed_over(tmp_path: Path) -> None:
    path, model = tmp_path / "m.safetensors", mlp(seed=1)
    to_safetensors(mlp(), path)
    arrays = numpy_files.load_file(path)
    numpy_files.save_file({f"net.{name}": array for name, array in arrays.items()}, path)
    from_safetensors(path, model)
    assert model.parameters.tobytes() == mlp().parameters.tobytes()


def test_errors_of_files_and_models(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Can't read"):
        from_safetensors(tmp_path / "none.safetensors", mlp())
    (tmp_path / "bad.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(ValueError, match="is not a safetensors file, or it is damaged"):
        from_safetensors(tmp_path / "bad.safetensors", mlp())
    model = tn.Sequential([tn.layers.Normalization(input_shape=(3,)), tn.Dense(2)])
    with pytest.raises(NoCounterpartError, match="no counterpart to normalization, a layer"):
        to_safetensors(model, tmp_path / "m.safetensors")


def test_weights_of_pytorchs_defaults_need_its_settings(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    from safetensors.torch import save_file

    theirs = torch.nn.Sequential(
        torch.nn.Linear(4, 6), torch.nn.BatchNorm1d(6), torch.nn.LeakyReLU(), torch.nn.LayerNorm(6)
    )
    theirs[1].running_var *= 1e-4
    save_file(theirs.eval().state_dict(), tmp_path / "m.safetensors")
    layers = [
        tn.Dense(6, input_shape=(4,)),
        tn.layers.BatchNormalization(epsilon=1e-5),
        tn.layers.LeakyReLU(negative_slope=0.01),
        tn.layers.LayerNormalization(epsilon=1e-5),
    ]
    ours = tn.Sequential(layers)
    from_safetensors(tmp_path / "m.safetensors", ours)
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    expected = theirs(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(ours.predict(x, verbose=0), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float64"])
def test_reads_other_types_of_numbers(name: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch isn't installed")
    from safetensors.torch import save_file

    theirs = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
    theirs = theirs.to(getattr(torch, name))
    save_file(theirs.state_dict(), tmp_path / "m.safetensors")
    ours = tn.Sequential([tn.Dense(5, "relu", input_shape=(6,)), tn.Dense(3)])
    from_safetensors(tmp_path / "m.safetensors", ours)
    for own, parameter in zip(ours.get_weights(), theirs.parameters(), strict=True):
        assert np.array_equal(own, parameter.detach().float().numpy().T)


def test_one_slope_of_pytorchs_prelu_is_that_of_all_features(tmp_path: Path) -> None:
    model = tn.Sequential([tn.Dense(3, input_shape=(2,)), tn.layers.PReLU()], seed=0)
    weights = {"0.weight": np.ones((3, 2), "f4"), "0.bias": np.zeros(3, "f4")}
    path = tmp_path / "m.safetensors"
    numpy_files.save_file({**weights, "1.weight": np.array([0.25], "f4")}, path)
    from_safetensors(path, model)
    assert model.get_weights()[-1].tolist() == [0.25] * 3
    numpy_files.save_file({**weights, "1.weight": np.array([0.25, 0.5], "f4")}, path)
    with pytest.raises(ValueError, match=r"1\.weight must have the shape \(3,\)"):
        from_safetensors(path, model)
    numpy_files.save_file(
        {**weights, "0.bias": np.ones(1, "f4"), "1.weight": np.ones(3, "f4")}, path
    )
    with pytest.raises(ValueError, match=r"0\.bias must have the shape \(3,\)"):
        from_safetensors(path, model)
    assert model.get_weights()[-1].tolist() == [0.25] * 3
