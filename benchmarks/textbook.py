"""The network as a textbook writes it in NumPy: what most people write first.

No tinynet here. It is one of the peers in `benchmarks.training`: short, clear, and without any
thought of speed beyond float32.
"""

from itertools import pairwise

import numpy as np


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p: np.ndarray = e / e.sum(axis=1, keepdims=True)
    return p


class Network:
    """Dense layers with ReLU between them and softmax at the end."""

    def __init__(self, sizes: tuple[int, ...], seed: int) -> None:
        rng = np.random.default_rng(seed)
        limits = [np.sqrt(6 / (i + o)) for i, o in pairwise(sizes)]
        self.weights = [
            rng.uniform(-limit, limit, (i, o)).astype(np.float32)
            for limit, i, o in zip(limits, sizes, sizes[1:], strict=False)
        ]
        self.biases = [np.zeros(o, dtype=np.float32) for o in sizes[1:]]
        self.rng = rng

    def forward(self, x: np.ndarray) -> list[np.ndarray]:
        """Return the input, and what comes out of each layer."""
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
            dz = (p - truth) / len(rows)
            gradients = []
            for k in reversed(range(len(self.weights))):
                gradients.append((k, activations[k].T @ dz, dz.sum(axis=0)))
                if k:
                    dz = (dz @ self.weights[k].T) * (activations[k] > 0)
            for k, dW, db in gradients:
                self.weights[k] -= learning_rate * dW
                self.biases[k] -= learning_rate * db
        return loss / len(x), correct / len(x)
