"""`examples/from_scratch.py` is the network that tinynet trains, in plain NumPy."""

import numpy as np

from examples.from_scratch import Network
from tests.conftest import ROOT
from tinynet import SGD, Dense, Sequential


def test_training_from_equal_weights_in_equal_order_is_equal_to_rounding() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 784)).astype(np.float32)
    t = np.eye(10, dtype=np.float32)[rng.integers(0, 10, 200)]
    network = Network((784, 128, 128, 10), seed=0)
    model = Sequential(
        [Dense(128, "relu", input_shape=(784,)), Dense(128, "relu"), Dense(10, "softmax")]
    )
    pairs = zip(network.weights, network.biases, strict=True)
    model.set_weights([array for pair in pairs for array in pair])
    model.compile(SGD(0.01), "categorical_crossentropy", metrics=["accuracy"])
    # The example shuffles; here both see the batches as they come.
    network.rng = type("InOrder", (), {"permutation": staticmethod(np.arange)})()
    for _ in range(3):
        loss, accuracy = network.train_epoch(x, t, batch_size=32, learning_rate=0.01)
        history = model.fit(x, t, batch_size=32, shuffle=False, verbose=0).history
        np.testing.assert_allclose(history["loss"], [loss], rtol=1e-5)
        assert history["accuracy"] == [accuracy]
    pairs = zip(network.weights, network.biases, strict=True)
    expected = [array for pair in pairs for array in pair]
    for received, array in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(received, array, rtol=1e-4, atol=1e-6)


def test_it_is_plain_numpy() -> None:
    lines = (ROOT / "examples" / "from_scratch.py").read_text(encoding="utf-8").splitlines()
    top = [line for line in lines if line.startswith(("import", "from"))]
    assert top == ["from itertools import pairwise", "import numpy as np"]
