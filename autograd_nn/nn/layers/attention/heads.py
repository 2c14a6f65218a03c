"""Attention of several heads: products make queries, keys and values; one joins what is found."""

from __future__ import annotations

import math
from string import ascii_lowercase
from typing import Any, ClassVar

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.layers.attention.flash import is_flash_attention_enabled
from autograd_nn.nn.layers.attention.pairs import LOW, causal_mask
from autograd_nn.nn.layers.dropout import Dropout
from autograd_nn.nn.layers.einsum_dense import EinsumDense
from autograd_nn.nn.layers.fields import settle
from autograd_nn.nn.layers.random import fraction
from autograd_nn.nn.registry import named

FIELDS = ("kernel_initializer", "bias_initializer", "kernel_regularizer", "bias_regularizer",
          "kernel_constraint", "bias_constraint")  # fmt: skip


class Heads(Layer):
    """The base: queries of some heads, keys and values of as many, or of a part of them.

    dropout           the share of weights that is dropped while training; ``seed`` repeats it.
    use_bias          whether products have a bias.
    sliding_window    a query looks at no key so many steps away, or further.
    flash_attention   refuses what would need all scores at once; they are never held otherwise.
    use_gate          what heads find is multiplied with a sigmoid of a product of the query.
    kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
    kernel_constraint, bias_constraint   as for any weight.
    activity_regularizer   a penalty on what each product gives.
    """

    supports_masking = True
    kept_as: ClassVar[dict[str, str]] = {"activity_regularizer": "product_regularizer",
                                    "flash_attention": "_flash_attention",
                                    "sliding_window": "_sliding_window"}  # fmt: skip

    def _settle(
        self, heads: int, key_heads: int, size: int, value_size: int, dropout: float,
        sliding_window: int | None, flash_attention: bool | None, activity_regularizer: Any,
        **fields: Any,
    ) -> None:  # fmt: skip
        where = type(self).__name__
        window = sliding_window
        if window is not None and (type(window) is not int or window <= 0):
            raise ValueError(
                f"{where} received sliding_window={window!r}. `sliding_window` must be `None` or "
                "a positive integer."
            )
        self.dropout = fraction(dropout, "dropout", where)
        if flash_attention and dropout > 0:
            raise ValueError(
                f"{where} received dropout={dropout} and flash_attention=True. Dropout is not "
                "supported when flash attention is enabled; set one of them aside."
            )
        self._sliding_window = sliding_window
        self._flash_attention = flash_attention or is_flash_attention_enabled()
        self._heads, self._key_heads = heads, key_heads
        self._size, self._value_size = size, value_size
        settle(self, product_regularizer=activity_regularizer, **fields)
        self._dropping = Dropout(dropout, seed=self.seed) if dropout > 0 else None

    # ---- weights --------------------------------------------------------------------------------

    def build(
        self, query_shape: Shape, value_shape: Any = None, key_shape: Any = None
    ) -> None:
        value_shape, key_shape = self._fitting(query_shape, value_shape, key_shape)
        self._query_dense = self._into("query", query_shape, self._heads, self._size)
        self._key_dense = self._into("key", key_shape, self._key_heads, self._size)
        self._gate_dense = None
        if self.use_gate:
            gate = self._into("gate", query_shape, self._heads, self._value_size, "sigmoid")
            self._gate_dense = gate
        self._value_dense = self._into("value", value_shape, self._key_heads, self._value_size)
        found = (*query_shape[:-1], self._heads, self._value_size)
        self._output_dense = self._product(
            "attention_output", found, 2, self._told or query_shape[-1:]
        )

    def _into(
        self, name: str, shape: Shape, heads: int, size: int, activation: Any = None
    ) -> EinsumDense:
        """The product that makes heads of an input."""
        return self._product(name, shape, 1, (heads, size), activation)

    def _product(
        self, name: str, shape: Shape, summed: int, sizes: Any, activation: Any = None
    ) -> EinsumDense:
        free = len(shape) - summed
        letters = ascii_lowercase[: free + summed + len(sizes)]
        kept, inner, new = letters[:free], letters[free : free + summed], letters[free + summed :]
        product = EinsumDense(
            f"{kept}{inner},{inner}{new}->{kept}{new}",
            (*(None,) * (free - 1), *sizes),
            activation,
            new if self.use_bias else None,
            name=name,
            dtype=self.dtype_policy,
            activity_regularizer=self.product_regularizer,
            **{field: getattr(self, field) for field in FIELDS},
        )
        product.build(shape)
        product.supports_masking = True  # masks are this layer's business
        return product

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

    @property
    def sliding_window(self) -> int | None:
        """How many steps away a query looks at no key."""
        return self._sliding_window

    @property
    def _told(self) -> tuple[int, ...] | None:
        """The sizes of the output, where they are not the query's last."""
        return None

    # ---- the call -------------------------------------------------------------------------------

    def call(
        self,
        query: Tensor,
        value: Any = None,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
        use_causal_mask: bool = False,
    ) -> Any:
        if value is None:
            value, value_mask = query, query_mask if value_mask is None else value_mask
        key = value if key is None else key
        self._fitting(query.shape, value.shape, key.shape)
        plain = type(self)._compute_attention is Heads._compute_attention
        kept = self._compute_attention_mask(
            query, value, query_mask, value_mask, key_mask, attention_mask,
            use_causal_mask and not plain,
        )  # fmt: skip
        told = {"return_attention_scores": return_attention_scores,
                "use_causal_mask": use_causal_mask and plain}  # fmt: skip
        y, scores = self._compute_attention(
            self._query_dense(query), self._key_dense(key), self._value_dense(value),
            attention_mask=kept, training=training, **{k: v for k, v in told.items() if v},
        )  # fmt: skip
        if self._gate_dense is not None:
            y = y * self._gate_dense(query)
        y = self._output_dense(y)
        return (y, scores) if return_attention_scores else y

    def _compute_attention_mask(
        self, query: Tensor, value: Tensor, query_mask: Any = None, value_mask: Any = None,
        key_mask: Any = None, attention_mask: Any = None, use_causal_mask: bool = False,
    ) -> Tensor | None:  # fmt: skip
        """Which keys each query may look at, (n, t, s) or what broadcasts to it; None: all."""
        axes = self._axes(query.ndim)
        steps = [[x.shape[i] for i in axes] for x in (query, value)]
        t, s = map(math.prod, steps)
        whole = (1, *steps[0], *steps[1])
        found = [(query_mask, -1), (value_mask, -2), (key_mask, -2)]
        parts = [ops.expand_dims(ops.astype(as_tensor(m), "bool"), at)
                 for m, at in found if m is not None]  # fmt: skip
        if use_causal_mask:
            parts.append(ops.reshape(causal_mask(t, s), shape=whole))
        if self._sliding_window is not None:
            away = ops.absolute(ops.arange(t)[:, None] - ops.arange(s))
            parts.append(ops.reshape(away < self._sliding_window, shape=whole))
        if attention_mask is not None:
            parts.append(ops.astype(as_tensor(attention_mask), "bool"))
        kept = None
        for part in parts:
            kept = part if kept is None else ops.logical_and(kept, part)
        return kept

    def _compute_attention(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attention_mask: Any = None,
        training: bool | None = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """What heads find, and the weights where they are asked for; for subclasses to alter.

        query (n, …, h, k), key (n, …, g, k), value (n, …, g, v), of which the axes of attention are
        walked over together.
        """
        if return_attention_scores and self._flash_attention:
            raise ValueError(
                "Returning attention scores is not supported when flash attention is enabled. "
                "Please disable flash attention to access attention scores. Received "
                f"return_attention_scores=True in layer {self.name!r}."
            )
        axes = self._axes(query.ndim - 1)
        free = [i for i in range(query.ndim - 2) if i not in axes]
        order = [*free, *axes, query.ndim - 2, query.ndim - 1]
        q, k, v = (self._walked(x, order, len(free)) for x in (query, key, value))
        batch = [query.shape[i] for i in free]
        steps = [x.shape[i] for x in (query, key) for i in axes]
        kept = self._spread(attention_mask, batch, steps, q.shape[-2])
        scale, weights = self._size**-0.5, None
        if return_attention_scores or (training and self._dropping is not None):
            y, weights = self._weighted(q, k, v, kept, scale, use_causal_mask)
            weights = ops.reshape(weights, shape=(*batch, q.shape[-2], *steps))
        else:
            y = ops.attention(q, k, v, kept, scale, use_causal_mask)
        y = ops.reshape(y, shape=(*batch, *steps[: len(axes)], *y.shape[-2:]))
        back = sorted(range(len(order)), key=order.__getitem__)
        return (y if back == order else ops.transpose(y, axes=tuple(back))), weights

    def _axes(self, ndim: int) -> tuple[int, ...]:
        """The axes of an input, of ``ndim``, that are walked over."""
        return tuple(range(1, ndim - 1))

    def _walked(self, x: Tensor, order: list[int], free: int) -> Tensor:
        """(n, …, h, k) with the axes of attention as one, before the heads'."""
        x = x if order == sorted(order) else ops.transpose(x, axes=tuple(order))
        *sizes, h, k = x.shape
        shape = (math.prod(sizes[:free]), math.prod(sizes[free:]), h, k)
        return x if x.shape == shape else ops.reshape(x, shape=shape)

    def _spread(self, mask: Any, batch: list[int], steps: list[int], heads: int) -> Any:
        """A mask as one that broadcasts to (n, h, t, s)."""
        if mask is None:
            return None
        count, half = len(steps), len(steps) // 2
        lead = (*mask.shape[:-count], *(1,) * (len(batch) + 1 + count - mask.ndim))
        whole = tuple(steps) if half > 1 else mask.shape[-count:]
        first = (1,) if set(lead[:-1]) == {1} else tuple(batch) if len(batch) > 1 else lead[:1]
        mask = ops.reshape(mask, shape=(*lead, *mask.shape[-count:]))
        if len(batch) > 1 or half > 1:
            given = first if first != (1,) else (1,) * len(batch)
            mask = ops.broadcast_to(mask, shape=(*given, lead[-1], *whole))
        shape = (math.prod(first), lead[-1], math.prod(whole[:half]), math.prod(whole[half:]))
        return ops.reshape(mask, shape=shape)

    def _weighted(
        self, q: Tensor, k: Tensor, v: Tensor, kept: Any, scale: float, causal: bool
    ) -> tuple[Tensor, Tensor]:
        """What `ops.attention` gives, and the weights by which values are mixed, dropped or not."""
        each = q.shape[-2] // k.shape[-2]
        if each > 1:
            k, v = (ops.repeat(x, each, axis=-2) for x in (k, v))
        q, k, v = (ops.swapaxes(x, -3, -2) for x in (q, k, v))
        if causal:
            below = causal_mask(q.shape[-2], k.shape[-2])
            kept = below if kept is None else ops.logical_and(kept, below)
        scores = ops.matmul(q * scale, ops.swapaxes(k, -2, -1))
        if kept is None:
            weights = ops.softmax(scores, axis=-1)
        else:
            weights = ops.softmax(ops.where(kept, scores, LOW), axis=-1)
            weights = ops.where(kept, weights, 0)
        mixing = weights if self._dropping is None else self._dropping(weights)
        return ops.swapaxes(ops.matmul(mixing, v), -3, -2), weights

    # ---- shapes ---------------------------------------------------------------------------------

    def _pass_mask(self, inputs: Any, mask: Any, y: Any) -> None:
        super()._pass_mask(inputs, mask, y[0] if isinstance(y, tuple) else y)

    def check_input(self, shape: Any) -> None:
        known = self.input_shape
        if known is not None and (len(shape) != len(known) or shape[-1] != known[-1]):
            raise ShapeError(
                f"layer {self.name!r} received a query of shape {shape}; it was built for {known}, "
                "whose number of axes and last size are settled."
            )

    def compute_output_shape(
        self, query_shape: Shape, value_shape: Any = None, key_shape: Any = None
    ) -> Shape:
        self._fitting(query_shape, value_shape, key_shape)
        return (*query_shape[:-1], *(self._told or query_shape[-1:]))

    def _fitting(self, query: Shape, value: Any, key: Any) -> tuple[Shape, Shape]:
        """The shapes of values and keys; raises ShapeError where they do not fit."""
        value = tuple(query if value is None else value)
        key = value if key is None else tuple(key)
        if min(len(query), len(value), len(key)) < 3 or len(query) < 3:
            raise ShapeError(
                f"layer {self.name!r} received inputs of shapes {tuple(query)}, {value} and {key}; "
                "expected (n, …, d) each, for its axes but the last must be equal in values and "
                "keys and at least two."
            )
        pairs = zip(value[1:-1], key[1:-1], strict=False)
        if len(value) != len(key) or any(None not in p and p[0] != p[1] for p in pairs):
            raise ShapeError(
                f"layer {self.name!r} received values of shape {value} and keys of shape {key}; "
                "all axes but the first and the last must be equal."
            )
        if len(value) != len(query):
            raise ShapeError(
                f"layer {self.name!r} received a query of shape {tuple(query)} and values of shape "
                f"{value}; the number of axes must be equal."
            )
        return value, key


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

    kept_as: ClassVar[dict[str, str]] = {**Heads.kept_as, "output_shape": "_output_sizes"}

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
        return super()._axes(ndim) if given is None else tuple([i % ndim for i in given])


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

    ndim = 3

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
