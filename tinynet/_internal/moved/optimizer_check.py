"""The former name of `tinynet.gradcheck.optimizers`."""

from tinynet.gradcheck.optimizers import OptimizerReport, check_optimizer

__all__ = ["OptimizerReport", "check_optimizer"]
