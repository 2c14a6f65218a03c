"""What every format of models does alike: what is said of a model, and a model made of it again."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from autograd_nn.nn.saving.errors import ModelFileError
from autograd_nn.nn.saving.objects import deserialize_keras_object, serialize_keras_object
from autograd_nn.nn.saving.room import room
from autograd_nn.nn.weights import Weighted

# what compile takes and Keras's does not, as it is by default
BEYOND = {"deterministic": None, "check_finite": True, "auto_scale_loss": True, "check": True}


def built(model: Any) -> None:
    """Raises ValueError for a model without weights yet."""
    if not model.built:
        raise ValueError(
            f"model {model.name!r} has no weights yet, which were to be saved or loaded; expected "
            "one that is built. Give its first layer an input shape, or call it on data first."
        )


def said(model: Any) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A model's configuration, and what compile was told, None where that cannot be written.

    Warns of a model that has no weights yet, which the file has none of either.
    """
    if not model.built:
        warnings.warn(
            f"model {model.name!r} is saved without weights: it has no weights yet. Give its first "
            "layer an input shape, or call it on data first, to save them.",
            UserWarning,
            stacklevel=6,
        )
    config = serialize_keras_object(model)
    _warn_of_lambdas(model, config)
    try:
        return config, model.get_compile_config()
    except TypeError as error:
        warnings.warn(
            f"model {model.name!r} is saved without what compile was told: {error} The loaded "
            "model has to be compiled again.",
            UserWarning,
            stacklevel=6,
        )
        return config, None


NAMES = ("class_names", "feature_names")  # what a model learned of its data


def names(model: Any) -> dict[str, list[str]]:
    """What is known of the data that a model was fitted to: its classes, a table's columns."""
    found = {k: getattr(model, k, None) for k in NAMES}
    return {k: list(map(str, v)) for k, v in found.items() if v}


def rename(model: Any, told: Any, path: str) -> None:
    """Tells a model what `names` said; raises ModelFileError for anything but lists of text."""
    if not isinstance(told, dict) or not all(
        k in NAMES and isinstance(v, list) and all(isinstance(n, str) for n in v)
        for k, v in told.items()
    ):
        raise ModelFileError(f"{path} says of its data {str(told)[:60]!r}; expected lists of text.")
    for k, v in told.items():
        setattr(model, k, v)


def _warn_of_lambdas(model: Any, config: Any) -> None:
    """Code is in no file: whoever loads a lambda has to bring it."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if value == "<lambda>":
            warnings.warn(
                f"model {model.name!r} has a lambda, which no file keeps; expected a function that "
                "has a name. Write def, or load it with custom_objects={'<lambda>': function}.",
                UserWarning,
                stacklevel=7,
            )
            return
        waiting += value.values() if isinstance(value, dict) else ()
        waiting += value if isinstance(value, list | tuple) else ()


@contextmanager
def described(path: str) -> Iterator[None]:
    """Whatever making an object of a file's words raises is the file's error, which it names."""
    try:
        yield
    except ModelFileError:
        raise
    except Exception as error:
        raise ModelFileError(
            f"{path} describes what cannot be made ({type(error).__name__}: {error}) If it has "
            "classes or functions of your own, pass them in custom_objects."
        ) from error


@contextmanager
def made(
    config: Any, custom_objects: Mapping[str, Any] | None, path: str, nbytes: int
) -> Iterator[Any]:
    """Within ``with``, a model of a configuration, which waits for its weights.

    nbytes   how many bytes of weights the file has: the model may have no more.
    Raises ModelFileError for the configuration of anything but a model.
    """
    with room(path, nbytes):
        with described(path):
            model = deserialize_keras_object(config, custom_objects)
        if not isinstance(model, Weighted):
            raise ModelFileError(f"{path} describes {model!r}; expected a model.")
        yield model


def plan(
    model: Any, told: Any, custom_objects: Mapping[str, Any] | None, path: str,
    remember: Callable[[Any], None],
) -> None:  # fmt: skip
    """Compiles a model as it was, where that is known; ``remember`` fills its optimizer's slots."""
    if not told:
        return
    if not isinstance(told, dict):
        raise ModelFileError(f"{path} says of compile {str(told)[:60]!r}; expected a dict.")
    with described(path):
        model.compile_from_config(told, custom_objects)
    if not model.built:
        return  # nor has the optimizer anything to remember
    model.optimizer.build(model.trainable_weights)
    remember(model.optimizer)
