"""Losses with arguments drawn at random, as a comparison with Keras needs them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import autograd_nn as ag
from autograd_nn import nn
from tests.nn.layers.layer_draws import Rng, floats, pick

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)


class Draw(NamedTuple):
    """A loss's class and arguments, and what it is called with."""

    kind: str
    options: dict[str, Any]
    y_true: np.ndarray
    y_pred: np.ndarray
    weight: np.ndarray | None

    def wide(self) -> Draw:
        """The same in float64."""
        given = (None if v is None else v.astype("float64") if v.dtype.kind == "f" else v
                 for v in (self.y_true, self.y_pred, self.weight))  # fmt: skip
        return Draw(self.kind, self.options, *given)


def f32(x: Any) -> np.ndarray:
    return np.asarray(x, "float32")


def sizes(rng: Rng, least: int = 1) -> tuple[int, ...]:
    known = ((5,), (4, 3), (6, 1), (4, 3, 2), (2, 3, 4, 2))
    return pick(rng, *(s for s in known if len(s) >= least and (least == 1 or s[-1] > 1)))


def chances(rng: Rng, s: tuple[int, ...]) -> np.ndarray:
    return f32(rng.uniform(0.02, 0.98, s))


def shares(rng: Rng, s: tuple[int, ...]) -> np.ndarray:
    e = np.exp(rng.normal(size=s))
    return f32(e / e.sum(-1, keepdims=True))


def one_hot(rng: Rng, s: tuple[int, ...]) -> np.ndarray:
    return f32(np.eye(s[-1])[rng.integers(0, s[-1], s[:-1])])


def values(rng: Rng) -> tuple:
    s = sizes(rng)
    return {}, floats(rng, *s), floats(rng, *s)


def positive(rng: Rng) -> tuple:
    s = sizes(rng)
    return {}, f32(rng.uniform(0, 3, s)), f32(rng.uniform(0.01, 3, s))


def huber(rng: Rng) -> tuple:
    return {"delta": pick(rng, 0.5, 1.0, 2.0)}, *values(rng)[1:]


def cosine(rng: Rng) -> tuple:
    s = sizes(rng, 2)
    return {"axis": pick(rng, -1, 1)}, floats(rng, *s), floats(rng, *s)


def divergence(rng: Rng) -> tuple:
    s = sizes(rng, 2)
    return {}, shares(rng, s), shares(rng, s)


def hinge(rng: Rng) -> tuple:
    s = sizes(rng)
    bits = rng.integers(0, 2, s)
    return {}, f32(bits * 2 - 1 if rng.random() < 0.5 else bits), floats(rng, *s)


def categorical_hinge(rng: Rng) -> tuple:
    s = sizes(rng, 2)
    return {}, one_hot(rng, s), floats(rng, *s)


def binary(rng: Rng) -> tuple:
    s, logits = sizes(rng), bool(rng.integers(2))
    options = {"from_logits": logits, "label_smoothing": pick(rng, 0.0, 0.1, 0.3)}
    if len(s) > 1:
        options["axis"] = pick(rng, -1, 1)
    y = f32(rng.uniform(size=s) > 0.5)
    return options, y, floats(rng, *s) if logits else chances(rng, s)


def binary_focal(rng: Rng) -> tuple:
    options, y, p = binary(rng)
    focal = {"alpha": pick(rng, 0.25, 0.6), "gamma": pick(rng, 1.0, 2.0, 3.5),
             "apply_class_balancing": bool(rng.integers(2))}  # fmt: skip
    return options | focal, y, p


def categorical(rng: Rng) -> tuple:
    s, logits = sizes(rng, 2), bool(rng.integers(2))
    options = {"from_logits": logits, "axis": pick(rng, -1, 1)}
    if options["axis"] in (-1, len(s) - 1):  # Keras smooths by the last axis, whatever the classes'
        options["label_smoothing"] = pick(rng, 0.0, 0.1, 0.3)
    y = pick(rng, one_hot, shares)(rng, s)
    return options, y, floats(rng, *s) if logits else chances(rng, s)


def categorical_focal(rng: Rng) -> tuple:
    options, y, p = categorical(rng)
    return options | {"alpha": pick(rng, 0.25, 0.5), "gamma": pick(rng, 1.0, 2.0)}, y, p


def sparse(rng: Rng) -> tuple:
    s, logits = sizes(rng, 2), bool(rng.integers(2))
    y = rng.integers(0, s[-1], s[:-1])
    options: dict[str, Any] = {"from_logits": logits, "ignore_class": pick(rng, None, 0, 1, -1)}
    if options["ignore_class"] == -1:
        y = np.where(rng.uniform(size=y.shape) < 0.3, -1, y)
    y = y[..., None] if rng.integers(2) else y
    dtype = pick(rng, "int32", "float32")
    return options, y.astype(dtype), floats(rng, *s) if logits else chances(rng, s)


def generalized(rng: Rng) -> tuple:
    s = pick(rng, (4, 3), (6, 5))
    return {"q": pick(rng, 0.3, 0.5, 0.9)}, rng.integers(0, s[1], s[0]), shares(rng, s)


def overlap(rng: Rng) -> tuple:
    s = sizes(rng)
    axis = pick(rng, None, -1, list(range(1, len(s))) or None)
    return {"axis": axis}, f32(rng.uniform(size=s) > 0.5), chances(rng, s)


def tversky(rng: Rng) -> tuple:
    options, y, p = overlap(rng)
    return options | {"alpha": pick(rng, 0.3, 0.5), "beta": pick(rng, 0.5, 0.7)}, y, p


def circle(rng: Rng) -> tuple:
    n = pick(rng, 5, 8)
    e = rng.normal(size=(n, 4))
    options = {"gamma": pick(rng, 5.0, 20.0), "margin": pick(rng, 0.2, 0.4),
               "remove_diagonal": bool(rng.integers(2))}  # fmt: skip
    unit = f32(e / np.linalg.norm(e, axis=1, keepdims=True))
    return options, rng.integers(0, 3, n).astype("int32"), unit


def ctc(rng: Rng) -> tuple:
    n, steps, classes, most = 3, pick(rng, 8, 12), pick(rng, 4, 6), pick(rng, 1, 3)
    y = rng.integers(1, classes, (n, most))
    for row in y:
        row[rng.integers(1, most + 1) :] = 0
    return {}, y.astype("int32"), floats(rng, n, steps, classes)


DRAWS: dict[str, Any] = {
    "MeanSquaredError": values, "MeanAbsoluteError": values, "MeanAbsolutePercentageError": values,
    "MeanSquaredLogarithmicError": positive, "LogCosh": values, "Huber": huber,
    "CosineSimilarity": cosine, "KLDivergence": divergence, "Poisson": positive, "Hinge": hinge,
    "SquaredHinge": hinge, "CategoricalHinge": categorical_hinge, "BinaryCrossentropy": binary,
    "BinaryFocalCrossentropy": binary_focal, "CategoricalCrossentropy": categorical,
    "CategoricalFocalCrossentropy": categorical_focal, "SparseCategoricalCrossentropy": sparse,
    "CategoricalGeneralizedCrossEntropy": generalized, "Dice": overlap, "Tversky": tversky,
    "Circle": circle, "CTC": ctc,
}  # fmt: skip


def drawn(kind: str, seed: int) -> Draw:
    """The draw of a seed; weights fit the values, as Keras wants them."""
    rng = np.random.default_rng([seed, list(DRAWS).index(kind)])
    options, y, p = DRAWS[kind](rng)
    if y.shape == p.shape and y.ndim > 1 and y.shape[-1] == 1 and rng.integers(2):
        y = y[..., 0]
    options["reduction"] = pick(rng, *REDUCTIONS)
    s = getattr(nn.losses, kind)(**options | {"reduction": None})(y, p).shape
    weight = None
    if s and rng.integers(2):
        weight = f32(rng.uniform(0, 2, pick(rng, (s[0], *(1,) * (len(s) - 1)), s)))
    return Draw(kind, options, y, p, weight)


def ours(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """The loss and its gradient in the predictions (of the sum, where it is several numbers)."""
    loss = getattr(nn.losses, draw.kind)(**draw.options)

    def total(p: ag.Tensor) -> ag.Tensor:
        return ag.sum(loss(draw.y_true, p, draw.weight))

    value = loss(draw.y_true, draw.y_pred, draw.weight)
    return value.numpy(), ag.grad(total)(draw.y_pred).numpy()


def differences(draw: Draw, told: tuple, tolerance: float = 1e-6) -> list[str]:
    """What of a loss's value and gradient is not as told, relative to the largest entry.

    A value's entries are those before any mean. Whoever is as near to what float64 gives as the
    other is not wrong.
    """
    found, wrong = ours(draw), []
    each = getattr(nn.losses, draw.kind)(**draw.options | {"reduction": None})
    entries = np.abs(each(draw.y_true, draw.y_pred, draw.weight).numpy()).max()
    for i, (what, a, b) in enumerate(zip(("value", "gradient"), found, told, strict=True)):
        if a.shape != b.shape or a.dtype != b.dtype:
            wrong.append(f"{what}: {a.dtype}{a.shape}, not {b.dtype}{b.shape}")
            continue
        scale = max(np.abs(b).max(), entries if i == 0 else 1e-30)
        gap = np.abs(a - b).max() / scale
        if gap > tolerance:
            exact = ours(draw.wide())[i]
            if np.abs(a - exact).max() > max(tolerance * scale, np.abs(b - exact).max()):
                wrong.append(f"{what}: off by {gap:.1e}")
    return wrong
