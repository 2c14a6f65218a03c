"""Functions of other libraries that once took more, made to take it again while Keras's names are.

Each gets the function as it is today (None: there is none), and gives one that also does what it
did in those years. `LATER` are in modules that may be imported only after; a `Lender` sees to it.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Callable
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import numpy as np

from autograd_nn.compat.lent import frames, learners
from autograd_nn.compat.once.habits import BENT
from autograd_nn.engine.random import set_seed
from autograd_nn.engine.tensor import Tensor

Lent = list[tuple[Any, str, Any]]  # a module, a name in it, and what that meant before
ABSENT = object()


def _split(today: Any) -> Any:
    """`re.split`: up to Python 3.6 a pattern that may match nothing split at matches of something.

    >>> _split(re.split)(r"(\\W+)?", "Mary moved.")
    ['Mary', ' ', 'moved', '.', '']
    """

    @wraps(today)
    def split(pattern: Any, string: Any, *args: Any, **options: Any) -> Any:
        if isinstance(pattern, str) and not args and not options and pattern.endswith((")?", ")*")):
            parts = re._parser.parse(pattern)  # type: ignore[attr-defined]
            least, most = parts.getwidth()
            if least == 0 < most and len(parts) == 1:
                pattern = pattern[:-1] + ("" if pattern[-1] == "?" else "+")
        return today(pattern, string, *args, **options)

    return split


def _load_boston(today: Any) -> Any:
    """`sklearn.datasets.load_boston`, which is no more: the rows of `boston_housing`, as one."""

    def load_boston(*, return_X_y: bool = False) -> Any:  # noqa: N803
        from sklearn.utils import Bunch

        from autograd_nn.nn.datasets import boston_housing

        (x, y), _ = boston_housing.load_data(test_split=0.0)
        names = "CRIM ZN INDUS CHAS NOX RM AGE DIS RAD TAX PTRATIO B LSTAT".split()
        return (x, y) if return_X_y else Bunch(data=x, target=y, feature_names=names)

    return load_boston


def _seed(today: Any) -> Any:
    """`numpy.random.seed`, of which Keras 1 and 2 drew layers' seeds: it seeds ours as well."""

    @wraps(today)
    def seed(seed: Any = None) -> None:
        today(seed)
        if isinstance(seed, int | np.integer):
            set_seed(int(seed))

    return seed


def _choice(today: Any) -> Any:
    """`numpy.random.choice`, by probabilities that are a tensor of ours, too: as an array's."""

    @wraps(today)
    def choice(a: Any, size: Any = None, replace: bool = True, p: Any = None) -> Any:
        return today(a, size, replace, p.array if isinstance(p, Tensor) else p)

    return choice


def _in_order(*names: str) -> Callable[[Any], Any]:
    """A function that took by place what it takes by name today."""

    def bend(today: Any) -> Any:
        @wraps(today)
        def bent(*args: Any, **options: Any) -> Any:
            return today(**dict(zip(names, args, strict=False)), **options)

        return bent

    return bend


def _folding(today: Any) -> Any:
    """A way to fold rows that takes a ``random_state`` where it does not shuffle, and leaves it."""

    class Folds(today):  # type: ignore[misc]
        def __init__(
            self, n_splits: int = 5, *, shuffle: bool = False, random_state: Any = None
        ) -> None:
            state = random_state if shuffle else None
            super().__init__(n_splits, shuffle=shuffle, random_state=state)

    Folds.__name__ = Folds.__qualname__ = today.__name__
    Folds.__doc__, Folds.__module__ = today.__doc__, today.__module__
    return Folds


def _scorers(today: Any) -> Any:
    """scikit-learn's scorers, losses also without ``neg_`` before their names."""
    return {**{k.removeprefix("neg_"): v for k, v in today.items()}, **today}


def _check_scoring(today: Any) -> Any:
    """What looks a scorer up, by its name of then as well."""

    @wraps(today)
    def check_scoring(estimator: Any = None, scoring: Any = None, **options: Any) -> Any:
        names = sys.modules[today.__module__].get_scorer_names()
        old = isinstance(scoring, str) and f"neg_{scoring}" in names
        return today(estimator, f"neg_{scoring}" if old else scoring, **options)

    return check_scoring


def _of_numpy(name: str) -> Callable[[Any], Any]:
    """What SciPy gave on of NumPy's, such as `interp`, but for what it has itself."""
    return lambda today: getattr(np, name) if today is None else today


def _shape(today: Any) -> Any:
    """A tensor's or a symbol's ``shape``, which was no tuple and gave one's sizes `as_list`."""
    from autograd_nn.compat.tensorflow.values.shapes import TensorShape

    return property(lambda self: TensorShape(today.__get__(self)), today.__set__)


def _to_change(today: Any) -> Any:
    """A tensor's ``numpy``, of which scripts change what they are given: ``image -= mean``."""

    @wraps(today)
    def numpy(self: Any) -> np.ndarray:
        found: np.ndarray = today(self).copy()
        return found

    return numpy


# A module, or a class in one of ours: those that are there whenever Keras's names are.
NOW: dict[str, dict[str, Callable[[Any], Any]]] = {
    "re": {"split": _split},
    "numpy.random": {"seed": _seed, "choice": _choice},
    **BENT,
    "autograd_nn.engine.tensor:Tensor": {
        "shape": _shape, "numpy": _to_change, **BENT["autograd_nn.engine.tensor:Tensor"],
    },
    "autograd_nn.nn.symbols:Symbol": {"shape": _shape},
}
LATER: dict[str, dict[str, Callable[[Any], Any]]] = {
    "scipy": {
        "misc": lambda today: today or importlib.import_module("scipy.misc"),
        **{n: _of_numpy(n) for n in np.__all__ if not isinstance(getattr(np, n), ModuleType)},
    },
    **frames.BENDS,
    **learners.BENDS,
    "sklearn.model_selection._split": {"KFold": _folding, "StratifiedKFold": _folding},
    "sklearn.metrics._scorer": {"_SCORERS": _scorers, "check_scoring": _check_scoring},
    "sklearn.datasets": {"load_boston": _load_boston},
    "sklearn.utils.class_weight": {
        "compute_class_weight": _in_order("class_weight", "classes", "y"),
        "compute_sample_weight": _in_order("class_weight", "y"),
    },
}  # fmt: skip


_AWAITED = frozenset(place.partition(":")[0] for place in LATER)


def named_place(name: str) -> Any:
    """A module, or after a colon a class in it."""
    path, _, inside = name.partition(":")
    module = importlib.import_module(path)
    return getattr(module, inside) if inside else module


def bend(module: Any, functions: dict[str, Callable[[Any], Any]]) -> Lent:
    """Puts functions in the place of those that a module or a class has; what it had before."""
    lent: Lent = []
    for name, make in functions.items():
        before = vars(module).get(name, ABSENT)
        inherited = getattr(module, name, None) if isinstance(module, type) else None
        setattr(module, name, make(inherited if before is ABSENT else before))
        lent.append((module, name, before))
    return lent


def give_back(lent: Lent) -> None:
    """Undoes `bend`."""
    for module, name, before in reversed(lent):
        if before is not ABSENT:
            setattr(module, name, before)
        elif name in vars(module):
            delattr(module, name)


class Lender(MetaPathFinder):
    """Bends functions at once where their modules are there, else as soon as they are imported."""

    def __init__(self) -> None:
        self.lent: Lent = []
        self._sought: set[str] = set()
        for place, functions in NOW.items():
            self.lent += bend(named_place(place), functions)
        for name in sorted(_AWAITED & sys.modules.keys()):
            self.bend(name)

    def bend(self, module: str) -> None:
        """Bends what is in a module that is there, and in its classes."""
        for place, functions in LATER.items():
            if place.partition(":")[0] == module:
                self.lent += bend(named_place(place), functions)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name not in _AWAITED or name in self._sought:
            return None
        self._sought.add(name)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._sought.discard(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Bending(spec.loader, self)
        return spec


class _Bending(Loader):
    """Loads a module as its own loader does, then bends its functions."""

    def __init__(self, own: Any, lender: Lender) -> None:
        self.own, self.lender = own, lender

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        found: ModuleType | None = self.own.create_module(spec)
        return found

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        if spec is not None:
            spec.loader = module.__loader__ = self.own
        self.own.exec_module(module)
        self.lender.bend(module.__name__)
