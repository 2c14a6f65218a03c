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
from autograd_nn.nn.symbols import Symbol

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
    A query that a mask lets look at no key finds nothing, zero, where weights are asked for, where
    the layer drops some and along several axes; else the mean of all values. Both are Keras's.
    """

    supports_masking = True
    _kept_as: ClassVar[dict[str, str]] = {"activity_regularizer": "product_regularizer",
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
    def sliding_window(self) -> int | None:
        """How many steps away a query looks at no key."""
        return self._sliding_window

    @property
    def _told(self) -> tuple[int, ...] | None:
        """The sizes of the output, where they are not the query's last."""
        return None

    # ---- the call -------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and isinstance(args[0], Symbol) and "value" not in kwargs:
            args *= 2  # for files: Keras's has to be told the value
        return super().__call__(*args, **kwargs)

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
            if kept is not None and (self._dropping is not None or query.ndim != 4):
                y = self._of_something(y, kept, k.shape[-3], use_causal_mask)
        y = ops.reshape(y, shape=(*batch, *steps[: len(axes)], *y.shape[-2:]))
        if order != sorted(order):
            back = sorted(range(len(order)), key=order.__getitem__)
            y = ops.transpose(y, axes=tuple(back))
        return y, weights

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

    def _of_something(self, y: Tensor, kept: Tensor, keys: int, causal: bool) -> Tensor:
        """The result (n, t, h, v), zero for a query that may look at no key, as `_weighted` has it.

        So a layer with dropout predicts what it was trained for.
        """
        if causal:
            kept = ops.logical_and(kept, causal_mask(y.shape[-3], keys))
        some = ops.swapaxes(ops.any(kept, axis=-1, keepdims=True), -3, -2)
        return ops.where(some, y, 0)

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

    def _check_input(self, shape: Any) -> None:
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
