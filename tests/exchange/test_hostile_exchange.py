"""Files of other libraries, bent: a sample of what `tools.fuzz_exchange` tries for hours."""

import pytest

from tests.support.systems import needs_posix
from tinynet.exchange import files, hdf5
from tools import fuzz_exchange

pytestmark = needs_posix  # a timer stops what hangs, and memory is measured

NEEDS = {"onnx": "onnx", "safetensors": "safetensors"}
INPUTS = 300


@pytest.mark.parametrize("kind", fuzz_exchange.KINDS)
def test_bent_files_are_read_or_refused_in_a_sentence(kind: str) -> None:
    pytest.importorskip(NEEDS.get(kind, "h5py"), reason="an extra isn't installed")
    result = fuzz_exchange.fuzz(kind, INPUTS, float("inf"), seed=1)
    assert result["inputs"] == INPUTS
    assert result["read"] > 10
    assert result["refused"] > 10


def test_the_fuzzer_finds_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("h5py", reason="the extra keras isn't installed")
    # Without this check a name, a shape or a class that fits nothing raises some error of Python's.
    monkeypatch.setattr(hdf5._Reader, "expect", lambda *_: None)
    monkeypatch.setattr(files, "check_finite", lambda *_: None)
    with pytest.raises(AssertionError):
        fuzz_exchange.fuzz("keras", 5000, float("inf"), seed=1)
