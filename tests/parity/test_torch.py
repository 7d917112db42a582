"""PyTorch as a second opinion: softmax with cross-entropy, and SGD.

PyTorch's momentum differs by design. Its velocity is a sum of gradients, which the learning rate
multiplies afterwards; in Keras and in tinynet it is a sum of steps, each made at the learning rate
of its time:

    PyTorch  v <- m v + g,      w <- w - r v
    tinynet  v <- m v - r g,    w <- w + v

While r stays the same the two are the same, tinynet's v being -r times PyTorch's. When r falls,
what PyTorch has gathered shrinks with it at once; what tinynet has gathered runs out step by step.
Its weight decay is added to the gradient, and so goes into the velocity: without momentum that is
what Keras does, with momentum it isn't.
"""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tinynet import SGD, Dense, Sequential
from tinynet.losses import CategoricalCrossentropy
from tinynet.optimizers import Nadam

from .conftest import Compare, Digits

with warnings.catch_warnings():  # what PyTorch's own import warns of isn't ours to mend
    warnings.simplefilter("ignore")
    torch = pytest.importorskip("torch")

BATCH = 32
STEPS = 200


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Products of this size are too small to share between threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def deviation(ours: Any, theirs: Any) -> float:
    """Largest difference, relative to the largest entry."""
    a, b = np.asarray(ours), np.asarray(theirs)
    assert a.shape == b.shape
    return float(np.abs(a - b).max() / np.abs(b).max())


@pytest.mark.parametrize("targets", ["labels", "probabilities"])
def test_softmax_crossentropy(targets: str, compare: Compare) -> None:
    """Logits from -1e300 to 1e300, and ordinary ones."""
    rng = np.random.default_rng(0)
    loss = CategoricalCrossentropy(from_logits=True)
    worst = []
    for scale in (1.0, 30.0, 1e4, 1e300):
        z = scale * rng.uniform(-1, 1, (64, 10))
        t = np.eye(10)[rng.integers(0, 10, 64)]
        if targets == "probabilities":
            t = rng.dirichlet(np.ones(10), 64)
        logits = torch.tensor(z, requires_grad=True)
        value = torch.nn.functional.cross_entropy(logits, torch.tensor(t))
        value.backward()
        worst += [abs(loss.forward(t, z) / value.item() - 1)]
        worst += [deviation(loss.backward(t, z), logits.grad.numpy())]
    compare("PyTorch, float64", f"softmax and cross-entropy, {targets}", max(worst), 1e-12)


def networks(**settings: Any) -> tuple[Sequential, list[Any], Any]:
    """Return the reference network here, its parameters there, and an SGD for them."""
    ours = Sequential([Dense(128, "relu"), Dense(128, "relu"), Dense(10)], seed=0, dtype="float64")
    ours.build((784,))
    weights = [torch.tensor(value, requires_grad=True) for value in ours.get_weights()]
    return ours, weights, torch.optim.SGD(weights, **settings)


def step_of_torch(weights: list[Any], optimizer: Any, x: np.ndarray, t: np.ndarray) -> float:
    y = torch.tensor(x)
    for k in range(0, len(weights), 2):
        y = (torch.relu(y) if k else y) @ weights[k] + weights[k + 1]
    loss = torch.nn.functional.cross_entropy(y, torch.tensor(t))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.item())


@pytest.mark.parametrize(
    "settings",
    [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}, {"weight_decay": 0.01}],
    ids=lambda settings: ", ".join(f"{key}={value}" for key, value in settings.items()) or "plain",
)
def test_sgd(settings: dict[str, Any], digits: Digits, compare: Compare) -> None:
    ours, weights, optimizer = networks(lr=0.01, **settings)
    ours.compile(SGD(0.01, **settings), CategoricalCrossentropy(from_logits=True))
    losses = []
    y = digits.y.astype(np.float64)
    for step in range(STEPS):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        batch = digits.x[rows], y[rows]
        losses.append((ours.train_on_batch(*batch), step_of_torch(weights, optimizer, *batch)))
    pairs = zip(ours.get_weights(), weights, strict=True)
    worst = max(deviation(a, b.detach().numpy()) for a, b in pairs)
    name = ", ".join(f"{key} {value}" for key, value in settings.items()) or "plain"
    section = f"PyTorch, the reference network, float64, {digits.name}"
    compare(section, f"SGD, {name}: weights after step {STEPS}", worst, 1e-10)
    found, expected = np.array(losses).T
    compare(section, f"SGD, {name}: each batch's loss", abs(found / expected - 1).max(), 1e-12)


def descend(gradients: np.ndarray, rates: np.ndarray, **settings: Any) -> tuple[float, float]:
    """Let both follow these gradients at these learning rates; return where they end."""
    w, ours = np.zeros(1), SGD(lambda step: float(rates[step]), **settings)
    v = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    theirs = torch.optim.SGD([v], lr=1.0, **settings)
    for rate, gradient in zip(rates, gradients, strict=True):
        ours.update(w, np.array([gradient]))
        theirs.param_groups[0]["lr"] = rate
        v.grad = torch.tensor([gradient])
        theirs.step()
    return float(w[0]), v.item()


def test_momentum_under_a_schedule_differs_from_pytorch() -> None:
    """Both ends worked out by hand, for two steps with the gradient 1 and the momentum 1/2.

    At the rates 1 and 1/2, tinynet's steps are -1 and -1/2 - 1/2 = -1, PyTorch's -1 and
    -(1/2 + 1) / 2 = -3/4.
    """
    ours, theirs = descend(np.ones(2), np.array([1.0, 0.5]), momentum=0.5)
    assert (ours, theirs) == (-2.0, -1.75)
    ours, theirs = descend(np.ones(2), np.array([1.0, 1.0]), momentum=0.5)
    assert ours == theirs == -2.5


def test_weight_decay_with_momentum_differs_from_pytorch() -> None:
    """The decay is PyTorch's gradient's, so that its velocity remembers it; tinynet's doesn't."""
    gradients, rates = np.array([-1.0, 0.0, 0.0]), np.full(3, 0.5)
    ours, theirs = descend(gradients, rates, momentum=0.5, weight_decay=0.5)
    # tinynet: w = 0.5; w = 0.75 * 0.5 + 0.25 = 0.625; w = 0.75 * 0.625 + 0.125 = 0.59375.
    assert ours == 0.59375
    # PyTorch: v = -1, w = 0.5; v = -0.5 + 0.25, w = 0.625; v = -0.125 + 0.3125, w = 0.53125.
    assert theirs == 0.53125
    ours, theirs = descend(gradients, rates, weight_decay=0.5)
    assert ours == pytest.approx(theirs, rel=1e-15, abs=0)


def test_nadams_momentum_grows_250_times_as_slowly_in_pytorch() -> None:
    """With a momentum_decay of 1 instead of 0.004, PyTorch does what tinynet does."""
    gradients = np.random.default_rng(0).standard_normal(100)

    def end(momentum_decay: float) -> float:
        v = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        theirs = torch.optim.NAdam([v], 0.01, eps=1e-30, momentum_decay=momentum_decay)
        for gradient in gradients:
            v.grad = torch.tensor([gradient])
            theirs.step()
        return v.item()

    w, ours = np.zeros(1), Nadam(0.01, epsilon=1e-30)
    for gradient in gradients:
        ours.update(w, np.array([gradient]))
    assert w[0] == pytest.approx(end(1.0), rel=1e-6, abs=0)  # it keeps a product in float32
    assert w[0] != pytest.approx(end(0.004), rel=1e-2, abs=0)
