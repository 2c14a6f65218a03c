"""Tables whose gradient is scattered are updated in the rows that have one, and end as they would
op by op; where an update moves other rows too, they are updated whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import RangeError
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.program.make import target
from autograd_nn.nn import optimizers

ROWS, WIDTH = 40, 3
INDICES = [np.array(i) for i in ([[3, 7, 3], [39, -1, 0]], [[5, 5, 5], [5, -35, 5]])]

Loss = Callable[[list[Any], Any], Any]


def one(tables: list[Any], i: Any) -> Any:
    return ag.sum(ag.take(tables[0], i, axis=0) ** 2)


def shared(tables: list[Any], i: Any) -> Any:
    return ag.sum(tables[0][i] * tables[0][i[::-1]]) + ag.sum(tables[0][i[0]])


def several(tables: list[Any], i: Any) -> Any:
    return ag.sum(tables[0][i] * ag.sin(tables[1][i + 1 - 2 * (i > 5)]))


def projection(tables: list[Any], i: Any) -> Any:
    return ag.sum(ag.sin(tables[0][i] @ tables[0].T))


def parts(tables: list[Any], i: Any) -> Any:
    return ag.sum(tables[0][i, 1] ** 2)


class Run:
    """A step of an optimizer as a function, natively or op by op."""

    def __init__(
        self, optimizer: Callable[[], Any], loss: Loss = one, count: int = 1,
        shape: tuple[int, ...] = (ROWS, WIDTH), dtype: str = "float64",
    ) -> None:  # fmt: skip
        rng = np.random.default_rng(0)
        self.tables = [nn.Variable(rng.normal(size=shape).astype(dtype)) for _ in range(count)]
        self.optimizer = optimizer()
        self.optimizer.build(self.tables)
        self.loss = loss

    def step(self, i: Any) -> Any:
        value, grads = ag.value_and_grad(lambda ts: self.loss(ts, i))(self.tables)
        self.optimizer.apply(list(grads), self.tables)
        return value

    def contents(self) -> list[np.ndarray]:
        return [v.numpy().copy() for v in (*self.tables, *self.optimizer.variables)]


def native(step: Callable[..., Any], i: np.ndarray = INDICES[0]) -> Any:
    """The program of a function of indices, after its recorded first run."""
    _, graph, _ = record(step, [ag.Tensor(i)])
    program = target().make(graph)
    assert program.ready(wait=True) and not program.failed, "every kernel is to compile"
    assert all(map(program.is_native, program.plan.steps))
    return program


def agree(*args: Any, **options: Any) -> tuple[bool, list[tuple[np.ndarray, np.ndarray]]]:
    """Steps end alike both ways; whether a program had rows of its own, and what was found."""
    eager, replayed = Run(*args, **options), Run(*args, **options)
    program, found = native(replayed.step), []
    eager.step(ag.Tensor(INDICES[0]))
    for i in (*INDICES[1:], *INDICES):
        eager.step(ag.Tensor(i))
        program.run([i])
        found += list(zip(replayed.contents(), eager.contents(), strict=True))
    for a, b in found:
        assert a.dtype == b.dtype
        tiny = 1e-6 if a.dtype == np.float32 else 1e-13
        np.testing.assert_allclose(a, b, rtol=tiny, atol=tiny)
    return "distinct" in str(program), found


SPARSE: dict[str, Callable[[], Any]] = {
    "plain": lambda: optimizers.SGD(0.1),
    "scheduled": lambda: optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)),
    "clipvalue": lambda: optimizers.SGD(0.1, clipvalue=0.05),
    "clipnorm": lambda: optimizers.SGD(0.1, clipnorm=0.2),
    "global_clipnorm": lambda: optimizers.SGD(0.1, global_clipnorm=0.2),
    "adagrad": lambda: optimizers.Adagrad(0.1),
    "lazy adam": lambda: optimizers.Adam(0.1, lazy=True),
    "lazy amsgrad": lambda: optimizers.Adam(0.1, amsgrad=True, lazy=True, clipnorm=0.5),
    "lazy momentum": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True, lazy=True),
    "lazy decay": lambda: optimizers.AdamW(0.1, lazy=True),
    "lazy rmsprop": lambda: optimizers.RMSprop(0.1, centered=True, lazy=True),
    "scaled": lambda: optimizers.LossScaleOptimizer(optimizers.SGD(0.1), dynamic_growth_steps=2),
}
DENSE: dict[str, Callable[[], Any]] = {
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "adam": lambda: optimizers.Adam(0.1),
    "decay": lambda: optimizers.SGD(0.1, weight_decay=0.1),
    "average": lambda: optimizers.SGD(0.1, use_ema=True),
    "accumulation": lambda: optimizers.SGD(0.1, gradient_accumulation_steps=2),
    "rmsprop": lambda: optimizers.RMSprop(0.1),
    "ftrl": lambda: optimizers.Ftrl(0.1),
}


@pytest.mark.parametrize("name", SPARSE)
@pytest.mark.native
def test_updates_that_keep_rows_without_gradient_run_on_the_others_alone(name: str) -> None:
    sparse, _ = agree(SPARSE[name])
    assert sparse


@pytest.mark.parametrize("name", DENSE)
@pytest.mark.native
def test_updates_that_move_every_row_run_on_all(name: str) -> None:
    sparse, _ = agree(DENSE[name])
    assert not sparse


@pytest.mark.parametrize(
    "loss, count, sparse",
    [(shared, 1, True), (several, 2, True), (projection, 1, False), (parts, 1, False)],
)
@pytest.mark.parametrize("name", ["plain", "lazy adam", "global_clipnorm"])
@pytest.mark.native
def test_tables_read_more_than_once(name: str, loss: Loss, count: int, sparse: bool) -> None:
    assert agree(SPARSE[name], loss, count)[0] == sparse


@pytest.mark.parametrize("shape", [(ROWS,), (ROWS, 1), (ROWS, 2, 2), (ROWS, 40)])
@pytest.mark.parametrize("name", ["plain", "lazy adam"])
@pytest.mark.native
def test_rows_of_any_shape(name: str, shape: tuple[int, ...]) -> None:
    assert agree(SPARSE[name], shape=shape)[0] == (len(shape) > 1 or name == "plain")


@pytest.mark.native
def test_plain_descent_has_the_bits_of_the_whole_table() -> None:
    sparse, found = agree(SPARSE["plain"], shared, dtype="float32")
    assert sparse
    for a, b in found:
        assert a.tobytes() == b.tobytes()


@pytest.mark.native
def test_a_table_of_few_rows_is_updated_whole() -> None:
    assert not agree(SPARSE["plain"], lambda ts, i: one(ts, i % 11), shape=(11, 2))[0]


@pytest.mark.native
def test_what_else_is_done_with_the_gradient_or_the_table_is_done_with_all_of_it() -> None:
    table, other = nn.Variable(np.ones((ROWS, 2))), nn.Variable(np.ones((ROWS, 2)))

    def gradient(i: Any) -> Any:
        g = ag.grad(lambda w: ag.sum(w[i] ** 2))(table)
        table.assign(table - 0.1 * g)
        return g

    def before_and_after(i: Any) -> Any:
        g = ag.grad(lambda w: ag.sum(w[i] ** 2))(table)
        before = ag.sum(table)
        table.assign(table - 0.1 * g)
        return before, ag.sum(table)

    def exchanged(i: Any) -> None:
        g = ag.grad(lambda w: ag.sum(w[i] ** 2))(table)
        old = ag.positive(table)
        table.assign(other)
        other.assign(old - 0.1 * g)

    for f in (gradient, before_and_after, exchanged):
        told = []
        for eagerly in (True, False):
            table.assign(np.arange(2.0 * ROWS).reshape(ROWS, 2))
            other.assign(np.ones((ROWS, 2)))
            i = INDICES[0]
            if eagerly:
                results = [f(ag.Tensor(i)) for _ in range(3)][-1]
            else:
                program = native(f, i)
                results = [program.run([i]) for _ in range(2)][-1]
            told.append([np.array(a) for a in (*_flat(results), table, other)])
        for a, b in zip(*told, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13)


def _flat(x: Any) -> list[Any]:
    return [] if x is None else list(x) if isinstance(x, list | tuple) else [x]


@pytest.mark.parametrize("bad", [ROWS, -ROWS - 1, 1 << 40])
@pytest.mark.parametrize("name", ["plain", "lazy adam"])
@pytest.mark.native
def test_a_number_without_a_row_is_an_error_and_nothing_moves(name: str, bad: int) -> None:
    run = Run(SPARSE[name])
    program = native(run.step)
    program.run([INDICES[0]])
    before = run.contents()
    with pytest.raises(RangeError, match=f"index 5 of .* outside the {ROWS} rows"):
        program.run([np.array([[0, 1, 2], [3, 4, bad]])])
    for a, b in zip(run.contents(), before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.native
def test_numbers_of_a_scatter_alone_are_checked() -> None:
    table = nn.Variable(np.ones((ROWS, 2)))

    def add(i: Any) -> None:
        table.assign(table - ag.add_at(ag.zeros((ROWS, 2)), i, 1.0) * 0.5)

    program = native(add, np.array([0, 1]))
    program.run([np.array([0, -39])])
    with pytest.raises(RangeError, match="index 1 of scatter is outside the 40 rows it writes"):
        program.run([np.array([0, 40])])
    assert table.numpy()[:3, 0].tolist() == [0.0, 0.0, 1.0]


@pytest.mark.native
def test_what_a_step_puts_elsewhere_is_put_when_all_of_it_went_well() -> None:
    state = nn.Variable(np.zeros((ROWS, 2)))

    def write(i: Any) -> None:
        state.assign(ag.put(state, i, 1.0))

    program = native(write, np.array([0, 1]))
    with pytest.raises(RangeError, match="index 1 of put"):
        program.run([np.array([5, 40])])
    assert state.numpy().sum() == 4


@pytest.mark.native
def test_a_step_needs_no_memory_for_rows_it_does_not_touch() -> None:
    run = Run(SPARSE["lazy adam"], shape=(50_000, 4))
    assert native(run.step).plan.arena < 10_000
