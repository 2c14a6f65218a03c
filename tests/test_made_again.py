"""What the tape does not keep but makes again: the patches of convolutions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.errors import GradientError, MutationError
from autograd_nn.engine.node import Again, Node
from autograd_nn.engine.tape import sort

rng = np.random.default_rng(0)
X, W = rng.normal(size=(4, 12, 12, 8)), rng.normal(size=(5, 5, 8, 8))
CONVOLUTIONS: dict[str, Callable[..., ag.Tensor]] = {
    "same": lambda x, w: ag.conv(x, w, padding="same"),
    "valid": ag.conv,
    "strides": lambda x, w: ag.conv(x, w, strides=2),
    "dilated": lambda x, w: ag.conv(x, w, padding="same", dilation_rate=2),
    "groups": lambda x, w: ag.conv(x, w[:, :, :2], padding="same"),
    "depthwise": lambda x, w: ag.depthwise_conv(x, w[:, :, :, :1], padding="same"),
    "separable": lambda x, w: ag.separable_conv(x, w[:, :, :, :1], w[:1, :1]),
}


def leaves() -> tuple[ag.Tensor, ag.Tensor]:
    return ag.Tensor(X, requires_grad=True), ag.Tensor(W, requires_grad=True)


def kept(y: ag.Tensor) -> int:
    """Bytes of memory that the tape behind a value holds."""
    held = {}
    for node in sort([y]):
        for array in node.arrays:
            if isinstance(array, np.ndarray):
                while (base := getattr(array, "base", None)) is not None:
                    array = base
                held[id(array)] = array.nbytes
    return sum(held.values())


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_the_tape_of_a_convolution_keeps_no_patches(name: str) -> None:
    x, w = leaves()
    y = CONVOLUTIONS[name](x, w)
    found = [a for node in sort([y]) for a in node.arrays if isinstance(a, Again)]
    assert found and all(np.asarray(a).shape == a.shape for a in found)
    assert all(np.asarray(a).dtype == a.dtype for a in found)
    assert kept(y) < 8 * X.nbytes < 5 * 5 * X.nbytes


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_derivatives_of_all_kinds(name: str) -> None:
    f = CONVOLUTIONS[name]
    x, w = X[:1, :6, :6], W
    assert ag.check_gradients(lambda x, w: (f(x, w) ** 2).sum(), x, w, order=2)


def test_a_gradient_is_bit_for_bit_that_of_patches_that_were_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from autograd_nn.engine.ops import convolution

    def gradients() -> list[np.ndarray]:
        return [g.numpy() for g in ag.grad(lambda x, w: ag.conv(x, w).sum(), (0, 1))(X, W)]

    again = gradients()
    monkeypatch.setattr(convolution, "made_again", lambda y, i: y)
    for a, b in zip(again, gradients(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_inputs_that_were_changed_since_are_told() -> None:
    x, w = leaves()
    y = ag.conv(x, w).sum()
    x.assign(2 * X)
    with pytest.raises(MutationError, match="was changed after"):
        y.backward()


def test_a_tape_that_was_freed_is_told() -> None:
    x, w = leaves()
    y = ag.conv(x, w).sum()
    y.backward()
    with pytest.raises(GradientError, match="freed by an earlier backward"):
        y.backward()


def test_what_is_made_again_is_found_out_where_its_own_tape_is_gone() -> None:
    x, w = leaves()
    (again,) = [a for n in sort([ag.conv(x, w)]) for a in n.arrays if isinstance(a, Again)]
    assert isinstance(again.node, Node)
    again.node.release()
    with pytest.raises(GradientError, match="freed"):
        np.asarray(again)
