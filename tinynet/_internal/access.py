"""`ModelAccess`: the methods and properties of a model that don't compute anything.

To understand backpropagation, you don't need to read this file; `tinynet.models` has all of it.
"""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from tinynet._internal import checks, summary
from tinynet._internal.names import known_keywords
from tinynet._internal.protocols import Trained
from tinynet._internal.saving import descriptions
from tinynet._internal.saving.model_file import Path, describe_frozen, freeze
from tinynet._internal.sharing import Held, Sharing
from tinynet.layers.base import Layer
from tinynet.layers.penalties import Penalty, parts_of
from tinynet.metrics import Metric


class ModelAccess:
    """Layers by name, weights as lists, single batches, descriptions, the model as a web page."""

    name: str
    dtype: np.dtype
    built: bool
    compiled: bool
    input_shapes: list[tuple[int, ...]]
    output_shapes: list[tuple[int, ...]]
    _measured: list[Metric]
    _sharing: Sharing

    if TYPE_CHECKING:  # what `Sequential` defines and the methods below use

        @property
        def layers(self) -> list[Layer]: ...
        @property
        def values(self) -> np.ndarray: ...
        def build(self, input_shape: tuple[int | None, ...] | None = None) -> None: ...
        def check_examples(self, x: Any, what: str = "x") -> np.ndarray: ...
        def check_unchanged(self) -> None: ...
        def reading(self) -> Held: ...
        def forward(self, x: Any, *, training: bool = False) -> np.ndarray: ...
        def predict(self, *args: Any, **options: Any) -> np.ndarray: ...
        def evaluate(self, *args: Any, **options: Any) -> Any: ...

    @known_keywords
    def __call__(self, x: Any, training: bool = False) -> np.ndarray:
        """Return the outputs for some examples, as `forward` does; build the model if necessary."""
        training = checks.check_bool(training, "training")
        return self.forward(self._build_for(x), training=training)

    def _build_for(self, x: Any) -> np.ndarray:
        """Return x as `check_examples` does, and build the model for it if necessary."""
        with self._building():
            x = self.check_examples(x)
            if not self.built:
                self.build((None, *x.shape[1:]))
        return x

    def _building(self) -> AbstractContextManager[None]:
        """Return a context in which no other thread builds the model, unless it is built."""
        return nullcontext() if self.built else self._sharing.building()

    @known_keywords
    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return the layer with that name or index."""
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

    def __getitem__(self, index: Any) -> Any:
        """Raise an error that says where the layers are."""
        raise TypeError("A Sequential isn't indexed: its layers are the list model.layers.")

    # ---------------------------------------------------------------------------- weights

    @known_keywords
    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all parameters and states, layer by layer: W, b, ..."""
        self.check_unchanged()
        with self.reading():
            return [np.array(value) for _, value in self._named_arrays()]

    @known_keywords
    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all parameters and states, in the order of `get_weights`.

        If their number, a shape or a value is wrong, an error is raised and nothing is changed.
        """
        checks.check_built(self)
        self.check_unchanged()
        named = self._named_arrays()
        names, arrays = [name for name, _ in named], [array for _, array in named]
        given = [np.array(a) for a in checks.check_arrays(weights, names, arrays)]
        with self._sharing.step:
            for array, new in zip(arrays, given, strict=True):
                array[...] = new

    @known_keywords
    def set_values(self, values: np.ndarray) -> None:
        """Write to `values` between other threads' reads and training steps."""
        with self._sharing.step:
            self.values[...] = values

    def _named_arrays(self) -> list[tuple[str, np.ndarray]]:
        """Return all parameters and states, layer by layer, with names for error messages."""
        return [
            (f"{layer.name}.{name}", getattr(layer, name))
            for layer in self.layers
            for name in (*layer.parameter_names, *layer.state_names)
        ]

    @known_keywords
    def count_params(self) -> int:
        """Return the total size of all parameters and states."""
        checks.check_built(self)
        return int(self.values.size)

    @known_keywords
    def summary(self: Trained, *, costs: bool = False, batch_size: int = 32) -> None:
        """Print the layers with their output shapes and parameter counts.

        With `costs`, also print what a training step with this batch size costs, layer by layer.
        """
        size = checks.check_count(batch_size, "batch_size")
        if checks.check_bool(costs, "costs"):
            checks.check_built(self)
        self.check_unchanged()
        print(summary.architecture(self))
        if costs:
            print(summary.costs(self, size))

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
        checks.check_built(self)
        return (None, *self.input_shapes[0])

    @property
    def output_shape(self) -> tuple[Any, ...]:
        """Shape of a batch of outputs: None for the batch size, then the shape of one output."""
        checks.check_built(self)
        return (None, *self.output_shapes[-1])

    # ----------------------------------------------------------------- losses and batches

    @property
    def losses(self) -> list[float]:
        """The penalties of the regularized arrays, and those of the last regularized outputs."""
        chain = vars(self).get("chain") or (parts_of(self.layers) if self.built else [])
        parts = [part for part in chain if isinstance(part, Penalty)]
        with self.reading():
            return [value for part in parts for value in part.penalties()]

    @property
    def metrics_names(self) -> list[str]:
        """The names of the values that `evaluate` returns."""
        return ["loss", *(metric.name for metric in self._measured)]

    @known_keywords
    def higher_is_better(self, name: str) -> bool:
        """Return whether larger values of a metric are better; False for the loss."""
        name = checks.check_name(name, "name")
        measured = self._measured
        known = {metric.name: metric.higher_is_better for metric in measured}
        return bool(known.get(name, "acc" in name))

    @known_keywords
    def predict_on_batch(self, x: Any) -> np.ndarray:
        """Compute the outputs for these examples as one batch."""
        x = checks.as_batch(x, "predict_on_batch")
        return self.predict(x, batch_size=max(1, len(x)), verbose=0)

    @known_keywords
    def test_on_batch(
        self, x: Any, y: Any, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Compute the loss and the metrics of these examples as one batch."""
        x = checks.as_batch(x, "test_on_batch")
        return self.evaluate(
            x,
            y,
            batch_size=max(1, len(x)),
            verbose=0,
            sample_weight=sample_weight,
            return_dict=return_dict,
        )

    # ----------------------------------------------------------------------- description

    def get_config(self) -> dict[str, Any]:
        """Return name, dtype, input shape, layers and which are frozen, as plain data."""
        shape = self.input_shapes[0] if self.input_shapes else None
        return {
            "name": self.name,
            "dtype": self.dtype.name,
            "input_shape": shape if shape is None else list(shape),
            "layers": descriptions.describe(self.layers),
            **describe_frozen(self.layers),
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
        made: Any = cls
        model = made(layers, config["name"], dtype=config["dtype"])
        freeze(model.layers, config.get("frozen", []))
        if config["input_shape"] is not None and not model.built:
            model.build((None, *config["input_shape"]))
        return model

    def to_json(self, **options: Any) -> str:
        """Return the architecture as JSON, without weights; see `tinynet.models.model_from_json`.

        As in a saved file, a model of a class derived from `Sequential` becomes a `Sequential`.

        Parameters
        ----------
        **options
            Options of `json.dumps`, such as ``indent=4``.
        """
        description = {"class_name": "Sequential", "config": self.get_config()}
        try:
            return json.dumps(description, **options)
        except Exception as error:
            raise TypeError(f"to_json takes the options of json.dumps: {error}.") from error

    def __repr__(self: Trained) -> str:
        """Return the name, the layers and the number of parameters."""
        return summary.in_one_line(self)

    def _repr_html_(self: Trained) -> str:
        """Return a table of the layers, for a notebook."""
        return summary.as_html(self)

    @known_keywords
    def to_html(
        self,
        path: Path | None = None,
        *,
        examples: Any = None,
        labels: Any = None,
        image_shape: tuple[int, int] | None = None,
        pixel_range: tuple[float, float] | None = None,
        class_names: Sequence[str] | None = None,
        feature_names: Sequence[str] | None = None,
        title: str | None = None,
    ) -> Any:
        """Make an interactive web page of the model: a single file that needs no server.

        The page takes a drawn image or a set of numbers. It shows the outputs, each layer's
        activations and most active units, and how a change of the input would change the output. It
        supports Dense, Flatten, Dropout, Normalization and activation layers.

        Parameters
        ----------
        path : str or path, optional
            The file to write. If None, the page is returned, and a notebook displays it.
        examples : array_like, shape (N, ...), optional
            Inputs to choose from, prepared as for training. The first 24 are used. They also set
            the range of each input, so give at least one if the inputs are standardized.
        labels : sequence of N, optional
            Captions of the examples.
        image_shape : (height, width), optional
            Shape of an input that is an image. By default, a vector is an image if it is square and
            at least 8 by 8.
        pixel_range : (float, float), optional
            Values of background and full ink. Defaults to the lowest and the highest value in
            `examples`, or to 0 and 1, or to 0 and 255 if the model normalizes or rescales bytes.
        class_names, feature_names : sequence of str, optional
            Names of the outputs and of the inputs. Named inputs are shown as numbers. A single
            sigmoid may have the names of both classes.
        title : str, optional
            Defaults to the model's name.

        Returns
        -------
        Page or None
            None if a file was written.

        Examples
        --------
        >>> from tinynet import Dense, Sequential
        >>> model = Sequential([Dense(3, "softmax", input_shape=(784,))], seed=0)
        >>> model.to_html(title="Three classes")
        <page of ... characters: to_html(path) writes it to a file>
        """
        from tinynet.plotting.page import make_page  # builds on models

        page = make_page(
            self,
            examples=examples,
            labels=labels,
            image_shape=image_shape,
            pixel_range=pixel_range,
            class_names=class_names,
            feature_names=feature_names,
            title=title,
        )
        if path is None:
            return page
        page.save(path)
        return None
