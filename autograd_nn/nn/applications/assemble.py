"""What all architectures share: what enters, the head, and where weights come from."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd_nn.nn import layers, settings
from autograd_nn.nn.model import Model
from autograd_nn.nn.saving.room import room
from autograd_nn.nn.symbols import Symbol

PLACE = "https://storage.googleapis.com/tensorflow/keras-applications/"
Body = Callable[[Symbol], Symbol]
Head = Callable[[Symbol, int, Any], Symbol]


def cache() -> Path:
    """The folder in which Keras keeps weights and class names: $KERAS_HOME/models."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"


def kept(url: str, what: str, name: str | None = None) -> Path:
    """A file in the cache folder, by its name there, or else the one it has at its address.

    Raises FileNotFoundError, which says from where it is to be had and where it is to be put.
    """
    path = cache() / (name or url.rpartition("/")[2])
    if not path.is_file():
        under = f", under the name {name}" if name else ""
        raise FileNotFoundError(
            f"{what} expected the file {path}, which is not there. Nothing is downloaded here: "
            f"fetch {url} and put it into {cache()}{under}, or name a file of your own."
        )
    return path


def averaged(x: Symbol, classes: int, activation: Any) -> Symbol:
    """The head of most architectures: the mean over all places, and one dense layer."""
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return layers.Dense(classes, activation=activation, name="predictions")(x)


def assemble(
    body: Body, *, name: str, size: int, least: int, file: str, head: Head = averaged,
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    input_shape: Any = None, pooling: str | None = None, classes: int = 1000,
    classifier_activation: Any = "softmax", kept_as: str | None = None,
) -> Model:  # fmt: skip
    """The model of a body, and of a head where there is one.

    size, least   the images' height and width where nothing else is said, and at least.
    file          the address of the weights for ImageNet, with {top} where '_notop' stands.
    kept_as       their file's name in the cache folder, where it is another.
    Raises ValueError for a shape, pooling or number of classes that does not fit,
    FileNotFoundError where the weights are not in the cache folder.
    """
    if settings.image_data_format() != "channels_last":
        raise ValueError(
            f"{name} received images of data format {settings.image_data_format()!r}; expected "
            "'channels_last', as weights are kept. Call nn.config.set_image_data_format."
        )
    if pooling not in (None, "avg", "max"):
        raise ValueError(f"{name} received pooling={pooling!r}; expected None, 'avg' or 'max'.")
    imagenet = weights == "imagenet"
    if imagenet and include_top and classes != 1000:
        raise ValueError(
            f"{name} received classes={classes} with weights='imagenet', which are of 1000; "
            "expected classes=1000. Pass include_top=False, or weights=None."
        )
    path = _file(weights, file.format(top="" if include_top else "_notop"), name, kept_as)
    with room(str(path), path.stat().st_size) if path else nullcontext():
        entry = _entry(input_tensor, input_shape, size, least, include_top, imagenet, name)
        x = body(entry)
        if include_top:
            x = head(x, classes, classifier_activation)
        elif pooling == "avg":
            x = layers.GlobalAveragePooling2D()(x)
        elif pooling == "max":
            x = layers.GlobalMaxPooling2D()(x)
        model = Model(_sources(entry), x, name=name)
    if path:
        model.load_weights(path)
    return model


def _file(weights: Any, url: str, name: str, kept_as: str | None) -> Path | None:
    if weights is None:
        return None
    if weights == "imagenet":
        return kept(url, f"{name}(weights='imagenet')", kept_as)
    path = Path(weights) if isinstance(weights, str | os.PathLike) else None
    if path is None or not path.is_file():
        raise ValueError(
            f"{name} received weights={weights!r}; expected None, 'imagenet', or the path of a "
            "file that is there."
        )
    return path


def _entry(
    tensor: Any, shape: Any, size: int, least: int, top: bool, imagenet: bool, name: str
) -> Symbol:
    """The symbol that the body is applied to: the one given, or a new input's."""
    if tensor is not None and not isinstance(tensor, Symbol):
        raise TypeError(
            f"{name} received input_tensor={tensor!r}; expected a symbol, as nn.Input(...) gives."
        )
    if tensor is not None:
        return tensor
    if shape is None:
        shape = (size, size, 3) if top else (None, None, 3)
    shape = tuple(shape)
    if len(shape) != 3 or any(n is not None and n < least for n in shape[:2]):
        raise ValueError(
            f"{name} received input_shape={shape}; expected (height, width, channels) of at least "
            f"{least} by {least}."
        )
    if top and None in shape:
        raise ValueError(
            f"{name} received input_shape={shape} with include_top=True; expected known sizes. "
            "Give them, or pass include_top=False."
        )
    if imagenet and shape[2] != 3:
        raise ValueError(
            f"{name} received {shape[2]} channels with weights='imagenet'; expected 3."
        )
    return layers.Input(shape)


def _sources(x: Symbol) -> Any:
    """The inputs that a symbol depends on: one, or a list of them."""
    found: dict[int, Symbol] = {}
    ways, seen = [x], set()
    while ways:
        at = ways.pop()
        if id(at) not in seen:
            seen.add(id(at))
            ways.extend(at.call.inputs)
            if not at.call.inputs:
                found[id(at)] = at
    sources = list(found.values())
    return sources[0] if len(sources) == 1 else sources


@dataclass(frozen=True)
class Application:
    """A builder: an architecture's body, its sizes and its weights' address.

    include_top             whether the classifier is there.
    weights                 None (drawn), 'imagenet' (a file in the cache folder), or a file's path.
    input_tensor            the symbol to apply it to, in place of a new input.
    input_shape             an image's (height, width, channels).
    pooling                 without a classifier: None, 'avg' or 'max' over all places.
    classes                 how many the classifier tells apart.
    classifier_activation   of the classifier; None gives its logits.
    Raises ValueError for what does not fit, FileNotFoundError where the weights are not there.

    >>> from autograd_nn import nn
    >>> net = nn.applications.ResNet50(include_top=False, weights=None, input_shape=(32, 32, 3))
    >>> net.output_shape
    (None, 1, 1, 2048)
    """

    body: Body
    title: str
    size: int
    least: int
    file: str
    head: Head = averaged

    def __call__(
        self, include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
        input_shape: Any = None, pooling: str | None = None, classes: int = 1000,
        classifier_activation: Any = "softmax", name: str | None = None,
    ) -> Model:  # fmt: skip
        return assemble(
            self.body, name=name or self.title, size=self.size, least=self.least, file=self.file,
            head=self.head, include_top=include_top, weights=weights, input_tensor=input_tensor,
            input_shape=input_shape, pooling=pooling, classes=classes,
            classifier_activation=classifier_activation,
        )  # fmt: skip
