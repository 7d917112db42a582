"""`tinynet.keras` is `tinynet` itself, as an attribute; a second module would copy all classes."""

raise ImportError(
    "tinynet.keras is tinynet itself: leave .keras out, as in from tinynet.layers import Dense."
)
