"""Kuzushiji-MNIST: 70,000 characters of old Japanese handwriting in ten classes, MNIST's form.

T. Clanuwat, M. Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto and D. Ha, "Deep Learning for
Classical Japanese Literature", 2018, https://arxiv.org/abs/1812.01718
"""

import os

from tinynet._internal.names import known_keywords
from tinynet.datasets._catalog import KMNIST
from tinynet.datasets._sources import Arrays, load

CLASS_NAMES = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")


@known_keywords
def load_data(path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load Kuzushiji-MNIST: 60,000 images to train on, 10,000 to test with, and their labels.

    Looks for the files in the same places as `tinynet.datasets.mnist.load_data`, but in subfolders
    named ``kmnist`` or ``KMNIST/raw``, since the files have the same names. A download is 21 MB.

    The published checksums are those of the gzips (SHA-256, by TensorFlow Datasets). So the gzips
    are checked by their content. Of decompressed files only shapes and labels can be checked, and
    that they aren't MNIST's or Fashion-MNIST's; a line on the screen says so.

    Parameters
    ----------
    path : str or path, optional
        A folder that has the four files ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
        ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``, each with or without ``.gz``,
        in itself or in a subfolder ``kmnist`` or ``KMNIST/raw``.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        NumPy arrays of dtype uint8, which the caller owns and may write to::

            x_train  (60000, 28, 28)   0 is background
            y_train  (60000,)          the class, 0 to 9; `CLASS_NAMES` has their names
            x_test   (10000, 28, 28)
            y_test   (10000,)

    Raises
    ------
    FileNotFoundError
        If `path` lacks files, or TINYNET_DATA names no folder or one with some of the files only.
    tinynet.datasets.DataError
        If a file in `path` or TINYNET_DATA can't be Kuzushiji-MNIST's. It is a ValueError.
    tinynet.datasets.DownloadError
        If the files have to be downloaded and can't be. It is an OSError.

    Examples
    --------
    >>> from tinynet.datasets import kmnist
    >>> (x_train, y_train), (x_test, y_test) = kmnist.load_data()  # doctest: +SKIP
    >>> kmnist.CLASS_NAMES[8]
    're'
    """
    return load(KMNIST, path)
