"""Memory stays flat over many steps, and data on disk stay there; the long runs are in benchmarks.

``python -m benchmarks.endurance`` trains for as long as it is told, and on ten million examples.
"""

import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import common, endurance
from benchmarks.common import in_child, read
from tinynet import Sequential

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self")
RESULTS = Path(common.__file__).parent / "results"


def test_memory_is_flat_over_thousands_of_steps() -> None:
    result = in_child("benchmarks.endurance", "--only", "steady", "--steps", "2000")
    assert result["steps"] == 2000
    assert result["growth_mib"] < 1
    assert np.isfinite(result["loss"])


def test_a_leak_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    leak: list[Any] = []
    fit = Sequential.fit

    def leaking(*arguments: Any, **options: Any) -> Any:
        leak.append(np.ones(5 * 2**20))  # 40 MiB: too large for what other tests have freed
        return fit(*arguments, **options)

    monkeypatch.setattr(Sequential, "fit", leaking)
    monkeypatch.setattr(endurance, "ROUND", 200)
    assert endurance.steady(1, 800)["growth_mib"] > 1


FAULTS = """
import resource
import numpy as np
from tinynet import Dense, Sequential
from tinynet.callbacks import Callback

class Faults(Callback):
    after = []

    def on_batch_end(self, batch, logs):
        self.after.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)

model = Sequential([Dense(512, "relu"), Dense(512, "relu"), Dense(10, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
x, y = np.ones((640, 784), dtype=np.float32), np.zeros(640, dtype=int)
model.fit(x, y, verbose=0, callbacks=[Faults()])
print(Faults.after[-1] - Faults.after[9])
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries do otherwise")
def test_a_step_gets_its_memory_from_the_step_before() -> None:
    """Adam makes eight vectors of 670,000 numbers in passing: 5000 pages."""
    command = [sys.executable, "-c", FAULTS]
    child = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    assert int(child.stdout) < 100  # page faults in ten steps


def test_a_memory_mapped_file_is_not_copied() -> None:
    examples = 1_000_000
    result = in_child("benchmarks.endurance", "--only", "mapped", "--examples", str(examples))
    assert result["bytes_mapped"] == 17 * examples
    # Of each example there is its label, checked, and its place in the shuffled order: 16 bytes.
    # Another copy of the data in float32 would be 64 MB.
    grown = result["peak_resident_mib"] - result["resident_mib_before"]
    assert grown < (17 + 16 + 10) * examples / 2**20
    assert result["accuracy"] > 0.8


def test_the_results_kept_are_of_a_long_run_and_hold_the_promise() -> None:
    results = json.loads((RESULTS / "endurance.json").read_text(encoding="utf-8"))
    assert results["minutes"] >= 10
    assert results["steady"]["steps"] >= 1_000_000
    assert results["steady"]["growth_mib"] < 1
    assert len(results["steady"]["microseconds_per_step_by_tenth"]) == 10
    assert results["mapped"]["examples"] == 10_000_000
    assert results["mapped"]["peak_mib"] < 500


def test_the_command_writes_both_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(common, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(
        endurance, "in_child", lambda module, *words: {"part": words[1], "words": words}
    )
    monkeypatch.setattr(common, "ROOT", tmp_path)
    endurance.main(["--steps", "7", "--examples", "8"])
    results = read("endurance")
    assert results["steady"]["words"][2:] == ["--minutes", "15.0", "--steps", "7"]
    assert results["mapped"]["words"][2:] == ["--examples", "8"]
    assert "Wrote results/endurance.json." in capsys.readouterr().out
