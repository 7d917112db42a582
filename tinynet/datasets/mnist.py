"""MNIST: 70,000 handwritten digits, 28 by 28 pixels, grey on black.

Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
recognition", Proceedings of the IEEE 86(11), 2278-2324, 1998.
"""

import os

from tinynet._internal.names import known_keywords
from tinynet.datasets import _sources
from tinynet.datasets._catalog import MNIST
from tinynet.datasets._sources import Arrays


@known_keywords
def load_data(path: str | os.PathLike[str] | None = None) -> Arrays:
    """Load MNIST: 60,000 images to train on, 10,000 to test with, and their labels.

    If `path` is given, only `path` is searched. Otherwise the data set is searched for in this
    order:

    - the folder ``mnist``, or ``MNIST/raw``, in the folder that the environment variable
      TINYNET_DATA names;
    - the user's cache (on Linux ``~/.cache/tinynet/mnist``);
    - where other libraries keep their copies: Keras (``~/.keras/datasets/mnist.npz``),
      torchvision (``MNIST/raw`` in the working folder, in ``data`` or ``../data``, in the home
      folder or its ``data``) and scikit-learn (``~/scikit_learn_data``, from ``fetch_openml``);
    - three mirrors, from which 11 MB are downloaded to the cache.

    The SHA-256 of the decompressed content is always checked. If the copy of another library is
    used, a line on the screen names it.

    Parameters
    ----------
    path : str or path, optional
        A folder that contains ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``,
        ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``, each with or without ``.gz``,
        directly or in a subfolder ``mnist`` or ``MNIST/raw``. Names with a dot, such as
        ``train-images.idx3-ubyte``, also work. Or Keras's ``mnist.npz`` or OpenML's
        ``mnist_784.arff``. ``"mnist.npz"`` alone names that file in the working folder; if there is
        none, all places are searched, as in Keras.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        New, writable NumPy arrays of dtype uint8::

            x_train  (60000, 28, 28)   0 is background, 255 full ink
            y_train  (60000,)          the digit, 0 to 9
            x_test   (10000, 28, 28)
            y_test   (10000,)

    Raises
    ------
    FileNotFoundError
        If files are missing in `path` or TINYNET_DATA, or TINYNET_DATA isn't a folder.
    tinynet.datasets.DataError
        If a file in `path` or TINYNET_DATA isn't the one of MNIST. It is a ValueError.
    tinynet.datasets.DownloadError
        If the files can't be downloaded. It is an OSError.

    Examples
    --------
    >>> from tinynet.datasets import mnist
    >>> (x_train, y_train), (x_test, y_test) = mnist.load_data()  # doctest: +SKIP
    >>> x_train.shape, y_train[:3]  # doctest: +SKIP
    ((60000, 28, 28), array([5, 0, 4], dtype=uint8))
    """
    return _sources.load(MNIST, path)
