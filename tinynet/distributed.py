"""One model on many processes: each trains on its share of the data, and they average gradients.

A step of training takes the mean over a batch. Split the batch into equal parts, one for each
process (in MPI's words, each *rank*): the mean over the batch is the mean over the ranks of each
rank's mean. So each rank computes the gradient of its own part, one *all-reduce* gives every rank
the mean of all, and every rank makes the same step with it. The weights stay equal to the bit, and
are those that one process would have found with the whole batches.

The messages are MPI's, by mpi4py (``pip install "tinynet-backprop[mpi]"``). Run a program on two
processes with ``mpiexec -n 2 python program.py``.
"""

import sys
import zlib
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import numpy as np

from tinynet._internal.checks import as_batch, as_numbers, shown
from tinynet._internal.names import known_keywords
from tinynet.callbacks import Callback
from tinynet.optimizers import Optimizer


class AllReduce(Optimizer):
    """An optimizer that averages the gradient over all ranks first.

    With g[r] the gradient that rank r found, of R::

        g = (g[0] + ... + g[R - 1]) / R

    and then `optimizer` makes its step with g, on every rank the same one.

    Parameters
    ----------
    optimizer : Optimizer
        The one that makes the step. A saved model holds this one.
    comm : mpi4py.MPI.Comm
        The ranks, such as ``MPI.COMM_WORLD``. Every rank must make the same number of steps, of
        batches of the same size: `share` sees to it.

    Notes
    -----
    A rank that ends with an exception ends all others, which would wait for it for ever.

    Examples
    --------
    >>> from mpi4py import MPI  # doctest: +SKIP
    >>> optimizer = AllReduce(tn.SGD(0.1), MPI.COMM_WORLD)  # doctest: +SKIP
    >>> model.compile(optimizer, "categorical_crossentropy")  # doctest: +SKIP
    """

    in_place: Any = None
    begun = False

    @known_keywords
    def __init__(self, optimizer: Optimizer, comm: Any) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"AllReduce expected an optimizer, received {shown(optimizer)}.")
        check_comm(comm)
        from mpi4py import MPI

        self.optimizer, self.comm, self.in_place = optimizer, comm, MPI.IN_PLACE
        self.begun = False
        end_together(comm)

    def update(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Average the gradient over the ranks, and make one step."""
        if not self.begun:
            check_equal(parameters, self.comm)
            self.begun = True
        self.comm.Allreduce(self.in_place, gradients)  # adds, in place
        gradients /= self.comm.size
        self.optimizer.update(parameters, gradients)

    # What the model asks of an optimizer is the inner one's.

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's."""
        return self.optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        self.optimizer.learning_rate = rate

    @property
    def iterations(self) -> int:
        """The inner optimizer's count of steps."""
        return self.optimizer.iterations

    @iterations.setter
    def iterations(self, count: int) -> None:
        self.optimizer.iterations = count

    @property
    def segments(self) -> Sequence[slice]:
        """Where each parameter array lies, which the inner optimizer may want to know."""
        return self.optimizer.segments

    @segments.setter
    def segments(self, segments: Sequence[slice]) -> None:
        self.optimizer.segments = segments

    @property
    def state(self) -> dict[str, np.ndarray]:  # type: ignore[override]
        """What the inner optimizer remembers."""
        return self.optimizer.state

    def get_config(self) -> dict[str, Any]:
        """Return the inner optimizer's arguments."""
        return self.optimizer.get_config()


class StopTogether(Callback):
    """Let all ranks stop when the first one does: put it last among every rank's callbacks.

    `EarlyStopping` and the like watch validation, which is rank 0's business. At the end of each
    epoch this hands on to the others whether rank 0 goes on.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm
        The ranks.
    """

    @known_keywords
    def __init__(self, comm: Any) -> None:
        super().__init__()
        self.comm = check_comm(comm)

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Stop if rank 0 stops."""
        self.model.stop_training = self.comm.bcast(self.model.stop_training, root=0)


@known_keywords
def share(x: Any, y: Any, comm: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return this rank's share of the examples; all ranks' shares are equally large.

    Rank r of R takes the examples r, r + R, r + 2 R and so on, so that the ranks' batches of B
    together are one batch of R B in the data's own order. Rank 0 says what is left out.

    Parameters
    ----------
    x : array_like, shape (N, ...)
        All examples, the same on each rank. Of an array, a memory-mapped one included
        (``np.load(path, mmap_mode="r")``), the share is a view: no rank reads the others' examples.
    y : array_like
        Their targets.
    comm : mpi4py.MPI.Comm
        The ranks.

    Returns
    -------
    x, y : numpy.ndarray

    Raises
    ------
    ValueError
        If the lengths differ, between x and y or between the ranks, or there are fewer examples
        than ranks.

    Examples
    --------
    >>> class Second:  # of three ranks
    ...     rank, size = 1, 3
    ...     def allgather(self, value):
    ...         return [value] * 3
    >>> share(np.arange(7), np.arange(7) * 10, Second())
    (array([1, 4]), array([10, 40]))
    """
    x, y = as_batch(x, "share"), as_numbers(y, "y")
    if y.ndim == 0:
        raise ValueError("share expected targets y of shape (N, ...), received ().")
    lengths = check_comm(comm).allgather((len(x), len(y)))
    total = len(x)
    if any(length != total for pair in lengths for length in pair):
        raise ValueError(
            f"share expected as many targets as examples, the same on each rank; received, rank by "
            f"rank, {lengths}."
        )
    each, rest = divmod(total, comm.size)
    if each == 0:
        raise ValueError(f"share expected at least {comm.size} examples, received {total}.")
    if rest and comm.rank == 0:
        print(
            f"{total} examples for {comm.size} ranks: each has {each}, and the last {rest} "
            f"{'is' if rest == 1 else 'are'} left out.",
            flush=True,
        )
    mine = slice(comm.rank, each * comm.size, comm.size)
    return x[mine], y[mine]


def check_comm(comm: Any) -> Any:
    """Return a communicator of MPI.

    Raises
    ------
    TypeError
        If it is something else.
    """
    if not hasattr(comm, "rank") or not hasattr(comm, "size"):
        raise TypeError(f"comm must be one of MPI's, MPI.COMM_WORLD, received {shown(comm)}.")
    return comm


def check_equal(parameters: np.ndarray, comm: Any) -> None:
    """Refuse ranks that begin with different weights.

    Raises
    ------
    ValueError
        On every rank, if they do.
    """
    if len(set(comm.allgather((parameters.size, zlib.crc32(parameters.data))))) > 1:
        raise ValueError(
            "The ranks expected equal weights to begin with, and theirs differ: make the model "
            "with the same seed on each, or call comm.Bcast(model.parameters) before fit."
        )


def end_together(comm: Any) -> None:
    """Let an exception that ends this rank end all others, too.

    Without it they would wait for this one's gradient for ever.
    """
    show = sys.excepthook

    def end_all(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        show(kind, error, trace)
        print(
            f"Rank {comm.rank} of {comm.size} has failed ({kind.__name__}: {error}), "
            "so all ranks end.",
            file=sys.stderr,
            flush=True,
        )
        comm.Abort(1)

    if comm.size > 1:
        sys.excepthook = end_all
