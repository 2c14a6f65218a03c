"""Dtype policies: what a layer computes in, and what its weights are kept in.

A layer's ``dtype=`` is a policy, or anything that `get` makes one of: 'float32', 'float64',
'float16', 'bfloat16', 'mixed_float16' (float16 for computing, float32 for weights) or
'mixed_bfloat16'. Left out, it is the global one, `dtype_policy`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np

from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.halves import as_dtype
from autograd_nn.nn import settings
from autograd_nn.nn.configurable import Configurable
from autograd_nn.nn.registry import family, find, named, scope

MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
NAMES = (
    *settings.FLOATS, "bool", "complex64", "complex128",
    *(f"{sign}int{n}" for sign in ("", "u") for n in (8, 16, 32, 64)),
)  # fmt: skip


@family("dtype_policy", by_class=True)
@named(of="dtype_policy", by_class=True)
class DTypePolicy(Configurable):
    """What a layer computes in (``compute_dtype``) and keeps its weights in (``variable_dtype``).

    name   a dtype's, for both; 'mixed_float16' computes in float16 and keeps float32, as
           'mixed_bfloat16' does with bfloat16. None: that of the global policy.
    Under a mixed policy a layer's inputs are cast to 16 bits and its weights are read in these;
    optimizers see float32. Gradients of float16 may vanish and are scaled (`LossScaleOptimizer`);
    bfloat16 has the range of float32 and needs no scale. Raises TypeError for what is no
    text, ValueError for an unknown name.
    Source: Micikevicius et al., "Mixed precision training" (2017).

    >>> policy = DTypePolicy("mixed_float16")
    >>> policy, policy.compute_dtype, policy.variable_dtype
    (<DTypePolicy "mixed_float16">, 'float16', 'float32')
    """

    name: str

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            name = dtype_policy().name
        if not isinstance(name, str):
            raise TypeError(
                f"'name' must be a string, such as 'mixed_float16'; received name={name!r}."
            )
        if name not in MIXED and name not in NAMES:
            quantized = "_from_" in name
            raise ValueError(
                f"Cannot convert {name!r} to a DTypePolicy; expected 'mixed_float16' or a dtype's "
                "name, such as 'float32'."
                + (" Weights are not quantized here: leave 'int8_from_' out." if quantized else "")
            )
        self.name = name

    @property
    def compute_dtype(self) -> str:
        """The dtype of inputs, of weights as they are read, and so of results."""
        return MIXED.get(self.name, self.name)

    @property
    def variable_dtype(self) -> str:
        """The dtype in which weights are kept, and in which optimizers change them."""
        return "float32" if self.name in MIXED else self.name

    def of(self, path: str) -> DTypePolicy:
        """The policy of the layer at a path: this one."""
        return self

    def _briefly(self) -> str:
        return repr(self.name)

    def _as_data(self) -> Any:
        return serialize(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self.name)

    def _key(self) -> Any:
        return self.name

    def __repr__(self) -> str:
        return f'<DTypePolicy "{self.name}">'


@named()
class FloatDTypePolicy(DTypePolicy):
    """`DTypePolicy` under Keras's other name for it.

    >>> FloatDTypePolicy("float32") == DTypePolicy("float32")
    True
    """


@named()
class DTypePolicyMap(DTypePolicy, MutableMapping):  # type: ignore[type-arg]
    """Policies by the paths of layers; one for the rest.

    default_policy   that of paths which no key names or matches; None: the global one.
    policy_map       a dict of policies, by path or by a regular expression that matches it whole.
    A composed layer hands the map on to the layers inside; each takes what its path is given.
    Raises ValueError for a key that is there already, and for a path that several match.

    >>> found = DTypePolicyMap("float32", {"encoder/.*": DTypePolicy("float16")})
    >>> found["encoder/dense"], found["decoder"]
    (<DTypePolicy "float16">, <DTypePolicy "float32">)
    """

    def __init__(
        self, default_policy: Any = None, policy_map: Mapping[str, Any] | None = None
    ) -> None:
        if isinstance(default_policy, DTypePolicyMap):
            raise ValueError(
                "`default_policy` cannot be a `DTypePolicyMap`; expected one policy, or its name."
            )
        if policy_map is not None and not isinstance(policy_map, dict):
            raise TypeError(
                f"If specified, `policy_map` must be a dict; received {policy_map!r}, a "
                f"{type(policy_map).__name__}."
            )
        self.given = None if default_policy is None else get(default_policy)
        self.policy_map: dict[str, DTypePolicy] = {}
        for path, policy in (policy_map or {}).items():
            self[path] = policy

    @property
    def default_policy(self) -> DTypePolicy:
        """The policy of what no key matches."""
        return dtype_policy() if self.given is None else self.given

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"map_{self.default_policy.name}"

    @property
    def compute_dtype(self) -> str:
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        return self.default_policy.variable_dtype

    def of(self, path: str) -> DTypePolicy:
        return self[path]

    def _key(self) -> Any:
        return self.name, sorted((k, v.name) for k, v in self.policy_map.items())

    __hash__ = DTypePolicy.__hash__

    def __getitem__(self, path: str) -> DTypePolicy:
        if path in self.policy_map:
            return self.policy_map[path]
        found = [key for key in self.policy_map if re.fullmatch(key, path)]
        if len(found) > 1:
            raise ValueError(
                f"Path {path!r} matches multiple dtype policy specification keys: {found}; "
                "expected one at most. Make the keys' patterns apart."
            )
        return self.policy_map[found[0]] if found else self.default_policy

    def __setitem__(self, path: str, policy: Any) -> None:
        if path in self.policy_map:
            raise ValueError(
                f"{path} already exist in the DTypePolicyMap with {self.policy_map[path]!r}; "
                "expected a new key. Delete the old one first."
            )
        try:
            self.policy_map[path] = get(policy)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"Cannot interpret the assigned value for {path!r} as a policy: {error}"
            ) from None

    def __delitem__(self, path: str) -> None:
        del self.policy_map[path]

    def __contains__(self, path: object) -> bool:
        return path in self.policy_map

    def __iter__(self) -> Iterator[str]:
        return iter(self.policy_map)

    def __len__(self) -> int:
        return len(self.policy_map)

    def _briefly(self) -> str:
        return repr(self)

    def get_config(self) -> dict[str, Any]:
        """The policies as plain data."""
        given = None if self.given is None else serialize(self.given)
        return {
            "default_policy": given,
            "policy_map": {k: serialize(v) for k, v in self.policy_map.items()},
        }

    def __repr__(self) -> str:
        mapping = [(k, v.name) for k, v in self.policy_map.items()]
        return f"<DTypePolicyMap default_policy={self.default_policy.name}, mapping={mapping}>"


# ---- the global policy --------------------------------------------------------------------------


class _Global:
    policy: DTypePolicy | None = None


def dtype_policy() -> DTypePolicy:
    """The policy of layers that are given none: that of `set_dtype_policy`, else `floatx`'s.

    >>> dtype_policy()
    <DTypePolicy "float32">
    """
    return _Global.policy or DTypePolicy(settings.floatx())


def set_dtype_policy(policy: Any) -> None:
    """Sets `dtype_policy` for the layers made from now on; None: `floatx`'s again.

    Raises ValueError for what names no policy.

    >>> set_dtype_policy("mixed_float16")
    >>> dtype_policy().compute_dtype
    'float16'
    >>> set_dtype_policy(None)
    """
    _Global.policy = None if policy is None else get(policy)


# ---- from what names it, and back ---------------------------------------------------------------


def get(identifier: Any) -> DTypePolicy:
    """The policy meant by a name, a dtype, a configuration or a policy; None: the global one.

    Raises ValueError where none is.

    >>> get(np.float64), get({"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}})
    (<DTypePolicy "float64">, <DTypePolicy "mixed_float16">)
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        return DTypePolicy(identifier)
    try:
        return DTypePolicy(as_dtype(identifier).name)
    except (TypeError, ValueError):
        raise ValueError(
            f"Cannot interpret `dtype` argument; received dtype={identifier!r}, expected a name "
            "such as 'float32' or 'mixed_float16', or a DTypePolicy."
        ) from None


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """A policy as plain data.

    >>> serialize(DTypePolicy("float32"))["config"]
    {'name': 'float32'}
    """
    cls = type(dtype_policy)
    module = "keras.dtype_policies" if cls is DTypePolicyMap else "keras"
    return {
        "module": module, "class_name": cls.__name__, "config": dtype_policy.get_config(),
        "registered_name": None,
    }  # fmt: skip


def deserialize(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> DTypePolicy:
    """The policy that plain data describe, ours or Keras's.

    custom_objects   a user's own classes, by name.
    Raises ValueError for another class.

    >>> deserialize(serialize(DTypePolicy("float16")))
    <DTypePolicy "float16">
    """
    if "class_name" not in config:
        raise ValueError(
            f"received {dict(config)!r} as a dtype policy; expected its class_name and config."
        )
    with scope(custom_objects or {}):
        return find(config, "dtype_policy")  # type: ignore[no-any-return]


def computing(policy: DTypePolicy, where: str) -> np.dtype:
    """The dtype that a layer computes in; raises DTypeError where layers cannot.

    Raises ImportError for bfloat16 without ml_dtypes.

    >>> computing(DTypePolicy("mixed_float16"), "Dense")
    dtype('float16')
    """
    name = policy.compute_dtype
    if name not in settings.FLOATS:
        raise DTypeError(
            f"{where} received dtype={policy.name!r}; expected 'float32' or 'float64', 'float16', "
            "'bfloat16', 'mixed_float16' or 'mixed_bfloat16'. Its weights alone may be of others: "
            "add_weight(dtype=...)."
        )
    return as_dtype(name)


__all__ = [
    "DTypePolicy", "DTypePolicyMap", "FloatDTypePolicy", "deserialize", "get", "serialize",
]  # fmt: skip
