"""``ag.jit``: a function of trees of tensors, recorded once per signature and replayed natively."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.errors import RecordError
from autograd_nn.engine.mode import Settings, mode
from autograd_nn.engine.node import Leaf
from autograd_nn.engine.program.guards import Guards, Patience
from autograd_nn.engine.program.library import native_wanted
from autograd_nn.engine.program.program import Program
from autograd_nn.engine.program.record import Fixed, Graph, record
from autograd_nn.engine.tape import sort
from autograd_nn.engine.tensor import Tensor, as_tensor, is_scalar, wrap


class Recorded:
    """One signature's program, and how its outputs make up the function's result."""

    def __init__(
        self, program: Program, shape: Any, slots: list[Any], guards: Guards, taped: bool | None
    ) -> None:
        self.program, self.shape, self.slots, self.guards = program, shape, slots, guards
        self.taped = taped  # whether results lead to leaves of outside; None: it was not taping
        self.single = len(slots) == 1 and slots[0] == 0 and shape is tree.LEAF

    def result(self, arrays: list[np.ndarray]) -> Any:
        """The tree the function returned, with ``arrays`` for its computed leaves."""
        if self.single:
            return wrap(arrays[0])
        leaves = [s.value if isinstance(s, Fixed) else wrap(arrays[s]) for s in self.slots]
        return tree.unflatten(self.shape, leaves)


class Jitted:
    """A function whose calls are replayed natively; see `jit`."""

    def __init__(
        self, f: Callable[..., Any], static_argnums: Sequence[int], donate_argnums: Sequence[int]
    ) -> None:
        update_wrapper(self, f)
        self.f = f
        self.static = frozenset(static_argnums)
        self.donated = frozenset(donate_argnums)
        self._programs: dict[Any, Recorded] = {}
        self._patience: dict[Any, Patience] = {}  # of signatures whose record did not last

    def _split(self, args: tuple, kwargs: dict) -> tuple[Any, list[Any]]:
        """The signature of a call, and the leaves that are its inputs."""
        if not kwargs and not self.static and all(type(a) is Tensor for a in args):
            return tuple([(a.array.shape, a.array.dtype) for a in args]), list(args)
        leaves, structure = tree.flatten(
            ([None if i in self.static else a for i, a in enumerate(args)], kwargs)
        )
        tensors: list[Any] = []
        key: list[Any] = []
        for leaf in leaves:
            if isinstance(leaf, Tensor):
                x = leaf
            elif isinstance(leaf, np.ndarray | np.generic):
                x = as_tensor(np.asarray(leaf))
            elif is_scalar(leaf) and type(leaf) is float:
                x = as_tensor(np.asarray(leaf))
                key.append("float")
            else:
                key.append(("value", type(leaf), leaf if _hashable(leaf) else id(leaf)))
                tensors.append(leaf)
                continue
            key.append((x.array.shape, x.array.dtype))
            tensors.append(x)
        fixed = tuple((i, args[i]) for i in sorted(self.static) if i < len(args))
        for i, value in fixed:
            if not _hashable(value):
                raise TypeError(
                    f"jit: argument {i} is named in static_argnums but is not hashable (received "
                    f"{type(value).__name__}); expected a number, a string or a tuple of such."
                )
        return (structure, tuple(key), fixed), tensors

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if mode.recorder is not None or not native_wanted():
            return self.f(*args, **kwargs)  # joins the recording around it; or no native code here
        key, leaves = self._split(args, kwargs)
        try:
            found = self._programs.get(key)
        except TypeError:
            return self.f(*args, **kwargs)
        if mode.taping and any(isinstance(x, Tensor) and x.node is not None for x in leaves):
            return self.f(*args, **kwargs)  # a derivative is being taken around this call
        if found is None or not found.guards.checks.hold():
            return self._anew(key, args, kwargs)
        if mode.taping and found.taped is not False:
            # The caller may ask for a derivative, which a replayed result could not give.
            return self.f(*args, **kwargs) if found.taped else self._record(key, args, kwargs)
        if not found.program.ready():
            return self.f(*args, **kwargs)
        arrays = [x.array for x in leaves if isinstance(x, Tensor)]
        return found.result(found.program.run(arrays, self._spare(args)))

    def _spare(self, args: tuple) -> list[np.ndarray]:
        """The arrays of donated arguments, which results may be written into."""
        if not self.donated:
            return []
        given = tree.flatten([a for i, a in enumerate(args) if i in self.donated])[0]
        tensors = [x for x in given if isinstance(x, Tensor)]
        arrays = [x.array for x in tensors]
        for x in tensors:  # a tape that read one is to notice: it compares array objects
            x.array = x.array.view()
        return arrays

    def _anew(self, key: Any, args: tuple, kwargs: dict) -> Any:
        """Records again what is not there or holds no longer, unless that has proved to be vain."""
        patience = self._patience.get(key)
        if patience is not None:
            old = self._programs.pop(key, None)
            if patience.rests(None if old is None else old.guards):
                return self.f(*args, **kwargs)
        return self._record(key, args, kwargs)

    def _record(self, key: Any, args: tuple, kwargs: dict) -> Any:
        static = {i: args[i] for i in self.static if i < len(args)}

        def call(positional: list, named: dict) -> Any:
            full = [static.get(i, a) for i, a in enumerate(positional)]
            return self.f(*full, **named)

        def lift(leaf: Any) -> Any:
            if isinstance(leaf, np.ndarray | np.generic) or type(leaf) is float:
                return as_tensor(np.asarray(leaf))
            return leaf

        free = [None if i in self.static else a for i, a in enumerate(args)]
        others = [x for x in tree.flatten((args, kwargs))[0] if not isinstance(x, Tensor)]
        guards = Guards(self.f, others)
        lifted = [tree.map(lift, free), tree.map(lift, kwargs)]
        with guards.watching():
            result, graph, (shape, slots) = record(call, lifted)
        self._patience.setdefault(key, Patience("jit", self.f))
        if not guards.settle(graph):
            self._patience[key].vain(guards)
            return result
        program = Program(graph)
        program.ready(wait=Settings.deterministic)
        taped = _leads_outside(result, graph) if mode.taping else None
        self._programs[key] = Recorded(program, shape, slots, guards, taped)
        return result

    def program(self, *args: Any, **kwargs: Any) -> Program:
        """The program of a call with these arguments (recorded now if it was not before).

        ``print(f.program(x))`` lists its instructions, buffers, bytes and operations.
        """
        key, _ = self._split(args, kwargs)
        if key not in self._programs:
            self._record(key, args, kwargs)
        if key not in self._programs:
            raise RecordError(self._patience[key].text)
        return self._programs[key].program

    def wait(self) -> Jitted:
        """Returns once every recorded program is native: for timing, and for tests."""
        for found in self._programs.values():
            found.program.ready(wait=True)
        return self


def _leads_outside(result: Any, graph: Graph) -> bool:
    """Whether a result's tape ends at a leaf of outside that the function leaves as it is."""
    assigned = {id(old.tensor) for old, _ in graph.effects}
    roots = [y for y in tree.flatten(result)[0] if isinstance(y, Tensor)]
    leaves = [node for node in sort(roots) if isinstance(node, Leaf)]
    return any(id(leaf.owner) not in assigned for leaf in leaves)


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def jit(
    f: Callable[..., Any] | None = None,
    *,
    static_argnums: int | Sequence[int] = (),
    donate_argnums: int | Sequence[int] = (),
) -> Any:
    """A function that records ``f`` once per signature and replays it as native code.

    f                of trees of tensors, made of this package's ops; gradients, updates of
                     tensors it holds (``assign``) and random draws inside it included.
    static_argnums   positional arguments that are fixed at recording (another value records anew).
    donate_argnums   positional arguments the caller gives up: their arrays may be written to.
    A signature is the arguments' structure, shapes and dtypes. Arrays and Python floats are inputs;
    integers, booleans and strings are fixed and part of the signature. Python code runs only while
    recording: what it prints or appends happens once. A change of anything that f reads (globals,
    closed-over values, attributes, items, what its helpers read) is noticed and records anew. What
    cannot be watched (an iterator, a file, the clock, ``random``, a value f changes itself) makes f
    run op by op, and a RecordWarning says so once. Raises RecordError where Python asks
    for the contents of a value that changes from call to call (``if x > 0``, ``float(x)``).

    >>> import autograd_nn as ag
    >>> f = ag.jit(lambda x: (ag.sin(x) * x).sum())
    >>> round(float(f(ag.Tensor([1.0, 2.0]))), 6)
    2.660066
    """

    def wrap_function(g: Callable[..., Any]) -> Jitted:
        if not callable(g):
            raise TypeError(f"jit received {type(g).__name__}; expected a function.")
        static = (static_argnums,) if isinstance(static_argnums, int) else static_argnums
        donate = (donate_argnums,) if isinstance(donate_argnums, int) else donate_argnums
        return Jitted(g, static, donate)

    return wrap_function if f is None else wrap_function(f)
