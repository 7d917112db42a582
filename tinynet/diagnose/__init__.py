"""Diagnose a training run: findings, each with a reason and a remedy.

Call ``tinynet.diagnose(model, x, y)`` before, during or after training, or use the callback
`WatchTraining`. Read `diagnosis` first: `diagnose` runs the checks in `data`, `model` and
`training`. `findings` contains their texts.
"""

import sys
import types
from typing import Any

from tinynet._internal.names import public_names
from tinynet.diagnose.diagnosis import WatchTraining, diagnose
from tinynet.diagnose.findings import Finding, Findings

__all__ = ["Finding", "Findings", "WatchTraining", "diagnose"]


class CallableModule(types.ModuleType):
    """The class of this module, so that ``tinynet.diagnose(...)`` can be called."""

    def __call__(self, *args: Any, **kwargs: Any) -> Findings:
        """Call `diagnose`."""
        return diagnose(*args, **kwargs)


sys.modules[__name__].__class__ = CallableModule

__getattr__, __dir__ = public_names(globals())
