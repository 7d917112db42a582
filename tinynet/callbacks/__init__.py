"""Callbacks: code that `Sequential.fit` calls between its steps, to record, report, stop or save.

Read `base` first: it says when `fit` calls a callback, and with which arguments. Each other file
holds one kind of callback: the history, the progress bar, callbacks that monitor a value, those
that record the training, and the checkpoint. `running` calls a list of callbacks in order.
"""

from tinynet._internal.names import public_names
from tinynet.callbacks.base import Callback, LambdaCallback, Logs, State, Verbose
from tinynet.callbacks.checkpoint import ModelCheckpoint
from tinynet.callbacks.history import History
from tinynet.callbacks.learning_rates import LearningRateScheduler, ReduceLROnPlateau
from tinynet.callbacks.loggers import CSVLogger, TensorBoard
from tinynet.callbacks.monitors import EarlyStopping, MonitorCallback
from tinynet.callbacks.progress import ProgressBar, figures, progress_bar
from tinynet.callbacks.recorders import GradientRecorder, ParameterRecorder
from tinynet.callbacks.running import CallbackList, check_callbacks, watchers
from tinynet.callbacks.terminate import TerminateOnNaN

__all__ = [
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "GradientRecorder",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "Logs",
    "ModelCheckpoint",
    "MonitorCallback",
    "ParameterRecorder",
    "ProgressBar",
    "ReduceLROnPlateau",
    "State",
    "TensorBoard",
    "TerminateOnNaN",
    "Verbose",
    "check_callbacks",
    "figures",
    "progress_bar",
    "watchers",
]

__getattr__, __dir__ = public_names(globals())
