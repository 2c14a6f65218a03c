"""Several changes after one another, or mixed: jitter, RandAugment and AugMix."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.checks import whole
from autograd_nn.nn.images.boxes.formats import floating
from autograd_nn.nn.layers.image.base import Images, Ranged
from autograd_nn.nn.layers.image.colors import RandomColorDegeneration, RandomHue, RandomSaturation
from autograd_nn.nn.layers.image.levels import (
    AutoContrast,
    Equalization,
    RandomPosterization,
    RandomSharpness,
    Solarization,
)
from autograd_nn.nn.layers.image.light import RandomBrightness, RandomContrast
from autograd_nn.nn.layers.image.moving import RandomRotation, RandomShear, RandomTranslation
from autograd_nn.nn.registry import named

SHARED = ("value_range", "interpolation")  # options that the parts have, too


class _OfParts(Ranged):
    """The base: layers that are made of the options, anew when one of those is set."""

    _parts: Any

    def _made(self) -> Any:
        raise NotImplementedError

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if "_parts" in self.__dict__ and (name.endswith("factor") or name in SHARED):
            self._parts = self._made()


@named()
class RandomColorJitter(_OfParts):
    """Every image of another brightness, contrast, saturation and hue, in this order.

    brightness_factor, contrast_factor, saturation_factor, hue_factor   as `RandomBrightness`,
        `RandomContrast`, `RandomSaturation` and `RandomHue` take them; None for no such change.
    value_range   (low, high) of the images' numbers.
    Shapes (n, h, w, 3) → the same.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.RandomColorJitter(brightness_factor=0.2)(np.ones((1, 4, 4, 3))).shape
    (1, 4, 4, 3)
    """

    def __init__(
        self, value_range: Any = (0, 255), brightness_factor: Any = None,
        contrast_factor: Any = None, saturation_factor: Any = None, hue_factor: Any = None,
        seed: int | None = None, data_format: str | None = None, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **options)
        self.brightness_factor, self.contrast_factor = brightness_factor, contrast_factor
        self.saturation_factor, self.hue_factor = saturation_factor, hue_factor
        self._parts = self._made()

    def _made(self) -> list[Any]:
        given = (
            (RandomBrightness, self.brightness_factor), (RandomContrast, self.contrast_factor),
            (RandomSaturation, self.saturation_factor), (RandomHue, self.hue_factor),
        )  # fmt: skip
        return [
            kind(factor, value_range=self.value_range, data_format=self.data_format,
                 dtype=self.dtype_policy)
            for kind, factor in given if factor is not None
        ]  # fmt: skip

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        return {"parts": [part.drawn(sizes, draws) for part in self._parts]}

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        for part, own in zip(self._parts, drawn["parts"], strict=True):
            images = part.changed(images, own)
        return images


class _OfMany(_OfParts):
    """The base: eleven layers, of which ``factor`` says how much each changes."""

    _between = {"factor": {"low": 0}}
    _parts: dict[str, Images]

    def __init__(
        self, factor: Any, value_range: Any, interpolation: str, seed: int | None,
        data_format: str | None, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **options)
        self.factor, self.interpolation = factor, interpolation
        self._parts = self._made()

    def _made(self) -> dict[str, Images]:
        f = self.factor
        shared: dict[str, Any] = {"data_format": self.data_format, "dtype": self.dtype_policy,
                                  "bounding_box_format": self.bounding_box_format}  # fmt: skip
        ranged = {**shared, "value_range": self.value_range}
        moved = {**shared, "interpolation": self.interpolation}
        return {
            "random_shear": RandomShear(f, f, **moved),
            "random_translation": RandomTranslation(f, f, **moved),
            "random_rotation": RandomRotation(f, **moved),
            "random_brightness": RandomBrightness(f, **ranged),
            "random_color_degeneration": RandomColorDegeneration(f, **ranged),
            "random_contrast": RandomContrast(f, **ranged),
            "random_sharpness": RandomSharpness(f, **ranged),
            "random_posterization": RandomPosterization(max(1, int(8 * f[1])), **ranged),
            "solarization": Solarization(f, f, **ranged),
            "auto_contrast": AutoContrast(**ranged),
            "equalization": Equalization(**ranged),
        }

    def draw_parts(self, names: Any, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        """What each of some layers draws."""
        shape = {"input_shape": sizes}
        return {name: {**self._parts[name].drawn(sizes, draws), **shape} for name in names}

    def through(self, places: Any, drawn: dict[str, Any], door: str, value: Any) -> Any:
        """A part of a sample through the layers of these places, one after another.

        One further on than the last of them changes nothing.
        """
        def turned(name: str, own: Any) -> Any:
            return lambda x: getattr(self._parts[name], door)(x, own)

        from autograd_nn.engine.transforms.branches import switch

        ways = [turned(name, own) for name, own in drawn.items()]
        for place in as_tensor(places):
            value = switch(place, [*ways, lambda x: x], value)
        return value

    def _turned(self, door: str, value: Any, drawn: Any) -> Any:
        """A part of a sample through all that was drawn for it."""
        raise NotImplementedError

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        masks = as_tensor(segmentation_masks)
        if not training or transformation is None:
            return masks
        return self._turned("transform_segmentation_masks", masks, transformation)


@named()
class RandAugment(_OfMany):
    """Every batch through ``num_ops`` of eleven changes, drawn one by one.

    They are: sheared, moved, turned, brighter, less colorful, of more contrast, sharper, in fewer
    colors, solarized, of full contrast, equalized.
    num_ops       how many; factor: how much each changes, two numbers or one, from 0 to 1.
    value_range   (low, high) of the images' numbers.
    interpolation   'nearest' or 'bilinear', where pixels move.
    Shapes (n, h, w, 3) → the same.
    Source: Cubuk et al., "RandAugment" (2020).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.RandAugment(num_ops=1, seed=1)(np.ones((1, 4, 4, 3))).shape
    (1, 4, 4, 3)
    """

    def __init__(
        self, value_range: Any = (0, 255), num_ops: int = 2, factor: Any = 0.5,
        interpolation: str = "bilinear", seed: int | None = None, data_format: str | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(factor, value_range, interpolation, seed, data_format, **options)
        self.num_ops = whole(num_ops, "num_ops", 0)

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        return {
            "layer_idxes": draws.randint(0, len(self._parts), (self.num_ops,)),
            "transforms": self.draw_parts(self._parts, sizes, draws),
        }

    def _turned(self, door: str, value: Any, drawn: Any) -> Any:
        return self.through(drawn["layer_idxes"], drawn["transforms"], door, value)

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        return self._turned("transform_images", images, drawn)  # type: ignore[no-any-return]

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        if not training or transformation is None:
            return bounding_boxes
        boxes = {"boxes": floating(bounding_boxes["boxes"], "float32"),
                 "labels": as_tensor(bounding_boxes["labels"])}  # fmt: skip
        return self._turned("transform_bounding_boxes", boxes, transformation)


@named()
class AugMix(_OfMany):
    """Every image a mean of itself and of ``num_chains`` chains of changes.

    y = m·x + (1 - m)·Σ wᵢ xᵢ, m ~ Beta(alpha, alpha), w ~ Dirichlet(alpha), for the batch.
    alpha                     the larger, the evener the mixture.
    interpolation             'nearest' or 'bilinear', where pixels move.
    num_chains, chain_depth   how many chains, and how many changes one after another in each.
    factor                    how much each changes, two numbers or one, from 0 to 1.
    all_ops                   whether to take all eleven changes of `RandAugment`, or seven: not
                              those of brightness, color, contrast and sharpness.
    value_range               (low, high) of the images' numbers, to which the result is clipped.
    Shapes (n, h, w, 3) → the same. Source: Hendrycks et al., "AugMix" (2020).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.AugMix(seed=1)(np.ones((1, 4, 4, 3))).shape
    (1, 4, 4, 3)
    """

    def __init__(
        self, value_range: Any = (0, 255), num_chains: int = 3, chain_depth: int = 3,
        factor: Any = 0.3, alpha: float = 1.0, all_ops: bool = True,
        interpolation: str = "bilinear", seed: int | None = None, data_format: str | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(factor, value_range, interpolation, seed, data_format, **options)
        self.num_chains = whole(num_chains, "num_chains", 1)
        self.chain_depth = whole(chain_depth, "chain_depth", 1)
        self.alpha, self.all_ops = alpha, bool(all_ops)

    def _names(self) -> list[str]:
        lights = ("brightness", "color_degeneration", "contrast", "sharpness")
        left_out = () if self.all_ops else tuple(f"random_{name}" for name in lights)
        return [name for name in self._parts if name not in left_out]

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        names, dtype = self._names(), as_dtype(self.compute_dtype)
        shares = draws.gamma((self.num_chains,), self.alpha, dtype)
        chains = []
        for _ in range(self.num_chains):
            own = self.draw_parts(names, sizes, draws)
            places = draws.randint(0, len(names) + 1, (self.chain_depth,))
            chains.append({"layer_idxes": places, "transforms": own})
        return {
            "chain_mixing_weights": shares / ops.sum(shares),
            "weight_sample": draws.beta((), self.alpha, self.alpha, dtype),
            "chain_transforms": chains,
        }

    def _turned(self, door: str, value: Any, drawn: Any) -> Tensor:
        total: Any = 0
        shares, chains = drawn["chain_mixing_weights"], drawn["chain_transforms"]
        for share, chain in zip(shares, chains, strict=True):
            found = self.through(chain["layer_idxes"], chain["transforms"], door, value)
            total = total + found * share
        m = drawn["weight_sample"]
        return m * value + (1 - m) * total

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        return ops.clip(self._turned("transform_images", images, drawn), *self.value_range)
