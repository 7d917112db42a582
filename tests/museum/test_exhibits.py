"""The museum of bugs: each exhibit is caught, named and repaired."""

import html
import inspect
import re
from types import ModuleType

import numpy as np
import pytest

from tests.support.html import empty_elements
from tinynet import museum
from tinynet.explain import mazur
from tinynet.gradcheck import check_gradients
from tinynet.gradcheck.mistakes import PATTERNS
from tinynet.museum import EXHIBITS, exhibits, layers, losses, optimizers
from tinynet.museum.exhibits import accuracies

each_exhibit = pytest.mark.parametrize("name", EXHIBITS)
# What the checker's answer must say, so that somebody who reads it knows what to look for.
WORDS = {
    "softmax_of_batch_maximum": "0/0",
    "softmax_over_the_batch": "softmax is taken along axis 0",
    "diagonal_softmax": "diagonal of the Jacobian",
    "softmax_twice": "softmax is applied twice",
    "unmasked_relu": "mask is missing",
    "relu_masked_by_gradient": "It is dy > 0",
    "forgetful_relu": "dy isn't used",
    "overwriting_relu": "changes the dy",
    "in_place_relu": "changes its input",
    "sigmoid_slope_at_input": "taken at the input",
    "dropout_scaled_by_rate": "times those in prediction",
    "unmasked_dropout": "mask is missing",
    "averaged_bias": "6 times too small",
    "shared_bias": "summed over the outputs",
    "unsummed_bias": "not summed over the batch",
    "accumulating_gradient": "earlier call",
    "transposed_weights": "transposed",
    "stray_factor": "2 times the right gradient",
    "eager_update": "already updated",
    "lost_mean": "6 times too large: a mean over the batch is missing",
    "weights_by_column": "weight was applied by column",
    "momentum_on_parameter": "not to the parameter",
    "endless_momentum": "doesn't decay",
    "uphill_momentum": "goes uphill",
    "weight_growth": "so that they grow",
    "selu_slope_of_another_scale": "wrong where x < 0",
    "leak_forgotten": "the slope there is missing",
    "transparent_softmax": "dx is dy itself",
    "deviation_for_a_constant": "the path through the variance",
    "columns_counted": "the size of another axis",
    "scale_never_learned": "all zero",
    "last_of_repeated": "np.add.at",
    "uncorrected_adam": "bias correction",
}


@each_exhibit
def test_exhibit_is_caught_and_named(name: str) -> None:
    report = EXHIBITS[name].check()
    assert not report
    assert report.mistakes[0].kind == EXHIBITS[name].kind
    assert WORDS[name] in report.mistakes[0].text
    with pytest.raises(AssertionError, match="WRONG"):
        report.assert_ok()


def test_the_collection_is_large_and_varied() -> None:
    assert len(EXHIBITS) >= 30
    assert len({exhibit.kind for exhibit in EXHIBITS.values()}) >= 24
    assert {pattern.__name__ for pattern in PATTERNS} > {"transposed", "accumulated"}


@pytest.fixture(scope="module")
def parts() -> dict[tuple[ModuleType, str], str]:
    """Return the code of all classes and functions of the museum."""
    return {
        (home, part.__name__): re.sub(r": np\.ndarray(?= = )", "", inspect.getsource(part))
        for home in (exhibits, layers, losses, optimizers)
        for part in vars(home).values()
        if (inspect.isclass(part) or inspect.isfunction(part)) and part.__module__ == home.__name__
    }


@each_exhibit
def test_right_lines_in_place_of_the_wrong_ones_repair_it(
    name: str, parts: dict[tuple[ModuleType, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The label is held to the code: it has the wrong lines in it, and the right ones cure it."""
    exhibit = EXHIBITS[name]
    wrong, right = (text.replace("\n", "\n        ") for text in (exhibit.wrong, exhibit.right))
    whole = re.compile(re.escape(wrong) + r"(?!\.)")  # not the W of W.T
    ((home, part_name, source),) = [
        (*key, text) for key, text in parts.items() if whole.search(text)
    ]
    repaired = dict(vars(home))
    exec(whole.sub(lambda found: right, source), repaired)
    monkeypatch.setattr(home, part_name, repaired[part_name])
    exhibit.check().assert_ok()


@each_exhibit
def test_sources_are_threads(name: str) -> None:
    exhibit = EXHIBITS[name]
    assert exhibit.sources or "no public thread" in exhibit.story
    for source, link in zip(exhibit.sources, exhibit.links(), strict=True):
        if source.startswith("stackoverflow#"):
            assert re.fullmatch(r"https://stackoverflow\.com/questions/\d{7,}", link)
            continue
        assert re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", source)
        assert re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+/issues/\d+", link)


@each_exhibit
def test_networks_differ_in_the_mistake_alone(name: str) -> None:
    """Both are the reference network, from equal weights, and make a step on digits."""
    exhibit = EXHIBITS[name]
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((32, 784)), np.eye(10)[rng.integers(0, 10, 32)]
    broken, repaired = exhibit.broken(), exhibit.repaired()
    losses = [float(np.ravel(model.train_on_batch(x, y))[0]) for model in (broken, repaired)]
    assert np.isfinite(losses).all()
    assert [layer.count_params() for layer in broken.layers] == [
        layer.count_params() for layer in repaired.layers
    ]
    other_forward = ("dropout_scaled_by_rate", "softmax_twice", "in_place_relu")
    same_forward = name not in (*other_forward, "softmax_over_the_batch")
    assert not same_forward or losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_repaired_parts_are_healthy() -> None:
    x, t = exhibits.example((6, 4)), exhibits.one_hot(6, 4)
    check_gradients(museum.PlainDense(3), x).assert_ok()
    check_gradients(mazur.FixedBiasDense(3, bias_initializer="zeros", use_bias=True), x)
    check_gradients(museum.ScaledNorm(), x).assert_ok()
    check_gradients(museum.RowWeightedCrossentropy(), x, t).assert_ok()


def test_accuracies_are_measured_for_every_exhibit() -> None:
    figures = accuracies()
    assert list(figures) == list(EXHIBITS)
    assert all(0 < share < 1 for pair in figures.values() for share in pair.values())
    reference = {figures[name]["right"] for name in EXHIBITS if "relu" in name}
    assert len(reference) == 1
    assert reference.pop() > 0.95
    fine = [name for name in EXHIBITS if figures[name]["wrong"] > 0.9]
    assert len(fine) > len(EXHIBITS) / 2  # which is the point of the museum


@each_exhibit
def test_label_can_be_read_in_a_terminal_and_in_a_notebook(name: str) -> None:
    exhibit = EXHIBITS[name]
    assert repr(exhibit) == f"<exhibit: {exhibit.title}>"
    text, shown = str(exhibit), exhibit._repr_html_()
    assert empty_elements(shown) == []
    for line in (exhibit.wrong + "\n" + exhibit.right).splitlines():
        assert line.strip() in text
        assert html.escape(line) in shown
    for link in exhibit.links():
        assert link in text
        assert f"href='{link}'" in shown
