"""Fused elementwise loops: the source text of the kernel for a group of calls.

A group is a set of elementwise calls over one shape, with the reductions that end it. Its kernel
is one loop nest; each call's scalar body is written into it in place. Text depends on structure
alone (dtypes, which strides are 0 or 1, the expressions), never on sizes: forty equal layers share
one kernel.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

CODES = {
    "f4": "F4", "f8": "F8", "i8": "I8", "i4": "I4", "i2": "I2", "i1": "I1",
    "u8": "U8", "u4": "U4", "u2": "U2", "u1": "U1", "b1": "B1",
}  # fmt: skip
# What a body's math.f is in a kernel: NumPy's floor and ceil keep floats; our own exponentials and
# logarithms become vectors, where the C library's would be called entry by entry.
MATH = {"floor": "np.floor", "ceil": "np.ceil", "cbrt": "np.cbrt"} | {
    name: f"functions.{name}" for name in ("exp", "exp2", "expm1", "log", "log1p", "tanh")
}


def code_of(dtype: np.dtype) -> str:
    """The kernel language's name of a dtype; KeyError where it has none."""
    return CODES[dtype.str[1:]]


def itemsize(code: str) -> int:
    """The bytes of an entry, from its dtype's code."""
    return int(code[1:])


@dataclass(frozen=True, slots=True)
class Array:
    """An array of a loop: dtype code, alias scope, and per axis '0', '1' or 's' (its stride)."""

    code: str
    scope: int
    steps: str


@dataclass(frozen=True, slots=True)
class Statement:
    """t<out> = body(operands) in ``code``; an operand is ('a', array), ('t', n) or ('c', text)."""

    op: str
    code: str
    compute: str
    operands: tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Reduction:
    """Array ``array`` gathers t<value> over the dimensions marked in ``over`` ('r' or 'k')."""

    kind: str
    array: int
    value: tuple[str, Any]
    over: str


@dataclass(frozen=True, slots=True)
class Loop:
    """The structure of a fused loop; equal structures are one kernel."""

    ndim: int
    arrays: tuple[Array, ...]
    statements: tuple[Statement, ...]
    stores: tuple[tuple[int, tuple[str, Any]], ...]  # (array, value)
    reductions: tuple[Reduction, ...]
    scalars: int  # how many runtime numbers follow the arrays in the block

    @property
    def shared(self) -> int | None:
        """The axis threads divide among them: no result gathers over it. None: there is none."""
        for d in range(self.ndim):
            if all(r.over[d] == "k" for r in self.reductions):
                return d
        return None

    def cells(self) -> int:
        """The length of the argument block: sizes, array addresses and strides, numbers."""
        return self.ndim + len(self.arrays) * (1 + self.ndim) + self.scalars


# ---- scalar bodies as text -----------------------------------------------------------------


class _Inline(ast.NodeTransformer):
    """A body with operands for its parameters, its locals renamed, its constants in one dtype."""

    def __init__(self, names: dict[str, str], code: str, space: dict[str, Any]) -> None:
        self.names, self.code, self.space = names, code, space
        self.helpers: list[Callable[..., Any]] = []

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.names:
            return ast.parse(self.names[node.id], mode="eval").body
        found = self.space.get(node.id)
        if inspect.isfunction(found):
            self.helpers.append(found)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            return node
        if self.code == "B1":
            return node
        return ast.parse(f"{self.code}({node.value!r})", mode="eval").body

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "math":
            if node.attr in ("pi", "inf", "nan", "e"):
                return ast.parse(f"{self.code}(math.{node.attr})", mode="eval").body
            if node.attr in MATH:
                return ast.parse(MATH[node.attr], mode="eval").body
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "range":
            return node
        if isinstance(node.func, ast.Name) and node.func.id == "round":
            node.func = ast.parse("np.rint", mode="eval").body  # type: ignore[assignment]
            node.args = [self.visit(a) for a in node.args]
            return node
        self.generic_visit(node)
        return node


@cache
def _parsed(body: Callable[..., Any]) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(body)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    return function


def inline(
    body: Callable[..., Any], operands: list[str], out: str, code: str, compute: str
) -> tuple:
    """Lines that leave body(*operands) in ``out``, and the helper functions they call."""
    import copy

    function = _parsed(body)
    names = {p.arg: f"({x})" for p, x in zip(function.args.args, operands, strict=True)}
    local = {
        n.id
        for n in ast.walk(function)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id not in names
    }
    names.update({v: f"{out}_{v}" for v in local})
    change = _Inline(names, compute, body.__globals__)
    lines = []
    for statement in function.body:
        if isinstance(statement, ast.Expr):  # the docstring
            continue
        fresh = change.visit(copy.deepcopy(statement))
        if isinstance(fresh, ast.Return):
            assert fresh.value is not None
            value = ast.unparse(fresh.value)
            lines.append(f"{out} = {value}" if code == "B1" else f"{out} = {code}({value})")
        else:
            lines.extend(ast.unparse(ast.fix_missing_locations(fresh)).splitlines())
    return lines, change.helpers


@cache
def helper_text(function: Callable[..., Any]) -> str:
    """A helper function of a body, compiled along with the kernel that calls it."""
    source = textwrap.dedent(inspect.getsource(function))
    return "@helper\n" + source


@cache
def helper_texts(function: Callable[..., Any]) -> dict[str, str]:
    """The texts of a body's helper and of the helpers it calls, by name."""
    found = {function.__name__: helper_text(function)}
    for node in ast.walk(_parsed(function)):
        called = function.__globals__.get(node.id) if isinstance(node, ast.Name) else None
        if inspect.isfunction(called) and called is not function:
            found = helper_texts(called) | found
    return found


# ---- the loop nest -------------------------------------------------------------------------

IDENTITY = {
    "sum": "0", "prod": "1", "any": "0", "all": "1",
    "max": "-np.inf", "min": "np.inf",
}  # fmt: skip
LIMITS = {"I8": 63, "I4": 31, "I2": 15, "I1": 7}


def _identity(kind: str, code: str) -> str:
    if kind in ("max", "min") and code not in ("F4", "F8"):
        bits = LIMITS.get(code)
        if bits is None:
            return f"{code}(0)" if kind == "max" else f"{code}({2 ** (8 * itemsize(code)) - 1})"
        return f"{code}({-(2**bits) if kind == 'max' else 2**bits - 1})"
    return f"{code}({IDENTITY[kind]})"


def _joined(kind: str, code: str, a: str, b: str, free: bool) -> str:
    """a and b reduced; ``free``: the order within the inner loop is the compiler's."""
    if kind == "sum":
        return f"plus({a}, {b})" if free and code in ("F4", "F8") else f"{code}({a} + {b})"
    if kind == "prod":
        return f"{code}({a} * {b})"
    if kind == "max":
        return f"({a} if ({a} >= {b} or {a} != {a}) else {b})"
    if kind == "min":
        return f"({a} if ({a} <= {b} or {a} != {a}) else {b})"
    if kind == "any":
        return f"B1(1 if ({a} != 0 or {b} != 0) else 0)"
    return f"B1(1 if ({a} != 0 and {b} != 0) else 0)"


class Writer:
    """Writes the kernel of one loop."""

    def __init__(self, loop: Loop, bodies: dict[str, Callable[..., Any]]) -> None:
        self.loop, self.bodies = loop, bodies
        self.lines: list[str] = []
        self.helpers: dict[str, str] = {}
        self.scopes = 1 + max((a.scope for a in loop.arrays), default=0)
        # Arrays of one scope lie in one place. They go by one name, so that LLVM sees it.
        first: dict[int, int] = {}
        self.named = [first.setdefault(a.scope, k) for k, a in enumerate(loop.arrays)]

    def put(self, depth: int, text: str) -> None:
        """Adds a line at a depth of indentation."""
        self.lines.append("    " * depth + text)

    def text(self, name: str) -> str:
        """The kernel's source, as a function of that name."""
        loop, n = self.loop, self.loop.ndim
        self.put(0, f"def {name}(a, tid, nth):")
        for d in range(n):
            self.put(1, f"n{d} = a[{d}]")
        cell = n
        for k, array in enumerate(loop.arrays):
            if self.named[k] == k:
                self.put(1, f"p{k} = a[{cell}]")
                for d, step in enumerate(array.steps):
                    if step == "s":
                        self.put(1, f"s{k}_{d} = a[{cell + 1 + d}]")
            cell += 1 + n
        for k in range(loop.scalars):
            self.put(1, f"c{k} = as_float(a[{cell + k}])")
        if loop.shared is not None:
            self.put(1, f"lo = n{loop.shared} * tid // nth")
            self.put(1, f"hi = n{loop.shared} * (tid + 1) // nth")
        self._initialise()
        self._nest()
        return "\n".join(list(self.helpers.values()) + self.lines) + "\n"

    # -- pieces --

    def _load(self, k: int, place: str) -> str:
        array = self.loop.arrays[k]
        got = f"load({place}, {self._index(k)}, {array.code}, {array.scope}, {self.scopes})"
        return f"({got} != 0)" if array.code == "B1" else got

    def _index(self, k: int) -> str:
        k = self.named[k]
        n, steps = self.loop.ndim, self.loop.arrays[k].steps
        if not n or steps[-1] == "0":
            return "0"
        return f"i{n - 1}" if steps[-1] == "1" else f"i{n - 1} * s{k}_{n - 1}"

    def _store(self, depth: int, k: int, place: str, index: str, value: str) -> None:
        array = self.loop.arrays[k]
        if array.code == "B1":
            value = f"B1(1 if {value} else 0)"
        self._store_raw(depth, k, place, index, value)

    def _value(self, ref: tuple[str, Any], loads: dict[int, str]) -> str:
        kind, what = ref
        return {"t": f"t{what}", "c": str(what)}[kind] if kind != "a" else loads[what]

    def _bounds(self, d: int) -> str:
        return "range(lo, hi)" if d == self.loop.shared else f"range(n{d})"

    def _address(self, depth: int, k: int, d: int, over: str = "") -> None:
        """Moves array k's row address to index i<d> of dimension d."""
        array = self.loop.arrays[k]
        before = f"q{k}_{d - 1}" if d else f"p{k}"
        step = array.steps[d]
        size = itemsize(array.code)
        if step == "0" or over == "r":
            self.put(depth, f"q{k}_{d} = {before}")
        elif step == "1":
            self.put(depth, f"q{k}_{d} = {before} + i{d} * {size}")
        else:
            self.put(depth, f"q{k}_{d} = {before} + i{d} * s{k}_{d} * {size}")

    def _initialise(self) -> None:
        """Fills results of reductions with their identity, where rows are visited repeatedly."""
        n = self.loop.ndim
        for r in self.loop.reductions:
            if self._direct(r):
                continue
            array = self.loop.arrays[r.array]
            depth = 1
            for d in range(n - 1):
                if r.over[d] == "k":
                    self.put(depth, f"for i{d} in {self._bounds(d)}:")
                    depth += 1
                self._address(depth, r.array, d, r.over[d])
            place = f"q{r.array}_{n - 2}" if n > 1 else f"p{r.array}"
            index = "0"
            if n and r.over[-1] == "k":
                self.put(depth, f"for i{n - 1} in {self._bounds(n - 1)}:")
                depth += 1
                index = self._index(r.array)
            identity = _identity(r.kind, array.code)
            self._store_raw(depth, r.array, place, index, identity)

    def _store_raw(self, depth: int, k: int, place: str, index: str, value: str) -> None:
        array = self.loop.arrays[k]
        into = f"{array.code}, {array.scope}, {self.scopes}"
        self.put(depth, f"store({place}, {index}, {value}, {into})")

    def _direct(self, r: Reduction) -> bool:
        """Whether each result is finished by one run of the inner loop: no need to initialise."""
        return self.loop.ndim > 0 and r.over[-1] == "r" and "r" not in r.over[:-1]

    def _nest(self) -> None:
        loop, n = self.loop, self.loop.ndim
        depth = 1
        for d in range(n - 1):
            self.put(depth, f"for i{d} in {self._bounds(d)}:")
            depth += 1
            for k in sorted(set(self.named)):
                self._address(depth, k, d)
        place = {k: (f"q{j}_{n - 2}" if n > 1 else f"p{j}") for k, j in enumerate(self.named)}
        outs = {k for k, _ in loop.stores} | {r.array for r in loop.reductions}
        ins = self._read_arrays()
        loads: dict[int, str] = {}
        for k in sorted(ins):  # what the inner loop does not move over is read once
            if (not n or loop.arrays[k].steps[-1] == "0") and k not in outs:
                self.put(depth, f"x{k} = {self._load(k, place[k])}")
                loads[k] = f"x{k}"
        inner = [r for r in loop.reductions if n and r.over[-1] == "r"]
        for r in inner:
            code = self._accumulator(r)
            self.put(depth, f"acc{r.array} = {_identity(r.kind, code)}")
        body = depth
        if n:
            self.put(depth, f"for i{n - 1} in {self._bounds(n - 1)}:")
            body += 1
        for k in sorted(ins - set(loads)):
            self.put(body, f"x{k} = {self._load(k, place[k])}")
            loads[k] = f"x{k}"
        for t, statement in enumerate(loop.statements):
            self._statement(body, t, statement, loads)
        for k, ref in loop.stores:
            self._store(body, k, place[k], self._index(k), self._value(ref, loads))
        for r in loop.reductions:
            value = self._reduced(r, loads)
            if r in inner:
                code = self._accumulator(r)
                wide = f"{code}({value})" if code != loop.arrays[r.array].code else value
                self.put(body, f"v{r.array} = {wide}")
                joined = _joined(r.kind, code, f"acc{r.array}", f"v{r.array}", True)
                self.put(body, f"acc{r.array} = {joined}")
            else:
                self._update(body, r, place[r.array], self._index(r.array), value)
        for r in inner:
            code = loop.arrays[r.array].code
            total = f"{code}(acc{r.array})"
            if self._direct(r):
                self._store_raw(depth, r.array, place[r.array], "0", total)
            else:
                self._update(depth, r, place[r.array], "0", total)

    def _update(self, depth: int, r: Reduction, place: str, index: str, value: str) -> None:
        array = self.loop.arrays[r.array]
        old = f"load({place}, {index}, {array.code}, {array.scope}, {self.scopes})"
        self.put(depth, f"w{r.array} = {old}")
        self.put(depth, f"u{r.array} = {value}")
        joined = _joined(r.kind, array.code, f"w{r.array}", f"u{r.array}", False)
        self._store_raw(depth, r.array, place, index, joined)

    def _accumulator(self, r: Reduction) -> str:
        """float32 sums over the inner loop are gathered in float64: exact to the last place."""
        code = self.loop.arrays[r.array].code
        return "F8" if code == "F4" and r.kind in ("sum", "prod") else code

    def _reduced(self, r: Reduction, loads: dict[int, str]) -> str:
        value = self._value(r.value, loads)
        code = self.loop.arrays[r.array].code
        if code == "B1":
            return f"B1(1 if {value} else 0)"
        return f"{code}({value})"

    def _read_arrays(self) -> set[int]:
        found = {w for s in self.loop.statements for kind, w in s.operands if kind == "a"}
        found |= {w for _, (kind, w) in self.loop.stores if kind == "a"}
        return found | {r.value[1] for r in self.loop.reductions if r.value[0] == "a"}

    def _statement(self, depth: int, t: int, s: Statement, loads: dict[int, str]) -> None:
        operands = []
        for i, ref in enumerate(s.operands):
            text = self._value(ref, loads)
            cast = s.compute != "" and not (s.op == "where" and i == 0)
            if cast and self._code(ref) != s.compute:
                text = f"({text} != 0)" if s.compute == "B1" else f"{s.compute}({text})"
            operands.append(text)
        if s.op == "":  # a copy, or a cast
            value = operands[0]
            self.put(depth, f"t{t} = {value}")
            return
        # each operand gets a name: a body may use it several times
        for i, text in enumerate(operands):
            if not text.isidentifier():
                self.put(depth, f"t{t}_x{i} = {text}")
                operands[i] = f"t{t}_x{i}"
        lines, helpers = inline(self.bodies[s.op], operands, f"t{t}", s.code, s.compute or s.code)
        for helper in helpers:
            self.helpers.update(helper_texts(helper))
        for line in lines:
            self.put(depth, line)

    def _code(self, ref: tuple[str, Any]) -> str:
        kind, what = ref
        if kind == "a":
            return self.loop.arrays[what].code
        return self.loop.statements[what].code if kind == "t" else "number"


def loop_text(loop: Loop, bodies: dict[str, Callable[..., Any]], name: str) -> str:
    """The source of a loop's kernel, under ``name``."""
    return Writer(loop, bodies).text(name)
