"""Recognise the wrong step of any backward pass, from a record of the forward pass.

`tinynet.gradcheck.tape` records the operations of a forward pass. Each of them can be taken back
with one mistake: a part of the gradient left out, the slope of a function forgotten, a matrix not
transposed, another array in the place of an operand. A gradient that equals the result is named by
that step, as the code under test writes it.
"""

import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tinynet.gradcheck.evidence import Evidence, alike, factor_between
from tinynet.gradcheck.networks import ACTIVATIONS, ELEMENTWISE, wrong_slopes
from tinynet.gradcheck.tape import Step, Tape, spread

LONG = 60  # characters of an expression that are shown

Changed = dict[tuple[int, int], np.ndarray]  # slopes by step and operand
Group = list[int]  # the steps of one operation, as in a loop


@dataclass(frozen=True)
class Recording:
    """A recorded forward pass, and the gradient that backward returns for it."""

    tape: Tape
    upstream: np.ndarray  # the gradient by each number, as far as it is given
    wanted: np.ndarray  # the numbers of the array whose gradient is wrong
    analytic: np.ndarray

    @cached_property
    def right(self) -> np.ndarray:
        """The right gradient of the array."""
        return self.gradient({})

    def gradient(self, changed: Changed) -> np.ndarray:
        """Return the gradient of the array, with other slopes in some steps."""
        return self.tape.back(self.upstream, changed)[self.wanted]

    def explains(self, changed: Changed) -> bool:
        """Whether backward's gradient is the one that changed slopes give."""
        found = self.gradient(changed)
        return alike(self.analytic, found) and not alike(found, self.right)

    @cached_property
    def groups(self) -> dict[Any, Group]:
        """The steps of each operation, in order."""
        groups: dict[Any, Group] = {}
        for position, step in enumerate(self.tape.steps):
            groups.setdefault(step.key, []).append(position)
        return groups

    def cause(self) -> str | None:
        """Describe the mistake, if it is one of those that are tried."""
        searches = (self.left_out, self.overwritten, self.slope, self.turned, self.factor)
        for search in (*searches, self.other_array):
            found = next((words for words, changed in search() if self.explains(changed)), None)
            if found:
                return found
        return None

    def operands(self) -> Iterator[tuple[Group, int]]:
        """Yield each operand of each operation, from the end of the forward pass."""
        for group in reversed(self.groups.values()):
            for k in range(len(self.tape.steps[group[0]].edges)):
                if any(self.tape.steps[position].edges[k] is not None for position in group):
                    yield group, k

    @cached_property
    def makers(self) -> tuple[list[Any], np.ndarray]:
        """What has made the numbers of the tape, and which of these each number is from."""
        index = {maker: k for k, maker in enumerate(dict.fromkeys(self.tape.makers))}
        return list(index), np.array([*(index[maker] for maker in self.tape.makers), -1])

    @cached_property
    def sources(self) -> list[tuple[Group, int, Any, list[np.ndarray], bool]]:
        """Each operand of each operation, for each maker of its numbers, and where these are.

        Those come first that hand something on from one step of a loop to the next.
        """
        found = []
        makers, made_by = self.makers
        for group, k in self.operands():
            edges = [self.tape.steps[position].edges[k] for position in group]
            own = [np.array(-1) if e is None else made_by[e.of] for e in edges]
            for index in sorted({*np.concatenate([part.ravel() for part in own]).tolist()} - {-1}):
                later = self.groups.get(makers[index], [-1])[-1] > group[-1]
                found.append((group, k, makers[index], [part == index for part in own], later))
        return sorted(found, key=lambda source: not source[-1])

    def times(self, group: Group, k: int, where: list[np.ndarray], factor: float) -> Changed:
        """Return the slopes of an operand, multiplied by a factor where its numbers are chosen."""
        changed = {}
        for position, chosen in zip(group, where, strict=True):
            edges = self.tape.steps[position].edges[k]
            if edges is not None:
                changed[position, k] = np.where(chosen, factor * edges.slopes, edges.slopes)
        return changed

    def left_out(self) -> Iterator[tuple[str, Changed]]:
        """A part of the gradient that is left out, or that has the wrong sign."""
        for group, k, maker, where, later in self.sources:
            part = self.part(group, maker, later)
            yield f"{part} is missing", self.times(group, k, where, 0.0)
            yield f"{part} has the wrong sign", self.times(group, k, where, -1.0)

    def factor(self) -> Iterator[tuple[str, Changed]]:
        """A part of the gradient that has a wrong factor."""
        off = self.analytic - self.right
        for group, k, maker, where, later in self.sources:
            part = self.right - self.gradient(self.times(group, k, where, 0.0))
            more = factor_between(off, part)
            if more is not None and off.size > 2:
                words = f"{self.part(group, maker, later)} is {1 + more:.4g} times the right one"
                yield words, self.times(group, k, where, 1 + more)

    def part(self, group: Group, maker: Any, later: bool) -> str:
        """Describe the part of a gradient that goes from an operation to one of its operands."""
        handed = "that each step hands back to the one before it, " if later else "that goes back "
        return f"the part of the gradient {handed}from {self.words(group)} to {self.name(maker)},"

    def overwritten(self) -> Iterator[tuple[str, Changed]]:
        """Numbers that are used in several steps, of which one alone counts."""
        for group, k in self.operands():
            for place, order in (("first", group), ("last", group[::-1])):
                changed: Changed = {}
                seen = np.zeros(len(self.tape.values) + 1, dtype=bool)
                for position in order:
                    edges = self.tape.steps[position].edges[k]
                    if edges is not None:
                        changed[position, k] = np.where(seen[edges.of], 0, edges.slopes)
                        seen[edges.of] = True
                if len(changed) > 1:
                    yield (
                        f"only the {place} of several uses counts, in {self.words(group)}: the "
                        f"gradients of all uses add, +="
                    ), changed

    def slope(self) -> Iterator[tuple[str, Changed]]:
        """A slope that is forgotten, or that of another function."""
        roots, slopes = self.elementwise()
        values = np.array(self.tape.values)
        for group in reversed(self.groups.values()):
            steps = [self.tape.steps[position] for position in group]
            if any(step.letters or step.key[1] == "sum" for step in steps):
                continue
            for k, _ in enumerate(steps[0].edges):
                ones: Changed = {}
                for position, step in zip(group, steps, strict=True):
                    edges = step.edges[k]
                    if edges is not None:
                        ones[position, k] = np.ones_like(edges.slopes)
                words = f"the derivative of {self.words(group)}, a factor, is forgotten"
                yield words, ones
            for words, change in self.common_slopes(group, steps, roots, slopes, values):
                yield words, change

    def common_slopes(
        self,
        group: Group,
        steps: list[Step],
        roots: np.ndarray,
        slopes: np.ndarray,
        values: np.ndarray,
    ) -> Iterator[tuple[str, Changed]]:
        """Yield wrong slopes of an activation, which may be made of several operations."""
        made = np.concatenate([step.result.ravel() for step in steps])
        if (roots[made] == made).any():
            return
        z, a, right = values[roots[made]], values[made], slopes[made]
        kinds = [name for name in ELEMENTWISE if np.allclose(ACTIVATIONS[name][0](z), a)]
        if not kinds:
            return
        for words, other in wrong_slopes(kinds[0]):
            factor = dict(zip(made.tolist(), other(z, a, np.ones_like(z)) / right, strict=True))
            changed: Changed = {}
            for position, step in zip(group, steps, strict=True):
                for k, edges in enumerate(step.edges):
                    if edges is not None:
                        share = np.vectorize(factor.get, otypes=[float])(edges.made)
                        changed[position, k] = edges.slopes * share
            yield f"the slope of {kinds[0]}, {self.words(group)}, {words}", changed

    def elementwise(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the number that each number is a function of alone, and the slope by it."""
        roots = np.arange(len(self.tape.values))
        slopes = np.ones(len(roots))
        for step in self.tape.steps:
            edges = [e for e in step.edges if e is not None and (e.of >= 0).all()]
            if step.letters or step.key[1] == "sum" or len(edges) < sum(map(bool, step.edges)):
                continue
            parents = [roots[e.of] for e in edges]
            same = np.all([parent == parents[0] for parent in parents], axis=0)
            total = np.sum([slopes[e.of] * e.slopes for e in edges], axis=0)
            roots[edges[0].made] = np.where(same, parents[0], edges[0].made)
            slopes[edges[0].made] = np.where(same, total, 1.0)
        return roots, slopes

    def turned(self) -> Iterator[tuple[str, Changed]]:
        """A matrix that isn't transposed."""
        for group, k in self.operands():
            changed: Changed = {}
            for position in group:
                edges = self.tape.steps[position].edges[k]
                if edges is None or edges.axes is None:
                    continue
                first, second = edges.axes
                if edges.slopes.shape[first] == edges.slopes.shape[second] > 1:
                    changed[position, k] = edges.slopes.swapaxes(first, second)
            if changed:
                other = self.operand(group, 1 - k)
                yield f"{other} must be transposed in the gradient of {self.words(group)}", changed

    def other_array(self) -> Iterator[tuple[str, Changed]]:
        """Another array in the place of an operand."""
        arrays = dict(self.arrays())
        for group, k in self.operands():
            steps = [self.tape.steps[position] for position in group]
            if len(steps[0].edges) != 2 or (not steps[0].letters and steps[0].key[1] != np.multiply):
                continue
            held = [step.operands[1 - k] for step in steps]
            for words, others in arrays.items():
                if [a.shape for a in others] != [a.shape for a in held]:
                    continue
                changed: Changed = {}
                for position, step, other in zip(group, steps, others, strict=True):
                    edges = step.edges[k]
                    if edges is not None:
                        changed[position, k] = replaced(step, k, other)
                yield (
                    f"made with {words}, where {self.operand(group, 1 - k)} is right, in the "
                    f"gradient of {self.words(group)}"
                ), changed

    def arrays(self) -> Iterator[tuple[str, list[np.ndarray]]]:
        """Yield the results and operands of each operation."""
        values = np.array(self.tape.values)
        for name, ids in self.tape.leaves.items():
            yield name, [values[ids]]
        for group in self.groups.values():
            steps = [self.tape.steps[position] for position in group]
            yield self.words(group), [values[step.result] for step in steps]
            for k in range(len(steps[0].operands)):
                yield self.operand(group, k), [step.operands[k] for step in steps]

    def words(self, group: Group) -> str:
        """Return an operation as the code writes it, with its line."""
        return written(self.tape.steps[group[0]].key[0])

    def name(self, maker: Any) -> str:
        """Return the name of an array, or the operation that has made it."""
        return maker if isinstance(maker, str) else written(maker[0])

    def operand(self, group: Group, k: int) -> str:
        """Describe an operand of an operation."""
        ids = self.tape.find(self.tape.steps[group[-1]].operands[k])
        makers = {self.tape.makers[number] for number in ids.ravel().tolist() if number >= 0}
        if len(makers) == 1 and (ids >= 0).all():
            return self.name(makers.pop())
        return f"the {('first', 'second')[k]} operand of {self.words(group)}"


def replaced(step: Step, k: int, other: np.ndarray) -> np.ndarray:
    """Return the slopes of an operand of a product of two, with another array as the other one."""
    edges = step.edges[k]
    assert edges is not None
    if not step.letters:
        return np.broadcast_to(other, edges.slopes.shape)
    grid = "".join(sorted(set("".join(step.letters))))
    return np.broadcast_to(spread(other, step.letters[1 - k], grid), edges.slopes.shape)


def written(key: Any) -> str:
    """Return the source text of an operation, and its line."""
    if not key:
        return "an operation"
    code, instruction = key[-1]
    first, last, start, end = list(code.co_positions())[instruction // 2]
    line = linecache.getline(code.co_filename, first or 0)
    text = ""
    if first == last and start is not None:
        text = line.encode()[start:end].decode(errors="replace").strip()
    if len(text) > LONG:
        text = ""
    return f"`{text}` (line {first})" if text else f"the operation in line {first}"


def wrong_operation(e: Evidence) -> str | None:
    """One operation of any forward pass, taken back wrongly."""
    return None if e.operation is None else e.operation()
