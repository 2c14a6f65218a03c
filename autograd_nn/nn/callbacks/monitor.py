"""Watching a number: where it stands in the logs, and whether more of it is better."""

from __future__ import annotations

import math
import re
import warnings
from typing import Any

from autograd_nn.engine.errors import did_you_mean
from autograd_nn.nn.callbacks.base import Callback, Logs
from autograd_nn.nn.callbacks.history import Records
from autograd_nn.nn.checks import number

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

    >>> from autograd_nn.nn.callbacks import direction
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


class Monitor(Callback):
    """What callbacks share that watch a number of the logs.

    monitor     the name in the logs; 'acc' and 'accuracy' answer for one another.
    mode        'min', 'max', or 'auto': as the metric or its name says.
    min_delta   a smaller change is no improvement.
    """

    idle = "does nothing"  # what comes of it where the number is not in the logs

    def __init__(self, monitor: str, mode: str, min_delta: float) -> None:
        where = type(self).__name__
        if not isinstance(monitor, str):
            raise TypeError(
                f"{where} received monitor={monitor!r}; expected the name of a log, as in "
                f"{where}('val_loss')."
            )
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"received mode={mode!r}; expected 'auto', 'min' or 'max'.")
        self.monitor, self.min_delta = monitor, abs(number(min_delta, "min_delta", where))
        self.mode = (direction(monitor) or "auto") if mode == "auto" else mode

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.restart()
        if self.mode == "auto":
            found = direction(self.monitor, self.model)
            if found is None:
                names = getattr(self.model, "metrics_names", [])
                raise ValueError(
                    f"{type(self).__name__} received monitor={self.monitor!r} with mode='auto', "
                    "and whether more of it is better is not known; expected mode='max' or 'min' "
                    "beside it. "
                    + did_you_mean(self.monitor, [*names, *(f"val_{name}" for name in names)])
                )
            self.mode = found

    @property
    def monitor_op(self) -> Any:
        """``ops.greater`` or ``ops.less``, whichever a better number is; None where not known."""
        from autograd_nn.nn import ops  # which training does without

        name = {"max": "greater", "min": "less"}.get(self.mode)
        return None if name is None else getattr(ops, name)

    def restart(self) -> None:
        """Forgets what was seen: training begins."""

    def watched(self, logs: Logs | None) -> float | None:
        """The number in the logs; None where it is not there, with a warning."""
        value = Records(logs or {}).get(self.monitor)
        if value is None:
            warnings.warn(
                f"{type(self).__name__} was asked to watch {self.monitor!r}, which is not in the "
                f"logs, so it {self.idle}; expected one of {', '.join(logs or {})}. "
                + did_you_mean(self.monitor, logs or {}).partition("Known")[0]
                + "Pass validation_data for val_ names.",
                UserWarning,
                stacklevel=3,
            )
        return value

    def improves(self, value: float, best: float | None) -> bool:
        """Whether ``value`` is better than ``best`` by more than min_delta."""
        if best is None:
            return not math.isnan(value)
        gain = value - best if self.mode == "max" else best - value
        return gain > self.min_delta
