"""The metrics: what a person wants to know of the predictions. No gradient goes through them.

Read `accuracy` first; `confusion` counts which classes are taken for which.
"""

from tinynet.metrics.accuracy import accuracy
from tinynet.metrics.confusion import confusion_matrix

__all__ = ["accuracy", "confusion_matrix"]
