"""What a device refuses it refuses in the op's own words, and every state is as it was before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax")

import autograd_nn as ag  # noqa: E402

TABLE = np.arange(12.0).reshape(4, 3)
SINGULAR = np.array([[0.0, 0.0], [0.0, 2.0]])
REGULAR = np.array([[3.0, 1.0], [1.0, 2.0]])


def put(i: Any) -> Any:
    x = ag.Tensor(TABLE) * 1
    x[i] = 7.0
    return x


def scanned(i: Any) -> Any:
    table = ag.Tensor(TABLE)
    return ag.scan(lambda c, k: (c + ag.take(table, k, axis=0), c), ag.zeros(3), i)[0]


def looped(i: Any) -> Any:
    table = ag.Tensor(TABLE)
    return ag.fori_loop(0, 3, lambda k, c: c + ag.take(table, i[0] + k * 0, axis=0), ag.zeros(3))


def chosen(i: Any) -> Any:
    table = ag.Tensor(TABLE)
    return ag.cond(ag.sum(i) > -99, lambda k: ag.take(table, k, axis=0), lambda k: table[:2], i)


# A function, an argument that it takes, and one that it refuses.
CASES: dict[str, tuple[Callable[[Any], Any], Any, Any]] = {
    "take": (lambda i: ag.take(TABLE, i, axis=0), [0, -4], [1, 4]),
    "take from the end": (lambda i: ag.take(TABLE, i, axis=1), [0, -3], [1, -4]),
    "two indices": (lambda i: ag.Tensor(TABLE)[i, i], [0, 2], [0, 3]),
    "along an axis": (lambda i: ag.take_along_axis(TABLE, i, axis=0), [[0, 1, 3]], [[0, 1, 4]]),
    "of a slope": (
        lambda i: ag.grad(lambda t: ag.sum(ag.take(t, i, axis=0) ** 2))(ag.Tensor(TABLE)),
        [0, 3], [0, 4],
    ),
    "put": (put, [0, -1], [0, -5]),
    "label": (lambda i: ag.softmax_cross_entropy(TABLE[:2], i), [0, 2], [0, 3]),
    "label below 0": (lambda i: ag.softmax_cross_entropy(TABLE[:2], i), [0, 2], [-4, 2]),
    "power": (lambda i: ag.power(np.array([2, 3]), i), [0, 2], [-1, 2]),
    "scan": (scanned, [0, 3, 1], [0, 1, 4]),
    "loop": (looped, [0], [-5]),
    "branch": (chosen, [0, 3], [0, 7]),
    "inv": (ag.linalg.inv, REGULAR, SINGULAR),
    "solve": (lambda x: ag.linalg.solve(x, np.ones(2)), REGULAR, SINGULAR),
    "solve_triangular": (lambda x: ag.linalg.solve_triangular(x, np.ones(2)), REGULAR, SINGULAR),
    "cholesky": (ag.linalg.cholesky, REGULAR, -REGULAR),
}  # fmt: skip


LOOPS = ("scan", "loop", "branch")  # several steps of their bodies may be one call


@pytest.mark.parametrize("name", CASES)
def test_the_op_s_own_words_and_nothing_lost(name: str) -> None:
    f, good, bad = CASES[name]
    good, bad = ag.Tensor(np.array(good)), ag.Tensor(np.array(bad))
    count = ag.Tensor(0)

    def step(x: Any) -> Any:
        count.assign(count + 1)
        return f(x)

    with pytest.raises((IndexError, ValueError)) as plain:
        f(bad)
    j = ag.jit(step, device="xla")
    j(good)
    np.testing.assert_allclose(j.wait()(good), f(good), rtol=1e-12)
    with pytest.raises(plain.type) as caught:
        j(bad)
    assert int(count) == 2, "states are as they were before the run"
    told, said = str(plain.value), str(caught.value)
    if name in LOOPS:
        told, said = (x.partition("): ")[2] for x in (told, said))
    assert said == told and told
    np.testing.assert_allclose(j(good), f(good), rtol=1e-12)
