"""Owners: whose code and whose classes they are, told by the folder of their file.

Own and library code is trusted to read no changing state of its own; a user's is watched.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import types
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

OWN, STANDARD, LIBRARY, USER = "own", "standard", "library", "user"


def _folder(path: str) -> str:
    return os.path.realpath(path).rstrip(os.sep) + os.sep


@lru_cache(maxsize=1)
def _folders() -> list[tuple[str, str]]:
    found = []
    for name in ("autograd_nn", "numpy", "scipy", "numba", "llvmlite"):
        spec = find_spec(name)  # it may be imported later: SciPy is, by an op that needs it
        if spec is not None and spec.origin:
            where = _folder(os.path.dirname(spec.origin))
            found.append((where, OWN if name == "autograd_nn" else LIBRARY))
    for key in ("purelib", "platlib"):
        found.append((_folder(sysconfig.get_path(key)), USER))
    for key in ("stdlib", "platstdlib"):
        found.append((_folder(sysconfig.get_path(key)), STANDARD))
    return found


@lru_cache(maxsize=4096)
def owner(path: str) -> str:
    """Whose a file is: this package's, the standard library's, another library's or a user's."""
    if path.startswith("<frozen"):
        return STANDARD
    if path.startswith("<__array_function__"):
        return LIBRARY
    full = os.path.realpath(path)
    for folder, whose in _folders():
        if full.startswith(folder):
            return whose
    return USER


def code_owner(code: types.CodeType, space: dict[str, Any]) -> str:
    """Whose code is; of generated code, whose the module is that it looks its globals up in."""
    path = code.co_filename
    if path == "<string>" and str(space.get("__name__")).startswith("namedtuple_"):
        return LIBRARY  # the constructor that a named tuple is given: it reads its arguments alone
    if path.startswith("<") and not path.startswith(("<frozen", "<__array_function__")):
        return module_owner(space.get("__name__"))
    return owner(path)


def type_owner(cls: type) -> str:
    """Whose a class is."""
    return module_owner(cls.__module__)


@lru_cache(maxsize=4096)
def module_owner(name: Any) -> str:
    """Whose a module is, by its name."""
    module = sys.modules.get(name) if isinstance(name, str) else None
    if module is None or name == "__main__":
        return USER
    path = getattr(module, "__file__", None)
    if path is None:
        return STANDARD if name.partition(".")[0] in sys.stdlib_module_names else USER
    return owner(path)
