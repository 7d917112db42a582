"""What can go wrong in a training run: a code for each fault, why it matters, and what to do.

`tinynet.diagnose` looks for them. Its checks write what they saw; the rest of a finding's text
stands here.
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass

from tinynet._internal.checks import check_iterable
from tinynet._internal.names import explain_keywords, known_keywords

# Each code: why it matters, and what to do.
ADVICE: dict[str, tuple[str, str]] = {
    "inputs-not-finite": (
        "One such number spoils every weight in a single step.",
        "Find out where it comes from, and repair or leave out those examples.",
    ),
    "inputs-not-scaled": (
        "A weight's gradient is proportional to its input, so large inputs make steps that are "
        "too large for one weight and too small for another, and push units into saturation.",
        "Subtract the training set's mean and divide by its standard deviation, feature by feature "
        "or for all pixels together, and do the same to validation and test data.",
    ),
    "inputs-far-from-zero": (
        "The weights first have to learn away what is the same in all examples, and what differs "
        "between them is drowned in it. Unsigned integers do this, too, when a subtraction takes "
        "them below 0: uint8 goes on with 255.",
        "Convert to float before any arithmetic, then subtract the training set's mean and divide "
        "by its standard deviation.",
    ),
    "target-among-inputs": (
        "The network need only copy it: training and validation look perfect, and on examples "
        "whose target isn't known there is nothing to copy.",
        "Leave that column out of x.",
    ),
    "constant-features": (
        "What is the same in every example can't tell them apart; often a column was read wrongly.",
        "Look at these columns, and leave them out if they are meant to be so.",
    ),
    "duplicate-features": (
        "A copy of a column adds nothing but weights; often a column was joined twice.",
        "Look at these columns, and keep one of each.",
    ),
    "duplicate-examples": (
        "The network learns these examples by heart, and if copies lie in the validation data too, "
        "its figures say nothing.",
        "Remove the copies before splitting off validation data.",
    ),
    "constant-labels": (
        "There is nothing to learn but to say always the same.",
        "Look at how y was made: data sorted by class and cut off do this, or a wrong column.",
    ),
    "imbalanced-labels": (
        "Always naming that class is right nearly always, so accuracy looks good while nothing has "
        "been learned.",
        "Collect or repeat examples of the rare classes, and judge by the confusion matrix.",
    ),
    "labels-off-by-one": (
        "Classes are counted from 0; counted from 1, the last has no output of its own, or the "
        "first output is never right.",
        "Subtract 1 from the labels.",
    ),
    "labels-one-hot-or-integer": (
        "categorical_crossentropy wants one-hot rows, sparse_categorical_crossentropy integers.",
        "Choose the other loss, or turn the labels with to_categorical or argmax(axis=1).",
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
        "gradients with them: SGD overshoots, and Adam takes ages to get there.",
        "Subtract the training targets' mean and divide by their standard deviation, and undo it "
        "on the predictions.",
    ),
    "targets-out-of-range": (
        "What the last activation can't return, the network can't learn to predict.",
        "End with a Dense without an activation, or bring the targets into the activation's range.",
    ),
    "sorted-not-shuffled": (
        "Each batch holds what the network has just seen, so the figures of an epoch, which are "
        "computed during it, look good, while it forgets what came before.",
        "Shuffle the examples: fit does so unless it is told shuffle=False. Judge by evaluate.",
    ),
    "validation-sorted": (
        "Examples split off the end of sorted data are of other kinds than those before them, so "
        "the validation's figures say nothing about the rest.",
        "Shuffle x and y together before splitting; validation_split takes the last examples.",
    ),
    "validation-not-alike": (
        "The network has learned from inputs of one scale and is judged by inputs of another; "
        "what looks like overfitting may be nothing but that.",
        "Prepare both alike: with the mean and the standard deviation of the training data.",
    ),
    "class-not-in-training": (
        "Of a class that it never met a network can learn nothing but that it doesn't occur.",
        "Shuffle before splitting: of data sorted by class and cut off, the last are missing.",
    ),
    "softmax-twice": (
        "The second softmax gets numbers between 0 and 1 and returns nearly the same for all "
        "classes: the loss can't come near 0 and the gradients are small.",
        "Remove one of the two.",
    ),
    "hidden-softmax": (
        "A softmax makes its units compete for a sum of 1: each says little, the layers above "
        "start from next to nothing, and the gradients that come through are small.",
        'Give hidden layers another activation, such as "relu"; softmax is for the outputs.',
    ),
    "probabilities-as-logits": (
        "With from_logits=True the loss applies the softmax or sigmoid itself, so it is applied "
        "twice: the loss can't come near 0 and the gradients are small.",
        "Remove the activation at the end, or from_logits=True.",
    ),
    "logits-as-probabilities": (
        "The loss takes logarithms of what should be probabilities; of negative numbers there are "
        "none, so the loss is wrong and most gradients too.",
        "End with softmax (sigmoid for binary_crossentropy), or give the loss from_logits=True.",
    ),
    "softmax-of-one": (
        "A softmax divides by the sum of its outputs: of a single one it makes 1, and no gradient "
        "comes through.",
        "For yes or no use one output with a sigmoid and binary_crossentropy, or two outputs with "
        "a softmax.",
    ),
    "outputs-not-distributions": (
        "The classes exclude each other, and the outputs don't: they may say yes to several "
        "classes or to none, and aren't the probabilities of the classes.",
        "End with softmax and use categorical_crossentropy; for labels that don't exclude each "
        "other use sigmoids and binary_crossentropy.",
    ),
    "binary-crossentropy-for-classes": (
        "It takes each class for a question of its own. Saying no to all classes is right in all "
        "answers but one, so the loss and a binary accuracy look good while little is learned.",
        "Use categorical_crossentropy after a softmax; for labels that don't exclude each other "
        "use sigmoids with binary_crossentropy.",
    ),
    "accuracy-of-numbers": (
        "Accuracy counts outputs that hit the target: of an output that is rounded to 0 or 1 and "
        "a target that is neither, that is never, or by chance.",
        'Use metrics=["mae"] or the loss alone; for yes and no, make the targets 0 and 1.',
    ),
    "accuracy-of-several-labels": (
        "Accuracy compares the largest output with the first of the labels alone. It counts a "
        "network as wrong that finds the others, and an example without a label as one of class 0.",
        'Use metrics=["binary_accuracy"], and look at each label\'s errors.',
    ),
    "binary-accuracy-of-classes": (
        "It counts each class as an answer of its own, so that saying no to all of them looks "
        "good.",
        'Use metrics=["accuracy"], which compares the largest output with the label.',
    ),
    "dropout-on-outputs": (
        "What the network says is set to 0 at random, the correct answer, too: the training loss "
        "is huge and can't fall, and the gradients are mostly noise.",
        "Move the Dropout to the hidden layers: the last Dense and its activation come last.",
    ),
    "dropout-too-high": (
        "rate is the share that is dropped, not the share that is kept as in TensorFlow 1's "
        "keep_prob: so little is left that the network can hardly learn.",
        "Use 1 - keep_prob, most often 0.2 to 0.5.",
    ),
    "relu-as-output": (
        "A ReLU that is 0 has no slope: an output that is 0 for an example which it belongs to "
        "learns nothing from it, and one that is always 0 stays so.",
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
        "Units that start equal get equal gradients and stay equal: the layer is worth one unit.",
        "Use a random initializer, such as glorot_uniform or he_normal.",
    ),
    "first-loss": (
        "A network that knows nothing gives every class about the same probability, which costs "
        "ln K. One that starts far above is confidently wrong, and spends its first steps on that.",
        "Use smaller initial weights: glorot_uniform or he_normal.",
    ),
    "dead-relu": (
        "A unit that is 0 for every example gets no gradient and stays that way.",
        "Lower the learning rate, start with he_normal and biases of 0, and start anew: a dead "
        "unit doesn't come back.",
    ),
    "saturated-units": (
        "Where a sigmoid or tanh is flat its slope is almost 0, and so is every gradient that "
        "comes through it.",
        "Scale the inputs, use smaller initial weights, a lower learning rate, or ReLU.",
    ),
    "vanishing-gradients": (
        "The lower layers hardly learn: each layer on the way back has made the gradient smaller.",
        "Use ReLU in place of sigmoids, he_normal in place of small initial weights, fewer layers.",
    ),
    "exploding-gradients": (
        "Each layer on the way back has made the gradient larger; the steps of the lower layers "
        "overshoot by far.",
        "Use smaller initial weights (he_normal with ReLU, glorot_uniform else) or fewer layers.",
    ),
    "learning-rate-too-high": (
        "About a thousandth of a weight's size is a usual step. One as large as the weight itself "
        "throws away what was learned, and the loss leaps about or becomes NaN.",
        "Divide the learning rate by 10 until the loss falls steadily.",
    ),
    "learning-rate-too-low": (
        "About a thousandth of a weight's size is a usual step. With steps as small as these, "
        "training takes ages and looks as if it were stuck.",
        "Multiply the learning rate by 10 until the loss begins to leap, then go one step back.",
    ),
    "no-gradient": (
        "A step changes nothing, and the next one won't either.",
        "Look for a last ReLU or tanh whose inputs lie where it is flat, and for a layer of your "
        "own whose backward returns zeros.",
    ),
    "loss-not-finite": (
        "From here on every number is NaN; nothing more is learned.",
        "Start anew with a lower learning rate and look at that layer: a logarithm or a division "
        "in a layer of your own? `fit` stops such a run.",
    ),
    "overfitting": (
        "The network has learned its training examples by heart, and less of what they have in "
        "common.",
        "Use more examples, a smaller network, Dropout, weight_decay, or stop earlier "
        "(EarlyStopping).",
    ),
    "labels-apart": (
        "A network that learns its training examples and does no better than chance on others has "
        "learned them by heart because there is nothing else to learn: most often the labels lie "
        "in another order than the examples.",
        "Do the labels belong to the examples? Look at some with their labels, and shuffle x and y "
        "by one permutation. Only if they do, use more examples or a smaller network.",
    ),
    "predicts-one-class": (
        "The network has collapsed: its outputs don't depend on the input any more, mostly because "
        "too large a step has put all units of a layer out of action. It doesn't come back.",
        "Make the model anew, with scaled inputs, he_normal or glorot_uniform weights and a lower "
        "learning rate, and diagnose it before the training.",
    ),
    "class-never-predicted": (
        "For this class the network is always wrong, which the overall accuracy hides.",
        "Look at its examples and labels: are they among the training data, are there enough?",
    ),
}


# What can follow from a network that doesn't learn, whatever the cause.
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
    """One thing that is wrong with a run.

    Attributes
    ----------
    code : str
        Which, a key of `ADVICE`.
    seen : str
        What was seen, with its figure.
    figure : float
        The figure alone: the share, ratio or loss that `seen` speaks of.

    Examples
    --------
    >>> print(Finding("constant-labels", "All 100 labels are 3.", 3))
    constant-labels: All 100 labels are 3. There is nothing to learn but to say always the same.
    Look at how y was made: data sorted by class and cut off do this, or a wrong column.
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
        """Write all of it as one paragraph."""
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
      Why: There is nothing to learn but to say always the same.
      Do: Look at how y was made: data sorted by class and cut off do this, or a wrong column.
    >>> Findings()
    []
    >>> print(Findings())
    Nothing was found.
    """

    @known_keywords
    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        super().__init__(check_iterable(findings, "findings", "findings"))

    def __str__(self) -> str:
        """Write each finding as a paragraph."""
        return "\n\n".join(map(str, self)) or "Nothing was found."

    def __repr__(self) -> str:
        """Write each finding with its reason and its remedy."""
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
    """Leave out what follows from another finding."""
    findings, explained = list(findings), set[str]()
    for finding in findings:
        explained |= CONSEQUENCES.get(finding.code, set())
    return Findings(finding for finding in findings if finding.code not in explained)
