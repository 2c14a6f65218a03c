"""Helpers that Keras 2 kept for its own use, and scripts imported: of training, weights, files."""

from __future__ import annotations

import codecs
import hashlib
import marshal
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.compat.answers.names import to_list
from autograd_nn.compat.functions import backend as K
from autograd_nn.nn import losses
from autograd_nn.nn.regular import regular
from autograd_nn.nn.saving.keras.elder_weights import as_today, turned
from autograd_nn.nn.symbols import Call

Node = Call  # one application of a layer

# ---- training -----------------------------------------------------------------------------------


def _check_array_lengths(inputs: Any, targets: Any, weights: Any = None) -> None:
    """Raises ValueError unless inputs, targets and weights are of as many samples.

    Each a list of arrays; None, also in a list: 0 samples.
    """
    told = {"x": inputs, "y": targets, "sample_weight": weights}
    counts = {
        name: sorted({0 if a is None else len(a) for a in arrays} if arrays is not None else {0})
        for name, arrays in told.items()
    }
    expected = "expected as many samples in each. Pass arrays with the same first size."
    for name, found in counts.items():
        if len(found) > 1:
            raise ValueError(f"received {name} of {found} samples; {expected}")
    (x, y, weight) = (found[:1] for found in counts.values())
    if x and y and x != y or y and weight and weight != y:
        raise ValueError(f"received samples {counts}; {expected}")


def _check_loss_and_target_compatibility(
    targets: Sequence[Any], loss_fns: Sequence[Any], output_shapes: Sequence[Any]
) -> None:
    """Raises ValueError where a loss cannot mean such targets for outputs of such shapes."""
    alike = (losses.mean_squared_error, losses.binary_crossentropy,
             losses.categorical_crossentropy)  # fmt: skip
    for y, loss, shape in zip(targets, loss_fns, output_shapes, strict=False):
        if y is None or loss not in alike:
            continue
        if loss is losses.categorical_crossentropy and y.shape[-1] == 1:
            raise ValueError(
                f"You are passing a target array of shape {y.shape} to categorical_crossentropy; "
                "expected a column for each class. Pass to_categorical(y), or use "
                "sparse_categorical_crossentropy."
            )
        pairs = zip(y.shape[1:], shape[1:], strict=False)
        if any(wanted is not None and n != wanted for n, wanted in pairs):
            raise ValueError(
                f"received targets of shape {y.shape} for an output of shape {tuple(shape)}; "
                f"{loss.__name__} expects targets to have the same shape as the output."
            )


def _weighted_masked_objective(fn: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """A loss (y_true, y_pred) as one of (y_true, y_pred, weights, mask): a number.

    With l a sample's loss, m its mask and w its weight: Σ l·m·w / n, over the share of m that is
    on and the share of w that is not 0.

    >>> f = _weighted_masked_objective(losses.mean_absolute_error)
    >>> float(f(np.zeros((2, 1)), np.array([[1.0], [5.0]]), np.array([1.0, 0.0])))
    1.0
    """
    if fn is None:
        return None

    def weighted(y_true: Any, y_pred: Any, weights: Any, mask: Any = None) -> Any:
        found = fn(y_true, y_pred)
        if mask is not None:
            on = K.cast(mask, K.floatx())
            found = found * on / K.mean(on)
        if weights is not None:
            beyond = list(range(K.ndim(weights), K.ndim(found)))
            found = K.mean(found, axis=beyond) if beyond else found
            shown = K.mean(K.cast(K.not_equal(weights, 0), K.floatx()))
            found = found * weights / shown
        return K.mean(found)

    return weighted


def _object_list_uid(object_list: Any) -> str:
    """A name for one or several objects, as long as they are there."""
    return ", ".join(str(abs(id(x))) for x in to_list(object_list))


# ---- weights ------------------------------------------------------------------------------------


def preprocess_weights_for_loading(
    layer: Any, weights: list[Any], original_keras_version: str | None = None,
    original_backend: str | None = None, reshape: bool = False,
) -> list[np.ndarray]:  # fmt: skip
    """Weights as Keras 1, another backend or a layer for CuDNN had them, as ``layer`` has its own.

    reshape   gives those of as many numbers the shapes of the layer's own.
    Raises ValueError for a weight of another number of numbers then.
    """
    given = [np.asarray(w) for w in weights]
    found = as_today(layer, given, original_keras_version, original_backend)
    if not reshape:
        return found
    shapes = [tuple(w.shape) for w in layer.weights]
    for array, shape in zip(found, shapes, strict=False):
        if array.size != np.prod(shape, dtype=int):
            raise ValueError(
                f"received a weight of shape {array.shape} for layer {layer.name!r}; expected one "
                f"of as many numbers as {shape} has."
            )
    return [a.reshape(s) for a, s in zip(found, shapes, strict=False)]


def convert_all_kernels_in_model(model: Any) -> None:
    """Turns the kernels of all windows round, as Theano's are to be after they were loaded."""
    kinds = {"Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose"}
    for layer in model.layers:
        if hasattr(layer, "layers"):
            convert_all_kernels_in_model(layer)
        elif kinds & {cls.__name__ for cls in type(layer).__mro__}:
            layer.kernel.assign(turned(np.asarray(layer.kernel)))


def convert_dense_weights_data_format(
    dense: Any, previous_feature_map_shape: Sequence[int],
    target_data_format: str = "channels_first",
) -> None:  # fmt: skip
    """Puts the rows of a `Dense` after a `Flatten` in the order of the other data format.

    target_data_format           what samples before the Flatten are to have from here on.
    previous_feature_map_shape   their shape in it.
    Raises ValueError for another format.
    """
    if target_data_format not in ("channels_first", "channels_last"):
        raise ValueError(
            f"received target_data_format={target_data_format!r}; expected 'channels_first' or "
            "'channels_last'."
        )
    kernel = np.asarray(dense.kernel)
    shape = tuple(previous_feature_map_shape)
    first = target_data_format == "channels_first"
    before, axes = ((*shape[1:], shape[0]), (2, 0, 1, 3)) if first else (
        (shape[-1], *shape[:-1]), (1, 2, 0, 3)
    )  # fmt: skip
    whole = kernel.reshape(*before, kernel.shape[-1])
    dense.kernel.assign(whole.transpose(axes).reshape(kernel.shape))


# ---- functions as text --------------------------------------------------------------------------


def func_dump(func: Any) -> tuple[str, Any, Any]:
    """A function of Python's as its code, a text, its defaults and what it took from around it."""
    code = codecs.encode(marshal.dumps(func.__code__), "base64").decode("ascii")
    held = tuple(cell.cell_contents for cell in func.__closure__ or ())
    return code, func.__defaults__, held or None


def func_load(
    code: Any, defaults: Any = None, closure: Any = None, globs: dict[str, Any] | None = None
) -> Any:
    """The function that `func_dump` has taken apart; no file is read by it.

    code   the text, or all three. Whoever calls the function runs that code: take it from nobody
           else.

    >>> func_load(func_dump(lambda x, n=2: x * n))(3)
    6
    """
    if isinstance(code, tuple | list):
        code, defaults, closure = code
    defaults = tuple(defaults) if isinstance(defaults, list) else defaults
    cells = (c if isinstance(c, types.CellType) else types.CellType(c) for c in closure or ())
    try:
        found = marshal.loads(codecs.decode(code.encode("ascii"), "base64"))
    except ValueError:  # up to Keras 2.1.1 it was written byte by byte
        found = marshal.loads(code.encode("raw_unicode_escape"))
    around = tuple(cells) or None
    return types.FunctionType(
        found, globals() if globs is None else globs, found.co_name, defaults, around
    )


# ---- files --------------------------------------------------------------------------------------


def _hash_file(fpath: Any, algorithm: str = "sha256", chunk_size: int = 65535) -> str:
    """The hex digits of a file's SHA-256, or of its MD5."""
    name = "sha256" if algorithm in ("sha256", "auto") else "md5"
    found = hashlib.new(name, usedforsecurity=False)
    with open(fpath, "rb", opener=regular) as file:
        while piece := file.read(chunk_size):
            found.update(piece)
    return found.hexdigest()


def validate_file(
    fpath: Any, file_hash: str, algorithm: str = "auto", chunk_size: int = 65535
) -> bool:
    """Whether a file has a hash: of 'sha256', 'md5', or as the number of digits says."""
    by_length = "sha256" if len(file_hash) == 64 else "md5"
    name = by_length if algorithm == "auto" else algorithm
    return _hash_file(fpath, name, chunk_size) == str(file_hash)


def ask_to_proceed_with_overwrite(filepath: Any) -> bool:
    """Whether who is asked says that a file may be written anew."""
    words = f"[WARNING] {filepath} already exists - overwrite? [y/n]"
    while (answer := input(words).strip().lower()) not in ("y", "n"):
        words = 'Enter "y" (overwrite) or "n" (cancel).'
    return answer == "y"


# ---- sequences ----------------------------------------------------------------------------------


def _remove_long_seq(maxlen: int, seq: Any, label: Any) -> tuple[list[Any], list[Any]]:
    """The sequences that are shorter than ``maxlen``, and their labels.

    >>> _remove_long_seq(3, [[1, 2], [1, 2, 3]], ["a", "b"])
    ([[1, 2]], ['a'])
    """
    kept = [(x, y) for x, y in zip(seq, label, strict=False) if len(x) < maxlen]
    return [x for x, _ in kept], [y for _, y in kept]
