"""The doors by which a tensor's contents leave the tape, and which of them are shut when.

A derivative ends where a tensor becomes plain numbers. Where the user says so (``detach``,
``item``, ``numpy``, ``tolist``) that is wanted. Where it happens on the way (``float(x)`` inside
``math.sin(x)``, an array inside ``np.linalg.norm([x, y])``) it is not, and would show as a zero
in the gradient; so such a door is shut while a derivative may still be asked of the tensor:

- `TRANSFORM`: it depends on an argument of a transform whose function is running, or a training
  step is taken: every such door is shut.
- `LEAF`: it depends on a leaf (``requires_grad=True``): whatever wants an array is shut. One number
  may be read, for that is how a loss is watched (``losses.append(float(loss))``).
- `WEIGHT`: it depends on a layer's weights alone. Those are always leaves, so between steps a
  model's result is read like any array; only copies keep their place on the tape.

A tape that was released leads nowhere, and under ``no_grad`` nothing is differentiated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from autograd_nn.engine.errors import GradientError
from autograd_nn.engine.mode import mode
from autograd_nn.engine.node import Leaf, Node

if TYPE_CHECKING:
    from autograd_nn.engine.tensor import Tensor

TRANSFORM, LEAF, WEIGHT = range(3)

# The arguments of every transform whose function is running, by serial. One dict for all threads: a
# function may hand its argument to another thread, and the derivative would be lost there as well.
running: dict[int, Node] = {}


@contextmanager
def asked(nodes: Sequence[Node]) -> Iterator[None]:
    """Derivatives with respect to these are asked for by whoever runs a function of them here."""
    for node in nodes:
        running[node.serial] = node
    try:
        yield
    finally:
        for node in nodes:
            running.pop(node.serial, None)


def followed(y: Tensor, by: int) -> bool:
    """Whether a derivative may still be asked of ``y``, by any of the kinds up to ``by``."""
    if y.node is None or not mode.taping:
        return False
    if mode.stepping:
        by = WEIGHT
    if by == TRANSFORM and not running:
        return False
    stack, seen = [y.node], {y.node.serial}
    while stack:
        node = stack.pop()
        if node.serial in running:
            return True
        if isinstance(node, Leaf) and (by == WEIGHT or (by == LEAF and not node.state)):
            return True
        for above in node.parents:
            if above.serial not in seen:
                seen.add(above.serial)
                stack.append(above)
    return False


def number(x: Tensor, what: str) -> None:
    """Raises where reading one number of ``x`` would end a derivative that is being taken."""
    if x.node is not None and (running or mode.stepping) and followed(x, TRANSFORM):
        _refuse(x, what)


def contents(x: Tensor, what: str) -> None:
    """Raises where taking the array of ``x`` would end a derivative that may be asked for."""
    if x.node is not None and followed(x, LEAF):
        _refuse(x, what)


def _refuse(x: Tensor, what: str) -> NoReturn:
    source = (
        "is being differentiated"
        if followed(x, TRANSFORM)
        else "depends on a leaf (requires_grad=True)"
    )
    raise GradientError(
        f"{what} would lose a derivative: received a tensor of shape {x.shape} that {source}; "
        "expected one that carries no derivative. Use the op of the same meaning (ag.sin(x) "
        "for math.sin(x), ag.stack([x, y]) for np.array([x, y])), or say that its contents are "
        "meant: x.detach(), x.item() for one number, x.numpy() for an array."
    )
