"""What a device, or the want of one, can do to a user: each is told, and nothing is lost."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import autograd_nn as ag  # noqa: E402
from autograd_nn import nn  # noqa: E402
from autograd_nn.engine.errors import RecordWarning  # noqa: E402
from autograd_nn.engine.mode import mode  # noqa: E402
from autograd_nn.engine.program import make  # noqa: E402
from autograd_nn.engine.program.make import target  # noqa: E402
from autograd_nn.engine.program.target.xla.data import Span  # noqa: E402
from autograd_nn.engine.program.target.xla.device import Device  # noqa: E402
from autograd_nn.engine.program.target.xla.program import XlaProgram  # noqa: E402
from tests.device.models import X, small, states  # noqa: E402

KEPT = Path(__file__).with_name("kept.stablehlo")


def test_without_jax(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    monkeypatch.setattr(make, "_xla", make._xla.__wrapped__)  # other tests asked for devices
    doors: list[Any] = [
        lambda: target("gpu:7"), nn.distribution.initialize, nn.distribution.DataParallel,
        lambda: ag.jit(ag.exp, device="tpu"),
    ]  # fmt: skip
    for door in doors:
        with pytest.raises(ImportError, match=r"needs JAX.*pip install 'autograd-nn\[device\]'"):
            door()


def scarce(monkeypatch: pytest.MonkeyPatch, most: int) -> list[int]:
    """A device with room for so many batches a launch, and what it was asked for."""
    whole, asked = XlaProgram._compiled, []

    def compiled(self: Any, variant: Span) -> Any:
        run = whole(self, variant)

        def launch(*args: Any) -> Any:
            asked.append(variant.batches)
            if variant.batches > most or not most:
                raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")
            return run(*args)

        return launch

    monkeypatch.setattr(XlaProgram, "_compiled", compiled)
    return asked


def test_fewer_batches_a_launch_where_the_device_has_no_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = small("cpu", batch_size=4)
    asked = scarce(monkeypatch, 2)
    found = small("xla", batch_size=4)
    assert asked[:4] == [15, 15, 4, 2], "first without the data set there, then smaller windows"
    for a, b in zip(states(found), states(told), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def test_no_room_at_all_leaves_the_model_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    model = small("xla")
    asked, before = scarce(monkeypatch, 0), states(model)
    with pytest.raises(MemoryError, match="as they were before. Make the batch smaller"):
        model.fit(X, X[:, :3], batch_size=30, verbose=0)
    assert asked
    for a, b in zip(states(model), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_long_launch_hears_ctrl_c() -> None:
    class Never:
        def is_ready(self) -> bool:
            return False

    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        Device("xla").wait(Never())
    timer.join()


def test_ctrl_c_leaves_fit_in_the_midst_of_a_launch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A launch may be a whole epoch: Ctrl-C does not wait for its end, and that epoch is undone."""

    class Slow(nn.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 3:
                kept.extend(states(self.model))
                monkeypatch.setattr(Device, "wait", interrupted)

    def interrupted(self: Device, value: Any) -> None:
        monkeypatch.undo()

        class Never:
            def is_ready(self) -> bool:
                os.kill(os.getpid(), signal.SIGINT)
                return False

        self.wait(Never())

    kept: list[np.ndarray] = []
    slow = Slow()
    with pytest.raises(KeyboardInterrupt):
        small("xla", epochs=5, batch_size=4, callbacks=[slow])
    assert not mode.waiting and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    for a, b in zip(states(slow.model), kept, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_program_written_by_an_earlier_jax_runs() -> None:
    """Such a file is to be read for years: `kept.stablehlo` was written by JAX 0.10."""
    with zipfile.ZipFile(KEPT) as file:
        program = jax.export.deserialize(bytearray(file.read("program.stablehlo")))
        weights = list(np.load(io.BytesIO(file.read("weights.npz"))).values())
    x = np.random.default_rng(0).normal(size=(7, 5)).astype("float32")
    (y,) = program.call(weights, [x])
    w, b, v, c = weights
    np.testing.assert_allclose(np.asarray(y), np.tanh(x @ w + b) @ v + c, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float64", "bool", "int8"])
@pytest.mark.parametrize("shape", [(), (0, 3), (24,), (200, 500)])
def test_what_went_up_is_a_copy(dtype: str, shape: tuple[int, ...]) -> None:
    """JAX's CPU takes an array that is aligned as it is, whatever it is told."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    buffer = np.zeros(size + 64, np.uint8)
    start = -buffer.ctypes.data % 64
    a = buffer[start : start + size].view(dtype).reshape(shape)
    (there,) = Device("xla").up([a])
    there.block_until_ready()
    a[...] = 1
    assert there.dtype == a.dtype and there.shape == shape and not np.asarray(there).any()


@pytest.mark.parametrize("dtype", ["longdouble", "clongdouble"])
def test_a_dtype_that_no_device_has(dtype: str) -> None:
    """It runs op by op, and says so once."""
    state = ag.Tensor(np.zeros(2, dtype))

    def f(x: Any) -> Any:
        state.assign(state + x)
        return x * 2 + 1

    j, x = ag.jit(f, device="xla"), ag.Tensor(np.array([1, 3], dtype))
    with pytest.warns(RecordWarning, match="got dtype .* Expected ops and dtypes that Device"):
        j(x)
        j.wait()
    for _ in range(2):
        y = j(x)
        assert y.dtype == dtype
        np.testing.assert_array_equal(y.numpy(), [3, 7])
    np.testing.assert_array_equal(state.numpy(), [3, 9])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_is_told_at_once() -> None:
    """JAX would wait for ever in it."""
    state = ag.Tensor(np.zeros(3))

    def f() -> Any:
        state.assign(state + 1)
        return state * 2

    there, here = ag.jit(f, device="xla"), ag.jit(lambda x: x + 1)
    there()
    there.wait()()
    child = os.fork()
    if not child:  # pragma: no cover
        code = 1
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(120)
            for run in (there, state.numpy, lambda: ag.jit(lambda x: x + 1, device="xla")(X)):
                with pytest.raises(RuntimeError, match="was forked from.*Start it anew"):
                    run()
            code = 0 if (here(X) == X + 1).all() else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    np.testing.assert_array_equal(state.numpy(), np.full(3, 2.0))
