"""Two layers of your own: LeakyReLU, which has no parameters, and PReLU, which learns its slopes.

    python examples/custom_layer.py

The gradient of ReLU is zero where its input is negative, so a unit whose input is negative for
every example gets no gradient and cannot recover. Both layers here let a share of a negative input
through: LeakyReLU a fixed one, PReLU one that each unit learns. They use only what
`tinynet.layers.Layer` documents. The script calls each layer on its own, checks its gradients,
trains a network with PReLU to classify three spirals, and saves and loads that network.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tinynet.datasets import spirals
from tinynet.gradcheck import check_gradients
from tinynet.layers import Dense, Layer
from tinynet.models import Sequential, load_model


class LeakyReLU(Layer):
    """Leaky rectified linear unit, ``y = x`` where x is positive, ``y = slope * x`` elsewhere.

    Shapes: x, y, dx, dy all alike.

    Backward.  y[k] depends on x[k] alone. Where x[k] > 0, y[k] = x[k] has the derivative 1;
    elsewhere y[k] = slope x[k] has the derivative slope. By the chain rule,

        dx = dy * (1 where x > 0, else slope)

    At the kink, x = 0, any number from slope to 1 is a subgradient. This layer uses slope.

    Source: A. Maas, A. Hannun and A. Ng, "Rectifier nonlinearities improve neural network acoustic
    models", ICML 2013, where the slope is 0.01.

    Parameters
    ----------
    slope : float
        What a negative x is multiplied by.
    input_shape, name
        As in `Layer`.

    Examples
    --------
    >>> layer = LeakyReLU(0.1)
    >>> layer.forward(np.array([[-2.0, 3.0]]))
    array([[-0.2,  3. ]])
    >>> layer.backward(np.array([[1.0, 1.0]]))
    array([[0.1, 1. ]])
    """

    def __init__(self, slope: float = 0.01, **options: Any) -> None:
        super().__init__(**options)
        self.slope = slope

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Multiply negative inputs by the slope."""
        self._x = x = self.check_input(x)
        return np.where(x > 0, x, self.slope * x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope at each x."""
        return np.where(self._x > 0, dy, self.slope * dy)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this layer again, for saving."""
        return {"slope": self.slope, **super().get_config()}


class PReLU(Layer):
    """Parametric rectified linear unit: a leaky one whose slopes ``a`` are learned.

    Feature i of example n becomes

        y[n, i] = max(x[n, i], 0) + a[i] min(x[n, i], 0)

    Shapes, for N examples with I features:

        x, y, dx, dy  (N, I)      a, da  (I,)

    Backward.  y[n, i] depends on x[n, i] with the slope 1 where x[n, i] > 0 and a[i] elsewhere, as
    in LeakyReLU. It depends on a[i] with the slope min(x[n, i], 0). All N examples share a[i], so
    their contributions are summed:

        dx = dy * (1 where x > 0, else a)
        da = (dy * min(x, 0)).sum(axis=0)

    Source: K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015, section
    2.1. As in the paper, the slopes start at 0.25. The paper has one per channel of an image; this
    layer has one per feature.

    Parameters
    ----------
    input_shape, name
        As in `Layer`.

    Examples
    --------
    >>> layer = PReLU()
    >>> layer.forward(np.array([[-2.0, 3.0], [-4.0, -6.0]]))
    array([[-0.5,  3. ],
           [-1. , -1.5]])
    >>> layer.backward(np.array([[1.0, 1.0], [1.0, 10.0]]))
    array([[0.25, 1.  ],
           [0.25, 2.5 ]])
    >>> layer.da
    array([ -6., -60.])
    """

    a: np.ndarray
    da: np.ndarray

    def create_parameters(self, input_shape: tuple[int, ...]) -> None:
        """Create a and da, in the shape of one example."""
        self.add_parameter("a", input_shape, lambda shape, rng: np.full(shape, 0.25))

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Multiply negative inputs by the slope of their feature."""
        self._x = x = self.check_input(x)  # the first input builds the layer
        return np.where(x > 0, x, self.a * x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Fill da, return dx."""
        self.da[...] = (dy * np.minimum(self._x, 0)).sum(axis=0)
        return np.where(self._x > 0, dy, self.a * dy)


def main() -> None:
    # A layer can be used without a model.
    x = np.array([[-2.0, 3.0], [-4.0, -6.0]])
    dy = np.ones((2, 2))
    for layer in (LeakyReLU(0.5), PReLU()):
        print(f"{type(layer).__name__}")
        print(f"  x  = {x.tolist()}")
        print(f"  y  = {layer.forward(x).tolist()}")
        print(f"  dy = {dy.tolist()}")
        print(f"  dx = {layer.backward(dy).tolist()}")
        for name, gradient in layer.gradients.items():
            print(f"  d{name} = {gradient.tolist()}")

    # Check backward against numerical derivatives of forward.
    x = np.random.default_rng(0).normal(size=(5, 4))
    for layer in (LeakyReLU(0.5), PReLU()):
        print(f"\n{check_gradients(layer, x)}")

    # Train a network with PReLU on three interleaved spirals.
    points, classes = spirals(600)
    model = Sequential(
        [Dense(32, input_shape=(2,)), PReLU(), Dense(32), PReLU(), Dense(3, activation="softmax")],
        seed=0,
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    print()
    model.summary()
    model.fit(points, classes, epochs=100, verbose=0)
    accuracy = model.evaluate(points, classes, verbose=0)[1]
    slopes = model.layers[1].parameters["a"]
    print(f"\nAfter 100 epochs {accuracy:.1%} of {len(points)} points are classified correctly.")
    print("The slopes of the first PReLU were all 0.25;", end=" ")
    print(f"now they run from {slopes.min():.2f} to {slopes.max():.2f}.")

    # Save and load it. The file contains the name of the class; `custom_objects` maps it to PReLU.
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder, "spirals.npz"))
        loaded = load_model(Path(folder, "spirals.npz"), custom_objects={"PReLU": PReLU})
    same = np.array_equal(loaded.predict(points), model.predict(points))
    print(f"Saved and loaded, it predicts the same to the last bit: {same}")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    main()
