"""Pyodide is fetched from a server, and files that differ from its lock file are refused."""

from pathlib import Path

import pytest

from tests.browser.serving import serving
from tools.fetch_pyodide import CORE, fill


def test_a_folder_is_filled(pyodide: list[Path], tmp_path: Path) -> None:
    with serving(tmp_path, pyodide) as base:
        fill(tmp_path / "folder", f"{base}pyodide/")
    names = {path.name for path in (tmp_path / "folder").iterdir()}
    assert set(CORE) <= names
    assert any(name.startswith("numpy-2") for name in names)
    assert any(name.startswith("contourpy-") for name in names)


def test_another_file_under_a_packages_name_is_refused(pyodide: list[Path], tmp_path: Path) -> None:
    (wheel,) = pyodide[-1].glob("numpy-*.whl")
    (tmp_path / wheel.name).write_bytes(b"something else")
    with serving(tmp_path, pyodide) as base, pytest.raises(ValueError, match="isn't the file"):
        fill(tmp_path, f"{base}pyodide/")
