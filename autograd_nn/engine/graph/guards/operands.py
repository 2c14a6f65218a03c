"""Operands: which values that code looks up go straight into an operator or an op.

A program reads the arrays that its ops take at every run, so they need no guard, unless Python
reads them too (``if a[0] > 0``). Whether it does is told by counting: where all look-ups of an
array lead into an operator, and the ops took it as often as the look-ups ran, nothing else saw it.
"""

from __future__ import annotations

import dis
import types
from functools import lru_cache
from typing import Any

from autograd_nn.engine.graph.guards.reads import (
    CELL,
    GLOBAL,
    IDLE,
    Chain,
    is_attribute,
    is_item,
)

# How code gets at a value: ('global' | 'cell', name, chain), or ('attribute', name, ()).
Way = tuple[str, str, Chain]
# Where it goes: True into an operator, False elsewhere, or into a call of what a way leads to.
Goal = bool | Way

ONCE = frozenset("+ - * / @ **".split())  # operators that take each operand once
PUSHES = ("LOAD_CONST", "LOAD_FAST", "LOAD_SMALL_INT", "LOAD_CLOSURE", "LOAD_DEREF", "PUSH_NULL")


@lru_cache(maxsize=4096)
def _goals(code: types.CodeType, place: int) -> dict[Way, list[Goal]]:
    lines = [
        i for i in dis.get_instructions(code) if i.opname not in IDLE or i.opname == "PUSH_NULL"
    ]
    found: dict[Way, list[Goal]] = {}
    stack: list[Way | None] = []
    loops = [
        (i.argval, i.offset)
        for i in lines
        if _jumps(i) and isinstance(i.argval, int) and i.argval <= i.offset
    ]

    def goes(way: Way | None, goal: Goal) -> None:
        if way is not None:
            found.setdefault(way, []).append(goal)

    def pop(n: int = 1) -> list[Way | None]:
        taken = [stack.pop() if stack else None for _ in range(n)]
        return taken[::-1]

    def forget() -> None:
        for way in stack:
            goes(way, False)
        stack.clear()

    constant: Any = None
    for k, line in enumerate(lines):
        name, value = line.opname, line.argval
        if line.is_jump_target or _jumps(line):
            forget()
        again = any(a <= line.offset <= b for a, b in loops)
        if name in GLOBAL or (name in CELL and value in code.co_freevars):
            stack += [None] * (dis.stack_effect(line.opcode, line.arg) - 1)
            kind = "global" if name in GLOBAL else "cell"
            stack.append((kind, value, ()))
            if again:
                goes(stack[-1], False)
        elif is_attribute(line) and not name.startswith(("LOAD_SUPER", "IMPORT")):
            (way,) = pop()
            if way is None or way[0] == "attribute":
                goes(way, False)
                way = ("attribute", value, ())
            else:
                way = (way[0], way[1], (*way[2], ("attribute", value)))
            stack.append(way)
            if again:
                goes(way, False)
            stack += [None] * dis.stack_effect(line.opcode, line.arg)
        elif is_item(lines, k):
            constant = value
            stack.append(None)
        elif name == "BINARY_SUBSCR" or (name == "BINARY_OP" and line.argrepr == "[]"):
            way, key = pop(2)
            goes(key, False)
            if way is not None and way[0] != "attribute" and k and is_item(lines, k - 1):
                way = (way[0], way[1], (*way[2], ("item", constant)))
                if again:
                    goes(way, False)
                stack.append(way)
            else:
                goes(way, False)
                stack.append(None)
        elif name == "BINARY_OP":
            for way in pop(2):
                goes(way, line.argrepr in ONCE)
            stack.append(None)
        elif name == "CALL":
            given = pop(line.arg or 0)
            callee = next((way for way in pop(2) if way is not None), None)
            for way in given:
                goes(way, callee if callee is not None and callee[0] != "attribute" else False)
            stack.append(None)
        elif name.startswith(PUSHES):
            stack += [None] * dis.stack_effect(line.opcode, line.arg)
        else:
            forget()
    forget()
    return found


def goals(code: types.CodeType) -> dict[Way, list[Goal]]:
    """Where each value that ``code`` looks up goes, an entry for each look-up."""
    return _goals(code, id(code))


def _jumps(line: dis.Instruction) -> bool:
    return line.opcode in dis.hasjrel or line.opcode in dis.hasjabs
