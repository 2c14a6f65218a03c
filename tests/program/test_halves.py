"""Floats of 16 bits in native programs: computed in float32 and rounded, op by op and in models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import halves
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.op import Op
from autograd_nn.engine.program.run.program import NativeProgram
from tests.effort import crossed
from tests.program.test_native_ops import LIBRARIES, alike
from tests.strategies import samples

BRIEF = halves.bfloat16()
DTYPES = {"float16": np.dtype(np.float16), "bfloat16": BRIEF}
GROUPS = [alike()[i::8] for i in range(8)]
Given = tuple[Op, tuple[Any, ...], dict[str, Any]]


def narrowed(x: Any, dtype: np.dtype) -> Any:
    return x.astype(dtype) if getattr(x, "dtype", None) == np.float32 else x


def program_of(f: Any, arrays: list[np.ndarray]) -> NativeProgram:
    with np.errstate(all="ignore"):
        _, graph, _ = record(f, [ag.Tensor(a) for a in arrays])
    program = NativeProgram(graph)
    assert program.ready(wait=True) and not program.failed, [s.text for s in program.failed]
    by_python = {s.name for s in program.plan.steps if s.kernel is None}
    assert by_python <= LIBRARIES, f"by Python: {by_python - LIBRARIES}\n{program}"
    return program


def rounded(call: Given, dtype: np.dtype) -> list[np.ndarray]:
    """What the op gives in float32, from the same operands, as its results' own dtypes."""
    op, operands, params = call

    def wide(x: Any) -> Any:
        if type(x) is float and dtype == np.float16:  # beside which it is a float16
            return float(np.float16(x))
        return x.astype(np.float32) if getattr(x, "dtype", None) == dtype else x

    with np.errstate(all="ignore"):
        told = op.forward(*map(wide, operands), **params)
        own = op.run(*operands, **params)
    several = op.results > 1
    pairs = zip(told, own, strict=True) if several else [(told, own)]
    with np.errstate(all="ignore"):
        return [np.asarray(y).astype(np.asarray(z).dtype) for y, z in pairs]


@pytest.mark.parametrize(
    ("dtype", "groups"), crossed(DTYPES, GROUPS),
    ids=lambda x: x if isinstance(x, str) else f"{x[0][0].name} and others",
)  # fmt: skip
def test_an_op_is_that_of_float32_rounded(dtype: str, groups: list[list[Op]]) -> None:
    half = DTYPES[dtype]
    calls: list[Given] = []
    for ops in groups:
        for s in samples(ops[0], "float32"):
            if any(getattr(x, "dtype", None) == np.float64 for x in s.operands):
                continue
            operands = tuple([narrowed(x, half) for x in s.operands])
            if any(getattr(x, "dtype", None) == half for x in operands):
                calls += [(op, operands, s.params) for op in ops]
    arrays = [np.array(x) for _, xs, _ in calls for x in xs if isinstance(x, np.ndarray)]

    def f(*xs: Any) -> list[Any]:
        rest, found = iter(xs), []
        for op, operands, params in calls:
            given = [next(rest) if isinstance(x, np.ndarray) else x for x in operands]
            found.append(op.function(*given, **params))
        return found

    ys = iter(program_of(f, arrays).run(arrays))
    for call in calls:
        for told in rounded(call, half):
            y = next(ys)
            assert y.shape == told.shape and y.dtype == told.dtype, call
            if not halves.is_half(told.dtype):
                np.testing.assert_allclose(y, told, 2e-5, 1e-30, err_msg=repr(call))
                continue
            y, told = y.astype(np.float64), told.astype(np.float64)
            unit = float(halves.finfo(half).eps)
            scale = np.max(np.abs(told[np.isfinite(told)]), initial=0.0)
            np.testing.assert_allclose(y, told, unit, 2e-5 * scale, err_msg=repr(call))


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_number_is_read_and_rounded_as_numpy_does(dtype: str) -> None:
    half = DTYPES[dtype]
    every = np.arange(2**16, dtype=np.uint16).view(half)
    single = every.astype(np.float32)
    with np.errstate(all="ignore"):
        next_ = np.nextafter(single, np.float32(np.inf))
        between = single + np.diff(single, append=single[-1:]) / np.float32(2)
        points = np.concatenate([single, next_, np.nextafter(single, -np.inf), between])
        points = np.concatenate([points, np.float32([0, -0.0, 1e-45, 3e38, np.inf, -np.inf])])

    def f(x: Any, y: Any, z: Any) -> list[Any]:
        wide = ag.astype(x, dtype=np.dtype(np.float32))
        return [wide, ag.astype(y, dtype=half), ag.astype(z, dtype=half)]

    with np.errstate(all="ignore"):
        double = points.astype(np.float64)
    longer = np.concatenate([double, np.nextafter(double, 9), np.nextafter(double, -9), [1e300]])
    given = [every, points, longer]
    wide, *found = program_of(f, given).run(given)
    np.testing.assert_array_equal(wide, single)
    for brief, x in zip(found, given[1:], strict=True):
        with np.errstate(all="ignore"):
            told = x.astype(half)
        a, b = brief.view(np.uint16), told.view(np.uint16)
        nan = np.isnan(told.astype(np.float32))
        assert (np.isnan(brief.astype(np.float32)) == nan).all()
        np.testing.assert_array_equal(a[~nan], b[~nan])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "source", ["bool", "int8", "uint8", "int16", "int32", "int64", "float32", "float64"]
)
def test_casts_are_those_of_numpy(source: str, dtype: str) -> None:
    half = DTYPES[dtype]
    x = np.array([0, 1, 3, 100, 127, -1, -128, 2049, 70000, 2**30 + 1], np.float64)
    x = x[x >= 0] if source.startswith("u") else x
    with np.errstate(all="ignore"):
        x = x.astype(source)
        back = np.array([0, 1.5, -2.75, 100], half)

        def f(x: Any, y: Any) -> list[Any]:
            return [ag.astype(x, dtype=half), ag.astype(y, dtype=np.dtype(source))]

        graph = record(f, [ag.Tensor(x), ag.Tensor(back)])[1]
        program = NativeProgram(graph)
        assert program.ready(wait=True)
        found = program.run([x, back])
        defined = source[0] != "u" or back.astype(np.float32) >= 0
        np.testing.assert_array_equal(found[0], x.astype(half))
        told = back.astype(np.float32).astype(source)
        np.testing.assert_array_equal(np.where(defined, found[1], 0), np.where(defined, told, 0))


@given(st.data())
def test_a_number_beside_float16_is_rounded_first(data: Any) -> None:
    number = data.draw(st.floats(-100, 100, width=64))
    x = np.array([0.1, 1.0, 3.3, number], np.float16)

    def f(x: Any) -> list[Any]:
        return [x == number, x > number, x + number, number * x]

    found = program_of(f, [x]).run([x])
    for y, told in zip(found, [x == number, x > number, x + number, number * x], strict=True):
        np.testing.assert_array_equal(y, told)


def nets(policy: str) -> dict[str, Any]:
    def of(name: str, *args: Any, **options: Any) -> Any:
        return getattr(nn.layers, name)(*args, dtype=policy, **options)

    return {
        "dense": [
            nn.Input((12,)), of("Dense", 16, "relu"), of("BatchNormalization"), of("Dropout", 0.2),
            of("Dense", 3),
        ],
        "conv": [
            nn.Input((8, 8, 2)), of("Conv2D", 4, 3, activation="relu"), of("MaxPooling2D", 2),
            of("Flatten"), of("Dense", 3),
        ],
        "recurrent": [nn.Input((5, 4)), of("LSTM", 6), of("Dense", 3)],
        "text": [
            nn.Input((6,)), of("Embedding", 20, 8, mask_zero=True), of("GRU", 6),
            of("LayerNormalization"), of("Dense", 3),
        ],
    }  # fmt: skip


NETS = ("dense", "conv", "recurrent", "text")


@pytest.mark.native
@pytest.mark.parametrize(
    ("policy", "name"),
    crossed(["mixed_float16", "mixed_bfloat16", "float16", "bfloat16"], NETS),
)
def test_a_model_of_16_bits_trains_natively_as_it_does_op_by_op(policy: str, name: str) -> None:
    found = []
    for eagerly in (True, False):
        nn.set_random_seed(3)
        net = nn.Sequential(nets(policy)[name])
        shape = net.input_shape[1:]
        whole = name == "text"
        random = np.random.default_rng(1)
        x = random.integers(0, 20, (32, *shape)) if whole else random.normal(size=(32, *shape))
        y = random.integers(0, 3, 32)
        net.compile(
            nn.optimizers.SGD(0.05), nn.losses.SparseCategoricalCrossentropy(from_logits=True),
            run_eagerly=eagerly, deterministic=True,
        )  # fmt: skip
        history = net.fit(x.astype("float32"), y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        found.append(history.history["loss"] + [net.predict(x, verbose=0).astype("float32")])
        if not eagerly:
            programs = [p for s in net._steppers.values() for p in s.programs.values()]
            assert programs
            steps = [s for p in programs for s in p.plan.steps if not (s.control or s.mark)]
            assert not [(s.name, s.why) for s in steps if s.kernel is None]
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=0.02, atol=0.02)
