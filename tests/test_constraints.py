"""Constraints: what is left of an array, and names."""

import numpy as np
import pytest

from tinynet import constraints
from tinynet.constraints import MaxNorm, MinMaxNorm, NonNeg, UnitNorm

W = np.array([[3.0, 0.3, 0.0], [-4.0, 0.4, 0.0]])


def test_each() -> None:
    assert NonNeg()(W).tolist() == [[3, 0.3, 0], [0, 0.4, 0]]
    np.testing.assert_allclose(np.linalg.norm(MaxNorm(2)(W), axis=0), [2, 0.5, 0], rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(UnitNorm()(W), axis=0), [1, 1, 0], rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(UnitNorm(axis=1)(W), axis=1), [1, 1], rtol=1e-6)
    half = MinMaxNorm(1.0, 3.0, rate=0.5)(W)
    np.testing.assert_allclose(np.linalg.norm(half, axis=0), [4, 0.75, 0], rtol=1e-6)
    np.testing.assert_allclose(half[:, 0] / W[:, 0], 0.8)
    assert MaxNorm(2)(W.astype(np.float32)).dtype == np.float32


def test_names_and_settings() -> None:
    for name in ("max_norm", "MaxNorm", "non_neg", "unit_norm", "min_max_norm"):
        assert isinstance(constraints.get(name), constraints.Constraint)
    assert constraints.get(None) is None
    assert constraints.get(np.abs) is np.abs
    for constraint in (MaxNorm(3, axis=1), UnitNorm(), NonNeg(), MinMaxNorm(0.5, 2.0, 0.5, (0, 1))):
        again = type(constraint)(**constraint.get_config())
        assert again.get_config() == constraint.get_config()
    assert MaxNorm().max_value == 2
    assert repr(MinMaxNorm(0.5, 2.0, axis=1)) == (
        "MinMaxNorm(min_value=0.5, max_value=2.0, rate=1.0, axis=1)"
    )
    with pytest.raises(ValueError, match="Unknown constraint 'max'"):
        constraints.get("max")
    with pytest.raises(ValueError, match="max_value must be at least 0"):
        MaxNorm(-1)
    with pytest.raises(ValueError, match="min_value must be at most max_value, received 3 and 1"):
        MinMaxNorm(3, 1)
    with pytest.raises(ValueError, match="rate must be from 0 to 1, received 5"):
        MinMaxNorm(rate=5)
    with pytest.raises(TypeError, match="axis must be a whole number"):
        UnitNorm(axis=0.5)  # type: ignore[arg-type]


def test_every_name_is_its_class() -> None:
    names = {"max_norm": MaxNorm, "min_max_norm": MinMaxNorm, "non_neg": NonNeg}
    names["unit_norm"] = UnitNorm
    known = {**names, **{kind.__name__: kind for kind in names.values()}}
    assert known == constraints.CONSTRAINTS
    for name, kind in known.items():
        assert type(constraints.get(name)) is kind


def test_a_constraint_of_ones_own_must_say_what_is_allowed() -> None:
    class Unwritten(constraints.Constraint):
        pass

    with pytest.raises(NotImplementedError, match=r"^Unwritten must define __call__\(w\).$"):
        Unwritten()(W)
