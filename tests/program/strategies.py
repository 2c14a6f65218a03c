"""Random programs: straight-line functions of tensors, drawn from all families of ops.

A program is a list of steps; each takes earlier values and gives a new one. Values are tame (ops
whose results grow are fed through tanh), so that what differs between two runs is a fault and not
an overflow. Shapes come from few sizes and ops from few forms: kernels then repeat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

import autograd_nn as ag

Step = tuple[str, Callable[..., Any], tuple[int, ...]]
SIZES = (1, 2, 3)


@dataclass
class Sketch:
    """A drawn program: the inputs' arrays and the steps; `run` is the function."""

    inputs: list[np.ndarray]
    steps: list[Step] = field(default_factory=list)
    outputs: tuple[int, ...] = ()

    def __repr__(self) -> str:
        lines = [f"v{i} = input {a.dtype}{a.shape}" for i, a in enumerate(self.inputs)]
        n = len(lines)
        lines += [
            f"v{n + k} = {name}({', '.join(f'v{i}' for i in at)})"
            for k, (name, _, at) in enumerate(self.steps)
        ]
        return "\n" + "\n".join(lines) + f"\nreturn {self.outputs}"

    def run(self, *inputs: Any) -> list[Any]:
        values = list(inputs)
        for _, function, at in self.steps:
            values.append(function(*[values[i] for i in at]))
        return [values[i] for i in self.outputs]


UNARY = {
    "sin": ag.sin, "tanh": ag.tanh, "sigmoid": ag.sigmoid, "softplus": ag.softplus,
    "square of tanh": lambda x: ag.square(ag.tanh(x)), "negative": ag.negative, "relu": ag.relu,
    "absolute": ag.absolute, "exp of tanh": lambda x: ag.exp(ag.tanh(x)),
    "sqrt(|x| + 0.5)": lambda x: ag.sqrt(ag.absolute(x) + 0.5),
    "log(|x| + 0.5)": lambda x: ag.log(ag.absolute(x) + 0.5), "erf": ag.erf, "arctan": ag.arctan,
    "log1p(x²)": lambda x: ag.log1p(ag.square(ag.tanh(x))),
    "cube": lambda x: ag.power(ag.tanh(x), 3),
    "clip": lambda x: ag.clip(x, -0.7, 0.9), "sign": ag.sign, "floor": ag.floor,
    "times 0.37": lambda x: x * 0.37, "2 - x": lambda x: 2 - x, "stop": ag.stop_gradient,
    "reciprocal(1 + x²)": lambda x: ag.reciprocal(1 + ag.square(x)), "where": None,
}  # fmt: skip
UNARY["where"] = lambda x: ag.where(x > 0.1, ag.sqrt(ag.maximum(x, 0.1)), x)
BINARY = {
    "add": ag.add, "subtract": ag.subtract, "multiply": lambda a, b: ag.tanh(a) * b,
    "maximum": ag.maximum, "minimum": ag.minimum, "divide": lambda a, b: a / (1 + ag.square(b)),
    "hypot": ag.hypot, "arctan2": lambda a, b: ag.arctan2(a, ag.absolute(b) + 0.5),
    "where": lambda a, b: ag.where(a > b, a, b * 0.5), "logaddexp": ag.logaddexp,
    "power": lambda a, b: ag.power(ag.absolute(a) + 0.5, ag.tanh(b)),
}  # fmt: skip
PLAIN_UNARY = {
    "negative": ag.negative, "absolute": ag.absolute, "square": ag.square, "relu": ag.relu,
    "sqrt|x|": lambda x: ag.sqrt(ag.absolute(x)), "x / 3": lambda x: x / 3,
    "1 - x": lambda x: 1 - x,
    "clip": lambda x: ag.clip(x, -0.5, 0.5), "sign": ag.sign, "floor": ag.floor,
    "reciprocal": ag.reciprocal, "rint": ag.round, "trunc": ag.trunc,
    "isnan": lambda x: ag.where(ag.isnan(x), 1.0, x), "x > 0": lambda x: ag.where(x > 0, x, -0.0),
}  # fmt: skip
PLAIN_BINARY = {
    "add": ag.add, "subtract": ag.subtract, "multiply": ag.multiply, "divide": ag.divide,
    "maximum": ag.maximum, "minimum": ag.minimum, "where": lambda a, b: ag.where(a < b, a, b),
    "equal": lambda a, b: ag.where(a == b, a + b, a), "≥": lambda a, b: ag.where(a >= b, b, -a),
}  # fmt: skip
INTEGERS = {
    "add": ag.add, "multiply": ag.multiply, "subtract": ag.subtract, "and": ag.bitwise_and,
    "xor": ag.bitwise_xor, "or": ag.bitwise_or, "floor_divide": ag.floor_divide,
    "remainder": ag.remainder, "maximum": ag.maximum, "minimum": ag.minimum,
    "shift": lambda a, b: ag.left_shift(a, ag.remainder(b, 4)),
}  # fmt: skip
REDUCTIONS = {
    "sum": ag.sum, "mean": ag.mean, "max": ag.max, "min": ag.min, "logsumexp": ag.logsumexp,
    "prod": lambda x, **k: ag.prod(ag.tanh(x), **k), "var": ag.var, "norm": ag.norm,
}  # fmt: skip


def broadcasts(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    return all(m == n or 1 in (m, n) for m, n in zip(reversed(a), reversed(b), strict=False))


class Drawer:
    """Draws steps, running each on example values as it goes: shapes are then known."""

    def __init__(self, draw: st.DrawFn, inputs: list[np.ndarray], plain: bool) -> None:
        self.draw = draw
        self.sketch = Sketch(inputs)
        self.values = [ag.Tensor(a) for a in inputs]
        self.plain = plain

    def put(self, name: str, function: Callable[..., Any], *at: int) -> int:
        with np.errstate(all="ignore"):
            y = function(*[self.values[i] for i in at])
        if not isinstance(y, ag.Tensor):
            raise AssertionError(f"{name} gave {y!r}")
        self.sketch.steps.append((name, function, at))
        self.values.append(y)
        return len(self.values) - 1

    def pick(self, kinds: str = "f", fits: Callable[[Any], bool] = lambda x: True) -> int | None:
        """An earlier value, later ones more often."""
        found = [i for i, v in enumerate(self.values) if v.dtype.kind in kinds and fits(v)]
        return self.draw(st.sampled_from(found[::-1])) if found else None

    def one_of(self, options: Any) -> Any:
        return self.draw(st.sampled_from(list(options)))

    # ---- families -------------------------------------------------------------------------------

    def unary(self) -> None:
        table = PLAIN_UNARY if self.plain else UNARY
        name, at = self.one_of(table), self.pick()
        if at is not None:
            self.put(name, table[name], at)

    def binary(self) -> None:
        table = PLAIN_BINARY if self.plain else BINARY
        name, a = self.one_of(table), self.pick()
        if a is None:
            return
        b = self.pick(fits=lambda v: broadcasts(v.shape, self.values[a].shape))
        if b is not None:
            self.put(name, table[name], a, b)

    def reduce(self) -> None:
        at = self.pick(fits=lambda v: v.size > 0)
        if at is None:
            return
        n = self.values[at].ndim
        name = self.one_of(REDUCTIONS)
        axes = [None, *range(-n, n)] + ([(0, -1)] if n > 1 else []) + ([(1, 0)] if n > 1 else [])
        axis, keep = self.one_of(axes), self.one_of([False, True])
        self.put(
            f"{name} axis={axis} keepdims={keep}",
            lambda x, f=REDUCTIONS[name]: f(x, axis=axis, keepdims=keep),
            at,
        )

    def view(self) -> None:
        at = self.pick("fib")
        if at is None:
            return
        shape = self.values[at].shape
        n = len(shape)
        kind = self.one_of(("reshape", "transpose", "slice", "flip", "broadcast", "expand", "step"))
        if kind == "reshape":
            to = self.one_of([(-1,), (1, -1), (*shape, 1), shape[::-1]])
            if 0 not in shape or to == shape[::-1]:
                self.put(f"reshape {to}", lambda x: ag.reshape(x, shape=to), at)
        elif kind == "transpose":
            axes = tuple(self.draw(st.permutations(range(n))))
            self.put(f"transpose {axes}", lambda x: ag.transpose(x, axes=axes), at)
        elif kind == "flip" and n:
            axis = self.one_of([None, *range(n)])
            self.put(f"flip {axis}", lambda x: ag.flip(x, axis=axis), at)
        elif kind == "broadcast" and n < 3:
            self.put("broadcast", lambda x: ag.broadcast_to(x, shape=(2, *shape)), at)
        elif kind == "expand":
            self.put("[..., None]", lambda x: x[..., None], at)
        elif n and shape[0]:
            key = self.one_of((0, -1, slice(0, 2), slice(1, None), slice(None, None, -2)))
            self.put(f"[{key}]", lambda x: x[key], at)

    def join(self) -> None:
        a = self.pick("fi", lambda v: v.ndim > 0)
        if a is None:
            return
        x = self.values[a]
        kind = self.one_of(("concatenate", "stack", "pad", "tile", "roll", "repeat", "put"))
        if kind in ("concatenate", "stack"):
            b = self.pick(x.dtype.kind, lambda v: v.shape == x.shape)
            axis = self.one_of(range(-x.ndim, x.ndim))
            f = ag.concatenate if kind == "concatenate" else ag.stack
            if b is not None:
                self.put(f"{kind} {axis}", lambda p, q: f([p, q], axis=axis), a, b)
        elif kind == "pad":
            value = self.one_of((0, 2))
            self.put("pad", lambda v: ag.pad(v, ((1, 0),) + ((0, 1),) * (x.ndim - 1),
                                              constant_values=value), a)  # fmt: skip
        elif kind == "tile":
            self.put("tile", lambda v: ag.tile(v, 2), a)
        elif kind == "repeat":
            self.put("repeat", lambda v: ag.repeat(v, 2, axis=0), a)
        elif kind == "put" and x.shape[0] and x.dtype.kind == "f":
            self.put("put", lambda v: ag.put(v, 0, 0.25), a)
        elif x.shape[0]:
            self.put("roll", lambda v: ag.roll(v, 1, axis=-1), a)

    def index(self) -> None:
        a = self.pick("f", lambda v: v.ndim > 0 and v.size > 0)
        if a is None:
            return
        n = self.values[a].shape[0]
        kind = self.one_of(
            ("rows", "numbers", "computed", "sorted", "along", "two", "last", "put", "add", "grid")
        )
        if kind == "rows":
            rows = np.array(self.one_of(([0], [n - 1, 0], [0, 0, -1], [[0, n - 1], [n - 1, 0]])))
            self.put(f"take {rows.tolist()}", lambda x: ag.take(x, rows, axis=0), a)
        elif kind == "last" and self.values[a].shape[-1]:
            self.put("take last", lambda x: ag.take(x, [0, 0], axis=-1), a)
        elif kind == "numbers":
            b = self.pick("i", lambda v: v.ndim <= 1)
            if b is not None:
                self.put("x[i % n]", lambda x, i: x[ag.remainder(i, n)], a, b)
        elif kind == "computed":
            self.put("x[argmax]", lambda x: x[ag.argmax(ag.ravel(x)) % n], a)
        elif kind == "two" and self.values[a].ndim > 1 and self.values[a].shape[1]:
            self.put("x[i, j]", lambda x: x[np.array([0, -1]), np.array([0, 0])], a)
        elif kind in ("put", "add"):  # several entries for one place
            f = ag.put if kind == "put" else ag.add_at
            rows = np.array(self.one_of(([0, 0], [n - 1, -1, 0], [[0], [-1]])))
            self.put(f"{kind} {rows.tolist()}", lambda x: f(x, rows, ag.tanh(x)[rows] * 2), a)
        elif kind == "grid" and self.values[a].ndim > 1 and self.values[a].shape[-1]:
            self.put("x[i, ..., j]", lambda x: x[np.array([[0], [-1]]), ..., np.array([0, -1])], a)
        elif kind == "sorted":
            self.put("sort", lambda x: ag.sort(x, axis=0), a)
        else:
            self.put("along", lambda x: ag.take_along_axis(x, ag.argsort(-x, axis=0), 0), a)

    def number(self) -> None:
        """Integer and boolean values."""
        kind = self.one_of(
            ("round", "binary", "compare", "argsort", "argmax", "count", "any", "not")
        )
        a = self.pick("f" if kind in ("round", "compare", "argsort", "argmax") else "i")
        if kind == "not":
            a = self.pick("b")
            if a is not None:
                self.put("not", ag.logical_not, a)
        elif kind == "any":
            a = self.pick("b")
            if a is not None:
                self.put("any", lambda x: ag.any(x), a)
        elif a is None:
            return
        elif kind == "round":
            to = self.one_of(("int64", "int32"))
            self.put(
                f"to {to}", lambda x: ag.astype(ag.floor(ag.tanh(x) * 5), dtype=np.dtype(to)), a
            )
        elif kind == "compare":
            self.put("x > 0.2", lambda x: x > 0.2, a)
        elif kind == "argsort" and self.values[a].ndim:
            axis = self.one_of((0, -1))
            self.put(f"argsort {axis}", lambda x: ag.argsort(x, axis=axis), a)
        elif kind == "argmax" and self.values[a].size:
            axis = self.one_of((None, 0) if self.values[a].ndim else (None,))
            f = self.one_of((ag.argmax, ag.argmin))
            self.put(f"{f.__name__} {axis}", lambda x: f(x, axis=axis), a)
        elif kind == "count" and self.values[a].dtype.kind == "i":
            self.put("sum of ints", lambda x: ag.sum(x), a)
        elif kind == "binary":
            b = self.pick("i", lambda v: broadcasts(v.shape, self.values[a].shape))
            name = self.one_of(INTEGERS)
            if b is not None and self.values[a].dtype.kind == "i":
                self.put(f"{name} of ints", INTEGERS[name], a, b)

    def mixed(self) -> None:
        """Integers and booleans come back to floats."""
        a, f = self.pick("ib"), self.pick("f")
        if a is None or f is None or not broadcasts(self.values[a].shape, self.values[f].shape):
            return
        if self.values[a].dtype.kind == "b":
            self.put("where", lambda c, x: ag.where(c, x, -x), a, f)
        else:
            self.put("x * int", lambda i, x: x * ag.astype(ag.remainder(i, 3), dtype=x.dtype), a, f)

    def cast(self) -> None:
        a = self.pick()
        if a is not None:
            to = "float32" if self.values[a].dtype == np.float64 else "float64"
            self.put(f"astype {to}", lambda x: ag.astype(x, dtype=np.dtype(to)), a)

    def product(self) -> None:
        a = self.pick(fits=lambda v: v.ndim > 0)
        if a is None:
            return
        x = self.values[a]
        b = self.pick(
            fits=lambda v: (
                v.ndim > 0
                and v.shape[-2 if v.ndim > 1 else -1] == x.shape[-1]
                and broadcasts(v.shape[:-2], x.shape[:-2])
            )
        )
        kind = self.one_of(("matmul", "einsum", "outer"))
        if kind == "matmul" and b is not None:
            self.put("matmul", lambda p, q: ag.tanh(p) @ q, a, b)
        elif kind == "einsum" and x.ndim > 1:
            spec = self.one_of(("...ij,...kj->...ik", "...ij,...kj->i", "...ij,...ij->...j"))
            self.put(f"einsum {spec}", lambda p: ag.einsum(spec, p, ag.tanh(p)), a)
        elif x.ndim == 1:
            self.put("outer", lambda p: ag.outer(p, ag.tanh(p)), a)

    def probability(self) -> None:
        a = self.pick(fits=lambda v: v.ndim > 0 and v.shape[-1] > 0)
        if a is None:
            return
        name = self.one_of(("softmax", "log_softmax", "cumsum", "softmax 0", "cumsum 0", "cumprod"))
        table = {
            "softmax": lambda x: ag.softmax(x, axis=-1), "cumsum": lambda x: ag.cumsum(x, axis=-1),
            "log_softmax": lambda x: ag.log_softmax(x, axis=-1),
            "softmax 0": lambda x: ag.softmax(x, axis=0),
            "cumsum 0": lambda x: ag.cumsum(x, axis=0, reverse=True),
            "cumprod": lambda x: ag.cumprod(ag.tanh(x), axis=-1),
        }  # fmt: skip
        if self.values[a].shape[0] or name != "softmax 0":
            self.put(name, table[name], a)


FAMILIES = ("unary", "binary", "reduce", "view", "join", "index", "number", "mixed", "cast",
            "product", "probability")  # fmt: skip
WEIGHTS = {"unary": 3, "binary": 4, "reduce": 3, "view": 3}


@st.composite
def arrays(draw: st.DrawFn, dtype: str, count: int, special: bool, empty: bool) -> list[np.ndarray]:
    """Inputs whose shapes broadcast, more often than not."""
    full = draw(st.lists(st.sampled_from(SIZES), max_size=3))
    if empty and full and draw(st.integers(0, 9)) == 0:
        full[draw(st.integers(0, len(full) - 1))] = 0
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    found = []
    for _ in range(count):
        keep = full[draw(st.integers(0, len(full))) :]
        shape = tuple(1 if draw(st.integers(0, 4)) == 0 else k for k in keep)
        x = np.asarray(rng.uniform(-2, 2, shape)).astype(dtype)
        if special and x.size:
            at = rng.integers(0, x.size, 2)
            x.reshape(-1)[at] = rng.choice([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e30], 2)
        found.append(x)
    return found


@st.composite
def programs(
    draw: st.DrawFn, *, plain: bool = False, special: bool = False, most: int = 8,
    smooth: bool = False,
) -> Sketch:  # fmt: skip
    """A program of up to ``most`` steps.

    plain     elementwise arithmetic and views alone: no rounding differs.
    special   NaN, infinities and zeros among the inputs.
    smooth    every output is floating: it will be differentiated.
    """
    dtype = draw(st.sampled_from(("float32", "float64")))
    inputs = draw(arrays(dtype, draw(st.integers(1, 3)), special, not smooth))
    drawer = Drawer(draw, inputs, plain)
    families = ("unary", "binary", "view", "join") if plain else FAMILIES
    weighted = [f for f in families for _ in range(WEIGHTS.get(f, 1))]
    for _ in range(draw(st.integers(2, most))):
        if drawer.values[-1].size > 200:
            break
        getattr(drawer, draw(st.sampled_from(weighted)))()
    sketch, n = drawer.sketch, len(drawer.values)
    able = [i for i in range(n) if not smooth or drawer.values[i].dtype.kind == "f"]
    last = able[-1]
    others = draw(st.lists(st.sampled_from(able), max_size=2))
    sketch.outputs = tuple(dict.fromkeys([last, *others]))
    return sketch
