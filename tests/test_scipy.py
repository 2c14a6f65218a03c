"""SciPy, pandas and Matplotlib take values, gradients and Jacobians as they take NumPy's arrays."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.integrate
import scipy.interpolate
import scipy.linalg
import scipy.optimize as so
import scipy.stats

import autograd_nn as ag

X0 = np.array([1.2, 1.2])
BEST = np.array([1.0, 1.0])


def rosen(x: Any) -> Any:
    return (1 - x[0]) ** 2 + 10 * (x[1] - x[0] ** 2) ** 2


GRAD, HESS = ag.grad(rosen), ag.hessian(rosen)


def hessp(x: Any, p: Any) -> Any:
    return ag.hvp(rosen, (x,), (p,))


def array(f: Callable[..., Any]) -> Callable[..., Any]:
    """The same function for NumPy: what SciPy is known to take."""
    return lambda *args: np.array(f(*args).tolist())


def same(solve: Callable[[Callable[..., Any]], Any]) -> Any:
    """SciPy's answer with our functions, which must be its answer with arrays, bit for bit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SciPy's own, about a method's options
        ours, want = solve(lambda f: f), solve(array)
    x, y = getattr(ours, "x", ours), getattr(want, "x", want)
    np.testing.assert_array_equal(np.asarray(x), np.asarray(y))
    return ours


METHODS: dict[str, dict[str, Any]] = {
    "Nelder-Mead": {}, "Powell": {}, "COBYLA": {"options": {"maxiter": 100}}, "COBYQA": {},
    "CG": {"jac": GRAD}, "BFGS": {"jac": GRAD}, "L-BFGS-B": {"jac": GRAD}, "TNC": {"jac": GRAD},
    "SLSQP": {"jac": GRAD}, "Newton-CG": {"jac": GRAD, "hessp": hessp},
    "trust-constr": {"jac": GRAD, "hess": HESS}, "dogleg": {"jac": GRAD, "hess": HESS},
    "trust-ncg": {"jac": GRAD, "hess": HESS}, "trust-krylov": {"jac": GRAD, "hessp": hessp},
    "trust-exact": {"jac": GRAD, "hess": HESS},
}  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_minimize(method: str) -> None:
    given = METHODS[method]
    found = same(
        lambda of: so.minimize(
            of(rosen), X0, method=method,
            **{k: of(f) if callable(f) else f for k, f in given.items()},
        )
    )
    np.testing.assert_allclose(found.x, BEST, atol=0.2)


@pytest.mark.parametrize("method", [m for m, given in METHODS.items() if "jac" in given])
def test_value_and_gradient_at_once(method: str) -> None:
    hess = {k: f for k, f in METHODS[method].items() if k != "jac"}
    both = ag.value_and_grad(rosen)
    found = so.minimize(both, X0, jac=True, method=method, **hess)
    np.testing.assert_allclose(found.x, BEST, atol=0.05)


def test_methods_are_all_there_are() -> None:
    known = {m.lower() for m in METHODS}
    assert known == {m.lower() for m in so._minimize.MINIMIZE_METHODS}


@pytest.mark.parametrize("method", ["L-BFGS-B", "TNC", "SLSQP", "trust-constr", "Powell", "COBYQA"])
def test_bounds(method: str) -> None:
    given = {"jac": GRAD} if "jac" in METHODS[method] else {}
    same(
        lambda of: so.minimize(
            of(rosen), X0 / 4, method=method, bounds=so.Bounds(ag.zeros(2), ag.Tensor([0.5, 2.0])),
            **{k: of(f) for k, f in given.items()},
        )
    )  # fmt: skip


def circle(x: Any) -> Any:
    return 1.5 - (x * x).sum()


def circle_hess(x: Any, v: Any) -> Any:
    return ag.hessian(lambda x: circle(x) * v[0])(x)


CONSTRAINTS: dict[str, Callable[[Any], Any]] = {
    "dict": lambda of: {"type": "ineq", "fun": of(circle), "jac": of(ag.grad(circle))},
    "dict without jac": lambda of: {"type": "ineq", "fun": of(circle)},
    "dict of equality": lambda of: {"type": "eq", "fun": of(circle), "jac": of(ag.grad(circle))},
    "linear": lambda of: so.LinearConstraint(ag.ones((1, 2)), -np.inf, 1.5),
    "nonlinear": lambda of: so.NonlinearConstraint(
        of(circle), 0, np.inf, jac=of(ag.grad(circle)), hess=of(circle_hess)
    ),
    "nonlinear, BFGS": lambda of: so.NonlinearConstraint(
        of(circle), 0, np.inf, jac=of(ag.grad(circle)), hess=so.BFGS()
    ),
    "nonlinear, differences": lambda of: so.NonlinearConstraint(of(circle), 0, np.inf),
}


@pytest.mark.parametrize("constraint", CONSTRAINTS)
@pytest.mark.parametrize("method", ["SLSQP", "trust-constr", "COBYLA", "COBYQA"])
def test_constraints(method: str, constraint: str) -> None:
    make = CONSTRAINTS[constraint]
    if constraint == "dict of equality" and method == "COBYLA":
        pytest.skip("COBYLA knows no equalities")
    options = {"maxiter": 20}
    same(
        lambda of: so.minimize(
            of(rosen), X0 / 2, method=method, constraints=make(of), options=options,
            **({"jac": of(GRAD)} if method in ("SLSQP", "trust-constr") else {}),
        )
    )  # fmt: skip


T = np.linspace(0, 1, 9)
Y = 2.0 * np.exp(-1.3 * T) + 0.01 * np.cos(9 * T)


def curve(t: Any, a: Any, b: Any) -> Any:
    return a * ag.exp(-b * t)


def residual(p: Any) -> Any:
    return curve(T, p[0], p[1]) - Y


def slopes(t: Any, a: Any, b: Any) -> Any:
    return ag.jacobian(lambda p: curve(t, p[0], p[1]))(ag.Tensor([a, b]))


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
@pytest.mark.parametrize("jac", [ag.jacobian(residual), "2-point"], ids=["jacobian", "2-point"])
def test_least_squares(method: str, jac: Any) -> None:
    found = same(
        lambda of: so.least_squares(
            of(residual), X0, jac=of(jac) if callable(jac) else jac, method=method
        )
    )
    np.testing.assert_allclose(found.x, [2.0, 1.3], atol=0.05)


@pytest.mark.parametrize("loss", ["soft_l1", "huber", "cauchy", "arctan"])
def test_robust_losses_and_bounds(loss: str) -> None:
    jac = ag.jacobian(residual)
    same(
        lambda of: so.least_squares(
            of(residual), X0, jac=of(jac), loss=loss, bounds=(0, [3, 3])
        )
    )


def test_curve_fit_and_leastsq() -> None:
    same(lambda of: so.curve_fit(of(curve), T, Y, X0, jac=of(slopes))[0])
    same(lambda of: so.curve_fit(of(curve), T, Y, X0, jac=of(slopes), bounds=(0, 5))[0])
    same(lambda of: so.leastsq(of(residual), X0, Dfun=of(ag.jacobian(residual)))[0])


def system(x: Any) -> Any:
    return ag.stack([x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1.0, 0.5 * (x[1] - x[0]) ** 3 + x[1]])


@pytest.mark.parametrize(
    "method",
    "hybr lm broyden1 broyden2 anderson linearmixing diagbroyden excitingmixing krylov "
    "df-sane".split(),
)
def test_every_method_of_root(method: str) -> None:
    jac = ag.jacobian(system)
    exact = method in ("hybr", "lm")
    same(lambda of: so.root(
        of(system), [0.3, 0.3], method=method, **({"jac": of(jac)} if exact else {})))  # fmt: skip
    same(lambda of: so.fsolve(of(system), [0.3, 0.3], fprime=of(jac)))


def test_roots_of_one_number() -> None:
    f = lambda x: x**3 - 2.0  # noqa: E731
    first, second = ag.grad(f), ag.grad(ag.grad(f))
    for method in ("newton", "halley", "secant", "brentq", "bisect", "ridder", "toms748"):
        bracket = {} if method in ("newton", "halley", "secant") else {"bracket": (0.0, 2.0)}
        slope = {"newton": {"fprime": first}, "halley": {"fprime": first, "fprime2": second}}
        found = so.root_scalar(f, x0=1.0, method=method, **bracket, **slope.get(method, {}))
        assert float(found.root) == pytest.approx(2 ** (1 / 3))
    assert float(so.newton(f, 1.0, fprime=first)) == pytest.approx(2 ** (1 / 3))
    many = so.newton(lambda x: x**3 - ag.Tensor([2.0, 3.0]), np.ones(2), fprime=lambda x: 3 * x**2)
    np.testing.assert_allclose(many, [2 ** (1 / 3), 3 ** (1 / 3)])
    for method in ("brent", "golden", "bounded"):
        kind = {"bounds": (-2.0, 3.0)} if method == "bounded" else {}
        least = so.minimize_scalar(lambda x: (x - 1.0) ** 2, method=method, **kind)
        assert float(least.x) == pytest.approx(1.0, abs=1e-5)


def test_searches_of_the_whole_domain() -> None:
    box = [(-2, 2), (-2, 2)]
    local = {"jac": GRAD, "method": "L-BFGS-B"}
    for of in (lambda f: f, array):
        kwargs = {**local, "jac": of(GRAD)}
        for found in (
            so.basinhopping(of(rosen), X0, niter=2, minimizer_kwargs=kwargs, rng=1),
            so.dual_annealing(of(rosen), box, maxiter=3, minimizer_kwargs=kwargs, rng=1),
            so.differential_evolution(of(rosen), box, maxiter=4, popsize=4, polish=True, rng=1),
            so.shgo(of(rosen), box, n=8, minimizer_kwargs=kwargs, options={"jac": of(GRAD)}),
        ):
            np.testing.assert_allclose(found.x, BEST, atol=0.01)


def test_checks_of_gradients() -> None:
    assert so.check_grad(rosen, GRAD, X0) < 1e-5
    np.testing.assert_allclose(so.approx_fprime(X0, rosen), GRAD(X0), rtol=1e-5)
    line = so.line_search(rosen, GRAD, X0, -GRAD(X0).numpy())
    assert line[0] is not None and line[0] > 0


@pytest.mark.parametrize("method", ["RK45", "Radau", "BDF", "LSODA"])
def test_differential_equations(method: str) -> None:
    def slope(t: Any, y: Any) -> Any:
        return ag.stack([y[1], (1 - y[0] ** 2) * y[1] - y[0]])

    jac = {} if method == "RK45" else {"jac": lambda t, y: ag.jacobian(lambda y: slope(t, y))(y)}
    found = scipy.integrate.solve_ivp(slope, (0, 1.5), [2.0, 0.0], method=method, rtol=1e-8, **jac)
    assert found.success
    want = scipy.integrate.solve_ivp(array(slope), (0, 1.5), [2.0, 0.0], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.y[:, -1], want.y[:, -1], rtol=1e-2)


def test_integrals_interpolation_linear_algebra_and_statistics() -> None:
    assert scipy.integrate.quad(lambda x: ag.sin(x) ** 2, 0, np.pi)[0] == pytest.approx(np.pi / 2)
    assert scipy.integrate.fixed_quad(lambda x: ag.exp(x), 0, 1)[0] == pytest.approx(np.e - 1)
    h, g = HESS(BEST), GRAD(X0)
    H, G = np.array(h.tolist()), np.array(g.tolist())  # noqa: N806
    for f in (
        scipy.linalg.solve, lambda a, b: scipy.linalg.cho_solve(scipy.linalg.cho_factor(a), b),
        lambda a, b: scipy.linalg.eigh(a)[0], lambda a, b: scipy.linalg.lu(a)[2],
        lambda a, b: scipy.linalg.expm(a / 100), lambda a, b: scipy.linalg.lstsq(a, b)[0],
        lambda a, b: scipy.interpolate.interp1d([0.0, 1.0], b)(0.3),
        lambda a, b: scipy.interpolate.CubicSpline([0.0, 1.0], b)(0.3),
        lambda a, b: scipy.stats.describe(a).mean, lambda a, b: scipy.stats.zscore(b),
    ):  # fmt: skip
        np.testing.assert_array_equal(f(h, g), f(H, G))


def test_tables_and_plots() -> None:
    pandas = pytest.importorskip("pandas")
    h, g = HESS(BEST), GRAD(X0)
    H, G = np.array(h.tolist()), np.array(g.tolist())  # noqa: N806
    assert pandas.Series(g).equals(pandas.Series(G))
    assert pandas.DataFrame(h, columns=["a", "b"]).equals(pandas.DataFrame(H, columns=["a", "b"]))
    assert pandas.DataFrame({"a": g, "b": [1, 2]}).equals(pandas.DataFrame({"a": G, "b": [1, 2]}))
    frame = pandas.DataFrame({"a": [1.0, 2.0]})
    frame["g"] = g
    assert frame["g"].tolist() == G.tolist()
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    (line,) = axes.plot(ag.Tensor([0.0, 1.0]), g)
    assert np.asarray(line.get_ydata()).tolist() == G.tolist()
    axes.scatter(g, g)
    axes.hist(g)
    axes.imshow(h)
    pyplot.close(figure)
