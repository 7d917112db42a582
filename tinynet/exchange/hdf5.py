"""Reads the part of HDF5 that Keras writes, from files that may be untrusted.

The official HDF5 library trusts its files. With a file in which a few bytes were changed, it may
never return or may allocate as much memory as the file asks for, and a file can make it open other
files. So tinynet itself reads the few structures that h5py writes for Keras. Every address is
compared with the size of the file before it is followed, the parts of a file are counted, and no
array can have more bytes than the file. Anything else, such as links to other files and compressed
or virtual arrays, is refused, and the error names it.

A file is a tree of *groups*. A group has named members, which are groups or *datasets* (arrays),
and named *attributes* (small values). Each group and each dataset begins with an *object header*, a
list of *messages*, such as the shape of a dataset, the address of its numbers, or an attribute.

Source: The HDF Group, "HDF5 File Format Specification Version 3.0", sections II to IV.
"""

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from tinynet._internal.saving.npz import DamagedError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
NOWHERE = 2**64 - 1  # the address of something that doesn't exist
MAX_DEPTH = 16  # of groups in groups
MAX_PARTS = 500_000  # messages and members together. A thousand layers have about 50,000.
MAX_DIMENSIONS = 8
MAX_STRINGS = 10_000  # in one attribute

# The messages of an object header, by their numbers.
DATASPACE, DATATYPE, EXTERNAL, LAYOUT, FILTERS = 0x1, 0x3, 0x7, 0x8, 0xB
ATTRIBUTE, CONTINUATION, SYMBOL_TABLE = 0xC, 0x10, 0x11
LINK_INFO, LINK, ATTRIBUTE_INFO = 0x2, 0x6, 0x15  # of a newer kind of group
SHARED = 2  # the flag of a message that is stored elsewhere


class Group:
    """A group: its members by name, and its attributes.

    Attributes
    ----------
    members : dict of str to Group or numpy.ndarray
    attributes : dict of str to (str, list of str or numpy.ndarray)
    """

    def __init__(self) -> None:
        self.members: dict[str, Group | np.ndarray] = {}
        self.attributes: dict[str, Any] = {}

    def find(self, path: str) -> "Group | np.ndarray | None":
        """Return the member of that path, such as ``"layers/dense/vars"``, or None."""
        found: Group | np.ndarray | None = self
        for part in filter(None, path.split("/")):
            found = found.members.get(part) if isinstance(found, Group) else None
        return found


def read_hdf5(content: bytes | memoryview) -> Group:
    """Read a whole file.

    Parameters
    ----------
    content : bytes
        The content of the file. The arrays are copies of parts of it.

    Returns
    -------
    Group
        The outermost group, ``/``.

    Raises
    ------
    DamagedError
        If it isn't HDF5, is damaged, or has a part that this reader doesn't support.

    Examples
    --------
    >>> read_hdf5(b"something else")
    Traceback (most recent call last):
        ...
    tinynet._internal.saving.npz.DamagedError: it is not an HDF5 file
    """
    try:
        return _Reader(content).root()
    except UnicodeDecodeError:
        raise DamagedError("a name in it is not UTF-8") from None


class _Reader:
    """Reads one file."""

    def __init__(self, content: bytes | memoryview) -> None:
        self.content = memoryview(content)
        self.budget = len(self.content)  # the number of bytes that further arrays may have
        self.parts = 0
        self.heaps: dict[int, dict[int, tuple[int, int]]] = {}

    def take(self, start: int, length: int) -> bytes:
        """Return a part of the file."""
        if not 0 <= start <= start + length <= len(self.content):
            raise DamagedError(f"it points to byte {start} of {len(self.content)}")
        return bytes(self.content[start : start + length])

    def number(self, start: int, length: int = 8) -> int:
        """Return an unsigned number."""
        return int.from_bytes(self.take(start, length), "little")

    def expect(self, start: int, signature: bytes) -> None:
        """Check that a structure with this signature begins there, and count it."""
        self.count()
        if self.take(start, len(signature)) != signature:
            raise DamagedError(f"there is no {signature!r} at byte {start}")

    def count(self, parts: int = 1) -> None:
        """Count parts, and raise an error if a file has more than a model can need."""
        self.parts += parts
        if self.parts > MAX_PARTS:
            raise DamagedError(f"it has more than {MAX_PARTS} parts, or comes back to one of them")

    def spend(self, length: int) -> None:
        """Raise an error if the arrays together are longer than the file."""
        self.budget -= length
        if self.budget < 0:
            raise DamagedError(f"its arrays claim more than the {len(self.content)} bytes it has")

    # ---------------------------------------------------------------------- groups and datasets

    def root(self) -> Group:
        if bytes(self.content[:8]) != SIGNATURE:
            raise DamagedError("it is not an HDF5 file")
        head = self.take(8, 88)
        if head[0] > 1 or head[5:7] != b"\x08\x08":
            raise DamagedError(
                "its HDF5 is of a newer kind than Keras writes; load and save it once with Keras"
            )
        start = 24 if head[0] == 0 else 28
        if self.number(start) != 0:
            raise DamagedError("it doesn't begin at its own first byte")
        root = self.member(self.number(start + 40), 0)
        if not isinstance(root, Group):
            raise DamagedError("it holds no group")
        return root

    def member(self, address: int, depth: int) -> Group | np.ndarray:
        """Read the group or the dataset at that address, with its members."""
        if depth > MAX_DEPTH:
            raise DamagedError(f"its groups are nested more than {MAX_DEPTH} deep")
        messages = self.messages(address)
        kinds = [kind for kind, _ in messages]
        for kind, what in ((EXTERNAL, "in other files"), (FILTERS, "compressed")):
            if kind in kinds:
                raise DamagedError(f"it has arrays that are {what}")
        for kind in (LINK_INFO, LINK):
            if kind in kinds:
                raise DamagedError(
                    "its groups are of a newer kind than Keras writes, or have names that aren't "
                    "ASCII: load and save it as .keras with Keras"
                )
        only = {kind: body for kind, body in messages if kind != ATTRIBUTE}
        if SYMBOL_TABLE in only:
            group = Group()
            group.attributes = dict(
                self.attribute(body) for kind, body in messages if kind == ATTRIBUTE
            )
            body = only[SYMBOL_TABLE]
            names = self.local_heap(_number(body, 8))
            self.members(_number(body, 0), names, group, depth)
            return group
        if not {DATASPACE, DATATYPE, LAYOUT} <= {*only}:
            raise DamagedError(f"byte {address} begins neither a group nor an array")
        return self.dataset(only[DATASPACE], only[DATATYPE], only[LAYOUT])

    def messages(self, address: int) -> list[tuple[int, bytes]]:
        """Return the messages of an object header as pairs of number and content."""
        self.count()
        version, count = self.number(address, 1), self.number(address + 2, 2)
        if version != 1:
            raise DamagedError(f"there is no object of a known kind at byte {address}")
        parts = [(address + 16, self.number(address + 8, 4))]
        messages: list[tuple[int, bytes]] = []
        while parts:
            start, left = parts.pop(0)
            while left >= 8 and len(messages) < count:
                self.count()
                kind, length = self.number(start, 2), self.number(start + 2, 2)
                body = self.take(start + 8, length)
                if self.number(start + 4, 1) & SHARED and kind in (DATASPACE, DATATYPE, ATTRIBUTE):
                    raise DamagedError("it has types that are shared between arrays")
                if kind == CONTINUATION:
                    parts.append((_number(body, 0), _number(body, 8)))
                messages.append((kind, body))
                start, left = start + 8 + length, left - 8 - length
        return messages

    def local_heap(self, address: int) -> tuple[int, int]:
        """Return the address and the length of a group's list of names."""
        self.expect(address, b"HEAP\x00")
        return self.number(address + 24), self.number(address + 8)

    def members(self, address: int, names: tuple[int, int], group: Group, depth: int) -> None:
        """Fill a group from the tree that lists its members."""
        nodes = [address]
        while nodes:
            node = nodes.pop()
            self.expect(node, b"TREE\x00")
            level, used = self.number(node + 5, 1), self.number(node + 6, 2)
            self.count(used)
            children = [self.number(node + 24 + 8 + 16 * k) for k in range(used)]
            if level > 0:
                nodes += children
                continue
            for child in children:
                self.expect(child, b"SNOD\x01")
                for k in range(self.number(child + 6, 2)):
                    self.entry(child + 8 + 40 * k, names, group, depth)

    def entry(self, start: int, names: tuple[int, int], group: Group, depth: int) -> None:
        """Read one member of a group."""
        offset, address, kind = (
            self.number(start),
            self.number(start + 8),
            self.number(start + 16, 4),
        )
        if offset >= names[1]:
            raise DamagedError("a name in it lies outside its list of names")
        text = self.take(names[0] + offset, min(names[1] - offset, 1000))
        name = text.split(b"\x00")[0].decode()
        if kind not in (0, 1):
            raise DamagedError(f"{name!r} in it is a link to another place")
        if not name or name in group.members:
            raise DamagedError(f"it has {name!r} twice in one group")
        group.members[name] = self.member(address, depth + 1)

    def dataset(self, space: bytes, kind: bytes, layout: bytes) -> np.ndarray:
        """Read an array."""
        shape, dtype = _shape(space), _dtype(kind)
        length = prod(shape) * dtype.itemsize
        if _number(layout, 0, 1) not in (3, 4):
            raise DamagedError("it has an array in an unknown layout")
        where = _number(layout, 1, 1)
        if where > 1:
            raise DamagedError("it has arrays in pieces (chunked) or put together from others")
        self.spend(length)
        if where == 0:
            data = layout[4 : 4 + _number(layout, 2, 2)]
        else:
            address, size = _number(layout, 2), _number(layout, 10)
            if address == NOWHERE and size:
                raise DamagedError("it has an array without values")
            data = self.take(address, size) if size else b""
        if len(data) != length:
            raise DamagedError(f"an array of shape {shape} in it has {len(data)} bytes")
        return np.frombuffer(data, dtype).reshape(shape)

    # ------------------------------------------------------------------------------ attributes

    def attribute(self, body: bytes) -> tuple[str, Any]:
        """Read an attribute's name and its value: a string, a list of strings, or numbers."""
        version = _number(body, 0, 1)
        if version not in (1, 2, 3):
            raise DamagedError("it has an attribute of an unknown kind")
        sizes = [_number(body, start, 2) for start in (2, 4, 6)]
        start, parts = (9 if version == 3 else 8), []
        for size in sizes:
            parts.append(body[start : start + size])
            start += -(-size // 8) * 8 if version == 1 else size
        name = parts[0].split(b"\x00")[0].decode()
        shape, data = _shape(parts[2]), body[start:]
        if prod(shape) > MAX_STRINGS:
            raise DamagedError(f"its attribute {name!r} has {prod(shape)} entries")
        count = prod(shape)
        kind, item = _number(parts[1], 0, 1) & 15, _number(parts[1], 4, 4)
        if kind == 9 and _number(parts[1], 1, 1) & 15 == 1:
            texts = [self.long_text(data[16 * k : 16 * k + 16]) for k in range(count)]
        elif kind == 3:
            self.spend(count * item)
            texts = [data[item * k : item * k + item].split(b"\x00")[0] for k in range(count)]
        else:
            dtype = _dtype(parts[1])
            if len(data) < count * dtype.itemsize:
                raise DamagedError(f"its attribute {name!r} is cut short")
            return name, np.frombuffer(data, dtype, count).reshape(shape)
        strings = [text.decode() for text in texts]
        return name, strings if shape else strings[0]

    def long_text(self, reference: bytes) -> bytes:
        """Read a string of any length from the heap of such strings."""
        if len(reference) != 16:
            raise DamagedError("a string in it has no address")
        length, address, index = (_number(reference, a, n) for a, n in ((0, 4), (4, 8), (12, 4)))
        if length == 0:
            return b""
        if address not in self.heaps:
            self.heaps[address] = dict(self.global_heap(address))
        start, size = self.heaps[address].get(index, (0, 0))
        if length > size:
            raise DamagedError("a string in it is missing or cut short")
        self.spend(length)
        return self.take(start, length)

    def global_heap(self, address: int) -> Iterator[tuple[int, tuple[int, int]]]:
        """Yield the number, the address and the size of each string in a heap."""
        self.expect(address, b"GCOL\x01")
        start, end = address + 16, address + self.number(address + 8)
        while start + 16 <= end and (index := self.number(start, 2)) != 0:
            self.count()
            size = self.number(start + 8)
            yield index, (start + 16, size)
            start += 16 + -(-size // 8) * 8


def _number(body: bytes, start: int, length: int = 8) -> int:
    """Return an unsigned number from a message."""
    part = body[start : start + length]
    if len(part) != length:
        raise DamagedError("one of its descriptions is cut short")
    return int.from_bytes(part, "little")


def _shape(body: bytes) -> tuple[int, ...]:
    """Return the shape that a dataspace message describes."""
    version, rank = _number(body, 0, 1), _number(body, 1, 1)
    if version not in (1, 2) or rank > MAX_DIMENSIONS:
        raise DamagedError("it has an array of an unknown shape")
    if version == 2 and _number(body, 3, 1) == 2:
        return (0,)  # an empty array
    start = 8 if version == 1 else 4
    return tuple(_number(body, start + 8 * k) for k in range(rank))


def _dtype(body: bytes) -> np.dtype:
    """Return the dtype that a datatype message describes, which must be one of plain numbers."""
    kind, bits, size = _number(body, 0, 1) & 15, _number(body, 1, 3), _number(body, 4, 4)
    order, whole = ">" if bits & 1 else "<", body[8:12] == (size << 19).to_bytes(8, "little")[:4]
    if kind == 0 and size in (1, 2, 4, 8) and whole:
        return np.dtype(f"{order}{'i' if bits & 8 else 'u'}{size}")
    # The position and size of the exponent and of the mantissa, as in IEEE 754.
    fields = {2: b"\x0a\x05\x00\x0a", 4: b"\x17\x08\x00\x17", 8: b"\x34\x0b\x00\x34"}
    if kind == 1 and size in fields and whole and body[12:16] == fields[size]:
        return np.dtype(f"{order}f{size}")
    raise DamagedError("it has arrays of something other than plain numbers")
