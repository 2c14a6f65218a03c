"""Scalar bodies as text: an op's function of numbers, written into a loop in place."""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

# What a body's math.f is in a kernel: NumPy's floor and ceil keep floats; our own exponentials and
# logarithms become vectors, where the C library's would be called entry by entry.
MATH = {"floor": "np.floor", "ceil": "np.ceil", "cbrt": "np.cbrt"} | {
    name: f"functions.{name}" for name in ("exp", "exp2", "expm1", "log", "log1p", "tanh")
}


class _Inline(ast.NodeTransformer):
    """A body with operands for its parameters, its locals renamed, its constants in one dtype."""

    def __init__(self, names: dict[str, str], code: str, space: dict[str, Any]) -> None:
        self.names, self.code, self.space = names, code, space
        self.helpers: list[Callable[..., Any]] = []

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.names:
            return ast.parse(self.names[node.id], mode="eval").body
        found = self.space.get(node.id)
        if inspect.isfunction(found):
            self.helpers.append(found)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            return node
        if self.code == "B1":
            return node
        return ast.parse(f"{self.code}({node.value!r})", mode="eval").body

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "math":
            if node.attr in ("pi", "inf", "nan", "e"):
                return ast.parse(f"{self.code}(math.{node.attr})", mode="eval").body
            if node.attr in MATH:
                return ast.parse(MATH[node.attr], mode="eval").body
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "range":
            return node
        if isinstance(node.func, ast.Name) and node.func.id == "round":
            node.func = ast.parse("np.rint", mode="eval").body  # type: ignore[assignment]
            node.args = [self.visit(a) for a in node.args]
            return node
        self.generic_visit(node)
        return node


@cache
def _parsed(body: Callable[..., Any]) -> ast.FunctionDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(body)))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    return function


def inline(
    body: Callable[..., Any], operands: list[str], out: str, code: str, compute: str
) -> tuple:
    """Lines that leave body(*operands) in ``out``, and the helper functions they call."""
    function = _parsed(body)
    names = {p.arg: f"({x})" for p, x in zip(function.args.args, operands, strict=True)}
    local = {
        n.id
        for n in ast.walk(function)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and n.id not in names
    }
    names.update({v: f"{out}_{v}" for v in local})
    change = _Inline(names, compute, body.__globals__)
    lines = []
    for statement in function.body:
        if isinstance(statement, ast.Expr):  # the docstring
            continue
        fresh = change.visit(copy.deepcopy(statement))
        if isinstance(fresh, ast.Return):
            assert fresh.value is not None
            value = ast.unparse(fresh.value)
            lines.append(f"{out} = {value}" if code == "B1" else f"{out} = {code}({value})")
        else:
            lines.extend(ast.unparse(ast.fix_missing_locations(fresh)).splitlines())
    return lines, change.helpers


@cache
def helper_text(function: Callable[..., Any]) -> str:
    """A helper function of a body, compiled along with the kernel that calls it."""
    source = textwrap.dedent(inspect.getsource(function))
    return "@helper\n" + source


@cache
def helper_texts(function: Callable[..., Any]) -> dict[str, str]:
    """The texts of a body's helper and of the helpers it calls, by name."""
    found = {function.__name__: helper_text(function)}
    for node in ast.walk(_parsed(function)):
        called = function.__globals__.get(node.id) if isinstance(node, ast.Name) else None
        if inspect.isfunction(called) and called is not function:
            found = helper_texts(called) | found
    return found
