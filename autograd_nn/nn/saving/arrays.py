"""NumPy's .npz: arrays by name, plain numbers alone, each as large as it is said to be."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_nn.nn.saving import state
from autograd_nn.nn.saving.durable import replacing
from autograd_nn.nn.saving.errors import ModelFileError, damaged
from autograd_nn.nn.saving.room import SPARE

HEADER = 1 << 16


def unpacked(raw: bytes, path: str) -> dict[str, np.ndarray]:
    """The arrays of an .npz file; raises ModelFileError for objects, or for sizes that are not so.

    >>> packed = io.BytesIO()
    >>> np.savez(packed, w=np.arange(3))
    >>> unpacked(packed.getvalue(), "a.npz")["w"].tolist()
    [0, 1, 2]
    """
    left = len(raw) + SPARE
    found: dict[str, np.ndarray] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for info in archive.infolist():
                left -= info.file_size
                if left < 0 or info.filename in found:
                    raise damaged(
                        path, f"{info.filename!r} is there twice, or larger than the file"
                    )
                with archive.open(info) as file:
                    name = info.filename.removesuffix(".npy")
                    found[name] = _array(file.read(info.file_size + 1), name, path)
    except ModelFileError:
        raise
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
    ) as e:
        raise damaged(path, f"it is no .npz file ({str(e)[:100]})") from None
    return found


def _array(raw: bytes, name: str, path: str) -> np.ndarray:
    npy = np.lib.format
    file = io.BytesIO(raw)
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise damaged(path, f"{name!r} is of version {version}")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(file, max_header_size=HEADER)
    if dtype.hasobject or dtype.kind not in "fiub":
        raise damaged(path, f"{name!r} holds {dtype}", "numbers")
    data = memoryview(raw)[file.tell() :]
    if len(data) != math.prod(shape) * dtype.itemsize:
        raise damaged(path, f"{name!r} has {len(data)} bytes for the shape {shape} of {dtype}")
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    return np.array(array, dtype.newbyteorder("="))


def save_weights(model: Any, path: Any) -> None:
    """Writes a model's weights by the names of their layers, as `numpy.load` reads them."""
    buffer = io.BytesIO()
    np.savez(buffer, **{name: v.array for name, v in state.weights(model).items()})  # type: ignore[arg-type]
    with replacing(path) as file:
        file.write(buffer.getvalue())


def load(path: Any, custom_objects: Any, compile: bool) -> Any:
    """Raises ModelFileError: such a file holds no model."""
    raise ModelFileError(
        f"{path} holds arrays, and no model; expected a file that model.save wrote. Make the "
        "model, and call model.load_weights(path)."
    )


def load_weights(model: Any, path: Any, by_name: bool = False) -> Mapping[str, np.ndarray]:
    """The weights of an .npz file, by name."""
    with open(path, "rb") as file:
        return unpacked(file.read(), str(path))
