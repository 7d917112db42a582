"""Rules that code must follow even if its gradients are correct, because training relies on them.

- It may keep its arguments and its output, which other layers use, but must not change them.
- The result of a call must not depend on earlier calls, and batches may have any size.
- The gradients are proportional to dy.
- Large inputs of a softmax or a loss don't make an exponential overflow.
- A tinynet layer declares its parameters and writes its gradients into the declared arrays.
- Entries are dropped in training only, and the mean output is the same as in prediction.
- A loss is the mean over the examples, and doesn't take probabilities for logits.
"""

import sys
from collections.abc import Iterator

import numpy as np

from tinynet._internal.unregistered import declared_by_tinynet
from tinynet.gradcheck.crashes import FAILURES, CrashError, as_outputs, guarded, is_refusal
from tinynet.gradcheck.evidence import Mistake, factor_between, softmax_along
from tinynet.gradcheck.functions import argument_names
from tinynet.gradcheck.held import deep_copy, is_array, look_up, places, put, same
from tinynet.gradcheck.objects import STEPPED, left_alone, written
from tinynet.gradcheck.pairing import pair_up, pairs_beside
from tinynet.gradcheck.paths import LongPath, Path, TrainingPath, ValuePath, copies, prepare
from tinynet.gradcheck.report import Row
from tinynet.gradcheck.subjects import LayerSubject, Subject, is_own

FEW, MANY = 3, 60  # draws to see whether outputs are random at all
DRAWS = 400  # of a random layer, to compare its mean in training with its output in prediction
SIGMAS = 6  # by how many standard errors that mean must be off to be wrong
LARGE = 1024.0  # the factor of a larger dy
MODERATE, HUGE = (100.0, 200.0), 1e4  # sizes of inputs of which exp is finite, and is not
FLAGS = sys.platform != "emscripten"  # WebAssembly doesn't tell that a number has overflowed
STEADY = 8  # by how much outputs grow, at most, if inputs grow from the one to the other
TARGETS = ("y", "t", "y_true", "target", "targets", "label", "labels")
EQUAL = 1e-9  # results that differ by less, relative to the largest, are the same

Finding = tuple[str, tuple[int, ...], str, str]


def broken_rules(path: Path) -> list[Row]:
    """Run a few passes; return a row for each broken rule."""
    if isinstance(path, TrainingPath):
        return []
    findings: list[Finding] = []
    for prefix, rule in rules_for(path):
        try:
            for name, shape, kind, text in rule:
                findings.append((prefix + name, shape, kind, text))
        except CrashError as crash:
            findings.append((crash.where, (), crash.mistake.kind, crash.mistake.text))
    unchecked = () if isinstance(path, ValuePath) else path.subject.unchecked
    steps = any(text == STEPPED for _, _, text in unchecked)
    if steps or any(kind == "parameters_changed" for _, _, kind, _ in findings):
        findings = [f for f in findings if f[2] not in ("stale", "not_proportional")]  # that is why
    unique = {(name, kind): (name, shape, kind, text) for name, shape, kind, text in findings}
    return [
        Row(name, path.name, shape, mistake=Mistake(kind, text))
        for name, shape, kind, text in unique.values()
    ]


def rules_for(path: Path) -> Iterator[tuple[str, Iterator[Finding]]]:
    """Yield the rules that apply to a path, each with what comes before its names."""
    if isinstance(path, ValuePath):
        yield from (("", changed_arguments(path)), ("", overflows(path)))
        if path.has_rows:
            yield "", mean_of_examples(path)
    elif isinstance(path, LongPath):
        for layer, x in path.alone():
            subject = LayerSubject(layer, x)
            if not subject.own:
                yield from ((f"{layer.name}.", rule) for rule in rules_of(subject, x, path.rng))
        yield "", softmax_twice(path)
    else:
        yield from (("", rule) for rule in rules_of(path.subject, path.x, path.rng))
        yield "", overflows(path)
    if not (path.loss is None or is_own(path.loss) or isinstance(path, ValuePath)):
        outputs = path.subject.forward(path.x.copy())
        yield "", changed_arguments(ValuePath(path.loss, outputs, path.y_true, path.rng))


def rules_of(
    subject: Subject, x: np.ndarray, rng: np.random.Generator
) -> Iterator[Iterator[Finding]]:
    """Yield the rules for one subject."""
    yield watch(subject, x, rng)
    yield other_calls(subject, x, rng)
    yield proportional(subject, x)
    if isinstance(subject, LayerSubject) and not subject.own:
        yield unregistered(subject, x)
    if subject.has_modes:
        yield modes(subject, x)


# ---------------------------------------------------------------------- changes of arguments


def watch(subject: Subject, x: np.ndarray, rng: np.random.Generator) -> Iterator[Finding]:
    """Check that a pass changes neither its arguments nor the parameters."""
    subject = subject.fresh()
    given, before = x.copy(), copies(subject.parameters)
    y = subject.forward(given)
    if changed(given, x):
        text = "forward changes its input in place, which belongs to the layer below"
        yield "x", x.shape, "input_changed", text
    yield from changed_parameters(subject, before, "forward")
    dy = rng.standard_normal(y.shape)
    upstream, before = dy.copy(), copies(subject.parameters)
    kept_arrays = dict(subject.gradients()) if isinstance(subject, LayerSubject) else {}
    result, kept = subject.result, given.copy()
    subject.backward(upstream)
    if not np.allclose(given, kept, rtol=1e-9, atol=1e-12, equal_nan=True):  # or it is put back
        text = (
            "backward changes the input that forward was given, which belongs to the layer below: "
            "make a copy"
        )
        yield "x", x.shape, "input_changed", text
    if changed(as_outputs(result, "forward"), y):
        text = (
            "backward changes the output that forward has returned, which belongs to the layer "
            "above: make a copy"
        )
        yield "y", y.shape, "output_changed", text
    if changed(upstream, dy):
        text = "backward changes the dy it is given in place, which isn't its own: make a copy"
        yield "dy", dy.shape, "upstream_changed", text
    yield from changed_parameters(subject, before, "backward")
    for name, array in kept_arrays.items():
        if subject.gradients()[name] is not array:
            text = (
                f"backward binds d{name} to a new array; in a model, the optimizer looks at the "
                f"old one. Write into it: self.d{name}[...] = ..."
            )
            yield f"d{name}", array.shape, "gradient_replaced", text


def changed_parameters(
    subject: Subject, before: dict[str, np.ndarray], way: str
) -> Iterator[Finding]:
    """Check that a pass hasn't changed the parameters."""
    for name, array in subject.now().items():
        if changed(array, before[name]):
            text = (
                f"{way} changes the parameter. If it makes the step itself, the gradient of the "
                f"layer below is computed with weights that were already updated: leave the step "
                f"to the optimizer, after the backward pass"
            )
            yield name, np.shape(array), "parameters_changed", text


def changed_arguments(path: ValuePath) -> Iterator[Finding]:
    """Check that a loss or function doesn't change its arguments."""
    if path.own:
        return
    if path.loss is None:
        calls = {"the function": path.function}
        before = {"x": path.x} if path.y_true is None else {"x": path.x, "y": path.y_true}
    else:
        loss = deep_copy(path.loss)
        calls = {"value": loss.value, "gradient": loss.gradient}
        before = {"y_true": prepare(loss, path.y_true, path.x), "y_pred": path.x}
    given = {name: array.copy() for name, array in before.items()}
    for what, call in calls.items():
        with guarded(what):
            call(*given.values())
        for name, array in given.items():
            if changed(array, before[name]):
                text = f"{what} changes its {name} in place"
                yield name, array.shape, "input_changed", text
                return


# ----------------------------------------------------------------------------------- overflow


def overflows(path: Path) -> Iterator[Finding]:
    """Check that a softmax or a loss is finite at large inputs, where an exponential overflows.

    NaN must come from the overflow itself. A sigmoid that is exactly 0 or 1 makes it as well, by 0
    times the logarithm of 0, in correct code. Infinity may be the value of a loss, but not of one
    that depends only on the differences of its inputs, as the cross-entropy of logits does.
    """
    if isinstance(path, ValuePath):
        applies = path.y_true is not None
    else:
        applies = path.loss is None and not path.subject.parameters and is_softmax(path.outputs())
    if path.own or not (applies and path.moves_input and path.x.any()):
        return

    def outputs(size: float) -> np.ndarray:
        return path.at(path.x * (size / np.abs(path.x).max())).outputs()

    seen: list[str] = []
    try:
        near, far = (np.abs(outputs(size)).max() for size in MODERATE)
        if not far <= STEADY * max(near, 1):  # it grows like an exponential, or is NaN already
            return
        with np.errstate(all="call", call=lambda kind, flag: seen.append(kind)):
            large = path.at(path.x + HUGE).outputs()  # differences stay as they are
        here, beside = path.outputs(), path.at(path.x + MODERATE[0]).outputs()
    except FAILURES:
        return
    seen = [kind for kind in seen if kind != "underflow"]
    unmoved = np.allclose(beside, here, rtol=1e-6)
    if (FLAGS and "overflow" not in seen) or not (FLAGS or unmoved):
        return
    before = seen[: seen.index("invalid value")] if "invalid value" in seen else seen
    if np.isnan(large).any() and (unmoved or "divide by zero" not in before):
        what = "NaN: an exponential overflows, and inf / inf is NaN"
    elif unmoved and np.isinf(large).any():
        what = (
            "infinite, although it depends only on the differences of the inputs: an exponential "
            "overflows"
        )
    else:
        return
    text = (
        f"with inputs near {HUGE:g}, the result is {what}. Subtract the maximum of each row before "
        f"taking the exponential"
    )
    yield "y", (), "overflow", text


def is_softmax(y: np.ndarray) -> bool:
    """Whether outputs are shares that sum to 1 along an axis."""
    return any(is_share(y, axis) for axis in range(y.ndim))


# -------------------------------------------------------------------------------- other calls


def other_calls(subject: Subject, x: np.ndarray, rng: np.random.Generator) -> Iterator[Finding]:
    """Check that earlier calls don't change results, and that batches may have any size.

    Code that refuses a single example, of which there is no variance, is right.
    """
    first, used = subject.fresh(), subject.fresh()
    expected = first.forward(x.copy())
    dy = rng.standard_normal(expected.shape)
    gradients = all_gradients(first, dy)
    call(used, other_data(x, len(x) if x.ndim else 1, rng), rng, 1)
    trace = list(traces(used, x, expected, dy, gradients))
    yield from trace
    if trace or x.ndim < 2:
        return
    for n in (len(x) + 3, 2, 1):
        other = other_data(x, n, rng)
        try:
            call(subject.fresh(), other, rng, n)
        except FAILURES as error:
            if n == 1 and is_refusal(error):
                break
            if takes_any_batch(subject, x):
                text = f"with a batch of {n} in place of {len(x)}, {error}"
                text = f"{text}: the batch size is hard-coded"
                yield "x", x.shape, "fixed_batch_size", text
            return
        call(used, other, rng, n)
    yield from traces(used, x, expected, dy, gradients)


def call(subject: Subject, x: np.ndarray, rng: np.random.Generator, shift: int) -> None:
    """Go forwards and back, once in training and once forwards in prediction."""
    y = subject.forward(x.copy(), shift=shift)
    subject.backward(rng.standard_normal(y.shape))
    subject.forward(x.copy(), training=not subject.has_modes, shift=shift)


def traces(
    used: Subject,
    x: np.ndarray,
    expected: np.ndarray,
    dy: np.ndarray,
    gradients: dict[str, np.ndarray],
) -> Iterator[Finding]:
    """Check that a used copy gives the same results as a fresh one."""
    try:
        y = used.forward(x.copy())
        again = all_gradients(used, dy)
    except FAILURES as error:
        text = f"after a call with other data, {error}: an earlier call has left a trace"
        yield "y", expected.shape, "stale", text
        return
    if y.shape != expected.shape or differs(y, expected):
        text = (
            "forward gives another result after calls with other data: it works with something, "
            "such as a cache or a mask, that an earlier call left"
        )
        yield "y", y.shape, "stale", text
        return
    for name, gradient in gradients.items():
        if name in again and again[name].shape == gradient.shape and differs(again[name], gradient):
            text = (
                f"backward gives another gradient for {name} after calls with other data: it works "
                f"with something that an earlier call left, or adds to it (+=)"
            )
            yield name, np.shape(gradient), "stale", text


def carried_over(subject: Subject, x: np.ndarray) -> list[str]:
    """Return the paths of what each forward changes and the next one uses, such as its weights.

    It gives the same result again if they are restored, and another one if any of them isn't.
    """
    if not hasattr(subject, "thing"):  # functions, whose state can't be restored
        return []
    first = subject.fresh()
    before = {p.path: np.array(p.value) for p in places(first.thing) if is_array(p.value)}
    y = first.forward(x.copy())
    moved = {
        path: value
        for path, value in before.items()
        if np.shape(look_up(first.thing, path)) == value.shape
        and not same(look_up(first.thing, path), value)
    }

    def repeats(restored: dict[str, np.ndarray]) -> bool:
        other = subject.fresh()
        other.forward(x.copy())
        put(other.thing, restored)
        return same(other.forward(x.copy()), y)

    try:
        if not (moved and repeats(moved)):
            return []
        rest = {name: {n: v for n, v in moved.items() if n != name} for name in moved}
        return [name for name in moved if not repeats(rest[name])]
    except FAILURES:
        return []


def proportional(subject: Subject, x: np.ndarray) -> Iterator[Finding]:
    """Check that the gradients are proportional to dy, as far as a clip might reach."""
    gradients = []
    given = next(iter(argument_names(getattr(subject, "behind", None), first=0)), "dy")
    for scale in (1.0, 1 / LARGE, LARGE):  # powers of 2, so that rounding is the same
        fresh = subject.fresh()
        y = fresh.forward(x.copy())
        dy = scale * np.random.default_rng(0).standard_normal(y.shape)
        gradients.append(all_gradients(fresh, dy))
    expected, *others = gradients
    for name, gradient in expected.items():
        for scale, found in zip((1 / LARGE, LARGE), others, strict=True):
            if found[name].shape == gradient.shape and differs(found[name] / scale, gradient):
                size = "large" if scale > 1 else "small"
                small, large = (other[name] for other in others)
                why = why_uneven(gradient, small, large, given)
                text = (
                    f"not proportional to dy: with a dy {LARGE:g} times as {size}, it isn't "
                    f"{LARGE:g} times as {size}{why}"
                )
                yield name, gradient.shape, "not_proportional", text
                break


def why_uneven(gradient: np.ndarray, small: np.ndarray, large: np.ndarray, given: str) -> str:
    """Return how a gradient depends on dy, from those with a dy 1024 times as small and large.

    `given` is the name that `backward` gives to its argument.
    """
    if not differs(large, gradient) and not differs(small, gradient):
        return (
            ", but the same: dy isn't used, or the gradient is divided by its size; use dy as it is"
        )
    for power, words in ((2, "square"), (3, "cube")):
        if not differs(large / LARGE**power, gradient) and not differs(
            small * LARGE**power, gradient
        ):
            return (
                f": it grows with the {words} of dy, which is in it more than once, as where a "
                f"gradient is multiplied by another gradient"
            )
    slope = (large - gradient) / (LARGE - 1)
    if large.shape == small.shape and np.allclose(
        small, gradient - slope + slope / LARGE, rtol=1e-6, atol=1e-6 * np.abs(gradient).max()
    ):
        if given.lower() in TARGETS:
            return (
                f": backward seems to take the targets, {given}: pass a function of one array, "
                f"which sets that array and returns (loss, gradient)"
            )
        return (
            ": a part of it stays as it is, which isn't multiplied by dy: parentheses are missing, "
            "as in dy * 1 - y, or something is added"
        )
    return ", as when it is clipped, or something is added to it"


def other_data(x: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return an input of n examples, made of x's rows; of the same values if they are integers."""
    if not x.ndim:
        return x
    rows = np.arange(n)[::-1] % len(x)
    other = np.ascontiguousarray(x[rows])
    if other.dtype.kind == "f" and (other != np.floor(other)).any():
        other = other * rng.uniform(0.8, 0.95, other.shape)
    return other


def takes_any_batch(subject: Subject, x: np.ndarray) -> bool:
    """Whether the first axis is that of the examples, so that its length may vary."""
    if subject.batched:
        return True
    n = len(x)
    if not treats_rows_alike(subject, x):
        return False
    if any(n in np.shape(array) for array in subject.parameters.values()):
        return False
    fixed = [array for array in subject.constants() if n in array.shape]
    if any(array.shape == x.shape or is_given_by_example(array, n) for array in fixed):
        return False
    return not fixed or not takes_any_width(subject, x)


def is_given_by_example(array: np.ndarray, n: int) -> bool:
    """Whether an array has numbers for each example, such as a state; a buffer has zeros."""
    return array.ndim > 1 and len(array) == n and array.dtype.kind == "f" and bool(array.std() > 0)


def treats_rows_alike(subject: Subject, x: np.ndarray) -> bool:
    """Whether each output row depends on its own input row, or the order of rows doesn't matter.

    The rows of an image, or the words of a sentence, aren't examples.
    """
    y, moved = subject.fresh().forward(x.copy()), x.copy()
    if y.shape[:1] != x.shape[:1]:
        return False
    moved[0] = moved[-1]
    if not differs(subject.fresh().forward(moved)[1:], y[1:]):
        return True
    return not differs(subject.fresh().forward(x[::-1].copy()), y[::-1])


def takes_any_width(subject: Subject, x: np.ndarray) -> bool:
    """Whether the length of the last axis may vary, as when examples are columns."""
    more = np.concatenate([x, x[..., :1]], axis=-1)
    try:
        subject.fresh().backward(np.ones(subject.fresh().forward(more).shape))
    except FAILURES:
        return False
    return True


def all_gradients(subject: Subject, dy: np.ndarray) -> dict[str, np.ndarray]:
    """Run backward; return copies of all numeric gradients."""
    dx = subject.backward(dy.copy())
    found = copies({"x": dx, **subject.gradients()})
    return {name: array for name, array in found.items() if array.dtype.kind == "f"}


def differs(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two results differ by more than rounding.

    Near the smallest normal number, digits are lost, and more if the result is scaled afterwards.
    """
    largest = np.abs(b[np.isfinite(b)]).max(initial=0)
    faint = LARGE * np.finfo(b.dtype if b.dtype.kind == "f" else float).tiny
    return not np.allclose(a, b, rtol=EQUAL, atol=EQUAL * largest + faint, equal_nan=True)


def unregistered(subject: LayerSubject, x: np.ndarray) -> Iterator[Finding]:
    """Look for arrays with gradients that weren't declared by `add_parameter`."""
    used = subject.fresh()
    y = used.forward(x.copy())
    warm = deep_copy(used.thing)
    used.backward(np.ones(y.shape))
    alone, arrays = left_alone(subject.over, subject.fresh().thing, warm, x)
    known = {*used.thing.parameter_names, *used.thing.state_names}
    known |= declared_by_tinynet(used.thing)
    known |= {"d" + name for name in known}
    own = {name: a for name, a in arrays.items() if name in alone - known and a.ndim}
    left = {path: a for path, a in written(warm, used.thing).items() if path not in known}
    for name, gradient in (*pairs_beside("", used.thing), *pair_up(own, list(own), left)):
        if name in alone and not {name, gradient} & known and "." not in name:
            text = (
                f"self.{name} has its gradient self.{gradient} beside it, but isn't a parameter, "
                f"so that no optimizer learns it: create it in create_parameters with "
                f"self.add_parameter({name!r}, shape, initializer)"
            )
            yield name, np.shape(look_up(used.thing, name)), "unregistered", text


# ---------------------------------------------------------------------- training and prediction


def modes(subject: Subject, x: np.ndarray) -> Iterator[Finding]:
    """Check that prediction is repeatable, and equals the mean of training."""
    subject = subject.fresh()
    still = subject.forward(x.copy(), training=False, shift=1)
    random_still = varies(subject, x, still, FEW, training=False)
    first = subject.forward(x.copy(), shift=1)
    draws = MANY if changed(first, still) else FEW  # few entries may be dropped alike by chance
    random = varies(subject, x, first, draws, training=True)
    if random_still:
        where = "prediction, too" if random else "prediction, and not in training"
        text = (
            f"forward(training=False) gives other results each time: what is random in training, "
            f"such as dropping, is done in {where}"
        )
        yield "y", still.shape, "random_in_prediction", text
        return
    if still.shape != first.shape or not (random or changed(first, still)):
        return
    nonzero = still != 0
    if not nonzero.any():
        return
    if not random:
        yield from one_mask(first, still, nonzero)
        return
    factors = np.array(
        [(subject.forward(x.copy(), shift=k + 1) / still)[nonzero] for k in range(DRAWS)]
    )
    kept_entries = factors != 0
    factor = factors.max(initial=0)
    if not kept_entries.any() or not np.allclose(factors[kept_entries], factor, rtol=1e-9):
        return
    means = factors.mean(axis=1)
    mean, error = means.mean(), means.std() / np.sqrt(DRAWS)
    if abs(mean - 1) > SIGMAS * error + 1e-9:
        share = kept_entries.mean()
        still_factor = (factor_between(still, x) if still.shape == x.shape else None) or 1.0
        cure = f"where 1/{share:.3g} would keep the mean"
        if not np.isclose(still_factor, 1):
            cure = (
                f"and in prediction all are multiplied by {still_factor:.3g}: multiply in one of "
                f"the two alone, by 1/{share:.3g} in training or by {share:.3g} in prediction"
            )
        text = (
            f"in training the outputs are on average {mean:.3g} times those in prediction: a share "
            f"of {share:.3g} is kept and multiplied by {factor * still_factor:.3g}, {cure}"
        )
        yield "y", still.shape, "wrong_mean", text


def varies(
    subject: Subject, x: np.ndarray, first: np.ndarray, draws: int, *, training: bool
) -> bool:
    """Whether the outputs depend on the random numbers, as far as some draws show."""
    shifts = range(2, 2 + draws)
    return any(
        changed(first, subject.forward(x.copy(), training=training, shift=k)) for k in shifts
    )


def one_mask(first: np.ndarray, still: np.ndarray, nonzero: np.ndarray) -> Iterator[Finding]:
    """Check whether training drops the same entries every time."""
    factors = (first / np.where(nonzero, still, 1))[nonzero]
    left = factors[factors != 0]
    if 0 < len(left) < len(factors) and np.allclose(left, left[0], rtol=1e-9) and left[0] >= 1:
        text = (
            f"training drops the same {len(factors) - len(left)} of {len(factors)} entries in "
            f"every call: the mask is drawn once, or by a generator that each call makes anew, "
            f"where each call must draw its own"
        )
        yield "mask", first.shape, "stale", text


def softmax_twice(path: LongPath) -> Iterator[Finding]:
    """Check whether softmax is applied twice: by two layers, or by the last layer and the loss.

    Adding a number to a whole row changes probabilities, but not the softmax of logits. Nor does it
    change a hinge loss, which is told apart because halving the scores halves its distance from the
    loss of zeros.
    """
    if path.loss is None:
        return
    *_, z, y = [path.x, *path.fresh().trace()]
    if y.ndim != 2 or y.shape[1] < 2 or not is_share(y):
        return
    if z.shape == y.shape and is_share(z) and np.allclose(y, softmax_along(z, 1)):
        text = (
            "the last layer makes a softmax of probabilities, whose rows sum to 1 already: softmax "
            "is applied twice"
        )
        yield "y", y.shape, "softmax_twice", text
        return
    p = np.random.default_rng(0).dirichlet(np.ones(y.shape[1]), len(y))
    shifted = p + np.linspace(1, 2, len(y))[:, np.newaxis]
    if not np.allclose(path.loss_of(p), path.loss_of(shifted), rtol=1e-12, atol=0):
        return
    ends = path.loss_of(p) + path.loss_of(np.zeros_like(p))
    if not np.allclose(path.loss_of(p / 2), ends / 2, rtol=1e-12, atol=0):
        text = (
            "the outputs are probabilities, whose rows sum to 1, but the loss takes them for "
            "logits: softmax is applied twice"
        )
        yield "y", y.shape, "softmax_twice", text


def is_share(z: np.ndarray, axis: int = 1) -> bool:
    """Whether numbers may be probabilities that sum to 1 along an axis."""
    return bool((z >= 0).all() and np.allclose(z.sum(axis=axis), 1))


# -------------------------------------------------------------------------------------- losses


def mean_of_examples(path: ValuePath) -> Iterator[Finding]:
    """Check that the loss of a batch is the mean over its examples.

    A function may return a sum or anything else. It is only checked for broadcasting, if the shapes
    of predictions and targets are (N, 1) and (N,).
    """
    n = len(path.x)
    if n < 2:
        return
    values = []
    for k in range(n):
        try:
            values.append(float(path.at(path.x[[k]].copy(), np.array([k])).outputs()[0]))
        except FAILURES:
            if path.loss is not None:
                raise
            return
    whole, mean = float(path.outputs()[0]), float(np.mean(values))
    size = max(abs(whole), float(np.abs(values).max()), 1e-300)
    if not np.isfinite([whole, *values]).all() or abs(whole - mean) <= 1e-9 * size:
        return
    is_sum = abs(whole - float(np.sum(values))) <= 1e-9 * size * n
    if pairs_up(path, whole, size) and not is_sum:
        shapes = f"{path.x.shape} and {np.shape(np.asarray(path.y_true))}"
        text = (
            f"predictions and targets of shapes {shapes} are broadcast against each other, so "
            f"that every prediction meets every target: the loss of the batch is {whole:.6g}, the "
            f"mean of its examples' losses {mean:.6g}; bring both to one shape"
        )
        yield path.input_name, path.x.shape, "broadcast", text
    elif path.loss is not None and not path.own:  # tinynet's sums say that they are sums
        text = (
            f"the loss of the batch, {whole:.6g}, isn't the mean of its examples' losses, "
            f"{mean:.6g}{', but their sum' if is_sum else ''}"
        )
        yield path.input_name, path.x.shape, "not_a_mean", text


def pairs_up(path: ValuePath, whole: float, size: float) -> bool:
    """Whether permuting targets of shape (N,) or (N, 1) leaves the loss unchanged."""
    y, n = path.y_true, len(path.x)
    if y is None or {path.x.shape, y.shape} != {(n,), (n, 1)} or (y == y[0]).all():
        return False
    shuffled = path.at(path.x.copy(), np.roll(np.arange(n), 1))
    return abs(float(shuffled.outputs()[0]) - whole) <= 1e-12 * size


def changed(array: np.ndarray, before: np.ndarray) -> bool:
    """Whether an array, or a number, differs from its earlier value."""
    array = np.asarray(array)
    return not np.array_equal(array, before, equal_nan=array.dtype.kind in "fc")
