"""Finds the four files of a data set like MNIST: in a folder, in the cache, or on a mirror.

`load` looks in one place after the other:

1. the folder `path` that the caller names;
2. the folder that the environment variable TINYNET_DATA names;
3. the cache, a folder of the user's own (on Linux ~/.cache/tinynet);
4. the mirrors, each in turn; what they send is kept in the cache.

The SHA-256 of the decompressed bytes is checked at every one of them, every time. A damaged file in
a folder that the user named is an error: to pass over it in silence would train on other data than
the user believes. A damaged file in the cache is downloaded again.
"""

import contextlib
import io
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from tinynet._internal.saving.files import replacing
from tinynet.datasets.idx import DataError, max_file_bytes, read_idx, read_idx_stream

# All mirrors are asked at once, and those that haven't answered after this time are passed over.
# So a machine without a network knows it after this time, whatever its firewall does with packets.
ANSWER_SECONDS = 5.0
# A mirror that has started to send may pause for so long.
PAUSE_SECONDS = 30.0
# In twice that time it must send so many bytes: one that sends a byte now and then never pauses.
CHUNK_BYTES = 65536

Arrays: TypeAlias = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


class DownloadError(OSError):
    """The data set is neither on this machine nor can it be downloaded to it."""


@dataclass(frozen=True)
class IDXFile:
    """One file of a data set: its name without .gz, its shape, the SHA-256 of its plain bytes."""

    name: str
    shape: tuple[int, ...]
    sha256: str


@dataclass(frozen=True)
class IDXDataset:
    """A data set in four IDX files, and where it is to be had.

    Attributes
    ----------
    name
        What messages call it.
    folder
        The subfolder, of TINYNET_DATA and of the cache, that holds its files.
    files
        Training images, training labels, test images, test labels.
    mirrors
        Addresses to which a file's name and .gz are appended; the first is tried first.
    """

    name: str
    folder: str
    files: tuple[IDXFile, IDXFile, IDXFile, IDXFile]
    mirrors: tuple[str, ...]

    @property
    def by_hand(self) -> str:
        """How to supply the files without a download."""
        names = ", ".join(file.name for file in self.files)
        return (
            f"To supply the files by hand, put {names} (with or without .gz) into a folder and "
            f'call load_data(path="that folder"); or put them into a folder {self.folder} and set '
            f"the environment variable TINYNET_DATA to the folder around it."
        )


def load(dataset: IDXDataset, path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load a data set from the first place that has it; see the top of this module.

    Parameters
    ----------
    dataset
        The data set.
    path
        The folder to look in, and nowhere else. The files may also be in its subfolder
        ``dataset.folder``.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images and labels, uint8, in new arrays that the caller owns and may write to.

    Raises
    ------
    FileNotFoundError
        If `path` lacks files, or TINYNET_DATA names no folder or has some of the files but not all.
    DataError
        If a file in the folder named by `path` or TINYNET_DATA isn't the right one.
    DownloadError
        If the files have to be downloaded and no mirror has them, or the cache can't be written.
    """
    paths = _find_in_named_folder(dataset, path)
    if paths is not None:
        arrays = [
            _read_named(dataset, file, place)
            for file, place in zip(dataset.files, paths, strict=True)
        ]
    else:
        arrays = _read_cache_or_download(dataset, cache_folder() / dataset.folder)
    x_train, y_train, x_test, y_test = arrays
    return (x_train, y_train), (x_test, y_test)


def cache_folder() -> Path:
    """Return the folder for downloaded files; it need not exist yet."""
    import pooch

    return Path(pooch.os_cache("tinynet")).expanduser()


# Folders that the user names


def _find_in_named_folder(
    dataset: IDXDataset, path: str | os.PathLike[str] | None
) -> list[Path] | None:
    """Return the four files' paths in `path` or TINYNET_DATA; None if the user named neither."""
    if path is not None:
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(
                f"load_data expected path to be the name of a folder (a str or a Path), "
                f"received {type(path).__name__}."
            )
        folder = Path(path).expanduser()
        paths = _find_all(dataset, [folder / dataset.folder, folder])
        if paths is None:
            state = "holds none of them" if folder.is_dir() else "is not a folder"
            raise FileNotFoundError(
                f"load_data expected path to be a folder with the four files of {dataset.name}, "
                f"received {str(path)!r}, which {state}. {dataset.by_hand}"
            )
        return paths

    variable = os.environ.get("TINYNET_DATA")
    if not variable:
        return None
    folder = Path(variable).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(
            f"TINYNET_DATA is set to {variable!r}, which is not a folder. Correct it or unset it."
        )
    paths = _find_all(dataset, [folder / dataset.folder])
    if paths is None:
        # Not an error: the folder may be there for another data set's sake.
        _say(f"No {dataset.name} in {folder / dataset.folder} (TINYNET_DATA).")
    return paths


def _find_all(dataset: IDXDataset, folders: Sequence[Path]) -> list[Path] | None:
    """Return the files' paths in the first folder that has any; None if no folder has."""
    for folder in folders:
        found = [_find(folder, file.name) for file in dataset.files]
        paths = [place for place in found if place is not None]
        if len(paths) == len(dataset.files):
            return paths
        if paths:
            missing = ", ".join(
                file.name for file, place in zip(dataset.files, found, strict=True) if place is None
            )
            raise FileNotFoundError(
                f"{folder} holds some of the files of {dataset.name}, but not {missing} "
                f"(with or without .gz)."
            )
    return None


def _find(folder: Path, name: str) -> Path | None:
    for place in (folder / name, folder / f"{name}.gz"):
        if os.path.isfile(place):  # unlike Path.is_file, never raises
            return place
    return None


def _read_named(dataset: IDXDataset, file: IDXFile, place: Path) -> np.ndarray:
    try:
        return read_idx(place, shape=file.shape, sha256=file.sha256)
    except DataError as error:
        raise DataError(
            f"{error}. Replace this file by a good copy of {dataset.name}'s {file.name} (one is at "
            f"{dataset.mirrors[0]}{file.name}.gz); or, to have tinynet download the data set, call "
            f"load_data() without path and with TINYNET_DATA unset."
        ) from None


# Cache and mirrors


def _read_cache_or_download(dataset: IDXDataset, cache: Path) -> list[np.ndarray]:
    arrays = []
    mirrors = None
    for file in dataset.files:
        array = _read_cached(cache, file)
        if array is None:
            if mirrors is None:
                _check_writable(dataset, cache)
                mirrors = _Mirrors(dataset, first=file)
            content, array = mirrors.download(file)
            _store(dataset, cache / f"{file.name}.gz", content)
        arrays.append(array)
    return arrays


def _read_cached(cache: Path, file: IDXFile) -> np.ndarray | None:
    place = _find(cache, file.name)
    if place is None:
        return None
    try:
        return read_idx(place, shape=file.shape, sha256=file.sha256)
    except DataError as error:
        _say(f"Damaged file in the cache, to be downloaded again: {error}.")
        with contextlib.suppress(OSError):
            place.unlink()
        return None
    except OSError:  # unreadable, or removed at this moment by another process
        return None


class _Mirrors:
    """The mirrors of a data set, all of them asked at once whether they answer."""

    def __init__(self, dataset: IDXDataset, first: IDXFile) -> None:
        import pooch

        self._dataset = dataset
        self._queue = list(dataset.mirrors)
        self._fetch = pooch.HTTPDownloader(
            progressbar=True, chunk_size=CHUNK_BYTES, timeout=(ANSWER_SECONDS, PAUSE_SECONDS)
        )
        self._probes = {mirror: _Probe(_address(mirror, first)) for mirror in dataset.mirrors}

    def download(self, file: IDXFile) -> tuple[bytes, np.ndarray]:
        """Return a file as it was sent, and its contents, from the first mirror that is right."""
        failures = []
        for mirror in tuple(self._queue):
            try:
                return self._download_from(mirror, file)
            except Exception as error:  # a broken server can provoke any; the next may be fine
                failures.append(f"  {mirror}: {_reason(error)}\n")
                self._queue.remove(mirror)
                self._queue.append(mirror)  # ask the others first for the next file
        raise DownloadError(
            f"No mirror of {self._dataset.name} could supply {file.name}.gz:\n"
            + "".join(failures)
            + f"Check the connection to the internet. {self._dataset.by_hand}"
        )

    def _download_from(self, mirror: str, file: IDXFile) -> tuple[bytes, np.ndarray]:
        self._probes[mirror].wait_for_answer()
        url = _address(mirror, file)
        _say(f"Downloading {url}")
        received = _Received(max_file_bytes(file.shape))
        _Transfer(lambda: self._fetch(url, received, None), received).wait()
        array = read_idx_stream(received.buffer, shape=file.shape, sha256=file.sha256)
        return received.buffer.getvalue(), array


def _address(mirror: str, file: IDXFile) -> str:
    return f"{mirror}{file.name}.gz"


class _Probe(threading.Thread):
    """Asks in the background whether a server answers; a refusal is an answer, too."""

    def __init__(self, url: str) -> None:
        # A daemon: looking up a name can hang for minutes, and mustn't keep Python from ending.
        super().__init__(daemon=True)
        self._url = url
        self._error: Exception | None = None
        self._deadline = time.monotonic() + ANSWER_SECONDS
        self.start()

    def run(self) -> None:
        import pooch

        try:
            pooch.HTTPDownloader(timeout=ANSWER_SECONDS)(self._url, None, None, check_only=True)
        except Exception as error:  # raised again in the thread that waits for the answer
            self._error = error

    def wait_for_answer(self) -> None:
        self.join(timeout=max(0.0, self._deadline - time.monotonic()))
        if self.is_alive():
            raise TimeoutError(f"no answer within {ANSWER_SECONDS:g} seconds")
        if self._error is not None:
            raise self._error


class _Transfer(threading.Thread):
    """Downloads in the background, so that one that is too slow can be given up."""

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
        """Wait for the end, as long as bytes come in."""
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
            self._error = None  # it holds this object: the connection would be closed late


class _Received:
    """A buffer in memory for pooch to write to, which refuses more than `limit` bytes.

    In memory, so that nothing unchecked ever lies in the cache, whenever the process ends.
    """

    def __init__(self, limit: int) -> None:
        self.buffer = io.BytesIO()
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
        """Do nothing; pooch calls this after every chunk."""


def _reason(error: BaseException) -> str:
    """Say in a few words why a download failed."""
    response = getattr(error, "response", None)
    if response is not None and response.status_code >= 400:
        return f"HTTP status {response.status_code}"
    # requests wraps urllib3's exceptions, which wrap the system's; the innermost is the plainest.
    while (inner := _wrapped(error)) is not None:
        error = inner
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    # It may quote what the server sent, at any length and with anything in it.
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:300]


def _wrapped(error: BaseException) -> BaseException | None:
    if error.__cause__ is None and not error.__suppress_context__:
        return error.__context__
    return error.__cause__


def _check_writable(dataset: IDXDataset, cache: Path) -> None:
    """Find out before a download that its result can't be kept."""
    import tempfile

    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            pass
    except OSError as error:
        raise _cache_error(dataset, cache, error) from None


def _store(dataset: IDXDataset, place: Path, content: bytes) -> None:
    """Write a file to the cache, whole or not at all."""
    try:
        with replacing(place) as file:
            file.write(content)
    except OSError as error:
        raise _cache_error(dataset, place.parent, error) from None


def _cache_error(dataset: IDXDataset, cache: Path, error: OSError) -> DownloadError:
    return DownloadError(
        f"Can't write {dataset.name} to the cache folder {cache}: {error.strerror}. "
        f"Make room there or make it writable. {dataset.by_hand}"
    )


def _say(message: str) -> None:
    print(message, file=sys.stderr)
