"""What `nn` asks while Keras's names are ours: what a script of old may do, and is warned of.

Pictures may have their channels first without saying so, targets of a cross-entropy may be other
numbers than shares, inputs to predict for may be of different lengths. Importing this lets it be
asked.
"""

from __future__ import annotations

from typing import Any

from autograd_nn.compat.after import AFTER
from autograd_nn.nn.layers.spatial import Spatial
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.settings import image_data_format, set_image_data_format
from autograd_nn.nn.training import targets


def channels_first(said: str) -> None:
    """Has pictures' channels first from here on, as Theano's were, for what a script said."""
    if image_data_format() != "channels_first":
        AFTER.append(lambda: set_image_data_format("channels_last"))
        set_image_data_format("channels_first")
        warn_user(
            f"{said}, which was taken for channels first, for all layers from here on. Write "
            "keras.backend.set_image_data_format('channels_first') before data are loaded, or pass "
            "pictures of shape (rows, columns, channels)."
        )


def _look_at_order(layer: Spatial, shape: tuple[Any, ...] | None = None) -> None:
    """Takes pictures for channels first, as Theano's were, where a shape can mean nothing else.

    layer   one that is told no format; shape: a sample's, which its ``input_shape`` tells if any.
    """
    if shape is None:
        layer.__dict__["_untold"] = True
        shape = (layer.input_shape or ())[1:]
    if not AFTER or getattr(layer, "rank", 0) != 2 or len(shape) != 3 or None in shape:
        return
    if image_data_format() == "channels_first":
        return
    if shape[0] in (1, 3) and min(shape[1:]) > 4:
        channels_first(f"{type(layer).__name__}: received input_shape={shape}")
        layer.data_format = "channels_first"


Spatial.look = staticmethod(_look_at_order)
targets.lenient = lambda: bool(AFTER)
