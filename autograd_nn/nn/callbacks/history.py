"""History: what training logged, epoch by epoch."""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any

from autograd_nn.nn.callbacks.base import Callback, Logs

_TWINS = {
    "acc": "accuracy", "lr": "learning_rate", "mae": "mean_absolute_error",
    "mse": "mean_squared_error", "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
}  # fmt: skip
_TWINS |= {today: old for old, today in _TWINS.items()}


def other_name(name: str) -> str | None:
    """'acc' for 'accuracy', 'mae' for 'mean_absolute_error', … and back, what is before it kept.

    None for a name that is no abbreviation, nor has one.

    >>> other_name("val_head_acc")
    'val_head_accuracy'
    """
    for stem, twin in _TWINS.items():
        if name == stem or name.endswith(f"_{stem}"):
            return name.removesuffix(stem) + twin
    return None


class Records(dict):
    """A dict in which 'acc' and 'accuracy', 'lr' and 'learning_rate', … answer for one another.

    >>> from autograd_nn import nn
    >>> nn.callbacks.Records(acc=1)["accuracy"], nn.callbacks.Records(binary_accuracy=1)["acc"]
    (1, 1)
    """

    def __missing__(self, key: Any) -> Any:
        twin = self._meant(key)
        if twin is None:
            raise KeyError(key)
        return dict.__getitem__(self, twin)

    def _meant(self, key: object) -> str | None:
        """The key that another answers for; 'acc' is any accuracy, where there is one."""
        twin = other_name(key) if isinstance(key, str) else None
        if twin is None or dict.__contains__(self, twin):
            return twin
        held = twin.startswith("val_")
        kinds = [k for k in self if k.endswith("_accuracy") and k.startswith("val_") == held]
        asked = twin == ("val_accuracy" if held else "accuracy")
        return kinds[0] if asked and len(kinds) == 1 else None

    def __contains__(self, key: object) -> bool:
        if dict.__contains__(self, key):
            return True
        return self._meant(key) is not None

    def get(self, key: Any, default: Any = None) -> Any:
        return self[key] if key in self else default


class History(Callback):
    """Loss and metrics by epoch: ``history.history['loss']``; `fit` returns one.

    >>> from autograd_nn import nn
    >>> nn.callbacks.History().history
    {}
    """

    _steers = False

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = Records()
        self._model: Any = None

    @property
    def model(self) -> Any:
        """The model, while it exists: the model holds its history, which must not hold it too."""
        return None if self._model is None else self._model()

    @model.setter
    def model(self, model: Any) -> None:
        self._model = None if model is None else weakref.ref(model)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_model": None}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []
        self.history = Records()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        lists: list[Any] = [dict.setdefault(self.history, name, []) for name in logs]
        # In one call of C: a signal handler that raises finds all of the epoch, or nothing.
        rows = [self.epoch, *lists], [epoch, *logs.values()]
        deque(map(list.append, *rows), maxlen=0)

    def set_state(self, state: dict[str, Any]) -> None:
        self.epoch, self.history = state["epoch"], Records(state["history"])

    def __repr__(self) -> str:
        return f"<History of {len(self.epoch)} epochs: {', '.join(self.history) or 'nothing'}>"
