"""check_gradients: units, offsets, orders and dtypes of the inputs do not change a verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import autograd_nn as ag
from autograd_nn import check_gradients

Function = Callable[..., Any]

FUNCTIONS: dict[str, Function] = {
    "sin": ag.sin,
    "exp": ag.exp,
    "softmax": ag.softmax,
    "norm": ag.norm,
    "scalar": lambda x: ag.sum(ag.tanh(x) * x),
    "relu": ag.relu,
    "cumsum": ag.cumsum,
    "neighbours": lambda x: x[1:] * x[:-1],
}
functions = st.sampled_from(sorted(FUNCTIONS)).map(FUNCTIONS.__getitem__)
seeds = st.integers(0, 2**16)
scales = st.floats(-8, 8).map(lambda e: 10.0**e)
quick = settings(max_examples=12, phases=[Phase.generate])


def spoiled(factor: Any) -> Function:
    """The identity, with a vjp that is off by a factor."""

    @ag.custom_op(vjp=lambda g, y, x: g * factor)
    def identity(x):
        return x * 1

    return identity


MISTAKES: dict[str, Function] = {
    "none": spoiled(1.0),
    "one per mille": spoiled(1.001),
    "sign": spoiled(-1.0),
    "half of it": spoiled(np.array([1.0, 1.0, 0.0, 0.0])),
    "one entry": spoiled(np.array([1.0, 1.0, 1.02, 1.0])),
}
mistakes = st.sampled_from(sorted(MISTAKES))


def point(seed: int) -> np.ndarray:
    """Four numbers, of any sign, of which none is small: none is near a kink at 0."""
    random = np.random.default_rng(seed)
    return random.permutation([1.0, -1.0, 1.0, 1.0]) * random.uniform(0.2, 2, 4)


def expect(
    mistake: str, f: Function, *inputs: np.ndarray, seed: int, wrong: tuple[str, ...] = ("wrong",)
) -> None:
    report = check_gradients(f, *inputs, seed=seed)
    assert report.verdict in (("correct",) if mistake == "none" else wrong), f"{mistake}\n{report}"


def visible(mistake: str, f: Function, x: np.ndarray) -> str:
    """The mistake, if any entry that it is in has a derivative."""
    if mistake not in ("half of it", "one entry"):
        return mistake
    y, pull = ag.vjp(f, x)
    with np.errstate(all="ignore"):
        (slope,) = pull(np.linspace(1, 2, y.size).reshape(y.shape))
    return mistake if abs(slope.numpy()[2]) > 1e-3 * abs(slope.numpy()).max() else "sign"


@quick
@given(functions, mistakes, scales, scales, seeds)
def test_scaling_inputs_and_results(f, mistake, a, b, seed):
    x = point(seed)
    mistake = visible(mistake, f, x)
    wrong = MISTAKES[mistake]
    expect(mistake, lambda x: b * f(wrong(x) / a), a * x, seed=seed)


@quick
@given(functions, mistakes, st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), seeds)
def test_shifting_inputs_and_results(f, mistake, a, b, seed):
    """A shift makes a function round, so that a mistake may become open, but never right."""
    x = point(seed)
    mistake = visible(mistake, f, x)
    wrong = MISTAKES[mistake]
    allowed = ("wrong", "inconclusive")
    expect(mistake, lambda x: f(wrong(x) - a) + b, x + a, seed=seed, wrong=allowed)


@quick
@given(functions, mistakes, st.permutations(range(4)), seeds)
def test_permuting_inputs_and_results(f, mistake, order, seed):
    x = point(seed)
    mistake = visible(mistake, f, x)
    wrong = MISTAKES[mistake]
    back = np.argsort(order)

    def permuted(x):
        y = f(wrong(x[back]))
        return y[np.arange(y.size)[::-1]] if y.ndim else y

    expect(mistake, permuted, x[list(order)], seed=seed)


@quick
@given(functions, mistakes, st.booleans(), st.booleans(), st.booleans(), seeds)
def test_mixing_dtypes(f, mistake, first, second, where, seed):
    """Two inputs of either precision, of which one or the other has the wrong derivative."""
    x, y = point(seed), point(seed + 1)
    mistake = visible(mistake, f, y if where else x)
    wrong = MISTAKES[mistake]

    def both(x, y):
        x, y = (x, wrong(y)) if where else (wrong(x), y)
        z = f(y)
        return f(x) * 2.0 + ag.sum(z * np.linspace(1, 2, z.size).reshape(z.shape))

    narrow = [v.astype("float32" if low else "float64")
              for v, low in zip((x, y), (first, second), strict=True)]  # fmt: skip
    expect(mistake, both, *narrow, seed=seed)
