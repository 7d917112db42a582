"""What is wrong with a run: findings, each with its reason and its remedy.

``tinynet.diagnose(model, x, y)`` looks before, during or after training; `WatchTraining` does it by
itself. Read `diagnosis` first: `diagnose` goes through the checks of `data`, `model` and
`training`. `findings` holds their texts.
"""

import sys
import types
from typing import Any

from tinynet.diagnose.diagnosis import WatchTraining, diagnose
from tinynet.diagnose.findings import Finding, Findings

__all__ = ["Finding", "Findings", "WatchTraining", "diagnose"]


class CallableModule(types.ModuleType):
    """The module itself, so that ``tinynet.diagnose(...)`` does what one expects of it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Findings:
        """Call `diagnose`."""
        return diagnose(*args, **kwargs)


sys.modules[__name__].__class__ = CallableModule
