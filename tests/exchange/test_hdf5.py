import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinynet._internal.saving.npz import DamagedError
from tinynet.exchange.hdf5 import MAX_DEPTH, Group, read_hdf5

h5py = pytest.importorskip("h5py", reason="the extra keras isn't installed")

DTYPES = ["<f2", "<f4", "<f8", ">f4", "<i1", "<i4", "<i8", "<u2", ">i2"]


def written(fill) -> bytes:  # type: ignore[no-untyped-def]
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        fill(file)
    return content.getvalue()


def test_reads_what_h5py_writes_in_the_way_of_keras() -> None:
    def fill(file) -> None:  # type: ignore[no-untyped-def]
        for k in range(300):
            file.create_group(f"layers/dense_{k}/vars")["0"] = np.array([[k, 1]], np.float32)
        file.attrs["text"] = "ä" * 100_000
        file.attrs["bytes"] = np.bytes_(b"of a fixed length")
        file.attrs["names"] = [b"a", b"bcd"]
        file.attrs["number"] = 7
        file.attrs["a name that takes more than two words of eight bytes"] = "its value"
        file["empty"], file["scalar"] = np.zeros((0, 3)), np.float64(2.5)

    root = read_hdf5(written(fill))
    layers = root.find("layers")
    assert isinstance(layers, Group)
    assert len(layers.members) == 300
    for k in range(300):
        array = root.find(f"layers/dense_{k}/vars/0")
        assert isinstance(array, np.ndarray)
        assert array.tolist() == [[k, 1]]
        assert array.dtype == np.float32
    assert root.attributes["text"] == "ä" * 100_000
    assert root.attributes["bytes"] == "of a fixed length"
    assert root.attributes["names"] == ["a", "bcd"]
    assert root.attributes["number"] == 7
    long_name = "a name that takes more than two words of eight bytes"
    assert root.attributes[long_name] == "its value"
    assert root.members["empty"].shape == (0, 3)  # type: ignore[union-attr]
    assert root.members["scalar"] == 2.5
    assert root.find("layers/none") is None
    assert root.find("scalar/none") is None


@given(
    st.dictionaries(
        st.text(st.characters(codec="ascii", exclude_characters="/.\x00"), min_size=1, max_size=9),
        st.tuples(st.lists(st.integers(0, 4), max_size=4), st.sampled_from(DTYPES)),
        max_size=30,
    )
)
def test_arrays_of_all_shapes_and_dtypes(described: dict[str, tuple[list[int], str]]) -> None:
    rng = np.random.default_rng(0)
    arrays = {
        name: rng.integers(0, 99, shape).astype(dtype) for name, (shape, dtype) in described.items()
    }

    def fill(file) -> None:  # type: ignore[no-untyped-def]
        for name, array in arrays.items():
            file[name] = array

    members = read_hdf5(written(fill)).members
    assert members.keys() == arrays.keys()
    for name, array in arrays.items():
        found = members[name]
        assert isinstance(found, np.ndarray)
        assert found.dtype == array.dtype
        assert found.tobytes() == array.tobytes()
        assert found.shape == array.shape


def compressed(file) -> None:  # type: ignore[no-untyped-def]
    file.create_dataset("a", data=np.zeros(10**6), compression="gzip")


def in_pieces(file) -> None:  # type: ignore[no-untyped-def]
    file.create_dataset("a", data=np.zeros(100), chunks=(10,))


def elsewhere(file) -> None:  # type: ignore[no-untyped-def]
    file.create_dataset("a", (10,), "u1", external=[("/etc/passwd", 0, 10)])


def put_together(file) -> None:  # type: ignore[no-untyped-def]
    layout = h5py.VirtualLayout((10,), "u1")
    layout[:] = h5py.VirtualSource("/etc/passwd", "a", (10,))
    file.create_virtual_dataset("a", layout)


def never_written(file) -> None:  # type: ignore[no-untyped-def]
    file.create_dataset("a", (10**12,), "f8")


def nested(file) -> None:  # type: ignore[no-untyped-def]
    file.create_group("/".join(["a"] * (MAX_DEPTH + 1)))


def round_and_round(file) -> None:  # type: ignore[no-untyped-def]
    file["a"] = file["/"]


def soft_link(file) -> None:  # type: ignore[no-untyped-def]
    file["a"] = h5py.SoftLink("/b")


def not_ascii(file) -> None:  # type: ignore[no-untyped-def]
    file["ä"] = np.zeros(3)


def external_link(file) -> None:  # type: ignore[no-untyped-def]
    file["a"] = h5py.ExternalLink("/etc/passwd", "/b")


def many_names_for_one(file) -> None:  # type: ignore[no-untyped-def]
    file["a"] = np.zeros(10_000)
    for k in range(100):
        file[f"a{k}"] = file["a"]


def texts(file) -> None:  # type: ignore[no-untyped-def]
    file["a"] = np.array([b"abc"])


def complex_numbers(file) -> None:  # type: ignore[no-untyped-def]
    file["a"] = np.zeros(3, complex)


@pytest.mark.parametrize(
    ("fill", "message"),
    [
        (compressed, "compressed"),
        (in_pieces, "pieces"),
        (elsewhere, "in other files"),
        (put_together, "."),
        (never_written, "claim more than"),
        (nested, "nested"),
        (round_and_round, "nested|comes back"),
        (soft_link, "link to another place"),
        (not_ascii, "aren't ASCII"),
        (external_link, "newer kind|link"),
        (many_names_for_one, "claim more than"),
        (texts, "something other than plain numbers"),
        (complex_numbers, "something other than plain numbers"),
    ],
)
def test_refuses_what_could_do_harm_or_is_unknown(fill, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DamagedError, match=message):
        read_hdf5(written(fill))


@pytest.mark.parametrize("libver", ["latest", "v110"])
def test_refuses_files_of_a_newer_kind(libver: str) -> None:
    content = io.BytesIO()
    with h5py.File(content, "w", libver=libver) as file:
        file["a"] = np.zeros(3)
    with pytest.raises(DamagedError, match="newer kind"):
        read_hdf5(content.getvalue())


@pytest.mark.parametrize("length", [0, 8, 40, 95, 96, 200, 800, 1500])
def test_refuses_files_that_are_cut_short(length: int) -> None:
    def fill(file) -> None:  # type: ignore[no-untyped-def]
        file["layers/a"] = np.arange(100)

    content = written(fill)
    assert len(content) > 1500
    with pytest.raises(DamagedError):
        read_hdf5(content[:length])


def test_array_takes_no_part_of_the_file_along() -> None:
    def fill(file) -> None:  # type: ignore[no-untyped-def]
        file["small"], file["large"] = np.zeros(3), np.zeros(10**5)

    array = read_hdf5(written(fill)).members["small"]
    assert isinstance(array, np.ndarray)
    base = array
    while isinstance(base.base, np.ndarray):
        base = base.base
    assert base.nbytes == 24
