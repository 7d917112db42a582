"""Reads images from a folder with one subfolder per class. Pillow decodes them."""

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from tinynet._internal.checks import check_bool, check_count, shown
from tinynet._internal.names import known_keywords
from tinynet._internal.saving.files import open_regular, path_of
from tinynet.datasets._idx import DataError

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
MAX_PIXELS = 100_000_000  # of one image, before it is resized
SMALL = 4_000_000  # pixels that a file of any length may have
PIXELS_PER_BYTE = 10_000  # deflate compresses up to 1032 to 1, and a byte may hold eight pixels
MAX_BYTES = 2**32  # of all images together
EIGHT_BITS = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"}


@known_keywords
def from_folder(
    path: str | os.PathLike[str], *, size: int | tuple[int, int] | None = None, grey: bool = True
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Read images from a folder with one subfolder per class.

    The images are sorted by class. Shuffle them before you split off a test set.

    Parameters
    ----------
    path : str or path
        The folder, such as ``pictures`` with ``pictures/cat/1.png``, ``pictures/dog/1.jpg`` and so
        on. PNG, JPEG, GIF, BMP, WebP, TIFF, PGM and PPM images are read. Other files are ignored.
    size : int or tuple of int, optional
        The height and width to resize all images to, with Pillow's bilinear filter, or one number
        for a square. By default, all images must have the same size.
    grey : bool
        Whether to convert the images to grey. Otherwise they have three colours.

    Returns
    -------
    x : ndarray of uint8, shape (N, height, width), or (N, height, width, 3) in colour
        The images, 0 for black and 255 for white. Transparent pixels become white.
    y : ndarray of int64, shape (N,)
        The class of each image, an index into `names`.
    names : list of str
        The names of the subfolders in alphabetical order, or in numerical order if all are numbers.

    Raises
    ------
    ImportError
        If Pillow isn't installed.
    ValueError
        If there are no subfolders with images, or the images' sizes differ and no `size` is given.
    DataError
        If an image is damaged, is too large or has more than 8 bits per channel. DataError is a
        ValueError.
    OSError
        If the folder or a file can't be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from tinynet.datasets import from_folder
    >>> folder = tempfile.TemporaryDirectory()
    >>> for name, grey in (("night", 0), ("day", 200)):
    ...     Path(folder.name, name).mkdir()
    ...     Image.new("L", (4, 2), grey).save(Path(folder.name, name, "1.png"))
    >>> x, y, names = from_folder(folder.name)
    >>> x.shape, x[:, 0, 0], y, names
    ((2, 2, 4), array([200,   0], dtype=uint8), array([0, 1]), ['day', 'night'])
    >>> folder.cleanup()
    """
    height_width = _check_size(size)
    grey = check_bool(grey, "grey")
    place = path_of(path)
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        raise ImportError(
            "from_folder reads images with Pillow, which isn't installed: pip install pillow."
        ) from None
    names, files = _list(place)
    labels = np.array([k for k, _ in files], np.int64)
    first = _read(files[0][1], height_width, grey)
    n_bytes = len(files) * first.size
    if n_bytes > MAX_BYTES:
        raise ValueError(
            f"The images of {place} would take {n_bytes} bytes, more than {MAX_BYTES}: "
            f"give a smaller size."
        )
    x = np.empty((len(files), *first.shape), np.uint8)
    for n, (_, file) in enumerate(files):
        image = first if n == 0 else _read(file, height_width, grey)
        if image.shape != first.shape:
            raise ValueError(
                f"The images must have one size: {files[0][1]} has {first.shape[:2]}, {file} has "
                f"{image.shape[:2]}. Give a size, such as size={first.shape[:2]}, to bring all to "
                f"one."
            )
        x[n] = image
    return x, labels, names


def _check_size(size: Any) -> tuple[int, int] | None:
    if size is None:
        return None
    pair = size if isinstance(size, tuple | list) else (size, size)
    if len(pair) != 2:
        raise ValueError(f"size must be a height and a width, received {shown(size)}.")
    height, width = (check_count(side, "size", maximum=MAX_PIXELS) for side in pair)
    if height * width > MAX_PIXELS:
        raise ValueError(f"size must have at most {MAX_PIXELS} pixels, received {shown(size)}.")
    return height, width


def _list(folder: Path) -> tuple[list[str], list[tuple[int, Path]]]:
    """Return the names of the classes, and each image file with the index of its class."""
    try:
        classes = [entry.name for entry in os.scandir(folder) if _is_class(entry)]
    except OSError as error:
        raise OSError(error.errno, f"Can't read {folder}: {error.strerror}") from None
    if all(name.isascii() and name.isdecimal() for name in classes):
        classes.sort(key=lambda name: (int(name), name))
    else:
        classes.sort()
    files = [(k, file) for k, name in enumerate(classes) for file in _images(folder / name)]
    if not files:
        what = "folders without images" if classes else "no folders"
        hint = " Images that lie in it directly have no class." if _images(folder) else ""
        within = [name for name in classes if _has_folders(folder / name)]
        if within:
            hint = f" Its folder {within[0]!r} has folders in it: give {folder / within[0]}."
        raise ValueError(
            f"{folder} must hold a folder of images for each class, received {what}.{hint}"
        )
    return classes, files


def _is_class(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir() and not entry.name.startswith((".", "__"))


def _has_folders(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        return any(_is_class(entry) for entry in entries)


def _images(folder: Path) -> list[Path]:
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise OSError(error.errno, f"Can't read {folder}: {error.strerror}") from None
    return [
        folder / name
        for name in names
        if Path(name).suffix.lower() in SUFFIXES and not name.startswith(".")
    ]


def _read(file: Path, size: tuple[int, int] | None, grey: bool) -> np.ndarray:
    """Return an image as an array: upright, on a white background, resized."""
    from PIL import Image, ImageOps

    with open_regular(file) as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about oddities, and about sizes, which are checked below
        try:
            image: Any = Image.open(stream)
            limit = min(MAX_PIXELS, SMALL + PIXELS_PER_BYTE * os.fstat(stream.fileno()).st_size)
            if image.width * image.height > limit:  # before memory is allocated for them
                raise DataError(
                    f"{file}: expected at most {limit} pixels in a file of this size, found "
                    f"{image.width} by {image.height}"
                )
            if image.mode not in EIGHT_BITS:
                raise DataError(
                    f"{file}: expected 8 bits a pixel and colour, found mode {image.mode!r}"
                )
            image.load()
            image = ImageOps.exif_transpose(image)
            if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
                image = image.convert("RGBA")
                white = Image.new("RGBA", image.size, "white")
                image = Image.alpha_composite(white, image)
            image = image.convert("L" if grey else "RGB")
            if size is not None and size != (image.height, image.width):
                image = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
            return np.asarray(image)
        except (DataError, MemoryError):
            raise
        except Image.DecompressionBombError:
            raise DataError(f"{file}: expected at most {MAX_PIXELS} pixels, found more") from None
        except Exception as error:  # Pillow reports damage by many kinds of exceptions
            raise DataError(f"{file}: damaged image: it can't be read") from error
