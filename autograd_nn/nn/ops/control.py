"""Branches and loops as ``keras.ops`` has them: the engine's, with Keras's arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.engine.transforms import branches, vmap, whiles
from autograd_nn.engine.transforms import scan as scans
from autograd_nn.engine.transforms.branches import switch as _switch
from autograd_nn.nn import tree
from autograd_nn.nn.symbols import note, outlined, read, symbols_in, tells


def _reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """A branch, which may return a symbol from around it as it is."""
    return lambda *operands: read(function(*operands))


def _arrays(values: Any) -> Any:
    """A tree of tensors; a list of plain numbers is one of them, and no tree of its own."""
    plain = isinstance(values, list | tuple) and bool(values)
    if plain and not any(hasattr(v, "shape") or isinstance(v, dict) for v in tree.flatten(values)):
        return as_tensor(values)
    return tree.map_structure(as_tensor, values)


def _like(values: Any) -> Any:
    """The outline of what a loop gives that begins with these."""
    return tree.map_structure(lambda x: x if symbols_in(x) else as_tensor(x), values)


def _cond_outline(pred: Any, true_fn: Any, false_fn: Any, *operands: Any) -> Any:
    """What both branches give; raises ShapeError where that differs."""
    try:
        found = [outlined(_reading(f), operands, {}) for f in (true_fn, false_fn)]
    except TypeError:  # one returns what is no tensor
        return None
    flat = [tree.flatten(o) for o in found]
    told = [[(x.shape, x.dtype) for x in leaves] for leaves in flat]
    if told[0] != told[1]:
        raise ShapeError(
            "cond received `true_fn` and `false_fn` that return tensors of other shapes or dtypes, "
            f"{told[0]} and {told[1]}; expected the same of both."
        )
    return found[0]


@tells(_cond_outline)
def cond(pred: Any, true_fn: Any, false_fn: Any, *operands: Any) -> Any:
    """``true_fn()`` where pred holds, else ``false_fn()``; see ``ag.cond``.

    >>> cond(True, lambda: 1, lambda: 2)
    1
    """
    return branches.cond(pred, _reading(true_fn), _reading(false_fn), *operands)


cond._reads_around = True


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """``branches[index](*operands)``, the first or the last beyond their ends; see ``ag.switch``.

    >>> switch(1, [lambda x: x, lambda x: x + 1], 5)
    6
    """
    return _switch(index, [_reading(f) for f in branches], *operands)


def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any,
    maximum_iterations: int | None = None,
) -> Any:  # fmt: skip
    """``body`` of the variables, while ``cond`` of them holds; see ``ag.while_loop``.

    >>> [int(i) for i in while_loop(lambda i: i < 5, lambda i: (i + 2,), (0,))]
    [6]
    """
    if symbols_in(loop_vars):  # how often it runs only data tell, but not what shape it gives
        return note(while_loop, (cond, body, loop_vars, maximum_iterations), {}, _like(loop_vars))
    several = isinstance(loop_vars, list | tuple)

    def step(values: tuple[Any, ...]) -> tuple[Any, ...]:
        found = body(*values)
        return tuple(found) if isinstance(found, list | tuple) else (found,)

    found = whiles.while_loop(
        lambda values: cond(*values), step, tuple(loop_vars) if several else (loop_vars,),
        maximum_iterations,
    )  # fmt: skip
    return found if several else found[0]


def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any) -> Any:
    """``body_fun(i, value)`` for every i from lower to before upper; see ``ag.fori_loop``.

    >>> float(fori_loop(1, 4, lambda i, value: value * i, 1.0))
    6.0
    """
    if symbols_in(lower, upper, init_val):
        return note(fori_loop, (lower, upper, body_fun, init_val), {}, _like(init_val))
    return whiles.fori_loop(lower, upper, body_fun, init_val)


def scan(
    f: Callable[[Any, Any], Any], init: Any, xs: Any = None, length: int | None = None,
    reverse: bool = False, unroll: Any = 1,
) -> tuple[Any, Any]:  # fmt: skip
    """(carry, y) = f(carry, x) over xs; see ``ag.scan``. ``unroll`` changes nothing.

    >>> [y.tolist() for y in scan(lambda c, x: (c + x, c * x), 0, [1, 2, 3])]
    [6, [0, 2, 9]]
    """
    return scans.scan(f, init, None if xs is None else _arrays(xs), length, reverse)


def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """``f`` of every entry along the first axis, one after another, stacked.

    >>> map(lambda x: x * 2, [1.0, 2.0]).tolist()
    [2.0, 4.0]
    """
    return scan(lambda carry, x: (carry, f(x)), (), xs)[1]


def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """``function`` of every entry along the first axis, all at once; see ``ag.vmap``.

    >>> vectorized_map(lambda x: x * 2, [1.0, 2.0]).tolist()
    [2.0, 4.0]
    """
    return vmap.vmap(function)(_arrays(elements))


def associative_scan(
    f: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0
) -> Any:
    """All the partial results e₀, f(e₀, e₁), f(f(e₀, e₁), e₂), … of an associative f.

    f   of two trees of tensors, entry by entry along the axis. It is called some 2 log₂ t times, on
        many entries at once, where a loop would take t steps.
    Source: Blelloch, "Prefix sums and their applications" (1990). Raises ShapeError for lengths
    that differ.

    >>> associative_scan(lambda a, b: a + b, [1, 2, 3, 4, 5]).tolist()
    [1, 3, 6, 10, 15]
    """
    first = tree.map_structure(lambda x: ops.moveaxis(x, axis, 0), _arrays(elems))
    sizes = {x.shape[0] for x in tree.flatten(first)}
    if len(sizes) != 1:
        raise ShapeError(
            f"associative_scan received lengths {sorted(sizes)} along axis {axis}; expected one."
        )
    turned = _flipped(first) if reverse else first
    found = _partial(f, turned, sizes.pop())
    found = _flipped(found) if reverse else found
    return tree.map_structure(lambda y: ops.moveaxis(y, 0, axis), found)


def _flipped(elems: Any) -> Any:
    return tree.map_structure(lambda x: ops.flip(x, axis=0), elems)


def _partial(f: Callable[[Any, Any], Any], elems: Any, n: int) -> Any:
    """Pairs are joined, their partial results are found, and give those in between."""
    if n < 2:
        return elems

    def part(values: Any, *bounds: int | None) -> Any:
        return tree.map_structure(lambda x: x[slice(*bounds)], values)

    pairs = f(part(elems, 0, n - 1, 2), part(elems, 1, n, 2))
    odd = _partial(f, pairs, n // 2)
    even = part(elems, 0, 1)
    if n > 2:
        behind = f(part(odd, 0, (n - 1) // 2), part(elems, 2, n, 2))
        even = tree.map_structure(lambda a, b: ops.concatenate([a, b], axis=0), even, behind)
    return tree.map_structure(_in_turn, even, odd)


def _in_turn(a: Tensor, b: Tensor) -> Tensor:
    """a₀, b₀, a₁, b₁, …; a may be longer by one."""
    n = b.shape[0]
    both = ops.reshape(ops.stack([a[:n], b], axis=1), shape=(2 * n, *b.shape[1:]))
    return both if a.shape[0] == n else ops.concatenate([both, a[n:]], axis=0)


__all__ = [
    "associative_scan", "cond", "fori_loop", "map", "scan", "switch", "vectorized_map",
    "while_loop",
]  # fmt: skip
