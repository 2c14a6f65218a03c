"""What PyTorch calls each kind of layer's weights, and how they lie there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd_nn.nn import registry

Group = dict[str, np.ndarray]
Pairs = list[tuple[Any, np.ndarray]]  # variables, and what they are given
Turn = Callable[[Any, np.ndarray], np.ndarray]


class Form(NamedTuple):
    """One kind of layer, both ways; ``read`` raises KeyError or ValueError for another's group."""

    read: Callable[[Any, Group], Pairs]
    write: Callable[[Any], Group]


def _held(layer: Any) -> dict[str, Any]:
    return {v._name: v for v in layer._own_weights}


def _whole(group: Group, used: set[str]) -> None:
    if set(group) != used:
        raise KeyError(sorted(set(group) ^ used)[0])


def _one_by_one(*rows: tuple[str, str, Turn, Turn]) -> Form:
    """Weights with one twin each: its name there, and here, and the turns to here and back."""

    def read(layer: Any, group: Group) -> Pairs:
        held = _held(layer)
        own = [row for row in rows if row[1] in held]
        _whole(group, {row[0] for row in own})
        return [(held[here], turn(layer, group[there])) for there, here, turn, _ in own]

    def write(layer: Any) -> Group:
        held = _held(layer)
        return {
            there: back(layer, held[here].numpy())
            for there, here, _, back in rows if here in held
        }  # fmt: skip

    return Form(read, write)


def _same(layer: Any, array: np.ndarray) -> np.ndarray:
    return array


def _turned(layer: Any, array: np.ndarray) -> np.ndarray:
    """(o, i) -> (i, o)."""
    return array.T


def _inward(layer: Any, array: np.ndarray) -> np.ndarray:
    """(o, i, *sizes) -> (*sizes, i, o)."""
    return np.moveaxis(array, (0, 1), (-1, -2))


def _outward(layer: Any, array: np.ndarray) -> np.ndarray:
    return np.moveaxis(array, (-1, -2), (0, 1))


def _depth_inward(layer: Any, array: np.ndarray) -> np.ndarray:
    """(i · d, 1, *sizes) -> (*sizes, i, d)."""
    d = layer.depth_multiplier
    return np.moveaxis(array.reshape(-1, d, *array.shape[2:]), (0, 1), (-2, -1))


def _depth_outward(layer: Any, array: np.ndarray) -> np.ndarray:
    found = np.moveaxis(array, (-2, -1), (0, 1))
    return found.reshape(-1, 1, *found.shape[2:])


_BIAS = ("bias", "bias", _same, _same)
_NORM = (("weight", "gamma", _same, _same), ("bias", "beta", _same, _same))
_STATISTICS = (
    ("running_mean", "moving_mean", _same, _same), ("running_var", "moving_variance", _same, _same),
)  # fmt: skip

# ---- recurrent ----------------------------------------------------------------------------------

_GATES = {"GRUCell": [1, 0, 2]}  # which of PyTorch's is the first here, …; the way back is the same


def _gates(cell: Any, array: np.ndarray) -> np.ndarray:
    """(gates · units, …) with the gates in the other order."""
    order = _GATES.get(type(cell).__name__)
    if order is None:
        return array
    parts = np.split(array, len(order))
    return np.concatenate([parts[i] for i in order])


def _read_cell(cell: Any, group: Group, end: str = "") -> Pairs:
    held = _held(cell)
    found = [(held["kernel"], _gates(cell, group[f"weight_ih{end}"]).T),
             (held["recurrent_kernel"], _gates(cell, group[f"weight_hh{end}"]).T)]  # fmt: skip
    if "bias" in held:
        both = [_gates(cell, group[f"bias_{kind}{end}"]) for kind in ("ih", "hh")]
        apart = len(held["bias"].shape) == 2
        found.append((held["bias"], np.stack(both) if apart else both[0] + both[1]))
    return found


def _write_cell(cell: Any, end: str = "") -> Group:
    held = {name: v.numpy() for name, v in _held(cell).items()}
    found = {f"weight_ih{end}": _gates(cell, held["kernel"].T),
             f"weight_hh{end}": _gates(cell, held["recurrent_kernel"].T)}  # fmt: skip
    if "bias" in held:
        bias = held["bias"]
        first, second = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
        found |= {f"bias_ih{end}": _gates(cell, first), f"bias_hh{end}": _gates(cell, second)}
    return found


def _read_recurrent(layer: Any, group: Group) -> Pairs:
    cells = _cells(layer)
    found = [pair for end, cell in cells.items() for pair in _read_cell(cell, group, end)]
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    biased = len(found) == 3 * len(cells)
    _whole(group, {f"{k}{end}" for k in kinds[: 4 if biased else 2] for end in cells})
    return found


def _write_recurrent(layer: Any) -> Group:
    found: Group = {}
    for end, cell in _cells(layer).items():
        of = _write_cell(cell)
        found |= {f"{name}_l0{end}": array for name, array in of.items()}
    return found


def _cells(layer: Any) -> dict[str, Any]:
    if hasattr(layer, "forward_layer"):
        return {"": layer.forward_layer.cell, "_reverse": layer.backward_layer.cell}
    return {"": layer.cell}


# ---- heads of attention -------------------------------------------------------------------------

_PARTS = ("query", "key", "value")


def _projections(layer: Any) -> tuple[Any, ...]:
    """The maps to queries, keys and values, and the one of what comes out."""
    return tuple(layer._sublayers()[:4])


def _read_heads(layer: Any, group: Group) -> Pairs:
    *inner, outer = _projections(layer)
    biased, found, used = "bias" in _held(outer), [], {"out_proj.weight"}
    whole = "in_proj_weight" in group
    used |= {"in_proj_weight"} if whole else {f"{part[0]}_proj_weight" for part in _PARTS}
    used |= {"in_proj_bias", "out_proj.bias"} if biased else set()
    _whole(group, used)
    for i, (part, projection) in enumerate(zip(_PARTS, inner, strict=True)):
        held = _held(projection)
        weight = (
            np.split(group["in_proj_weight"], 3)[i] if whole else group[f"{part[0]}_proj_weight"]
        )
        found.append((held["kernel"], weight.T.reshape(-1, *held["kernel"].shape[1:])))
        if biased:
            bias = np.split(group["in_proj_bias"], 3)[i]
            found.append((held["bias"], bias.reshape(held["bias"].shape)))
    held = _held(outer)
    found.append((held["kernel"], group["out_proj.weight"].T.reshape(held["kernel"].shape)))
    return [*found, (held["bias"], group["out_proj.bias"])] if biased else found


def _write_heads(layer: Any) -> Group:
    *inner, outer = _projections(layer)
    weights = [_held(p)["kernel"].numpy() for p in inner]
    flat = [w.reshape(len(w), -1).T for w in weights]
    out = _held(outer)["kernel"].numpy()
    found = {"out_proj.weight": out.reshape(-1, out.shape[-1]).T}
    if len({w.shape for w in flat}) == 1:
        found["in_proj_weight"] = np.concatenate(flat)
    else:
        found |= {f"{part[0]}_proj_weight": w for part, w in zip(_PARTS, flat, strict=True)}
    if "bias" in _held(outer):
        found["in_proj_bias"] = np.concatenate([_held(p)["bias"].numpy().ravel() for p in inner])
        found["out_proj.bias"] = _held(outer)["bias"].numpy()
    return found


# ---- all ----------------------------------------------------------------------------------------

_RECURRENT = Form(_read_recurrent, _write_recurrent)
_CONVOLUTION = _one_by_one(("weight", "kernel", _inward, _outward), _BIAS)
_DEPTHWISE = _one_by_one(("weight", "kernel", _depth_inward, _depth_outward), _BIAS)
FORMS: dict[str, Form] = {
    "Dense": _one_by_one(("weight", "kernel", _turned, _turned), _BIAS),
    **{f"Conv{n}D{kind}": _CONVOLUTION for n in (1, 2, 3) for kind in ("", "Transpose")},
    "DepthwiseConv1D": _DEPTHWISE, "DepthwiseConv2D": _DEPTHWISE,
    "BatchNormalization": _one_by_one(*_NORM, *_STATISTICS),
    "LayerNormalization": _one_by_one(*_NORM), "GroupNormalization": _one_by_one(*_NORM),
    "RMSNormalization": _one_by_one(("weight", "scale", _same, _same)),
    "Embedding": _one_by_one(("weight", "embeddings", _same, _same)),
    "PReLU": _one_by_one(("weight", "alpha", _same, _same)),
    "LSTM": _RECURRENT, "GRU": _RECURRENT, "SimpleRNN": _RECURRENT, "Bidirectional": _RECURRENT,
    "MultiHeadAttention": Form(_read_heads, _write_heads),
}  # fmt: skip


def known(layer: Any) -> bool:
    """Whether a layer is of a kind that PyTorch has a form of."""
    name = type(layer).__name__
    return name in FORMS and registry.look_up(name, "layer") is type(layer)


def form(layer: Any) -> Form:
    """The form of a layer's kind, which is known."""
    return FORMS[type(layer).__name__]
