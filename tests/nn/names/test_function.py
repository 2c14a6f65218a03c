"""Functions of symbols, and axes rearranged by their names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import ShapeError

RNG = np.random.default_rng(0)


def test_a_function_of_layers_and_ops_on_data_and_on_symbols() -> None:
    a, b = nn.Input((3,)), nn.Input((3,))
    dense = nn.Dense(2)
    f = nn.Function([a, b], {"dense": dense(a + b), "square": a**2}, name="both")
    x, y = RNG.normal(size=(2, 4, 3)).astype("float32")
    found = f([x, y])
    assert np.allclose(found["dense"], dense(x + y)) and np.allclose(found["square"], x**2)
    again = nn.Function([a, b], f([a, b])["dense"])
    assert np.allclose(again([x, y]), found["dense"])
    assert f.name == "both" and len(f.inputs) == len(f.outputs) == 2 and dense in f.operations
    assert f.compute_output_shape([(5, 3), (5, 3)]) == {"dense": (5, 2), "square": (5, 3)}
    assert f.compute_output_spec([a, b])["dense"].shape == (None, 2)
    assert "both" in repr(f)


def test_a_function_may_begin_in_the_middle() -> None:
    x = nn.Input((3,))
    y = x**2
    f = nn.Function(y, y + 1)
    assert [c.name.partition("_")[0] for c in f.operations] == ["add"]
    assert np.allclose(f(np.ones((2, 3))), 2)


def test_what_a_function_is_not_given() -> None:
    a, b = nn.Input((3,)), nn.Input((3,))
    f = nn.Function([a, b], a + b)
    with pytest.raises(ValueError, match="invalid input structure"):
        f(np.ones((2, 3)))
    with pytest.raises(ShapeError, match="incompatible inputs"):
        f([np.ones((2, 4)), np.ones((2, 3))])
    for inputs, outputs, what in (([], a, "inputs"), (a, [], "outputs")):
        with pytest.raises(ValueError, match=f"`{what}` argument cannot be empty"):
            nn.Function(inputs, outputs)
    with pytest.raises(ValueError, match="not among"):
        nn.Function(a, b + 1)


X = RNG.normal(size=(2, 6, 4))


@pytest.mark.parametrize(("pattern", "sizes", "expected"), [
    ("b c h -> b h c", {}, X.transpose(0, 2, 1)),
    ("b c h->(b c) h", {}, X.reshape(12, 4)),
    ("b (c d) h -> (b d) c h", {"d": 3},
     X.reshape(2, 2, 3, 4).transpose(0, 2, 1, 3).reshape(6, 2, 4)),
    ("b (c d) h -> b c (h d)", {"c": 2, "d": 3},
     X.reshape(2, 2, 3, 4).transpose(0, 1, 3, 2).reshape(2, 2, 12)),
    ("b c h -> (h c b)", {}, X.transpose(2, 1, 0).ravel()),
    ("b c h -> b () c h", {}, X[:, None]),
], ids="turned joined parted told flat one".split())  # fmt: skip
def test_axes_are_rearranged(pattern: str, sizes: dict[str, int], expected: Any) -> None:
    assert np.array_equal(nn.ops.rearrange(X, pattern, **sizes), expected)
    symbol = nn.Input((6, 4))
    y = nn.ops.rearrange(symbol, pattern, **sizes)
    assert np.allclose(nn.Function(symbol, y)(X.astype("float32")), expected)
    assert ag.check_gradients(lambda x: nn.ops.rearrange(x, pattern, **sizes) ** 2, X)


@pytest.mark.parametrize(("pattern", "sizes", "error", "told"), [
    ("b c h", {}, ValueError, "an arrow"),
    ("b c h -> b [c] h", {}, ValueError, "an arrow"),
    ("b c h -> b c", {}, ValueError, "every axis once"),
    ("b c c -> b c c", {}, ValueError, "every axis once"),
    ("b c h -> h c b", {"d": 2}, ValueError, "sizes of d"),
    ("b c -> c b", {}, ShapeError, "of 3 axes"),
    ("b (c d) h -> b c d h", {}, ShapeError, "no sizes"),
    ("b (c d) h -> b c d h", {"d": 4}, ShapeError, "size 6 for"),
    ("b (c d) h -> b c d h", {"c": 2, "d": 2}, ShapeError, "c=2, d=2"),
    ("b (c d) h -> b c d h", {"d": 0}, ShapeError, "d=0"),
], ids="arrow word lost twice unknown rank open share product zero".split())  # fmt: skip
def test_patterns_that_do_not_fit(
    pattern: str, sizes: dict[str, int], error: Any, told: str
) -> None:
    with pytest.raises(error, match=told):
        nn.ops.rearrange(X, pattern, **sizes)
