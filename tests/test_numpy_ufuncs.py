"""Every ufunc of NumPy, each of its methods, every keyword; and ufuncs of other people's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special

import autograd_nn as ag
from autograd_nn.engine.numpy_protocol import SPECIAL
from tests.test_numpy_everything import assert_same, compare, outcome, refused, sample, tensors

UFUNCS = {n: getattr(np, n) for n in dir(np) if isinstance(getattr(np, n), np.ufunc)}
SHAPES: list[tuple[int, ...]] = [(), (4,), (2, 3)]
CALLS: dict[str, list[dict[str, Any]]] = {
    "__call__": [
        {}, {"dtype": None}, {"dtype": "float32"}, {"where": True}, {"casting": "same_kind"},
        {"order": "C"}, {"out": None}, {"axis": 0}, {"axis": None},
    ],  # (where= with a mask leaves what it skips undefined)
    "reduce": [
        {}, {"axis": None}, {"axis": 1}, {"axis": -1}, {"axis": (0, 1)}, {"axis": ()}, {"axis": 5},
        {"keepdims": True}, {"keepdims": True, "axis": None}, {"initial": 1.5}, {"initial": None},
        {"dtype": "float32"}, {"where": True}, {"where": np.array([True, False, True])},
        {"out": None}, {"axis": True}, {"axis": 0.5},
    ],
    "accumulate": [{}, {"axis": 0}, {"axis": 1}, {"axis": -1}, {"axis": None}, {"axis": 5}],
    "outer": [{}, {"dtype": "float32"}],
    "reduceat": [{}, {"axis": 1}],
    "at": [{}],
}  # fmt: skip


@pytest.mark.parametrize("name", UFUNCS)
def test_ufunc(name: str) -> None:
    ufunc, problems = UFUNCS[name], []
    for method, keywords in CALLS.items():
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        for shape in SHAPES:
            xs = [sample(shape, i + 1) for i in range(ufunc.nin)]
            if method in ("reduce", "accumulate"):
                xs = xs[:1]
            elif method in ("reduceat", "at"):
                xs = [xs[0], np.array([0]), *(xs[1:] if method == "at" else [])]
            for kwargs in keywords:
                problems += compare(f"{name}.{method}", function, xs, kwargs)[1]
    assert not problems, f"{len(problems)} calls differ:\n" + "\n".join(problems[:20])


@pytest.mark.parametrize("name", UFUNCS)
def test_other_dtypes(name: str) -> None:
    """Without a derivative the dtypes are NumPy's, for integers, booleans and halves as well."""
    ufunc = UFUNCS[name]
    for dtype in "?bhilBHILefd":
        xs = [np.array([1, 0, 3, 2], dtype)[: None if i else 4] for i in range(ufunc.nin)]
        want, failed = outcome(lambda: ufunc(*xs))  # noqa: B023
        found, error = outcome(lambda: ufunc(*map(ag.Tensor, xs)))  # noqa: B023
        if failed is None:
            assert error is None, f"{name} of {dtype}: {error!r}"
            assert_same(found, want, True, f"{name} of {dtype}")
        else:
            assert isinstance(error, type(failed) | TypeError), f"{name} of {dtype}: {error!r}"


NAMES = "relu square sigmoid softplus sin add exp negative cbrt erf expit gamma psi".split()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("arity", [1, 2])
def test_somebody_elses_ufunc_is_no_op_of_ours(name: str, arity: int) -> None:
    def body(*xs: Any) -> Any:
        return 3.0 * xs[0]

    body.__name__ = name
    ufunc = np.frompyfunc(body, arity, 1)
    assert ufunc.__name__ == f"{name} (vectorized)" or ufunc.__name__ == name
    xs = [np.array([1.5, -2.0])] * arity
    assert np.asarray(ufunc(*tensors(xs)), dtype=float).tolist() == [4.5, -6.0]
    with pytest.raises(TypeError, match="no differentiable op"):
        ufunc(*tensors(xs, requires_grad=True))


def test_a_compiled_ufunc_named_as_an_op() -> None:
    numba = pytest.importorskip("numba")

    def square(x: float) -> float:
        return 3.0 * x

    ufunc = numba.vectorize(["float64(float64)"])(square)
    x = np.array([1.5, -2.0])
    assert np.asarray(ufunc(ag.Tensor(x))).tolist() == [4.5, -6.0]
    with pytest.raises(TypeError, match="no differentiable op"):
        ag.grad(lambda x: ufunc(x).sum())(ag.Tensor(x))
    assert np.asarray(np.square(ag.Tensor(x))).tolist() == [2.25, 4.0]


OTHERS = "j0 y1 zetac xlogy entr logit log_expit erfcx i0 ellipk betaln gammainc hyp1f1".split()


@pytest.mark.parametrize("name", [*SPECIAL, *OTHERS])
def test_special_functions_of_scipy(name: str) -> None:
    """Some are ops; the others are refused on the tape, and SciPy's own off it."""
    ufunc = getattr(scipy.special, name)
    xs = [np.array([0.7, 0.3, 0.55]), np.array([0.4, 0.6, 0.8]), np.array([0.1, 0.2, 0.3])]
    xs = xs[: ufunc.nin]
    want = ufunc(*xs)
    assert_same(ufunc(*tensors(xs)), want, True, name)
    narrow = [x.astype("float32") for x in xs]
    assert_same(ufunc(*tensors(narrow)), ufunc(*narrow), True, name)
    taped, error = outcome(lambda: ufunc(*tensors(xs, requires_grad=True)))
    if name in SPECIAL:
        assert isinstance(taped, ag.Tensor) and taped.requires_grad
        assert_same(taped, want, False, name)
    else:
        assert error is not None and refused(error), f"{name}: {error!r}"


def test_nothing_of_scipy_is_imported_for_it() -> None:
    import subprocess
    import sys

    code = (
        "import sys, numpy as np, autograd_nn as ag\n"
        "np.sin(ag.Tensor(1.0)); np.mean(ag.Tensor([1.0]))\n"
        "np.frompyfunc(abs, 1, 1)(ag.Tensor(1.0))\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('scipy', 'numba')])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
