import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import tinynet as tn
from tinynet.diagnose import diagnose
from tinynet.distributed import StopTogether, share
from tinynet.explain import explain_step

ROOT = Path(__file__).parent.parent
# The mpich wheel puts mpiexec beside the Python that it is installed for.
MPIEXEC = shutil.which(
    "mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
)
needs_mpiexec = pytest.mark.skipif(MPIEXEC is None, reason="there is no mpiexec")
needs_mpi = pytest.mark.usefixtures("mpi")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def mpi() -> None:
    """Skip where MPI can't run. Another process tries: to import `mpi4py.MPI` is to start MPI."""
    pytest.importorskip("mpi4py", reason="the extra mpi isn't installed")
    done = subprocess.run(
        [sys.executable, "-c", "import mpi4py.MPI"], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("mpi4py finds no MPI library")


def mpiexec(ranks: int, *command: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        [str(MPIEXEC), "-n", str(ranks), sys.executable, *map(str, command)],
        cwd=cwd,
        env={**environment, "HYDRA_IFACE": "lo0" if sys.platform == "darwin" else "lo"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@pytest.fixture(scope="module")
def one_process(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, np.ndarray]]:
    """Weights after training in one process, for the examples that so many ranks use."""
    from tests.support import mpi_training as mpi

    x, y = mpi.data()
    return {
        size: {
            name: mpi.train(
                optimizer, x[: mpi.N // size * size], y[: mpi.N // size * size], mpi.BATCH
            )
            for name, optimizer in mpi.optimizers().items()
        }
        for size in (1, 2, 3, 4)
    }


@needs_mpi
@needs_mpiexec
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_ranks_find_what_one_process_finds(
    size: int, tmp_path: Path, one_process: dict[int, dict[str, np.ndarray]]
) -> None:
    done = mpiexec(size, "-W", "error", "-m", "tests.support.mpi_training", tmp_path)
    assert done.returncode == 0, done.stderr
    left = {1: "", 2: "the last 1 is left out", 3: "the last 2 are left out", 4: "the last 1 is"}
    assert left[size] in done.stdout
    assert (done.stdout == "") == (size == 1)
    ranks = [dict(np.load(tmp_path / f"{size}-{rank}.npz")) for rank in range(size)]
    for name, expected in one_process[size].items():
        for rank in ranks:
            assert rank[name].tobytes() == ranks[0][name].tobytes(), f"{name}: ranks differ"
        worst = np.abs(ranks[0][name] - expected).max() / np.abs(expected).max()
        assert worst <= 1e-12, f"{name}: {worst}"
        assert np.abs(expected).max() > 0


PROGRAM = """
import sys
import numpy as np
from mpi4py import MPI
import tinynet as tn
from tinynet.distributed import AllReduce, StopTogether, share

comm = MPI.COMM_WORLD
x, y = share(np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2, comm)
model = tn.Sequential([tn.Dense(1, "sigmoid", input_shape=(3,))], seed=0)
model.compile(AllReduce(tn.Adam(0.1), comm), "binary_crossentropy")
"""


@needs_mpi
@needs_mpiexec
@pytest.mark.parametrize(
    ("failure", "message"),
    [
        ("raise RuntimeError('out of luck')", "Rank 1 of 2 has failed (RuntimeError: out of luck)"),
        ("import os; os.kill(os.getpid(), 9)", "BAD TERMINATION"),
        (
            "share([[1], [2, 3]], [0, 1], comm)",
            "Rank 1 of 2 has failed (ValueError: share: x must be",
        ),
    ],
)
def test_a_rank_that_dies_ends_the_others_with_a_message(
    failure: str, message: str, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    fail = f"if comm.rank == 1:\n    {failure}\n"
    program.write_text(
        PROGRAM + fail + "model.fit(x, y, epochs=10**6, verbose=0)\n", encoding="utf-8"
    )
    done = mpiexec(2, program)
    assert done.returncode != 0
    assert message in done.stderr + done.stdout


@needs_mpi
@needs_mpiexec
def test_ranks_that_begin_with_different_weights_are_refused(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        PROGRAM + "model.parameters += comm.rank\nmodel.fit(x, y, verbose=0)\n", encoding="utf-8"
    )
    done = mpiexec(2, program)
    assert done.returncode != 0
    assert "The ranks expected equal weights to begin with" in done.stderr


@needs_mpi
@needs_mpiexec
def test_all_ranks_stop_and_step_as_rank_0_does_and_it_saves_the_inner_optimizer(
    tmp_path: Path,
) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        PROGRAM
        + """
class StopAfterTwo(tn.callbacks.Callback):
    def on_epoch_end(self, epoch, logs):
        self.model.stop_training = epoch == 1
        self.model.optimizer.learning_rate /= 4

first = comm.rank == 0
callbacks = [StopAfterTwo(), tn.callbacks.ModelCheckpoint("m.npz")] if first else []
data = (x, y) if first else None
history = model.fit(x, y, epochs=50, verbose=2 if first else 0,
                    callbacks=[*callbacks, StopTogether(comm)], validation_data=data)
assert len(history.epoch) == 2, history.epoch
assert len(set(comm.allgather(model.parameters.tobytes()))) == 1
if first:
    loaded = tn.load_model("m.npz")
    assert loaded.optimizer.iterations == model.optimizer.iterations > 0
    assert type(loaded.optimizer) is tn.Adam and loaded.optimizer.state.keys() == {"m", "v"}
""",
        encoding="utf-8",
    )
    done = mpiexec(2, program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Epoch 2/50") == 1
    assert "val_loss" in done.stdout


@needs_mpi
@needs_mpiexec
def test_example_trains_on_two_ranks(tmp_path: Path) -> None:
    program, out = ROOT / "examples/data_parallel.py", tmp_path / "m.npz"
    done = mpiexec(2, program, "--examples", 2000, "--epochs", 2, "--out", out, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    losses = re.findall(r"val_loss: (\S+)", done.stdout)
    assert len(losses) == 2
    assert max(map(float, losses)) < 3
    assert "ranks: 2, examples on each: 1000" in done.stdout
    assert "equal weights on all ranks: yes" in done.stdout
    assert tn.load_model(out).optimizer.iterations == 2 * 63
    wrong = mpiexec(2, program, "--batch-size", 33, cwd=tmp_path)
    assert wrong.returncode != 0
    assert "must be a multiple of the 2 ranks" in wrong.stderr


@needs_mpi
@needs_mpiexec
def test_shares_of_a_memory_mapped_file_are_views(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(20, dtype=np.uint8).reshape(10, 2))
    program = tmp_path / "program.py"
    program.write_text(
        """
import numpy as np
from mpi4py import MPI
from tinynet.distributed import share
x = np.load("x.npy", mmap_mode="r")
mine, y = share(x, np.arange(10), MPI.COMM_WORLD)
assert np.shares_memory(mine, x) and not mine.flags.writeable
assert (mine == x[y]).all() and list(y) == list(range(MPI.COMM_WORLD.rank, 9, 3)), y
""",
        encoding="utf-8",
    )
    done = mpiexec(3, program, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "10 examples for 3 ranks: each has 3, and the last 1 is left out." in done.stdout


class Rank:
    """What `share` asks of a communicator whose other ranks have data of these lengths."""

    def __init__(self, rank: int, *lengths: tuple[int, int]) -> None:
        self.rank, self.size, self.lengths = rank, len(lengths), list(lengths)

    def allgather(self, value: tuple[int, int]) -> list[tuple[int, int]]:
        self.lengths[self.rank] = value
        return self.lengths


@pytest.mark.parametrize(
    ("count", "targets", "others", "message"),
    [
        (4, 5, (4, 4), "as many targets as examples"),
        (4, 4, (5, 5), "the same on each rank"),
        (1, 1, (1, 1), "at least 2 examples, received 1"),
    ],
)
def test_share_refuses(count: int, targets: int, others: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        share(np.zeros((count, 2)), np.zeros(targets), Rank(0, (0, 0), others))


@needs_mpi
def test_all_reduce_wants_an_optimizer() -> None:
    from mpi4py import MPI

    from tinynet.distributed import AllReduce

    with pytest.raises(TypeError, match="expected an optimizer, received 'sgd'"):
        AllReduce("sgd", MPI.COMM_SELF)  # type: ignore[arg-type]


@pytest.mark.parametrize("comm", [None, "world", object()])
def test_a_communicator_is_wanted(comm: object) -> None:
    from tinynet.distributed import AllReduce

    for call in (lambda: AllReduce(tn.SGD(), comm), lambda: StopTogether(comm)):
        with pytest.raises(TypeError, match=r"expected comm to be an MPI communicator such as"):
            call()
    with pytest.raises(TypeError, match="share expected comm to be"):
        share(np.zeros((2, 1)), np.zeros(2), comm)


@needs_mpi
def test_all_reduce_averages_once() -> None:
    from mpi4py import MPI

    from tinynet.distributed import AllReduce

    with pytest.raises(TypeError, match="isn't an AllReduce already"):
        AllReduce(AllReduce(tn.SGD(), MPI.COMM_SELF), MPI.COMM_SELF)


@needs_mpi
def test_learning_rate_and_state_are_the_inner_optimizers() -> None:
    from mpi4py import MPI

    from tinynet.distributed import AllReduce

    inner = tn.Adam(0.1)
    outer = AllReduce(inner, MPI.COMM_SELF)
    outer.learning_rate, outer.iterations = 0.2, 5
    assert (inner.learning_rate, inner.iterations) == (0.2, 5)
    assert outer.state is inner.state
    assert outer.get_config() == inner.get_config()
    assert isinstance(StopTogether(MPI.COMM_SELF), tn.callbacks.Callback)


@needs_mpi
@pytest.mark.parametrize("name", ["m.npz", "m.keras", "m.h5"])
def test_a_saved_model_has_the_optimizer_inside(name: str, tmp_path: Path) -> None:
    if name != "m.npz":
        pytest.importorskip("h5py", reason="the extra keras isn't installed")
    from mpi4py import MPI

    from tinynet.distributed import AllReduce

    model = tn.Sequential([tn.Dense(1, input_shape=(2,))], seed=0)
    model.compile(AllReduce(tn.Adam(0.1), MPI.COMM_SELF), "mse")
    model.fit(np.eye(2), np.ones((2, 1)), verbose=0)
    model.save(tmp_path / name)
    loaded = tn.load_model(tmp_path / name)
    assert type(loaded.optimizer) is tn.Adam
    assert loaded.optimizer.iterations == 1
    for one in (model, loaded):
        one.fit(np.eye(2), np.ones((2, 1)), shuffle=False, verbose=0)
    assert np.array_equal(loaded.parameters, model.parameters)


@needs_mpi
@pytest.mark.parametrize("duplicated", [False, True])
def test_a_model_on_several_ranks_can_be_copied(duplicated: bool) -> None:
    """As `fit` does to try a layer of one's own, and `explain_step` to leave the model alone."""
    from mpi4py import MPI

    from tinynet.distributed import AllReduce

    class Double(tn.Layer):
        def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
            return 2 * x

        def backward(self, dy: np.ndarray) -> np.ndarray:
            return 2 * dy

    comm = MPI.COMM_SELF.Dup() if duplicated else MPI.COMM_SELF
    model = tn.Sequential([tn.Dense(1, input_shape=(2,)), Double()], seed=0)
    model.compile(AllReduce(tn.Adam(0.1), comm), "mse")
    model.fit(np.eye(2), np.ones((2, 1)), verbose=0)
    twin = model.copy()
    for one in (model, twin):
        one.fit(np.eye(2), np.ones((2, 1)), shuffle=False, verbose=0)
    assert isinstance(twin.optimizer, AllReduce)
    assert twin.optimizer.comm is comm
    assert twin.optimizer.state["m"] is not model.optimizer.state["m"]
    assert twin.optimizer.iterations == 2
    assert np.array_equal(twin.parameters, model.parameters)
    assert model.copy("float64").optimizer.state["m"].dtype == np.float64
    if duplicated:
        comm.Free()


class Waiting:
    """A rank among several, of which the others never answer."""

    rank, size = 0, 2

    def allgather(self, value: object) -> list[object]:
        return [value] * 2


@needs_mpi
def test_one_rank_alone_can_explain_diagnose_and_save(tmp_path: Path) -> None:
    from tinynet.distributed import AllReduce

    class Descent(tn.SGD):
        pass

    x, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    models = [tn.Sequential([tn.Dense(1, "sigmoid", input_shape=(3,))], seed=0) for _ in range(2)]
    models[0].compile(Descent(0.1, clipnorm=1.0), "binary_crossentropy")
    models[1].compile(AllReduce(Descent(0.1, clipnorm=1.0), Waiting()), "binary_crossentropy")
    alone, together = (
        (str(explain_step(model, x[:2], y[:2])), str(diagnose(model, x, y))) for model in models
    )
    assert together == alone
    models[1].save(path := tmp_path / "m.npz")
    assert type(tn.load_model(path, {"Descent": Descent}).optimizer) is Descent


@needs_mpi
def test_the_inner_optimizer_is_checked() -> None:
    from mpi4py import MPI

    from tinynet.distributed import AllReduce

    class Useless(tn.SGD):
        def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
            parameters = parameters - learning_rate * gradients

    def fit(optimizer: tn.SGD) -> None:
        model = tn.Sequential([tn.Dense(1, input_shape=(2,))], seed=0)
        model.compile(AllReduce(optimizer, MPI.COMM_SELF), "mse")
        model.fit(np.eye(2), np.ones((2, 1)), verbose=0)

    inner = tn.SGD(0.1, momentum=0.9)
    fit(inner)
    with pytest.raises(ValueError, match="has trained another model"):
        fit(inner)
    with pytest.raises(ValueError, match=r"Useless\.step leaves the parameters as they are"):
        fit(Useless())
    changed = tn.SGD()
    changed.momentum = 2.0
    with pytest.raises(ValueError, match="momentum must be"):
        fit(changed)
