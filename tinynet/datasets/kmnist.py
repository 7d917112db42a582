"""Kuzushiji-MNIST: 70,000 characters of old Japanese handwriting in ten classes.

T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto and D. Ha, "Deep Learning for
Classical Japanese Literature", 2018, https://arxiv.org/abs/1812.01718
"""

import os

from tinynet._internal.names import known_keywords
from tinynet.datasets import _sources
from tinynet.datasets._catalog import KMNIST
from tinynet.datasets._sources import Arrays

CLASS_NAMES = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")


@known_keywords
def load_data(path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load Kuzushiji-MNIST: 60,000 images to train on, 10,000 to test with, and their labels.

    The files are searched for in the same places as by `tinynet.datasets.mnist.load_data`. As they
    have the same names as MNIST's, the subfolders are ``kmnist`` and ``KMNIST/raw``. The download
    has 21 MB.

    The published checksums are those of the gzips (SHA-256, by TensorFlow Datasets), and gzips are
    checked against them. For decompressed files, only the shapes and the labels can be checked, and
    that the files aren't those of MNIST or Fashion-MNIST. A line on the screen says so.

    Parameters
    ----------
    path : str or path, optional
        A folder that contains ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
        ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``, each with or without ``.gz``,
        directly or in a subfolder ``kmnist`` or ``KMNIST/raw``.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        New, writable NumPy arrays of dtype uint8::

            x_train  (60000, 28, 28)   0 is background
            y_train  (60000,)          the class, 0 to 9; see `CLASS_NAMES`
            x_test   (10000, 28, 28)
            y_test   (10000,)

    Raises
    ------
    FileNotFoundError
        If files are missing in `path` or TINYNET_DATA, or TINYNET_DATA isn't a folder.
    tinynet.datasets.DataError
        If a file in `path` or TINYNET_DATA can't be the one of Kuzushiji-MNIST. It is a ValueError.
    tinynet.datasets.DownloadError
        If the files can't be downloaded. It is an OSError.

    Examples
    --------
    >>> from tinynet.datasets import kmnist
    >>> (x_train, y_train), (x_test, y_test) = kmnist.load_data()  # doctest: +SKIP
    >>> kmnist.CLASS_NAMES[8]
    're'
    """
    return _sources.load(KMNIST, path)
