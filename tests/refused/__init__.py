"""What the engine refuses, in tables by idea: the call, the error's class, words of its message.

``shapes.py``, ``arguments.py`` and ``derivatives.py`` each have a dictionary ``CASES``; a row is a
test of ``tests/test_bad_input.py``. Start with ``shapes.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Cases = dict[str, tuple[Callable[[], Any], type, list[str]]]
