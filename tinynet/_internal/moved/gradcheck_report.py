"""The former name of `tinynet.gradcheck.report`."""

from tinynet.gradcheck.report import GradientReport, Row

__all__ = ["GradientReport", "Row"]
