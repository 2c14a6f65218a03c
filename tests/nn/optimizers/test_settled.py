"""What optimizers keep of gradients that have come to 0 comes to 0, too."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.optimizers.slot import settled

MADE: dict[str, Any] = {
    "SGD": lambda: nn.optimizers.SGD(momentum=0.5),
    "RMSprop": lambda: nn.optimizers.RMSprop(rho=0.5, momentum=0.5, centered=True),
    "Adadelta": lambda: nn.optimizers.Adadelta(rho=0.5),
    "Muon": lambda: nn.optimizers.Muon(momentum=0.5),
} | {
    name: partial(getattr(nn.optimizers, name), beta_1=0.5, beta_2=0.5)
    for name in ("Adam", "AdamW", "Adamax", "Nadam", "Lamb", "Lion")
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MADE)
def test_what_is_kept_comes_to_zero(name: str, dtype: str) -> None:
    optimizer, w = MADE[name](), nn.Variable(np.ones((2, 3)), dtype=dtype)
    tiny = np.finfo(dtype).tiny
    start = np.full((2, 3), tiny * 2**10, dtype)
    optimizer.build([w])
    kept = [v for v in optimizer.variables if v.shape == w.shape]
    for v in kept:  # as it is when gradients have long been 0
        v.assign(start)
    seen = []
    for _ in range(40):
        optimizer.apply([np.zeros((2, 3), dtype)], [w])
        seen += [np.abs(v.numpy()) for v in kept]
    assert not any(((0 < a) & (a < tiny)).any() for a in seen)
    assert kept and all((v.numpy() == 0).all() for v in kept)


def test_what_shows_beside_a_small_epsilon_stays() -> None:
    x = nn.ops.convert_to_tensor(np.array([1e-40, -1e-40, np.nan, 1e-30, 0], "float32"))
    np.testing.assert_array_equal(settled(x).numpy(), np.array([0, 0, np.nan, 1e-30, 0], "float32"))
    assert settled(x, 1e-30) is x and settled(x, 0.0) is x
    half = nn.ops.cast(x, "float16")
    assert settled(half) is half
    adam, w = nn.Adam(epsilon=1e-30, beta_1=0.0), nn.Variable(np.zeros(1, "float32"))
    for _ in range(3):
        adam.apply([np.full(1, 1e-19, "float32")], [w])
    np.testing.assert_allclose(w.numpy(), [-3e-3], rtol=1e-2)
