"""Models: layers that are trained together; functional ones, chains, and what is made of them."""

from __future__ import annotations

from autograd_nn.nn.cloning import clone_model, model_from_json
from autograd_nn.nn.model import Model
from autograd_nn.nn.saving import load_model, save_model
from autograd_nn.nn.sequential import Sequential

Functional = Model  # what Keras calls one that is made of symbols

__all__ = [
    "Functional", "Model", "Sequential", "clone_model", "load_model", "model_from_json",
    "save_model",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
