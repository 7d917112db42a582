"""The museum of bugs: mistakes in backpropagation from public projects.

Each exhibit is a layer, loss or optimizer with one mistake, nearly always taken from the issue
tracker of a public project. Most of the networks train: with a wrong gradient they often become
nearly as accurate as with the correct one, so that only a gradient check finds the bug. `EXHIBITS`
is the collection; ``examples/bug_museum.py`` is a tour::

    from tinynet.museum import EXHIBITS

    exhibit = EXHIBITS["diagonal_softmax"]
    print(exhibit.story)
    print(exhibit.check())  # the report of the checker
"""

import html
import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources

import numpy as np

from tinynet._internal.names import explain_keywords, known_keywords
from tinynet.gradcheck.checker import check_gradients
from tinynet.gradcheck.optimizers import OptimizerReport, check_optimizer
from tinynet.gradcheck.report import GradientReport
from tinynet.layers.activations import ReLU, Sigmoid, Softmax
from tinynet.layers.base import Layer
from tinynet.layers.dense import Dense
from tinynet.layers.dropout import Dropout
from tinynet.losses.base import Loss
from tinynet.losses.crossentropy import CategoricalCrossentropy
from tinynet.models import Sequential
from tinynet.museum import layers, losses, optimizers
from tinynet.optimizers.adam import Adam
from tinynet.optimizers.base import Optimizer
from tinynet.optimizers.sgd import SGD

# ---------------------------------------------------------------------------- the collection


@explain_keywords
@dataclass(frozen=True, repr=False)
class Exhibit:
    """One mistake.

    Attributes
    ----------
    title : str
        A short description.
    story : str
        What happens, and where it was found.
    sources : tuple of str
        The sources: threads on GitHub, as owner/repository#number, or questions, as
        stackoverflow#number; empty where no public one is known.
    wrong, right : str
        The relevant lines of the exhibit's code, and the correct ones.
    kind : str
        The kind of mistake that the checker reports; see `tinynet.gradcheck.mistakes`.
    check : callable
        Runs the checker and returns the report.
    broken, repaired : callable
        Return the reference network with and without the mistake, compiled.
    """

    title: str
    story: str
    sources: tuple[str, ...]
    wrong: str
    right: str
    kind: str
    check: Callable[[], GradientReport | OptimizerReport]
    broken: Callable[[], Sequential]
    repaired: Callable[[], Sequential]

    def links(self) -> list[str]:
        """Return the addresses of the sources; GitHub leads on from an issue to a pull request."""
        return [address_of(source) for source in self.sources]

    def __repr__(self) -> str:
        """Return the title."""
        return f"<exhibit: {self.title}>"

    def __str__(self) -> str:
        """Return the label: the title, the story, the wrong lines and the correct ones."""
        parts = [self.title, textwrap.fill(self.story, 88)]
        for name, code in (("Wrong", self.wrong), ("Right", self.right)):
            parts.append(f"{name}:\n{textwrap.indent(code, '    ')}")
        return "\n\n".join(filter(None, [*parts, "\n".join(self.links())]))

    def _repr_html_(self) -> str:
        """Return the label for a notebook."""
        rows = "".join(
            f"<tr><th style='text-align:left;vertical-align:top'>{name}</th>"
            f"<td style='text-align:left'><pre>{html.escape(code)}</pre></td></tr>"
            for name, code in (("Wrong", self.wrong), ("Right", self.right))
        )
        links = ", ".join(
            f"<a href='{link}'>{html.escape(source)}</a>"
            for link, source in zip(self.links(), self.sources, strict=True)
        )
        found = f"<p>Found in {links}</p>" if links else ""
        return (
            f"<p><b>{html.escape(self.title)}</b></p><p>{html.escape(self.story)}</p>"
            f"<table>{rows}</table>{found}"
        )


def address_of(source: str) -> str:
    """Return the address of a thread."""
    place, number = source.split("#")
    if place == "stackoverflow":
        return f"https://stackoverflow.com/questions/{number}"
    return f"https://github.com/{place}/issues/{number}"


def reference(
    dense: Callable[[int], Layer] = Dense,
    activation: Callable[[], Layer] = ReLU,
    softmax: Callable[[], Layer] | None = Softmax,
    loss: str | Loss = "categorical_crossentropy",
    optimizer: str | Optimizer = "sgd",
    dropout: Layer | None = None,
    middle: Callable[[int], Layer] | None = None,
    first: Layer | None = None,
    norm: Callable[[], Layer] | None = None,
) -> Sequential:
    """Return the reference network, 784-128-128-10, with seed 0, with some parts replaced."""
    stack = [dense(128), activation(), (middle or dense)(128), activation(), dense(10)]
    if norm is not None:
        stack = [stack[0], norm(), *stack[1:3], norm(), *stack[3:]]
    if first is not None:
        stack.insert(0, first)
    if dropout is not None:
        stack.insert(4, dropout)
    if softmax is not None:
        stack.append(softmax())
    model = Sequential(stack, seed=0)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def example(shape: tuple[int, ...], scale: float = 1.0) -> np.ndarray:
    """Return an input to check layers with."""
    return scale * np.random.default_rng(7).standard_normal(shape)


def one_hot(n: int, classes: int) -> np.ndarray:
    """Return targets to check losses with: class 0, 1, 2 and so on."""
    rows: np.ndarray = np.eye(classes)[np.arange(n) % classes]
    return rows


def probabilities(n: int, classes: int) -> np.ndarray:
    """Return rows that sum to 1."""
    exp = np.exp(example((n, classes)))
    rows: np.ndarray = exp / exp.sum(axis=1, keepdims=True)
    return rows


def seeded(layer: Layer) -> Layer:
    """Return a layer that draws the same masks every time."""
    layer.rng = np.random.default_rng(0)
    return layer


def check_softmax_twice() -> GradientReport:
    """Check a model that ends in a softmax, with a loss that takes logits."""
    model = Sequential([Dense(5), ReLU(), Dense(3, "softmax")], seed=0)
    model.compile("sgd", CategoricalCrossentropy(from_logits=True))
    return check_gradients(model, example((6, 4)), one_hot(6, 3))


EXHIBITS: dict[str, Exhibit] = {
    "softmax_of_batch_maximum": Exhibit(
        title="softmax subtracts the maximum of the whole batch",
        story=(
            "Subtracting a maximum keeps exp from overflowing, and it cancels, so any number "
            "could be subtracted. With the maximum of the whole batch, however, a row whose "
            "logits are 750 lower becomes a row of zeros, and is divided by 0. With images of "
            "digits this never happens. A fix for overflow in Keras's Theano backend did this, "
            "until a reader asked for the maximum of each row."
        ),
        sources=("keras-team/keras#9606",),
        wrong="exp = np.exp(x - x.max())",
        right="exp = np.exp(x - x.max(axis=1, keepdims=True))",
        kind="not_finite",
        check=lambda: check_gradients(layers.BatchMaxSoftmax(), example((4, 3), scale=1000)),
        broken=lambda: reference(softmax=layers.BatchMaxSoftmax),
        repaired=reference,
    ),
    "softmax_over_the_batch": Exhibit(
        title="softmax divides by the sum over the batch",
        story=(
            "Examples are rows, and a sum along axis 0 is taken over the columns. Each column "
            "then sums to 1, and each prediction depends on the other examples of the batch. The "
            "source is a question about a network for MNIST that ended up predicting the same "
            "digit for all images: it used Python's own sum, which adds the rows of an array."
        ),
        sources=("stackoverflow#76450489",),
        wrong="exp = np.exp(x - x.max(axis=0))\ny = exp / exp.sum(axis=0)",
        right=(
            "exp = np.exp(x - x.max(axis=1, keepdims=True))\n"
            "y = exp / exp.sum(axis=1, keepdims=True)"
        ),
        kind="softmax_axis",
        check=lambda: check_gradients(layers.BatchSoftmax(), example((6, 4))),
        broken=lambda: reference(softmax=layers.BatchSoftmax),
        repaired=reference,
    ),
    "diagonal_softmax": Exhibit(
        title="softmax's derivative without its off-diagonal terms",
        story=(
            "The derivative of sigmoid is y (1 - y), so softmax is given the same one. But each "
            "output of a softmax depends on every input of its row: a larger logit lowers the "
            "other probabilities. deeplearning4j's native code had this bug (\"looks like we only "
            'implement one part of this"), and so had the networks of a popular video series. '
            "With a cross-entropy whose derivative is -t / p, only the logit of the correct class"
            " gets a gradient, and nothing is learned. Here the loss divides by the sum of the "
            "row first, so the other classes get a gradient as well, and the accuracy is nearly "
            "that of the correct network."
        ),
        sources=("deeplearning4j/libnd4j#440", "SebLague/Neural-Network-Experiments#5"),
        wrong="dx = dy * y * (1 - y)",
        right="dx = y * (dy - (dy * y).sum(axis=1, keepdims=True))",
        kind="diagonal_jacobian",
        check=lambda: check_gradients(layers.DiagonalSoftmax(), example((6, 4))),
        broken=lambda: reference(softmax=layers.DiagonalSoftmax),
        repaired=reference,
    ),
    "softmax_twice": Exhibit(
        title="a softmax, and a loss that applies softmax again",
        story=(
            "The network ends in a softmax, and the loss, which takes logits, applies another. "
            "Every gradient is correct, but for the wrong function: probabilities between 0 and 1"
            " are used as logits, so the loss can't become small, and the network learns slowly. "
            "This is one of the most frequent bugs. The checker detects it by adding a number to "
            "whole rows of the output, which would not change a loss of logits."
        ),
        sources=("Lightning-Universe/lightning-bolts#654", "tflearn/tflearn#562"),
        wrong="CategoricalCrossentropy(from_logits=True)",
        right="CategoricalCrossentropy()",
        kind="softmax_twice",
        check=lambda: check_softmax_twice(),
        broken=lambda: reference(loss=CategoricalCrossentropy(from_logits=True)),
        repaired=reference,
    ),
    "unmasked_relu": Exhibit(
        title="ReLU's mask is true everywhere",
        story=(
            "The gradient passes where y >= 0. But y is the output of the ReLU, which is never "
            "negative, so the mask is always true and backward is that of a linear layer. The "
            "code comes from a book on deep learning. One reader asked whether the function did "
            "anything at all; another measured the test accuracy with > in place of >=."
        ),
        sources=("iamtrask/Grokking-Deep-Learning#9", "iamtrask/Grokking-Deep-Learning#13"),
        wrong="dx = dy * (self._y >= 0)",
        right="dx = dy * (self._x > 0)",
        kind="mask_missing",
        check=lambda: check_gradients(layers.UnmaskedReLU(), example((6, 4))),
        broken=lambda: reference(activation=layers.UnmaskedReLU),
        repaired=reference,
    ),
    "relu_masked_by_gradient": Exhibit(
        title="ReLU's mask is taken from the gradient instead of the input",
        story=(
            '"Zero out the components of the gradient where the input is less than 0" was misread'
            ' as "where the gradient is less than 0". The Chinese translation of a textbook '
            "printed it like that, until a reader compared it with the code of a course."
        ),
        sources=("exacity/deeplearningbook-chinese#127",),
        wrong="dx = dy * (dy > 0)",
        right="dx = dy * (self._x > 0)",
        kind="wrong_mask",
        check=lambda: check_gradients(layers.GradientMaskedReLU(), example((6, 4))),
        broken=lambda: reference(activation=layers.GradientMaskedReLU),
        repaired=reference,
    ),
    "forgetful_relu": Exhibit(
        title="ReLU returns its own slope and forgets the gradient from above",
        story=(
            "In the Java library Smile, = stood where *= was meant, so a rectifier replaced the "
            "upstream gradient by ones and zeros. The layers below then learn nothing about the "
            "loss."
        ),
        sources=("haifengl/smile#528",),
        wrong="dx = np.where(self._x > 0, 1.0, 0.0).astype(dy.dtype)",
        right="dx = dy * (self._x > 0)",
        kind="upstream_ignored",
        check=lambda: check_gradients(layers.ForgetfulReLU(), example((6, 4))),
        broken=lambda: reference(activation=layers.ForgetfulReLU),
        repaired=reference,
    ),
    "overwriting_relu": Exhibit(
        title="backward works in the array that it was given",
        story=(
            "Writing into dy saves an array, and works as long as dy isn't used elsewhere. In a "
            "network with branches, or one whose gradients are recorded, it is. NVIDIA's fused "
            "softmax wrote its result into the upstream gradient. PyTorch's documentation forbids"
            " it."
        ),
        sources=("NVIDIA/apex#1430", "pytorch/pytorch#81417"),
        wrong="dy[self._x <= 0] = 0",
        right="dy = dy * (self._x > 0)",
        kind="upstream_changed",
        check=lambda: check_gradients(layers.OverwritingReLU(), example((6, 4))),
        broken=lambda: reference(activation=layers.OverwritingReLU),
        repaired=reference,
    ),
    "in_place_relu": Exhibit(
        title="forward works in the array that it was given",
        story=(
            "The input of this layer is the output of the layer below, which may need it in "
            "backward. For a ReLU after a dense layer, it doesn't. In deeplearning4j the sigmoid "
            "did the same, so that the stored z and the stored activation were the same array."
        ),
        sources=("deeplearning4j/deeplearning4j#364",),
        wrong="y = np.maximum(x, 0, out=x)",
        right="y = np.maximum(x, 0)",
        kind="input_changed",
        check=lambda: check_gradients(layers.InPlaceReLU(), example((6, 4))),
        broken=lambda: reference(activation=layers.InPlaceReLU),
        repaired=reference,
    ),
    "sigmoid_slope_at_input": Exhibit(
        title="sigmoid's slope y (1 - y), with the input for y",
        story=(
            "The formula is written in terms of the output, but the layer stores its input. The "
            "slope is then negative for most inputs, and unbounded. The code comes from the "
            "solutions of a book of interview questions."
        ),
        sources=("BoltzmannEntropy/interviews.ai#15",),
        wrong="dx = dy * self._x * (1 - self._x)",
        right="dx = dy * self._y * (1 - self._y)",
        kind="slope_of_wrong_array",
        check=lambda: check_gradients(layers.InputSlopeSigmoid(), example((6, 4))),
        broken=lambda: reference(activation=layers.InputSlopeSigmoid),
        repaired=lambda: reference(activation=Sigmoid),
    ),
    "dropout_scaled_by_rate": Exhibit(
        title="dropout divides by the share that is dropped",
        story=(
            "Dropout divides by the share of units that are kept, so that the mean stays the "
            "same. Divided by the share that is dropped, the result is correct for a rate of 0.5 "
            "and four times too large for 0.2. Forward and backward agree, so the gradients are "
            "correct; only prediction differs from training. Kaldi and Theanets had this bug."
        ),
        sources=("kaldi-asr/kaldi#2814", "lmjohns3/theanets#123"),
        wrong="self._mask = (kept / self.rate).astype(x.dtype)",
        right="self._mask = (kept / (1 - self.rate)).astype(x.dtype)",
        kind="wrong_mean",
        check=lambda: check_gradients(seeded(layers.RateScaledDropout(0.2)), example((6, 4))),
        broken=lambda: reference(dropout=layers.RateScaledDropout(0.2)),
        repaired=lambda: reference(dropout=Dropout(0.2)),
    ),
    "unmasked_dropout": Exhibit(
        title="dropout drops going forward, but not going back",
        story=(
            "Backward scales by 1 / (1 - rate), as it should, but passes the gradient on to the "
            "dropped units as well. The code comes from a well-known collection of algorithms in "
            "NumPy."
        ),
        sources=("ddbourgin/numpy-ml#94",),
        wrong="dx = dy / (1 - self.rate)",
        right="dx = dy * self._mask",
        kind="mask_missing",
        check=lambda: check_gradients(seeded(layers.UnmaskedDropout(0.3)), example((6, 4))),
        broken=lambda: reference(dropout=layers.UnmaskedDropout(0.2)),
        repaired=lambda: reference(dropout=Dropout(0.2)),
    ),
    "averaged_bias": Exhibit(
        title="the bias's gradient is averaged over the batch a second time",
        story=(
            "The gradient of the weights is a matrix product, which sums over the batch. The sum "
            "for the bias is written by hand, and becomes a mean. deeplearning4j divided the "
            "gradients of biases by the batch size twice, which was mentioned in a footnote only."
            " With 32 examples, the biases learn 32 times more slowly, which has little effect."
        ),
        sources=("deeplearning4j/deeplearning4j#366", "kvfrans/notes#5"),
        wrong="self.db[...] = dy.mean(axis=0)",
        right="self.db[...] = dy.sum(axis=0)",
        kind="batch_size",
        check=lambda: check_gradients(layers.AveragedBiasDense(3), example((6, 4))),
        broken=lambda: reference(dense=layers.AveragedBiasDense),
        repaired=reference,
    ),
    "shared_bias": Exhibit(
        title="the bias's gradient is summed over the outputs, too",
        story=(
            "A sum without an axis is a single number, and NumPy broadcasts it to the whole "
            "array, so all biases of a layer move together. In a softmax layer that sum is zero, "
            "and they don't move at all. That is how the bug was found in the notebook of a "
            "university course: three biases of -1e-8 each."
        ),
        sources=("rasbt/stat453-deep-learning-ss21#5",),
        wrong="self.db[...] = dy.sum()",
        right="self.db[...] = dy.sum(axis=0)",
        kind="summed_over_outputs",
        check=lambda: check_gradients(layers.SharedBiasDense(3), example((6, 4))),
        broken=lambda: reference(dense=layers.SharedBiasDense),
        repaired=reference,
    ),
    "unsummed_bias": Exhibit(
        title="the bias's gradient isn't summed over the batch",
        story=(
            "With a single example there is nothing to sum, so the code is correct until it gets "
            "a batch. In mlpack's Add layer the gradient was the upstream gradient itself, with "
            "one column per example, and no test used a batch of more than one. Here the row of "
            "the last example is used."
        ),
        sources=("mlpack/mlpack#3679",),
        wrong="self.db[...] = dy[-1]",
        right="self.db[...] = dy.sum(axis=0)",
        kind="not_summed",
        check=lambda: check_gradients(layers.UnsummedBiasDense(3), example((6, 4))),
        broken=lambda: reference(dense=layers.UnsummedBiasDense),
        repaired=reference,
    ),
    "accumulating_gradient": Exhibit(
        title="gradients are added up over calls",
        story=(
            "Adding is correct if an array is used twice in one pass, but then the gradient has "
            "to be reset before the next pass. micrograd's backward adds and leaves the reset to "
            "the caller, which many users ask about. In llm.c, the first step had twice the "
            "gradient of PyTorch's for this reason."
        ),
        sources=("karpathy/micrograd#53", "karpathy/llm.c#548"),
        wrong="self.dW += self._x.T @ dy",
        right="self.dW[...] = self._x.T @ dy",
        kind="accumulated",
        check=lambda: check_gradients(layers.AccumulatingDense(3), example((6, 4))),
        broken=lambda: reference(dense=layers.AccumulatingDense),
        repaired=reference,
    ),
    "transposed_weights": Exhibit(
        title="The input's gradient is computed with W in place of W.T, in a square layer",
        story=(
            "In a layer with as many outputs as inputs, both products exist, and the shapes "
            "match. In pulp-trainlib the matrix wasn't transposed, although its sizes were those "
            "of the transposed one. TVM's gradient of a dense layer, an elementwise product, "
            "worked only if all sizes were equal."
        ),
        sources=("pulp-platform/pulp-trainlib#3", "apache/tvm#5695"),
        wrong="dx = dy @ self.W",
        right="dx = dy @ self.W.T",
        kind="transposed",
        check=lambda: check_gradients(layers.TransposedDense(4), example((6, 4))),
        broken=lambda: reference(middle=layers.TransposedDense),
        repaired=reference,
    ),
    "stray_factor": Exhibit(
        title="one gradient is twice as large as it should be",
        story=(
            "The most famous planted bug: the notebook that teaches gradient checking in a "
            "well-known online course has a * 2 in one line and a 4 for a 1 in another, for "
            "students to find. Some publish solutions that contain both, and ask about the "
            "difference."
        ),
        sources=("bighuang624/Andrew-Ng-Deep-Learning-notes#10",),
        wrong="self.dW[...] = self._x.T @ dy * 2",
        right="self.dW[...] = self._x.T @ dy",
        kind="constant_factor",
        check=lambda: check_gradients(layers.DoubledDense(3), example((6, 4))),
        broken=lambda: reference(dense=layers.DoubledDense),
        repaired=reference,
    ),
    "eager_update": Exhibit(
        title="a layer is updated before the gradient has passed through it",
        story=(
            "In a loop over the layers in reverse, it is tempting to update each layer at once. "
            "The layer below then gets a gradient that was computed with the *new* weights. The "
            "error is of the order of the learning rate, so the network trains. A data science "
            "book and a popular toy library had this bug, and the second loss in Matt Mazur's "
            "worked example comes from it (see `tinynet.explain.mazur_network`)."
        ),
        sources=(
            "joelgrus/data-science-from-scratch#31",
            "CodingTrain/Toy-Neural-Network-JS#72",
            "kim-marcel/basic_neural_network#7",
        ),
        wrong=(
            "self.W -= self.learning_rate * self.dW\n"
            "self.b -= self.learning_rate * self.db\n"
            "dx = dy @ self.W.T"
        ),
        right="dx = dy @ self.W.T",
        kind="parameters_changed",
        check=lambda: check_gradients(layers.EagerDense(3), example((6, 4))),
        broken=lambda: reference(dense=layers.EagerDense, optimizer=SGD(0.0)),
        repaired=reference,
    ),
    "lost_mean": Exhibit(
        title="the loss is a mean, its gradient a sum",
        story=(
            "Forward divides by N, but backward doesn't. The effect is that of a learning rate "
            "that is 32 times as large: training may diverge, or may seem fast until the batch "
            "size changes. The bug occurred in an implementation of center loss for MNIST, and in"
            " a course's XOR network with four examples."
        ),
        sources=("jxgu1016/MNIST_center_loss_pytorch#9", "hunkim/DeepLearningZeroToAll#173"),
        wrong="dy = 1 - one_hot_like(y, t) / y",
        right="dy = (1 - one_hot_like(y, t) / y) / len(y)",
        kind="batch_size",
        check=lambda: check_gradients(
            losses.SummedCrossentropy(), probabilities(6, 4), one_hot(6, 4)
        ),
        broken=lambda: reference(loss=losses.SummedCrossentropy()),
        repaired=reference,
    ),
    "weights_by_column": Exhibit(
        title="class weights are applied by column",
        story=(
            "An example of class c should have the weight w[c] for its whole row. If w is "
            "multiplied along the wrong axis, each *column* gets the weight of its own class, "
            "whatever the class of the example. A well-known U-Net multiplied the logits by the "
            "weights column by column. For a weighted softmax loss in Caffe, a reader proposed to"
            " weight only the column of the label."
        ),
        sources=("jakeret/tf_unet#8", "shicai/Weighted_Softmax_Loss#1"),
        wrong="dz = (p - one_hot) * w / len(y)",
        right="dz = (p - one_hot) * (one_hot @ w)[:, np.newaxis] / len(y)",
        kind="wrong_axis",
        check=lambda: check_gradients(
            losses.ColumnWeightedCrossentropy(), example((6, 4)), one_hot(6, 4)
        ),
        broken=lambda: reference(softmax=None, loss=losses.ColumnWeightedCrossentropy()),
        repaired=lambda: reference(softmax=None, loss=losses.RowWeightedCrossentropy()),
    ),
    "momentum_on_parameter": Exhibit(
        title="momentum multiplies the parameter instead of the velocity",
        story=(
            "Written from memory, the rule loses its velocity: the old *parameter* is multiplied "
            "by 0.9. The result is a huge weight decay and no momentum. The bug is common in "
            "homework; we know of no public thread about it."
        ),
        sources=(),
        wrong="parameters *= self.momentum\nparameters -= learning_rate * gradients",
        right=(
            'velocity = self.remember("velocity", parameters)\n'
            "velocity *= self.momentum\n"
            "velocity -= learning_rate * gradients\n"
            "parameters += velocity"
        ),
        kind="parameters_scaled",
        check=lambda: check_optimizer(optimizers.ScaledParameterSGD(momentum=0.9)),
        broken=lambda: reference(optimizer=optimizers.ScaledParameterSGD(momentum=0.9)),
        repaired=lambda: reference(optimizer=SGD(momentum=0.9)),
    ),
    "endless_momentum": Exhibit(
        title="momentum multiplies the gradient, so that the velocity never fades",
        story=(
            "The rule computes v + m g in place of m v + g: every past gradient keeps its full "
            "weight, and the steps grow as long as the gradients have the same sign. It was in "
            "the base class of a library's optimizers, with a default momentum of 0.9."
        ),
        sources=("ooples/AiDotNet#2008",),
        wrong="velocity -= self.momentum * learning_rate * gradients",
        right="velocity *= self.momentum\nvelocity -= learning_rate * gradients",
        kind="never_slows",
        check=lambda: check_optimizer(optimizers.EndlessMomentumSGD(momentum=0.9)),
        broken=lambda: reference(optimizer=optimizers.EndlessMomentumSGD(momentum=0.9)),
        repaired=lambda: reference(optimizer=SGD(momentum=0.9)),
    ),
    "uphill_momentum": Exhibit(
        title="the velocity has the wrong sign",
        story=(
            "In an introductory book on deep learning, the gradient is added to the velocity with"
            " a plus, although the step subtracts it, so momentum slows the training down. With "
            "the book's momentum of 0.1, this costs a tenth of the learning rate and is hard to "
            "see."
        ),
        sources=("fchollet/deep-learning-with-python-notebooks#19",),
        wrong="velocity += learning_rate * gradients",
        right="velocity -= learning_rate * gradients",
        kind="coasts_uphill",
        check=lambda: check_optimizer(optimizers.UphillMomentumSGD(momentum=0.1)),
        broken=lambda: reference(optimizer=optimizers.UphillMomentumSGD(momentum=0.1)),
        repaired=lambda: reference(optimizer=SGD(momentum=0.1)),
    ),
    "weight_growth": Exhibit(
        title="weight decay with the wrong sign makes the weights grow",
        story=(
            "The decay is subtracted from the gradient, and the gradient is subtracted from the "
            'weights. Chainer had this bug for more than its first month ("I cannot believe that '
            'everyone except you has not noticed"). In deeppy, the weights finally exploded.'
        ),
        sources=("chainer/chainer#261", "andersbll/deeppy#17"),
        wrong="decayed = gradients - (self.weight_decay or 0) * parameters",
        right="decayed = gradients + (self.weight_decay or 0) * parameters",
        kind="weights_grow",
        check=lambda: check_optimizer(optimizers.WeightGrowthSGD(weight_decay=0.001)),
        broken=lambda: reference(optimizer=optimizers.WeightGrowthSGD(weight_decay=0.001)),
        repaired=lambda: reference(optimizer=SGD(weight_decay=0.001)),
    ),
    "selu_slope_of_another_scale": Exhibit(
        title="SELU's slope for a scale of 1, times the scale",
        story=(
            "Below zero, an ELU is y = a (exp(x) - 1), so its slope is y + a. A SELU multiplies "
            "this by l. Its slope is l times that of the ELU, but its y contains l already, so "
            "the slope is y + l a, not l (y + a). In mlpack one class computed both. With l = 1 "
            "it is correct; with l = 1.05 the error is so small that a test passed. A PHP library"
            " had the same bug years later."
        ),
        sources=("mlpack/mlpack#1540", "mlpack/mlpack#1656", "RubixML/ML#427"),
        wrong="dx = dy * np.where(self._y > 0, SCALE, SCALE * (self._y + ALPHA))",
        right="dx = dy * np.where(self._y > 0, SCALE, self._y + SCALE * ALPHA)",
        kind="wrong_on_one_side",
        check=lambda: check_gradients(layers.MisscaledSELU(), example((6, 4))),
        broken=lambda: reference(activation=layers.MisscaledSELU),
        repaired=lambda: reference(activation=layers.SELU),
    ),
    "leak_forgotten": Exhibit(
        title="a leaky ReLU that doesn't leak in backward",
        story=(
            "A leaky ReLU passes a part of negative inputs, so that no unit can die. Its "
            "backward, however, has the slope of ReLU, and units die as before. The bug was found"
            " in a library of neural networks for Fortran."
        ),
        sources=("scientific-computing/FKB#15",),
        wrong="dx = dy * (self._x > 0).astype(dy.dtype)",
        right="dx = dy * np.where(self._x > 0, 1.0, 0.1).astype(dy.dtype)",
        kind="wrong_mask",
        check=lambda: check_gradients(layers.TightReLU(), example((6, 4))),
        broken=lambda: reference(activation=layers.TightReLU),
        repaired=lambda: reference(activation=layers.LeakyReLU),
    ),
    "transparent_softmax": Exhibit(
        title="a softmax that returns dy unchanged",
        story=(
            "In darknet, backward of softmax copied the gradient. The loss behind it had the "
            "gradient p - t, which is that of softmax and cross-entropy together, so the result "
            "was correct for this loss and wrong for any other."
        ),
        sources=("pjreddie/darknet#96",),
        wrong="dx = dy.copy()",
        right="dx = self._y * (dy - (dy * self._y).sum(axis=1, keepdims=True))",
        kind="gradient_is_dy",
        check=lambda: check_gradients(layers.TransparentSoftmax(), example((6, 4))),
        broken=lambda: reference(softmax=layers.TransparentSoftmax, loss="mse"),
        repaired=lambda: reference(loss="mse"),
    ),
    "deviation_for_a_constant": Exhibit(
        title="batch normalisation that treats its deviation as a constant",
        story=(
            "The deviation depends on every example of the batch, so the gradient passes through "
            "it as well. mlpack's batch normalisation had a wrong backward although every layer "
            "had a gradient test: the tests used the gradients of parameters only, and no layer "
            "with parameters came before it. With one more layer, the test failed. The layer "
            "normalisation that was derived from it had the same bug. In deeplearning4j's native "
            "code the terms for both mean and variance were missing. Here the term for the "
            "deviation is missing."
        ),
        sources=("mlpack/mlpack#1923", "mlpack/mlpack#1930", "deeplearning4j/deeplearning4j#8335"),
        wrong="dx = (dy - dy.mean(axis=0)) / self._std",
        right=("n = self._n\ndx = (dy - dy.mean(axis=0) - n * (dy * n).mean(axis=0)) / self._std"),
        kind="norm_paths_wrong",
        check=lambda: check_gradients(layers.FixedDeviationNorm(), example((6, 4))),
        broken=lambda: reference(norm=layers.FixedDeviationNorm),
        repaired=lambda: reference(norm=layers.ColumnNorm),
    ),
    "columns_counted": Exhibit(
        title="batch normalisation that counts the columns",
        story=(
            "Batch normalisation takes means over the examples, so backward divides by their "
            "number. A PHP library divided by the width of the layer, in forward and backward; "
            "its tests passed because their matrices were square. Here forward is correct, the "
            "width is 128, and the batch size is 32."
        ),
        sources=("RubixML/ML#423",),
        wrong="n, count = self._n, dy.shape[1]",
        right="n, count = self._n, dy.shape[0]",
        kind="norm_paths_wrong",
        check=lambda: check_gradients(layers.ColumnCountingNorm(), example((6, 4))),
        broken=lambda: reference(norm=layers.ColumnCountingNorm),
        repaired=lambda: reference(norm=layers.ColumnNorm),
    ),
    "scale_never_learned": Exhibit(
        title="a norm whose scale and shift get no gradient",
        story=(
            "The norm returns the correct dx, so all other layers learn, but its own scale and "
            "shift stay at 1 and 0. In a Rust library, the outputs of four kinds of norm were "
            "created without a link to the parameters, so that networks with norms could not be "
            "fine-tuned completely. The loss alone doesn't show it."
        ),
        sources=("paiml/aprender#2196", "paiml/aprender#2200"),
        wrong="dx = ColumnNorm.backward(self, self.gamma * dy)",
        right=(
            "self.dgamma[...] = (dy * self._n).sum(axis=0)\n"
            "self.dbeta[...] = dy.sum(axis=0)\n"
            "dx = ColumnNorm.backward(self, self.gamma * dy)"
        ),
        kind="all_zero",
        check=lambda: check_gradients(layers.UnlearnedNorm(), example((6, 4))),
        broken=lambda: reference(norm=layers.UnlearnedNorm),
        repaired=lambda: reference(norm=layers.ScaledNorm),
    ),
    "last_of_repeated": Exhibit(
        title="+= with repeated indices adds once",
        story=(
            "d[indices] += dy seems to add for each index. But NumPy reads d[indices], adds dy, "
            "and writes the result, so for an index that occurs several times only the last "
            "addition remains. This affects every embedding, since words repeat. The correct "
            "function is np.add.at. NumPy's users often report this behaviour as a bug."
        ),
        sources=("numpy/numpy#16790", "numpy/numpy#7776"),
        wrong="self.dtable[self._index] += dy",
        right="np.add.at(self.dtable, self._index, dy)",
        kind="last_of_repeated",
        check=lambda: check_gradients(layers.LastLevels(), np.array([[0, 1, 1, 3], [2, 1, 0, 0]])),
        broken=lambda: reference(first=layers.LastLevels()),
        repaired=lambda: reference(first=layers.Levels()),
    ),
    "uncorrected_adam": Exhibit(
        title="Adam without its bias correction",
        story=(
            "Both of Adam's averages start at 0 and are too small at first, the mean square more "
            "than the mean. Without the correction, the first steps are three times as long as "
            "the learning rate, and the next ones up to six times. Most networks train anyway. A "
            "teaching library had this bug, and MLX did in its first year, where a GPT could not "
            "memorise a text that it memorised with the correction."
        ),
        sources=("EurekaLabsAI/micrograd#2", "ml-explore/mlx#1640"),
        wrong="parameters -= learning_rate * m / (np.sqrt(v) + self.epsilon)",
        right=(
            "t = self.iterations + 1\n"
            "m_hat, v_hat = m / (1 - self.beta_1**t), v / (1 - self.beta_2**t)\n"
            "parameters -= learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)"
        ),
        kind="bias_correction",
        check=lambda: check_optimizer(optimizers.UncorrectedAdam()),
        broken=lambda: reference(optimizer=optimizers.UncorrectedAdam()),
        repaired=lambda: reference(optimizer=Adam()),
    ),
}


@known_keywords
def accuracies() -> dict[str, dict[str, float]]:
    """Return the measured accuracies by exhibit: with the mistake and repaired.

    ``tools/museum.py`` measures them, on MNIST's 10,000 test digits after three epochs.
    """
    file = resources.files("tinynet.museum") / "accuracies.json"
    figures: dict[str, dict[str, float]] = json.loads(file.read_text(encoding="utf-8"))
    return figures
