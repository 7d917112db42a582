"""Evidence of made-up gradients, to try the patterns of mistakes on."""

from typing import Any

import numpy as np

from tinynet.gradcheck.evidence import Evidence


def evidence(analytic: np.ndarray, numeric: np.ndarray, **known: Any) -> Evidence:
    """Return the evidence that `analytic` is wrong; what isn't `known` is drawn at random."""
    rng = np.random.default_rng(0)
    x = known.pop("x", rng.normal(size=(3, 4)))
    y = known.pop("y", rng.normal(size=(3, 4)))
    rest: dict[str, Any] = {
        "quick": numeric,
        "earlier": rng.normal(size=np.shape(numeric)),
        "batch_size": len(x),
        "dy": rng.normal(size=y.shape),
    }
    return Evidence(analytic, numeric, x=x, y=y, **{**rest, **known})
