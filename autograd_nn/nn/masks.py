"""Masks: which steps of a sequence count, a truth value each; they travel beside their tensors.

A layer's result carries the mask that its ``compute_mask`` gives; whoever takes the result finds it
again by `mask_of`. A tensor without a mask costs nothing.
"""

from __future__ import annotations

from typing import Any
from weakref import ref

from autograd_nn.engine import tree
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor

# By a tensor's id: a weak reference to it, and its mask.
carried: dict[int, tuple[Any, Tensor]] = {}


def mask_of(x: Any) -> Any:
    """The mask a tensor carries, or None.

    >>> from autograd_nn.engine.tensor import Tensor
    >>> x = give_mask(Tensor([[1.0], [2.0]]), Tensor([True, False]))
    >>> mask_of(x)
    Tensor([ True, False])
    """
    found = carried.get(id(x))
    return found[1] if found is not None and found[0]() is x else None


def give_mask(x: Tensor, mask: Tensor | None) -> Tensor:
    """Lets a tensor carry a mask, in place of any it had."""
    key = id(x)
    if mask is None:
        carried.pop(key, None)
    else:
        carried[key] = (ref(x, lambda r: _dropped(key, r)), mask)
    return x


def _dropped(key: int, r: Any) -> None:
    found = carried.get(key)
    if found is not None and found[0] is r:
        del carried[key]


def _set_mask(x: Tensor, mask: Tensor | None) -> None:
    give_mask(x, mask)


# as Keras calls it
setattr(Tensor, "_keras_mask", property(mask_of, _set_mask, doc="`mask_of` it."))  # noqa: B010


def checked_mask(mask: Any, shape: tuple[int, ...], layer: Any) -> Tensor:
    """A mask as a tensor; ShapeError where it has not a truth value for everything of a shape."""
    found = as_tensor(mask)
    if found.shape != shape:
        raise ShapeError(
            f"layer {layer.name!r} received a mask of shape {found.shape}; expected {shape}, a "
            "truth value for every step of every sample."
        )
    return found


def masks_of(values: Any) -> Any:
    """The masks of a tree of tensors, None where none carries any."""
    if isinstance(values, Tensor):
        return mask_of(values)
    leaves = tree.flatten(values)[0]
    if not any(mask_of(x) is not None for x in leaves):
        return None
    return _masks(values)


def _masks(values: Any) -> Any:
    if isinstance(values, dict):
        return {k: _masks(v) for k, v in values.items()}
    if isinstance(values, list | tuple):
        return [_masks(v) for v in values]
    return mask_of(values)


def give_masks(values: Any, masks: Any) -> None:
    """Lets every tensor of a tree carry the mask at its place."""
    if isinstance(values, Tensor):
        give_mask(values, masks)
    elif isinstance(values, dict):
        for key, value in values.items():
            give_masks(value, None if masks is None else masks[key])
    elif isinstance(values, list | tuple):
        each = masks if isinstance(masks, list | tuple) else [masks] * len(values)
        for value, mask in zip(values, each, strict=True):
            give_masks(value, mask)
