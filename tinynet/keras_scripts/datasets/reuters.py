"""`keras.datasets.reuters`: news stories as lists of word indices, with one of 46 topics each."""

import numpy as np

from tinynet.keras_scripts.datasets import files

__all__ = ["get_label_names", "get_word_index", "load_data"]

SHA256 = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
MD5_OF_WORDS = "4d44cc38712099c9e383dc6e5f11a921"
TOPICS = """
    cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship
    cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin
    strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop zinc orange pet-chem
    dlr gas silver wpi hog lead
"""


def load_data(
    path: str = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
) -> files.Split:
    """Return news stories and their topics for training and for testing.

    The parameters are those of `tinynet.keras_scripts.datasets.imdb.load_data`; `test_split` is the
    fraction of the stories used for testing.
    """
    content = files.read_lists(files.download("reuters.npz", path, SHA256))
    x, y = files.shuffled(np.random.RandomState(seed), content["x"], content["y"])
    texts, labels = files.short_ones(files.prepared(x, start_char, index_from), y, maxlen)
    texts = files.frequent(texts, num_words, skip_top, oov_char)
    (train, y_train), (test, y_test) = files.divided(texts, labels, test_split)
    return (
        (np.array(train, object), np.array(y_train)),
        (np.array(test, object), np.array(y_test)),
    )


def get_word_index(path: str = "reuters_word_index.json") -> dict[str, int]:
    """Return the index of each word, before `index_from` is added."""
    return files.read_words(files.download("reuters_word_index.json", path, MD5_OF_WORDS))


def get_label_names() -> tuple[str, ...]:
    """Return the names of the topics."""
    return tuple(TOPICS.split())
