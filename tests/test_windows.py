"""Windows, convolution and pooling: against loops written out, in every option, to second order."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_nn as ag

rng = np.random.default_rng(0)


def looped(x, w, strides, borders, dilation, groups):
    """conv of (n, …, c) by loops over every output place."""
    rank = x.ndim - 2
    x = np.pad(x, [(0, 0), *borders, (0, 0)])
    size = w.shape[:rank]
    reach = [(k - 1) * d + 1 for k, d in zip(size, dilation, strict=True)]
    counts = [(n - r) // s + 1 for n, r, s in zip(x.shape[1:-1], reach, strides, strict=True)]
    own, filters = w.shape[-2:]
    out = np.zeros((x.shape[0], *counts, filters))
    for place in itertools.product(*map(range, counts)):
        key = tuple(slice(p * s, p * s + (k - 1) * d + 1, d)
                    for p, s, k, d in zip(place, strides, size, dilation, strict=True))  # fmt: skip
        window = x[(slice(None), *key)]
        for f in range(filters):
            g = f // (filters // groups)
            part = window[..., g * own : (g + 1) * own]
            out[(slice(None), *place, f)] = (part * w[..., f]).sum(axis=tuple(range(1, rank + 2)))
    return out


def borders_of(padding, lengths, size, strides, dilation):
    reach = [(k - 1) * d + 1 for k, d in zip(size, dilation, strict=True)]
    if padding == "valid":
        return [(0, 0)] * len(lengths)
    if padding == "causal":
        return [(r - 1, 0) for r in reach]
    found = []
    for n, r, s in zip(lengths, reach, strides, strict=True):
        whole = max((-(-n // s) - 1) * s + r - n, 0)
        found.append((whole // 2, whole - whole // 2))
    return found


@st.composite
def problems(draw):
    rank = draw(st.integers(1, 3))
    size = draw(st.tuples(*[st.integers(1, 3)] * rank))
    strides = draw(st.tuples(*[st.integers(1, 3)] * rank))
    dilation = draw(st.tuples(*[st.integers(1, 2)] * rank))
    groups, own, each = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    lengths = [draw(st.integers((k - 1) * d + 1, 6)) for k, d in zip(size, dilation, strict=True)]
    padding = draw(st.sampled_from(["valid", "same"] + ["causal"] * (rank == 1)))
    x = rng.normal(size=(draw(st.integers(1, 2)), *lengths, groups * own))
    return x, rng.normal(size=(*size, own, groups * each)), strides, padding, dilation, groups


@settings(max_examples=60)
@given(problems(), st.booleans())
def test_conv_is_its_loops(problem, first) -> None:
    x, w, strides, padding, dilation, groups = problem
    borders = borders_of(padding, x.shape[1:-1], w.shape[:-2], strides, dilation)
    expected = looped(x, w, strides, borders, dilation, groups)
    given_x = np.moveaxis(x, -1, 1) if first else x
    form = "channels_first" if first else None
    y = ag.conv(given_x, w, strides, padding, form, dilation).numpy()
    np.testing.assert_allclose(np.moveaxis(y, 1, -1) if first else y, expected, atol=1e-12)


@settings(max_examples=30)
@given(problems())
def test_the_transpose_is_the_transpose(problem) -> None:
    x, w, strides, padding, dilation, _ = problem
    if padding == "causal":
        padding = "same"
    small = rng.normal(size=(*x.shape[:-1], w.shape[-1]))  # what is carried back
    y = ag.conv_transpose(small, w, strides, padding, None, None, dilation)
    reach = [(k - 1) * d + 1 for k, d in zip(w.shape[:-2], dilation, strict=True)]
    for n, m, r, s in zip(x.shape[1:-1], y.shape[1:-1], reach, strides, strict=True):
        assert m == ((n - 1) * s + max(r, s) if padding == "valid" else n * s)
    forth = rng.normal(size=y.shape)
    back = ag.conv(forth, w, strides, padding, None, dilation)
    if back.shape == small.shape:  # <conv(a), b> = <a, conv_transpose(b)>
        np.testing.assert_allclose(
            (back.numpy() * small).sum(), (forth * y.numpy()).sum(), rtol=1e-9, atol=1e-9
        )


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("more", [0, 1])
def test_output_padding_lengthens(padding, more) -> None:
    x, w = rng.normal(size=(1, 4, 2)), rng.normal(size=(3, 3, 2))
    plain = ag.conv_transpose(x, w, 2, "valid", 0).numpy()
    y = ag.conv_transpose(x, w, 2, padding, more).numpy()
    start = 0 if padding == "valid" else 1 - more  # as Keras has it
    length = (4 - 1) * 2 + (3 if padding == "valid" else 1) + more
    assert y.shape[1] == length
    part = plain[:, start : start + length]
    np.testing.assert_allclose(y[:, : part.shape[1]], part)
    assert not y[:, part.shape[1] :].any()


@settings(max_examples=30)
@given(problems())
def test_depthwise_is_a_convolution_in_groups(problem) -> None:
    x, w, strides, padding, dilation, _ = problem
    channels = x.shape[-1]
    w = rng.normal(size=(*w.shape[:-2], channels, 2))
    y = ag.depthwise_conv(x, w, strides, padding, None, dilation)
    alone = w.reshape(*w.shape[:-2], 1, channels * 2)
    np.testing.assert_allclose(
        y.numpy(), ag.conv(x, alone, strides, padding, None, dilation).numpy(), atol=1e-12
    )
    point = rng.normal(size=(*[1] * (x.ndim - 2), channels * 2, 3))
    both = ag.separable_conv(x, w, point, strides, padding, None, dilation).numpy()
    np.testing.assert_allclose(both, y.numpy() @ point.reshape(channels * 2, 3), atol=1e-12)


@settings(max_examples=30)
@given(problems(), st.booleans())
def test_pools_are_reductions_of_windows(problem, apart) -> None:
    x, w, strides, padding, _, _ = problem
    if padding == "causal":
        padding = "same"
    size = w.shape[:-2]
    if any(k > n for k, n in zip(size, x.shape[1:-1], strict=True)):
        return
    steps = strides if apart else size
    borders = borders_of(padding, x.shape[1:-1], size, steps, (1,) * len(size))
    filled = np.pad(x, [(0, 0), *borders, (0, 0)], constant_values=np.nan)
    found = np.lib.stride_tricks.sliding_window_view(filled, size, tuple(range(1, x.ndim - 1)))
    found = found[(slice(None), *[slice(None, None, s) for s in steps])]
    over = tuple(range(-len(size), 0))
    given_steps = steps if apart else None
    np.testing.assert_allclose(
        ag.max_pool(x, size, given_steps, padding).numpy(), np.nanmax(found, axis=over)
    )
    np.testing.assert_allclose(
        ag.average_pool(x, size, given_steps, padding).numpy(), np.nanmean(found, axis=over)
    )


DERIVED = {
    "conv": lambda x, w: ag.conv(x, w, 2, "same", None, 1),
    "dilated": lambda x, w: ag.conv(x, w, 1, "valid", None, 2),
    "groups": lambda x, w: ag.conv(x, w[..., :1, :], 1, "same"),
    "depthwise": lambda x, w: ag.depthwise_conv(x, w, 2, "valid"),
    "transpose": lambda x, w: ag.conv_transpose(x, w, 2, "same"),
    "max_pool": lambda x, w: ag.max_pool(x, 2, 1, "same") * w.sum(),
    "average_pool": lambda x, w: ag.average_pool(x, 2, 2, "same") * w.sum(),
}


@pytest.mark.parametrize("name", DERIVED)
def test_derivatives_to_second_order(name) -> None:
    x, w = rng.normal(size=(1, 5, 4, 2)), rng.normal(size=(2, 2, 2, 2))
    report = ag.check_gradients(lambda x, w: ag.sin(DERIVED[name](x, w)), x, w, order=2)
    assert report, report


@pytest.mark.parametrize("name", DERIVED)
def test_native_code_says_the_same(name) -> None:
    x, w = rng.normal(size=(2, 5, 4, 2)), rng.normal(size=(2, 2, 2, 2))
    step = ag.value_and_grad(lambda x, w: ag.sin(DERIVED[name](x, w)).sum(), (0, 1))
    replayed = ag.jit(step)
    expected = step(ag.Tensor(x), ag.Tensor(w))
    replayed(ag.Tensor(x), ag.Tensor(w))
    replayed.wait()
    found = replayed(ag.Tensor(x), ag.Tensor(w))
    for a, b in zip(ag.engine.tree.flatten(found)[0], ag.engine.tree.flatten(expected)[0],
                    strict=True):  # fmt: skip
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ag.windows(np.ones(3), 4), ag.ShapeError, "do not fit into axis 0"),
        (lambda: ag.windows(np.ones(3), 0), ValueError, "integer from 1"),
        (lambda: ag.windows(np.ones(3), 1.5), ValueError, "integer from 1"),
        (lambda: ag.windows(np.ones((3, 3)), (1, 1), (0, 0)), ag.ShapeError, "twice"),
        (lambda: ag.windows(np.ones((3, 3)), (1,), (0, 1)), ValueError, "or 2 of them"),
        (lambda: ag.add_windows(np.ones(3), 3, 0), ag.ShapeError, "expected the windows'"),
        (lambda: ag.add_windows(np.ones((3, 2)), 3, 0), ag.ShapeError, "expected at most length=3"),
        (lambda: ag.conv(np.ones((5, 2)), np.ones((3, 2, 4))), ag.ShapeError, "expected 3 dim"),
        (lambda: ag.conv(np.ones((1, 5, 3)), np.ones((3, 2, 4))), ag.ShapeError, "3 channels"),
        (lambda: ag.conv(np.ones((1, 5, 4)), np.ones((3, 2, 3))), ag.ShapeError, "groups"),
        (lambda: ag.conv(np.ones((1, 2, 2)), np.ones((3, 2, 4))), ag.ShapeError, "do not fit"),
        (lambda: ag.conv(np.ones((1, 5, 2)), np.ones((3, 2, 4)), 0), ValueError, "from 1"),
        (lambda: ag.conv(np.ones((1, 5, 2)), np.ones((3, 2, 4)), 1, "full"), ValueError, "'same'"),
        (lambda: ag.conv(np.ones((1, 5, 2)), np.ones((3, 2, 4)), data_format="NHWC"), ValueError,
         "'channels_last'"),
        (lambda: ag.conv(np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 4)), 1, "causal"), ValueError,
         "expected one axis"),
        (lambda: ag.depthwise_conv(np.ones((1, 5, 3)), np.ones((3, 2, 4))), ag.ShapeError, "3 ch"),
        (lambda: ag.conv_transpose(np.ones((1, 5, 3)), np.ones((3, 2, 4))), ag.ShapeError, "3 ch"),
        (lambda: ag.conv_transpose(np.ones((1, 5, 2)), np.ones((3, 4, 2)), 1, "causal"), ValueError,
         "'valid' or 'same'"),
        (lambda: ag.max_pool(np.ones((1, 2, 2)), 3), ag.ShapeError, "do not fit"),
        (lambda: ag.max_pool(np.ones((2, 2)), 2), ag.ShapeError, "at least 3"),
        (lambda: ag.average_pool(np.ones((1, 4, 2)), 2, -1), ValueError, "from 1"),
    ],
)  # fmt: skip
def test_bad_calls(call, error, words) -> None:
    with pytest.raises(error, match=words):
        call()
