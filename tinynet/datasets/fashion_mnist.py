"""Fashion-MNIST: 70,000 pictures of clothes in ten classes, in the same form as MNIST, but harder.

H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
Learning Algorithms", 2017, https://arxiv.org/abs/1708.07747
"""

import os

from tinynet.datasets.sources import Arrays, IDXDataset, IDXFile, load

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

# The publisher states the MD5 of the gzips alone; these are the SHA-256 of what is in those gzips.
FASHION_MNIST = IDXDataset(
    name="Fashion-MNIST",
    folder="fashion_mnist",
    files=(
        IDXFile(
            "train-images-idx3-ubyte",
            (60000, 28, 28),
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        IDXFile(
            "train-labels-idx1-ubyte",
            (60000,),
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
        IDXFile(
            "t10k-images-idx3-ubyte",
            (10000, 28, 28),
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
        IDXFile(
            "t10k-labels-idx1-ubyte",
            (10000,),
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    ),
    mirrors=(
        # the publisher's repository
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",  # Keras's
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",  # the publisher's server
    ),
)


def load_data(path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load Fashion-MNIST: 60,000 images to train on, 10,000 to test with, and their labels.

    Looks for the files in the same places as `tinynet.datasets.mnist.load_data`, but in subfolders
    named ``fashion_mnist``, since the files have the same names. A download is 31 MB.

    Parameters
    ----------
    path
        A folder that has the four files ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
        ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``, each with or without ``.gz``,
        in itself or in a subfolder ``fashion_mnist``.

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
        If a file in `path` or TINYNET_DATA is not Fashion-MNIST's. It is a ValueError.
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
