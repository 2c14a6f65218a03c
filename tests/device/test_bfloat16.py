"""bfloat16 on a device: what ops give here, and models that learn as they do here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax")

import autograd_nn as ag  # noqa: E402
from autograd_nn import nn  # noqa: E402
from autograd_nn.engine.halves import bfloat16  # noqa: E402
from autograd_nn.engine.op import REGISTRY  # noqa: E402
from tests.device.test_every_op import GROUPS, on_device  # noqa: E402
from tests.strategies import samples  # noqa: E402

BRIEF = bfloat16()
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("k", range(GROUPS))
def test_every_op_gives_what_it_gives_here(k: int) -> None:
    given = [(op, s) for op in list(REGISTRY.values())[k::GROUPS] for s in samples(op, "float32")]
    given = [(op, s, [x.astype(BRIEF) if getattr(x, "dtype", None) == np.float32 else x
                      for x in s.operands]) for op, s in given]  # fmt: skip
    arrays = [x for *_, xs in given for x in xs if isinstance(x, np.ndarray)]

    def f(*arguments: Any) -> list[Any]:
        rest, found = iter(arguments), []
        for op, s, xs in given:
            operands = [next(rest) if isinstance(x, np.ndarray) else x for x in xs]
            y = op.function(*operands, **s.params)
            found += list(y) if op.results > 1 else [y]
        return found

    found = iter(on_device(f, arrays))
    for op, s, xs in given:
        with np.errstate(all="ignore"):
            told = op.run(*xs, **s.params)
        for want in told if op.results > 1 else (told,):
            y, want = next(found), np.asarray(want)
            assert y.dtype == want.dtype, op
            if want.dtype == BRIEF:
                y, want = y.astype("float32"), want.astype("float32")
                size = np.max(np.abs(want), initial=0, where=np.isfinite(want))
                np.testing.assert_allclose(y, want, rtol=2**-6, atol=2**-8 * size, err_msg=op.name)


def test_a_model_learns_there_as_here() -> None:
    x = RNG.normal(size=(32, 6, 6, 2)).astype("float32")
    y = (x.mean((1, 2, 3)) > 0).astype("float32")
    losses = []
    for placed in ({}, {"device": "xla"}):
        nn.set_random_seed(0)
        model = nn.Sequential([
            nn.Input((6, 6, 2)), nn.Conv2D(4, 3, activation="relu", dtype="mixed_bfloat16"),
            nn.BatchNormalization(dtype="mixed_bfloat16"), nn.Flatten(dtype="mixed_bfloat16"),
            nn.Dense(1, activation="sigmoid", dtype="mixed_bfloat16"),
        ])  # fmt: skip
        model.compile(nn.Adam(0.01), "binary_crossentropy", **placed)
        told = model.fit(x, y, epochs=4, batch_size=16, verbose=0, shuffle=False).history["loss"]
        losses.append(told)
        assert model.predict(x, verbose=0).dtype == BRIEF
    np.testing.assert_allclose(*losses, rtol=0.03)


def test_products_keep_their_factors_there() -> None:
    """Matrices of bfloat16 are multiplied as such: no copy of them in float32 goes before."""
    a, b = (ag.Tensor(RNG.normal(size=(32, 32)).astype(BRIEF)) for _ in range(2))
    j = ag.jit(lambda a, b: a @ b, device="xla")
    j(a, b)
    y = j.wait()(a, b)
    assert y.dtype == BRIEF
    np.testing.assert_allclose(y.numpy().astype("f4"), (a @ b).numpy().astype("f4"), rtol=2**-7)
