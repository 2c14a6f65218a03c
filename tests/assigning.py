"""Functions that assign to entries, each beside the same function without an assignment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag

X = np.array([1.0, 2.0, 4.0])
T = np.array([0.5, -1.0, 2.0])


def changed(x: Any, key: Any, value: Any) -> Any:
    """What ``x[key] = value`` makes of x, without an assignment: entries chosen one by one."""
    places = np.arange(x.size).reshape(x.shape)
    written = np.full(x.shape, -1)
    order = np.arange(places[key].size).reshape(places[key].shape)
    written[key] = order  # where several writes go to one place, the last stays
    values = ag.reshape(ag.broadcast_to(ag.as_tensor(value), shape=places[key].shape), (-1,))
    if not values.size:
        return x
    chosen = ag.astype(ag.take(values, np.maximum(written, 0)), dtype=x.dtype)
    return ag.where(written >= 0, chosen, x)


def first(x: Any) -> Any:
    x[1] = 3.0
    return (x * x).sum()


def first_plain(x: Any) -> Any:
    x = changed(x, 1, 3.0)
    return (x * x).sum()


def own_entry(x: Any) -> Any:
    y = x * 1.0
    y[0] = y[1]
    return (y * y * y).sum()


def own_entry_plain(x: Any) -> Any:
    y = changed(x, 0, x[1])
    return (y * y * y).sum()


def own_part(x: Any) -> Any:
    x[1:] = x[1:] * 2
    return (x * x * x).sum()


def own_part_plain(x: Any) -> Any:
    y = changed(x, slice(1, None), x[1:] * 2)
    return (y * y * y).sum()


def augmented(x: Any) -> Any:
    x[0] += 1
    x[1] *= 3
    x[1:] -= x[0]
    return (x * x).sum()


def augmented_plain(x: Any) -> Any:
    x = changed(x, 0, x[0] + 1)
    x = changed(x, 1, x[1] * 3)
    x = changed(x, slice(1, None), x[1:] - x[0])
    return (x * x).sum()


def readers(x: Any) -> Any:
    y = ag.exp(x)
    t = y + 1
    u = y * y
    y[0] = 5.0
    v = y * t
    y[1:] = v[:2]
    return (t * u * v * y).sum()


def readers_plain(x: Any) -> Any:
    y = ag.exp(x)
    t = y + 1
    u = y * y
    y1 = changed(y, 0, 5.0)
    v = y1 * t
    y2 = changed(y1, slice(1, None), v[:2])
    return (t * u * v * y2).sum()


def masked(x: Any) -> Any:
    x[np.array([True, False, True])] = x[1] * x[:2]
    return (x**3).sum()


def masked_plain(x: Any) -> Any:
    y = changed(x, [0, 2], x[1] * x[:2])
    return (y**3).sum()


def repeated(x: Any) -> Any:
    y = ag.sin(x)
    y[np.array([2, 0, 2])] = x * x
    return (y**3).sum()


def repeated_plain(x: Any) -> Any:
    y = changed(ag.sin(x), np.array([2, 0, 2]), x * x)
    return (y**3).sum()


def spread(x: Any) -> Any:
    y = ag.outer(x, x)
    y[:, 1:] = x[:, None]
    y[1] = x[0]
    return (y**3).sum()


def spread_plain(x: Any) -> Any:
    y = changed(ag.outer(x, x), (slice(None), slice(1, None)), x[:, None])
    y = changed(y, 1, x[0])
    return (y**3).sum()


def into_a_constant(x: Any) -> Any:
    h = ag.zeros(4, "float64")
    h[0] = x[0]
    for i in range(3):
        h[i + 1] = ag.tanh(h[i] * x[1]) + x[2]
    return (h * h).sum()


def into_a_constant_plain(x: Any) -> Any:
    h = [x[0]]
    for _ in range(3):
        h.append(ag.tanh(h[-1] * x[1]) + x[2])
    return sum(v * v for v in h)


def whole(x: Any) -> Any:
    y = x * 2
    y[...] = y
    y[:] = y * x
    y[()] = y + 1
    return (y * y).sum()


def whole_plain(x: Any) -> Any:
    y = x * 2 * x + 1
    return (y * y).sum()


def assigned(x: Any) -> Any:
    y = x
    y[2] = y[2] * 2
    return (x * x * y).sum()  # two names, one tensor


def assigned_plain(x: Any) -> Any:
    y = changed(x, 2, x[2] * 2)
    return (y * y * y).sum()


def led(x: Any) -> Any:
    h = ag.zeros(4, "float64")
    h[1:] = ag.reshape(x * 2, (1, 1, 3))  # NumPy drops leading axes of one entry
    return (h**3).sum()


def led_plain(x: Any) -> Any:
    return ((x * 2) ** 3).sum()


def augmented_whole(x: Any) -> Any:
    x[0] += 1
    x += 1
    x *= x
    return (x * x).sum()


def augmented_whole_plain(x: Any) -> Any:
    y = (changed(x, 0, x[0] + 1) + 1) ** 2
    return (y * y).sum()


PAIRS = [
    (first, first_plain),
    (own_entry, own_entry_plain),
    (own_part, own_part_plain),
    (augmented, augmented_plain),
    (readers, readers_plain),
    (masked, masked_plain),
    (repeated, repeated_plain),
    (spread, spread_plain),
    (into_a_constant, into_a_constant_plain),
    (whole, whole_plain),
    (assigned, assigned_plain),
    (led, led_plain),
    (augmented_whole, augmented_whole_plain),
]
pairs = pytest.mark.parametrize(("f", "plain"), PAIRS, ids=[f.__name__ for f, _ in PAIRS])
