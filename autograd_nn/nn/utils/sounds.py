"""Folders of sounds as data a model trains on: a folder in it for each class."""

from __future__ import annotations

import os
import wave
from collections.abc import Sequence
from math import gcd
from typing import Any

import numpy as np

from autograd_nn.nn.checks import whole
from autograd_nn.nn.regular import regular
from autograd_nn.nn.utils.folders import datasets_of

WIDTHS = {1: ("u1", 128, 128.0), 2: ("<i2", 0, 2.0**15), 4: ("<i4", 0, 2.0**31)}  # bytes: zero, one

PIECE = 1 << 18  # samples of each channel that are read at once
ROOM, RATIO = 1 << 24, 64  # bytes that a sound may take at another rate, and times its file's size
UNEVEN = 100_000  # the larger term of two rates' ratio, of which a filter has twenty times as many


def audio_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    sampling_rate: int | None = None,
    output_sequence_length: int | None = None,
    ragged: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """Batches (x, y) of a folder's .wav files: x (n, length, channels) from -1 to 1, in float32.

    sampling_rate            to which sounds are brought; None: each keeps its own.
    output_sequence_length   samples of each, zeros behind what is shorter; None: as the longest
                             of a batch. A sample takes four bytes: of long files pass how many
                             are wanted, then no more are read.
    ragged                   False, for an array has an entry for every place.
    The other options are those of `image_dataset_from_directory`. Raises ValueError for options
    that do not fit, for files that hold no plain sound, of 1, 2 or 4 bytes a sample, and for sounds
    of different numbers of channels in a batch.
    """
    if ragged:
        raise ValueError(
            "audio_dataset_from_directory received ragged=True; expected False: what is shorter "
            "has zeros behind it. Pass output_sequence_length for one length in all batches."
        )
    rate = None if sampling_rate is None else whole(sampling_rate, "sampling_rate", 1)
    length = None
    if output_sequence_length is not None:
        length = whole(output_sequence_length, "output_sequence_length", 1)

    def read(paths: Sequence[str]) -> np.ndarray:
        sounds = [_sound(path, rate, length) for path in paths]
        channels = {s.shape[1] for s in sounds}
        if len(channels) > 1:
            raise ValueError(
                f"received sounds of {sorted(channels)} channels in one batch, such as {paths[0]}; "
                "expected as many in each. Make all of them mono."
            )
        n = max(map(len, sounds)) if length is None else length
        x = np.zeros((len(sounds), n, channels.pop()), np.float32)
        for row, sound in zip(x, sounds, strict=True):
            row[: len(sound)] = sound[:n]
        return x

    return datasets_of(
        directory, labels, label_mode, class_names, (".wav",), read, batch_size, shuffle, seed,
        validation_split, subset, follow_links, verbose,
    )  # fmt: skip


def _sound(path: str, rate: int | None, most: int | None = None) -> np.ndarray:
    """A file's samples (length, channels), from -1 to 1; all of them, or the first ``most``."""
    size = os.stat(path).st_size
    try:
        with open(path, "rb", opener=regular) as raw, wave.open(raw) as file:
            kind, zero, one = WIDTHS[width := file.getsampwidth()]
            own, channels = file.getframerate(), file.getnchannels()
            count = min(file.getnframes(), size // (width * channels))  # whatever it says
            if most is not None and own > 0:
                count = min(count, _needed(most, own, rate or own))
            found, done = np.empty((count, channels), np.float32), 0
            while done < count and (piece := file.readframes(min(PIECE, count - done))):
                frames = np.frombuffer(piece, kind).reshape(-1, channels)
                part = found[done : done + len(frames)]
                np.subtract(frames, zero, out=part, dtype=np.float32, casting="unsafe")
                part /= one
                done += len(frames)
            found = found[:done]
    except (wave.Error, EOFError, KeyError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{path} holds no sound that can be read ({error}); expected a .wav file of plain "
            "samples (PCM) of 1, 2 or 4 bytes. Convert it."
        ) from None
    if rate is None or rate == own or not len(found):
        return found
    shared = gcd(rate, own)
    taken = 4 * found.size * rate // max(own, 1)
    if own < 1 or taken > ROOM + RATIO * size or max(rate, own) > UNEVEN * shared:
        raise ValueError(
            f"{path}: received a sound of {own:,} samples a second in {size:,} bytes, which takes "
            f"{taken:,} at {rate:,}; expected at most {ROOM + RATIO * size:,}, and rates whose "
            f"ratio has no term above {UNEVEN:,}. Convert it, or pass another sampling_rate."
        )
    from scipy.signal import resample_poly  # which who keeps the rate does without

    return np.asarray(resample_poly(found, rate // shared, own // shared, axis=0), np.float32)


def _needed(samples: int, own: int, rate: int) -> int:
    """Of how many samples at a sound's own rate so many at another one are made."""
    if rate == own:
        return samples
    up, down = rate // gcd(rate, own), own // gcd(rate, own)
    reach = 10 * max(up, down)  # of `resample_poly`'s filter, to either side
    return (samples * down + reach) // up + 2
