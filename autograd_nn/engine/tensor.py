"""Tensor: an array, a place on the tape, nothing more; its operators come from the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from weakref import ref

import numpy as np

from autograd_nn.engine import doors, ops  # the ops are built on this module, but begun before it
from autograd_nn.engine.errors import (
    DTypeError,
    GradientError,
    RecordError,
    ShapeError,
    real_only,
)
from autograd_nn.engine.forks import Gate
from autograd_nn.engine.halves import can_cast, kind_of
from autograd_nn.engine.mode import mode, recording
from autograd_nn.engine.node import Leaf, Name, Node, Watch, in_state
from autograd_nn.engine.numeric import LISTS, SCALARS, foreign, numeric, plain
from autograd_nn.engine.symbolic import Symbolic
from autograd_nn.engine.weak import Weak

accumulating = Gate(rank=25)  # threads may add gradients to one leaf at once
_new = object.__new__
_ndarray = np.ndarray


def is_scalar(x: Any) -> bool:
    """A Python number: it has no dtype of its own and takes its partner's (NEP 50)."""
    return type(x) in SCALARS


class Tensor:
    """An n-dimensional array that can be differentiated; NumPy's semantics throughout.

    value           a number, a nested list, an ndarray, or another Tensor (copied by default).
    dtype           as in NumPy; left out, the value's own.
    requires_grad   a new leaf that derivatives are taken with respect to (real floats only).
    copy            False shares the array of a constant where possible; it must then not be changed
                    while the tape needs it (that is checked, and is an error).
    A value that is being differentiated stays so: ``Tensor([x[0], 2.0])`` stacks.

    >>> import autograd_nn as ag
    >>> x = ag.Tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    Tensor([2., 4.])
    """

    __slots__ = ("__weakref__", "array", "grad", "node", "shown")
    __array_priority__ = 1000
    state = False  # whether it is a layer's weight, which is read as an array between steps
    array: np.ndarray
    node: Node | None
    grad: Tensor | None
    shown: tuple[ref[Tensor], ...]  # of a view: whose memory it shows; else () or not set

    def __init__(
        self, value: Any, dtype: Any = None, requires_grad: bool = False, *, copy: bool = True
    ) -> None:
        if isinstance(value, Tensor | list | tuple) and self._kept(value, dtype, requires_grad):
            return
        if isinstance(value, Tensor):
            value = value.array
        array = numeric(unwrapped(value), dtype)
        if foreign(array, value):
            if copy or type(self) is not Tensor:
                array = array.copy()
            else:
                self.__class__ = Shared
        if self.__class__ is not Shared:
            array.setflags(write=False)  # others may read it: it changes by assignment only
        self.array = array
        self.grad = None
        self.node = None
        self.shown = ()
        if requires_grad:
            self.requires_grad = True

    def _kept(self, value: Any, dtype: Any, leaf: bool) -> bool:
        """Takes over the contents of a value on the tape, or in a recording, with its place."""
        if not _taped([value]):
            return False
        y = as_tensor(value, dtype)
        recorded = mode.recorder is not None and mode.recorder.owns(y)
        if leaf:
            doors.number(y, "a new leaf (requires_grad=True)")
        if not recorded and (leaf or not doors.followed(y, doors.WEIGHT)):
            return False
        y = ops.positive(y) if y.array.dtype.kind != "b" else ops.logical_or(y, y)
        self.array, self.node, self.grad = y.array, Leaf(self) if leaf else y.node, None
        if mode.recorder is not None:
            mode.recorder.alias(self, y)
            if leaf:
                mode.recorder.name(self)
        return True

    # ---- what it is -----------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def dtype(self) -> np.dtype:
        return self.array.dtype

    @property
    def ndim(self) -> int:
        return self.array.ndim

    @property
    def size(self) -> int:
        return self.array.size

    @property
    def nbytes(self) -> int:
        return self.array.nbytes

    @property
    def T(self) -> Tensor:
        """The axes in reverse order."""
        return ops.transpose(self)

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged."""
        return ops.swapaxes(self, axis1=-1, axis2=-2)

    @property
    def requires_grad(self) -> bool:
        """Whether derivatives flow through this tensor."""
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not value:
            if self.node is not None and not isinstance(self.node, Leaf):
                raise GradientError(
                    "requires_grad of a computed tensor cannot be switched off; use x.detach()."
                )
            self.node = None
        elif self.node is None:
            real_only(self.array.dtype, "requires_grad=True")
            if kind_of(self.array.dtype) != "f":
                raise DTypeError(
                    f"received requires_grad=True for dtype {self.array.dtype}; expected a "
                    "floating dtype, for only those are differentiable. Convert with "
                    "x.astype('float32')."
                )
            if self.__class__ is Shared:
                self._own(self.array.copy())
            self.node = Leaf(self)

    @property
    def data(self) -> Tensor:
        """The same contents without the tape; assign to it to replace the contents."""
        return self.detach()

    @data.setter
    def data(self, value: Any) -> None:
        self.assign(as_tensor(value).detach())

    # ---- going elsewhere ------------------------------------------------------------------------

    def numpy(self) -> np.ndarray:
        """A read-only ndarray, which no later step changes; ``np.array(x)`` is one to change."""
        self.look("numpy()")
        array = self.array
        view = array.copy() if in_state(array) else array.view()
        view.flags.writeable = False
        return view

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        self.look("numpy()")
        doors.contents(self, "taking its array, as np.array(x) and functions of arrays do,")
        if copy:
            return np.array(self.numpy(), dtype=dtype)
        view = self.numpy()
        return view if dtype is None or view.dtype == dtype else view.astype(dtype)

    def __dlpack__(self, **kwargs: Any) -> Any:
        # A copy, for whoever receives the memory may write to it.
        self.look("__dlpack__()")
        doors.contents(self, "sharing its memory (DLPack)")
        return self.array.copy().__dlpack__(**kwargs)

    def __dlpack_device__(self) -> tuple[Any, Any]:
        return self.array.__dlpack_device__()

    def look(self, what: str) -> None:
        """Raises when a program is being recorded and this value belongs to it: it is a name."""
        if mode.recorder is not None and not mode.recorder.look(self):
            raise RecordError(
                f"{what} was asked of a value inside a function that is being recorded: received a "
                "value that changes with every call, expected one fixed at recording. Use "
                "ops.where in place of a branch on it, return it, or name the argument it comes "
                "from in static_argnums."
            )

    def item(self, *index: int) -> float | int | bool | complex:
        """One entry as a Python number; raises ShapeError where there are several."""
        self.look("item()")
        if not index and self.array.size != 1:
            raise ShapeError(
                f"received item() of a tensor of shape {self.shape}; expected exactly one entry. "
                "Index it first, or reduce it with .sum() or .mean()."
            )
        return self.array.item(*index)

    def tolist(self) -> Any:
        """The contents as nested Python lists."""
        self.look("tolist()")
        return self.array.tolist()

    def _number(self, what: str) -> Any:
        """`item`, asked for on the way: refused where a transform would lose its derivative."""
        self.look("item()")
        doors.number(self, what)
        return self.item()

    def __float__(self) -> float:
        return float(self._number("float(), which functions of math and round() call as well,"))

    def __int__(self) -> int:
        return int(self._number("int()"))

    def __complex__(self) -> complex:
        return complex(self._number("complex(), which functions of cmath call as well,"))

    def __index__(self) -> int:
        self.look("use as an index")
        return self.array.__index__()

    def __round__(self, digits: int | None = None) -> Any:
        return round(float(self), digits)

    def __bool__(self) -> bool:
        self.look("bool()")
        if self.array.size != 1:
            raise ShapeError(
                f"the truth value of a tensor of shape {self.shape} is ambiguous: expected one "
                "entry. Use .any() or .all()."
            )
        return bool(self.array)

    def __len__(self) -> int:
        if not self.array.ndim:
            raise TypeError("len() of a 0-d tensor: expected at least one dimension.")
        return self.array.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))  # type: ignore[index]

    def __contains__(self, value: Any) -> bool:
        self.look("'in'")
        return bool((self.array == getattr(value, "array", value)).any())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __repr__(self) -> str:
        if mode.recorder is not None and mode.recorder.owns(self):
            return f"Tensor(<recorded {self.dtype}{self.shape}>)"
        text = np.array2string(self.array, separator=", ", prefix="Tensor(")
        default = self.array.dtype in (np.float64, np.int64, np.bool_)
        return f"Tensor({text}" + ("" if default else f", dtype={self.array.dtype}") + ")"

    def __copy__(self) -> Tensor:
        return Tensor(self)

    def __deepcopy__(self, memo: dict) -> Tensor:
        """A leaf's copy is a leaf of its own; what was computed keeps its place on the tape."""
        if not isinstance(self.node, Leaf) or doors.followed(self, doors.TRANSFORM):
            return Tensor(self)
        twin = wrap(self.array.copy())
        twin.node = Leaf(twin)
        return twin

    def __reduce__(self) -> tuple:
        return (Tensor, (self._picklable(), None, isinstance(self.node, Leaf)))

    def _picklable(self) -> np.ndarray:
        """The contents for a pickle, which holds no tape; a leaf is one again when loaded."""
        self.look("pickle")
        if isinstance(self.node, Leaf):
            doors.number(self, "pickling")
        else:
            doors.contents(self, "pickling")
        return self.array

    # ---- the tape -------------------------------------------------------------------------------

    def detach(self) -> Tensor:
        """The same contents with no tape behind them."""
        return ops.stop_gradient(self)

    def backward(
        self, gradient: Any = None, *, retain_graph: bool = False, create_graph: bool = False
    ) -> None:
        """Adds d(self)/d(leaf) to ``leaf.grad`` of every leaf that self depends on.

        gradient       the cotangent of self; may be left out for a single number.
        retain_graph   keep the tape for another backward (it is freed by default).
        create_graph   tape the backward pass, so that ``.grad`` can be differentiated again.
        Raises GradientError: nothing to differentiate, a freed tape; MutationError.

        >>> import autograd_nn as ag
        >>> w = ag.Tensor([1.0, 2.0], requires_grad=True)
        >>> (3 * w).sum().backward()
        >>> w.grad
        Tensor([3., 3.])
        """
        if self.node is None:
            raise GradientError(
                "backward() of a tensor that depends on no leaf: received a constant, expected a "
                "value computed from a Tensor(..., requires_grad=True) outside no_grad()."
            )
        if gradient is None:
            if self.array.size != 1:
                raise ShapeError(
                    f"backward() of a tensor of shape {self.shape} needs its gradient argument; "
                    "expected a single number. Reduce it first (.sum(), .mean()), or pass "
                    "gradient=."
                )
            g = ops.ones_like(self)
        else:
            g = gradient if isinstance(gradient, Tensor) else Tensor(gradient)
            if g.shape != self.shape:
                raise ShapeError(
                    f"received a gradient of shape {g.shape}; expected this tensor's {self.shape}."
                )
            if g.dtype != self.dtype:
                g = g.astype(self.dtype)
        leaves: list[Leaf] = []
        free = not (retain_graph or create_graph)
        grads = pullback([self], [g], None, taping=create_graph, release=free, leaves=leaves)
        found = distinct([grads[leaf.serial] for leaf in leaves], [g, self])
        with accumulating.lock:
            for leaf, c in zip(leaves, found, strict=True):
                x = leaf.owner
                if x is not None:
                    x.grad = c if x.grad is None else ops.add(x.grad, c)

    def zero_grad(self) -> None:
        """Forgets the accumulated gradient."""
        self.grad = None

    def assign(self, value: Any) -> Tensor:
        """Replaces the contents (same shape, same dtype); tapes that need the old ones notice.

        Raises ShapeError where the shape differs, GradientError for a computed tensor.
        """
        new = value if isinstance(value, Tensor) else as_tensor(value)
        if new.array.shape != self.array.shape:
            raise ShapeError(
                f"received new contents of shape {new.shape}; expected this tensor's {self.shape}."
            )
        if self.node is not None and not isinstance(self.node, Leaf):
            raise GradientError(
                "assign() to a computed tensor: expected a leaf. Use a new name for the new value, "
                "or x[...] = value."
            )
        if new.array.dtype != self.array.dtype:
            if not can_cast(new.array.dtype, self.array.dtype):
                raise DTypeError(
                    f"received contents of dtype {new.dtype}; expected {self.dtype}. Convert them "
                    "with .astype."
                )
            new = new.astype(self.array.dtype)
        if not self.state and not mode.stepping:  # a layer's state never carries a derivative
            doors.number(new, "assign(), which changes contents alone,")
        array = new.array
        # Memory that somebody else may write (a caller's array, a program's state) is copied;
        # else a fresh view marks the change: the tape compares array objects, not contents.
        foreign = isinstance(new, Shared) or (array.base is not None and in_state(array))
        recorder = mode.recorder
        if recorder is not None:
            recorder.assign(self, new)
        self._own(array.copy() if foreign else array.view())
        if recorder is not None and self.node is not None:
            recorder.name(self)
        return self

    def _own(self, array: np.ndarray) -> None:
        """Takes memory of its own: what was somebody else's before is no longer watched."""
        changes = mode.changes
        if changes is not None:
            changes.append(((self,), (self.array,)))
        self.array = array
        self.shown = ()
        if self.__class__ is Shared:
            self.__class__ = Tensor  # type: ignore[assignment]

    def __hash__(self) -> int:
        return id(self) >> 4


class Shared(Tensor):
    """A tensor over an array that somebody else owns: its contents are watched, not copied."""

    __slots__ = ()


def share(array: np.ndarray) -> Shared:
    """A tensor over somebody else's array."""
    shared = _new(Shared)
    shared.array = array
    shared.node = shared.grad = None
    return shared


def source(x: Any) -> Any:
    """What a node keeps of a constant operand, to notice that its contents were changed."""
    if x.__class__ in SCALARS:
        return None
    if x.__class__ is Shared:
        return Watch(x.array)
    if recording or (x.array.base is not None and in_state(x.array)):
        return Name(x)
    return None


def unwrapped(value: Any) -> Any:
    """Nested lists with the Tensors in them replaced by arrays."""
    if isinstance(value, Tensor):
        return value.numpy()
    if type(value) in LISTS and not plain(value):
        return [unwrapped(v) for v in value]
    return value


def _taped(value: list | tuple) -> bool:
    """Whether a nest of lists holds a tensor on the tape, or one of a program being recorded."""
    if plain(value):
        return False
    for v in value:
        if isinstance(v, Tensor):
            if v.node is not None or (mode.recorder is not None and mode.recorder.owns(v)):
                return True
        elif type(v) in LISTS and _taped(v):
            return True
    return False


def wrap(array: Any) -> Tensor:
    """A Tensor around a fresh array: no copy, no check. For kernels' results."""
    if array.__class__ is not _ndarray:
        array = np.asarray(array)
    y = _new(Tensor)
    y.array = array
    y.node = None
    y.grad = None
    return y


def as_tensor(value: Any, dtype: Any = None) -> Tensor:
    """``value`` as a Tensor, itself where it is one; an ndarray is shared, and watched.

    A list that holds taped tensors is stacked, so that their derivatives are not lost.

    >>> import autograd_nn as ag
    >>> ag.as_tensor([1, 2])
    Tensor([1, 2])
    """
    if isinstance(value, Tensor):
        if dtype is None or value.dtype == dtype:
            return value
        return ops.astype(value, dtype=dtype)
    if type(value) is Weak:
        return as_tensor(value.tensor(), dtype)
    if isinstance(value, Symbolic):  # stays what it is: ops of it are noted
        return value if dtype is None else ops.astype(value, dtype=dtype)  # type: ignore[return-value]
    if type(value) in LISTS and _taped(value):
        return as_tensor(ops.stack([as_tensor(v) for v in value]), dtype)
    array = numeric(unwrapped(value), dtype)
    return share(array) if foreign(array, value) else wrap(array)


def tensor(value: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`Tensor` as a function, as PyTorch spells it.

    >>> import autograd_nn as ag
    >>> ag.tensor([1.0, 2.0]).shape
    (2,)
    """
    return Tensor(value, dtype, requires_grad)


def bind(name: str, function: Callable[..., Any]) -> None:
    """Makes a registry function a method or an operator of Tensor."""
    setattr(Tensor, name, function)


from autograd_nn.engine.tape import distinct, pullback  # noqa: E402  (built on tensors)
