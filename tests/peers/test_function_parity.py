"""Activations, regularizers and constraints against Keras's: values and gradients to six digits.

Options and arrays are drawn at random; ``PARITY_SEEDS=100 KERAS_BACKEND=torch`` asks more, on the
backend that is quickest here.
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

import autograd_nn as ag  # noqa: E402  (after the skip)
from autograd_nn import nn  # noqa: E402
from tests.nn.layers.layer_draws import Rng, floats, number, pick, some  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]
SEEDS = int(os.environ.get("PARITY_SEEDS", "3"))
Options = Callable[[Rng], dict[str, Any]]


def none(rng: Rng) -> dict[str, Any]:
    return {}


def slopes(rng: Rng) -> dict[str, Any]:
    return some(rng, negative_slope=lambda: number(rng, 0, 1),
                max_value=lambda: number(rng, 0.5, 2),
                threshold=lambda: number(rng, 0, 0.5))  # fmt: skip


def axis(rng: Rng) -> dict[str, Any]:
    return some(rng, axis=lambda: pick(rng, -1, 0, 1))


def one(name: str, low: float, high: float) -> Options:
    return lambda rng: some(rng, **{name: lambda: number(rng, low, high)})


ACTIVATIONS: dict[str, Options] = {
    **dict.fromkeys("""exponential hard_sigmoid hard_silu hard_swish hard_tanh linear log_sigmoid
        mish relu6 selu sigmoid silu softplus softsign sparse_plus sparse_sigmoid swish tanh
        tanh_shrink""".split(), none),
    "relu": slopes, "leaky_relu": one("negative_slope", 0, 1), "elu": one("alpha", 0.1, 2),
    "celu": one("alpha", 0.1, 2), "gelu": lambda rng: {"approximate": pick(rng, True, False)},
    "softmax": axis, "log_softmax": axis, "sparsemax": none,
    "glu": lambda rng: {"axis": pick(rng, -1, 1)}, "squareplus": one("b", 1, 5),
    "hard_shrink": one("threshold", 0, 1), "soft_shrink": one("threshold", 0, 1),
    "threshold": lambda rng: {"threshold": number(rng, -1, 1), "default_value": number(rng, -1, 1)},
}  # fmt: skip
REGULARIZERS: dict[str, Options] = {
    "L1": one("l1", 0, 1), "L2": one("l2", 0, 1),
    "L1L2": lambda rng: {"l1": number(rng, 0, 1), "l2": number(rng, 0, 1)},
    "OrthogonalRegularizer": lambda rng: {"factor": number(rng, 0, 1),
                                          "mode": pick(rng, "rows", "columns")},
}  # fmt: skip


def over(rng: Rng) -> dict[str, Any]:
    return some(rng, axis=lambda: pick(rng, 0, 1, -1, [0, 1], None))


CONSTRAINTS: dict[str, Options] = {
    "NonNeg": none, "UnitNorm": over,
    "MaxNorm": lambda rng: {"max_value": number(rng, 0.5, 2), **over(rng)},
    "MinMaxNorm": lambda rng: {
        "min_value": number(rng, 0, 0.5), "max_value": number(rng, 0.6, 2),
        "rate": number(rng, 0.1, 1), **over(rng)
    },
}  # fmt: skip
# Keras's sparsemax gives rows that do not add up to one, as shares do
APART = ("sparsemax",)
TABLES = {"activations": ACTIVATIONS, "regularizers": REGULARIZERS, "constraints": CONSTRAINTS}
CASES = [(f, n) for f, table in TABLES.items() for n in table if n not in APART]


def function(k: Any, family: str, name: str, options: dict[str, Any]) -> Callable[[Any], Any]:
    """An activation with its options, or a regularizer or constraint made with them."""
    found = getattr(getattr(k, family), name)
    made = partial(found, **options) if family == "activations" else found(**options)
    return made  # type: ignore[no-any-return]


def ours(f: Callable[[Any], Any], x: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.array(f(ag.Tensor(x))), ag.grad(lambda v: ag.sum(f(v) * g))(x).numpy()


def theirs(f: Callable[[Any], Any], x: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if keras.backend.backend() == "jax":
        import jax

        value = f(keras.ops.convert_to_tensor(x))
        return np.array(value), np.array(jax.grad(lambda v: (f(v) * g).sum())(x))
    import torch

    leaf = torch.tensor(x, requires_grad=True)
    y = f(leaf)
    (y * torch.tensor(g)).sum().backward()
    return y.detach().numpy(), np.zeros_like(x) if leaf.grad is None else leaf.grad.numpy()


@pytest.mark.parametrize("family, name", CASES)
def test_values_and_gradients_are_those_of_keras(family: str, name: str) -> None:
    for seed in range(SEEDS):
        rng = np.random.default_rng([seed, *name.encode()])
        options = TABLES[family][name](rng)
        shape = (3, 4) if family == "regularizers" else pick(rng, (3, 4), (2, 3, 4))
        x = floats(rng, *shape) * np.float32(pick(rng, 1, 3, 8))
        if name == "glu":
            x = np.concatenate([x, x[:, ::-1]], axis=options["axis"])
        a, b = (function(k, family, name, options) for k in (nn, keras))
        g = floats(rng, *np.shape(a(x)))
        wide = x.astype("float64"), g.astype("float64")
        told = theirs(b, x, g)
        scale = max(np.abs(v).max() for v in told)
        for i, (p, q) in enumerate(zip(ours(a, x, g), told, strict=True)):
            assert p.shape == q.shape and p.dtype == q.dtype, (options, i)
            gap = np.abs(p - q).max()
            if gap > 1e-6 * scale:  # then nobody is wrong who is as near to float64
                true = ours(a, *wide)[i]
                far = np.abs(p - true).max()
                assert far <= max(1e-6 * scale, np.abs(q - true).max()), (options, x.shape, gap)


def test_all_of_keras_is_drawn() -> None:
    tools = {"get", "serialize", "deserialize", "Regularizer", "Constraint"}
    for family, table in TABLES.items():
        module = getattr(keras, family)
        names = {n for n in dir(module) if n[0] != "_" and callable(getattr(module, n))} - tools
        kinds = {getattr(module, n) for n in names}
        assert kinds == {getattr(module, n) for n in table}, family
