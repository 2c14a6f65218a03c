"""Prediction: a model as a function of tensors, for a program to be made of it."""

from __future__ import annotations

import weakref
from typing import Any

from autograd_nn.engine import tree
from autograd_nn.engine.tensor import Tensor


class Prediction:
    """A model's outputs as a list, of its inputs one by one."""

    _unguarded = True  # it never changes, and what the model reads is watched

    def __init__(self, model: Any, structure: Any) -> None:
        self.model: Any = weakref.ref(model)  # which holds it
        self.structure = structure

    def one(self, x: Tensor) -> list[Tensor]:
        return [self.model()._predict_tensors(x)]

    def several(self, *xs: Tensor) -> list[Tensor]:
        y = self.model()._predict_tensors(tree.unflatten(self.structure, xs))
        return tree.flatten(y)[0]
