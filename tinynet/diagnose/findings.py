"""What can go wrong in a training run: a code for each fault, why it matters, and what to do.

`tinynet.diagnose` looks for them. Its checks write what they saw; the rest of a finding's text
stands here.
"""

import html
from dataclasses import dataclass

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
        "The cross-entropy looks only at the probability of the right class: if they needn't add "
        "up to 1, saying yes to every class costs nothing, and the loss falls while little is "
        "learned.",
        "End with softmax; for labels that don't exclude each other use binary_crossentropy.",
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
    "class-never-predicted": (
        "For this class the network is always wrong, which the overall accuracy hides.",
        "Look at its examples and labels: are they among the training data, are there enough?",
    ),
}


# A fault's consequences, which are not reported beside it.
CONSEQUENCES: dict[str, set[str]] = {
    "constant-labels": {"imbalanced-labels", "labels-off-by-one", "class-never-predicted"},
    "imbalanced-labels": {"class-never-predicted"},
    "labels-off-by-one": {"class-never-predicted"},
    "inputs-not-scaled": {
        "no-gradient",
        *("first-loss", "dead-relu", "saturated-units", "vanishing-gradients"),
        *("exploding-gradients", "learning-rate-too-high", "learning-rate-too-low"),
        *("class-never-predicted", "loss-not-finite"),
    },
    "targets-not-scaled": {
        *("exploding-gradients", "dead-relu", "learning-rate-too-high", "learning-rate-too-low"),
        *("overfitting", "loss-not-finite"),
    },
    "targets-out-of-range": {
        *("targets-not-scaled", "learning-rate-too-low", "no-gradient", "dead-relu"),
        *("saturated-units", "vanishing-gradients", "overfitting"),
    },
    "validation-not-alike": {"overfitting"},
    "class-not-in-training": {"overfitting", "validation-not-alike"},
    "softmax-of-one": {
        *("first-loss", "no-gradient", "learning-rate-too-low", "vanishing-gradients"),
        *("dead-relu", "constant-labels"),
    },
    "outputs-not-distributions": {"first-loss", "learning-rate-too-low", "overfitting"},
    "softmax-twice": {
        "no-gradient",
        *("probabilities-as-logits", "first-loss", "vanishing-gradients"),
        *("learning-rate-too-low", "class-never-predicted"),
    },
    "hidden-softmax": {
        *("no-gradient", "first-loss", "vanishing-gradients", "learning-rate-too-low"),
        "class-never-predicted",
    },
    "probabilities-as-logits": {
        "no-gradient",
        *("first-loss", "vanishing-gradients", "learning-rate-too-low", "class-never-predicted"),
    },
    "logits-as-probabilities": {
        "no-gradient",
        *("first-loss", "vanishing-gradients", "exploding-gradients", "learning-rate-too-high"),
        *("learning-rate-too-low", "class-never-predicted", "overfitting", "loss-not-finite"),
    },
    "relu-before-output": {
        "no-gradient",
        *("first-loss", "dead-relu", "vanishing-gradients", "learning-rate-too-low"),
        "class-never-predicted",
    },
    "equal-weights": {
        "no-gradient",
        *("dead-relu", "saturated-units", "vanishing-gradients", "learning-rate-too-low"),
        *("class-never-predicted", "first-loss"),
    },
    "exploding-gradients": {
        "no-gradient",
        *("first-loss", "saturated-units", "dead-relu", "learning-rate-too-high"),
        *("learning-rate-too-low", "class-never-predicted", "loss-not-finite"),
    },
    "first-loss": {"learning-rate-too-high", "saturated-units", "no-gradient"},
    "learning-rate-too-high": {
        "no-gradient",
        *("dead-relu", "saturated-units", "vanishing-gradients", "class-never-predicted"),
        *("loss-not-finite", "overfitting"),
    },
    "dead-relu": {
        "no-gradient",
        "vanishing-gradients",
        "learning-rate-too-low",
        "class-never-predicted",
    },
    "saturated-units": {
        "no-gradient",
        "vanishing-gradients",
        "learning-rate-too-low",
        "class-never-predicted",
    },
    "vanishing-gradients": {"no-gradient", "learning-rate-too-low", "class-never-predicted"},
}


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
        """Return what was seen, why it matters and what to do, for a notebook."""
        seen, why, do = (html.escape(text) for text in (self.seen, self.why, self.do))
        return (
            f"<p><b><code>{self.code}</code> {seen}</b><br>"
            f"<i>Why it matters:</i> {why}<br><i>What to do:</i> {do}</p>"
        )


class Findings(list[Finding]):
    """What `diagnose` found: a list, which is printed in full and shown in full by a notebook.

    Examples
    --------
    >>> found = Findings([Finding("constant-labels", "All 100 labels are 3.", 3)])
    >>> print(found)
    constant-labels: All 100 labels are 3. There is nothing to learn but to say always the same.
    Look at how y was made: data sorted by class and cut off do this, or a wrong column.
    >>> print(Findings())
    Nothing was found.
    """

    def __str__(self) -> str:
        """Write each finding as a paragraph."""
        return "\n\n".join(map(str, self)) or "Nothing was found."

    def _repr_html_(self) -> str:
        """Return the findings one below the other, for a notebook."""
        return "\n".join(finding._repr_html_() for finding in self) or "<p>Nothing was found.</p>"


def without_consequences(findings: list[Finding]) -> Findings:
    """Leave out what follows from another finding."""
    explained: set[str] = set()
    for finding in findings:
        explained |= CONSEQUENCES.get(finding.code, set())
    return Findings(finding for finding in findings if finding.code not in explained)
