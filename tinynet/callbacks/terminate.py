"""`TerminateOnNaN`: stop training when the loss or a parameter is NaN or infinite."""

import math

from tinynet._internal.protocols import Trained
from tinynet.callbacks.base import Callback, Logs
from tinynet.callbacks.monitors import is_finite


class TerminateOnNaN(Callback):
    """Stop training and print a message when the loss is NaN or infinite.

    `fit` adds this callback if it isn't in the list. Once the loss is NaN, no further step can
    help: the parameters become NaN, too. The loss is checked after each batch. The parameters are
    checked at the end, since the loss doesn't show those of a dead unit or the last update.
    """

    _said, _epoch = False, 0

    def on_train_begin(self, logs: Logs) -> None:
        """Reset."""
        self._said = False

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Remember the epoch, for the message."""
        self._epoch = epoch + 1

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """Check the running mean of the loss, a float; one NaN in a batch makes it NaN."""
        if not math.isfinite(logs["loss"]):
            place = f"batch {batch + 1} of epoch {self._epoch}"
            self._stop(f"The loss is {logs['loss']} after {place}")

    def on_train_end(self, logs: Logs) -> None:
        """Check the parameters, however training ended."""
        if not is_finite(self.model):
            self._stop("A parameter is NaN or infinite after the last step")

    def _stop(self, what: str) -> None:
        self.model.stop_training = True
        if self._said:
            return
        self._said = True
        cause = "Most often the learning rate is too high or the inputs aren't scaled"
        if takes_anything_for_probabilities(self.model):
            cause = "The loss expects probabilities: end with a softmax or a sigmoid"
        print(
            f"{what}: training stops. {cause}. Create the model again; to find the cause, use "
            f"tinynet.diagnose.diagnose(model, x, y) or the callback "
            f"tinynet.diagnose.WatchTraining.",
            flush=True,
        )


def takes_anything_for_probabilities(model: Trained) -> bool:
    """Return whether a cross-entropy follows a layer whose outputs can be negative or above 1."""
    wants_probabilities = getattr(model.criterion.loss, "from_logits", None) is False
    return wants_probabilities and model.chain[-1].output_kind == "numbers"
