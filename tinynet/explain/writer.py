"""One training step in numbers: each formula, the formula with its values, and the result.

`explain_step` takes a model and a few examples and writes down what `Sequential.train_step` does
with them: the forward pass, the backward pass and the update. Every line is checked: it is
evaluated from the printed digits and compared with the value that the layers computed. Each
gradient is printed beside the numerical gradient.

The computation runs in float64, on a copy of the model.
"""

import re
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

import numpy as np

from tinynet import layers, losses, optimizers, regularizers
from tinynet._internal.checks import check_bool, check_count
from tinynet._internal.names import known_keywords
from tinynet._internal.origin import is_own_class
from tinynet.explain.explanation import ArraySummary, Explanation, Line, Section
from tinynet.explain.formulas import evaluate, fill_in, write_number
from tinynet.explain.recorded_step import RecordedStep, Stage, is_dense
from tinynet.layers.base import Layer
from tinynet.layers.penalties import ActivityPenalty, rules_of
from tinynet.losses.base import one_hot_like
from tinynet.models import Sequential
from tinynet.optimizers import clipping

SMALL_PARAMETERS, SMALL_EXAMPLES = 50, 4  # up to these sizes every entry is written
SHORT_SUM = 6  # in a large network, longer sums are written with `sum` in the formula


# Elementwise layers: y in terms of x, and dx in terms of dy, x and y.
ELEMENTWISE: dict[type[Layer], tuple[str, str]] = {
    layers.ReLU: ("max(x, 0)", "dy*(x > 0)"),
    layers.Sigmoid: ("1/(1 + exp(-x))", "dy*y*(1 - y)"),
    layers.Tanh: ("tanh(x)", "dy*(1 - y**2)"),
    layers.Softplus: ("log1p(exp(x))", "dy/(1 + exp(-x))"),
    layers.Exponential: ("exp(x)", "dy*y"),
    layers.Identity: ("x", "dy"),
}


PENALTIES = (regularizers.L1, regularizers.L2, regularizers.L1L2)


@known_keywords
def explain_step(
    model: Sequential,
    x: Any,
    y: Any,
    *,
    apply: bool = False,
    digits: int = 6,
    max_terms: int | None = 20,
) -> Explanation:
    """Write out one training step with its numbers.

    For a small network (at most 50 parameters and 4 examples), every number has its own line. For
    a larger one, each array is summarised, and only the entry with the largest gradient is written
    out.

    Parameters
    ----------
    model : Sequential
        A compiled model. It is unchanged, unless `apply` is True.
    x, y : array_like
        The batch, as for `Sequential.train_on_batch`.
    apply : bool
        Whether the model itself takes the step afterwards.
    digits : int
        Significant digits of the results. The numbers in a formula are written with enough digits
        to reproduce the printed result.
    max_terms : int or None
        How many terms to write out for a sum in a large network. These are the largest terms; the
        others are combined into one number. None writes out all terms.

    Returns
    -------
    Explanation
        Print it, or make it the last expression of a notebook cell.

    Raises
    ------
    ValueError, TypeError
        If the model isn't compiled or the data don't match it.

    Notes
    -----
    x is the input, t the targets, z1 the first Dense layer's ``x @ W1 + b1``, y1 its activation,
    and so on. N is the number of examples, and K the number of outputs. dz1 is short for dL/dz1,
    the derivative of the loss with respect to each entry of z1. new_W1 is W1 after the step.

    A custom elementwise layer is explained too if it has two attributes, such as
    ``formula = "x**2"`` and ``backward_formula = "dy*2*x"``. For other layers, losses and
    optimizers, the results are shown without a formula.

    Examples
    --------
    >>> from tinynet import SGD, Dense
    >>> model = Sequential([Dense(1, "sigmoid", input_shape=(1,))], seed=0)
    >>> model.set_weights([[[0.5]], [0.25]])
    >>> model.compile(SGD(1.0), "mse")
    >>> explanation = explain_step(model, [[2.0]], [[1.0]])
    >>> for line in explanation.lines[7:]:
    ...     print(line.name, "=", " = ".join(line.parts))
    z1[0,0] = x[0,0]*W1[0,0] + b1[0] = 2*0.5 + 0.25 = 1.25
    y1[0,0] = 1/(1 + exp(-z1[0,0])) = 1/(1 + exp(-1.25)) = 0.7773
    cost[0,0] = (y1[0,0] - t[0,0])**2 = (0.77729986 - 1)**2 = 0.0495954
    L = cost[0,0]/N = 0.0495954/1 = 0.0495954
    dy1[0,0] = 2*(y1[0,0] - t[0,0])/N = 2*(0.7773 - 1)/1 = -0.4454
    dz1[0,0] = dy1[0,0]*y1[0,0]*(1 - y1[0,0]) = -0.4454003*0.7772999*(1 - 0.7772999) = -0.0771009
    dW1[0,0] = x[0,0]*dz1[0,0] = 2*(-0.0771009) = -0.154202
    db1[0] = dz1[0,0] = -0.0771009 = -0.0771009
    new_W1[0,0] = W1[0,0] - learning_rate*dW1[0,0] = 0.5 - 1*(-0.154202) = 0.654202
    new_b1[0] = b1[0] - learning_rate*db1[0] = 0.25 - 1*(-0.0771009) = 0.327101
    new_L = 0.0265943
    change = new_L - L = 0.02659433 - 0.04959535 = -0.023001
    """
    digits = min(check_count(digits, "digits", minimum=2), 17)
    if max_terms is not None:
        max_terms = check_count(max_terms, "max_terms", minimum=1)
    apply = check_bool(apply, "apply")
    step = RecordedStep(model, x, y)
    explanation = _Writer(step, digits, max_terms).write()
    if apply:
        model.train_on_batch(x, y)
    return explanation


class _Writer:
    """Writes the lines of a step."""

    def __init__(self, step: RecordedStep, digits: int, max_terms: int | None) -> None:
        self.step, self.digits, self.max_terms = step, digits, max_terms
        self.arrays = dict(step.arrays)
        self.out = step.stages[-1].output
        self.n, self.k = len(step.y), prod(step.y.shape[1:])
        t = one_hot_like(step.y, step.t)
        self.arrays |= {"t": np.array(t, dtype=np.float64), "N": np.array(float(self.n))}
        self.arrays["K"] = np.array(float(self.k))
        parameters = step.model.count_params()
        self.small = parameters <= SMALL_PARAMETERS and self.n <= SMALL_EXAMPLES
        self.optimizer = step.model.optimizer
        # z1 for y1, so that a large network is explained along the same units throughout. If loss
        # and activation are fused, the output has no gradient, and that of its logits is used.
        self.before_activation = {s.output: s.input for s in step.stages if formulas_of(s.layer)}

    def write(self) -> Explanation:
        """Write all sections."""
        with np.errstate(all="ignore"):
            sections = [self.given()]
            sections += [self.stage_forwards(stage) for stage in self.step.stages]
            sections.append(self.loss())
            sections += self.backwards()
            sections.append(self.update())
            sections.append(self.after())
        arrays = {name: v for name, v in self.arrays.items() if not name.startswith("rest_")}
        return Explanation(sections, arrays, self.step.loss, self.step.loss_after)

    # ------------------------------------------------------------------------------- entries

    def entries(self, name: str) -> list[tuple[int, ...]]:
        """Return the indices of the entries that have a line."""
        array = self.arrays[name]
        if self.small:
            return list(np.ndindex(array.shape))
        unit = name.removeprefix("new_").removeprefix("d")
        unit = self.logits if unit == self.out else self.before_activation.get(unit, unit)
        gradient = self.arrays.get("d" + unit, array)
        best = int(np.argmax(np.nan_to_num(np.abs(gradient))))
        return [tuple(int(i) for i in np.unravel_index(best, gradient.shape))]

    def summaries(self, *names: str) -> list[ArraySummary]:
        """Summarise arrays if the network is too large to show every entry."""
        return [] if self.small else [summarize(name, self.arrays[name]) for name in names]

    def line(
        self,
        name: str,
        candidates: Sequence[str | tuple[str, str]],
        actual: float,
        numerical: float | None = None,
    ) -> Line:
        """Return the line of the first formula that gives the value that the layer computed.

        A formula that loses shown digits to rounding is used only if no other formula fits.

        Parameters
        ----------
        name : str
            The entry, such as ``z1[0,2]``.
        candidates : sequence of str or (str, str)
            Formulas, the simplest first. A pair holds the formula to show and the one to fill in.
        actual : float
            The value that the layer computed.
        numerical : float, optional
            The numerical gradient, if the entry is a gradient.
        """
        if actual == 0:
            actual = 0.0  # not -0.0
        lines = []
        for candidate in candidates:
            formula, spelled = (candidate, candidate) if isinstance(candidate, str) else candidate
            numbers, value = self.substitute(spelled)
            close = abs(value - actual) <= 1e-9 * abs(actual) + 1e-13 * self.magnitude(spelled)
            if close or value == actual or (np.isnan(value) and np.isnan(actual)):
                shown, note = write_number(value, self.digits), self.note_on_rest(spelled)
                lines.append(Line(name, formula, numbers, value, shown, numerical, note))
                if not self.loses_digits(value, actual):
                    return lines[-1]
        if lines:
            return lines[0]
        shown = write_number(actual, self.digits)
        owner = "optimizer" if name.startswith("new_") else "loss" if name == "L" else "layer"
        note = f"the {owner}'s own value"
        if candidates:
            note += f"; its formula {formula} gives {write_number(value, self.digits)}"
        return Line(name, "", "", actual, shown, numerical, note)

    def loses_digits(self, value: float, actual: float) -> bool:
        """Whether cancellation left fewer correct digits than are shown."""
        return abs(value - actual) > 10.0 ** -min(self.digits, 9) * abs(actual)

    def substitute(self, formula: str) -> tuple[str, float]:
        """Fill in the numbers, with the fewest digits that reproduce the result."""
        value = evaluate(fill_in(formula, self.arrays, 17))
        shown = write_number(value, self.digits)
        for digits in range(self.digits, 18):
            numbers = fill_in(formula, self.arrays, digits)
            if write_number(evaluate(numbers), self.digits) == shown:
                break
        return numbers, value

    def magnitude(self, formula: str) -> float:
        """Return the largest number in a formula, to which rounding errors are proportional."""
        values = re.findall(r"[\d.]+(?:e[+-]?\d+)?", fill_in(formula, self.arrays, 3))
        return max([1.0, *(float(value) for value in values)])

    def note_on_rest(self, formula: str) -> str:
        rest = re.search(r"rest_\d+_of_(\d+)", formula)
        if rest is None:
            return ""
        value = write_number(float(self.arrays[rest.group()]), self.digits)
        return f"{value} is the sum of the {rest.group(1)} smallest terms"

    def total(self, terms: list[str], short: str) -> tuple[str, str]:
        """Return a sum as the formula to show and as the one to fill in.

        Parameters
        ----------
        terms : list of str
            All the terms.
        short : str
            The same sum, written with ``sum`` for large networks.
        """
        everything = " + ".join(terms)
        if self.small or len(terms) <= SHORT_SUM:
            return everything, everything
        if self.max_terms is None or len(terms) <= self.max_terms:
            return short, everything
        values = np.array([evaluate(fill_in(term, self.arrays, 17)) for term in terms])
        order = np.argsort(-np.abs(values), kind="stable")
        written = min(self.max_terms, np.count_nonzero(values))
        kept, others = sorted(order[:written]), order[written:]
        count = sum(name.startswith("rest_") for name in self.arrays)
        rest = f"rest_{count}_of_{len(others)}"
        self.arrays[rest] = np.array(values[others].sum())
        return short, " + ".join([*(terms[k] for k in kept), rest])

    def bracketed(self, terms: list[str], short: str) -> tuple[str, str]:
        """Return a sum as `total` does, in brackets unless it is written with ``sum``."""
        formula, spelled = self.total(terms, short)
        return formula if formula == short else f"({formula})", f"({spelled})"

    def gradient_line(
        self, name: str, index: tuple[int, ...], candidates: Sequence[str | tuple[str, str]]
    ) -> Line:
        """Return the line of a derivative, with the numerical derivative."""
        numerical = self.step.numerical(name.removeprefix("d"), index)
        return self.line(at(name, index), candidates, self.arrays[name][index], numerical)

    # ------------------------------------------------------------------------------ sections

    def given(self) -> Section:
        """List the values before the step."""
        model = self.step.model
        names = ["x", "t"]
        for number in dict.fromkeys(stage.number for stage in self.step.stages):
            names += [name for name in (f"W{number}", f"b{number}") if name in self.arrays]
        names += [name for name in self.step.parameters if name not in names]
        names += [
            name for name in self.arrays if name.startswith(("mask", "velocity_", "m_", "v_"))
        ]
        loss, optimizer = type(model.loss).__name__, type(self.optimizer).__name__
        trained = sum(self.step.parameters[name].size for name in self.step.trained)
        text = (
            f"{self.n} example{'s' * (self.n > 1)}, {trained} trainable parameters; "
            f"loss {loss}, optimizer {optimizer}. dz1 is short for dL/dz1, the derivative of the "
            "loss L with respect to each entry of z1."
        )
        section = Section("Given", text, [*self.summaries(*names)])
        if self.small:
            for name in names:
                section.items += [
                    self.constant(at(name, i), v) for i, v in cells(self.arrays[name])
                ]
        constants = {"N": self.n, "K": self.k, "learning_rate": self.step.learning_rate}
        for name in ("momentum", "weight_decay", "beta_1", "beta_2", "rho", "epsilon"):
            if getattr(self.optimizer, name, None):
                constants[name] = getattr(self.optimizer, name)
        if isinstance(self.optimizer, optimizers.Adam):
            constants["step"] = self.optimizer.iterations  # the update has already been counted
        for name, value in constants.items():
            self.arrays[name] = np.array(float(value))
            if name not in ("N", "K") or self.small:
                section.items.append(self.constant(name, float(value)))
        return section

    def constant(self, name: str, value: float) -> Line:
        """Return the line of a given value."""
        return Line(name, "", "", float(value), write_number(float(value), self.digits))

    def stage_forwards(self, stage: Stage) -> Section:
        """Write out one operation of the forward pass."""
        layer, h, y = stage.layer, stage.input, stage.output
        formulas = formulas_of(layer)
        title = f"Forward pass: {y} ({describe(layer)})"
        k = stage.number
        if is_dense(layer):
            text = (
                f"{y} = {h} @ W{k}" + f" + b{k}" * layer.use_bias + ", with a row for each example."
            )
        elif formulas:
            text = f"{y} = {put(formulas[0], x=h)}, elementwise."
        elif type(layer) is layers.Softmax:
            text = "Each row becomes probabilities: exp of each entry, divided by their sum."
        elif isinstance(layer, ActivityPenalty):
            text = f"{y} is {h}; its penalty is added to the loss."
        else:
            text = f"{y} is computed from {h}."
        section = Section(title, text, [*self.summaries(y)])
        for index in self.entries(y):
            candidates = self.forward_formulas(stage, index)
            section.items.append(self.line(at(y, index), candidates, self.arrays[y][index]))
        return section

    def forward_formulas(self, stage: Stage, index: tuple[int, ...]) -> list[Any]:
        layer, h, k = stage.layer, stage.input, stage.number
        formulas = formulas_of(layer)
        if is_dense(layer):
            n, o = index
            width = self.arrays[h].shape[1]
            bias = f" + b{k}[{o}]" if layer.use_bias else ""
            terms = [f"{h}[{n},{i}]*W{k}[{i},{o}]" for i in range(width)]
            short = f"sum({h}[{n},i]*W{k}[i,{o}] for i in range({width}))"
            formula, spelled = self.total(terms, short)
            return [(formula + bias, spelled + bias)]
        if formulas:
            large = ["exp(x)/(1 + exp(x))"] * (type(layer) is layers.Sigmoid)  # exp(-x) overflows
            return [put(formula, x=at(h, index)) for formula in [formulas[0], *large]]
        if type(layer) is layers.Softmax:
            return self.softmax_formulas(h, *index)
        if isinstance(layer, ActivityPenalty):
            return [at(h, index)]
        if type(layer) is layers.Dropout:
            return [f"{at(h, index)}*{at('mask' + stage.output[1:], index)}"]
        if isinstance(layer, layers.Flatten | layers.Reshape):
            return [at(h, self.reshaped(index, stage.output, h))]
        return []

    def reshaped(self, index: tuple[int, ...], source: str, target: str) -> Any:
        """Return the index in another array of an entry that a Flatten or Reshape moves."""
        flat = np.ravel_multi_index(index, self.arrays[source].shape)
        return np.unravel_index(flat, self.arrays[target].shape)

    def softmax_formulas(self, h: str, n: int, j: int) -> list[tuple[str, str]]:
        """Return the textbook formula of softmax, and one that large inputs don't overflow."""
        largest = int(self.arrays[h][n].argmax())
        candidates = []
        for shift in ("", f" - {h}[{n},{largest}]"):
            terms = [f"exp({h}[{n},{i}]{shift})" for i in range(self.arrays[h].shape[1])]
            short = f"sum(exp({h}[{n},j]{shift}) for j in range({len(terms)}))"
            formula, spelled = self.bracketed(terms, short)
            candidates.append((f"{terms[j]}/{formula}", f"{terms[j]}/{spelled}"))
        return candidates

    def loss(self) -> Section:
        """Write out the cost of each example, and their mean."""
        loss, n = self.step.model.loss, self.n
        text = LOSS_TEXTS.get(type(loss))
        if not np.isin(self.arrays["t"], (0, 1)).all():
            text = SOFT_TEXTS.get(type(loss), text)
        text = f"{text}; {self.what_l_is}" if text else name_of_loss(type(loss))
        if smoothing := getattr(loss, "label_smoothing", 0):
            text += f" t holds the targets after label smoothing by {smoothing}."
        section = Section("The loss", text)
        if type(loss) not in LOSS_TEXTS:
            self.penalties(section)
            section.items.append(self.line("L", [], self.step.loss))
            self.arrays["L"] = np.array(self.step.loss)
            return section
        by_entry = self.by_entry
        shape: tuple[int, ...] = (n, self.k) if by_entry else (n,)
        costs = np.empty(shape)
        rows = self.step.arrays[self.logits] if self.fused_or_logits else self.step.y
        for i in np.ndindex(shape):
            part = tuple(slice(k, k + 1) for k in i)  # one example, and one of its outputs
            costs[i] = self.cost(self.step.t[part], rows[part])
        self.arrays["cost"] = costs
        section.items += self.summaries("cost")
        for index in self.entries("cost"):
            candidates = self.cost_formulas(index)
            section.items.append(self.line(at("cost", index), candidates, costs[index]))
        penalties = "".join(f" + {line.name}" for line in self.penalties(section))
        terms = [at("cost", i) for i in np.ndindex(shape)]
        if by_entry and self.k > 1:
            short = f"sum(cost[n,k] for n in range({n}) for k in range({self.k}))"
        else:
            short = f"sum(cost[n{',0' * by_entry}] for n in range({n}))"
        several = self.bracketed if len(terms) > 1 else self.total
        rest = self.over() + penalties
        mean = [(formula + rest, spelled + rest) for formula, spelled in [several(terms, short)]]
        self.arrays["L"] = np.array(self.step.loss)
        section.items.append(self.line("L", mean, self.step.loss))
        return section

    def penalties(self, section: Section) -> list[Line]:
        """Write out the penalties that are added to the loss."""
        rules = [(name, rule, "") for name, rule in self.step.penalties.items()]
        for stage in self.step.stages:
            if isinstance(stage.layer, ActivityPenalty):
                rules.append((stage.input, stage.layer.regularizer, "/N"))
        lines = []
        for name, rule, divisor in rules:
            array = self.arrays[name]
            value = float(rule(array)) / (self.n if divisor else 1)
            self.arrays[f"R_{name}"] = np.array(value)
            formula = penalty_of(rule, name, array.shape) if self.small else ""
            if formula and divisor:
                formula = f"({formula}){divisor}"
            line = self.constant(f"R_{name}", value)
            lines.append(self.line(line.name, [formula], value) if formula else line)
            section.text += f" R_{name} is the penalty {rule!r} of {name}, which is added."
        section.items += lines
        return lines

    @property
    def summed(self) -> bool:
        """Whether L is the sum over the examples rather than their mean."""
        return self.step.model.loss.reduction == "sum"

    @property
    def what_l_is(self) -> str:
        """Say how L is made of the costs."""
        if not self.by_entry:
            return f"L is the {'sum' if self.summed else 'mean'} over the examples."
        if self.summed:
            return "L is the sum over the examples of their means over the outputs."
        return "L is the mean over examples and outputs."

    def over(self, *others: str) -> str:
        """Return the divisor of a formula: the sizes that L is a mean over, and others."""
        factors = ["N"] * (not self.summed) + ["K"] * (self.by_entry and self.k > 1) + [*others]
        return f"/({'*'.join(factors)})" if len(factors) > 1 else "".join(f"/{f}" for f in factors)

    @property
    def by_entry(self) -> bool:
        """Whether the cost is computed for each output rather than for each example."""
        return type(self.step.model.loss) in BY_ENTRY

    @property
    def fused_or_logits(self) -> bool:
        return self.step.fused or getattr(self.step.model.loss, "from_logits", False)

    @property
    def logits(self) -> str:
        """The name of the array that the cross-entropy is computed from."""
        return self.step.stages[-1].input if self.step.fused else self.out

    def cost(self, t: np.ndarray, row: np.ndarray) -> float:
        loss = self.step.model.loss
        from_logits = self.fused_or_logits
        return float(loss.value_from_logits(t, row) if from_logits else loss.value(t, row))

    def cost_formulas(self, index: tuple[int, ...]) -> list[Any]:
        loss, n, y = self.step.model.loss, index[0], at(self.out, index)
        t, z = at("t", index), at(self.logits, index)
        if type(loss) is losses.MeanSquaredError:
            return [f"({y} - {t})**2"]
        if type(loss) is losses.MeanAbsoluteError:
            return [f"abs({y} - {t})"]
        if type(loss) is losses.BinaryCrossentropy:
            exact = f"max({z}, 0) - {t}*{z} + log1p(exp(-abs({z})))"
            plain = {0.0: f"-log(1 - {y})", 1.0: f"-log({y})"}
            either = f"-({t}*log({y}) + (1 - {t})*log(1 - {y}))"
            if loss.from_logits:
                return [exact]
            return [plain.get(float(self.arrays["t"][index]), either), exact]
        row, h = self.arrays["t"][n], self.logits
        classes = [int(c) for c in np.flatnonzero(row)]
        candidates: list[Any] = []
        if not loss.from_logits:
            if len(classes) == 1 and row[classes[0]] == 1:
                candidates.append(f"-log({self.out}[{n},{classes[0]}])")
            else:
                logs = " + ".join(f"t[{n},{c}]*log({self.out}[{n},{c}])" for c in classes)
                candidates.append(f"-({logs})")
            total, spelled = self.row_sum(n)
            plain = candidates[-1]
            candidates.append((f"{plain} + log({total})", f"{plain} + log({spelled})"))
        if self.fused_or_logits:
            top = int(self.arrays[h][n].argmax())
            others = [j for j in range(self.k) if j != top]
            terms = [f"exp({h}[{n},{j}] - {h}[{n},{top}])" for j in others] or ["0"]
            short = f"sum(exp({h}[{n},j] - {h}[{n},{top}]) for j in range({self.k}) if j != {top})"
            formula, spelled = self.total(terms, short)
            behind = "".join(
                f" + t[{n},{c}]*({h}[{n},{top}] - {h}[{n},{c}])" for c in classes if c != top
            )
            candidates.append((f"log1p({formula}){behind}", f"log1p({spelled}){behind}"))
        return candidates

    def backwards(self) -> list[Section]:
        """Write out the derivatives, from the loss down."""
        sections = []
        stages = {stage.output: stage for stage in self.step.stages}
        above: Stage | None = None
        for name in self.step.derivatives:
            output = name[1:]
            stage = stages[output]
            text = self.backward_text(name, above)
            section = Section(f"Backward pass: {name}", text, [*self.summaries(name)])
            for index in self.entries(name):
                candidates = self.backward_formulas(output, index, above)
                section.items.append(self.gradient_line(name, index, candidates))
            sections.append(section)
            if stage.layer.learns:
                sections.append(self.parameter_gradients(stage))
            above = stage
        return sections

    def backward_text(self, name: str, above: Stage | None) -> str:
        if above is None and self.step.fused:
            sizes = " and ".join(name for name in "NK" if name in self.over())
            return (
                f"The derivative of the loss with respect to {self.logits}. For the loss and the "
                "activation together it simplifies to the prediction minus the target"
                + (f", divided by {sizes} because L is a mean." if sizes else ".")
            )
        if above is None:
            return "The derivative of the loss with respect to the output of the network."
        if is_dense(above.layer):
            k, dz = above.number, "d" + above.output
            return f"Backward through {describe(above.layer)}: {name} = {dz} @ W{k}.T."
        return f"Backward through {describe(above.layer)}: {backward_words(above.layer)}."

    def backward_formulas(
        self, output: str, index: tuple[int, ...], above: Stage | None
    ) -> list[Any]:
        """Return formulas of dL/d(output)[index]; `above` is the operation that reads `output`."""
        if above is None:
            return self.loss_gradient_formulas(index)
        layer, dy = above.layer, "d" + above.output
        formulas = formulas_of(layer)
        if is_dense(layer):
            n, i = index
            k, width = above.number, layer.units
            terms = [f"{dy}[{n},{o}]*W{k}[{i},{o}]" for o in range(width)]
            short = f"sum({dy}[{n},o]*W{k}[{i},o] for o in range({width}))"
            return [self.total(terms, short)]
        if formulas:
            x, y = at(output, index), at(above.output, index)
            return [put(formulas[1], dy=at(dy, index), x=x, y=y)]
        if type(layer) is layers.Softmax:
            n, j = index
            y, width = above.output, self.arrays[output].shape[1]
            terms = [f"{dy}[{n},{i}]*{y}[{n},{i}]" for i in range(width)]
            short = f"sum({dy}[{n},i]*{y}[{n},i] for i in range({width}))"
            formula, spelled = self.bracketed(terms, short)
            start = f"{y}[{n},{j}]*({dy}[{n},{j}] - "
            return [(f"{start}{formula})", f"{start}{spelled})")]
        if isinstance(layer, ActivityPenalty):
            slope = slope_of(layer.regularizer, at(output, index), self.arrays[output][index])
            return [f"{at(dy, index)} + ({slope})/N"] if slope else []
        if type(layer) is layers.Dropout:
            return [f"{at(dy, index)}*{at('mask' + above.output[1:], index)}"]
        if isinstance(layer, layers.Flatten | layers.Reshape):
            return [at(dy, self.reshaped(index, output, above.output))]
        return []

    def loss_gradient_formulas(self, index: tuple[int, ...]) -> list[Any]:
        loss, y, t = self.step.model.loss, at(self.out, index), at("t", index)
        over = self.over()
        if type(loss) is losses.MeanSquaredError:
            return [f"2*({y} - {t}){over}"]
        if type(loss) is losses.MeanAbsoluteError:
            return [f"({y} - {t})/abs({y} - {t}){over}", "0"]  # at the kink
        if type(loss) is losses.BinaryCrossentropy:
            if self.step.fused:
                e = f"exp(-{at(self.logits, index)})"
                exact = [f"-{e}{self.over(f'(1 + {e})')}"] * bool(self.arrays["t"][index] == 1)
                return [f"({y} - {t}){over}", *exact]
            if loss.from_logits:
                return [f"(1/(1 + exp(-{y})) - {t}){over}"]
            return [f"((1 - {t})/(1 - {y}) - {t}/{y}){over}"]
        if type(loss) in LOSS_TEXTS:
            if self.step.fused:
                return [f"({y} - {t}){over}", *self.minus_the_others(index)]
            if loss.from_logits:
                return [
                    (f"({formula} - {t}){over}", f"({spelled} - {t}){over}")
                    for formula, spelled in self.softmax_formulas(self.out, *index)
                ]
            total, spelled = self.row_sum(index[0])
            return [
                f"(1 - {t}/{y}){over}",
                (
                    f"(1 - {t}*({total})/{y}){self.over(f'({total})')}",
                    f"(1 - {t}*({spelled})/{y}){self.over(f'({spelled})')}",
                ),
            ]
        return []

    def minus_the_others(self, index: tuple[int, ...]) -> list[tuple[str, str]]:
        """Return y - 1 as minus the sum of the other probabilities: exact where y is near 1."""
        n, c = index
        if self.arrays["t"][index] != 1 or self.k == 1:
            return []
        terms = [f"{self.out}[{n},{j}]" for j in range(self.k) if j != c]
        short = f"sum({self.out}[{n},j] for j in range({self.k}) if j != {c})"
        formula, spelled = self.bracketed(terms, short)
        return [(f"-{formula}{self.over()}", f"-{spelled}{self.over()}")]

    def row_sum(self, n: int) -> tuple[str, str]:
        """Return the sum of an example's outputs, by which a cross-entropy divides them."""
        terms = [f"{self.out}[{n},{j}]" for j in range(self.k)]
        return self.total(terms, f"sum({self.out}[{n},j] for j in range({self.k}))")

    def parameter_gradients(self, stage: Stage) -> Section:
        """Write out the derivatives with respect to the parameters of one layer."""
        k, layer, h, dz = stage.number, stage.layer, stage.input, "d" + stage.output
        names = [f"d{name}{k}" for name in layer.parameter_names]
        dense = is_dense(layer)
        text = f"The gradients of {describe(layer)}."
        if dense:
            text = f"dW{k} = {h}.T @ {dz}, which sums over the examples."
            if f"db{k}" in names:
                text += f" db{k} = {dz}.sum(axis=0), because all examples share b{k}."
            if any(name[1:] in self.step.penalties for name in names):
                text += " The derivative of the penalty is added."
        section = Section(f"Backward pass: {', '.join(names)}", text, [*self.summaries(*names)])
        for name in names:
            for index in self.entries(name):
                candidates: list[Any] = []
                if dense and name == f"dW{k}":
                    i, o = index
                    terms = [f"{h}[{n},{i}]*{dz}[{n},{o}]" for n in range(self.n)]
                    short = f"sum({h}[n,{i}]*{dz}[n,{o}] for n in range({self.n}))"
                    candidates = [self.total(terms, short)]
                elif dense:
                    terms = [f"{dz}[{n},{index[0]}]" for n in range(self.n)]
                    short = f"sum({dz}[n,{index[0]}] for n in range({self.n}))"
                    candidates = [self.total(terms, short)]
                if rule := self.step.penalties.get(name[1:]):
                    slope = slope_of(rule, at(name[1:], index), self.arrays[name[1:]][index])
                    sums = [(f"{a} + {slope}", f"{b} + {slope}") for a, b in candidates]
                    candidates = sums if slope else []
                section.items.append(self.gradient_line(name, index, candidates))
        return section

    def update(self) -> Section:
        """Write out the update of each parameter."""
        optimizer = self.optimizer
        section = Section("The update", f"One step of {optimizer!r}.{self.constrained()}")
        adam = type(optimizer) in (optimizers.Adam, optimizers.AdamW)
        if adam:
            formula = "learning_rate*sqrt(1 - beta_2**step)/(1 - beta_1**step)"
            line = self.line("rate", [formula], self.substitute(formula)[1])
            self.arrays["rate"] = np.array(line.value)
            section.items.append(line)
        for w in self.step.trained:
            new = "new_" + w
            section.items += self.summaries(new)
            for index in self.entries(new):
                for name, formula in self.update_formulas(w, index):
                    candidates = [formula] if formula else []
                    actual = self.arrays[name][index]
                    section.items.append(self.line(at(name, index), candidates, actual))
        return section

    def constrained(self) -> str:
        """Say which parameters a constraint changes after the step, or nothing."""
        names = [
            f"{name}{stage.number}"
            for stage in self.step.stages
            for name in rules_of(stage.layer, "constraint")
            if stage.layer.learns
        ]
        return f" A constraint is then applied to {', '.join(names)}." if names else ""

    def update_formulas(self, w: str, index: tuple[int, ...]) -> Iterator[tuple[str, str]]:
        """Yield the array and the formula of each line of one parameter, in order."""
        optimizer, i = self.optimizer, index
        old, g, new = at(w, i), at("d" + w, i), "new_" + w
        if any(getattr(optimizer, limit) for limit in clipping.LIMITS):
            yield new, ""
            return
        if optimizer.weight_decay:
            old = f"{old}*(1 - learning_rate*weight_decay)"
        if type(optimizer) is optimizers.SGD and optimizer.momentum == 0:
            yield new, f"{old} - learning_rate*{g}"
        elif type(optimizer) is optimizers.SGD:
            v = f"velocity_{w}"
            yield "new_" + v, f"momentum*{at(v, i)} - learning_rate*{g}"
            if optimizer.nesterov:
                yield new, f"{old} + momentum*{at('new_' + v, i)} - learning_rate*{g}"
            else:
                yield new, f"{old} + {at('new_' + v, i)}"
        elif type(optimizer) is optimizers.RMSprop:
            v = f"velocity_{w}"
            if f"new_{v}" in self.arrays:
                yield "new_" + v, f"rho*{at(v, i)} + (1 - rho)*{g}**2"
                yield new, f"{old} - learning_rate*{g}/sqrt({at('new_' + v, i)} + epsilon)"
            else:
                yield new, ""
        elif type(optimizer) in (optimizers.Adam, optimizers.AdamW):
            m, v = f"m_{w}", f"v_{w}"
            yield "new_" + m, f"{at(m, i)} + ({g} - {at(m, i)})*(1 - beta_1)"
            yield "new_" + v, f"{at(v, i)} + ({g}**2 - {at(v, i)})*(1 - beta_2)"
            denominator = f"(sqrt({at('new_' + v, i)}) + epsilon)"
            yield new, f"{old} - rate*{at('new_' + m, i)}/{denominator}"
        else:
            yield new, ""

    def after(self) -> Section:
        """Write out the loss after the step."""
        self.arrays["new_L"] = np.array(self.step.loss_after)
        change = self.step.loss_after - self.step.loss
        text = "new_L is the loss of the same batch with the new parameters."
        items: list[Line | ArraySummary] = [
            self.constant("new_L", self.step.loss_after),
            self.line("change", ["new_L - L"], change),
        ]
        return Section("After the step", text, items)


def name_of_loss(kind: type) -> str:
    """Return what is said of a loss without a text."""
    if is_own_class(kind):
        return "A custom loss."
    return f"{kind.__name__}, which is derived in the docstring of tinynet.losses.{kind.__name__}."


WHOLE_ROW = "each input affects every output of its row, and the contributions add up"
STATISTICS = (
    "each input also moves the mean and the variance of its {}, and the contributions add up"
)

# The backward pass of layers that aren't elementwise.
BACKWARD_TEXTS: dict[type, str] = {
    ActivityPenalty: "the derivative of the penalty is added",
    layers.Softmax: WHOLE_ROW,
    layers.LogSoftmax: WHOLE_ROW,
    layers.BatchNormalization: STATISTICS.format("feature"),
    layers.LayerNormalization: STATISTICS.format("example"),
    layers.Dropout: "dropped entries get a gradient of 0, the others are scaled as in forward",
    layers.Flatten: "the gradient gets the shape of the input",
    layers.Reshape: "the gradient gets the shape of the input",
}


def backward_words(layer: Layer) -> str:
    """Return what a layer does to the derivative on its way down."""
    kind = next(kind for kind in type(layer).__mro__ if "backward" in vars(kind))
    if is_own_class(kind):
        return "its own backward method computes it"
    frozen = isinstance(layer, layers.BatchNormalization) and not layer.trainable
    slope = "by the chain rule, multiply by its slope"
    return slope if frozen else BACKWARD_TEXTS.get(kind, slope)


LOSS_TEXTS: dict[type, str] = {
    losses.CategoricalCrossentropy: (
        "The cost of each example is minus the logarithm of the probability predicted for the "
        "correct class"
    ),
    losses.BinaryCrossentropy: (
        "The cost of each output is minus the logarithm of the probability predicted for its target"
    ),
    losses.MeanSquaredError: "The cost of each output is its squared error",
    losses.MeanAbsoluteError: "The cost of each output is its absolute error",
}


LOSS_TEXTS[losses.SparseCategoricalCrossentropy] = LOSS_TEXTS[losses.CategoricalCrossentropy]

# The same for targets that aren't 0 or 1.
SOFT_TEXTS: dict[type, str] = {
    losses.CategoricalCrossentropy: (
        "The cost of each example is minus the sum of t times the logarithm of the predicted "
        "probability over the classes"
    ),
    losses.BinaryCrossentropy: (
        "The cost of each output is minus the weighted mean of the logarithms of the probabilities "
        "predicted for 1 and for 0, with weights t and 1 - t"
    ),
}

# The losses whose cost is computed for each output.
BY_ENTRY = (losses.MeanSquaredError, losses.MeanAbsoluteError, losses.BinaryCrossentropy)


def penalty_of(rule: Any, name: str, shape: tuple[int, ...]) -> str:
    """Return the formula of a regularizer's penalty of an array, or "" if it is unknown."""
    entries = [at(name, index) for index in np.ndindex(shape)]
    return weighted(
        rule,
        f"({' + '.join(f'abs({entry})' for entry in entries)})",
        f"({' + '.join(f'{entry}**2' for entry in entries)})",
    )


def slope_of(rule: Any, entry: str, value: float) -> str:
    """Return the formula of a penalty's derivative with respect to an entry, or ""."""
    sign = {1.0: "1", -1.0: "(-1)", 0.0: "0"}[float(np.sign(value))]
    return weighted(rule, sign, f"2*{entry}")


def weighted(rule: Any, size: str, square: str) -> str:
    """Return the sum of two terms with the weights of a regularizer, or "" if it is unknown."""
    if type(rule) not in PENALTIES:
        return ""
    terms = [f"{rule.l1!r}*{size}"] * bool(rule.l1) + [f"{rule.l2!r}*{square}"] * bool(rule.l2)
    return " + ".join(terms) or "0"


def formulas_of(layer: Layer) -> tuple[str, str] | None:
    """Return the two formulas of an elementwise layer, or None if they are unknown."""
    if type(layer) in ELEMENTWISE:
        return ELEMENTWISE[type(layer)]
    if type(layer) is layers.LeakyReLU:
        slope = layer.negative_slope
        return f"max(x, 0) - {slope!r}*max(-x, 0)", f"dy*(x > 0) + {slope!r}*dy*(0 > x)"
    if type(layer) is layers.Rescaling:
        scale, offset = float(layer.scale), float(layer.offset)
        return f"{scale!r}*x + {offset!r}", f"{scale!r}*dy"
    found = layer.__dict__.get("formula", getattr(type(layer), "formula", None))
    back = layer.__dict__.get("backward_formula", getattr(type(layer), "backward_formula", None))
    return (found, back) if isinstance(found, str) and isinstance(back, str) else None


def describe(layer: Layer) -> str:
    """Return the name of a layer in the texts."""
    return type(layer).__name__


def at(name: str, index: Any) -> str:
    """Return the name of an entry, ``z1[0,2]``; of a single number, that of the array."""
    return f"{name}[{','.join(str(int(i)) for i in index)}]" if index else name


def put(formula: str, **names: str) -> str:
    """Put names into the formula of an elementwise layer."""
    return re.sub(r"\b(dy|x|y)\b", lambda match: names[match.group()], formula)


def cells(array: np.ndarray) -> Iterator[tuple[tuple[int, ...], float]]:
    """Yield the index and the value of each entry of an array."""
    for index in np.ndindex(array.shape):
        yield index, float(array[index])


def summarize(name: str, array: np.ndarray) -> ArraySummary:
    """Return the summary of an array."""
    zeros = 1 - np.count_nonzero(array) / array.size
    norm = float(np.linalg.norm(array))
    return ArraySummary(name, array.shape, float(array.min()), float(array.max()), norm, zeros)
