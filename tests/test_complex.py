"""Complex numbers: computed with as NumPy does, refused at every door of differentiation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special as sp

import autograd_nn as ag
from autograd_nn import DTypeError
from autograd_nn.engine.op import REGISTRY, Op

from .references import reference
from .strategies import samples

T = ag.Tensor
Z = np.array([[1 + 2j, 3 - 1j], [0.5j, -2 + 0.3j]])
W = np.array([[0.3 - 1j, 2j], [1 + 1j, 0.7]])
# Where the reference of the registry's tests is a formula for real numbers, or takes more.
ELSEWHERE: dict[str, Callable[..., Any]] = {"digamma": sp.psi}
REAL_HERE = (
    "beta", "lgamma", "sigmoid_cross_entropy", "sigmoid_error", "cholesky", "cofactors",
    "cofactors_moved", "dft", "qr", "slogdet",
)  # fmt: skip


def turned(op: Op) -> list[tuple[list[Any], dict[str, Any]]]:
    """An op's samples with complex numbers in the places of floating ones."""
    found = []
    for s in samples(op):
        xs = [x * (1 + 0.5j) if is_float(x) else x for x in s.operands]
        if any(np.asarray(x).dtype.kind == "c" for x in xs):
            found.append((xs, s.params))
    return found


def is_float(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


@pytest.mark.parametrize("name", [n for n in REGISTRY if turned(REGISTRY[n])])
def test_values_are_numpy_s_and_derivatives_refused(name: str) -> None:
    op = REGISTRY[name]
    other = ELSEWHERE.get(name) or reference(name)
    for xs, params in turned(op):
        try:
            want = np.asarray(other(*xs, **params))
        except (TypeError, ValueError, np.exceptions.ComplexWarning):
            want = None
        if not all(np.size(x) for x in xs):
            continue
        given = [T(x) if isinstance(x, np.ndarray) else x for x in xs]
        if want is None or name in REAL_HERE:
            with pytest.raises(TypeError):
                op.function(*given, **params)
            continue
        y = op.function(*given, **params)
        assert y.dtype == want.dtype and y.shape == want.shape
        np.testing.assert_allclose(y.numpy(), want, rtol=1e-10, atol=1e-12)
        if op.differentiable and y.size:
            _refused(op, xs, params)


def _refused(op: Op, xs: list[Any], params: dict[str, Any]) -> None:
    """A real number on the way through the op's complex operands to a real result."""
    for i, x in enumerate(xs):
        if not isinstance(x, np.ndarray) or x.dtype.kind != "c":
            continue

        def f(w: Any, i: int = i, x: Any = x) -> Any:
            given = [w * (1 + 0.5j) if k == i else T(v) if isinstance(v, np.ndarray) else v
                     for k, v in enumerate(xs)]  # fmt: skip
            return ag.sum(ag.absolute(op.function(*given, **params)))

        w = T(x.real)
        leaf = T(x.real, requires_grad=True)
        for take in (
            lambda f=f, w=w: ag.grad(f)(w),
            lambda f=f, w=w: ag.jvp(f, (w,), (w,)),
            lambda f=f, w=w: ag.hessian(f)(w),
            lambda f=f, leaf=leaf: f(leaf).backward() or leaf.grad,
        ):
            try:
                found = take()
            except DTypeError as error:
                assert "complex" in str(error) and "expected" in str(error).lower()
            else:  # an op that is constant in this operand
                slope = found[1] if isinstance(found, tuple) else found
                assert slope is None or not slope.numpy().any()


VALUES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "norm": (ag.norm, lambda z: np.sqrt((np.abs(z) ** 2).sum())),
    "norm along an axis": (lambda z: ag.norm(z, axis=0), lambda z: np.linalg.norm(z, axis=0)),
    "norm 1": (lambda z: ag.norm(z, 1), lambda z: np.abs(z).sum()),
    "norm 3": (lambda z: ag.norm(z, 3), lambda z: np.linalg.norm(z.ravel(), 3)),
    "norm inf": (lambda z: ag.norm(z, np.inf), lambda z: np.abs(z).max()),
    "norm 0": (lambda z: ag.norm(z, 0), lambda z: float(np.count_nonzero(z))),
    "absolute": (ag.absolute, np.absolute),
    "conjugate": (ag.conj, np.conj),
    "np.conj": (np.conj, np.conj),
    "mean": (ag.mean, np.mean),
    "var": (ag.var, np.var),
    "var along an axis": (lambda z: ag.var(z, 0, ddof=1), lambda z: np.var(z, 0, ddof=1)),
    "std": (ag.std, np.std),
    "dot": (lambda z: ag.dot(z, W), lambda z: np.dot(z, W)),
    "vdot": (lambda z: ag.vdot(z, W), lambda z: np.vdot(z, W)),
    "vdot with reals": (lambda z: ag.vdot(z.reshape(-1), [1.0, 2, 3, 4]),
                        lambda z: np.vdot(z, [1.0, 2, 3, 4])),
    "inner": (lambda z: ag.inner(z, W), lambda z: np.inner(z, W)),
    "outer": (lambda z: ag.outer(z, W), lambda z: np.outer(z, W)),
    "matmul": (lambda z: z @ W, lambda z: z @ W),
    "reflected": (lambda z: W @ z, lambda z: W @ z),
    "kron": (lambda z: ag.kron(z, W), lambda z: np.kron(z, W)),
    "tensordot": (lambda z: ag.tensordot(z, W, 1), lambda z: np.tensordot(z, W, 1)),
    "einsum": (lambda z: ag.einsum("ij,kj->ik", z, W), lambda z: np.einsum("ij,kj->ik", z, W)),
    "einsum trace": (lambda z: ag.einsum("ii", z), np.trace),
    "trace": (ag.trace, np.trace),
    "cumsum": (ag.cumsum, np.cumsum),
    "prod": (ag.prod, np.prod),
    "power": (lambda z: z**2 + z**0.5, lambda z: z**2 + z**0.5),
    "full": (lambda z: ag.full(3, z[0, 0]), lambda z: np.full(3, z[0, 0])),
    "linspace": (lambda z: ag.linspace(*z[0], 4), lambda z: np.linspace(*z[0], 4)),
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_values_of_functions_made_of_ops(name: str) -> None:
    ours, other = VALUES[name]
    for z in (Z, Z.astype("complex64")):
        y, want = np.asarray(ours(T(z))), np.asarray(other(z))
        assert y.dtype.kind == want.dtype.kind and y.shape == want.shape
        np.testing.assert_allclose(y, want, rtol=1e-5 if z.dtype == "complex64" else 1e-12)
    assert ag.norm(T([3j, 4.0])).item() == 5.0


@pytest.mark.parametrize("name", ["norm", "var", "vdot", "matmul", "einsum", "conjugate", "cumsum"])
def test_a_replayed_program_gives_the_same(name: str) -> None:
    f = VALUES[name][0]
    jitted = ag.jit(f)
    for z in (Z, W, Z + W):
        np.testing.assert_allclose(jitted(T(z)).numpy(), np.asarray(f(T(z))), rtol=1e-12)


DOORS: dict[str, Callable[[], Any]] = {
    "requires_grad": lambda: T(1j, requires_grad=True),
    "requires_grad afterwards": lambda: setattr(T(1j), "requires_grad", True),
    "tensor": lambda: ag.tensor([1j], requires_grad=True),
    "Variable": lambda: ag.nn.Variable([1j]),
    "grad": lambda: ag.grad(lambda z: ag.absolute(z))(1j),
    "value_and_grad": lambda: ag.value_and_grad(lambda z: ag.absolute(z))(T(1j)),
    "one of several arguments": lambda: ag.grad(lambda x, z: x, argnums=(0, 1))(1.0, 1j),
    "vjp": lambda: ag.vjp(lambda z: z, T(1j)),
    "jvp": lambda: ag.jvp(lambda z: z, (1j,), (1j,)),
    "jacobian": lambda: ag.jacobian(lambda z: z)(T([1j])),
    "hessian": lambda: ag.hessian(lambda z: ag.absolute(z))(T([1j])),
    "hvp": lambda: ag.hvp(lambda z: ag.absolute(z), (1j,), (1j,)),
    "a complex result": lambda: ag.grad(lambda x: x * 1j)(1.0),
    "a complex result of vjp": lambda: ag.vjp(lambda x: x * 1j, 1.0),
    "a complex result of jvp": lambda: ag.jvp(lambda x: (x, x * 1j), (1.0,), (1.0,)),
    "a complex result of jacobian": lambda: ag.jacobian(lambda x: x * 1j)(T([1.0])),
    "forward": lambda: ag.jacobian(lambda x: ag.absolute(x * 1j), forward=True)(T([1.0])),
    "on the way": lambda: ag.grad(lambda w: ag.absolute(w * (1 + 2j)) ** 2)(2.0),
    "on the way, second": lambda: ag.hessian(lambda w: ag.absolute(w * (1 + 2j)) ** 2)(2.0),
    "on the way under jit": lambda: ag.jit(ag.grad(lambda w: ag.absolute(w * 1j)))(T(2.0)),
    "a cast on the way": lambda: ag.grad(lambda w: ag.absolute(w.astype(complex)))(2.0),
    "stacked on the way": lambda: ag.grad(lambda w: ag.norm(ag.stack([w, 1j])))(2.0),
    "chosen on the way": lambda: ag.grad(lambda w: ag.absolute(ag.where(True, w, 1j)))(2.0),
    "backward": lambda: (T(2.0, requires_grad=True) * 1j).backward(),
    "backward of a real result": lambda: ag.absolute(T(2.0, requires_grad=True) * 1j).backward(),
    "check_gradients": lambda: ag.check_gradients(lambda z: ag.absolute(z), 1j),
}


@pytest.mark.parametrize("name", DOORS)
def test_doors_of_differentiation(name: str) -> None:
    with pytest.raises(DTypeError) as error:
        DOORS[name]()
    assert "complex" in str(error.value) and "expected" in str(error.value)


CASTS: dict[str, Callable[[], Any]] = {
    "astype": lambda: T([1j]).astype("float32"),
    "ag.astype": lambda: ag.astype(T([1j]), dtype=float),
    "to whole numbers": lambda: T([1j]).astype(int),
    "Tensor": lambda: T(np.array([1j]), "float32"),
    "Tensor of a Tensor": lambda: T(T([1j]), "float32"),
    "Tensor of a list": lambda: T([1.0, np.complex128(1j)], "float32"),
    "as_tensor": lambda: ag.as_tensor(np.array([1j]), "float32"),
    "assign": lambda: T([1.0]).assign(T([1j])),
    "item assignment": lambda: T([1.0]).__setitem__(0, 1j),
    "item assignment of a row": lambda: T([1.0, 2.0]).__setitem__(slice(None), T([1j, 2j])),
    "full": lambda: ag.full(2, T(1j), dtype=float),
    "full of a number": lambda: ag.full(2, 1j, dtype=float),
    "full of an array": lambda: ag.full(1, np.array([1j]), dtype=float),
    "linspace": lambda: ag.linspace(0, 1j, 3, dtype=float),
    "fit": lambda: _model().fit(np.array([[1j]]), np.ones((1, 1)), verbose=0),
    "predict": lambda: _model().predict(np.array([[1j]]), verbose=0),
    "a layer": lambda: ag.nn.Dense(1)(np.array([[1j]])),
    "pad": lambda: ag.pad(T([1.0]), 1, constant_values=T(1j)),
}


def _model() -> Any:
    model = ag.nn.Sequential([ag.nn.Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("name", CASTS)
def test_complex_is_never_cast_to_real(name: str) -> None:
    with pytest.raises(TypeError, match="complex"):
        CASTS[name]()
