"""``tf.saved_model``: models written to folders, and read from them, as one of our files within."""

from __future__ import annotations

import os
from typing import Any

from autograd_nn.compat.once.habits import IN_FOLDERS
from autograd_nn.compat.tensorflow.elder.machine import Settings
from autograd_nn.nn.models import Model, load_model
from autograd_nn.nn.saving import custom_object_scope

SaveOptions = LoadOptions = Settings


class _Seen:
    """Classes of what was written: a file of TensorFlow's needed none to be read."""

    classes: dict[str, Any] = {}


def save(obj: Any, export_dir: Any, signatures: Any = None, options: Any = None) -> None:
    """Writes a model, its functions left out; raises TypeError for anything else."""
    if not isinstance(obj, Model):
        raise TypeError(
            f"saved_model.save received {type(obj).__name__}; expected a model of Keras's. Write "
            "what holds variables by tf.train.Checkpoint."
        )
    for layer in (obj, *obj._flattened()):
        _Seen.classes[type(layer).__name__] = type(layer)
    obj.save(f"{str(export_dir).rstrip('/')}/")


def load(export_dir: Any, tags: Any = None, options: Any = None) -> Any:
    """The model that `save` wrote, with ``signatures`` by 'serving_default'."""
    own = {k: v for k, v in _Seen.classes.items() if not v.__module__.startswith("autograd_nn")}
    with custom_object_scope(own):
        model = load_model(str(export_dir).rstrip("/"))
    model.signatures = {"serving_default": _Signature(model)}
    return model


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
