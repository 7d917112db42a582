"""Texts as numbers: `Tokenizer`, `pad_sequences` and the functions of `keras.preprocessing`.

A network of dense layers reads a text as one row: of a matrix with a column for each word, or of
word indices padded to one length.
"""

import hashlib
import json
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from tinynet._internal import checks

__all__ = ["Tokenizer", "hashing_trick", "one_hot", "pad_sequences", "text_to_word_sequence"]

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
MODES = ("binary", "count", "freq", "tfidf")


def text_to_word_sequence(
    input_text: str, filters: str = FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """Return the words of a text, without punctuation.

    Examples
    --------
    >>> text_to_word_sequence("Well done!")
    ['well', 'done']
    """
    text = checks.check_instance(input_text, str, "input_text")
    text = text.lower() if lower else text
    text = text.translate({ord(letter): split for letter in filters})
    return [word for word in text.split(split) if word]


def hashing_trick(
    text: str,
    n: int,
    hash_function: str | Callable[[str], int] | None = None,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], list[str]] | None = None,
) -> list[int]:
    """Return an index from 1 to n - 1 for each word, by a hash: ``"md5"`` or Python's own.

    Examples
    --------
    >>> hashing_trick("one two one", 50, "md5")
    [9, 19, 9]
    """
    n = checks.check_count(n, "n", minimum=2)
    code: Any = hash_function or hash
    if hash_function == "md5":
        code = lambda word: int(hashlib.md5(word.encode()).hexdigest(), 16)  # noqa: E731
    words = analyzer(text) if analyzer else text_to_word_sequence(text, filters, lower, split)
    return [code(word) % (n - 1) + 1 for word in words]


def one_hot(
    input_text: str,
    n: int,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], list[str]] | None = None,
) -> list[int]:
    """Return an index from 1 to n - 1 for each word, by Python's hash, which varies by process."""
    return hashing_trick(input_text, n, None, filters, lower, split, analyzer)


class Tokenizer:
    """Numbers the words of texts, the most frequent first, from 1.

    Parameters
    ----------
    num_words : int, optional
        Only words with a smaller index are used.
    filters, lower, split, char_level, analyzer
        How a text becomes words; see `text_to_word_sequence`.
    oov_token : str, optional
        Stands for unknown words, with index 1; without it, they are left out.

    Examples
    --------
    >>> tokenizer = Tokenizer()
    >>> tokenizer.fit_on_texts(["Good work", "good effort"])
    >>> tokenizer.word_index, tokenizer.texts_to_sequences(["Good, good work"])
    ({'good': 1, 'work': 2, 'effort': 3}, [[1, 1, 2]])
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Callable[[str], list[str]] | None = None,
    ) -> None:
        self.num_words = num_words and checks.check_count(num_words, "num_words")
        self.filters, self.lower, self.split = filters, lower, split
        self.char_level, self.oov_token, self.analyzer = char_level, oov_token, analyzer
        self.word_counts: OrderedDict[str, int] = OrderedDict()
        self.word_docs: Counter[str] = Counter()
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}
        self.index_docs: dict[int, int] = {}
        self.document_count = 0

    def words_of(self, text: Any) -> list[str]:
        """Return the words of a text, or those of a list as they are."""
        if self.char_level or isinstance(text, list | tuple):
            parts = text.lower() if self.lower and isinstance(text, str) else text
            return [word.lower() if self.lower else word for word in parts]
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts: Iterable[Any]) -> None:
        """Count the words of texts and number them anew."""
        for text in texts_in(texts):
            self.document_count += 1
            words = self.words_of(text)
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            self.word_docs.update(set(words))
        frequent = sorted(self.word_counts, key=lambda word: -self.word_counts[word])
        special = [] if self.oov_token is None else [self.oov_token]
        self.word_index = {word: k for k, word in enumerate([*special, *frequent], start=1)}
        self.index_word = {k: word for word, k in self.word_index.items()}
        self.index_docs = {self.word_index[word]: n for word, n in self.word_docs.items()}

    def fit_on_sequences(self, sequences: Iterable[Iterable[int]]) -> None:
        """Count in how many lists of indices each index is: needed for ``mode="tfidf"``."""
        for sequence in sequences:
            self.document_count += 1
            for index in set(sequence):
                self.index_docs[index] = self.index_docs.get(index, 0) + 1

    def texts_to_sequences(self, texts: Iterable[Any]) -> list[list[int]]:
        """Return the words' indices, a list for each text."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Any]) -> Iterator[list[int]]:
        """Yield the words' indices, a list for each text."""
        unknown = self.word_index.get(self.oov_token) if self.oov_token is not None else None
        for text in texts_in(texts):
            found = [self.word_index.get(word, unknown) for word in self.words_of(text)]
            known = [unknown if self.left_out(index) else index for index in found]
            yield [index for index in known if index is not None]

    def left_out(self, index: int | None) -> bool:
        """Return whether an index is beyond `num_words`."""
        return index is not None and self.num_words is not None and index >= self.num_words

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Return the words of lists of indices, joined by spaces."""
        texts = []
        for sequence in sequences:
            words = [
                self.oov_token if self.left_out(index) else self.index_word.get(index)
                for index in sequence
            ]
            words = [self.oov_token if word is None else word for word in words]
            texts.append(" ".join(word for word in words if word is not None))
        return texts

    def texts_to_matrix(self, texts: Iterable[Any], mode: str = "binary") -> np.ndarray:
        """Return a row for each text, with a column for each index; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(
        self, sequences: Iterable[Iterable[int]], mode: str = "binary"
    ) -> np.ndarray:
        """Return a row for each list of indices, with a column for each index.

        Parameters
        ----------
        sequences : iterable of iterables of int
        mode : {"binary", "count", "freq", "tfidf"}
            Whether the index is there, how often, its share, or its count weighted by its rarity.
        """
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}, received {mode!r}.")
        columns = self.num_words or len(self.word_index) + 1
        if not self.num_words and not self.word_index:
            raise ValueError("Tokenizer needs num_words, or a call of fit_on_texts first.")
        if mode == "tfidf" and not self.document_count:
            raise ValueError("mode='tfidf' needs a call of fit_on_texts or fit_on_sequences first.")
        rows = [list(sequence) for sequence in sequences]
        checks.check_memory((len(rows), columns), 8, "The matrix")
        matrix = np.zeros((len(rows), columns))
        for row, sequence in zip(matrix, rows, strict=True):
            for index, count in Counter(k for k in sequence if k < columns).items():
                row[index] = self.entry(index, count, len(sequence), mode)
        return matrix

    def entry(self, index: int, count: int, length: int, mode: str) -> float:
        """Return what the matrix has for an index that occurs in a text of some length."""
        if mode == "tfidf":
            rarity = np.log(1 + self.document_count / (1 + self.index_docs.get(index, 0)))
            return float((1 + np.log(count)) * rarity)
        return {"binary": 1.0, "count": count, "freq": count / length}[mode]

    def get_config(self) -> dict[str, Any]:
        """Return the settings, and the counts as JSON, as Keras does."""
        names = ("num_words", "filters", "lower", "split", "char_level", "oov_token")
        counts = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        config = {name: getattr(self, name) for name in names}
        config["document_count"] = self.document_count
        return config | {name: json.dumps(getattr(self, name)) for name in counts}

    def to_json(self, **settings: Any) -> str:
        """Return `get_config` as JSON."""
        return json.dumps(
            {"class_name": type(self).__name__, "config": self.get_config()}, **settings
        )


def texts_in(texts: Iterable[Any]) -> Iterable[Any]:
    """Return the texts; one text alone would be taken for a list of letters."""
    if isinstance(texts, str):
        raise TypeError(f"a list of texts is expected, received one text: use [{texts[:20]!r}].")
    return texts


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Return lists of numbers as the rows of one array, padded or cut to one length.

    Parameters
    ----------
    sequences : list of lists
    maxlen : int, optional
        The length; by default that of the longest.
    dtype : dtype
    padding, truncating : {"pre", "post"}
        Whether to pad, and to cut, at the beginning or at the end.
    value : float
        What to pad with.

    Examples
    --------
    >>> pad_sequences([[1, 2], [3]])
    array([[1, 2],
           [0, 3]], dtype=int32)
    """
    for name, place in (("padding", padding), ("truncating", truncating)):
        if place not in ("pre", "post"):
            raise ValueError(f"{name} must be 'pre' or 'post', received {place!r}.")
    rows = [np.asarray(row) for row in sequences]
    longest = max(map(len, rows), default=0)
    length = longest if maxlen is None else checks.check_count(maxlen, "maxlen")
    entry = next((row.shape[1:] for row in rows if len(row)), ())
    checks.check_memory((len(rows), length, *entry), 8, "The array")
    padded = np.full((len(rows), length, *entry), value, dtype)
    for place, row in zip(padded, rows, strict=True):
        part = row[-length:] if truncating == "pre" else row[:length]
        if len(part):
            place[slice(len(part)) if padding == "post" else slice(-len(part), None)] = part
    return padded
