"""`TerminateOnNaN`: stop when nothing can be learned any more."""

import math

from tinynet._internal.protocols import Trained
from tinynet.callbacks.base import Callback, Logs
from tinynet.callbacks.monitors import is_finite


class TerminateOnNaN(Callback):
    """Stop, and say so, when the loss is NaN or infinite; `fit` adds one if need be.

    From there on nothing can be learned: every step would make NaN of NaN. It looks at the loss
    after each batch, and at the end at the parameters: those of a dead unit, and what became of
    them in the last step, don't show in the loss.
    """

    _said, _epoch = False, 0

    def on_train_begin(self, logs: Logs) -> None:
        """Forget an earlier run."""
        self._said = False

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Remember which epoch it is."""
        self._epoch = epoch + 1

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Look at the running mean of the loss, a Python number, which one batch can spoil."""
        if not math.isfinite(logs["loss"]):
            self._stop(f"The loss is {logs['loss']} after batch {batch} of epoch {self._epoch}")

    def on_train_end(self, logs: Logs) -> None:
        """Look at the parameters, whatever has ended the training."""
        if not is_finite(self.model):
            self._stop("A parameter is NaN or infinite after the last step")

    def _stop(self, what: str) -> None:
        self.model.stop_training = True
        if self._said:
            return
        self._said = True
        cause = "Most often the learning rate is too high or the inputs aren't scaled"
        if takes_anything_for_probabilities(self.model):
            cause = "The loss wants probabilities: end with a softmax or a sigmoid"
        print(
            f"{what}: training stops. {cause}; make the model anew, and "
            f"tinynet.diagnose.diagnose(model, x, y) or the callback WatchTraining beside it says "
            f"more.",
            flush=True,
        )


def takes_anything_for_probabilities(model: Trained) -> bool:
    """Return whether a cross-entropy follows a layer whose outputs can be negative or above 1."""
    wants_probabilities = getattr(model.criterion.loss, "from_logits", None) is False
    return wants_probabilities and model.chain[-1].output_kind == "numbers"
