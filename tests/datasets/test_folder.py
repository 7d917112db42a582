"""Tests of the reader of image folders: classes, sizes, colours, and what is wrong with them."""

import builtins
import io
import os
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.systems import refusal
from tinynet.datasets import DataError, from_folder

Image = pytest.importorskip("PIL.Image", reason="from_folder reads images with Pillow")


def save(pixels: np.ndarray, path: Path, **options: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)


def grey(*values: int) -> np.ndarray:
    """Return an image of one row."""
    return np.array([values], np.uint8)


def test_images_by_class(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 5, 4), np.uint8)
    for k, image in enumerate(images):
        save(image, tmp_path / ("cat", "dog", "eel")[k // 2] / f"{k}.{('png', 'BMP')[k % 2]}")
    (tmp_path / "dog" / "notes.txt").write_text("not an image", encoding="utf-8")
    (tmp_path / "dog" / ".hidden.png").write_text("not an image", encoding="utf-8")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "readme.md").write_text("not a class", encoding="utf-8")
    for path in (tmp_path, str(tmp_path)):
        x, y, names = from_folder(path)
        np.testing.assert_array_equal(x, images, strict=True)
        np.testing.assert_array_equal(y, np.array([0, 0, 1, 1, 2, 2]), strict=True)
        assert names == ["cat", "dog", "eel"]
        assert x.flags.writeable


def test_classes_that_are_numbers_are_in_their_order(tmp_path: Path) -> None:
    for k in range(12):
        save(grey(k), tmp_path / str(k) / "1.png")
    x, y, names = from_folder(tmp_path)
    assert names == [str(k) for k in range(12)]
    assert y.tolist() == x.ravel().tolist() == list(range(12))


def test_an_empty_class_keeps_its_number(tmp_path: Path) -> None:
    save(grey(0), tmp_path / "b" / "1.png")
    (tmp_path / "a").mkdir()
    _, y, names = from_folder(tmp_path)
    assert (y.tolist(), names) == ([1], ["a", "b"])


def test_colour(tmp_path: Path) -> None:
    pixels = np.array([[[255, 0, 0], [0, 255, 0]]], np.uint8)
    save(pixels, tmp_path / "a" / "1.png")
    save(grey(7, 9), tmp_path / "a" / "2.png")
    x, _, _ = from_folder(tmp_path, grey=False)
    assert x.shape == (2, 1, 2, 3)
    np.testing.assert_array_equal(x[0], pixels)
    assert x[1].tolist() == [[[7, 7, 7], [9, 9, 9]]]
    x, _, _ = from_folder(tmp_path)
    assert x[0].tolist() == [[76, 150]]  # 0.299 and 0.587 of 255: ITU-R 601's grey


def test_sizes(tmp_path: Path) -> None:
    save(np.full((8, 6), 10, np.uint8), tmp_path / "a" / "1.png")
    save(np.full((4, 2), 20, np.uint8), tmp_path / "a" / "2.png")
    for size, shape in ((3, (3, 3)), ((2, 5), (2, 5)), ([4, 2], (4, 2))):
        x, _, _ = from_folder(tmp_path, size=size)  # type: ignore[arg-type]
        assert x.shape == (2, *shape)
        assert (x[0] == 10).all()
        assert (x[1] == 20).all()
    with pytest.raises(ValueError, match=r"1.png has \(8, 6\), .*2.png has \(4, 2\)\. Give a size"):
        from_folder(tmp_path)


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    pixels = np.array([[[0, 0, 0, 255], [0, 0, 0, 0]]], np.uint8)
    save(pixels, tmp_path / "a" / "1.png")
    save(pixels[..., [0, 3]], tmp_path / "a" / "2.png")
    palette = Image.fromarray(grey(0, 1)).convert("P")
    palette.save(tmp_path / "a" / "3.png", transparency=1)
    x, _, _ = from_folder(tmp_path)
    assert x[:, 0].tolist() == [[0, 255]] * 3


def test_a_photo_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright: turn it clockwise
    save(grey(0, 255), tmp_path / "a" / "1.png", exif=exif)
    assert from_folder(tmp_path)[0].tolist() == [[[0], [255]]]


def test_black_and_white(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    Image.fromarray(grey(0, 255)).convert("1").save(tmp_path / "a" / "1.png")
    assert from_folder(tmp_path)[0].tolist() == [[[0, 255]]]


def damaged(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()[:-30]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "1.png: damaged image: it can't be read"),
        (b"<html>", "1.png: damaged image: it can't be read"),
        (damaged(np.random.default_rng(0).integers(0, 256, (20, 20), np.uint8)), "damaged image"),
    ],
    ids=["empty", "web page", "cut off"],
)
def test_a_damaged_image_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_bytes(content)
    with pytest.raises(DataError, match=message):
        from_folder(tmp_path)


def test_images_of_16_bits_and_huge_ones_are_refused(tmp_path: Path) -> None:
    save(np.full((2, 2), 60_000, np.uint16), tmp_path / "a" / "1.png")
    with pytest.raises(
        DataError, match=r"1.png: expected 8 bits a pixel and colour, found mode 'I"
    ):
        from_folder(tmp_path)
    (tmp_path / "a" / "0.pgm").write_bytes(b"P5 3000 2000 255\n")
    tracemalloc.start()
    with pytest.raises(DataError, match=r"4170000 pixels in a file of .* found 3000 by 2000"):
        from_folder(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20
    (tmp_path / "a" / "0.pgm").write_bytes(b"P5 12000 10000 255\n" + bytes(10_000))
    with pytest.raises(DataError, match="at most 100000000 pixels"):
        from_folder(tmp_path)


def test_a_large_image_of_one_colour_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    Image.new("1", (8000, 5000), 1).save(tmp_path / "a" / "1.png")
    assert (tmp_path / "a" / "1.png").stat().st_size < 20_000
    x, _, _ = from_folder(tmp_path, size=4)
    assert (x == 255).all()


def test_folders_without_classes(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"must hold a folder of images .*, received no folders\.$"
    ):
        from_folder(tmp_path)
    save(grey(0), tmp_path / "1.png")
    with pytest.raises(ValueError, match=r"received no folders\. Images that lie in it directly"):
        from_folder(tmp_path)
    (tmp_path / "a").mkdir()
    with pytest.raises(ValueError, match="received folders without images"):
        from_folder(tmp_path)
    no_such_file = refusal(lambda: os.scandir(tmp_path / "missing"))
    not_a_folder = refusal(lambda: os.scandir(tmp_path / "1.png"))
    with pytest.raises(FileNotFoundError, match=f"Can't read .*missing: {no_such_file}"):
        from_folder(tmp_path / "missing")
    with pytest.raises(NotADirectoryError, match=f"Can't read .*1.png: {not_a_folder}"):
        from_folder(tmp_path / "1.png")


def test_a_folder_around_the_sets_names_one_of_them(tmp_path: Path) -> None:
    for part in ("test", "train"):
        save(grey(0), tmp_path / part / "cat" / "1.png")
    with pytest.raises(ValueError, match=r"Its folder 't(est|rain)' has folders in it: give "):
        from_folder(tmp_path)


def test_memory_is_asked_for_after_the_check(tmp_path: Path) -> None:
    for k in range(50):
        save(grey(0), tmp_path / "a" / f"{k}.png")
    with pytest.raises(ValueError, match=r"would take 5000000000 bytes, more than 4294967296"):
        from_folder(tmp_path, size=10_000)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"path": 3}, TypeError, "path must be a name or a path"),
        ({"size": 0}, ValueError, "size must be at least 1, received 0"),
        ({"size": 1.5}, TypeError, r"size must be a whole number, received 1\.5"),
        ({"size": "28"}, TypeError, "size must be a whole number, received '28'"),
        ({"size": (28,)}, ValueError, r"size must be a height and a width, received \(28,\)"),
        ({"size": (28, 28, 3)}, ValueError, "size must be a height and a width"),
        ({"size": 10**9}, ValueError, "size must be at most"),
        ({"size": 10**6}, ValueError, "size must have at most 100000000 pixels"),
        ({"grey": 1}, TypeError, "grey must be True or False, received 1"),
        ({"grey": None}, TypeError, "grey must be True or False, received None"),
    ],
)
def test_refuses_odd_arguments_in_words(
    tmp_path: Path, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    save(grey(0), tmp_path / "a" / "1.png")
    with pytest.raises(error, match=message):
        from_folder(**{"path": tmp_path} | arguments)


def test_without_pillow_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def missing(name: str, *arguments: Any) -> Any:
        if name.startswith("PIL"):
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match="Pillow, which isn't installed: pip install pillow"):
        from_folder(tmp_path)


@pytest.mark.parametrize(
    "kind", ["bmp", "gif", "jpeg", "jpg", "pgm", "png", "ppm", "tif", "tiff", "webp"]
)
def test_kinds_of_images(tmp_path: Path, kind: str) -> None:
    Image.init()
    if f".{kind}" not in Image.EXTENSION or Image.EXTENSION[f".{kind}"] not in Image.SAVE:
        pytest.skip(f"this Pillow doesn't write {kind}")
    save(np.full((4, 4), 100, np.uint8), tmp_path / "a" / f"1.{kind}")
    x, _, names = from_folder(tmp_path)
    assert names == ["a"]
    assert np.abs(x.astype(int) - 100).max() <= 2
