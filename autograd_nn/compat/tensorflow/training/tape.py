"""``tf.GradientTape``: our tape notes always; this asks it for derivatives."""

from __future__ import annotations

import inspect
import threading
import warnings
from collections.abc import Iterator
from functools import wraps
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.custom import custom_op
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.node import Leaf
from autograd_nn.engine.tape import pullback
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.engine.transforms import grad as grad
from autograd_nn.nn import tree
from autograd_nn.nn.variable import Variable


class _Open(threading.local):
    count = 0  # of tapes within whose ``with`` this thread is


_open = _Open()


def within() -> bool:
    """Whether this thread is within a tape's ``with``."""
    return _open.count > 0


class Read(list):
    """The variables that a tape's target was computed of, in the order in which they were made.

    Which these are follows from a target, so that it is empty, with a warning, until there is one.
    """

    known = False

    def become(self, targets: list[Any]) -> None:
        """Takes those of these targets."""
        waiting, seen = [x.node for x in targets if getattr(x, "node", None) is not None], set()
        found = []
        while waiting:
            node = waiting.pop()
            if node.serial in seen:
                continue
            seen.add(node.serial)
            if isinstance(node, Leaf) and isinstance(node.owner, Variable):
                found.append((node.serial, node.owner))
            waiting += node.parents
        self[:] = [v for _, v in sorted(found, key=lambda pair: pair[0])]
        self.known = True

    def __iter__(self) -> Iterator[Any]:
        if not self.known:
            warnings.warn(
                "watched_variables was read before a gradient was asked for, and is empty until "
                "then. Name the variables, or call tape.gradient(loss, tape.watched_variables()) "
                "first.",
                stacklevel=2,
            )
        return super().__iter__()


class GradientTape:
    """Derivatives of what was computed within ``with``, by variables and what is watched.

    >>> from autograd_nn import nn
    >>> w = nn.Variable([1.0, 2.0])
    >>> with GradientTape() as tape:
    ...     y = (w * w).sum()
    >>> tape.gradient(y, w).tolist()
    [2.0, 4.0]
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        self.persistent = persistent
        self._watched: list[Tensor] = []
        self._nodes: dict[int, tuple[Tensor, Any]] = {}  # of what was watched
        self._read = Read()

    def __enter__(self) -> GradientTape:
        _open.count += 1
        return self

    def __exit__(self, *raised: object) -> None:
        """What was watched is so no longer; what was computed of it keeps its derivative."""
        _open.count -= 1
        while self._watched:
            self._watched.pop().requires_grad = False

    def watch(self, tensor: Any) -> None:
        """Makes tensors sources, too: what is computed of them from here on, within ``with``.

        Raises TypeError for what is no tensor.

        >>> from autograd_nn import nn
        >>> x = nn.ops.convert_to_tensor(3.0)
        >>> with GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        >>> float(tape.gradient(y, x))
        6.0
        """
        for x in tree.flatten(tensor):
            if not isinstance(x, Tensor):
                raise TypeError(
                    f"watch received {type(x).__name__}; expected tensors. Write x = "
                    "tf.convert_to_tensor(x) before the tape."
                )
            if not x.requires_grad:
                x.requires_grad = True
                self._watched.append(x)
                self._nodes[id(x)] = x, x.node

    def _node(self, x: Any) -> Any:
        """Where derivatives by a source are found; None where it is none."""
        own = getattr(x, "node", None)
        return own if own is not None else self._nodes.get(id(x), (x, None))[1]

    def reset(self) -> None:
        """Does nothing: what was computed is noted with its result."""

    def watched_variables(self) -> Read:
        """The variables of which a target was computed, known once it is asked for a gradient.

        >>> from autograd_nn import nn
        >>> w = nn.Variable(3.0)
        >>> with GradientTape() as tape:
        ...     y = w * w
        >>> variables = tape.watched_variables()
        >>> [float(g) for g in tape.gradient(y, variables)], variables[0] is w
        ([6.0], True)
        """
        return self._read

    def stop_recording(self) -> Any:
        """A ``with`` in which nothing is noted."""
        return no_grad()

    def jacobian(self, target: Any, sources: Any, **options: Any) -> Any:
        """d target / d source, of the target's shape and then the source's.

        >>> from autograd_nn import nn
        >>> w = nn.Variable([1.0, 2.0])
        >>> GradientTape().jacobian(w * w, w).tolist()
        [[2.0, 0.0], [0.0, 4.0]]
        """
        x = ops.reshape(target, shape=(-1,))
        rows = [self.gradient(x[i], sources) for i in range(x.shape[0])]

        def joined(*slopes: Any) -> Any:
            if any(s is None for s in slopes):
                return None
            return ops.reshape(ops.stack(slopes), shape=(*target.shape, *slopes[0].shape))

        if not _several(sources):
            return joined(*rows)
        return tree.map_structure(joined, *rows, none_is_leaf=True)

    def gradient(self, target: Any, sources: Any, **options: Any) -> Any:
        """d Σtarget / d source in the sources' structure; None where it depends on it in no way.

        target   a tensor, or several, whose sum is derived.
        A variable that is not trained gives None; so does what is no variable and is not watched,
        with a warning.
        """
        targets = tree.flatten(target)
        if isinstance(sources, Read):
            sources.become(targets)
            sources = list(sources)
        leaves, structure = tree.flatten(sources), sources
        for x in leaves:
            node = self._node(x)
            if node is None and not isinstance(x, Variable):
                warnings.warn(
                    f"gradient received the source {x!r}, which is not watched and so gets None; "
                    "expected variables, or tensors that are watched. Write tape.watch(x) within "
                    "the tape, before x is used.",
                    stacklevel=2,
                )
        found = pullback(
            targets, [ops.ones_like(y) for y in targets],
            [n for x in leaves if (n := self._node(x)) is not None],
            taping=self.persistent or _open.count > 0,
        )  # fmt: skip
        slopes = [
            None if (n := self._node(x)) is None else found.get(n.serial) for x in leaves
        ]
        return tree.pack_sequence_as(structure, slopes) if _several(sources) else slopes[0]


def custom_gradient(f: Any) -> Any:
    """A function whose derivative it tells itself: it gives y, and what makes of dL/dy dL/dx each.

    >>> @custom_gradient
    ... def doubled(x):
    ...     return 2 * x, lambda g: 5 * g
    >>> float(grad(doubled)(1.0))
    5.0
    """

    @wraps(f)
    def called(*args: Any, **named: Any) -> Any:
        def values(*arrays: Any) -> Any:
            with no_grad():
                return as_tensor(f(*map(as_tensor, arrays), **named)[0]).array

        def slopes(g: Tensor, y: Tensor, *xs: Tensor) -> Any:
            return f(*xs, **named)[1](g)

        names = [f"x{i}" for i in range(len(args))]
        kind = inspect.Parameter.POSITIONAL_ONLY
        values.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter(n, kind) for n in names]
        )
        return custom_op(slopes, name=f.__name__)(values)(*args)

    return called


def _several(sources: Any) -> bool:
    return isinstance(sources, list | tuple | dict)
