"""``tf.saved_model``: models written to folders, and read from them, as one of our files within."""

from __future__ import annotations

import copy
import os
from typing import Any

from autograd_nn.compat.once.habits import IN_FOLDERS
from autograd_nn.compat.tensorflow.elder.machine import Settings
from autograd_nn.compat.tensorflow.training.train import Checkpoint
from autograd_nn.compat.tensorflow.values.objects import Module
from autograd_nn.nn.models import Model, load_model
from autograd_nn.nn.saving import custom_object_scope

SaveOptions = LoadOptions = Settings
_VARIABLES = "variables"


class _Seen:
    """Classes of what was written: a file of TensorFlow's needed none to be read."""

    classes: dict[str, Any] = {}
    modules: dict[str, Any] = {}  # by the folders that they were written to


def save(obj: Any, export_dir: Any, signatures: Any = None, options: Any = None) -> None:
    """Writes a model, its functions left out, or a module's variables.

    A module is code: it is read again by the process that wrote it. Raises TypeError for anything
    else.
    """
    if isinstance(obj, Module):
        os.makedirs(export_dir, exist_ok=True)
        Checkpoint(module=obj).write(os.path.join(str(export_dir), _VARIABLES))
        _Seen.modules[os.path.realpath(export_dir)] = obj
        return
    if not isinstance(obj, Model):
        raise TypeError(
            f"saved_model.save received {type(obj).__name__}; expected a model of Keras's. Write "
            "what holds variables by tf.train.Checkpoint."
        )
    for layer in (obj, *obj._flattened()):
        _Seen.classes[type(layer).__name__] = type(layer)
    obj.save(f"{str(export_dir).rstrip('/')}/")


def load(export_dir: Any, tags: Any = None, options: Any = None) -> Any:
    """The model that `save` wrote, with ``signatures`` by 'serving_default', or the module.

    Raises ValueError for a module that another process wrote.
    """
    if os.path.isfile(os.path.join(str(export_dir), f"{_VARIABLES}.npz")):
        return _module(str(export_dir))
    own = {k: v for k, v in _Seen.classes.items() if not v.__module__.startswith("autograd_nn")}
    with custom_object_scope(own):
        model = load_model(str(export_dir).rstrip("/"))
    model.signatures = {"serving_default": _Signature(model)}
    return model


def _module(export_dir: str) -> Any:
    """A copy of a module that was written, with the variables of the file."""
    known = _Seen.modules.get(os.path.realpath(export_dir))
    if known is None:
        raise ValueError(
            f"saved_model.load received {export_dir!r}, where there are variables of a module that "
            "another process wrote; expected a model. Make the module again, and restore a "
            "tf.train.Checkpoint of it."
        )
    found = copy.deepcopy(known)
    Checkpoint(module=found).restore(os.path.join(export_dir, _VARIABLES))
    return found


class _Signature:
    """What computes a model's outputs, by their names."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, *args: Any, **named: Any) -> dict[str, Any]:
        given = args or tuple(named.values())
        found = self.model(given[0] if len(given) == 1 else list(given))
        outputs = found if isinstance(found, list | tuple) else [found]
        names = getattr(self.model, "output_names", None) or [
            f"output_{i}" for i in range(1, len(outputs) + 1)
        ]
        return dict(zip(names, outputs, strict=False))

    @property
    def structured_outputs(self) -> dict[str, Any]:
        """The outputs' symbols, by their names."""
        found = self.model.outputs
        return dict(zip(self.model.output_names, found, strict=False))


def contains_saved_model(export_dir: Any) -> bool:
    """Whether `save` wrote to a folder."""
    return os.path.isfile(os.path.join(str(export_dir), IN_FOLDERS))
