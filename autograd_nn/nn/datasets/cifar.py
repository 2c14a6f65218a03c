"""What CIFAR-10 and CIFAR-100 share: tapes of pickled batches (Krizhevsky, 2009)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.datasets.readers import tape
from autograd_nn.nn.settings import image_data_format

SPARE = 16 << 20
MOST = 200 << 20  # the largest batch holds 50,000 images of 3 × 32 × 32 bytes


def batches(path: Path, names: tuple[str, ...], labels: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Images uint8 (n, 32, 32, 3) and labels uint8 (n, 1) of each batch on a tape.

    The channels come first where ``image_data_format`` says so.
    """
    most = min(MOST, SPARE + path.stat().st_size)  # images are hardly smaller when they are packed
    found = tape(path, names, most)
    return [_batch(found[name], labels, f"{path}, {name}") for name in names]


def _batch(batch: object, labels: str, where: str) -> tuple[np.ndarray, np.ndarray]:
    kept: dict[str, Any] = batch if isinstance(batch, dict) else {}
    images: Any = kept.get("data")
    classes: Any = kept.get(labels)
    whole = isinstance(images, np.ndarray) and images.dtype == np.uint8
    if not whole or images.ndim != 2 or images.shape[1] != 3 * 32 * 32:
        raise DataError(f"{where}: received no images; expected 'data' of shape (n, 3072), uint8.")
    fits = isinstance(classes, list) and len(classes) == len(images)
    if not fits or not all(type(c) is int and 0 <= c < 256 for c in classes):
        raise DataError(f"{where}: received no {labels!r} of {len(images)} images; expected them.")
    x = images.reshape(-1, 3, 32, 32)
    if image_data_format() == "channels_last":
        x = x.transpose(0, 2, 3, 1)
    return x, np.array(classes, np.uint8)[:, None]
