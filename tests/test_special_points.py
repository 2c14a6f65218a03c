"""The document of special points says what the code does, whichever way a derivative is taken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from tests import special_points as points

CASES = points.cases()


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, np.ndarray]]:
    return {name: points.answers(f, xs) for name, f, xs in CASES}


def test_the_document_is_what_the_code_gives() -> None:
    told = points.DOCUMENT.read_text()
    assert told == points.page(), "write it anew: python -m tests.special_points"


@pytest.mark.parametrize(("name", "f", "xs"), CASES, ids=[c[0] for c in CASES])
def test_every_way_to_a_derivative_gives_the_same(name: str, f: Any, xs: list[np.ndarray]) -> None:
    """Reverse, forward, and the four ways to combine them, also at infinities and NaN."""
    ts = [ag.Tensor(x) for x in xs]
    with np.errstate(all="ignore"):
        for which, functions in points.ways(f, len(xs)).items():
            first, *others = [g(*ts).numpy() for g in functions]
            for k, other in enumerate(others, 1):
                what = f"{name}, derivative {which!r}, way {k}"
                np.testing.assert_allclose(other, first, rtol=1e-9, err_msg=what)


@pytest.mark.parametrize("name", [n for n, _, xs in CASES if len(xs) == 2])
def test_mixed_derivatives_do_not_depend_on_the_order(name: str, told: Any) -> None:
    """Where the operands are finite; at infinities the two orders may meet different NaN."""
    xs = next(xs for n, _, xs in CASES if n == name)
    finite = np.isfinite(xs[0]) & np.isfinite(xs[1])
    np.testing.assert_allclose(told[name]["01"][finite], told[name]["10"][finite], rtol=1e-12)


def test_programs_give_the_same(told: Any) -> None:
    """The compositions, natively; tests/program has the ops by themselves."""
    chosen = [c for c in CASES if c[0] in points.TOGETHER]

    def everything(*xs: Any) -> list[list[Any]]:
        return [[f(x), points.slope(f)(x)] for (_, f, _), x in zip(chosen, xs, strict=True)]

    with np.errstate(all="ignore"):
        program = ag.jit(everything)
        arguments = [ag.Tensor(xs[0]) for _, _, xs in chosen]
        program(*arguments)
        program.wait()
        found = program(*arguments)
    for (name, _, _), ours in zip(chosen, found, strict=True):
        for which, got in zip(("", "0"), ours, strict=True):
            what = f"{name}, derivative {which!r}"
            want = told[name][which]
            np.testing.assert_allclose(got.numpy(), want, rtol=1e-6, atol=1e-300, err_msg=what)
