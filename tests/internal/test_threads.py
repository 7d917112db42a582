"""Training gives the same bits beside other threads, in copies and forks; the threads of BLAS."""

import copy
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from tests.conftest import RunPython
from tests.support.systems import needs_blas_threads, needs_posix
from tinynet import SGD, Adam, Dense, Dropout, Sequential, set_blas_threads
from tinynet._internal.threads import SMALL_PRODUCT, blas_threads
from tinynet.callbacks import EarlyStopping, LambdaCallback

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5)).astype(np.float32)
Y = (X[:, 0] > X[:, 1]).astype(int)


def network(seed: int, units: int = 8, optimizer: Any = None) -> Sequential:
    stack = [Dense(units, "relu", input_shape=(5,)), Dropout(0.3), Dense(2, "softmax")]
    model = Sequential(stack, seed=seed)
    model.compile(optimizer or SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy", ["acc"])
    return model


def fit(model: Sequential, epochs: int = 4, **options: Any) -> Any:
    return model.fit(X, Y, 8, epochs=epochs, validation_split=0.2, verbose=0, **options)


def everything(model: Sequential) -> tuple[Any, ...]:
    """All that training changes, to the bit."""
    return (
        model.parameters.tobytes(),
        {name: state.tobytes() for name, state in model.optimizer.state.items()},
        model.optimizer.iterations,
        model.rng.bit_generator.state,
        model.history.whole_run.history,
    )


# Threads and buffers of BLAS


def blas_limit() -> int:
    """Of NumPy's BLAS: SciPy may have brought one of its own, which tinynet needn't know."""
    for pool in threadpool_info():
        folder = str(Path(pool["filepath"]).parent).rpartition("site-packages")[2]
        if pool["user_api"] == "blas" and "scipy" not in folder:
            return int(pool["num_threads"])
    raise AssertionError("no BLAS of NumPy's was found")


FIRST_PRODUCT = """
import resource
import numpy as np
from tinynet import Dense, Sequential

def new_pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

model = Sequential([Dense(1, input_shape=(1,))], seed=0)
model.predict([[1.0]], verbose=0)
a, b, out = np.ones((32, 128), "f4"), np.ones((128, 128), "f4"), np.ones((32, 128), "f4")
before = new_pages()
np.matmul(a, b, out=out)
print(new_pages() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux counts the pages that a process touches")
def test_no_product_after_the_first_call_waits_for_memory(run_python: RunPython) -> None:
    """OpenBLAS has written to its buffers before."""
    assert int(run_python(FIRST_PRODUCT, OPENBLAS_NUM_THREADS="1").stdout) <= 3


@pytest.fixture
def two_threads() -> Iterator[None]:
    with threadpool_limits(2, user_api="blas"):
        yield
    set_blas_threads(None)


@pytest.mark.usefixtures("two_threads")
@needs_blas_threads
def test_small_products_run_on_one_thread_and_large_ones_are_left_alone() -> None:
    with blas_threads(SMALL_PRODUCT - 1):
        assert blas_limit() == 1
    assert blas_limit() == 2
    with blas_threads(SMALL_PRODUCT):
        assert blas_limit() == 2


@pytest.mark.usefixtures("two_threads")
@needs_blas_threads
def test_threads_can_be_set() -> None:
    set_blas_threads(1)
    with blas_threads(SMALL_PRODUCT):
        assert blas_limit() == 1
    set_blas_threads(2)
    with blas_threads(1):
        assert blas_limit() == 2
    with pytest.raises(ValueError, match="threads must be at least 1"):
        set_blas_threads(0)


# Threads


def test_different_models_train_side_by_side_as_if_alone() -> None:
    def models() -> list[Sequential]:
        sizes = [(0, 8, SGD(0.1)), (1, 300, Adam(0.01)), (2, 40, SGD(0.1, 0.9, nesterov=True))]
        return [network(seed, units, optimizer) for seed, units, optimizer in sizes]

    alone, together = models(), models()
    for model in alone:
        fit(model, 12)
    start = threading.Barrier(len(together))

    def train(model: Sequential) -> None:
        start.wait(60)
        fit(model, 12)

    threads = [threading.Thread(target=train, args=(model,), daemon=True) for model in together]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [everything(model) for model in together] == [everything(model) for model in alone]


LIMIT = """
import json, signal, threading
signal.signal(signal.SIGINT, signal.default_int_handler)
import numpy as np, threadpoolctl, tinynet
from tinynet.callbacks import LambdaCallback

def threads():
    return {pool["num_threads"] for pool in threadpoolctl.threadpool_info()
            if pool["user_api"] == "blas"}

threadpoolctl.threadpool_limits(2, user_api="blas")
seen = {"before": sorted(threads()), "errors before": np.geterr()["over"]}

def fit(**hooks):
    model = tinynet.Sequential([tinynet.Dense(1, input_shape=(1,))], seed=0)
    model.compile("sgd", "mse")
    model.fit([[1.0]], [1.0], verbose=0, callbacks=[LambdaCallback(**hooks)])

def start():
    inside, over = threading.Event(), threading.Event()
    def wait(batch, logs):
        inside.set()
        assert over.wait(60)
    thread = threading.Thread(target=fit, kwargs={"on_batch_end": wait})
    thread.start()
    assert inside.wait(60)
    return thread, over

thread, over = start()
seen["handler"] = signal.getsignal(signal.SIGINT) is signal.default_int_handler
seen["errors"] = np.geterr()["over"]
seen["one training"] = sorted(threads())
fit(on_batch_end=lambda batch, logs: seen.update(two=sorted(threads())))
seen["one again"] = sorted(threads())
over.set()
thread.join(60)
seen["after"] = sorted(threads())
# The first to begin isn't the last to end, and is still there then; nor is it the main thread.
def first(batch, logs):
    seen["other"] = start()
fit(on_batch_end=first)
seen["first over"] = sorted(threads())
thread, over = seen.pop("other")
over.set()
thread.join(60)
seen["last over"] = sorted(threads())
print(json.dumps(seen))
"""


@needs_blas_threads
def test_the_thread_limit_ends_with_the_last_training_and_nothing_else_leaks(
    run_python: RunPython,
) -> None:
    result = run_python(LIMIT)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == {
        "before": [2],
        "errors before": "warn",
        "handler": True,
        "errors": "warn",
        "one training": [1],
        "two": [1],
        "one again": [1],
        "after": [2],
        "first over": [1],
        "last over": [2],
    }


BESIDE = """
import threading
import numpy as np, tinynet
x = np.random.default_rng(0).normal(size=(1024, 300)).astype(np.float32)
y = x[:, :3]

def large():
    model = tinynet.Sequential([tinynet.Dense(256, "relu"), tinynet.Dense(3)], seed=0)
    model.compile("sgd", "mse")
    model.fit(x, y, batch_size=512, epochs=2, verbose=0)
    return model.parameters.tobytes()

def small():
    while not done.is_set():
        model = tinynet.Sequential([tinynet.Dense(3)], seed=0)
        model.compile("sgd", "mse")
        model.fit(x[:64], y[:64], verbose=0)

tinynet.set_blas_threads(2)
alone, done = large(), threading.Event()
thread = threading.Thread(target=small)
thread.start()
beside = [large() == alone for _ in range(4)]
done.set()
thread.join(60)
print(beside)
"""


@needs_blas_threads
def test_a_set_number_of_threads_keeps_a_large_model_apart_from_a_small_one(
    run_python: RunPython,
) -> None:
    result = run_python(BESIDE)
    assert result.stdout == "[True, True, True, True]\n", result.stderr


# Copies


def test_a_copy_made_in_the_middle_goes_on_as_the_model_does() -> None:
    copies: list[Sequential] = []

    def keep(epoch: int, logs: dict[str, float]) -> None:
        if epoch == 1:
            copies.append(copy.deepcopy(model))

    model = network(3)
    stop = EarlyStopping("val_loss", 3, min_delta=10, restore_best_weights=True)
    fit(model, 9, callbacks=[stop, LambdaCallback(on_epoch_end=keep)])
    (twin,) = copies
    assert twin.epoch == 2
    again = EarlyStopping("val_loss", 3, min_delta=10, restore_best_weights=True)
    fit(twin, 9, initial_epoch=2, callbacks=[again])
    assert everything(twin) == everything(model)
    assert again.get_state()["stopped_epoch"] == stop.get_state()["stopped_epoch"] == 3


def test_a_copy_shares_nothing() -> None:
    model = network(4)
    fit(model)
    before, twin = everything(model), copy.deepcopy(model)
    fit(twin, 8, initial_epoch=4)
    assert everything(model) == before
    fit(model, 8, initial_epoch=4)
    assert everything(model) == everything(twin)


# Forks


FORK = """
import json, os, signal, sys, threading, time, warnings
signal.signal(signal.SIGINT, signal.default_int_handler)
import numpy as np, tinynet
from tinynet.callbacks import LambdaCallback
warnings.filterwarnings("ignore", "This process", DeprecationWarning)  # from 3.12 on

x = np.random.default_rng(0).normal(size=(32, 5)).astype(np.float32)
t = (x[:, 0] > 0).astype(int)

def network():
    stack = [tinynet.Dense(8, "relu", input_shape=(5,)), tinynet.Dropout(0.3),
             tinynet.Dense(2, "softmax")]
    model = tinynet.Sequential(stack, seed=1)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model

def train(model, **hooks):
    model.fit(x, t, 8, epochs=3, verbose=0, callbacks=[LambdaCallback(**hooks)])
    return model.parameters.tobytes()

alone = train(network())

def child_of(function):
    child = os.fork()
    if child == 0:
        code = 1
        signal.alarm(60)  # a child that hangs is killed
        try:
            code = 0 if function() else 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def interrupted():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)
    except KeyboardInterrupt:
        return True

codes = []

def fork(batch, logs):
    codes.append(child_of(lambda: train(network()) == alone))
    codes.append(child_of(interrupted))

# In a callback, in the middle of a training, which then goes on.
model = network()
same = train(model, on_batch_end=fork) == alone

# From the main thread, while another one trains, at moments as they come.
done = threading.Event()

def train_on():
    while not done.is_set():
        model = network()
        model.fit(x[:1], t[:1], verbose=0)

thread = threading.Thread(target=train_on)
thread.start()
for _ in range(30):
    codes.append(child_of(lambda: train(network()) == alone))
done.set()
thread.join(60)

# The child goes on with the training itself.
child = []
model = network()
after = train(model, on_batch_end=lambda *_: child or child.append(os.fork())) == alone
if child[0] == 0:
    os._exit(0 if after else 3)
codes.append(os.waitstatus_to_exitcode(os.waitpid(child[0], 0)[1]))
print(json.dumps([same, after, sorted(set(codes)), len(codes)]))
"""


LEFT = """
import json, os, threading, warnings
import threadpoolctl
from tinynet._internal.threads import blas_threads
warnings.filterwarnings("ignore", "This process", DeprecationWarning)  # from 3.12 on

def limits():
    return sorted({pool["num_threads"] for pool in threadpoolctl.threadpool_info()
                   if pool["user_api"] == "blas"})

def in_child(function):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, json.dumps(function()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    return json.loads(os.read(read, 1000))

def use():
    with blas_threads(1):
        inside = limits()
    return [inside, limits()]

def wait():
    with blas_threads(1):
        entered.set()
        assert over.wait(60)

threadpoolctl.threadpool_limits(2, user_api="blas")
entered, over = threading.Event(), threading.Event()
thread = threading.Thread(target=wait)
thread.start()
assert entered.wait(60)
seen = [in_child(limits), in_child(use)]
with blas_threads(1):
    seen += [in_child(limits)]  # of this thread's own block the child is still inside
over.set()
thread.join(60)
print(json.dumps([*seen, limits()]))
"""


@needs_posix
@needs_blas_threads
def test_a_child_doesnt_wait_for_threads_it_hasnt_got_to_restore_the_limit(
    run_python: RunPython,
) -> None:
    result = run_python(LEFT)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == [[2], [[1], [2]], [1], [2]]


@needs_posix
def test_a_fork_in_the_middle_is_harmless(run_python: RunPython) -> None:
    result = run_python(FORK)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == [True, True, [0], 2 * 3 * 4 + 30 + 1]


@needs_posix
def test_a_fork_before_any_training_is_silent(run_python: RunPython) -> None:
    program = """
import os, tinynet
child = os.fork()
if child == 0:
    os._exit(0)
print(os.waitpid(child, 0)[1])
"""
    done = run_python(program, OPENBLAS_NUM_THREADS="1")
    assert (done.stdout, done.stderr) == ("0\n", "")
