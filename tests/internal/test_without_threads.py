"""Where there are no threads, as in a browser, tinynet trains and shows its bar all the same."""

from tests.conftest import RunPython

TRAIN = """
import sys
sys.modules["threadpoolctl"] = None  # as if it weren't installed
import tinynet
model = tinynet.Sequential([tinynet.Dense(1, input_shape=(2,))])
model.compile("sgd", "mse")
model.fit([[1.0, 2.0]], [[1.0]], verbose=0)
tinynet.set_blas_threads(2)
print(model.predict([[1.0, 2.0]], verbose=0).shape)
"""

BAR = """
import threading
def refuse(self):
    raise RuntimeError("can't start new thread")
threading.Thread.start = refuse
import tinynet
model = tinynet.Sequential([tinynet.Dense(1, input_shape=(2,))])
model.compile("sgd", "mse")
model.fit([[1.0, 2.0]] * 64, [[1.0]] * 64, verbose=1)
"""


def test_without_threadpoolctl_a_model_trains(run_python: RunPython) -> None:
    done = run_python(TRAIN)
    assert done.stdout == "(1, 1)\n", done.stderr


def test_the_live_bar_starts_no_thread(run_python: RunPython) -> None:
    done = run_python(BAR)
    assert done.returncode == 0, done.stderr
    assert "Epoch 1/1" in done.stdout
    assert "thread" not in done.stderr
