"""What is wrong with a run: findings, each with its reason and its remedy.

Read `diagnosis` first: `diagnose` goes through the checks of `data`, `model` and `training`.
`findings` holds their texts.
"""

from tinynet.diagnose.diagnosis import WatchTraining, diagnose
from tinynet.diagnose.findings import Finding

__all__ = ["Finding", "WatchTraining", "diagnose"]
