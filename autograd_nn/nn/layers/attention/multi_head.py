"""Attention of several heads, each with queries, keys and values of its own."""

from __future__ import annotations

from typing import Any, ClassVar

from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.shapes import axis_index
from autograd_nn.nn.layers.attention.heads import Heads
from autograd_nn.nn.layers.einsum_dense import EinsumDense
from autograd_nn.nn.registry import named


@named()
class MultiHeadAttention(Heads):
    """Attention of several heads, Y = Σₕ softmax(Qₕ Kₕᵀ / √k) Vₕ Oₕ + b, with Qₕ = X Wₕ + bₕ, ….

    num_heads, key_dim   how many heads there are, and the size of their queries and keys.
    value_dim            the size of their values; None: key_dim.
    output_shape         the sizes of the result's last axes; None: the query's last.
    attention_axes       the axes that queries and keys are walked over; None: all but the batch's
                         and the last.
    dropout, use_bias, sliding_window, flash_attention, use_gate, seed, kernel_initializer, …: as
    for `Heads`. It is called on a query (n, t, d), a value (n, s, e), itself where none is given,
    and a key (n, s, f), the value where none is; ``attention_mask`` (n, t, s) says which keys each
    query may look at, beside the masks that inputs carry; ``use_causal_mask``: none behind its own
    place; ``return_attention_scores`` asks for the weights (n, h, t, s) as well. The result is of
    shape (n, t, d). Raises ValueError for a number of heads or a size that is none, ShapeError for
    shapes that do not fit.
    Source: Vaswani et al., "Attention is all you need" (2017).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> layer = nn.layers.MultiHeadAttention(num_heads=2, key_dim=4)
    >>> layer(np.ones((3, 5, 8)), np.ones((3, 6, 8))).shape
    (3, 5, 8)
    """

    _kept_as: ClassVar[dict[str, str]] = {**Heads._kept_as, "output_shape": "_output_sizes"}

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: Any = None,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        for name, given in (("num_heads", num_heads), ("key_dim", key_dim),
                            ("value_dim", value_dim)):  # fmt: skip
            if (type(given) is not int or given <= 0) and (name, given) != ("value_dim", None):
                raise ValueError(
                    "MultiHeadAttention received an invalid value for argument "
                    f"`{name}`: {given!r}; expected a positive integer."
                )
        if isinstance(output_shape, int):
            output_shape = (output_shape,)
        if output_shape is not None and not isinstance(output_shape, list | tuple):
            raise ValueError(
                f"Invalid `output_shape`: {output_shape!r}. MultiHeadAttention expected a whole "
                "number, or a tuple or list of them."
            )
        if isinstance(attention_axes, int):
            attention_axes = (attention_axes,)
        if attention_axes is not None and not isinstance(attention_axes, list | tuple):
            raise ValueError(
                f"MultiHeadAttention received attention_axes={attention_axes!r}. `attention_axes` "
                "must be an int, list, or tuple."
            )
        self.num_heads, self.key_dim, self.value_dim = num_heads, key_dim, value_dim
        self.use_bias, self.use_gate, self.seed = use_bias, use_gate, seed
        self._output_sizes = None if output_shape is None else tuple(output_shape)
        self.attention_axes = None if attention_axes is None else tuple(attention_axes)
        self._settle(
            num_heads, num_heads, key_dim, value_dim or key_dim, dropout, sliding_window,
            flash_attention, activity_regularizer, kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer, kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer, kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )  # fmt: skip

    @property
    def _told(self) -> tuple[int, ...] | None:
        return self._output_sizes

    def _axes(self, ndim: int) -> tuple[int, ...]:
        given = self.attention_axes
        if given is None:
            return super()._axes(ndim)
        found = tuple([axis_index(i, ndim) for i in given])
        if ndim - 1 in found:
            raise ShapeError(
                f"layer {self.name!r} has attention_axes={given} and received queries of {ndim} "
                "dimensions; expected axes before the last, which holds a position's numbers."
            )
        return found

    @property
    def query_dense(self) -> EinsumDense:
        """The product that makes queries."""
        return self._query_dense

    @property
    def key_dense(self) -> EinsumDense:
        """The product that makes keys."""
        return self._key_dense

    @property
    def value_dense(self) -> EinsumDense:
        """The product that makes values."""
        return self._value_dense

    @property
    def output_dense(self) -> EinsumDense:
        """The product that joins what the heads find."""
        return self._output_dense
