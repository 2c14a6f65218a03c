"""What a pickle of an estimator holds of a model: the bytes of the file it would be saved to."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from autograd_nn.nn.model import Model
from autograd_nn.nn.saving import native


class Packed(NamedTuple):
    """A model's file, and the classes in it that are not the library's own, by name."""

    file: bytes
    classes: dict[str, type]

    @classmethod
    def of(cls, model: Model) -> Packed:
        """Raises TypeError for what has no name in a file."""
        inside = {type(layer) for layer in model._flattened()}
        own = {c.__name__: c for c in inside if not c.__module__.startswith("autograd_nn.")}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            native.save(model, path)
            return cls(path.read_bytes(), own)

    def model(self) -> Any:
        """The model, ready to go on."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            path.write_bytes(self.file)
            return native.load(path, self.classes, compile=True)


def packed(value: Any) -> Any:
    """A built model packed; anything else as it is."""
    return Packed.of(value) if isinstance(value, Model) and value.built else value


def unpacked(value: Any) -> Any:
    """What `packed` was given."""
    return value.model() if isinstance(value, Packed) else value
