"""CallbackList: several callbacks as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from autograd_nn.engine.alone import ALONE, Alone
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.callbacks.base import HOOKS, Callback, Logs
from autograd_nn.nn.callbacks.history import History
from autograd_nn.nn.callbacks.progress import ProgbarLogger
from autograd_nn.nn.callbacks.saver import Saver

OLDER = {f"on_batch_{end}": f"on_train_batch_{end}" for end in ("begin", "end")}
NAMES = {*HOOKS, *OLDER}
STOPS = ("stop_training", "stop_evaluating", "stop_predicting")
WRITES = ("on_epoch_end", "on_train_batch_end")  # hooks that files are written after


class CallbackList:
    """Several callbacks as one; a hook costs nothing where no callback overrides it.

    callbacks     one Callback, several, or None.
    add_history   adds a History, add_progbar: a ProgbarLogger, where there is none.
    model         what they see as ``self.model``; all other arguments as ``self.params``.
    Every hook of a Callback is a method; what one callback adds to the logs, those after it see.
    Raises TypeError for anything that is not a Callback.

    >>> from autograd_nn import nn
    >>> shout = nn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))
    >>> nn.callbacks.CallbackList([shout]).on_epoch_end(3, {"loss": 0.5})
    3 {'loss': 0.5}
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        given = [] if callbacks is None else callbacks
        self._team: Alone = ALONE
        self.callbacks: list[Callback] = []
        self.model, self.params = model, params
        for c in given if isinstance(given, Iterable) else [given]:
            self._take(c)
        for wanted, kind in ((add_history, History), (add_progbar, ProgbarLogger)):
            if wanted and not any(isinstance(c, kind) for c in self.callbacks):
                self._take(kind())
        self._look()

    def _take(self, callback: Any) -> None:
        if not isinstance(callback, Callback):
            raise TypeError(
                f"received {callback!r} among the callbacks; expected instances of "
                "nn.callbacks.Callback. Create it with (), or derive its class from Callback."
            )
        callback.set_params(self.params)
        callback.set_model(self.model)
        self.callbacks.append(callback)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Within ``with``, files are written behind; at its end all are."""
        if self._team.rank:
            yield
            return
        for c in self._savers:
            c.open()
        try:
            yield
        finally:
            with ExitStack() as stack:
                for c in self._savers:
                    stack.callback(c.close)

    def _look(self) -> None:
        self._savers = [c for c in self.callbacks if isinstance(c, Saver)]
        self._hooked: defaultdict[str, list[Callable[..., None]]] = defaultdict(list)
        own = [(c, _overridden(c)) for c in self.callbacks]
        self.heard = [c for c, names in own if names]  # those that have a hook
        for c, names in own:
            for hook in names - OLDER.keys():
                self._hooked[hook].append(getattr(c, hook))
            for older in names & OLDER.keys():
                self._hooked[OLDER[older]].append(getattr(c, older))
        for hook in WRITES:
            if self._savers and self._hooked[hook]:
                self._hooked[hook] += [c.write for c in self._savers]

    def append(self, callback: Callback) -> None:
        """Adds a callback behind the others."""
        self._take(callback)
        self._look()

    def set_model(self, model: Any) -> None:
        """Gives every callback the model."""
        self.model = model
        for c in self.callbacks:
            c.set_model(model)

    def set_params(self, params: dict[str, Any]) -> None:
        """Gives every callback the parameters of the training."""
        self.params = params
        for c in self.callbacks:
            c.set_params(params)

    def __iter__(self) -> Iterator[Callback]:
        return iter(self.callbacks)

    def __getattr__(self, name: str) -> Any:
        hook = name.replace("on_batch", "on_train_batch")
        if hook not in HOOKS:
            raise AttributeError(f"CallbackList has no attribute {name!r}; expected a hook's name.")

        def called(*args: Any, logs: Logs | None = None) -> None:
            places = 0 if hook.count("_") == 2 and "epoch" not in hook else 1
            if len(args) > places:
                *args, logs = args  # type: ignore[assignment]
            self.call(hook, *args, logs=logs)

        return called

    def shows(self) -> bool:
        """Whether some callback shows the progress, so that nobody else need do so."""
        return any(isinstance(c, ProgbarLogger) for c in self.callbacks)

    def saves(self) -> bool:
        """Whether some callback writes what a training has come to."""
        return bool(self._savers)

    def has(self, *hooks: str) -> bool:
        """Whether some callback overrides one of these hooks."""
        return any(self._hooked[h] for h in hooks)

    def call(self, hook: str, *args: Any, logs: Logs | None = None) -> None:
        """Calls a hook of all callbacks that override it, with the same ``logs``, {} if none."""
        if self._hooked[hook]:
            logs = {} if logs is None else logs
            if self._team is not ALONE:
                self._led(hook, args, logs)
                return
            for function in self._hooked[hook]:
                function(*args, logs)

    def lead(self, team: Alone, states: Callable[[], Iterable[Tensor]]) -> None:
        """Of several processes the first calls; all have what its callbacks did to ``states``."""
        self._team, self._states = team, states

    def _led(self, hook: str, args: tuple[Any, ...], logs: Logs) -> None:
        functions, team = self._hooked[hook], self._team
        records = [f for f in functions if isinstance(getattr(f, "__self__", None), History)]
        said: dict[str, Any] = {}
        stops: dict[str, bool] = {}
        if len(records) < len(functions):
            before = dict(logs)
            with team.leading(self._states) as acts:
                for function in functions if acts else ():
                    function(*args, logs)
            if not team.rank:
                said = {k: np.asarray(v).tolist() for k, v in logs.items()
                        if k not in before or before[k] is not v}  # fmt: skip
                stops = {name: bool(getattr(self.model, name, False)) for name in STOPS}
            said, stops = team.tell("logs", [said, stops])
            if not team.rank:
                return
        logs |= said
        for name, value in stops.items():
            setattr(self.model, name, value)
        for function in records:
            function(*args, logs)


def _overridden(callback: Callback) -> set[str]:
    """The hooks that a callback's class, or the object itself, has in place of the base's."""
    found = NAMES & vars(callback).keys()
    for cls in type(callback).__mro__:
        if cls is Callback:
            break
        found |= NAMES & cls.__dict__.keys()
    return found
