"""EMNIST: handwritten letters and digits, 28 by 28 pixels, in MNIST's format.

G. Cohen, S. Afshar, J. Tapson and A. van Schaik, "EMNIST: an extension of MNIST to handwritten
letters", 2017, https://arxiv.org/abs/1702.05373
"""

import os
import string

import numpy as np

from tinynet._internal.checks import lookup
from tinynet._internal.names import known_keywords
from tinynet.datasets import _sources
from tinynet.datasets._catalog import EMNIST
from tinynet.datasets._sources import Arrays

# Letters that look alike in both cases are one class.
CLASS_NAMES = {
    "balanced": tuple(string.digits + string.ascii_uppercase + "abdefghnqrt"),
    "letters": tuple(string.ascii_lowercase),
    "digits": tuple(string.digits),
}


@known_keywords
def load_data(subset: str = "balanced", path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load a subset of EMNIST: training images, test images and their labels.

    The files are searched for in the same places as by `tinynet.datasets.mnist.load_data`, in
    subfolders named ``emnist`` or ``EMNIST/raw``. The download is NIST's archive of 562 MB. The
    files of these three subsets are kept in the cache.

    In the files, every image is transposed, and the letters have the labels 1 to 26. This function
    returns upright images and labels from 0, so the letter a is 0. torchvision and TensorFlow
    Datasets return the images and the labels as they are in the files: there the letter a is 1.

    The only published checksum is that of the whole archive (MD5, by torchvision), which is checked
    after a download. For files that are already there, only the shapes and the labels can be
    checked. A line on the screen says so.

    Parameters
    ----------
    subset : {"balanced", "letters", "digits"}
        The subset::

            "balanced"   47 classes   112,800 and 18,800 images   digits and letters
            "letters"    26 classes   124,800 and 20,800 images   upper and lower case as one
            "digits"     10 classes   240,000 and 40,000 images

    path : str or path, optional
        A folder that contains the subset's four files, ``emnist-balanced-train-images-idx3-ubyte``
        and so on, each with or without ``.gz``, directly or in a subfolder ``emnist``,
        ``EMNIST/raw`` or ``gzip``. Or NIST's archive, ``gzip.zip``, or the folder it is in.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        Images of shape (N, 28, 28) and labels of shape (N,), in new, writable arrays of dtype
        uint8. ``CLASS_NAMES[subset]`` has the names of the classes.

    Raises
    ------
    FileNotFoundError
        If files are missing in `path` or TINYNET_DATA, or TINYNET_DATA isn't a folder.
    tinynet.datasets.DataError
        If a file in `path` or TINYNET_DATA can't be the one of EMNIST. It is a ValueError.
    tinynet.datasets.DownloadError
        If the archive can't be downloaded. It is an OSError.

    Examples
    --------
    >>> from tinynet.datasets import emnist
    >>> (x_train, y_train), (x_test, y_test) = emnist.load_data("letters")  # doctest: +SKIP
    >>> emnist.CLASS_NAMES["letters"][2], len(emnist.CLASS_NAMES["balanced"])
    ('c', 47)
    """
    dataset = lookup(subset, EMNIST, "subset")
    (x_train, y_train), (x_test, y_test) = _sources.load(dataset, path)
    lowest = dataset.labels[0]
    return (_upright(x_train), y_train - lowest), (_upright(x_test), y_test - lowest)


def _upright(images: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(images.transpose(0, 2, 1))
