"""NumPy's .npz, which holds weights: arrays by the names of their layers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_nn.nn import npz
from autograd_nn.nn.regular import regular
from autograd_nn.nn.saving import state
from autograd_nn.nn.saving.durable import replacing
from autograd_nn.nn.saving.errors import ModelFileError, damaged
from autograd_nn.nn.saving.room import SPARE
from autograd_nn.nn.zips import Spoilt


def save_weights(model: Any, path: Any) -> None:
    """Writes a model's weights by the names of their layers, as `numpy.load` reads them."""
    with replacing(path) as file:
        np.savez(file, **{name: v.array for name, v in state.weights(model).items()})  # type: ignore[arg-type]


def load(path: Any, custom_objects: Any, compile: bool) -> Any:
    """Raises ModelFileError: such a file holds no model."""
    raise ModelFileError(
        f"{path} holds arrays, and no model; expected a file that model.save wrote. Make the "
        "model, and call model.load_weights(path)."
    )


def load_weights(model: Any, path: Any, by_name: bool = False) -> Mapping[str, np.ndarray]:
    """The weights of an .npz file, by name; raises ModelFileError for a damaged one."""
    try:
        with open(path, "rb", opener=regular) as file:
            return npz.arrays(file, os.fstat(file.fileno()).st_size + SPARE)
    except Spoilt as error:
        raise damaged(path, str(error)) from None
