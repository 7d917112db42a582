"""Data sets, and functions that read data files.

MNIST and its relatives are modules with a function ``load_data``, as in Keras: `mnist`,
`fashion_mnist`, `kmnist`, `emnist`, and `synthetic_digits`, which needs no download. The toy data
sets in two dimensions are functions: `spirals`, `moons`, `circles`. `read_idx`, `from_csv` and
`from_folder` read your own files.

>>> from tinynet.datasets import mnist, moons
>>> x, y = moons(100)
"""

from tinynet._internal.names import public_names
from tinynet.datasets import emnist, fashion_mnist, kmnist, mnist, synthetic_digits
from tinynet.datasets._csv import from_csv
from tinynet.datasets._download import DownloadError
from tinynet.datasets._folder import from_folder
from tinynet.datasets._idx import DataError, read_idx
from tinynet.datasets.toys import circles, moons, spirals

__all__ = [
    "DataError",
    "DownloadError",
    "circles",
    "emnist",
    "fashion_mnist",
    "from_csv",
    "from_folder",
    "kmnist",
    "mnist",
    "moons",
    "read_idx",
    "spirals",
    "synthetic_digits",
]

__getattr__, __dir__ = public_names(globals())
