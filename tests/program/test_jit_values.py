"""What a jitted function reads besides its arguments, and what Python may ask while recording."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.errors import RecordError
from tests.program.test_jit import X, ready

LEVEL = 2.0


def test_globals_closures_and_attributes_are_watched() -> None:
    global LEVEL
    factor = 3.0
    box = {"k": [1.0, {"deep": 5.0}]}

    class Holder:
        rate = 0.5

    holder = Holder()
    holder.rate = 0.5

    def f(x: Any) -> Any:
        return x * factor + LEVEL - holder.rate + box["k"][0] + box["k"][1]["deep"]  # type: ignore[index,operator]

    j = ag.jit(f)
    x = ag.Tensor(X)

    def agree() -> None:
        np.testing.assert_allclose(ready(j, x).array, np.asarray(f(x).array), rtol=1e-15)
        np.testing.assert_allclose(j(x).array, np.asarray(f(x).array), rtol=1e-15)

    agree()
    LEVEL = 7.0
    agree()
    factor = -1.0
    agree()
    holder.rate = 100.0
    agree()
    box["k"][0] = 9.0  # type: ignore[index]
    agree()
    box["k"][1]["deep"] = -2.0  # type: ignore[index]
    agree()
    LEVEL = 2.0


def test_a_watched_value_that_goes_back_is_noticed_too() -> None:
    state = {"a": 1.0}
    f = ag.jit(lambda x: x * state["a"])
    for a in (1.0, 2.0, 1.0, 3.0, 1.0):
        state["a"] = a
        np.testing.assert_array_equal(ready(f, ag.Tensor(X)).array, X * a)


def test_defaults_are_watched() -> None:
    box = {"k": 2.0}

    def f(x: Any, a: Any = 1.0, *, b: Any = box) -> Any:
        return x * a + b["k"]

    j = ag.jit(f)

    def check(expected: np.ndarray) -> None:
        for _ in range(2):
            np.testing.assert_array_equal(ready(j, ag.Tensor(X)).array, expected)

    check(X + 2)
    box["k"] = 3.0
    check(X + 3)
    f.__kwdefaults__ = {"b": {"k": 4.0}}
    check(X + 4)
    f.__defaults__ = (5.0,)
    check(X * 5 + 4)
    f.__defaults__ = None
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'a'"):
        j(ag.Tensor(X))


def test_captured_arrays_and_tensors_are_read_at_every_run() -> None:
    array, tensor = X.copy(), ag.Tensor(X)
    f = ag.jit(lambda x: x + ag.multiply(array, 2) + tensor)
    ready(f, ag.Tensor(X))
    array[:] = 10.0
    np.testing.assert_array_equal(f(ag.Tensor(X)).array, X + 20 + X)
    tensor.assign(np.ones_like(X))
    np.testing.assert_array_equal(f(ag.Tensor(X)).array, X + 20 + 1)
    with ag.no_grad():
        tensor += 1
    np.testing.assert_array_equal(f(ag.Tensor(X)).array, X + 20 + 2)


def test_an_array_that_numpy_computes_with_is_watched() -> None:
    array, box = X.copy(), {"a": np.arange(3)}
    f = ag.jit(lambda x: x + array * 2 + float(box["a"].sum()))
    for i in range(3):
        array[0, i] = 10.0 * i
        box["a"][i] = 7
        found = ready(f, ag.Tensor(X)).array
        np.testing.assert_allclose(found, X + 2 * array + box["a"].sum(), rtol=1e-15)


def test_captured_array_of_another_layout() -> None:
    array = np.asfortranarray(X)
    f = ag.jit(lambda x: x * array)
    ready(f, ag.Tensor(X))
    array[0, 1] = 50.0
    np.testing.assert_array_equal(f(ag.Tensor(X)).array, X * array)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * 2 if ag.sum(x) > 0 else x,
        lambda x: x * float(ag.sum(x)),
        lambda x: x * int(ag.argmax(x)),
        lambda x: x[x > 0],
        lambda x: x * x.item(0),
        lambda x: x * len([v for v in x.tolist()]),
        lambda x: x + np.array(x).sum(),
        lambda x: x * x.numpy(),
        lambda x: x if 0.5 in x else -x,
        lambda x: [x, x * 2][ag.argmax(x)],
        lambda x: f"{ag.sum(x):.3f}",
        lambda x: x * round(ag.sum(x)),
        lambda x: x * complex(ag.sum(x)).real,
        lambda x: x * np.from_dlpack(x),
    ],
    ids="if float int mask item tolist array numpy in index format round complex dlpack".split(),
)
def test_contents_asked_for_while_recording(f: Any) -> None:
    with pytest.raises(RecordError, match=r"received|Expected|expected"):
        ag.jit(f)(ag.Tensor(X))
    # the failed recording leaves nothing behind
    y = ag.jit(lambda x: ag.sum(x))(ag.Tensor(X))
    assert float(y) == X.sum()


def test_shapes_and_dtypes_may_decide() -> None:
    f = ag.jit(lambda x: x * 2 if x.ndim > 1 and x.dtype == np.float64 else x + len(x))
    np.testing.assert_array_equal(ready(f, ag.Tensor(X)).array, X * 2)
    np.testing.assert_array_equal(ready(f, ag.Tensor(X[0])).array, X[0] + 3)


def test_what_follows_from_no_argument_may_be_looked_at() -> None:
    scale = ag.Tensor([2.0, 3.0])
    f = ag.jit(
        lambda x: x * ag.ones(int(ag.astype(ag.Tensor(len(x)), "int32") + 2)).sum()
        * float((scale * 2).sum())
    )  # fmt: skip
    np.testing.assert_array_equal(ready(f, ag.Tensor(X[0])).array, X[0] * (len(X[0]) + 2) * 10)
    scale.assign(ag.Tensor([1.0, 0.5]))
    np.testing.assert_array_equal(f(ag.Tensor(X[0])).array, X[0] * (len(X[0]) + 2) * 3)


WEIGHT, DRAWS = ag.Tensor([1.0], requires_grad=True), ag.random.Generator(0)


@pytest.mark.parametrize(
    "f", [lambda x: x * float((WEIGHT * 2).sum()), lambda x: x * float(DRAWS.normal(()) * 2)],
    ids=["a weight", "a draw"],
)  # fmt: skip
def test_what_follows_from_states_may_not(f: Any) -> None:
    with pytest.raises(RecordError, match="changes with every call"):
        ag.jit(f)(ag.Tensor(X))
