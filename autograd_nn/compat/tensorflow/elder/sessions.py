"""Sessions of the years of graphs: symbols are computed of what is fed, steps made when they run.

``tf.placeholder`` is an `Input`; `Session.run` is ``K.function`` of what is fetched; what an
optimizer's ``minimize`` of a symbol gives is an `Operation`. Start with `Session`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from autograd_nn.compat.functions import told
from autograd_nn.compat.functions.again import again, leaves_of
from autograd_nn.compat.functions.phases import Function
from autograd_nn.compat.functions.phases import gradients as slopes
from autograd_nn.compat.once.zeroth import stands_for
from autograd_nn.compat.tensorflow.elder.machine import Settings
from autograd_nn.compat.tensorflow.values.texts import Text, Texts
from autograd_nn.engine import tree
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import ops
from autograd_nn.nn.layers import Input
from autograd_nn.nn.symbols import Symbol, sources
from autograd_nn.nn.updates import Step
from autograd_nn.nn.variable import Variable

_NAMES = {"float": "float32", "double": "float64", "half": "float16", "int": "int32"}


class Graph(Settings):
    """A ``with`` in which nothing is different: what is computed of values has its own at once.

    >>> with Graph().as_default():
    ...     pass
    """

    def as_default(self) -> Any:
        """The ``with``."""
        return nullcontext(self)

    device = as_graph_def = finalize = as_default


class Operation:
    """What changes variables when it is run: optimizers' steps, pairs (variable, symbol)."""

    def __init__(self, updates: Sequence[Any], name: str | None = None) -> None:
        self.updates, self.name = list(updates), name or "update"

    def begin(self) -> None:
        """What is done before anything is computed: nothing."""

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Makes the changes, of what is fed."""
        Session().run(self, feed_dict)


class Session(Settings):
    """A ``with`` in which nothing is different, and what runs symbols.

    >>> x = placeholder("float", (None, 2))
    >>> with Session() as session:
    ...     session.run(2 * x, feed_dict={x: [[1.0, 2.0]]}).tolist()
    [[2.0, 4.0]]
    """

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *raised: object) -> None:
        """Nothing was opened."""

    def as_default(self) -> Any:
        """The ``with``."""
        return nullcontext(self)

    @property
    def graph(self) -> Graph:
        """A graph of nothing."""
        return Graph()

    def run(self, fetches: Any, feed_dict: Any = None, **options: Any) -> Any:
        """The values of symbols for what is fed, and of tensors; operations are run, and give None.

        fetches     one, or lists, tuples and dicts of them.
        feed_dict   values by the symbols that they stand for; `learning_phase` may be among them.
        What was computed of trained variables is computed again, of what they are now.
        Raises TypeError for what cannot be run, ValueError where something is missing that a
        symbol depends on.
        """
        leaves = list(_leaves(fetches))
        symbols = [x for x in leaves if isinstance(x, Symbol)]
        operations = [x for x in leaves if isinstance(x, Operation)]
        changes = [pair for pair in map(told.pair_of, leaves) if pair is not None]
        operations += [Operation([pair]) for pair in changes]
        found: dict[int, Any] = {}
        if symbols or operations:
            for o in operations:
                o.begin()
            fed = dict(feed_dict or {})
            fed = {**_drawn(_lacking(symbols, operations, fed)), **fed}
            compute = _function(tuple(fed), tuple(symbols), tuple(operations))
            values = compute(list(fed.values()))
            found = {id(x): value for x, value in zip(symbols, values, strict=True)}
        for x in leaves:
            pair = told.pair_of(x)
            if pair is not None:
                found[id(x)] = np.array(pair[0].array)
        return _in_place(fetches, found)

    def close(self) -> None:
        """Nothing is open."""


def _leaves(fetches: Any) -> Iterator[Any]:
    if isinstance(fetches, list | tuple):
        for x in fetches:
            yield from _leaves(x)
    elif isinstance(fetches, dict):
        yield from _leaves(list(fetches.values()))
    else:
        yield fetches


def _in_place(fetches: Any, found: dict[int, Any]) -> Any:
    """What was fetched, each with its value in its place."""
    if isinstance(fetches, list | tuple):
        return [_in_place(x, found) for x in fetches]
    if isinstance(fetches, dict):
        return {k: _in_place(x, found) for k, x in fetches.items()}
    if fetches is None or isinstance(fetches, Operation):
        return None
    if id(fetches) in found:
        return found[id(fetches)]
    if isinstance(fetches, Text | Texts):
        return fetches.numpy()
    if not isinstance(fetches, Tensor | np.ndarray):
        raise TypeError(
            f"run received {fetches!r}; expected symbols, tensors, variables, what minimize or "
            "assign gave, or None."
        )
    return np.array(again(fetches))


class _Kept:
    """What the last runs computed by: a training loop fetches the same at every step."""

    functions: dict[tuple[Any, ...], Function] = {}


def _function(
    fed: tuple[Any, ...], symbols: tuple[Symbol, ...], operations: tuple[Operation, ...]
) -> Function:
    key = fed, symbols, tuple([id(u) for o in operations for u in o.updates])  # which it holds
    found = _Kept.functions.get(key)
    if found is None:
        for x in fed:
            if not isinstance(x, Symbol) and not hasattr(x, "__index__"):
                raise TypeError(f"run was fed {x!r}; expected symbols, as placeholder gives them.")
        updates = [u for o in operations for u in o.updates]
        lacking = _lacking(symbols, operations, fed)
        if lacking:
            raise ValueError(
                f"run was asked for what depends on {lacking[0].name!r}, and nothing was fed for "
                "it; expected a value in feed_dict."
            )
        found = Function(fed, list(symbols), updates)
        while len(_Kept.functions) > 16:
            del _Kept.functions[next(iter(_Kept.functions))]
        _Kept.functions[key] = found
    return found


def _lacking(symbols: Sequence[Any], operations: Sequence[Any], fed: Iterable[Any]) -> list[Any]:
    """The symbols that something asked for depends on, and nothing is fed for."""
    updates = [u for o in operations for u in o.updates]
    asked = [*symbols, *(u.loss if isinstance(u, Step) else u[1] for u in updates)]
    known = [f for f in fed if isinstance(f, Symbol)]
    return [s for x in asked if isinstance(x, Symbol) for s in sources(x, known)]


def _drawn(symbols: Iterable[Any]) -> dict[Any, Any]:
    """The next elements that symbols stand for, one of each iterator of a data set."""
    found: dict[Any, Any] = {}
    for symbol in symbols:
        source = getattr(symbol.call.function, "_drawn_from", None)
        if source is not None and symbol not in found:
            found |= source.values()
    return found


def placeholder(dtype: Any = "float32", shape: Any = None, name: str | None = None) -> Any:
    """A symbol for what is fed; without a shape, for one number."""
    sizes = () if shape is None else tuple(shape)
    return Input(batch_shape=sizes, dtype=_NAMES.get(dtype, dtype), name=name)


def placeholder_with_default(input: Any, shape: Any = None, name: str | None = None) -> Any:
    """A symbol for what is fed, or for these values where nothing is."""
    return stands_for(input, None if shape is None else tuple(shape))


def evaluate(self: Any, feed_dict: Any = None, session: Any = None) -> Any:
    """``x.eval()``: the value of a tensor, or of a symbol for what is fed."""
    return Session().run(self, feed_dict)


def trained(loss: Symbol) -> list[Variable]:
    """The variables that are trained of those that a symbol depends on, in the order of use."""
    found: dict[int, Variable] = {}
    waiting, seen, calls = [loss.call], set(), []
    while waiting:
        call = waiting.pop()
        if id(call) not in seen:
            seen.add(id(call))
            calls.append(call)
            waiting += [x.call for x in call.inputs]
    for call in sorted(calls, key=lambda c: c.serial):
        own = list(getattr(call.function, "trainable_variables", ()))
        given = tree.flatten((call.args, call.kwargs))[0]
        own += [x for x in given if isinstance(x, Variable)]
        own += [v for x in given for v in leaves_of(x)]
        found |= {id(v): v for v in own if v.trainable}
    return list(found.values())


def minimize(
    self: Any, loss: Any, var_list: Any = None, global_step: Any = None, **options: Any
) -> Any:
    """``optimizer.minimize``: a step at once for a function, an `Operation` for a symbol.

    var_list   the variables, or what gives them; of a symbol, all that it depends on.
    Raises TypeError for another loss, such as a tensor, which has its value already.
    """
    variables = var_list() if callable(var_list) else var_list
    if isinstance(loss, Symbol):
        steps = [Step(self, loss, list(variables or trained(loss)))]
        return Operation(steps, options.get("name") or "minimize")
    if not callable(loss) or variables is None:
        raise TypeError(
            f"minimize received {loss!r}; expected a function that computes the loss, and the "
            "variables as var_list, or a symbol, as computed of placeholders."
        )
    from autograd_nn.compat.tensorflow.training.tape import GradientTape

    variables = list(variables)
    with GradientTape() as tape:
        value = loss()
    slopes = tape.gradient(value, variables)
    self.apply_gradients(zip(slopes, variables, strict=True), global_step=global_step)
    return Operation([], "minimize")


def gradients(ys: Any, xs: Any, grad_ys: Any = None, *args: Any, **options: Any) -> list[Any]:
    """d Σys / d x for each x: symbols, and trained variables; ``grad_ys`` weighs each y."""
    several = ys if isinstance(ys, list | tuple) else [ys]
    if grad_ys is not None:
        weights = grad_ys if isinstance(grad_ys, list | tuple) else [grad_ys]
        several = [y * ops.stop_gradient(g) for y, g in zip(several, weights, strict=True)]
    found: list[Any] = slopes(_total(several), xs)
    return found


def _total(symbols: Sequence[Any]) -> Any:
    sums = [ops.sum(y) for y in symbols]
    return sum(sums[1:], sums[0])


def stepping(optimizer: Any, pairs: Sequence[tuple[Any, Any]]) -> Operation:
    """A step by gradients that are symbols, made when this is run.

    It is that against the sum of all g·w, g held fast, whose gradient is g.
    """
    loss = _total([ops.stop_gradient(g) * w for g, w in pairs])
    return Operation([Step(optimizer, loss, [w for _, w in pairs])], "apply_gradients")


def compute_gradients(self: Any, loss: Any, var_list: Any = None, **options: Any) -> list[Any]:
    """Pairs of a gradient, a symbol, and its variable, as ``apply_gradients`` takes them."""
    variables = list(var_list or trained(loss))
    return list(zip(slopes(loss, variables), variables, strict=True))


def get_default_graph() -> Graph:
    """A graph of nothing."""
    return Graph()


def get_default_session() -> Session:
    """A session."""
    return Session()


def group(*inputs: Any, name: Any = None) -> Operation:
    """Several operations as one; what is none was done already."""
    return Operation([u for x in inputs for u in _updates(x)], name)


def _updates(x: Any) -> list[Any]:
    pair = told.pair_of(x)
    return x.updates if isinstance(x, Operation) else [] if pair is None else [pair]


def no_op(*args: Any, **options: Any) -> Operation:
    """What does nothing: variables have their values from when they are made."""
    return Operation([], "no_op")


global_variables_initializer = local_variables_initializer = initialize_all_variables = no_op
variables_initializer = tables_initializer = no_op


def assign(ref: Any, value: Any, *args: Any, **options: Any) -> Any:
    """Sets a variable, at once and whenever what this gives is run; to a symbol, then alone."""
    if isinstance(value, Symbol):
        return Operation([(ref, value)], "assign")
    return told.given(ref, value)


def assign_add(ref: Any, value: Any, *args: Any, **options: Any) -> Any:
    """Adds to a variable, as `assign` sets one."""
    return assign(ref, ref + value)


InteractiveSession = Session

__all__ = [
    "Graph", "InteractiveSession", "Operation", "Session", "assign", "assign_add",
    "get_default_graph", "get_default_session", "global_variables_initializer", "gradients",
    "group",
    "initialize_all_variables", "local_variables_initializer", "no_op", "placeholder",
    "placeholder_with_default",
    "tables_initializer", "variables_initializer",
]  # fmt: skip
