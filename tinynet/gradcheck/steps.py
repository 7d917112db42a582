"""Recognise the wrong operation of a backward pass, from a record of the forward pass.

`tinynet.gradcheck.tape` records the operations of a forward pass. Its backward pass is then run
with one mistake at a time: a part of the gradient left out, the slope of a function forgotten, a
matrix not transposed, another array in the place of an operand, a cost whose targets are missing.
If the result equals the wrong gradient, the operation with that mistake is named as the code under
test writes it.
"""

import ast
import linecache
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import chain, islice
from typing import Any

import numpy as np

from tinynet.gradcheck.evidence import ALIKE, NEAR, Evidence, alike, factor_between, softmax_along
from tinynet.gradcheck.slopes import ACTIVATIONS, common_slopes, sigmoid
from tinynet.gradcheck.tape import Edges, Place, Step, Tape

LONG = 70  # characters of an expression that are shown
WORK = 200_000_000  # products in all changes that are tried
CALL = 1000  # products that take as long as a call of NumPy's
LAYERS = 4  # steps of a loop that are tried one by one
UNNAMED = {"divisor": "a divisor, as that of a mean,", "factor": "a factor"}
FEW = 2  # numbers that some factor may fit by chance

Changed = dict[tuple[int, int], Edges]  # by step and operand
Group = list[int]  # the steps of one operation, as in a loop
Where = dict[tuple[int, int], np.ndarray]  # which edges are meant, by step and operand


@dataclass(frozen=True)
class Recording:
    """A recorded forward pass, and the gradient that backward returns for it."""

    tape: Tape
    upstream: np.ndarray  # the gradient by each number, as far as it is given
    wanted: np.ndarray  # the numbers of the array whose gradient is wrong
    analytic: np.ndarray
    together: bool = False  # whether the code of a function counts once, wherever it is called
    uncut: Changed = field(default_factory=dict)  # the edges that `cut_shifts` replaced

    def __post_init__(self) -> None:
        if not self.together:  # else they are cut already
            self.cut_shifts()

    @cached_property
    def full(self) -> np.ndarray:
        """The right gradient by each number."""
        return self.tape.back(self.upstream)

    @property
    def right(self) -> np.ndarray:
        """The right gradient of the array."""
        return self.full[self.wanted]

    def gradient(self, changed: Changed) -> np.ndarray:
        """Return the gradient of the array, with other edges in some steps."""
        return self.right + self.tape.difference(self.full, changed)[self.wanted]

    def cut_shifts(self) -> None:
        """Take the maxima that a softmax subtracts for constants, if that is right.

        Most backward passes do so, too, which only matters where there is a mistake.
        """
        found: Changed = {}
        before: Changed = {}
        for position, step in enumerate(self.tape.steps):
            first, second = step.edges if step.key[1] is np.subtract else (None, None)
            if first is not None and second is not None and np.isin(second.of, first.of).all():
                before[position, 1] = second
                found[position, 1] = replace(second, slopes=np.zeros_like(second.slopes))
        if found and alike(self.gradient(found), self.right):
            self.uncut.update(before)
            for (position, k), edges in found.items():
                self.tape.steps[position].edges[k] = edges

    def explains(self, found: np.ndarray) -> bool:
        """Whether backward's gradient is one that a mistake gives."""
        return alike(self.analytic, found) and not alike(found, self.right)

    @cached_property
    def groups(self) -> dict[Any, Group]:
        """The steps of each operation, in order."""
        groups: dict[Any, Group] = {}
        for position, step in enumerate(self.tape.steps):
            groups.setdefault(self.maker(step.key), []).append(position)
        return groups

    def maker(self, key: Any) -> Any:
        """Return what has made a number: the name of an array, or an operation's key."""
        return (key[0][-1:], *key[1:]) if self.together and not isinstance(key, str) else key

    def cause(self) -> str | None:
        """Describe the mistake, if it is one of those that are tried."""
        tried: list[Iterable[tuple[str, Changed | np.ndarray]]] = [
            *(self.other_upstreams(), self.forgotten_upstreams(), self.common_slopes()),
            *(self.left_out(), self.slope()),
            *(self.turned(), self.overwritten(), self.skips(), self.factor(), self.other_array()),
        ]
        if factor_between(self.analytic, self.right) is not None:  # it may be wrong anywhere
            tried = [self.common_slopes(), self.slope()]
        all_edges = [e for step in self.tape.steps for e in step.edges if e is not None]
        size = sum(edges.of.size + CALL for edges in all_edges)
        for words, change in islice(chain(*tried), WORK // max(1, size)):
            if self.explains(self.gradient(change) if isinstance(change, dict) else change):
                return words
        again = chain(self.left_out(), self.slope()) if self.uncut else ()
        for words, edges in islice(again, WORK // max(1, size)):  # backward may go through maxima
            if self.explains(self.gradient(self.uncut | edges)):
                return words
        keys = {step.key for step in self.tape.steps}
        if self.together or len({(key[0][-1:], *key[1:]) for key in keys}) == len(keys):
            return None
        return replace(self, together=True).cause()

    def operands(self) -> Iterator[tuple[Group, int]]:
        """Yield each operand of each operation, from the end of the forward pass."""
        for group in reversed(self.groups.values()):
            for k in range(len(self.tape.steps[group[0]].edges)):
                if self.edges(group, k):
                    yield group, k

    def operands_of_parts(self) -> Iterator[tuple[Group, int]]:
        """Yield the operands of operations as a whole, and of their `parts`."""
        for group, k in self.operands():
            yield from ((part, k) for part in self.parts(group))

    @cached_property
    def makers(self) -> tuple[list[Any], np.ndarray]:
        """What has made the numbers of the tape, and which of these each number is from."""
        made_by = [self.maker(maker) for maker in self.tape.makers]
        index = {maker: k for k, maker in enumerate(dict.fromkeys(made_by))}
        return list(index), np.array([*(index[maker] for maker in made_by), -1])

    @cached_property
    def sources(self) -> list[tuple[str, Where]]:
        """Each part of the gradient that goes from an operation to what it is made of.

        Those come first that are handed on from one step of a loop to another, then those near to
        the inputs. An array that is used twice in an operation comes as one part, and as two.
        """
        found: list[tuple[bool, str, Where]] = []
        makers, made_by = self.makers
        for group in self.groups.values():
            parts: dict[int, dict[int, Where]] = {}
            for k in range(len(self.tape.steps[group[0]].edges)):
                for position, edges in self.edges(group, k):
                    made = made_by[edges.of]
                    for index in np.unique(made[made >= 0]).tolist():
                        parts.setdefault(index, {}).setdefault(k, {})[position, k] = made == index
            for index, operands in parts.items():
                maker, ends = makers[index], (self.words(group), self.name(makers[index]))
                if ends[0] == ends[1]:
                    continue  # within a function of NumPy's
                later = self.groups.get(maker, [-1])[-1] > group[-1]
                handed = "that each step hands back to the step before it, " if later else ""
                back = "" if later else "back "
                words = f"the gradient {handed}from {ends[0]} {back}to {ends[1]}{',' * later}"
                found.append(
                    (later, words, dict(chain.from_iterable(map(dict.items, operands.values()))))
                )
                for k, where in operands.items() if not self.is_square(group, operands) else ():
                    found.append((later, f"{words}, as {self.operand(group, k)},", where))
        found.sort(key=lambda part: not part[0])
        return [(words, where) for _, words, where in found]

    def is_square(self, group: Group, operands: Iterable[int]) -> bool:
        """Whether an operation has one operand, or multiplies numbers by themselves."""
        found = [self.tape.steps[group[0]].edges[k] for k in operands]
        numbers = [edges.of for edges in found if edges is not None]
        return all(np.array_equal(of, numbers[0]) for of in numbers)

    def times(self, where: Where, factor: float) -> Changed:
        """Return the edges of some operands, with a factor where numbers are chosen."""
        changed = {}
        for (position, k), chosen in where.items():
            edges = self.tape.steps[position].edges[k]
            assert edges is not None
            slopes = np.where(chosen, factor * edges.slopes, edges.slopes)
            changed[position, k] = replace(edges, slopes=slopes)
        return changed

    def edges(self, group: Group, k: int) -> list[tuple[int, Edges]]:
        """Return the steps of an operation, and their edges to an operand that isn't constant."""
        found = [(position, self.tape.steps[position].edges[k]) for position in group]
        return [(position, edges) for position, edges in found if edges is not None]

    def left_out(self) -> Iterator[tuple[str, Changed]]:
        """A part of the gradient that is left out, or that has the wrong sign."""
        for part, where in self.sources:
            yield f"{part} is missing", self.times(where, 0.0)
            yield f"{part} has the wrong sign", self.times(where, -1.0)

    def skips(self) -> Iterator[tuple[str, Changed]]:
        """An operand of a step in a loop that is left out, whatever it is made of."""
        for group, k in self.operands():
            if len(group) > 1:
                words = f"the gradient from {self.words(group)} back to {self.operand(group, k)}"
                whole = {(position, k): np.array(True) for position, _ in self.edges(group, k)}
                yield f"{words} is missing", self.times(whole, 0.0)

    def factor(self) -> Iterator[tuple[str, Changed]]:
        """A part of the gradient that has a wrong factor."""
        off = self.analytic - self.right
        for part, where in self.sources:
            share = self.right - self.gradient(self.times(where, 0.0))
            more = factor_between(off, share)
            if more is not None and np.count_nonzero(share) > FEW:
                words = f"{part} is {1 + more:.4g} times the right one"
                yield words, self.times(where, 1 + more)

    def overwritten(self) -> Iterator[tuple[str, Changed]]:
        """Numbers that are used several times, of which one use alone counts."""
        for group, k in self.operands():
            for place, order in (("first", group), ("last", group[::-1])):
                changed: Changed = {}
                seen = np.zeros(len(self.tape.values) + 1, dtype=bool)
                for position, edges in self.edges(order, k):
                    changed[position, k] = replace(edges, slopes=edges.slopes * ~seen[edges.of])
                    seen[edges.of] = True
                if len(changed) > 1:
                    yield self.one_use(place, group), changed
            if len(group) == 1:
                step = self.tape.steps[group[0]]
                ids = self.tape.find(step.operands[k]).ravel()
                last = dict(zip(ids.tolist(), range(ids.size), strict=True))
                counts = np.array([last[number] == j for j, number in enumerate(ids.tolist())])
                chosen = step.on_grid(counts.reshape(step.operands[k].shape), k)
                yield self.one_use("last", group), self.times({(group[0], k): ~chosen}, 0.0)

    def one_use(self, place: str, group: Group) -> str:
        """Describe a gradient in which one use of each number counts."""
        return (
            f"of numbers that are used several times in {self.words(group)}, only the {place} use "
            f"counts: the gradients of all uses add, +=, and for indices np.add.at"
        )

    def slope(self) -> Iterator[tuple[str, Changed]]:
        """A slope or a factor that is forgotten, or the slope of another function."""
        values = np.array(self.tape.values)
        for group in reversed(self.groups.values()):
            steps = [self.tape.steps[position] for position in group]
            what = steps[0].key[1]
            if steps[0].letters or what == "sum":
                continue
            for k in range(len(steps[0].edges)):
                ones = {
                    (position, k): replace(edges, slopes=np.ones_like(edges.slopes))
                    for position, edges in self.edges(group, k)
                }
                words = f"the slope of {self.words(group)} is forgotten"
                if what in (np.multiply, np.divide):
                    kind = "divisor" if what is np.divide and k == 0 else "factor"
                    other = self.operand_text(group, 1 - k)
                    factor = f"{other}, a {kind}," if other else UNNAMED[kind]
                    words = f"{factor} is forgotten in the gradient of {self.words(group)}"
                yield words, ones
            if what is np.divide:
                yield from self.softmax(group, steps, values)

    def softmax(
        self, group: Group, steps: list[Step], values: np.ndarray
    ) -> Iterator[tuple[str, Changed]]:
        """Yield wrong derivatives of a softmax, the quotient of exponentials and their sum."""
        if len(steps[0].edges) != 2 or None in steps[0].edges:
            return
        if not any(np.allclose(values[steps[0].result].sum(axis), 1) for axis in (-1, 0)):
            return
        for words, factors in (
            ("only the diagonal of its Jacobian counts, y * (1 - y)", 1 - values),
            ("it is forgotten, and the gradient handed on as it is", 1 / values),
        ):
            changed = {}
            for k in (0, 1):
                for position, edges in self.edges(group, k):
                    share = factors[edges.made] if k == 0 else 0.0
                    changed[position, k] = replace(edges, slopes=share * edges.slopes)
            yield f"of the softmax {self.words(group)}, {words}", changed

    def common_slopes(self) -> Iterator[tuple[str, Changed]]:
        """Yield wrong slopes of activations, which may be made of several operations."""
        roots, slopes = self.elementwise()
        values = np.array(self.tape.values)
        everywhere: dict[str, dict[str, Changed]] = {}
        activations = list(self.activations(roots))
        for group, kind, sign in activations:
            made = self.made(group)
            a, z = values[made], sign * values[roots[made]]
            right = f", where {ACTIVATIONS[kind][1]} is right"
            candidates = [
                ("is forgotten", np.ones_like(a)),
                *(
                    (f"is {words}{'' if 'where' in words else right}", slope)
                    for words, slope in common_slopes(z, a, ("z", "a"))
                ),
                ("is taken twice", slopes[made] ** 2),
            ]
            mask = (self.full[made] > 0) * 1.0
            if mask.any() and not mask.all():
                candidates.append(("is a mask of the gradient, dy > 0", mask))
            if len(group) > 1:  # in a loop, which begins with zeros
                size = made.size // len(group)
                before = np.append(np.ones(size), slopes[made][:-size])
                candidates.append(("is that of the step before", before))
            for other, other_kind, _ in activations:
                others = self.made(other)
                if other_kind == kind and others.size == made.size and other is not group:
                    candidates.append((f"is that of {self.words(other)}", np.abs(slopes[others])))
            for words, slope in candidates:
                if not slope.any():  # like a part that is left out
                    continue
                changed, place = self.with_slopes(group, roots, sign * slope), self.words(group)
                words = f"the slope of {kind} {words}"
                yield f"{words}, in {place}", changed
                everywhere.setdefault(words, {})[place] = changed
        for words, changes in everywhere.items():
            if len(changes) > 1:
                every = dict(chain.from_iterable(map(dict.items, changes.values())))
                yield f"{words}, in {' and in '.join(reversed(changes))}", every

    def activations(self, roots: np.ndarray) -> Iterator[tuple[Group, str, int]]:
        """Yield the activations from the end, with their kinds, and -1 if they are of -z.

        If a loop runs through a few layers, each of its steps comes alone as well.
        """
        values = np.array(self.tape.values)
        for whole in reversed(self.groups.values()):
            if (roots[self.made(whole)] == self.made(whole)).any():
                continue  # its results aren't functions of one number each
            for group in self.parts(whole):
                a, root = values[self.made(group)], values[roots[self.made(group)]]
                if np.allclose(a, root) or np.allclose(a, -root):
                    continue  # a bound that isn't reached, or a sign
                kinds = [
                    (kind, sign)
                    for kind, (function, _) in ACTIVATIONS.items()
                    for sign in (1, -1)
                    if np.allclose(function(sign * root), a)
                ]
                if kinds:
                    yield group, *kinds[0]

    def parts(self, group: Group) -> Iterator[Group]:
        """Yield an operation of a loop as a whole, and its parts, if there are few.

        Those are its steps, or, in a loop through examples and layers, those of one shape.
        """
        yield group
        shapes: dict[tuple[int, ...], Group] = {}
        for position in reversed(group):
            shapes.setdefault(self.tape.steps[position].result.shape, []).insert(0, position)
        if 1 < len(group) <= LAYERS:
            yield from ([position] for position in reversed(group))
        elif 1 < len(shapes) <= LAYERS:
            yield from shapes.values()

    def made(self, group: Group) -> np.ndarray:
        """The numbers that an operation makes."""
        return np.concatenate([self.tape.steps[position].result.ravel() for position in group])

    def with_slopes(self, group: Group, roots: np.ndarray, slope: np.ndarray) -> Changed:
        """Return edges that lead from the results of an activation straight to what it is of."""
        by_number = np.zeros(len(self.tape.values))
        by_number[self.made(group)] = slope
        changed: Changed = {}
        for position in group:
            for k, edges in enumerate(self.tape.steps[position].edges):
                if edges is not None:
                    share = 0.0 if any((position, j) in changed for j in range(k)) else 1.0
                    slopes = share * by_number[edges.made]
                    changed[position, k] = Edges(edges.made, roots[edges.made], slopes)
        return changed

    def elementwise(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the number that each number is a function of alone, and the slope by it.

        A bias that is added, even if it is constant, belongs to the argument of the function.
        """
        roots = np.arange(len(self.tape.values))
        slopes = np.ones(len(roots))
        for step in self.tape.steps:
            edges = [e for e in step.edges if e is not None and (e.of >= 0).all()]
            if step.letters or step.key[1] == "sum" or len(edges) < sum(map(bool, step.edges)):
                continue
            constants = [o for o, e in zip(step.operands, step.edges, strict=True) if e is None]
            if step.key[1] in (np.add, np.subtract) and any(o.ndim for o in constants):
                continue
            parents = [roots[e.of] for e in edges]
            same = np.all([parent == parents[0] for parent in parents], axis=0)
            total = np.sum([slopes[e.of] * e.slopes for e in edges], axis=0)
            roots[edges[0].made] = np.where(same, parents[0], edges[0].made)
            slopes[edges[0].made] = np.where(same, total, 1.0)
        return roots, slopes

    def other_upstreams(self) -> Iterator[tuple[str, np.ndarray]]:
        """Another gradient of a cost by its outputs, such as p, where p - t is right."""
        if np.count_nonzero(self.upstream) > 1:
            return
        values = np.array(self.tape.values)
        less = [step.edges for step in self.tape.steps if step.key[1] is np.subtract]
        outputs = [edges[0].of for edges in less if edges[0] is not None and edges[1] is None]
        for group in reversed(self.groups.values()):
            made = self.tape.steps[group[-1]].result
            d = self.full[made]
            if made.size <= FEW or not d.any():
                continue
            rest = self.right - self.through(group[-1], d)
            is_output = any(np.array_equal(made, of) for of in outputs)
            for words, fixed, scaled, share in wrong_upstreams(d, values[made], is_output):
                found = rest + self.through(group[-1], fixed)
                if scaled is not None:
                    more = self.through(group[-1], scaled)
                    factor = factor_between(self.analytic - found, more)
                    if factor is None or np.count_nonzero(self.analytic) <= FEW:
                        continue
                    if share and not are_labels(scaled - d / (share * factor)):
                        continue
                    found = found + factor * more
                yield f"{words}, in the gradient of {self.words(group)}", found

    def forgotten_upstreams(self) -> Iterator[tuple[str, np.ndarray]]:
        """The slope of an activation alone, without the gradient that comes back to it."""
        roots, _ = self.elementwise()
        for group, kind, _ in self.activations(roots):
            made = self.tape.steps[group[0]].result
            ones = np.ones(made.shape)
            if len(group) > 1 or made.size <= FEW or factor_between(self.full[made], ones):
                continue  # or a factor alone may be wrong
            rest = self.right - self.through(group[0], self.full[made])
            alone = self.through(group[0], ones)
            factor = factor_between(self.analytic - rest, alone)
            if factor is not None and np.count_nonzero(alone) > FEW:
                yield (
                    f"the slope of {kind} is handed on alone: multiply the gradient that comes "
                    f"back to {self.words(group)} by it",
                    rest + factor * alone,
                )

    def through(self, last: int, gradient: np.ndarray) -> np.ndarray:
        """Return the gradient of the array that comes back through the results of one step."""
        made = self.tape.steps[last].result
        upstream = np.zeros(len(self.tape.values))
        upstream[made] = gradient
        return self.tape.back(upstream, last)[self.wanted]

    def turned(self) -> Iterator[tuple[str, Changed]]:
        """A matrix that isn't transposed, or a gradient that is."""
        for group, k in self.operands_of_parts():
            step = self.tape.steps[group[0]]
            if len(step.letters) != 3:
                continue
            *parts, after = step.letters
            summed = [c for c in parts[0] if c in parts[1] and c not in after]
            own, free = ([c for c in parts[j] if c not in parts[1 - j]] for j in (k, 1 - k))
            for one, two, turns_gradient in ((summed, free, False), (own, free, True)):
                if len(one) != 1 or len(two) != 1:
                    continue
                axes = step.grid.index(one[0]), step.grid.index(two[0])
                changed: Changed = {}
                for position, edges in self.edges(group, k):
                    sizes = [edges.made.shape[axis] for axis in axes]
                    if sizes[0] == sizes[1] > 1:
                        made, slopes = edges.made, edges.slopes
                        if turns_gradient:
                            made = made.swapaxes(*axes)
                        else:
                            slopes = slopes.swapaxes(*axes)
                        changed[position, k] = replace(edges, made=made, slopes=slopes)
                what = f"the gradient of {self.words(group)}"
                if changed and turns_gradient:
                    yield f"{what} must be transposed for that of {self.operand(group, k)}", changed
                elif changed:
                    yield f"{self.operand(group, 1 - k)} must be transposed in {what}", changed

    def other_array(self) -> Iterator[tuple[str, Changed]]:
        """Another array in the place of an operand."""
        arrays = list(self.arrays())
        for group, k in self.operands_of_parts():
            steps = {position: self.tape.steps[position] for position in group}
            first = steps[group[0]]
            if len(first.edges) != 2 or not (first.letters or first.key[1] is np.multiply):
                continue
            shapes = [step.operands[1 - k].shape for step in steps.values()]
            for words, others in arrays:
                if shapes[0] != others[0].shape and others[0].ndim > 1:
                    others = [array.swapaxes(-1, -2) for array in others]
                if [array.shape for array in others] != shapes:
                    continue
                taken = dict(zip(group, others, strict=True))
                changed = {
                    (position, k): replace(
                        edges, slopes=steps[position].on_grid(taken[position], 1 - k)
                    )
                    for position, edges in self.edges(group, k)
                }
                yield (
                    (
                        f"made with {words}, where {self.operand(group, 1 - k)} is right, in the "
                        f"gradient of {self.words(group)}"
                    ),
                    changed,
                )

    def arrays(self) -> Iterator[tuple[str, list[np.ndarray]]]:
        """Yield the operands and results of each operation."""
        values = np.array(self.tape.values)
        for name, ids in self.tape.leaves.items():
            yield name, [values[ids]]
        local: list[tuple[str, list[np.ndarray]]] = []
        for group in self.groups.values():
            steps = [self.tape.steps[position] for position in group]
            for k in range(len(steps[0].operands)):
                words = self.operand(group, k)
                operands = [step.operands[k] for step in steps]
                if words[1:-1].isidentifier():  # it may have another name where it is used
                    local.append((words, operands))
                else:
                    yield words, operands
        for group in self.groups.values():
            yield self.words(group), [values[self.tape.steps[k].result] for k in group]
        yield from local

    def words(self, group: Group) -> str:
        """Return an operation as the code writes it, with its line."""
        key = self.tape.steps[group[0]].key
        whole = self.groups[self.maker(key)]
        if group == whole:
            return self.written(key)
        if len(group) > 1:
            shape = self.tape.steps[group[0]].result.shape
            return f"{self.written(key)}, where its result has shape {shape}"
        return f"{self.written(key)}, time {whole.index(group[0]) + 1} of {len(whole)}"

    def name(self, maker: Any) -> str:
        """Return the name of an array, or the operation that has made it."""
        return maker if isinstance(maker, str) else self.written(maker)

    def written(self, key: Any) -> str:
        """Return an operation as the code writes it, and the call if there are several."""
        places = key[0]
        calls = {other[0][:-1] for other in self.groups if other[0][-1:] == places[-1:]}
        if not places:
            return "an operation"
        what = getattr(key[1], "__name__", key[1])
        called = f", called in {shown(places[-2])}" if len(calls) > 1 < len(places) else ""
        return shown(places[-1], f"the {what}") + called

    def operand(self, group: Group, k: int) -> str:
        """Return an operand of an operation as the code writes it."""
        return self.operand_text(group, k) or f"operand {k + 1} of {self.words(group)}"

    def operand_text(self, group: Group, k: int) -> str:
        """Return the source text of an operand, or an empty string."""
        step = self.tape.steps[group[-1]]
        text = source(step.key[0][-1]) if step.key[0] else ""
        name, count = getattr(step.key[1], "__name__", ""), len(step.operands)
        parts = parts_of(text, name, count)
        return f"`{ast.unparse(parts[k])}`" if len(parts) == count else ""


def are_labels(t: np.ndarray) -> bool:
    """Whether all numbers are 0 or 1."""
    return bool(np.allclose(t, np.round(t), atol=ALIKE) and np.isin(np.round(t), (0, 1)).all())


def wrong_upstreams(
    d: np.ndarray, v: np.ndarray, is_output: bool
) -> Iterator[tuple[str, np.ndarray, np.ndarray | None, float]]:
    """Yield what is taken for the gradient d by numbers v: a part, and one up to a factor.

    Of a p that stands for p - t, the last number is the share of the factor that p - t has in d.
    """
    zero = np.zeros_like(d)
    if (d > 0).any() and (d < 0).any():
        for words, wrong in wrong_entropies(d, v):
            yield words, wrong, None, 0
        yield "the size of the error is taken, without its sign", np.abs(d), None, 0
        if factor_between(np.sign(d), d) is None:
            yield "the sign of the error is taken alone", zero, np.sign(d), 0
            yield "the square of the error is taken, as in the value", zero, d**2, 0
    if is_output:
        yield "the targets are missing: y, where y - t is right", zero, v, 0
    axes = [axis for axis in range(v.ndim) if v.shape[axis] > 1]  # that of a single number is 1
    for p in [sigmoid(v), *(softmax_along(v, axis) for axis in axes)]:
        once_more = d * p * (1 - p)
        if np.abs(once_more).max() > NEAR * np.abs(d).max():  # or it looks like a missing d
            words = "the slope p (1 - p) is taken once too often: p - t contains it already"
            yield words, once_more, None, 0
        yield "the targets are missing: p, where p - t is right", zero, p, 1
        yield "p + t, where p - t is right", -d, p, 0.5


def wrong_entropies(d: np.ndarray, p: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield what is taken for d if it is a multiple of (1 - t) / (1 - p) - t / p with labels t."""
    share = d * np.where(d > 0, 1 - p, -p)
    if not ((p > 0) & (p < 1)).all() or not np.allclose(share, share.max(), atol=0):
        return
    yield "the two terms, t / p and (1 - t) / (1 - p), are added instead of subtracted", -np.abs(d)
    second, first = np.where(d > 0, share / p, d), np.where(d > 0, d, -share / (1 - p))
    yield "(1 - t) / p is taken, where (1 - t) / (1 - p) is right", second
    yield "t / (1 - p) is taken, where t / p is right", first


@cache
def parts_of(text: str, name: str, count: int) -> list[ast.expr]:
    """Return the operands of an operation, ``a * b`` or ``np.multiply(a, b)``, in its source."""
    try:
        (statement,) = ast.parse(text).body
    except (SyntaxError, ValueError):
        return []
    if isinstance(statement, ast.AugAssign):
        return [statement.target, statement.value]
    expression = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(expression, ast.BinOp):
        return [expression.left, expression.right]
    if isinstance(expression, ast.UnaryOp):
        return [expression.operand]
    if not isinstance(expression, ast.Call) or not isinstance(expression.func, ast.Attribute):
        return []
    if expression.func.attr != name:
        return []  # a function that computes several operations
    parts = expression.args
    if len(parts) < count:
        return [expression.func.value, *parts]  # a.dot(b)
    return parts[len(parts) - count :]  # without einsum's letters


@cache
def source(place: Place) -> str:
    """Return the expression of an instruction, or an empty string."""
    code, instruction = place
    first, last, start, end = list(code.co_positions())[instruction // 2]
    if first is None or first != last:
        return ""
    line = linecache.getline(code.co_filename, first)
    return line.encode()[start:end].decode(errors="replace").strip()


@cache
def shown(place: Place, what: str = "the code") -> str:
    """Return the expression of an instruction with its line."""
    text, line = source(place), list(place[0].co_positions())[place[1] // 2][0]
    if len(text) > LONG:
        text = f"{text[:LONG]}..."
    return f"`{text}` (line {line})" if text else f"{what} in line {line}"


def wrong_operation(e: Evidence) -> str | None:
    """The backward step of one operation of the forward pass is wrong."""
    return e.named_operation
