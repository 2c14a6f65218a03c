"""The document of special points: what every op and its derivatives are at 0, ±1, ±∞ and NaN.

    python -m tests.special_points          writes docs/special-points.md

Beside our answers stand PyTorch's and JAX's, from tests/peers/special_points.json, which
``python -m tests.peers.test_special_points`` writes anew where both are installed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import autograd_nn as ag
from autograd_nn.engine.op import REGISTRY

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "docs" / "special-points.md"
PEERS = HERE / "peers" / "special_points.json"
inf, nan = np.inf, np.nan

POINTS = [0.0, -0.0, 1.0, -1.0, inf, -inf, nan]
PAIRS = [
    (0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (-1.0, 1.0), (-2.0, 2.0), (0.0, 2.0),
    (1e-200, 1e-200), (inf, 1.0), (1.0, inf), (inf, inf), (-inf, -inf), (nan, 1.0), (1.0, nan),
]  # fmt: skip
UNARY = sorted(
    name for name, op in REGISTRY.items()
    if op.body is not None and op.arity == 1 and op.differentiable
)  # fmt: skip
BINARY = sorted(
    name for name, op in REGISTRY.items()
    if op.body is not None and op.arity == 2 and op.differentiable
    and name not in ("polygamma", "chain")  # of whole numbers; of rules alone
)  # fmt: skip
RULES_ALONE = {"ratio", "one_less_square", "sigmoid_slope", "sigmoid_error"}  # not on the page
Function = Callable[..., Any]
# Compositions, as functions of a namespace and a number (or of a vector, given as a list).
TOGETHER: dict[str, tuple[Function, list[Any]]] = {
    "sqrt(x)**2": (lambda m, x: m.sqrt(x) ** 2, [0.0]),
    "sqrt(x)**3": (lambda m, x: m.sqrt(x) ** 3, [0.0]),
    "square(sqrt(x))": (lambda m, x: m.square(m.sqrt(x)), [0.0]),
    "sqrt(square(x))": (lambda m, x: m.sqrt(m.square(x)), [0.0, -1.0, 1e-200]),
    "(x**2)**0.5": (lambda m, x: (x**2) ** 0.5, [0.0, -1.0]),
    "square(absolute(x))": (lambda m, x: m.square(m.absolute(x)), [0.0]),
    "exp(log(x))": (lambda m, x: m.exp(m.log(x)), [0.0]),
    "log(exp(x))": (lambda m, x: m.log(m.exp(x)), [-800.0, 800.0]),
    "log1p(expm1(x))": (lambda m, x: m.log1p(m.expm1(x)), [-80.0, 800.0]),
    "log(sigmoid(x))": (lambda m, x: m.log(m.sigmoid(x)), [-800.0, 800.0]),
    "log(1 - sigmoid(x))": (lambda m, x: m.log(1 - m.sigmoid(x)), [-800.0, 800.0]),
    "log(1 + exp(x))": (lambda m, x: m.log(1 + m.exp(x)), [-800.0, 800.0]),
    "arctanh(tanh(x))": (lambda m, x: m.arctanh(m.tanh(x)), [40.0]),
    "where(x > 0, sqrt(x), 0)": (lambda m, x: m.where(x > 0, m.sqrt(x), 0.0 * x), [0.0, -1.0]),
    "where(x > 0, x*log(x), 0)": (lambda m, x: m.where(x > 0, x * m.log(x), 0.0 * x), [0.0]),
    "x*log(x)": (lambda m, x: x * m.log(x), [0.0]),
    "sqrt(absolute(x))": (lambda m, x: m.sqrt(m.absolute(x)), [0.0]),
    "1 - cos(sqrt(x))": (lambda m, x: 1 - m.cos(m.sqrt(x)), [0.0]),
    "square(arccos(x))": (lambda m, x: m.square(m.arccos(x)), [1.0]),
    "relu(x)**2": (lambda m, x: m.relu(x) ** 2, [0.0]),
    "x**0": (lambda m, x: x**0, [0.0]),
    "x**1": (lambda m, x: x**1, [0.0]),
    "x**2": (lambda m, x: x**2, [0.0]),
    "x**0.5": (lambda m, x: x**0.5, [0.0]),
    "norm([x, x])": (lambda m, x: m.norm(m.stack([x, x])), [0.0]),
    "norm([x, x])**2": (lambda m, x: m.norm(m.stack([x, x])) ** 2, [0.0]),
    "hypot(x, x)**2": (lambda m, x: m.hypot(x, x) ** 2, [0.0]),
    "std([x, -x])": (lambda m, x: m.std(m.stack([x, -x])), [0.0]),
    "std([x, -x])**2": (lambda m, x: m.std(m.stack([x, -x])) ** 2, [0.0]),
    "log(softmax([x, 0]))[0]": (
        lambda m, x: m.log(m.softmax(m.stack([x, 0.0 * x])))[0], [-800.0]),
    "logsumexp([x, x])": (lambda m, x: m.logsumexp(m.stack([x, x])), [-inf, inf]),
    "prod([x, x])": (lambda m, x: m.prod(m.stack([x, x])), [0.0]),
    "max([x, x])": (lambda m, x: m.max(m.stack([x, x])), [0.0]),
    "max([x, -x])": (lambda m, x: m.max(m.stack([x, -x])), [0.0]),
    "clip(x, -1, 1)": (lambda m, x: m.clip(x, -1.0, 1.0), [-1.0, 1.0, inf, nan]),
}  # fmt: skip


# ---- our answers ---------------------------------------------------------------------------------


def slope(f: Function, i: int = 0) -> Function:
    """df/dxᵢ of a function that works entry by entry, by the walk back."""
    return lambda *xs: ag.grad(lambda x: f(*xs[:i], x, *xs[i + 1 :]).sum())(xs[i])


def push(f: Function, i: int = 0) -> Function:
    """The same by the walk forward."""

    def moved(*xs: Any) -> Any:
        one = ag.Tensor(np.ones(xs[i].shape))
        return ag.jvp(lambda x: f(*xs[:i], x, *xs[i + 1 :]), (xs[i],), (one,))[1]

    return moved


def ways(f: Function, arity: int) -> dict[str, list[Function]]:
    """By derivative ('', '0', '01', ...): all the ways to compute it."""
    found: dict[str, list[Function]] = {"": [f]}
    for i in range(arity):
        found[str(i)] = [slope(f, i), push(f, i)]
        for j in range(arity):
            back, forth = slope(f, i), push(f, i)
            found[f"{i}{j}"] = [slope(back, j), push(back, j), slope(forth, j), push(forth, j)]
    return found


def cases() -> list[tuple[str, Function, list[np.ndarray]]]:
    """(name, function, points as one array per operand)."""
    found: list[tuple[str, Function, list[np.ndarray]]] = []
    for name in UNARY:
        found.append((f"{name}(x)", REGISTRY[name].function, [np.array(POINTS)]))
    for name in BINARY:
        xs = [np.array(column) for column in zip(*PAIRS, strict=True)]
        found.append((f"{name}(x, y)", REGISTRY[name].function, xs))
    for name, (f, points) in TOGETHER.items():
        found.append((name, lambda x, f=f: _each(f, x), [np.array(points)]))
    return found


def _each(f: Function, x: Any) -> Any:
    return ag.stack([f(ag, x[i]) for i in range(x.shape[0])])


def answers(f: Function, xs: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Value and derivatives as the first way gives them."""
    with np.errstate(all="ignore"):
        ts = [ag.Tensor(x) for x in xs]
        return {k: fs[0](*ts).numpy() for k, fs in ways(f, len(xs)).items()}


# ---- the page ------------------------------------------------------------------------------------


def written(v: Any) -> str:
    """A number as the page shows it."""
    v = float(v)
    if np.isnan(v):
        return "NaN"
    if np.isinf(v):
        return "∞" if v > 0 else "-∞"
    return f"{v + 0.0:.6g}" if v else "0"


def place(xs: list[Any]) -> str:
    """A point as the page shows it."""
    return ", ".join("-0" if v == 0 and np.signbit(v) else written(v) for v in xs)


def rows() -> list[tuple[str, str, dict[str, str]]]:
    """(function, point, what holds there by derivative)."""
    found = []
    for name, f, xs in cases():
        table = answers(f, xs)
        for k in range(len(xs[0])):
            at = place([x[k] for x in xs])
            found.append((name, at, {d: written(v[k]) for d, v in table.items()}))
    return found


def orders(arity: int) -> list[str]:
    return list(ways(lambda *xs: xs[0], arity))


HEAD = """# Special points

What each function and its derivatives are where that is a decision: at 0, ±1, ±∞ and NaN, and where
two ops meet. Written by `python -m tests.special_points`; a test holds it to the code, in reverse
and forward mode, in all four ways to a second derivative, and natively. PyTorch's and JAX's answers
are those of {versions}: "same" where they agree with ours in all
columns, "-" where they have no such function. The rules behind the rows are in
[design.md](design.md), "Zeros have a cause".

"""


def page() -> str:
    """The document's text."""
    peers = json.loads(PEERS.read_text())
    text = HEAD.format(versions=peers["versions"])
    for title, arity, chosen in (
        ("Of one number", 1, lambda n: n.endswith("(x)") and n[:-3] in UNARY),
        ("Of two numbers", 2, lambda n: n.endswith("(x, y)")),
        ("Together", 1, lambda n: n in TOGETHER),
    ):
        names = ["value", "dx", "dxx"] if arity == 1 else [
            "value", "dx", "dxx", "dxy", "dy", "dyx", "dyy"]  # fmt: skip
        text += f"## {title}\n\n| function | at | " + " | ".join(names) + " | PyTorch | JAX |\n"
        text += "|" + "---|" * (len(names) + 4) + "\n"
        for name, at, ours in rows():
            if not chosen(name) or name.split("(")[0] in RULES_ALONE:
                continue
            cells = [ours[d] for d in orders(arity)]
            others = []
            for peer in ("torch", "jax"):
                theirs = peers[peer].get(name, {}).get(at)
                others.append("-" if theirs is None else "same" if theirs == cells else
                              ", ".join(theirs))  # fmt: skip
            text += f"| `{name}` | {at} | " + " | ".join(cells + others) + " |\n"
        text += "\n"
    return text.rstrip() + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(page())
