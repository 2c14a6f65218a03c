"""Attention over a list of inputs: scores of every query with every key, and a mixture by them."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.layers.dropout import Dropout
from autograd_nn.nn.layers.random import fraction
from autograd_nn.nn.registry import named

LOW = -1e9  # the score of what a mask leaves out


@named()
class Attention(Layer):
    """Mixtures of values, y = softmax(s) V, by scores of queries and keys, s = Q Kᵀ.

    use_scale    a learned factor of the scores.
    score_mode   'dot', or 'concat' for s = c · Σ tanh(Q + K) with a learned c.
    dropout      the share of weights that is dropped while training; ``seed`` makes it repeat.
    It is called on [query, value] or [query, value, key], with a list of masks (n, t), (n, s) or
    None, and may be told ``return_attention_scores`` and ``use_causal_mask``: a query then looks at
    no key behind its own place. A query that may look at nothing looks at all alike; one that is
    masked itself gives zeros. Shapes (n, t, d), (n, s, v), (n, s, d) → (n, t, v). Raises ValueError
    for other modes and what is no such list, ShapeError for sizes that do not fit.
    Source: Luong et al., "Effective approaches to attention-based machine translation" (2015).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Attention()([np.ones((2, 4, 3)), np.ones((2, 5, 6)), np.ones((2, 5, 3))]).shape
    (2, 4, 6)
    """

    supports_masking = _casts_integers = True

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if score_mode not in ("dot", "concat"):
            raise ValueError(
                "Invalid value for argument score_mode. Expected one of {'dot', 'concat'}. "
                f"Received: score_mode={score_mode}"
            )
        self.use_scale, self.score_mode, self.seed = use_scale, score_mode, seed
        self.dropout = fraction(dropout, "dropout", "Attention")
        self._dropping = Dropout(dropout, seed=seed) if dropout > 0 else None

    def build(self, input_shape: Any) -> None:
        self._fitting(input_shape)
        self.scale = self.add_weight((), "ones", name="scale") if self.use_scale else None
        self.concat_score_weight = None
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight((), "ones", name="concat_score_weight")

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool | None = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        self._fitting([x.shape for x in inputs], mask)
        query, value, key = inputs[0], inputs[1], inputs[-1]
        of_query, of_value = (None, None) if mask is None else mask[:2]
        whole = return_attention_scores or (training and self._dropping is not None)
        if whole or self.score_mode != "dot" or self._alters():
            scores = self._calculate_scores(query, key)
            kept = self._calculate_score_mask(scores, of_value, use_causal_mask)
            y, weights = self._apply_scores(scores, value, kept, training)
        else:
            y = self._mixed(query, key, value, of_value, use_causal_mask)
        if of_query is not None:
            y = ops.where(ops.expand_dims(_truth(of_query), -1), y, 0)
        return (y, weights) if return_attention_scores else y

    def _alters(self) -> bool:
        """Whether a subclass has scores or weights of its own."""
        cls = type(self)
        names = ("_calculate_scores", "_calculate_score_mask", "_apply_scores")
        return any(getattr(cls, name) is not getattr(Attention, name) for name in names)

    def _mixed(self, query: Tensor, key: Tensor, value: Tensor, mask: Any, causal: bool) -> Tensor:
        """The mixture where nobody asks for its weights."""
        if self.scale is not None:
            query = query * self.scale
        q, k, v = (ops.expand_dims(x, -2) for x in (query, key, value))
        if mask is not None:
            mask = _truth(mask)
            *lead, s = mask.shape
            spread = (1,) * (query.ndim - 1 - mask.ndim)
            mask = ops.reshape(mask, shape=(*lead, *spread, 1, 1, s))
        return ops.squeeze(ops.attention(q, k, v, mask, 1.0, causal), -2)

    def _calculate_scores(self, query: Tensor, key: Tensor) -> Tensor:
        """How well each key fits each query, (n, t, s)."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, ops.swapaxes(key, -2, -1))
            return scores if self.scale is None else scores * self.scale
        both = _sums(query, key)
        both = both if self.scale is None else both * self.scale
        return ops.sum(ops.tanh(both), axis=-1) * self.concat_score_weight

    def _calculate_score_mask(self, scores: Tensor, v_mask: Any, use_causal_mask: bool) -> Any:
        """Which scores count: a mask that broadcasts to them, or one of the values; or None."""
        if not use_causal_mask:
            return v_mask
        causal = ops.expand_dims(causal_mask(*scores.shape[-2:]), 0)
        if v_mask is None:
            return causal
        return ops.logical_and(ops.expand_dims(_truth(v_mask), -2), causal)

    def _apply_scores(
        self, scores: Tensor, value: Tensor, scores_mask: Any = None, training: bool | None = False
    ) -> tuple[Tensor, Tensor]:
        """The mixture of values, and the weights by which they are mixed."""
        if scores_mask is not None:
            kept = _truth(scores_mask)
            kept = ops.expand_dims(kept, -2) if kept.ndim == 2 else kept
            scores = ops.where(kept, scores, LOW)
        weights = ops.softmax(scores, axis=-1)
        if training and self._dropping is not None:
            weights = self._dropping(weights, training=True)
        return ops.matmul(weights, value), weights

    def _check_input(self, shape: Any) -> None:
        self._fitting(shape)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        self._fitting(inputs, mask)
        return None if mask is None or mask[0] is None else as_tensor(mask[0])

    def compute_output_shape(self, input_shape: Any) -> Shape:
        query, value = self._fitting(input_shape)[:2]
        return (*query[:-1], value[-1])

    def _fitting(self, inputs: Any, mask: Any = None) -> list[Shape]:
        """The shapes of inputs, or those given, where they and the masks are as they should be."""
        where = type(self).__name__
        if not isinstance(inputs, list):
            raise ValueError(
                f"{where} received inputs={inputs!r}; the layer must be called on a list of "
                "inputs, namely [query, value] or [query, value, key]."
            )
        if len(inputs) not in (2, 3):
            raise ValueError(
                f"{where} received {len(inputs)} inputs; the layer accepts inputs list of length 2 "
                "or 3, namely [query, value] or [query, value, key]."
            )
        if mask is not None and not isinstance(mask, list):
            raise ValueError(
                f"{where} received mask={mask!r}; the layer mask must be a list, namely "
                "[query_mask, value_mask]."
            )
        if mask is not None and len(mask) not in (2, 3):
            raise ValueError(
                f"{where} received {len(mask)} masks; the layer accepts mask list of length 2 or 3."
            )
        shapes = [tuple(x.shape if hasattr(x, "shape") else x) for x in inputs]
        query, value, key = shapes[0], shapes[1], shapes[-1]
        same = [(query[-1], key[-1]), (value[-2], key[-2])] if min(map(len, shapes)) > 1 else []
        unlike = len(shapes) == 3 or not same
        if not same or any(None not in p and p[0] != p[1] for p in same[: 2 if unlike else 1]):
            raise ShapeError(
                f"layer {self.name!r} received inputs of shapes {shapes}; expected (n, t, d) "
                "for queries, (n, s, v) for values, (n, s, d) for keys."
            )
        return shapes


@named()
class AdditiveAttention(Attention):
    """Mixtures of values, y = softmax(s) V, by scores of a small net, s = Σ c · tanh(Q + K).

    use_scale   whether c is learned, a number for each of d; else it is 1.
    The other fields and the call are those of `Attention`.
    Source: Bahdanau et al., "Neural machine translation by jointly learning to align and translate"
    (2015).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.AdditiveAttention()([np.ones((2, 4, 3)), np.ones((2, 5, 3))]).shape
    (2, 4, 3)
    """

    _settled = ("score_mode",)

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **options: Any) -> None:
        super().__init__(use_scale=use_scale, dropout=dropout, **options)

    def build(self, input_shape: Any) -> None:
        d = self._fitting(input_shape)[0][-1]
        self.scale = None
        if self.use_scale:
            self.scale = self.add_weight((d,), "glorot_uniform", name="scale")

    def _calculate_scores(self, query: Tensor, key: Tensor) -> Tensor:
        y = ops.tanh(_sums(query, key))
        return ops.sum(y if self.scale is None else y * self.scale, axis=-1)


def _sums(query: Tensor, key: Tensor) -> Tensor:
    """Each query with each key, (n, t, s, d)."""
    return ops.expand_dims(query, -2) + ops.expand_dims(key, -3)


def causal_mask(t: int, s: int) -> Tensor:
    """Which of s keys each of t queries may look at: none behind its own place."""
    return ops.arange(t)[:, None] >= ops.arange(s)


def _truth(mask: Any) -> Tensor:
    mask = as_tensor(mask)
    return mask if mask.dtype.kind == "b" else ops.not_equal(mask, 0)
