"""A training on several ranks, run by `tests/test_distributed.py` under ``mpiexec``.

``python -m tests.support.mpi_training FOLDER`` trains a small network with every optimizer and
writes each rank's weights to FOLDER/SIZE-RANK.npz.
"""

import sys
from pathlib import Path

import numpy as np
from mpi4py import MPI

import tinynet as tn
from tinynet.distributed import AllReduce, share

N, BATCH, EPOCHS = 53, 12, 3  # 52 in four shares of 13; batches of 12, 12 ... and one of 4


def optimizers() -> dict[str, tn.optimizers.Optimizer]:
    """Return every optimizer that there is, and variants of SGD and Adam."""
    named = {name: make() for name, make in tn.optimizers.OPTIMIZERS.items()}
    return {
        **named,
        "decay": tn.SGD(0.1, weight_decay=0.01),
        "momentum": tn.SGD(0.1, momentum=0.9),
        "nesterov": tn.SGD(0.1, momentum=0.9, nesterov=True),
        "scheduled": tn.SGD(tn.schedules.CosineDecay(0.1, 10)),
        "adam weight decay": tn.Adam(0.01, weight_decay=0.01),
        "clipped norms": tn.SGD(0.1, clipnorm=0.1),
        "clipped norm of all": tn.SGD(0.1, global_clipnorm=0.1),
        "clipped values": tn.SGD(0.1, clipvalue=0.01),
    }


def data() -> tuple[np.ndarray, np.ndarray]:
    """Return the examples, of which four ranks leave one out."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(N, 4)), rng.integers(0, 3, N)


def train(
    optimizer: tn.optimizers.Optimizer, x: np.ndarray, y: np.ndarray, batch: int
) -> np.ndarray:
    """Train a network for some epochs; return its weights."""
    layers = [
        tn.Dense(5, "tanh", input_shape=(4,), kernel_constraint=tn.constraints.MaxNorm(0.9)),
        tn.Dense(3, "softmax"),
    ]
    model = tn.Sequential(layers, seed=0, dtype="float64")
    model.compile(optimizer, "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=batch, epochs=EPOCHS, shuffle=False, verbose=0)
    return model.parameters


def main() -> None:
    comm = MPI.COMM_WORLD
    x, y = share(*data(), comm)
    found = {
        name: train(AllReduce(optimizer, comm), x, y, BATCH // comm.size)
        for name, optimizer in optimizers().items()
    }
    np.savez(Path(sys.argv[1], f"{comm.size}-{comm.rank}.npz"), **found)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
