"""A server on 127.0.0.1 for the site and for Pyodide, each from folders of this machine."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(SimpleHTTPRequestHandler):
    """Serves `/pyodide/...` from the first of some folders that has the file."""

    extensions_map = {  # noqa: RUF012 - the base class's
        **SimpleHTTPRequestHandler.extensions_map,
        ".wasm": "application/wasm",
        ".js": "text/javascript",
        ".mjs": "text/javascript",
    }

    def __init__(self, *args: object, pyodide: list[Path], **kwargs: object) -> None:
        self.pyodide = pyodide
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        """Return the file that a path names."""
        if path.startswith("/pyodide/"):
            name = path.removeprefix("/pyodide/").partition("?")[0]
            for folder in self.pyodide:
                if "/" not in name and (folder / name).is_file():
                    return str(folder / name)
        return super().translate_path(path)

    def log_message(self, *args: object) -> None:
        """Keep the tests' output clean."""


@contextmanager
def serving(site: Path, pyodide: list[Path]) -> Iterator[str]:
    """Serve a site while the block lasts; the block is given its address."""
    handler = functools.partial(Handler, directory=str(site), pyodide=pyodide)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
