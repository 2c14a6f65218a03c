"""``ag.jit``: a function of trees of tensors, recorded once per signature and replayed natively."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Sequence
from functools import partial, update_wrapper
from operator import itemgetter
from typing import Any

import numpy as np

from autograd_nn.engine import holders, tree
from autograd_nn.engine.argnums import positions
from autograd_nn.engine.errors import RecordError
from autograd_nn.engine.graph.guards.guards import Guards
from autograd_nn.engine.graph.record import Again, Fixed, record
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.mode import Settings, mode
from autograd_nn.engine.node import Leaf, fingerprint, in_state
from autograd_nn.engine.program.make import make, wanted
from autograd_nn.engine.program.patience import Patience
from autograd_nn.engine.program.program import Program
from autograd_nn.engine.tape import sort
from autograd_nn.engine.tensor import Shared, Tensor, as_tensor, share, wrap
from autograd_nn.engine.weak import Arguments, Weak

VARIANTS = 8  # programs of one signature that differ in what Python saw of float arguments



class Recorded:
    """One signature's program, and how its outputs make up the function's result."""

    def __init__(
        self,
        program: Program,
        shape: Any,
        slots: list[Any],
        guards: Guards,
        taped: bool | None,
        weak: Arguments,
    ) -> None:
        self.program, self.shape, self.slots, self.guards = program, shape, slots, guards
        self.taped = taped  # whether results lead to leaves of outside; None: it was not taping
        self.weak = weak
        self.frozen: list[tuple[Tensor, Any]] = []  # masks, whose contents the program follows
        self.single = len(slots) == 1 and slots[0] == 0 and shape is tree.LEAF
        self.other: Recorded | None = None  # of calls for which Python saw something else

    def result(self, arrays: list[np.ndarray], numbers: list[float]) -> Any:
        """The tree the function returned, with ``arrays`` for its computed leaves."""
        if self.single:
            return wrap(arrays[0])
        leaves = []
        for s in self.slots:
            if isinstance(s, Fixed):
                leaves.append(s.value)
            else:
                leaves.append(s.compute(numbers) if isinstance(s, Again) else wrap(arrays[s]))
        return tree.unflatten(self.shape, leaves)

    def holds(self) -> bool:
        """Whether all that the program took from outside, but the arguments, is as it was."""
        return self.guards.checks.hold() and (not self.frozen or self.masks_hold())

    def masks_hold(self) -> bool:
        """Whether the masks that the program follows have their contents still."""
        return all([fingerprint(x.array) == was for x, was in self.frozen])

    def run(self, leaves: list[Any], numbers: list[float], spare: list[np.ndarray]) -> Any:
        """The function's result, by the program."""
        arrays = [x.array for x in leaves]
        if numbers:
            arrays += self.weak.arrays(numbers)
        found = self.program.run(arrays, spare)
        return wrap(found[0]) if self.single else self.result(found, numbers)


class Jitted:
    """A function whose calls are replayed natively; see `jit`."""

    guarded = ("f",)  # what programs that call it follow from: not its own programs

    def __init__(
        self, f: Callable[..., Any], static: frozenset[int], donated: frozenset[int]
    ) -> None:
        update_wrapper(self, f)
        self.f, self.static, self.donated = f, static, donated
        names = _parameter_names(f) or ()
        self._static_names = {names[i] for i in static if i < len(names)}
        self._donated_names = {names[i] for i in donated if i < len(names)}
        self._programs: dict[Any, Recorded] = {}
        self._patience: dict[Any, Patience] = {}  # of signatures whose record did not last
        self._known: dict[int, Any] = {}  # objects that signatures name by identity, weakly
        self._of: dict[int, Jitted] = {}  # of each instance that this is a method of

    # ---- methods ------------------------------------------------------------------------------

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        own = self._of.get(id(instance))
        if own is None:
            f = _Method(self.f, instance)
            static = frozenset(i - 1 for i in self.static if i)
            own = Jitted(f, static, frozenset(i - 1 for i in self.donated if i))
            if not _watch(instance, self._of.pop, id(instance)):
                own.f = partial(self.f, instance)  # held, for nothing would tell when it goes
            self._of[id(instance)] = own
        return Bound(own, instance)

    # ---- signatures ---------------------------------------------------------------------------

    def _split(self, args: tuple, kwargs: dict) -> tuple[Any, list[Any], list[float]]:
        """The signature of a call, the leaves that are its inputs, and its float arguments."""
        if not kwargs and not self.static and all([type(a) is Tensor for a in args]):
            return tuple([(a.array.shape, a.array.dtype) for a in args]), list(args), []
        free, named, fixed = self._free(args, kwargs)
        leaves, structure = tree.flatten([free, named])
        tensors: list[Any] = []
        numbers: list[float] = []
        key: list[Any] = []
        for leaf in leaves:
            if type(leaf) is float:
                numbers.append(leaf)
                key.append("float")
                continue
            if isinstance(leaf, Tensor):
                x = leaf
            elif isinstance(leaf, np.ndarray | np.generic):
                x = as_tensor(np.asarray(leaf))
            else:
                key.append(self._name(leaf))
                continue
            key.append((x.array.shape, x.array.dtype))
            tensors.append(x)
        return (structure, tuple(key), fixed), tensors, numbers

    def _free(self, args: tuple, kwargs: dict) -> tuple[list[Any], dict[str, Any], tuple]:
        """The arguments with None for static ones, and those by name and type."""
        if not self.static:
            return list(args), kwargs, ()
        free = [None if i in self.static else a for i, a in enumerate(args)]
        named = {k: None if k in self._static_names else v for k, v in kwargs.items()}
        given: list[tuple[Any, Any]] = [(i, args[i]) for i in sorted(self.static) if i < len(args)]
        given += [(k, kwargs[k]) for k in sorted(self._static_names & kwargs.keys())]
        for which, value in given:
            if not _hashable(value):
                raise TypeError(
                    f"jit: argument {which} is named in static_argnums but is not hashable "
                    f"(received {type(value).__name__}); expected a number, a string or a tuple of "
                    "such."
                )
        return free, named, tuple([(which, _typed(value), value) for which, value in given])

    def _name(self, leaf: Any) -> Any:
        """What stands in a signature for an argument that is no array."""
        kind = type(leaf)
        if kind is set:
            leaf = frozenset(leaf)
        by_identity = type(leaf).__hash__ in (None, object.__hash__) and kind is not bytearray
        if not by_identity:
            if not _hashable(leaf):
                raise _Unhashable
            return ("value", kind, repr(leaf) if kind is complex else leaf)
        if id(leaf) not in self._known and not _watch(leaf, _forget(self), id(leaf)):
            if kind.__hash__ is None:
                raise _Unhashable
            return ("value", kind, leaf)
        self._known[id(leaf)] = True
        return ("object", id(leaf))

    def _fitting(self, key: Any, numbers: list[float]) -> Recorded | None:
        """The program of a signature for which Python sees of the numbers what it saw."""
        found = self._programs.get(key)
        while found is not None and not found.weak.fit(numbers):
            found = found.other
        return found

    # ---- calls --------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if mode.recorder is not None or not wanted():
            return self._plain(args, kwargs)  # joins the recording around it, or no native code
        try:
            key, leaves, numbers = self._split(args, kwargs)
            found = self._fitting(key, numbers) if numbers else self._programs.get(key)
        except _Unhashable:
            return self._plain(args, kwargs)
        if mode.taping and any([x.node is not None for x in leaves]):
            return self._plain(args, kwargs)  # a derivative is being taken around this call
        if (  # `holds`, written out for speed
            found is None
            or not found.guards.checks.hold()
            or (found.frozen and not found.masks_hold())
        ):
            return self._anew(key, found, args, kwargs)
        if mode.taping and found.taped is not False:
            # The caller may ask for a derivative, which a replayed result could not give.
            return self._plain(args, kwargs) if found.taped else self._record(key, args, kwargs)
        if not found.program.ready():
            return self._plain(args, kwargs)
        return found.run(leaves, numbers, self._spare(args, kwargs) if self.donated else [])

    def _plain(self, args: tuple, kwargs: dict) -> Any:
        """The function op by op. As in a replay, what it assigns to an argument stays its own."""
        return self.f(*tree.map(_named, args), **tree.map(_named, kwargs))

    def _spare(self, args: tuple, kwargs: dict) -> list[np.ndarray]:
        """The arrays of donated arguments, which results may be written into."""
        if not self.donated:
            return []
        positional = [a for i, a in enumerate(args) if i in self.donated]
        named = [v for k, v in kwargs.items() if k in self._donated_names]
        tensors = [x for x in tree.flatten([positional, named])[0] if isinstance(x, Tensor)]
        arrays = []
        for x in tensors:
            if type(x) is Tensor and x.array.flags.owndata and holders.lone(x):
                x.array.setflags(write=True)  # nobody else has it, no tape and no view
                arrays.append(x.array)
            x.array = x.array.view()  # a tape that read a leaf is to notice
        return arrays

    def _anew(self, key: Any, old: Recorded | None, args: tuple, kwargs: dict) -> Any:
        """Records again what is not there or holds no longer, unless that has proved to be vain."""
        patience = self._patience.get(key)
        if patience is not None:
            if old is not None:
                self._drop(key, old)
            crowded = old is None and len(self._variants(key)) >= VARIANTS
            if patience.rests(None if old is None else old.guards, crowded):
                return self._plain(args, kwargs)
        return self._record(key, args, kwargs)

    def _variants(self, key: Any) -> list[Recorded]:
        """The programs of a signature, the latest first."""
        kept: list[Recorded] = []
        one = self._programs.get(key)
        while one is not None:
            kept.append(one)
            one = one.other
        return kept

    def _drop(self, key: Any, old: Recorded) -> None:
        """Forgets one program of a signature."""
        self._link(key, [one for one in self._variants(key) if one is not old])

    def _link(self, key: Any, programs: list[Recorded]) -> None:
        for one, other in zip(programs, [*programs[1:], None], strict=False):
            one.other = other
        if programs:
            self._programs[key] = programs[0]
        else:
            self._programs.pop(key, None)

    def _record(self, key: Any, args: tuple, kwargs: dict, undo: bool = False) -> Any:
        """Records the function, and returns its result; ``undo``: nothing it assigned stays so."""
        static = {i: args[i] for i in self.static if i < len(args)}
        fixed = {k: v for k, v in kwargs.items() if k in self._static_names}
        weak = Arguments()
        numbers: list[float] = []

        def lift(leaf: Any) -> Any:
            if type(leaf) is float:
                numbers.append(leaf)
                return Weak(leaf, itemgetter(len(numbers) - 1), weak)
            if isinstance(leaf, np.ndarray | np.generic):
                return as_tensor(np.asarray(leaf))
            return leaf

        def call(positional: list, named: dict) -> Any:
            weak.recorder = mode.recorder
            full = [static.get(i, a) for i, a in enumerate(positional)]
            return self.f(*full, **{**named, **fixed})

        free, named, _ = self._free(args, kwargs)
        lifted = tree.map(lift, [free, named])
        others = [x for x in tree.flatten(lifted)[0] if not isinstance(x, Tensor | Weak)]
        if isinstance(self.f, _Method):
            others.append(self.f.instance())
        guards = Guards(self.f, others)
        with guards.watching():
            result, graph, (shape, slots) = record(call, lifted)
        weak.recorder = None
        patience = self._patience.setdefault(key, Patience("jit", self.f))
        if not guards.settle(graph):
            patience.vain(guards)
            if undo:
                graph.undo()
            return result
        program = make(graph)
        native = program.ready(wait=Settings.deterministic)
        taped = _leads_outside(result, graph) if mode.taping else None
        found = Recorded(program, shape, slots, guards, taped, weak)
        found.frozen = graph.frozen
        others = [one for one in self._variants(key) if not one.weak.fit(numbers)]
        self._link(key, [found, *others[: VARIANTS - 1]])
        if undo:
            graph.undo()
        elif native and Settings.deterministic and not taped:
            # The program's own result and contents, so that every call has the same bits.
            graph.undo()
            leaves = [x for x in tree.flatten(lifted)[0] if isinstance(x, Tensor)]
            return found.run(leaves, numbers, self._spare(args, kwargs))
        return result

    def program(self, *args: Any, **kwargs: Any) -> Program:
        """The program of a call with these arguments (recorded now if it was not before).

        ``print(f.program(x))`` lists its instructions, buffers, bytes and operations.
        """
        key, _, numbers = self._split(args, kwargs)
        found = self._fitting(key, numbers)
        if found is None:
            self._record(key, args, kwargs, undo=True)
            found = self._fitting(key, numbers)
        if found is None:
            raise RecordError(self._patience[key].text)
        return found.program

    def wait(self) -> Jitted:
        """Returns once every recorded program is native: for timing, and for tests."""
        for own in (self, *self._of.values()):
            for key in own._programs:
                for one in own._variants(key):
                    one.program.ready(wait=True)
        return self


class Bound:
    """A jitted method of one instance; its programs go when the instance does."""

    guarded = ("__func__", "__self__")

    def __init__(self, jitted: Jitted, instance: Any) -> None:
        self.__func__, self.__self__ = jitted, instance

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__func__(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__func__, name)


class _Method:
    """A function with its first argument given, which it does not keep alive."""

    guarded = ("function",)  # the instance is a root of its own

    def __init__(self, function: Callable[..., Any], instance: Any) -> None:
        update_wrapper(self, function)
        self.function, self.instance = function, weakref.ref(instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(self.instance(), *args, **kwargs)


class _Unhashable(TypeError):
    """An argument that no signature can name."""


def _watch(value: Any, forget: Callable[[int], Any], name: int) -> bool:
    """Calls ``forget(name)`` when an object goes; whether it can be told."""
    try:
        weakref.finalize(value, forget, name).atexit = False
    except TypeError:
        return False
    return True


def _forget(jitted: Jitted) -> Callable[[int], None]:
    held = weakref.ref(jitted)

    def forget(name: int) -> None:
        owner = held()
        if owner is None:
            return
        owner._known.pop(name, None)
        for key in [k for k in owner._programs if ("object", name) in k[1]]:
            del owner._programs[key]

    return forget


def _parameter_names(f: Callable[..., Any]) -> list[str] | None:
    """The names of the positional parameters; None where there may be any number of them."""
    try:
        found = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in found):
        return None
    return [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _typed(value: Any) -> Any:
    """A value's type, and those of what it holds: 1, 1.0 and True are equal and not the same."""
    if isinstance(value, tuple):
        return (type(value), tuple([_typed(v) for v in value]))
    return (type(value), repr(value)) if isinstance(value, float | complex) else type(value)


def _leads_outside(result: Any, graph: Graph) -> bool:
    """Whether a result's tape ends at a leaf of outside that the function leaves as it is."""
    assigned = {id(old.tensor) for old, _ in graph.effects}
    roots = [y for y in tree.flatten(result)[0] if isinstance(y, Tensor)]
    leaves = [node for node in sort(roots) if isinstance(node, Leaf)]
    return any(id(leaf.owner) not in assigned for leaf in leaves)


def _named(x: Any) -> Any:
    """An argument under another name, to which a function may assign."""
    if type(x) not in (Tensor, Shared):
        return x
    y = share(x.array) if type(x) is Shared else wrap(x.array)
    y.node = x.node
    if x.node is None and in_state(x.array):
        y.array = x.array.copy()
    if mode.recorder is not None:
        mode.recorder.alias(y, x)
    return y


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
    An argument that f assigns to (``x[0] = 1``) is changed for f alone, as in `grad`.
    A signature is the arguments' structure, shapes and dtypes. Arrays are inputs. Python floats are
    too, and keep their weak dtype; one that Python looks at (``if a > 0``) records anew where it
    would see something else. Integers, booleans and strings are fixed and part of the signature,
    other objects by identity. Python code runs only while recording: what it prints or appends
    happens once. A change of anything that f reads (globals, closed-over values, attributes, items,
    what its helpers read) is noticed and records anew. What cannot be watched (an iterator, a file,
    the clock, ``random``, a value f changes itself) makes f run op by op, and a RecordWarning says
    so once. On a method, each instance has its own programs. Raises RecordError where Python asks
    for the contents of an array that changes from call to call (``if x > 0``), TypeError for what
    is no function and for positions of arguments there are not.

    >>> import autograd_nn as ag
    >>> f = ag.jit(lambda x: (ag.sin(x) * x).sum())
    >>> round(float(f(ag.Tensor([1.0, 2.0]))), 6)
    2.660066
    """

    def wrap_function(g: Any) -> Any:
        if isinstance(g, staticmethod | classmethod):
            return type(g)(wrap_function(g.__func__))
        if not callable(g):
            hint = " Put @ag.jit below @property." if isinstance(g, property) else ""
            raise TypeError(f"jit received {type(g).__name__}; expected a function.{hint}")
        names = _parameter_names(g)
        count = None if names is None else len(names)
        static = frozenset(positions(static_argnums, "static_argnums", count, "jit: "))
        donated = frozenset(positions(donate_argnums, "donate_argnums", count, "jit: "))
        if isinstance(g, Jitted):
            g, static, donated = g.f, static | g.static, donated | g.donated
        if static & donated:
            raise TypeError(
                f"jit: received {sorted(static & donated)} in static_argnums and donate_argnums; "
                "expected each argument in one of them: a fixed one has no array to give up."
            )
        return Jitted(g, static, donated)

    return wrap_function if f is None else wrap_function(f)
