"""Where a model meets its loss: the last activation, the loss and the targets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_nn.nn import layers, losses
from autograd_nn.nn.advice import chain, watching
from autograd_nn.nn.advice.remark import Remark

DISTANCES = (
    losses.MeanSquaredError, losses.MeanAbsoluteError, losses.MeanAbsolutePercentageError,
    losses.MeanSquaredLogarithmicError, losses.Huber, losses.LogCosh,
)  # fmt: skip
CROSS = ("binary", "distribution", "classes")


def remarks(model: Any, ys: Any) -> Iterator[Remark]:
    """Of each output; ys: the targets as the door left them, None where they are not at hand."""
    ends = model._objective.ends
    targets = [None] * len(ends) if ys is None else ends.values(ys)
    for i, (loss, y) in enumerate(zip(model._objective.losses, targets, strict=True)):
        layer, act = chain.last(model, i)
        if layer is None or act is None or loss is None:
            continue
        units = ends.shapes[i][-1] if ends.shapes[i] else None
        if act == "softmax" and units == 1:
            yield Remark(
                f"the last layer {layer.name!r} has a softmax over one unit, which is 1 whatever "
                "the weights; expected a unit for each class. For two classes use Dense(1, "
                "activation='sigmoid') and loss='binary_crossentropy', for a number to predict no "
                "activation.", True,
            )  # fmt: skip
            continue
        y = None if y is None else y[:10_000]
        if getattr(loss, "_targets", None) in CROSS:
            yield from _of_classes(layer.name, act, loss, y, units)
            yield from _of_axes(layer, loss, len(ends.shapes[i] or ()))
        elif isinstance(loss, DISTANCES):
            yield from _of_numbers(layer.name, act, loss, y)
            yield from _of_logarithms(layer.name, act, loss, y)
        elif isinstance(loss, losses.Poisson):
            if y is not None and (y >= 0).all():
                yield from _of_reach(layer.name, act, y, "'exponential'")
            yield from _of_logarithms(layer.name, act, loss, y)
        elif isinstance(loss, losses.Hinge | losses.SquaredHinge | losses.CategoricalHinge):
            yield from _of_margins(layer.name, act, loss, y)
        elif isinstance(loss, losses.CosineSimilarity) and units == 1:
            yield Remark(
                f"the loss {loss.name!r} compares directions, and {layer.name!r} gives one number, "
                "of which only the sign counts. Use loss='mse' for numbers."
            )
        yield from watching.remarks(model._watched.plain[i], loss, act, units, y)


def _of_classes(name: str, act: str, loss: Any, y: Any, units: Any) -> Iterator[Remark]:
    logits = getattr(loss, "from_logits", False)
    wanted = "sigmoid" if loss._targets == "binary" else "softmax"
    if logits and act in ("sigmoid", "softmax"):
        yield Remark(
            f"the loss {loss.name!r} has from_logits=True and applies a {wanted}, and the last "
            f"layer {name!r} applies a {act} before it. Leave out one: activation=None there, or "
            "from_logits=False.", True,
        )  # fmt: skip
    elif logits and (reach := chain.reach(act)) and reach[0] >= 0:
        yield Remark(
            f"the last layer {name!r} ends in {act}, whose logits are never below 0: no class "
            "becomes unlikely. Use activation=None there."
        )
    elif not logits and (reach := chain.reach(act)) and (reach[0] < 0 or reach[1] > 1):
        yield Remark(
            f"the loss {loss.name!r} wants probabilities, and the last layer {name!r} ends in "
            f"{'no activation' if act == 'linear' else act}. Use activation={wanted!r} there, or "
            "a loss with from_logits=True and no activation.", True,
        )  # fmt: skip
    elif act == "sigmoid" and wanted == "softmax":
        yield Remark(
            f"the loss {loss.name!r} is of classes of which one is true, and the sigmoids of "
            f"{name!r} know nothing of each other. Use activation='softmax' there."
        )
    elif act == "softmax" and wanted == "sigmoid":
        several = y is not None and y.ndim > 1 and bool((y.sum(-1) != 1).any())
        yield Remark(
            f"the softmax of {name!r} shares 1 among the classes, and the loss {loss.name!r} looks "
            "at each class alone. " + (
                "Samples have several classes or none: use activation='sigmoid'." if several else
                "Use loss='categorical_crossentropy'."
            ), several,
        )  # fmt: skip
    if y is None:
        return
    if loss._targets == "distribution" and (off := np.abs(y.sum(-1) - 1) > 1e-3).any():
        yield Remark(
            f"the targets of {name!r} add up to {y.sum(-1)[off].flat[0]:g} in {int(off.sum())} of "
            f"{off.size} samples, and {loss.name!r} wants shares of 1. Where a sample has several "
            "classes use activation='sigmoid' and loss='binary_crossentropy'."
        )
    if loss._targets == "binary" and act == "sigmoid" and y.ndim == 2 and y.shape[-1] > 2 and (
        len(y) > 9 and (y.sum(-1) == 1).all() and ((y == 0) | (y == 1)).all()
    ):  # fmt: skip
        yield Remark(
            f"each sample has one class of {y.shape[-1]}, and {name!r} has a sigmoid for each. Use "
            "activation='softmax' and loss='categorical_crossentropy'."
        )
    alone = y.size == len(y)  # of steps and places 0 may be padding
    if loss._targets == "classes" and alone and units and 2 < units <= 30 and len(y) > 9 and (
        set(np.unique(y).tolist()) == set(range(1, units))
    ):
        yield Remark(
            f"the classes of {name!r} are 1 to {units - 1}, and its unit 0 is never right. Take "
            f"1 off y, and give the layer {units - 1} units."
        )


def _of_axes(layer: Any, loss: Any, rank: int) -> Iterator[Remark]:
    """Of a softmax along other axes than the classes'."""
    if isinstance(layer, layers.Softmax) and isinstance(layer.axis, int):
        axis = getattr(loss, "axis", -1)
        if isinstance(axis, int) and layer.axis % rank != axis % rank:
            yield Remark(
                f"the softmax of {layer.name!r} shares 1 along axis {layer.axis}, and the classes "
                f"of {loss.name!r} lie along axis {axis}. Use Softmax(axis={axis})."
            )


def _of_margins(name: str, act: str, loss: Any, y: Any) -> Iterator[Remark]:
    reach = chain.reach(act)
    if reach and reach[0] >= 0:
        yield Remark(
            f"the loss {loss.name!r} wants results on both sides of 0, and {act} at the end of "
            f"{name!r} gives none below it. Use activation='tanh' or none."
        )
    if y is not None and not isinstance(loss, losses.CategoricalHinge) and (
        not np.isin(y, (-1, 0, 1)).all()
    ):
        yield Remark(
            f"the loss {loss.name!r} wants targets of -1 and 1, and they go from {y.min():g} to "
            f"{y.max():g}. Use loss='mse' for numbers, 'sparse_categorical_crossentropy' for "
            "several classes."
        )


def _of_numbers(name: str, act: str, loss: Any, y: Any) -> Iterator[Remark]:
    soft = y is not None and y.ndim > 1 and ((y > 0) & (y < 1)).any() and (
        (np.abs(y.sum(-1) - 1) < 1e-3).all()
    )
    if act == "softmax" and not soft:
        yield Remark(
            f"the softmax of {name!r} gives shares of classes, and {loss.name!r} measures a "
            "distance. Use loss='categorical_crossentropy', or no activation for numbers."
        )
    yield from _of_reach(name, act, y)


def _of_reach(name: str, act: str, y: Any, better: str = "None") -> Iterator[Remark]:
    """Of targets that the last layer cannot come to."""
    if y is None or (reach := chain.reach(act)) is None:
        return
    low, high = reach
    outside = (y < low) | (y > high)
    if outside.any():
        yield Remark(
            f"the targets go from {y.min():g} to {y.max():g}, and {act} at the end of {name!r} "
            f"gives numbers from {low:g} to {high:g}: {outside.mean():.0%} of them are never "
            f"reached. Use activation={better} there, or scale the targets.", True,
        )  # fmt: skip


def _of_logarithms(name: str, act: str, loss: Any, y: Any) -> Iterator[Remark]:
    """What losses with a logarithm, or a share, of numbers make of those they have none of."""
    if isinstance(loss, losses.Poisson) and act in (
        "linear", "tanh", "elu", "selu", "softsign", "relu"
    ):  # fmt: skip
        yield Remark(
            f"the loss {loss.name!r} takes the logarithm of results, which {name!r} lets fall "
            f"{'to' if act == 'relu' else 'below'} 0. Use activation='exponential' or 'softplus' "
            "there."
        )
    if y is None:
        return
    few = isinstance(loss, losses.MeanSquaredLogarithmicError | losses.Poisson) and (y < 0).any()
    if few:
        yield Remark(
            f"the loss {loss.name!r} is of numbers from 0, and the targets go down to "
            f"{y.min():g}. Use loss='mse', or shift them."
        )
    if isinstance(loss, losses.MeanAbsolutePercentageError) and not y.all():
        yield Remark(
            f"the loss {loss.name!r} divides by the targets, of which {(y == 0).mean():.0%} are 0. "
            "Use loss='mae'."
        )
