"""Arguments as Keras 1 and 2 spelled them: one table from each to today's, with the value's.

`renames` lets a method take them, and `translated` serves constructors; both only where the old
name is none of the callee's own and today's is. Every one that is met warns with today's spelling.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Collection, Mapping
from functools import cache, wraps
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
Value = Callable[[Any], Any]


FORMATS = {"th": "channels_first", "tf": "channels_last", "default": None}


def _format(value: Any) -> Any:
    return FORMATS.get(value, value)


# Today's name: those before it, each once.
_BEFORE: dict[str, str] = {
    # sizes
    "units": "output_dim",
    "filters": "nb_filter",
    "kernel_size": "filter_length",
    "pool_size": "pool_length poolsize",
    "strides": "subsample subsample_length stride",
    "size": "length",
    "padding": "border_mode",
    "dilation_rate": "atrous_rate",
    "data_format": "dim_ordering",
    "axes": "dot_axes",
    # what weights start as, and what is asked of them
    "kernel_initializer": "init",
    "recurrent_initializer": "inner_init",
    "embeddings_initializer": "init",
    "alpha_initializer": "init",
    "beta_initializer": "beta_init",
    "gamma_initializer": "gamma_init",
    "bias_initializer": "b_init",
    "recurrent_activation": "inner_activation",
    "kernel_regularizer": "W_regularizer",
    "recurrent_regularizer": "U_regularizer",
    "bias_regularizer": "b_regularizer",
    "embeddings_regularizer": "W_regularizer",
    "kernel_constraint": "W_constraint",
    "recurrent_constraint": "U_constraint",
    "bias_constraint": "b_constraint",
    "embeddings_constraint": "W_constraint",
    "pointwise_initializer": "pointwise_init",
    "depthwise_initializer": "depthwise_init",
    "unit_forget_bias": "forget_bias_init",
    "use_bias": "bias",
    # shares and sizes of noise
    "rate": "p",
    "stddev": "sigma",
    "dropout": "dropout_W",
    "recurrent_dropout": "dropout_U",
    "negative_slope": "alpha",
    "max_value": "m",
    "l1": "l",
    "l2": "l",
    # optimizers and callbacks
    "learning_rate": "lr",
    "min_delta": "epsilon",
    # methods and models
    "inputs": "input",
    "outputs": "output",
    "epochs": "nb_epoch",
    # words
    "num_words": "nb_words",
    "num_classes": "nb_classes",
}

# Several of old that are one today.
_TOGETHER: dict[tuple[str, ...], str] = {
    ("nb_row", "nb_col"): "kernel_size",
    ("kernel_dim1", "kernel_dim2", "kernel_dim3"): "kernel_size",
}

_VALUES: dict[str, Value] = {
    "dim_ordering": _format,
    "forget_bias_init": lambda value: value in ("one", "ones"),
}

# What nothing here depends on: how a library of then computed.
_IDLE = frozenset(
    "consume_less implementation mode max_q_size max_queue_size nb_worker workers pickle_safe "
    "use_multiprocessing show_accuracy class_mode theano_mode sample_weight_mode "
    "target_tensors embeddings_layer_names embeddings_data truncate_gradient".split()
)
# What a class no longer does, and what does it now.
_GONE = {
    ("Embedding", "dropout"): "SpatialDropout1D(rate) after it",
    ("TensorBoard", "write_grads"): "what writes gradients into a callback of your own",
    ("Conv2DTranspose", "output_shape"): "output_padding=, where the strides leave it open",
    ("load_data", "test_split"): "together what was split, and split it",
}
# where only some values were without a meaning of their own
_ONLY: dict[str, tuple[Any, ...]] = {"mode": (0, 2),}


def _table() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for new, names in _BEFORE.items():
        for old in names.split():
            found.setdefault(old, []).append(new)
    return found


_TODAY = _table()
_PARTS = {old: (group, new) for group, new in _TOGETHER.items() for old in group}
OLD = frozenset(_TODAY) | frozenset(_PARTS) | _IDLE | {name for _, name in _GONE}


def translated(
    options: Mapping[str, Any], known: Collection[str], where: str
) -> dict[str, Any]:
    """Arguments by today's names, as far as the callee, which knows ``known``, has those.

    Raises TypeError where the old name and today's are both given.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     translated({"nb_row": 3, "nb_col": 5, "p": 1}, ["kernel_size", "name"], "Conv2D")
    {'kernel_size': (3, 5), 'p': 1}
    """
    found: dict[str, Any] = {}

    def put(old: str, new: str, value: Any) -> None:
        if new in options or new in found:
            raise TypeError(
                f"{where} received both {old}= and {new}=, its name today; expected one of them. "
                f"Leave {old}= out."
            )
        found[new] = value
        warn_user(f"{where}: received {old}=, an old spelling; write {new}= in its place.")

    for name, value in options.items():
        new = next((n for n in _TODAY.get(name, ()) if n in known), None)
        if name in known or name not in OLD:
            found[name] = value
        elif new is not None:
            put(name, new, _VALUES.get(name, _same)(value))
        elif name in _PARTS and _PARTS[name][1] in known:
            group, new = _PARTS[name]
            if name == next(n for n in group if n in options):
                put("=, ".join(group), new, tuple(options[n] for n in group if n in options))
        elif (where, name) in _GONE:
            warn_user(f"{where}: {name}= does nothing any more; put {_GONE[where, name]}.")
        elif name in _IDLE and value in _ONLY.get(name, (value,)):
            warn_user(f"{where}: {name}= is not needed any more; leave it out.")
        else:
            found[name] = value
    return found


def whose(kind: type, options: Collection[str]) -> str:
    """The class of ours that a class is or extends and that once took one of the options."""
    bases = [k.__name__ for k in kind.__mro__]
    return next((k for k in bases for name in options if (k, name) in _GONE), bases[0])


def _same(value: Any) -> Any:
    return value


def warn_user(text: str, kind: type[Warning] = DeprecationWarning) -> None:
    """A warning at the line outside of this package that led here."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and _inside(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, kind, stacklevel=level)


def _inside(module: str) -> bool:
    return module.startswith("autograd_nn.")


def renames(method: F) -> F:
    """Lets a method take its arguments by their old names, too."""
    known = cache(lambda: inspect.signature(method).parameters.keys())

    @wraps(method)
    def wrapper(*args: Any, **options: Any) -> Any:
        if options.get("show_accuracy") and "show_accuracy" not in known():
            args[0]._show_accuracy()
        if options and not OLD.isdisjoint(options):
            options = translated(options, known(), method.__name__)
        return method(*args, **options)

    return wrapper  # type: ignore[return-value]
