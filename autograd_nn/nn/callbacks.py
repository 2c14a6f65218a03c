"""Callbacks: what is called as training goes along."""

from __future__ import annotations

import math
import re
import warnings
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from autograd_nn.engine.errors import did_you_mean
from autograd_nn.nn.checks import called, number, takes, whole
from autograd_nn.nn.lookup import unexpected

Logs = dict[str, Any]
_EVENTS = ("epoch", "train_batch", "test_batch", "predict_batch")
_PHASES = ("train", "test", "predict")
HOOKS = tuple(
    f"on_{event}_{end}" for event in (*_PHASES, *_EVENTS) for end in ("begin", "end")
)


class Callback:
    """The base: override the hooks you need; ``self.model`` and ``self.params`` are set.

    >>> from autograd_nn import nn
    >>> class Shout(nn.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print("epoch", epoch, "done")
    >>> Shout().on_epoch_end(0)
    epoch 0 done
    """

    model: Any = None
    params: dict[str, Any] = {}  # noqa: RUF012  (replaced, never changed in place)

    def set_model(self, model: Any) -> None:
        """Called before training with the model."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called before training with verbose, epochs and steps."""
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Called once, before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Called once, after the last epoch."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Called before an evaluation."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Called after an evaluation."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Called before a prediction."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Called after a prediction."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Called before each epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Called after each epoch with its loss and metrics, validation's included."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each training step."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each training step with loss and metrics so far."""

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """The older name of on_train_batch_begin."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """The older name of on_train_batch_end."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each batch of an evaluation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each batch of an evaluation."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each batch of a prediction."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each batch of a prediction."""


class CallbackList:
    """Several callbacks as one; a hook costs nothing where no callback overrides it.

    callbacks   one Callback, several, or None.
    model       what they see as ``self.model``; params as ``self.params``.
    Raises TypeError for anything that is not a Callback.
    """

    def __init__(
        self, callbacks: Any = None, model: Any = None, params: dict[str, Any] | None = None
    ) -> None:
        given = [] if callbacks is None else callbacks
        self.callbacks = list(given) if isinstance(given, Iterable) else [given]
        for c in self.callbacks:
            if not isinstance(c, Callback):
                raise TypeError(
                    f"received {c!r} among the callbacks; expected instances of "
                    "nn.callbacks.Callback. Create it with (), or derive its class from Callback."
                )
            c.set_params(params or {})
            c.set_model(model)
        self._hooked: dict[str, list[Callable[..., None]]] = {h: self._overriding(h) for h in HOOKS}
        for end in ("begin", "end"):
            self._hooked[f"on_train_batch_{end}"] += self._overriding(f"on_batch_{end}")

    def _overriding(self, hook: str) -> list[Callable[..., None]]:
        if not self.callbacks:
            return []
        base = getattr(Callback, hook)
        return [
            getattr(c, hook)
            for c in self.callbacks
            if getattr(type(c), hook) is not base or hook in vars(c)
        ]

    def has(self, *hooks: str) -> bool:
        """Whether some callback overrides one of these hooks."""
        return any(self._hooked[h] for h in hooks)

    def call(self, hook: str, *args: Any, logs: Logs | None = None) -> None:
        """Calls a hook of every callback that overrides it; all get the same ``logs``, {} if none.

        What one callback adds to the logs, those after it see.
        """
        if self._hooked[hook]:
            logs = {} if logs is None else logs
            for function in self._hooked[hook]:
                function(*args, logs)


def _validated(names: Iterable[str]) -> list[str]:
    return [f"val_{name}" for name in names]


def other_name(name: str) -> str | None:
    """'acc' for 'accuracy' and the other way round, 'val_' kept; None for any other name."""
    stem, prefix = (name[4:], "val_") if name.startswith("val_") else (name, "")
    twin = {"acc": "accuracy", "accuracy": "acc"}.get(stem)
    return None if twin is None else prefix + twin


class Records(dict):
    """A dict in which 'acc' and 'accuracy' answer for one another.

    >>> from autograd_nn import nn
    >>> nn.callbacks.Records(acc=1)["accuracy"]
    1
    """

    def __missing__(self, key: Any) -> Any:
        twin = other_name(key) if isinstance(key, str) else None
        if twin is None or not dict.__contains__(self, twin):
            raise KeyError(key)
        return dict.__getitem__(self, twin)

    def __contains__(self, key: object) -> bool:
        if dict.__contains__(self, key):
            return True
        twin = other_name(key) if isinstance(key, str) else None
        return twin is not None and dict.__contains__(self, twin)

    def get(self, key: Any, default: Any = None) -> Any:
        return self[key] if key in self else default


class History(Callback):
    """Loss and metrics by epoch: ``history.history['loss']``; `fit` returns one.

    >>> from autograd_nn import nn
    >>> nn.callbacks.History().history
    {}
    """

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

    def __repr__(self) -> str:
        return f"<History of {len(self.epoch)} epochs: {', '.join(self.history) or 'nothing'}>"


class LambdaCallback(Callback):
    """Hooks given as functions: LambdaCallback(on_epoch_end=lambda epoch, logs: …).

    Raises TypeError for a name that is no hook, and for a hook that is no function.

    >>> from autograd_nn import nn
    >>> stop = nn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch))
    >>> stop.on_epoch_end(3, {})
    3
    """

    def __init__(self, **hooks: Callable[..., Any] | None) -> None:
        known = (*HOOKS, "on_batch_begin", "on_batch_end")
        unexpected({k: v for k, v in hooks.items() if k not in known}, known, "LambdaCallback")
        for name, function in hooks.items():
            if function is not None:
                setattr(self, name, called(function, name, "LambdaCallback"))


class TerminateOnNaN(Callback):
    """Stops training when the loss is no longer a finite number."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch: ``schedule(epoch, lr)`` gives the new one.

    schedule   a function of the epoch, counted from 0, and the rate; or of the epoch alone.
    verbose    1 prints each epoch's rate.
    Raises TypeError where the schedule is no function, ValueError where it gives no rate.

    >>> from autograd_nn import nn
    >>> nn.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2).verbose
    0
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule = called(schedule, "schedule", "LearningRateScheduler")
        self.verbose = verbose
        self._of_epoch_alone = not takes(schedule, 2)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        optimizer = self.model.optimizer
        if optimizer.scheduled:
            raise ValueError(
                "LearningRateScheduler sets a rate, but the optimizer's learning_rate is itself a "
                "schedule; expected one of the two. Give the optimizer a number."
            )
        now = () if self._of_epoch_alone else (float(optimizer.learning_rate),)
        given = self.schedule(epoch, *now)
        try:
            new = float(given)
        except (TypeError, ValueError):
            new = math.nan
        if not math.isfinite(new) or new < 0:
            raise ValueError(
                f"the schedule gave {given!r} for epoch {epoch}; expected a finite number from 0, "
                "the epoch's learning rate. Return one for every epoch."
            )
        optimizer.learning_rate = new
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {new}.")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


# Whether more is better, by the last words of a name: what a metric's class does not say itself.
RISING = (
    "acc accuracy auc auc_pr auc_roc roc_auc pr_auc average_precision precision recall f1 f1_score "
    "fbeta fbeta_score f_score r2 r2_score kappa cohen_kappa mcc matthews iou io_u dice jaccard "
    "sensitivity specificity cosine_similarity positives negatives hits psnr ssim bleu"
).split()
FALLING = (
    "loss error mse mae mape msle rmse crossentropy bce cce scce hinge huber poisson kld "
    "kl_divergence kullback_leibler_divergence logcosh log_cosh nll perplexity brier deviance wer "
    "cer penalty"
).split()


def direction(monitor: str, model: Any = None) -> str | None:
    """'max' where more of a log is better, 'min' where less is, None where neither is known.

    A metric of the model may say so itself, as ``direction``: 'up' or 'down'.

    >>> direction("val_f1"), direction("val_loss"), direction("val_mystery")
    ('max', 'min', None)
    """
    name = monitor.removeprefix("val_")
    for metric in getattr(model, "metrics", ()):
        said = getattr(metric, "direction", None) or getattr(metric, "_direction", None)
        if metric.name == name and said in ("up", "down"):
            return "max" if said == "up" else "min"
    words = "_" + re.sub(r"_\d+$", "", name.lower())  # mae_1 is a second mae
    for mode, known in (("max", RISING), ("min", FALLING)):
        if words.endswith(tuple("_" + k for k in known)):
            return mode
    return None


class EarlyStopping(Callback):
    """Stops training when a number has not improved for ``patience`` epochs.

    monitor                the name in the logs; 'acc' and 'accuracy' answer for one another.
    min_delta              a smaller change is no improvement.
    patience               how many epochs in a row may pass without one.
    verbose                1 says when it stops.
    mode                   'min', 'max', or 'auto': as the metric or its name says.
    baseline               what has to be beaten.
    restore_best_weights   ends with the weights of the best epoch.
    start_from_epoch       epochs before this one are not watched.
    Raises ValueError for an unknown mode, a negative patience, and, when training begins, for
    mode 'auto' where nobody knows whether more of the monitored number is better.

    >>> from autograd_nn import nn
    >>> nn.callbacks.EarlyStopping("val_accuracy", patience=3).mode
    'max'
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        if not isinstance(monitor, str):
            raise TypeError(
                f"EarlyStopping received monitor={monitor!r}; expected the name of a log, as in "
                "EarlyStopping('val_loss')."
            )
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"received mode={mode!r}; expected 'auto', 'min' or 'max'.")
        self.patience = whole(patience, "patience", 0)
        self.start_from_epoch = whole(start_from_epoch, "start_from_epoch", 0)
        self.monitor, self.min_delta = monitor, abs(number(min_delta, "min_delta", "EarlyStopping"))
        self.verbose, self.restore_best_weights = verbose, restore_best_weights
        self.baseline = None if baseline is None else number(baseline, "baseline", "EarlyStopping")
        self.mode = (direction(monitor) or "auto") if mode == "auto" else mode
        self._restart()

    def _restart(self) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best: float | None = None
        self.best_weights: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._restart()
        if self.mode == "auto":
            found = direction(self.monitor, self.model)
            if found is None:
                names = getattr(self.model, "metrics_names", [])
                raise ValueError(
                    f"EarlyStopping received monitor={self.monitor!r} with mode='auto', and "
                    "whether more of it is better is not known; expected mode='max' or 'min' "
                    "beside it. " + did_you_mean(self.monitor, [*names, *_validated(names)])
                )
            self.mode = found

    def improves(self, value: float, best: float | None) -> bool:
        """Whether ``value`` is better than ``best`` by more than min_delta."""
        if best is None:
            return not math.isnan(value)
        gain = value - best if self.mode == "max" else best - value
        return gain > self.min_delta

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = Records(logs or {}).get(self.monitor)
        if value is None:
            warnings.warn(
                f"EarlyStopping was asked to watch {self.monitor!r}, which is not in the logs, so "
                f"it never stops; expected one of {', '.join(logs or {})}. "
                + did_you_mean(self.monitor, logs or {}).partition("Known")[0]
                + "Pass validation_data for val_ names.",
                UserWarning,
                stacklevel=2,
            )
            return
        if epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self.improves(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.improves(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch, self.model.stop_training = epoch, True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            self.model.set_weights(self.best_weights)
            if self.verbose:
                print(
                    "Restoring model weights from the end of the best epoch: "
                    f"{self.best_epoch + 1}."
                )


__all__ = [
    "Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback",
    "LearningRateScheduler", "TerminateOnNaN",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
