"""What happens between the steps of `fit`: each callback, the progress shown, and Ctrl-C."""

import contextlib
import inspect
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT, RunPython
from tests.support.systems import needs_blas_threads, needs_posix
from tinynet import SGD, Dense, Sequential, load_model
from tinynet.callbacks import (
    Callback,
    EarlyStopping,
    History,
    LambdaCallback,
    Logs,
    ModelCheckpoint,
    ProgressBar,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from tinynet.callbacks.running import snapshot

X = np.arange(10.0)[:, np.newaxis] / 10
Y = 3 * X


def line(**options: Any) -> Sequential:
    """Return a model of two parameters, which fits a line."""
    model = Sequential([Dense(1, input_shape=(1,))], seed=0, dtype="float64")
    model.compile(SGD(0.1), "mse", metrics=["acc"])
    return model


class Script(Callback):
    """Puts given figures into the logs, and the number of the epoch into the weights."""

    def __init__(self, **figures: list[float]) -> None:
        self.figures = figures

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        logs.update({name: values[epoch] for name, values in self.figures.items()})
        self.model.parameters[...] = epoch


def run_script(callback: Callback, **figures: list[float]) -> Sequential:
    model = line()
    epochs = len(next(iter(figures.values())))
    stack = [Script(**figures), callback]
    model.fit(X, Y, epochs=epochs, validation_data=(X, Y), callbacks=stack, verbose=0)
    return model


# Callbacks in general


class Diary(Callback):
    """Writes down what it is called with."""

    def __init__(self) -> None:
        self.entries: list[tuple[Any, ...]] = []

    def on_train_begin(self, logs: Logs) -> None:
        self.entries.append(("train begin", *logs))

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        self.entries.append(("epoch begin", epoch, *logs))

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        self.entries.append(("batch end", batch, *logs))

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self.entries.append(("epoch end", epoch, *logs))

    def on_train_end(self, logs: Logs) -> None:
        self.entries.append(("train end", *logs))


def test_callbacks_are_called_in_kerass_order() -> None:
    diary, model = Diary(), line()
    written: list[tuple[Any, ...]] = []
    functions = LambdaCallback(
        on_train_begin=lambda logs: written.append(("train begin", *logs)),
        on_epoch_begin=lambda epoch, logs: written.append(("epoch begin", epoch, *logs)),
        on_batch_end=lambda batch, logs: written.append(("batch end", batch, *logs)),
        on_epoch_end=lambda epoch, logs: written.append(("epoch end", epoch, *logs)),
        on_train_end=lambda logs: written.append(("train end", *logs)),
    )
    model.fit(X, Y, 4, epochs=2, validation_split=0.2, callbacks=[diary, functions], verbose=0)
    batches = [("batch end", batch, "loss", "acc") for batch in (0, 1)]
    everything = ("loss", "acc", "val_loss", "val_acc")
    epochs = [
        [("epoch begin", epoch), *batches, ("epoch end", epoch, *everything)] for epoch in (0, 1)
    ]
    assert diary.entries == [("train begin",), *epochs[0], *epochs[1], ("train end", *everything)]
    assert written == diary.entries
    assert diary.model is model
    expected = {"verbose": 0, "epochs": 2, "steps": 2, "logs": list(everything)}
    assert diary.params == model.history.params == expected


HOOKS = [name for name in vars(Callback) if name.startswith("on_")]


@pytest.mark.parametrize("name", HOOKS)
def test_functions_are_called_at_every_hook(name: str) -> None:
    """With the arguments, and as often, as the method of that name."""
    calls: list[list[Any]] = [[], []]
    taken = [entry.name for entry in inspect.signature(getattr(Callback, name)).parameters.values()]

    def written(into: list[Any], args: tuple[Any, ...], options: dict[str, Any]) -> None:
        into.append((len(args), args[0] if taken[1] in ("epoch", "batch") else None, [*options]))

    def method(self: Callback, *args: Any, **options: Any) -> None:
        written(calls[0], args, options)

    by_class = type("Own", (Callback,), {name: method})()
    by_name = LambdaCallback(**{name: lambda *a, **options: written(calls[1], a, options)})
    both, model = [by_class, by_name], line()
    model.fit(X, Y, 4, epochs=2, validation_split=0.2, callbacks=both, verbose=0)
    model.evaluate(X, Y, 4, callbacks=both, verbose=0)
    model.predict(X, 4, callbacks=both)
    assert calls[0]
    assert calls[0] == calls[1]


@pytest.mark.parametrize("name", HOOKS)
def test_only_functions_are_called(name: str) -> None:
    wrong: Any = {name: 3}
    with pytest.raises(TypeError, match=f"{name} must be a function, received 3"):
        LambdaCallback(**wrong)


def test_a_hook_that_isnt_there_is_refused_with_the_one_that_is_meant() -> None:
    wrong: Any = {"on_tests_end": print}
    with pytest.raises(
        TypeError, match=r"has no argument 'on_tests_end'\. Did you mean on_test_end"
    ):
        LambdaCallback(**wrong)


def test_a_steps_values_stay_those_of_the_step() -> None:
    """Those of the epoch, such as the validation's, go into a dict of their own."""
    kept: list[Logs] = []
    keep = LambdaCallback(on_batch_end=lambda batch, logs: kept.append(logs))
    line().fit(X, Y, 2, validation_data=(X, Y), callbacks=[keep], verbose=0)
    assert {tuple(logs) for logs in kept} == {tuple(kept[0])}


def test_logs_are_running_means_over_the_examples() -> None:
    model, stepped = line(), line()
    logs: list[float] = []
    recorder = LambdaCallback(on_batch_end=lambda batch, figures: logs.append(figures["loss"]))
    history = model.fit(X, Y, 4, shuffle=False, callbacks=[recorder], verbose=0).history
    losses = [stepped.train_on_batch(X[s : s + 4], Y[s : s + 4])[0] for s in (0, 4, 8)]
    means = [losses[0], (losses[0] + losses[1]) / 2, np.dot(losses, [4, 4, 2]) / 10]
    assert logs == pytest.approx(means, rel=1e-14, abs=0)
    assert history["loss"] == [logs[-1]]


def test_a_callback_can_stop_the_training() -> None:
    def stop(batch: int, logs: Logs) -> None:
        model.stop_training = batch == 1

    model, diary = line(), Diary()
    model.fit(X, Y, 2, epochs=3, callbacks=[LambdaCallback(on_batch_end=stop), diary], verbose=0)
    names = [entry[0] for entry in diary.entries]
    ends = ["batch end", "batch end", "epoch end", "train end"]
    assert names == ["train begin", "epoch begin", *ends]
    assert model.optimizer.iterations == 2
    model.fit(X, Y, 2, epochs=3, verbose=0)
    assert model.optimizer.iterations == 2 + 3 * 5, "the next training must run again"


def test_history_is_returned_and_kept() -> None:
    model = line()
    history = model.fit(X, Y, epochs=3, verbose=0)
    assert isinstance(history, History)
    assert model.history is history
    assert history.epoch == [0, 1, 2]
    assert list(history.history) == ["loss", "acc"]
    assert all(type(value) is float for values in history.history.values() for value in values)


# Early stopping


@pytest.mark.parametrize(
    ("values", "options", "best_epoch", "stopped"),
    [
        ([3, 2, 1, 1, 1, 1], {"patience": 2}, 2, 4),
        ([3, 2, 1, 2, 1, 0, 0], {"patience": 3}, 5, None),
        ([3, 2, 1, 2, 1, 1, 0], {"patience": 3}, 2, 5),
        ([3, 2, 2, 1], {}, 1, 2),
        ([3, 2, 1, 0], {}, 3, None),
        ([3, 2.6, 2.4, 2.3], {"min_delta": 0.5, "patience": 2}, 2, None),
        ([3, 2.6, 2.6, 2.4], {"min_delta": 0.5, "patience": 2}, 0, 2),
        ([3, 2.6, 2.6, 2.4], {"min_delta": -0.5, "patience": 2}, 0, 2),
        ([1, 2, 3, 3, 3], {"mode": "max", "patience": 1}, 2, 3),
        ([1, 2, 3, 3, 3], {"mode": "min", "patience": 1}, 0, 1),
        ([3, float("nan"), 2, float("nan"), float("nan")], {"patience": 2}, 2, 4),
        ([float("nan"), 3, 2], {"patience": 2}, 2, None),
    ],
)
def test_early_stopping(
    values: list[float], options: dict[str, Any], best_epoch: int, stopped: int | None
) -> None:
    callback = EarlyStopping(**options)
    model = run_script(callback, val_loss=values)
    assert (callback.best_epoch, callback.stopped_epoch) == (best_epoch, stopped)
    assert callback.best == values[best_epoch]
    last = len(values) - 1 if stopped is None else stopped
    assert model.history.epoch == list(range(last + 1))
    assert model.parameters.tolist() == [last, last], "weights are restored when asked for alone"


@pytest.mark.parametrize("monitor", ["val_acc", "acc"])
def test_an_accuracy_is_best_where_it_is_largest(monitor: str) -> None:
    callback = EarlyStopping(monitor)
    run_script(callback, **{monitor: [0.1, 0.2, 0.2, 0.3]})
    assert (callback.best_epoch, callback.stopped_epoch) == (1, 2)


@pytest.mark.parametrize("values", [[3, 1, 2, 2], [3, 1, 2]])
def test_the_best_weights_are_restored_also_at_the_end(values: list[float]) -> None:
    callback = EarlyStopping(patience=2, restore_best_weights=True)
    model = run_script(callback, val_loss=values)
    assert model.parameters.tolist() == [1, 1]
    assert model.get_weights()[0].tolist() == [[1]], "the layers must see it"


def test_early_stopping_forgets_the_run_before() -> None:
    callback = EarlyStopping(patience=1)
    run_script(callback, val_loss=[1, 0, 5])
    run_script(callback, val_loss=[5, 4, 3, 2])
    assert (callback.best, callback.best_epoch, callback.stopped_epoch) == (2, 3, None)


# Checkpoints


def test_a_checkpoint_after_each_epoch(tmp_path: Path) -> None:
    model = line()
    callback = ModelCheckpoint(tmp_path / "m-{epoch:02d}-{val_loss:.4f}.npz")
    states: list[np.ndarray] = []
    keep = LambdaCallback(on_epoch_end=lambda *_: states.append(model.parameters.copy()))
    history = model.fit(
        X, Y, epochs=3, validation_split=0.2, callbacks=[callback, keep], verbose=0
    ).history
    names = [f"m-{k:02d}-{loss:.4f}.npz" for k, loss in enumerate(history["val_loss"], 1)]
    assert sorted(os.listdir(tmp_path)) == names
    for k, name in enumerate(names):
        loaded = load_model(tmp_path / name)
        np.testing.assert_array_equal(loaded.parameters, states[k])
        assert loaded.epoch == k + 1


def test_a_checkpoint_of_the_best_epochs_alone(tmp_path: Path) -> None:
    callback = ModelCheckpoint(tmp_path / "{epoch}.npz", save_best_only=True)
    run_script(callback, val_loss=[3, 2, 2.5, float("nan"), 2, 1])
    assert sorted(os.listdir(tmp_path)) == ["1.npz", "2.npz", "6.npz"]
    highest = ModelCheckpoint(tmp_path / "best.npz", "val_acc", save_best_only=True)
    run_script(highest, val_acc=[0.1, 0.9, 0.5])
    assert load_model(tmp_path / "best.npz").parameters.tolist() == [1, 1]


def test_a_checkpoint_of_the_weights_alone(tmp_path: Path) -> None:
    callback = ModelCheckpoint(tmp_path / "w.npz", save_weights_only=True)
    model, other = run_script(callback, val_loss=[1, 1]), line()
    other.load_weights(tmp_path / "w.npz")
    np.testing.assert_array_equal(other.parameters, model.parameters)
    with pytest.raises(ValueError, match="weights alone"):
        load_model(tmp_path / "w.npz")


# Others


def test_terminate_on_nan_stops_within_the_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    model = line()
    model.compile(SGD(1e200), "mse")
    diary = Diary()
    model.fit(X, Y, 2, epochs=5, callbacks=[TerminateOnNaN(), diary], verbose=0)
    batches = [entry for entry in diary.entries if entry[0] == "batch end"]
    assert 1 < len(batches) < 5
    assert "training stops" in capsys.readouterr().out
    steady = line()
    steady.fit(X, Y, 2, epochs=5, callbacks=[TerminateOnNaN()], verbose=0)
    assert steady.optimizer.iterations == 25


class Spoiler(Callback):
    """Makes a parameter infinite, which is not to be seen in the loss, in one batch of an epoch."""

    def __init__(self, epoch: int, batch: int = 4, interrupt: bool = False) -> None:
        self.moment, self.interrupt = (epoch, batch), interrupt

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        self.epoch = epoch

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        if (self.epoch, batch) == self.moment:
            self.model.parameters[0] = np.inf
            if self.interrupt:
                signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("interrupted", [True, False])
def test_a_new_run_counts_its_epochs_from_its_own_first(interrupted: bool, tmp_path: Path) -> None:
    """Stopped or saved in its first epoch, it has completed none, whatever the run before did."""

    class Stop(Callback):
        def on_batch_end(self, batch: int, logs: Logs) -> None:
            self.model.save(tmp_path / "m.npz")
            if interrupted:
                signal.raise_signal(signal.SIGINT)
            else:
                raise RuntimeError

    model = line()
    model.fit(X, Y, epochs=3, verbose=0)
    with contextlib.nullcontext() if interrupted else pytest.raises(RuntimeError):
        model.fit(X, Y, 2, epochs=5, callbacks=Stop(), verbose=0)
    for one in (model, load_model(tmp_path / "m.npz")):
        assert (one.epoch, one.history.history) == (0, {})
        history = one.fit(X, Y, epochs=5, initial_epoch=one.epoch, verbose=0)
        assert history.whole_run.epoch == [0, 1, 2, 3, 4]


def test_weights_that_overflowed_in_the_last_step_are_not_the_best() -> None:
    class Overflow(Callback):
        def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
            logs["loss"] = 1.0 - epoch  # better and better
            if epoch == 1:
                self.model.parameters[0] = np.nan

    model = Sequential([Dense(3, "softmax", input_shape=(4,))], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    best = EarlyStopping("loss", patience=5, restore_best_weights=True)
    x = np.random.default_rng(0).standard_normal((6, 4))
    model.fit(x, np.arange(6) % 3, epochs=2, verbose=0, callbacks=[Overflow(), best])
    assert best.best_epoch == 0
    assert np.isfinite(model.parameters).all()


@pytest.mark.parametrize("last", ["softmax", None])
def test_a_forgotten_softmax_is_named(last: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    model = Sequential([Dense(8, "relu"), Dense(3, last)], seed=0)
    model.compile(SGD(0.01 if last is None else 1e30), "sparse_categorical_crossentropy")
    x = np.random.default_rng(0).standard_normal((60, 4))
    model.fit(x, np.arange(60) % 3, epochs=50, verbose=0)
    said = capsys.readouterr().out
    assert ("end with a softmax or a sigmoid" in said) == (last is None)
    assert ("the learning rate is too high" in said) == (last == "softmax")


OVERFLOWN = "A parameter is NaN or infinite after the last step: training stops."


@pytest.mark.parametrize("given", [True, False])
def test_an_overflow_in_the_last_step_is_told_once(
    given: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    line().fit(X, Y, 2, epochs=2, callbacks=[Spoiler(1), *[TerminateOnNaN()] * given], verbose=0)
    said = capsys.readouterr().out
    assert said.startswith(OVERFLOWN)
    assert said.count("\n") == 1


@pytest.mark.parametrize("restore", [True, False])
def test_an_overflow_is_told_though_something_else_has_stopped_the_training(
    restore: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = EarlyStopping("loss", patience=1, min_delta=1e9, restore_best_weights=restore)
    for other in (stop, ModelCheckpoint(tmp_path / "m.npz")):
        history = line().fit(X, Y, 2, epochs=5, callbacks=[Spoiler(1), other], verbose=0)
        assert history.epoch == [0, 1]
        assert capsys.readouterr().out.startswith(OVERFLOWN)
    assert load_model(tmp_path / "m.npz").epoch == 1


def test_an_overflow_is_told_beside_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        line().fit(X, Y, 2, epochs=5, callbacks=[Spoiler(1, 2, interrupt=True)], verbose=0)
    finally:
        signal.signal(signal.SIGINT, before)
    overflow, interrupted = capsys.readouterr().out.splitlines()
    assert overflow.startswith(OVERFLOWN)
    assert interrupted == "Stopped by Ctrl-C; complete epochs: 1."


@pytest.mark.parametrize(
    ("callbacks", "kind", "message"),
    [
        ([print], TypeError, "callbacks must be Callback objects, received <built-in function"),
        ([EarlyStopping], TypeError, "callbacks must be Callback objects, received <class"),
        (
            [EarlyStopping()],
            ValueError,
            r"EarlyStopping can't monitor 'val_loss': there will be 'loss', 'acc'\. Pass "
            r"validation_data or validation_split\.",
        ),
        ([EarlyStopping("los")], ValueError, "can't monitor 'los'"),
        ([ModelCheckpoint("m.npz", save_best_only=True)], ValueError, "can't monitor 'val_loss'"),
        ([ModelCheckpoint("{val_acc}.npz")], ValueError, "may name 'epoch', 'loss', 'acc', rec"),
        ([ModelCheckpoint(f"{__file__}/m.npz")], NotADirectoryError, r"\.py is a file, not a"),
    ],
)
def test_wrong_callbacks_are_refused_before_training(
    callbacks: list[Any], kind: type[Exception], message: str
) -> None:
    model = line()
    before = model.parameters.copy()
    with pytest.raises(kind, match=message):
        model.fit(X, Y, callbacks=callbacks, verbose=0)
    np.testing.assert_array_equal(model.parameters, before)


def falling(name: str) -> LambdaCallback:
    """Return a callback that adds a value, 1 less in each epoch."""

    def add(epoch: int, logs: Logs) -> None:
        logs[name] = 1.0 - epoch

    return LambdaCallback(on_epoch_end=add)


def test_what_a_callback_adds_can_be_monitored(tmp_path: Path) -> None:
    model = line()
    stop = EarlyStopping("f1", mode="max", patience=2)
    save = ModelCheckpoint(
        tmp_path / "m-{epoch}-{f1:.1f}.npz", "f1", save_best_only=True, mode="max"
    )
    lower = ReduceLROnPlateau("f1", mode="max", patience=1)
    history = model.fit(X, Y, epochs=9, verbose=0, callbacks=[falling("f1"), stop, save, lower])
    assert history.history["f1"] == [1.0, 0.0, -1.0]
    assert [path.name for path in tmp_path.iterdir()] == ["m-1-1.0.npz"]
    assert model.optimizer.learning_rate == pytest.approx(0.001)


def test_a_monitored_value_that_nobody_adds_is_reported() -> None:
    stop = EarlyStopping("f2", mode="max")
    with pytest.raises(ValueError, match="can't monitor 'f2': there is only 'loss', 'acc', 'f1'"):
        line().fit(X, Y, epochs=2, verbose=0, callbacks=[falling("f1"), stop])
    with pytest.raises(ValueError, match="can't monitor 'f1': there will be 'loss', 'acc'"):
        line().fit(X, Y, verbose=0, callbacks=[EarlyStopping("f1", mode="max"), falling("f1")])
    with pytest.raises(ValueError, match="larger values of 'f1' are better: pass mode='max' or"):
        line().fit(X, Y, verbose=0, callbacks=[falling("f1"), EarlyStopping("f1")])
    with pytest.raises(
        ValueError,
        match=r"there will be 'loss', 'acc', 'val_loss', 'val_acc'\. Did you mean 'val_acc'\?$",
    ):
        line().fit(X, Y, verbose=0, validation_split=0.5, callbacks=EarlyStopping("val_accuracy"))


def test_a_filepath_may_name_what_a_callback_adds_and_must_be_readable() -> None:
    with pytest.raises(ValueError, match="filepath may name 'epoch', 'loss', 'acc', received"):
        line().fit(X, Y, verbose=0, callbacks=[falling("f1"), ModelCheckpoint("{f1.npz")])


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: EarlyStopping(patience=-1), ValueError, "patience must be at least 0"),
        (lambda: EarlyStopping(patience=None), TypeError, "patience must be a whole number"),  # type: ignore[arg-type]
        (lambda: EarlyStopping(mode="most"), ValueError, "mode must be 'auto', 'min' or 'max'"),
        (lambda: EarlyStopping(min_delta=float("nan")), ValueError, "min_delta must be finite"),
        (lambda: EarlyStopping(1), TypeError, "monitor must be a name such as"),  # type: ignore[arg-type]
        (lambda: ModelCheckpoint("m.npz", mode="best"), ValueError, "mode must be"),
    ],
)
def test_wrong_settings_are_refused(
    make: Callable[[], Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        make()


# Progress


def fit_and_capture(capsys: pytest.CaptureFixture[str], **options: Any) -> tuple[str, History]:
    history = line().fit(X, Y, 2, epochs=2, validation_split=0.2, **options)
    return capsys.readouterr().out, history


@pytest.mark.parametrize("verbose", ["auto", 1, 2])
def test_without_a_console_nothing_is_shown(verbose: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)  # as in Python for windows without a console
    model = line()
    assert len(model.fit(X, Y, epochs=2, verbose=verbose).epoch) == 2
    model.evaluate(X, Y)


def test_a_file_gets_a_plain_line_an_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    out, history = fit_and_capture(capsys)
    assert "\r" not in out
    assert "\x1b" not in out
    lines = out.splitlines()
    assert len(lines) == 2
    for k, shown in enumerate(lines):
        assert re.match(rf"Epoch {k + 1}/2 - \d+\.\ds - ", shown)
        for name, values in history.history.items():
            assert f" - {name}: {values[k]:.4f}" in shown
    assert fit_and_capture(capsys, verbose=2)[0].splitlines()[0].startswith("Epoch 1/2 - ")
    assert fit_and_capture(capsys, verbose=0)[0] == ""
    file = io.StringIO()
    line().fit(X, Y, callbacks=[ProgressBar(live=False, file=file)], verbose=0)
    assert file.getvalue().startswith("Epoch 1/1 - ")


def test_small_figures_keep_their_digits(capsys: pytest.CaptureFixture[str]) -> None:
    model = line()
    model.compile(SGD(0), "mse")
    model.set_weights([[[3.001]], [0]])
    loss = model.fit(X, Y).history["loss"][0]
    assert 1e-8 < loss < 1e-6
    assert f"loss: {loss:.4e}" in capsys.readouterr().out


def test_evaluate_says_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    model = line()
    loss, acc = model.evaluate(X, Y)
    out = capsys.readouterr().out
    assert f"loss: {loss:.4f}" in out
    assert f"acc: {acc:.4f}" in out
    assert "10" in out
    model.evaluate(X, Y, verbose=0)
    assert capsys.readouterr().out == ""


LIVE = """
import time
import numpy as np
from tinynet import Dense, Sequential
from tinynet.callbacks import LambdaCallback

model = Sequential([Dense(1, input_shape=(1,))], seed=0)
model.compile("sgd", "mse", metrics=["acc"])
model.fit(
    np.ones((8, 1)), np.ones(8), 2, epochs=2, validation_split=0.25,
    callbacks=[LambdaCallback(on_batch_end=lambda batch, logs: time.sleep(0.11))],
)
"""


@needs_posix
def test_a_terminal_shows_steps_time_and_figures_live() -> None:
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-c", LIVE], stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:  # Linux says so when the other end is closed
            break
        if not chunk:
            break
        shown += chunk
    os.close(ours)
    assert process.wait(60) == 0
    text = shown.decode()
    assert "\r" in text
    assert re.search(r"Epoch 1/2.*\b2/3\b.* 00:00.*loss: \d\.\d+ - acc: \d\.\d+", text)
    assert re.search(r"Epoch 1/2.*\b3/3\b", text), "the last step counts as well"
    assert re.search(r"Epoch 2/2.*0\.\ds - loss: .* - acc: .* - val_loss: .* - val_acc: ", text)


@pytest.mark.parametrize("verbose", [1, 2])
def test_the_line_has_what_other_callbacks_add(
    verbose: int, capsys: pytest.CaptureFixture[str]
) -> None:
    added: dict[str, Any] = {
        "rate": 0.5,
        "f1": np.float32(0.25),
        "tiny": np.array(1e-5),
        "n": 3,
        "none": None,
    }
    added |= {"each": [0.5, 1.0], "all": np.arange(2), "word": "good"}

    def add(epoch: int, logs: Logs) -> None:
        print("an own line")
        logs.update(added)

    line().fit(X, Y, verbose=verbose, callbacks=[LambdaCallback(on_epoch_end=add)])
    *_, own, shown = capsys.readouterr().out.splitlines()
    assert own.endswith("an own line")
    assert shown.endswith(
        "rate: 0.5000 - f1: 0.2500 - tiny: 1.0000e-05 - n: 3.0000 - none: None - "
        "each: [0.5, 1.0] - all: [0 1] - word: good"
    )


def test_a_bar_moves_ten_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock says 0 at first, and these seconds after the steps and at the end of the epoch."""
    seconds = iter([100.0, 100.05, 100.12, 100.2, 100.23, 102.5])
    clock = SimpleNamespace(perf_counter=lambda: next(seconds))
    monkeypatch.setattr("tinynet.callbacks.progress.time", clock)
    shown = io.StringIO()
    bar = ProgressBar(live=True, file=shown)
    bar.set_params({"epochs": 3, "steps": 4})
    bar.on_epoch_begin(1, {})
    for batch in range(4):  # the second is 0.12 s after the start, the fourth 0.11 s after that
        bar.on_batch_end(batch, {"loss": 0.5})
    bar.on_epoch_end(1, {"loss": 0.25})
    bar.on_epoch_complete(1, {"loss": 0.25})
    moves = re.findall(r"(\d)/4", shown.getvalue())
    assert [step for step, before in zip(moves, ["", *moves], strict=False) if step != before] == [
        *("0", "2", "4")
    ]
    assert re.search(r"Epoch 2/3 \|.{20}\| 2/4 \d\d:\d\d, loss: 0\.5000", shown.getvalue())
    assert shown.getvalue().endswith("Epoch 2/3 - 2.5s - loss: 0.2500\n")


@pytest.mark.parametrize("kernel", [True, False])
def test_a_notebook_counts_as_a_terminal(
    kernel: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = SimpleNamespace(kernel=object()) if kernel else SimpleNamespace()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    out, _ = fit_and_capture(capsys)
    assert ("\r" in out) == kernel


def test_a_bar_doesnt_claim_steps_that_werent_made(capsys: pytest.CaptureFixture[str]) -> None:
    model = line()
    model.compile(SGD(1e200), "mse")
    model.fit(X, Y, 1, epochs=5, callbacks=[TerminateOnNaN()], verbose=1)
    out = capsys.readouterr().out
    assert "10/10" not in out
    assert "100%" not in out


# Ctrl-C


INTERRUPTED = """
import json, os, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background ignores it
import numpy as np
import threadpoolctl
import tinynet
from tinynet.callbacks import LambdaCallback

signals = int(sys.argv[1])
threadpoolctl.threadpool_limits(2, user_api="blas")  # also on a machine of one core
threads = lambda: {pool["num_threads"] for pool in threadpoolctl.threadpool_info()
                   if pool["user_api"] == "blas"}
report = {"before": sorted(threads()), "batches": [], "ended": 0}

def batch_end(batch, logs):
    report["during"] = sorted(threads())
    report["batches"].append(batch)
    if len(model.history.epoch) == 1 and batch == 3:
        for _ in range(signals):
            handler, deadline = signal.getsignal(signal.SIGINT), time.monotonic() + 60
            print("now", flush=True)
            while signal.getsignal(signal.SIGINT) is handler and time.monotonic() < deadline:
                time.sleep(0.001)

model = tinynet.Sequential([tinynet.Dense(1, input_shape=(2,))], seed=0)
model.compile("sgd", "mse")
x, y = np.ones((32, 2)), np.ones(32)
callbacks = [LambdaCallback(on_batch_end=batch_end,
                            on_train_end=lambda logs: report.update(ended=1))]
try:
    history = model.fit(x, y, batch_size=4, epochs=3, callbacks=callbacks, verbose=0)
    report["returned"] = history is model.history
except KeyboardInterrupt:
    report["raised"] = True
report["after"] = sorted(threads())
report["handler restored"] = signal.getsignal(signal.SIGINT) is signal.default_int_handler
report["history"] = model.history.history
report["epoch"] = model.epoch
report["steps"] = model.optimizer.iterations
model.predict(x)
report["goes on"] = model.fit(x, y, epochs=2, initial_epoch=1, verbose=0).epoch
print(json.dumps(report))
"""


def interrupt(signals: int) -> dict[str, Any]:
    """Run the program, send it Ctrl-C whenever it says that it is time, and return its report."""
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(signals)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        said = []
        for words in process.stdout:
            said.append(words)
            if words == "now\n":
                process.send_signal(signal.SIGINT)
    assert process.returncode == 0, said
    report: dict[str, Any] = json.loads(said[-1])
    return {**report, "said": said}


@needs_posix
@needs_blas_threads
def test_ctrl_c_stops_after_the_batch_and_all_stays_usable() -> None:
    report = interrupt(1)
    assert report["returned"]
    assert report["batches"] == [*range(8), 0, 1, 2, 3]
    assert report["steps"] == 12
    assert report["ended"] == 1, "callbacks must hear of the end"
    assert list(report["history"]) == ["loss"]
    assert len(report["history"]["loss"]) == report["epoch"] == 1
    assert report["handler restored"]
    assert report["during"] == [1], "so small a model trains on one BLAS thread"
    assert report["after"] == report["before"] == [2]
    assert report["goes on"] == [1]
    assert any("Stopped by Ctrl-C" in words for words in report["said"])


@needs_posix
@needs_blas_threads
def test_a_second_ctrl_c_raises_and_leaves_no_trace() -> None:
    report = interrupt(2)
    assert report["raised"]
    assert report["steps"] == 12, "no step is cut in two"
    assert report["handler restored"]
    assert report["after"] == report["before"]
    assert report["goes on"] == [1]


def test_ctrl_c_is_ours_while_training_alone() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        seen = []
        look = LambdaCallback(on_batch_end=lambda *_: seen.append(signal.getsignal(signal.SIGINT)))
        line().fit(X, Y, callbacks=[look], verbose=0)
        assert seen[0] is not signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_handler_of_ctrl_c_is_left_alone() -> None:
    def handler(signum: int, frame: Any) -> None:
        raise AssertionError

    before = signal.signal(signal.SIGINT, handler)
    try:
        seen = []
        look = LambdaCallback(on_batch_end=lambda *_: seen.append(signal.getsignal(signal.SIGINT)))
        line().fit(X, Y, callbacks=[look], verbose=0)
        assert seen == [handler]
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_threads_can_train_side_by_side() -> None:
    alone = line()
    alone.fit(X, Y, 2, epochs=20, verbose=0)
    models = [line() for _ in range(4)]
    threads = [
        threading.Thread(
            target=model.fit, args=(X, Y, 2), kwargs={"epochs": 20, "verbose": 0}, daemon=True
        )
        for model in models
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for model in models:
        assert model.parameters.tobytes() == alone.parameters.tobytes()


BLAS = """
import numpy as np, threadpoolctl, tinynet
threads = lambda: [pool["num_threads"] for pool in threadpoolctl.threadpool_info()
                   if pool["user_api"] == "blas"]
threadpoolctl.threadpool_limits(2, user_api="blas")  # also on a machine of one core
before = threads()
model = tinynet.Sequential([tinynet.Dense(1, input_shape=(1,))])
def fail(batch, logs):
    raise RuntimeError("as it happens")
model.compile("sgd", "mse")
try:
    model.fit([[1.0]], [1.0], callbacks=[tinynet.callbacks.LambdaCallback(on_batch_end=fail)])
except RuntimeError as error:
    print(error, before, threads() == before)
"""


@needs_blas_threads
def test_an_exception_restores_the_blas_threads(run_python: RunPython) -> None:
    result = run_python(BLAS)
    assert result.stdout == "as it happens [2] True\n", result.stderr


@dataclass
class Equal(Callback):
    """A dataclass, so that two are compared by what they hold; of arrays that is an error."""

    kept: Any

    def get_state(self) -> dict[str, Any]:
        return {"kept": self.kept}


def test_callbacks_are_told_apart_by_identity() -> None:
    model = line()
    stack = [Equal(np.arange(2.0)), Equal(np.arange(2.0))]
    model.fit(X, Y, epochs=1, verbose=0, callbacks=stack)
    states = model.history.callback_states
    assert [(state["name"], state["heard"]) for state in states] == [("Equal", True)] * 2


@pytest.mark.parametrize("what", [object(), {"nested": np.zeros(3)}])
def test_a_state_that_cant_be_saved_is_named(what: Any, tmp_path: Path) -> None:
    model = line()
    model.fit(X, Y, verbose=0, callbacks=[Equal(what)])
    with pytest.raises(TypeError, match=r"The state of Equal must be a dict of numbers"):
        model.save(tmp_path / "m.npz")
    assert not list(tmp_path.iterdir())


# What callbacks know, written down once an epoch


def test_ten_callbacks_hold_at_most_three_copies_of_the_parameters() -> None:
    model = Sequential([Dense(400, "relu", input_shape=(500,)), Dense(1)], seed=0)
    model.compile("sgd", "mse")
    x, y = np.ones((8, 500)), np.ones((8, 1))
    model.fit(x, y, verbose=0)
    size = model.parameters.nbytes
    peaks = []

    def measure(epoch: int, logs: Logs) -> None:
        peaks.append(tracemalloc.get_traced_memory()[0])

    stopping = EarlyStopping("loss", 9, restore_best_weights=True)
    others: list[Callback] = [LambdaCallback(on_epoch_end=measure) for _ in range(9)]
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    model.fit(x, y, epochs=4, verbose=0, callbacks=[stopping, *others])
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert max(*peaks, after) - before < 3.2 * size
    states = model.history.callback_states
    assert [state["name"] for state in states] == ["EarlyStopping(min loss)"]


def test_a_snapshot_cant_be_changed_by_its_owner_and_arrays_for_good_are_shared() -> None:
    fixed = np.arange(3.0)
    fixed.flags.writeable = False
    state = {"list": [1, [2]], "array": np.zeros(2), "fixed": fixed, "dict": {"a": [3]}}
    taken = snapshot(state)
    state["list"][1].append(9)  # type: ignore[index]
    state["array"][0] = 9  # type: ignore[index]
    assert taken["list"] == [1, [2]]
    assert taken["array"].tolist() == [0, 0]
    assert taken["fixed"] is fixed


def test_all_callbacks_have_run_when_one_saves() -> None:
    told: list[str] = []

    class First(Callback):
        def on_epoch_complete(self, epoch: int, logs: Logs) -> None:
            told.append(f"saved {sorted(logs)}")

    class Second(Callback):
        def on_epoch_end(self, epoch: int, logs: Logs) -> None:
            logs["extra"] = 1.0
            told.append("added")

    model = Sequential([Dense(1, input_shape=(1,))])
    model.compile("sgd", "mse")
    model.fit(np.ones((2, 1)), np.ones(2), verbose=0, callbacks=[First(), Second()])
    assert told == ["added", "saved ['extra', 'loss']"]


@pytest.mark.parametrize("epochs", [3, 5])
def test_a_checkpoint_that_was_missed_is_written_later(epochs: int, tmp_path: Path) -> None:
    """The first file knows that the second was to be saved; it gets the figures of its epoch."""

    def callbacks(losses: list[float]) -> list[Callback]:
        named = ModelCheckpoint(tmp_path / "{epoch}-{loss:.1f}.npz")
        return [Script(loss=losses), ModelCheckpoint(tmp_path / "first.npz"), named]

    line().fit(X, Y, epochs=3, callbacks=callbacks([0.3, 0.2, 0.1]), verbose=0)
    (tmp_path / "3-0.1.npz").unlink()
    model = load_model(tmp_path / "first.npz")
    later = callbacks([0.3, 0.2, 0.1, 0.5, 0.4])
    model.fit(X, Y, epochs=epochs, initial_epoch=3, callbacks=later, verbose=0)
    expected = {"1-0.3", "2-0.2", "3-0.1"} | ({"4-0.5", "5-0.4"} if epochs == 5 else set())
    assert {path.stem for path in tmp_path.glob("?-*.npz")} == expected
    assert load_model(tmp_path / "3-0.1.npz").epoch == 3


def test_a_history_says_where_its_values_are() -> None:
    model = Sequential([Dense(1, input_shape=(2,))], seed=0)
    model.compile("sgd", "mse")
    history = model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    with pytest.raises(AttributeError, match=r"write history\.history\['loss'\]"):
        history.loss  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match="'los'"):
        history.los  # type: ignore[attr-defined]  # noqa: B018
