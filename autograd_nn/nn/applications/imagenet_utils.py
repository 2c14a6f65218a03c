"""Pixels as the published weights expect them, and classes by their names."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.halves import as_dtype, kind_of
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import settings
from autograd_nn.nn.applications.assemble import kept
from autograd_nn.nn.jsons import loads
from autograd_nn.nn.regular import regular
from autograd_nn.nn.symbols import Symbol

NAMES = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"

# (how channels are ordered, what is taken from each, by what it is divided)
_MODES: dict[str, tuple[int, list[float], list[float]]] = {
    "tf": (1, [127.5] * 3, [127.5] * 3),
    "caffe": (-1, [103.939, 116.779, 123.68], [1.0] * 3),
    "torch": (
        1,
        [255 * m for m in (0.485, 0.456, 0.406)],
        [255 * s for s in (0.229, 0.224, 0.225)],
    ),
}


def preprocess_input(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Pixels from 0 to 255 as a network of a mode was trained on them, (x − m) / s per channel.

    x      (…, height, width, 3), or channels first as data_format says: an array, tensor or symbol.
    mode   caffe: blue, green, red, less their means. tf: from −1 to 1. torch: less the means of
           ImageNet, in units of its deviations.
    An array gives a new one (x stays as it is), of its own floating dtype. Raises ValueError for
    another mode or format, or for other than 3 channels.

    >>> preprocess_input(np.full((1, 1, 3), 255.0), mode="tf")
    array([[[1., 1., 1.]]])
    """
    if mode not in _MODES:
        raise ValueError(
            f"preprocess_input received mode={mode!r}; expected 'caffe', 'tf' or 'torch'."
        )
    data_format = data_format or settings.image_data_format()
    if data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            f"preprocess_input received data_format={data_format!r}; expected 'channels_first' or "
            "'channels_last'."
        )
    if not isinstance(x, Symbol | Tensor):
        x = np.asarray(x)
    axis = len(x.shape) - (3 if data_format == "channels_first" else 1)
    if axis < 0 or (mode != "tf" and x.shape[axis] != 3):
        raise ValueError(
            f"preprocess_input received pixels of shape {tuple(x.shape)}, {data_format}; expected "
            "3 channels."
        )
    step, less, by = _MODES[mode]
    array = isinstance(x, np.ndarray)
    if kind_of(as_dtype(x.dtype)) != "f":
        x = x.astype(settings.floatx())
    if step == -1:
        x = np.flip(x, axis) if array else ops.flip(x, axis=axis)
    if mode == "tf":
        return x / 127.5 - 1.0
    along = (3,) + (1,) * (len(x.shape) - 1 - axis)
    m, s = (np.asarray(v, x.dtype).reshape(along) for v in (less, by))
    return (x - m) / s


def preprocessing(mode: str) -> Callable[..., Any]:
    """`preprocess_input` of one mode."""

    def preprocess(x: Any, data_format: str | None = None) -> Any:
        return preprocess_input(x, data_format, mode)

    preprocess.__name__ = preprocess.__qualname__ = "preprocess_input"
    preprocess.__doc__ = f"`imagenet_utils.preprocess_input` of mode {mode!r}."
    return preprocess


def decode_predictions(
    preds: Any, top: int = 5, class_index: str | os.PathLike[str] | None = None
) -> list[list[tuple[str, str, float]]]:
    """Each sample's likeliest classes of ImageNet: (WordNet's number, name, score), best first.

    preds         (samples, 1000).
    class_index   a JSON file of {"0": [number, name], …}; left out, Keras's in the cache folder.
    Raises ValueError for another shape or a file of another layout, FileNotFoundError where there
    is none.
    """
    scores = np.asarray(preds)
    if scores.ndim != 2 or scores.shape[1] != 1000:
        raise ValueError(
            f"decode_predictions received scores of shape {scores.shape}; expected (samples, 1000),"
            " as a classifier of ImageNet gives them."
        )
    path = kept(NAMES, "decode_predictions") if class_index is None else class_index
    with open(path, "rb", opener=regular) as file:
        text = file.read()
    try:
        told = loads(text)
        names = [(str(told[str(i)][0]), str(told[str(i)][1])) for i in range(1000)]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ValueError(
            f'{os.fspath(path)} holds no class names; expected JSON of {{"0": ["n01440764", '
            '"tench"], …} for 1000 classes.'
        ) from error
    best = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    return [[(*names[i], row[i]) for i in at] for row, at in zip(scores, best, strict=True)]
