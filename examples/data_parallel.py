"""Train one model on several processes, each with its share of the data.

    mpiexec -n 2 python examples/data_parallel.py

Each rank computes the gradient of its part of every batch. One all-reduce gives all ranks the mean,
and all make the same step. Rank 0 validates, shows the progress and saves. The program needs the
extra mpi: ``pip install "tinynet-backprop[mpi]"``.
"""

import argparse
import zlib
from pathlib import Path

import tinynet as tn
from tinynet.callbacks import Callback, EarlyStopping, ModelCheckpoint
from tinynet.datasets import synthetic_digits
from tinynet.distributed import AllReduce, StopTogether, share
from tinynet.layers import Dense, Flatten, Normalization
from tinynet.optimizers import SGD


def main() -> None:
    parser = argparse.ArgumentParser(description="Train one model on several processes.")
    parser.add_argument("--epochs", type=int, default=3, help="at most (3)")
    parser.add_argument("--batch-size", type=int, default=32, help="of all ranks together (32)")
    parser.add_argument("--examples", type=int, default=20000, help="to train on (20000)")
    parser.add_argument("--out", type=Path, default=Path("data-parallel.npz"), help="the model")
    options = parser.parse_args()
    try:
        from mpi4py import MPI
    except ImportError as error:
        advice = 'pip install "tinynet-backprop[mpi]"'
        raise SystemExit(f"This example needs MPI ({error}): {advice}") from None
    comm = MPI.COMM_WORLD
    first = comm.rank == 0
    if options.batch_size % comm.size:
        parser.error(f"--batch-size must be a multiple of the {comm.size} ranks")

    # Made first: from here on, an exception on one rank ends all ranks.
    optimizer = AllReduce(SGD(0.05), comm)

    # Every rank loads the same data and keeps its share.
    (x_all, y_all), test = synthetic_digits.load_data(n_train=options.examples, n_test=2000)
    x, y = share(x_all, y_all, comm)
    normalization = Normalization(axis=None, input_shape=(28, 28))
    normalization.adapt(x_all)

    # With the same seed, all ranks begin with the same weights.
    stack = [normalization, Flatten(), Dense(128, "relu"), Dense(10, "softmax")]
    model = tn.Sequential(stack, seed=0)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])

    watching: list[Callback] = [EarlyStopping(patience=2), ModelCheckpoint(options.out)]
    model.fit(
        x,
        y,
        batch_size=options.batch_size // comm.size,
        epochs=options.epochs,
        verbose=2 if first else 0,
        validation_data=test if first else None,
        callbacks=[*(watching if first else []), StopTogether(comm)],
    )

    sums = comm.allgather(zlib.crc32(model.parameters.data))
    if first:
        print(f"ranks: {comm.size}, examples on each: {len(x)}")
        print(f"equal weights on all ranks: {'yes' if len(set(sums)) == 1 else 'no'}")


if __name__ == "__main__":
    main()
