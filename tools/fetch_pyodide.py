"""Fills a folder with Pyodide and the packages that the site's pages use, for the browser tests.

python -m tools.fetch_pyodide FOLDER [ADDRESS]

The core and the wheels are downloaded from Pyodide's CDN, or from another address. The SHA-256 of
each wheel is compared with the one in Pyodide's lock file. Set ``TINYNET_PYODIDE=FOLDER`` for the
tests to find them.
"""

import argparse
import hashlib
import json
import urllib.request
from pathlib import Path
from typing import Any

PYODIDE_VERSION = "0.27.7"
PYODIDE_URL = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE_VERSION}/full/"

CORE = (
    *("pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip"),
    "package.json",
)
PACKAGES = ("numpy", "matplotlib", "micropip", "threadpoolctl")


def needed(lock: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    """Return the names of packages and of all that they depend on."""
    found: list[str] = []
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found.append(name)
            waiting += lock["packages"][name]["depends"]
    return found


def fetch(address: str, name: str) -> bytes:
    """Return a file."""
    with urllib.request.urlopen(f"{address}{name}", timeout=60) as answer:
        content: bytes = answer.read()
    return content


def fill(folder: Path, address: str) -> None:
    """Fetch everything that the folder doesn't hold yet."""
    folder.mkdir(parents=True, exist_ok=True)
    lock_file = fetch(address, "pyodide-lock.json")
    lock = json.loads(lock_file)
    for name in CORE:
        if not (folder / name).exists():
            (folder / name).write_bytes(fetch(address, name))
    for package in needed(lock, PACKAGES):
        entry = lock["packages"][package]
        path = folder / entry["file_name"]
        content = path.read_bytes() if path.exists() else fetch(address, entry["file_name"])
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise ValueError(f"{entry['file_name']} isn't the file that Pyodide's lock names.")
        path.write_bytes(content)
    (folder / "pyodide-lock.json").write_bytes(lock_file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("address", nargs="?", default=PYODIDE_URL, help="of the files")
    options = parser.parse_args()
    fill(options.folder, options.address)
