"""Callbacks: what `fit`, `evaluate` and `predict` call as they go along, one idea a file.

Hooks and logs go in; what comes out is what a callback does (it stops, sets a rate, writes). Read
base.py for the hooks, several.py for how they are called, monitor.py for what watches a number.
"""

from __future__ import annotations

from autograd_nn.nn.callbacks.averages import SwapEMAWeights
from autograd_nn.nn.callbacks.backup import BackupAndRestore
from autograd_nn.nn.callbacks.base import HOOKS, Callback
from autograd_nn.nn.callbacks.checkpoint import ModelCheckpoint
from autograd_nn.nn.callbacks.csv_file import CSVLogger
from autograd_nn.nn.callbacks.early_stopping import EarlyStopping
from autograd_nn.nn.callbacks.functions import LambdaCallback
from autograd_nn.nn.callbacks.history import History, Records
from autograd_nn.nn.callbacks.learning_rate import LearningRateScheduler
from autograd_nn.nn.callbacks.monitor import direction
from autograd_nn.nn.callbacks.nan import TerminateOnNaN
from autograd_nn.nn.callbacks.progress import ProgbarLogger
from autograd_nn.nn.callbacks.reduce_rate import ReduceLROnPlateau
from autograd_nn.nn.callbacks.remote import RemoteMonitor
from autograd_nn.nn.callbacks.several import CallbackList
from autograd_nn.nn.callbacks.tensorboard import TensorBoard

__all__ = [
    "HOOKS", "BackupAndRestore", "CSVLogger", "Callback", "CallbackList", "EarlyStopping",
    "History", "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint", "ProgbarLogger",
    "Records", "ReduceLROnPlateau", "RemoteMonitor", "SwapEMAWeights", "TensorBoard",
    "TerminateOnNaN", "direction",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
