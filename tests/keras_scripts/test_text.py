"""Texts as numbers; what Keras gives is held by the script ``texts_as_rows``."""

from collections.abc import Callable
from typing import Any

import pytest

from tinynet.keras_scripts.text import Tokenizer, hashing_trick, one_hot, pad_sequences

REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: Tokenizer().fit_on_texts("one text"), r"use \['one text'\]"),
    (lambda: Tokenizer().texts_to_matrix(["a"]), "num_words, or a call of fit_on_texts"),
    (lambda: Tokenizer(5).texts_to_matrix(["a"], "share"), "binary, count, freq, tfidf"),
    (lambda: Tokenizer(5).texts_to_matrix(["a"], "tfidf"), "fit_on_sequences"),
    (lambda: Tokenizer(0.5).fit_on_texts(["a"]), "num_words"),  # type: ignore[arg-type]
    (lambda: hashing_trick("a", 1), "n must be"),
    (lambda: pad_sequences([[1]], padding="left"), "padding must be 'pre' or 'post'"),
    (lambda: pad_sequences([[1]], truncating="left"), "truncating must be 'pre' or 'post'"),
    (lambda: pad_sequences([[1]], maxlen=0), "maxlen"),
]


@pytest.mark.parametrize(("call", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_a_wrong_call_is_answered(call: Callable[[], Any], said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        call()


def test_a_hash_stays_within_its_range() -> None:
    places = one_hot("a few words and a few more", 5)
    assert len(places) == 7
    assert places[0] == places[4]
    assert all(1 <= place < 5 for place in places)


def test_words_beyond_num_words_are_left_out() -> None:
    tokenizer = Tokenizer(num_words=2, analyzer=lambda text: text.split("-"))
    tokenizer.fit_on_texts(["a-b", "a-c"])
    assert tokenizer.texts_to_sequences(["c-a-b-a"]) == [[1, 1]]
    assert tokenizer.texts_to_matrix(["c-a-b-a"], "count").tolist() == [[0, 2]]


def test_rows_of_vectors_are_padded() -> None:
    assert pad_sequences([[[1, 2]], [[3, 4], [5, 6]]]).tolist() == [
        [[0, 0], [1, 2]],
        [[3, 4], [5, 6]],
    ]
    assert pad_sequences([]).shape == (0, 0)
