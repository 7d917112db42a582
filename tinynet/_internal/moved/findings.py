"""The former name of `tinynet.diagnose.findings`."""

from tinynet.diagnose.findings import ADVICE, Finding

__all__ = ["ADVICE", "Finding"]
