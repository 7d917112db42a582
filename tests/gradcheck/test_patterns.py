"""Patterns of wrong gradients, each on numbers that fit it and on numbers that just don't."""

from typing import Any

import numpy as np
import pytest

from tests.support.evidence import evidence
from tinynet.gradcheck import check_gradients, patterns
from tinynet.gradcheck.evidence import listed
from tinynet.gradcheck.mistakes import name_mistake, wrong_shape
from tinynet.losses import Loss

RNG = np.random.default_rng(1)
X, GRADIENT = RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4))


def test_a_single_number_may_lack_the_mean() -> None:
    numeric = np.array([0.7])
    large = evidence(3 * numeric, numeric)
    assert str(patterns.batch_size(large)).startswith("3 times too large: a mean over the batch")
    small = evidence(numeric / 3, numeric)
    assert str(patterns.batch_size(small)).startswith("3 times too small")
    assert patterns.batch_size(evidence(2 * numeric, numeric)) is None
    assert patterns.batch_size(evidence(numeric, np.full(1, np.nan))) is None


def test_a_single_bias_may_be_a_mean_over_all_positions() -> None:
    class Shift:
        def __init__(self) -> None:
            self.bias = np.ones(1)

        def forward(self, x: np.ndarray) -> np.ndarray:
            return x + self.bias

        def backward(self, dy: np.ndarray) -> np.ndarray:
            self.dbias = np.array([dy.mean()])
            return dy

    (mistake,) = check_gradients(Shift(), X).mistakes
    assert "12 is the number of the outputs of all examples and positions" in mistake.text


def test_a_factor_is_explained_by_what_has_that_size() -> None:
    def said(factor: float) -> str:
        return str(patterns.constant_factor(evidence(factor * GRADIENT, GRADIENT, x=X)))

    assert said(4) == "4 times the right gradient; 4 is the number of columns of the input"
    assert said(1 / 4).startswith("0.25 times the right gradient; 4 is the number of columns")
    assert said(12) == (
        "12 times the right gradient; 12 is the number of all entries of the input, over which a "
        "mean is taken"
    )
    assert said(1.7) == "1.7 times the right gradient, everywhere: a constant factor is wrong"
    by_column = evidence(GRADIENT / 4, GRADIENT, x=X, y=np.ones((5, 4)))
    assert patterns.constant_factor(by_column) == (
        "0.25 times the right gradient; 4 is the number of columns of the input, the examples in "
        "code that keeps each in a column"
    )


@pytest.mark.parametrize(("size", "named"), [(2, False), (3, True)])
def test_a_factor_may_be_the_size_of_an_array_in_reach(size: int, named: bool) -> None:
    tables = {"table": np.ones((size, 7))}
    seen = evidence(size * GRADIENT, GRADIENT, x=X, in_reach=lambda: tables)
    assert (f"; table has {size} rows" in str(patterns.constant_factor(seen))) == named


def test_a_single_number_is_a_sum_only_of_as_many_outputs_for_each_entry() -> None:
    numeric = np.array([0.7, 0.0])
    whole = evidence(numeric / 12, numeric, y=np.ones((3, 8)), array=numeric)
    assert "12 is the number of the outputs" in str(patterns.constant_factor(whole))
    broken = evidence(numeric / 12, numeric, y=np.ones((5, 5)), array=numeric)
    assert patterns.constant_factor(broken) is None


def test_weights_by_row_are_told_from_columns_that_are_left_out() -> None:
    by_row = evidence(GRADIENT * [[1], [2], [3]], GRADIENT, x=X, array=X)
    assert patterns.wrong_axis(by_row) == (
        "right up to a factor for each row: a factor of the rows, such as an example's weight, a "
        "unit's slope or a deviation, is wrong, missing or one too many"
    )
    turned = evidence(GRADIENT * [[1], [-1], [-1]], GRADIENT, x=X, array=X)
    assert patterns.wrong_axis(turned) == (
        "the wrong sign in some rows, and right in the others: those at 1, 2"
    )
    for axis in (0, 1):
        analytic = GRADIENT.copy()
        np.moveaxis(analytic, axis, 0)[1] = 0
        left_out = evidence(analytic, GRADIENT, x=X, array=X)
        assert patterns.wrong_axis(left_out) is None
        mistake = name_mistake(left_out)
        assert mistake.kind == "only_first_or_last"
        assert mistake.text.startswith(f"zero at 1 of axis {axis} and right elsewhere")


def test_a_penalty_is_no_rounding() -> None:
    w = RNG.normal(size=(4, 2))
    numeric = RNG.normal(size=w.shape)
    added = evidence(numeric + 1e-3 * w, numeric, array=w)
    assert str(patterns.penalty_added(added)).startswith("the right gradient plus 0.001 times")
    missing = evidence(numeric - 1e-3 * w, numeric, array=w)
    assert str(patterns.penalty_added(missing)).startswith("the right gradient less 0.001 times")
    assert patterns.penalty_added(evidence(numeric + 1e-10 * w, numeric, array=w)) is None


@pytest.mark.parametrize("factor", [1.3, 0.7])
def test_a_wrong_first_entry_is_no_penalty_of_a_bias(factor: float) -> None:
    def cost(x: np.ndarray) -> tuple[float, np.ndarray]:
        slopes = np.cos(x)
        slopes[0] *= factor
        return float(np.sin(x).sum()), slopes

    (mistake,) = check_gradients(cost, [0.5, -0.4, 0.9, 0.2]).mistakes
    assert "penalised" not in mistake.text
    assert "3 of 4 entries are right, not those at [0]" in mistake.text


def test_predictions_beside_their_errors_are_no_penalty() -> None:
    """A slope of y - t and one of 3 y - t differ by 2 y, and are slopes of other losses."""
    t, error = GRADIENT, X - GRADIENT
    wrong = evidence(error + 2 * X, error, x=X, array=X, targets=t)
    assert patterns.penalty_added(wrong) is None
    unlike = evidence(X**3 + 2 * X, X**3, x=X, array=X, targets=t)
    assert str(patterns.penalty_added(unlike)).startswith("the right gradient plus 2 times")


def test_two_entries_may_be_a_multiple_by_chance() -> None:
    for dy in (np.array([[0.3, -0.7]]), np.array([[0.3, -0.7, 0.2]])):
        layer = evidence(3 * dy, dy**2, x=dy, y=dy, dy=dy, array=dy)
        assert (patterns.multiple_of_dy(layer) is None) == (dy.size == 2)


@pytest.mark.parametrize(
    ("gradient", "kind"),
    [
        (np.array(None, dtype=object), "returns_nothing"),
        (np.array({"dx": 1}, dtype=object), "wrong_shape"),
        (np.ones((5, 3, 4)), "not_summed"),
        (np.ones((4, 3)), "transposed"),
        (np.ones((3, 4), dtype=int), "wrong_shape"),
    ],
)
def test_shapes_and_types(gradient: np.ndarray, kind: str) -> None:
    mistake = wrong_shape(gradient, X, 5)
    assert mistake is not None
    assert mistake.kind == kind
    assert wrong_shape(np.ones((3, 4)), X, 5) is None


@pytest.mark.parametrize(
    ("shape", "found", "words"),
    [
        ((1, 4), (5, 4), "not summed along axis 0: .sum(axis=0, keepdims=True)"),
        (
            (5, 1),
            (5, 4),
            "not summed along axis 1: .sum(axis=1, keepdims=True); or arrays of shapes (N, 1) and "
            "(N,) are broadcast, or a product with a matrix is missing, such as @ W.T",
        ),
        ((1, 1), (1, 6), "not summed along axis 1: "),
        ((1, 4, 1), (5, 4, 7), "not summed along axes 0 and 2: .sum(axis=(0, 2), keepdims=True)"),
        ((1, 4), (5, 1), "summed along the wrong axis"),
        ((5, 1), (5, 5), "arrays of shapes (N, 1) and (N,) are broadcast"),
        ((1, 4), (5, 3), ""),
    ],
)
def test_a_row_or_column_that_isnt_summed(
    shape: tuple[int, ...], found: tuple[int, ...], words: str
) -> None:
    others = {"x": np.ones((5, 4))}  # it has the shape of dy where a layer has as many outputs
    mistake = wrong_shape(np.ones(found), np.ones(shape), 5, others)
    assert mistake is not None
    assert words in mistake.text
    assert ("not_summed" in mistake.kind) == ("not summed" in words)


def test_a_gradient_of_the_input_is_summed_over_nothing() -> None:
    for n, summed in ((5, True), (3, False)):  # the input has as many rows as the batch
        mistake = wrong_shape(np.ones((2, 3, 4)), X, n)
        assert mistake is not None
        assert ("too few axes" in mistake.text) == summed


@pytest.mark.parametrize(("count", "end"), [(3, "[0, 2]"), (4, "[0, 2] and others")])
def test_the_wrong_entries_are_listed_up_to_three(count: int, end: str) -> None:
    analytic = GRADIENT.copy()
    analytic.flat[:count] += [1.3, -2.7, 0.4, 5.9][:count]
    mistake = name_mistake(evidence(analytic, GRADIENT))
    assert mistake.kind == "unknown"
    assert mistake.text.endswith(
        f"; {12 - count} of 12 entries are right, not those at [0, 0], [0, 1], {end}"
    )


def test_which_entries_an_output_depends_on_is_judged_by_the_largest_slope() -> None:
    def entrywise(off_diagonal: float, slope: float) -> bool:
        jacobian = np.full((12, 12), off_diagonal)
        np.fill_diagonal(jacobian, slope)
        shaped = jacobian.reshape(3, 4, 3, 4)
        return evidence(GRADIENT, GRADIENT, x=X, array=X, jacobian=shaped).entrywise

    for scale in (1e-6, 1.0, 1e6):
        assert entrywise(1e-10 * scale, scale)
        assert not entrywise(1e-8 * scale, scale)


@pytest.mark.parametrize("shape", [(5,), (5, 2)])
def test_repeated_indices_of_a_table_or_a_vector(shape: tuple[int, ...]) -> None:
    indices, table = np.array([[0.0, 3.0], [3.0, 1.0]]), RNG.normal(size=shape)
    dy = RNG.normal(size=(2, 2, *shape[1:]))
    right, last = np.zeros(shape), np.zeros(shape)
    np.add.at(right, indices.astype(int), dy)
    last[indices.astype(int)] = dy
    shared = {"x": indices, "y": table[indices.astype(int)], "dy": dy, "array": table}
    said = str(patterns.last_of_repeated(evidence(last, right, **shared)))
    assert said.startswith("of an index that occurs several times only the last occurrence counts")
    assert patterns.last_of_repeated(evidence(2 * last, right, **shared)) is None


def test_a_shift_takes_more_than_three_entries() -> None:
    for length, found in ((4, False), (5, True)):
        numeric = RNG.normal(size=length)
        later = evidence(np.concatenate([[9.0], numeric[:-1]]), numeric)
        assert str(patterns.shifted(later)).startswith("the right numbers, shifted by one") == found


def test_shifts_along_either_axis_or_both() -> None:
    numeric = RNG.normal(size=(4, 5))
    for axes in ((0,), (1,), (0, 1)):
        analytic = np.roll(numeric, [1] * len(axes), axes)
        for axis in axes:
            analytic[(slice(None),) * axis + (0,)] = 9
        said = str(patterns.shifted(evidence(analytic, numeric)))
        assert f"shifted by one along axis {' and '.join(map(str, axes))}: an index" in said


def test_rows_are_left_out_if_nothing_else_is_missing() -> None:
    analytic = GRADIENT.copy()
    analytic[0] = 0
    said = str(patterns.only_first_or_last(evidence(analytic, GRADIENT)))
    assert said == "zero at 0 of axis 0 and right elsewhere: these entries are left out"
    analytic[2, 1] = 0
    assert patterns.only_first_or_last(evidence(analytic, GRADIENT)) is None


def test_the_mask_of_a_hinge_may_be_missing() -> None:
    def hinge(z: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        return float(np.maximum(0, 1 - t * z).mean()), -t / z.size

    (mistake,) = check_gradients(hinge, X, np.where(GRADIENT > 0, 1.0, -1.0)).mistakes
    assert mistake.kind == "mask_missing"
    assert "not zero where it doesn't: the mask is missing" in mistake.text


def test_rows_with_gaps_are_listed_one_by_one() -> None:
    wrong = np.zeros((6, 2), bool)
    wrong[[0, 2, 4]] = True
    assert listed(wrong) == "at [0, 0], [0, 1], [2, 0] and others"


def test_a_mean_over_three_rows_explains_a_factor_of_three() -> None:
    data, t = RNG.normal(size=(3, 2)), RNG.normal(size=3)

    def cost(w: np.ndarray) -> tuple[float, np.ndarray]:
        error = data @ w - t
        return float((error**2).mean()), 2 * data.T @ error

    (mistake,) = check_gradients(cost, RNG.normal(size=2)).mistakes
    assert "a divisor, as that of a mean, is forgotten in the gradient of `(error" in mistake.text


def test_labels_beyond_the_columns_are_no_classes() -> None:
    def loss(y: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
        error = y.sum(axis=1) - t
        return float((error**2).sum()), np.repeat(error[:, np.newaxis], 3, axis=1)

    (mistake,) = check_gradients(loss, RNG.normal(size=(6, 3)), np.arange(6)).mistakes
    assert "2 times too small" in mistake.text or "0.5 times" in mistake.text


def test_a_dict_of_one_thing_has_no_gradient_to_wrap() -> None:
    (mistake,) = check_gradients(lambda x: {"loss": float(x.sum())}, X).mistakes
    assert mistake.kind == "wrong_count"
    assert "it returned dict; if the gradient comes from another" in mistake.text


@pytest.mark.parametrize(("zeros", "words"), [(1, "in another order"), (6, "of a maximum")])
def test_misplaced_numbers_suggest_a_maximum_only_if_half_are_zero(zeros: int, words: str) -> None:
    numeric = RNG.normal(size=10)
    numeric[:zeros] = 0
    found = patterns.misplaced(evidence(numeric[::-1].copy(), numeric, x=numeric, array=numeric))
    assert words in str(found)


def test_a_loss_with_two_gradients_is_told_to_be_two_functions() -> None:
    (mistake,) = check_gradients(lambda x: (x.sum(), np.ones_like(x), 2 * x), X).mistakes
    assert mistake.kind == "wrong_count"
    assert "it returned a tuple of 3; wrap it" in mistake.text
    assert "(result[0], result[1])" in mistake.text
    (mistake,) = check_gradients(lambda x: [1.0, 2.0, 3.0], X).mistakes
    assert "it returned list; if the gradient comes from another" in mistake.text


def test_a_factor_of_two_is_no_count() -> None:
    """It is more often that of a square, or a half, than a mean over two columns."""
    x = np.random.default_rng(0).normal(size=(5, 2))
    for cost in (lambda w: ((w**2).sum(), w), lambda w: ((w**2).sum(), 4 * w)):
        text = check_gradients(cost, x).mistakes[0].text
        assert "times the right gradient" in text
        assert "number of" not in text


def test_a_mean_over_positions_is_one_of_the_output() -> None:
    """The input has as many columns as the output has positions."""

    class Steps:
        def __init__(self) -> None:
            self.W, self.b = np.random.default_rng(0).normal(size=(4, 3)), np.ones(3)

        def forward(self, x: np.ndarray) -> Any:
            self.x = x
            return x[:, 2:] @ self.W + self.b

        def backward(self, dy: np.ndarray) -> Any:
            self.dW = np.einsum("nti,nto->io", self.x[:, 2:], dy)
            self.db = dy.sum(axis=0).mean(axis=0)
            dx = np.zeros_like(self.x)
            dx[:, 2:] = dy @ self.W.T
            return dx

    x = np.random.default_rng(1).normal(size=(3, 6, 4))
    report = check_gradients(Steps(), x)
    assert "0.25 times the right gradient; 4 is the length of axis 1 of the output" in str(report)


def test_a_slope_that_no_kink_has() -> None:
    """It isn't the precision that is wrong, although the outputs are whole numbers."""

    class Twice:
        def forward(self, x: np.ndarray) -> np.ndarray:
            self.x = x
            return np.maximum(x, 0)

        def backward(self, dy: np.ndarray) -> np.ndarray:
            return dy * np.where(self.x == 0, 2.0, self.x > 0)

    report = check_gradients(Twice(), np.array([[0.0, 1, -1], [2, 0, 0]]))
    assert report.mistakes[0].kind == "wrong_at_kinks"


def test_a_small_wrong_entry_is_no_kink() -> None:
    """The entries that aren't sampled are unknown, too."""
    scale = np.array([1, 1, 1, 1e-10])

    class Small:
        def forward(self, x: np.ndarray) -> np.ndarray:
            self.y = np.tanh(x)
            return scale * self.y

        def backward(self, dy: np.ndarray) -> np.ndarray:
            return dy * scale * (1 - self.y**2) * [1, 1, 1, 2]

    x = np.random.default_rng(0).normal(size=(3, 4))
    report = check_gradients(Small(), x, max_entries=9)
    assert report.mistakes
    assert report.mistakes[0].kind != "wrong_at_kinks"


class Scaled:
    """Scales x, or its columns of mean 0, and shifts them, with gradients in the wrong order."""

    def __init__(self, is_centred: bool, size: int | None = None) -> None:
        self.is_centred = is_centred
        self.scale, self.shift = RNG.normal(size=(2, *([size] if size else [])))

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.n = x - x.mean(axis=0) if self.is_centred else x
        return self.n * self.scale + self.shift

    def backward(self, dy: np.ndarray) -> np.ndarray:
        axis = 0 if np.ndim(self.scale) else None
        self.dscale, self.dshift = dy.sum(axis), (dy * self.n).sum(axis)
        dn = dy * self.scale
        return dn - dn.mean(axis=0) if self.is_centred else dn


@pytest.mark.parametrize("is_centred", [True, False])
@pytest.mark.parametrize("size", [4, None])
def test_two_gradients_in_the_wrong_order(is_centred: bool, size: int | None) -> None:
    first, second = check_gradients(Scaled(is_centred, size), X).mistakes
    assert {first.kind, second.kind} == {"swapped_pair"}
    assert "this is the gradient of shift, and that of shift is this one's" in first.text
    assert "this is the gradient of scale, and that of scale is this one's" in second.text


def test_gradients_are_swapped_only_if_each_is_the_others() -> None:
    class Half(Scaled):
        def backward(self, dy: np.ndarray) -> np.ndarray:
            dx = super().backward(dy)
            self.dshift = self.dscale
            return dx

    (mistake,) = check_gradients(Half(False, 4), X).mistakes
    assert mistake.text.startswith("`self.n`, a factor, is forgotten")
    opposite = {"a": np.ones(4), "b": np.ones(4)}
    gradients = {"a": -GRADIENT, "b": GRADIENT}
    signs = evidence(
        gradients["a"],
        GRADIENT,
        parameters=opposite,
        gradients=gradients,
        gradient_by=lambda name: -GRADIENT if name == "b" else GRADIENT,
    )
    assert name_mistake(signs).kind == "wrong_sign"


@pytest.mark.parametrize("wrong", [(0, 1), (1, 2)])
@pytest.mark.parametrize("name", ["scale", "shift"])
def test_sums_over_the_wrong_axes(name: str, wrong: tuple[int, int]) -> None:
    class Channels:
        def __init__(self) -> None:
            self.scale, self.shift = RNG.normal(size=(2, 3, 1))

        def forward(self, x: np.ndarray) -> np.ndarray:
            self.x = x
            return x * self.scale + self.shift

        def backward(self, dy: np.ndarray) -> Any:
            axes = {"scale": (0, 2), "shift": (0, 2), name: wrong}
            self.dscale = (dy * self.x).sum(axis=axes["scale"])[:, None]
            self.dshift = dy.sum(axis=axes["shift"])[:, None]
            return dy * self.scale

    (mistake,) = check_gradients(Channels(), RNG.normal(size=(3, 3, 3))).mistakes
    assert f"summed over the axes {wrong} of the outputs, where (0, 2) is right" in mistake.text


def test_units_in_the_wrong_order_need_no_kernel() -> None:
    class Reversed:
        def __init__(self) -> None:
            self.W = np.random.default_rng(2).normal(size=(4, 2))

        def forward(self, x: np.ndarray) -> np.ndarray:
            self.x = x
            return x @ self.W

        def backward(self, dy: np.ndarray) -> np.ndarray:
            self.dW = self.x.T @ dy[:, ::-1]
            return dy @ self.W.T

    (mistake,) = check_gradients(Reversed(), np.random.default_rng(3).normal(size=(6, 4))).mistakes
    assert mistake.kind == "flipped_kernel"
    assert mistake.text == (
        "the right numbers in reverse order along the last axis: a flipped kernel, or units in "
        "the wrong order"
    )


class Deviation(Loss):
    """The mean absolute error, with a gradient that isn't divided."""

    def costs(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.abs(y - t).mean(axis=1)

    def gradient(self, t: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.sign(y - t)


def test_one_slope_everywhere_is_a_factor_not_a_fraction_cut_off() -> None:
    y = np.random.default_rng(0).normal(size=(5, 3))
    summary = check_gradients(Deviation(), y, y + 1).summary
    assert "15 times the right gradient" in summary
    assert "fractions" not in summary


def test_equal_fractions_above_one_that_are_cut_off() -> None:
    def mean(x: np.ndarray) -> tuple[float, np.ndarray]:
        gradient = np.zeros(x.shape, int)
        gradient[...] = 2.5  # wrong: becomes 2
        return 2.5 * x.sum(), gradient.astype(float)

    assert "fractions, which are cut off" in check_gradients(mean, X).summary


def test_costs_of_another_shape_are_named() -> None:
    class Total(Deviation):
        def costs(self, t: np.ndarray, y: np.ndarray) -> Any:
            return np.abs(y - t).mean()

    summary = check_gradients(Total(), np.zeros((5, 3)), np.ones((5, 3))).summary
    assert "Total.costs must return one number per example" in summary
