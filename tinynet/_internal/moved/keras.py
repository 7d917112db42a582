"""`tinynet.keras` is `tinynet`, so ``from tinynet.keras.layers import Dense`` works."""

import sys

tinynet = sys.modules["tinynet"]
for public in dir(tinynet):
    getattr(tinynet, public)  # imports the modules that are imported when first used

# Under either name, these are the same modules.
for name, module in [*sys.modules.items()]:
    package, _, rest = name.partition(".")
    if package == "tinynet" and rest and not rest.startswith(("_internal", "keras")):
        sys.modules[f"tinynet.keras.{rest}"] = module
sys.modules["tinynet.keras"] = tinynet
