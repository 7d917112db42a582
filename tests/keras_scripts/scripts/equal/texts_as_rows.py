import json
import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing.sequence import pad_sequences
from tensorflow.keras.preprocessing.text import Tokenizer, hashing_trick, text_to_word_sequence

docs = ["Well done!", "Good work", "Great effort, good", "nice work", "Excellent!!", "Weak", "",
        "Poor effort!", "not good", "poor work; poor effort", "Could have done better."]
t = Tokenizer(num_words=8)
t.fit_on_texts(docs)
print(t.word_index, dict(t.word_counts), t.document_count, sorted(t.word_docs.items()))
print(t.texts_to_sequences(docs), t.sequences_to_texts(t.texts_to_sequences(docs)))
for mode in ("binary", "count", "tfidf"):
    print(t.texts_to_matrix(docs, mode=mode))
print(t.texts_to_matrix(docs[:3], mode="freq"))
print(json.loads(t.to_json())["class_name"], json.loads(t.get_config()["word_index"])["good"])
t = Tokenizer(oov_token="<OOV>", num_words=5)
t.fit_on_texts(docs[:4])
t.fit_on_texts(docs[4:])
print(t.word_index, t.texts_to_sequences(["good bad work", "xyz"]), t.index_word[1])
print(t.sequences_to_texts([[1, 2, 30], [3]]), list(t.texts_to_sequences_generator(["good"])))
t = Tokenizer(char_level=True, lower=False)
t.fit_on_texts(["aAb", "ba"])
print(t.word_index, t.texts_to_sequences(["abc"]))
t = Tokenizer(num_words=6)
print(t.sequences_to_matrix([[1, 2, 2, 9], [5]], mode="count"))
t.fit_on_sequences([[1, 2, 2], [2, 5]])
print(t.sequences_to_matrix([[1, 2, 2], [5]], mode="tfidf"), sorted(t.index_docs.items()))
t = Tokenizer()
t.fit_on_texts([["One", "two"], ["two", "three"]])
print(t.word_index, t.texts_to_sequences([["two", "four"]]))
print(text_to_word_sequence("A-b, C's d", lower=False), hashing_trick("one two one", 50, "md5"))
for options in ({}, {"maxlen": 3}, {"maxlen": 2, "truncating": "post"}, {"padding": "post"},
                {"value": -1, "dtype": "float32", "maxlen": 4}):
    print(pad_sequences([[1, 2], [3, 4, 5], [], [6]], **options))
print(tf.keras.utils.pad_sequences([[1], [2, 3]], padding="post"))
try:
    pad_sequences([[1]], padding="left")
except ValueError:
    print("padding must be pre or post")

x = Tokenizer(num_words=20)
x.fit_on_texts(docs)
rows = x.texts_to_matrix(docs, mode="tfidf")
labels = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
model = tf.keras.Sequential([tf.keras.Input((20,)), tf.keras.layers.Dense(4, "relu"),
                             tf.keras.layers.Dense(1, "sigmoid")])
rng = np.random.RandomState(0)
model.set_weights([rng.randn(*w.shape) * 0.3 for w in model.get_weights()])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
print(model.fit(rows, labels, epochs=3, verbose=0, shuffle=False).history)
