"""Transforms: trees, argnums, auxiliary results, both directions, and what they refuse."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine import tree

Pair = namedtuple("Pair", ["a", "b"])
X = np.array([0.3, -1.2, 2.0])


def cubes(x: Any) -> Any:
    return (x**3).sum()


# ---- grad ---------------------------------------------------------------------------------------


def test_grad_of_numbers_arrays_and_tensors() -> None:
    assert ag.grad(lambda x: x * x)(3.0).item() == 6.0
    assert ag.grad(cubes)(X).tolist() == pytest.approx(3 * X**2)
    assert ag.grad(cubes)(ag.Tensor(X)).tolist() == pytest.approx(3 * X**2)
    assert ag.grad(cubes)(ag.Tensor(X, dtype="float32")).dtype == np.float32


def test_value_and_grad() -> None:
    y, slope = ag.value_and_grad(cubes)(ag.Tensor(X))
    assert y.item() == pytest.approx((X**3).sum())
    assert not y.requires_grad and not slope.requires_grad
    assert slope.tolist() == pytest.approx(3 * X**2)


def test_argnums() -> None:
    def f(x: Any, y: Any, z: Any = 1.0) -> Any:
        return (x * y * y * z).sum()

    assert ag.grad(f, argnums=1)(2.0, 3.0).item() == 12.0
    assert ag.grad(f, argnums=-1)(2.0, 3.0).item() == 12.0
    dx, dy = ag.grad(f, argnums=(0, 1))(2.0, 3.0, z=2.0)
    assert (dx.item(), dy.item()) == (18.0, 24.0)
    assert [g.item() for g in ag.grad(f, argnums=(1,))(2.0, 3.0)] == [12.0]


def test_trees_in_and_out() -> None:
    params = {
        "w": ag.Tensor(X),
        "rest": [ag.Tensor(2.0), (ag.Tensor(3.0), None)],
        "p": Pair(1.0, 2.0),
    }

    def f(p: Any) -> Any:
        return (p["w"] * p["rest"][0]).sum() * p["rest"][1][0] * p["p"].a * p["p"].b

    slopes = ag.grad(f)(params)
    assert list(slopes) == ["w", "rest", "p"]
    assert slopes["w"].tolist() == pytest.approx([12.0] * 3)
    assert slopes["rest"][0].item() == pytest.approx(X.sum() * 6)
    assert isinstance(slopes["rest"][1], tuple) and slopes["rest"][1][1] is None
    assert isinstance(slopes["p"], Pair) and slopes["p"].b.item() == pytest.approx(X.sum() * 6)


def test_has_aux() -> None:
    def f(x: Any) -> Any:
        return (x * x).sum(), {"twice": 2 * x, "name": "kept"}

    (value, aux), slope = ag.value_and_grad(f, has_aux=True)(ag.Tensor(X))
    assert value.item() == pytest.approx((X * X).sum())
    assert aux["name"] == "kept" and not aux["twice"].requires_grad
    slope2, aux2 = ag.grad(f, has_aux=True)(ag.Tensor(X))
    assert slope2.tolist() == slope.tolist() == pytest.approx(2 * X)
    assert aux2["twice"].tolist() == pytest.approx(2 * X)


def test_what_a_function_does_not_use_has_a_zero_gradient() -> None:
    dx, dy = ag.grad(lambda x, y: x * 2, argnums=(0, 1))(1.0, ag.Tensor([1.0, 2.0]).sum())
    assert (dx.item(), dy.item()) == (2.0, 0.0)
    assert ag.grad(lambda x: 3.0)(1.0).item() == 0.0
    assert ag.grad(lambda x: ag.floor(x))(1.5).item() == 0.0


def test_gradients_of_two_arguments_are_two_tensors() -> None:
    a, b = ag.grad(lambda x, y: (x + y).sum(), argnums=(0, 1))(ag.Tensor([1.0]), ag.Tensor([1.0]))
    assert a is not b
    a += 1
    assert (a.item(), b.item()) == (2.0, 1.0)


def test_the_identity_returns_neither_its_argument_nor_its_cotangent() -> None:
    x, g = ag.Tensor([1.0]), ag.Tensor([2.0])
    y, pull = ag.vjp(lambda v: v, x)
    c = pull(g)[0]
    assert y is not x and c is not g
    _, t = ag.jvp(lambda v: v, (x,), (g,))
    assert t is not g and t.tolist() == [2.0]


def test_wraps_name_and_docstring() -> None:
    assert ag.grad(cubes).__name__ == "cubes"


# ---- vjp, jvp, hvp ------------------------------------------------------------------------------


def test_vjp_can_be_called_again_and_takes_trees() -> None:
    def f(a: Any, b: Any) -> Any:
        return {"sum": a + b, "parts": (a * b, ag.sin(a))}

    y, pull = ag.vjp(f, ag.Tensor(X), ag.Tensor(2.0))
    assert y["parts"][0].tolist() == pytest.approx(2 * X)
    g = {"sum": np.ones(3), "parts": (np.zeros(3), np.ones(3))}
    for _ in range(2):
        da, db = pull(g)
        assert da.tolist() == pytest.approx(1 + np.cos(X))
        assert db.item() == 3.0


def test_vjp_has_aux() -> None:
    y, _pull, aux = ag.vjp(lambda x: (x * x, "aux"), 2.0, has_aux=True)
    assert (y.item(), aux) == (4.0, "aux")


def test_jvp_of_trees() -> None:
    y, t = ag.jvp(lambda p: {"y": p[0] * p[1]}, ([2.0, 3.0],), ([1.0, 10.0],))
    assert y["y"].item() == 6.0 and t["y"].item() == 23.0


def test_jvp_of_a_constant_is_zero() -> None:
    assert ag.jvp(lambda x: ag.Tensor([1.0, 2.0]), (1.0,), (1.0,))[1].tolist() == [0.0, 0.0]


def test_jvp_through_every_kind_of_operand() -> None:
    m, v = np.arange(6.0).reshape(2, 3), np.array([1.0, -1.0, 2.0])

    def f(x: Any) -> Any:
        top = ag.concatenate([m @ x, x[[2, 0]], ag.pad(x, 1)])
        return ag.put(top * x[0], [0, 1], x[1]) - ag.sort(top).sum()

    _, t = ag.jvp(f, (ag.Tensor(v),), (ag.Tensor([1.0, 2.0, 3.0]),))
    h = 1e-6
    d = np.array([1.0, 2.0, 3.0]) * h
    numeric = (f(v + d).numpy() - f(v - d).numpy()) / (2 * h)
    np.testing.assert_allclose(t.numpy(), numeric, rtol=1e-7, atol=1e-8)


def test_hvp() -> None:
    t = np.array([1.0, 0.0, -1.0])
    found = ag.hvp(cubes, (ag.Tensor(X),), (ag.Tensor(t),))
    assert found.tolist() == pytest.approx(6 * X * t)
    a, b = ag.hvp(lambda x, y: (x * x * y).sum(), (2.0, 3.0), (1.0, 1.0))
    assert (a.item(), b.item()) == (6.0 + 4.0, 4.0)


# ---- jacobian, hessian --------------------------------------------------------------------------


@pytest.mark.parametrize("forward", [True, False, None])
def test_jacobian_both_ways(forward: bool | None) -> None:
    m = np.arange(6.0).reshape(2, 3)
    found = ag.jacobian(lambda x: ag.sin(m @ x), forward=forward)(ag.Tensor(X))
    np.testing.assert_allclose(found.numpy(), np.cos(m @ X)[:, None] * m, rtol=1e-13)


@pytest.mark.parametrize("forward", [True, False])
def test_jacobian_shapes(forward: bool) -> None:
    x = ag.Tensor(np.ones((2, 3)))
    jacobian = ag.jacobian(lambda x: ag.stack([x.sum(0), x.prod(0)]), forward=forward)
    assert jacobian(x).shape == (2, 3, 2, 3)
    assert ag.jacobian(lambda x: x.sum(), forward=forward)(x).shape == (2, 3)
    assert ag.jacobian(lambda x: x * np.ones(4), forward=forward)(2.0).shape == (4,)
    assert ag.jacobian(lambda x: x[:0], forward=forward)(x).shape == (0, 3, 2, 3)


def test_jacobian_of_trees() -> None:
    found = ag.jacobian(lambda p: {"s": p["a"] * p["b"]})({"a": ag.Tensor(X), "b": ag.Tensor(2.0)})
    assert found["s"]["a"].tolist() == np.diag([2.0] * 3).tolist()
    assert found["s"]["b"].tolist() == pytest.approx(X)


def test_hessian_is_symmetric_and_right() -> None:
    found = ag.hessian(lambda x: x[0] ** 2 * x[1] + ag.sin(x[1] * x[2]))(ag.Tensor(X)).numpy()
    a, b, c = X
    s, k = np.sin(b * c), np.cos(b * c)
    want = [[2 * b, 2 * a, 0], [2 * a, -c * c * s, k - b * c * s], [0, k - b * c * s, -b * b * s]]
    np.testing.assert_allclose(found, want, rtol=1e-12)


def test_gradient_of_a_jacobian() -> None:
    def f(x: Any) -> Any:
        return ag.jacobian(lambda v: v**2)(x).sum()

    assert ag.grad(f)(ag.Tensor(X)).tolist() == [2.0] * 3
    assert (
        ag.grad(lambda x: ag.jacobian(lambda v: v**2, forward=True)(x).sum())(X).tolist() == [2] * 3
    )


# ---- custom ops ---------------------------------------------------------------------------------


def test_custom_op_on_tensors_has_every_order_and_both_modes() -> None:
    @ag.custom_op(vjp=lambda g, y, x: g * 3 * x**2)
    def cube(x: Any) -> Any:
        """Third power."""
        return x**3

    assert cube.__doc__ == "Third power." and cube.__name__ == "cube"
    assert ag.grad(ag.grad(ag.grad(cube)))(2.0).item() == 6.0
    assert ag.jvp(cube, (2.0,), (1.0,))[1].item() == 12.0


def test_custom_op_of_two_operands_with_parameter_and_jvp() -> None:
    calls = []

    def moved(ts: Any, y: Any, a: Any, b: Any, *, power: int) -> Any:
        calls.append(1)
        ta, tb = ts
        return (0 if ta is None else ta * b**power) + (0 if tb is None else tb * a * power)

    @ag.custom_op(
        vjp=lambda g, y, a, b, *, power: (g * b**power, (g * a * power * b ** (power - 1)).sum()),
        jvp=moved,
        shape=lambda a, b, *, power: a,
    )
    def scaled(a: Any, b: Any, *, power: int = 1) -> Any:
        return a * b**power

    a, b = ag.grad(lambda a, b: scaled(a, b, power=2).sum(), argnums=(0, 1))(X, 3.0)
    assert a.tolist() == [9.0] * 3 and b.item() == pytest.approx(6 * X.sum())
    assert ag.jvp(lambda a: scaled(a, 3.0), (X,), (X,))[1].tolist() == pytest.approx(3 * X)
    assert calls


def test_custom_op_once_differentiable() -> None:
    @ag.custom_op(vjp=lambda g, y, x: g * np.cos(x), once=True)
    def sine(x: Any) -> Any:
        return np.sin(x)

    assert ag.grad(sine)(0.5).item() == pytest.approx(np.cos(0.5))
    assert ag.jvp(sine, (0.5,), (2.0,))[1].item() == pytest.approx(2 * np.cos(0.5))
    assert ag.jvp(sine, (X,), (X,))[1].tolist() == pytest.approx(X * np.cos(X))
    with pytest.raises(ag.GradientError, match="once-differentiable.*Write its vjp on Tensors"):
        ag.grad(ag.grad(sine))(0.5)


# ---- trees --------------------------------------------------------------------------------------


def test_tree_round_trip() -> None:
    for t in (1, [], {}, None, [1, (2, {"a": 3})], Pair(1, [2]), {"b": 1, "a": 2}, (None, 1)):
        leaves, structure = tree.flatten(t)
        assert tree.unflatten(structure, leaves) == t
        assert type(tree.unflatten(structure, leaves)) is type(t)


def test_tree_map_of_several_and_of_different_structures() -> None:
    assert tree.map(lambda a, b: a - b, {"x": 3, "y": [4]}, {"x": 1, "y": [1]}) == {
        "x": 2,
        "y": [3],
    }
    with pytest.raises(ValueError, match="differ in structure"):
        tree.map(lambda a, b: a, [1, 2], [1])
