"""``tf.train``: optimizers of the years of sessions, and checkpoints of what holds weights."""

from __future__ import annotations

import os
import re
from operator import methodcaller
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn.compat.once.restored import Restored
from autograd_nn.nn import npz, optimizers
from autograd_nn.nn.models import Model
from autograd_nn.nn.module import held
from autograd_nn.nn.optimizers import Optimizer
from autograd_nn.nn.regular import regular
from autograd_nn.nn.saving.room import SPARE
from autograd_nn.nn.variable import Variable
from autograd_nn.nn.zips import Spoilt


def AdamOptimizer(  # noqa: N802
    learning_rate: Any = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8,
    name: str | None = None, **options: Any,
) -> Any:  # fmt: skip
    """`Adam`."""
    return optimizers.Adam(learning_rate, beta1, beta2, epsilon)


def RMSPropOptimizer(  # noqa: N802
    learning_rate: Any, decay: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-10,
    centered: bool = False, **options: Any,
) -> Any:  # fmt: skip
    """`RMSprop`; ``decay`` is its rho."""
    return optimizers.RMSprop(learning_rate, decay, momentum, epsilon, centered)


def GradientDescentOptimizer(learning_rate: Any, **options: Any) -> Any:  # noqa: N802
    """`SGD`."""
    return optimizers.SGD(learning_rate)


def MomentumOptimizer(  # noqa: N802
    learning_rate: Any, momentum: float, use_nesterov: bool = False, **options: Any
) -> Any:
    """`SGD` with a momentum."""
    return optimizers.SGD(learning_rate, momentum, use_nesterov)


def AdagradOptimizer(learning_rate: Any, **options: Any) -> Any:  # noqa: N802
    """`Adagrad`."""
    return optimizers.Adagrad(learning_rate)


def AdadeltaOptimizer(  # noqa: N802
    learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-8, **options: Any
) -> Any:
    """`Adadelta`."""
    return optimizers.Adadelta(learning_rate, rho, epsilon)


def exponential_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, decay_rate: Any,
    staircase: bool = False, name: Any = None,
) -> Any:  # fmt: skip
    """`ExponentialDecay`: the step is the optimizer's own."""
    return optimizers.schedules.ExponentialDecay(learning_rate, decay_steps, decay_rate, staircase)


class Checkpoint:
    """Models, layers, optimizers and variables by name, whose values are written and read back.

    A model that has no weights yet is given them at its first call. Files are ``.npz``, a number
    behind their name. Raises TypeError for what holds no variables.
    """

    def __init__(self, root: Any = None, **objects: Any) -> None:
        self._objects = objects if root is None else {"root": root, **objects}
        self.__dict__.update(objects)
        self.save_counter = 0

    def _values(self) -> dict[str, Variable]:
        return {
            f"{name}/{i}": v
            for name, found in self._objects.items()
            for i, v in enumerate(_variables(name, found))
        }

    def write(self, file_prefix: Any) -> str:
        """Writes the values; returns the path without its suffix."""
        path = Path(f"{file_prefix}.npz")
        path.parent.mkdir(parents=True, exist_ok=True)
        values: Any = {k: np.asarray(v) for k, v in self._values().items()}
        np.savez(path, **values)
        return str(file_prefix)

    def save(self, file_prefix: Any) -> str:
        """`write`, each time with the next number."""
        self.save_counter += 1
        return self.write(f"{file_prefix}-{self.save_counter}")

    def read(self, save_path: Any) -> Restored:
        """Sets the values to those of a file; None: leaves them.

        Raises FileNotFoundError where there is none, ValueError where it is of other variables;
        then nothing is set.
        """
        if save_path is not None:
            values = self._values()
            found = _arrays(f"{save_path}.npz")
            # An optimizer that has taken no step yet begins anew.
            lacking = [n for n, o in self._objects.items() if isinstance(o, Optimizer)]
            models = {n: o for n, o in self._objects.items() if isinstance(o, Model)}
            unbuilt = [n for n, model in models.items() if not model.weights]
            more = {
                k for k in found.keys() - values.keys()
                if k.rpartition("/")[0] not in (*lacking, *unbuilt)
            }  # fmt: skip
            if more or any(k not in found or found[k].shape != v.shape for k, v in values.items()):
                raise ValueError(
                    f"{save_path}.npz holds {len(found)} variables, others than the {len(values)} "
                    "that are to be restored; expected those it was written from. Call the model "
                    "once on data before, so that its weights are there."
                )
            for name, variable in values.items():
                variable.assign(found[name])
            for name in unbuilt:
                own = [found[k] for k in found if k.rpartition("/")[0] == name]
                models[name].__dict__["_waiting"] = methodcaller("set_weights", own)
            number = re.search(r"-(\d+)$", str(save_path))
            self.save_counter = int(number[1]) if number else self.save_counter
        return Restored()

    restore = read


def _arrays(path: str) -> dict[str, np.ndarray]:
    """The arrays of a file; raises ValueError for a damaged one."""
    try:
        with open(path, "rb", opener=regular) as file:
            return npz.arrays(file, os.fstat(file.fileno()).st_size + SPARE)
    except Spoilt as error:
        raise ValueError(
            f"{path}: received a file that is refused: {error}. Expected one that a Checkpoint "
            "wrote: write it anew."
        ) from None


def _variables(name: str, found: Any) -> list[Variable]:
    if isinstance(found, Variable):
        return [found]
    if isinstance(found, Optimizer):
        return [v for v in found.variables if isinstance(v, Variable)]
    if hasattr(found, "weights"):
        return list(found.weights)
    if hasattr(found, "__dict__"):
        return list(held(found, Variable))
    raise TypeError(f"Checkpoint received {name}={found!r}; expected what holds variables.")


def latest_checkpoint(checkpoint_dir: Any, latest_filename: Any = None) -> str | None:
    """The checkpoint with the highest number in a folder, or the file that was written last.

    None where there is neither.
    """
    numbered = [
        (int(m[1]), str(p.with_suffix("")))
        for p in Path(checkpoint_dir).glob("*.npz")
        if (m := re.search(r"-(\d+)$", p.stem))
    ]
    if numbered:
        return max(numbered)[1]
    folder = Path(checkpoint_dir)
    files = [p for p in folder.iterdir() if p.is_file()] if folder.is_dir() else []
    return str(max(files, key=lambda p: (p.stat().st_mtime_ns, p.name))) if files else None


class CheckpointManager:
    """Keeps the last checkpoints of a folder."""

    def __init__(
        self, checkpoint: Checkpoint, directory: Any, max_to_keep: int | None = None,
        checkpoint_name: str = "ckpt", **options: Any,
    ) -> None:  # fmt: skip
        self.checkpoint, self.directory, self.max_to_keep = checkpoint, directory, max_to_keep
        self.prefix = Path(directory) / checkpoint_name
        self.checkpoints: list[str] = []

    def save(self, checkpoint_number: Any = None) -> str:
        """Writes one more, and removes those that are too many."""
        self.checkpoints.append(self.checkpoint.save(self.prefix))
        while self.max_to_keep and len(self.checkpoints) > self.max_to_keep:
            Path(f"{self.checkpoints.pop(0)}.npz").unlink(missing_ok=True)
        return self.checkpoints[-1]

    @property
    def latest_checkpoint(self) -> str | None:
        """The path of the last; None where there is none."""
        return latest_checkpoint(self.directory)
