"""Fashion-MNIST: 70,000 pictures of clothes in ten classes, in the same form as MNIST, but harder.

H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
Learning Algorithms", 2017, https://arxiv.org/abs/1708.07747
"""

import os

from tinynet._internal.names import known_keywords
from tinynet.datasets._catalog import FASHION_MNIST
from tinynet.datasets._sources import Arrays, load

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


@known_keywords
def load_data(path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load Fashion-MNIST: 60,000 images to train on, 10,000 to test with, and their labels.

    Looks for the files in the same places as `tinynet.datasets.mnist.load_data`, but in subfolders
    named ``fashion_mnist`` or ``FashionMNIST/raw``, since the files have the same names, and in
    Keras's folder ``~/.keras/datasets/fashion-mnist``. A download is 31 MB. The SHA-256 of the
    decompressed content is checked.

    Parameters
    ----------
    path : str or path, optional
        A folder that has the four files ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
        ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``, each with or without ``.gz``,
        in itself or in a subfolder ``fashion_mnist`` or ``FashionMNIST/raw``.

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
        If the content of a file in `path` or TINYNET_DATA isn't Fashion-MNIST's. It is a
        ValueError.
    tinynet.datasets.DownloadError
        If the files have to be downloaded and can't be. It is an OSError.

    Examples
    --------
    >>> from tinynet.datasets import fashion_mnist
    >>> (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()  # doctest: +SKIP
    >>> fashion_mnist.CLASS_NAMES[y_train[0]]  # doctest: +SKIP
    'Ankle boot'
    >>> fashion_mnist.CLASS_NAMES[9]
    'Ankle boot'
    """
    return load(FASHION_MNIST, path)
