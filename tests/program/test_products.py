"""Products of recorded programs: every layout, sizes around the tiles' edges, any division."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import example, given, settings

import autograd_nn as ag
from autograd_nn.engine.kernels import products
from autograd_nn.engine.program.plan.step import Kernel
from autograd_nn.engine.program.run.memory import address
from autograd_nn.engine.program.run.walk import KERNEL
from autograd_nn.engine.program.target.cpu.cache import Cache
from autograd_nn.engine.program.target.cpu.library import Library, library
from autograd_nn.engine.program.target.cpu.text.sources import source_of

SIZES = st.integers(1, 9) | st.integers(10, 150) | st.sampled_from([256, 257, 511, 600])


MACHINES = {  # bytes of a vector, vectors in a tile's row, fused multiply and add
    "this one": None,
    "AVX": (32, 2, True),
    "NEON": (16, 4, True),
    "SSE": (16, 2, False),
}


@pytest.fixture(scope="module", params=MACHINES)
def call(request: pytest.FixtureRequest):
    """``call(code, block, parts)``: a kernel, the product unless named, on every part in turn."""
    tiles = pytest.importorskip("autograd_nn.engine.kernels.tiles")
    shape, found = MACHINES[request.param], library_of(request.param)
    kernels = {
        c + f.__name__: Kernel(f, (("F", c), ("SIZE", c[1]), ("TABLED", "0")))
        for c in ("F4", "F8") for f in (products.product, products.panels)
    }  # fmt: skip
    sources = {c: source_of(kernel) for c, kernel in kernels.items()}
    with pytest.MonkeyPatch.context() as patch:
        if shape is not None:
            names = ("VECTOR", "VECTORS", "FUSED", "PANELS", "PANEL")
            for name, value in zip(names, (*shape, *tiles._room(*shape[:2])), strict=True):
                patch.setattr(tiles, name, value)
        held: dict = {}
        found.wait(sources.values(), held)

    def run(code: str, block: np.ndarray, parts: int, name: str = "product") -> None:
        function = KERNEL(held[sources[code + name]].address)
        for part in reversed(range(parts)):
            function(ctypes.c_void_p(address(block)), part, parts)

    return run


def library_of(machine: str) -> Library:
    """The process's library, or for another machine one of its own, whose kernels are not kept."""
    if machine == "this one":
        return library()
    unkept = Cache(Path(os.devnull) / "nowhere")
    assert unkept.secret() is None
    return Library(unkept)


def laid(rng: np.random.Generator, shape: tuple[int, ...], layout: str, dtype: str) -> np.ndarray:
    """Random numbers of a shape: 'C' in order, 'F' turned, 's' with gaps, 'r' last row first."""
    if layout == "F":
        return np.swapaxes(rng.standard_normal((*shape[:-2], *shape[:-3:-1])).astype(dtype), -1, -2)
    if layout == "s":
        return rng.standard_normal((*shape[:-1], 3 * shape[-1])).astype(dtype)[..., ::3]
    x = rng.standard_normal(shape).astype(dtype)
    return x[..., ::-1, :] if layout == "r" else x


@settings(deadline=None)
@given(
    n=SIZES, k=SIZES, m=SIZES, stack=st.sampled_from([1, 1, 3]),
    layouts=st.tuples(*[st.sampled_from("CFsr")] * 2), code=st.sampled_from(["F4", "F8"]),
    tall=st.sampled_from([6, 48, 10_000]), parts=st.integers(1, 9), seed=st.integers(0, 99),
)  # fmt: skip
@example(
    n=1, k=600, m=511, stack=1, layouts=("C", "C"), code="F4", tall=48, parts=3, seed=0
)
def test_every_layout_and_division(
    call, n: int, k: int, m: int, stack: int, layouts: tuple[str, str], code: str, tall: int,
    parts: int, seed: int,
) -> None:  # fmt: skip
    rng = np.random.default_rng(seed)
    dtype = "float32" if code == "F4" else "float64"
    a, b = laid(rng, (stack, n, k), layouts[0], dtype), laid(rng, (stack, k, m), layouts[1], dtype)
    room = np.full(stack * n * m + 64, np.nan, dtype)  # what lies behind C must not be written
    size = room.itemsize
    block = np.array(
        [address(a), address(b), address(room), n, k, m, a.strides[1] // size, a.strides[2] // size,
         b.strides[1] // size, b.strides[2] // size, stack, a.strides[0] // size,
         b.strides[0] // size, n * m, tall, 64, 0], np.int64,
    )  # fmt: skip
    call(code, block, parts)
    c = room[: stack * n * m].reshape(stack, n, m).copy()
    expected = a.astype(np.float64) @ b.astype(np.float64)
    scale = np.abs(a).astype(np.float64) @ np.abs(b).astype(np.float64)
    assert (np.abs(c - expected) <= (k + 2) * np.finfo(dtype).eps * scale).all()
    assert np.isnan(room[stack * n * m :]).all()
    room[:] = np.nan
    block[14] = n
    call(code, block, 1)  # undivided: the same bits
    np.testing.assert_array_equal(room[: stack * n * m].reshape(c.shape), c)
    if stack == 1:  # packed before: the same bits again
        packed = np.full(-(-m // 64) * 64 * k, np.nan, dtype)
        own = [address(b), address(packed), k, m, *block[8:10]]
        call(code, np.array(own, np.int64), parts, "panels")
        block[1], block[16] = address(packed), 1
        room[:] = np.nan
        call(code, block, parts)
        np.testing.assert_array_equal(room[: n * m].reshape(c.shape), c)


def test_special_values_pass_through(call) -> None:
    a = np.array([[np.inf, 1.0], [0.0, np.nan], [1.0, 2.0]], np.float32)
    b = np.array([[1.0, 0.0], [-np.inf, 1.0]], np.float32)
    c = np.empty((3, 2), np.float32)
    block = np.array(
        [address(a), address(b), address(c), 3, 2, 2, 2, 1, 2, 1, 1, 0, 0, 6, 6, 64, 0], np.int64
    )
    call("F4", block, 1)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(c, a @ b)


LIES = {  # a view of a larger tensor, of n rows and m columns
    "every second column": (lambda n, m: (n, 2 * m), lambda x: x[:, ::2]),
    "every second row": (lambda n, m: (2 * n, m), lambda x: x[::2]),
    "backwards": (lambda n, m: (n, m), lambda x: x[::-1, ::-1]),
    "a transposed part": (lambda n, m: (m + 2, n + 1), lambda x: x[:-2, :-1].mT),
}


@pytest.mark.parametrize("n, k, m", [(1, 1, 3), (2, 1, 3), (1, 3, 1), (3, 1, 1), (2, 3, 4)])
@pytest.mark.parametrize("lies", LIES)
def test_small_factors_may_lie_anyhow(lies: str, n: int, k: int, m: int) -> None:
    shape, part = LIES[lies]
    rng = np.random.default_rng(0)
    a, b = ag.Tensor(rng.normal(size=shape(n, k))), ag.Tensor(rng.normal(size=shape(k, m)))
    native = ag.jit(lambda a, b: part(a) @ part(b))
    native(a, b)
    native.wait()
    np.testing.assert_allclose(native(a, b), part(a).array @ part(b).array, rtol=1e-12)
