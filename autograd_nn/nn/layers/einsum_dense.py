"""EinsumDense: a product with a learned kernel, whose sums an equation tells."""

from __future__ import annotations

import re
from copy import copy
from typing import Any, ClassVar

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.initializers import VarianceScaling
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.fields import settle, weight
from autograd_nn.nn.layers.lora import Adapted, LowRank
from autograd_nn.nn.registry import named

FORM = re.compile(r"(\.{3})?([a-zA-Z]+)(\.{3})?,([a-zA-Z]+)->(\.{3})?([a-zA-Z]+)(\.{3})?")


@named()
class EinsumDense(LowRank):
    """The product that an equation tells, Y = f(einsum(equation, X, W) + b).

    equation             letters for the axes of X, of W and of Y, as in 'abc,cd->abd'; X and Y may
                         both begin, or both end, with '...'.
    output_shape         the sizes of Y but the batch's and those that '...' stands for; None where
                         a size is the input's.
    activation           f: a name, a function, or None for none.
    bias_axes            the letters of Y along which b differs; None for no b.
    kernel_initializer   what W starts as, bias_initializer what b does.
    kernel_regularizer, kernel_constraint, bias_regularizer, bias_constraint   as for any weight.
    lora_rank            as in Dense.
    Raises ValueError for an equation of another form and for letters that do not fit, ShapeError
    for sizes that do not.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> layer = nn.layers.EinsumDense("abc,cd->abd", output_shape=(None, 6), bias_axes="d")
    >>> layer(np.ones((2, 5, 4))).shape
    (2, 5, 6)
    """

    _samplewise = True
    _casts_integers = True
    kernel: Any = Adapted()
    _kept_as: ClassVar[dict[str, str]] = {"output_shape": "partial_output_shape"}

    def __init__(
        self,
        equation: str,
        output_shape: Any,
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        form = FORM.fullmatch(equation) if isinstance(equation, str) else None
        if form is None or form[1] != form[5] or form[3] != form[7] or (form[1] and form[3]):
            raise ValueError(
                f"EinsumDense received equation={equation!r}; expected letters for the input, the "
                "kernel and the result, as in 'abc,cd->abd', '...c,cd->...d' or 'ab...,bc->ac...'."
            )
        self.equation = equation
        self.letters = form[2], form[4], form[6]
        self.leading = bool(form[1])
        if not isinstance(output_shape, int | list | tuple):
            raise TypeError(
                f"EinsumDense received output_shape={output_shape!r}; expected the result's sizes "
                "without the batch's, as in (None, 6): None where a size is the input's."
            )
        sizes = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        self.partial_output_shape = sizes
        self.bias_axes = bias_axes
        x, w, y = self.letters
        lone = (set(y) - set(x + w)) | (set(w) - set(x + y)) | (set(bias_axes or "") - set(y))
        if lone:
            raise ValueError(
                f"EinsumDense received equation={equation!r} and bias_axes={bias_axes!r}; expected "
                "letters of the kernel and the result that stand in another part too, not "
                f"{', '.join(sorted(lone))}."
            )
        settle(
            self,
            activation=activation,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    def sizes(self, input_shape: Shape) -> tuple[dict[str, int | None], Shape]:
        """The size that each letter stands for, and the whole result's shape."""
        a, _, o = self.letters
        left = len(input_shape) - len(a)
        if left < 0 or (left and "..." not in self.equation):
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {input_shape}; expected as many "
                f"dimensions as {self.equation!r} has letters for."
            )
        skipped = left if self.leading else 0
        found = dict(zip(a, input_shape[skipped : skipped + len(a)], strict=True))
        told = self.partial_output_shape
        own = o if self.leading and left else o[1:]  # the batch's size is not told
        if len(told) != len(own):
            raise ShapeError(
                f"layer {self.name!r} received output_shape={told}; expected {len(own)} sizes, "
                f"for {', '.join(own)} of {self.equation!r}."
            )
        for letter, n in zip(own, told, strict=True):
            known = found.get(letter)
            if n is not None and known not in (None, n):
                raise ShapeError(
                    f"layer {self.name!r} received an input of shape {input_shape} for "
                    f"output_shape={told}; expected the same sizes for {letter!r}."
                )
            found[letter] = n if n is not None else known
        inner = tuple(found[c] for c in o)
        if self.leading:
            return found, (*input_shape[:left], *inner)
        return found, (*inner, *input_shape[len(input_shape) - left :])

    def build(self, input_shape: Shape) -> None:
        found, whole = self.sizes(input_shape)
        _, w, o = self.letters
        lacking = [c for c in (*w, *(self.bias_axes or "")) if found[c] is None]
        if lacking:
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {input_shape}; expected a known "
                f"size for {lacking[0]!r} of {self.equation!r}. Give it with Input or output_shape."
            )
        start = self._fanned(w, o)
        self.kernel = weight(self, "kernel", [found[c] for c in w], start=start)
        self.bias = None
        if self.bias_axes:
            first = min(o.index(c) for c in self.bias_axes)
            sizes = [found[c] if c in self.bias_axes else 1 for c in o[first:]]
            after = 0 if self.leading else len(whole) - len(o)
            self.bias = weight(self, "bias", [*sizes, *(1,) * after])
        self.adapt()

    def _fanned(self, w: str, o: str) -> Any:
        """The kernel's initializer, told which axes of it read and which write."""
        start = self.kernel_initializer
        if isinstance(start, VarianceScaling) and None in (start.input_axes, start.output_axes):
            start = copy(start)
            start.input_axes = tuple([i for i, c in enumerate(w) if c not in o])
            start.output_axes = tuple([i for i, c in enumerate(w) if c in o])
        return start

    def call(self, inputs: Tensor) -> Tensor:
        y = ops.einsum(self.equation, inputs, self.kernel)
        if self.bias is not None:
            y = ops.add(y, self.bias)
        return y if self.activation is None else self.activation(y)

    def _check_input(self, shape: Any) -> None:
        found, _ = self.sizes(shape)
        kernel = [found[c] for c in self.letters[1]]
        if kernel != list(self.kernel.shape):
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {shape}; expected one that fits "
                f"its kernel of shape {self.kernel.shape} in {self.equation!r}."
            )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.sizes(input_shape)[1]
