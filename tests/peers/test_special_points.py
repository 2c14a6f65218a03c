"""What PyTorch and JAX answer at the special points: the stored table is what they say.

python -m tests.peers.test_special_points       writes the table anew
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")

from tests import special_points as points  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]

TORCH_NAMES = {
    "conjugate": "conj", "one_less_square": "", "sigmoid_slope": "", "cbrt": "",
    "ratio": "", "beta": "", "softplus": "nn.functional.softplus", "relu": "relu",
    "softsign": "nn.functional.softsign", "ndtr": "special.ndtr", "ndtri": "special.ndtri",
    "gamma": "", "norm": "linalg.vector_norm", "power": "pow", "max": "amax",
}  # fmt: skip
JAX_NAMES = {
    "conjugate": "numpy.conj", "one_less_square": "", "sigmoid_slope": "", "ratio": "",
    "rsqrt": "lax.rsqrt", "erf": "lax.erf", "erfc": "lax.erfc", "erfinv": "scipy.special.erfinv",
    "lgamma": "scipy.special.gammaln", "gamma": "scipy.special.gamma", "ndtr":
    "scipy.special.ndtr", "ndtri": "scipy.special.ndtri", "digamma": "scipy.special.digamma",
    "beta": "scipy.special.beta", "sigmoid": "nn.sigmoid", "softplus": "nn.softplus",
    "relu": "nn.relu", "softsign": "nn.soft_sign", "softmax": "nn.softmax",
    "logsumexp": "scipy.special.logsumexp", "norm": "numpy.linalg.norm",
}  # fmt: skip


class Namespace:
    """A framework's functions under our names; AttributeError where it has none."""

    def __init__(self, root: Any, names: dict[str, str], prefix: str) -> None:
        self.root, self.names, self.prefix = root, names, prefix

    def __getattr__(self, name: str) -> Any:
        path = self.names.get(name, self.prefix + name)
        found: Any = self.root if path else None
        for part in path.split("."):
            found = getattr(found, part)
        return found


class Torch(Namespace):
    """PyTorch, where a few functions need an argument that ours have by default."""

    def softmax(self, x: Any) -> Any:
        return torch.softmax(x, -1)

    def logsumexp(self, x: Any) -> Any:
        return torch.logsumexp(x, -1)

    def std(self, x: Any) -> Any:
        return torch.std(x, correction=0)


THEIRS = Torch(torch, TORCH_NAMES, "")
JAX = Namespace(jax, JAX_NAMES, "numpy.")


def by_torch(f: Any, xs: list[float]) -> list[float]:
    """Value and derivatives in the page's order, by reverse mode."""
    ts = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in xs]
    y = f(THEIRS, *ts)
    found = [float(y)]
    for t in ts:
        (first,) = _torch_grad(y, t)
        found.append(float(first))
        found += [float(_torch_grad(first, u)[0]) for u in ts]
    return found


def _torch_grad(y: Any, x: Any) -> tuple[Any]:
    if not y.requires_grad:
        return (torch.zeros(()),)
    (g,) = torch.autograd.grad(y, x, create_graph=True, allow_unused=True)
    return (torch.zeros(()) if g is None else g,)


def by_jax(f: Any, xs: list[float]) -> list[float]:
    """The same by jax.grad."""
    with jax.enable_x64(True):

        def g(*ts: Any) -> Any:
            return f(JAX, *ts) * 1.0

        found = [float(g(*map(jax.numpy.asarray, xs)))]
        for i in range(len(xs)):
            first = jax.grad(g, i)
            found.append(float(first(*xs)))
            found += [float(jax.grad(first, j)(*xs)) for j in range(len(xs))]
    return found


def questions() -> list[tuple[str, Any, list[list[float]]]]:
    """(function as the page writes it, function of a namespace, points)."""
    found: list[tuple[str, Any, list[list[float]]]] = []
    for name in points.UNARY:
        f = lambda m, x, name=name: getattr(m, name)(x)  # noqa: E731
        found.append((f"{name}(x)", f, [[p] for p in points.POINTS]))
    for name in points.BINARY:
        f = lambda m, x, y, name=name: getattr(m, name)(x, y)  # noqa: E731
        found.append((f"{name}(x, y)", f, [list(p) for p in points.PAIRS]))
    found += [(name, f, [[p] for p in ps]) for name, (f, ps) in points.TOGETHER.items()]
    return found


def table() -> dict[str, Any]:
    """All answers, as the page writes numbers."""
    versions = f"PyTorch {torch.__version__.split('+')[0]} and JAX {jax.__version__}"
    found: dict[str, Any] = {"versions": versions, "torch": {}, "jax": {}}
    for name, f, places in questions():
        for peer, ask in (("torch", by_torch), ("jax", by_jax)):
            for xs in places:
                try:
                    with np.errstate(all="ignore"):
                        answer = [points.written(v) for v in ask(f, xs)]
                except AttributeError:
                    break
                found[peer].setdefault(name, {})[points.place(xs)] = answer
    return found


def test_the_stored_answers_are_theirs() -> None:
    stored = json.loads(points.PEERS.read_text())
    fresh = table()
    if stored["versions"] != fresh["versions"]:
        pytest.skip(f"the table is of {stored['versions']}, not of {fresh['versions']}")
    assert stored == fresh


if __name__ == "__main__":
    text = json.dumps(table(), ensure_ascii=False, indent=0)
    points.PEERS.write_text(text + "\n")
