"""Kernels ready to be called: from memory, the cache on disk, or compiled in the background."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from functools import cache, partial
from typing import Any
from weakref import WeakValueDictionary

from autograd_nn.engine import forks
from autograd_nn.engine.program.target.cpu.asking import Compiler
from autograd_nn.engine.program.target.cpu.cache import Cache, key_of
from autograd_nn.engine.program.target.cpu.compiler import UNUSED, Code, CompileError, Source

RECENT = 64  # kernels that stay although no program has them: the next program often needs them
KEYS = 4096  # sources whose keys are remembered


linking = forks.Gate(rank=61)  # as `asking.compiling`


class Kernel:
    """A kernel's code in memory. The memory is given back when nobody holds the kernel any more."""

    __slots__ = ("__weakref__", "_unit", "address")

    def __init__(self, address: int, unit: _Unit) -> None:
        self.address, self._unit = address, unit


class _Unit:
    """Object code that was linked in one go."""

    def __init__(self, codes: Iterable[Code]) -> None:
        import llvmlite.binding as llvm

        with linking.lock:
            self.engine = _engine()
            for code in codes:
                self.engine.add_object_file(llvm.ObjectFileRef.from_data(code.data))
            self.engine.finalize_object()

    def __del__(self) -> None:
        try:  # by no name of the module's: at exit they may be gone
            with linking.lock:
                self.engine.close()
        except (AttributeError, TypeError):
            pass

    def kernel(self, code: Code) -> Kernel | None:
        address = self.engine.get_function_address(code.symbol)
        return Kernel(address, self) if address else None


def _engine() -> Any:
    import llvmlite.binding as llvm

    target = llvm.Target.from_default_triple().create_target_machine(opt=3)
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)


@cache
def _initialize() -> None:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    _engine()  # the first one makes the process's own symbols known, such as the C library's
    if llvm.address_of_symbol(UNUSED) is None:
        llvm.add_symbol(UNUSED, llvm.address_of_symbol("free"))


class Library:
    """Compiled kernels by source, for the whole process: equal ones compile once."""

    lock: Any  # given by `forks.guard`, renewed after a fork

    def __init__(self, cache: Cache | None = None) -> None:
        self.cache = Cache() if cache is None else cache
        self.compiler = Compiler(self.cache, self._answered)
        self._kernels: WeakValueDictionary[str, Kernel] = WeakValueDictionary()
        self._recent: OrderedDict[str, Kernel] = OrderedDict()
        self._failed: dict[str, CompileError] = {}
        self._pending: dict[str, Source] = {}
        self._keys: dict[Source, str] = {}
        self.compiled = 0
        self.generation = 0  # counts kernels that became ready or failed
        forks.guard(self, rank=50)
        self._changed = threading.Condition(self.lock)

    def after_fork(self) -> None:
        """In a child nothing is being compiled; programs ask again."""
        self._changed = threading.Condition(self.lock)
        self._pending.clear()
        self.generation += 1

    def _key(self, source: Source) -> str:
        found = self._keys.get(source)
        if found is None:
            if len(self._keys) >= KEYS:
                self._keys.clear()
            found = self._keys[source] = key_of(source)
        return found

    def failure(self, source: Source) -> CompileError | None:
        """Why the kernel could not be compiled; None where that is not known to be so."""
        return self._failed.get(self._key(source))

    def request(
        self,
        sources: Iterable[Source],
        held: dict[Source, Kernel],
        urgent: bool = False,
        ask: bool = True,
    ) -> bool:
        """Puts the kernels that are there into ``held``; True when no other is to come.

        What the cache lacks is compiled meanwhile, but with ``ask=False``.
        urgent   somebody waits for it.
        """
        missing: dict[str, Source] = {}
        with self.lock:
            for source in dict.fromkeys(sources):
                key = self._key(source)
                if source in held or key in self._failed:
                    continue
                kernel = self._kernels.get(key)
                if kernel is None:
                    missing[key] = source
                else:
                    held[source] = kernel
                    self._use(key, kernel)
            stored = {k: c for k in missing if k not in self._pending and (c := self.cache.get(k))}
            self._load(stored)
            for key in stored:
                kernel = self._kernels.get(key)
                if kernel is not None:
                    held[missing.pop(key)] = kernel
            if not ask:
                return not missing
            fresh = [s for k, s in missing.items() if urgent or k not in self._pending]
            self._pending |= missing
        if fresh:
            self.compiler.ask(fresh, urgent)
        return not missing

    def seconds(self, sources: Iterable[Source]) -> float:
        """About how long who waits for these kernels would do so."""
        return self.compiler.seconds([s for s in sources if self._key(s) not in self._failed])

    def wait(self, sources: Iterable[Source], held: dict[Source, Kernel]) -> None:
        """Returns when every kernel is in ``held``, or has failed."""
        sources = list(sources)
        while not self.request(sources, held, urgent=True):
            keys = {self._key(s) for s in sources}
            with self._changed:
                # A child forked meanwhile would wait for its parent's helpers: it asks again.
                self._changed.wait_for(partial(self._settled, keys), timeout=1.0)
        self.compiler.relax()

    def _settled(self, keys: set[str]) -> bool:
        return not keys & self._pending.keys()

    def _answered(self, source: Source, code: Code | CompileError) -> None:
        """A kernel was compiled, or could not be."""
        key = self._key(source)
        with self._changed:
            if self._pending.pop(key, None) is None:
                return  # somebody else was faster
            if isinstance(code, CompileError):
                self._failed[key] = code
            else:
                self._load({key: code})
                if key in self._kernels:
                    self.compiled += 1
                else:
                    self._failed[key] = CompileError("not loadable")
            self.generation += 1
            self._changed.notify_all()

    def _load(self, codes: dict[str, Code]) -> None:
        """Links object code into the process, but for what needs a symbol that is not here."""
        if not codes:
            return
        import llvmlite.binding as llvm

        _initialize()
        codes = {
            key: code
            for key, code in codes.items()
            if all(llvm.address_of_symbol(name) is not None for name in code.needs)
        }
        if not codes:
            return
        unit = _Unit(codes.values())
        for key, code in codes.items():
            kernel = unit.kernel(code)
            if kernel is not None:
                self._kernels[key] = kernel
                self._use(key, kernel)

    def _use(self, key: str, kernel: Kernel) -> None:
        self._recent[key] = kernel
        self._recent.move_to_end(key)
        while len(self._recent) > RECENT:
            self._recent.popitem(last=False)


_library: Library | None = None
_making = threading.Lock()


def library() -> Library:
    """This process's library."""
    global _library
    if _library is None:
        with _making:
            if _library is None:
                _library = Library()
    return _library


def native_wanted() -> bool:
    """Whether programs may run natively: AUTOGRAD_NN_JIT=0 turns it off, a missing llvmlite too."""
    return os.environ.get("AUTOGRAD_NN_JIT") != "0" and _llvm_here()


@cache
def _llvm_here() -> bool:
    try:
        import llvmlite.binding  # noqa: F401
    except ImportError:
        return False
    return True
