"""The house's floors: imports go down or stay; what goes up is listed, and the list only shrinks.

Every import counts, also one inside a function (deferred) or for types alone.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import autograd_nn

ROOT = Path(autograd_nn.__file__).parent
# From the ground up; a module belongs to the longest name here that begins its own.
FLOORS: dict[str, float] = {
    "version": 0, "engine.kernels": 0,
    "engine": 1,
    "engine.ops": 2,
    "engine.flat": 3, "engine.random": 3, "engine.numpy_protocol": 3,
    "engine.numpy_functions": 3, "engine.numpy_ufuncs": 3,
    "engine.graph": 4,
    "engine.program": 5, "engine.check": 5, "engine.transforms": 5,
    # What a program is; better graphs, places, kernels; a machine, and running on it; the doors.
    "engine.program.passes": 5.1, "engine.program.plan": 5.2, "engine.program.lower": 5.3,
    "engine.program.target": 5.4, "engine.program.run": 5.5, "engine.program.make": 5.6,
    "engine.program.records": 5.7, "engine.program.stretch": 5.8, "engine.program.jit": 5.8,
    "nn": 6, "compat": 6.5,
    "cli": 7, "__main__": 7, "": 7,
}  # fmt: skip


def floor(module: str) -> float:
    name = module.removeprefix("autograd_nn").removeprefix(".")
    while name not in FLOORS:
        name = name.rpartition(".")[0]
    return FLOORS[name]


@cache
def imports(path: Path) -> set[str]:
    """The modules of this package that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograd_nn"):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                there = ROOT.joinpath(*whole.split(".")[1:])
                is_module = there.with_suffix(".py").exists() or there.is_dir()
                found.add(whole if is_module else str(node.module))
        elif isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.startswith("autograd_nn")}
    return found


@cache
def modules() -> dict[str, Path]:
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = ("autograd_nn", *path.relative_to(ROOT).with_suffix("").parts)
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def upward() -> set[tuple[str, str]]:
    return {
        (name.removeprefix("autograd_nn."), target.removeprefix("autograd_nn."))
        for name, path in modules().items()
        for target in imports(path)
        if floor(target) > floor(name)
    }


UPWARD = {
    # Rules and walks are written in ops, which are made of tensors and taped: the one real circle.
    ("engine.cuts", "engine.ops"),
    ("engine.tape", "engine.ops"),
    ("engine.tensor", "engine.ops"),
    ("engine.weak", "engine.ops"),
}


def test_imports_go_down_but_for_those_listed() -> None:
    found = upward()
    assert not found - UPWARD, "new arrows up: move what is needed down, or pass it in"
    assert not UPWARD - found, "arrows that are gone: take them off the list"


# The one real circle (above).
CORE = ["calls", "cuts", "declare", "doors", "mode", "node", "op", "ops", "tape", "tensor", "weak"]
CIRCLES = [[f"engine.{name}" for name in CORE]]


def circles() -> set[frozenset[str]]:
    """Sets of modules that all import one another in the end (Tarjan's components)."""
    known = modules()
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: list[str] = []
    found: set[frozenset[str]] = set()

    def visit(name: str) -> None:
        number[name] = low[name] = len(number)
        open_.append(name)
        for target in imports(known[name]) & known.keys():
            if target not in number:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in open_:
                low[name] = min(low[name], number[target])
        if low[name] == number[name]:
            at = open_.index(name)
            if len(open_) - at > 1:
                found.add(frozenset(n.removeprefix("autograd_nn.") for n in open_[at:]))
            del open_[at:]

    for name in known:
        if name not in number:
            visit(name)
    return found


def test_no_imports_go_round_but_where_it_is_listed() -> None:
    found = circles()

    def within(circle: frozenset[str], rooms: list[str]) -> bool:
        return all(any(f"{name}.".startswith(f"{room}.") for room in rooms) for name in circle)

    for circle in found:
        assert any(within(circle, rooms) for rooms in CIRCLES), f"a new circle: {sorted(circle)}"
    for rooms in CIRCLES:
        assert any(within(c, rooms) for c in found), f"gone, take it off the list: {rooms}"
