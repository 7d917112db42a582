"""A web server on 127.0.0.1 that misbehaves on purpose, and a small data set for it to serve.

Each behaviour below is a mirror that a download may meet. `MisbehavingServer.mirror(behaviour)` is
the address of one; the file that is asked for comes after it, as with a real mirror.
"""

import gzip
import hashlib
import struct
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import numpy as np

from tinynet.datasets._catalog import IDXDataset, IDXFile


def idx_bytes(values: np.ndarray) -> bytes:
    """Write an array in the IDX format, independently of the reader under test."""
    header = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
    return header + values.astype(np.uint8).tobytes()


def _make_files() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    # Noise can't be compressed, so that half a gzip is half of the data.
    return {
        "train-images-idx3-ubyte": rng.integers(0, 256, (120, 28, 28), np.uint8),
        "train-labels-idx1-ubyte": rng.integers(0, 10, 120, np.uint8),
        "t10k-images-idx3-ubyte": rng.integers(0, 256, (20, 28, 28), np.uint8),
        "t10k-labels-idx1-ubyte": rng.integers(0, 10, 20, np.uint8),
    }


ARRAYS = _make_files()
PLAIN = {name: idx_bytes(values) for name, values in ARRAYS.items()}
GZIPPED = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in PLAIN.items()}


def small_dataset(*mirrors: str) -> IDXDataset:
    """The data set that the server serves, to be had from these mirrors."""
    x_train, y_train, x_test, y_test = (
        IDXFile(name, values.shape, hashlib.sha256(PLAIN[name]).hexdigest())
        for name, values in ARRAYS.items()
    )
    return IDXDataset("Small", "small", (x_train, y_train, x_test, y_test), mirrors)


class Request(BaseHTTPRequestHandler):
    """One request; `mirror` and `file` are the parts of its path."""

    server: "MisbehavingServer"

    def handle_any(self) -> None:
        self.mirror, _, self.file = self.path.strip("/").partition("/")
        self.server.log.append((self.command, self.mirror, self.file))
        behaviour = self.server.behaviours[self.mirror]
        if self.command == "HEAD" and behaviour is not silent:
            self.answer(200)
        else:
            behaviour(self)

    do_GET = do_HEAD = handle_any  # noqa: N815  (http.server looks for these names)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Print nothing."""


def good(request: Request) -> None:
    body = GZIPPED[request.file]
    request.answer(200, body, Content_Length=str(len(body)))


def good_without_length(request: Request) -> None:
    request.answer(200, GZIPPED[request.file])


def good_but_decompressed(request: Request) -> None:
    request.answer(200, PLAIN[request.file.removesuffix(".gz")])


def good_with_content_encoding(request: Request) -> None:
    """Declare the gzip to be a matter of transport, so that the client unpacks it."""
    request.answer(200, GZIPPED[request.file], Content_Encoding="gzip")


def not_found(request: Request) -> None:
    request.answer(404, b"<html>no such file</html>")


def unavailable(request: Request) -> None:
    request.answer(503)


def web_page(request: Request) -> None:
    request.answer(200, b"<!DOCTYPE html><html>Please log in to the campus network.</html>")


def other_data(request: Request) -> None:
    """Send a proper file with one pixel changed."""
    content = bytearray(PLAIN[request.file.removesuffix(".gz")])
    content[-1] ^= 1
    request.answer(200, gzip.compress(bytes(content)))


def other_file(request: Request) -> None:
    request.answer(200, GZIPPED["t10k-labels-idx1-ubyte.gz"])


def empty(request: Request) -> None:
    request.answer(200, Content_Length="0")


def cut_off(request: Request) -> None:
    body = GZIPPED[request.file]
    request.answer(200, body[: len(body) // 2], Content_Length=str(len(body)))


def cut_off_unnoticed(request: Request) -> None:
    body = GZIPPED[request.file]
    request.answer(200, body[: len(body) // 2])


def stall(request: Request) -> None:
    """Send half of the file, then nothing, and keep the line open."""
    cut_off(request)
    request.server.closing.wait()


def slow(request: Request) -> None:
    """Send the right file in pieces, with pauses in between."""
    body = GZIPPED[request.file]
    request.answer(200, Content_Length=str(len(body)))
    for start in range(0, len(body), 40_000):
        request.wfile.write(body[start : start + 40_000])
        request.server.closing.wait(0.3)


def drip(request: Request) -> None:
    """Send the right file a byte at a time: never pausing for long, and never getting anywhere."""
    body = GZIPPED[request.file]
    request.answer(200, Content_Length=str(len(body)))
    for byte in body:
        if request.server.closing.wait(0.1):
            return
        request.wfile.write(bytes([byte]))


def silent(request: Request) -> None:
    """Take the connection and never answer, not even to HEAD."""
    request.server.closing.wait()


def endless(request: Request) -> None:
    request.answer(200, GZIPPED[request.file])
    while not request.server.closing.is_set():
        request.wfile.write(bytes(65536))


def redirect(request: Request) -> None:
    request.answer(302, Location=f"{request.server.mirror(good)}{request.file}")


def redirect_in_circles(request: Request) -> None:
    request.answer(302, Location=request.path)


def redirect_to_nonsense(request: Request) -> None:
    request.answer(302, Location="http://[::1/\x7f")


def hang_up(request: Request) -> None:
    request.close_connection = True


def babble(request: Request) -> None:
    """Send what is not HTTP, and would turn a terminal red."""
    request.wfile.write(b"\x1b[31m\x00\xff this is not HTTP\r\n" * 100)


def nonsense_length(request: Request) -> None:
    request.answer(200, GZIPPED[request.file], Content_Length="a lot")


def huge_length(request: Request) -> None:
    """Redirect, with a damaged body that claims a length too large for the machine's integers."""
    request.answer(302, b"no gzip", Location="/", Content_Encoding="gzip", Content_Length="9" * 20)


def broken_encoding(request: Request) -> None:
    request.answer(200, b"not a gzip at all", Content_Encoding="gzip")


class MisbehavingServer(ThreadingHTTPServer):
    """Serves until the end of the `with` block."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.behaviours: dict[str, Callable[[Request], None]] = {}
        self.log: list[tuple[str, str, str]] = []  # method, mirror, file
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    def mirror(self, behaviour: Callable[[Request], None]) -> str:
        """The address of a mirror that behaves so."""
        self.behaviours[behaviour.__name__] = behaviour
        return f"http://127.0.0.1:{self.server_port}/{behaviour.__name__}/"

    def downloads(self, behaviour: Callable[[Request], None]) -> list[str]:
        """Which files were asked of that mirror."""
        mirror = behaviour.__name__
        return [file for method, name, file in self.log if (method, name) == ("GET", mirror)]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that has gone."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join()
        self.server_close()
