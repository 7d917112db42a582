"""What the browser tests need: Pyodide, the site built against it, a server and Chromium.

Pyodide's core is the npm package, which npm puts into a cache outside the checkout. The wheels of
NumPy and matplotlib come from the folder ``TINYNET_PYODIDE``, or from ``../shared/pyodide`` beside
the checkout; `tools/fetch_pyodide.py` fills such a folder from Pyodide's CDN. Where something can't
be had, the tests skip and say what.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serving import serving
from tests.conftest import ROOT
from tools.fetch_pyodide import PYODIDE_URL, PYODIDE_VERSION

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--process-per-site",  # so that all pages share what is compiled: see `profile`
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if item.nodeid.startswith("tests/browser/"):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def pyodide() -> list[Path]:
    """Return the folders that together hold Pyodide and the wheels."""
    pytest.importorskip("playwright", reason="the extra browser isn't installed")
    wheels = Path(os.environ.get("TINYNET_PYODIDE", ROOT.parent / "shared" / "pyodide"))
    if not list(wheels.glob("numpy-*.whl")):
        pytest.skip(f"no wheels for Pyodide in {wheels}: set TINYNET_PYODIDE")
    if (wheels / "pyodide.js").exists():
        return [wheels]
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tinynet" / "npm"
    core = cache / f"pyodide-{PYODIDE_VERSION}" / "node_modules" / "pyodide"
    if not (core / "pyodide.asm.wasm").exists():
        if shutil.which("npm") is None:
            pytest.skip("Pyodide's core comes from npm, which isn't installed")
        prefix = core.parent.parent
        prefix.parent.mkdir(parents=True, exist_ok=True)
        # Another process may fetch it, too: each into a folder of its own, of which one stays.
        with tempfile.TemporaryDirectory(dir=prefix.parent, ignore_cleanup_errors=True) as folder:
            command = ["npm", "install", "--no-audit", "--no-fund", f"pyodide@{PYODIDE_VERSION}"]
            done = subprocess.run(
                [*command, "--prefix", folder], cwd=folder, capture_output=True, encoding="utf-8"
            )
            if done.returncode:
                said = done.stderr.strip()[-200:]
                pytest.skip(f"npm can't fetch pyodide@{PYODIDE_VERSION}: {said}")
            with contextlib.suppress(OSError):  # the other was faster
                Path(folder).rename(prefix)
    return [core, wheels]


@pytest.fixture(scope="session")
def node() -> str:
    """Return Node.js."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("Node.js isn't installed")
    return found


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the documentation, built to take Pyodide from the server that it comes from.

    ``TINYNET_SITE`` may name a site that is already built; then a copy of it gets that address.
    """
    for package in ("sphinx", "furo", "myst_parser"):
        pytest.importorskip(package, reason="the extra docs isn't installed")
    built = tmp_path_factory.mktemp("site")
    if "TINYNET_SITE" in os.environ:
        shutil.copytree(os.environ["TINYNET_SITE"], built, dirs_exist_ok=True)
        for path in built.rglob("*.html"):
            text = path.read_text(encoding="utf-8")
            if PYODIDE_URL in text:
                path.write_text(text.replace(PYODIDE_URL, "/pyodide/"), encoding="utf-8")
        return built
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html"]
    done = subprocess.run(
        [*command, "-D", "pyodide_url=/pyodide/", str(ROOT / "docs"), str(built)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return built


@pytest.fixture(scope="session")
def address(site: Path, pyodide: list[Path]) -> Iterator[str]:
    """Serve the site and Pyodide on 127.0.0.1, and return the address."""
    with serving(site, pyodide) as base:
        yield base


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Return a running Chromium."""
    reason = "the extra browser isn't installed"
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    program = program or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium isn't installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def profile(chromium: Any, address: str) -> Any:
    """Return a browser profile in which one page has Python, and stays open.

    Chromium then has Pyodide compiled, for every other page of the profile, too.
    """
    context = chromium.new_context(base_url=address)
    first = context.new_page()
    first.goto("learn/01_one_neuron.html")
    first.locator(".session").first.get_by_role("button", name="Run").click()
    first.locator('.session .run-toolbar[data-state="same"]').first.wait_for(timeout=120_000)
    return context


@pytest.fixture
def page(profile: Any, address: str) -> Iterator[Any]:
    """Return a page without stored data, which may send requests to the local server alone."""
    elsewhere: list[str] = []
    errors: list[str] = []

    def only_here(route: Any) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    profile.pages[0].evaluate("localStorage.clear()")
    opened = profile.new_page()
    opened.route("**/*", only_here)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.set_default_timeout(120_000)
    yield opened
    opened.close()
    assert elsewhere == [], "the page asked for something from elsewhere"
    assert errors == []
