"""Whether attention refuses what would need all its scores at once, where a layer does not say.

Its scores are never held otherwise: the setting is there for models that set it.
"""

from __future__ import annotations


class _Setting:
    enabled: bool | None = None


def is_flash_attention_enabled() -> bool | None:
    """What was asked for; None: nothing, and attention does what it can.

    >>> is_flash_attention_enabled()
    """
    return _Setting.enabled


def enable_flash_attention() -> None:
    """Attention does what it can, as it does from the beginning.

    >>> enable_flash_attention()
    """
    _Setting.enabled = None


def disable_flash_attention() -> None:
    """Layers made from now on have a flash_attention of False, unless they are told it.

    >>> disable_flash_attention()
    >>> is_flash_attention_enabled()
    False
    >>> enable_flash_attention()
    """
    _Setting.enabled = False
