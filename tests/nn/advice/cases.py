"""What is looked at in a case of `Model.check`: what makes a model, its inputs and targets."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from autograd_nn import nn
from autograd_nn.nn.advice import CheckWarning

Case = tuple[Any, Any, Any]  # a model, x, y


def net(loss: Any, *stack: Any, shape: Any = (4,), optimizer: Any = "adam", **told: Any) -> Any:
    model = nn.Sequential([nn.Input(shape), *stack])
    model.compile(optimizer, loss, **told)
    return model


def is_told_nothing(make: Callable[[], Case]) -> None:
    model, x, y = make()
    assert model.check(x, y) == []


def is_told_its_repair(make: Callable[[], Case], repair: str) -> None:
    model, x, y = make()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckWarning)
        found = model.check(x, y)
    assert any(repair in text for text in found), found
    assert len(found) == len(set(found)) < 3


def is_refused(make: Callable[[], Case], repair: str) -> None:
    model, x, y = make()
    with pytest.raises(ValueError, match=repair):
        model.check(x, y)
