"""What our own layers and models once took, or did, and do while Keras's names are ours.

Sizes of in and out (Keras 0), names counted from 1 (Keras 1 and 2), an `Embedding` that comes first
and takes any length (Keras 1 and 2), a metric called on what is being differentiated, and arguments
of Keras 2 that are wrong today.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn.compat.answers import archives, initializations, optimizers, scores
from autograd_nn.compat.answers import meant as names_meant
from autograd_nn.compat.functions import order, parts, told, within
from autograd_nn.compat.lent import divided
from autograd_nn.compat.once import (
    by_place,
    compiled,
    histories,
    lambdas,
    looked,
    own_layers,
    own_updates,
    penalties,
    popped,
    restored,
    second,
    sizes,
    zeroth,
)
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.callbacks.history import Records
from autograd_nn.nn.renamed import warn_user

IN_FOLDERS = "saved_model.keras"

Bent = dict[str, dict[str, Callable[[Any], Any]]]


def _sized(today: Any) -> Any:
    """A constructor that also takes the sizes of in and out: ``Dense(784, 128, init=…)``."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        kind = type(self).__name__
        sizes = tuple(divided.whole(n, "units", kind) for n in args[:2])
        args = sizes + args[2:]
        for name in {"units", "output_dim"} & options.keys():
            options[name] = divided.whole(options[name], name, kind)
        if len(sizes) == 2 and all(type(n) is int or isinstance(n, np.integer) for n in sizes):
            size_in, size_out = sizes
            warn_user(
                f"{kind}: received the sizes {size_in} and {size_out}; write "
                f"{kind}({size_out}, input_dim={size_in}) in its place."
            )
            args = size_out, *args[2:]
            options = {"input_dim": size_in, **options}
        today(self, *args, **options)

    return __init__


def _shaped(today: Any) -> Any:
    """A constructor that also takes the shape of a sample first, and does without."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        if args and isinstance(args[0], tuple):
            kind = type(self).__name__
            warn_user(f"{kind}: received a shape, {args[0]}, which is not needed any more.")
            args = args[1:]
        today(self, *args, **options)

    return __init__


def _any_length(today: Any) -> Any:
    """`Sequential._add`, after which a model that begins with an `Embedding` has its weights."""

    @wraps(today)
    def add(self: Any, layer: Any, *args: Any, **options: Any) -> Any:
        from autograd_nn.nn.layers import Embedding

        if isinstance(layer, Embedding) and layer.input_shape is None and not self.layers:
            layer.input_shape = (None, None)
        try:
            return today(self, layer, *args, **options)
        except ShapeError:  # of another length than any, as after Flatten: data will tell it
            if not self.layers or self.input_shape != (None, None):
                raise
            self.input_shape = self._output_sizes = self.layers[0].input_shape = None
            self._declared = self.built = False
            return today(self, layer, *args, **options)

    return add


def _looking_at_entries(today: Any) -> Any:
    """A call of a `Spatial` on a symbol: of pictures that enter, their channels may be first."""

    def _later(self: Any, inputs: Any, *rest: Any) -> Any:
        from autograd_nn.nn.layers.input import InputLayer
        from autograd_nn.nn.layers.spatial import Spatial

        entry = isinstance(getattr(getattr(inputs, "call", None), "function", None), InputLayer)
        if entry and "_untold" in vars(self):
            Spatial.look(self, tuple(inputs.shape[1:]))
        return super(Spatial, self)._later(inputs, *rest)

    return _later


def _meeting_columns(today: Any) -> Any:
    """`Sequential._meet_data`, which a table's columns come to first where it begins with such."""

    @wraps(today)
    def _meet_data(self: Any, inputs: Any) -> None:
        enter = getattr(self.layers[0], "enter", None) if self.layers else None
        if self.input_shape is None and isinstance(inputs, dict) and enter is not None:
            self.build(enter(inputs))
        else:
            today(self, inputs)

    return _meet_data


def _by_name_of_then(today: Any) -> Any:
    """`Model.get_layer`, by a name of Keras 1 or 2 as well where there is none of today's."""

    @wraps(today)
    def get_layer(self: Any, name: Any = None, index: Any = None) -> Any:
        if isinstance(name, str) and index is None:
            layers = self.layers
            found = None if name in [s.name for s in layers] else meant(name, layers)
            if found is not None:
                warn_user(f"get_layer: received {name!r}; write {found.name!r} in its place.")
                return found
        return today(self, name, index)

    return get_layer


def meant(name: str, layers: Sequence[Any]) -> Any:
    """The layer of a name that was made of its class and a number from 1; None where none is.

    >>> from autograd_nn import nn
    >>> layers = [nn.layers.MaxPooling2D(name="max_pooling2d"),
    ...           nn.layers.MaxPooling2D(name="max_pooling2d_1")]
    >>> meant("maxpooling2d_2", layers).name
    'max_pooling2d_1'
    """
    kind, number = _parts(name)
    return next((s for s in layers if number and _parts(s.name) == (kind, number - 1)), None)


def _parts(name: str) -> tuple[str, int]:
    parts = re.fullmatch(r"(.*?)(?:_(\d+))?", name)
    kind, number = (parts[1], parts[2]) if parts else (name, None)
    kind = kind.replace("_", "").replace("convolution", "conv")
    return "input" if kind == "inputlayer" else kind, int(number or 0)


def _by_names_of_then(today: Any) -> Any:
    """`Ends._named`: a dict by the inputs' or outputs' names of Keras 1 and 2, too."""

    @wraps(today)
    def _named(self: Any, given: dict, *args: Any) -> Any:
        if not given.keys() <= set(self.names):
            found = counted(list(given), self.names)
            if found is not None:
                olds, news = ", ".join(map(repr, found)), ", ".join(map(repr, found.values()))
                warn_user(f"received a dict by {olds}; write {news} in their place.")
                given = {found[k]: v for k, v in given.items()}
        return today(self, given, *args)

    return _named


def counted(names: list[str], today: Sequence[str]) -> dict[str, str] | None:
    """Today's names for those that were counted from 1; None where some are of neither kind.

    >>> counted(["input_1", "aux"], ["input_layer", "aux"])
    {'input_1': 'input_layer', 'aux': 'aux'}
    """
    found: dict[str, str] = {}
    for name in names:
        kind, number = _parts(str(name))
        then = (n for n in today if number and _parts(n) == (kind, number - 1))
        now = next(then, name if name in today else None)
        if now is None or now in found.values():
            return None
        found[name] = now
    return found


def _as_numbers(today: Any) -> Any:
    """`Metric.__call__`, of what is being differentiated as well: its result has no derivative."""

    @wraps(today)
    def __call__(self: Any, *args: Any, **options: Any) -> Any:
        def alone(x: Any) -> Any:
            return x.detach() if isinstance(x, Tensor) else x

        return today(self, *map(alone, args), **{k: alone(v) for k, v in options.items()})

    return __call__


def _one_metric(today: Any) -> Any:
    """`Said`, whose metrics may be one that is in no list."""

    @wraps(today)
    def __init__(self: Any, loss: Any, loss_weights: Any, *both: Any) -> None:
        lists = (v if v is None or isinstance(v, list | tuple | dict) else [v] for v in both)
        today(self, loss, loss_weights, *lists)

    return __init__


def _with_texts(today: Any) -> Any:
    """What gives texts, as those of TensorFlow."""

    @wraps(today)
    def __call__(*args: Any, **options: Any) -> Any:
        from autograd_nn.compat.tensorflow.values.texts import texts

        return texts(today(*args, **options))

    return __call__


def _into_folders(today: Any) -> Any:
    """What writes a model, which made folders for TensorFlow's files of several parts."""

    @wraps(today)
    def save(self: Any, filepath: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(filepath, str | os.PathLike):
            return today(self, filepath, *args, **options)
        path = Path(filepath)
        if path.suffix not in (".h5", ".hdf5", ".keras"):
            folder = path if str(filepath).endswith("/") else path.parent
            folder.mkdir(parents=True, exist_ok=True)
        if options.get("save_format") in ("tf", "tensorflow"):
            del options["save_format"]
        return today(self, filepath, *args, **options)

    return save


def _in_order_of_classes(today: Any) -> Any:
    """`class_weights`, of a list or an array as well: a weight for each class in order."""

    @wraps(today)
    def class_weights(weight: Any, *args: Any) -> Any:
        if isinstance(weight, str) and weight == "auto":
            warn_user("received class_weight='auto', which Keras left aside; leave it out.")
            return np.ones(len(args[0]), args[1])
        if isinstance(weight, list | np.ndarray) and np.ndim(weight) == 1:
            weight = dict(enumerate(map(float, weight)))
            warn_user(f"received class_weight in order; write {weight} in its place.")
        return today(weight, *args)

    return class_weights


def _answering(today: Any) -> Any:
    """`CallbackList.call`: in logs 'acc' and 'accuracy', 'lr' and 'learning_rate' are the same."""

    @wraps(today)
    def call(self: Any, hook: str, *args: Any, logs: Any = None) -> None:
        told = Records(logs or {})
        today(self, hook, *args, logs=told)
        if logs is not None:  # what one callback adds, others see
            logs.update(told)

    return call


def _as_numbers_are(today: Any) -> Any:
    """`Tensor.__format__`: a text has the numbers alone, as in TensorFlow."""

    def __format__(self: Any, form: str) -> str:
        return format(self.array[()], form)

    return __format__


def _inside_folders(today: Any) -> Any:
    """The name of a file: of a folder, as TensorFlow's models were, it is a file within."""

    @wraps(today)
    def _path(given: Any) -> str:
        name: str = today(given)
        return os.path.join(name, IN_FOLDERS) if os.path.isdir(name) else name

    return _path


def _given_itself(today: Any) -> Any:
    """`Model`, to whose constructor a tutorial of TensorFlow's gives the model itself."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        today(self, *(args[1:] if args and args[0] is self else args), **options)

    return __init__


def _of_inputs(today: Any) -> Any:
    """`get_initial_state`, of inputs in place of how many there are."""

    @wraps(today)
    def get_initial_state(
        self: Any, batch_size: Any = None, inputs: Any = None, dtype: Any = None
    ) -> Any:
        given = batch_size if inputs is None else inputs
        shape = getattr(given, "shape", ())
        return today(self, shape[0] if shape else given)

    return get_initial_state


def _of_a_batch(today: Any) -> Any:
    """A step on one batch that is told ``reset_metrics``: its values are of the batch alone."""

    @wraps(today)
    def on_batch(self: Any, *args: Any, reset_metrics: bool = True, **options: Any) -> Any:
        if not reset_metrics:
            warn_user(
                f"{today.__name__}: received reset_metrics=False; its values are of this batch "
                "alone. Keep a metric, and call its update_state, for those of several."
            )
        return today(self, *args, **options)

    return on_batch


def _any_number(today: Any) -> Any:
    """What shows how it goes, told any number from 3 on as 2 is: a line an epoch."""

    @wraps(today)
    def __init__(
        self: Any, epochs: Any, steps: Any, verbose: Any = "auto", **options: Any
    ) -> None:
        if type(verbose) is int and verbose > 2:
            warn_user(f"received verbose={verbose}, which was taken for 2, a line an epoch.")
            verbose = 2
        today(self, epochs, steps, verbose, **options)

    return __init__


def _any_threshold(today: Any) -> Any:
    """`BinaryAccuracy`, of logits as well, whose threshold is 0."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        told = options.get("threshold")
        if isinstance(told, int | float):
            del options["threshold"]
        today(self, *args, **options)
        if isinstance(told, int | float):
            self.threshold = told

    return __init__


def _of_its_layer(today: Any) -> Any:
    """`Variable.name`, which had the layer's before it: 'dense/kernel:0'.

    A `Sequential` that nobody named is left out, for it made its weights as its layers were added.
    """

    def name(self: Any) -> str:
        return re.sub(r"^sequential(_\d+)?/", "", self.path) + ":0"

    return property(name, today.__set__)


_LAYERS = "autograd_nn.nn.layers"
_OWN: Bent = {
    **{f"{_LAYERS}:{name}": {"__init__": _sized} for name in ("Dense", "LSTM", "GRU", "SimpleRNN")},
    **{f"{_LAYERS}:{name}": {"__init__": _shaped} for name in ("BatchNormalization", "PReLU")},
    f"{_LAYERS}.spatial:Spatial": {"_later": _looking_at_entries},
    "autograd_nn.nn.models:Sequential": {"_add": _any_length, "_meet_data": _meeting_columns},
    "autograd_nn.nn.models:Model": {"__init__": _given_itself, "get_layer": _by_name_of_then},
    "autograd_nn.nn.model:Model": {"save": _into_folders, "save_weights": _into_folders},
    "autograd_nn.nn.variable:Variable": {
        "__getitem__": parts.known, "name": _of_its_layer, "assign_add": parts.plainly,
        "assign_sub": parts.plainly,
    },
    "autograd_nn.engine.tensor:Tensor": {
        "assign": parts.of_parts, "__format__": _as_numbers_are,
    },
    "autograd_nn.nn.training.outputs:Ends": {"_named": _by_names_of_then},
    "autograd_nn.nn.training.spec:Said": {"__init__": _one_metric},
    "autograd_nn.nn.training.weighing": {"class_weights": _in_order_of_classes},
    "autograd_nn.nn.saving.doors": {"_path": _inside_folders},
    "autograd_nn.nn.callbacks.several:CallbackList": {"call": _answering},
    f"{_LAYERS}:RNN": {"get_initial_state": _of_inputs},
    f"{_LAYERS}.recurrent.cells:Cell": {"get_initial_state": _of_inputs},
    f"{_LAYERS}:StringLookup": {"__call__": _with_texts},
    "autograd_nn.nn.metrics:Metric": {"__call__": _as_numbers},
    "autograd_nn.nn.training.progress:ProgressBar": {"__init__": _any_number},
    "autograd_nn.nn.training.trainer:Trainer": {
        "train_on_batch": _of_a_batch, "test_on_batch": _of_a_batch,
    },
    "autograd_nn.nn.metrics:BinaryAccuracy": {"__init__": _any_threshold},
}


def _together(*tables: Mapping[str, Mapping[str, Callable[[Any], Any]]]) -> Bent:
    """Tables as one; what several bend is bent by each, the first innermost."""
    found: Bent = {}
    for table in tables:
        for place, functions in table.items():
            own = found.setdefault(place, {})
            for name, make in functions.items():
                own[name] = _after(own[name], make) if name in own else make
    return found


def _after(first: Callable[[Any], Any], then: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda today: then(first(today))


BENT = _together(
    _OWN, names_meant.BENT, divided.BENT, lambdas.BENT, optimizers.BENT, order.BENT,
    penalties.BENT, restored.BENT, scores.BENT, sizes.BENT, zeroth.BENT, by_place.BENT,
    initializations.BENT, own_layers.BENT, archives.BENT, looked.BENT,
    own_updates.BENT, histories.BENT, popped.BENT, second.BENT, compiled.BENT,
    told.BENT, within.BENT,
)
