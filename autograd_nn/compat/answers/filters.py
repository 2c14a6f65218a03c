"""The characters that Keras 1 left out of texts."""

from __future__ import annotations

import string


def base_filter() -> str:
    """Punctuation but the apostrophe, tab and line feed.

    >>> "'" in base_filter()
    False
    """
    return string.punctuation.replace("'", "") + "\t\n"


__all__ = ["base_filter"]
