"""save and load: the doors to every format, which the file's name says, or its first bytes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from autograd_nn.nn.saving import native, state
from autograd_nn.nn.saving.errors import ModelFileError

File = str | os.PathLike[str]


_ENDINGS = {  # of names, the longest first; any other name is a file of our own
    ".weights.h5": "keras.zipped", ".keras": "keras.zipped", ".h5": "keras.legacy",
    ".hdf5": "keras.legacy", ".npz": "arrays",
}  # fmt: skip


def _by_name(path: File) -> ModuleType:
    """The format that a file to be written has by its name's ending; ours for any other."""
    name = os.fspath(path)
    return _format(next((f for end, f in _ENDINGS.items() if name.endswith(end)), "native"))


def is_own(path: File) -> bool:
    """Whether a file of this name is one of the library's own."""
    return _by_name(path) is native


def _by_contents(path: File) -> ModuleType:
    """The format of a file that is there; raises ModelFileError for what is no file."""
    name = os.fspath(path)
    if os.path.isdir(path):
        raise ModelFileError(f"{name} is a folder; expected a file that was saved.")
    with open(path, "rb") as file:
        first, size = file.read(8), os.fstat(file.fileno()).st_size
    zipped = first.startswith(b"PK")
    opcode = first[:1] == b"\x80" and int.from_bytes(first, "little") > size  # of no header
    if opcode or zipped and name.endswith((".pt", ".pth", ".bin")):
        raise ModelFileError(
            f"{name} is a pickle; expected a file of another format: pickles run what they name, "
            "and are never read. Write it as .safetensors where it was made."
        )
    if zipped:
        return _format("arrays" if name.endswith(".npz") else "keras.zipped")
    if first == b"\x89HDF\r\n\x1a\n":
        return _format("keras.zipped" if name.endswith(".weights.h5") else "keras.legacy")
    return native


def _format(name: str) -> ModuleType:
    return import_module(f"autograd_nn.nn.saving.{name}")


def save_model(
    model: Any, filepath: File, overwrite: bool = True, include_optimizer: bool = True
) -> None:
    """Writes a whole model to a file: its layers, weights, and how and how far it was trained.

    filepath            a name that ends in .keras or .h5 is a file of Keras's; any other is one of
                        the library's own, which is one of safetensors.
    overwrite           False raises FileExistsError where there is such a file.
    include_optimizer   whether what the optimizer remembers is kept.
    The file takes its place when it is whole and on the disk; until then the old one stays. Raises
    TypeError for a layer or function that has no name to be found by, ValueError for a name that
    weights have, OSError naming the path.

    >>> import tempfile
    >>> from autograd_nn import nn
    >>> model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(folder + "/model.agn")
    ...     twin = nn.models.load_model(folder + "/model.agn")
    >>> bool((twin.weights[0] == model.weights[0]).all())
    True
    """
    if os.fspath(filepath).endswith((".weights.h5", ".npz")):
        raise ValueError(
            f"received {os.fspath(filepath)!r} for a whole model; expected another ending: "
            "files of this one hold weights alone. Call save_weights, or end the name in .keras."
        )
    _free(filepath, overwrite)
    with _still(model):
        _by_name(filepath).save(model, filepath, include_optimizer)


def load_model(
    filepath: File, custom_objects: Mapping[str, Any] | None = None, compile: bool = True,
    safe_mode: bool = True,
) -> Any:  # fmt: skip
    """The model a file holds, ready to be trained on where it was being trained.

    custom_objects   a user's own classes and functions, by name.
    compile          whether it is compiled as it was, its optimizer remembering what it did.
    safe_mode        here for Keras's sake: no file is ever run, imported from or trusted.
    Raises ModelFileError for a file that is damaged, or of no known kind; ValueError for a name
    that nothing has; FileNotFoundError where there is no file.
    """
    return _by_contents(filepath).load(filepath, custom_objects, compile)


def save_weights(model: Any, filepath: File, overwrite: bool = True) -> None:
    """Writes a model's weights alone, by the names of their layers."""
    _free(filepath, overwrite)
    with _still(model):
        _by_name(filepath).save_weights(model, filepath)


def load_weights(
    model: Any, filepath: File, by_name: bool = False, skip_mismatch: bool = False
) -> None:
    """Gives a model the weights a file holds, all or none.

    by_name         only the layers that the file names are given theirs.
    skip_mismatch   a weight whose shape in the file is another stays as it is.
    Raises ModelFileError where a weight is missing or does not fit.
    """
    found = _by_contents(filepath).load_weights(model, filepath, by_name)
    held = state.weights(model)
    if by_name:
        held = {name: v for name, v in held.items() if name in found}
    if skip_mismatch:
        held = {k: v for k, v in held.items() if k in found and found[k].shape == v.shape}
    state.assign(held, found, os.fspath(filepath))


def _still(model: Any) -> AbstractContextManager[Any]:
    """While a model is written no step changes it, whichever thread trains it."""
    turns = getattr(model, "_turns", None)
    return nullcontext() if turns is None else turns.step.lock  # type: ignore[no-any-return]


def _free(filepath: File, overwrite: bool) -> None:
    if not overwrite and Path(filepath).exists():
        raise FileExistsError(
            f"received overwrite=False and {os.fspath(filepath)!r}, which is there; expected a "
            "name that is free. Choose another, or pass overwrite=True."
        )
