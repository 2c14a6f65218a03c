"""Layers with arguments drawn at random, as a comparison with Keras needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Rng = np.random.Generator


class Draw(NamedTuple):
    """A layer's class and arguments, its inputs, and how it is called."""

    kind: str
    options: dict[str, Any]
    inputs: Any  # one array, or a list of arrays
    call: dict[str, Any]

    def wide(self) -> Draw:
        """The same in float64."""

        def inner(value: Any) -> Any:
            if isinstance(value, list):
                return [inner(v) for v in value]
            config = {k: inner(v) if k in NESTED else v for k, v in value["config"].items()}
            return {**value, "config": {**config, "dtype": "float64"}}

        own = {name: inner(v) for name, v in self.options.items() if name in NESTED}
        return self._replace(
            options={**self.options, **own, "dtype": "float64"},
            inputs=doubled(self.inputs),
            call={name: doubled(v) for name, v in self.call.items()},
        )


NESTED = ("layer", "cell", "cells")  # arguments that are layers, or lists of them


def doubled(value: Any) -> Any:
    """Its floating arrays in float64."""
    if isinstance(value, list):
        return [doubled(v) for v in value]
    floating = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return value.astype("float64") if floating else value


def pick(rng: Rng, *choices: Any) -> Any:
    return choices[int(rng.integers(len(choices)))]


def size(rng: Rng, low: int = 1, high: int = 4) -> int:
    return int(rng.integers(low, high + 1))


def number(rng: Rng, low: float, high: float) -> float:
    return round(float(rng.uniform(low, high)), 3)


def some(rng: Rng, **options: Callable[[], Any]) -> dict[str, Any]:
    """About half of the arguments, each drawn."""
    return {name: draw() for name, draw in options.items() if rng.random() < 0.5}


def floats(rng: Rng, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype("float32")


def ranked(rng: Rng, low: int, high: int) -> np.ndarray:
    return floats(rng, size(rng, 2), *(size(rng) for _ in range(size(rng, low, high) - 1)))


ACTIVATIONS = (None, "relu", "tanh", "sigmoid", "softplus", "elu", "gelu", "selu", "silu", "mish",
               "leaky_relu", "softsign", "exponential", "hard_sigmoid")  # fmt: skip
FORMATS = (None, "channels_last", "channels_first")


def dense(rng: Rng) -> tuple:
    options = some(rng, activation=lambda: pick(rng, *ACTIVATIONS),
                   use_bias=lambda: pick(rng, True, False))  # fmt: skip
    return {"units": size(rng), **options}, ranked(rng, 2, 4)


EQUATIONS: list[tuple[str, Any, str, int]] = [
    ("ab,bc->ac", 3, "c", 2), ("abc,cd->abd", (None, 3), "d", 3),
    ("abc,cd->abd", (None, 3), "bd", 3), ("...x,xy->...y", 3, "y", 4),
    ("ab...,bc->ac...", (3,), "c", 4), ("abc,bde->acde", (None, 2, 3), "de", 3),
    ("abc,bcd->ad", 2, "d", 3), ("ab,bcd->acd", (2, 3), "cd", 2),
]  # fmt: skip


def einsum_dense(rng: Rng) -> tuple:
    equation, shape, axes, rank = pick(rng, *EQUATIONS)
    x = floats(rng, 2, *(size(rng, 2) for _ in range(rank - 1)))
    if "b" in axes and equation.startswith("abc"):
        shape = (x.shape[1], *shape[1:])
    options = some(rng, activation=lambda: pick(rng, *ACTIVATIONS), bias_axes=lambda: axes)
    return {"equation": equation, "output_shape": shape, **options}, x


def embedding(rng: Rng) -> tuple:
    rows = size(rng, 2, 6)
    x = rng.integers(0, rows, size=tuple(size(rng) for _ in range(size(rng, 1, 3))))
    options = some(rng, mask_zero=lambda: True)
    return {"input_dim": rows, "output_dim": size(rng), **options}, x.astype("int32")


def masking(rng: Rng) -> tuple:
    x = ranked(rng, 3, 4)
    value = number(rng, -1, 1)
    x[rng.random(x.shape[:-1]) < 0.5] = value
    return {"mask_value": value}, x


def masked(rng: Rng, x: np.ndarray, mask: tuple[int, ...]) -> dict[str, Any]:
    """A mask in half of the calls, with at least one entry kept in each row."""
    if rng.random() < 0.5:
        return {}
    kept = rng.random(mask) < 0.6
    kept[..., 0] = True
    return {"mask": kept}


def time_distributed(rng: Rng) -> tuple:
    kind, options, x = pick(
        rng,
        lambda: ("Dense", *dense(rng)),
        lambda: ("BatchNormalization", {}, ranked(rng, 2, 3)),
        lambda: ("LayerNormalization", {}, ranked(rng, 2, 3)),
        lambda: ("Flatten", {}, ranked(rng, 3, 4)),
    )()
    x = floats(rng, x.shape[0], size(rng, 2), *x.shape[1:])
    return {"layer": {"class_name": kind, "config": options}}, x


def spectral(rng: Rng) -> tuple:
    options, x = dense(rng)
    options.pop("activation", None)
    inner = {"class_name": "Dense", "config": options}
    return {"layer": inner, **some(rng, power_iterations=lambda: size(rng, 1, 3))}, x


def relu(rng: Rng) -> tuple:
    options = some(
        rng,
        max_value=lambda: number(rng, 0.5, 2),
        negative_slope=lambda: number(rng, 0, 1),
        threshold=lambda: number(rng, 0, 0.5),
    )
    return options, ranked(rng, 2, 4)


def prelu(rng: Rng) -> tuple:
    x = ranked(rng, 2, 4)
    axes = [i for i in range(1, x.ndim) if rng.random() < 0.4]
    return ({"shared_axes": axes} if axes else {}), x


def softmax(rng: Rng) -> tuple:
    x = floats(rng, 2, size(rng, 2), size(rng, 2), size(rng, 2))
    options = some(rng, axis=lambda: pick(rng, -1, 1, 2, [1, 2], [-1, -2], [3]))
    return options, x, masked(rng, x, pick(rng, x.shape, x.shape[-1:], (2, 1, 1, x.shape[-1])))


def dropout(rng: Rng, training: bool = False) -> tuple:
    return {"rate": number(rng, 0, 0.9)}, ranked(rng, 3, 3), {"training": training}


def batch_norm(rng: Rng) -> tuple:
    x = ranked(rng, 2, 4)
    options = some(
        rng,
        axis=lambda: pick(rng, -1, x.ndim - 1, 1),
        momentum=lambda: number(rng, 0, 1),
        epsilon=lambda: number(rng, 1e-3, 0.5),
        center=lambda: False,
        scale=lambda: False,
        trainable=lambda: pick(rng, True, False),
    )
    if rng.random() < 0.2:
        options |= {"renorm": True, "renorm_momentum": number(rng, 0, 1)}
        options |= some(rng, renorm_clipping=lambda: {"rmin": 0.5, "rmax": 2.0, "dmax": 0.7})
    call: dict[str, Any] = {"training": pick(rng, True, True, False)}
    if (
        options.get("axis", -1) in (-1, x.ndim - 1) and x.shape[-1] > 1
    ):  # Keras loses an axis of one
        call |= masked(rng, x, x.shape[:-1])
    return options, x, call


def layer_norm(rng: Rng) -> tuple:
    x = floats(rng, 2, *(size(rng, 2) for _ in range(size(rng, 1, 3))))
    axes = pick(rng, -1, x.ndim - 1, [-1], list(range(1, x.ndim)), 1)
    options = some(rng, axis=lambda: axes, epsilon=lambda: number(rng, 1e-3, 0.5),
                   center=lambda: False, scale=lambda: False)  # fmt: skip
    return options, x


def rms_norm(rng: Rng) -> tuple:
    x = floats(rng, 2, *(size(rng, 2) for _ in range(size(rng, 1, 3))))
    axes = pick(rng, -1, x.ndim - 1, [-1], list(range(1, x.ndim)))
    return some(rng, axis=lambda: axes, epsilon=lambda: number(rng, 1e-3, 0.5)), x


def group_norm(rng: Rng) -> tuple:
    groups = size(rng, 1, 3)
    shape = [2, *(size(rng, 1, 3) for _ in range(size(rng, 1, 3)))]
    axis = pick(rng, -1, 1, len(shape) - 1)
    shape[axis] = groups * size(rng, 1, 3)
    options = {"groups": pick(rng, groups, groups, -1), "axis": axis}
    more = some(
        rng, epsilon=lambda: number(rng, 1e-3, 0.5), center=lambda: False, scale=lambda: False
    )
    return {**options, **more}, floats(rng, *shape)


def unit_norm(rng: Rng) -> tuple:
    x = floats(rng, 2, *(size(rng, 2) for _ in range(size(rng, 1, 3))))
    return some(rng, axis=lambda: pick(rng, -1, 1, [-1], list(range(1, x.ndim)))), x


def merge(rng: Rng, count: int | None = None) -> tuple:
    n, sizes = size(rng, 2), [size(rng) for _ in range(size(rng, 1, 3))]
    xs = []
    for _ in range(count or size(rng, 2, 3)):
        shape = [pick(rng, k, k, 1) for k in sizes][pick(rng, 0, 0, len(sizes) - 1) :]
        xs.append(floats(rng, n, *shape))
    return {}, xs


def concatenate(rng: Rng) -> tuple:
    shape = [size(rng, 2), *(size(rng) for _ in range(size(rng, 1, 3)))]
    axis = pick(rng, -1, 1, len(shape) - 1)
    xs = []
    for _ in range(size(rng, 2, 3)):
        shape[axis] = size(rng, 2)
        xs.append(floats(rng, *shape))
    return {"axis": axis}, xs


def dot(rng: Rng) -> tuple:
    n, k = size(rng, 2), size(rng, 2)
    a, b = ([n, *(size(rng, 2) for _ in range(size(rng, 1, 2)))] for _ in range(2))
    i, j = size(rng, 1, len(a) - 1), size(rng, 1, len(b) - 1)
    a[i] = b[j] = k
    axes = pick(rng, (i, j), (i - len(a), j - len(b)) if len(a) == len(b) else (i, j))
    return {"axes": axes, **some(rng, normalize=lambda: True)}, [floats(rng, *a), floats(rng, *b)]


def reshape(rng: Rng) -> tuple:
    a, b, c = size(rng), size(rng), size(rng)
    target = pick(rng, (b, a * c), (-1,), (a * b, -1), (c, -1, a))
    return {"target_shape": target}, floats(rng, size(rng, 2), a, b, c)


def permute(rng: Rng) -> tuple:
    x = ranked(rng, 2, 4)
    return {"dims": tuple(int(i) + 1 for i in rng.permutation(x.ndim - 1))}, x


def spatial(rng: Rng, rank: int, least: int = 1) -> np.ndarray:
    return floats(rng, 2, *(size(rng, least, least + 2) for _ in range(rank + 1)))


def border(rng: Rng, rank: int, name: str) -> dict[str, Any]:
    def one() -> Any:
        return pick(rng, size(rng, 0, 1), (size(rng, 0, 1), size(rng, 0, 1)))

    if rank == 1:
        return {name: one()}
    return {name: pick(rng, size(rng, 0, 1), tuple(one() for _ in range(rank)))}


def padding(rank: int) -> Any:
    return lambda rng: (
        border(rng, rank, "padding") | {"data_format": pick(rng, *FORMATS)}, spatial(rng, rank)
    )  # fmt: skip


def cropping(rank: int) -> Any:
    def draw(rng: Rng) -> tuple:
        more = {} if rank == 1 else {"data_format": pick(rng, *FORMATS)}
        return border(rng, rank, "cropping") | more, spatial(rng, rank, 3)

    return draw


def upsampling(rank: int) -> Any:
    def draw(rng: Rng) -> tuple:
        factor = size(rng, 1, 3)
        if rank == 1:
            return {"size": factor}, spatial(rng, 1)
        sizes = pick(rng, factor, tuple(size(rng, 1, 3) for _ in range(rank)))
        options = {"size": sizes, "data_format": pick(rng, *FORMATS)}
        ways = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
        more = some(rng, interpolation=lambda: pick(rng, *ways)) if rank == 2 else {}
        return {**options, **more}, spatial(rng, rank)

    return draw


def pooling(rank: int, masks: bool = False) -> Any:
    def draw(rng: Rng) -> tuple:
        x = spatial(rng, rank)
        options = some(rng, data_format=lambda: pick(rng, *FORMATS), keepdims=lambda: True)
        steps = x.shape[2 if options.get("data_format") == "channels_first" else 1]
        return options, x, masked(rng, x, (x.shape[0], steps)) if masks else {}

    return draw


SCORES, STATES = "return_attention_scores", "initial_state"


def kept(rng: Rng, *shape: int) -> np.ndarray:
    """A mask, of which every row keeps its first entry."""
    mask = rng.random(shape) < 0.6
    mask[..., 0] = True
    return mask


def attention(rng: Rng, additive: bool = False) -> tuple:
    n, t, s, d = size(rng), size(rng), size(rng), size(rng)
    own = rng.random() < 0.5  # keys of their own
    q, v = floats(rng, n, t, d), floats(rng, n, s, size(rng) if own else d)
    options = some(rng, use_scale=lambda: pick(rng, True, False))
    if not additive:
        options |= some(rng, score_mode=lambda: "concat")
    masks = [pick(rng, None, kept(rng, n, t)), pick(rng, None, kept(rng, n, s))]
    call = some(rng, mask=lambda: masks, use_causal_mask=lambda: True,
                return_attention_scores=lambda: True)  # fmt: skip
    return options, [q, v, floats(rng, n, s, d)] if own else [q, v], call


def heads(rng: Rng, grouped: bool = False) -> tuple:
    n, h, d = size(rng, 2), size(rng, 1, 3), size(rng)
    inner = [] if grouped else pick(rng, [], [], [size(rng)], [size(rng), size(rng)])
    t, s, e = size(rng), size(rng), d if grouped else size(rng)
    axes = tuple(range(1, 2 + len(inner))) if rng.random() < 0.3 else (1 + len(inner),)
    options: dict[str, Any] = {"num_heads": h, "key_dim": size(rng)}
    if grouped:
        options = {"head_dim": size(rng), "num_query_heads": 2 * h,
                   "num_key_value_heads": pick(rng, 1, 2, h, 2 * h)}  # fmt: skip
    else:
        options |= some(rng, value_dim=lambda: size(rng), output_shape=lambda: pick(rng, 3, (2, 3)))
        if inner:
            options["attention_axes"] = axes if rng.random() < 0.7 else axes[-1] - 3 - len(inner)
    options |= some(rng, use_bias=lambda: False, use_gate=lambda: True)
    xs = [floats(rng, n, *inner, t, d), floats(rng, n, *inner, s, e)]
    if rng.random() < 0.4:
        xs.append(floats(rng, n, *inner, s, size(rng)))
    call = some(rng, return_attention_scores=lambda: True)
    if not inner:
        if options.get("value_dim", options.get("key_dim")) != options.get("key_dim"):
            call[SCORES] = True  # Keras on JAX has no other way to values of another size
        options |= some(rng, sliding_window=lambda: size(rng, 1, 3))
        shape = pick(rng, (n, t, s), (1, t, s), (n, 1, s))
        call |= some(rng, use_causal_mask=lambda: True)
        if "sliding_window" not in options:  # together they may leave out everything
            call |= some(rng, attention_mask=lambda: kept(rng, *shape),
                         value_mask=lambda: kept(rng, n, s))  # fmt: skip
    elif "attention_axes" in options and options["attention_axes"] == axes:
        steps = [*inner, t, *inner, s] if len(axes) > 1 else [t, s]
        lead = [[n], [n, *inner]][int(rng.integers(2))] if len(axes) == 1 else [n]
        call |= some(rng, attention_mask=lambda: kept(rng, *lead, *steps))
    return options, xs, call


DRAWS: dict[str, Callable[[Rng], tuple]] = {
    "Dense": dense,
    "EinsumDense": einsum_dense,
    "Embedding": embedding,
    "Identity": lambda rng: ({}, ranked(rng, 1, 4)),
    "Masking": masking,
    "TimeDistributed": time_distributed,
    "SpectralNormalization": lambda rng: (*spectral(rng), {"training": pick(rng, True, False)}),
    "Activation": lambda rng: ({"activation": pick(rng, *ACTIVATIONS[1:])}, ranked(rng, 2, 4)),
    "ReLU": relu,
    "LeakyReLU": lambda rng: (
        some(rng, negative_slope=lambda: number(rng, 0, 1)), ranked(rng, 2, 4)
    ),
    "PReLU": prelu,
    "ELU": lambda rng: (some(rng, alpha=lambda: number(rng, 0.1, 2)), ranked(rng, 2, 4)),
    "Softmax": softmax,
    "Dropout": dropout,
    "AlphaDropout": dropout,
    "GaussianDropout": dropout,
    "GaussianNoise": lambda rng: ({"stddev": 0.5}, ranked(rng, 2, 4), {"training": False}),
    "SpatialDropout1D": dropout,
    "ActivityRegularization": lambda rng: (
        some(rng, l1=lambda: number(rng, 0, 1), l2=lambda: number(rng, 0, 1)), ranked(rng, 1, 4)
    ),
    "BatchNormalization": batch_norm,
    "LayerNormalization": layer_norm,
    "RMSNormalization": rms_norm,
    "GroupNormalization": group_norm,
    "UnitNormalization": unit_norm,
    "Add": merge,
    "Subtract": lambda rng: merge(rng, 2),
    "Multiply": merge,
    "Average": merge,
    "Maximum": merge,
    "Minimum": merge,
    "Concatenate": concatenate,
    "Dot": dot,
    "Attention": attention,
    "AdditiveAttention": lambda rng: attention(rng, additive=True),
    "MultiHeadAttention": heads,
    "GroupQueryAttention": lambda rng: heads(rng, grouped=True),
    "Flatten": lambda rng: ({"data_format": pick(rng, *FORMATS)}, ranked(rng, 1, 5)),
    "Reshape": reshape,
    "Permute": permute,
    "RepeatVector": lambda rng: ({"n": size(rng)}, ranked(rng, 2, 2)),
    **{f"ZeroPadding{r}D": padding(r) for r in (1, 2, 3)},
    **{f"Cropping{r}D": cropping(r) for r in (1, 2, 3)},
    **{f"UpSampling{r}D": upsampling(r) for r in (1, 2, 3)},
    **{f"GlobalMaxPooling{r}D": pooling(r) for r in (1, 2, 3)},
    **{f"GlobalAveragePooling{r}D": pooling(r, r == 1) for r in (1, 2, 3)},
}  # fmt: skip


# Layers whose masks are those of entries, not of steps.
UNMASKED = ("Softmax",)

# Layers of which each input is an argument of its own.
APART = ("MultiHeadAttention", "GroupQueryAttention")


def drawn(kind: str, seed: int, draws: Any = None) -> Draw:
    """The draw of a seed for a layer."""
    make = (DRAWS if draws is None else draws)[kind]
    options, inputs, *call = make(np.random.default_rng([seed, *kind.encode()]))
    return Draw(kind, options, inputs, call[0] if call else {})
