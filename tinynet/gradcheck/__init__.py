"""The gradient checker: compare analytic gradients with finite differences.

`check_gradients` compares each gradient with the slope of the function itself, in float64 and on a
copy. Read `checker` first, then `derivatives`, which computes a slope together with an estimate of
its error. `paths` defines which passes through a layer, a model or a loss are compared, `mistakes`
recognises what a wrong gradient looks like, `steps` which operation it comes from, and `optimizers`
checks update rules.
"""

from tinynet._internal.names import public_names
from tinynet.gradcheck.checker import check_gradients
from tinynet.gradcheck.numerical import numerical_gradient
from tinynet.gradcheck.optimizers import OptimizerReport, check_optimizer
from tinynet.gradcheck.report import GradientReport

__all__ = [
    "GradientReport",
    "OptimizerReport",
    "check_gradients",
    "check_optimizer",
    "numerical_gradient",
]

__getattr__, __dir__ = public_names(globals())
