"""Low-rank adaptation: a weight that stays as it is, with a product of two thin ones added."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import initializers
from autograd_nn.nn.checks import number
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.variable import Variable


class Adapted:
    """The weight W under its name: a variable, or where it is adapted the sum."""

    def __set_name__(self, owner: type[LowRank], name: str) -> None:
        owner.adapted, self.kept = name, f"_{name}"

    def __get__(self, layer: Any, owner: Any = None) -> Any:
        if layer is None:
            return self
        if layer._adapting is None:
            try:
                return layer.__dict__[self.kept]
            except KeyError:
                kind, name = type(layer).__name__, self.kept[1:]
                raise AttributeError(f"{kind!r} has no {name!r} before it is built") from None
        w, a, b = layer._adapting
        return ops.add(w, layer.product(a, b))

    def __set__(self, layer: Any, value: Any) -> None:
        setattr(layer, self.kept, value)


class LowRank(Layer):
    """The base of layers whose largest weight W (…, n) can be adapted, W + (α/r)·AB.

    lora_rank    r: A has the shape (…, r), B (r, n); these two are trained, W is not. None: only W.
    lora_alpha   α; None: r, so that AB is added as it is.
    Keras's files hold the sum in W's place; what is read from one starts from B = 0.
    Source: Hu et al., "LoRA: low-rank adaptation of large language models" (2022).

    >>> from autograd_nn import nn
    >>> layer = nn.layers.Dense(6)
    >>> layer.build((None, 8))
    >>> layer.enable_lora(2)
    >>> [(v.name, v.shape) for v in layer.trainable_weights]
    [('bias', (6,)), ('lora_kernel_a', (8, 2)), ('lora_kernel_b', (2, 6))]
    """

    _beyond_keras: ClassVar = {"lora_rank": None, "lora_alpha": None}
    adapted: str  # what W is called
    _adapting: tuple[Variable, Variable, Variable] | None = None  # W, A and B

    def __init__(
        self, *, lora_rank: int | None = None, lora_alpha: float | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.lora_rank: int | None = None
        self.lora_alpha: float | None = None
        if lora_rank is not None:
            self._rank(lora_rank, lora_alpha)
        elif lora_alpha is not None:
            raise ValueError(
                f"{type(self).__name__} received lora_alpha={lora_alpha!r} and no lora_rank; "
                "expected both. Add lora_rank=4, say."
            )

    def _rank(self, rank: Any, alpha: Any) -> None:
        where = type(self).__name__
        if isinstance(rank, bool) or not isinstance(rank, int | np.integer) or rank < 1:
            raise ValueError(f"{where} received lora_rank={rank!r}; expected a positive integer.")
        alpha = rank if alpha is None else number(alpha, "lora_alpha", where)
        self._keep(lora_rank=int(rank), lora_alpha=alpha)

    @property
    def lora_enabled(self) -> bool:
        """Whether a product is added to the weight."""
        return self._adapting is not None

    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
    ) -> None:
        """Adds the two thin weights to a layer that is built; a model is compiled anew after it.

        Raises ValueError where the layer is not built yet, is adapted already, or has a constraint
        on its weight; nothing is changed then.
        """
        self._free()
        if not self.built:
            raise ValueError(
                f"Cannot enable lora on a layer that isn't yet built: {self.name!r}. Build it, or "
                f"make it with lora_rank={rank!r}."
            )
        if self._adapting is not None:
            raise ValueError(
                f"lora is already enabled on layer {self.name!r}, of rank {self.lora_rank}; "
                "expected it once. Make a new layer for another rank."
            )
        starts = initializers.get(a_initializer), initializers.get(b_initializer)
        held = list(self._made_weights)
        self._rank(rank, lora_alpha)
        self._locked = False
        try:
            self._adapt(*starts)
        except BaseException:
            self._made_weights = held
            self._keep(lora_rank=None, lora_alpha=None)
            raise
        finally:
            self._locked = True

    def _free(self) -> None:
        if getattr(self, f"{self.adapted}_constraint") is not None:
            raise ValueError(
                f"lora is incompatible with {self.adapted} constraints, and layer {self.name!r} "
                f"has one. Remove the {self.adapted}_constraint."
            )

    def adapt(self) -> None:
        """Makes the thin weights where the constructor asked for them; the last of ``build``."""
        if self.lora_rank is not None:
            self._free()
            self._adapt()

    def _adapt(self, a_initializer: Any = "he_uniform", b_initializer: Any = "zeros") -> None:
        w = next(v for v in self._made_weights if v._name == self.adapted)
        *rows, n = w.shape
        penalty = getattr(self, f"{self.adapted}_regularizer")
        shapes = (*rows, self.lora_rank), (self.lora_rank, n)
        thin = []
        for letter, shape, start in zip("ab", shapes, (a_initializer, b_initializer), strict=True):
            v = self.add_weight(
                shape, start, regularizer=penalty, name=f"lora_{self.adapted}_{letter}"
            )
            v.path = f"{w.path.rpartition('/')[0]}/{v._name}"
            thin.append(v)
        for v in thin:
            setattr(self, v._name, v)
        w.trainable = False
        self._adapting = w, thin[0], thin[1]

    def _inside(self) -> tuple[list[Variable], list[Any]]:
        own, layers = super()._inside()
        if self._adapting is not None:  # W stands where it stood while it was trained
            places = {id(v): i for i, v in enumerate(self._made_weights)}
            own = sorted(own, key=lambda v: places.get(id(v), len(places)))
        return own, layers

    def product(self, a: Tensor, b: Tensor) -> Tensor:
        """(α/r)·ab."""
        return ops.multiply(ops.matmul(a, b), self.lora_alpha / self.lora_rank)  # type: ignore[operator]

    def _merged_weights(self) -> list[tuple[Variable, np.ndarray]]:
        """As if there were no product, and W the sum."""
        if self._adapting is None:
            return super()._merged_weights()
        w, a, b = self._adapting
        whole = ops.add(w, self.product(a, b)).detach().numpy()
        kept = [v for v in self._made_weights if v is not a and v is not b]
        return [(v, whole if v is w else v.array) for v in kept]

    def _unmerged(self) -> dict[int, np.ndarray]:
        """What weights that `_merged_weights` leaves out are set to beside it, by their id."""
        if self._adapting is None:
            return {}
        _, a, b = self._adapting
        return {id(a): a.array, id(b): np.zeros_like(b.array)}
