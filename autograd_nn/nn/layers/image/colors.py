"""Colors: images more or less colorful, of another hue, or gray."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.images.colors import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from autograd_nn.nn.layers.image.base import Drawing, Ranged, per_image
from autograd_nn.nn.registry import named
from autograd_nn.nn.settings import epsilon


class _OfColors(Ranged):
    """The base: a ``factor`` for each image, of three channels."""

    _between = {"factor": {"low": -1}}

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), data_format: str | None = None,
        seed: int | None = None, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **options)
        self.factor = factor

    def _check_rank(self, shape: Any) -> None:
        super()._check_rank(shape)
        shape = shape["images"] if isinstance(shape, dict) else shape
        channels = shape[-1 if self.data_format == "channels_last" else -3]
        if channels not in (3, None):
            raise ShapeError(
                f"layer {self.name!r} received images of {channels} channels; expected three, red, "
                "green and blue. Is data_format right?"
            )

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        return {"factor": self.number(sizes, draws, *self.factor)}

    def parts(self, images: Tensor) -> tuple[Tensor, ...]:
        """Hue, saturation and value, of one channel each."""
        axis = -1 if self.data_format == "channels_last" else -3
        found = rgb_to_hsv(self.leveled(images, 1), self.data_format)
        return tuple(ops.take(found, [i], axis=axis) for i in range(3))

    def whole(self, h: Tensor, s: Tensor, v: Tensor) -> Tensor:
        """The images that these make."""
        axis = -1 if self.data_format == "channels_last" else -3
        found = hsv_to_rgb(ops.concatenate([h, s, v], axis=axis), self.data_format)
        return self.ranged(ops.clip(found, 0, 1), 1)


@named()
class RandomSaturation(_OfColors):
    """Every image more or less colorful: its saturation times f/(1 - f).

    factor        f is drawn between these two, or between -factor and factor; up to 0 gray, over
                  0.5 (as it is) to 1 (saturated).
    value_range   (low, high) of the images' numbers.
    Shapes (n, h, w, 3) → the same. Raises ValueError for a factor outside [-1, 1].

    >>> from autograd_nn import nn
    >>> nn.layers.RandomSaturation((0.0, 0.0), value_range=(0, 1))([[[[0.25, 0.75, 0.5]]]])
    Tensor([[[[0.75, 0.75, 0.75]]]], dtype=float32)
    """

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        f = self.number(sizes, draws, *self.factor)
        return {"factor": f / (1 - f + epsilon())}

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        h, s, v = self.parts(images)
        return self.whole(h, ops.clip(s * per_image(drawn["factor"], s.dtype), 0, 1), v)


@named()
class RandomHue(_OfColors):
    """Every image with its hues turned, to either side, by a share of half the circle.

    factor        the share is drawn between these two, or between 0 and factor; from 0 to 1.
    value_range   (low, high) of the images' numbers.
    Shapes (n, h, w, 3) → the same. Raises ValueError for a factor outside [0, 1].

    >>> from autograd_nn import nn
    >>> y = nn.layers.RandomHue((1.0, 1.0), value_range=(0, 1))([[[[1.0, 0.0, 0.0]]]])
    >>> y.numpy().round(3).tolist()
    [[[[0.0, 1.0, 1.0]]]]
    """

    _between = {"factor": {"low": 0}}

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        side = ops.where(self.chosen(sizes, draws, 0.5, 0.5), 0.5, -0.5)
        return {"factor": self.number(sizes, draws, *self.factor) * side}

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        h, s, v = self.parts(images)
        return self.whole(ops.remainder(h + per_image(drawn["factor"], h.dtype), 1.0), s, v)


@named()
class RandomColorDegeneration(_OfColors):
    """Every image nearer to its gray one, x + f·(gray - x).

    factor        f is drawn between these two, or between -factor and factor; from -1 (away from
                  gray) to 1.
    value_range   (low, high) of the images' numbers, to which the result is clipped.
    Shapes (n, h, w, 3) → the same. Raises ValueError for a factor outside [-1, 1].

    >>> from autograd_nn import nn
    >>> y = nn.layers.RandomColorDegeneration((1.0, 1.0), (0, 1))([[[[0.0, 1.0, 0.0]]]])
    >>> y.numpy().ravel().round(3)
    array([0.587, 0.587, 0.587], dtype=float32)
    """

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        gray = rgb_to_grayscale(images, self.data_format)
        y = images + per_image(drawn["factor"], images.dtype) * (gray - images)
        return ops.clip(y, *self.value_range)


@named()
class RandomGrayscale(Drawing):
    """Some images gray, in as many channels.

    factor   the probability of each, from 0 to 1.
    Shapes (n, h, w, 3) → the same. Raises ValueError for a factor outside [0, 1].

    >>> from autograd_nn import nn
    >>> y = nn.layers.RandomGrayscale(1.0)([[[[0.0, 1.0, 0.0]]]])
    >>> y.numpy().ravel().round(3)
    array([0.587, 0.587, 0.587], dtype=float32)
    """

    def __init__(
        self, factor: float = 0.5, data_format: str | None = None, seed: int | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(seed, data_format, **options)
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 <= factor <= 1:
            raise ValueError(
                f"The `factor` argument should be a number in the range [0, 1]; RandomGrayscale "
                f"received {factor!r}."
            )
        self.factor = factor

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        return {"should_apply": self.chosen(sizes, draws, self.factor, self.factor)}

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        gray = rgb_to_grayscale(images, self.data_format)
        return ops.where(per_image(drawn["should_apply"]), gray, images)
