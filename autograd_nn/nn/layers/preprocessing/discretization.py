"""Discretization: numbers as the index of the range that they fall in."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.preprocessing.encoding import batches, encode, encoded_shape, mode_of
from autograd_nn.nn.layers.preprocessing.integral import Integral
from autograd_nn.nn.registry import named

MODES = ("int", "one_hot", "multi_hot", "count")


@named()
class Discretization(Integral):
    """Which of the ranges between boundaries a number falls in, b[i-1] ≤ x < b[i].

    bin_boundaries   b, in order; the first range starts at -∞, the last ends at ∞.
    num_bins         how many ranges `adapt` makes, of about equally many numbers each.
    epsilon          how exact the quantiles are that it keeps: about 1/epsilon of them.
    output_mode      'int' the index (int32), 'one_hot', 'multi_hot' or 'count': see `encode`.
    sparse   False, for results are dense.
    Shapes (…) → (…) for 'int'. Raises ValueError for both or none of the first two, and before
    boundaries are known.

    >>> from autograd_nn import nn
    >>> nn.layers.Discretization([0.0, 1.0])([[-1.0, 0.0, 0.5, 7.0]]).tolist()
    [[0, 1, 1, 2]]
    """

    _casts_integers = _samplewise = True
    _raw = False
    summary: np.ndarray

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        dense(sparse)
        self.output_mode = mode_of(output_mode, MODES, "Discretization")
        if num_bins is not None and num_bins < 0:
            raise ValueError(
                "`num_bins` must be greater than or equal to 0. Received: "
                f"`num_bins={num_bins}`"
            )
        if num_bins is not None and bin_boundaries is not None:
            raise ValueError(
                "Both `num_bins` and `bin_boundaries` should not be set. Received: "
                f"`num_bins={num_bins}` and `bin_boundaries={bin_boundaries}`"
            )
        if num_bins is None and bin_boundaries is None:
            raise ValueError("You need to set either `num_bins` or `bin_boundaries`.")
        self.bin_boundaries = None if bin_boundaries is None else _ordered(bin_boundaries)
        self.num_bins, self.epsilon, self.sparse = num_bins, epsilon, False
        self.reset_state()

    @property
    def result(self) -> str:
        """The dtype of its results."""
        return "int32" if self.output_mode == "int" else self.compute_dtype

    def call(self, inputs: Tensor) -> Tensor:
        if self.bin_boundaries is None:
            raise ValueError(
                "You need to either pass the `bin_boundaries` argument at construction time or "
                "call `adapt(dataset)` before you can start using the `Discretization` layer."
            )
        bounds = wrap(np.asarray(self.bin_boundaries, inputs.dtype))
        found = ops.searchsorted(bounds, inputs, side="right")
        return encode(found, self.output_mode, len(self.bin_boundaries) + 1, self.result)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        known = self.bin_boundaries
        depth = self.num_bins if known is None else len(known) + 1
        return encoded_shape(input_shape, self.output_mode, depth)

    # ---- learning -------------------------------------------------------------------------------

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learns boundaries from an array or an iterable of batches, at most ``steps`` of them."""
        if self.num_bins is None:
            raise ValueError(
                "Cannot adapt a Discretization layer that has been initialized with "
                "`bin_boundaries`, use `num_bins` instead."
            )
        self.reset_state()
        listed = isinstance(data, list | tuple) and any(np.ndim(v) for v in data)
        for batch in iter(data) if listed else batches(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Takes a batch into what is known of the numbers' distribution."""
        values = np.sort(as_tensor(data).numpy().astype("float32"), axis=None)
        if np.isnan(values).any():
            raise ValueError(
                f"layer {self.name!r} received NaN among what it adapts to; expected numbers. "
                "Leave these out, or fill them in."
            )
        step = max(values.size * self.epsilon, 1)
        kept = values[int(step - 1) :: int(step)]
        both = np.concatenate((np.stack([kept, np.full_like(kept, step)]), self.summary), axis=1)
        self.summary = _shortened(both[:, np.argsort(both[0])], self.epsilon)

    def finalize_state(self) -> None:
        """Makes boundaries of what was taken in."""
        if self.num_bins is not None and self.summary.size:
            found = _shortened(self.summary, 1 / self.num_bins)
            self._keep(bin_boundaries=found[0, :-1].tolist())

    def reset_state(self) -> None:
        """Forgets what `update_state` took in."""
        self.summary = np.zeros((2, 0), "float32")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A new layer from `get_config`'s result, with the boundaries that were learned."""
        learned = config.get("num_bins") is not None and config.get("bin_boundaries")
        made = super().from_config({**config, "bin_boundaries": None} if learned else config)
        if learned:
            made._keep(bin_boundaries=_ordered(learned))
        return made


def _ordered(boundaries: Any) -> list[float]:
    found = np.asarray(boundaries, "float64")
    if found.ndim != 1 or not (np.diff(found) >= 0).all():
        raise ValueError(
            f"Discretization received bin_boundaries={boundaries!r}; expected numbers in "
            "increasing order. Sort them."
        )
    return found.tolist()  # type: ignore[no-any-return]


def _shortened(summary: np.ndarray, epsilon: float) -> np.ndarray:
    """Values and how many numbers each stands for, in order, as about 1/epsilon quantiles."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    counted = summary[1].cumsum()
    known = counted / counted[-1]
    values, upto = np.interp(shares, known, summary[0]), np.interp(shares, known, counted)
    return np.stack((values, np.diff(upto, prepend=0))).astype("float32")


def dense(sparse: Any) -> None:
    """Raises ValueError where sparse tensors are asked for."""
    if sparse:
        raise ValueError(
            "`sparse=True` cannot be used with backend autograd_nn: received sparse=True; "
            "expected False. Results are dense."
        )
