"""The model alone: layers in a row that undo each other, rates and weights that cannot learn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from autograd_nn.engine.mode import no_grad
from autograd_nn.nn import layers, optimizers, regularizers
from autograd_nn.nn.advice import chain
from autograd_nn.nn.advice.remark import Remark

BOUNDED = ("sigmoid", "tanh", "hard_sigmoid", "softsign")
ACTIVATIONS = (
    layers.Activation, layers.ReLU, layers.LeakyReLU, layers.ELU, layers.PReLU, layers.Softmax,
)  # fmt: skip
CONVOLUTIONS: tuple[Any, ...] = (layers.Conv1D, layers.Conv2D, layers.Conv3D)
PENALTIES = [f"{w}_regularizer" for w in ("kernel", "recurrent", "bias", "embeddings", "activity")]
FIRST = 256  # samples that silent layers are looked for in
SATURATED = 0.98  # of results that lie at an activation's ends, which are too many


def remarks(model: Any) -> Iterator[Remark]:
    """Of the layers before each output, of weights and of the optimizer."""
    for i in range(len(model._objective.ends)):
        yield from _of_chain([*chain.backwards(model, i)])
    for layer in model._flattened():
        yield from _of_layer(layer)
    if model.weights and not model.trainable_weights:
        yield Remark(
            f"model {model.name!r} has no weight that is trained. Set trainable=True on the layers "
            "that are to learn, and compile again.", True,
        )  # fmt: skip
    yield from _of_rate(model.optimizer)


def beginnings(model: Any) -> Iterator[Remark]:
    """Of weights that nothing has trained: a pass over all of them, which `fit` does not make."""
    if int(getattr(model.optimizer, "iterations", 1)):
        return
    for layer in model._flattened():
        kernel = getattr(layer, "kernel", None)
        if kernel is not None and layer.trainable and isinstance(layer, chain.WEIGHING):
            yield from _of_size(layer, kernel.numpy())


def _of_chain(last_first: list[Any]) -> Iterator[Remark]:
    end = next((s for s in last_first if not isinstance(s, ACTIVATIONS)), None)
    if isinstance(end, layers.Dropout) and end.rate:
        yield Remark(
            f"the last layer {end.name!r} is a dropout, which sets results to 0 at "
            "random. Put it before the layer that makes the results.", True,
        )  # fmt: skip
    rows = [s for s in reversed(last_first) if not isinstance(s, chain.PASSING)]
    acts = [chain.activation(s) for s in rows]
    for (a, act), (b, after) in pairwise(zip(rows, acts, strict=True)):
        if act == after == "softmax" and not isinstance(b, chain.WEIGHING):
            yield Remark(
                f"{b.name!r} applies a softmax to the softmax of {a.name!r}. Leave out one.", True
            )
        elif act == after and act in BOUNDED and not isinstance(b, chain.WEIGHING):
            yield Remark(
                f"{b.name!r} applies {act} to the {act} of {a.name!r}, which leaves little of its "
                "range. Leave out one."
            )
        elif act == "softmax" and isinstance(a, layers.Dense) and isinstance(b, layers.Dense):
            yield Remark(
                f"the hidden layer {a.name!r} has a softmax, whose units suppress each other. Use "
                "activation='relu' there."
            )
        if act == "linear" and _one_line(a, b):
            yield Remark(
                f"{a.name!r} has no activation, so that it and {b.name!r} are one linear layer. "
                "Use activation='relu' there."
            )
    deep = [s.name for s, act in zip(rows[:-1], acts[:-1], strict=True) if act == "sigmoid"]
    if len(deep) > 4:
        yield Remark(
            f"{len(deep)} hidden layers have sigmoids, which pass little of a derivative. "
            "Use activation='relu' in them."
        )


def _one_line(a: Any, b: Any) -> bool:
    """Whether two layers in a row could as well be one; a narrow one between wider ones could not.

    Neither could one that cuts pictures into patches.
    """
    if not (type(a) is type(b) is layers.Dense):
        if not isinstance(a, CONVOLUTIONS) or type(b) not in (type(a), layers.Dense):
            return False
        if set(a.kernel_size) == {1} or tuple(a.kernel_size) == tuple(a.strides):
            return False
    first, after = getattr(a, "kernel", None), getattr(b, "kernel", None)
    if first is None or after is None:
        return True
    return first.shape[-1] >= min(int(np.prod(first.shape[:-1])), after.shape[-1])


def _of_layer(layer: Any) -> Iterator[Remark]:
    rate = getattr(layer, "rate", 0)
    if isinstance(layer, layers.Dropout) and rate >= 0.9:
        yield Remark(
            f"{layer.name!r} drops {rate:.0%} of what it receives, and keeps {1 - rate:.0%}. Its "
            f"rate is the share that is dropped: for the other share write {1 - rate:.2g}."
        )
    if isinstance(layer, layers.BatchNormalization) and layer.trainable and layer.momentum >= 1:
        yield Remark(
            f"{layer.name!r} has momentum={layer.momentum:g}: its moving mean and variance stay "
            "what they are at first. Common are 0.9 to 0.99."
        )
    yield from _of_penalties(layer)
    kernel = getattr(layer, "kernel", None)
    if kernel is not None and isinstance(layer, chain.WEIGHING):
        held = kernel.numpy()
        if not np.isfinite(held).all():
            yield Remark(
                f"the kernel of {layer.name!r} holds what is not finite. Make the model again, or "
                "load weights from before."
            )
        elif layer.trainable and held.shape[-1] > 1 and (held == held.flat[0]).all() and (
            chain.activation(layer) not in ("softmax", "linear")
        ):
            yield Remark(
                f"all weights of {layer.name!r} are {held.flat[0]:g}, so that its units stay equal "
                "for ever. Use kernel_initializer='glorot_uniform'."
            )


def _of_penalties(layer: Any) -> Iterator[Remark]:
    if hasattr(layer, "cell"):
        return  # which is looked at itself
    for name in PENALTIES:
        penalty = getattr(layer, name, None)
        strength = max((float(getattr(penalty, n, 0) or 0) for n in ("l1", "l2")), default=0)
        if isinstance(penalty, regularizers.Regularizer) and strength >= 1:
            what = "results" if name == "activity_regularizer" else "weights"
            yield Remark(
                f"the penalty of {layer.name!r} is {strength:g} times its {what}, which leaves "
                "nothing to learn. Common are 1e-5 to 1e-2."
            )
            return


def _of_rate(optimizer: Any) -> Iterator[Remark]:
    if not hasattr(optimizer, "learning_rate"):
        return  # several, each with its own
    for name in ("clipnorm", "clipvalue", "global_clipnorm"):
        if 0 < (most := getattr(optimizer, name, None) or 0) < 1e-6:
            yield Remark(
                f"{optimizer.name} cuts gradients to {name}={most:g}, which leaves nothing of "
                "them. Common are 0.1 to 10."
            )
    high = 100.0 if type(optimizer) in (optimizers.SGD, optimizers.Adadelta) else 1.0
    if getattr(optimizer, "scheduled", False):
        yield from _of_schedule(optimizer, high)
        return
    rate = float(optimizer.learning_rate)
    if rate >= high:
        yield Remark(
            f"the learning rate of {optimizer.name} is {rate:g}, with which weights run away. "
            f"Common are {'0.001 to 0.1' if high > 1 else '0.0001 to 0.01'}."
        )
    elif 0 < rate < (1e-8 if high > 1 else 1e-7):
        yield Remark(
            f"the learning rate of {optimizer.name} is {rate:g}, with which weights stay where "
            "they are. Common are 0.0001 to 0.1."
        )
    elif rate == 0:
        yield Remark(f"the learning rate of {optimizer.name} is 0: no weight moves. Raise it.")


def _of_schedule(optimizer: Any, high: float) -> Iterator[Remark]:
    """Of rates that are too high, or too low, at every step; a few may be anything."""
    schedule = optimizer._rate
    if getattr(optimizers.schedules, type(schedule).__name__, None) is not type(schedule):
        return  # a user's own may count its calls, or know of no step so far
    rates = [float(schedule(step)) for step in (0, 1, 10, 100, 1000, 10_000)]
    if min(rates[:3]) >= high:
        yield Remark(
            f"the learning rate of {optimizer.name} begins with {rates[0]:g}, with which weights "
            "run away. Common are 0.0001 to 0.1."
        )
    elif max(rates) < 1e-8:
        yield Remark(
            f"the learning rate of {optimizer.name} is {max(rates):g} at most, with which weights "
            "stay where they are. Common are 0.0001 to 0.1."
        )


def silent(model: Any, xs: Any) -> Iterator[Remark]:
    """Layers that give the same for all of the first samples: dead, or saturated."""
    if not isinstance(xs, np.ndarray) or len(xs) < 8:
        return
    with no_grad(), np.errstate(all="ignore"):
        for layer, y in _results(model, xs[:FIRST]):
            act = chain.activation(layer)
            if act == "relu" and not y.any():
                yield Remark(
                    f"{layer.name!r} gives 0 for each of the first {len(y)} samples: its relus are "
                    "dead, and pass no derivative. Make the model again, with a smaller learning "
                    "rate, scaled inputs or activation='leaky_relu'."
                )
                return
            low = -1 if act in ("tanh", "softsign") else 0
            if act != "relu" and ((y > 0.9999) | (y < low + 1e-4)).mean() > SATURATED:
                yield Remark(
                    f"{layer.name!r} gives {act}'s very ends for nearly all of the first {len(y)} "
                    "samples, and passes no derivative there. Scale the inputs, or make weights "
                    "smaller."
                )
                return


def _results(model: Any, x: np.ndarray) -> Iterator[tuple[Any, np.ndarray]]:
    """Hidden layers that end in relus or something bounded, and a last one of relus, on samples."""
    if hasattr(model, "_chain"):
        for layer in model.layers:
            act = chain.activation(layer)
            if layer is model.layers[-1] and act != "relu":
                return
            x = layer(x)
            if act in ("relu", *BOUNDED):
                yield layer, x.numpy()  # type: ignore[attr-defined]
        return
    network = getattr(model, "_own_layer_graph", None)
    if network is None or len(network.entries) != 1:
        return
    ends = {id(end) for end in network.results}
    found = [
        (call.function, call.outputs) for call in network.calls
        if (act := chain.activation(call.function)) == "relu"
        or (act in BOUNDED and id(call.outputs) not in ends)
    ]  # fmt: skip
    if found:
        values = type(network)(network.inputs, [symbol for _, symbol in found])([x])
        for (layer, _), value in zip(found, values, strict=True):
            yield layer, value.numpy()


def _of_size(layer: Any, kernel: np.ndarray) -> Iterator[Remark]:
    """Of first weights that make results many times larger than what comes in, or nothing of it."""
    inputs = int(np.prod(kernel.shape[:-1]))
    times = float(kernel.std()) * inputs**0.5
    if inputs > 1 and (times > 100 or 0 < times < 1e-6):
        yield Remark(
            f"the weights of {layer.name!r} begin {'large' if times > 1 else 'small'}: its results "
            f"are about {times:.1g} times its inputs. Use kernel_initializer='glorot_uniform'."
        )
