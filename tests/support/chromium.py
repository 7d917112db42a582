"""A real browser for tests: Chromium, driven by Playwright, cut off from the network."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

QUIET = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the browser, or skip with the reason why it can't be had."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the extra browser isn't there")
    path = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if path is None:
        pytest.skip("there is no chromium on the PATH (or name it in CHROMIUM)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def open_page(browser: Any, url: str, **options: Any) -> Iterator[Any]:
    """Open a page, which must neither complain nor ask for anything beyond its own folder."""
    context = browser.new_context(**options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    home = url.rsplit("/", 1)[0]
    page.on(
        "request",
        lambda request: (
            complaints.append(f"asked for {request.url[:100]}")
            if not request.url.startswith((home, "data:", "blob:"))
            else None
        ),
    )
    page.goto(url)
    yield page
    context.close()
    assert complaints == []
