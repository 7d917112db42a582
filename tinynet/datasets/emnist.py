"""EMNIST: handwritten letters and digits, 28 by 28 pixels, in MNIST's form.

G. Cohen, S. Afshar, J. Tapson and A. van Schaik, "EMNIST: an extension of MNIST to handwritten
letters", 2017, https://arxiv.org/abs/1702.05373
"""

import os
import string

import numpy as np

from tinynet._internal.checks import lookup
from tinynet._internal.names import known_keywords
from tinynet.datasets._catalog import EMNIST
from tinynet.datasets._sources import Arrays, load

# Of the letters that look alike in both cases, the lower case is counted as the upper one.
CLASS_NAMES = {
    "balanced": tuple(string.digits + string.ascii_uppercase + "abdefghnqrt"),
    "letters": tuple(string.ascii_lowercase),
    "digits": tuple(string.digits),
}


@known_keywords
def load_data(subset: str = "balanced", path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load one of EMNIST's subsets: images to train on and to test with, and their labels.

    Looks for the files in the same places as `tinynet.datasets.mnist.load_data`, but in subfolders
    named ``emnist`` or ``EMNIST/raw``. A download is NIST's archive of 562 MB, of which the files
    of these three subsets are kept in the cache.

    The files hold every image transposed, and count the letters from 1. Here the images are
    upright, and the classes count from 0.

    The one checksum that is published is that of the whole archive (MD5, by torchvision), and it is
    checked after a download. Of files that are there already only shapes and labels can be checked;
    a line on the screen says so.

    Parameters
    ----------
    subset : {"balanced", "letters", "digits"}
        Which subset::

            "balanced"   47 classes   112,800 and 18,800 images   digits and letters
            "letters"    26 classes   124,800 and 20,800 images   upper and lower case as one
            "digits"     10 classes   240,000 and 40,000 images

    path : str or path, optional
        A folder that has the subset's four files, ``emnist-balanced-train-images-idx3-ubyte`` and
        so on, each with or without ``.gz``, in itself or in a subfolder ``emnist``, ``EMNIST/raw``
        or ``gzip``. Or NIST's archive, ``gzip.zip``, or the folder that it is in.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images of shape (N, 28, 28) and labels of shape (N,), uint8, which the caller owns and may
        write to. ``CLASS_NAMES[subset]`` has the classes' names.

    Raises
    ------
    ValueError
        If there is no such subset.
    FileNotFoundError
        If `path` lacks files, or TINYNET_DATA names no folder or one with some of the files only.
    tinynet.datasets.DataError
        If a file in `path` or TINYNET_DATA can't be EMNIST's. It is a ValueError.
    tinynet.datasets.DownloadError
        If the archive has to be downloaded and can't be. It is an OSError.

    Examples
    --------
    >>> from tinynet.datasets import emnist
    >>> (x_train, y_train), (x_test, y_test) = emnist.load_data("letters")  # doctest: +SKIP
    >>> emnist.CLASS_NAMES["letters"][2], len(emnist.CLASS_NAMES["balanced"])
    ('c', 47)
    """
    dataset = lookup(subset, EMNIST, "subset")
    (x_train, y_train), (x_test, y_test) = load(dataset, path)
    lowest = dataset.labels[0]
    return (_upright(x_train), y_train - lowest), (_upright(x_test), y_test - lowest)


def _upright(images: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(images.transpose(0, 2, 1))
