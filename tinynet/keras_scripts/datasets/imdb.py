"""`keras.datasets.imdb`: film reviews as lists of word indices, labelled by sentiment."""

import numpy as np

from tinynet.keras_scripts.datasets import files

__all__ = ["get_word_index", "load_data"]

SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
MD5_OF_WORDS = "bfafd718b763782e994055a2d397834f"


def load_data(
    path: str = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int | None = 3,
) -> files.Split:
    """Return 25000 reviews for training and 25000 for testing; a label of 1 is a positive review.

    Parameters
    ----------
    path : str
        The file's name in Keras's folder.
    num_words : int, optional
        Words with this index or a larger one are rare and replaced by `oov_char`.
    skip_top : int
        Words with a smaller index are too common and replaced as well.
    maxlen : int, optional
        Reviews with at least this many words are left out.
    seed : int
        Seed of the shuffling.
    start_char, oov_char : int, optional
        The index that starts each review, and the index that replaces other words.
    index_from : int, optional
        Added to the index of each word.
    """
    content = files.read_lists(files.download("imdb.npz", path, SHA256))
    rng = np.random.RandomState(seed)
    texts: list[list[int]] = []
    labels: list[np.ndarray] = []
    for part in ("train", "test"):
        x, y = files.shuffled(rng, content[f"x_{part}"], content[f"y_{part}"])
        kept, marks = files.short_ones(files.prepared(x, start_char, index_from), y, maxlen)
        texts, labels = texts + kept, [*labels, np.array(marks)]
    texts = files.frequent(texts, num_words, skip_top, oov_char)
    count = len(labels[0])
    x_train, x_test = np.array(texts[:count], object), np.array(texts[count:], object)
    return (x_train, labels[0]), (x_test, labels[1])


def get_word_index(path: str = "imdb_word_index.json") -> dict[str, int]:
    """Return the index of each word, before `index_from` is added."""
    return files.read_words(files.download("imdb_word_index.json", path, MD5_OF_WORDS))
