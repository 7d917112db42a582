"""Tests of tinynet.datasets.synthetic_digits: what the images are like, and the cache."""

import inspect
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinynet.datasets import _sources, mnist, synthetic_digits
from tinynet.datasets._pen_strokes import ALLOGRAPHS
from tinynet.datasets.synthetic_digits import load_data
from tinynet.layers import Dense
from tinynet.models import Sequential
from tinynet.utils import to_categorical

DATA = os.environ.get("TINYNET_DATA")  # read now, since each test here starts without it


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    return load_data(5000, 0)[0]


# The images are like MNIST's


@pytest.mark.parametrize(("n_train", "n_test"), [(0, 0), (1, 0), (0, 7), (249, 250), (251, 500)])
def test_shapes_and_dtypes(n_train: int, n_test: int) -> None:
    train, test = load_data(n_train, n_test)
    for n, (x, y) in ((n_train, train), (n_test, test)):
        assert x.shape == (n, 28, 28)
        assert y.shape == (n,)
        assert x.dtype == y.dtype == np.uint8
        assert x.flags.c_contiguous
        assert x.flags.writeable


def test_default_sizes_are_those_of_mnist() -> None:
    defaults = {name: p.default for name, p in inspect.signature(load_data).parameters.items()}
    assert defaults == {"n_train": 60000, "n_test": 10000, "seed": 0}


def test_every_digit_fills_a_square_of_20_pixels_on_blank_paper(
    digits: tuple[np.ndarray, np.ndarray],
) -> None:
    ink: np.ndarray = digits[0] > 0
    height = np.ptp(_ends(ink.max(axis=2)), axis=0) + 1
    width = np.ptp(_ends(ink.max(axis=1)), axis=0) + 1
    long_side = np.maximum(height, width)
    assert long_side.max() <= 20
    assert np.mean(long_side == 20) > 0.99
    assert long_side.min() >= 19
    assert (digits[0].max(axis=(1, 2)) == 255).all()
    assert 0.78 < np.mean(digits[0] == 0) < 0.84  # MNIST: 0.81


def _ends(marked: np.ndarray) -> np.ndarray:
    """Return the first and the last marked place of each row, shape (2, rows)."""
    return np.stack([marked.argmax(axis=1), marked.shape[1] - 1 - marked[:, ::-1].argmax(axis=1)])


def test_every_digit_is_centred_by_mass(digits: tuple[np.ndarray, np.ndarray]) -> None:
    x = digits[0].astype(float)
    mass = x.sum(axis=(1, 2))
    row = x.sum(axis=2) @ np.arange(28) / mass
    column = x.sum(axis=1) @ np.arange(28) / mass
    distance = np.maximum(np.abs(row - 14), np.abs(column - 14))
    # Half a pixel from rounding to whole pixels, and a little from rounding grey levels.
    far = digits[0][distance > 0.51] > 0
    assert len(far) < 0.002 * len(x)
    # What is farther off lies on the image's edge, and can't be moved on.
    edge = far[:, [0, -1]].any(axis=(1, 2)) | far[:, :, [0, -1]].any(axis=(1, 2))
    assert edge.all()
    assert distance.max() < 2


def test_grey_levels_are_distributed_like_mnists(digits: tuple[np.ndarray, np.ndarray]) -> None:
    x, _ = digits
    assert x.mean() == pytest.approx(33.3, abs=1.5)
    assert x.std() == pytest.approx(78.6, abs=1.5)
    share = np.histogram(x[x > 0], bins=4, range=(0, 256))[0] / np.sum(x > 0)
    assert share == pytest.approx([0.18, 0.13, 0.14, 0.55], abs=0.03)  # MNIST's, to two places


def test_digits_are_balanced_and_shuffled(digits: tuple[np.ndarray, np.ndarray]) -> None:
    blocks = digits[1].reshape(-1, 250)
    assert (np.sort(blocks, axis=1) == np.repeat(np.arange(10), 25)).all()
    assert len(np.unique(blocks, axis=0)) == len(blocks)
    assert np.mean(blocks[:, 1:] == blocks[:, :-1]) == pytest.approx(0.1, abs=0.02)


def test_no_two_images_are_the_same(digits: tuple[np.ndarray, np.ndarray]) -> None:
    both = np.concatenate([digits[0], load_data(0, 1000)[1][0]]).reshape(6000, 784)
    assert len(np.unique(both, axis=0)) == 6000


# Seeds


def test_the_same_seed_gives_the_same_bits() -> None:
    for first, again in zip(load_data(300, 20, seed=3), load_data(300, 20, seed=3), strict=True):
        np.testing.assert_array_equal(first[0], again[0])
        np.testing.assert_array_equal(first[1], again[1])


def test_other_seeds_give_other_images() -> None:
    # 2**32 is the seed for which a careless mixing of seed, split and block would repeat others'.
    seeds = [0, 1, 2**32, 2**32 + 1, 2**64 - 1]
    images = np.stack([x for seed in seeds for x, _ in load_data(250, 250, seed)])
    assert len(np.unique(images.reshape(-1, 784), axis=0)) == 2 * 250 * len(seeds)


@given(st.integers(0, 600), st.integers(0, 600))
@settings(max_examples=10, deadline=None)
def test_fewer_images_are_the_first_of_more(n_train: int, n_test: int) -> None:
    more = load_data(600, 600)
    fewer = load_data(n_train, n_test)
    for n, (x, y), (x_more, y_more) in zip((n_train, n_test), fewer, more, strict=True):
        np.testing.assert_array_equal(x, x_more[:n])
        np.testing.assert_array_equal(y, y_more[:n])


def test_global_random_state_is_neither_used_nor_changed() -> None:
    state = np.random.get_state()[1].copy()  # type: ignore[index]  # noqa: NPY002
    load_data(10, 10)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # type: ignore[index]  # noqa: NPY002


# Version 1's first eight images: what they show, and the means of their upper and lower halves.
# Whoever changes the images must raise GENERATOR_VERSION, then replace these by the new ones.
VERSION = 1
LABELS = [5, 0, 7, 5, 5, 1, 4, 1]
UPPER = [44.59, 52.95, 24.03, 18.59, 30.39, 15.19, 20.82, 21.12]
LOWER = [32.42, 52.42, 25.05, 30.09, 33.13, 18.04, 31.48, 24.54]


def test_a_change_of_the_images_comes_with_a_new_version() -> None:
    assert synthetic_digits.GENERATOR_VERSION == VERSION
    (x, y), _ = load_data(8, 0)
    assert y.tolist() == LABELS
    # On another machine a pixel may differ by one grey level: 0.003 in these means.
    assert x[:, :14].mean(axis=(1, 2)) == pytest.approx(UPPER, abs=0.02)
    assert x[:, 14:].mean(axis=(1, 2)) == pytest.approx(LOWER, abs=0.02)


# Skeletons


def test_the_table_holds_several_ways_to_write_each_digit() -> None:
    assert list(ALLOGRAPHS) == list(range(10))
    for allographs in ALLOGRAPHS.values():
        assert len(allographs) >= 4
        assert len({strokes for _, strokes in allographs}) == len(allographs)
        for frequency, strokes in allographs:
            points, spans = synthetic_digits._parse(strokes)
            assert frequency > 0
            assert np.ptp(points[:, 1]) >= 5  # tall enough to be meant
            assert (points >= [-1, -1]).all()
            assert (points <= [10, 10]).all()
            assert (np.diff([span[1:3] for span in spans]) == 1).all()


def test_skeletons_are_chosen_by_their_frequency() -> None:
    cumulative = synthetic_digits._skeletons().cumulative
    shares = np.diff(cumulative, axis=1, prepend=0)
    start = 0
    for digit, allographs in ALLOGRAPHS.items():
        frequencies = np.array([frequency for frequency, _ in allographs])
        expected = np.zeros(shares.shape[1])
        expected[start : start + len(allographs)] = frequencies / frequencies.sum()
        np.testing.assert_allclose(shares[digit], expected, atol=1e-12)
        start += len(allographs)
    assert (cumulative[:, -1] == 1).all()  # so that a draw just below 1 still finds a skeleton


def stamps(text: str) -> np.ndarray:
    points, spans = synthetic_digits._parse(text)
    path: np.ndarray = synthetic_digits._spline(points, spans) @ points
    return path


def test_a_curve_passes_through_its_points_in_order() -> None:
    text = "0,2 3,0 6,2 6,6 3,9 0,8"
    path = stamps(text)
    distance = np.hypot(*(path[:, np.newaxis] - synthetic_digits._parse(text)[0]).T)
    np.testing.assert_allclose(distance.min(axis=1), 0, atol=1e-12)
    assert (np.diff(distance.argmin(axis=1)) > 0).all()
    # It is smooth: the pen nowhere turns by more than half a right angle from stamp to stamp.
    steps = np.diff(path, axis=0)
    steps = steps[np.hypot(*steps.T) > 1e-9]
    turns = np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))
    assert np.abs(turns).max() < np.pi / 4


def test_a_curve_has_the_slopes_of_catmull_and_rom() -> None:
    # Where it passes b the curve runs parallel to the line from a to c.
    path = stamps("0,0 2,4 6,4 7,0")
    at_b = np.hypot(*(path - [2, 4]).T).argmin()
    before, after = path[at_b] - path[at_b - 1], path[at_b + 2] - path[at_b + 1]
    slope = (before + after) / 2
    assert slope[1] / slope[0] == pytest.approx(4 / 6, abs=0.02)


def test_a_corner_is_not_rounded() -> None:
    x, y = stamps("0,0 6,0! 6,10").T
    assert ((np.abs(y) < 1e-12) | (np.abs(x - 6) < 1e-12)).all()


def test_the_pen_is_lifted_between_strokes() -> None:
    x, _ = stamps("0,0 0,10 / 7,0 7,10").T
    assert set(np.round(x, 12)) == {0, 7}


def test_stamps_are_less_than_a_pixel_apart() -> None:
    path = synthetic_digits._write(np.arange(1000) % 10, np.random.default_rng(0))
    pixels = 18 / np.ptp(path, axis=1).max(axis=0)
    steps = np.hypot(*np.diff(path, axis=1)) * pixels
    assert np.quantile(steps, 0.98) < 1  # the rest are the ways of a lifted pen


# Ink


def test_ink_agrees_with_a_slow_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a pen of constant radius, ink depends on the distance from the nearest stamp."""
    radius, edge = 1.5, 1.2
    monkeypatch.setattr(synthetic_digits, "RADIUS", radius)
    monkeypatch.setattr(synthetic_digits, "RADIUS_SPREAD", 0)
    monkeypatch.setattr(synthetic_digits, "PRESSURE", 0)
    monkeypatch.setattr(synthetic_digits, "EDGE_LIMITS", (edge, edge))
    path = synthetic_digits._write(np.array([3, 8]), np.random.default_rng(5))
    ink = synthetic_digits._ink(path, np.random.default_rng(5))
    for i in range(2):
        x, y = path[:, :, i]
        scale = (20 - 2 * radius) / max(np.ptp(x), np.ptp(y))
        x = (x - (x.min() + x.max()) / 2) * scale + 9.5
        y = (y - (y.min() + y.max()) / 2) * scale + 9.5
        for row in range(20):
            for column in range(20):
                distance = min(np.hypot(column - x, row - y))
                t = min(max(0.5 - (distance - radius) / edge, 0), 1)
                assert ink[row, column, i] == pytest.approx(t**2 * (3 - 2 * t), abs=1e-4)


def test_pens_differ_between_digits_and_within_them(monkeypatch: pytest.MonkeyPatch) -> None:
    line = np.zeros((2, synthetic_digits.STAMPS, 400))
    line[1] = np.linspace(0, 1, synthetic_digits.STAMPS)[:, np.newaxis]
    width = synthetic_digits._ink(line, np.random.default_rng(0)).sum(axis=1)[4:16]  # (12, 400)
    assert np.median(width) == pytest.approx(2 * synthetic_digits.RADIUS, rel=0.1)
    assert width.mean(axis=0).std() > 0.5
    assert (np.ptp(width, axis=0) / width.mean(axis=0)).mean() > 0.05
    monkeypatch.setattr(synthetic_digits, "PRESSURE", 0)
    width = synthetic_digits._ink(line, np.random.default_rng(0)).sum(axis=1)[4:16]
    # Not zero, because an edge made of discs is scalloped.
    assert np.ptp(width, axis=0).max() < 0.04


# What the images are good for


def accuracy_of_network(train: synthetic_digits.Split, *tests: synthetic_digits.Split) -> list[Any]:
    x, y = train
    mean, std = np.float32(x.mean()), np.float32(x.std())
    model = Sequential(
        [Dense(128, activation="relu", input_shape=(784,)), Dense(10, activation="softmax")], seed=0
    )
    model.compile(optimizer="sgd", loss="categorical_crossentropy")
    model.fit((x.reshape(-1, 784) - mean) / std, to_categorical(y, 10), epochs=3, verbose=0)
    return [
        np.mean(model.predict((x.reshape(-1, 784) - mean) / std).argmax(axis=1) == y)
        for x, y in tests
    ]


def test_a_network_learns_to_read_them(digits: tuple[np.ndarray, np.ndarray]) -> None:
    (accuracy,) = accuracy_of_network(digits, load_data(0, 1000)[1])
    assert accuracy > 0.75


def test_a_network_trained_on_them_reads_real_handwriting(
    digits: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not DATA or not (Path(DATA) / "mnist").is_dir():
        pytest.skip("needs MNIST in the folder that TINYNET_DATA names")
    monkeypatch.setenv("TINYNET_DATA", DATA)
    # A twelfth of the training images; benchmarks/synthetic_to_real.py measures with all of them.
    (accuracy,) = accuracy_of_network(digits, mnist.load_data()[1])
    assert accuracy > 0.8


def test_drawing_takes_numpy_alone_and_little_memory() -> None:
    code = (
        "import sys\n"
        "from tinynet.datasets import synthetic_digits\n"
        "synthetic_digits.load_data(10, 10)\n"
        "print({'PIL', 'matplotlib', 'pooch', 'scipy'} & set(sys.modules))\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert out.stdout.strip() == "set()"

    tracemalloc.start()
    try:
        (x, _), _ = load_data(8000, 0)
        assert tracemalloc.get_traced_memory()[1] < x.nbytes + 20 * 2**20
    finally:
        tracemalloc.stop()


# Wrong arguments


@pytest.mark.parametrize("name", ["n_train", "n_test", "seed"])
@pytest.mark.parametrize(
    ("value", "error"),
    [(-1, ValueError), (1.0, TypeError), ("1", TypeError), (None, TypeError), (True, TypeError)],
)
def test_wrong_arguments_are_refused_by_name(
    name: str, value: Any, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthetic_digits, "_draw_split", fail)
    with pytest.raises(error, match=rf"{name} must be .*, received {value!r}\."):
        load_data(**{name: value})


def test_numpy_integers_are_numbers() -> None:
    (x, _), _ = load_data(np.int64(2), np.uint8(0), seed=np.int32(1))  # type: ignore[arg-type]
    np.testing.assert_array_equal(x, load_data(2, 0, seed=1)[0][0])


# The cache


def fail(*args: object) -> NoReturn:
    raise AssertionError("not expected to be called")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder in place of the user's, not there yet, and used for small data sets, too."""
    folder = tmp_path / "home" / "cache"
    monkeypatch.setattr(_sources, "cache_folder", lambda: folder)
    monkeypatch.setattr(synthetic_digits, "CACHED_FROM", 1)
    return folder


def assert_same(one: Any, other: Any) -> None:
    for (x1, y1), (x2, y2) in zip(one, other, strict=True):
        np.testing.assert_array_equal(x1, x2, strict=True)
        np.testing.assert_array_equal(y1, y2, strict=True)


def test_the_second_load_comes_from_the_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = load_data(20, 10)
    assert [path.name for path in cache.iterdir()] == ["synthetic-digits-v1-20-10-seed0.npz"]
    monkeypatch.setattr(synthetic_digits, "_draw_split", fail)
    loaded = load_data(20, 10)
    assert_same(loaded, drawn)
    for x, y in loaded:
        assert x.flags.writeable
        assert y.flags.writeable
        assert x.flags.c_contiguous


def test_every_data_set_has_its_own_file(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_data(20, 10)
    assert_same(load_data(10, 20), (load_data(10, 0)[0], load_data(0, 20)[1]))
    assert (load_data(20, 10, seed=1)[0][0] != load_data(20, 10)[0][0]).any()
    before = len(list(cache.iterdir()))
    monkeypatch.setattr(synthetic_digits, "GENERATOR_VERSION", 999)
    load_data(20, 10)
    assert len(list(cache.iterdir())) == before + 1


def test_small_data_sets_leave_the_cache_alone(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthetic_digits, "CACHED_FROM", 30)
    load_data(20, 9)
    assert not cache.exists()
    load_data(20, 10)
    assert cache.exists()


def test_damage_is_repaired_wherever_it_is(cache: Path) -> None:
    good = load_data(3, 2)
    (path,) = cache.iterdir()
    content = path.read_bytes()
    repaired = []

    @given(st.integers(0, len(content) - 1), st.integers(1, 255), st.booleans())
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def check(place: int, change: int, truncate: bool) -> None:
        damaged = bytearray(content)
        damaged[place] ^= change
        path.write_bytes(content[:place] if truncate else damaged)
        assert_same(load_data(3, 2), good)
        repaired.append(path.read_bytes() == content)

    check()
    assert any(repaired)
    assert list(cache.iterdir()) == [path]


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00", b"not a cache at all"],
    ids=["empty", "zip", "npy", "text"],
)
def test_a_file_of_another_kind_is_replaced(cache: Path, content: bytes) -> None:
    good = load_data(3, 2)
    (path,) = cache.iterdir()
    path.write_bytes(content)
    assert_same(load_data(3, 2), good)
    with np.load(path) as file:
        assert sorted(file) == ["x_test", "x_train", "y_test", "y_train"]


@pytest.mark.parametrize(
    "change",
    [
        {"x_train": np.zeros((4, 28, 28), np.uint8)},
        {"x_test": np.zeros((2, 784), np.uint8)},
        {"y_train": np.zeros(3, np.int64)},
        {"x_train": np.zeros((3, 28, 28), np.float32)},
        {"y_test": np.zeros((), np.uint8)},
        {"y_test": None},
    ],
    ids=["count", "shape", "label dtype", "image dtype", "scalar", "missing"],
)
def test_arrays_of_another_kind_are_replaced(cache: Path, change: dict[str, Any]) -> None:
    good = load_data(3, 2)
    (path,) = cache.iterdir()
    with np.load(path) as file:
        arrays = {**file, **change}
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    assert_same(load_data(3, 2), good)


class Exploit:
    """Unpickling it makes a folder."""

    def __init__(self, trace: Path) -> None:
        self.trace = str(trace)

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (self.trace,)


def test_the_cache_is_never_unpickled(cache: Path, tmp_path: Path) -> None:
    good = load_data(3, 2)
    (path,) = cache.iterdir()
    exploit = np.array([Exploit(tmp_path / "trace")], dtype=object)
    names = ("x_train", "y_train", "x_test", "y_test")
    np.savez(path, allow_pickle=True, **dict.fromkeys(names, exploit))
    assert_same(load_data(3, 2), good)
    assert not (tmp_path / "trace").exists()


def test_without_a_folder_there_is_no_cache_and_no_error(cache: Path) -> None:
    cache.parent.write_text("a file where a folder would have to be", encoding="utf-8")
    assert_same(load_data(20, 10), load_data(20, 10))
    assert cache.parent.is_file()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_is_left_of_a_write_that_failed(
    cache: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def write_half(file: Any, **arrays: np.ndarray) -> None:
        file.write(b"half")
        raise error

    monkeypatch.setattr(np, "savez", write_half)
    if isinstance(error, OSError):
        assert len(load_data(20, 10)) == 2
    else:
        with pytest.raises(KeyboardInterrupt):
            load_data(20, 10)
    assert list(cache.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="XDG_CACHE_HOME is a convention of Linux")
def test_the_cache_folder_follows_xdg_cache_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(synthetic_digits, "CACHED_FROM", 1)
    load_data(2, 1)
    assert (tmp_path / "tinynet" / "synthetic-digits-v1-2-1-seed0.npz").is_file()
