"""The former name of `tinynet.explain.explanation`."""

from tinynet.explain.explanation import ArraySummary, Explanation, Line, Section

__all__ = ["ArraySummary", "Explanation", "Line", "Section"]
