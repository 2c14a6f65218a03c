"""Folders of pictures and of texts as data a model trains on: a folder in it for each class."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn.nn.checks import share, whole
from autograd_nn.nn.images import resize
from autograd_nn.nn.images.sizing import window
from autograd_nn.nn.regular import regular
from autograd_nn.nn.settings import floatx, image_data_format
from autograd_nn.nn.utils.dataset import RowDataset, known_format
from autograd_nn.nn.utils.images import CHANNELS, first, img_to_array, load_img
from autograd_nn.nn.utils.numbers import to_categorical

LARGE = 1 << 21  # pixels from which on a picture is not taken to floats as a whole
PICTURES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
SPLITS = ("training", "validation", "both")
LABELS: dict[str, Callable[[np.ndarray, int], Any]] = {
    "int": lambda y, _: y.astype(np.int32),
    "binary": lambda y, _: y.astype(np.float32)[:, None],
    "categorical": lambda y, n: to_categorical(y, n).astype(np.float32),
}


class FolderDataset(RowDataset):
    """Batches of what stands in files, read when they are asked for.

    ``class_names`` are the classes in the order of their numbers, ``file_paths`` the files.
    """

    def __init__(
        self, paths: Sequence[str], labels: np.ndarray | None, label_mode: str | None,
        class_names: list[str] | None, read: Callable[[Sequence[str]], np.ndarray],
        batch_size: int | None, shuffle: bool, seed: int,
    ) -> None:  # fmt: skip
        self.file_paths, self.class_names = list(paths), class_names
        self._labels, self._mode, self._read = labels, label_mode, read
        super().__init__(np.arange(len(self.file_paths)), batch_size, shuffle, seed)

    def _batch(self, numbers: np.ndarray) -> Any:
        x = self._read([self.file_paths[i] for i in numbers])
        if self._labels is None or self._mode is None:
            return x
        return x, LABELS[self._mode](self._labels[numbers], len(self.class_names or ()))


def image_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int | None = 32,
    image_size: int | tuple[int, int] = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """Batches (x, y) of a folder's pictures: x (n, h, w, c) in float32 from 0 to 255.

    labels        'inferred': the folder a file is in; numbers, one a file in order; None: x alone.
    label_mode    'int' (n,), 'binary' (n, 1), 'categorical' (n, classes), or None.
    class_names   the folders to take, in the order of their numbers; None: all, sorted.
    image_size    (height, width) that all are resized to, by ``interpolation`` ('bilinear',
                  'nearest', 'bicubic', 'lanczos3', 'lanczos5'), cropped or padded to keep shapes.
    shuffle       takes them in another order each pass, drawn from ``seed``.
    validation_split, subset   a share of the files, and which part: 'training', 'validation', or
                  'both' for a list of the two.
    batch_size    None: single samples.
    format        'tf' or 'grain', as Keras has it; batches are arrays with either.
    Raises ValueError for options that do not fit and where there are no pictures.
    """
    known_format(format)
    if color_mode not in CHANNELS:
        raise ValueError(f"received color_mode={color_mode!r}; expected one of {list(CHANNELS)}.")
    size = (image_size, image_size) if isinstance(image_size, int) else tuple(image_size)
    kind = data_format or image_data_format()
    leads = first(kind)

    def read(paths: Sequence[str]) -> np.ndarray:
        whole_ones = [
            _resized(
                load_img(path, color_mode), size, interpolation, crop_to_aspect_ratio,
                pad_to_aspect_ratio,
            )
            for path in paths
        ]  # fmt: skip
        x = np.stack(whole_ones).astype(floatx(), copy=False)
        return x.transpose(0, 3, 1, 2) if leads else x

    return datasets_of(
        directory, labels, label_mode, class_names, PICTURES, read, batch_size, shuffle, seed,
        validation_split, subset, follow_links, verbose,
    )  # fmt: skip


def _resized(
    picture: Any, size: Sequence[int], interpolation: str, crop: bool, pad: bool
) -> np.ndarray:
    """A picture as an array (height, width, c) of this size."""

    def part(picture: Any, size: Sequence[int], crop: bool = False, pad: bool = False) -> Any:
        return resize(
            img_to_array(picture, "channels_last"), size, interpolation, crop_to_aspect_ratio=crop,
            pad_to_aspect_ratio=pad, data_format="channels_last",
        ).numpy()  # fmt: skip

    w, h = picture.size
    if w * h <= LARGE or pad:
        return part(picture, size, crop, pad)
    top, left, rows, columns = window(h, w, *size) if crop else (0, 0, h, w)
    strips, wide = [], max(LARGE // 8 // rows, 1)  # as floats it would take several times as much
    for start in range(left, left + columns, wide):
        end = min(start + wide, left + columns)
        strip = picture.crop((start, top, end, top + rows))
        strips.append(part(strip, (size[0], end - start)))
    whole = np.concatenate(strips, axis=1)
    return np.asarray(
        resize(whole, size, interpolation, data_format="channels_last").numpy()
    )


def text_dataset_from_directory(
    directory: str | os.PathLike[str],
    labels: Any = "inferred",
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    max_length: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    follow_links: bool = False,
    format: str = "tf",
    verbose: bool = True,
) -> Any:
    """Batches (x, y) of a folder's .txt files: x (n,) of text, read as UTF-8.

    max_length   characters of a text that are kept; the other options are those of
                 `image_dataset_from_directory`.
    Raises ValueError for options that do not fit and where there are no texts.
    """
    known_format(format)
    most = None if max_length is None else whole(max_length, "max_length", 1)

    def read(paths: Sequence[str]) -> np.ndarray:
        x = np.empty(len(paths), dtype=object)
        for i, path in enumerate(paths):
            with open(path, encoding="utf-8", errors="replace", opener=regular) as file:
                x[i] = file.read(most)
        return x

    return datasets_of(
        directory, labels, label_mode, class_names, (".txt",), read, batch_size, shuffle, seed,
        validation_split, subset, follow_links, verbose,
    )  # fmt: skip


def listed(folder: str, formats: Sequence[str], follow_links: bool = False) -> list[str]:
    """The files below a folder that end as given, in order; their paths from it.

    Each folder is gone through once, whatever leads to it: links may lead round and round.
    """
    found, seen = [], set[tuple[int, int]]()
    for root, folders, names in os.walk(folder, followlinks=follow_links):
        if follow_links:
            here = os.stat(root)
            if (here.st_dev, here.st_ino) in seen:
                folders.clear()
                continue
            seen.add((here.st_dev, here.st_ino))
        folders.sort()
        kept = sorted(name for name in names if name.lower().endswith(tuple(formats)))
        whole = [os.path.join(root, name) for name in kept]
        found += [os.path.relpath(path, folder) for path in whole if _plain(path)]
    return found


def _plain(path: str) -> bool:
    """Whether this is a file, or a link to none, which is an error later; no pipe that may wait."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return True


def _found(
    directory: str, labels: Any, class_names: Any, formats: Sequence[str], follow_links: bool
) -> tuple[list[str], np.ndarray | None, list[str] | None]:
    """Files, their numbers and the classes, in order."""
    if isinstance(labels, str) and labels == "inferred":
        inside = sorted(p.name for p in Path(directory).iterdir() if p.is_dir())
        inside = [name for name in inside if not name.startswith(".")]
        names = list(class_names or inside)
        if unknown := [name for name in names if name not in inside]:
            raise ValueError(f"received class_names={unknown}; expected folders in {directory}.")
        paths, codes = [], []
        for code, name in enumerate(names):
            folder = os.path.join(directory, name)
            files = listed(folder, formats, follow_links)
            paths += [os.path.join(folder, file) for file in files]
            codes += [code] * len(files)
        return paths, np.array(codes, np.int32), names
    if isinstance(labels, str) or class_names:
        raise ValueError(
            f"received labels={labels!r} and class_names={class_names!r}; expected "
            "labels='inferred' with class_names, else a list of whole numbers or None."
        )
    paths = [os.path.join(directory, file) for file in listed(directory, formats, follow_links)]
    if labels is None:
        return paths, None, None
    numbers = np.asarray(labels)
    if numbers.shape != (len(paths),) or numbers.dtype.kind not in "iu":
        raise ValueError(
            f"received labels of shape {numbers.shape} and {numbers.dtype}; expected a whole "
            f"number for each of the {len(paths)} files in {directory}."
        )
    return paths, numbers.astype(np.int32), [str(n) for n in np.unique(numbers)]


def datasets_of(
    directory: str | os.PathLike[str], labels: Any, label_mode: str | None, class_names: Any,
    formats: Sequence[str], read: Callable[[Sequence[str]], np.ndarray], batch_size: int | None,
    shuffle: bool, seed: int | None, validation_split: float | None, subset: str | None,
    follow_links: bool, verbose: bool,
) -> Any:  # fmt: skip
    """The part of a folder's files that is asked for, or both, as data sets."""
    if label_mode not in (None, *LABELS):
        raise ValueError(f"received label_mode={label_mode!r}; expected one of {list(LABELS)}.")
    if (validation_split is None) != (subset is None) or subset not in (None, *SPLITS):
        raise ValueError(
            f"received validation_split={validation_split!r} and subset={subset!r}; expected both "
            f"or neither, subset being one of {list(SPLITS)}."
        )
    if subset in SPLITS[:2] and shuffle and seed is None:
        raise ValueError(
            f"received subset={subset!r} with shuffle=True and no seed; expected one, or the parts "
            "of two calls would share files."
        )
    cut = share(validation_split or 0.0, "validation_split", "a data set of a folder")
    paths, codes, names = _found(
        os.fspath(directory), None if label_mode is None else labels, class_names, formats,
        follow_links,
    )  # fmt: skip
    if label_mode == "binary" and names is not None and len(names) != 2:
        raise ValueError(f"received {len(names)} classes for label_mode='binary'; expected two.")
    if verbose:
        of = "" if names is None else f" belonging to {len(names)} classes"
        print(f"Found {len(paths)} files{of}.")
    seed = np.random.randint(10**6) if seed is None else seed
    order = np.arange(len(paths))
    if shuffle:
        np.random.RandomState(seed).shuffle(order)
    kept = len(paths) - int(cut * len(paths))
    parts = {None: order, "training": order[:kept], "validation": order[kept:]}
    made = []
    for part in SPLITS[:2] if subset == "both" else (subset,):
        rows = parts[part]
        if not len(rows):
            raise ValueError(
                f"received {directory} without files{f' for {part}' if part else ''}; expected "
                f"some that end in one of {list(formats)}."
            )
        made.append(FolderDataset(
            [paths[i] for i in rows], None if codes is None else codes[rows], label_mode, names,
            read, batch_size, shuffle and not (subset == "both" and part == "validation"), seed,
        ))  # fmt: skip
    return made if subset == "both" else made[0]
