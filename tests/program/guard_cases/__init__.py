"""What a function may read, and changes of it: one case a function, by family.

A case gives the function and the changes, each to be followed at the next call. ``registry.py``
holds them by name; `op_by_op` marks what no guard can watch. ``test_guards.py`` runs all.
Start with ``values.py``.
"""

from tests.program.guard_cases import functions, names, objects, unwatched, values
from tests.program.guard_cases.registry import CASES, OP_BY_OP, X

__all__ = ["CASES", "OP_BY_OP", "X", "functions", "names", "objects", "unwatched", "values"]
