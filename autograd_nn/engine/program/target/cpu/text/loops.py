"""Fused loops as text: one loop nest, each call's scalar body written into it in place.

Text depends on structure alone (dtypes, which strides are 0 or 1, the expressions), never on sizes:
forty equal layers share one kernel.
"""

from __future__ import annotations

from itertools import product

from autograd_nn.engine.program.dtypes import HALVES, itemsize
from autograd_nn.engine.program.plan.loops.loop import Loop, Named, Reduction, Statement
from autograd_nn.engine.program.target.cpu.text.bodies import helper_texts, inline

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


def _cast(text: str, source: str, code: str) -> str:
    """A number as one of another dtype; those of 16 bits are float32's that have been rounded."""
    if code in HALVES.values():
        return f"of_{code}(to_{code}({text if source == 'F8' else f'F4({text})'}))"
    if code == "B1":
        return f"({text} != 0)"
    if source[0] not in "IUB":  # by the signed number that NumPy's compilers go by, which wraps
        if code in ("I1", "I2", "U1", "U2"):
            return f"{code}(I4({text}))"
        if code == "U4":
            return f"U4(I8({text}))"
        if code == "U8":
            return f"(U8(I8({text})) if {text} < 9223372036854775808.0 else U8({text}))"
    return f"{code}({text})"


class Writer:
    """Writes the kernel of one loop."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
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
            cell += 1 + n + len(loop.window)
        for k in range(loop.scalars):
            self.put(1, f"c{k} = as_float(a[{cell + k}])")
        if loop.spare is not None:
            k = loop.spare
            self.put(1, f"spare = {self._load(k, f'p{self.named[k]}')}")
            self.put(1, "lo = spare + (n0 - spare) * tid // nth")
            self.put(1, "hi = spare + (n0 - spare) * (tid + 1) // nth")
        elif loop.shared is not None:
            self.put(1, f"lo = n{loop.shared} * tid // nth")
            self.put(1, f"hi = n{loop.shared} * (tid + 1) // nth")
        self._initialise()
        self._nest()
        return "\n".join(list(self.helpers.values()) + self.lines) + "\n"

    # -- pieces --

    def _load(self, k: int, place: str) -> str:
        array = self.loop.arrays[k]
        half = array.code in HALVES.values()
        words = "U2" if half else array.code
        got = f"load({place}, {self._index(k)}, {words}, {self._scope(k)}, {self.scopes})"
        if half:
            return f"of_{array.code}({got})"
        return f"({got} != 0)" if array.code == "B1" else got

    def _scope(self, k: int) -> int:
        return self.loop.arrays[k].scope

    def _once(self, k: int) -> bool:
        """Whether the inner loop stays where it is in an array."""
        n = self.loop.ndim
        return not n or self.loop.arrays[k].steps[n - 1] == "0"

    def _index(self, k: int) -> str:
        k = self.named[k]
        n, steps = self.loop.ndim, self.loop.arrays[k].steps[: self.loop.ndim]
        if not n or steps[-1] == "0":
            return "0"
        i = self._at(k, n - 1)
        return i if steps[-1] == "1" else f"{i} * s{k}_{n - 1}"

    def _at(self, k: int, d: int) -> str:
        """Where array k is on axis d, when the loop is at i<d>."""
        by = self.loop.arrays[k].by
        return f"i{d}" if by is None or d else f"r{by}"

    def _rows(self, depth: int) -> None:
        """Reads the numbers of the rows that arrays go through."""
        for by in sorted({a.by for a in self.loop.arrays if a.by is not None}):
            array = self.loop.arrays[by]
            where = f"p{self.named[by]}, i0, {array.code}, {array.scope}, {self.scopes}"
            self.put(depth, f"r{by} = load({where})")

    def _store(self, depth: int, k: int, place: str, index: str, value: str) -> None:
        array = self.loop.arrays[k]
        if array.code == "B1":
            value = f"B1(1 if {value} else 0)"
        self._store_raw(depth, k, place, index, value)

    def _value(self, ref: Named, loads: dict[int, str]) -> str:
        kind, what = ref
        return {"t": f"t{what}", "c": str(what)}[kind] if kind != "a" else loads[what]

    def _bounds(self, d: int) -> str:
        if self.loop.cut and d == 1:
            return "range(n1 * i0 // n0, n1 * (i0 + 1) // n0)"
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
            self.put(depth, f"q{k}_{d} = {before} + {self._at(k, d)} * {size}")
        else:
            self.put(depth, f"q{k}_{d} = {before} + {self._at(k, d)} * s{k}_{d} * {size}")

    def _initialise(self) -> None:
        """Fills results of reductions with their identity, where rows are visited repeatedly."""
        n = self.loop.ndim
        for r in self.loop.reductions:
            if self._direct(r) or r.lands:
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
        words = array.code
        if words in HALVES.values():
            words, value = "U2", f"to_{array.code}(F4({value}))"
        into = f"{words}, {self._scope(k)}, {self.scopes}"
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
            if not d:
                self._rows(depth)
            for k in sorted(set(self.named)):
                self._address(depth, k, d)
        place = {k: (f"q{j}_{n - 2}" if n > 1 else f"p{j}") for k, j in enumerate(self.named)}
        outs = {k for k, _ in loop.stores} | {r.array for r in loop.reductions}
        ins = self._read_arrays()
        loads: dict[int, str] = {}
        for k in sorted(ins):  # what the inner loop does not move over is read once
            if self._once(k) and k not in outs:
                self.put(depth, f"x{k} = {self._load(k, place[k])}")
                loads[k] = f"x{k}"
        self._inner(depth, place, loads)

    def _inner(self, depth: int, place: dict[int, str], loads: dict[int, str]) -> None:
        """The inner loop; ``loads`` names what was read before it."""
        loop, n = self.loop, self.loop.ndim
        ins = self._read_arrays()
        inner = [r for r in loop.reductions if n and r.over[-1] == "r"]
        for r in inner:
            code = self._accumulator(r)
            self.put(depth, f"acc{r.array} = {_identity(r.kind, code)}")
        body = depth
        if n:
            self.put(depth, f"for i{n - 1} in {self._bounds(n - 1)}:")
            body += 1
        if n == 1:
            self._rows(body)
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
            cast = s.compute != "" and i not in s.conditions
            if cast and self._code(ref) != s.compute:
                text = _cast(text, self._code(ref), s.compute)
            operands.append(text)
        if s.body is None:  # a copy, or a cast
            value = operands[0]
            self.put(depth, f"t{t} = {value}")
            return
        # each operand gets a name: a body may use it several times
        for i, text in enumerate(operands):
            if not text.isidentifier():
                self.put(depth, f"t{t}_x{i} = {text}")
                operands[i] = f"t{t}_x{i}"
        lines, helpers = inline(s.body, operands, f"t{t}", s.code, s.compute or s.code)
        for helper in helpers:
            self.helpers.update(helper_texts(helper))
        for line in lines:
            self.put(depth, line)

    def _code(self, ref: Named) -> str:
        kind, what = ref
        if kind == "a":
            return self.loop.arrays[what].code
        return self.loop.statements[what].code if kind == "t" else "number"


class WindowWriter(Writer):
    """Writes the kernel of a loop whose results gather over a window, entry by entry."""

    def __init__(self, loop: Loop) -> None:
        super().__init__(loop)
        self.entries = list(product(*map(range, loop.window)))
        self.at: int | None = None  # the entry of the window whose text is written
        moving = (k for k in range(len(loop.arrays)) if "s" in loop.arrays[k].steps[loop.ndim :])
        self.moving = set(moving)  # arrays that move on from entry to entry
        # What is written at each entry: those places are apart, which their scopes say.
        apart = sorted({loop.arrays[k].scope for k, _ in loop.stores if k in self.moving})
        self.apart = {s: self.scopes + i * len(self.entries) for i, s in enumerate(apart)}
        self.scopes += len(apart) * len(self.entries)

    def _scope(self, k: int) -> int:
        scope = super()._scope(k)
        if self.at is None or scope not in self.apart:
            return scope
        return self.apart[scope] + self.at

    def _once(self, k: int) -> bool:
        return super()._once(k) and k not in self.moving

    def _initialise(self) -> None:
        """Nothing: each result is finished by one round of the inner loop."""

    def _inner(self, depth: int, place: dict[int, str], loads: dict[int, str]) -> None:
        loop, n = self.loop, self.loop.ndim
        for k in sorted({self.named[k] for k in self.moving}):
            size = itemsize(loop.arrays[k].code)
            for p, entry in enumerate(self.entries):
                on = " + ".join(f"{i} * s{k}_{n + e}" for e, i in enumerate(entry)
                                if loop.arrays[k].steps[n + e] == "s")  # fmt: skip
                self.put(depth, f"q{k}_at{p} = {place[k]} + ({on}) * {size}")
        self.put(depth, f"for i{n - 1} in {self._bounds(n - 1)}:")
        body = depth + 1
        ins = self._read_arrays()
        for k in sorted(ins - set(loads) - self.moving):
            self.put(body, f"x{k} = {self._load(k, place[k])}")
            loads[k] = f"x{k}"
        varied: list[int] = []
        for t, s in enumerate(loop.statements):
            moved = {"a": self.moving, "t": varied, "c": ()}
            if any(what in moved[kind] for kind, what in s.operands):
                varied.append(t)
            else:
                self._statement(body, t, s, loads)
        for p in range(len(self.entries)):
            self._entry(body, p, varied, loads)
        for k, ref in loop.stores:
            if k not in self.moving:
                self._store(body, k, place[k], self._index(k), self._value(ref, loads))
        for r in loop.reductions:
            self._store_raw(body, r.array, place[r.array], self._index(r.array), f"w{r.array}")

    def _entry(self, depth: int, p: int, varied: list[int], loads: dict[int, str]) -> None:
        """What is done at one entry of the window."""
        loop, self.at = self.loop, p
        for k in sorted(self._read_arrays() & self.moving):
            self.put(depth, f"x{k} = {self._load(k, f'q{self.named[k]}_at{p}')}")
            loads[k] = f"x{k}"
        for t in varied:
            self._statement(depth, t, loop.statements[t], loads)
        for k, ref in loop.stores:
            if k in self.moving:
                where = f"q{self.named[k]}_at{p}"
                self._store(depth, k, where, self._index(k), self._value(ref, loads))
        self.at = None
        for r in loop.reductions:
            code, value = loop.arrays[r.array].code, self._reduced(r, loads)
            if p:
                self.put(depth, f"u{r.array} = {value}")
                value = _joined(r.kind, code, f"w{r.array}", f"u{r.array}", False)
            self.put(depth, f"w{r.array} = {value}")


def loop_text(loop: Loop, name: str) -> str:
    """The source of a loop's kernel, under ``name``."""
    return (WindowWriter if loop.window else Writer)(loop).text(name)
