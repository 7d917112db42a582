"""All of backpropagation for the MNIST classifier, in plain NumPy: read this first.

Three Dense layers, 784-128-128-10, with ReLU between them and softmax at the end, trained by
gradient descent on the cross-entropy. `Network` does not use tinynet, which has the same formulas,
each in a layer, loss or optimizer of its own, so that they can be combined, checked and saved.

    python examples/from_scratch.py
"""

from itertools import pairwise

import numpy as np


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))  # at most 1, so nothing overflows
    return e / e.sum(axis=1, keepdims=True)


class Network:
    """Dense layers with ReLU between them and softmax at the end."""

    def __init__(self, sizes: tuple[int, ...], seed: int) -> None:
        rng = np.random.default_rng(seed)
        shapes = [*pairwise(sizes)]
        limits = [np.sqrt(6 / (i + o)) for i, o in shapes]  # Glorot and Bengio, 2010
        self.weights = [
            rng.uniform(-limit, limit, shape).astype(np.float32)
            for limit, shape in zip(limits, shapes, strict=True)
        ]
        self.biases = [np.zeros(o, dtype=np.float32) for o in sizes[1:]]
        self.rng = rng

    def forward(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the input and the output of each layer."""
        activations = [x]
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            activations.append(np.maximum(0, activations[-1] @ W + b))
        return [*activations, softmax(activations[-1] @ self.weights[-1] + self.biases[-1])]

    def train_epoch(
        self, x: np.ndarray, t: np.ndarray, batch_size: int, learning_rate: float
    ) -> tuple[float, float]:
        """Train for one epoch; return the mean loss and accuracy over its batches."""
        order = self.rng.permutation(len(x))
        loss = correct = 0.0
        for start in range(0, len(x), batch_size):
            rows = order[start : start + batch_size]
            activations = self.forward(x[rows])
            p, truth = activations[-1], t[rows]
            loss -= float(np.sum(truth * np.log(p + 1e-12)))
            correct += float(np.sum(p.argmax(axis=1) == truth.argmax(axis=1)))
            dz = (p - truth) / len(rows)  # through the cross-entropy and the softmax at once
            gradients = []
            for k in reversed(range(len(self.weights))):
                gradients.append((k, activations[k].T @ dz, dz.sum(axis=0)))
                if k:
                    dz = (dz @ self.weights[k].T) * (activations[k] > 0)  # through the ReLU below
            for k, dW, db in gradients:
                self.weights[k] -= learning_rate * dW
                self.biases[k] -= learning_rate * db
        return loss / len(x), correct / len(x)


def main() -> None:
    import argparse

    from tinynet.datasets import DownloadError, mnist, synthetic_digits
    from tinynet.utils import standardize, to_categorical

    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    try:
        (x_train, y_train), (x_test, y_test) = mnist.load_data()
    except DownloadError:
        print("MNIST is not available; using the synthetic digits instead.")
        (x_train, y_train), (x_test, y_test) = synthetic_digits.load_data()
    x_train, x_test = standardize(x_train.reshape(-1, 784), x_test.reshape(-1, 784))
    t_train = to_categorical(y_train)
    network = Network((784, 128, 128, 10), seed=0)
    for epoch in range(3):
        loss, accuracy = network.train_epoch(x_train, t_train, 32, 0.01)
        print(f"epoch {epoch + 1}: loss {loss:.4f}, accuracy {accuracy:.4f}")
    correct = network.forward(x_test)[-1].argmax(axis=1) == y_test
    print(f"test accuracy: {correct.mean():.4f}")


if __name__ == "__main__":
    main()
