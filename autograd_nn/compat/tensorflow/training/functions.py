"""``tf.function``: a step of one's own is recorded and replayed as native code, by `ag.jit`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial, update_wrapper
from types import MethodType, ModuleType
from typing import Any

import numpy as np

from autograd_nn.compat.after import AFTER
from autograd_nn.compat.tensorflow.training.tape import within
from autograd_nn.engine.errors import RecordError, RecordWarning
from autograd_nn.engine.mode import mode
from autograd_nn.engine.program.jit import jit
from autograd_nn.engine.program.jit.signature import Unhashable
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.engine.whole import whole
from autograd_nn.nn import tree
from autograd_nn.nn.symbols import Symbol
from autograd_nn.nn.training.reading import reached_by
from autograd_nn.nn.variable import Variable


class _Eagerly:
    told = False  # whether functions are to run op by op, as a script asked


def run_functions_eagerly(run_eagerly: bool = True) -> None:
    """Whether functions run as they stand, with all their Python, while names are TensorFlow's."""
    if run_eagerly and not _Eagerly.told:
        AFTER.append(partial(run_functions_eagerly, False))
    _Eagerly.told = bool(run_eagerly)


class Function:
    """A function whose calls outside of a tape are replayed, each signature's from the second on.

    The first call may make variables, which later ones read. Within a `GradientTape`, a recording
    or a step of `fit` it is the function itself, for a derivative may be asked of what it gives; so
    it is from then on where it asks for a number (``if loss > 1``), with a warning.

    >>> @Function
    ... def square(x):
    ...     return x * x
    >>> [float(square(np.float32(x))) for x in (2, 3, 4)]
    [4.0, 9.0, 16.0]
    """

    def __init__(self, python_function: Callable[..., Any]) -> None:
        update_wrapper(self, python_function)
        self.python_function = python_function
        self._ended = _ends(python_function)
        self._jitted = jit(self._ended)
        self._met: set[Any] = set()
        self._looks = False

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def get_concrete_function(self, *args: Any, **options: Any) -> Function:
        """Itself: which programs there are follows from its calls."""
        return self

    @property
    def variables(self) -> tuple[Any, ...]:
        """The variables that its code finds by names: themselves, in layers, in what it calls."""
        found: dict[int, Any] = {}
        seen: set[int] = set()
        waiting: list[Any] = [self]
        while waiting:
            value = waiting.pop()
            if id(value) in seen:
                continue
            seen.add(id(value))
            if isinstance(value, Variable):
                found[id(value)] = value
            elif isinstance(value, Function):
                waiting.append(value.python_function)
            elif isinstance(value, MethodType) and isinstance(value.__func__, Function):
                waiting.append(MethodType(value.__func__.python_function, value.__self__))
            elif isinstance(own := getattr(value, "variables", None), list | tuple):
                waiting += own  # a layer's, a module's, an optimizer's
            elif isinstance(value, list | tuple | dict):
                waiting += value.values() if isinstance(value, dict) else value
            else:
                waiting += [x for x in reached_by(value) if not isinstance(x, ModuleType)]
        return tuple(found.values())

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """Those of `variables` that are trained."""
        return tuple([v for v in self.variables if v.trainable])

    def __call__(self, *args: Any, **options: Any) -> Any:
        args, options = tree.map_structure(_tensor, (args, options))
        leaves = tree.flatten((args, options))
        inner = _Eagerly.told or mode.recorder is not None or mode.stepping or within()
        if inner or self._looks or any([isinstance(x, _OTHER) for x in leaves]):
            return self.python_function(*args, **options)
        args, options = tree.map_structure(_end, (args, options))
        try:
            key = self._jitted._split(args, options)[0]
        except Unhashable:
            return self._ended(*args, **options)
        if key not in self._met:
            self._met.add(key)
            return self._ended(*args, **options)
        try:
            return whole(_called, self._jitted, args, options)
        except RecordError as error:
            self._looks = True
            warnings.warn(
                f"tf.function: {self.__name__} runs op by op and is not replayed as native code: "  # type: ignore[attr-defined]
                f"it looks at a value: {error}",
                RecordWarning, stacklevel=2,
            )  # fmt: skip
        return self._ended(*args, **options)


_OTHER = (Symbol, Variable, np.ndarray, np.generic)  # the last two: texts, where tensors are made


def _called(f: Callable[..., Any], args: tuple, options: dict[str, Any]) -> Any:
    return f(*args, **options)


def _ends(f: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose results carry no derivative: outside of a tape nobody asks for one."""

    def ended(*args: Any, **options: Any) -> Any:
        return tree.map_structure(_end, f(*args, **options))

    return update_wrapper(ended, f)


def _end(x: Any) -> Any:
    ends = isinstance(x, Tensor) and not isinstance(x, Variable) and x.node is not None
    return x.detach() if ends else x


def _tensor(x: Any) -> Any:
    """An array as a tensor: the function is given no other."""
    array = isinstance(x, np.ndarray | np.generic) and x.dtype.kind in "biufc"
    return as_tensor(np.asarray(x)) if array else x


def function(func: Any = None, **options: Any) -> Any:
    """`Function` of a function, or what makes one; its options say nothing that is asked here."""
    return Function if func is None else Function(func)
