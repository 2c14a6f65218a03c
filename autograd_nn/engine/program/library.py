"""Kernels ready to be called: from memory, the cache on disk, or compiled in the background."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from functools import cache
from typing import Any

from autograd_nn.engine.program.cache import Cache, key_of
from autograd_nn.engine.program.compiler import Code, CompileError, Compiler, Source


class Library:
    """Addresses of compiled kernels by source, for the whole process: equal ones compile once."""

    def __init__(self, cache: Cache | None = None) -> None:
        self.cache = Cache() if cache is None else cache
        self._addresses: dict[str, int] = {}
        self._failed: dict[str, CompileError] = {}
        self._pending: set[str] = set()
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._engine: Any = None
        self._keys: dict[Source, str] = {}
        self.compiled = 0
        self.generation = 0  # counts kernels that became ready or failed

    def _key(self, source: Source) -> str:
        found = self._keys.get(source)
        if found is None:
            found = self._keys[source] = key_of(source)
        return found

    def address(self, source: Source) -> int | None:
        """Where the kernel's code is; None while it is not there (or cannot be compiled)."""
        return self._addresses.get(self._key(source))

    def failure(self, source: Source) -> CompileError | None:
        """Why the kernel could not be compiled; None where that is not known to be so."""
        return self._failed.get(self._key(source))

    def request(self, sources: Iterable[Source], helpers: int = 1) -> bool:
        """Gets kernels ready; True when all are. What the cache lacks is compiled meanwhile.

        helpers   how many processes compile: more where somebody waits for them.
        """
        missing: list[Source] = []
        with self._lock:
            for source in dict.fromkeys(sources):
                key = self._key(source)
                if key in self._addresses or key in self._failed:
                    continue
                code = None if key in self._pending else self.cache.get(key)
                if code is not None and self._load(key, code):
                    continue
                missing.append(source)
            fresh = [s for s in missing if self._key(s) not in self._pending]
            self._pending.update(self._key(s) for s in fresh)
        helpers = min(helpers, 1 + len(fresh) // 4)  # one takes half a second to start
        for part in (fresh[k::helpers] for k in range(helpers)):
            if part:
                threading.Thread(target=self._compile, args=(part,), daemon=True).start()
        return not missing

    def wait(self, sources: Iterable[Source]) -> None:
        """Returns when every kernel is there, or has failed."""
        keys = {self._key(s) for s in sources}
        with self._changed:
            self._changed.wait_for(lambda: not keys & self._pending)

    def _compile(self, sources: list[Source]) -> None:
        try:
            for source, code in Compiler().compile(sources):
                key = self._key(source)
                with self._changed:
                    if isinstance(code, CompileError) or not self._load(key, code):
                        self._failed[key] = (
                            code if isinstance(code, CompileError) else CompileError("not loadable")
                        )
                    else:
                        self.compiled += 1
                        self.cache.put(key, code)
                    self._pending.discard(key)
                    self.generation += 1
                    self._changed.notify_all()
        finally:
            with self._changed:
                for source in sources:
                    key = self._key(source)
                    if key in self._pending:
                        self._pending.discard(key)
                        self._failed[key] = CompileError("the compiler stopped")
                self.generation += 1
                self._changed.notify_all()

    def _load(self, key: str, code: Code) -> bool:
        """Links object code into the process; False where a symbol it needs is not here."""
        import llvmlite.binding as llvm

        if self._engine is None:
            llvm.initialize_native_target()
            llvm.initialize_native_asmprinter()
            target = llvm.Target.from_default_triple().create_target_machine(opt=3)
            self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)
        if any(llvm.address_of_symbol(name) is None for name in code.needs):
            return False
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code.data))
        self._engine.finalize_object()
        address = self._engine.get_function_address(code.symbol)
        if not address:
            return False
        self._addresses[key] = address
        return True


_library: Library | None = None


def library() -> Library:
    """This process's library."""
    global _library
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


def _after_fork() -> None:
    """In a forked child the lock may be held by a thread that is not there: start with new ones."""
    if _library is not None:
        _library._lock = threading.RLock()
        _library._changed = threading.Condition(_library._lock)
        _library._pending.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
