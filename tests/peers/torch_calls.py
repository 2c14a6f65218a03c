"""How PyTorch's calls are written here: names, keywords and what an op of ours is composed of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_nn as ag
from autograd_nn import nn

Adapter = Callable[..., Any]


class NotHere(Exception):
    """An argument that our function does not have."""


NAMES: dict[str, str] = {
    "mul": "multiply", "sub": "subtract", "div": "divide", "neg": "negative", "pow": "power",
    "true_divide": "divide", "permute": "transpose", "movedim": "moveaxis", "cat": "concatenate",
    "unsqueeze": "expand_dims", "linalg.cross": "cross", "special.ndtr": "ndtr",
    "special.ndtri": "ndtri", "expand": "broadcast_to", "view": "reshape", "bmm": "matmul",
    "mm": "matmul", "mv": "matmul", "max.binary": "maximum", "min.binary": "minimum",
    "max.reduction_no_dim": "max", "min.reduction_no_dim": "min", "amax": "max", "amin": "min",
    "special.log_softmax": "log_softmax", "linalg.diagonal": "diagonal", "trunc": "trunc",
    "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater",
    "ge": "greater_equal", "t": "transpose", "round": "rint", "mT": "matrix_transpose",
    "ravel": "ravel",
}  # fmt: skip
KEYWORDS = {"dim": "axis", "keepdim": "keepdims", "dims": "axis"}
ACTIVATIONS = {
    "relu": "relu", "nn.functional.relu": "relu", "nn.functional.relu6": "relu6",
    "nn.functional.silu": "silu", "nn.functional.mish": "mish", "nn.functional.selu": "selu",
    "nn.functional.softsign": "softsign", "sigmoid": "sigmoid", "tanh": "tanh",
    "nn.functional.hardsigmoid": "hard_sigmoid", "nn.functional.hardswish": "hard_silu",
}  # fmt: skip


def _no() -> Any:
    raise NotHere


def plain(name: str) -> Adapter:
    """Our function of that name, with the keywords that are spelled otherwise."""
    function = getattr(ag.ops, name)

    def adapted(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop("out", None)
        if kwargs.get("dtype") is not None:
            raise NotHere
        kwargs.pop("dtype", None)
        return function(*args, **{KEYWORDS.get(k, k): v for k, v in kwargs.items()})

    return adapted


def scaled(name: str) -> Adapter:
    def adapted(x: Any, y: Any, alpha: Any = 1) -> Any:
        return getattr(ag.ops, name)(x, y if alpha == 1 else y * alpha)

    return adapted


def divided(x: Any, y: Any, rounding_mode: Any = None) -> Any:
    if rounding_mode == "floor":
        return ag.ops.floor_divide(x, y)
    return ag.ops.trunc(x / y) if rounding_mode else x / y


def spread_of(name: str) -> Adapter:
    def adapted(x: Any, dim: Any = None, unbiased: Any = True, **kwargs: Any) -> Any:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        ddof = kwargs.pop("correction", int(unbiased))
        return getattr(ag.ops, name)(
            x,
            axis=_axis(dim),
            ddof=1 if ddof is None else ddof,
            keepdims=kwargs.get("keepdim", False),
        )

    return adapted


def reduced(name: str) -> Adapter:
    def adapted(
        x: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None, **more: Any
    ) -> Any:
        if dtype is not None or more:
            raise NotHere
        return getattr(ag.ops, name)(x, axis=_axis(dim), keepdims=keepdim)

    return adapted


def _axis(dim: Any) -> Any:
    return None if dim is None or dim == () or dim == [] else dim


def along(name: str) -> Adapter:
    def adapted(x: Any, dim: Any, **more: Any) -> Any:
        if any(v is not None for v in more.values()):
            raise NotHere
        if not x.ndim:  # NumPy has no axis 0 there
            raise NotHere
        return getattr(ag.ops, name)(x, axis=dim)

    return adapted


def shaped(x: Any, *shape: Any, **kwargs: Any) -> Any:
    shape = kwargs.get(
        "shape", shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
    )
    if any(isinstance(n, ag.Tensor) for n in np.atleast_1d(shape)):
        raise NotHere
    return ag.reshape(x, tuple(shape))


def widened(x: Any, *shape: Any) -> Any:
    shape = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
    lead = len(shape) - x.ndim
    full = tuple(x.shape[i - lead] if n == -1 else n for i, n in enumerate(shape))
    return ag.broadcast_to(x, full)


def vector_norm(
    x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Any:
    if dtype is not None or not x.size:
        raise NotHere
    return ag.norm(x, float(ord), axis=_axis(dim), keepdims=keepdim)


def any_norm(
    x: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Any:
    if dtype is not None or p == "nuc" or not x.size:
        raise NotHere
    return ag.norm(x, p if p == "fro" or p is None else float(p), axis=_axis(dim), keepdims=keepdim)


def clamped(x: Any, low: Any = None, high: Any = None, **kwargs: Any) -> Any:
    return ag.clip(x, kwargs.get("min", low), kwargs.get("max", high))


def only(f: Adapter, **expected: Any) -> Adapter:
    """An activation whose options have to be the ones that ours has."""

    def adapted(x: Any, *args: Any, **kwargs: Any) -> Any:
        if args or any(k not in expected or expected[k] != v for k, v in kwargs.items()):
            raise NotHere
        return f(x)

    return adapted


def softplus(x: Any, beta: float = 1, threshold: float = 20) -> Any:
    if np.any(beta * x.numpy() > threshold):
        raise NotHere
    return ag.softplus(beta * x) / beta


def padded(x: Any, pad: Any, mode: str = "constant", value: Any = 0) -> Any:
    widths = [(0, 0)] * x.ndim
    for k in range(len(pad) // 2):
        widths[x.ndim - 1 - k] = (pad[2 * k], pad[2 * k + 1])
    if mode != "constant" or any(n < 0 for w in widths for n in w):
        raise NotHere
    return ag.pad(x, tuple(widths), constant_values=0 if value is None else value)


def matrices(f: Adapter) -> Adapter:
    """beta·x + alpha·f(a, b)."""
    return lambda x, a, b, beta=1, alpha=1: beta * x + alpha * f(a, b)


def index(x: Any, key: Any) -> Any:
    return x[key]


def masked(x: Any, mask: Any, value: Any) -> Any:
    return ag.where(mask, value, x)


def positions(x: Any, dim: Any, index: Any, **more: Any) -> Any:
    i = index.numpy()
    if not x.ndim or any(m > n for k, (m, n) in enumerate(zip(i.shape, x.shape, strict=True))):
        raise NotHere
    if any(
        m != n for k, (m, n) in enumerate(zip(i.shape, x.shape, strict=True)) if k != dim % x.ndim
    ):
        raise NotHere
    return ag.ops.take_along_axis(x, i, dim)


ADAPTERS: dict[str, Adapter] = {
    "add": scaled("add"),
    "sub": scaled("subtract"),
    "div": divided,
    "std": spread_of("std"),
    "var": spread_of("var"),
    "std.unbiased": spread_of("std"),
    "var.unbiased": spread_of("var"),
    **{
        n: reduced(NAMES.get(n, n))
        for n in (
            "sum",
            "mean",
            "prod",
            "amax",
            "amin",
            "logsumexp",
            "nansum",
            "nanmean",
            "all",
            "any",
            "max.reduction_no_dim",
            "min.reduction_no_dim",
            "argmax",
            "argmin",
            "count_nonzero",
        )
    },
    "max.reduction_with_dim": lambda x, *a, **k: (reduced("max")(x, *a, **k),),
    "min.reduction_with_dim": lambda x, *a, **k: (reduced("min")(x, *a, **k),),
    **{n: along(n) for n in ("softmax", "log_softmax", "cumsum", "cumprod")},
    "nn.functional.softmin": lambda x, dim, **k: along("softmax")(-x, dim, **k),
    "reshape": shaped,
    "view": shaped,
    "expand": widened,
    "broadcast_to": widened,
    "linalg.vector_norm": vector_norm,
    "norm": any_norm,
    "norm.fro": any_norm,
    "norm.inf": any_norm,
    "clamp": clamped,
    "clip": clamped,
    "nn.functional.logsigmoid": lambda x: ag.log(ag.sigmoid(x)),
    "nn.functional.softplus": softplus,
    "nn.functional.elu": only(nn.activations.elu, alpha=1.0),
    "nn.functional.leaky_relu": lambda x, negative_slope=0.01: nn.activations.leaky_relu(
        x, negative_slope
    ),
    "nn.functional.gelu": lambda x, approximate="none": nn.activations.gelu(
        x, approximate == "tanh"
    ),
    "nn.functional.hardtanh": lambda x, min_val=-1.0, max_val=1.0: ag.clip(x, min_val, max_val),
    "nn.functional.tanhshrink": lambda x: x - ag.tanh(x),
    "nn.functional.pad.constant": padded,
    "constant_pad_nd": padded,
    "where": lambda x, condition, y: ag.where(condition, x, y),
    "masked_fill": masked,
    "__getitem__": index,
    "gather": positions,
    "index_select": lambda x, dim, index: ag.take(x, index.numpy(), axis=dim) if x.ndim else _no(),
    "masked_select": lambda x, mask: ag.ops.broadcast_to(
        x, np.broadcast_shapes(x.shape, mask.shape)
    )[np.broadcast_to(mask.numpy(), np.broadcast_shapes(x.shape, mask.shape))],
    "addmm": matrices(ag.matmul),
    "addmv": matrices(ag.matmul),
    "addbmm": matrices(lambda a, b: ag.sum(ag.matmul(a, b), axis=0)),
    "baddbmm": matrices(ag.matmul),
    "addr": matrices(ag.outer),
    "addmm.decomposed": matrices(ag.matmul),
    "addcmul": lambda x, a, b, value=1: x + value * a * b,
    "addcdiv": lambda x, a, b, value=1: x + value * a / b,
    "lerp": lambda x, y, w: x + w * (y - x),
    "__rmatmul__": lambda x, y: ag.matmul(y, x),
    "__rpow__": lambda x, y: y**x,
    "__radd__": lambda x, y: y + x,
    "__rsub__": lambda x, y: y - x,
    "__rmul__": lambda x, y: y * x,
    "__rdiv__": lambda x, y: y / x,
    "__rmod__": lambda x, y: y % x,
    "rsub": lambda x, y, alpha=1: y - alpha * x,
    "square": ag.square,
    "float_power": lambda x, y: x**y,
    "xlogy": lambda x, y: x * ag.log(y),
    "logit": lambda x, eps=None: (
        ag.log(x / (1 - x))
        if eps is None
        else ag.log(ag.clip(x, eps, 1 - eps) / (1 - ag.clip(x, eps, 1 - eps)))
    ),
    "frac": lambda x: x - ag.trunc(x),
    "sgn": ag.sign,
    "positive": ag.ops.positive,
    "transpose": lambda x, a, b: ag.ops.swapaxes(x, a, b) if x.ndim else x * 1,
    "swapaxes": lambda x, a, b: ag.ops.swapaxes(x, a, b) if x.ndim else x * 1,
    "t": lambda x: ag.transpose(x),
    "permute": lambda x, *d: ag.transpose(
        x, d[0] if len(d) == 1 and not isinstance(d[0], int) else d
    ),
    "unsqueeze": ag.expand_dims,
    "squeeze": lambda x, dim=None: _squeezed(x, dim),
    "squeeze.multiple": lambda x, dim: _squeezed(x, dim),
    "repeat": lambda x, *r: ag.ops.tile(
        x, tuple(r[0]) if len(r) == 1 and not isinstance(r[0], int) else r
    ),
    "tile": lambda x, r: ag.ops.tile(x, tuple(r)),
    "flip": lambda x, dims: ag.ops.flip(x, tuple(dims)) if dims else x * 1,
    "fliplr": lambda x: ag.ops.flip(x, 1),
    "flipud": lambda x: ag.ops.flip(x, 0),
    "roll": lambda x, shifts, dims=None: ag.ops.roll(
        x, shifts, dims if dims not in ((), None) else None
    ),
    "cat": lambda xs, dim=0: ag.concatenate(list(xs), axis=dim),
    "stack": lambda xs, dim=0: ag.stack(list(xs), axis=dim),
    "trace": ag.ops.trace,
    "diff": lambda x, n=1, dim=-1, **k: _without(k, ag.ops.diff, x, n, dim),
    "outer": ag.outer,
    "kron": ag.ops.kron,
    "dist": lambda x, y, p=2: ag.norm(ag.ravel(x - y), float(p)),
    "einsum": lambda xs, equation: ag.einsum(equation, *xs),
    "tensordot": lambda x, y, dims=2: ag.ops.tensordot(x, y, dims),
    "sort": lambda x, dim=-1, descending=False, stable=False: _sorted(x, dim, descending),
    "msort": lambda x: ag.ops.sort(x, 0),
    "quantile": lambda x, q, dim=None, keepdim=False, **k: (
        _without(k, lambda: ag.ops.quantile(x, float(q), axis=dim, keepdims=keepdim))
        if np.ndim(getattr(q, "array", q)) == 0
        else _no()
    ),
    "polygamma": lambda n, x: ag.ops.polygamma(n, x),
    "mse_loss": lambda x, y: ag.mean(ag.square(x - y)),
    "nn.functional.mse_loss": lambda x, y, reduction="mean": _reduced_by(
        ag.square(x - y), reduction
    ),
    "nn.functional.l1_loss": lambda x, y, reduction="mean": _reduced_by(
        ag.absolute(x - y), reduction
    ),
    "nn.functional.linear": lambda x, w, b=None: (
        ag.matmul(x, ag.transpose(w)) + (0 if b is None else b)
    ),
    "nn.functional.binary_cross_entropy_with_logits": lambda x, t, **k: _without(
        {n: v for n, v in k.items() if n != "reduction"},
        lambda: _reduced_by(ag.ops.sigmoid_cross_entropy(x, t), k.get("reduction", "mean")),
    ),
    "inner": ag.ops.inner,
    "vdot": ag.ops.vdot,
    "dot": ag.dot,
    "mv": ag.matmul,
    "meshgrid.list_of_tensors": lambda xs, indexing="ij": tuple(
        ag.ops.meshgrid(*xs, indexing=indexing)
    ),
    "split": lambda x, n, dim=0: (
        tuple(ag.ops.split(x, list(range(n, x.shape[dim], n)), axis=dim))
        if isinstance(n, int)
        else _no()
    ),
    "diagonal": lambda x, offset=0, dim1=0, dim2=1: ag.ops.diagonal(x, offset, dim1, dim2),
    "diag": lambda x, diagonal=0: ag.ops.diag(x, diagonal),
    "cross": lambda x, y, dim=None: ag.ops.cross(x, y, -1 if dim is None else dim),
    "remainder": lambda x, y: x % y,
    "fmod": lambda x, y: x - y * ag.trunc(x / y),
}


def _without(more: dict[str, Any], f: Adapter, *args: Any) -> Any:
    if any(v is not None and v != "linear" for v in more.values()):
        raise NotHere
    return f(*args)


def _reduced_by(x: Any, reduction: str) -> Any:
    return {"mean": ag.mean, "sum": ag.sum, "none": lambda x: x}[reduction](x)


def _squeezed(x: Any, dim: Any) -> Any:
    if dim is None:
        return ag.squeeze(x)
    listed = (dim,) if isinstance(dim, int) else dim
    return ag.squeeze(x, tuple(d % x.ndim for d in listed if x.shape[d] == 1)) if x.ndim else x * 1


def _sorted(x: Any, dim: int, descending: bool) -> Any:
    if not x.ndim:
        return (x * 1,)
    return (-ag.ops.sort(-x, dim),) if descending else (ag.ops.sort(x, dim),)


def adapter(name: str) -> Adapter | None:
    if name in ADAPTERS:
        return ADAPTERS[name]
    if name in ACTIVATIONS:
        return only(getattr(nn.activations, ACTIVATIONS[name]))
    ours = NAMES.get(name, name)
    return plain(ours) if ours and callable(getattr(ag.ops, ours, None)) else None
