"""Training one model on several processes, which average their gradients.

A training step uses the mean gradient over a batch. Split the batch into equal parts, one for each
process (in MPI's terms, a *rank*). The mean over the batch is the mean, over the ranks, of each
rank's mean. So each rank computes the gradient of its own part, one *all-reduce* gives every rank
the mean of all gradients, and every rank makes the same step with it. The weights stay equal to the
bit on all ranks, and equal those of one process with the whole batches, up to rounding.

Communication uses MPI, through mpi4py (``pip install "tinynet-backprop[mpi]"``). Run a program on
two processes with ``mpiexec -n 2 python program.py``.
"""

import copy
import sys
import time
import zlib
from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np

from tinynet._internal.checks import as_batch, as_numbers, shown
from tinynet._internal.names import known_keywords, public_names
from tinynet.callbacks import Callback
from tinynet.optimizers import Optimizer

__all__ = ["AllReduce", "StopTogether", "share"]

_ExceptHook = Callable[[type[BaseException], BaseException, TracebackType | None], Any]


class AllReduce(Optimizer):
    """An optimizer that averages the gradient over all ranks before each step.

    With g[r] the gradient on rank r of R::

        g = (g[0] + ... + g[R - 1]) / R

    Every rank then makes the same step of `optimizer` with g.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer that makes the step. A saved model contains this one.
    comm : mpi4py.MPI.Comm
        The ranks, such as ``MPI.COMM_WORLD``. All ranks must make the same number of steps with
        batches of the same size, which `share` ensures.

    Notes
    -----
    An exception that ends one rank ends all of them. Otherwise the others would wait forever.

    Examples
    --------
    >>> from mpi4py import MPI  # doctest: +SKIP
    >>> optimizer = AllReduce(tn.SGD(0.1), MPI.COMM_WORLD)  # doctest: +SKIP
    >>> model.compile(optimizer, "categorical_crossentropy")  # doctest: +SKIP
    """

    in_place: Any = None
    begun = False
    stands_for_inner = True  # see tinynet.optimizers.lookup.innermost

    @known_keywords
    def __init__(self, optimizer: Optimizer, comm: Any) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"AllReduce expected an optimizer, received {shown(optimizer)}.")
        if isinstance(optimizer, AllReduce):
            raise TypeError("AllReduce expected an optimizer that isn't an AllReduce already.")
        check_comm(comm, "AllReduce")
        from mpi4py import MPI

        self.optimizer, self.comm, self.in_place = optimizer, comm, MPI.IN_PLACE
        end_together(comm)

    def update(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Average the gradient over the ranks and make one step."""
        if not self.begun:
            check_equal(parameters, self.comm)
            self.begun = True
        self.comm.Allreduce(self.in_place, gradients)  # the sum, in place
        gradients /= self.comm.size
        # The model sets these two on the outer optimizer.
        self.optimizer.segments, self.optimizer.constraints = self.segments, self.constraints
        self.optimizer.update(parameters, gradients)

    @known_keywords
    def claim(self, model: object, parameters: np.ndarray) -> None:
        """Bind the inner optimizer to a model, and check it."""
        self.optimizer.claim(model, parameters)

    def __deepcopy__(self, memo: dict[int, Any]) -> "AllReduce":
        """Copy the inner optimizer, and keep the ranks, which can't be copied."""
        return AllReduce(copy.deepcopy(self.optimizer, memo), self.comm)

    # Everything else is that of the inner optimizer.

    @property
    def learning_rate(self) -> Any:
        """The inner optimizer's learning rate."""
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
    def state(self) -> dict[str, np.ndarray]:
        """The inner optimizer's state."""
        return self.optimizer.state

    @state.setter
    def state(self, state: dict[str, np.ndarray]) -> None:
        self.optimizer.state = state

    def get_config(self) -> dict[str, Any]:
        """Return the inner optimizer's arguments."""
        return self.optimizer.get_config()


class StopTogether(Callback):
    """Make all ranks stop when rank 0 stops. Put it last in the list of callbacks on every rank.

    Callbacks such as `EarlyStopping` and `ReduceLROnPlateau` watch the validation loss, which only
    rank 0 computes. At the beginning of each epoch, rank 0 sends the others its learning rate; at
    the end, it tells them whether it stops.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm
        The ranks.
    """

    @known_keywords
    def __init__(self, comm: Any) -> None:
        super().__init__()
        self.comm = check_comm(comm, "StopTogether")

    def on_epoch_begin(self, epoch: int, logs: dict[str, float]) -> None:
        """Take rank 0's learning rate, unless it is a schedule."""
        rate = self.model.optimizer.learning_rate
        rate = self.comm.bcast(None if callable(rate) else rate, root=0)
        if rate is not None:
            self.model.optimizer.learning_rate = rate

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Stop if rank 0 stops."""
        self.model.stop_training = self.comm.bcast(self.model.stop_training, root=0)


@known_keywords
def share(x: Any, y: Any, comm: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return this rank's share of the examples. All shares have the same size.

    Rank r of R takes the examples r, r + R, r + 2 R and so on. So the ranks' batches of B examples
    together are one batch of R B examples, in the order of the data. Rank 0 prints how many
    examples are left out.

    Parameters
    ----------
    x : array_like, shape (N, ...)
        All examples, the same on each rank. The share of an array is a view. So no rank reads the
        examples of the others from a memory-mapped file (``np.load(path, mmap_mode="r")``).
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
        If x and y differ in length, the ranks differ in it, or there are fewer examples than ranks.

    Examples
    --------
    >>> class Second:  # of three ranks
    ...     rank, size = 1, 3
    ...     def allgather(self, value):
    ...         return [value] * 3
    >>> share(np.arange(7), np.arange(7) * 10, Second())
    (array([1, 4]), array([10, 40]))
    """
    end_together(check_comm(comm, "share"))
    x, y = as_batch(x, "share"), as_numbers(y, "y")
    if y.ndim == 0:
        raise ValueError("share expected targets y of shape (N, ...), received ().")
    lengths = comm.allgather((len(x), len(y)))
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


def check_comm(comm: Any, who: str) -> Any:
    """Return `comm`, or raise TypeError if it isn't an MPI communicator."""
    if not all(hasattr(comm, name) for name in ("rank", "size", "allgather")):
        raise TypeError(
            f"{who} expected comm to be an MPI communicator such as mpi4py's MPI.COMM_WORLD, "
            f"received {shown(comm)}."
        )
    return comm


def check_equal(parameters: np.ndarray, comm: Any) -> None:
    """Raise an error on every rank if the ranks begin with different weights."""
    if len(set(comm.allgather((parameters.size, zlib.crc32(parameters.data))))) > 1:
        raise ValueError(
            "The ranks expected equal weights to begin with, and theirs differ. Create the model "
            "with the same seed on each rank, or call comm.Bcast(model.parameters) before fit."
        )


def end_together(comm: Any) -> None:
    """Make an exception that ends this rank end all ranks.

    Without it, the others would wait forever for this rank's gradient.
    """
    # A stand-in for a communicator, as in a test, may have no Abort.
    if comm.size > 1 and hasattr(comm, "Abort") and not isinstance(sys.excepthook, _EndAll):
        sys.excepthook = _EndAll(comm, sys.excepthook)


class _EndAll:
    """What Python calls for an exception that nothing handles: shows it and ends all ranks."""

    def __init__(self, comm: Any, show: _ExceptHook) -> None:
        self.comm, self.show = comm, show

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Show the exception, name the rank and end all ranks."""
        self.show(kind, error, trace)
        print(
            f"Rank {self.comm.rank} of {self.comm.size} has failed ({kind.__name__}: {error}), "
            "so all ranks end.",
            file=sys.stderr,
            flush=True,
        )
        time.sleep(0.2)  # Abort also ends the launcher, which has to pass the message on first
        self.comm.Abort(1)


__getattr__, __dir__ = public_names(globals())
