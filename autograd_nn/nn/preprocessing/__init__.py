"""Preprocessing as Keras 2 had it: texts, sequences and pictures before they are arrays.

Texts go in, lists of numbers come out; pictures go in, batches of changed ones come out. Start with
`text.Tokenizer` or `image.ImageDataGenerator`; today's way are layers: `TextVectorization`,
`RandomFlip` and their like.
"""

from __future__ import annotations

from autograd_nn.nn.preprocessing import image, sequence, text

__all__ = ["image", "sequence", "text"]


def __dir__() -> list[str]:
    return __all__
