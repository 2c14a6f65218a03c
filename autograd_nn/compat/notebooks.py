"""Notebooks, run as scripts are: their cells in order, without what only their shell does."""

from __future__ import annotations

import ast
import linecache
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.jsons import loads
from autograd_nn.nn.renamed import warn_user

# Magics that only say how a notebook shows things; nobody misses them.
QUIET = (
    "matplotlib", "pylab", "config", "load_ext", "reload_ext", "autoreload", "tensorflow_version",
)  # fmt: skip
# Magics before a statement, or a cell, that is run all the same.
AROUND = ("time", "prun", "capture", "timeit")
_LINE = re.compile(r"(\s*)(?:([\w, ]+?)\s*=\s*)?([%!?].*|[^#]*\?+\s*)$")
_MAGIC = re.compile(r"%{1,2}(\w+)\s*(?:-\w\s*\d*(?:\s+|$))*(.*)$")  # its options are passed over


class Shell:
    """What ``get_ipython()`` gives to cells, and to scripts that were exported from notebooks.

    It runs no command; ``told`` warns of those that it was asked for.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.left = path, list[str]()

    def __call__(self) -> Shell:
        return self

    def run_line_magic(self, name: str, line: str = "", *, source: str = "") -> None:
        """Runs the statement after ``%time`` and its kin; leaves others out."""
        if name in AROUND and (source or line):
            code = compile(source or line, str(self.path), "exec", dont_inherit=True)
            exec(code, self.names())
        elif name not in QUIET:
            self.left.append(f"{'%%' if source else '%'}{name} {line}".strip())

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """Runs the cell below ``%%time`` and its kin; leaves others out."""
        self.run_line_magic(name, line, source=cell)

    def magic(self, line: str) -> None:
        """As in the years of Python 2: name and line in one."""
        name, _, rest = line.partition(" ")
        self.run_line_magic(name, rest)

    @staticmethod
    def names() -> dict[str, Any]:
        """Those of the script, or the notebook, that runs."""
        return vars(sys.modules["__main__"])

    def system(self, command: str) -> None:
        """Leaves a command out."""
        self.left.append(f"!{command}")

    def getoutput(self, command: str) -> list[str]:
        """No lines, for the command is left out."""
        self.system(command)
        return []

    def told(self) -> None:
        """Warns of what was left out."""
        more = f"; and {len(self.left) - 5} more" if len(self.left) > 5 else ""
        if self.left:
            warn_user(
                f"{self.path}: left out, for a notebook's shell would do it: "
                f"{'; '.join(self.left[:5])}{more}.", UserWarning,
            )  # fmt: skip


@contextmanager
def shell_of(path: Path) -> Iterator[Shell]:
    """A ``with`` whose shell says at its end what it left out."""
    shell = Shell(path)
    try:
        yield shell
    finally:
        shell.told()


def exported(path: Path, shell: Shell) -> dict[str, Any]:
    """What a script is given before it runs: a shell, where it was a notebook."""
    return {"get_ipython": shell} if b"get_ipython()." in path.read_bytes() else {}


def run_notebook(path: Path, shell: Shell) -> dict[str, Any]:
    """Runs a notebook's cells, each value that a cell ends with printed; returns its names.

    What a shell would do for it (``!pip install``, ``%cd``) is left out, and told to ours.
    Raises DataError for what is no notebook of Python, and what its cells raise.
    """
    module, before = ModuleType("__main__"), sys.modules["__main__"]
    names = vars(module)
    names.update(__file__=str(path), display=print, get_ipython=shell)
    sys.modules["__main__"] = module
    try:
        for number, source in enumerate(cells(path), 1):
            plain, gone = without_magics(source)
            shell.left += gone
            _run(plain, f"{path}, cell {number}", names)
    finally:
        sys.modules["__main__"] = before
    return dict(names)


def cells(path: Path) -> Iterator[str]:
    """The source of each cell of code, as notebooks of formats 3 and 4 have them."""
    try:
        held = loads(path.read_bytes())
        language = held["metadata"].get("kernelspec", {}).get("language", "python")
        found = held["cells"] if "cells" in held else [
            cell for sheet in held["worksheets"] for cell in sheet["cells"]
        ]  # fmt: skip
        sources = [
            source if isinstance(source, str) else "".join(source)
            for cell in found if cell["cell_type"] == "code"
            for source in [cell["source"] if "source" in cell else cell["input"]]
        ]  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"run received {str(path)!r}, which is no notebook ({type(error).__name__}: {error}); "
            "expected JSON with cells, as Jupyter writes it."
        ) from None
    if language != "python":
        raise DataError(f"run received {str(path)!r}, a notebook of {language}; expected Python.")
    yield from sources


def without_magics(source: str) -> tuple[str, list[str]]:
    """A cell as Python, line for line, and what was left out of it.

    Lines are changed only where Python cannot read them, so that texts keep theirs.

    >>> without_magics("!ls\\nif x:\\n    %time y = f()")
    ('pass\\nif x:\\n    y = f()', ['!ls'])
    """
    lines, gone = source.splitlines(), list[str]()
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if source.lstrip().startswith("%%"):
        magic = _MAGIC.match(lines[first].strip())
        name, rest = magic.groups() if magic else ("", "")
        if name in ("writefile", "file"):
            text = "".join(f"{line}\n" for line in lines[first + 1 :])
            return f"__import__('pathlib').Path({rest.strip()!r}).write_text({text!r})\npass", []
        if name not in AROUND:
            return "", [lines[first].strip()]
        lines[first] = ""
    seen: set[int] = set()
    while True:
        wrong = _unread("\n".join(lines))
        if wrong is None:
            return "\n".join(lines), gone
        told = {i: found for i, line in enumerate(lines) if (found := _LINE.match(line))
                and i not in seen}  # fmt: skip
        if not told:
            return "\n".join(lines), gone
        at = wrong if wrong in told else min(told)
        seen.add(at)
        indent, target, text = told[at].groups()
        magic = _MAGIC.match(text)
        if magic and not target and magic[1] in AROUND and magic[2]:
            lines[at] = indent + magic[2]
            continue
        lines[at] = f"{indent}{target} = []" if target else f"{indent}pass"
        while text.endswith("\\") and at + 1 < len(lines):
            at += 1
            text, lines[at] = f"{text[:-1].rstrip()} {lines[at].strip()}", ""
        if text[0] in "%!" and not (magic and magic[1] in QUIET):
            gone.append(text.rstrip())


def _unread(source: str) -> int | None:
    """The line, from 0, that Python cannot read; None where it reads all of them."""
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(source)
    except SyntaxError as error:
        return (error.lineno or 1) - 1
    return None


def _run(source: str, name: str, names: dict[str, Any]) -> None:
    """Runs a cell; its lines are found by tracebacks, and by `inspect`."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    tree = ast.parse(source, name)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr) and not source.rstrip().endswith(";"):
        tree.body.pop()
        exec(compile(tree, name, "exec", dont_inherit=True), names)
        ended = ast.Expression(last.value)
        value = eval(compile(ended, name, "eval", dont_inherit=True), names)
        if value is not None:
            print(repr(value))
        return
    exec(compile(tree, name, "exec", dont_inherit=True), names)
