"""Preprocessing as Keras 2 had it: texts and sequences before they are arrays.

Texts go in, lists of numbers come out. Start with `text.Tokenizer`; today's way is the layer
`TextVectorization`.
"""

from __future__ import annotations

from autograd_nn.nn.preprocessing import sequence, text

__all__ = ["sequence", "text"]


def __dir__() -> list[str]:
    return __all__
