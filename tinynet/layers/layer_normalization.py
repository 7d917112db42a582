"""`LayerNormalization`: standardises each example over its own features."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinynet import constraints, initializers, regularizers
from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet.layers.base import Layer, Shape
from tinynet.layers.batch_normalization import check_last_axis, one_axis


class LayerNormalization(Layer):
    """Standardise each example over its features, then scale and shift each feature.

    With the mean and the variance of each row over its F features::

        s    = sqrt(variance + epsilon)
        xhat = (x - mean) / s
        y    = gamma * xhat + beta

    Examples don't affect one another, so training and prediction are the same.

    Shapes, for N examples of F features (with more axes, F is the last one)::

        x, y, dx, dy, xhat  (N, F)      gamma, beta, dgamma, dbeta  (F,)

    Backward.  All examples share gamma and beta, so::

        dgamma = (dy * xhat).sum(axis=0)
        dbeta  = dy.sum(axis=0)
        dxhat  = dy * gamma

    The rest is the derivation in `BatchNormalization`, for rows instead of columns::

        dx = (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)) / s, with means over the features

    Source: J. Ba, J. Kiros and G. Hinton, "Layer normalization", 2016.

    Parameters
    ----------
    axis : int
        Axis of the features. It must be the last one.
    epsilon : float
        Keeps s above 0 for a constant row.
    center, scale : bool
        Whether to use beta and gamma.
    beta_initializer, gamma_initializer
        Names or functions from `tinynet.initializers`.
    beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint
        As in `Dense`.

    Examples
    --------
    >>> layer = LayerNormalization(epsilon=0)
    >>> layer.forward(np.array([[1.0, 3.0], [10.0, 50.0]]))
    array([[-1.,  1.],
           [-1.,  1.]])
    >>> layer.backward(np.array([[1.0, 3.0], [0.0, 0.0]]))  # a shift and a stretch: no effect
    array([[0., 0.],
           [0., 0.]])
    """

    gamma: np.ndarray
    beta: np.ndarray
    dgamma: np.ndarray
    dbeta: np.ndarray
    _xhat: np.ndarray
    _s: np.ndarray

    @known_keywords
    def __init__(
        self,
        axis: int = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: str | initializers.Initializer = "zeros",
        gamma_initializer: str | initializers.Initializer = "ones",
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
        self.epsilon = checks.check_number(epsilon, "epsilon", minimum=0)
        self.center = checks.check_bool(center, "center")
        self.scale = checks.check_bool(scale, "scale")
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def create_parameters(self, input_shape: Shape) -> None:
        """Create gamma and beta, each (F,)."""
        if self.scale:
            self.add_parameter("gamma", (input_shape[-1],), self.gamma_initializer)
        if self.center:
            self.add_parameter("beta", (input_shape[-1],), self.beta_initializer)

    def forward(self, x: np.ndarray, *, training: bool = False) -> np.ndarray:
        """Standardise each row, then scale and shift."""
        x = self.check_input(x)
        variance = x.var(axis=-1, keepdims=True)
        self._s = s = np.sqrt(variance + self.epsilon)
        self._xhat = xhat = (x - x.mean(axis=-1, keepdims=True)) / s
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
        along = (dxhat * self._xhat).mean(axis=-1, keepdims=True)
        return (dxhat - dxhat.mean(axis=-1, keepdims=True) - self._xhat * along) / self._s

    @known_keywords
    def output_shape(self, input_shape: Shape) -> Shape:
        """Return `input_shape`."""
        return check_last_axis(self.axis, input_shape, type(self).__name__)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": self.beta_initializer,
            "gamma_initializer": self.gamma_initializer,
            "beta_regularizer": self.beta_regularizer,
            "gamma_regularizer": self.gamma_regularizer,
            "beta_constraint": self.beta_constraint,
            "gamma_constraint": self.gamma_constraint,
            **super().get_config(),
        }
