"""Learning rates set by callbacks, logs in files, and the options of those that monitor."""

import copy
import csv
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import RunPython
from tests.support.systems import needs_posix
from tinynet import SGD, Dense, Sequential, load_model, schedules
from tinynet.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TensorBoard,
)
from tinynet.callbacks.monitors import MonitorCallback
from tinynet.callbacks.progress import progress_bar
from tinynet.layers import Layer

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((40, 3)), RNG.standard_normal(40)


def model() -> Sequential:
    made = Sequential([Dense(1, input_dim=3)], seed=0)
    made.compile("sgd", "mse", metrics=["mae"])
    return made


class Values(Callback):
    """Puts given values in place of the loss, so that what monitors it sees them."""

    def __init__(self, *values: float) -> None:
        self.values = values

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        logs["loss"] = self.values[epoch]


def test_a_scheduler_sets_each_epochs_rate() -> None:
    made = model()
    history = made.fit(
        X,
        Y,
        epochs=3,
        verbose=0,
        callbacks=LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate),
    )
    assert history.history["learning_rate"] == [0.01, 0.005, 0.0025]
    made.fit(X, Y, verbose=0, callbacks=[LearningRateScheduler(lambda epoch: 0.5)])
    assert made.optimizer.learning_rate == 0.5


def test_a_rate_that_is_no_rate_is_refused() -> None:
    for schedule in (lambda epoch: "0.1", lambda epoch: None):
        with pytest.raises(TypeError, match="the schedule's result must be a number"):
            model().fit(X, Y, verbose=0, callbacks=LearningRateScheduler(schedule))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="schedule must be a function"):
        LearningRateScheduler(0.1)  # type: ignore[arg-type]
    made = model()
    made.optimizer.learning_rate = schedules.CosineDecay(0.1, 10)
    for callback in (LearningRateScheduler(lambda epoch: 0.1), ReduceLROnPlateau("loss")):
        with pytest.raises(ValueError, match="the optimizer has a schedule"):
            made.fit(X, Y, verbose=0, callbacks=callback)


def test_a_plateau_lowers_the_rate(capsys: pytest.CaptureFixture[str]) -> None:
    made = model()
    plateau = ReduceLROnPlateau(
        "loss", factor=0.5, patience=2, min_delta=0.1, cooldown=1, min_lr=0.002, verbose=1
    )
    values = Values(1, 0.95, 0.93, 0.92, 0.91, 0.9, 0.85, 0.84, 0.83, 0.3)
    history = made.fit(X, Y, epochs=10, verbose=0, callbacks=[values, plateau])
    rates = history.history["learning_rate"]
    assert rates == [0.01] * 3 + [0.005] * 2 + [0.0025] * 4 + [0.002]
    assert "Epoch 3: ReduceLROnPlateau reducing learning rate to 0.005." in capsys.readouterr().out
    assert plateau.best == 0.3
    with pytest.raises(ValueError, match="factor must be at least 0 and below 1"):
        ReduceLROnPlateau(factor=1.0)


def test_a_plateau_goes_on_after_loading(tmp_path: Path) -> None:
    def stack() -> list[Callback]:
        return [Values(1, 1, 1, 1, 1, 1), ReduceLROnPlateau("loss", 0.5, patience=3)]

    whole, first = model(), model()
    whole.fit(X, Y, epochs=6, verbose=0, callbacks=stack())
    save = ModelCheckpoint(tmp_path / "m.npz")
    first.fit(X, Y, epochs=3, verbose=0, callbacks=[*stack(), save])
    second = load_model(tmp_path / "m.npz")
    second.fit(X, Y, epochs=6, initial_epoch=3, verbose=0, callbacks=stack())
    assert second.parameters.tobytes() == whole.parameters.tobytes()
    assert second.optimizer.learning_rate == whole.optimizer.learning_rate < 0.01  # type: ignore[operator]


def test_a_log_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    made = model()
    made.fit(X, Y, epochs=2, verbose=0, validation_split=0.5, callbacks=CSVLogger(path))
    more = CSVLogger(path, append=True)
    made.fit(X, Y, epochs=1, verbose=0, validation_split=0.5, callbacks=more)
    rows = [*csv.DictReader(path.read_text(encoding="utf-8").splitlines())]
    assert [row["epoch"] for row in rows] == ["0", "1", "0"]
    assert [*rows[0]] == ["epoch", "loss", "mae", "val_loss", "val_mae"]
    assert float(rows[2]["val_mae"]) == made.history.history["val_mae"][0]
    made.fit(X, Y, verbose=0, callbacks=CSVLogger(path, separator=";"))
    assert path.read_text(encoding="utf-8").splitlines()[0] == "epoch;loss;mae;val_loss;val_mae"
    assert path.read_text(encoding="utf-8").splitlines()[1].endswith(";NA;NA")
    with pytest.raises(ValueError, match="separator must be one character"):
        CSVLogger(path, separator="")


def test_tensorboard_says_that_it_does_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "logs"
    callback = TensorBoard(log_dir=folder, histogram_freq=1, update_freq="epoch")
    model().fit(X, Y, verbose=0, callbacks=[callback])
    assert "tinynet writes no logs for it" in capsys.readouterr().err
    assert not folder.exists()


def test_stopping_with_a_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    made = model()
    stop = EarlyStopping("loss", patience=3, baseline=0.5, verbose=1, restore_best_weights=True)
    values = Values(1, 0.9, 0.8, 0.7, 0.7, 0.7, 0.7)
    history = made.fit(X, Y, epochs=7, verbose=0, callbacks=[values, stop])
    assert history.epoch == [0, 1, 2, 3, 4]  # better each time, but never than the baseline
    said = capsys.readouterr().out
    assert "Epoch 5: early stopping" in said
    assert "Restoring model weights from the end of the best epoch: 4." in said


def test_stopping_looks_from_an_epoch_on() -> None:
    values = Values(0.1, 1, 1, 1, 1, 1, 1)
    stop = EarlyStopping("loss", patience=2, start_from_epoch=3)
    history = model().fit(X, Y, epochs=7, verbose=0, callbacks=[values, stop])
    assert history.epoch == [0, 1, 2, 3, 4, 5]
    assert stop.best == 1


@pytest.mark.parametrize(
    ("metric", "higher"),
    [
        ("accuracy", True),
        ("precision", True),
        ("auc", True),
        ("mae", False),
        ("cosine_similarity", True),
    ],
)
def test_auto_knows_which_values_are_better(metric: str, higher: bool) -> None:
    made = Sequential([Dense(1, "sigmoid", input_dim=3)])
    made.compile("sgd", "binary_crossentropy", metrics=[metric])
    stop = EarlyStopping(f"val_{metric}", patience=9)
    made.fit(X, Y > 0, epochs=1, verbose=0, validation_split=0.5, callbacks=stop)
    assert stop.sign == (1 if higher else -1)


def test_a_checkpoint_makes_its_folder_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new" / "deep" / "m-{epoch}.npz"
    save = ModelCheckpoint(path, "loss", verbose=1, save_best_only=True)
    model().fit(X, Y, epochs=3, verbose=0, callbacks=[Values(1, 2, 0.5), save])
    assert sorted(p.name for p in path.parent.iterdir()) == ["m-1.npz", "m-3.npz"]
    said = capsys.readouterr().out
    assert "Epoch 1: loss improved from None to 1.00000, saving model to" in said
    assert "Epoch 2: loss did not improve from 1.00000" in said
    assert "Epoch 3: finished saving model to" in said


def test_a_checkpoint_every_few_steps(tmp_path: Path) -> None:
    save = ModelCheckpoint(tmp_path / "{epoch}-{batch}.npz", save_freq=3)
    model().fit(X, Y, batch_size=10, epochs=2, verbose=0, callbacks=save)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1-3.npz", "2-2.npz"]
    threshold = ModelCheckpoint(
        tmp_path / "t.npz", "loss", save_best_only=True, initial_value_threshold=0.0
    )
    model().fit(X, Y, verbose=0, callbacks=threshold)
    assert not (tmp_path / "t.npz").exists()
    with pytest.raises(TypeError, match="save_freq must be a whole number"):
        ModelCheckpoint("m.npz", save_freq="batch")


def test_a_checkpoint_in_a_loop_of_ones_own(tmp_path: Path) -> None:
    save = ModelCheckpoint(tmp_path / "{epoch}-{batch}.npz", save_freq=1)
    save.set_model(made := model())
    save.set_params({"logs": ["loss"]})
    save.on_train_batch_end(0, {"loss": made.train_on_batch(X, Y)[0]})
    assert [p.name for p in tmp_path.iterdir()] == ["1-1.npz"]


def test_validation_every_other_epoch_leaves_monitors_waiting() -> None:
    made = model()
    history = made.fit(
        *(X, Y),
        epochs=5,
        verbose=0,
        validation_split=0.5,
        validation_freq=2,
        callbacks=[EarlyStopping("val_loss", patience=9), ReduceLROnPlateau(patience=9)],
    )
    assert len(history.history["val_loss"]) == 2
    assert len(history.history["loss"]) == 5
    odd = made.fit(X, Y, epochs=5, verbose=0, validation_split=0.5, validation_freq=range(1, 6, 2))
    assert len(odd.history["val_loss"]) == 3
    with pytest.raises(ValueError, match="validation_freq must be at least 1"):
        made.fit(X, Y, validation_freq=0)


@pytest.mark.parametrize("best", [False, True])
def test_a_path_with_the_validations_loss_is_saved_after_each_validation(
    best: bool, tmp_path: Path
) -> None:
    """The first epoch has no val_loss, and ended the training with an error."""
    keep = ModelCheckpoint(tmp_path / "{epoch}-{val_loss:.0f}.npz", save_best_only=best)
    model().fit(X, Y, epochs=4, verbose=0, validation_split=0.5, validation_freq=2, callbacks=keep)
    saved = sorted(path.name[:2] for path in tmp_path.iterdir())
    assert saved == ["2-", "4-"]


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("{val_loss}.npz", {}, "filepath may name 'epoch', 'loss', 'mae', 'batch', received"),
        ("m.npz", {"save_best_only": True}, "can't monitor 'val_loss' every 1 steps, since valida"),
    ],
)
def test_between_steps_there_is_no_validation(
    path: str, options: Any, message: str, tmp_path: Path
) -> None:
    """Said before training: one failed at the first save, and the other never saved anything."""
    made = model()
    keep = ModelCheckpoint(tmp_path / path, save_freq=1, **options)
    with pytest.raises(ValueError, match=message):
        made.fit(X, Y, verbose=0, validation_split=0.5, callbacks=keep)
    assert (made.optimizer.iterations, list(tmp_path.iterdir())) == (0, [])


def test_the_number_of_steps_of_a_whole_epoch_is_taken_and_no_other() -> None:
    trained, plain = model(), model()
    for number, net in ((5, trained), (None, plain)):
        net.fit(X, Y, 8, 2, 0, steps_per_epoch=number)
    np.testing.assert_array_equal(trained.parameters, plain.parameters)
    halves: dict[str, Any] = {"validation_split": 0.5, "validation_batch_size": 6, "verbose": 0}
    trained.fit(X, Y, steps_per_epoch=1, validation_steps=4, **halves)
    trained.fit(X, Y, verbose=0, validation_steps=3)  # without validation it has no meaning
    assert trained.predict(X, steps=2).shape == (40, 1)
    trained.evaluate(X, Y, 10, verbose=0, steps=4.0)  # type: ignore[arg-type]
    before, epoch = trained.parameters.copy(), "An epoch goes through all the data, here ceil"
    for call, message in (
        (lambda: trained.fit(X, Y, steps_per_epoch=3), r"\(40 / 32\) = 2 steps, received steps_"),
        (lambda: trained.fit(X, Y, validation_steps=1, **halves), r"\(20 / 6\) = 4 steps"),
        (lambda: trained.evaluate(X, Y, steps=1), "received steps=1: leave it out"),
        (lambda: trained.predict(X, batch_size=7, steps=5), r"\(40 / 7\) = 6 steps"),
    ):
        with pytest.raises(ValueError, match=epoch + ".*" + message):
            call()
    np.testing.assert_array_equal(trained.parameters, before)
    with pytest.raises(ValueError, match=epoch):
        (unbuilt := Sequential([Dense(1)])).predict(X, steps=3)
    assert not unbuilt.built


def test_what_has_no_meaning_here_is_refused_with_a_reason() -> None:
    for options, message in (
        ({"class_weight": {0: 1}, "sample_weight": np.ones(40)}, "not both"),
        ({"sample_weight": np.ones(3)}, "one number for each of the 40 examples"),
        ({"sample_weight": np.full(40, np.nan)}, "sample_weight must be finite"),
        ({"sample_weight": np.full(40, 1e300)}, "sample_weight must fit into float32"),
        ({"class_weight": {-1: 1}}, "class_weight must be at least 0"),
        ({"validation_data": (X, Y, np.ones(2))}, "one number for each of the 40"),
    ):
        with pytest.raises(ValueError, match=message):
            model().fit(X, Y, **options)
    with pytest.raises(TypeError, match="class_weight must be a dict"):
        model().fit(X, Y, class_weight=[1, 2])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mode", "monitor", "expected"),
    [
        # Better than the best before it by more than 1/8.
        ("min", "val_loss", [True, False, True, False]),
        ("min", "val_acc", [True, False, True, False]),
        ("max", "val_loss", [True, False, False, True]),
        ("auto", "val_loss", [True, False, True, False]),
        ("auto", "val_acc", [True, False, False, True]),
    ],
)
def test_what_counts_as_better(mode: str, monitor: str, expected: list[bool]) -> None:
    for delta in (0.125, -0.125):
        watching = MonitorCallback(monitor, mode, delta)
        assert [watching.improved(value) for value in (0.5, 0.375, 0.25, 0.75)] == expected
        assert watching.best == (0.25 if expected[2] else 0.75)
        assert not watching.improved(float("nan"))
    plain = MonitorCallback(monitor, mode)
    assert [plain.improved(value) for value in (0.5, 0.5)] == [True, False]


def test_a_log_is_closed_after_the_training(tmp_path: Path) -> None:
    logger = CSVLogger(tmp_path / "log.csv")
    model = Sequential([Dense(1, input_shape=(1,))])
    model.compile("sgd", "mse")
    model.fit([[1.0]], [[1.0]], epochs=2, callbacks=[logger], verbose=0)
    written = (tmp_path / "log.csv").read_text()
    logger.on_epoch_end(2, {"loss": 1.0})  # of no training
    assert (tmp_path / "log.csv").read_text() == written
    assert copy.deepcopy(logger).filename == logger.filename


class Say(Callback):
    """Puts given losses into the logs."""

    def __init__(self, losses: list[float]) -> None:
        self.losses = losses

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        logs["loss"] = self.losses[epoch]


def losses_of(losses: list[float], callback: Callback) -> Sequential:
    """Return a model after as many epochs as there are losses, or after fewer."""
    model = Sequential([Dense(1, input_shape=(1,))], seed=0)
    model.compile(SGD(0.5), "mse")
    stack = [Say(losses), callback]
    model.fit([[1.0]], [[1.0]], epochs=len(losses), callbacks=stack, verbose=0)
    return model


def test_a_plateau_forgets_an_earlier_training() -> None:
    plateau = ReduceLROnPlateau("loss", factor=0.5, patience=2, cooldown=9)
    assert losses_of([1, 1], plateau).optimizer.learning_rate == 0.5  # one epoch without progress
    assert losses_of([float("nan"), 1], plateau).optimizer.learning_rate == 0.5  # and one again
    for _ in range(2):  # two epochs without progress; the cooldown ends with the training
        assert losses_of([1, 1, 1], plateau).optimizer.learning_rate == 0.25
    with pytest.raises(ValueError, match="min_lr must be at least 0"):
        ReduceLROnPlateau(min_lr=-1e-9)
    lowest = ReduceLROnPlateau("loss", factor=0.5, patience=1, min_lr=0.375)
    assert losses_of([1, 1, 1, 1], lowest).optimizer.learning_rate == 0.375


@pytest.mark.parametrize(
    ("baseline", "losses", "epochs"),
    [
        (None, [1.0, 0.9, 0.8, 0.8, 0.8, 0.8], 5),  # two epochs after the best
        (0.5, [1.0, 0.9, 0.8, 0.8, 0.8, 0.8], 4),  # at once, as none was below 1/2
        (0.5, [0.4, 0.4, 0.4, 0.4], 3),  # two epochs after the best, which was below
        (0.5, [1.0, 0.4, 0.4, 0.4, 0.4], 4),
    ],
)
def test_patience_with_a_baseline(baseline: float | None, losses: list[float], epochs: int) -> None:
    stopping = EarlyStopping("loss", patience=2, baseline=baseline)
    assert len(losses_of(losses, stopping).history.epoch) == epochs
    assert stopping.stopped_epoch == epochs - 1


def test_what_an_earlier_stop_may_say(capsys: pytest.CaptureFixture[str]) -> None:
    made = Sequential([Dense(1, input_shape=(1,))])
    stopping, state = EarlyStopping(), {"best": 1.0, "best_epoch": 0, "waited": 0}
    stopping.set_model(made)
    stopping.set_state({**state, "stopped_epoch": 0})
    assert (stopping.stopped_epoch, made.stop_training) == (0, True)
    assert "ended this run after epoch 1." in capsys.readouterr().out
    for name in state:
        if name != "best":
            with pytest.raises(ValueError, match=f"{name} must be at least 0, received -1"):
                stopping.set_state({**state, name: -1})
    with pytest.raises(ValueError, match="stopped_epoch must be at least 0, received -1"):
        stopping.set_state({**state, "stopped_epoch": -1})
    with pytest.raises(TypeError, match="best must be a number"):
        stopping.set_state({**state, "best": "1"})


def test_a_schedule_in_c_is_called_with_epoch_and_rate() -> None:
    model = losses_of([1, 1], LearningRateScheduler(max))  # of 0 and 1/2, then of 1 and 1/2
    assert model.history.history["learning_rate"] == [0.5, 1]


@pytest.mark.parametrize("separator", ["", ";;", [";"], None])
def test_a_separator_is_one_character(separator: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="separator must be one character"):
        CSVLogger(tmp_path / "log.csv", separator=separator)


def test_how_much_is_shown() -> None:
    assert progress_bar(0) == []
    assert [bar.live for verbose in (1, 2) for bar in progress_bar(verbose)] == [True, False]  # type: ignore[attr-defined]
    for wrong in (-1, 3, "all", None, 1.0):
        with pytest.raises(ValueError, match="verbose must be 'auto', 0, 1 or 2, received"):
            progress_bar(wrong)  # type: ignore[arg-type]


class Fails(Callback):
    """Raises an error in one hook, from the second epoch on."""

    def __init__(self, hook: str) -> None:
        self.epochs = 0
        setattr(self, hook, self.fail)

    def on_epoch_end(self, epoch: int, logs: Any) -> None:
        self.epochs = epoch + 1

    def fail(self, *args: Any) -> None:
        if self.epochs:
            raise RuntimeError("a fault of one's own")


FULL = """
import resource, sys
from tests.callbacks.test_more_callbacks import X, Y, CSVLogger, model
resource.setrlimit(resource.RLIMIT_FSIZE, (200, resource.RLIM_INFINITY))
made = model()
try:
    made.fit(X, Y, epochs=50, verbose=0, callbacks=[CSVLogger(sys.argv[1])])
except OSError as error:
    print(error)
"""


@needs_posix
def test_a_full_disk_is_an_error_that_names_the_log(tmp_path: Path, run_python: RunPython) -> None:
    result = run_python(FULL, str(tmp_path / "log.csv"))
    assert result.stdout == f"[Errno 27] Can't save to {tmp_path}/log.csv: File too large\n"


@pytest.mark.parametrize(
    "hook",
    [
        *("on_epoch_begin", "on_train_batch_begin", "on_batch_end", "on_test_begin"),
        *("on_test_batch_end", "on_epoch_complete", "on_train_end"),
    ],
)
def test_a_log_is_complete_when_another_callback_fails(hook: str, tmp_path: Path) -> None:
    path, made = tmp_path / "log.csv", model()
    logger = CSVLogger(path)
    with pytest.raises(RuntimeError, match="a fault of one's own"):
        made.fit(
            *(X, Y), epochs=3, verbose=0, validation_split=0.5, callbacks=[logger, Fails(hook)]
        )
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [float(row["loss"]) for row in rows] == made.history.history["loss"]
    assert rows
    path.rename(tmp_path / "moved.csv")  # on Windows, an open file can't be
    copied = pickle.loads(pickle.dumps(copy.deepcopy(logger)))
    assert copied.filename == logger.filename


def test_a_refused_training_keeps_the_old_log(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("of an earlier run")
    for others in ([EarlyStopping("no_such", mode="min")], [ModelCheckpoint(tmp_path)]):
        for append in (False, True):
            with pytest.raises((ValueError, OSError)):
                model().fit(X, Y, verbose=0, callbacks=[CSVLogger(path, append=append), *others])
            assert path.read_text() == "of an earlier run"
    path.unlink()
    with pytest.raises(ValueError, match="no_such"):
        model().fit(X, Y, verbose=0, callbacks=[CSVLogger(path), EarlyStopping("no_such")])
    assert not path.exists()


def test_a_log_stays_where_it_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    move = LambdaCallback(on_epoch_end=lambda *_: monkeypatch.chdir(tmp_path / "elsewhere"))
    model().fit(X, Y, epochs=3, verbose=0, callbacks=[CSVLogger("log.csv"), move])
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 4


@pytest.mark.parametrize("separator", ["\n", "\r", '"', "\ud800", "ab", ""])
def test_what_cant_separate_columns_is_refused(separator: str) -> None:
    with pytest.raises(ValueError, match="separator must be one character"):
        CSVLogger("log.csv", separator)


def test_epochs_without_the_value_dont_cool_down() -> None:
    """As in Keras: with a validation every second epoch, a cooldown counts validations."""
    made = model()
    made.compile(SGD(1.0), "mse")
    plateau = ReduceLROnPlateau("val_loss", 0.5, patience=1, cooldown=2, min_delta=1e9)
    history = made.fit(
        *(X, np.zeros(40)),
        epochs=8,
        verbose=0,
        callbacks=plateau,
        validation_data=(X, np.zeros(40)),
        validation_freq=2,
    )
    assert history.history["learning_rate"] == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5]
    assert made.optimizer.learning_rate == 0.25


@pytest.mark.parametrize(
    "name", ["{epoch.real.x}", "{epoch[0]}", "{loss:>99999999999999}", "{loss:d}", "{:{loss}}"]
)
def test_a_template_that_cant_be_filled_is_refused_before_training(
    name: str, tmp_path: Path
) -> None:
    made = model()
    with pytest.raises(ValueError, match="ModelCheckpoint's filepath may name 'epoch', 'loss'"):
        made.fit(X, Y, verbose=0, callbacks=ModelCheckpoint(tmp_path / name))
    assert (made.optimizer.iterations, list(tmp_path.iterdir())) == (0, [])


@pytest.mark.parametrize("when", ["begin", "end"])
def test_two_functions_for_one_moment_are_refused(when: str) -> None:
    """The method for train batches would replace the other one's call."""
    functions = {f"on_batch_{when}": print, f"on_train_batch_{when}": print}
    with pytest.raises(ValueError, match=f"on_batch_{when} is the older name of on_train_batch_"):
        LambdaCallback(**functions)


@pytest.mark.parametrize(
    "value", ["low", None, [1.0], 1j, 10**400], ids=lambda value: str(value)[:9]
)
@pytest.mark.parametrize("kind", [EarlyStopping, ReduceLROnPlateau, ModelCheckpoint])
def test_a_value_that_cant_be_compared_is_named(kind: Any, value: Any, tmp_path: Path) -> None:
    add = LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(mine=value))
    options = {"filepath": tmp_path / "m.npz", "save_best_only": True}
    options = options if kind is ModelCheckpoint else {}
    watching = kind(monitor="mine", mode="min", **options)
    with pytest.raises(TypeError, match=f"{kind.__name__} can't monitor 'mine': it must be a numb"):
        model().fit(X, Y, verbose=0, callbacks=[add, watching])


@pytest.mark.parametrize("kind", [EarlyStopping, ReduceLROnPlateau, ModelCheckpoint])
def test_a_state_that_is_no_dict_is_refused(kind: Any) -> None:
    watching: Any = kind("m.npz") if kind is ModelCheckpoint else kind()
    for state in (None, "x", [1], 0.5, np.zeros(2)):
        with pytest.raises(TypeError, match="state must be of class dict, received"):
            watching.set_state(state)


@pytest.mark.parametrize(
    ("before", "added"),
    [
        ("epoch,loss\n0,0.5\n", []),
        ("epoch,loss,mae,val_loss,val_mae\n", [ReduceLROnPlateau("loss")]),
        ("epoch;loss;mae\n", []),
        ("my notes", []),
        ("\0\xff\n", []),
    ],
    ids=["fewer metrics", "another callback", "another separator", "no log", "no text"],
)
def test_a_log_isnt_appended_to_other_columns(
    tmp_path: Path, before: str, added: list[Callback]
) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(before.encode("latin-1"))
    with pytest.raises(ValueError, match=r"log\.csv has no column '.*': give another file name"):
        model().fit(X, Y, verbose=0, callbacks=[*added, CSVLogger(path, append=True)])
    assert path.read_bytes() == before.encode("latin-1")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_log_goes_on_in_the_columns_that_it_has(tmp_path: Path, encoding: str) -> None:
    """In their order, NA where there is no value, on a line of its own."""
    path = tmp_path / "log.csv"
    path.write_text("epoch,mae,learning_rate,loss\n0,1,0.1,2", encoding=encoding)
    made = model()
    made.fit(X, Y, verbose=0, callbacks=CSVLogger(path, append=True))
    rows = [*csv.DictReader(path.read_text(encoding=encoding).splitlines())]
    assert [row["epoch"] for row in rows] == ["0", "0"]
    assert rows[1]["learning_rate"] == "NA"
    assert float(rows[1]["mae"]) == made.history.history["mae"][0]


class NoConfig(Layer):
    """Can't be saved: its argument isn't in `get_config`."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Any, *, training: bool = False) -> Any:
        return self.factor * x

    def backward(self, dy: Any) -> Any:
        return self.factor * dy


@pytest.mark.parametrize(
    ("name", "weights", "message"),
    [
        ("m.h5", True, r"must end in \.weights\.h5 \(or in \.npz\), received 'm\.h5'"),
        ("m.npz", False, "define get_config"),
        ("m.keras", False, "Keras has no counterpart"),
    ],
)
def test_a_model_that_cant_be_saved_isnt_trained_first(
    tmp_path: Path, name: str, weights: bool, message: str
) -> None:
    pytest.importorskip("h5py")
    made = Sequential([NoConfig(2.0), Dense(1)], seed=0)
    made.compile("sgd", "mse")
    made.build((X.shape[1],))
    before = made.parameters.copy()
    checkpoint = ModelCheckpoint(tmp_path / name, save_weights_only=weights)
    with pytest.raises(ValueError, match=message):
        made.fit(X, Y, verbose=0, callbacks=checkpoint)
    assert (made.parameters == before).all()
    assert not any(tmp_path.iterdir())


class WithNotes(Sequential):
    """Writes a second file, and then can't save the model."""

    def save(self, path: Any) -> None:
        Path(path).with_name("notes.txt").write_text("notes", encoding="utf-8")
        raise ValueError("not today")


def test_what_a_failed_save_leaves_hides_no_error(tmp_path: Path) -> None:
    made = WithNotes([Dense(1)], seed=0)
    made.compile("sgd", "mse")
    with pytest.raises(ValueError, match="not today"):
        made.fit(X, Y, verbose=0, callbacks=ModelCheckpoint(tmp_path / "m.npz"))
    assert made.epoch == 0
