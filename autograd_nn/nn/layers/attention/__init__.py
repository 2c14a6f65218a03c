"""Attention: for each query a mixture of values, by how well their keys fit it.

In go queries, values and perhaps keys, sequences of one batch; out come mixtures, one for each
query, and the scores where they are asked for. `pairs` has the layers on a list of inputs, without
products of their own; `heads` what those of several heads share, a product around each, and
`multi_head` and `grouped` these layers. The mixing itself is `ops.attention`. Start with
``pairs.py``.
"""

from __future__ import annotations

from autograd_nn.nn.layers.attention.grouped import GroupedQueryAttention, GroupQueryAttention
from autograd_nn.nn.layers.attention.multi_head import MultiHeadAttention
from autograd_nn.nn.layers.attention.pairs import AdditiveAttention, Attention

__all__ = [
    "AdditiveAttention", "Attention", "GroupQueryAttention", "GroupedQueryAttention",
    "MultiHeadAttention",
]  # fmt: skip
