"""Fashion-MNIST: 70,000 pictures of clothes in ten classes, in MNIST's format, but harder.

H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
Learning Algorithms", 2017, https://arxiv.org/abs/1708.07747
"""

import os

from tinynet._internal.names import known_keywords
from tinynet.datasets import _sources
from tinynet.datasets._catalog import FASHION_MNIST
from tinynet.datasets._sources import Arrays

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

    The files are searched for in the same places as by `tinynet.datasets.mnist.load_data`. As they
    have the same names as MNIST's, the subfolders are ``fashion_mnist`` and ``FashionMNIST/raw``,
    and Keras's folder is ``~/.keras/datasets/fashion-mnist``. The download has 31 MB. The SHA-256
    of the decompressed content is always checked.

    Parameters
    ----------
    path : str or path, optional
        A folder that contains ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
        ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``, each with or without ``.gz``,
        directly or in a subfolder ``fashion_mnist`` or ``FashionMNIST/raw``.

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
        If a file in `path` or TINYNET_DATA isn't the one of Fashion-MNIST. It is a ValueError.
    tinynet.datasets.DownloadError
        If the files can't be downloaded. It is an OSError.

    Examples
    --------
    >>> from tinynet.datasets import fashion_mnist
    >>> (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()  # doctest: +SKIP
    >>> fashion_mnist.CLASS_NAMES[y_train[0]]  # doctest: +SKIP
    'Ankle boot'
    >>> fashion_mnist.CLASS_NAMES[9]
    'Ankle boot'
    """
    return _sources.load(FASHION_MNIST, path)
