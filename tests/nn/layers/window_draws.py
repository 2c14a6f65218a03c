"""Layers of windows, steps and images, drawn at random as `layer_draws` has others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.nn.layers.layer_draws import (
    ACTIVATIONS,
    FORMATS,
    STATES,
    Rng,
    floats,
    number,
    pick,
    size,
    some,
)

PADDINGS = ("valid", "same")


def sizes(rng: Rng, rank: int, low: int, high: int) -> Any:
    """One number for all axes, or one for each."""
    return pick(rng, size(rng, low, high), tuple(size(rng, low, high) for _ in range(rank)))


def each(value: Any, rank: int) -> tuple[int, ...]:
    return (value,) * rank if isinstance(value, int) else value


def images(rng: Rng, lengths: Any, channels: int, data_format: str | None) -> np.ndarray:
    if data_format == "channels_first":
        return floats(rng, size(rng, 1, 3), channels, *lengths)
    return floats(rng, size(rng, 1, 3), *lengths, channels)


def windows(rng: Rng, rank: int, causal: bool = False) -> tuple[dict[str, Any], Any, str | None]:
    """Kernel, strides or dilation, padding and format; lengths that hold a window or more."""
    kernel = sizes(rng, rank, 1, 3)
    options: dict[str, Any] = {"kernel_size": kernel}
    options |= some(rng, padding=lambda: pick(rng, *PADDINGS, *(["causal"] if causal else [])),
                    data_format=lambda: pick(rng, *FORMATS))  # fmt: skip
    if options.get("padding") == "causal":
        options.pop("data_format", None)
    wide = pick(rng, "strides", "dilation_rate", None)
    if wide:
        options[wide] = sizes(rng, rank, 1, 3)
    gaps = each(options.get("dilation_rate", 1), rank)
    reach = [(k - 1) * d + 1 for k, d in zip(each(kernel, rank), gaps, strict=True)]
    least = [1] * rank if options.get("padding") in ("same", "causal") else reach
    lengths = [size(rng, n, n + (3 if rank < 3 else 1)) for n in least]
    return options, lengths, options.get("data_format")


def common(rng: Rng) -> dict[str, Any]:
    return some(rng, activation=lambda: pick(rng, *ACTIVATIONS), use_bias=lambda: False)


def conv(rank: int) -> Any:
    def draw(rng: Rng) -> tuple:
        options, lengths, where = windows(rng, rank, causal=rank == 1)
        groups = pick(rng, 1, 1, 2, 3)
        options |= {"filters": groups * size(rng, 1, 2), **common(rng)}
        if groups > 1:
            options["groups"] = groups
        return options, images(rng, lengths, groups * size(rng, 1, 2), where)

    return draw


def transposed(rank: int) -> Any:
    def draw(rng: Rng) -> tuple:
        options, _, where = windows(rng, rank)
        options |= {"filters": size(rng, 1, 3), **common(rng)}
        strides = each(options.get("strides", 1), rank)
        least = 1
        if "dilation_rate" not in options and rng.random() < 0.4:
            options["output_padding"] = tuple(size(rng, 0, s - 1) for s in strides)
            least = 2  # of one entry nothing may be left
        lengths = [size(rng, least, 3) for _ in range(rank)]
        return options, images(rng, lengths, size(rng, 1, 3), where)

    return draw


def square(options: dict[str, Any], rank: int) -> dict[str, Any]:
    """The same stride along all axes, which TensorFlow's kernels ask for."""
    if "strides" in options:
        options["strides"] = each(options["strides"], rank)[0]
    return options


def depthwise(rank: int) -> Any:
    def draw(rng: Rng) -> tuple:
        options, lengths, where = windows(rng, rank)
        options = square(options, rank) | common(rng)
        options |= some(rng, depth_multiplier=lambda: size(rng, 1, 3))
        return options, images(rng, lengths, size(rng, 1, 3), where)

    return draw


def separable(rank: int) -> Any:
    def draw(rng: Rng) -> tuple:
        options, x = depthwise(rank)(rng)
        return {"filters": size(rng, 1, 3), **options}, x

    return draw


def pool(rank: int) -> Any:
    def draw(rng: Rng) -> tuple:
        options, lengths, where = windows(rng, rank)
        options["pool_size"] = options.pop("kernel_size")
        if options.pop("dilation_rate", None):
            least = each(options["pool_size"], rank)
            lengths = [max(n, k) for n, k in zip(lengths, least, strict=True)]
        return options, images(rng, lengths, size(rng, 1, 3), where)

    return draw


def adaptive(rank: int) -> Any:
    def draw(rng: Rng) -> tuple:
        where = pick(rng, *FORMATS)
        x = images(rng, [size(rng, 1, 6) for _ in range(rank)], size(rng, 1, 3), where)
        axes = range(2, rank + 2) if where == "channels_first" else range(1, rank + 1)
        least = min(x.shape[a] for a in axes)
        return {"output_size": sizes(rng, rank, 1, least), "data_format": where}, x

    return draw


# ---- sequences ----------------------------------------------------------------------------------


def masks(rng: Rng, n: int, t: int) -> dict[str, Any]:
    """None, one of any pattern, or one of lengths; rows of which nothing is left among them."""
    kind = pick(rng, None, None, "any", "lengths")
    if kind is None:
        return {}
    if kind == "lengths":
        return {"mask": np.arange(t) < rng.integers(0, t + 1, (n, 1))}
    return {"mask": rng.random((n, t)) < 0.6}


def ways(rng: Rng) -> dict[str, Any]:
    """How a layer runs over a sequence, and what it gives."""
    options = some(rng, return_sequences=lambda: True, go_backwards=lambda: True,
                   return_state=lambda: True, zero_output_for_mask=lambda: True)  # fmt: skip
    if options.get("zero_output_for_mask") and not options.get("return_sequences"):
        del options["zero_output_for_mask"]
    return options


def smooth(rng: Rng) -> str:
    return pick(rng, *[a for a in ACTIVATIONS if a not in UNBOUNDED])  # type: ignore[no-any-return]


UNBOUNDED = (None, "exponential", "relu", "leaky_relu")
GATES = ("sigmoid", "hard_sigmoid", "tanh")
CELLS: dict[str, dict[str, Callable[[Rng], Any]]] = {
    "SimpleRNN": {},
    "LSTM": {"recurrent_activation": lambda rng: pick(rng, *GATES),
             "unit_forget_bias": lambda rng: False},
    "GRU": {"recurrent_activation": lambda rng: pick(rng, *GATES),
            "reset_after": lambda rng: False},
}  # fmt: skip


def cell(rng: Rng, kind: str) -> dict[str, Any]:
    """A cell's fields."""
    own = {name: lambda draw=draw: draw(rng) for name, draw in CELLS[kind].items()}
    return {"units": size(rng, 1, 4), **some(rng, use_bias=lambda: False,
                                             activation=lambda: smooth(rng), **own)}  # fmt: skip


def states(rng: Rng, kind: str, n: int, units: int) -> list[Any]:
    """What a sequence begins with."""
    return [floats(rng, n, units) for _ in range(2 if kind == "LSTM" else 1)]


def begins(rng: Rng, make: Callable[[], list[Any]]) -> dict[str, Any]:
    return some(rng, **{STATES: make})


def sequences(rng: Rng) -> tuple[np.ndarray, dict[str, Any]]:
    """Sequences, and their masks."""
    x = floats(rng, size(rng, 1, 3), size(rng, 1, 5), size(rng, 1, 3))
    return x, masks(rng, *x.shape[:2])


def settled(options: dict[str, Any], call: dict[str, Any], several: bool) -> dict[str, Any]:
    """Options with which Keras's backends, and its ways on one of them, come to the same.

    Before the first step that is not masked the output is zero on TensorFlow, on PyTorch and
    unrolled; in a scan, of JAX and NumPy, it is the first state, and of several cells any cell's.
    """
    if "mask" not in call or not (several or STATES in call):
        return options
    return {k: v for k, v in options.items() if k != "zero_output_for_mask"} | {"unroll": True}


def recurrent(kind: str) -> Any:
    def draw(rng: Rng) -> tuple:
        options = {**cell(rng, kind), **ways(rng)}
        x, call = sequences(rng)
        call |= begins(rng, lambda: states(rng, kind, len(x), options["units"]))
        return settled(options, call, False), x, call

    return draw


def of_cells(rng: Rng) -> tuple:
    """An RNN over a cell, or over several of any kind."""
    several = rng.random() < 0.6  # from two: of one LSTM cell in a list Keras loses a state
    kinds = [pick(rng, *CELLS) for _ in range(size(rng, 2, 3) if several else 1)]
    cells = [{"class_name": f"{kind}Cell", "config": cell(rng, kind)} for kind in kinds]
    x, call = sequences(rng)
    held = [states(rng, k, len(x), c["config"]["units"]) for k, c in zip(kinds, cells, strict=True)]
    call |= begins(rng, lambda: held if several else held[0])
    stack = {"class_name": "StackedRNNCells", "config": {"cells": cells}}
    options = {"cell": stack if several else cells[0], **ways(rng)}
    return settled(options, call, True), x, call


def bidirectional(rng: Rng) -> tuple:
    kind = pick(rng, *CELLS)
    options, x, call = recurrent(kind)(rng)
    options.pop("go_backwards", None)  # which Keras refuses here
    if options.get("return_sequences"):  # then masked outputs are zero, which unrolled are not
        options.pop("unroll", None)
    if "initial_state" in call:
        call["initial_state"] += states(rng, kind, len(x), options["units"])
    inner = {"class_name": kind, "config": options}
    merge = some(rng, merge_mode=lambda: pick(rng, "sum", "mul", "ave", "concat", None))
    return {"layer": inner, **merge}, x, call


def conv_lstm(rank: int) -> Any:
    def draw(rng: Rng) -> tuple:
        options, lengths, where = windows(rng, rank)
        options |= {"filters": size(rng, 1, 2), **ways(rng)}
        options |= some(rng, use_bias=lambda: False, activation=lambda: smooth(rng),
                        unit_forget_bias=lambda: False,
                        recurrent_activation=lambda: pick(rng, *GATES))  # fmt: skip
        options.pop("zero_output_for_mask", None)
        x = images(rng, lengths, size(rng, 1, 2), where)
        x = floats(rng, x.shape[0], size(rng, 1, 3), *x.shape[1:])
        call = masks(rng, *x.shape[:2])
        return settled(options, call, True), x, call

    return draw


# ---- images -------------------------------------------------------------------------------------


def pictures(rng: Rng, least: int = 1, where: Any = None) -> np.ndarray:
    h, w, c = size(rng, least, least + 5), size(rng, least, least + 5), size(rng, 1, 3)
    shape = (c, h, w) if where == "channels_first" else (h, w, c)
    x = floats(rng, size(rng, 1, 3), *shape)
    return x[0] if rng.random() < 0.3 else x


def resizing(rng: Rng) -> tuple:
    known = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")
    options = some(rng, interpolation=lambda: pick(rng, *known), antialias=lambda: True,
                   data_format=lambda: pick(rng, *FORMATS))  # fmt: skip
    fit = pick(rng, None, "crop_to_aspect_ratio", "pad_to_aspect_ratio")
    if fit:
        options |= {fit: True}
    if fit == "pad_to_aspect_ratio":
        options |= some(rng, fill_value=lambda: number(rng, -1, 1))
    x = pictures(rng, 2, options.get("data_format"))
    return {"height": size(rng, 1, 9), "width": size(rng, 1, 9), **options}, x


def cropping(rng: Rng) -> tuple:
    where = pick(rng, *FORMATS)
    options = {"height": size(rng, 1, 6), "width": size(rng, 1, 6), "data_format": where}
    return options, pictures(rng, 2, where)


def exactly(rng: Rng, low: float, high: float) -> tuple[float, float]:
    """A factor of which one number alone is drawn."""
    value = number(rng, low, high)
    return value, value


def moving(draw: Callable[[Rng], dict[str, Any]]) -> Any:
    def drawn(rng: Rng) -> tuple:
        where = pick(rng, *FORMATS)
        modes = ("constant", "nearest", "wrap", "reflect")
        options = some(rng, fill_mode=lambda: pick(rng, *modes), data_format=lambda: where,
                       interpolation=lambda: pick(rng, "nearest", "bilinear"),
                       fill_value=lambda: number(rng, -1, 1))  # fmt: skip
        x = pictures(rng, 2, options.get("data_format"))
        return {**draw(rng), **options}, x, {"training": True}

    return drawn


def light(rng: Rng, factor: Any, training: bool) -> tuple:
    ends = pick(rng, (-1, 1), (0, 0.5))
    return {"factor": factor, "value_range": ends}, pictures(rng), {"training": training}


# ---- signals ------------------------------------------------------------------------------------


def stft(rng: Rng) -> tuple:
    length = pick(rng, 6, 8, 9)
    options = some(rng, frame_step=lambda: size(rng, 1, length), fft_length=lambda: 16,
                   window=lambda: pick(rng, "hamming", "blackman"), periodic=lambda: True,
                   scaling=lambda: pick(rng, "spectrum", None), padding=lambda: "same",
                   expand_dims=lambda: True, data_format=lambda: pick(rng, *FORMATS))  # fmt: skip
    # the angle of what is 0 but for rounding is anything
    options |= {"mode": pick(rng, "log", "magnitude", "psd", "real", "imag", "stft")}
    where = options.get("data_format")
    return {"frame_length": length, **options}, images(rng, [20], size(rng, 1, 3), where)


def mel(rng: Rng) -> tuple:
    options = some(rng, sequence_length=lambda: 20, window=lambda: "hamming",
                   max_freq=lambda: 400.0, top_db=lambda: 10.0, ref_power=lambda: 2.0,
                   mag_exp=lambda: pick(rng, 1.0, 1.5),
                   power_to_db=lambda: False)  # fmt: skip
    options |= {"fft_length": 32, "sequence_stride": size(rng, 5, 20), "sampling_rate": 1000,
                "num_mel_bins": size(rng, 2, 5)}  # fmt: skip
    return options, floats(rng, *pick(rng, (100,), (2, 100)))


WINDOW_DRAWS: dict[str, Callable[[Rng], tuple]] = {
    **{f"Conv{r}D": conv(r) for r in (1, 2, 3)},
    **{f"Conv{r}DTranspose": transposed(r) for r in (1, 2, 3)},
    **{f"DepthwiseConv{r}D": depthwise(r) for r in (1, 2)},
    **{f"SeparableConv{r}D": separable(r) for r in (1, 2)},
    **{f"MaxPooling{r}D": pool(r) for r in (1, 2, 3)},
    **{f"AveragePooling{r}D": pool(r) for r in (1, 2, 3)},
    **{f"AdaptiveMaxPooling{r}D": adaptive(r) for r in (1, 2, 3)},
    **{f"AdaptiveAveragePooling{r}D": adaptive(r) for r in (1, 2, 3)},
    **{kind: recurrent(kind) for kind in CELLS},
    "RNN": of_cells,
    "Bidirectional": bidirectional,
    **{f"ConvLSTM{r}D": conv_lstm(r) for r in (1, 2, 3)},
    "STFTSpectrogram": stft,
    "MelSpectrogram": mel,
    "Rescaling": lambda rng: ({"scale": number(rng, -2, 2), "offset": number(rng, -1, 1)},
                              pictures(rng)),
    "Resizing": resizing,
    "CenterCrop": cropping,
    "RandomRotation": moving(lambda rng: {"factor": exactly(rng, -1, 1)}),
    "RandomTranslation": moving(lambda rng: {
        "height_factor": exactly(rng, -1, 1), "width_factor": exactly(rng, -1, 1)}),
    "RandomZoom": moving(lambda rng: {
        "height_factor": exactly(rng, -0.7, 1),
        "width_factor": pick(rng, None, exactly(rng, -0.7, 1))}),
    "RandomBrightness": lambda rng: light(rng, exactly(rng, -1, 1), True),
    "RandomContrast": lambda rng: light(rng, 0.5, False),
    "RandomFlip": lambda rng: ({}, pictures(rng), {"training": False}),
}  # fmt: skip
