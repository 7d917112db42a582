"""Readers and training steps of one model in several threads: each call sees one state."""

import base64
import contextlib
import copy
import pickle
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinynet.explain
from tests.conftest import RunPython
from tests.support.systems import needs_posix
from tinynet import SGD, Dense, Dropout, Layer, Sequential, exchange, layers, load_model
from tinynet._internal import layout
from tinynet._internal.sharing import Sharing
from tinynet.callbacks import LambdaCallback
from tinynet.layers.base import forget
from tinynet.optimizers import Optimizer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(512, 20)).astype(np.float32)
Y = RNG.integers(0, 5, 512)


def network(seed: int = 0) -> Sequential:
    model = Sequential(
        [Dense(32, "tanh", input_shape=(20,)), Dropout(0.2), Dense(5, "softmax")], seed=seed
    )
    model.compile(SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", ["accuracy"])
    return model


def test_predicting_in_other_threads_changes_nothing_in_training() -> None:
    alone, watched = network(), network()
    history = alone.fit(X, Y, epochs=6, verbose=0).history
    done = threading.Event()
    shapes = set()

    def predict() -> int:
        calls = 0
        while not done.is_set():
            shapes.add(watched.predict(X[:64]).shape)
            calls += 1
        return calls

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(predict) for _ in range(3)]
        received = watched.fit(X, Y, epochs=6, verbose=0).history
        done.set()
    assert min(reader.result() for reader in readers) > 0
    assert shapes == {(64, 5)}
    assert received == history
    assert watched.parameters.tobytes() == alone.parameters.tobytes()


def test_evaluating_in_four_threads_gives_what_one_gives() -> None:
    model = network()
    parts = [slice(k * 64, (k + 1) * 64) for k in range(8)]
    expected = [model.evaluate(X[part], Y[part], batch_size=16, verbose=0) for part in parts]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            results = pool.map(
                lambda part: model.evaluate(X[part], Y[part], batch_size=16, verbose=0), parts
            )
            assert list(results) == expected


KINDS: dict[str, type[Layer]] = {
    name: kind
    for name, kind in vars(layers).items()
    if isinstance(kind, type) and issubclass(kind, Layer) and kind not in (Layer, layers.InputLayer)
}
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "Activation": ("tanh",),
    "Dense": (3, "tanh"),
    "AlphaDropout": (0.5,),
    "Dropout": (0.5,),
    "GaussianDropout": (0.5,),
    "GaussianNoise": (0.5,),
    "Rescaling": (2.0,),
    "Reshape": ((2, 2),),
}


def overwritten_at_once(kind: type[Layer]) -> type[Layer]:
    """Return the layer with a second thread that overwrites whatever forward stores."""

    def store(self: Layer, name: str, value: Any) -> None:
        if self.__dict__.get("shared") and isinstance(value, np.ndarray):
            value = np.full_like(value, np.nan)
        elif self.__dict__.get("shared"):
            value = not value if isinstance(value, bool) else None
        object.__setattr__(self, name, value)

    return type(kind.__name__, (kind,), {"__setattr__": store})


@pytest.mark.parametrize("name", KINDS)
def test_forward_doesnt_read_back_what_it_stores(name: str) -> None:
    """Readers share the layers, so another may store its own arrays at any moment."""
    x = RNG.normal(size=(6, 4))
    layer = overwritten_at_once(KINDS[name])(*ARGUMENTS.get(name, ()))
    layer.build((4,))
    expected = layer.forward(x)
    vars(layer)["shared"] = True
    assert np.array_equal(layer.forward(x), expected)


@pytest.fixture
def threads_switch_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("threads_switch_often")
def test_evaluating_an_activity_penalty_in_several_threads_gives_what_one_gives() -> None:
    model = Sequential([Dense(5, activity_regularizer="l2", input_shape=(20,))], seed=0)
    model.compile("sgd", "mse")
    parts, zeros = [k * X[:8] for k in range(8)], np.zeros((8, 5))
    expected = [model.evaluate(part, zeros, verbose=0) for part in parts]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(20):
            results = pool.map(lambda part: model.evaluate(part, zeros, verbose=0), parts)
            assert list(results) == expected


def test_what_a_reader_sees_belongs_to_one_state_between_steps(tmp_path: Path) -> None:
    """The loss is that of saved weights, and the weights are those after some step."""
    model, states = network(), set()
    seen: list[tuple[Any, bytes]] = []
    done = threading.Event()

    def read() -> None:
        k = 0
        while not done.is_set():
            path = tmp_path / f"m{k % 4}.npz"
            model.save(path)
            saved = load_model(path)
            seen.append((saved.evaluate(X, Y, verbose=0), saved.parameters.tobytes()))
            k += 1

    reader = threading.Thread(target=read)
    states.add(model.parameters.tobytes())
    after = LambdaCallback(on_batch_end=lambda b, logs: states.add(model.parameters.tobytes()))
    reader.start()
    model.fit(X, Y, batch_size=64, epochs=10, verbose=0, callbacks=[after])
    done.set()
    reader.join()
    assert seen
    assert {weights for _, weights in seen} <= states


class Counting(Optimizer):
    """Adds 1 to each parameter, in small pieces between which other threads may run."""

    def step(self, parameters: np.ndarray, gradients: np.ndarray, learning_rate: float) -> None:
        for piece in np.array_split(parameters, 30):
            piece += 1
            time.sleep(0)


def counting() -> Sequential:
    """Return a model whose parameters are all equal to the number of steps."""
    shapes = [(5,), None, None]
    stack = [Dense(4, kernel_initializer="zeros", input_shape=shape) for shape in shapes]
    model = Sequential(stack, seed=0)
    model.compile(Counting(1.0), "mse")
    return model


@contextlib.contextmanager
def in_training(model: Sequential) -> Iterator[None]:
    """Train the model in another thread during the block."""
    ended = threading.Event()

    def stop(batch: int, logs: Any) -> None:
        model.stop_training = ended.is_set()

    with ThreadPoolExecutor(1) as pool:
        watch = LambdaCallback(on_batch_end=stop)
        training = pool.submit(
            model.fit, np.ones((64, 5)), np.ones((64, 4)), 1, 10**6, 0, callbacks=[watch]
        )
        try:
            yield
        finally:
            ended.set()
            training.result(60)


def of_page(text: str) -> list[np.ndarray]:
    """Return the weights in an interactive page."""
    found = re.findall(r'"dtype": "(\w+)", "bytes": "([^"]+)"', text)
    return [np.frombuffer(base64.b64decode(content), dtype) for dtype, content in found]


def written(
    name: str, write: Callable[[Sequential, Path], Any], read: Callable[[Path], Any]
) -> Any:
    """Return a reader of a model's weights that goes through a file."""

    def through_a_file(model: Sequential, folder: Path) -> list[np.ndarray]:
        write(model, folder / name)
        back = read(folder / name)
        return [*back.weights]

    return through_a_file


def loaded(name: str, path: Path) -> Sequential:
    """Return a model with the weights in a file."""
    model = counting()
    if name == "safetensors":
        exchange.from_safetensors(path, model)
    else:
        model.load_weights(path)
    return model


CUSTOM = {"Counting": Counting}
CONVERSIONS: dict[str, Callable[[Sequential, Path], list[np.ndarray]]] = {
    "get_weights": lambda model, folder: model.get_weights(),
    "copy": lambda model, folder: model.copy().get_weights(),
    "deepcopy": lambda model, folder: copy.deepcopy(model).get_weights(),
    "unfolded": lambda model, folder: model.unfolded().get_weights(),
    "pickle": lambda model, folder: pickled(model).get_weights(),
    "npz": written(
        "m.npz", lambda model, path: model.save(path), lambda path: load_model(path, CUSTOM)
    ),
    "weights": written(
        "w.npz", lambda model, path: model.save_weights(path), lambda path: loaded("w", path)
    ),
    "keras weights": written(
        "m.weights.h5", lambda model, path: model.save_weights(path), lambda path: loaded("w", path)
    ),
    "onnx": written("m.onnx", exchange.to_onnx, exchange.from_onnx),
    "safetensors": written(
        "m.safetensors", exchange.to_safetensors, lambda path: loaded("safetensors", path)
    ),
    "html": lambda model, folder: of_page(model.to_html().text),
    "explain": lambda model, folder: [
        array
        for name, array in tinynet.explain.explain_step(
            model, np.ones((1, 5)), np.ones((1, 4))
        ).arrays.items()
        if re.fullmatch(r"(W|b)\d?", name)
    ],
}
NEEDS = {"onnx": "onnx", "safetensors": "safetensors.numpy", "keras weights": "h5py"}


def pickled(model: Sequential) -> Sequential:
    """Pickle as the documentation of `Sequential.reading` says."""
    with model.reading():
        content = pickle.dumps(model)
    again: Sequential = pickle.loads(content)
    return again


@pytest.mark.parametrize("name", CONVERSIONS)
@pytest.mark.usefixtures("threads_switch_often")
def test_a_conversion_during_a_training_has_all_arrays_of_one_step(
    name: str, tmp_path: Path
) -> None:
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    seen: set[float] = set()
    model, deadline = counting(), time.monotonic() + 30
    with in_training(model):
        while len(seen) < 8:
            assert time.monotonic() < deadline, "the training stands still"
            arrays = CONVERSIONS[name](model, tmp_path)
            assert sum(array.size for array in arrays) == model.count_params()
            values = np.unique(np.concatenate([array.ravel() for array in arrays]))
            assert values.size == 1, values
            seen.add(float(values[0]))


LOADERS = ["set_weights", "w.npz", "m.weights.h5", "m.safetensors"]


@pytest.mark.parametrize("name", LOADERS)
@pytest.mark.usefixtures("threads_switch_often")
def test_weights_are_set_between_two_steps(name: str, tmp_path: Path) -> None:
    source = counting()
    if name == "m.weights.h5":
        pytest.importorskip("h5py")
    if name == "m.safetensors":
        pytest.importorskip("safetensors.numpy")
        exchange.to_safetensors(source, tmp_path / name)
    elif name != "set_weights":
        source.save_weights(tmp_path / name)
    model = counting()
    with in_training(model):
        for _ in range(8):
            if name == "set_weights":
                model.set_weights(source.get_weights())
            elif name == "m.safetensors":
                exchange.from_safetensors(tmp_path / name, model)
            else:
                model.load_weights(tmp_path / name)
            values = np.unique(np.concatenate([array.ravel() for array in model.get_weights()]))
            assert values.size == 1, values


@pytest.mark.usefixtures("threads_switch_often")
def test_a_forward_pass_in_another_thread_changes_nothing_in_training() -> None:
    alone, watched = network(), network()
    alone.fit(X, Y, epochs=20, verbose=0)
    done = threading.Event()

    def forward() -> None:
        while not done.is_set():
            watched.forward(X[:64])
            watched(X[:64])

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(forward) for _ in range(2)]
        try:
            watched.fit(X, Y, epochs=20, verbose=0)
        finally:
            done.set()
    for reader in readers:
        reader.result(60)
    assert watched.parameters.tobytes() == alone.parameters.tobytes()


def test_callbacks_may_read_the_model_that_they_watch() -> None:
    model, results = network(), []
    watch = LambdaCallback(
        on_batch_end=lambda batch, logs: results.append(model.predict(X[:2]).shape),
        on_epoch_end=lambda epoch, logs: results.append(model.evaluate(X, Y, verbose=0)[0]),
    )
    model.fit(X, Y, batch_size=256, epochs=2, verbose=0, callbacks=[watch])
    assert len(results) == 6


@pytest.mark.parametrize("call", ["fit", "compile", "add"])
def test_a_model_in_training_is_left_in_peace(call: str) -> None:
    model = network()
    calls: dict[str, Callable[[], Any]] = {
        "fit": lambda: model.fit(X, Y, verbose=0),
        "compile": lambda: model.compile("adam", "mse"),
        "add": lambda: model.add(Dense(5)),
    }
    errors: list[str] = []

    def begin(batch: int, logs: Any) -> None:
        with pytest.raises(ValueError, match=r"being trained already|while fit is training") as e:
            calls[call]()
        errors.append(str(e.value))

    alone = network()
    alone.fit(X, Y, batch_size=256, verbose=0)
    model.fit(X, Y, batch_size=256, verbose=0, callbacks=[LambdaCallback(on_batch_end=begin)])
    assert len(errors) == 2
    assert model.parameters.tobytes() == alone.parameters.tobytes()
    model.fit(X, Y, verbose=0)  # afterwards it is free again


def test_a_refused_call_undoes_nothing_that_another_thread_does_meanwhile() -> None:
    """Here the other thread draws, or makes a step, while the data are converted to an array."""
    model = network()
    model.fit(X[:64], Y[:64], verbose=0)

    class Data:
        def __init__(self, meanwhile: Callable[[], object]) -> None:
            self.meanwhile = meanwhile

        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(self.meanwhile).result()
            return X[:8]

    before = model.rng.bit_generator.state
    with pytest.raises(ValueError, match="same number of examples"):
        model.evaluate(Data(lambda: model.rng.permutation(64)), Y[:7], verbose=0)
    assert model.rng.bit_generator.state != before
    steps = model.optimizer.iterations
    with pytest.raises(ValueError, match="same number of examples"):
        model.train_on_batch(Data(lambda: model.train_on_batch(X[:8], Y[:8])), Y[:7])
    assert model.optimizer.iterations == steps + 1


def test_a_second_fit_in_another_thread_is_refused() -> None:
    model, inside, refused = network(), threading.Event(), threading.Event()

    def wait(batch: int, logs: Any) -> None:
        inside.set()
        refused.wait(30)

    first = threading.Thread(
        target=lambda: model.fit(
            X, Y, batch_size=512, verbose=0, callbacks=[LambdaCallback(on_batch_end=wait)]
        )
    )
    first.start()
    inside.wait(30)
    with pytest.raises(ValueError, match="being trained already: fit was called again from a thr"):
        model.fit(X, Y, verbose=0)
    refused.set()
    first.join()


def wait_until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "the other thread never came to its wait"
        time.sleep(0.001)


def test_waiting_readers_come_before_the_next_step_and_a_step_before_later_readers() -> None:
    sharing, order = Sharing(), []
    first_reads, may_leave = threading.Event(), threading.Event()

    def read(name: str) -> None:
        with sharing.reading():
            order.append(name)

    def read_first() -> None:
        with sharing.reading():
            first_reads.set()
            may_leave.wait(30)

    def step() -> None:
        with sharing.step:
            order.append("step")

    threads = [threading.Thread(target=read_first, daemon=True)]
    threads[0].start()
    first_reads.wait(30)
    threads.append(threading.Thread(target=step, daemon=True))
    threads[1].start()
    wait_until(lambda: sharing.step_waits)
    threads.append(threading.Thread(target=read, args=["late reader"], daemon=True))
    threads[2].start()
    wait_until(lambda: sharing.readers_wait)
    assert order == []
    may_leave.set()
    for thread in threads:
        thread.join(30)
    assert order == ["step", "late reader"]

    order.clear()
    with sharing.step:  # now a reader and the next step wait for this one
        reader, stepper = (
            threading.Thread(target=read, args=["reader"], daemon=True),
            threading.Thread(target=step, daemon=True),
        )
        reader.start()
        wait_until(lambda: sharing.readers_wait)
        stepper.start()
    reader.join(30)
    stepper.join(30)
    assert order == ["reader", "step"]


def test_many_readers_and_steps_all_come_to_their_turn() -> None:
    sharing, counts = Sharing(), {"read": 0, "step": 0}
    inside: list[str] = []
    wrong: list[str] = []
    lock = threading.Lock()

    def run(kind: str) -> None:
        for _ in range(200):
            with sharing.reading() if kind == "read" else sharing.step:
                with lock:
                    inside.append(kind)
                    if "step" in inside and len(inside) > 1:
                        wrong.append(",".join(inside))
                with sharing.reading():  # again, by whoever has it
                    pass
                with lock:
                    inside.remove(kind)
                    counts[kind] += 1

    kinds = ["read", "step", "read", "step", "read"]
    threads = [threading.Thread(target=run, args=[kind], daemon=True) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert counts == {"read": 600, "step": 400}
    assert wrong == []


def test_copies_and_pickles_are_free() -> None:
    sharing = Sharing()
    with sharing.step, sharing.fitting("model"):
        for other in (copy.deepcopy(sharing), pickle.loads(pickle.dumps(sharing))):
            assert not other.in_fit
            with other.step, other.fitting("other"):
                pass


def test_a_reader_makes_a_step_before_one_that_waits_for_it() -> None:
    sharing, order, reads = Sharing(), [], threading.Event()

    def read_and_step() -> None:
        with sharing.reading():
            reads.set()
            wait_until(lambda: sharing.step_waits)
            with sharing.step:
                order.append("reader's")

    def step() -> None:
        reads.wait(30)
        with sharing.step:
            order.append("other")

    threads = [threading.Thread(target=work, daemon=True) for work in (read_and_step, step)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert order == ["reader's", "other"]


def test_of_two_readers_that_want_to_change_the_model_one_is_refused() -> None:
    """Each would wait for the end of the other's reading."""
    model, results = network(), []
    both_read = threading.Barrier(2)

    def train() -> None:
        try:
            with model.reading():
                both_read.wait(30)
                model.train_on_batch(X[:8], Y[:8])
            results.append("trained")
        except ValueError as error:
            results.append(str(error))

    threads = [threading.Thread(target=train, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == [
        "Two threads change the model, each in its own model.reading(), and would wait for each "
        "other forever: do it outside of that.",
        "trained",
    ]
    assert model.optimizer.iterations == 1


FORK = """
import os, threading
from tinynet._internal import layout
from tinynet._internal.sharing import Sharing
sharing, reads, leave = Sharing(), threading.Event(), threading.Event()
def read():
    with sharing.reading():
        reads.set()
        leave.wait(60)
thread = threading.Thread(target=read)
thread.start()
reads.wait(60)
child = os.fork()
if not child:
    with sharing.step:  # the reader is the parent's
        os._exit(0)
_, status = os.waitpid(child, 0)
leave.set()
thread.join()
print(os.waitstatus_to_exitcode(status))
"""


@needs_posix
def test_a_forked_child_waits_for_nobody(run_python: RunPython) -> None:
    result = run_python(FORK, "-W", "ignore")
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "0"


def test_steps_of_several_threads_take_turns() -> None:
    """One that makes step after step, while others read, doesn't keep the second from its own."""
    sharing, done = Sharing(), threading.Event()

    def read() -> None:
        while not done.is_set():
            with sharing.reading():
                time.sleep(0.0005)

    def step() -> None:
        while not done.is_set():
            with sharing.step:
                pass

    made, timer = 0, threading.Timer(5, done.set)
    timer.start()
    with ThreadPoolExecutor(3) as pool:
        for work in (read, read, step):
            pool.submit(work)
        while made < 100 and not done.is_set():
            with sharing.step:
                made += 1
        done.set()
    timer.cancel()
    assert made == 100


def unbuilt() -> Sequential:
    model = Sequential([Dense(8, "tanh"), layers.BatchNormalization(), Dense(5, "softmax")], seed=0)
    model.compile(SGD(0.05), "sparse_categorical_crossentropy", ["accuracy"])
    return model


CALLS: dict[str, Callable[[Sequential], Any]] = {
    "predict": lambda model: model.predict(X[:8]),
    "__call__": lambda model: model(X[:8]),
    "evaluate": lambda model: model.evaluate(X[:8], Y[:8], verbose=0),
    "fit": lambda model: model.fit(X[:8], Y[:8], verbose=0),
    "train_on_batch": lambda model: model.train_on_batch(X[:8], Y[:8]),
}


@pytest.mark.usefixtures("threads_switch_often")
@pytest.mark.parametrize("names", [["predict"] * 4, ["evaluate"] * 4, list(CALLS)], ids=" ".join)
def test_threads_that_need_a_model_at_the_same_moment_build_it_once(names: list[str]) -> None:
    expected = unbuilt()
    expected.build((20,))

    def call(name: str, model: Sequential, together: threading.Barrier) -> Any:
        together.wait(30)
        return CALLS[name](model)

    for _ in range(20):
        model, together = unbuilt(), threading.Barrier(len(names))
        with ThreadPoolExecutor(len(names)) as pool:
            futures = [pool.submit(call, name, model, together) for name in names]
        results = [future.result() for future in futures]
        model.check_unchanged()
        if names[0] == names[1]:
            assert model.values.tobytes() == expected.values.tobytes()
            for result in results:
                np.testing.assert_array_equal(result, CALLS[names[0]](expected))


def test_whoever_reads_a_model_that_another_thread_builds_is_refused_and_doesnt_wait() -> None:
    refusals = []

    class Slow(Dense):
        def create_parameters(self, input_shape: Any) -> None:
            with ThreadPoolExecutor(1) as pool:
                refusals.append(str(pool.submit(read).exception()))
            super().create_parameters(input_shape)

    model = Sequential([Slow(5)])

    def read() -> None:
        with model.reading():
            model.predict(X[:8])

    assert model.predict(X[:8]).shape == (8, 5)
    assert refusals == ["Another thread is building the model: build it before model.reading()."]


@pytest.mark.usefixtures("threads_switch_often")
@pytest.mark.parametrize("look", [Dense.get_config, copy.copy, layout.settings])
def test_a_layer_can_be_looked_through_while_another_thread_predicts(look: Any) -> None:
    layer = Dense(5, input_shape=(20,)).build()

    def predict() -> None:  # a layer gets an attribute in forward, and loses it afterwards
        for _ in range(10_000):
            layer.forward(X[:1])
            forget([layer])

    with ThreadPoolExecutor(1) as pool:
        predicting = pool.submit(predict)
        while not predicting.done():
            look(layer)
