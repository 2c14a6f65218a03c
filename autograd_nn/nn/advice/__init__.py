"""What is likely a mistake in a model, in data, or in how they meet; each remark has its repair.

`examine` goes through all of it, for `Model.check`; `first_words` says of it what is hardly ever
meant, for `fit`. Start with ends.py (the last layer and the loss); layers.py has what can be said
of the model alone, data.py of inputs and targets, remark.py what a remark is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.nn.advice import data, ends, layers
from autograd_nn.nn.advice.remark import CheckWarning, Remark
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.training.door import Given

FEW = 256

__all__ = ["CheckWarning", "Remark", "examine", "first_words"]


def examine(model: Any, given: Given, held: Given | None) -> list[Remark]:
    """All remarks on a model and the samples it is to be trained on and validated on."""
    given, held = _few(given), None if held is None else _few(held)
    xs, ys, _ = tree.unflatten(given.structure, given.arrays)
    with np.errstate(all="ignore"):  # what is not finite is told elsewhere
        found = [*layers.remarks(model), *layers.beginnings(model)]
        found += [*ends.remarks(model, ys), *data.remarks(model, xs, ys)]
        if held is not None:
            found += data.of_validation(given, held)
        return [*found, *layers.silent(model, xs)]


def first_words(model: Any, given: Given | None) -> None:
    """Warns the user of what is hardly ever meant; given: None where data stream."""
    given = None if given is None else _few(given)
    ys = None if given is None else tree.unflatten(given.structure, given.arrays)[1]
    with np.errstate(all="ignore"):
        sure = [r.text for r in (*layers.remarks(model), *ends.remarks(model, ys)) if r.sure]
    if sure:
        warn_user(told(sure), CheckWarning)


def _few(given: Given) -> Given:
    """Samples from all over those that would have to be read; all, where they are at hand."""
    if not given.waits:
        return given
    return given.read(np.unique(np.linspace(0, given.n - 1, FEW).astype(int)))


def told(texts: list[str]) -> str:
    """The remarks in one text."""
    more = " compile(check=False) trains without this look."
    return texts[0] + more if len(texts) == 1 else "\n- ".join(["", *texts]) + more
