"""Guards: what a recorded function read of Python's state, checked at every replay.

A record freezes the Python values its function used. While it is recorded, a tracer names every
code object that runs; their bytecode (`reads`) names the globals, closure cells, attributes and
items they look up. From these roots the guards walk over all that can be reached by those names,
and remember what they found: as of *before* the code ran, so that a function which changes what it
reads is told from one that does not. What cannot be watched (a generator's state, a file, the
clock) is a reason not to replay at all.

Tensors, and arrays that ops read, need no guard: a program reads their contents at every run. An
array the function may have given to NumPy instead is watched by a checksum.
"""

from __future__ import annotations

import gc
import os
import sys
import types
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from autograd_nn.engine.graph.guards import reads as bytecode
from autograd_nn.engine.graph.guards.doors import HARMLESS, STATEFUL, for_user
from autograd_nn.engine.graph.guards.holding import Checks
from autograd_nn.engine.graph.guards.owners import LIBRARY, OWN, STANDARD, code_owner
from autograd_nn.engine.graph.guards.tracer import tracing
from autograd_nn.engine.graph.guards.walk import Walk
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.node import Leaf


class Guards(Walk):
    """The Python state a function reads.

    f         the function, where what it closes over can be told from it.
    objects   other things that the recorded code starts from.
    """

    def __init__(self, f: Any = None, objects: Iterable[Any] = ()) -> None:
        super().__init__([*objects] if f is None else [f, *objects])
        self.runs = 0
        self.checks = Checks([])
        self._always = self.checks

    # ---- while recording -------------------------------------------------------------------------

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Notes what runs in this thread."""
        self._walk()
        calls, ran = self._calls, self._ran

        def called(frame: types.FrameType) -> None:
            code = frame.f_code
            key = id(code)
            if key in ran:  # most calls are this package's own, and over at once
                calls[key] += 1
                return
            ran[key], calls[key] = code, 1
            try:
                self._code(code, frame)
            except Exception as error:
                self._refuse(f"something that cannot be looked at ({error})")

        # The collector may end generators and objects of others' meanwhile: none of what runs then
        # belongs to the function.
        collecting = gc.isenabled()
        gc.disable()
        try:
            with tracing(called):
                yield
        finally:
            if collecting:
                gc.enable()

    def _code(self, code: types.CodeType, frame: types.FrameType) -> None:
        """Takes the names that code is about to read."""
        space = frame.f_globals
        whose = code_owner(code, space)
        if whose == OWN:
            if code.co_name == "backward" and "grad" not in self._names:
                self._names.add("grad")
                self._walk()  # before it sets them
            elif code.co_name == "default_generator":
                self._attribute_check(space["_default"], "generator")
            return
        if whose == LIBRARY or not for_user(frame):
            return
        found = bytecode.reads(code)
        if whose == STANDARD:
            module = str(space.get("__name__", "")).partition(".")[0]
            if module in STATEFUL:
                self._refuse(f"{module}.{code.co_name}()")
            elif module not in HARMLESS:
                self._standard_doors(found, space)
            if space is os.__dict__:
                self._roots.append(os.environ._data)  # type: ignore[attr-defined]
            if module not in HARMLESS:
                self._names |= found.names
                self._by_name |= found.by_name
            self._walk()
            return
        self._users.append(code)
        self._names |= found.names
        self._noting |= found.noting
        self._by_name |= found.by_name
        for name, chains in found.globals.items():
            self._named.append((space, name, chains, code))
        for kind, name, chain in found.noted:
            if kind == "global":
                self._note(self._global(space, name), chain)
        for name in found.imports:
            if name in sys.modules:
                self._named.append((sys.modules, name, {()}, code))
        self._walk()

    # ---- afterwards ------------------------------------------------------------------------------

    def settle(self, graph: Graph) -> bool:
        """Ends the recording; whether it may be replayed: what it read was the same all through."""
        captured = [v.tensor for v in graph.captured if v.tensor is not None]
        self._walk()
        for code in self._users:
            if code not in self._known:
                name = getattr(code, "co_qualname", code.co_name)
                self._refuse(f"{name}, which is found by a way that cannot be followed")
                break
        for x in graph.looked:
            self._contents(x)
        for x in captured:
            if x.node is None or isinstance(x.node, Leaf):
                self._check("attribute", x, "node", x.node, counted=x.state)
        taken = Counter(id(x.array) for x in captured)
        for a in self._arrays.values():
            if not self._only_operand(a, taken[id(a)]):
                self._array_check(a)
        checks = list(self._found.values())
        for c in checks:
            if c.ours:
                c.renew()  # what this package fills in at the first run (an optimizer's moments)
        held = self.reason is None and Checks(checks).look()
        for own in (self._found, self._alive, self._seen, self._arrays, self._ran, self._roots,
                    self._users, self._known, self._named, self._calls, self._ways,
                    self._plain):  # fmt: skip
            own.clear()  # type: ignore[attr-defined]
        lasting = [c for c in checks if not c.gone]  # what came and went in the run, none looks for
        self.checks = Checks(lasting)
        self._always = Checks([c for c in lasting if not c.counted])
        return held

    @property
    def used(self) -> bool:
        """Whether it was asked, and held, more than once since the recording."""
        return max(self.checks.asked, self._always.asked, self.runs) > 2

    def hold(self) -> bool:
        """Whether everything is as it was."""
        return self.checks.hold()

    def steady(self) -> bool:
        """Whether all is as it was but for what is counted: fields of layers and optimizers."""
        return self._always.hold()
