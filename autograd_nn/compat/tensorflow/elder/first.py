"""What stood under ``tf`` itself in TensorFlow 1, and stands in a module of it today."""

from __future__ import annotations

from typing import Any

from autograd_nn.compat.tensorflow.maths import image, strings
from autograd_nn.compat.tensorflow.maths.spelled import linspace
from autograd_nn.compat.tensorflow.pipeline.io import read_file, write_file
from autograd_nn.compat.tensorflow.pipeline.records import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    VarLenFeature,
    decode_csv,
    decode_raw,
    parse_example,
    parse_single_example,
    parse_tensor,
    serialize_tensor,
)
from autograd_nn.compat.tensorflow.values.texts import as_bytes, as_str, as_str_any, as_text

lin_space = linspace
string_to_number, string_join, as_string, substr, regex_replace = (
    strings.to_number, strings.join, strings.as_string, strings.substr, strings.regex_replace,
)  # fmt: skip


def extract_image_patches(
    images: Any, ksizes: Any = None, strides: Any = None, rates: Any = (1, 1, 1, 1),
    padding: str = "VALID", name: Any = None, sizes: Any = None,
) -> Any:  # fmt: skip
    """`image.extract_patches`."""
    size = sizes if ksizes is None else ksizes
    return image.extract_patches(images, size, strides, rates, padding)


__all__ = [
    "FixedLenFeature", "FixedLenSequenceFeature", "VarLenFeature", "as_bytes", "as_str",
    "as_str_any", "as_string", "as_text", "decode_csv", "decode_raw", "extract_image_patches",
    "lin_space", "parse_example", "parse_single_example", "parse_tensor", "read_file",
    "regex_replace", "serialize_tensor", "string_join", "string_to_number", "substr", "write_file",
]  # fmt: skip
