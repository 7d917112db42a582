"""`ModelAccess`: the methods and properties of a Keras model that don't compute anything.

To understand backpropagation, you don't need to read this file; `tinynet.models` has all of it.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinynet._internal import checks
from tinynet._internal.names import known_keywords
from tinynet._internal.saving import descriptions
from tinynet.layers.base import Layer
from tinynet.layers.penalties import Penalty


class ModelAccess:
    """Layers by name, weights as lists, single batches, the architecture as JSON."""

    name: str
    dtype: np.dtype
    input_shapes: list[tuple[int, ...]]
    output_shapes: list[tuple[int, ...]]

    @property
    def layers(self) -> list[Layer]:
        """The layers, in the order of the forward pass."""
        raise NotImplementedError

    @known_keywords
    def __call__(self, x: Any, training: bool = False) -> np.ndarray:
        """Return the outputs for some examples, as `forward` does; build the model if necessary."""
        training = checks.check_bool(training, "training")
        x = self.check_examples(x)  # type: ignore[attr-defined]
        if not self.built:  # type: ignore[attr-defined]
            self.build(x.shape[1:])  # type: ignore[attr-defined]
        return self.forward(x, training=training)  # type: ignore[attr-defined]

    @known_keywords
    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return the layer with that name or index.

        Raises
        ------
        ValueError
            If there is none, or not one of the two is given.
        """
        if (name is None) == (index is None):
            raise ValueError("get_layer takes either a name or an index.")
        if index is not None:
            count = len(self.layers)
            return self.layers[checks.check_count(index, "index", -count, count - 1)]
        if not isinstance(name, str):
            raise TypeError(
                f"get_layer takes the name of a layer, or index=0, received {checks.shown(name)}."
            )
        return checks.lookup(name, {layer.name: layer for layer in self.layers}, "layer")

    # ---------------------------------------------------------------------------- weights

    @property
    def weights(self) -> list[np.ndarray]:
        """All parameters and states, layer by layer, as views that can be written to."""
        return [array for layer in self.layers for array in layer.weights]

    @property
    def trainable_weights(self) -> list[np.ndarray]:
        """All parameters of layers that aren't frozen."""
        return [array for layer in self.layers for array in layer.trainable_weights]

    @property
    def non_trainable_weights(self) -> list[np.ndarray]:
        """All states, and the parameters of frozen layers."""
        return [array for layer in self.layers for array in layer.non_trainable_weights]

    @property
    def variables(self) -> list[np.ndarray]:
        """The same as `weights`."""
        return self.weights

    @property
    def trainable_variables(self) -> list[np.ndarray]:
        """The same as `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[np.ndarray]:
        """The same as `non_trainable_weights`."""
        return self.non_trainable_weights

    @property
    def trainable(self) -> bool:
        """Whether any layer is trained; setting it applies to all layers."""
        return any(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.layers:
            layer.trainable = value

    # ----------------------------------------------------------------------------- shapes

    @property
    def input_shape(self) -> tuple[Any, ...]:
        """Shape of a batch of inputs: None for the batch size, then the shape of one example."""
        self._known_shapes()
        return (None, *self.input_shapes[0])

    @property
    def output_shape(self) -> tuple[Any, ...]:
        """Shape of a batch of outputs: None for the batch size, then the shape of one output."""
        self._known_shapes()
        return (None, *self.output_shapes[-1])

    def _known_shapes(self) -> None:
        checks.check_built(self)

    # ----------------------------------------------------------------- losses and batches

    @property
    def losses(self) -> list[float]:
        """The penalties of the regularized arrays, and those of the last regularized outputs."""
        parts = [part for part in vars(self).get("chain", []) if isinstance(part, Penalty)]
        with self.reading():  # type: ignore[attr-defined]
            return [value for part in parts for value in part.penalties()]

    @property
    def metrics_names(self) -> list[str]:
        """The names of the values that `evaluate` returns."""
        return ["loss", *(metric.name for metric in self._measured)]  # type: ignore[attr-defined]

    @known_keywords
    def higher_is_better(self, name: str) -> bool:
        """Return whether larger values of a metric are better; False for the loss."""
        name = checks.check_name(name, "name")
        measured = self._measured  # type: ignore[attr-defined]
        known = {metric.name: metric.higher_is_better for metric in measured}
        return bool(known.get(name, "acc" in name))

    @known_keywords
    def predict_on_batch(self, x: Any) -> np.ndarray:
        """Compute the outputs for these examples as one batch."""
        x = checks.as_batch(x, "predict_on_batch")
        return self.predict(x, batch_size=max(1, len(x)), verbose=0)  # type: ignore[attr-defined]

    @known_keywords
    def test_on_batch(
        self, x: Any, y: Any, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Compute the loss and the metrics of these examples as one batch."""
        x = checks.as_batch(x, "test_on_batch")
        return self.evaluate(  # type: ignore[attr-defined]
            x,
            y,
            batch_size=max(1, len(x)),
            verbose=0,
            sample_weight=sample_weight,
            return_dict=return_dict,
        )

    # ----------------------------------------------------------------------- description

    def get_config(self) -> dict[str, Any]:
        """Return name, dtype, input shape and layers as plain data; see `from_config`."""
        shape = self.input_shapes[0] if self.input_shapes else None
        return {
            "name": self.name,
            "dtype": self.dtype.name,
            "input_shape": shape if shape is None else list(shape),
            "layers": descriptions.describe(self.layers),
        }

    @classmethod
    @known_keywords
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Create a model with new weights from what `get_config` returned.

        Parameters
        ----------
        config : dict
            The description.
        custom_objects : dict of str to class or function, optional
            Layers, initializers and the like of your own, by name.
        """
        config = descriptions.check_config(config, cls.__name__)
        custom = checks.check_table(custom_objects, "custom_objects")
        layers: Sequence[Layer] = descriptions.restore(config["layers"], custom)
        model: Any = cls(layers, config["name"], dtype=config["dtype"])  # type: ignore[call-arg]
        if config["input_shape"] is not None and not model.built:
            model.build(tuple(config["input_shape"]))
        return model

    def to_json(self, **options: Any) -> str:
        """Return the architecture as JSON, without weights; see `tinynet.models.model_from_json`.

        Parameters
        ----------
        **options
            Options of `json.dumps`, such as ``indent=4``.
        """
        description = {"class_name": type(self).__name__, "config": self.get_config()}
        try:
            return json.dumps(description, **options)
        except Exception as error:
            raise TypeError(f"to_json takes the options of json.dumps: {error}.") from error
