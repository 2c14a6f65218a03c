"""Every layer against Keras 3's, its arguments, inputs and weights drawn at random.

``PARITY_SEEDS=100 KERAS_BACKEND=torch`` asks more, on the backend that is quickest here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from tests.nn.layer_draws import (  # noqa: E402  (after the skip)
    APART,
    DRAWS,
    SCORES,
    Draw,
    Found,
    cotangent,
    differences,
    drawn,
    ours,
    weight_like,
)
from tests.nn.window_draws import WINDOW_DRAWS  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]
SEEDS = int(os.environ.get("PARITY_SEEDS", "4"))
EVERY = DRAWS | WINDOW_DRAWS


def made(draw: Draw) -> Any:
    """Keras's layer of a draw."""
    options = dict(draw.options)
    if "layer" in options:
        inner = options["layer"]
        options["layer"] = getattr(keras.layers, inner["class_name"])(**inner["config"])
    return getattr(keras.layers, draw.kind)(**options)


def built(draw: Draw) -> Any:
    """Keras's layer of a draw, with its weights."""
    layer = made(draw)
    told = {SCORES: True} if SCORES in draw.call else {}
    layer(*(draw.inputs if draw.kind in APART else [draw.inputs]), **told)
    return layer


def theirs(draw: Draw) -> Found:
    """What Keras's layer does."""
    layer = built(draw)
    several = isinstance(draw.inputs, list)
    xs = draw.inputs if several else [draw.inputs]
    apart = draw.kind in APART
    weights = layer.weights
    layer.set_weights([weight_like(v.path, np.array(v), i) for i, v in enumerate(weights)])
    run = by_jax if keras.backend.backend() == "jax" else by_torch
    y, gradients = run(layer, xs, lambda xs: xs if apart else [xs if several else xs[0]], draw.call)
    state = [keras.ops.convert_to_numpy(v) for v in weights]
    shapes = [x.shape for x in xs]
    asked = shapes if apart else [shapes if several else shapes[0]]
    told = y.shape if SCORES in draw.call else made(draw).compute_output_shape(*asked)
    return Found(y, gradients, state, tuple(told))


def whole(y: Any) -> Any:
    """All results, one after another."""
    if not isinstance(y, tuple):
        return y
    return keras.ops.concatenate([keras.ops.reshape(one, (-1,)) for one in y])


def by_jax(layer: Any, xs: list, given: Callable, call: dict) -> tuple[np.ndarray, list]:
    """The result and the gradients of inputs and weights; the layer's state moves on."""
    import jax

    trained, kept = layer.trainable_variables, layer.non_trainable_variables

    def total(values: Any, inputs: Any) -> Any:
        y, after = layer.stateless_call(
            values, [v.value for v in kept], *given(inputs), **call
        )  # fmt: skip
        y = whole(y)
        return (y * cotangent(y.shape)).sum(), (y, after)

    wanted = (0, 1) if xs[0].dtype.kind == "f" else (0,)
    compiled = jax.jit(jax.grad(total, wanted, has_aux=True))
    grads, (y, after) = compiled([v.value for v in trained], xs)
    for v, value in zip(kept, after, strict=True):
        v.assign(value)
    inputs = grads[1] if len(wanted) > 1 else []
    return np.array(y), [np.array(g) for g in (*inputs, *grads[0])]


def by_torch(layer: Any, xs: list, given: Callable, call: dict) -> tuple[np.ndarray, list]:
    """The same, on PyTorch."""
    import torch

    leaves = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in xs]
    call = keras.tree.map_structure(
        lambda v: torch.tensor(v) if isinstance(v, np.ndarray) else v, call
    )
    y = whole(layer(*given(leaves), **call))
    wanted = [x for x in leaves if x.requires_grad]
    wanted += [v.value for v in layer.trainable_variables]
    total = (y * torch.tensor(cotangent(tuple(y.shape)))).sum()
    found = torch.autograd.grad(total, wanted, allow_unused=True) if total.requires_grad else wanted
    return y.detach().numpy(), [
        np.zeros(tuple(v.shape)) if g is None or g is v else g.numpy()
        for g, v in zip(found, wanted, strict=True)
    ]


def comparable(draw: Draw) -> bool:
    """Whether this backend of Keras does what others do."""
    if keras.backend.backend() == "jax":  # what a kernel is divided by is not kept
        return draw.kind != "SpectralNormalization" or not draw.call["training"]
    return not str(draw.options.get("interpolation")).startswith(("lanczos", "bicubic"))


def disagreeing(draws: list[Draw], tolerance: float) -> dict[str, Any]:
    """The draws in which Keras's layers do something else, and what."""
    wrong = {}
    for draw in draws:
        found = differences(ours(draw), theirs(draw), tolerance) if comparable(draw) else []
        if found:
            wrong[str((draw.options, [np.shape(x) for x in draw.inputs], draw.call))] = found
    return wrong


@pytest.mark.parametrize("kind", EVERY)
def test_drawn_layers_do_what_those_of_keras_do(kind: str) -> None:
    wrong = disagreeing([drawn(kind, seed, EVERY) for seed in range(SEEDS)], 4e-6)
    assert not wrong, f"{len(wrong)} of {SEEDS}: {wrong}"


@pytest.mark.parametrize("kind", WINDOW_DRAWS)
@pytest.mark.skipif(keras.backend.backend() != "jax", reason="asks JAX for float64")
def test_in_float64_they_agree_to_nine_digits(kind: str) -> None:
    import jax

    draws = [drawn(kind, seed, EVERY).wide() for seed in range(1000, 1000 + (SEEDS + 1) // 2)]
    with jax.enable_x64(True):
        wrong = disagreeing(draws, 1e-9)
    assert not wrong, f"{len(wrong)}: {wrong}"
