"""Alters every rule in the registry, once in each way, and counts the changes the checks notice.

Run by hand: ``python tests/mutate.py [name ...]``. A rule is an op's vjp or jvp of one operand. An
elementwise op's one product serves both modes and is altered in both at once, as a slip in its
declaration would be. A change that no check notices is printed, and the exit status is 1.
"""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from autograd_nn.engine.op import REGISTRY, Op  # noqa: E402
from tests.checks import check_all  # noqa: E402

Rule = Callable[..., Any]


def _scaled(factor: float) -> Callable[[Rule], Rule]:
    def change(rule: Rule) -> Rule:
        def altered(*args: Any, **params: Any) -> Any:
            c = rule(*args, **params)
            return None if c is None else c * factor

        return altered

    return change


def _dropped(rule: Rule) -> Rule:
    return lambda *args, **params: None


CHANGES: dict[str, Callable[[Rule], Rule]] = {
    "× 1.01": _scaled(1.01),
    "sign": _scaled(-1.0),
    "dropped": _dropped,
}


def _of_operand(rule: Rule, changed: Rule, k: int) -> Rule:
    """One rule for all operands, changed for operand k alone."""
    return lambda i, *args, **params: (changed if i == k else rule)(i, *args, **params)


def mutants(op: Op) -> Iterator[tuple[str, Any, Any]]:
    """(description, vjps, jvps) of every altered copy of an op's rules."""
    both = op.jvps is op.vjps
    for mode in ("vjps",) if both or op.jvps is None else ("vjps", "jvps"):
        rules = getattr(op, mode)
        for what, change, altered in _altered(rules):
            vjps = altered if mode == "vjps" else op.vjps
            jvps = altered if both or mode == "jvps" else op.jvps
            yield f"{'rule' if both else mode[:-1]} {what}: {change}", vjps, jvps


def _altered(rules: Any) -> Iterator[tuple[str, str, Any]]:
    if callable(rules):
        for name, change in CHANGES.items():
            for k in (0, 1):
                yield f"of operand {k}", name, _of_operand(rules, change(rules), k)
        return
    for k, rule in enumerate(rules):
        if rule is None:
            continue
        for name, change in CHANGES.items():
            yield f"of operand {k}", name, (*rules[:k], change(rule), *rules[k + 1 :])
    given = [k for k, rule in enumerate(rules) if rule is not None]
    if len(given) > 1:
        i, j = given[0], given[1]
        swapped = list(rules)
        swapped[i], swapped[j] = rules[j], rules[i]
        yield f"of operands {i} and {j}", "swapped", tuple(swapped)


def equivalent(op: Op, what: str) -> bool:
    """Changes that change nothing: equal rules swapped, a second operand that has no derivative."""
    if "swapped" in what and op.name in SYMMETRIC:
        return True
    return callable(op.vjps) and "operand 1" in what and op.name in ONE_SMOOTH_OPERAND


SYMMETRIC = frozenset(["add"])
ONE_SMOOTH_OPERAND = frozenset(["gather", "scatter"])


def killer(op: Op, vjps: Any, jvps: Any) -> str | None:
    """What the op's checks raise once its rules are replaced; None if they pass."""
    before = op.vjps, op.jvps
    op.vjps, op.jvps = vjps, jvps
    try:
        with np.errstate(all="ignore"):
            check_all(op)
    except Exception as error:  # a check that crashes has noticed as well
        return type(error).__name__
    finally:
        op.vjps, op.jvps = before
    return None


def main(names: list[str]) -> int:
    warnings.simplefilter("ignore")
    killers: Counter[str | None] = Counter()
    for op in [REGISTRY[n] for n in names] or list(REGISTRY.values()):
        if not op.differentiable:
            continue
        check_all(op)
        for what, vjps, jvps in mutants(op):
            if equivalent(op, what):
                continue
            found = killer(op, vjps, jvps)
            killers[found] += 1
            if found is None:
                print(f"survived: {op.name}, {what}")
    tried, left = killers.total(), killers.pop(None, 0)
    by = ", ".join(f"{n} by {name}" for name, n in killers.most_common())
    print(f"{tried} rules altered: {tried - left} noticed ({by}), {left} not.")
    return bool(left)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
