"""What Keras's objects have beside tinynet's: there in a script, and nowhere else."""

import subprocess
import sys

import pytest

import tinynet as tn
from tests.keras_scripts.conftest import Command
from tinynet._internal import absent
from tinynet.keras_scripts.modules import KERAS, public_names

CALLS = {
    "keras.layers.Dense(2)(keras.Input((3,)))": "no functional API",
    "keras.optimizers.Adam().apply_gradients([])": "no tf.GradientTape",
    "keras.layers.Dense(2).add_weight(shape=(2,))": "defines forward(x) and backward(dy)",
    "keras.layers.Dense(3, dtype='float64')": "Sequential(layers, dtype='float64')",
    "keras.layers.BatchNormalization(axis=0, synchronized=True)": "no argument 'synchronized'",
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_what_is_left_out_is_answered(tinynet: Command, call: str) -> None:
    result = tinynet(f"import keras\n{call}")
    assert result.returncode == 1
    assert CALLS[call] in result.stderr.splitlines()[-1]


def test_tinynet_itself_has_none_of_them() -> None:
    code = "import tinynet as tn; print(hasattr(tn.metrics.Accuracy(), 'update_state'))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "False\n"
    with pytest.raises(TypeError, match="use GeneralReLU"):
        tn.layers.ReLU(max_value=6)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="use negative_slope"):
        tn.layers.LeakyReLU(alpha=0.1)  # type: ignore[call-arg]


def test_the_table_lists_nothing_that_is_there() -> None:
    there = {f"{m}.{name}" for m, rooms in KERAS.items() for r in rooms for name in public_names(r)}
    assert not there & absent.REASONS.keys()
