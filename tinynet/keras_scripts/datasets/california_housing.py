"""`keras.datasets.california_housing`: prices of districts of California, by 8 features."""

import numpy as np

from tinynet.keras_scripts.datasets.files import Split, divided, download, read_table, shuffled

__all__ = ["load_data"]

SHA256 = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"


def load_data(
    version: str = "large",
    path: str = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> Split:
    """Return features and prices, in dollars, for training and for testing.

    Parameters
    ----------
    version : str
        ``"large"``, 20640 districts, or ``"small"``, the first 600 of them.
    path : str
        The file's name in Keras's folder.
    test_split : float
        Fraction of the examples used for testing.
    seed : int
        Seed of the shuffling.
    """
    if version not in ("large", "small"):
        raise ValueError(f"version must be 'large' or 'small', received {version!r}.")
    count = 600 if version == "small" else None
    table = read_table(download("california_housing.npz", path, SHA256))
    x, y = shuffled(np.random.RandomState(seed), *(column[:count] for column in table))
    return divided(x, y, test_split)
