"""Small mistakes in a module, one at a time. `mutation.py` checks whether the tests notice them.

A mutant is the module with one change: ``-`` for ``+``, ``<=`` for ``<``, a constant that is off by
one, another axis, a factor transposed or not, ``maximum`` for ``minimum``, a missing keyword
argument, condition or statement, ``return None``. Docstrings, annotations, decorators and messages
of errors are not changed.
"""

import ast
from collections.abc import Iterator
from copy import copy
from types import CodeType
from typing import Any, NamedTuple

EVERY = 16  # of so many mutants, `mutation.py` tries one
RARELY = 64  # the same of the modules around the training of a network
BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
PAIRS = (  # of functions and methods that may be mistaken for each other
    *(("maximum", "minimum"), ("max", "min"), ("argmax", "argmin"), ("any", "all")),
    *(("zeros", "ones"), ("zeros_like", "ones_like"), ("log", "log1p"), ("exp", "expm1")),
    *(("sum", "mean"), ("square", "abs"), ("sqrt", "square"), ("greater", "less")),
    *(("add", "subtract"), ("multiply", "divide")),
)
OTHERS = {a: b for pair in PAIRS for a, b in (pair, pair[::-1])}
LEFT_OUT = ("T", "copy", "astype", "lower", "reshape")  # attributes and methods to do without
# Functions whose arguments may be swapped.
SYMMETRIC = ("maximum", "minimum", "max", "min", "promote_types", "result_type")


class Mutant(NamedTuple):
    """A module with one change in it.

    Attributes
    ----------
    function : str
        Where the change is: ``Dense.forward``, or ``module`` for what is outside.
    change : str
        The statement before and after; no two changes of a function have the same.
    code : code
        The whole module, compiled.
    """

    function: str
    change: str
    code: CodeType


class Place(NamedTuple):
    """Where a node hangs in the tree, and the innermost statement and function around it."""

    owner: ast.AST
    field: str
    position: int | None
    statement: ast.stmt
    function: str

    def get(self) -> ast.AST:
        """Return the node."""
        value = getattr(self.owner, self.field)
        node: ast.AST = value if self.position is None else value[self.position]
        return node

    def put(self, node: ast.AST) -> None:
        """Hang another node here."""
        if self.position is None:
            setattr(self.owner, self.field, node)
        else:
            getattr(self.owner, self.field)[self.position] = node


def mutants(source: str, filename: str) -> Iterator[Mutant]:
    """Return every mutant of a module, in the order of its lines."""
    tree = ast.parse(source)
    unread = {default for node in ast.walk(tree) for default in unread_defaults(node)}
    seen: dict[tuple[str, str], int] = {}
    for place in places(tree, tree.body[0], "module"):
        node, before = place.get(), head(place.statement)
        if node in unread:  # whatever it is, the function does the same
            continue
        for other in replacements(node, place):
            place.put(ast.fix_missing_locations(ast.copy_location(other, node)))
            after = head(other if node is place.statement else place.statement)
            change = f"{before} → {after}"
            count = seen[place.function, change] = seen.get((place.function, change), 0) + 1
            change += f" (place {count})" if count > 1 else ""
            yield Mutant(place.function, change, compile(tree, filename, "exec"))
            place.put(node)


def places(owner: ast.AST, statement: ast.stmt, function: str) -> Iterator[Place]:
    """Return the places below a node that may be changed."""
    for field, value in ast.iter_fields(owner):
        if field in ("annotation", "returns", "decorator_list", "bases", "names"):
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or is_text(node, owner) or is_alias(node, owner):
                continue
            inner = node if isinstance(node, ast.stmt) else statement
            yield Place(owner, field, index, inner, function)
            if isinstance(node, ast.Raise):
                continue
            name = function
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                name = node.name if function == "module" else f"{function}.{node.name}"
            yield from places(node, inner, name)


def unread_defaults(node: ast.AST) -> Iterator[ast.AST]:
    """Return the defaults of those of a function's arguments that its body doesn't read."""
    if isinstance(node, ast.FunctionDef):
        body = [part for statement in node.body for part in ast.walk(statement)]
        read = {part.id for part in body if isinstance(part, ast.Name)}
        places = [*node.args.posonlyargs, *node.args.args][::-1]
        defaults = [*zip(places, node.args.defaults[::-1], strict=False)]
        defaults += [
            (argument, default)
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            if default is not None
        ]
        yield from (default for argument, default in defaults if argument.arg not in read)


def is_text(node: ast.AST, owner: ast.AST) -> bool:
    """Whether this is a docstring or for somebody to read: an f-string, a message, a name."""
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.Assign | ast.AugAssign):
        return "message" in ast.unparse(node).split(" ")[0]
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    is_string = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_string and isinstance(owner, ast.Call) and "check" in ast.unparse(owner.func)


def is_alias(node: ast.AST, owner: ast.AST) -> bool:
    """Whether this gives a name to a type."""
    value = node.value if isinstance(node, ast.Assign) else None
    return isinstance(owner, ast.Module) and isinstance(value, ast.Subscript | ast.BinOp)


def head(node: ast.AST) -> str:
    """Return a statement as one line, without its decorators and the block that follows it."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        node = changed(node, decorator_list=[])
    first = ast.unparse(node).partition("\n")[0]
    return "(nothing)" if first == "pass" else first


def replacements(node: ast.AST, place: Place) -> Iterator[ast.AST]:
    """Return what may stand in a node's place by mistake."""
    match node:
        case ast.Constant():
            yield from constants(node)
        case ast.BinOp() | ast.AugAssign():
            yield from operators(node)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield node.operand
        case ast.Compare():
            for k, op in enumerate(node.ops):
                for other in COMPARISONS[type(op)]:
                    yield changed(node, ops=[*node.ops[:k], other(), *node.ops[k + 1 :]])
        case ast.BoolOp():
            yield changed(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
            for k in range(len(node.values)):
                rest = without(node.values, k)
                yield changed(node, values=rest) if len(rest) > 1 else rest[0]
        case ast.Call():
            yield from calls(node)
        case ast.Attribute(attr="T"):
            yield node.value
        case ast.Dict():
            for k in range(len(node.keys)):
                yield ast.Dict(without(node.keys, k), without(node.values, k))
        case ast.comprehension():
            for k in range(len(node.ifs)):
                yield changed(node, ifs=without(node.ifs, k))
        case ast.If() | ast.IfExp() if not isinstance(node.test, ast.Compare | ast.UnaryOp):
            yield changed(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.stmt():
            pass
    yield from statements(node, place)


def constants(node: ast.Constant) -> Iterator[ast.AST]:
    """``True`` for ``False``; numbers off by one; other words."""
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        step = 1 if node.value + 1 != node.value else node.value  # 1e30 + 1 is 1e30
        yield from (ast.Constant(node.value + step), ast.Constant(node.value - step))
    elif isinstance(node.value, str):
        yield ast.Constant(node.value + "X")


def operators(node: ast.BinOp | ast.AugAssign) -> Iterator[ast.AST]:
    """Another operator; factors of a matrix product in the other order; ``=`` for ``+=``."""
    if isinstance(node, ast.BinOp):
        if is_word(node.left) or is_word(node.right):
            return
        if isinstance(node.op, ast.MatMult):
            yield changed(node, left=node.right, right=node.left)
    if type(node.op) in BINARY:
        yield changed(node, op=BINARY[type(node.op)]())
    if isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value)


def is_word(node: ast.AST) -> bool:
    """Whether this is a string."""
    constant = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return constant or isinstance(node, ast.JoinedStr)


def calls(node: ast.Call) -> Iterator[ast.AST]:
    """Another function, its arguments swapped, one of its keywords left out, or no call at all."""
    for k in range(len(node.keywords)):
        yield changed(node, keywords=without(node.keywords, k))
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if name in OTHERS:
        field = "attr" if isinstance(node.func, ast.Attribute) else "id"
        yield changed(node, func=changed(node.func, **{field: OTHERS[name]}))
    if name in LEFT_OUT and isinstance(node.func, ast.Attribute):
        yield node.func.value
    if (
        len(node.args) > 1
        and ast.unparse(node.args[0]) != ast.unparse(node.args[1])
        and name not in SYMMETRIC
        and not ast.unparse(node.func).startswith(("checks.", "isinstance", "getattr", "setattr"))
    ):
        yield changed(node, args=[node.args[1], node.args[0], *node.args[2:]])


def statements(node: ast.AST, place: Place) -> Iterator[ast.AST]:
    """A statement forgotten; one of two targets left out; ``return None``."""
    match node:
        case ast.Return(value=None) | ast.Raise() | ast.AugAssign() | ast.Expr():
            yield ast.Pass()
        case ast.Return() if not isinstance(node.value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Assign(targets=[_, _, *_]):
            for k in range(len(node.targets)):
                yield changed(node, targets=without(node.targets, k))
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.Assign() if isinstance(place.owner, ast.ClassDef):
            yield ast.Pass()
        case ast.Assign(targets=[ast.Name(id=name)]) if name in names(node.value):
            yield ast.Pass()


def names(node: ast.AST) -> set[str]:
    """Return the variables that an expression reads."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def changed(node: ast.AST, **fields: object) -> ast.AST:
    """Return a copy of a node with other fields."""
    other = copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def without(items: list[Any], k: int) -> list[Any]:
    """Return a list without its item k."""
    return [*items[:k], *items[k + 1 :]]
