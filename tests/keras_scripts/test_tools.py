"""What `keras.utils`, `keras.backend` and `tf.random` have for scripts alone."""

import functools
import http.server
import random as python_random
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tinynet import Dense, Sequential
from tinynet._internal.seeds import new_generator
from tinynet.keras_scripts import backend, machine, random, tools
from tinynet.keras_scripts.arrays import Tensor, Variable, constant, tensor


def test_normalize() -> None:
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(tools.normalize(x), [[0.6, 0.8], [0.0, 0.0]])
    np.testing.assert_allclose(tools.normalize(x, axis=0), [[1.0, 1.0], [0.0, 0.0]])
    np.testing.assert_allclose(tools.normalize(x, order=1), [[3 / 7, 4 / 7], [0.0, 0.0]])
    np.testing.assert_allclose(np.linalg.norm(tools.normalize(np.ones((2, 3, 4))), axis=-1), 1)


@pytest.mark.parametrize("shape", [(), (1,), (5,), (5, 1), (2, 3), (2, 3, 1), (0,)])
def test_labels_of_any_shape_become_rows(shape: tuple[int, ...]) -> None:
    labels = np.arange(np.prod(shape, dtype=int)).reshape(shape) % 4
    rows = tools.to_categorical(labels.tolist(), 4)
    assert rows.dtype == np.float64
    np.testing.assert_array_equal(
        rows, np.eye(4)[labels[..., 0] if shape[1:] and shape[-1] == 1 else labels]
    )


def test_labels_are_still_checked() -> None:
    with pytest.raises(ValueError, match="whole numbers from 0 to 2, received 3 at"):
        tools.to_categorical([[0, 3]], 3)


def test_plot_model_writes_a_picture(tmp_path: Path) -> None:
    from matplotlib import pyplot

    model = Sequential([Dense(3, "relu", input_shape=(2,)), Dense(1)])
    tools.plot_model(model, to_file=tmp_path / "model.png", show_shapes=True, dpi=50)
    assert (tmp_path / "model.png").read_bytes()[:4] == b"\x89PNG"
    assert not pyplot.get_fignums()


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Serve a folder with one file from this machine."""
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "data.csv").write_text("1,2", encoding="utf-8")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    handler = functools.partial(Handler, directory=str(tmp_path / "served"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/data.csv"
        server.shutdown()


def test_get_file_downloads_once(address: str, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    place = Path(tools.get_file("mine.csv", address, cache_dir=home))
    assert place == tmp_path / "home" / "datasets" / "mine.csv"
    assert place.read_text(encoding="utf-8") == "1,2"
    (tmp_path / "served" / "data.csv").write_text("3,4", encoding="utf-8")
    tools.get_file("mine.csv", address, cache_dir=home)
    assert place.read_text(encoding="utf-8") == "1,2"
    tools.get_file("mine.csv", address, cache_dir=home, force_download=True)
    assert place.read_text(encoding="utf-8") == "3,4"


def test_get_file_checks_what_it_got(address: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hash"):
        tools.get_file("mine.csv", address, file_hash="0" * 64, cache_dir=str(tmp_path))
    with pytest.raises(ValueError, match="needs origin"):
        tools.get_file("mine.csv")
    with pytest.raises(ValueError, match="unpack_archive"):
        tools.get_file("mine.zip", address, extract=True)
    for name in ("../mine.csv", "/etc/mine.csv", "\\mine.csv", "a\\..\\mine.csv", "C:mine.csv"):
        with pytest.raises(ValueError, match="name of a file"):
            tools.get_file(name, address, cache_dir=str(tmp_path))


@pytest.mark.parametrize(
    ("wrong", "reason"), [("http://127.0.0.1:9/x.npz", "refused"), (".missing", "HTTP status 404")]
)
def test_get_file_says_in_one_sentence_that_a_download_failed(
    address: str, tmp_path: Path, wrong: str, reason: str
) -> None:
    origin = wrong if wrong.startswith("http") else address + wrong
    with pytest.raises(OSError, match=f"Can't download mine.npz from {origin}: ") as caught:
        tools.get_file("mine.npz", origin, cache_dir=str(tmp_path))
    assert reason in str(caught.value)
    advice = f"Check the address and the connection, or put the file into {tmp_path / 'datasets'}."
    assert str(caught.value).endswith(advice)
    assert caught.value.__suppress_context__


def test_save_model_keeps_what_is_there(tmp_path: Path) -> None:
    model = Sequential([Dense(1, input_shape=(2,))])
    path = tmp_path / "model.npz"
    tools.save_model(model, path)
    with pytest.raises(ValueError, match="already exists"):
        tools.save_model(model, path, overwrite=False)
    tools.save_model(model, path)


def test_a_seed_leaves_the_generators_of_others_alone() -> None:
    np.random.seed(3)  # noqa: NPY002
    python_random.seed(3)
    expected = np.random.rand(), python_random.random()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    python_random.seed(3)
    random.set_seed(42)
    assert (np.random.rand(), python_random.random()) == expected  # noqa: NPY002
    first = new_generator().random()
    random.set_seed(42)
    assert new_generator().random() == first
    assert np.array_equal(random.normal((3,), seed=1), random.normal((3,), seed=1))


def test_distributions() -> None:
    x = random.truncated_normal((2000,), mean=1.0, stddev=0.5, seed=0)
    assert x.dtype == np.float32
    assert np.abs(x - 1).max() <= 1
    assert abs(float(x.mean()) - 1) < 0.05
    whole = random.uniform((500,), 0, 3, dtype="int32", seed=0)
    assert whole.dtype == np.int32
    assert set(whole.tolist()) == {0, 1, 2}
    real = random.uniform((500,), seed=0)
    assert 0 <= real.min() <= real.max() < 1
    assert sorted(random.shuffle([1, 2, 3], seed=0).tolist()) == [1, 2, 3]


def test_backend() -> None:
    assert (backend.floatx(), backend.epsilon(), backend.backend()) == ("float32", 1e-7, "numpy")
    backend.set_floatx("float32")
    with pytest.raises(ValueError, match="float32 or float64"):
        backend.set_floatx("float16")
    with pytest.raises(ValueError, match="set_epsilon"):
        backend.set_epsilon(1e-3)
    x = np.zeros(2)
    backend.set_value(x, [1, 2])
    assert x.tolist() == [1, 2]
    with pytest.raises(TypeError, match="learning_rate = value"):
        backend.set_value(0.1, 0.2)
    assert backend.get_value(tensor(3.0)) == 3
    assert backend.int_shape(tensor([[1.0]])) == (1, 1)


def test_there_is_one_processor_and_no_gpu() -> None:
    assert machine.list_physical_devices("GPU") == []
    assert len(machine.list_physical_devices("CPU")) == len(machine.list_physical_devices()) == 1
    assert not machine.is_gpu_available()
    with machine.device("/GPU:0"), machine.name_scope("scope"):
        pass

    @machine.function
    def plain(x: int) -> int:
        return x + 1

    @machine.function(jit_compile=True)  # type: ignore[untyped-decorator]
    def with_settings(x: int) -> int:
        return x + 2

    assert (plain(1), with_settings(1)) == (2, 3)


def test_an_array_answers_numpy_throughout() -> None:
    x = constant([[1.0, 2.0], [3.0, 4.0]])
    for value in (x, x + 1, 2 * x, x.sum(), x.mean(axis=0), x[0], x[0, 1], np.exp(x), x @ x, x > 1):
        assert isinstance(value, Tensor)
        assert not isinstance(value.numpy(), Tensor)
    assert isinstance(x[0, 1].numpy(), np.float32)
    assert f"{x[0, 1]:.3f}" == "2.000"
    assert all(isinstance(row, Tensor) for row in x)
    assert (x * 2.0).dtype == np.float32


def test_a_variable_changes_in_place() -> None:
    start = np.array([1.0, 2.0])
    v = Variable(start)
    assert v.assign_add([1.0, 1.0]) is v
    assert v.assign_sub([0.5, 0.5]).tolist() == [1.5, 2.5]
    assert start.tolist() == [1, 2]
