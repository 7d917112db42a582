"""What the tests of the data sets share: no data but their own, a cache, a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.misbehaving_server import MisbehavingServer
from tinynet.datasets import _sources


@pytest.fixture(autouse=True)
def no_data_but_the_tests_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No cache, and no copy that another library left, is seen."""
    home = tmp_path_factory.mktemp("home")
    for variable in ("TINYNET_DATA", "KERAS_HOME", "SCIKIT_LEARN_DATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))  # on Windows
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache's folder for the small data set, in place of the user's; not there yet."""
    folder = tmp_path / "home" / "cache"
    monkeypatch.setattr(_sources, "cache_folder", lambda: folder)
    return folder / "small"


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as running:
        yield running
