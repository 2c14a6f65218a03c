"""Every op that PyTorch has, too, on PyTorch's own samples: value, two derivatives, forward mode.

The samples are those with which PyTorch tests itself (`op_db`). torch_calls.py says how
their calls are written here, and `CONVENTIONS` where and why we differ on purpose.
``python -m tests.peers.test_torch_ops`` prints the counts.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")

from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402
from torch.utils._pytree import tree_flatten, tree_unflatten  # noqa: E402

import autograd_nn as ag  # noqa: E402
from tests.peers.torch_calls import NotHere, adapter  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]

SAMPLES, ENTRIES = 25, 1500  # per op, and at most so many entries in one
# Where we differ on purpose: (op, what) -> why.
POWER = "x^p for x < 0 has no derivative in p: 0 here, as at 0; NaN there"
LIMIT = "on a limit of clip the derivative is that of x, so at ±3 it is 1/6 here; 0 there"
EVEN = "the median of an even count is NumPy's, the mean of the two in the middle; the lower there"
CONVENTIONS: dict[tuple[str, str], str] = {
    **{("__rpow__", what): POWER for what in ("first", "second")},
    **{("nn.functional.hardsigmoid", what): LIMIT for what in ("first", "forward")},
    ("median", "value"): EVEN,
}


def full_name(info: Any) -> str:
    return info.name + (f".{info.variant_test_name}" if info.variant_test_name else "")


# What has no operand to differentiate in, or another meaning there.
MAKERS = set(
    "arange eye full linspace ones zeros ones_like zeros_like equal put take searchsorted "
    "argsort".split()
)
COUNTERPARTS = {
    full_name(i): i for i in op_db
    if adapter(full_name(i)) is not None and full_name(i) not in MAKERS
    and torch.float64 in i.supported_dtypes("cpu")
}  # fmt: skip


# ---- one sample, both ways -------------------------------------------------------------------


def _numpy(x: Any) -> Any:
    return x.detach().numpy(force=True).copy() if isinstance(x, torch.Tensor) else x


def _floats(result: Any, kind: Any) -> list[Any]:
    parts = list(result) if isinstance(result, tuple | list) else [result]
    return [p for p in parts if isinstance(p, kind)]


class Sample:
    """A call of PyTorch's and the same of ours, as functions of what is differentiated."""

    def __init__(self, info: Any, given: Any) -> None:
        self.info = info
        self.flat, self.tree = tree_flatten((given.input, tuple(given.args), dict(given.kwargs)))
        self.at = [
            k for k, v in enumerate(self.flat)
            if isinstance(v, torch.Tensor) and v.requires_grad and v.dtype == torch.float64
        ]  # fmt: skip
        self.ours = adapter(full_name(info))

    @property
    def size(self) -> int:
        return sum(v.numel() for v in self.flat if isinstance(v, torch.Tensor))

    def torch(self, *xs: Any) -> tuple:
        flat = list(self.flat)
        for k, x in zip(self.at, xs, strict=True):
            flat[k] = x
        first, args, kwargs = tree_unflatten(flat, self.tree)
        found = _floats(self.info.op(first, *args, **kwargs), torch.Tensor)
        return tuple(y for y in found if y.dtype.is_floating_point) or tuple(found[:1])

    def mine(self, *xs: Any) -> tuple:
        flat = [ag.Tensor(_numpy(v)) if isinstance(v, torch.Tensor) else v for v in self.flat]
        for k, x in zip(self.at, xs, strict=True):
            flat[k] = x
        first, args, kwargs = tree_unflatten(flat, self.tree)
        return tuple(_floats(self.ours(first, *args, **kwargs), ag.Tensor))

    def inputs(self) -> list[np.ndarray]:
        return [_numpy(self.flat[k]) for k in self.at]


def near(a: Any, b: Any) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    scale = np.max(np.abs(b[np.isfinite(b)]), initial=0.0) if b.dtype.kind == "f" else 0
    return np.allclose(a, b, rtol=1e-8, atol=1e-10 * scale + 1e-14, equal_nan=True)


def differences(sample: Sample) -> list[str]:
    """What is not as PyTorch has it: 'value', 'first', 'second', 'forward'."""
    xs, wrong = sample.inputs(), []
    theirs = [torch.tensor(x, requires_grad=True) for x in xs]
    mine = [ag.Tensor(x) for x in xs]
    want, found = sample.torch(*theirs), sample.mine(*mine)
    if len(want) != len(found) or not all(map(near, map(_plain, found), map(_numpy, want))):
        return ["value"]
    if not xs or not all(y.requires_grad for y in want):
        return []
    rng = np.random.default_rng(3)
    ws = [rng.uniform(0.5, 1.5, tuple(y.shape)) for y in want]
    vs = [rng.uniform(0.5, 1.5, x.shape) for x in xs]

    def value(*xs: Any) -> Any:
        return sum(
            ((y * w).sum() for y, w in zip(sample.mine(*xs), ws, strict=True)), ag.Tensor(0.0)
        )

    def slope(*xs: Any) -> Any:
        gs = ag.grad(value, argnums=tuple(range(len(xs))))(*xs)
        return sum(((g * v).sum() for g, v in zip(gs, vs, strict=True)), ag.Tensor(0.0))

    numbers = tuple(range(len(xs)))
    total = sum((y * torch.tensor(w)).sum() for y, w in zip(want, ws, strict=True))
    first = torch.autograd.grad(total, theirs, create_graph=True, allow_unused=True)
    if not _all_near(ag.grad(value, argnums=numbers)(*mine), first):
        wrong.append("first")
    if sample.info.supports_gradgrad:
        parts = [
            (g * torch.tensor(v)).sum() for g, v in zip(first, vs, strict=True) if g is not None
        ]
        live = [p for p in parts if p.requires_grad]
        if live:
            second = torch.autograd.grad(sum(live), theirs, allow_unused=True)
        else:
            second = [None] * len(xs)
        if not _all_near(ag.grad(slope, argnums=numbers)(*mine), second):
            wrong.append("second")
    moved = ag.jvp(lambda *xs: sample.mine(*xs), tuple(mine), tuple(map(ag.Tensor, vs)))[1]
    if sample.info.supports_forward_ad:
        import torch.autograd.forward_ad as forward

        with forward.dual_level():
            duals = [forward.make_dual(torch.tensor(x), torch.tensor(v))
                     for x, v in zip(xs, vs, strict=True)]  # fmt: skip
            ts = [forward.unpack_dual(y).tangent for y in sample.torch(*duals)]
        if not _all_near(moved, ts):
            wrong.append("forward")
    return wrong


def _plain(y: Any) -> np.ndarray:
    return y.numpy()


def _all_near(found: Any, want: Any) -> bool:
    return all(
        near(a.numpy(), np.zeros(a.shape) if b is None else _numpy(b))
        for a, b in zip(found, want, strict=True)
    )


def compare(name: str) -> tuple[int, int, dict[str, list[str]]]:
    """How many samples were compared, how many use what we do not have, and what differed."""
    info, compared, beyond = COUNTERPARTS[name], 0, 0
    wrong: dict[str, list[str]] = {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        made = info.sample_inputs("cpu", torch.float64, requires_grad=info.supports_autograd)
        for k, given in enumerate(made):
            sample = Sample(info, given)
            if compared >= SAMPLES or sample.size > ENTRIES:
                continue
            try:
                found = differences(sample)
            except (
                NotHere,
                NotImplementedError,
                TypeError,
                ag.ShapeError,
                ag.DTypeError,
                ValueError,
                IndexError,
            ) as e:
                beyond += 1
                wrong.setdefault("beyond", []).append(f"{k}: {e!r:.100}")
                continue
            compared += 1
            for what in found:
                shapes = [tuple(x.shape) for x in sample.inputs()]
                wrong.setdefault(what, []).append(
                    f"sample {k}, shapes {shapes}, {given.args!r:.80}"
                )
    return compared, beyond, wrong


@pytest.mark.parametrize("name", sorted(COUNTERPARTS))
def test_like_pytorch(name: str) -> None:
    compared, _, wrong = compare(name)
    beyond = wrong.pop("beyond", [])
    held = {what for op, what in CONVENTIONS if op == name}
    assert held <= set(wrong), f"PyTorch agrees with us by now: {held - set(wrong)}"
    assert compared, f"no sample of {name} could be compared: {beyond}"
    wrong = {what: v for what, v in wrong.items() if (name, what) not in CONVENTIONS}
    assert not wrong, wrong


if __name__ == "__main__":
    totals = np.zeros(2, int)
    for op_name in sorted(COUNTERPARTS):
        n, out, bad = compare(op_name)
        totals += n, out
        notes = {k: v[:2] for k, v in bad.items() if k != "beyond"} or (bad if not n else "")
        print(f"{op_name:45}{n:4}{out:4}  {notes}", flush=True)
    print(len(COUNTERPARTS), "ops,", *totals, "samples compared and not expressible here")
