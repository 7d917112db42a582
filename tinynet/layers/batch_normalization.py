"""`BatchNormalization`: standardises each feature over the batch during training.

Its backward pass is a classic exercise. Every output in a column depends on every input in that
column, through the mean and the variance. The class docstring derives it step by step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import constraints, initializers, regularizers
from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.layers.base import Layer, Shape


class BatchNormalization(Layer):
    """Standardise each feature over the batch, then scale and shift it.

    In training, with the mean and the variance of each feature over the batch of N examples::

        mean     = (1/N) sum_n x[n]
        variance = (1/N) sum_n (x[n] - mean)²
        s        = sqrt(variance + epsilon)
        xhat     = (x - mean) / s
        y        = gamma * xhat + beta

    Training also updates two running averages, ``moving_mean`` and ``moving_variance``::

        moving <- momentum * moving + (1 - momentum) * the batch's value

    These replace the batch's mean and variance in prediction, and when ``trainable`` is False.

    Shapes, for N examples of F features (with more axes, F is the last one, and N the product of
    the others)::

        x, y, dx, dy, xhat  (N, F)
        gamma, beta, dgamma, dbeta, moving_mean, moving_variance  (F,)

    Backward.  Consider one feature, a column. All examples share gamma and beta, so::

        dgamma = sum_n dy[n] xhat[n]
        dbeta  = sum_n dy[n]
        dxhat  = gamma dy

    x[m] affects xhat[n] in three ways: directly if n = m, through the mean, and through s. We have
    d mean / d x[m] = 1/N, and for s::

        d s / d x[m] = (1 / 2s) d variance / d x[m] = (1 / 2s) (2/N) (x[m] - mean) = xhat[m] / N

    (The mean inside the variance contributes nothing, since sum_n (x[n] - mean) = 0.) The quotient
    rule for xhat[n] = (x[n] - mean) / s gives::

        d xhat[n] / d x[m] = ([n = m] - 1/N) / s - (x[n] - mean) / s² · xhat[m] / N
                           = ([n = m] - 1/N - xhat[n] xhat[m] / N) / s

    Summing over n, with mean() for the mean over the batch::

        dx[m] = sum_n dxhat[n] d xhat[n] / d x[m]
              = (dxhat[m] - mean(dxhat) - xhat[m] mean(dxhat xhat)) / s

    So dx has mean 0 and, for epsilon = 0, no component along xhat: shifting or stretching the whole
    column doesn't change y. Outside training, mean and s are constants, and dx = dxhat / s.

    Source: S. Ioffe and C. Szegedy, "Batch normalization", ICML 2015.

    Parameters
    ----------
    axis : int
        Axis of the features. It must be the last one.
    momentum : float
        Share of the running averages that each step keeps, from 0 to 1.
    epsilon : float
        Keeps s above 0 for a constant feature.
    center, scale : bool
        Whether to use beta and gamma.
    beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer
        Names or functions from `tinynet.initializers`.
    beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint
        As in `Dense`.

    Examples
    --------
    >>> layer = BatchNormalization(epsilon=0)
    >>> x = np.array([[1.0, 10.0], [3.0, 50.0]])
    >>> layer.forward(x, training=True)
    array([[-1., -1.],
           [ 1.,  1.]])
    >>> layer.moving_mean  # 0.99 times 0 plus 0.01 times the batch's mean
    array([0.02, 0.3 ])
    >>> layer.backward(np.array([[1.0, 0.0], [3.0, 0.0]]))  # a shift and a stretch: no effect
    array([[0., 0.],
           [0., 0.]])
    """

    gamma: np.ndarray
    beta: np.ndarray
    dgamma: np.ndarray
    dbeta: np.ndarray
    moving_mean: np.ndarray
    moving_variance: np.ndarray
    _xhat: np.ndarray
    _s: np.ndarray
    _of_batch: bool

    @known_keywords
    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: str | initializers.Initializer = "zeros",
        gamma_initializer: str | initializers.Initializer = "ones",
        moving_mean_initializer: str | initializers.Initializer = "zeros",
        moving_variance_initializer: str | initializers.Initializer = "ones",
        beta_regularizer: str | regularizers.Regularizer | None = None,
        gamma_regularizer: str | regularizers.Regularizer | None = None,
        beta_constraint: str | constraints.Rule | None = None,
        gamma_constraint: str | constraints.Rule | None = None,
        *,
        input_shape: Shape | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.axis = one_axis(axis)
        self.momentum = checks.check_share(momentum, "momentum")
        self.epsilon = checks.check_number(epsilon, "epsilon", minimum=0)
        self.center = checks.check_bool(center, "center")
        self.scale = checks.check_bool(scale, "scale")
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def create_parameters(self, input_shape: Shape) -> None:
        """Create gamma and beta as parameters, and the two running averages as states."""
        features = (input_shape[-1],)
        if self.scale:
            self.add_parameter("gamma", features, self.gamma_initializer)
        if self.center:
            self.add_parameter("beta", features, self.beta_initializer)
        self.add_state("moving_mean", features, self.moving_mean_initializer)
        self.add_state("moving_variance", features, self.moving_variance_initializer)

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Standardise, scale and shift."""
        x, training = self.check_input(x), checks.check_bool(training, "training")
        mean, variance = self.moving_mean, self.moving_variance
        self._of_batch = of_batch = training and self.trainable
        if of_batch:
            checks.check_axis(0, x.shape)
            mean, variance = moments(x.reshape(-1, x.shape[-1]))
            self._remember(mean, variance)
        self._s = s = np.sqrt(variance + self.epsilon)
        self._xhat = xhat = (x - mean) / s
        y = xhat * self.gamma if self.scale else xhat
        return y + self.beta if self.center else y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Fill dgamma and dbeta, return dx."""
        dy = checks.check_gradient(dy, self._xhat.shape, self.name)
        axes = tuple(range(dy.ndim - 1))
        if self.scale:
            (dy * self._xhat).sum(axis=axes, out=self.dgamma)
        if self.center:
            dy.sum(axis=axes, out=self.dbeta)
        dxhat = dy * self.gamma if self.scale else dy
        if self._of_batch:
            along = (dxhat * self._xhat).mean(axis=axes)
            dxhat = dxhat - dxhat.mean(axis=axes) - self._xhat * along
        return dxhat / self._s

    def _remember(self, mean: np.ndarray, variance: np.ndarray) -> None:
        """Update the two running averages in place."""
        for moving, new in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving[...] = self.momentum * moving + (1 - self.momentum) * new

    @known_keywords
    def output_shape(self, input_shape: Shape) -> Shape:
        """Return `input_shape`."""
        return check_last_axis(self.axis, input_shape, type(self).__name__)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": self.beta_initializer,
            "gamma_initializer": self.gamma_initializer,
            "moving_mean_initializer": self.moving_mean_initializer,
            "moving_variance_initializer": self.moving_variance_initializer,
            "beta_regularizer": self.beta_regularizer,
            "gamma_regularizer": self.gamma_regularizer,
            "beta_constraint": self.beta_constraint,
            "gamma_constraint": self.gamma_constraint,
            **super().get_config(),
        }


def moments(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and the variance of each column, summed in float64.

    A sum of many rows in float32 loses digits: of 60,000 numbers near 10,000, the mean would be off
    by more than 1.
    """
    mean = x.mean(axis=0, dtype=np.float64).astype(x.dtype)
    variance = np.square(x - mean).mean(axis=0, dtype=np.float64).astype(x.dtype)
    return mean, variance


def check_last_axis(axis: int, input_shape: Any, kind: str) -> Shape:
    """Check that the axis of the features is the last one."""
    input_shape = checks.check_shape(input_shape, 0)
    if not input_shape or axis not in (-1, len(input_shape)):
        raise ValueError(
            f"{kind} normalises along the last axis, axis=-1, received axis={axis} for an input of "
            f"shape {checks.shape_of(input_shape)}."
        )
    return input_shape


def one_axis(axis: Any) -> int:
    """Return an axis given as an int, or as a list of one int, which is how Keras saves it."""
    if isinstance(axis, tuple | list) and len(axis) == 1:
        axis = axis[0]
    return checks.check_count(axis, "axis", minimum=-9)
