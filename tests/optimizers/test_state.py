"""What an optimizer keeps between steps: its names, in a saved file and in copies."""

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinynet import Dense, Sequential, load_model, optimizers

# Files hold these names. A new name would make the files of earlier versions unreadable.
STATES: list[tuple[Any, dict[str, Any], list[str]]] = [
    (optimizers.SGD, {}, []),
    (optimizers.SGD, {"momentum": 0.5}, ["velocity"]),
    (optimizers.Adam, {}, ["m", "v"]),
    (optimizers.Adam, {"amsgrad": True}, ["m", "v", "v_hat"]),
    (optimizers.AdamW, {}, ["m", "v"]),
    (optimizers.Adamax, {}, ["m", "u"]),
    (optimizers.Nadam, {}, ["m", "v"]),
    (optimizers.RMSprop, {}, ["velocity"]),
    (
        *(optimizers.RMSprop, {"momentum": 0.5, "centered": True}),
        ["velocity", "average_gradient", "momentum"],
    ),
    (optimizers.Adagrad, {}, ["accumulator"]),
    (optimizers.Adadelta, {}, ["accumulated_grad", "accumulated_delta_var"]),
]


@pytest.mark.parametrize(("kind", "given", "names"), STATES)
def test_the_names_in_a_saved_file(
    kind: Any, given: dict[str, Any], names: list[str], tmp_path: Path
) -> None:
    x, y = np.array([[1.0, -1.0], [0.5, 2.0]]), np.array([[1.0], [0.0]])
    model = Sequential([Dense(1, input_shape=(2,))], seed=0, dtype="float64")
    model.compile(kind(**given), "mse")
    model.train_on_batch(x, y)
    assert sorted(model.optimizer.state) == sorted(names)
    model.save(tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz") as file:
        saved = {name for name in file.files if name.startswith("optimizer.")}
    assert saved == {f"optimizer.{name}" for name in names}
    loaded = load_model(tmp_path / "m.npz")
    for one in (model, loaded):
        one.train_on_batch(x, y)
    np.testing.assert_array_equal(loaded.parameters, model.parameters)


def test_a_copy_belongs_to_no_model() -> None:
    """It neither trains the model's weights nor constrains them."""
    model = Sequential([Dense(1, kernel_constraint="non_neg", input_shape=(2,))], seed=0)
    model.compile(optimizers.SGD(momentum=0.5), "mse")
    model.train_on_batch([[1.0, 2.0]], [[-5.0]])
    optimizer = model.optimizer
    assert len(optimizer.constraints) == 1
    pickled = pickle.loads(pickle.dumps(optimizer))
    for copied in (copy.copy(optimizer), copy.deepcopy(optimizer), pickled):
        assert (copied.model, copied.constraints) == (None, ())
        assert copied.iterations == 1
        np.testing.assert_array_equal(copied.state["velocity"], optimizer.state["velocity"])
        before = optimizer.state["velocity"].copy()
        copied.update(np.ones(3, np.float32), np.ones(3, np.float32))
        np.testing.assert_array_equal(optimizer.state["velocity"], before)


@pytest.mark.parametrize(
    ("optimizer", "setting", "value"),
    [
        (optimizers.SGD(momentum=0.5), "momentum", 1.5),
        (optimizers.Adam(), "epsilon", 0.0),
        (optimizers.Adamax(), "beta_1", -0.5),
        (optimizers.Nadam(), "beta_2", 1.0),
        (optimizers.AdamW(), "beta_2", 1.0),
        (optimizers.Adadelta(), "rho", -0.5),
        (optimizers.RMSprop(), "rho", 1.0),
        (optimizers.Adagrad(), "weight_decay", -1.0),
    ],
)
def test_a_setting_that_was_changed_is_checked_again(
    optimizer: Any, setting: str, value: float
) -> None:
    optimizer.check_settings()
    setattr(optimizer, setting, value)
    with pytest.raises(ValueError, match=setting):
        optimizer.check_settings()


def test_settings_of_ones_own_are_not_checked() -> None:
    class Fixed(optimizers.Optimizer):
        def __init__(self) -> None:
            super().__init__(0.1)

    optimizer = Fixed()
    optimizer.check_settings()
    assert optimizer.learning_rate == 0.1
