"""Attention of several heads of queries, of which some share keys and values."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.attention.heads import Heads
from autograd_nn.nn.registry import named


@named()
class GroupQueryAttention(Heads):
    """Attention of several heads of queries, a group of which shares its keys and values.

    head_dim              the size of queries, keys and values.
    num_query_heads       how many heads of queries there are.
    num_key_value_heads   how many of keys and values, a divisor of it.
    dropout, use_bias, sliding_window, flash_attention, use_gate, seed, kernel_initializer, …: as
    for `Heads`, and the call is that of `MultiHeadAttention`. Raises ValueError where one number of
    heads does not divide the other, ShapeError for shapes that do not fit.
    Source: Ainslie et al., "GQA: training generalized multi-query transformer models from
    multi-head checkpoints" (2023).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> layer = nn.layers.GroupQueryAttention(4, num_query_heads=6, num_key_value_heads=2)
    >>> layer(np.ones((3, 5, 8)), np.ones((3, 6, 8))).shape
    (3, 5, 8)
    """

    _ndim = 3

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
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
        sizes = (head_dim, num_query_heads, num_key_value_heads)
        if any(type(n) is not int or n <= 0 for n in sizes):
            raise ValueError(
                f"GroupQueryAttention received head_dim={head_dim!r}, num_query_heads="
                f"{num_query_heads!r} and num_key_value_heads={num_key_value_heads!r}; expected "
                "positive whole numbers."
            )
        if num_query_heads % num_key_value_heads:
            raise ValueError(
                f"GroupQueryAttention received {num_query_heads} and {num_key_value_heads} heads. "
                "`num_query_heads` must be divisible by `num_key_value_heads`."
            )
        self.head_dim, self.num_query_heads = head_dim, num_query_heads
        self.num_key_value_heads = num_key_value_heads
        self.use_bias, self.use_gate, self.seed = use_bias, use_gate, seed
        self._settle(
            num_query_heads, num_key_value_heads, head_dim, head_dim, dropout, sliding_window,
            flash_attention, activity_regularizer, kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer, kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer, kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )  # fmt: skip
        if self.product_regularizer is not None:  # of what the layer itself gives, too, as in Keras
            self.activity_regularizer = self.product_regularizer

    def compute_output_shape(
        self, query_shape: Shape, value_shape: Any = None, key_shape: Any = None
    ) -> Shape:
        if value_shape is not None and query_shape[-1] != value_shape[-1]:
            raise ShapeError(
                f"layer {self.name!r} received queries of shape {tuple(query_shape)} and values of "
                f"shape {tuple(value_shape)}; their last sizes must be equal."
            )
        return super().compute_output_shape(query_shape, value_shape, key_shape)


GroupedQueryAttention = GroupQueryAttention
