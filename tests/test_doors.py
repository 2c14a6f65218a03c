"""Every door by which a tensor's contents leave the tape: the right derivative, or an error.

A table of doors, each a function of a vector with a known slope that takes its argument through
the door, is held against every way of asking for a derivative.
"""

from __future__ import annotations

import array
import cmath
import copy
import io
import math
import pickle
import statistics
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import GradientError
from autograd_nn.engine.node import Leaf

POINT = np.array([1.5, 2.5, 0.5])

# Doors that want one number: shut while a transform (or a training step) takes a derivative.
NUMBERS: dict[str, Callable[[Any], Any]] = {
    "float": lambda x: float(x[0]) * x[0],
    "int": lambda x: int(x[0] * 2) * x[0],
    "complex": lambda x: complex(x[0]).real * x[0],
    "round": lambda x: round(x[0] * 3) * x[0],
    "round to digits": lambda x: round(x[0], 2) * x[0],
    "math.sin": lambda x: math.sin(x[0]) * x[0],
    "math.pow": lambda x: math.pow(x[0], 2) * x[0],
    "math.hypot": lambda x: math.hypot(x[0], x[1]) * x[0],
    "math.fsum": lambda x: math.fsum(x) * x[0],
    "math.dist": lambda x: math.dist(x, [0.0, 0.0, 0.0]) * x[0],
    "math.floor": lambda x: math.floor(x[0] * 1.1) * x[0],
    "math.isclose": lambda x: x[0] * (2.0 if math.isclose(x[0], 1.5, abs_tol=0.1) else 1.0),
    "cmath.exp": lambda x: cmath.exp(x[0]).real * x[0],
    "array.array": lambda x: array.array("d", x)[0] * x[0],
    "statistics.fmean": lambda x: statistics.fmean(x) * x[0],
    "statistics.mean": lambda x: statistics.mean([float(v) for v in x]) * x[0],
    "sorted by float": lambda x: sorted(x, key=float)[0] * x[0],
    "np.float64": lambda x: np.float64(x[0]) * x[0],
    "np.fromiter": lambda x: (np.fromiter(x, float) * x).sum(),
    "the result itself": lambda x: float((x * x).sum()),
    "int of a sum": lambda x: ag.Tensor(float(int(x.sum() * 2))) * x[0],
    "divmod": lambda x: x[0] * divmod(float(x[1]), 1.0)[1],
    "np.save": lambda x: _saved(x).sum() * x[0],
    "a metric": lambda x: ag.nn.metrics.Mean(dtype="float64")(x * x) * x[0],
    "float after an assignment": lambda x: _assigned(x * 1.0),
    "float within an inner transform": lambda x: ag.grad(lambda y: y * float(x[0]))(2.0) * x[0],
    "assign": lambda x: ag.zeros((), "float64").assign(x[0] * x[0]) * x[0],
}
# Doors that want an array: shut wherever a derivative may still be asked for.
ARRAYS: dict[str, Callable[[Any], Any]] = {
    "np.array": lambda x: (np.array(x) * x).sum(),
    "np.asarray": lambda x: (np.asarray(x) * x).sum(),
    "np.asarray of float32": lambda x: (np.asarray(x, "float32") * x).sum(),
    "np.array of a list": lambda x: (np.array([x, 2 * x]) * x).sum(),
    "np.array of numbers": lambda x: (np.array([x[0], x[1]]) * x[:2]).sum(),
    "np.array of a nest": lambda x: (np.array([[x[0], 1.0], [x[1], 2.0]]) * x[0]).sum(),
    "np.asarray of a deque": lambda x: (np.asarray(deque([x[0], x[1]])) * x[:2]).sum(),
    "np.r_": lambda x: ag.as_tensor(np.r_[x, x]).sum() * x[0],
    "np.c_": lambda x: ag.as_tensor(np.c_[x, x]).sum() * x[0],
    "np.append": lambda x: ag.as_tensor(np.append([x[0]], [x[1]])).sum() * x[0],
    "np.linalg.norm of a list": lambda x: np.linalg.norm([x[0], x[1]]) * x[0],
    "np.sum of a list": lambda x: np.sum([x[0], x[1]]) * x[0],
    "np.mean of a list": lambda x: np.mean([x[0], x[1]]) * x[0],
    "np.sin of a list": lambda x: (np.sin([x[0], x[1]]) * x[0]).sum(),
    "np.full": lambda x: (np.full(3, x[0]) * x).sum(),
    "np.vectorize": lambda x: (np.vectorize(lambda v: v * v)(x) * x).sum(),
    "np.random": lambda x: np.random.default_rng(0).normal(x[0]) * x[0],
    "np.poly1d": lambda x: np.poly1d([1.0, x[0]])(2.0) * x[0],
    "np.testing": lambda x: x[0] * (np.testing.assert_allclose(x, x) is None),
    "writing into an array": lambda x: _written(x[0]) * x[0],
    "writing a row into an array": lambda x: (_written(x) * x).sum(),
    "dlpack": lambda x: (np.from_dlpack(x) * x).sum(),
    "pickle": lambda x: (pickle.loads(pickle.dumps(x * 1.0)) * x).sum(),
    "pickle in a dict": lambda x: (pickle.loads(pickle.dumps({"a": x * 1.0}))["a"] * x).sum(),
    "memoryview": lambda x: (np.asarray(memoryview(np.asarray(x))) * x).sum(),
    "a named tuple of tensors": lambda x: (ag.as_tensor(_Pair(x[0], x[1])) * x[:2]).sum(),
    "np.bincount": lambda x: ag.as_tensor(np.bincount([0, 1, 1], weights=x)).sum() * x[0],
    "np.histogram": lambda x: ag.as_tensor(np.histogram(x)[1]).sum() * x[0],
    "np.full_like": lambda x: (np.full_like(np.zeros(3), x[0]) * x).sum(),
    "np.copyto": lambda x: (_copied(x) * x).sum(),
    "np.interp": lambda x: np.interp(x[0], [0.0, 1.0, 2.0], [0.0, 1.0, 4.0]) * x[0],
    "ag.quantile's q": lambda x: ag.quantile(ag.Tensor([1.0, 5.0, 7.0]), x[2] * 0.7) * x[0],
    "scipy.linalg": lambda x: _scipy().linalg.norm(x) * x[0],
    "scipy.integrate": lambda x: _scipy().integrate.simpson([x[0], x[1], x[2]]) * x[0],
    "scipy.interpolate": lambda x: _scipy().interpolate.CubicSpline([0, 1, 2], x)(0.5) * x[0],
    "scipy.signal": lambda x: _scipy().signal.convolve(x, x).sum() * x[0],
    "scipy.stats": lambda x: _scipy().stats.norm.pdf(x).sum() * x[0],
    "scipy.fft": lambda x: _scipy().fft.dct(x).sum() * x[0],
    "pandas": lambda x: (_pandas().Series(x).to_numpy() * x).sum(),
    "pandas of a dict": lambda x: (_pandas().DataFrame({"a": x}).to_numpy()[:, 0] * x).sum(),
    "predict": lambda x: _model().predict(x.reshape(1, 3), verbose=0).sum() * x[0],
}
# What stays on the tape by itself.
STAYING: dict[str, Callable[[Any], Any]] = {
    "ag.Tensor": lambda x: (ag.Tensor(x) * x).sum(),
    "ag.Tensor of a list": lambda x: (ag.Tensor([x[0], x[1]]) * x[:2]).sum(),
    "ag.Tensor of a nest": lambda x: (ag.Tensor([[x[0], 2.0], [1.0, x[1]]]) * x[0]).sum(),
    "ag.Tensor of a tuple and dtype": lambda x: (ag.Tensor((x[0], x[1]), "float64") * x[0]).sum(),
    "ag.Tensor without a copy": lambda x: (ag.Tensor(x * 1.0, copy=False) * x).sum(),
    "ag.tensor": lambda x: (ag.tensor(x) * x).sum(),
    "ag.as_tensor": lambda x: (ag.as_tensor([x[0], 2.0, x[1]]) * x).sum(),
    "ops on lists": lambda x: ag.sum([x[0], x[1]]) * x[0] + ag.norm([x[1], x[2]]),
    "operators on lists": lambda x: (x[:2] * [x[1], x[0]]).sum(),
    "copy.copy": lambda x: (copy.copy(x) * x).sum(),
    "copy.copy of a result": lambda x: (copy.copy(x * 2.0) * x).sum(),
    "copy.deepcopy": lambda x: (copy.deepcopy(x * 1.0) * x).sum(),
    "copy.deepcopy of a nest": lambda x: copy.deepcopy({"a": [x * 1.0]})["a"][0].sum() * x[0],
    "x.copy": lambda x: (x.copy() * x).sum(),
    "ag.full": lambda x: (ag.full(3, x[0]) * x).sum(),
    "ag.full of a row": lambda x: (ag.full((2, 3), x) * x).sum(),
    "ag.full of a list": lambda x: (ag.full((2, 2), [x[0], x[1]]) * x[0]).sum(),
    "ag.full and dtype": lambda x: (ag.full(3, x[0], dtype="float64") * x).sum(),
    "ag.linspace": lambda x: (ag.linspace(x[0], x[1], 4) ** 2).sum(),
    "ag.linspace to a number": lambda x: (ag.linspace(0.0, x[1], 4) ** 2).sum(),
    "ag.linspace without its end": lambda x: ag.linspace(x[0], x[1], 4, endpoint=False).prod(),
    "ag.linspace of one": lambda x: ag.linspace(x[0], x[1], 1).sum() * x[0],
    "ag.arange": lambda x: (ag.arange(x[0], 4.7, x[2]) ** 2).sum(),
    "ag.arange to a tensor": lambda x: (ag.arange(x[1] + 0.2) * x[0]).sum(),
    "ag.pad": lambda x: (ag.pad(x, 1, constant_values=x[0]) ** 2).sum(),
    "ag.clip": lambda x: (ag.clip(x, x[2] * 1.5, x[0] * 1.2) ** 2).sum(),
    "ag.where": lambda x: ag.where(x > 1.0, x[0], 2.0).sum() * x[0],
    "ag.stack": lambda x: (ag.stack([x[0], 1.0, x[1]]) ** 2).sum(),
    "builtin sum": lambda x: sum(v * v for v in x) + sum([x[0], x[1]]) * x[0],
    "builtin max": lambda x: max(x[0], x[1]) * min(x[1], x[2]),
    "sorted": lambda x: sorted([x[0], x[1], x[2]])[0] * x[0],
    "abs, pow, divmod's parts": lambda x: abs(x[0]) * pow(x[1], 2) + x[0] // 1.0 + x[1] % 1.0,
    "comparison": lambda x: x[0] * x[0] if x[0] > 1.0 and bool(x[1]) else x[0],
    "x.round": lambda x: ((x * 1.13).round() * x).sum() + ((x * 1.13).round(1) * x).sum(),
    "ag.round": lambda x: (ag.round(x * 1.23, 1) * x).sum() + (ag.round(x * 8.1, -1) * x).sum(),
    "astype to whole numbers": lambda x: ((x * 1.3).astype(int).astype(float) * x).sum(),
    "normal draws": lambda x: _draws().normal((2,), x[0], x[1], dtype="float64").sum() * x[0],
    "uniform draws": lambda x: _draws().uniform((2,), x[0], x[1], dtype="float64").sum() * x[0],
    "uniform from zero": lambda x: _draws().uniform((2,), x[0] - 1.5, 1.0, "float64").sum(),
    "exponential draws": lambda x: _draws().exponential((2,), x[0], dtype="float64").sum(),
    "object arrays": lambda x: np.frompyfunc(lambda v: v * v, 1, 1)(2.0) * x[0],
}
# Doors that the user opens by name: the derivative ends there, and nothing is said.
OPENED: dict[str, Callable[[Any], Any]] = {
    "detach": lambda x: x.detach(),
    "stop_gradient": lambda x: ag.stop_gradient(x),
    "numpy": lambda x: x.numpy(),
    "tolist": lambda x: x.tolist(),
    "item": lambda x: [v.item() for v in x],
    "data": lambda x: x.data,
    "no_grad": lambda x: ag.no_grad()(np.asarray)(x),
    "no_grad and float": lambda x: ag.no_grad()(lambda: [float(v) for v in x])(),
}


class _Pair(tuple):
    def __new__(cls, *values: Any) -> _Pair:
        return super().__new__(cls, values)


def _scipy() -> Any:
    import scipy.fft
    import scipy.integrate
    import scipy.interpolate
    import scipy.linalg
    import scipy.signal
    import scipy.stats

    return scipy


def _assigned(x: Any) -> Any:
    x[1] = 3.0
    return float(x[0]) * x[0]


def _pandas() -> Any:
    return pytest.importorskip("pandas")


def _written(value: Any) -> np.ndarray:
    target = np.zeros(np.shape(value))
    target[...] = value
    return target


def _copied(value: Any) -> np.ndarray:
    target = np.zeros(3)
    np.copyto(target, value)
    return target


def _saved(value: Any) -> np.ndarray:
    file = io.BytesIO()
    np.save(file, value)
    file.seek(0)
    return np.load(file)


def _draws() -> Any:
    return ag.random.Generator(3)


_models: list[Any] = []


def _model() -> Any:
    if not _models:
        _models.append(ag.nn.Sequential([ag.nn.Dense(1, dtype="float64")]))
        _models[0].build((None, 3))
    return _models[0]


def at(f: Callable[[Any], Any], x: np.ndarray) -> float:
    """f's value at plain numbers, where every door is open."""
    return float(np.asarray(f(ag.Tensor(x))))


def slopes(f: Callable[[Any], Any], h: float = 1e-5) -> np.ndarray:
    steps = h * np.eye(3)
    return np.array([(at(f, POINT + e) - at(f, POINT - e)) / (2 * h) for e in steps])


def curvature(f: Callable[[Any], Any], h: float = 1e-3) -> np.ndarray:
    steps = h * np.eye(3)
    return np.array(
        [
            [
                (at(f, POINT + a + b) - at(f, POINT + a - b) - at(f, POINT - a + b)
                 + at(f, POINT - a - b)) / (4 * h * h)
                for b in steps
            ]
            for a in steps
        ]
    )  # fmt: skip


def by_jvp(f: Callable[[Any], Any]) -> list[float]:
    pushed = [ag.jvp(f, (ag.Tensor(POINT),), (ag.Tensor(e),))[1] for e in np.eye(3)]
    return [t.item() for t in pushed]


def by_backward(f: Callable[[Any], Any]) -> Any:
    w = ag.Tensor(POINT, requires_grad=True)
    f(w).backward()
    return w.grad.numpy()


def by_computed(f: Callable[[Any], Any]) -> Any:
    """The door is met by what was computed from the leaf, with the graph of the first walk kept."""
    w = ag.Tensor(POINT, requires_grad=True)
    f(w * 1.0).backward(create_graph=True)
    return w.grad.detach().numpy()


FIRST: dict[str, Callable[..., Any]] = {
    "grad": lambda f: ag.grad(f)(ag.Tensor(POINT)).numpy(),
    "value_and_grad": lambda f: ag.value_and_grad(f)(POINT)[1].numpy(),
    "vjp": lambda f: ag.vjp(f, POINT)[1](1.0)[0].numpy(),
    "jacobian": lambda f: ag.jacobian(f)(POINT).numpy(),
    "jacobian forward": lambda f: ag.jacobian(f, forward=True)(POINT).numpy(),
    "jvp": by_jvp,
    "grad of a leaf": lambda f: ag.grad(f)(ag.Tensor(POINT, requires_grad=True)).detach().numpy(),
    "no_grad around": lambda f: ag.no_grad()(ag.grad(f))(POINT).numpy(),
}
SECOND: dict[str, Callable[..., Any]] = {
    "hessian": lambda f: ag.hessian(f)(POINT).numpy(),
    "jacobian of grad": lambda f: ag.jacobian(ag.grad(f), forward=True)(POINT).numpy(),
}
LEAVES = {"backward": by_backward, "backward of a result": by_computed}


def right_or_refused(f: Callable[[Any], Any], take: Callable[..., Any], true: Any) -> bool:
    """Whether it was refused with the cure; a derivative that is given must be the right one."""
    try:
        found = take(f)
    except GradientError as error:
        words = str(error)
        assert "ag.stack" in words and "x.detach()" in words and "x.item()" in words
        return True
    except TypeError:  # Python's or NumPy's own: not what the function takes, nothing lost
        return True
    except ValueError as error:  # NumPy's own words around ours
        assert isinstance(error.__cause__ or error.__context__, GradientError)
        return True
    np.testing.assert_allclose(np.asarray(found), true, rtol=1e-4, atol=1e-5)
    return False


@pytest.mark.parametrize("door", NUMBERS | ARRAYS | STAYING)
def test_under_a_transform_no_derivative_is_lost(door: str) -> None:
    f = (NUMBERS | ARRAYS | STAYING)[door]
    first, second = slopes(f), curvature(f)
    refused = [right_or_refused(f, take, first) for take in FIRST.values()]
    refused += [right_or_refused(f, take, second) for take in SECOND.values()]
    assert any(refused) == all(refused)
    assert door not in STAYING or not any(refused)


@pytest.mark.parametrize("door", ARRAYS | STAYING)
def test_of_a_leaf_no_derivative_is_lost_to_an_array(door: str) -> None:
    f = (ARRAYS | STAYING)[door]
    true = slopes(f)
    for take in LEAVES.values():
        assert not right_or_refused(f, take, true) or door not in STAYING


@pytest.mark.parametrize("door", NUMBERS | ARRAYS | STAYING)
def test_without_a_derivative_every_door_is_open(door: str) -> None:
    f = (NUMBERS | ARRAYS | STAYING)[door]
    value = at(f, POINT)
    w = ag.Tensor(POINT, requires_grad=True)
    with ag.no_grad():
        assert float(np.asarray(f(w))) == value
    y = w * 1.0
    y.sum().backward()  # releases the tape behind y
    assert float(np.asarray(f(y))) == value
    aux = ag.grad(lambda x: ((x * x).sum(), x * 1.0), has_aux=True)(POINT)[1]
    assert float(np.asarray(f(aux))) == value


@pytest.mark.parametrize("door", OPENED)
def test_doors_opened_by_name_are_silent(door: str) -> None:
    way = OPENED[door]
    for take in FIRST.values():
        assert np.allclose(take(lambda x: (x * ag.as_tensor(way(x))).sum()), POINT)
    for take in LEAVES.values():
        assert np.allclose(take(lambda x: (x * ag.as_tensor(way(x))).sum()), POINT)


# ---- reading a loss, and training -------------------------------------------------------------


def test_reading_a_loss_goes_on_working() -> None:
    w, losses, best = ag.Tensor(POINT, requires_grad=True), [], math.inf
    for _ in range(3):
        loss = (w * w).sum()
        texts = [f"{loss:.3f}", f"{float(loss):.3f}", repr(loss), str(loss)]
        assert len(set(texts[:2])) == 1
        before = float(loss)
        loss.backward()
        losses.append(float(loss))
        assert before == losses[-1] == round(loss, 9) == np.asarray(loss) == complex(loss)
        if loss < best:
            best = loss
        with ag.no_grad():
            w -= 0.1 * w.grad
        w.zero_grad()
    assert losses == sorted(losses, reverse=True) and best.item() == losses[-1]
    assert pickle.loads(pickle.dumps(w)).requires_grad  # a leaf is saved as it is
    twin = copy.deepcopy(w)
    (twin * twin).sum().backward()
    assert w.grad is None and twin.grad is not None  # a model's copy learns by itself


def test_a_model_s_result_is_read_between_steps_but_not_within_one() -> None:
    model = ag.nn.Sequential([ag.nn.Dense(1, dtype="float64")])
    X = np.eye(3)
    assert np.asarray(model(X)).shape == (3, 1) and float(model(X)[0, 0]) is not None
    assert np.array(model.layers[0].weights[0]).shape == (3, 1)
    (copy.copy(model(X)) * 2.0).sum().backward()
    assert all(v.grad is not None for v in model.trainable_weights)

    def lossy(y: Any, p: Any) -> Any:
        return ag.mean(p * np.mean(np.asarray(p)))

    def reading(y: Any, p: Any) -> Any:
        return ag.mean(p * float(p.mean()))

    for loss in (lossy, reading):
        model.compile("sgd", loss, jit_compile=False)
        with pytest.raises(GradientError, match="detach"):
            model.fit(X, np.ones((3, 1)), verbose=0)
    assert np.asarray(model(X)).shape == (3, 1)  # the step that failed has ended


def test_new_leaves_are_refused_within_a_transform_alone() -> None:
    for make in (
        lambda x: ag.Tensor(x, requires_grad=True),
        lambda x: ag.tensor([x[0], 1.0], requires_grad=True),
        lambda x: ag.nn.Variable(x),
        lambda x: ag.nn.Variable([x[0], x[1]], trainable=False),
    ):
        with pytest.raises(GradientError, match="detach"):
            ag.grad(lambda x, make=make: make(x).sum() * x[0])(POINT)
        w = ag.Tensor(POINT, requires_grad=True)
        y = make(w)
        assert y.node is None or isinstance(y.node, Leaf)


def test_a_thread_started_by_a_transform_s_function_finds_the_doors_shut() -> None:
    from concurrent.futures import ThreadPoolExecutor

    def f(x: Any) -> Any:
        with ThreadPoolExecutor(1) as pool:
            return x[0] * pool.submit(float, x[1]).result()

    with pytest.raises(GradientError, match="float"):
        ag.grad(f)(POINT)


def test_an_error_within_a_transform_opens_the_doors_again() -> None:
    from autograd_nn.engine import doors

    kept: list[Any] = []

    def f(x: Any) -> Any:
        kept.append(x * 2.0)
        raise KeyError("stop")

    with pytest.raises(KeyError):
        ag.grad(f)(POINT)
    assert not doors.running and float(kept[0][0]) == 3.0


@pytest.mark.parametrize("door", STAYING)
def test_a_recording_keeps_what_stays_on_the_tape(door: str) -> None:
    f = STAYING[door]
    looking = ("comparison", "ag.arange", "ag.arange to a tensor", "builtin max", "sorted")
    if door in looking or "draws" in door or door == "uniform from zero":
        return  # these look at a value, which is refused; a generator goes on from run to run
    jitted = ag.jit(lambda x: f(x))
    for point in (POINT, POINT + 0.25, POINT + 0.125):
        x = ag.Tensor(point)
        np.testing.assert_allclose(jitted(x).numpy(), np.asarray(f(x)), rtol=1e-12)


# ---- rules of the user's own ------------------------------------------------------------------


def _op(vjp: Any, **options: Any) -> Any:
    return ag.custom_op(vjp=vjp, **options)(lambda x: x**3)


ARRAY_RULES = {
    "an array": lambda g, y, x: 3 * np.square(x.numpy()) * g.numpy(),
    "a number": lambda g, y, x: 3.0 * x.item() ** 2 * g.item(),
    "an array in a tuple": lambda g, y, x: (3 * x.detach().numpy() ** 2 * g.numpy(),),
    "array of its contents": lambda g, y, x: 3 * x.array**2 * g.array,
}


@pytest.mark.parametrize("name", ARRAY_RULES)
def test_a_rule_that_answers_with_an_array_serves_the_first_order_alone(name: str) -> None:
    cube = _op(ARRAY_RULES[name])
    assert ag.grad(cube)(2.0).item() == 12.0  # nothing follows it: the numbers are right
    for second in (
        lambda: ag.grad(ag.grad(cube))(2.0),
        lambda: ag.hessian(cube)(2.0),
        lambda: ag.jvp(ag.grad(cube), (2.0,), (1.0,)),
        lambda: ag.jvp(cube, (2.0,), (1.0,)),  # the transpose of the rule
        lambda: cube(ag.Tensor(2.0, requires_grad=True)).backward(create_graph=True),
    ):
        with pytest.raises(GradientError, match="once=True"):
            second()
    jitted = ag.jit(ag.grad(cube))
    with pytest.raises((GradientError, ag.RecordError)):
        jitted(ag.Tensor(2.0))


def test_a_forward_rule_that_answers_with_an_array() -> None:
    cube = _op(lambda g, y, x: g * 3 * x**2, jvp=lambda t, y, x: 3 * x.numpy() ** 2 * t.numpy())
    assert ag.jvp(cube, (2.0,), (1.0,))[1].item() == 12.0
    with pytest.raises(GradientError, match="once=True"):
        ag.grad(lambda x: ag.jvp(cube, (x,), (1.0,))[1])(2.0)


def test_a_parameter_of_an_own_op_is_a_constant() -> None:
    @ag.custom_op(vjp=lambda g, y, x, k: g * k)
    def scaled(x: Any, *, k: Any) -> Any:
        return x * np.asarray(k)

    assert ag.grad(lambda x: scaled(x, k=3.0))(2.0).item() == 3.0
    with pytest.raises(GradientError, match="'k'"):
        ag.grad(lambda x: scaled(x, k=x))(2.0)
    w = ag.Tensor(2.0, requires_grad=True)
    with pytest.raises(GradientError, match="'k'"):
        scaled(1.0, k=w)
    assert scaled(1.0, k=w.detach()).item() == 2.0


def test_a_partial_that_answers_with_an_array() -> None:
    from autograd_nn.engine.declare import elementwise
    from autograd_nn.engine.op import REGISTRY

    try:
        cube = elementwise(lambda y, x: 3 * np.square(x.numpy()), numpy=lambda x: x**3, name="_c3")(
            lambda x: x * x * x
        )
    finally:
        REGISTRY.pop("_c3", None)
    assert ag.grad(cube)(2.0).item() == 12.0
    with pytest.raises(GradientError, match="Tensor"):
        ag.grad(ag.grad(cube))(2.0)
