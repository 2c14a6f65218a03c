"""One of two processes: ``python -m tests.device.rank PORT RANK FOLDER KIND``; see kills.py."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn import nn
from tests.device.models import SIZE, X, Y, small, states, trained


class Led(nn.callbacks.Callback):
    """Acts on the first process alone, and looks at the model as any callback may."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        print(f"epoch {epoch}", flush=True)
        logs["shown"] = float(self.model.predict(X[:3], verbose=0).sum())
        if epoch == 2:
            self.model.stop_training = True


class Slow(nn.callbacks.Callback):
    """Has a training last long enough to be killed in it."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        print(f"epoch {epoch}", flush=True)
        time.sleep(0.05)


class CtrlC(nn.callbacks.Callback):
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        os.kill(os.getpid(), signal.SIGINT)


def refused(run: Any, *args: Any, **options: Any) -> str:
    try:
        run(*args, verbose=0, **options)
    except (ConnectionError, KeyboardInterrupt) as error:
        return f"{type(error).__name__}: {error}"
    return "taken"


def alike(rank: int) -> dict[str, Any]:
    """A training whose processes begin with other weights, and are to be as one."""
    rate = nn.callbacks.LearningRateScheduler(lambda epoch: 0.001 * (epoch + 1))
    model, history = trained(epochs=9, seed=5 + rank, callbacks=[rate, Led()], verbose=2)
    found: dict[str, Any] = {f"state{i:02}": x for i, x in enumerate(states(model))}
    found |= {f"history_{k}": np.array(v) for k, v in history.items()}
    found["predicted"] = model.predict(X, verbose=0)
    found["tested"] = np.array(model.evaluate(X, Y, verbose=0))
    found["samples"] = refused(model.fit, X, (Y + rank) % 3, batch_size=SIZE)
    found["interrupted"] = refused(model.fit, X, Y, batch_size=SIZE, callbacks=[CtrlC()])
    other = nn.Sequential([nn.Dense(3, "tanh" if rank else "relu", input_dim=5)])
    other.compile("sgd", "mse")
    found["programs"] = refused(other.fit, X, X[:, :3], epochs=2)
    return found


def main(port: str, rank: int, folder: Path, kind: str) -> None:
    nn.distribution.initialize(f"127.0.0.1:{port}", 2, rank, timeout=30)
    if kind == "alike":
        np.savez(folder / f"{rank}.npz", **alike(rank))
        return
    if kind == "early":
        small(epochs=1)
        if rank:
            print(refused(lambda verbose: small(epochs=1, verbose=verbose)), flush=True)
        return
    backup = nn.callbacks.BackupAndRestore(folder / "backup.agn", delete_checkpoint=False)
    try:
        model = small(epochs=int(kind), callbacks=[Slow(), backup])
    except ConnectionError as error:
        print(f"lost: {error}", flush=True)
        raise
    np.savez(folder / f"{rank}.npz", **{f"state{i:02}": x for i, x in enumerate(states(model))})


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
