"""``K``'s loops: a step function over a sequence, and functions of entries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nn.engine.errors import RecordError
from autograd_nn.engine.mode import mode
from autograd_nn.nn import ops, tree


def rnn(
    step_function: Callable[..., Any], inputs: Any, initial_states: Any,
    go_backwards: bool = False, mask: Any = None, constants: Any = None, unroll: bool = False,
    input_length: int | None = None, **options: Any,
) -> Any:  # fmt: skip
    """(last output, outputs (n, t, …), states) of ``step_function(input, states)`` step by step.

    Where a mask (n, t) is False the output and the states are those of the step before.
    """
    times = range(ops.shape(inputs)[1])
    states = list(initial_states)
    found: list[Any] = []
    for i in reversed(times) if go_backwards else times:
        y, new = step_function(inputs[:, i], [*states, *(constants or ())])
        if mask is not None:
            on = ops.expand_dims(mask[:, i], -1)
            y = ops.where(on, y, found[-1] if found else ops.zeros_like(y))
            new = [ops.where(on, a, b) for a, b in zip(new, states, strict=True)]
        states = list(new)
        found.append(y)
    return found[-1], ops.stack(found, axis=1), states


def map_fn(fn: Callable[[Any], Any], elems: Any, name: Any = None, dtype: Any = None) -> Any:
    """``fn`` of every entry along the first axis; in Python's loop where it looks at a value."""
    try:
        return ops.map(fn, elems)
    except RecordError:
        if mode.recorder is not None:
            raise
    rows = [
        fn(tree.map_structure(lambda x, i=i: x[i], elems))
        for i in range(len(tree.flatten(elems)[0]))
    ]
    return tree.map_structure(lambda *xs: ops.stack(xs), *rows)


def foldl(fn: Callable[..., Any], elems: Any, initializer: Any = None, name: Any = None) -> Any:
    """The entries joined from the left by ``fn(joined, entry)``."""
    entries = list(ops.unstack(elems))
    joined = entries.pop(0) if initializer is None else initializer
    for entry in entries:
        joined = fn(joined, entry)
    return joined


def foldr(fn: Callable[..., Any], elems: Any, initializer: Any = None, name: Any = None) -> Any:
    """The entries joined from the right by ``fn(joined, entry)``.

    >>> float(foldr(lambda joined, x: x - joined, [1.0, 2.0, 4.0]))
    3.0
    """
    return foldl(fn, ops.flip(elems, axis=0), initializer)


__all__ = ["foldl", "foldr", "map_fn", "rnn"]
