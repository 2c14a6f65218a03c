"""Holding: many checks asked at once, before each replay, by a function made for just them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

from autograd_nn.engine.graph.guards.checks import MISSING, Check

COMPILED = 400  # so many checks at most are worth a function of their own


class Checks:
    """Many checks, all of which are to hold; ``hold()`` says whether they do."""

    def __init__(self, checks: Iterable[Check]) -> None:
        self.checks = list(checks)
        self.asked = 0
        # Becomes a function of its own once it is worth it; it must not lead back here.
        self.hold: Callable[[], bool] = _Asked(self)

    def look(self) -> bool:
        """Goes through the checks one by one."""
        try:
            if not all([c.holds() for c in self.checks]):
                return False
        except Exception:  # a place that is gone, or an object that cannot be compared
            return False
        self.asked += 1
        if self.asked in (3, 10, 100, 1000, 10_000) and len(self.checks) <= COMPILED:
            self.hold = compiled(self.checks, _Asked(self))
        return True


class _Asked:
    """Calls the checks without keeping them: their own function would be a circle."""

    __slots__ = ("_checks",)

    def __init__(self, checks: Checks) -> None:
        self._checks = weakref.ref(checks)

    def __call__(self) -> bool:
        checks = self._checks()
        return checks is not None and checks.look()


def compiled(checks: list[Check], otherwise: Callable[[], bool]) -> Callable[[], bool]:
    """A function of the checks by identity alone, which asks ``otherwise`` where one differs."""
    space: dict[str, Any] = {"MISSING": MISSING, "otherwise": otherwise}
    text = [line for i, c in enumerate(checks) for line in c.lines(i, space)]
    local = ", ".join(f"{n}={n}" for n in space)
    body = "\n".join(
        [f"def hold({local}):", " try:", *text, "  return True", " except Exception:",
         "  return otherwise()"]
    )  # fmt: skip
    made: dict[str, Any] = {
        **space, "__builtins__": {"getattr": getattr, "Exception": Exception}
    }  # fmt: skip
    exec(compile(body, "<guards>", "exec"), made)
    hold: Callable[[], bool] = made["hold"]
    made.clear()  # the function's own globals: it is not to keep itself
    made["__builtins__"] = {"getattr": getattr, "Exception": Exception}
    return hold
