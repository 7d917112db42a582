"""The layers: only the maths, forwards and backwards.

A layer is a function with parameters. ``forward(x)`` computes ``y`` and keeps references to what
the way back needs; ``backward(dy)`` takes the derivative of the loss with respect to ``y``, writes
the derivatives with respect to the parameters beside them (``dW`` beside ``W``) and returns the
derivative with respect to ``x``, which is the ``dy`` of the layer below. That is all there is to
backpropagation: the chain rule, one layer at a time.

Throughout, ``dy`` is short for dL/dy: the derivative of the loss L by each entry of ``y``, an array
of y's shape. N is the number of examples in a batch. No layer divides by N: the mean over the batch
is taken once, in the loss. Activations are fresh arrays, safe to keep (`Flatten` and an idle
`Dropout` return their input itself); gradients are overwritten at each ``backward``.
"""

from __future__ import annotations

import copy
import re
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet import checks, initializers
from tinynet.utils import new_generator

Shape = tuple[int, ...]


class NotReadyError(ValueError, AttributeError):
    """A layer was asked for something that it has only after a forward pass or after `build`."""


class Layer:
    """What all layers have in common, and the class to derive your own layer from.

    A layer without parameters needs two methods::

        class Square(Layer):
            def forward(self, x, *, training=False):
                self._x = x  # a reference to what backward needs
                return x**2

            def backward(self, dy):
                return 2 * self._x * dy  # dx

    One with parameters creates them in `create_parameters`, from the shape of one example; each
    comes with an array for its gradient. In `backward` it writes into that array; it never binds
    the name to another one, since in a model both are windows on the model's two long vectors::

        class Scale(Layer):
            def create_parameters(self, input_shape):
                self.add_parameter("s", input_shape, lambda shape, rng: np.ones(shape))

            def forward(self, x, *, training=False):
                self._x = x = self.check_input(x)  # builds the layer at its first input
                return x * self.s

            def backward(self, dy):
                self.ds[...] = (dy * self._x).sum(axis=0)  # every example shares s: add
                return dy * self.s

    If the output has another shape than the input, override `output_shape`. To be saved with a
    model, a layer with arguments of its own returns them from `get_config`. Then let
    `tinynet.gradcheck.check_gradients` have a look at it. ``examples/custom_layer.py`` is a worked
    example.

    Parameters
    ----------
    input_shape : tuple of int, optional
        Shape of one example. Left out, the layer takes it from its first input or from the model.
    name : str, optional
        Left out, it is made from the class's name.

    Attributes
    ----------
    parameter_names : list of str
        Names of the parameters, in order; the gradient of ``W`` is ``dW``.
    rng : numpy.random.Generator
        Where initial weights and dropout masks are drawn from; in a model, the model's.
    dtype : numpy.dtype or None
        Of parameters and activations; None until the layer is built. A layer on its own takes it
        from its first input, or float64; one in a model has the model's.
    """

    def __init__(self, *, input_shape: Shape | None = None, name: str | None = None) -> None:
        self.input_shape = None if input_shape is None else checks.check_shape(input_shape)
        name_of_class = re.sub(r"(?<!^)(?<![A-Z])(?=[A-Z])", "_", type(self).__name__).lower()
        self.name = checks.check_string(name, "name") or name_of_class
        self.named_by_user = name is not None
        self.parameter_names: list[str] = []
        self.rng = new_generator()
        self.in_model = False
        self.dtype: np.dtype | None = None

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute y from x; `training` is True during `fit`, for layers that behave differently."""
        raise NotImplementedError(
            f"{type(self).__name__} must define forward(x, *, training=False)."
        )

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Fill the parameters' gradients and return dx; follows a `forward`."""
        raise NotImplementedError(f"{type(self).__name__} must define backward(dy).")

    def backward_parameters(self, dy: np.ndarray) -> None:
        """Fill the parameters' gradients alone: all that training asks of a model's first layer.

        Override it where leaving out dx saves work.
        """
        self.backward(dy)

    def create_parameters(self, input_shape: Shape) -> None:
        """Call `add_parameter` for each parameter; a layer without any leaves this as it is."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """Shape of one example's output, from the shape of one example's input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this layer again, for saving."""
        return {"input_shape": self.input_shape, "name": self.name}

    def multiply_adds(self, input_shape: Shape) -> int:
        """Multiply-adds of the matrix product in a forward pass, per example."""
        return 0

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        """The parameters by name; built at the first look where the input shape is known."""
        if self.dtype is None and self.input_shape is not None:
            self.build()
        return {name: getattr(self, name) for name in self.parameter_names}

    @property
    def gradients(self) -> dict[str, np.ndarray]:
        """The parameters' gradients, by the parameters' names."""
        return {name: getattr(self, "d" + name) for name in self.parameter_names}

    def count_params(self) -> int:
        """Count the numbers that the layer learns."""
        return sum(parameter.size for parameter in self.parameters.values())

    def build(
        self,
        input_shape: Shape | None = None,
        *,
        rng: np.random.Generator | None = None,
        dtype: Any = "float64",
    ) -> None:
        """Create the parameters; done by the model or at the first `forward` if you don't.

        Parameters
        ----------
        input_shape : tuple of int, optional
            Shape of one example, without the batch; the one given to the layer if left out.
        rng : numpy.random.Generator, optional
            Where the initial values are drawn from.
        dtype : dtype
            ``"float32"`` or ``"float64"``.

        Raises
        ------
        ValueError
            If the layer is built already, or no shape is known, or it can't take that shape.
        """
        shape = self.input_shape if input_shape is None else checks.check_shape(input_shape)
        if shape is None:
            raise ValueError(f"{self.name}.build needs an input_shape, such as (784,).")
        if self.dtype is not None:
            raise ValueError(
                f"{self.name} is built already, for one example of {self.input_shape}."
            )
        if self.input_shape not in (None, shape):
            raise ValueError(checks.shape_error(type(self).__name__, self.input_shape, shape))
        self.output_shape(shape)  # refuses a shape that the layer can't take
        self.rng = rng or self.rng
        self.dtype, self.input_shape = checks.float_dtype(dtype), shape
        self.create_parameters(shape)

    def build_in_model(self, shape: Shape, rng: np.random.Generator, dtype: np.dtype) -> None:
        """Build for a model; a layer that was built on its own keeps its parameters."""
        if self.dtype is None:
            self.build(shape, rng=rng, dtype=dtype)
        elif self.input_shape != shape:
            raise ValueError(checks.shape_error(type(self).__name__, self.input_shape, shape))
        self.rng, self.dtype = rng, dtype

    def add_parameter(self, name: str, shape: Shape, initializer: initializers.Initializer) -> None:
        """Create parameter `name` and its gradient ``"d" + name``, in `create_parameters`."""
        checks.check_new_name(name, self.parameter_names, self.name)
        value = checks.check_parameter(initializer(shape, self.rng), shape, self, name)
        self.parameter_names.append(name)
        setattr(self, name, value)
        setattr(self, "d" + name, np.zeros(shape, dtype=self.dtype))

    def move_into(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Copy parameters and gradients into these two vectors and work on views of them."""
        start = 0
        for name, value in self.parameters.items():
            part = slice(start, start := start + value.size)
            for vector, attribute in ((parameters, name), (gradients, "d" + name)):
                view = vector[part].reshape(value.shape)
                view[...] = getattr(self, attribute)
                setattr(self, attribute, view)

    def check_input(self, x: Any) -> np.ndarray:
        """Return x as an array of the layer's dtype; the first one builds the layer.

        Raises
        ------
        ValueError
            If x doesn't have the shape (N, ...).
        """
        array = checks.as_numbers(x, f"{self.name}: x")
        if self.dtype is None and array.ndim > 1 and self.input_shape in (None, array.shape[1:]):
            self.build(array.shape[1:], dtype=checks.own_dtype(array))
        if array.ndim < 2 or array.shape[1:] != self.input_shape:
            kind, shape = type(self).__name__, array.shape
            raise ValueError(checks.shape_error(kind, self.input_shape, shape[1:], shape))
        return array.astype(self.dtype, copy=False)

    if not TYPE_CHECKING:  # a type checker shall go on seeing misspelt attributes

        def __getattr__(self, name: str) -> Any:
            """Build on the first look at a parameter, or say what is missing.

            ``Dense(3, input_shape=(2,)).W`` exists at once, yet a model that adopts a layer nobody
            has looked at draws its weights from the model's own seed.
            """
            if name.startswith("__"):
                raise AttributeError(name)
            if "dtype" not in self.__dict__:
                raise NotReadyError(f"{type(self).__name__}.__init__ must call super().__init__().")
            if name.startswith("_"):
                raise NotReadyError(f"{self.name}: call forward(x) before backward(dy).")
            if self.dtype is None and self.input_shape is not None:
                trial = copy.deepcopy(self)  # `hasattr` alone shall build nothing
                trial.build()
                if hasattr(trial, name):
                    self.build()
                    return getattr(self, name)
            message = f"{type(self).__name__} {self.name!r} has no attribute {name!r}."
            if self.dtype is None:
                message += " It isn't built yet: give it an input_shape or call forward(x)."
            raise NotReadyError(message)

    def __repr__(self) -> str:
        """Return the class and its configuration."""
        items = [(k, v) for k, v in self.get_config().items() if v is not None]
        config = ", ".join(f"{k}={getattr(v, '__name__', v)!r}" for k, v in items)
        return f"{type(self).__name__}({config})"


class Dense(Layer):
    """Fully connected layer, ``y = x @ W + b``, then the activation if there is one.

    Shapes, for N examples with I features in and O features out::

        x, dx  (N, I)      W, dW  (I, O)
        y, dy  (N, O)      b, db  (O,)

    Backward.  Write dy for dL/dy.  Since y[n, o] = sum_i x[n, i] W[i, o] + b[o]::

        dW = x.T @ dy          every example adds its outer product
        db = dy.sum(axis=0)    all rows share b, so their gradients add
        dx = dy @ W.T          what the layer below receives

    With an activation, y = activation(z) where z = x @ W + b, and the activation's backward turns
    dy into dz first, which takes the place of dy in the three lines above.

    Parameters
    ----------
    units : int
        O, the number of features out.
    activation : str or Layer, optional
        ``"relu"``, ``"softmax"``, ``"sigmoid"``, ``"tanh"``, ``"linear"`` or a layer without
        parameters.
    use_bias : bool
        Whether there is a b.
    kernel_initializer, bias_initializer : str or callable
        How W and b start: a name from `tinynet.initializers`, or a function of shape and generator.
    input_shape : tuple of int, optional
        ``(I,)``.
    name : str, optional
        Shown in the summary.

    Examples
    --------
    >>> layer = Dense(3, input_shape=(2,))
    >>> layer.W[...] = [[1, 2, 3], [4, 5, 6]]
    >>> layer.forward(np.array([[1.0, 10.0]]))
    array([[41., 52., 63.]])
    >>> layer.backward(np.array([[1.0, 0.0, -1.0]]))
    array([[-2., -2.]])
    >>> layer.dW
    array([[  1.,   0.,  -1.],
           [ 10.,   0., -10.]])
    """

    W: np.ndarray
    b: np.ndarray
    dW: np.ndarray  # noqa: N815 - the textbook's name
    db: np.ndarray
    _x: np.ndarray
    _z: np.ndarray

    def __init__(
        self,
        units: int,
        activation: str | Layer | None = None,
        use_bias: bool = True,
        kernel_initializer: str | initializers.Initializer = "glorot_uniform",
        bias_initializer: str | initializers.Initializer = "zeros",
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.units = checks.check_count(units, "units")
        self.activation = get_activation(activation)
        self.use_bias = checks.check_bool(use_bias, "use_bias")
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        if self.input_shape is not None:
            self.output_shape(self.input_shape)

    def create_parameters(self, input_shape: Shape) -> None:
        """W (I, O) and, with `use_bias`, b (O,)."""
        self.add_parameter("W", (input_shape[0], self.units), self.kernel_initializer)
        if self.use_bias:
            self.add_parameter("b", (self.units,), self.bias_initializer)
        if self.activation is not None:
            self.activation.build((self.units,), rng=self.rng, dtype=self.dtype)
            if self.activation.parameter_names:
                raise ValueError(
                    f"{self.name}: an activation with parameters, such as "
                    f"{self.activation.name}, must be added as a layer of its own."
                )

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute activation(x @ W + b)."""
        self._x = x = self.check_input(x)
        self._z = z = x @ self.W
        if self.use_bias:
            z += self.b
        return z if self.activation is None else self.activation.forward(z, training=training)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Fill dW and db, return dx."""
        return self.backward_from_logits(self._through_activation(dy))

    def backward_from_logits(self, dz: np.ndarray) -> np.ndarray:
        """Backward from dz, the gradient before the activation, as a fused loss hands it over."""
        self._fill_gradients(dz)
        dx: np.ndarray = dz @ self.W.T
        return dx

    def backward_parameters(self, dy: np.ndarray) -> None:
        """Fill dW and db, and save the cost of dx."""
        self._fill_gradients(self._through_activation(dy))

    def _through_activation(self, dy: np.ndarray) -> np.ndarray:
        if self.activation is not None:
            return self.activation.backward(dy)
        return checks.check_gradient(dy, (len(self._x), self.units), self.name)

    def _fill_gradients(self, dz: np.ndarray) -> None:
        # Of a single example x.T @ dz is an outer product, which matmul is three times as slow at.
        (np.multiply if len(dz) == 1 else np.matmul)(self._x.T, dz, out=self.dW)
        if self.use_bias:
            dz.sum(axis=0, out=self.db)

    @property
    def logits(self) -> np.ndarray:
        """The last x @ W + b, before the activation."""
        return self._z

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(O,)``, for inputs of shape ``(I,)``."""
        if len(input_shape) != 1:
            raise ValueError(
                f"Dense expected input of shape (N, I), received {checks.shape_of(input_shape)}. "
                f"Add Flatten() or reshape to (N, {prod(input_shape)})."
            )
        return (self.units,)

    def multiply_adds(self, input_shape: Shape) -> int:
        """I times O."""
        return input_shape[0] * self.units

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this layer again."""
        return {
            "units": self.units,
            "activation": self.activation,
            "use_bias": self.use_bias,
            "kernel_initializer": self.kernel_initializer,
            "bias_initializer": self.bias_initializer,
            **super().get_config(),
        }


class ReLU(Layer):
    """Rectified linear unit, ``y = max(x, 0)``.

    Shapes: x, y, dx, dy all alike.

    Backward.  y[k] = x[k] where x[k] > 0, else 0, so that::

        dx = dy * (x > 0)

    At x = 0 there is a kink and any slope from 0 to 1 is a subgradient; 0 is taken, as is usual.
    The name is from V. Nair and G. Hinton, "Rectified linear units improve restricted Boltzmann
    machines", ICML 2010.

    Examples
    --------
    >>> layer = ReLU()
    >>> layer.forward(np.array([[-1.0, 0.0, 2.0]]))
    array([[0., 0., 2.]])
    >>> layer.backward(np.array([[5.0, 5.0, 5.0]]))
    array([[0., 0., 5.]])
    """

    _x: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute max(x, 0)."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        y: np.ndarray = np.maximum(x, 0)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Let dy through where x was positive."""
        dx: np.ndarray = checks.check_gradient(dy, self._x.shape, self.name) * (self._x > 0)
        return dx


class OutputActivation(Layer):
    """An activation that a cross-entropy undoes, so that the two are better computed as one.

    A model that ends in one and is compiled with the matching loss computes the loss from this
    layer's input, the *logits*, and goes backwards from there: see
    `tinynet.losses.CategoricalCrossentropy.gradient_from_logits`.
    """

    _x: np.ndarray
    _y: np.ndarray

    @property
    def logits(self) -> np.ndarray:
        """The last input."""
        return self._x

    def backward_from_logits(self, dz: np.ndarray) -> np.ndarray:
        """Hand dz on: the loss has been through this layer already."""
        return dz


class Sigmoid(OutputActivation):
    """Logistic function, ``y = 1 / (1 + exp(-x))``, for any x without overflow.

    Shapes: x, y, dx, dy all alike.

    Backward.  With e = exp(-x), y = 1 / (1 + e) and ∂y/∂x = e / (1 + e)² = y (1 - y), so that::

        dx = dy * y * (1 - y)

    Examples
    --------
    >>> layer = Sigmoid()
    >>> layer.forward(np.array([[-1000.0, 0.0, 1000.0]]))
    array([[0. , 0.5, 1. ]])
    >>> layer.backward(np.array([[1.0, 1.0, 1.0]]))
    array([[0.  , 0.25, 0.  ]])
    """

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute 1 / (1 + exp(-x))."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        self._y = sigmoid(x)
        return self._y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope y (1 - y)."""
        dx: np.ndarray = (
            checks.check_gradient(dy, self._y.shape, self.name) * self._y * (1 - self._y)
        )
        return dx


class Tanh(Layer):
    """Hyperbolic tangent, ``y = tanh(x)``.

    Shapes: x, y, dx, dy all alike.

    Backward.  With y = sinh(x) / cosh(x), the quotient rule gives
    (cosh² x - sinh² x) / cosh² x = 1 - y², so that::

        dx = dy * (1 - y**2)

    Examples
    --------
    >>> layer = Tanh()
    >>> layer.forward(np.array([[0.0, 100.0]]))
    array([[0., 1.]])
    >>> layer.backward(np.array([[3.0, 3.0]]))
    array([[3., 0.]])
    """

    _y: np.ndarray

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Compute tanh(x)."""
        self._x = checks.as_floats(x, f"{self.name}: x")
        self._y = np.tanh(self._x)
        return self._y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply dy by the slope 1 - y²."""
        dx: np.ndarray = checks.check_gradient(dy, self._y.shape, self.name) * (1 - self._y**2)
        return dx


class Softmax(OutputActivation):
    """Each row becomes probabilities, ``y[n, i] = exp(x[n, i]) / sum_j exp(x[n, j])``.

    Shapes, for N examples and K classes::

        x, dx, y, dy  (N, K)

    Subtracting the same number from a whole row of x changes nothing, since it cancels in the
    quotient; each row's maximum is subtracted, so that no exp overflows.

    Backward.  Within a row every output depends on every input, so the derivative is a matrix, the
    Jacobian.  With s = sum_j exp(x[j]), the quotient rule gives::

        ∂y[i]/∂x[j] = (exp(x[i]) [i = j] s - exp(x[i]) exp(x[j])) / s² = y[i] ([i = j] - y[j])

    and summing over the outputs, dx[j] = sum_i dy[i] y[i] ([i = j] - y[j]), which is::

        dx = y * (dy - (dy * y).sum(axis=1, keepdims=True))

    so that the K by K matrix need never be formed.  Where the loss is the cross-entropy, the two
    derivatives together simplify to (p - t) / N: see
    `tinynet.losses.CategoricalCrossentropy.gradient_from_logits`.

    Examples
    --------
    >>> layer = Softmax()
    >>> layer.forward(np.array([[0.0, np.log(3.0)]]))
    array([[0.25, 0.75]])
    >>> layer.backward(np.array([[1.0, 0.0]]))
    array([[ 0.1875, -0.1875]])
    """

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Turn each row of logits into probabilities."""
        self._x = x = checks.as_floats(x, f"{self.name}: x")
        self.output_shape(x.shape[1:])
        self._y = softmax(x)
        return self._y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Multiply each row of dy by the row's Jacobian."""
        y, dy = self._y, checks.check_gradient(dy, self._y.shape, self.name)
        dx: np.ndarray = y * (dy - (dy * y).sum(axis=1, keepdims=True))
        return dx

    def output_shape(self, input_shape: Shape) -> Shape:
        """``(K,)``."""
        if len(input_shape) != 1 or input_shape[0] == 0:
            raise ValueError(
                f"Softmax expected input of shape (N, K), received {checks.shape_of(input_shape)}."
            )
        return input_shape


class Flatten(Layer):
    """Each example becomes one row: (N, 28, 28) becomes (N, 784).

    Backward.  Nothing is computed, so each entry of dy goes back to where it came from:
    ``dx = dy.reshape(x.shape)``.

    Examples
    --------
    >>> layer = Flatten()
    >>> layer.forward(np.zeros((5, 28, 28))).shape
    (5, 784)
    >>> layer.backward(np.zeros((5, 784))).shape
    (5, 28, 28)
    """

    _shape: Shape

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Lay each example out in one row."""
        x = checks.as_batch(x, self.name)
        self._shape = x.shape
        return x.reshape(len(x), *self.output_shape(x.shape[1:]))

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Give dy the shape of x."""
        shape = (self._shape[0], prod(self._shape[1:]))
        return checks.check_gradient(dy, shape, self.name).reshape(self._shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        """All sizes multiplied."""
        return (prod(input_shape),)


class Dropout(Layer):
    """In training, each entry is set to zero with probability `rate`; else nothing happens.

    Shapes: x, y, dx, dy all alike.

    With m a random mask of zeros (probability rate) and ones, ``y = x * m / (1 - rate)``: the
    factor keeps the mean of y at x, so that prediction needs no change ("inverted dropout").

    Backward.  y[k] depends on x[k] alone, with the slope m[k] / (1 - rate), so that::

        dx = dy * m / (1 - rate)

    Source: N. Srivastava et al., "Dropout", JMLR 15 (2014), which scales at prediction instead.

    Parameters
    ----------
    rate : float
        Share of the entries to drop, at least 0 and below 1.
    input_shape, name
        As in `Layer`.

    Examples
    --------
    >>> layer = Dropout(0.5)
    >>> layer.rng = np.random.default_rng(0)
    >>> layer.forward(np.ones((1, 6)), training=True)
    array([[2., 0., 0., 0., 2., 2.]])
    >>> layer.backward(np.ones((1, 6)))
    array([[2., 0., 0., 0., 2., 2.]])
    >>> layer.forward(np.ones((1, 6)))
    array([[1., 1., 1., 1., 1., 1.]])
    """

    _mask: np.ndarray | None
    _shape: Shape

    def __init__(
        self, rate: float, *, input_shape: Shape | None = None, name: str | None = None
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.rate = checks.check_number(rate, "rate", minimum=0, below=1)

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Drop entries if `training`."""
        x = checks.as_floats(x, f"{self.name}: x")
        self._shape, self._mask = x.shape, None
        if not training or self.rate == 0:
            return x
        kept = self.rng.random(x.shape) >= self.rate
        self._mask = kept.astype(np.result_type(x, np.float32)) / (1 - self.rate)
        return x * self._mask

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Let dy through where x was kept."""
        dy = checks.check_gradient(dy, self._shape, self.name)
        dx: np.ndarray = dy if self._mask is None else dy * self._mask
        return dx

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this layer again."""
        return {"rate": self.rate, **super().get_config()}


ACTIVATIONS: dict[str, type[Layer] | None] = {
    "linear": None,
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "softmax": Softmax,
    "tanh": Tanh,
}


def get_activation(activation: str | Layer | None) -> Layer | None:
    """Return the layer of that name, or the layer itself; None for a linear unit."""
    if activation is None or isinstance(activation, Layer):
        return activation
    activation_class = checks.lookup(activation, ACTIVATIONS, "activation")
    return None if activation_class is None else activation_class()


def softmax(x: np.ndarray) -> np.ndarray:
    """Probabilities from logits, row by row, without overflow; see `Softmax`."""
    exp = np.exp(x - x.max(axis=1, keepdims=True))
    y: np.ndarray = exp / exp.sum(axis=1, keepdims=True)
    return y


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), without overflow: exp is only taken of numbers that aren't positive."""
    exp = np.exp(-np.abs(x))
    y: np.ndarray = np.where(x >= 0, 1, exp) / (1 + exp)
    return y
