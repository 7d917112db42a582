"""What is wrong is caught, and called by its name."""

from typing import Any

import pytest

from tests.support.broken import BROKEN
from tests.support.students import STUDENTS
from tinynet.gradcheck import check_gradients
from tinynet.gradcheck.mistakes import PATTERNS
from tinynet.losses import Loss
from tinynet.models import Sequential


@pytest.mark.parametrize("name", BROKEN)
def test_broken_code_is_caught_and_named(name: str) -> None:
    kind, make = BROKEN[name]
    arguments, options = make()
    report = check_gradients(*arguments, **options)
    assert not report
    assert kind in ("*", report.mistakes[0].kind), str(report)
    assert report.summary.count("\n") == 0
    with pytest.raises(AssertionError) as failure:
        report.assert_ok()
    assert str(failure.value).splitlines()[0] == report.summary


def test_there_are_enough_of_all_four_kinds() -> None:
    def kind_of(target: Any) -> str:
        if isinstance(target, tuple):
            return "pair"
        if isinstance(target, Loss | Sequential) or hasattr(target, "add_parameter"):
            return "tinynet"
        return "object" if hasattr(target, "forward") else "function"

    kinds = [kind_of(make()[0][0]) for _, make in BROKEN.values()]
    assert len(BROKEN) + len(STUDENTS) >= 200
    assert len(BROKEN) >= 120
    assert min(kinds.count(kind) for kind in ("pair", "tinynet", "object", "function")) >= 15
    unnamed = [name for name, (kind, _) in BROKEN.items() if kind in ("*", "unknown")]
    assert len(unnamed) <= 15


# The checker was made without them at hand. What it doesn't name stands here, as it was at first
# sight; one was missed altogether, a clip inside a model, which is caught now.
NOT_NAMED = {
    "weights_gradient_of_the_outputs",
    "bias_added_before_the_product",
    "weights_gradient_uses_the_input_without_bias",
    "relu_passes_where_negative",
    "gelu_treated_as_its_gate",
    "layernorm_with_the_batch_axis_going_back",
    "max_pooling_shares_the_gradient",
    "recurrence_stops_one_step_early",
    "hinge_cost_counts_the_right_class",
    "absolute_cost_with_the_difference",
    "huber_cost_not_clipped",
    "logistic_cost_of_the_probability",
}


@pytest.mark.parametrize("name", STUDENTS)
def test_students_mistakes_are_caught(name: str) -> None:
    report = STUDENTS[name]()
    assert not report
    assert (report.mistakes[0].kind == "unknown") <= (name in NOT_NAMED), str(report)


def test_patterns_have_names_of_their_own() -> None:
    names = [pattern.__name__ for pattern in PATTERNS]
    assert len(set(names)) == len(names)
    assert all(pattern.__doc__ for pattern in PATTERNS)
