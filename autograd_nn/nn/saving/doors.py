"""save and load: the doors to every format, which the file's name says, or its first bytes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from types import ModuleType
from typing import Any

from autograd_nn.nn.regular import regular
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.saving import native, state
from autograd_nn.nn.saving.durable import free
from autograd_nn.nn.saving.errors import ModelFileError
from autograd_nn.nn.saving.keras import loose
from autograd_nn.nn.saving.models import built

File = str | os.PathLike[str]


_ENDINGS = {  # of names, the longest first; any other name is a file of our own
    ".weights.h5": "keras.zipped", ".keras": "keras.zipped", ".h5": "keras.legacy",
    ".hdf5": "keras.legacy", ".npz": "arrays",
}  # fmt: skip


def _path(given: Any) -> str:
    """A file's name; raises TypeError for what is none, ValueError for an empty one."""
    if not isinstance(given, str | bytes | os.PathLike):
        raise TypeError(
            f"received {given!r} as a file; expected its path, as 'model.keras', or for whole "
            "models a binary file that is open, as io.BytesIO()."
        )
    name = os.fsdecode(given)
    if not name or "\0" in name:
        raise ValueError(f"received the path {name!r}; expected a file's name.")
    return name


def holds(path: File, whole: bool) -> None:
    """Raises ValueError for a name whose ending says that a file holds weights alone, or no such.
    """
    ending = next((e for e in (".weights.h5", ".npz", ".keras") if str(path).endswith(e)), None)
    if whole and ending in (".weights.h5", ".npz"):
        raise ValueError(
            f"received {str(path)!r} for a whole model; expected another ending: files of this one "
            "hold weights alone. Call save_weights, or end the name in .keras."
        )
    if not whole and ending == ".keras":
        raise ValueError(
            f"received {str(path)!r} for weights alone; expected another ending: files of this one "
            "hold a whole model. Call save, or end the name in .weights.h5."
        )


def _by_name(name: str, told: str | None = None) -> ModuleType:
    """The format that a file to be written has by its name's ending; ours for any other.

    told   which it is instead, in the words of older scripts.
    """
    if told is not None:
        if told not in ("h5", "hdf5", "keras"):
            raise ValueError(
                f"received save_format={told!r}; expected 'h5' or 'keras'. Leave it out: a name's "
                "ending says which format a file is of."
            )
        return _format("keras.zipped" if told == "keras" else "keras.legacy")
    return _format(next((f for end, f in _ENDINGS.items() if name.endswith(end)), "native"))


def is_own(path: File) -> bool:
    """Whether a file of this name is one of the library's own."""
    return _by_name(os.fspath(path)) is native


def _by_contents(name: str) -> ModuleType:
    """The format of a file that is there; raises ModelFileError for what is no file."""
    if os.path.isdir(name):
        raise ModelFileError(f"{name} is a folder; expected a file that was saved.")
    with open(name, "rb", opener=regular) as file:
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
    if len(first) < 8 or int.from_bytes(first, "little") > size:
        raise ModelFileError(
            f"{name} begins with {first!r}, and has {size} bytes; expected a file of a model or "
            "of weights: the library's own, Keras's, .npz or .safetensors."
        )
    return native


def _format(name: str) -> ModuleType:
    return import_module(f"autograd_nn.nn.saving.{name}")


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, include_optimizer: bool = True,
    save_format: str | None = None, zipped: bool | None = None,
) -> None:  # fmt: skip
    """Writes a whole model to a file: its layers, weights, and how and how far it was trained.

    filepath            a name that ends in .keras or .h5 is a file of Keras's; any other is one of
                        the library's own, which is one of safetensors. Or a binary file that is
                        open, which gets what a .keras holds.
    overwrite           False raises FileExistsError where there is such a file.
    include_optimizer   whether what the optimizer remembers is kept.
    save_format         'h5' or 'keras', as older scripts say it, whatever the name ends in.
    zipped              False writes what a .keras holds as files of a folder of this name.
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
    if hasattr(filepath, "write") or zipped is False:
        with _still(model):
            loose.save(model, filepath, overwrite, include_optimizer)
        return
    name = _path(filepath)
    holds(name, True)
    free(name, overwrite)
    with _still(model):
        _by_name(name, save_format).save(model, name, include_optimizer)


def load_model(
    filepath: Any, custom_objects: Mapping[str, Any] | None = None, compile: bool = True,
    safe_mode: bool = True,
) -> Any:  # fmt: skip
    """The model a file holds, ready to be trained on where it was being trained.

    filepath         its path, that of the folder where it was saved with zipped=False, or a binary
                     file that is open.
    custom_objects   a user's own classes and functions, by name.
    compile          whether it is compiled as it was, its optimizer remembering what it did.
    safe_mode        here for Keras's sake: no file is ever run, imported from or trusted.
    Raises ModelFileError for a file that is damaged, or of no known kind; ValueError for a name
    that nothing has; FileNotFoundError where there is no file.
    """
    if hasattr(filepath, "read") or loose.is_one(filepath):
        with loose.packed(filepath) as path:
            return _by_contents(path).load(path, custom_objects, compile)
    name = _path(filepath)
    return _by_contents(name).load(name, custom_objects, compile)


def save_weights(
    model: Any, filepath: File, overwrite: bool = True, save_format: str | None = None,
    objects_to_skip: Any = None,
) -> None:  # fmt: skip
    """Writes a model's weights alone, by the names of their layers; see `save_model`.

    objects_to_skip   layers whose weights are left out of a .weights.h5.
    """
    name = _path(filepath)
    holds(name, False)
    built(model)
    free(name, overwrite)
    own = _by_name(name, save_format)
    if objects_to_skip and not name.endswith(".weights.h5"):
        raise ValueError(
            f"received objects_to_skip and {name!r}; expected a name that ends in .weights.h5, of "
            "which weights may be missing. Leave objects_to_skip to load_weights for others."
        )
    with _still(model):
        own.save_weights(model, name, *([objects_to_skip] if objects_to_skip else ()))


def load_weights(
    model: Any, filepath: File, by_name: bool = False, skip_mismatch: bool = False,
    objects_to_skip: Any = None,
) -> None:  # fmt: skip
    """Gives a model the weights a file holds, all or none.

    by_name           only the layers that the file names are given theirs.
    skip_mismatch     a weight whose shape in the file is another stays as it is, with a warning.
    objects_to_skip   layers whose weights, and those of layers inside, stay as they are.
    Raises ModelFileError where a weight is missing or does not fit, ValueError for a model that has
    no weights yet.
    """
    name = _path(filepath)
    built(model)
    found = _by_contents(name).load_weights(model, name, by_name)
    state.carry(model, found)
    held = state.expected(model, found)
    skipped = {id(v) for o in objects_to_skip or () for v in getattr(o, "variables", [o])}
    held = {name: v for name, v in held.items() if id(v) not in skipped}
    if by_name:
        held = {name: v for name, v in held.items() if name in found}
    if skip_mismatch:
        fits = {k: v for k, v in held.items() if k in found and found[k].shape == v.shape}
        if left := [k for k in held if k not in fits]:
            warn_user(
                f"{name} has no weights of these shapes for {', '.join(left)}, which stay as they "
                "are.", UserWarning,
            )  # fmt: skip
        held = fits
    state.assign(held, found, name)


def _still(model: Any) -> AbstractContextManager[Any]:
    """While a model is written no step changes it, whichever thread trains it."""
    turns = getattr(model, "_turns", None)
    return nullcontext() if turns is None else turns.step.lock  # type: ignore[no-any-return]
