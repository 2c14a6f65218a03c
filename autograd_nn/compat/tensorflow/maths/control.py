"""What TensorFlow runs one of, or over and over: cases, folds, loops."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from autograd_nn.compat.tensorflow.values.objects import TensorArray
from autograd_nn.nn import ops


def case(
    pred_fn_pairs: Any, default: Callable[[], Any] | None = None, exclusive: bool = False,
    strict: bool = False, name: Any = None,
) -> Any:  # fmt: skip
    """What the first function gives whose condition holds, or ``default``.

    Raises ValueError where none holds, and there is no other.

    >>> case([(False, lambda: 1), (True, lambda: 2)], default=lambda: 3)
    2
    """
    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs)
    if not pairs:
        if default is None:
            raise ValueError("case received conditions of which none holds, and no default.")
        return default()
    (holds, function), *others = pairs
    if not others and default is None and isinstance(holds, bool):
        return function() if holds else case(())
    return ops.cond(holds, function, lambda: case(others, default))


def foldl(
    fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, name: Any = None, **o: Any
) -> Any:
    """The entries along the first axis joined from the left.

    >>> float(foldl(lambda joined, x: 10 * joined + x, [1.0, 2.0, 3.0]))
    123.0
    """
    return _joined(fn, list(ops.unstack(ops.convert_to_tensor(elems))), initializer)


def foldr(
    fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, name: Any = None, **o: Any
) -> Any:
    """The entries along the first axis joined from the right."""
    return _joined(fn, list(ops.unstack(ops.convert_to_tensor(elems)))[::-1], initializer)


def _joined(fn: Callable[[Any, Any], Any], entries: Sequence[Any], initializer: Any) -> Any:
    joined, *rest = entries if initializer is None else [initializer, *entries]
    for entry in rest:
        joined = fn(joined, entry)
    return joined


def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any,
    shape_invariants: Any = None, parallel_iterations: int = 10, back_prop: bool = True,
    swap_memory: bool = False, maximum_iterations: int | None = None, name: Any = None,
) -> Any:  # fmt: skip
    """``body`` of the variables, while ``cond`` of them holds; `TensorArray` by Python's loop."""
    if not any(isinstance(v, TensorArray) for v in loop_vars):
        return ops.while_loop(cond, body, loop_vars, maximum_iterations)
    found = list(loop_vars)
    times = itertools.count() if maximum_iterations is None else range(int(maximum_iterations))
    for _ in times:
        if not cond(*found):
            break
        found = list(body(*found))
    return found


__all__ = ["case", "foldl", "foldr", "while_loop"]
