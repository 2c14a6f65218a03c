"""Batch normalization: features made to have the mean and variance that a batch has, or had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import initializers
from autograd_nn.nn.checks import number
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.fields import axes_of, settle
from autograd_nn.nn.layers.normalization import Scaled
from autograd_nn.nn.masks import checked_mask
from autograd_nn.nn.registry import named


@named()
class BatchNormalization(Scaled):
    """Features made to have mean 0 and variance 1, y = γ·(x - m) / √(v + ε) + β.

    axis          the features' axis; m and v are over all others.
    momentum      how much of the moving mean and variance stays at each step.
    moving_mean_initializer, moving_variance_initializer   what they start as.
    renorm        corrects m and v towards moving ones while training, with renorm_momentum and,
                  in renorm_clipping, the limits 'rmin', 'rmax' and 'dmax'.
    synchronized  over several machines: refused here.
    While training, m and v are the batch's, of what a mask keeps, and the moving ones follow; else,
    and where ``trainable`` is False, m and v are the moving ones. Shapes (n, …, c) → (n, …, c), all
    weights (c,). Raises ShapeError for a mask that does not fit, ValueError for synchronized=True.
    Source: Ioffe & Szegedy, "Batch normalization" (2015); Ioffe, "Batch renormalization" (2017).

    >>> from autograd_nn import nn
    >>> layer = nn.layers.BatchNormalization(epsilon=0.0)
    >>> layer([[1.0], [3.0]], training=True).numpy().ravel().tolist()
    [-1.0, 1.0]
    >>> round(float(layer.moving_mean[0]), 4)
    0.02
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        renorm: bool = False,
        renorm_clipping: Mapping[str, float] | None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(epsilon, center, scale, **options)
        where = "BatchNormalization"
        (self.axis,) = axes_of([axis], where)  # type: ignore[misc]
        self.momentum = number(momentum, "momentum", where)
        if synchronized:
            raise ValueError(
                f"{where} received synchronized=True; expected False, for a model runs on one "
                "machine."
            )
        self.synchronized = False
        settle(
            self,
            moving_mean_initializer=moving_mean_initializer,
            moving_variance_initializer=moving_variance_initializer,
        )
        self.renorm = bool(renorm)
        self.renorm_momentum = number(renorm_momentum, "renorm_momentum", where)
        limits = dict(renorm_clipping or {})
        low, high = limits.get("rmin"), limits.get("rmax")
        if set(limits) - {"rmin", "rmax", "dmax"} or (
            (low is not None and high is not None and high < low) or limits.get("dmax", 0) < 0
        ):
            raise ValueError(
                f"{where} received renorm_clipping={renorm_clipping!r}; expected limits among "
                "'rmin' ≤ 'rmax' and 'dmax' ≥ 0."
            )
        self.renorm_clipping = limits if renorm or renorm_clipping is not None else None

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        sizes = self.sizes(input_shape)
        starts = [getattr(self, f"moving_{n}_initializer") for n in ("mean", "variance")]

        def moving(name: str, start: Any) -> Any:
            return self.add_weight(sizes, start, trainable=False, name=name)

        self.moving_mean, self.moving_variance = (
            moving(f"moving_{n}", s) for n, s in zip(("mean", "variance"), starts, strict=True)
        )
        if self.renorm:
            deviation = ops.sqrt(initializers.get(starts[1])(sizes, self.dtype))
            self.moving_stddev = moving("moving_stddev", initializers.Constant(deviation))
            self.renorm_mean = moving("renorm_mean", starts[0])
            self.renorm_stddev = moving("renorm_stddev", initializers.Constant(deviation))

    def call(self, inputs: Tensor, training: bool | None = None, mask: Any = None) -> Tensor:
        rank = inputs.ndim
        gamma, beta = self.laid(self.gamma, rank), self.laid(self.beta, rank)
        if not (training and self.trainable):
            moving = self.laid(self.moving_mean, rank), self.laid(self.moving_variance, rank)
            return self._narrowed(ops.standardize(inputs, *moving, gamma, beta, self.epsilon))
        mean, variance = self.batch_moments(inputs, mask)
        if self.renorm:
            gamma, beta = self.corrected(mean, variance, gamma, beta)
        with no_grad():
            self.follow(mean, variance)
        y = ops.standardize(inputs, mean, variance, gamma, beta, self.epsilon)
        return self._narrowed(y)

    def batch_moments(self, inputs: Tensor, mask: Any) -> tuple[Tensor, Tensor]:
        """The batch's mean and variance, of what a mask keeps, with as many axes as the input."""
        axes = [i for i in range(inputs.ndim) if i not in self.places(inputs.ndim)]
        if mask is None:
            return ops.moments(inputs, axes, keepdims=True)
        found, shape = as_tensor(mask), inputs.shape[:-1]
        if len(found.shape) == len(shape) and all(
            m in (1, n) for m, n in zip(found.shape, shape, strict=True)
        ):
            found = ops.broadcast_to(found, shape=shape)
        kept = ops.expand_dims(checked_mask(found, shape, self), -1)
        mean = ops.masked_mean(inputs, kept, axes, keepdims=True, epsilon=1e-7)
        squares = ops.square(ops.subtract(inputs, mean))
        return mean, ops.masked_mean(squares, kept, axes, keepdims=True, epsilon=1e-7)

    def follow(self, mean: Tensor, variance: Tensor) -> None:
        """Moves the moving statistics towards a batch's."""
        shape = self.moving_mean.shape
        mean, variance = ops.reshape(mean, shape=shape), ops.reshape(variance, shape=shape)

        def move(weight: Any, value: Tensor, stays: float) -> None:
            weight.assign(weight * stays + value * (1 - stays))

        move(self.moving_mean, mean, self.momentum)
        if not self.renorm:
            move(self.moving_variance, variance, self.momentum)
            return
        deviation = ops.sqrt(variance + self.epsilon)
        move(self.renorm_mean, mean, self.renorm_momentum)
        move(self.renorm_stddev, deviation, self.renorm_momentum)
        move(self.moving_stddev, deviation, self.momentum)
        self.moving_variance.assign(ops.relu(ops.square(self.moving_stddev) - self.epsilon))

    def corrected(self, mean: Tensor, variance: Tensor, gamma: Any, beta: Any) -> tuple[Any, Any]:
        """γ and β such that the batch's statistics are corrected towards the moving ones."""
        rank, limits = mean.ndim, self.renorm_clipping or {}
        with no_grad():
            least = ops.sqrt(ops.astype(self.epsilon, dtype=mean.dtype))
            spread = ops.maximum(self.laid(self.renorm_stddev, rank), least)
            r = ops.sqrt(variance + self.epsilon) / spread
            d = (mean - self.laid(self.renorm_mean, rank)) / spread
            r = ops.clip(r, limits.get("rmin"), limits.get("rmax"))
            if limits.get("dmax") is not None:
                d = ops.clip(d, -limits["dmax"], limits["dmax"])
        if gamma is not None:
            r, d = r * gamma, d * gamma
        return r, d if beta is None else d + beta
