"""`tinynet.keras` is `tinynet`, so ``from tinynet.keras.layers import Dense`` works."""

import sys

from tinynet import datasets

__all__ = ["datasets"]

for name, module in [*sys.modules.items()]:
    package, _, rest = name.partition(".")
    if package == "tinynet" and rest and not rest.startswith(("_internal", "keras")):
        sys.modules[f"tinynet.keras.{rest}"] = module
sys.modules["tinynet.keras"] = sys.modules["tinynet"]
