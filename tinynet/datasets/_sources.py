"""Finds the four files of a data set like MNIST: in a folder, in the cache or on a mirror.

`load` searches these places in this order:

1. the folder or file `path` that the caller names;
2. the folder that the environment variable TINYNET_DATA names;
3. the user's cache folder (on Linux ~/.cache/tinynet);
4. the folders where Keras, torchvision and scikit-learn keep their copies;
5. the mirrors, one after the other. Downloaded files are kept in the cache.

The content is always compared with the published checksums. A damaged file in a folder that the
user named is an error: if it were skipped, a model might be trained on other data than the user
believes. A damaged file in the cache is downloaded again, and a damaged copy of another library is
skipped. A line on the screen reports both.
"""

import contextlib
import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from tinynet._internal.saving.files import open_regular, path_of
from tinynet.datasets._catalog import EMNIST, IDXDataset, IDXFile, whose
from tinynet.datasets._containers import UINT8, SingleFileError, read_container
from tinynet.datasets._download import Download, say, store_array
from tinynet.datasets._idx import DataError, idx_header, read_idx_stream, wrong_sha256

Arrays: TypeAlias = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

# The folders in which users of torchvision keep its downloads.
TORCHVISION_ROOTS = (".", "data", "../data", "~", "~/data")


# How to read the other files that may hold a data set.
READERS = {
    **dict.fromkeys((".npz", ".zip", ".arff", ".arff.gz"), "give the path of this file"),
    ".csv": "use tinynet.datasets.from_csv",
    ".parquet": "use pandas.read_parquet",
}


def load(dataset: IDXDataset, path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load a data set from the first place that has it, in the order of the module's docstring.

    Parameters
    ----------
    dataset
        The data set.
    path
        The only folder or file to search. In a folder, the files may also be in the subfolder
        ``dataset.folder`` or in those that torchvision makes.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images and labels in new, writable arrays of dtype uint8.

    Raises
    ------
    FileNotFoundError
        If files are missing in `path` or TINYNET_DATA, or TINYNET_DATA isn't a folder.
    DataError
        If a file in `path` or TINYNET_DATA isn't the right one.
    DownloadError
        If no mirror has the files, or the cache can't be written.
    """
    arrays = _from_path(dataset, path)
    if arrays is None:
        arrays = _from_environment(dataset)
    if arrays is None:
        arrays = _from_cache_elsewhere_or_mirrors(dataset, cache_folder() / dataset.folder)
    x_train, y_train, x_test, y_test = arrays
    return (x_train, y_train), (x_test, y_test)


def cache_folder() -> Path:
    """Return the folder for downloaded files, which may not exist yet."""
    try:
        import platformdirs  # as pooch does, but this works even where pooch can't be imported
    except ImportError:
        return _home("~/.cache/tinynet")
    return _home(platformdirs.user_cache_dir("tinynet"))


def _home(name: str) -> Path:
    """Return a path with ``~`` expanded if the home folder is known."""
    return Path(os.path.expanduser(name))


# Places that the user names


def _from_path(dataset: IDXDataset, path: str | os.PathLike[str] | None) -> list[np.ndarray] | None:
    if path is None:
        return None
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"load_data expected path to be the name of a folder or a file (a str or a Path), "
            f"received {type(path).__name__}."
        )
    place = path_of(path)
    if place == Path(dataset.keras or "") and place.suffix == ".npz" and not os.path.lexists(place):
        # As in Keras, this names Keras's cache, which is searched anyway.
        return None
    if os.path.isfile(place):
        return _read_named_container(dataset, place)
    arrays = _from_folder(dataset, place, itself=True)
    if arrays is None:
        state = "holds none of them" if os.path.isdir(place) else "is not a folder"
        raise FileNotFoundError(
            f"load_data expected path to be a folder with the four files of {dataset.name}, "
            f"received {str(path)!r}, which {state}. {_hint_at_others(place)}{dataset.by_hand}"
        )
    return arrays


def _hint_at_others(place: Path) -> str:
    """Say how to read what a folder holds in another format, or nothing."""
    names = sorted(os.listdir(place)) if os.path.isdir(place) else []
    for ending, hint in READERS.items():
        for name in names:
            if name.lower().endswith(ending):
                return f"If its {name} holds the data, {hint}. "
    return ""


def _from_environment(dataset: IDXDataset) -> list[np.ndarray] | None:
    variable = os.environ.get("TINYNET_DATA")
    if not variable:
        return None
    folder = _home(variable)
    if not os.path.isdir(folder):
        raise FileNotFoundError(
            f"TINYNET_DATA is set to {variable!r}, which is not a folder. Correct it or unset it."
        )
    arrays = _from_folder(dataset, folder, itself=False)
    if arrays is None:
        # Not an error, as the folder may be for another data set.
        say(f"No {dataset.name} in {folder / dataset.folder} (TINYNET_DATA).")
    return arrays


def _from_folder(dataset: IDXDataset, folder: Path, *, itself: bool) -> list[np.ndarray] | None:
    """Read the data set from a folder that the user named. Return None if it isn't there.

    Without `itself`, files directly in the folder are ignored, because their names don't tell which
    data set they belong to.
    """
    folders = [folder / dataset.folder]
    if dataset.torchvision:
        folders += [folder / dataset.torchvision / "raw", folder / dataset.torchvision]
    if dataset.keras:
        folders.append(folder / dataset.keras)
    if itself:
        folders += [folder / "raw", folder / "gzip", folder]
    names = [name for name in (dataset.keras, dataset.archive and dataset.archive.name) if name]
    archives = [place / name for place in [*folders, folder] for name in names]
    archive = next((place for place in archives if os.path.isfile(place)), None)
    try:
        paths = _find_all(dataset, folders)
    except FileNotFoundError:
        if archive is None:  # if there is one, it has the missing files
            raise
        paths = None
    if paths is not None:
        return _read_named(dataset, paths)
    return None if archive is None else _read_named_container(dataset, archive)


def _find_all(dataset: IDXDataset, folders: Sequence[Path]) -> list[Path] | None:
    """Return the paths of the files in the first folder that has any, or None."""
    for folder in folders:
        found = [_find(folder, file) for file in dataset.files]
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


def _find(folder: Path, file: IDXFile) -> Path | None:
    for name in file.names:
        # A file may be in a folder of its own name, as in Kaggle's archive of MNIST.
        for place in (folder / name, folder / name / name):
            if os.path.isfile(place):  # unlike Path.is_file, it never raises
                return place
    return None


def _read_named(dataset: IDXDataset, paths: Sequence[Path]) -> list[np.ndarray]:
    arrays = []
    for file, place in zip(dataset.files, paths, strict=True):
        try:
            arrays.append(_read(dataset, file, place))
        except DataError as error:
            raise DataError(f"{error}. {_advice(dataset, file, error)}") from None
    _say_if_unverified(dataset, paths)
    return arrays


def _read_named_container(dataset: IDXDataset, place: Path) -> list[np.ndarray]:
    try:
        return _read_container(dataset, place)
    except SingleFileError as error:
        raise DataError(f"{error}. Give the folder: load_data({str(place.parent)!r}).") from None
    except DataError as error:
        advice = "Replace it by a good copy, or call load_data() without path"
        if place.suffix.lower() in (".csv", ".parquet"):
            advice = f"To read it, {READERS[place.suffix.lower()]}"
        raise DataError(f"{error}. {advice}.") from None


def _advice(dataset: IDXDataset, file: IDXFile, error: DataError) -> str:
    """Return the advice for a file that isn't the right one."""
    if isinstance(error, _OthersError):
        return f"Load it by {error.dataset.module}.load_data(path=...)."
    name, others = f"{file.name}.gz", ""
    if dataset.archive is not None:
        name = dataset.archive.name
    else:
        others = (
            "MNIST, Fashion-MNIST and KMNIST have files of the same names. Each is loaded by "
            "its own module: mnist, fashion_mnist or kmnist. If the file isn't one of these: "
        )
    return (
        f"{others}Replace this file by a good copy of {dataset.name}'s {file.name} (one is at "
        f"{dataset.mirrors[0]}{name}); or, to have tinynet download the data set, call load_data() "
        f"without path and with TINYNET_DATA unset."
    )


# Reading and checking


class _OthersError(DataError):
    """A file belongs to another data set, as its checksum tells."""

    def __init__(self, message: str, dataset: IDXDataset) -> None:
        super().__init__(message)
        self.dataset = dataset


def _read(dataset: IDXDataset, file: IDXFile, place: Path) -> np.ndarray:
    """Read an IDX file and verify its content."""
    with open_regular(place) as stream:
        try:
            values, digest = read_idx_stream(stream, shape=file.shape, dtype=UINT8)
            _check(dataset, file, values, digest, _gzip_sha256(file, stream, digest))
        except _OthersError as error:
            raise _OthersError(f"{place}: {error}", error.dataset) from None
        except DataError as error:
            raise DataError(f"{place}: {error}") from None
    return values


def _read_container(dataset: IDXDataset, place: Path) -> list[np.ndarray]:
    """Read a file that contains all four arrays, and verify their content."""
    arrays = read_container(dataset, place)
    for file, values in zip(dataset.files, arrays, strict=True):
        digest = hashlib.sha256(idx_header(values))
        digest.update(values.data)
        try:
            _check(dataset, file, values, digest.hexdigest(), None)
        except DataError as error:
            raise DataError(f"{place}: {file.name}: {error}") from None
    _say_if_unverified(dataset, [place])
    return arrays


def _gzip_sha256(file: IDXFile, stream: io.BufferedReader, digest: str) -> str | None:
    """Return the SHA-256 of the gzip itself, if that of its content isn't the expected one."""
    stream.seek(0)
    if digest == file.sha256 or stream.read(2) != b"\x1f\x8b":
        return None
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()


def _check(
    dataset: IDXDataset, file: IDXFile, values: np.ndarray, digest: str, gzip_digest: str | None
) -> None:
    """Compare the checksums of a file with the published ones."""
    other = whose(digest, gzip_digest)
    its_own = digest == file.sha256 or (gzip_digest and gzip_digest == file.gzip_sha256)
    if other is not None and other is not dataset and not its_own:
        raise _OthersError(f"this is {other.name}'s {file.name}, not {dataset.name}'s", other)
    if file.sha256 is not None and digest != file.sha256:
        raise wrong_sha256(file.sha256, digest)
    if file.gzip_sha256 is not None and gzip_digest not in (None, file.gzip_sha256):
        raise DataError(
            f"wrong SHA-256 of the gzip: expected {file.gzip_sha256}, found {gzip_digest}"
        )
    lowest, highest = dataset.labels
    if file.sha256 is None and values.ndim == 1:
        wrong = (values < lowest) | (values > highest)
        if wrong.any():
            place = int(wrong.argmax())
            raise DataError(
                f"wrong label: expected {lowest} to {highest}, found {values[place]} at [{place}]"
            )


def _say_if_unverified(dataset: IDXDataset, places: Sequence[Path]) -> None:
    """Tell the user that the images of files without a published checksum aren't verified."""
    by_gzip = {file.gzip_sha256 is not None for file in dataset.files} == {True}
    unknown = any(file.sha256 is None for file in dataset.files)
    if unknown and not (by_gzip and all(place.suffix == ".gz" for place in places)):
        say(
            f"{dataset.name} read from {places[0].parent}. No checksum of these files is "
            f"published: shapes and labels are right, the images can't be checked."
        )


# The cache, other libraries' copies, and the mirrors


def _from_cache_elsewhere_or_mirrors(dataset: IDXDataset, cache: Path) -> list[np.ndarray]:
    cached = [_read_cached(dataset, cache, file) for file in dataset.files]
    arrays = [array for array in cached if array is not None]
    if len(arrays) == len(dataset.files):
        return arrays
    others = _from_elsewhere(dataset, cache)
    if others is not None:
        return others
    download = Download(dataset, cache)
    if dataset.archive is not None:
        download.archive(dataset.archive, list(EMNIST.values()))
        return [_read(dataset, file, cache / f"{file.name}.gz") for file in dataset.files]
    return [
        download.file(file) if array is None else array
        for file, array in zip(dataset.files, cached, strict=True)
    ]


def _read_cached(dataset: IDXDataset, cache: Path, file: IDXFile) -> np.ndarray | None:
    for _ in range(3):  # a file may be replaced, or a better one may exist under another name
        place = _find(cache, file)
        if place is None:
            return None
        try:
            array = _read(dataset, file, place)
        except DataError as error:
            say(f"Damaged file in the cache, to be downloaded again: {error}.")
            with contextlib.suppress(OSError):
                place.unlink()
        except OSError:  # unreadable, or just removed by another process
            continue
        else:
            if place.suffix == ".gz" and file.sha256 is not None:
                with contextlib.suppress(OSError):  # uncompressed, it is read three times as fast
                    store_array(cache / file.name, array)
                    place.unlink()
            return array
    return None


def _from_elsewhere(dataset: IDXDataset, cache: Path) -> list[np.ndarray] | None:
    """Read the copy of another library, if there is an undamaged one."""
    for place in _places_elsewhere(dataset):
        try:
            if os.path.isfile(place):
                arrays = _read_container(dataset, place)
            else:
                paths = _find_all(dataset, [place])
                if paths is None:
                    continue
                arrays = [
                    _read(dataset, file, path)
                    for file, path in zip(dataset.files, paths, strict=True)
                ]
                _say_if_unverified(dataset, paths)
        except (DataError, OSError) as error:
            say(f"Skipped a copy of {dataset.name}: {error}")
            continue
        say(f"{dataset.name} read from {os.path.realpath(place)}.")
        if "openml" in place.parts:  # reading it takes seconds
            with contextlib.suppress(OSError):
                cache.mkdir(parents=True, exist_ok=True)
                for file, array in zip(dataset.files, arrays, strict=True):
                    store_array(cache / file.name, array)
        return arrays
    return None


def _places_elsewhere(dataset: IDXDataset) -> Iterator[Path]:
    """Yield the files and folders that may be another library's copy, the fastest to read first."""
    if dataset.keras is not None:
        home = _home(os.environ.get("KERAS_HOME") or "~/.keras")
        yield home / "datasets" / dataset.keras
    if dataset.torchvision is not None:
        for root in TORCHVISION_ROOTS:
            yield _home(root) / dataset.torchvision / "raw"
    if dataset.openml is not None:
        home = _home(os.environ.get("SCIKIT_LEARN_DATA") or "~/scikit_learn_data")
        yield from _files_below(home.glob(f"openml/*/data/**/{dataset.openml}*"))


def _files_below(places: Iterable[Path]) -> Iterator[Path]:
    for place in sorted(places):
        yield from sorted(place.glob("*.gz")) if place.is_dir() else [place]
