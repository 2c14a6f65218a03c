"""Reads: which names a code object looks up, and how far each look-up goes, told by its bytecode.

``cfg.rate`` is a chain: the global ``cfg``, then its attribute ``rate``; nothing else of ``cfg``
matters. Where a value goes on into a variable or a call, the chain ends there and all of the value
counts. Attributes of anything else (an argument, a local variable, a result) are names that any
object within reach may be asked for.
"""

from __future__ import annotations

import dis
import sys
import types
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

Step = tuple[str, Any]  # ('attribute', name) or ('item', constant key)
Chain = tuple[Step, ...]

GLOBAL = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
CELL = ("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF")
IDLE = ("CACHE", "NOP", "EXTENDED_ARG", "RESUME", "PRECALL", "PUSH_NULL", "NOT_TAKEN")
# What takes an attribute by a name that is not in the code.
BY_NAME = frozenset(
    "getattr hasattr vars dir eval exec globals locals __dict__ __getattribute__ attrgetter "
    "methodcaller getattr_static getmembers __builtins__ __slots__".split()
)
# Methods that take note of something. Where their result is dropped, nothing was read.
NOTES = frozenset(
    "append appendleft add extend insert put put_nowait write writelines flush log debug info "
    "warning error exception critical".split()
)


@dataclass(slots=True)
class Reads:
    """What one code object may look up."""

    globals: dict[str, set[Chain]] = field(default_factory=dict)
    cells: dict[str, set[Chain]] = field(default_factory=dict)
    noted: set[tuple[str, str, Chain]] = field(default_factory=set)  # chains that take notes
    names: set[str] = field(default_factory=set)  # attributes of whatever is at hand
    noting: set[str] = field(default_factory=set)  # attributes that only take notes
    imports: set[str] = field(default_factory=set)
    by_name: bool = False  # attributes may be taken by a computed name


@lru_cache(maxsize=4096)
def _reads(code: types.CodeType, place: int) -> Reads:
    found = Reads()
    lines = [i for i in dis.get_instructions(code) if i.opname not in IDLE]
    i = 0
    while i < len(lines):
        line = lines[i]
        start = i
        i += 1
        name = line.argval
        if line.opname in GLOBAL:
            roots, kind = found.globals, "global"
        elif line.opname in CELL and name in code.co_freevars:
            roots, kind = found.cells, "cell"
        else:
            if line.opname == "IMPORT_NAME":
                found.imports.add(name)
            elif line.opname.startswith(("LOAD_FAST", "LOAD_DEREF")):
                # A note to an attribute of an argument: ``self.log.append(y)``.
                end = _attributes(lines, i)
                if end - i > 1 and _only_noted(lines, start, end):
                    found.names.update(x.argval for x in lines[i : end - 2])
                    found.noting.add(lines[end - 2].argval)
                    i = end
            elif line.opname.startswith("MATCH_"):
                found.names.update(_texts(code.co_consts))
                found.names.add("__match_args__")
            elif is_attribute(line):
                found.names.add(name)
            continue
        chain: list[Step] = []
        end = i
        while end < len(lines) and not lines[end].is_jump_target:
            if is_attribute(lines[end]):
                chain.append(("attribute", lines[end].argval))
                end += 1
            elif is_item(lines, end):
                chain.append(("item", lines[end].argval))
                end += 2
            else:
                break
        i = end
        if name in BY_NAME or any(key in BY_NAME for kind, key in chain if kind == "attribute"):
            found.by_name = True
        if chain and _only_noted(lines, start, end):
            found.noted.add((kind, name, tuple(chain[:-1])))
        elif not chain and _advanced(lines, start):
            found.noted.add((kind, name, ()))
        else:
            roots.setdefault(name, set()).add(tuple(chain))
    found.by_name |= not BY_NAME.isdisjoint(found.names)
    return found


def reads(code: types.CodeType) -> Reads:
    """What ``code`` may look up (equal code at another place is other code)."""
    return _reads(code, id(code))


def nested(code: types.CodeType) -> list[types.CodeType]:
    """A code object and those of the functions, classes and comprehensions written inside it."""
    found = [code]
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found += nested(constant)
    return found


def _texts(values: Any) -> set[str]:
    found: set[str] = set()
    for v in values:
        if isinstance(v, str):
            found.add(v)
        elif isinstance(v, tuple):
            found |= _texts(v)
    return found


def is_attribute(line: dis.Instruction) -> bool:
    name = line.opname
    return name.startswith(("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER", "IMPORT_FROM"))


def is_item(lines: list[dis.Instruction], i: int) -> bool:
    if i + 1 >= len(lines) or lines[i + 1].is_jump_target:
        return False
    key, take = lines[i], lines[i + 1]
    constant = key.opname in ("LOAD_CONST", "LOAD_SMALL_INT")
    return constant and (
        take.opname == "BINARY_SUBSCR" or (take.opname == "BINARY_OP" and take.argrepr == "[]")
    )


def _attributes(lines: list[dis.Instruction], i: int) -> int:
    while i < len(lines) and not lines[i].is_jump_target and is_attribute(lines[i]):
        i += 1
    return i


def _only_noted(lines: list[dis.Instruction], start: int, end: int) -> bool:
    """Whether the chain ends in a call of a noting method whose result is dropped."""
    if not is_attribute(lines[end - 1]) or lines[end - 1].argval not in NOTES:
        return False
    # The receiver lies under the arguments; the call that brings the stack down takes it.
    depth = 0
    for i in range(end, len(lines) - 1):
        line = lines[i]
        if line.is_jump_target or line.opcode in dis.hasjrel or line.opcode in dis.hasjabs:
            return False
        if line.opname.startswith("CALL") and depth == (line.arg or 0):
            return lines[i + 1].opname == "POP_TOP"
        depth += _effect(line)
        if depth < 0:
            return False
    return False


def _effect(line: dis.Instruction) -> int:
    effect = dis.stack_effect(line.opcode, line.arg)
    if line.opname == "CALL" and sys.version_info < (3, 12):
        effect -= line.arg or 0  # there PRECALL takes the arguments off
    return effect


def _advanced(lines: list[dis.Instruction], i: int) -> bool:
    """Whether line ``i`` is the ``it`` of a statement ``next(it)``."""
    if i < 1 or i + 2 >= len(lines):
        return False
    before, call, drop = lines[i - 1], lines[i + 1], lines[i + 2]
    return (
        before.opname in GLOBAL
        and before.argval == "next"
        and call.opname == "CALL"
        and call.arg == 1
        and drop.opname == "POP_TOP"
    )
