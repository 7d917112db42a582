"""What the steps of an update rule show of its momentum and its averages.

The rule is known by its steps alone: the coefficients of its averages are worked out from a few
steps with chosen gradients. A momentum that a rule claims to have, by a setting or by the name of
its class, can be tested: a rule that has one remembers the gradients of earlier steps.
"""

import re

import numpy as np

from tinynet.optimizers.base import Optimizer

WITH_VELOCITY = (
    *("momentum", "sgdmomentum", "momentumsgd", "sgdwithmomentum", "heavyball"),
    *("nesterov", "nesterovmomentum", "nag", "adam", "adamw", "adamax", "amsgrad", "nadam"),
)
WITH_SQUARES = ("rmsprop", "adagrad", "adadelta")
FIRST_BETAS = ("momentum", "beta1", "b1")  # settings, without underscores
SHARES = ("momentum", "beta", "mu", "rho", "beta2", "b2", "decayrate")  # of what is kept
MOMENTUM_SHARES = (*SHARES, "mom", "m", "gamma", "beta1", "b1")  # if the rule is named after it
WITHOUT = (
    "nomomentum",
    "nonmomentum",
    "notmomentum",
    "zeromomentum",
    "withoutmomentum",
    "momentumfree",
    "momentumless",
)
NESTEROVS = ("nesterov", "nesterovmomentum", "nesterovsgd", "sgdnesterov", "nag")
AFFIXES = re.compile(r"^(my|own|simple|custom)|(optimi[sz]er|\d+)$")
CLEAR = 0.05  # a momentum that shows in the next step
EXACT = 1e-6  # the tolerance for steps of rules that are linear in the gradients
CLOSE = 0.02  # that for averages which are still settling


def plain_name(optimizer: Optimizer) -> str:
    """Return the name of an optimizer's class in lower case, without what is often added to it.

    Examples
    --------
    >>> class MyRMS_Prop2(Optimizer): ...
    >>> plain_name(MyRMS_Prop2(0.1))
    'rmsprop'
    """
    name = type(optimizer).__name__.lower().replace("_", "")
    return AFFIXES.sub("", AFFIXES.sub("", name))


def names_one_of(optimizer: Optimizer, rules: tuple[str, ...]) -> bool:
    """Whether the name of an optimizer's class holds that of one of some rules."""
    return any(rule in plain_name(optimizer) for rule in rules)


def settings_named(optimizer: Optimizer, names: tuple[str, ...]) -> list[float]:
    """Return the numbers of settings with some names, written without underscores."""
    known = {
        name: v for kind in reversed(type(optimizer).__mro__) for name, v in vars(kind).items()
    }
    settings = {n.lower().replace("_", ""): v for n, v in {**known, **vars(optimizer)}.items()}
    found = [settings[name] for name in names if name in settings]
    return [float(value) for value in found if isinstance(value, int | float)]


def claims_velocity(optimizer: Optimizer) -> bool:
    """Whether a rule should go on after a gradient, by a setting, or else by its class's name."""
    numbers = settings_named(optimizer, FIRST_BETAS)
    if numbers:
        return all(CLEAR < number < 1 for number in numbers)
    if not names_momentum(optimizer):
        return plain_name(optimizer) in WITH_VELOCITY
    return all(share > CLEAR for share in shares_of(optimizer))


def names_momentum(optimizer: Optimizer) -> bool:
    """Whether the name of an optimizer's class says that it is one with momentum.

    Of RMSprop and its like, nothing is said: the momentum may be the mean of squares.

    Examples
    --------
    >>> class GDMomentum(Optimizer): ...
    >>> class SGDWithoutMomentum(Optimizer): ...
    >>> names_momentum(GDMomentum(0.1)), names_momentum(SGDWithoutMomentum(0.1))
    (True, False)
    """
    others = WITHOUT + WITH_SQUARES
    return names_one_of(optimizer, ("momentum",)) and not names_one_of(optimizer, others)


def shares_of(optimizer: Optimizer) -> list[float]:
    """Return the settings that may be the share which an average keeps."""
    return settings_named(optimizer, MOMENTUM_SHARES if names_momentum(optimizer) else SHARES)


def claims_nesterov(optimizer: Optimizer) -> bool:
    """Whether a rule is named after Nesterov, and isn't set to a plain momentum."""
    return plain_name(optimizer) in NESTEROVS and bool(getattr(optimizer, "nesterov", True))


def claims_memory(optimizer: Optimizer) -> bool:
    """Whether a rule should depend on the gradients of earlier steps."""
    return claims_velocity(optimizer) or plain_name(optimizer) in WITH_SQUARES


def decay_of(moves: np.ndarray) -> np.ndarray | None:
    """Return the ratios of successive moves if all but the first are equal, or None.

    Parameters
    ----------
    moves : numpy.ndarray, shape (steps, P)
        The changes of the parameters in a step with a gradient, and in those after it.

    Examples
    --------
    >>> decay_of(np.array([[1.9], [0.81], [0.729], [0.6561]])).round(3)
    array([0.426, 0.9  , 0.9  ])
    """
    if not (np.isfinite(moves).all() and moves.all()):
        return None
    ratios = moves[1:] / moves[:-1]
    ratio = ratios.mean(axis=1)
    is_even = np.allclose(ratios, ratio[:, None], rtol=EXACT)
    return ratio if is_even and np.allclose(ratio[1:], ratio[-1], rtol=EXACT) else None


def wrong_nesterov(moves: np.ndarray) -> bool:
    """Whether the steps after a single gradient are Nesterov's with one sign reversed.

    Nesterov's step, with the velocity v <- mu v - rate g, is (1 + mu) v less mu times the old v, or
    v plus mu times the change of v. With the signs in the middle reversed, the second step is too
    long, and only that: from there on, each is mu times the one before.

    Parameters
    ----------
    moves : numpy.ndarray, shape (steps, P)
        The changes of the parameters in the step with the gradient, and in those after it.

    Examples
    --------
    >>> right, wrong = [1.9, 0.81, 0.729, 0.6561], [1.9, 2.61, 2.349, 2.1141]
    >>> wrong_nesterov(-np.array([right]).T), wrong_nesterov(-np.array([wrong]).T)
    (False, True)
    """
    ratios = decay_of(moves)
    if ratios is None or not 0 < ratios[-1] < 1:
        return False
    mu = ratios[-1]
    seconds = (2 * mu + mu**2) / (1 + mu), (2 * mu - mu**2) / (1 - mu)
    return any(np.allclose(ratios[0], second, rtol=EXACT) for second in seconds)


def swapped_share(kept: float, settings: list[float]) -> float | None:
    """Return the setting, above 1/2, whose complement is the share that a rule keeps.

    Examples
    --------
    >>> swapped_share(0.1, [0.9]), swapped_share(0.9, [0.9]), swapped_share(0.9, [0.1])
    (0.9, None, None)
    """
    if any(np.isclose(kept, setting, rtol=1e-3) for setting in settings):
        return None
    close = [s for s in settings if 0.5 < s < 1 and np.isclose(kept, 1 - s, rtol=1e-3)]
    return close[0] if close else None


def missing_share(length: float, flipped: float, steep: float, scale: float) -> str:
    """Return how Adam's averages take the new gradient if not with the share 1 - beta, or "".

    Without that share, an average is not of the gradients' size, but 1 / (1 - beta) times as large,
    and with the share beta, beta / (1 - beta) times.

    Parameters
    ----------
    length : float
        The length of all steps with a constant gradient, in units of the learning rate.
    flipped : float
        The next step if the gradient changes its sign, in units of the step before. It is
        2 beta_1 - 1, since the mean square stays as it is.
    steep : float
        The next step if the gradient is `scale` times as large, in units of the step before.
    scale : float

    Examples
    --------
    >>> missing_share(1.0, 0.8, 10.9 / 3.3166, 100)
    ''
    >>> missing_share(10.0, 0.8, 10.9 / 3.3166, 100)
    'without its share, 1 - beta_1'
    >>> missing_share(9.0, 0.8, 10.9 / 3.3166, 100)
    'with the share beta_1, where 1 - beta_1 is right'
    """
    first = (1 - flipped) / 2  # 1 - beta_1
    if not (0 < first < 1 and steep > 0):
        return ""
    second = (((1 + (scale - 1) * first) / steep) ** 2 - 1) / (scale**2 - 1)  # 1 - beta_2
    if not 0 < second < 1:
        return ""
    expected = {
        "without its share, 1 - beta_1": 1 / first,
        "without its share, 1 - beta_2": second**0.5,
        "without their shares, 1 - beta_1 and 1 - beta_2": second**0.5 / first,
        "with the share 1 - beta_2, where 1 - beta_1 is right": second / first,
        "with the share 1 - beta_1, where 1 - beta_2 is right": (second / first) ** 0.5,
        "with the share beta_1, where 1 - beta_1 is right": (1 - first) / first,
        "with the share beta_2, where 1 - beta_2 is right": (second / (1 - second)) ** 0.5,
    }
    close = [share for share, value in expected.items() if abs(length / value - 1) < CLOSE]
    return close[0] if close and abs(length - 1) > 5 * CLOSE else ""


def lacks_share_of_squares(lengths: np.ndarray) -> bool:
    """Whether steps with a constant gradient are RMSprop's without 1 - rho.

    The mean square, s <- rho s + g**2, is then the sum of rho's powers.

    Examples
    --------
    >>> t = np.arange(1, 100)
    >>> lacks_share_of_squares(np.sqrt((1 - 0.9) / (1 - 0.9**t)))
    True
    >>> lacks_share_of_squares(1 / np.sqrt(1 - 0.9**t))
    False
    """
    rho = float((lengths[0] / lengths[1]) ** 2 - 1)
    powers = np.cumsum(rho ** np.arange(len(lengths)))
    return 0 < rho < 1 and bool(np.allclose(lengths, 1 / np.sqrt(powers), rtol=1e-3))


def kept_of_squares(lengths: np.ndarray) -> float | None:
    """Return the share of the mean square that RMSprop keeps, from steps with a constant gradient.

    Examples
    --------
    >>> t = np.arange(1, 100)
    >>> round(kept_of_squares(1 / np.sqrt(1 - 0.9**t)), 6)
    0.9
    >>> kept_of_squares(1 / np.sqrt(t))  # Adagrad's
    """
    kept = float((lengths[0] / lengths[1]) ** 2 - 1)
    if not 0 < kept < 1 - EXACT:
        return None
    mean = 1 - kept ** np.arange(1, len(lengths) + 1)
    return kept if np.allclose(lengths / lengths[-1], (mean[-1] / mean) ** 0.5, rtol=1e-3) else None


def never_forgets(lengths: np.ndarray, scale: float) -> bool:
    """Whether steps are divided by the root of the sum of all squares, as Adagrad's are.

    The first gradient was `scale` times as large as all others.

    Examples
    --------
    >>> t = np.arange(0, 2000)
    >>> never_forgets(1 / np.sqrt(100**2 + t), 100)
    True
    >>> never_forgets(1 / np.sqrt(100**2 * 0.999**t + 1000 * (1 - 0.999**t)), 100)
    False
    """
    later = lengths[1:] / lengths[-1]
    sums = scale**2 + np.arange(1, len(lengths))
    return bool(np.allclose(later, np.sqrt(sums[-1] / sums), rtol=1e-3))


def wrong_adadelta(lengths: np.ndarray, rho: float) -> str:
    """Return which mean of Adadelta is wrong, from steps with a constant large gradient, or "".

    Examples
    --------
    >>> wrong_adadelta(adadelta_steps(0.9, 0.1, 0.1, 20), 0.9)
    ''
    >>> wrong_adadelta(adadelta_steps(0.9, 1, 0.1, 20), 0.9)
    'the mean of the squared gradients takes them without their share, 1 - rho'
    """
    n, share, t = len(lengths), 1 - rho, np.arange(len(lengths))
    mistakes = {
        "gradients takes them without their share, 1 - rho": adadelta_steps(rho, 1, share, n),
        "steps takes them without their share, 1 - rho": adadelta_steps(rho, share, 1, n),
        "steps is one of squared gradients": np.sqrt((1 - rho**t) / (1 - rho ** (t + 1))),
    }
    found = lengths[1:] / lengths[-1]
    for words, steps in mistakes.items():
        expected = steps[1:] / steps[-1]
        if np.ptp(expected) > CLEAR and np.allclose(found, expected, rtol=1e-3):
            return f"the mean of the squared {words}"
    return ""


def adadelta_steps(rho: float, share: float, share_of_steps: float, n: int) -> np.ndarray:
    """Return Adadelta's steps with a constant large gradient, where epsilon is 1."""
    mean, mean_of_steps, steps = 0.0, 0.0, []
    for _ in range(n):
        mean = rho * mean + share
        square = (mean_of_steps + 1) / mean
        mean_of_steps = rho * mean_of_steps + share_of_steps * square
        steps.append(square**0.5)
    return np.array(steps)
