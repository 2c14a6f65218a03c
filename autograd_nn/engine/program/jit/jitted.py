"""Jitted functions: each call finds its program and runs it, or runs the function itself."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial, update_wrapper
from operator import itemgetter
from typing import Any

import numpy as np

from autograd_nn.engine import holders, tree
from autograd_nn.engine.errors import RecordError
from autograd_nn.engine.graph.guards.guards import Guards
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.mode import Settings, mode
from autograd_nn.engine.node import in_state
from autograd_nn.engine.program.jit.recorded import Recorded, Shelf, leads_outside
from autograd_nn.engine.program.jit.signature import Signature, Unhashable, names_at, watch
from autograd_nn.engine.program.program import Program
from autograd_nn.engine.program.records import Records
from autograd_nn.engine.program.target.pace import Pace
from autograd_nn.engine.program.target.target import Target
from autograd_nn.engine.tensor import Shared, Tensor, as_tensor, share, wrap
from autograd_nn.engine.weak import Arguments, Weak


class Jitted:
    """A function whose calls are replayed natively; see `jit`."""

    _guarded = ("f",)  # what programs that call it follow from: not its own programs

    def __init__(
        self, f: Callable[..., Any], static: frozenset[int], donated: frozenset[int],
        target: Target,
    ) -> None:  # fmt: skip
        update_wrapper(self, f)
        self.f, self.static, self.donated, self.target = f, static, donated, target
        self._donated_names = names_at(f, donated)
        self._programs = Shelf()
        self._records = Records("jit", f, target)
        self._signature = Signature(f, static, self._programs.forget)
        self._split = self._signature.split
        self._of: dict[int, Jitted] = {}  # of each instance that this is a method of

    # ---- methods ------------------------------------------------------------------------------

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        own = self._of.get(id(instance))
        if own is None:
            f = _Method(self.f, instance)
            static = frozenset(i - 1 for i in self.static if i)
            own = Jitted(f, static, frozenset(i - 1 for i in self.donated if i), self.target)
            if not watch(instance, self._of.pop, id(instance)):
                own.f = partial(self.f, instance)  # held, for nothing would tell when it goes
            self._of[id(instance)] = own
        return Bound(own, instance)

    # ---- calls --------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if mode.recorder is not None or not self.target.wanted():
            return self._plain(args, kwargs)  # joins the recording around it, or no native code
        try:
            key, leaves, numbers = self._split(args, kwargs)
            found = self._programs.fitting(key, numbers) if numbers else self._programs.get(key)
        except Unhashable:
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
            found.pace = pace = found.pace or Pace(self.target)
            if not pace.ready(found.program):
                return pace.timed(self._plain, args, kwargs)
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
        if old is not None:
            self._programs.drop(key, old)
        crowded = old is None and self._programs.crowded(key)
        if self._records.patience(key).rests(None if old is None else old.guards, crowded):
            return self._plain(args, kwargs)
        return self._record(key, args, kwargs)

    def _record(self, key: Any, args: tuple, kwargs: dict, undo: bool = False) -> Any:
        """Records the function, and returns its result; ``undo``: nothing it assigned stays so."""
        static = {i: args[i] for i in self.static if i < len(args)}
        fixed = {k: v for k, v in kwargs.items() if k in self._signature.static_names}
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

        free, named, _ = self._signature.free(args, kwargs)
        lifted = tree.map(lift, [free, named])
        others = [x for x in tree.flatten(lifted)[0] if not isinstance(x, Tensor | Weak)]
        if isinstance(self.f, _Method):
            others.append(self.f.instance())
        guards = Guards(self.f, others)
        taken = self._records.take(
            key, guards, lambda: record(call, lifted), wait=Settings.deterministic
        )
        weak.recorder = None
        result, graph, (shape, slots) = taken.result, taken.graph, taken.made
        if taken.program is None:
            if undo:
                graph.undo()
            return result
        taped = leads_outside(result, graph) if mode.taping else None
        found = Recorded(taken.program, shape, slots, guards, taped, weak)
        found.frozen = graph.frozen
        self._programs.put(key, found, numbers)
        if undo:
            graph.undo()
        elif taken.ready and Settings.deterministic and not taped:
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
        found = self._programs.fitting(key, numbers)
        if found is None:
            self._record(key, args, kwargs, undo=True)
            found = self._programs.fitting(key, numbers)
        if found is None:
            raise RecordError(self._records.patience(key).text)
        return found.program

    def wait(self) -> Jitted:
        """Returns once every recorded program is native: for timing, and for tests."""
        for own in (self, *self._of.values()):
            for key in own._programs:
                for one in own._programs.variants(key):
                    one.program.ready(wait=True)
        return self


class Bound:
    """A jitted method of one instance; its programs go when the instance does."""

    _guarded = ("__func__", "__self__")

    def __init__(self, jitted: Jitted, instance: Any) -> None:
        self.__func__, self.__self__ = jitted, instance

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__func__(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__func__, name)


class _Method:
    """A function with its first argument given, which it does not keep alive."""

    _guarded = ("function",)  # the instance is a root of its own

    def __init__(self, function: Callable[..., Any], instance: Any) -> None:
        update_wrapper(self, function)
        self.function, self.instance = function, weakref.ref(instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(self.instance(), *args, **kwargs)


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
