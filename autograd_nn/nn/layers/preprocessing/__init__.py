"""Layers that make numbers of raw data: scaled, put in ranges, looked up in a vocabulary, hashed.

What they learn they learn by ``adapt``, before training, and keep in weights or configuration, so
that files hold it. Raw numbers, text and lists of them go in, tensors come out. `encoding` and
`integral` hold what they share, `hashes` the hash functions, `cells` what a table's text means.
Start with ``normalization.py``.
"""

from __future__ import annotations

from autograd_nn.nn.layers.preprocessing.category_encoding import CategoryEncoding
from autograd_nn.nn.layers.preprocessing.column import Column
from autograd_nn.nn.layers.preprocessing.discretization import Discretization
from autograd_nn.nn.layers.preprocessing.hashing import HashedCrossing, Hashing
from autograd_nn.nn.layers.preprocessing.integer_lookup import IntegerLookup
from autograd_nn.nn.layers.preprocessing.normalization import Normalization
from autograd_nn.nn.layers.preprocessing.string_lookup import StringLookup
from autograd_nn.nn.layers.preprocessing.text_vectorization import TextVectorization

__all__ = [
    "CategoryEncoding", "Column", "Discretization", "HashedCrossing", "Hashing", "IntegerLookup",
    "Normalization", "StringLookup", "TextVectorization",
]  # fmt: skip
