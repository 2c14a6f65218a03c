"""Attention: for each query a mixture of values, by how well their keys fit it.

In go queries, values and perhaps keys, sequences of one batch; out come mixtures, one for each
query, and the scores where they are asked for. `pairs` has the layers on a list of inputs, without
products of their own; `heads` those of several heads, with a product around each. The mixing itself
is `ops.attention`. Start with ``pairs.py``.
"""

from __future__ import annotations

from autograd_nn.nn.layers.attention.heads import (
    GroupedQueryAttention,
    GroupQueryAttention,
    MultiHeadAttention,
)
from autograd_nn.nn.layers.attention.pairs import AdditiveAttention, Attention

__all__ = [
    "AdditiveAttention", "Attention", "GroupQueryAttention", "GroupedQueryAttention",
    "MultiHeadAttention",
]  # fmt: skip
