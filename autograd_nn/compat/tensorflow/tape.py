"""``tf.GradientTape``: our tape notes always; this asks it for derivatives."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tape import pullback
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import tree
from autograd_nn.nn.variable import Variable


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

    def __enter__(self) -> GradientTape:
        return self

    def __exit__(self, *raised: object) -> None:
        """The tape stays, until its tensors go."""

    def watch(self, tensor: Any) -> None:
        """Makes tensors sources, too: from here on what is computed of them is noted.

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

    def reset(self) -> None:
        """Does nothing: what was computed is noted with its result."""

    def watched_variables(self) -> tuple[Any, ...]:
        """None: every variable that is trained is watched."""
        return ()

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
        A variable that is not trained gives None. Raises TypeError for another source that is no
        leaf: no variable, nor a tensor that is watched.
        """
        leaves, structure = tree.flatten(sources), sources
        targets = tree.flatten(target)
        for x in leaves:
            if isinstance(x, Variable) and x.node is None:
                continue
            if not isinstance(x, Tensor) or x.node is None:
                raise TypeError(
                    f"gradient received the source {x!r}; expected variables, or tensors that "
                    "are watched. Write tape.watch(x) within the tape, before x is used."
                )
        found = pullback(
            targets, [ops.ones_like(y) for y in targets],
            [x.node for x in leaves if x.node is not None], taping=self.persistent,
        )  # fmt: skip
        slopes = [None if x.node is None else found.get(x.node.serial) for x in leaves]
        return tree.pack_sequence_as(structure, slopes) if _several(sources) else slopes[0]


def _several(sources: Any) -> bool:
    return isinstance(sources, list | tuple | dict)
