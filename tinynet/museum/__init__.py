"""Known bugs of neural-network code, rebuilt, for the gradient checker to find.

Begin with `exhibits`: the stories. `layers`, `losses` and `optimizers` hold the broken code.
"""

from tinynet.explain.mazur import (  # where 0.1.0 had it
    MAZUR_X,
    MAZUR_Y,
    EagerFixedBiasDense,
    FixedBiasDense,
    mazur_errors,
    mazur_network,
)
from tinynet.museum.exhibits import EXHIBITS, Exhibit, accuracies
from tinynet.museum.layers import (
    AccumulatingDense,
    AveragedBiasDense,
    BatchMaxSoftmax,
    DiagonalSoftmax,
    DoubledDense,
    EagerDense,
    ForgetfulReLU,
    GradientMaskedReLU,
    InPlaceReLU,
    InputSlopeSigmoid,
    OverwritingReLU,
    PlainDense,
    RateScaledDropout,
    SharedBiasDense,
    TransposedDense,
    UnmaskedDropout,
    UnmaskedReLU,
    UnsummedBiasDense,
)
from tinynet.museum.losses import (
    ColumnWeightedCrossentropy,
    RowWeightedCrossentropy,
    SummedCrossentropy,
)
from tinynet.museum.optimizers import (
    EndlessMomentumSGD,
    ScaledParameterSGD,
    UphillMomentumSGD,
    WeightGrowthSGD,
)

__all__ = [
    "EXHIBITS",
    "MAZUR_X",
    "MAZUR_Y",
    "AccumulatingDense",
    "AveragedBiasDense",
    "BatchMaxSoftmax",
    "ColumnWeightedCrossentropy",
    "DiagonalSoftmax",
    "DoubledDense",
    "EagerDense",
    "EagerFixedBiasDense",
    "EndlessMomentumSGD",
    "Exhibit",
    "FixedBiasDense",
    "ForgetfulReLU",
    "GradientMaskedReLU",
    "InPlaceReLU",
    "InputSlopeSigmoid",
    "OverwritingReLU",
    "PlainDense",
    "RateScaledDropout",
    "RowWeightedCrossentropy",
    "ScaledParameterSGD",
    "SharedBiasDense",
    "SummedCrossentropy",
    "TransposedDense",
    "UnmaskedDropout",
    "UnmaskedReLU",
    "UnsummedBiasDense",
    "UphillMomentumSGD",
    "WeightGrowthSGD",
    "accuracies",
    "mazur_errors",
    "mazur_network",
]
