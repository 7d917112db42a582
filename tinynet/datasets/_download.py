"""Downloads the files of a data set from the first mirror that works, and keeps them.

A download is verified before it gets a name in the cache. So the cache never contains unverified
files, whenever the process ends.
"""

import contextlib
import hashlib
import io
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar
from zipfile import ZipFile

import numpy as np

from tinynet._internal.downloads import reason_of
from tinynet._internal.saving.files import replacing
from tinynet.datasets._catalog import Archive, IDXDataset, IDXFile
from tinynet.datasets._containers import UINT8, member
from tinynet.datasets._idx import (
    DataError,
    idx_header,
    max_file_bytes,
    read_idx_stream,
    wrong_sha256,
)

# All mirrors are contacted at once, and those that haven't answered after this time are skipped. So
# a machine without a network reports it after this time, whatever its firewall does with packets.
ANSWER_SECONDS = 5.0
# A mirror that has started to send may pause for this long.
PAUSE_SECONDS = 30.0
# In twice that time it must send this many bytes, even if it never pauses.
CHUNK_BYTES = 65536

T = TypeVar("T")


class DownloadError(OSError):
    """The data set isn't on this machine and can't be downloaded."""

    __module__ = "tinynet.datasets"  # where it is public, for tracebacks


def say(message: str) -> None:
    """Print a line that tells the user where the data comes from."""
    print(message, file=sys.stderr)


class Download:
    """Downloads the files of a data set to a folder of the cache, which it creates if needed."""

    def __init__(self, dataset: IDXDataset, cache: Path) -> None:
        self._dataset, self._cache = dataset, cache
        self._mirrors: _Mirrors | None = None
        with _cache_errors(dataset, cache):  # before a download that couldn't be kept
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=cache):
                pass

    def file(self, file: IDXFile) -> np.ndarray:
        """Download one file, keep it and return its array."""
        name = f"{file.name}.gz"
        self._mirrors = self._mirrors or _Mirrors(self._dataset, name)
        buffer = io.BytesIO()
        limit = max_file_bytes(file.shape, UINT8)
        array = self._mirrors.fetch(name, buffer, limit, lambda: _check_file(file, buffer))
        with _cache_errors(self._dataset, self._cache):
            if file.sha256 is None:  # only the gzip can be verified again
                store(self._cache / name, buffer.getbuffer())
            else:
                store_array(self._cache / file.name, array)
        return array

    def archive(self, archive: Archive, datasets: Sequence[IDXDataset]) -> None:
        """Download an archive and keep its files of these data sets."""
        mirrors = _Mirrors(self._dataset, archive.name)
        say(f"{archive.name} has {archive.n_bytes // 10**6} MB.")
        with (
            _cache_errors(self._dataset, self._cache),
            tempfile.TemporaryFile(dir=self._cache) as file,
        ):
            mirrors.fetch(archive.name, file, archive.n_bytes, lambda: _check_md5(archive, file))
            with ZipFile(file) as unpacked:
                for dataset in datasets:
                    for part in dataset.files:
                        content = member(unpacked, part).getbuffer()
                        store(self._cache / f"{part.name}.gz", content)


def store(place: Path, *parts: bytes | memoryview) -> None:
    """Write a file to the cache, completely or not at all."""
    with replacing(place) as file:
        for part in parts:
            file.write(part)


def store_array(place: Path, array: np.ndarray) -> None:
    """Write an IDX file to the cache, uncompressed, because that is read three times as fast."""
    store(place, idx_header(array), array.data.cast("B"))


def _check_file(file: IDXFile, buffer: io.BytesIO) -> np.ndarray:
    array, digest = read_idx_stream(buffer, shape=file.shape, dtype=UINT8)
    if file.sha256 is not None and digest != file.sha256:
        raise wrong_sha256(file.sha256, digest)
    if file.gzip_sha256 is not None:
        digest = hashlib.sha256(buffer.getbuffer()).hexdigest()
        if digest != file.gzip_sha256:
            raise DataError(
                f"wrong SHA-256 of the gzip: expected {file.gzip_sha256}, found {digest}"
            )
    return array


def _check_md5(archive: Archive, file: BinaryIO) -> None:
    file.seek(0)
    digest = hashlib.file_digest(file, "md5").hexdigest()  # type: ignore[arg-type]
    if digest != archive.md5:
        raise DataError(f"wrong MD5: expected {archive.md5}, found {digest}")


@contextlib.contextmanager
def _cache_errors(dataset: IDXDataset, cache: Path) -> Iterator[None]:
    """Turn an OSError in the block into one that says that the cache can't be written."""
    try:
        yield
    except DownloadError:
        raise
    except OSError as error:
        raise DownloadError(
            f"Can't write {dataset.name} to the cache folder {cache}: {error.strerror}. "
            f"Make room there or make it writable. {dataset.by_hand}"
        ) from None


class _Mirrors:
    """The mirrors of a data set, all contacted at once."""

    def __init__(self, dataset: IDXDataset, first: str) -> None:
        try:
            import pooch
        except ImportError as error:  # in a browser, say, where Python lacks some of its modules
            raise _no_download(dataset, f"No downloads here: {error}.") from None

        self._dataset = dataset
        self._queue = list(dataset.mirrors)
        self._fetch = pooch.HTTPDownloader(
            progressbar=True, chunk_size=CHUNK_BYTES, timeout=(ANSWER_SECONDS, PAUSE_SECONDS)
        )
        try:
            self._probes = {mirror: _Probe(mirror + first) for mirror in dataset.mirrors}
        except RuntimeError as error:  # in a browser, say, there are no threads
            raise _no_download(dataset, f"No downloads here: {error}.") from None

    def fetch(self, name: str, buffer: BinaryIO, limit: int, check: Callable[[], T]) -> T:
        """Download a file of at most `limit` bytes to `buffer` from the first mirror that has it.

        Returns what `check` returns. `check` raises an error if the file isn't the right one.
        """
        failures = []
        for mirror in tuple(self._queue):
            try:
                return self._fetch_from(mirror, name, buffer, limit, check)
            except Exception as error:  # a broken server may cause any; the next may work
                failures.append(f"  {mirror}: {reason_of(error)}\n")
                self._queue.remove(mirror)
                self._queue.append(mirror)  # try the others first for the next file
        raise _no_download(
            self._dataset,
            f"No mirror of {self._dataset.name} could supply {name}:\n"
            + "".join(failures)
            + "Check the connection to the internet.",
        )

    def _fetch_from(
        self, mirror: str, name: str, buffer: BinaryIO, limit: int, check: Callable[[], T]
    ) -> T:
        self._probes[mirror].wait_for_answer()
        say(f"Downloading {mirror}{name}")
        buffer.seek(0)
        buffer.truncate()
        received = _Received(buffer, limit)
        _Transfer(lambda: self._fetch(mirror + name, received, None), received).wait()
        return check()


def _no_download(dataset: IDXDataset, reason: str) -> DownloadError:
    return DownloadError(
        f"{reason} {dataset.by_hand} Without {dataset.name}, synthetic_digits.load_data() has "
        f"digits in the same form, and needs no download."
    )


class _Probe(threading.Thread):
    """Tests in the background whether a server answers. A refusal is an answer, too."""

    def __init__(self, url: str) -> None:
        # A daemon, because resolving a name can take minutes and mustn't keep Python from exiting.
        super().__init__(daemon=True)
        self._url = url
        self._error: Exception | None = None
        self._deadline = time.monotonic() + ANSWER_SECONDS
        self.start()

    def run(self) -> None:
        import pooch

        try:
            pooch.HTTPDownloader(timeout=ANSWER_SECONDS)(self._url, None, None, check_only=True)
        except Exception as error:  # raised again in the waiting thread
            self._error = error

    def wait_for_answer(self) -> None:
        self.join(timeout=max(0.0, self._deadline - time.monotonic()))
        if self.is_alive():
            raise TimeoutError(f"no answer within {ANSWER_SECONDS:g} seconds")
        if self._error is not None:
            raise self._error


class _Transfer(threading.Thread):
    """Downloads in the background, so that a download that is too slow can be abandoned."""

    def __init__(self, fetch: Callable[[], object], received: "_Received") -> None:
        super().__init__(daemon=True)
        self._fetch, self._received = fetch, received
        self._error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self._fetch()
        except Exception as error:  # raised again in the thread that waits
            self._error = error

    def wait(self) -> None:
        """Wait for the end as long as bytes arrive."""
        while self.is_alive():
            before = self._received.count
            self.join(timeout=2 * PAUSE_SECONDS)
            if self.is_alive() and self._received.count == before:
                self._received.given_up = True
                raise TimeoutError(
                    f"too slow: it sent less than {CHUNK_BYTES} bytes in {2 * PAUSE_SECONDS:g} s"
                )
        try:
            if self._error is not None:
                raise self._error
        finally:
            self._error = None  # it refers to this object and would delay closing the connection


class _Received:
    """What pooch writes to: passes up to `limit` bytes on to a buffer, and refuses more."""

    def __init__(self, buffer: BinaryIO, limit: int) -> None:
        self.buffer = buffer
        self.count = 0  # of bytes
        self.given_up = False
        self._limit = limit

    def write(self, chunk: bytes) -> None:
        if self.given_up:
            raise TimeoutError("given up")
        self.count += len(chunk)
        if self.buffer.tell() + len(chunk) > self._limit:
            raise DataError(f"too large: it sent more than {self._limit} bytes")
        self.buffer.write(chunk)

    def flush(self) -> None:
        """Do nothing. pooch calls this after every chunk."""
