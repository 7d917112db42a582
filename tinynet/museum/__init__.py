"""Known bugs of neural-network code, rebuilt, for the gradient checker to find.

Begin with `exhibits`: the stories. `layers`, `losses` and `optimizers` hold the broken code.
"""

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
    "AccumulatingDense",
    "AveragedBiasDense",
    "BatchMaxSoftmax",
    "ColumnWeightedCrossentropy",
    "DiagonalSoftmax",
    "DoubledDense",
    "EagerDense",
    "EndlessMomentumSGD",
    "Exhibit",
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
]
