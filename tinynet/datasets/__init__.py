"""Data sets: MNIST, Fashion-MNIST, synthetic digits, and toys in two dimensions.

The first three are modules with a function ``load_data``, as in Keras; the toys are functions:

>>> from tinynet.datasets import mnist, moons
>>> x, y = moons(100)
"""

from tinynet.datasets import fashion_mnist, mnist, synthetic_digits
from tinynet.datasets.idx import DataError
from tinynet.datasets.sources import DownloadError
from tinynet.datasets.toys import circles, moons, spirals

__all__ = [
    "DataError",
    "DownloadError",
    "circles",
    "fashion_mnist",
    "mnist",
    "moons",
    "spirals",
    "synthetic_digits",
]
