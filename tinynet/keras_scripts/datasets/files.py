"""Download one of Keras's data files, read it, and divide it into training and test examples."""

import json
import pickle
import zipfile
from typing import Any

import numpy as np

from tinynet._internal.saving.files import open_regular
from tinynet.keras_scripts.tools import get_file

ADDRESS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

# The names that unpickling an array of lists needs: NumPy's constructors of arrays, nothing else.
READABLE = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
}


class ArrayReader(pickle.Unpickler):
    """Unpickles only arrays of lists of numbers; any other file is refused."""

    def find_class(self, module: str, name: str) -> Any:
        """Return one of the names that an array needs."""
        if (module, name) not in READABLE:
            raise ValueError(f"The file is damaged: expected arrays, found {module}.{name}.")
        return super().find_class(module, name)


def download(name: str, path: str, known_hash: str) -> str:
    """Return the path of a file of Keras's, downloaded if necessary."""
    return get_file(path, ADDRESS + name, file_hash=known_hash)


def read_lists(path: str) -> dict[str, np.ndarray]:
    """Return the arrays of an ``.npz`` file, including arrays of lists; no code is executed."""
    arrays = {}
    with open_regular(path) as stream, zipfile.ZipFile(stream) as archive:
        for member in archive.namelist():
            with archive.open(member) as file:
                version = np.lib.format.read_magic(file)
                if version != (1, 0):
                    raise ValueError(f"{path} is damaged: {member} has format {version}.")
                shape, _, dtype = np.lib.format.read_array_header_1_0(file)
                if dtype.hasobject:
                    array = np.asarray(ArrayReader(file, encoding="latin1").load(), dtype=object)
                else:
                    array = np.frombuffer(file.read(), dtype).reshape(shape)
                arrays[member.removesuffix(".npy")] = array
    return arrays


def read_table(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the features and prices in an ``.npz`` file."""
    with open_regular(path) as stream, np.load(stream, allow_pickle=False) as file:
        return file["x"], file["y"]


def read_words(path: str) -> dict[str, int]:
    """Return the index of each word in a JSON file."""
    with open_regular(path) as file:
        words: dict[str, int] = json.load(file)
    return words


def shuffled(rng: np.random.RandomState, *arrays: np.ndarray) -> list[np.ndarray]:
    """Return the arrays in one random order, drawn from NumPy's legacy generator as in Keras."""
    order = np.arange(len(arrays[0]))
    rng.shuffle(order)
    return [array[order] for array in arrays]


def divided(x: Any, y: Any, test_split: float) -> Split:
    """Return the first examples for training and the others for testing."""
    if not 0 <= test_split < 1:
        raise ValueError(f"test_split must be from 0 to below 1, received {test_split}.")
    count = int(len(x) * (1 - test_split))
    return (x[:count], y[:count]), (x[count:], y[count:])


def prepared(texts: Any, start_char: int | None, index_from: int | None) -> list[list[int]]:
    """Return texts as lists of word indices, shifted by `index_from`, after a start index."""
    start = [] if start_char is None else [start_char]
    return [start + [word + (index_from or 0) for word in text] for text in texts]


def short_ones(
    texts: list[list[int]], labels: Any, maxlen: int | None
) -> tuple[list[list[int]], Any]:
    """Return the texts of fewer than `maxlen` words, with their labels."""
    if not maxlen:
        return texts, labels
    kept = [k for k, text in enumerate(texts) if len(text) < maxlen]
    if not kept:
        raise ValueError(f"No text has fewer than {maxlen} words: choose a larger maxlen.")
    return [texts[k] for k in kept], [labels[k] for k in kept]


def frequent(
    texts: list[list[int]], num_words: int | None, skip_top: int, oov_char: int | None
) -> list[list[int]]:
    """Return texts with words that are too rare or too common replaced by `oov_char` or removed."""
    most = num_words or max(map(max, texts))
    if oov_char is None:
        return [[word for word in text if skip_top <= word < most] for text in texts]
    return [[word if skip_top <= word < most else oov_char for word in text] for text in texts]
