"""Helpers around training: seeds and names, samples, numbers in another form, a progress bar.

Read session.py (what a script begins with), samples.py (data), files.py (what is fetched, by way
of download.py and archives.py), images.py and heads.py (pictures), folders.py, sounds.py and
timeseries.py (data made batch by batch), numbers.py, models.py, drawing.py (models as pictures),
progbar.py.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from autograd_nn.nn.images import boxes as bounding_boxes
from autograd_nn.nn.saving import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from autograd_nn.nn.shown import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from autograd_nn.nn.utils.dataset import PyDataset
from autograd_nn.nn.utils.drawing import model_to_dot, plot_model
from autograd_nn.nn.utils.files import get_file
from autograd_nn.nn.utils.folders import (
    image_dataset_from_directory,
    text_dataset_from_directory,
)
from autograd_nn.nn.utils.images import array_to_img, img_to_array, load_img, save_img
from autograd_nn.nn.utils.models import get_source_inputs, is_keras_tensor, multi_gpu_model
from autograd_nn.nn.utils.numbers import normalize, standardize_dtype, to_categorical
from autograd_nn.nn.utils.progbar import Progbar
from autograd_nn.nn.utils.samples import (
    pack_x_y_sample_weight,
    pad_sequences,
    split_dataset,
    unpack_x_y_sample_weight,
)
from autograd_nn.nn.utils.session import clear_session, set_random_seed
from autograd_nn.nn.utils.sounds import audio_dataset_from_directory
from autograd_nn.nn.utils.timeseries import timeseries_dataset_from_array

FeatureSpace: Any  # a model, which is made of what is here: see `__getattr__`
Sequence = PyDataset  # Keras 2's name

__all__ = [
    "CustomObjectScope", "FeatureSpace", "Progbar", "PyDataset", "Sequence", "array_to_img",
    "audio_dataset_from_directory",
    "bounding_boxes", "clear_session",
    "custom_object_scope", "deserialize_keras_object", "disable_interactive_logging",
    "enable_interactive_logging", "get_custom_objects", "get_file", "get_registered_name",
    "get_registered_object", "get_source_inputs", "image_dataset_from_directory", "img_to_array",
    "is_interactive_logging_enabled", "is_keras_tensor", "load_img", "model_to_dot",
    "multi_gpu_model", "normalize",
    "pack_x_y_sample_weight", "pad_sequences", "plot_model", "register_keras_serializable",
    "save_img",
    "serialize_keras_object", "set_random_seed", "split_dataset", "standardize_dtype",
    "text_dataset_from_directory", "timeseries_dataset_from_array", "to_categorical",
    "unpack_x_y_sample_weight",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "FeatureSpace":
        return import_module("autograd_nn.nn.feature_space").FeatureSpace
    raise AttributeError(f"module 'autograd_nn.nn.utils' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
