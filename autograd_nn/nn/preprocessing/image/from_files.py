"""Batches of pictures in files: a folder for each class, or a table of their names."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn.engine.halves import as_dtype
from autograd_nn.nn.preprocessing.image.iterators import Iterator, Saved, checked_subset
from autograd_nn.nn.settings import floatx, image_data_format
from autograd_nn.nn.utils.folders import listed
from autograd_nn.nn.utils.images import CHANNELS, first, img_to_array, load_img

FORMATS = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff")
CODED = ("categorical", "binary", "sparse")  # classes that stand as numbers in y


class FilesIterator(Iterator):
    """Batches of pictures in files, changed as an `ImageDataGenerator` says.

    target_size   (height, width) all are resized to; keep_aspect_ratio: the middle of each is.
    color_mode    'rgb', 'rgba' or 'grayscale'.
    class_mode    what y is: 'categorical' rows, 'binary' or 'sparse' numbers, 'input' x itself,
                  None for x alone.
    subset        'training' or 'validation': the files after and before validation_split.
    save_to_dir   a folder where changed pictures are written, to look at.
    Raises ValueError for other options; errors of reading when a batch is made.
    """

    class_modes: tuple[str | None, ...] = (*CODED, "input", None)
    filenames: list[str]
    filepaths: list[str]
    classes: Any
    class_indices: dict[str, int]
    targets: Any = None
    sample_weight: np.ndarray | None = None

    def __init__(
        self, image_data_generator: Any = None,
        target_size: tuple[int, int] = (256, 256), color_mode: str = "rgb",
        class_mode: str | None = "categorical", batch_size: int = 32, shuffle: bool = True,
        seed: int | None = None, data_format: str | None = None, save_to_dir: Any = None,
        save_prefix: str = "", save_format: str = "png", subset: str | None = None,
        interpolation: str = "nearest", keep_aspect_ratio: bool = False, dtype: Any = None,
    ) -> None:  # fmt: skip
        if color_mode not in CHANNELS:
            raise ValueError(f"received color_mode={color_mode!r}; expected of {list(CHANNELS)}.")
        if class_mode not in self.class_modes:
            raise ValueError(
                f"received class_mode={class_mode!r}; expected one of {list(self.class_modes)}."
            )
        self.image_data_generator = image_data_generator
        self.target_size = (int(target_size[0]), int(target_size[1]))
        self.color_mode, self.class_mode, self.subset = color_mode, class_mode, subset
        made_for = image_data_generator.data_format if image_data_generator else None
        self.data_format = data_format or made_for or image_data_format()
        c = (CHANNELS[color_mode],)
        leads = first(self.data_format)
        self.image_shape = (*c, *self.target_size) if leads else (*self.target_size, *c)
        self.interpolation, self.keep_aspect_ratio = interpolation, keep_aspect_ratio
        self.dtype = as_dtype(dtype or floatx())
        self.saved = Saved(save_to_dir, save_prefix, save_format, self.data_format)
        self.samples = len(self.filenames)
        super().__init__(self.samples, batch_size, shuffle, seed)

    @property
    def num_classes(self) -> int:
        """How many classes there are."""
        return len(self.class_indices)

    @property
    def labels(self) -> Any:
        """The class of each file, or the targets that a table gives."""
        return self.classes if self.targets is None else self.targets

    def _batch(self, rows: np.ndarray, rng: Any) -> Any:
        x = np.empty((len(rows), *self.image_shape), self.dtype)
        for into, row in zip(x, rows, strict=True):
            picture = load_img(
                self.filepaths[row], self.color_mode, self.target_size, self.interpolation,
                self.keep_aspect_ratio,
            )  # fmt: skip
            into[...] = img_to_array(picture, self.data_format, self.dtype)
        if self.image_data_generator is not None:
            x = self.image_data_generator.changed(x, rng)
        self.saved.write(x, rows)
        if self.class_mode is None:
            return x
        y = self._targets(x, rows)
        return (x, y) if self.sample_weight is None else (x, y, self.sample_weight[rows])

    def _targets(self, x: np.ndarray, rows: np.ndarray) -> Any:
        if self.class_mode == "input":
            return x.copy()
        if self.class_mode == "categorical":
            y = np.zeros((len(rows), self.num_classes), self.dtype)
            for into, row in zip(y, rows, strict=True):
                into[self.classes[row]] = 1
            return y
        if self.class_mode in CODED:
            return np.array([self.classes[row] for row in rows], self.dtype)
        if self.class_mode == "multi_output":
            return [column[rows] for column in self.targets]
        return self.targets[rows]


def part(count: int, subset: str | None, share: float) -> slice:
    """Which of ``count`` files in order belong to a subset."""
    cut = int(count * share)
    if checked_subset(subset) is None:
        return slice(None)
    return slice(None, cut) if subset == "validation" else slice(cut, None)


class DirectoryIterator(FilesIterator):
    """Batches of a folder's pictures, one folder in it for each class; else a `FilesIterator`.

    classes        names of the folders, in the order of their numbers; None: all, sorted.
    follow_links   also looks into folders that are links.
    ``class_indices`` gives the number of each class, ``filenames`` the files in order.
    """

    def __init__(
        self, directory: str | os.PathLike[str], image_data_generator: Any = None,
        target_size: tuple[int, int] = (256, 256), color_mode: str = "rgb",
        classes: Iterable[str] | None = None, class_mode: str | None = "categorical",
        batch_size: int = 32, shuffle: bool = True, seed: int | None = None,
        data_format: str | None = None, save_to_dir: Any = None, save_prefix: str = "",
        save_format: str = "png", follow_links: bool = False, subset: str | None = None,
        interpolation: str = "nearest", keep_aspect_ratio: bool = False, dtype: Any = None,
    ) -> None:  # fmt: skip
        self.directory = os.fspath(directory)
        inside = sorted(p.name for p in Path(self.directory).iterdir() if p.is_dir())
        names = list(classes) if classes else inside
        if unknown := [name for name in names if name not in inside]:
            raise ValueError(f"received classes={unknown}; expected folders in {directory}.")
        self.class_indices = {name: i for i, name in enumerate(names)}
        share = image_data_generator.validation_split if image_data_generator else 0.0
        self.filenames, codes = [], []
        for name, code in self.class_indices.items():
            files = listed(os.path.join(self.directory, name), FORMATS, follow_links)
            files = files[part(len(files), subset, share)]
            self.filenames += [os.path.join(name, file) for file in files]
            codes += [code] * len(files)
        self.classes = np.array(codes, np.int32)
        self.filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        print(f"Found {len(self.filenames)} images belonging to {len(names)} classes.")
        super().__init__(
            image_data_generator, target_size, color_mode, class_mode, batch_size, shuffle, seed,
            data_format, save_to_dir, save_prefix, save_format, subset, interpolation,
            keep_aspect_ratio, dtype,
        )  # fmt: skip


class DataFrameIterator(FilesIterator):
    """Batches of pictures whose names stand in a column of a table; else a `FilesIterator`.

    dataframe    anything whose columns are there by name: a DataFrame, a dict of lists.
    x_col        the column of names, in ``directory`` or whole paths.
    y_col        the column of classes (text, or lists of it for 'categorical'); for 'raw' a column
                 of targets or a list of them, for 'multi_output' a list of columns.
    weight_col   the column of sample weights; classes: those to take, in the order of numbers.
    validate_filenames   leaves out, with a warning, files that are not there or are no pictures.
    """

    class_modes = (*CODED, "input", "multi_output", "raw", None)

    def __init__(
        self, dataframe: Any, directory: Any = None, image_data_generator: Any = None,
        x_col: str = "filename", y_col: Any = "class", weight_col: str | None = None,
        target_size: tuple[int, int] = (256, 256), color_mode: str = "rgb",
        classes: Iterable[str] | None = None, class_mode: str | None = "categorical",
        batch_size: int = 32, shuffle: bool = True, seed: int | None = None,
        data_format: str | None = None, save_to_dir: Any = None, save_prefix: str = "",
        save_format: str = "png", subset: str | None = None, interpolation: str = "nearest",
        keep_aspect_ratio: bool = False, dtype: Any = None, validate_filenames: bool = True,
    ) -> None:  # fmt: skip
        if class_mode == "other":
            warnings.warn("class_mode='other' is now 'raw'.", stacklevel=3)
            class_mode = "raw"
        self.directory = os.fspath(directory or "")
        names = list(dataframe[x_col])
        if odd := [name for name in names if not isinstance(name, str)]:
            raise TypeError(f"received {odd[0]!r} in column {x_col!r}; expected names of files.")
        paths = [os.path.join(self.directory, name) for name in names]
        kept = np.arange(len(names))
        if validate_filenames:
            fits = [p.lower().endswith(FORMATS) and os.path.isfile(p) for p in paths]
            kept = np.flatnonzero(fits)
            if len(kept) < len(names):
                warnings.warn(
                    f"{len(names) - len(kept)} names in column {x_col!r} are no files of pictures; "
                    "they are left out.",
                    stacklevel=3,
                )
        self.class_indices, codes = {}, [None] * len(names)
        if class_mode in CODED:
            codes = self._coded(list(dataframe[y_col]), classes, class_mode, y_col)
            kept = np.array([i for i in kept if codes[i] is not None], int)
        share = image_data_generator.validation_split if image_data_generator else 0.0
        kept = kept[part(len(kept), subset, share)]
        self.filenames = [names[i] for i in kept]
        self.filepaths = [paths[i] for i in kept]
        self.classes = [codes[i] for i in kept]
        if class_mode == "multi_output":
            self.targets = [np.array(list(dataframe[c]))[kept] for c in y_col]
        elif class_mode == "raw":
            columns = [np.array(list(dataframe[c]))[kept] for c in np.atleast_1d(y_col)]
            self.targets = columns[0] if isinstance(y_col, str) else np.stack(columns, 1)
        if weight_col:
            self.sample_weight = np.array(list(dataframe[weight_col]), float)[kept]
        print(f"Found {len(kept)} images belonging to {len(self.class_indices)} classes."
              if class_mode in CODED else f"Found {len(kept)} images.")  # fmt: skip
        super().__init__(
            image_data_generator, target_size, color_mode, class_mode, batch_size, shuffle, seed,
            data_format, save_to_dir, save_prefix, save_format, subset, interpolation,
            keep_aspect_ratio, dtype,
        )  # fmt: skip

    def _coded(self, labels: list[Any], classes: Any, mode: str, column: Any) -> list[Any]:
        """The numbers of labels, None where none of them is a class."""
        several = [list(v) if isinstance(v, list | tuple) else [v] for v in labels]
        if odd := [v for s in several for v in s if not isinstance(v, str)]:
            raise TypeError(
                f"received {odd[0]!r} in column {column!r} with class_mode={mode!r}; expected "
                "text. Take astype(str), or class_mode='raw' for numbers."
            )
        every = {v for s in several for v in s}
        names = list(dict.fromkeys(classes)) if classes else sorted(every)
        if mode == "binary" and len(names) != 2:
            raise ValueError(f"received {len(names)} classes for 'binary'; expected two.")
        self.class_indices = {name: i for i, name in enumerate(names)}
        found = [[self.class_indices[v] for v in s if v in self.class_indices] for s in several]
        if mode != "categorical" and any(len(s) > 1 for s in found):
            raise TypeError(f"received lists of classes with class_mode={mode!r}; expected text.")
        return [(s if len(s) > 1 else s[0]) if s else None for s in found]
