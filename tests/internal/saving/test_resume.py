"""A training that was interrupted ends where the uninterrupted one does, to the last byte.

Each case is trained in one go, and in two: five epochs here, the rest in a new process. Both write
all that they know to files, and the files must be the same. They hold the weights, what the
optimizer remembers, the state of the random generator, the history and what the callbacks know.
"""

import copy
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT, RunPython
from tests.support.systems import needs_posix
from tinynet import SGD, Adam, Dense, Dropout, Sequential, load_model
from tinynet.callbacks import (
    Callback,
    EarlyStopping,
    LambdaCallback,
    Logs,
    ModelCheckpoint,
    State,
    TerminateOnNaN,
)
from tinynet.schedules import CosineDecay, ExponentialDecay, PiecewiseConstantDecay
from tools import kill_and_resume

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4)).astype(np.float32)
Y = np.eye(3)[(X @ RNG.normal(size=(4, 3)) + RNG.normal(size=(50, 3))).argmax(axis=1)]

Callbacks = Callable[[Path], list[Callback]]


class Slowdown(Callback):
    """Has a state of its own, and acts on the model: halves the learning rate now and then."""

    def on_train_begin(self, logs: Logs) -> None:
        self.calls = 0

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self.calls += 1
        logs["calls"] = self.calls
        if self.calls % 3 == 0:
            self.model.parameters *= 0.5

    def get_state(self) -> State:
        return {"calls": self.calls, "marks": [self.calls, None, "x"], "array": np.arange(3.0)}

    def set_state(self, state: State) -> None:
        assert state["marks"] == [state["calls"], None, "x"]
        assert state["array"].tolist() == [0, 1, 2]
        self.calls = state["calls"]


def stopping(patience: int, **options: Any) -> EarlyStopping:
    return EarlyStopping("val_loss", patience, restore_best_weights=True, **options)


def checkpoint(folder: Path, name: str = "m-{epoch:02d}.npz", **options: Any) -> ModelCheckpoint:
    return ModelCheckpoint(folder / name, **options)


OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "SGD": lambda: SGD(0.1),
    "momentum": lambda: SGD(0.1, momentum=0.9),
    "Nesterov": lambda: SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "Adam": lambda: Adam(0.02, weight_decay=0.01),
    "exponential": lambda: SGD(ExponentialDecay(0.1, 7, 0.5, staircase=True), momentum=0.5),
    "cosine": lambda: Adam(CosineDecay(0.1, 20, alpha=0.1)),
    "piecewise": lambda: SGD(PiecewiseConstantDecay([5, 23], [0.3, 0.1, 0.01])),
}
CALLBACKS: dict[str, Callbacks] = {
    "none": lambda folder: [],
    "never stopped": lambda folder: [stopping(9)],
    "stopped before the break": lambda folder: [stopping(2, min_delta=10)],
    "stopped at the break": lambda folder: [stopping(4, min_delta=10)],
    "patience counts across the break": lambda folder: [stopping(6, min_delta=10)],
    "best checkpoint": lambda folder: [
        checkpoint(folder, "best.npz", monitor="val_acc", save_best_only=True)
    ],
    "two of a kind": lambda folder: [
        EarlyStopping("loss", 1, min_delta=0.5),
        EarlyStopping("val_acc", 9),
        checkpoint(folder, "a.npz", monitor="loss", save_best_only=True),
        checkpoint(folder, "b.npz", monitor="val_acc", save_best_only=True),
    ],
    "a callback of one's own": lambda folder: [Slowdown()],
    "figures of one's own": lambda folder: [
        LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(twice=2 * logs["loss"]))
    ],
}
# Each optimizer, and each set of callbacks; saved by hand after five epochs, or by a checkpoint at
# the first or the last place of the list in the midst of a longer run. A callback without a state
# that changes the figures has to stand before the checkpoint, as the page says.
CASES = [
    *((optimizer, "none", "by hand") for optimizer in OPTIMIZERS),
    *(("momentum", callbacks, "by hand") for callbacks in CALLBACKS),
    *(("Adam", name, "first") for name in CALLBACKS if name != "figures of one's own"),
    *(("Nesterov", callbacks, "last") for callbacks in CALLBACKS),
]
OPTIONS: list[dict[str, Any]] = [
    {"batch_size": 8, "validation_split": 0.2},
    {"batch_size": 16, "validation_data": (X[:20], Y[:20]), "shuffle": False},
]


def fit(model: Sequential, folder: Path, case: int, epochs: int) -> None:
    """Train as the case says, and write down what it came to."""
    _, callbacks, where = CASES[case]
    stack = CALLBACKS[callbacks](folder)
    stack = [checkpoint(folder)] * (where == "first") + stack
    stack += [checkpoint(folder)] * (where == "last")
    options = OPTIONS[case % len(OPTIONS)]
    model.fit(X, Y, epochs=epochs, initial_epoch=model.epoch, callbacks=stack, verbose=0, **options)
    model.save(folder / "end.npz")


def network(case: int) -> Sequential:
    stack = [Dense(6, "relu", input_shape=(4,)), Dropout(0.3), Dense(3, "softmax")]
    model = Sequential(stack, seed=case, dtype="float64" if case % 3 == 0 else "float32")
    model.compile(OPTIMIZERS[CASES[case][0]](), "categorical_crossentropy", metrics=["acc"])
    return model


def go_on(top: str) -> None:
    """Resume all cases: what the new process does."""
    for case in range(len(CASES)):
        folder = Path(top, "parts", str(case))
        fit(load_model(folder / "start.npz"), folder, case, epochs=10)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("resume")
    for case, (_, _, where) in enumerate(CASES):
        whole, parts = top / "whole" / str(case), top / "parts" / str(case)
        whole.mkdir(parents=True)
        parts.mkdir(parents=True)
        fit(network(case), whole, case, epochs=10)
        fit(network(case), parts, case, epochs=5 if where == "by hand" else 7)
        fifth = parts / "m-05.npz"
        start = parts / "end.npz" if where == "by hand" or not fifth.exists() else fifth
        os.replace(start, parts / "start.npz")
        # What came after the fifth epoch is lost, as if the process had been killed there.
        for late in ("m-05.npz", "m-06.npz", "m-07.npz", "end.npz"):
            (parts / late).unlink(missing_ok=True)
    subprocess.run(
        [sys.executable, "-c", f"from {__name__} import go_on; go_on({str(top)!r})"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=120,
    )
    return top


@pytest.mark.parametrize("case", range(len(CASES)), ids=["-".join(case) for case in CASES])
def test_a_new_process_goes_on_to_the_byte(case: int, folders: Path) -> None:
    whole, parts = folders / "whole" / str(case), folders / "parts" / str(case)
    expected = load_model(whole / "end.npz")
    resumed = load_model(parts / "end.npz")
    assert resumed.history.history == expected.history.history
    assert resumed.parameters.tobytes() == expected.parameters.tobytes()
    assert (parts / "end.npz").read_bytes() == (whole / "end.npz").read_bytes()
    # Also each checkpoint from the fifth on, and the best ones.
    written = {path.name for path in whole.iterdir() if path.name > "m-05.npz"}
    for name in written | {path.name for path in whole.glob("[ab]*.npz")}:
        assert (parts / name).read_bytes() == (whole / name).read_bytes(), name


def test_the_cases_are_what_they_are_called(folders: Path) -> None:
    """Stopped where they say, or the comparison would show nothing."""
    epochs = {}
    for case, (_, callbacks, where) in enumerate(CASES):
        start = load_model(folders / "parts" / str(case) / "start.npz").epoch
        end = load_model(folders / "whole" / str(case) / "end.npz").epoch
        epochs[callbacks, where] = (start, end)
    for where in ("by hand", "first", "last"):
        assert epochs["never stopped", where] == (5, 10)
        assert epochs["stopped before the break", where] == (3, 3)
        assert epochs["stopped at the break", where] == (5, 5)
        assert epochs["patience counts across the break", where] == (5, 7)


def test_the_history_of_a_resumed_run(tmp_path: Path) -> None:
    model = network(0)
    returned = [model.fit(X, Y, epochs=2, verbose=0)]
    model.save(tmp_path / "m.npz")
    model = load_model(tmp_path / "m.npz")
    assert model.history.epoch == [0, 1]
    assert model.history.history == returned[0].history
    for epochs in (3, 5):
        returned.append(model.fit(X, Y, epochs=epochs, initial_epoch=model.epoch, verbose=0))
    assert [history.epoch for history in returned] == [[0, 1], [2], [3, 4]]
    whole = model.history.whole_run
    assert whole.epoch == [0, 1, 2, 3, 4]
    assert whole.history["loss"] == [
        loss for history in returned for loss in history.history["loss"]
    ]
    assert returned[0].whole_run is returned[0]
    # Another beginning is another run.
    model.fit(X, Y, epochs=1, verbose=0)
    assert model.history.whole_run.epoch == [0]


def test_a_figure_that_a_callback_adds_is_in_the_history_and_in_the_checkpoint(
    tmp_path: Path,
) -> None:
    def add(epoch: int, logs: Logs) -> None:
        logs["odd"] = epoch % 2
        if epoch == 1:
            logs["once"] = float("nan")

    model = network(0)
    stack = [LambdaCallback(on_epoch_end=add), checkpoint(tmp_path, "m.npz")]
    history = model.fit(X, Y, epochs=3, callbacks=stack, verbose=0)
    for found in (history, load_model(tmp_path / "m.npz").history):
        assert found.epoch == [0, 1, 2]
        assert list(found.history) == ["loss", "acc", "odd", "once"]
        assert found.history["odd"] == [0, 1, 0]
        assert len(found.history["once"]) == 1
        assert np.isnan(found.history["once"][0])
        assert found.history["loss"] == history.history["loss"]


def test_what_isnt_a_number_in_the_history_is_named(tmp_path: Path) -> None:
    model = network(0)
    add = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(note="x"))  # type: ignore[call-overload]
    model.fit(X, Y, callbacks=[add], verbose=0)
    with pytest.raises(TypeError, match=r"history's note must be a number, received 'x'"):
        model.save(tmp_path / "m.npz")
    assert not list(tmp_path.iterdir())


# What callbacks take over, and what they don't


def saved(tmp_path: Path, **options: Any) -> Path:
    """Train with early stopping, which stops after epoch 2, and save."""
    model = network(0)
    stop = EarlyStopping("loss", patience=1, min_delta=10, **options)
    model.fit(X, Y, epochs=9, callbacks=[stop], verbose=0)
    assert model.epoch == 2
    model.save(tmp_path / "m.npz")
    return tmp_path / "m.npz"


def test_early_stopping_that_has_stopped_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = load_model(saved(tmp_path))
    options: dict[str, Any] = {"epochs": 9, "initial_epoch": model.epoch, "verbose": 0}
    history = model.fit(X, Y, callbacks=[EarlyStopping("loss", 1, 10)], **options)
    assert (history.epoch, history.history) == ([], {})
    said = capsys.readouterr().out
    assert said == (
        "EarlyStopping has ended this run after epoch 2. To continue, raise patience above 1, "
        "or omit EarlyStopping.\n"
    )
    more = EarlyStopping("loss", patience=3, min_delta=10)
    assert model.fit(X, Y, callbacks=[more], **options).epoch == [2, 3]
    assert (more.best_epoch, more.stopped_epoch) == (0, 3)


@pytest.mark.parametrize("begin", [{"initial_epoch": 0}, {"initial_epoch": 1}, {}])
def test_another_beginning_begins_anew(begin: dict[str, Any], tmp_path: Path) -> None:
    model = load_model(saved(tmp_path))
    stop = EarlyStopping("loss", 1, 10)
    model.fit(X, Y, epochs=9, callbacks=[stop], verbose=0, **begin)
    assert stop.best_epoch == begin.get("initial_epoch", 0)
    assert model.history.whole_run.epoch[0] == stop.best_epoch


def test_what_a_callback_knew_stays_when_it_goes_on_to_another_model() -> None:
    """It may hand out its own list, which it fills, and clears for another training."""

    class Marks(Callback):
        def __init__(self) -> None:
            self.marks: list[int] = []

        def on_train_begin(self, logs: Logs) -> None:
            self.marks.clear()

        def on_epoch_end(self, epoch: int, logs: Logs) -> None:
            self.marks.append(epoch)

        def get_state(self) -> State:
            return {"marks": self.marks}

    marks, first, second = Marks(), network(0), network(1)
    first.fit(X, Y, epochs=2, callbacks=[marks], verbose=0)
    second.fit(X, Y, epochs=3, callbacks=[marks], verbose=0)
    for model, epochs in ((first, [0, 1]), (second, [0, 1, 2])):
        assert model.history.callback_states[0]["state"] == {"marks": epochs}


def test_a_callback_that_watches_something_else_begins_anew(tmp_path: Path) -> None:
    model = load_model(saved(tmp_path))
    other = EarlyStopping("acc", 1, 10)
    model.fit(X, Y, epochs=9, initial_epoch=2, callbacks=[other], verbose=0)
    assert (other.best_epoch, other.stopped_epoch) == (2, 3)


def test_weights_set_by_hand_are_not_overwritten(tmp_path: Path) -> None:
    """Early stopping goes on from the last weights, if the model still has its best ones."""
    model = load_model(saved(tmp_path, restore_best_weights=True))
    stop = EarlyStopping("loss", 5, 10, restore_best_weights=True)
    begun: list[np.ndarray] = []
    look = LambdaCallback(on_epoch_begin=lambda *_: begun.append(model.parameters.copy()))
    best, mine = model.parameters.copy(), np.ones_like(model.parameters)
    other = copy.deepcopy(model)
    model.fit(X, Y, epochs=3, initial_epoch=2, callbacks=[stop, look], verbose=0)
    assert not np.array_equal(begun[0], best)
    model, begun = other, []
    model.parameters[...] = mine
    model.fit(X, Y, epochs=3, initial_epoch=2, callbacks=[stop, look], verbose=0)
    np.testing.assert_array_equal(begun[0], mine)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"waited": -1}, "waited must be at least 0"),
        ({"best": "x"}, "best must be a number or None"),
        ({"best_epoch": None}, "best_epoch must be a whole number"),
        ({"best_weights": np.ones(3)}, "best_weights has shape"),
    ],
)
def test_a_state_that_makes_no_sense_is_refused_before_training(
    change: State, message: str, tmp_path: Path
) -> None:
    model = load_model(saved(tmp_path, restore_best_weights=True))
    model.history.callback_states[0]["state"].update(change)
    before, history = model.parameters.copy(), model.history
    stop = EarlyStopping("loss", 5, 10, restore_best_weights=True)
    with pytest.raises(ValueError, match=rf"EarlyStopping\(min loss\) can't resume.*{message}"):
        model.fit(X, Y, epochs=9, initial_epoch=2, callbacks=[stop], verbose=0)
    np.testing.assert_array_equal(model.parameters, before)
    assert model.history is history


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_file_holds_what_callbacks_know_of_its_epoch_or_they_are_told(
    tmp_path: Path, by_hand: bool
) -> None:
    """A checkpoint saves when all have run; a model saved in between is an epoch ahead of them."""
    model = network(0)
    save: Callback = checkpoint(tmp_path, "m.npz")
    if by_hand:
        save = LambdaCallback(on_epoch_end=lambda epoch, logs: model.save(tmp_path / "m.npz"))
    model.fit(X, Y, epochs=2, callbacks=[save, EarlyStopping("loss", 9)], verbose=0)
    heard: list[int] = []

    class Listening(EarlyStopping):
        def on_epoch_end(self, epoch: int, logs: Logs) -> None:
            heard.append(epoch)
            super().on_epoch_end(epoch, logs)

    Listening.__name__ = "EarlyStopping"
    others: list[int] = []
    record = LambdaCallback(on_epoch_end=lambda epoch, logs: others.append(epoch))
    model = load_model(tmp_path / "m.npz")
    model.fit(X, Y, epochs=3, initial_epoch=2, callbacks=[Listening("loss", 9), record], verbose=0)
    assert heard == ([1, 2] if by_hand else [2])
    assert others == [2]


# Training that goes wrong


def test_a_checkpoint_isnt_overwritten_with_what_cant_be_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = Sequential([Dense(1, input_shape=(1,))], seed=0)
    model.compile(SGD(1e25, momentum=0.5), "mse")
    x = np.ones((4, 1))
    model.fit(x, x, epochs=1, batch_size=4, verbose=0, callbacks=[checkpoint(tmp_path, "m.npz")])
    old = (tmp_path / "m.npz").read_bytes()
    history = model.fit(x, x, epochs=9, verbose=0, callbacks=[checkpoint(tmp_path, "m.npz")])
    assert not np.isfinite(model.parameters).all()
    assert len(history.epoch) < 9
    assert capsys.readouterr().out.count("training stops") == 1
    assert (tmp_path / "m.npz").read_bytes() == old
    load_model(tmp_path / "m.npz")
    for save in (model.save, model.save_weights):
        with pytest.raises(ValueError, match="parameters to be saved must be finite, received"):
            save(tmp_path / "m.npz")
    assert (tmp_path / "m.npz").read_bytes() == old


def test_the_best_weights_of_a_diverged_training_can_be_saved(tmp_path: Path) -> None:
    model = Sequential([Dense(1, input_shape=(1,))], seed=0)
    model.compile(SGD(1e15, momentum=0.5), "mse")
    x = np.ones((4, 1))
    stack = [EarlyStopping("loss", 9, restore_best_weights=True), TerminateOnNaN()]
    model.fit(x, x, epochs=9, verbose=0, callbacks=stack)
    assert not np.isfinite(model.optimizer.state["velocity"]).all()
    model.save(tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz")
    np.testing.assert_array_equal(loaded.parameters, model.parameters)


# Killed


@needs_posix
def test_killed_at_random_and_resumed() -> None:
    """The long version: ``python -m tools.kill_and_resume --kills 100``."""
    counts = kill_and_resume.kill_and_resume(kills=2, seed=int(time.time()))
    assert counts["kills"] >= 2
    assert counts["trainings"] >= 1


INTERRUPTED = """
import json, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import numpy as np, tinynet
from tinynet.callbacks import *

def interrupt(batch, logs):
    if len(model.history.epoch) == 2 and batch == 1:
        os.kill(os.getpid(), signal.SIGINT)

model = tinynet.Sequential([tinynet.Dense(1, input_shape=(2,))], seed=0)
model.compile(tinynet.SGD(0.1, momentum=0.5), "mse")
x, y = np.random.default_rng(0).normal(size=(32, 2)), np.ones(32)
stack = [ModelCheckpoint(sys.argv[1]), EarlyStopping("loss", 5),
         LambdaCallback(on_batch_end=interrupt)]
returned = model.fit(x, y, batch_size=4, epochs=9, callbacks=stack, verbose=0)
print(json.dumps([model.epoch, model.optimizer.iterations, returned is model.history,
                  returned.history["loss"], bool(np.isfinite(model.predict(x)).all())]))
loaded = tinynet.load_model(sys.argv[1])
on = loaded.fit(x, y, batch_size=4, epochs=3, initial_epoch=2, callbacks=stack[:2], verbose=0)
whole = tinynet.Sequential([tinynet.Dense(1, input_shape=(2,))], seed=0)
whole.compile(tinynet.SGD(0.1, momentum=0.5), "mse")
expected = whole.fit(x, y, batch_size=4, epochs=3, callbacks=stack[:2], verbose=0)
print(json.dumps([expected.history["loss"], on.whole_run.history["loss"],
                  whole.parameters.tobytes() == loaded.parameters.tobytes()]))
"""


@needs_posix
def test_ctrl_c_keeps_the_history_and_the_checkpoint(tmp_path: Path, run_python: RunPython) -> None:
    result = run_python(INTERRUPTED, str(tmp_path / "m.npz"))
    assert result.returncode == 0, result.stderr
    said, first, second = result.stdout.splitlines()
    assert said == "Stopped by Ctrl-C; complete epochs: 2."
    epoch, steps, same, losses, usable = json.loads(first)
    assert (epoch, steps, same, len(losses), usable) == (2, 2 * 8 + 2, True, 2, True)
    expected, resumed, equal = json.loads(second)
    assert resumed == expected
    assert expected[:2] == losses
    assert equal, "the checkpoint goes on from the last complete epoch"


class Crash(Callback):
    """Ends the process, as it were, between the writing of two checkpoints."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_epoch_complete(self, epoch: int, logs: dict[str, float]) -> None:
        if epoch == self.epoch:
            raise RuntimeError("the power is gone")


@pytest.mark.parametrize("last", [2, 4])
def test_a_kill_between_two_checkpoints_loses_neither(last: int, tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(40, 3))

    def run(folder: Path, model: Sequential, crash: int) -> None:
        folder.mkdir(exist_ok=True)
        latest = ModelCheckpoint(folder / "latest.npz")
        best = ModelCheckpoint(folder / "best.npz", "loss", save_best_only=True)
        callbacks = [latest, Crash(crash), best]
        epoch = model.epoch
        model.fit(x, x, epochs=5, initial_epoch=epoch, verbose=0, callbacks=callbacks)

    def fresh() -> Sequential:
        model = Sequential([Dense(3, input_shape=(3,))], seed=0)
        model.compile(Adam(0.01), "mse")
        return model

    run(tmp_path / "whole", fresh(), crash=99)
    with pytest.raises(RuntimeError):
        run(tmp_path / "killed", fresh(), crash=last)
    assert load_model(tmp_path / "killed" / "best.npz").epoch == last
    run(tmp_path / "killed", load_model(tmp_path / "killed" / "latest.npz"), crash=99)
    for name in ("latest", "best"):
        files = [np.load(tmp_path / folder / f"{name}.npz") for folder in ("whole", "killed")]
        arrays = [{key: file[key].tobytes() for key in file.files} for file in files]
        assert arrays[0] == arrays[1]
        for file in files:
            file.close()
