"""Sums of parts that are placed apart: what slices leave on the way back is joined."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag

X = np.random.default_rng(2).normal(size=(4, 6))
X[0, 0] = -0.0


def gates(x: Any) -> Any:
    """Three parts of the last axis, the middle one of two readers."""
    a, b, c = x[:, :1], x[:, 1:4], x[:, 4:]
    return (a * c).sum() + ag.sin(b).sum() * a.sum()


def rows(x: Any) -> Any:
    return (x[:2] * ag.sin(x[2:])).sum()


def overlapping(x: Any) -> Any:
    return (x[:, :4] ** 2).sum() + ag.exp(x[:, 3:]).sum()


def with_a_gap(x: Any) -> Any:
    return (x[:, :2] ** 2).sum() + ag.exp(x[:, 3:]).sum()


def with_more(x: Any) -> Any:
    return (x[:, :2] ** 2).sum() + ag.exp(x[:, 2:]).sum() + ag.sin(x).sum()


def of_both_axes(x: Any) -> Any:
    return (x[:2, :] * 2).sum() + (x[2:, :3] ** 2).sum() + ag.sin(x[2:, 3:]).sum()


def stepping(x: Any) -> Any:
    return (x[:, ::2] ** 2).sum() + ag.exp(x[:, 1::2]).sum()


@pytest.mark.parametrize(
    ("f", "joined"),
    [(gates, True), (rows, True), (overlapping, False), (with_a_gap, False), (with_more, False),
     (of_both_axes, False), (stepping, False)],
)  # fmt: skip
@pytest.mark.native
def test_the_same_with_or_without_zeros(f: Any, joined: bool) -> None:
    j = ag.jit(ag.grad(f))
    x = ag.Tensor(X)
    expected = ag.grad(f)(x)
    j(x)
    j.wait()
    text = str(j.program(x))
    assert " 0 by Python" in text and ("fill(" not in text) is joined
    found = j(x).numpy()
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-14)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected.numpy()))


def test_parts_are_computed_where_they_stand() -> None:
    """No copy but of what comes from outside; what is joined may be read and handed on."""

    def f(x: Any, y: Any) -> Any:
        z = ag.concatenate([ag.sin(x), y, ag.cos(x) * 2], axis=1)
        return z, ag.exp(z).sum(axis=0), ag.sin(x)

    x, y = ag.Tensor(X), ag.Tensor(X[:, :2])
    j = ag.jit(f)
    expected = f(x, y)
    j(x, y)
    j.wait()
    assert str(j.program(x, y)).count("copy(") <= 3
    for a, b in zip(j(x, y), expected, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-14)
