"""What a layer does with a draw of `layer_draws`, and in what two such findings differ."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from typing import Any, NamedTuple

import numpy as np

from tests.nn.layers.layer_draws import APART, SCORES, STATES, UNMASKED, Draw


class Found(NamedTuple):
    """What a layer did: its result, the gradients of inputs and weights, its weights afterwards."""

    output: np.ndarray
    gradients: list[np.ndarray]
    state: list[np.ndarray]
    shapes: list[tuple[int, ...]]  # of the results
    masks: list[Any]


def cotangent(shape: tuple[int, ...]) -> np.ndarray:
    """What a result is multiplied with, before its sum is differentiated."""
    return np.random.default_rng(1).normal(size=shape).astype("float32")


def weight_like(name: str, w: np.ndarray, i: int) -> np.ndarray:
    """Random numbers in place of a new weight; positive where it is a spread."""
    values = np.random.default_rng(i).normal(size=w.shape).astype(w.dtype)
    return np.abs(values) + 0.5 if "variance" in name or "stddev" in name else values


def ours(draw: Draw, weights: Any = None, g: Any = None) -> Found:
    """What a layer of this package does, with the weights given, or random ones."""
    from autograd_nn import Tensor, nn, ops
    from autograd_nn.engine import tree

    def made() -> Any:
        return nn.layers.get({"class_name": draw.kind, "config": dict(draw.options)})

    layer, several = made(), isinstance(draw.inputs, list)
    xs = [Tensor(x, requires_grad=x.dtype.kind == "f")
          for x in (draw.inputs if several else [draw.inputs])]  # fmt: skip
    given: Any = xs if several else xs[0]
    args = given if draw.kind in APART else [given]
    layer(*args, training=False)
    if weights is None:
        weights = [weight_like(v.path, v.numpy(), i) for i, v in enumerate(layer.weights)]
    layer.set_weights(weights)
    states = tree.map(lambda x: Tensor(x, requires_grad=True), draw.call.get(STATES, []))
    y = layer(*args, **{**draw.call, **({STATES: states} if states else {})})
    results = tree.flatten(y)[0]
    shapes = [one.shape for one in results]
    if isinstance(y, tuple | list):  # all results, one after another
        y = ops.concatenate([ops.ravel(one) for one in results])
    (y * (cotangent(y.shape) if g is None else g)).sum().backward()
    moving = {id(v) for v in layer.trainable_weights}
    leaves = [x for x in xs if x.requires_grad] + tree.flatten(states)[0]
    leaves += [v for v in layer.weights if id(v) in moving]
    gradients = [np.zeros(v.shape) if v.grad is None else v.grad.numpy() for v in leaves]
    asked = [x.shape for x in xs]
    asked = asked if draw.kind in APART else [asked if several else asked[0]]
    told = shapes if SCORES in draw.call else made().compute_output_shape(*asked)
    assert shapes == shapes_in(told), (shapes, told)
    return Found(y.detach().numpy(), gradients, layer.get_weights(), shapes, masks_of(layer, draw))


def shapes_in(told: Any) -> list[tuple[int, ...]]:
    """The shapes in a tree of them, one after another."""
    if not told or isinstance(told[0], int):
        return [tuple(told)]
    return [shape for one in told for shape in shapes_in(one)]


def masks_of(layer: Any, draw: Draw) -> list[Any]:
    """The masks of a layer's results, where it was called with one."""
    if draw.kind in UNMASKED or not isinstance(mask := draw.call.get("mask"), np.ndarray):
        return []
    found = layer.compute_mask(draw.inputs, mask)
    return [None if m is None else np.array(m)
            for m in (found if isinstance(found, list | tuple) else [found])]  # fmt: skip


def differences(
    a: Found, b: Found, tolerance: float = 1e-5, exact: Callable[[], Found] | None = None
) -> list[str]:
    """In what two findings differ by more than a tolerance, relative to what is largest.

    Where ``exact`` gives the same in float64, ours is not wrong while it is as near to that as the
    other one, or within the tolerance: what is zero there is relative to all of its kind.
    """
    found = []
    wide: Found | None = None
    if a.shapes != b.shapes:
        found.append(f"shapes {a.shapes} and {b.shapes}")
    for p, q in zip_longest(a.masks, b.masks):  # Keras's may leave the last ones out
        if (p is None) is not (q is None) or (p is not None and (p != q).any()):
            found.append(f"masks {p} and {q}")
    for what in ("output", "gradients", "state"):
        left, right = getattr(a, what), getattr(b, what)
        left, right = (left, right) if isinstance(left, list) else ([left], [right])
        if len(left) != len(right):
            found.append(f"{what}: {len(left)} and {len(right)}")
            continue
        for i, (p, q) in enumerate(zip(left, right, strict=True)):
            scale = max(1.0, float(np.abs(q).max(initial=0)))
            if p.shape != q.shape:
                found.append(f"{what}[{i}]: {p.shape} and {q.shape}")
            elif not np.allclose(p, q, rtol=0, atol=tolerance * scale):
                if exact is not None:
                    wide = exact() if wide is None else wide
                    all_of_it = getattr(wide, what)
                    true = all_of_it[i] if isinstance(all_of_it, list) else all_of_it
                    if np.abs(true).max() < 1e-12:  # as of a number that all scores have alike
                        scale = max(scale, *(float(np.abs(v).max(initial=0)) for v in right))
                    if np.abs(p - true).max() <= max(tolerance * scale, np.abs(q - true).max()):
                        continue
                found.append(f"{what}[{i}]: {np.abs(p - q).max() / scale}")
    return found
