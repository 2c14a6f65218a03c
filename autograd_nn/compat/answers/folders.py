"""Data sets of files and of windows over a series, as the pipelines that ``tf.data`` knows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from autograd_nn.compat.tensorflow.pipeline.data import Batches
from autograd_nn.nn import utils


def _piped(make: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(make)
    def piped(*args: Any, **options: Any) -> Any:
        found = make(*args, **options)
        return [*map(Batches, found)] if isinstance(found, list | tuple) else Batches(found)

    return piped


_pictures = _piped(utils.image_dataset_from_directory)


@wraps(utils.image_dataset_from_directory)
def image_dataset_from_directory(*args: Any, smart_resize: Any = None, **options: Any) -> Any:
    """With ``smart_resize``, as ``crop_to_aspect_ratio`` was called at first."""
    if smart_resize is not None:
        options["crop_to_aspect_ratio"] = smart_resize
    return _pictures(*args, **options)


text_dataset_from_directory = _piped(utils.text_dataset_from_directory)
timeseries_dataset_from_array = _piped(utils.timeseries_dataset_from_array)
