"""The museum of bugs: mistakes in backpropagation as people really make them.

Each exhibit is a layer, loss or optimizer with one mistake in it, nearly all of them taken from the
tracker of a public project where somebody found it. Most of them train: that is the point. A
network with a wrong gradient often gets nearly as good as one with a right one, so that nothing but
a gradient check will tell. `EXHIBITS` is the collection; ``examples/bug_museum.py`` leads through
it::

    from tinynet.museum import EXHIBITS

    exhibit = EXHIBITS["diagonal_softmax"]
    print(exhibit.story)
    print(exhibit.check())  # what the checker says of it
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
from tinynet.museum.layers import (
    SELU,
    AccumulatingDense,
    AveragedBiasDense,
    BatchMaxSoftmax,
    ColumnNorm,
    DiagonalSoftmax,
    DoubledDense,
    EagerDense,
    FixedDeviationNorm,
    ForgetfulReLU,
    GradientMaskedReLU,
    InPlaceReLU,
    InputSlopeSigmoid,
    LastLevels,
    LeakyReLU,
    Levels,
    MisscaledSELU,
    OverwritingReLU,
    RateScaledDropout,
    SharedBiasDense,
    TightReLU,
    TransparentSoftmax,
    TransposedDense,
    UnmaskedDropout,
    UnmaskedReLU,
    UnsummedBiasDense,
)
from tinynet.museum.losses import (
    ColumnWeightedCrossentropy,
    RowWeightedCrossentropy,
    SummedCrossentropy,
)
from tinynet.museum.optimizers import (
    EndlessMomentumSGD,
    ScaledParameterSGD,
    UncorrectedAdam,
    UphillMomentumSGD,
    WeightGrowthSGD,
)
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
        What it is, in a few words.
    story : str
        What happens, and why it isn't noticed.
    sources : tuple of str
        Where it was found: threads on GitHub, as owner/repository#number; empty where no public
        one is known.
    wrong, right : str
        The line or lines that matter, in the exhibit's code, and what they should be.
    kind : str
        The checker's word for it; see `tinynet.gradcheck.mistakes`.
    check : callable
        Runs the checker on it and returns the report.
    broken, repaired : callable
        Return the reference network with the mistake in it, and without, compiled and ready to fit.
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
        return [f"https://github.com/{source.replace('#', '/issues/')}" for source in self.sources]

    def __repr__(self) -> str:
        """Return the title; print it for the whole label."""
        return f"<exhibit: {self.title}>"

    def __str__(self) -> str:
        """Write the label: the title, the story, and the line as it is and as it should be."""
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
    """Return the reference network, 784-128-128-10, with seed 0, made of the parts given."""
    layers = [dense(128), activation(), (middle or dense)(128), activation(), dense(10)]
    if norm is not None:
        layers = [layers[0], norm(), *layers[1:3], norm(), *layers[3:]]
    if first is not None:
        layers.insert(0, first)
    if dropout is not None:
        layers.insert(4, dropout)
    if softmax is not None:
        layers.append(softmax())
    model = Sequential(layers, seed=0)
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
    """Check a model that ends in a softmax under a loss that takes logits."""
    model = Sequential([Dense(5), ReLU(), Dense(3, "softmax")], seed=0)
    model.compile("sgd", CategoricalCrossentropy(from_logits=True))
    return check_gradients(model, example((6, 4)), one_hot(6, 3))


EXHIBITS: dict[str, Exhibit] = {
    "softmax_of_batch_maximum": Exhibit(
        title="softmax subtracts the maximum of the whole batch",
        story=(
            "Subtracting the largest logit keeps exp from overflowing, and it may be any number, "
            "since it cancels: so why not the largest of the batch? Because a row that lies 750 "
            "below it then has only zeros to divide by, 0/0. Digits never come near that. In "
            "Keras's Theano backend the fix against overflow did this, until a reader of the "
            "change asked for a maximum of each row."
        ),
        sources=("keras-team/keras#9606",),
        wrong="exp = np.exp(x - x.max())",
        right="exp = np.exp(x - x.max(axis=1, keepdims=True))",
        kind="not_finite",
        check=lambda: check_gradients(BatchMaxSoftmax(), example((4, 3), scale=1000)),
        broken=lambda: reference(softmax=BatchMaxSoftmax),
        repaired=reference,
    ),
    "diagonal_softmax": Exhibit(
        title="softmax's derivative without its off-diagonal terms",
        story=(
            "Sigmoid's derivative is y (1 - y), softmax is a kind of sigmoid, so it gets the "
            "same. But each output of a softmax depends on every input of its row: raising one "
            "logit lowers the other probabilities. deeplearning4j's native code had it (\"looks "
            'like we only implement one part of this"), and so have networks from a widely '
            "watched series of films. Under a cross-entropy whose derivative is -t / p it learns "
            "nothing, since only the right class's logit is ever moved, always up. Here the loss "
            "divides by the row's sum first, the other classes get a gradient as well, and it "
            "reads nearly as well as a right one."
        ),
        sources=("deeplearning4j/libnd4j#440", "SebLague/Neural-Network-Experiments#5"),
        wrong="dx = dy * y * (1 - y)",
        right="dx = y * (dy - (dy * y).sum(axis=1, keepdims=True))",
        kind="diagonal_jacobian",
        check=lambda: check_gradients(DiagonalSoftmax(), example((6, 4))),
        broken=lambda: reference(softmax=DiagonalSoftmax),
        repaired=reference,
    ),
    "softmax_twice": Exhibit(
        title="a softmax, and a loss that applies softmax again",
        story=(
            "The network ends in a softmax; the loss, which takes logits, applies its own. Every "
            "gradient is right, of the wrong function: probabilities, all between 0 and 1, are "
            "taken for logits, so that the loss can never get small and the network learns "
            "slowly, but learn it does. Among the commonest bugs of all. The checker sees it by "
            "adding a number to whole rows of the output, which a loss on probabilities notices."
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
        title="ReLU's mask asks a question that is always answered with yes",
        story=(
            "Where y >= 0 the gradient passes. But y is the output, which is nowhere below 0, so "
            "that the mask is all ones and the layer goes backwards as if it were linear. From "
            "the code of a book on deep learning: one reader asked whether that function did "
            "anything at all, another measured what > does for the test accuracy."
        ),
        sources=("iamtrask/Grokking-Deep-Learning#9", "iamtrask/Grokking-Deep-Learning#13"),
        wrong="dx = dy * (self._y >= 0)",
        right="dx = dy * (self._x > 0)",
        kind="mask_missing",
        check=lambda: check_gradients(UnmaskedReLU(), example((6, 4))),
        broken=lambda: reference(activation=UnmaskedReLU),
        repaired=reference,
    ),
    "relu_masked_by_gradient": Exhibit(
        title="ReLU's mask is taken from the gradient instead of the input",
        story=(
            '"Zero out the components of the gradient where the input is less than 0" is easily '
            'read as "where the gradient is less than 0". It was printed like that in the '
            "Chinese translation of a textbook, until a reader put the code of a course beside "
            "it."
        ),
        sources=("exacity/deeplearningbook-chinese#127",),
        wrong="dx = dy * (dy > 0)",
        right="dx = dy * (self._x > 0)",
        kind="wrong_mask",
        check=lambda: check_gradients(GradientMaskedReLU(), example((6, 4))),
        broken=lambda: reference(activation=GradientMaskedReLU),
        repaired=reference,
    ),
    "forgetful_relu": Exhibit(
        title="ReLU returns its own slope and forgets the gradient from above",
        story=(
            "In the Java library Smile one character was missing, a * before an =, so that a "
            "rectifier replaced the gradient that came from above by ones and zeros. The chain "
            "rule's chain is cut: what lies below learns nothing about the loss."
        ),
        sources=("haifengl/smile#528",),
        wrong="dx = np.where(self._x > 0, 1.0, 0.0).astype(dy.dtype)",
        right="dx = dy * (self._x > 0)",
        kind="upstream_ignored",
        check=lambda: check_gradients(ForgetfulReLU(), example((6, 4))),
        broken=lambda: reference(activation=ForgetfulReLU),
        repaired=reference,
    ),
    "overwriting_relu": Exhibit(
        title="backward works in the array that it was given",
        story=(
            "It saves an array, and all goes well while nobody else looks at dy. In a network "
            "with a branch, or one whose gradients are recorded, someone does. NVIDIA's fused "
            "softmax wrote its result over the incoming gradient; PyTorch's documentation says "
            "never to."
        ),
        sources=("NVIDIA/apex#1430", "pytorch/pytorch#81417"),
        wrong="dy[self._x <= 0] = 0",
        right="dy = dy * (self._x > 0)",
        kind="upstream_changed",
        check=lambda: check_gradients(OverwritingReLU(), example((6, 4))),
        broken=lambda: reference(activation=OverwritingReLU),
        repaired=reference,
    ),
    "in_place_relu": Exhibit(
        title="forward works in the array that it was given",
        story=(
            "The input of this layer is the output of the one below, which may need it to go "
            "backwards. For ReLU on top of a dense layer nothing happens. In deeplearning4j the "
            "sigmoid did the same, so that what was kept as z and what was kept as its activation "
            "were one array."
        ),
        sources=("deeplearning4j/deeplearning4j#364",),
        wrong="y = np.maximum(x, 0, out=x)",
        right="y = np.maximum(x, 0)",
        kind="input_changed",
        check=lambda: check_gradients(InPlaceReLU(), example((6, 4))),
        broken=lambda: reference(activation=InPlaceReLU),
        repaired=reference,
    ),
    "sigmoid_slope_at_input": Exhibit(
        title="sigmoid's slope y (1 - y), with the input for y",
        story=(
            "The formula is written in terms of the output, and the layer had kept its input. The "
            "slope is then negative for most inputs, up to any size. From the solutions of a book "
            "of interview questions."
        ),
        sources=("BoltzmannEntropy/interviews.ai#15",),
        wrong="dx = dy * self._x * (1 - self._x)",
        right="dx = dy * self._y * (1 - self._y)",
        kind="slope_of_wrong_array",
        check=lambda: check_gradients(InputSlopeSigmoid(), example((6, 4))),
        broken=lambda: reference(activation=InputSlopeSigmoid),
        repaired=lambda: reference(activation=Sigmoid),
    ),
    "dropout_scaled_by_rate": Exhibit(
        title="dropout divides by the share that is dropped",
        story=(
            "What is kept is divided by the share that is kept, so that the mean stays. Divided "
            "by the share that is dropped, it is right for a rate of 0.5 and four times too large "
            "for 0.2. Forward and backward agree, so no gradient is wrong; it is prediction that "
            "doesn't fit training. Found in Kaldi and in Theanets."
        ),
        sources=("kaldi-asr/kaldi#2814", "lmjohns3/theanets#123"),
        wrong="self._mask = (kept / self.rate).astype(x.dtype)",
        right="self._mask = (kept / (1 - self.rate)).astype(x.dtype)",
        kind="wrong_mean",
        check=lambda: check_gradients(seeded(RateScaledDropout(0.2)), example((6, 4))),
        broken=lambda: reference(dropout=RateScaledDropout(0.2)),
        repaired=lambda: reference(dropout=Dropout(0.2)),
    ),
    "unmasked_dropout": Exhibit(
        title="dropout drops going forward, but not going back",
        story=(
            "The way back scales by 1 / (1 - rate), as it should, and lets everything through, "
            "also to units that took no part. In a well-known collection of algorithms in NumPy."
        ),
        sources=("ddbourgin/numpy-ml#94",),
        wrong="dx = dy / (1 - self.rate)",
        right="dx = dy * self._mask",
        kind="mask_missing",
        check=lambda: check_gradients(seeded(UnmaskedDropout(0.3)), example((6, 4))),
        broken=lambda: reference(dropout=UnmaskedDropout(0.2)),
        repaired=lambda: reference(dropout=Dropout(0.2)),
    ),
    "averaged_bias": Exhibit(
        title="the bias's gradient is averaged over a batch that the loss has averaged already",
        story=(
            "The weights' gradient is a matrix product, which sums over the batch by itself; the "
            "bias's is made by hand, and there a mean slips in. deeplearning4j divided its biases "
            "by the batch size twice, and the note about it stood in a footnote. With 32 examples "
            "the biases learn 32 times more slowly, which hardly shows."
        ),
        sources=("deeplearning4j/deeplearning4j#366", "kvfrans/notes#5"),
        wrong="self.db[...] = dy.mean(axis=0)",
        right="self.db[...] = dy.sum(axis=0)",
        kind="batch_size",
        check=lambda: check_gradients(AveragedBiasDense(3), example((6, 4))),
        broken=lambda: reference(dense=AveragedBiasDense),
        repaired=reference,
    ),
    "shared_bias": Exhibit(
        title="the bias's gradient is summed over the outputs, too",
        story=(
            "A sum without an axis is one number, and NumPy spreads it over the whole array "
            "without a word. All biases of a layer then move together. In a softmax layer that "
            "sum is zero and they don't move at all, which is how it was found in the notebook of "
            "a university course: three biases of -1e-8 each."
        ),
        sources=("rasbt/stat453-deep-learning-ss21#5",),
        wrong="self.db[...] = dy.sum()",
        right="self.db[...] = dy.sum(axis=0)",
        kind="summed_over_outputs",
        check=lambda: check_gradients(SharedBiasDense(3), example((6, 4))),
        broken=lambda: reference(dense=SharedBiasDense),
        repaired=reference,
    ),
    "unsummed_bias": Exhibit(
        title="the bias's gradient isn't summed over the batch",
        story=(
            "With one example at a time there is nothing to sum, and the code is right until "
            "batches come. In mlpack's Add layer the gradient was the error as it came, of as "
            "many columns as examples, and no test had looked at a batch of more than one. Here "
            "one of its rows, the last example's, is taken for the whole."
        ),
        sources=("mlpack/mlpack#3679",),
        wrong="self.db[...] = dy[-1]",
        right="self.db[...] = dy.sum(axis=0)",
        kind="not_summed",
        check=lambda: check_gradients(UnsummedBiasDense(3), example((6, 4))),
        broken=lambda: reference(dense=UnsummedBiasDense),
        repaired=reference,
    ),
    "accumulating_gradient": Exhibit(
        title="gradients are added up over calls",
        story=(
            "Adding is right where an array is used twice in one pass; then somebody has to set "
            "it to zero before the next. micrograd's backward adds and leaves the zeroing to its "
            "caller, which is asked about again and again; in llm.c a first step with twice the "
            "gradient kept C and PyTorch apart."
        ),
        sources=("karpathy/micrograd#53", "karpathy/llm.c#548"),
        wrong="self.dW += self._x.T @ dy",
        right="self.dW[...] = self._x.T @ dy",
        kind="accumulated",
        check=lambda: check_gradients(AccumulatingDense(3), example((6, 4))),
        broken=lambda: reference(dense=AccumulatingDense),
        repaired=reference,
    ),
    "transposed_weights": Exhibit(
        title="dx is made with W where W.T is right, in a square layer",
        story=(
            "In a layer with as many outputs as inputs both products exist, and no shape "
            "complains. In pulp-trainlib the matrix wasn't transposed while its sizes were those "
            "of a transposed one; TVM's gradient of a dense layer, an entrywise product, fitted "
            "only where all sizes were equal."
        ),
        sources=("pulp-platform/pulp-trainlib#3", "apache/tvm#5695"),
        wrong="dx = dy @ self.W",
        right="dx = dy @ self.W.T",
        kind="transposed",
        check=lambda: check_gradients(TransposedDense(4), example((6, 4))),
        broken=lambda: reference(middle=TransposedDense),
        repaired=reference,
    ),
    "stray_factor": Exhibit(
        title="one gradient is twice too large",
        story=(
            "The most famous planted bug: the notebook that teaches gradient checking in a "
            "well-known online course has a * 2 in one line and a 4 for a 1 in another, for its "
            "students to find. Some publish their solutions with both still in, and wonder about "
            "the difference."
        ),
        sources=("bighuang624/Andrew-Ng-Deep-Learning-notes#10",),
        wrong="self.dW[...] = self._x.T @ dy * 2",
        right="self.dW[...] = self._x.T @ dy",
        kind="constant_factor",
        check=lambda: check_gradients(DoubledDense(3), example((6, 4))),
        broken=lambda: reference(dense=DoubledDense),
        repaired=reference,
    ),
    "eager_update": Exhibit(
        title="a layer is updated before the gradient has gone through it",
        story=(
            "Walking back through the layers, it is tempting to update each one at once. What the "
            "layer below then receives has gone through the *new* weights. The difference is of "
            "the order of the learning rate, so it trains. It is in Matt Mazur's famous worked "
            "example (see `mazur_errors`), in the code of a data science book and in a toy "
            "library that thousands have learned from."
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
        check=lambda: check_gradients(EagerDense(3), example((6, 4))),
        broken=lambda: reference(dense=EagerDense, optimizer=SGD(0.0)),
        repaired=reference,
    ),
    "lost_mean": Exhibit(
        title="the loss is a mean, its gradient a sum",
        story=(
            "Forward divides by N, backward doesn't. It looks like a learning rate 32 times as "
            "large, which may diverge, or may pass for fast learning, until somebody changes the "
            "batch size. In an implementation of center loss, tried on MNIST, and in a course's "
            "XOR network, where with four examples nobody noticed."
        ),
        sources=("jxgu1016/MNIST_center_loss_pytorch#9", "hunkim/DeepLearningZeroToAll#173"),
        wrong="dy = 1 - one_hot_like(y, t) / y",
        right="dy = (1 - one_hot_like(y, t) / y) / len(y)",
        kind="batch_size",
        check=lambda: check_gradients(SummedCrossentropy(), probabilities(6, 4), one_hot(6, 4)),
        broken=lambda: reference(loss=SummedCrossentropy()),
        repaired=reference,
    ),
    "weights_by_column": Exhibit(
        title="class weights are applied by column",
        story=(
            "An example of class c should count w[c] times: its whole row. Multiplied by w "
            "without thinking about axes, each *column* gets its own class's weight, whatever the "
            "example's class is. A well-known U-Net multiplied the weights into the logits column "
            "by column; under a weighted softmax loss for Caffe a reader proposes, as a fix, to "
            "weight nothing but the label's own column."
        ),
        sources=("jakeret/tf_unet#8", "shicai/Weighted_Softmax_Loss#1"),
        wrong="dz = (p - one_hot) * w / len(y)",
        right="dz = (p - one_hot) * (one_hot @ w)[:, np.newaxis] / len(y)",
        kind="wrong_axis",
        check=lambda: check_gradients(ColumnWeightedCrossentropy(), example((6, 4)), one_hot(6, 4)),
        broken=lambda: reference(softmax=None, loss=ColumnWeightedCrossentropy()),
        repaired=lambda: reference(softmax=None, loss=RowWeightedCrossentropy()),
    ),
    "momentum_on_parameter": Exhibit(
        title="momentum multiplies the parameter instead of the velocity",
        story=(
            "Written from memory, the rule loses its velocity: the old *parameter* is multiplied "
            "by 0.9. That is a huge weight decay and no momentum at all. A classic of homework; "
            "no public thread about it is known to us."
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
        check=lambda: check_optimizer(ScaledParameterSGD(momentum=0.9)),
        broken=lambda: reference(optimizer=ScaledParameterSGD(momentum=0.9)),
        repaired=lambda: reference(optimizer=SGD(momentum=0.9)),
    ),
    "endless_momentum": Exhibit(
        title="momentum multiplies the gradient, so that the velocity never fades",
        story=(
            "v + m g instead of m v + g: every gradient there ever was keeps pushing with its "
            "full weight, and the steps grow for as long as the gradients agree. In the base "
            "class of a library's optimizers, with momentum 0.9 by default."
        ),
        sources=("ooples/AiDotNet#2008",),
        wrong="velocity -= self.momentum * learning_rate * gradients",
        right="velocity *= self.momentum\nvelocity -= learning_rate * gradients",
        kind="never_slows",
        check=lambda: check_optimizer(EndlessMomentumSGD(momentum=0.9)),
        broken=lambda: reference(optimizer=EndlessMomentumSGD(momentum=0.9)),
        repaired=lambda: reference(optimizer=SGD(momentum=0.9)),
    ),
    "uphill_momentum": Exhibit(
        title="the velocity has the wrong sign",
        story=(
            "From a first book on deep learning: velocity and gradient are added with a plus "
            "where the step takes the gradient with a minus, so that momentum brakes instead of "
            "carrying on. With the book's momentum of 0.1 that costs a tenth of the learning "
            "rate, and nobody notices."
        ),
        sources=("fchollet/deep-learning-with-python-notebooks#19",),
        wrong="velocity += learning_rate * gradients",
        right="velocity -= learning_rate * gradients",
        kind="coasts_uphill",
        check=lambda: check_optimizer(UphillMomentumSGD(momentum=0.1)),
        broken=lambda: reference(optimizer=UphillMomentumSGD(momentum=0.1)),
        repaired=lambda: reference(optimizer=SGD(momentum=0.1)),
    ),
    "weight_growth": Exhibit(
        title="weight decay with the wrong sign makes the weights grow",
        story=(
            "The decay is subtracted from the gradient, and the gradient is subtracted from the "
            'weights. Chainer had it for its first month and more ("I cannot believe that '
            'everyone except you has not noticed"), and deeppy, too, where the weights exploded '
            "at last."
        ),
        sources=("chainer/chainer#261", "andersbll/deeppy#17"),
        wrong="decayed = gradients - (self.weight_decay or 0) * parameters",
        right="decayed = gradients + (self.weight_decay or 0) * parameters",
        kind="weights_grow",
        check=lambda: check_optimizer(WeightGrowthSGD(weight_decay=0.001)),
        broken=lambda: reference(optimizer=WeightGrowthSGD(weight_decay=0.001)),
        repaired=lambda: reference(optimizer=SGD(weight_decay=0.001)),
    ),
    "selu_slope_of_another_scale": Exhibit(
        title="SELU's slope for a scale of 1, times the scale",
        story=(
            "Below zero an ELU is y = a (exp(x) - 1), so that its slope is y + a. A SELU "
            "multiplies all of that by l, and its slope, too, is l times the ELU's: but y has the "
            "l in it already, so that it is y + l a, not l (y + a). In mlpack both were made by "
            "one class. With l = 1 it is right, with l = 1.05 it is off by so little that the "
            "test let it pass."
        ),
        sources=("mlpack/mlpack#1540", "mlpack/mlpack#1656"),
        wrong="dx = dy * np.where(self._y > 0, SCALE, SCALE * (self._y + ALPHA))",
        right="dx = dy * np.where(self._y > 0, SCALE, self._y + SCALE * ALPHA)",
        kind="wrong_on_one_side",
        check=lambda: check_gradients(MisscaledSELU(), example((6, 4))),
        broken=lambda: reference(activation=MisscaledSELU),
        repaired=lambda: reference(activation=SELU),
    ),
    "leak_forgotten": Exhibit(
        title="a leaky ReLU that leaks forwards alone",
        story=(
            "The layer lets a part of what is negative through, so that no unit can die; going "
            "back it has ReLU's own slope, and units die as before. In a library of neural "
            "networks for Fortran."
        ),
        sources=("scientific-computing/FKB#15",),
        wrong="dx = dy * (self._x > 0).astype(dy.dtype)",
        right="dx = dy * np.where(self._x > 0, 1.0, 0.1).astype(dy.dtype)",
        kind="wrong_mask",
        check=lambda: check_gradients(TightReLU(), example((6, 4))),
        broken=lambda: reference(activation=TightReLU),
        repaired=lambda: reference(activation=LeakyReLU),
    ),
    "transparent_softmax": Exhibit(
        title="a softmax that hands the gradient on as it is",
        story=(
            "In darknet, softmax's way back copied the gradient. Behind it stood a loss that had "
            "p - t for a gradient, which is softmax and cross-entropy taken together, so that it "
            "was right there, and wrong under any other loss."
        ),
        sources=("pjreddie/darknet#96",),
        wrong="dx = dy.copy()",
        right="dx = self._y * (dy - (dy * self._y).sum(axis=1, keepdims=True))",
        kind="gradient_is_dy",
        check=lambda: check_gradients(TransparentSoftmax(), example((6, 4))),
        broken=lambda: reference(softmax=TransparentSoftmax, loss="mse"),
        repaired=lambda: reference(loss="mse"),
    ),
    "deviation_for_a_constant": Exhibit(
        title="batch normalisation that takes its deviation for a constant",
        story=(
            "The deviation depends on every example of the batch, and the gradient goes through "
            "it as well. mlpack's batch normalisation was wrong going back, although every layer "
            "had a gradient test: the tests looked at the parameters' gradients only, and in them "
            "nothing with parameters lay below the layer. Another layer below it, and the test "
            "failed; the layer normalisation that was made from it had the same fault. Here it is "
            "the way through the deviation that is missing."
        ),
        sources=("mlpack/mlpack#1923", "mlpack/mlpack#1930"),
        wrong="dx = (dy - dy.mean(axis=0)) / self._std",
        right=("n = self._n\ndx = (dy - dy.mean(axis=0) - n * (dy * n).mean(axis=0)) / self._std"),
        kind="variance_path_missing",
        check=lambda: check_gradients(FixedDeviationNorm(), example((6, 4))),
        broken=lambda: reference(norm=FixedDeviationNorm),
        repaired=lambda: reference(norm=ColumnNorm),
    ),
    "last_of_repeated": Exhibit(
        title="+= with repeated indices adds once",
        story=(
            "d[indices] += dy looks as if it added for every index. NumPy takes d[indices] out, "
            "adds dy, and puts it back: of an index that occurs several times only the last "
            "addition is left. Whoever writes an embedding meets it, since words repeat; what is "
            "meant is np.add.at. It is asked of NumPy again and again whether that is a bug."
        ),
        sources=("numpy/numpy#16790", "numpy/numpy#7776"),
        wrong="self.dtable[self._index] += dy",
        right="np.add.at(self.dtable, self._index, dy)",
        kind="last_of_repeated",
        check=lambda: check_gradients(LastLevels(), np.array([[0, 1, 1, 3], [2, 1, 0, 0]])),
        broken=lambda: reference(first=LastLevels()),
        repaired=lambda: reference(first=Levels()),
    ),
    "uncorrected_adam": Exhibit(
        title="Adam without its bias correction",
        story=(
            "Both of Adam's averages begin at 0 and are too small at first, the mean square much "
            "more so than the mean: without the correction the first steps are three times, and "
            "the next ones up to six times as long as the learning rate says. It trains, most of "
            "the time. A teaching library had it, and MLX for its first year, where a GPT didn't "
            "learn by heart what it learned with the correction."
        ),
        sources=("EurekaLabsAI/micrograd#2", "ml-explore/mlx#1640"),
        wrong="parameters -= learning_rate * m / (np.sqrt(v) + self.epsilon)",
        right=(
            "t = self.iterations + 1\n"
            "m_hat, v_hat = m / (1 - self.beta_1**t), v / (1 - self.beta_2**t)\n"
            "parameters -= learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)"
        ),
        kind="bias_correction",
        check=lambda: check_optimizer(UncorrectedAdam()),
        broken=lambda: reference(optimizer=UncorrectedAdam()),
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
