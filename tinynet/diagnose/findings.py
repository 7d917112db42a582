"""The findings of `tinynet.diagnose`: a code for each fault, why it matters, and what to do.

The checks describe what they observed; the rest of the text of a finding is defined here.
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass

from tinynet._internal.checks import check_iterable
from tinynet._internal.names import explain_keywords, known_keywords

# Each code: why it matters, and what to do.
ADVICE: dict[str, tuple[str, str]] = {
    "inputs-not-finite": (
        "A single such number makes every weight NaN in one step.",
        "Find out where it comes from, and repair or remove those examples.",
    ),
    "inputs-not-scaled": (
        "A weight's gradient is proportional to its input, so large inputs make steps that are "
        "too large for one weight and too small for another, and push units into saturation.",
        "Subtract the training set's mean and divide by its standard deviation, feature by feature "
        "or for all pixels together, and do the same to validation and test data.",
    ),
    "inputs-far-from-zero": (
        "The weights first have to compensate for what is the same in all examples, and what "
        "differs between them is lost beside it. Unsigned integers have the same effect when a "
        "subtraction goes below 0: uint8 wraps around to 255.",
        "Convert to float before any arithmetic, then subtract the training set's mean and divide "
        "by its standard deviation.",
    ),
    "target-among-inputs": (
        "The network only has to copy it: training and validation look perfect, but new examples "
        "have no target to copy.",
        "Remove that column from x.",
    ),
    "constant-features": (
        "A constant column carries no information; often a column was read incorrectly.",
        "Check these columns, and remove them if they are constant on purpose.",
    ),
    "duplicate-features": (
        "A copy of a column only adds weights; often a column was joined twice.",
        "Check these columns, and keep one of each.",
    ),
    "duplicate-examples": (
        "The network memorises these examples. If the validation data contain copies, too, their "
        "metrics mean nothing.",
        "Remove the copies before splitting off validation data.",
    ),
    "constant-labels": (
        "There is nothing to learn but a constant output.",
        "Check how y was made: common causes are data sorted by class and truncated, or a wrong "
        "column.",
    ),
    "imbalanced-labels": (
        "Predicting that class is nearly always correct, so the accuracy is high although nothing "
        "has been learned.",
        "Collect or repeat examples of the rare classes, and judge by the confusion matrix.",
    ),
    "labels-off-by-one": (
        "Classes are counted from 0; counted from 1, the last has no output of its own, or the "
        "first output is never right.",
        "Subtract 1 from the labels.",
    ),
    "labels-one-hot-or-integer": (
        "categorical_crossentropy takes one-hot rows, sparse_categorical_crossentropy integers.",
        "Choose the other loss, or convert the labels by to_categorical or argmax(axis=1).",
    ),
    "labels-not-distributions": (
        "Cross-entropy compares two probability distributions; its gradient p - t is right only if "
        "each row of t sums to 1.",
        "Divide each row by its sum; for labels that don't exclude each other use a Sigmoid and "
        "binary_crossentropy.",
    ),
    "labels-refused": (
        "The loss can't be computed from such labels.",
        "Compare y with what the loss's documentation describes.",
    ),
    "targets-not-scaled": (
        "The outputs start near 0, so the first errors are as large as the targets, and the "
        "gradients with them: SGD overshoots, and Adam needs very many steps.",
        "Subtract the training targets' mean and divide by their standard deviation, and undo it "
        "on the predictions.",
    ),
    "targets-out-of-range": (
        "The network can't predict values outside the range of its last activation.",
        "End with a Dense without an activation, or bring the targets into the activation's range.",
    ),
    "sorted-not-shuffled": (
        "Each batch resembles the one before, so the metrics of an epoch, which are computed while "
        "it trains, look good, although the network forgets earlier examples.",
        "Shuffle the examples: fit does so unless shuffle=False. Use evaluate to measure.",
    ),
    "validation-sorted": (
        "Examples split off the end of sorted data differ from those before them, so "
        "the validation metrics say nothing about the rest.",
        "Shuffle x and y together before splitting; validation_split takes the last examples.",
    ),
    "validation-among-training": (
        "The network is judged by examples that it has learned from, so the validation metrics "
        "look good however little it has learned.",
        "Remove copies, then split: each example belongs to one of the two sets.",
    ),
    "validation-not-alike": (
        "The network has learned from inputs of one scale and is judged by inputs of another; "
        "what looks like overfitting may have this cause alone.",
        "Scale both with the mean and the standard deviation of the training data.",
    ),
    "class-not-in-training": (
        "A network can't learn a class that doesn't occur in the training data.",
        "Shuffle before splitting: the end of data sorted by class contains other classes.",
    ),
    "softmax-twice": (
        "The second softmax gets numbers between 0 and 1 and returns nearly the same for all "
        "classes: the loss can't come near 0 and the gradients are small.",
        "Remove one of the two.",
    ),
    "hidden-softmax": (
        "The outputs of a softmax sum to 1, so with many units each is small, and so are the "
        "gradients that pass through it.",
        'Give hidden layers another activation, such as "relu"; softmax is for the outputs.',
    ),
    "probabilities-as-logits": (
        "A softmax or sigmoid whose inputs lie in a narrow range can't give a probability near 1, "
        "so the loss can't come near 0 and the gradients are small. With from_logits=True, the "
        "loss applies the softmax or sigmoid itself.",
        "Keep a single softmax or sigmoid, and remove the activation whose outputs go into it. If "
        "the model itself ends in the right one, remove from_logits=True instead.",
    ),
    "logits-as-probabilities": (
        "The loss takes logarithms of what should be probabilities. Negative numbers have none, so "
        "the loss and most gradients are wrong.",
        "End with softmax (sigmoid for binary_crossentropy), or give the loss from_logits=True.",
    ),
    "softmax-of-one": (
        "A softmax divides by the sum of its outputs: a single output is always 1, and its "
        "gradient is 0.",
        "For yes or no use one output with a sigmoid and binary_crossentropy, or two outputs with "
        "a softmax.",
    ),
    "outputs-not-distributions": (
        "The classes exclude each other, but the outputs don't: several may be near 1, or none, "
        "and they aren't the probabilities of the classes.",
        "End with softmax and use categorical_crossentropy; for labels that don't exclude each "
        "other use sigmoids and binary_crossentropy.",
    ),
    "binary-crossentropy-for-classes": (
        "It treats each class as a separate yes-or-no answer. Answering no for all classes is "
        "correct for all but one, so the loss and a binary accuracy look good although little is "
        "learned.",
        "Use categorical_crossentropy after a softmax; for labels that don't exclude each other "
        "use sigmoids with binary_crossentropy.",
    ),
    "accuracy-of-numbers": (
        "Accuracy counts outputs that equal the target. An output rounded to 0 or 1 never equals a "
        "target that is neither.",
        'Use metrics=["mae"] or the loss alone; for yes and no, make the targets 0 and 1.',
    ),
    "accuracy-of-several-labels": (
        "Accuracy compares the largest output with the first label only. It counts the other "
        "labels as errors, and an example without a label as class 0.",
        'Use metrics=["binary_accuracy"], and look at each label\'s errors.',
    ),
    "binary-accuracy-of-classes": (
        "It counts each class as a separate answer, so predicting no for all of them looks good.",
        'Use metrics=["accuracy"], which compares the largest output with the label.',
    ),
    "dropout-on-outputs": (
        "The outputs are set to 0 at random, including the correct one: the training loss is huge "
        "and can't fall, and the gradients are mostly noise.",
        "Move the Dropout to the hidden layers: the last Dense and its activation come last.",
    ),
    "dropout-too-high": (
        "rate is the share that is dropped, not the share that is kept as in TensorFlow 1's "
        "keep_prob. Too few units remain for the network to learn.",
        "Use 1 - keep_prob, most often 0.2 to 0.5.",
    ),
    "squared-error-of-classes": (
        "Its gradient passes through the softmax, whose slope is almost 0 where the network is "
        "confident: what is most wrong changes least.",
        "Use categorical_crossentropy, or sparse_categorical_crossentropy for integer labels.",
    ),
    "penalty-too-strong": (
        "Each step shrinks the weights more than it fits the data, until nothing depends on the "
        "input any more.",
        "Divide the factor of the regularizer by 10 or 100: 1e-4 is usual for L2.",
    ),
    "batches-of-one": (
        "In training, batch normalization subtracts the batch's mean. In a batch of one example, "
        "that is the example itself, so only zeros are left, and the layers below learn nothing.",
        "Use a larger batch_size, such as 32.",
    ),
    "relu-as-output": (
        "The slope of ReLU at 0 is 0: an output that is wrongly 0 for an example gets no gradient "
        "from it, and an output that is always 0 stays 0.",
        "For classes end with softmax and categorical_crossentropy, for yes or no with sigmoid and "
        "binary_crossentropy.",
    ),
    "no-nonlinearity": (
        "The product of two matrices is a matrix: without a nonlinearity between them the two "
        "layers can compute nothing that one of them couldn't.",
        'Give the first of them an activation, such as "relu".',
    ),
    "relu-before-output": (
        "ReLU cuts off the logits below 0: classes can't be ruled out, and where all logits are "
        "cut off no gradient comes through.",
        "Remove that ReLU: the last Dense before a softmax or sigmoid has no other activation.",
    ),
    "equal-weights": (
        "Equal units get equal gradients and stay equal: the layer acts like a single unit.",
        "Use a random initializer, such as glorot_uniform or he_normal.",
    ),
    "first-loss": (
        "An untrained network gives every class about the same probability, so its loss is ln K. "
        "A loss far above means confident, wrong predictions, which the first steps must undo.",
        "Use smaller initial weights: glorot_uniform or he_normal.",
    ),
    "dead-relu": (
        "A unit that is 0 for every example gets no gradient and stays 0.",
        "Create the model again, with he_normal, biases of 0 and a lower learning rate: a dead "
        "unit doesn't recover.",
    ),
    "saturated-units": (
        "Where a sigmoid or tanh is flat its slope is almost 0, and so is every gradient that "
        "comes through it.",
        "Scale the inputs, use smaller initial weights, a lower learning rate, or ReLU.",
    ),
    "vanishing-gradients": (
        "The lower layers hardly learn, because backpropagation through each layer shrinks the "
        "gradient.",
        "Replace any sigmoid or tanh with ReLU, initialize with he_normal if the initial weights "
        "are small, or use fewer layers.",
    ),
    "exploding-gradients": (
        "Backpropagation through each layer enlarges the gradient, so the steps of the lower "
        "layers overshoot.",
        "Use smaller initial weights (he_normal with ReLU, otherwise glorot_uniform) or fewer "
        "layers.",
    ),
    "learning-rate-too-high": (
        "A typical step is about a thousandth of a weight's size. A step as large as the weight "
        "itself destroys what was learned, and the loss jumps or becomes NaN.",
        "Divide the learning rate by 10 until the loss falls steadily.",
    ),
    "learning-rate-too-low": (
        "A typical step is about a thousandth of a weight's size. With steps as small as these, "
        "training is very slow and appears to be stuck.",
        "Multiply the learning rate by 10 until the loss begins to jump, then undo the last "
        "increase.",
    ),
    "no-gradient": (
        "A step changes nothing, and the next one won't either.",
        "Look for a last ReLU or tanh with inputs in its flat range, and for a custom layer whose "
        "backward returns zeros.",
    ),
    "loss-not-finite": (
        "From here on every number is NaN, and nothing more is learned.",
        "Create the model again with a lower learning rate, and check the layer, such as a "
        "logarithm or a division in a custom layer. `fit` stops such a run.",
    ),
    "overfitting": (
        "The network has memorised its training examples and generalises less.",
        "Use more examples, a smaller network, Dropout, weight_decay, or stop earlier "
        "(EarlyStopping).",
    ),
    "labels-apart": (
        "A network that fits its training examples and is no better than chance on others has only "
        "memorised them. The most frequent cause is labels in a different order than the examples.",
        "Do the labels belong to the examples? Look at some with their labels, and shuffle x and y "
        "by the same permutation. If they do, use more examples or a smaller network.",
    ),
    "predicts-one-class": (
        "The network has collapsed: its outputs no longer depend on the input. A step that was too "
        "large disabled all units of a layer, a penalty shrank all weights, or the gradients "
        "vanish on their way down. It doesn't recover.",
        "Create the model again, with scaled inputs, he_normal or glorot_uniform weights, a lower "
        "learning rate and weaker regularizers (a tenth of each factor), and diagnose it before "
        "training.",
    ),
    "class-never-predicted": (
        "The network is always wrong for this class, which the overall accuracy hides.",
        "Check its examples and labels: are there enough of them in the training data?",
    ),
}


# Possible consequences of a network that doesn't learn, for any reason.
UNLEARNED = {"no-gradient", "learning-rate-too-low", "class-never-predicted", "predicts-one-class"}
STUCK = {*UNLEARNED, "first-loss", "vanishing-gradients"}
BROKEN = {*STUCK, "dead-relu", "saturated-units", "exploding-gradients", "learning-rate-too-high"}
UNLIKE = {"overfitting", "labels-apart"}

# A fault's consequences, which are not reported beside it.
CONSEQUENCES: dict[str, set[str]] = {
    "constant-labels": {
        *("imbalanced-labels", "labels-off-by-one", "accuracy-of-numbers", "target-among-inputs"),
        *("validation-sorted", *UNLEARNED),
    },
    "imbalanced-labels": {"class-never-predicted", "predicts-one-class"},
    "labels-off-by-one": {"class-never-predicted", "accuracy-of-numbers"},
    "labels-refused": {"accuracy-of-numbers"},
    "inputs-not-scaled": {*BROKEN, "loss-not-finite"},
    "inputs-far-from-zero": BROKEN,
    "target-among-inputs": {"inputs-not-scaled", "inputs-far-from-zero", "duplicate-features"},
    "targets-not-scaled": {
        *("exploding-gradients", "dead-relu", "learning-rate-too-high", *UNLEARNED, *UNLIKE),
        "loss-not-finite",
    },
    "duplicate-examples": {"validation-among-training"},
    "targets-out-of-range": {
        *("targets-not-scaled", "dead-relu", "saturated-units", "vanishing-gradients"),
        *("accuracy-of-numbers", *UNLEARNED, *UNLIKE),
    },
    "sorted-not-shuffled": {*UNLEARNED, *UNLIKE},
    "validation-not-alike": UNLIKE,
    "validation-sorted": UNLIKE,
    "class-not-in-training": {*UNLIKE, "validation-not-alike", "validation-sorted"},
    "labels-apart": {"overfitting"},
    "softmax-of-one": {*STUCK, "dead-relu", "constant-labels"},
    "outputs-not-distributions": {
        *("first-loss", "learning-rate-too-low", "overfitting", "binary-accuracy-of-classes"),
        "class-never-predicted",
    },
    "binary-crossentropy-for-classes": {
        *("first-loss", "overfitting", "binary-accuracy-of-classes", "labels-refused", *UNLEARNED),
        "accuracy-of-several-labels",
    },
    "dropout-on-outputs": {
        *(*STUCK, "dropout-too-high", "learning-rate-too-high", "loss-not-finite")
    },
    "dropout-too-high": {*STUCK, "dead-relu"},
    "softmax-twice": {*STUCK, "probabilities-as-logits"},
    "hidden-softmax": STUCK,
    "probabilities-as-logits": STUCK,
    "logits-as-probabilities": {*BROKEN, *UNLIKE, "loss-not-finite"},
    "squared-error-of-classes": STUCK,
    "penalty-too-strong": {*STUCK, "dead-relu", "learning-rate-too-high"},
    "batches-of-one": {*STUCK, "dead-relu"},
    "relu-before-output": {*STUCK, "dead-relu"},
    "relu-as-output": {*STUCK, "dead-relu"},
    "equal-weights": {*STUCK, "dead-relu", "saturated-units"},
    "exploding-gradients": {
        *("first-loss", "saturated-units", "dead-relu", "learning-rate-too-high"),
        *("no-gradient", "learning-rate-too-low", "class-never-predicted", "loss-not-finite"),
    },
    "first-loss": {"learning-rate-too-high", "saturated-units", "no-gradient"},
    "learning-rate-too-high": {
        *("dead-relu", "saturated-units", "vanishing-gradients", "no-gradient"),
        *("class-never-predicted", "loss-not-finite", "overfitting"),
    },
    "dead-relu": UNLEARNED - {"predicts-one-class"} | {"vanishing-gradients"},
    "saturated-units": UNLEARNED - {"predicts-one-class"} | {"vanishing-gradients"},
    "vanishing-gradients": UNLEARNED - {"predicts-one-class"},
    "predicts-one-class": {*BROKEN - {"predicts-one-class"}, *UNLIKE, "loss-not-finite"},
}


@explain_keywords
@dataclass(frozen=True)
class Finding:
    """A fault of a training run.

    Attributes
    ----------
    code : str
        A key of `ADVICE`.
    seen : str
        What was observed.
    figure : float
        The number in `seen`: a share, ratio or loss.

    Examples
    --------
    >>> print(Finding("constant-labels", "All 100 labels are 3.", 3))
    constant-labels: All 100 labels are 3. There is nothing to learn but a constant output. Check
    how y was made: common causes are data sorted by class and truncated, or a wrong column.
    """

    code: str
    seen: str
    figure: float

    @property
    def why(self) -> str:
        """Why it matters."""
        return ADVICE[self.code][0]

    @property
    def do(self) -> str:
        """What to do."""
        return ADVICE[self.code][1]

    def __str__(self) -> str:
        """Return all of it as one paragraph."""
        return f"{self.code}: {self.seen} {self.why} {self.do}"

    def _repr_html_(self) -> str:
        """Show it in a notebook."""
        return Findings([self])._repr_html_()


class Findings(list[Finding]):
    """A list of findings that is shown as text, or in a notebook as a table.

    Examples
    --------
    >>> Findings([Finding("constant-labels", "All 100 labels are 3.", 3)])
    constant-labels: All 100 labels are 3.
      Why: There is nothing to learn but a constant output.
      Do: Check how y was made: common causes are data sorted by class and truncated, or a wrong ...
    >>> Findings()
    []
    >>> print(Findings())
    Nothing was found.
    """

    @known_keywords
    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        super().__init__(check_iterable(findings, "findings", "findings"))

    def __str__(self) -> str:
        """Return each finding as a paragraph."""
        return "\n\n".join(map(str, self)) or "Nothing was found."

    def __repr__(self) -> str:
        """Return each finding with its reason and its remedy."""
        paragraphs = [f"{f.code}: {f.seen}\n  Why: {f.why}\n  Do: {f.do}" for f in self]
        return "\n\n".join(paragraphs) or "[]"

    def _repr_html_(self) -> str:
        """Show the findings in a notebook."""
        if not self:
            return "<p>Nothing was found.</p>"
        left = "style='text-align:left;vertical-align:top'"
        heads = ("Finding", "What was seen", "Why it matters", "What to do")
        rows = ["<tr>" + "".join(f"<th {left}>{head}</th>" for head in heads) + "</tr>"]
        for f in self:
            cells = [
                f"<code>{html.escape(f.code)}</code>",
                *map(html.escape, (f.seen, f.why, f.do)),
            ]
            rows.append("<tr>" + "".join(f"<td {left}>{cell}</td>" for cell in cells) + "</tr>")
        return "<table>" + "\n".join(rows) + "</table>"


def without_consequences(findings: Iterable[Finding]) -> Findings:
    """Omit findings that are consequences of others."""
    findings, explained = list(findings), set[str]()
    for finding in findings:
        explained |= CONSEQUENCES.get(finding.code, set())
    return Findings(finding for finding in findings if finding.code not in explained)
