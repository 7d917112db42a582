"""One training step in numbers: every formula with its values filled in.

Read `writer` first: `explain_step` makes one step on a copy of a model and writes it down line by
line. `recorded_step` makes that step, `formulas` and `explanation` format it, and `mazur` is the
small network of a well-known worked example.
"""

from tinynet._internal.names import public_names
from tinynet.explain.explanation import Explanation
from tinynet.explain.mazur import MAZUR_X, MAZUR_Y, mazur_errors, mazur_network
from tinynet.explain.writer import explain_step

__all__ = ["MAZUR_X", "MAZUR_Y", "Explanation", "explain_step", "mazur_errors", "mazur_network"]

__getattr__, __dir__ = public_names(globals())
