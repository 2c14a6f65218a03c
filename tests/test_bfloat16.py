"""bfloat16: ops compute in float32 and round once, and nobody pays for it who has none."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine import halves
from autograd_nn.engine.op import REGISTRY, Op
from tests.strategies import Sample, samples

BRIEF = halves.bfloat16()
OPS = [pytest.param(op, id=name) for name, op in REGISTRY.items()]
SMOOTH = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.differentiable]
RNG = np.random.default_rng(0)


def listed(y: Any) -> list[Any]:
    return list(y) if isinstance(y, tuple | list) else [y]


def narrowed(sample: Sample, dtype: Any) -> list[Any]:
    """A sample's operands, the floating ones rounded to bfloat16, in a dtype that holds these."""
    return [
        x.astype(BRIEF).astype(dtype) if getattr(x, "dtype", None) == np.float32 else x
        for x in sample.operands
    ]


def drawn(op: Op) -> list[tuple[Sample, list[Any], list[Any]]]:
    found = [(s, narrowed(s, BRIEF), narrowed(s, np.float32)) for s in samples(op, "float32")]
    return [f for f in found if any(getattr(x, "dtype", None) == BRIEF for x in f[1])]


@pytest.mark.parametrize("op", OPS)
def test_a_value_is_that_of_float32_rounded_once(op: Op) -> None:
    for sample, brief, wide in drawn(op):
        with np.errstate(all="ignore"):
            ys = listed(op.function(*brief, **sample.params))
            zs = listed(op.function(*wide, **sample.params))
        for y, z in zip(ys, zs, strict=True):
            rounds = z.dtype == np.float32 and sample.params.get("dtype") is None
            assert y.dtype == (BRIEF if rounds else z.dtype)
            np.testing.assert_array_equal(y.numpy(), z.numpy().astype(y.dtype))


def total(op: Op, sample: Sample, operands: list[Any], at: list[int]) -> Any:
    """The sum of an op's results as a function of the operands at some places."""

    def f(*xs: Any) -> Any:
        given = dict(enumerate(operands)) | dict(zip(at, xs, strict=True))
        ys = listed(op.function(*given.values(), **sample.params))
        floats = [y for y in ys if halves.kind_of(y.dtype) == "f"]
        return sum([ag.astype(y, dtype=np.dtype("float32")).sum() for y in floats])

    return f


@pytest.mark.parametrize("op", SMOOTH)
def test_a_gradient_is_near_float32s(op: Op) -> None:
    for sample, brief, wide in drawn(op)[:2]:
        at = [i for i in sample.smooth if brief[i].dtype == BRIEF]
        if not at:
            continue
        found = []
        for operands in (brief, wide):
            leaves = [ag.Tensor(operands[i]) for i in at]
            with np.errstate(all="ignore"):
                slope = ag.grad(total(op, sample, operands, at), argnums=tuple(range(len(at))))
                found.append(listed(slope(*leaves)))
        for g, h in zip(*found, strict=True):
            assert g.dtype == BRIEF and h.dtype == np.float32
            g, h = g.numpy().astype("float64"), h.numpy().astype("float64")
            size = np.max(np.abs(h), initial=0.0)
            assert np.max(np.abs(g - h), initial=0.0) <= 0.1 * max(size, 1.0), (sample, g, h)


@pytest.mark.parametrize(("other", "result"), [
    (2.0, "bfloat16"), (2, "bfloat16"), (True, "bfloat16"), ("bool", "bfloat16"),
    ("int8", "bfloat16"), ("uint8", "bfloat16"), ("float16", "float32"), ("bfloat16", "bfloat16"),
    ("float32", "float32"), ("float64", "float64"), ("complex64", "complex64"),
])  # fmt: skip
def test_beside_others_it_stands_as_float32_would(other: Any, result: str) -> None:
    x = ag.ones(3, "bfloat16")
    y = ag.ones(3, other) if isinstance(other, str) else other
    for z in (x + y, y + x, ag.where([True, False, True], x, y)):
        assert z.dtype == result
    if isinstance(y, ag.Tensor) and other != "bool":
        assert (x @ y).dtype == result == halves.result_type(x.dtype, y.dtype)


def test_sums_and_products_are_those_of_float32() -> None:
    x = ag.full(4096, 1.0, "bfloat16")
    assert x.sum().item() == x.dot(x).item() == 4096
    assert x.mean().item() == 1 and x.std().item() == 0 and x.cumsum()[-1].item() == 4096
    a, b = RNG.normal(size=(2, 32, 32)).astype(BRIEF)
    exact = a.astype("float64") @ b.astype("float64")
    np.testing.assert_allclose((ag.Tensor(a) @ b).numpy().astype("float64"), exact, atol=0.1)


def test_constructors_casts_draws_and_assignments() -> None:
    made = [ag.Tensor([1.5, 2.0], "bfloat16"), ag.zeros(2, "bfloat16"), ag.ones(2, BRIEF),
            ag.full(2, 0.5, BRIEF.type), ag.eye(2, dtype="bfloat16"),
            ag.arange(2, dtype="bfloat16"), ag.linspace(0, 1, 2, "bfloat16"),
            ag.as_tensor(np.ones(2, BRIEF)), ag.Tensor([1.0]).astype("bfloat16")]  # fmt: skip
    assert {x.dtype for x in made} == {BRIEF}
    draws = ag.random.Generator(0)
    u = draws.unit((10000,), "bfloat16")
    assert u.dtype == BRIEF and float(u.max()) < 1 and abs(float(u.mean()) - 0.5) < 0.02
    assert draws.normal((4,), dtype="bfloat16").dtype == BRIEF
    for dtype in ("float16", "float32", "float64", "int8"):
        made[0].assign(np.array([3, 4], dtype))
        assert made[0].tolist() == [3.0, 4.0] and made[0].dtype == BRIEF
    half = ag.zeros(2, "float16")
    half.assign(made[0])
    assert half.tolist() == [3.0, 4.0]
    with pytest.raises(ag.DTypeError, match="expected bfloat16"):
        made[0].assign(np.array([1j, 2]))
    x = ag.ones(3, "bfloat16")
    x[1] = ag.Tensor(np.float32(2.5))
    assert x.dtype == BRIEF and x.tolist() == [1.0, 2.5, 1.0]
    assert x[:2].dtype == BRIEF and x.reshape(3, 1).T.shape == (1, 3)


def test_derivatives_of_both_modes_and_two_orders() -> None:
    x = ag.Tensor([0.5, 1.5], "bfloat16")

    def f(x: Any) -> Any:
        return (x * x * x).sum()

    assert ag.grad(f)(x).tolist() == [0.75, 6.75] and ag.grad(f)(x).dtype == BRIEF
    assert ag.jvp(f, (x,), (ag.ones(2, "bfloat16"),))[1].item() == 7.5
    assert ag.grad(lambda x: ag.grad(f)(x).sum())(x).tolist() == [3.0, 9.0]
    with pytest.raises(ag.DTypeError, match="floating"):
        ag.grad(f)(ag.Tensor([1, 2]))


def body(w: Any, x: Any) -> Any:
    def step(c: Any, x: Any) -> Any:
        c = ag.tanh(c * 0.5 + x)
        return c, c * w

    last, ys = ag.scan(step, ag.zeros_like(w), x)
    chosen = ag.cond(last.sum() > 0, lambda: last * 2.0, lambda: -last)
    return (ys.sum() + (ag.softmax(chosen) @ w)).astype("float32")


def test_programs_give_what_ops_give() -> None:
    """A program leaves what it has no code for to the ops' kernels: the same rounding, then."""
    w, x = (ag.Tensor(RNG.normal(size=s).astype(BRIEF)) for s in ((4,), (6, 4)))
    y, g = ag.value_and_grad(body)(w, x)
    assert g.dtype == BRIEF
    compiled = ag.jit(ag.value_and_grad(body))
    for _ in range(3):
        y2, g2 = compiled(w, x)
        assert y2.item() == y.item() and g2.dtype == BRIEF
        np.testing.assert_array_equal(g2.numpy(), g.numpy())
    mapped = ag.vmap(lambda w: body(w, x))(ag.stack([w, w]))
    assert mapped.tolist() == [y.item(), y.item()]


def test_weak_numbers_stay_weak_in_programs() -> None:
    f = ag.jit(lambda x, rate: x * rate + 1.0)
    for rate in (0.5, 0.25, 2.0):
        y = f(ag.ones(3, "bfloat16"), rate)
        assert y.dtype == BRIEF and y.tolist() == [1 + rate] * 3


def ran(code: str) -> str:
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return found.stdout


def test_whoever_has_none_loads_no_package_for_it() -> None:
    code = (
        "import sys, numpy as np, autograd_nn as ag; from autograd_nn import nn\n"
        "ag.grad(lambda x: (x * x).sum())(ag.Tensor([1.0], 'float16'))\n"
        "nn.Dense(2)(np.ones((1, 2)))\n"
        "print('ml_dtypes' in sys.modules)"
    )
    assert ran(code) == "False\n"


def test_without_the_package_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['ml_dtypes'] = None\n"
        "import autograd_nn as ag; from autograd_nn import nn\n"
        "for make in (lambda: ag.zeros(2, 'bfloat16'), lambda: ag.Tensor([1.0], 'bfloat16'),\n"
        "             lambda: ag.Tensor([1.0]).astype('bfloat16'),\n"
        "             lambda: nn.Dense(2, dtype='mixed_bfloat16'),\n"
        "             lambda: nn.Input((2,), dtype='bfloat16'),\n"
        "             lambda: nn.config.set_floatx('bfloat16'),\n"
        "             lambda: nn.ops.cast([1.0], 'bfloat16')):\n"
        "    try: make()\n"
        "    except ImportError as e: print(\"pip install 'autograd-nn[bfloat16]'\" in str(e))\n"
        "print(nn.DTypePolicy('mixed_bfloat16').compute_dtype)"
    )
    assert ran(code).split() == ["True"] * 7 + ["bfloat16"]
