"""Reads MNIST and its relatives from other containers: Keras's npz, OpenML's ARFF, NIST's zip.

`read_container` returns the four arrays in the order of the data set's files, in their shapes and
with dtype uint8. Its caller verifies their content. As in `_idx`, the header of a file is compared
with what is expected before memory is allocated.
"""

import gzip
import io
import os
import warnings
import zlib
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZipFile, ZipInfo

import numpy as np

from tinynet._internal.saving import npz
from tinynet._internal.saving.files import open_regular
from tinynet.datasets._catalog import IDXDataset, IDXFile
from tinynet.datasets._idx import DataError, max_file_bytes, read_idx_stream

KEYS = ("x_train", "y_train", "x_test", "y_test")
UINT8 = np.dtype(np.uint8)
NPY_HEADER_BYTES = 1000
MAX_HEADER_LINES = 10_000  # OpenML's file has 790
MAX_LINE_BYTES = 65536
MAX_DIRECTORY_BYTES = 10_000_000


class SingleFileError(DataError):
    """A file is one of the four files of a data set, not a container of all four."""


def read_container(dataset: IDXDataset, place: Path) -> list[np.ndarray]:
    """Read a data set's four arrays from one file. Its content tells the format.

    Raises
    ------
    DataError
        If the format is unknown, or the file is damaged or contains other arrays.
    OSError
        If the file can't be read.
    """
    with open_regular(place) as file:
        start = file.read(2)
        file.seek(0)
        try:
            if start == b"PK":
                return _read_zip(dataset, file)
            if start == b"\x1f\x8b":
                with gzip.GzipFile(fileobj=file) as content:
                    return _read_text(dataset, content)
            return _read_text(dataset, file)
        except DataError as error:
            raise type(error)(f"{place}: {error}") from None
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise DataError(f"{place}: damaged gzip: the data can't be decompressed") from None


# Zip archives


def _read_zip(dataset: IDXDataset, file: BinaryIO) -> list[np.ndarray]:
    """Read an npz file, or the archive in which the data set is published."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 22))
    end = file.read(22)
    if end[:4] == b"PK\x05\x06" and int.from_bytes(end[12:16], "little") > MAX_DIRECTORY_BYTES:
        raise DataError("its list of contents is longer than that of any archive of this kind")
    try:
        with ZipFile(file) as archive:
            members = {Path(info.filename).name: info for info in archive.infolist()}
            if any(name.endswith(".npy") for name in members):
                return _read_npz(dataset, archive, members)
            return read_archive(dataset, archive)
    except (DataError, MemoryError):
        raise
    except Exception as error:  # zipfile reports damage by many kinds of exceptions
        raise DataError("damaged archive: it can't be read") from error


def _read_npz(
    dataset: IDXDataset, archive: ZipFile, members: dict[str, ZipInfo]
) -> list[np.ndarray]:
    arrays = []
    for key, file in zip(KEYS, dataset.files, strict=True):
        info = members.get(f"{key}.npy")
        if info is None:
            found = ", ".join(name.removesuffix(".npy") for name in list(members)[:8])
            raise DataError(f"no array {key}: expected {', '.join(KEYS)}, found {found:.200}")
        n_values = int(np.prod(file.shape))
        if info.file_size > 8 * n_values + NPY_HEADER_BYTES:  # before memory is allocated for it
            raise DataError(f"wrong shape of {key}: expected {file.shape}, found more")
        try:
            array = npz.read_npy(archive, info)
        except npz.DamagedError as error:
            raise DataError(str(error)) from None
        if array.size != n_values or array.shape[:1] != file.shape[:1]:
            raise DataError(f"wrong shape of {key}: expected {file.shape}, found {array.shape}")
        arrays.append(_as_uint8(array, key).reshape(file.shape).copy())
    return arrays


def _as_uint8(array: np.ndarray, key: str) -> np.ndarray:
    if array.dtype == UINT8:
        return np.ascontiguousarray(array)
    if not (array >= 0).all() or not (array <= 255).all() or not (array == np.floor(array)).all():
        raise DataError(f"wrong values of {key}: expected whole numbers from 0 to 255")
    return array.astype(np.uint8)


def read_archive(dataset: IDXDataset, archive: ZipFile) -> list[np.ndarray]:
    """Read the data set's IDX files, gzipped or not, from an open zip archive."""
    arrays = []
    for file in dataset.files:
        try:
            arrays.append(read_idx_stream(member(archive, file), shape=file.shape, dtype=UINT8)[0])
        except DataError as error:
            raise DataError(f"{file.name}: {error}") from None
    return arrays


def member(archive: ZipFile, file: IDXFile) -> io.BytesIO:
    """Return a data set's file from a zip archive, still compressed if it is a gzip."""
    for info in archive.infolist():
        if info.filename.rpartition("/")[2] in file.names:
            limit = max_file_bytes(file.shape, UINT8)
            with archive.open(info) as content:
                return io.BytesIO(content.read(limit + 1))
    raise DataError(f"expected a file {file.name} or {file.name}.gz in the archive, found none")


# The text file of OpenML, which scikit-learn downloads: a header, a line @DATA, a line per image


def _read_text(dataset: IDXDataset, stream: Any) -> list[np.ndarray]:
    start = stream.read(4)
    if start[:2] == b"\0\0":
        raise SingleFileError(
            f"expected the folder of the four files of {dataset.name}, found one file"
        )
    if start[:1] not in (b"%", b"@"):
        raise DataError(f"expected an archive such as mnist.npz, found {start!r} at its beginning")
    stream.seek(0)
    for _ in range(MAX_HEADER_LINES):
        line = stream.readline(MAX_LINE_BYTES)
        if line.strip().lower() == b"@data" or not line:
            break
    n_train, height, width = dataset.files[0].shape
    n_images = n_train + dataset.files[2].shape[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a file without lines
        # Older NumPy rounds "0.5" and wraps "256", and only warns.
        warnings.simplefilter("error", DeprecationWarning)
        try:
            rows = np.loadtxt(
                stream, np.uint8, comments=None, delimiter=",", max_rows=n_images + 1, ndmin=2
            )
        except (ValueError, OverflowError, DeprecationWarning):
            raise DataError("expected whole numbers from 0 to 255 after @DATA") from None
    expected = (n_images, height * width + 1)
    if rows.shape != expected:
        raise DataError(
            f"wrong number of rows and columns: expected {expected}, found {rows.shape}"
        )
    images, labels = rows[:, :-1].reshape(-1, height, width), rows[:, -1]
    parts = images[:n_train], labels[:n_train], images[n_train:], labels[n_train:]
    return [part.copy() for part in parts]
