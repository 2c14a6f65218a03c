"""What names meant in Keras 1 and 2, while Keras's names are ours: ``hard_sigmoid``.

It was x / 5 + 1 / 2 within 0 and 1 up to Keras 2, and is x / 6 + 1 / 2 in Keras 3. A script says
no version, but was written for one of years in which it was the first; files do say one, and what
a configuration names is today's (see nn/saving/keras/older.py).
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from autograd_nn.nn import activations
from autograd_nn.nn.registry import own
from autograd_nn.nn.renamed import warn_user

_THEN = {"hard_sigmoid": "hard_sigmoid_of_keras_2"}
_TODAY = {"hard_sigmoid": activations.hard_sigmoid}


def of_then(today: Any) -> Any:
    """What finds an activation by its name, which it is told by a script."""

    @wraps(today)
    def find(what: Any, kind: str) -> Any:
        if isinstance(what, str) and what in _THEN and own(what) is None:
            warn_user(
                f"{what!r} was taken as it was in Keras 1 and 2, x / 5 + 1 / 2 within 0 and 1; for "
                f"today's, of x / 6, pass keras.ops.{what} in place of its name."
            )
            what = _THEN[what]
        return today(what, kind)

    return find


def of_today(today: Any) -> Any:
    """What prepares a configuration for a constructor: a name in it is no script's."""

    @wraps(today)
    def known(cls: Any, config: dict[str, Any]) -> dict[str, Any]:
        found = today(cls, config)
        return {
            k: _TODAY[v] if k.endswith("activation") and isinstance(v, str) and v in _TODAY
            and own(v) is None else v for k, v in found.items()
        }  # fmt: skip

    return known


BENT = {
    "autograd_nn.nn.activations": {"find": of_then},
    "autograd_nn.nn.configurable": {"known": of_today},
}


def __getattr__(name: str) -> Any:
    if name in _THEN:
        return activations.get(_THEN[name])
    raise AttributeError(name)
