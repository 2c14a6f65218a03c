"""FeatureSpace: columns of a table, of any kind, encoded side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import did_you_mean
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import layers
from autograd_nn.nn.configurable import Configurable
from autograd_nn.nn.layers.preprocessing.encoding import batches
from autograd_nn.nn.lookup import unique_name
from autograd_nn.nn.model import Model
from autograd_nn.nn.network import Network
from autograd_nn.nn.registry import family, named
from autograd_nn.nn.saving import deserialize_keras_object, serialize_keras_object
from autograd_nn.nn.symbols import symbols_in
from autograd_nn.nn.text import is_text, texts_of
from autograd_nn.nn.training.labels import columns

MODES = ("one_hot", "int", "float")


@family("feature", by_class=True)
class Encoding(Configurable):
    """The base: how a feature, or several that are crossed, stands among the others.

    output_mode   'one_hot', 'int' or 'float': 1 at the place of the whole number that it is; or as
                  it is.
    """

    output_mode: str


@named()
class Feature(Encoding):
    """One column: the dtype of its values, the layer that makes numbers of them, and their mode."""

    def __init__(self, dtype: str, preprocessor: Any, output_mode: str) -> None:
        self.dtype, self.output_mode = dtype, _mode(output_mode)
        self.preprocessor = _made(preprocessor)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain data."""
        made = serialize_keras_object(self.preprocessor)
        return {"dtype": self.dtype, "preprocessor": made, "output_mode": self.output_mode}


@named()
class Cross(Encoding):
    """Several features as one, the bucket of their values together, of ``crossing_dim``."""

    def __init__(
        self, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot"
    ) -> None:
        self.feature_names, self.crossing_dim = tuple(feature_names), crossing_dim
        self.output_mode = _mode(output_mode)

    @property
    def name(self) -> str:
        """Its place in a dict of features."""
        return "_X_".join(self.feature_names)


@named()
class FeatureSpace(Model):
    """Features by name, each made numbers by a layer of its own, then put side by side.

    features       for each name 'float', 'float_normalized', 'float_rescaled', 'float_discretized',
                   'integer_categorical', 'integer_hashed', 'string_categorical', 'string_hashed',
                   or what the methods of these names give.
    output_mode    'concat': one vector, the features in the order of their names, then crosses;
                   'dict': each by its name.
    crosses        tuples of names that are crossed, or what `cross` gives.
    crossing_dim, hashing_dim, num_discretization_bins   how many places these have.
    It learns by `adapt`, and is then called on dicts of columns, or tables; it is a model, which
    may be a part of others, and may be saved. Raises ValueError for names that are not known.

    >>> from autograd_nn import nn
    >>> table = {"size": [1.0, 3.0], "city": ["Ulm", "Bonn"]}
    >>> space = nn.utils.FeatureSpace({"size": "float_normalized", "city": "string_categorical"})
    >>> space.adapt(table)
    >>> space(table).tolist()
    [[0.0, 1.0, 0.0, -1.0], [0.0, 0.0, 1.0, 1.0]]
    """

    def __init__(
        self,
        features: Mapping[str, Any],
        output_mode: str = "concat",
        crosses: Any = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name or unique_name("feature_space"))
        if not features or not isinstance(features, Mapping):
            raise ValueError(
                f"FeatureSpace received features={features!r}; expected a dict of kinds by name, "
                "as in {'age': 'float_normalized'}. The `features` argument cannot be None or "
                "empty."
            )
        if output_mode not in ("concat", "dict"):
            raise ValueError(
                "Invalid value for argument `output_mode`. Expected one of {'dict', 'concat'}. "
                f"Received: output_mode={output_mode}"
            )
        self.output_mode, self.crossing_dim = output_mode, crossing_dim
        self.hashing_dim, self.num_discretization_bins = hashing_dim, num_discretization_bins
        self.features = {k: self._feature(k, v) for k, v in features.items()}
        self.crosses = [self._cross(c) for c in crosses or ()]
        self.preprocessors = {k: f.preprocessor for k, f in self.features.items()}
        self.crossers = {
            c.name: layers.HashedCrossing(c.crossing_dim, name=c.name) for c in self.crosses
        }
        self.one_hot_encoders: dict[str, Any] = {}
        self.adapted = False

    # ---- kinds of features ----------------------------------------------------------------------

    @classmethod
    def feature(cls, dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """A feature of any layer."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def cross(
        cls, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot"
    ) -> Cross:
        """Features as one."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """Numbers as they are."""
        return Feature("float32", layers.Identity(name=_named(name, "float")), "float")

    @classmethod
    def float_rescaled(
        cls, scale: Any = 1.0, offset: Any = 0.0, name: str | None = None
    ) -> Feature:
        """Numbers as scale·x + offset."""
        layer = layers.Rescaling(scale, offset, name=_named(name, "float_rescaled"))
        return Feature("float32", layer, "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Numbers with mean 0 and variance 1."""
        layer = layers.Normalization(axis=-1, name=_named(name, "float_normalized"))
        return Feature("float32", layer, "float")

    @classmethod
    def float_discretized(
        cls, num_bins: int, bin_boundaries: Any = None, output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:  # fmt: skip
        """Numbers by the range they fall in, of ``num_bins``, or those between boundaries."""
        layer = layers.Discretization(
            bin_boundaries, num_bins if bin_boundaries is None else None,
            name=_named(name, "float_discretized"),
        )  # fmt: skip
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls, max_tokens: int | None = None, num_oov_indices: int = 1,
        output_mode: str = "one_hot", name: str | None = None,
    ) -> Feature:  # fmt: skip
        """Whole numbers by their place in a vocabulary."""
        layer = layers.IntegerLookup(
            max_tokens, num_oov_indices, name=_named(name, "integer_categorical")
        )
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls, max_tokens: int | None = None, num_oov_indices: int = 1,
        output_mode: str = "one_hot", name: str | None = None,
    ) -> Feature:  # fmt: skip
        """Text by its place in a vocabulary."""
        layer = layers.StringLookup(
            max_tokens, num_oov_indices, name=_named(name, "string_categorical")
        )
        return Feature("string", layer, output_mode)

    @classmethod
    def string_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Text by its hash."""
        layer = layers.Hashing(num_bins, name=_named(name, "string_hashed"))
        return Feature("string", layer, output_mode)

    @classmethod
    def integer_hashed(
        cls, num_bins: int, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """Whole numbers by their hash."""
        layer = layers.Hashing(num_bins, name=_named(name, "integer_hashed"))
        return Feature("int32", layer, output_mode)

    def _feature(self, name: str, kind: Any) -> Feature:
        if isinstance(kind, dict):
            kind = deserialize_keras_object(kind)
        if isinstance(kind, Feature):
            return kind
        sizes = {
            "float": (), "float_normalized": (), "float_rescaled": (),
            "float_discretized": (self.num_discretization_bins,), "integer_categorical": (),
            "string_categorical": (), "integer_hashed": (self.hashing_dim,),
            "string_hashed": (self.hashing_dim,),
        }  # fmt: skip
        if kind not in sizes:
            raise ValueError(f"Invalid feature type: {kind}. " + did_you_mean(str(kind), sizes))
        made: Feature = getattr(type(self), kind)(*sizes[kind], name=name)
        return made

    def _cross(self, cross: Any) -> Cross:
        if isinstance(cross, dict):
            cross = deserialize_keras_object(cross)
        found = cross if isinstance(cross, Cross) else None
        names = found.feature_names if found is not None else tuple(cross)
        if not all(k in self.features for k in names):
            raise ValueError(
                "All features referenced in the `crosses` argument should be present in the "
                f"`features` dict. Received unknown features: {names}"
            )
        if found is None and not self.crossing_dim:
            raise ValueError(
                "When specifying `crosses`, the argument `crossing_dim` (dimensionality of the "
                "crossing space) should be specified as well."
            )
        return found or Cross(names, self.crossing_dim)

    # ---- learning -------------------------------------------------------------------------------

    @property
    def learners(self) -> list[str]:
        """The names of the features whose layers are to learn from data."""
        return [k for k, layer in self.preprocessors.items() if _learns(layer)]

    def adapt(self, dataset: Any) -> None:
        """Learns from a dict of columns, a table, or what gives batches (or samples) of dicts.

        Raises ValueError for other data, and where a feature is missing.
        """
        parts: dict[str, list[Any]] = {k: [] for k in self.learners}
        for batch in [dataset] if _table(dataset) is not None else batches(dataset):
            found = _table(batch)
            if found is None:
                raise ValueError(
                    "`adapt()` can only be called on a dict of arrays/lists, a table, or batches "
                    f"of these. Received instead: {dataset} (of type {type(dataset)})"
                )
            for name, columns_seen in parts.items():
                columns_seen.append(self._column(found, name))
        for name, seen in parts.items():
            if not seen:
                raise ValueError(f"adapt received no data; expected some of {name!r}.")
            self.preprocessors[name].adapt(np.concatenate(seen))
        self.adapted = True
        self._wire()

    def _column(self, table: Mapping[str, Any], name: str) -> np.ndarray:
        """A feature's values, (n, …) with at least two axes."""
        if name not in table:
            raise ValueError(
                f"received data without the feature {name!r}; expected "
                f"{', '.join(map(repr, self.features))}. " + did_you_mean(name, list(table))
            )
        value, dtype = table[name], self.features[name].dtype
        if isinstance(value, str | bytes) or not np.ndim(value):
            value = [value]
        found = texts_of(value, name) if is_text(dtype) else np.asarray(value)
        return found.reshape(-1, 1) if found.ndim == 1 else found

    def _wire(self) -> None:
        """Makes the model of the layers, once they have learned."""
        entries = {
            k: layers.Input((1,), dtype=f.dtype, name=k) for k, f in self.features.items()
        }
        made = {k: self.preprocessors[k](x) for k, x in entries.items()}
        crossed = {
            c.name: self.crossers[c.name]([made[k] for k in c.feature_names])
            for c in self.crosses
        }
        modes: dict[str, Encoding] = {**self.features, **{c.name: c for c in self.crosses}}
        encoded = {
            k: self._encoded(k, {**made, **crossed}[k], modes[k].output_mode)
            for k in [*sorted(made), *sorted(crossed)]
        }
        joined: Any = encoded
        if self.output_mode == "concat":
            whole = next((k for k, x in encoded.items() if kind_of(x.dtype) != "f"), None)
            if whole is not None:
                raise ValueError(
                    f"Cannot concatenate features because feature '{whole}' has not been encoded "
                    f"(it has dtype {encoded[whole].dtype}). Consider using `output_mode='dict'`."
                )
            each = list(encoded.values())
            joined = layers.Concatenate(axis=-1)(each) if len(each) > 1 else each[0]
        self._between_symbols(Network(entries, joined))

    def _encoded(self, name: str, x: Any, mode: str) -> Any:
        if mode != "one_hot":
            return x
        if x.dtype.kind not in "iu":
            raise ValueError(
                f"Feature '{name}' has `output_mode='one_hot'`. Thus its preprocessor should "
                f"return an integer dtype. Instead it returns a {x.dtype} dtype."
            )
        n = _places(self.preprocessors.get(name) or self.crossers[name])
        if n is None:
            raise ValueError(
                f"Feature '{name}' has `output_mode='one_hot'`. However it isn't a standard "
                "feature and the dimensionality of its output space is not known, thus it cannot "
                "be one-hot encoded. Try using `output_mode='int'`."
            )
        encoder = layers.CategoryEncoding(n, output_mode="multi_hot")
        self.one_hot_encoders[name] = encoder
        return encoder(x)

    # ---- what it gives --------------------------------------------------------------------------

    def _ready(self) -> None:
        if self._layer_graph is None:
            if not self.adapted and self.learners:
                raise ValueError(
                    "You need to call `.adapt(dataset)` on the FeatureSpace before you can start "
                    f"using it: {', '.join(map(repr, self.learners))} learn from data."
                )
            self._wire()

    @property
    def inputs(self) -> Any:
        """The symbols of the features, by name."""
        self._ready()
        return self._layer_graph.inputs  # type: ignore[union-attr]

    def get_inputs(self) -> dict[str, Any]:
        """The symbols of the features, by name, for `Model`."""
        found: dict[str, Any] = self.inputs
        return found

    def get_encoded_features(self) -> Any:
        """The symbols of what follows from `get_inputs`: one, or a dict."""
        self._ready()
        return self.output

    def __call__(  # type: ignore[override]
        self, data: Any, *args: Any, **kwargs: Any
    ) -> Any:
        self._ready()
        if symbols_in(data) or isinstance(data, tree.Compound):
            return super().__call__(data, *args, **kwargs)
        table = _table(data)
        if table is None:
            raise ValueError(
                "A FeatureSpace can only be called with a dict. Received: "
                f"data={data} (of type {type(data)})"
            )
        found = {k: self._column(table, k) for k in self.features}
        y = super().__call__(found, *args, **kwargs)
        alone = all(isinstance(table[k], str | bytes) or not np.ndim(table[k]) for k in found)
        return tree.map(lambda v: ops.squeeze(v, axis=0), y) if alone else y

    # ---- configuration --------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain data, the layers with what they learned."""
        return {
            "features": serialize_keras_object(self.features),
            "output_mode": self.output_mode,
            "crosses": serialize_keras_object(self.crosses),
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A new object from `get_config`'s result."""
        return cls(**config)

    def get_build_config(self) -> dict[str, Any] | None:
        """Whether it has learned, as plain data."""
        return {"adapted": True} if self._layer_graph is not None else None

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Goes on as `get_build_config` says."""
        self.adapted = True
        self._wire()


def _mode(mode: str) -> str:
    if mode not in MODES:
        raise ValueError(
            f"Invalid value for argument `output_mode`. Expected one of {MODES}. Received: "
            f"output_mode={mode}"
        )
    return mode


def _made(layer: Any) -> Any:
    return deserialize_keras_object(layer) if isinstance(layer, dict) else layer


def _named(name: str | None, kind: str) -> str:
    return f"{name or unique_name(kind)}_preprocessor"


def _learns(layer: Any) -> bool:
    if isinstance(layer, layers.Normalization):
        return layer.input_mean is None
    if isinstance(layer, layers.Discretization):
        return layer.bin_boundaries is None or layer.num_bins is not None
    lookup = getattr(layer, "lookup", layer)
    return hasattr(layer, "adapt") and getattr(lookup, "adaptable", True)


def _places(layer: Any) -> int | None:
    """From how many whole numbers a layer's results are."""
    if isinstance(layer, layers.IntegerLookup | layers.StringLookup):
        return layer.vocabulary_size()
    if isinstance(layer, layers.Discretization):
        return layer.num_bins or len(layer.bin_boundaries or ()) + 1  # few values make fewer bins
    found = getattr(layer, "num_tokens", None) or getattr(layer, "num_bins", None)
    return found if isinstance(found, int) else None


def _table(data: Any) -> dict[str, Any] | None:
    """Columns by name, of a dict or a table; None for anything else."""
    if isinstance(data, Mapping):
        return {k: v.numpy() if isinstance(v, Tensor) else v for k, v in data.items()}
    names = columns(data)
    return None if names is None else {k: data[k] for k in names}
