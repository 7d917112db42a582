"""`keras.datasets.boston_housing`: prices of 506 districts of Boston, by 13 features."""

import numpy as np

from tinynet.keras_scripts.datasets.files import Split, divided, download, read_table, shuffled

__all__ = ["load_data"]

SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Split:
    """Return features and prices, in thousands of dollars, for training and for testing.

    Notes
    -----
    One of the features assumes that racial segregation influences prices. The data set is provided
    only for existing scripts; don't draw conclusions from it.
    """
    table = read_table(download("boston_housing.npz", path, SHA256))
    x, y = shuffled(np.random.RandomState(seed), *table)
    return divided(x, y, test_split)
