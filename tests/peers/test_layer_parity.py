"""Every layer against Keras 3's, its arguments, inputs and weights drawn at random.

``PARITY_SEEDS=100 KERAS_BACKEND=torch`` asks more, on the backend that is quickest here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from tests.nn.layers.layer_draws import (  # noqa: E402  (after the skip)
    APART,
    DRAWS,
    NESTED,
    SCORES,
    STATES,
    Draw,
    drawn,
)
from tests.nn.layers.layer_findings import (  # noqa: E402
    Found,
    cotangent,
    differences,
    masks_of,
    ours,
    weight_like,
)
from tests.nn.layers.window_draws import WINDOW_DRAWS  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]
SEEDS = int(os.environ.get("PARITY_SEEDS", "4"))
EVERY = DRAWS | WINDOW_DRAWS


@pytest.fixture(autouse=True)
def forgotten() -> Any:
    """What JAX compiled for a layer's draws is of no use to the next, and takes gigabytes."""
    yield
    if keras.backend.backend() == "jax":
        import jax

        jax.clear_caches()


def made(draw: Draw) -> Any:
    """Keras's layer of a draw."""
    def inner(value: Any) -> Any:
        if isinstance(value, list):
            return [inner(v) for v in value]
        config = {k: inner(v) if k in NESTED else v for k, v in value["config"].items()}
        return getattr(keras.layers, value["class_name"])(**config)

    nested = {name: inner(v) for name, v in draw.options.items() if name in NESTED}
    return getattr(keras.layers, draw.kind)(**{**draw.options, **nested})


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
    shapes: list[tuple[int, ...]] = []

    def whole(y: Any) -> Any:
        """All results, one after another."""
        results = keras.tree.flatten(y)
        shapes[:] = [tuple(one.shape) for one in results]
        if not isinstance(y, tuple | list):
            return y
        return keras.ops.concatenate([keras.ops.reshape(one, (-1,)) for one in results])

    def given(xs: Any) -> Any:
        return xs if apart else [xs if several else xs[0]]

    y, gradients = run(layer, xs, given, draw.call, whole)
    state = [keras.ops.convert_to_numpy(v) for v in weights]
    return Found(y, gradients, state, shapes, masks_of(layer, draw))


def by_jax(
    layer: Any, xs: list, given: Callable, call: dict, whole: Callable
) -> tuple[np.ndarray, list]:
    """The result and the gradients of inputs and weights; the layer's state moves on."""
    import jax

    trained, kept = layer.trainable_variables, layer.non_trainable_variables

    states = call.get(STATES)

    def total(values: Any, inputs: Any, states: Any) -> Any:
        told = {**call, STATES: states} if states else call
        y, after = layer.stateless_call(values, [v.value for v in kept], *given(inputs), **told)
        y = whole(y)
        return (y * cotangent(y.shape)).sum(), (y, after)

    wanted = (0, 1, 2) if xs[0].dtype.kind == "f" else (0,)
    compiled = jax.jit(jax.grad(total, wanted, has_aux=True))
    grads, (y, after) = compiled([v.value for v in trained], xs, states)
    for v, value in zip(kept, after, strict=True):
        v.assign(value)
    inputs = jax.tree.leaves(grads[1:])
    return np.array(y), [np.array(g) for g in (*inputs, *grads[0])]


def by_torch(
    layer: Any, xs: list, given: Callable, call: dict, whole: Callable
) -> tuple[np.ndarray, list]:
    """The same, on PyTorch."""
    import torch


    def leaf(x: Any) -> Any:
        return torch.tensor(x, requires_grad=x.dtype.kind == "f")

    leaves = [leaf(x) for x in xs]
    call = keras.tree.map_structure(lambda v: leaf(v) if isinstance(v, np.ndarray) else v, call)
    y = whole(layer(*given(leaves), **call))
    wanted = [x for x in (*leaves, *keras.tree.flatten(call.get(STATES, []))) if x.requires_grad]
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


def exactly(draw: Draw) -> Found:
    """What our layer does in float64, with the weights that both have in float32."""
    weights = [weight_like(v.path, np.array(v), i) for i, v in enumerate(built(draw).weights)]
    return ours(draw.wide(), [w.astype("float64") if w.dtype.kind == "f" else w for w in weights])


def disagreeing(
    draws: list[Draw], tolerance: float, exact: Callable[[Draw], Found] | None = None
) -> dict[str, Any]:
    """The draws in which Keras's layers do something else, and what."""
    wrong = {}
    for draw in filter(comparable, draws):
        truth = None if exact is None else partial(exact, draw)
        if found := differences(ours(draw), theirs(draw), tolerance, truth):
            wrong[str((draw.options, [np.shape(x) for x in draw.inputs], draw.call))] = found
    return wrong


@pytest.mark.parametrize("kind", EVERY)
def test_drawn_layers_do_what_those_of_keras_do(kind: str) -> None:
    wrong = disagreeing([drawn(kind, seed, EVERY) for seed in range(SEEDS)], 1e-6, exactly)
    assert not wrong, f"{len(wrong)} of {SEEDS}: {wrong}"


# Keras draws in float32, whatever the layer computes in: how far images are moved, say.
@pytest.mark.parametrize("kind", [kind for kind in EVERY if not kind.startswith("Random")])
@pytest.mark.skipif(keras.backend.backend() != "jax", reason="asks JAX for float64")
def test_in_float64_they_agree_to_nine_digits(kind: str, monkeypatch: Any) -> None:
    import jax

    # Keras holds float64 for float32 on JAX, tanh among what it then computes in it
    monkeypatch.setattr(keras.src.backend.common.dtypes, "BIT64_TO_BIT32_DTYPE", {})
    draws = [drawn(kind, seed, EVERY).wide() for seed in range(1000, 1000 + (SEEDS + 1) // 2)]
    if kind in APART:  # JAX's own attention, which tells no weights, takes its softmax in float32
        draws = [draw._replace(call={**draw.call, SCORES: True}) for draw in draws]
    with jax.enable_x64(True):
        wrong = disagreeing(draws, 1e-9)
    assert not wrong, f"{len(wrong)}: {wrong}"
