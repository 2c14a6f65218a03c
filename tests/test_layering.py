"""The house's floors: imports go down or stay; what goes up is listed, and the list only shrinks.

Every import counts, also one inside a function (deferred) or for types alone.
"""

from __future__ import annotations

import ast
from pathlib import Path

import autograd_nn

ROOT = Path(autograd_nn.__file__).parent
# From the ground up; a module belongs to the longest name here that begins its own.
FLOORS: dict[str, int] = {
    "engine.kernels": 0,
    "engine": 1,
    "engine.ops": 2,
    "engine.flat": 3, "engine.random": 3, "engine.numpy_protocol": 3,
    "engine.numpy_functions": 3,
    "engine.graph": 4,
    "engine.program": 5, "engine.check": 5, "engine.transforms": 5,
    "nn": 6,
    "cli": 7, "__main__": 7, "": 7,
}  # fmt: skip


def floor(module: str) -> int:
    name = module.removeprefix("autograd_nn").removeprefix(".")
    while name not in FLOORS:
        name = name.rpartition(".")[0]
    return FLOORS[name]


def imports(path: Path) -> set[str]:
    """The modules of this package that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograd_nn"):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                there = ROOT.joinpath(*whole.split(".")[1:])
                is_module = there.with_suffix(".py").exists() or there.is_dir()
                found.add(whole if is_module else str(node.module))
        elif isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.startswith("autograd_nn")}
    return found


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
    ("engine.ops", "engine.numpy_protocol"),  # makes NumPy's functions methods of Tensor
    # Where the package lies, for another process.
    ("engine.program.target.cpu.helper", "autograd_nn"),
    ("nn", "autograd_nn"),  # the version
}


def test_imports_go_down_but_for_those_listed() -> None:
    found = upward()
    assert not found - UPWARD, "new arrows up: move what is needed down, or pass it in"
    assert not UPWARD - found, "arrows that are gone: take them off the list"
