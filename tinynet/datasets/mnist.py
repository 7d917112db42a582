"""MNIST: 70,000 handwritten digits, 28 by 28 pixels, grey on black.

Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
recognition", Proceedings of the IEEE 86(11), 2278-2324, 1998.
"""

import os

from tinynet.datasets.sources import Arrays, IDXDataset, IDXFile, load

MNIST = IDXDataset(
    name="MNIST",
    folder="mnist",
    files=(
        IDXFile(
            "train-images-idx3-ubyte",
            (60000, 28, 28),
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        IDXFile(
            "train-labels-idx1-ubyte",
            (60000,),
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        IDXFile(
            "t10k-images-idx3-ubyte",
            (10000, 28, 28),
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        IDXFile(
            "t10k-labels-idx1-ubyte",
            (10000,),
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",  # github.com/cvdfoundation/mnist
        "https://ossci-datasets.s3.amazonaws.com/mnist/",  # torchvision's
        "https://raw.githubusercontent.com/fgnt/mnist/master/",  # Paderborn University's
    ),
)


def load_data(path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load MNIST: 60,000 images to train on, 10,000 to test with, and their labels.

    Looks in `path` alone if it is given; otherwise in the subfolder ``mnist`` of the folder named
    by the environment variable TINYNET_DATA (skipped if it has none of the files), then in the
    user's cache (on Linux ``~/.cache/tinynet/mnist``), and at last downloads the files (11 MB) from
    the first mirror that works, to keep them in the cache. The content of every file is checked by
    its SHA-256, wherever it comes from.

    Parameters
    ----------
    path
        A folder that has the four files ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
        ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``, each with or without ``.gz``,
        in itself or in a subfolder ``mnist``.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        NumPy arrays of dtype uint8, which the caller owns and may write to::

            x_train  (60000, 28, 28)   0 is background, 255 full ink
            y_train  (60000,)          the digit, 0 to 9
            x_test   (10000, 28, 28)
            y_test   (10000,)

    Raises
    ------
    FileNotFoundError
        If `path` lacks files, or TINYNET_DATA names no folder or one with some of the files only.
    tinynet.datasets.DataError
        If a file in `path` or TINYNET_DATA is not MNIST's. It is a ValueError.
    tinynet.datasets.DownloadError
        If the files have to be downloaded and can't be. It is an OSError.

    Examples
    --------
    >>> from tinynet.datasets import mnist
    >>> (x_train, y_train), (x_test, y_test) = mnist.load_data()  # doctest: +SKIP
    >>> x_train.shape, y_train[:3]  # doctest: +SKIP
    ((60000, 28, 28), array([5, 0, 4], dtype=uint8))
    """
    return load(MNIST, path)
