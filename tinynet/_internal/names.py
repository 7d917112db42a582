"""Errors for unknown names: which name was probably meant, or what to use instead.

Only typing errors get a suggestion. A name with a meaning of its own in machine learning isn't
treated as a misspelling of a similar one: `nadam` isn't `adam`, and `mae` isn't `mse`.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import opcode
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

from tinynet._internal import seeds

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

# Names that other libraries use for the same thing, in lower case, without spaces or underscores.
_MULTICLASS = ("categorical_crossentropy", "sparse_categorical_crossentropy")
SAME: dict[str, tuple[str, ...]] = {
    "crossentropy": _MULTICLASS,
    "crossentropyloss": _MULTICLASS,
    "softmaxcrossentropy": _MULTICLASS,
    "multinomiallogloss": _MULTICLASS,
    "logloss": _MULTICLASS,
    "nll": _MULTICLASS,
    "nllloss": _MULTICLASS,
    "negativeloglikelihood": _MULTICLASS,
    "cce": ("categorical_crossentropy",),
    "scce": ("sparse_categorical_crossentropy",),
    "bce": ("binary_crossentropy",),
    "bceloss": ("binary_crossentropy",),
    "bcewithlogitsloss": ("binary_crossentropy",),
    "mseloss": ("mse",),
    "l2loss": ("mse",),
    "squarederror": ("mse",),
    "l1loss": ("mae",),
    "acc": ("accuracy",),
    "valacc": ("val_accuracy",),
    "accuracy": ("acc",),
    "valaccuracy": ("val_acc",),
    "absoluteerror": ("mae",),
    "huberloss": ("huber",),
    "smoothl1loss": ("huber",),
    "kldivloss": ("kl_divergence",),
    "kullbackleiblerdivergence": ("kl_divergence",),
    "cosineproximity": ("cosine_similarity",),
    "rmse": ("root_mean_squared_error",),
    "f1": ("f1_score",),
    "fbeta": ("f_beta_score",),
    "r2": ("r2_score",),
    "auroc": ("auc",),
    "rocauc": ("auc",),
    "sensitivity": ("recall",),
    "topkaccuracy": ("top_k_categorical_accuracy",),
    "gradientdescent": ("sgd",),
    "gd": ("sgd",),
    "momentum": ("sgd",),
    "stochasticgradientdescent": ("sgd",),
    "logistic": ("sigmoid",),
    "rectifier": ("relu",),
    "identity": ("linear",),
    "xavier": ("glorot_uniform",),
    "xavieruniform": ("glorot_uniform",),
    "xaviernormal": ("glorot_normal",),
    "he": ("he_uniform", "he_normal"),
    "glorot": ("glorot_uniform", "glorot_normal"),
    "lecun": ("lecun_uniform", "lecun_normal"),
    "kaiming": ("he_uniform", "he_normal"),
    "kaiminguniform": ("he_uniform",),
    "kaimingnormal": ("he_normal",),
}

# Names in use in machine learning that resemble others. None of them is a typing error.
_OTHERS = """
    adam adamw adamax nadam radam nadamw adan adagrad adadelta adafactor adabelief lamb lars lion
    sgd asgd rmsprop rprop ftrl muon nag momentum nesterov lbfgs
    relu elu selu celu gelu prelu rrelu crelu relu6 leakyrelu thresholdedrelu silu swish mish glu
    tanh hardtanh tanhshrink sigmoid hardsigmoid logsigmoid sparsesigmoid softmax logsoftmax
    sparsemax softmin softplus sparseplus squareplus softsign softshrink hardshrink linear
    exponential hardsilu hardswish threshold maxout
    mse mae mape msle rmse rmsle male smape mase sse mean sum max min loss
    hinge squaredhinge categoricalhinge huber logcosh poisson dice circle ctc tversky kl kld
    binarycrossentropy categoricalcrossentropy sparsecategoricalcrossentropy focal
    binaryfocalcrossentropy categoricalfocalcrossentropy
    acc accuracy auc auroc precision recall f1 fbeta iou r2 top1 top5
    binaryaccuracy categoricalaccuracy sparsecategoricalaccuracy topkcategoricalaccuracy
    uniform normal randomuniform randomnormal truncatednormal henormal heuniform glorotnormal
    glorotuniform lecunnormal lecununiform zeros ones zero one constant identity orthogonal
    variancescaling l1 l2 l1l2 dense conv1d conv2d conv3d lstm gru simplernn rnn
    maxpool1d maxpool2d maxpool3d averagepooling1d averagepooling2d averagepooling3d
    batchnormalization layernormalization groupnormalization unitnormalization rmsnormalization
    normalization embedding attention flatten reshape rescaling resizing dropout
    gaussiandropout alphadropout spatialdropout1d spatialdropout2d activation input inputlayer
"""
_DIFFERENT = frozenset(_OTHERS.split())


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` misspells, None if it may mean something else.

    Letters may be in the wrong case, swapped or doubled, and separators may differ. In a long name
    one letter in six may be wrong, or the end may be missing.

    Examples
    --------
    >>> closest("Danse", ["Dense", "Dropout"]), closest("sdg", ["sgd", "adam"])
    ('Dense', 'sgd')
    >>> closest("mae", ["mse"]), closest("elu", ["relu"]), closest("uniform", ["he_uniform"])
    (None, None, None)
    """
    letters = plain(name)
    candidates = sorted(known, key=lambda other: (other.lower() != name.lower(), other))
    same = [other for other in candidates if plain(other) == letters]
    if same:
        return min(same, key=lambda other: distance(name, other))
    if letters in _DIFFERENT:
        return None
    longer = sorted(
        {plain(other) for other in candidates if plain(other).startswith(letters)}, key=len
    )
    if (
        len(letters) >= 5
        and longer
        and all(len(other) > len(longer[0]) + 4 for other in longer[1:])
    ):
        spellings = [other for other in candidates if plain(other) == longer[0]]
        return min(spellings, key=lambda other: distance(name, other))
    allowed = max(1, len(letters) // 6)
    near = [other for other in candidates if may_be_within(allowed, letters, plain(other))]
    steps, _, best = min(
        ((distance(letters, plain(other)), distance(name, other), other) for other in near),
        default=(9, 9, ""),
    )
    if steps > allowed:
        return None
    same_start = plain(best)[:1] == letters[:1] or len(letters) >= 8
    short = min(len(letters), len(plain(best))) < 4
    slipped = not short or is_swap(letters, plain(best)) or is_doubling(letters, plain(best))
    return best if same_start and slipped else None


def suggestions(name: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the known names that mean the same as `name`, or the one that it misspells.

    Examples
    --------
    >>> suggestions("cross_entropy", ["binary_crossentropy", "categorical_crossentropy"])
    ('categorical_crossentropy',)
    """
    same = tuple(other for other in SAME.get(plain(name), ()) if other in known)
    if same:
        return same
    near = closest(name, known)
    return (near,) if near else ()


def plain(name: str) -> str:
    """Return the letters and digits of a name, in lower case.

    Examples
    --------
    >>> plain("Leaky_ReLU")
    'leakyrelu'
    """
    return "".join(filter(str.isalnum, name.lower()))


def snake_case(name: str) -> str:
    """Return the name of a class in Keras's form: ``LeakyReLU`` becomes ``leaky_re_lu``.

    Examples
    --------
    >>> snake_case("BatchNormalization"), snake_case("ReLU"), snake_case("ELU")
    ('batch_normalization', 're_lu', 'elu')
    """
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def distance(a: str, b: str) -> int:
    """Return the edit distance: letters to replace, insert, delete or swap to turn a into b.

    Examples
    --------
    >>> distance("sdg", "sgd"), distance("sigmiod", "sigmoid"), distance("dence", "dense")
    (1, 1, 1)
    """
    rows = [list(range(len(b) + 1))]
    for i, left in enumerate(a, start=1):
        row = [i]
        for j, right in enumerate(b, start=1):
            steps = [rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (left != right)]
            if i > 1 and j > 1 and a[i - 2] == right and left == b[j - 2]:
                steps.append(rows[-2][j - 2] + 1)
            row.append(min(steps))
        rows.append(row)
    return rows[-1][-1]


def may_be_within(steps: int, a: str, b: str) -> bool:
    """Return whether the edit distance may be that small, by the lengths and the letters alone.

    Each step changes the length by at most 1, and adds and removes at most one letter.
    """
    return abs(len(a) - len(b)) <= steps and len({*a} ^ {*b}) <= 2 * steps


def is_swap(a: str, b: str) -> bool:
    """Return whether the names differ only by two swapped neighbouring letters."""
    return sorted(a) == sorted(b) and distance(a, b) == 1


def is_doubling(a: str, b: str) -> bool:
    """Return whether the names differ only by one doubled letter."""

    def single(text: str) -> str:
        return "".join(c for c, before in zip(text, " " + text, strict=False) if c != before)

    return single(a) == single(b) and distance(a, b) == 1


def module_attribute(module: str, name: str, known: Iterable[str]) -> Exception:
    """Return the error for a name that a module of tinynet doesn't have.

    It is an ImportError for ``from tinynet.layers import Danse``, because Python would replace the
    message of an AttributeError there, and an AttributeError otherwise. `module` is the
    ``__name__`` of the module whose ``__getattr__`` calls this, and `known` are the names it has.
    """
    if name.startswith("__"):
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    from tinynet._internal import absent

    advice = absent.about(f"{module.removeprefix('tinynet')}.{name}".lstrip("."))
    if not advice and module == "tinynet":
        advice = absent.about(f"layers.{name}")
    if not advice and (instead := absent.ATTRIBUTES.get(name)):
        advice = f"module {module!r} has no {name}: {instead}."
    near = closest(name, (other for other in known if not other.startswith("_")))
    hint = f" Did you mean {near}?" if near else ""
    if home := None if advice or near == name else home_of(name):
        hint = f" It is in {home}: from {home} import {name}."
    text = advice or f"module {module!r} has no attribute {name!r}.{hint}"
    caller = sys._getframe(2)
    imports = caller.f_code.co_code[caller.f_lasti] == opcode.opmap["IMPORT_FROM"]
    return ImportError(text, name=module) if imports else AttributeError(text, name=name)


def public_names(
    module: Mapping[str, Any],
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a module, given its ``globals()``.

    A missing name raises the error that `module_attribute` returns; ``dir`` lists ``__all__``.
    """

    def missing(name: str) -> object:
        raise module_attribute(module["__name__"], name, module)

    def listed() -> list[str]:
        return module["__all__"]

    return missing, listed


# The modules that have public names.
HOMES = (
    *("layers", "losses", "optimizers", "metrics", "callbacks", "schedules", "initializers"),
    *("regularizers", "constraints", "models", "utils", "datasets", "gradcheck", "explain"),
    *("diagnose", "plotting", "exchange"),
)


def home_of(name: str) -> str | None:
    """Return the public module that has a name, None if there is none.

    Examples
    --------
    >>> home_of("EarlyStopping"), home_of("Danse")
    ('tinynet.callbacks', None)
    """
    for home in () if name.startswith("_") else HOMES:
        if name in getattr(importlib.import_module(f"tinynet.{home}"), "__all__", ()):
            return f"tinynet.{home}"
    return None


# Keras's names for methods of losses and metrics, and tinynet's names for the same.
MEANT = {
    "update_state": "update",
    "reset_state": "reset",
    "reset_states": "reset",
    "call": "forward",
}


def object_attribute(value: object, name: str) -> AttributeError:
    """Return the error for an attribute that an object of tinynet doesn't have.

    Examples
    --------
    >>> from tinynet import Sequential
    >>> print(object_attribute(Sequential(), "predict_proba"))
    Sequential has no predict_proba: use model.predict(x).
    """
    if not name.startswith("_"):
        from tinynet._internal import absent

        if advice := absent.ATTRIBUTES.get(name):
            text = f"{type(value).__name__} has no {name}: {advice}."
            return AttributeError(text, name=name, obj=None)
    return misspelt_attribute(value, name)


def misspelt_attribute(value: object, name: str) -> AttributeError:
    """Return the error for an attribute that an object doesn't have; it suggests the one meant.

    Examples
    --------
    >>> from tinynet.metrics import Accuracy
    >>> print(misspelt_attribute(Accuracy(), "update_state"))
    'Accuracy' object has no attribute 'update_state'. Did you mean update?
    """
    kind = type(value).__name__
    if name.startswith("_"):  # asked for by copy, pickle and hasattr: no search for what is meant
        return AttributeError(f"{kind!r} object has no attribute {name!r}", name=name, obj=value)
    known = {*vars(value), *(other for other in dir(type(value)) if not other.startswith("_"))}
    near = MEANT.get(name) if MEANT.get(name) in known else closest(name, known)
    hint = f" Did you mean {near}?" if near else ""
    # Without an object, Python itself suggests no other name below the message.
    return AttributeError(f"{kind!r} object has no attribute {name!r}.{hint}", name=name, obj=None)


def known_keywords(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function's error for an unknown keyword say what to write instead.

    For ``__init__`` and ``__call__``, the message names the class. A call that fits costs a tenth
    of a microsecond more, since nothing is looked at before Python has refused one.

    Examples
    --------
    >>> @known_keywords
    ... def step(learning_rate=0.01):
    ...     return learning_rate
    >>> step(lr=0.1)
    Traceback (most recent call last):
    TypeError: step has no argument 'lr': use learning_rate.
    >>> step(learning_rat=0.1)
    Traceback (most recent call last):
    TypeError: step has no argument 'learning_rat'. Did you mean learning_rate?
    >>> step(0.1, 0.2)
    Traceback (most recent call last):
    TypeError: step takes at most 1 value by position (learning_rate), received 2.
    """
    creates = function.__name__ == "__init__"

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        before = seeds.spent() if creates else None
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            if creates:
                seeds.give_back(before)  # a layer or model that wasn't created has used no seed
            trace = error.__traceback__
            if not isinstance(error, TypeError) or trace is None or trace.tb_next is not None:
                raise  # the function has begun, and raised it
            raise explained(function, args, kwargs) or error from None

    return checked


def explained(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> TypeError | None:
    """Return the error for arguments that a function doesn't accept, None if none is unknown."""
    code, name = function.__code__, function.__name__
    positional = code.co_varnames[: code.co_argcount]
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    shown = [key for key in known if key not in ("self", "cls")]
    if name in ("__init__", "__call__"):
        name = type(args[0]).__name__ if args else function.__qualname__.split(".")[0]
    elif name == "__new__":
        name = function.__qualname__.split(".")[0]
    wrong = [key for key in kwargs if key not in known]
    if wrong:
        return unknown_keyword(name, wrong[0], shown)
    if len(args) > len(positional) and not code.co_flags & inspect.CO_VARARGS:
        plain = any(is_plain(value) for value in args)
        return too_many_values(name, positional, len(args), shown, plain)
    optional = {*positional[len(positional) - len(function.__defaults__ or ()) :]}
    optional |= {*(function.__kwdefaults__ or {})}
    there = {*positional[: len(args)], *kwargs}
    missing = [key for key in known if key not in there and key not in optional]
    twice = [key for key in positional[: len(args)] if key in kwargs]
    if not missing and not twice:
        return None
    from tinynet._internal import absent

    if missing and (advice := absent.NEEDED.get(f"{name}.{missing[0]}")):
        return TypeError(f"{name} needs {missing[0]}: {advice}.")
    fault = f"needs {' and '.join(missing)}" if missing else f"was given {twice[0]} twice"
    return TypeError(f"{name} {fault}. It takes {', '.join(shown) or 'none'}.")


@functools.lru_cache(maxsize=256)
def arguments(kind: type) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a class's constructor; kept, since reading them takes 50 µs.

    Examples
    --------
    >>> from tinynet.layers import ReLU
    >>> list(arguments(ReLU))
    ['input_shape', 'name']
    """
    return inspect.signature(kind).parameters


def settings_are_arguments(kind: type) -> bool:
    """Return whether the constructor's arguments are all the settings of a class.

    They are if `known_keywords` checks them and no derived class adds a method, which might set
    other attributes.

    Examples
    --------
    >>> from tinynet import SGD
    >>> class Same(SGD):
    ...     pass
    >>> class Own(SGD):
    ...     def step(self, parameters, gradients, learning_rate):
    ...         self.last = gradients.copy()
    >>> settings_are_arguments(Same), settings_are_arguments(Own)
    (True, False)
    """
    for base in kind.__mro__:
        if "__init__" in vars(base):
            return hasattr(vars(base)["__init__"], "__wrapped__")
        if any(inspect.isfunction(value) for value in vars(base).values()):
            return False
    return False


def explain_keywords(kind: type[T]) -> type[T]:
    """Make a dataclass report an unknown keyword as `known_keywords` does.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @explain_keywords
    ... @dataclass
    ... class Point:
    ...     width: float
    >>> Point(wdith=1.0)
    Traceback (most recent call last):
    TypeError: Point has no argument 'wdith'. Did you mean width?
    """
    setattr(kind, "__init__", known_keywords(kind.__init__))  # noqa: B010 - mypy refuses the other
    return kind


def unknown_keyword(function: str, keyword: str, known: Collection[str]) -> TypeError:
    """Return the error for a keyword that a function doesn't accept."""
    from tinynet._internal import absent

    advice = absent.about_argument(keyword, function, known)
    if advice:
        return TypeError(f"{function} has no argument {keyword!r}: {advice}.")
    near = closest(keyword, known) or of_the_same_words(keyword, known)
    hint = f"Did you mean {near}?" if near else f"It takes {', '.join(known) or 'none'}."
    return TypeError(f"{function} has no argument {keyword!r}. {hint}")


FILLERS = {"n", "num", "train", "test", "fn", "function"}


def of_the_same_words(name: str, known: Collection[str]) -> str | None:
    """Return the only known name that has the words of `name`, None if there are several or none.

    Examples
    --------
    >>> fit = ["x", "y", "epochs", "validation_split", "class_weight", "sample_weight"]
    >>> [of_the_same_words(name, fit) for name in ("n_epochs", "val_split", "x_train", "weight")]
    ['epochs', 'validation_split', 'x', None]
    """
    words = {"validation" if word == "val" else word for word in name.split("_")} - FILLERS
    found = [key for key in known if words and words <= {*key.split("_")}]
    return found[0] if len(found) == 1 else None


def is_plain(value: object) -> bool:
    """Return whether a value is a number, a string, an array, or a list or its like."""
    return isinstance(value, int | float | str | range | list | tuple) or hasattr(
        value, "__array__"
    )


def too_many_values(
    function: str,
    positional: Sequence[str],
    received: int,
    known: Sequence[str] = (),
    plain: bool = False,
) -> TypeError:
    """Return the error for too many positional arguments.

    `known` are all that the function takes, and `plain` says whether it received a list, an array,
    a number or a string.

    Examples
    --------
    >>> print(too_many_values("Sequential", ("self", "layers", "name"), 4))
    Sequential takes at most 2 values by position (layers, name), received 3: put several layers ...
    """
    names = [name for name in positional if name != "self"]
    received -= len(positional) - len(names)
    if not names:
        how = f"its values by name ({', '.join(known)})" if known else "no values"
        return TypeError(f"{function} takes {how}, received {received} by position.")
    plural = names and names[0].endswith("s") and not names[0].endswith("ss")
    by_name = [name for name in known if name not in names]
    joined = (" and " if len(by_name) == 2 else ", ").join(by_name)
    hint = f": pass {joined} by name" if by_name else ""
    if plural and not plain:
        hint = f": put several {names[0]} in a list"
    return TypeError(
        f"{function} takes at most {len(names)} value{'s' * (len(names) != 1)} by position "
        f"({', '.join(names)}), received {received}{hint}."
    )


# What the names in a table are, and the module and the name of the table.
TABLES = (
    ("an activation", "layers.lookup", "ACTIVATIONS"),
    ("an optimizer", "optimizers.lookup", "OPTIMIZERS"),
    ("a loss", "losses.lookup", "LOSSES"),
    ("a metric", "metrics.lookup", "METRICS"),
    ("an initializer", "initializers.lookup", "INITIALIZERS"),
    ("a regularizer", "regularizers", "REGULARIZERS"),
    ("a constraint", "constraints", "CONSTRAINTS"),
)


def kind_of(name: str) -> str | None:
    """Return what has that name elsewhere in the package, None if nothing has.

    Examples
    --------
    >>> kind_of("relu"), kind_of("accuracy"), kind_of("rleu")
    ('an activation', 'a metric', None)
    """
    for kind, module, table in TABLES:
        if name in getattr(importlib.import_module(f"tinynet.{module}"), table):
            return kind
    return None


def unknown_choice(what: str, name: str, known: Mapping[str, Any]) -> str:
    """Return the message for an unknown name, with a suggestion if there is a close one.

    Examples
    --------
    >>> unknown_choice("optimizer", "sdg", {"sgd": 1, "adam": 2})
    "Unknown optimizer 'sdg'. Did you mean 'sgd'? Known: 'adam', 'sgd'."
    """
    found = suggestions(name, known)
    hint = f" Did you mean {' or '.join(map(repr, found))}?" if found else ""
    if not found and (kind := kind_of(name)) and not kind.endswith(what):
        hint = f" {name!r} is {kind}."
    names = sorted(filter(str.islower, known)) or sorted(known)
    return f"Unknown {what} {name!r}.{hint} Known: {', '.join(map(repr, names))}."
