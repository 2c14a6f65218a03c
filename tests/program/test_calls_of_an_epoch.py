"""What an epoch costs beside its steps is counted in calls: no walk through the model is made."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn

X, Y = np.linspace(-1, 1, 64 * 3, dtype="float32").reshape(64, 3), np.tile([0.0, 1.0], 32)


def calls(call: Callable[[], Any]) -> Counter[str]:
    """How often each function of Python is called meanwhile."""
    found: Counter[str] = Counter()

    def note(frame: Any, event: str, arg: Any) -> None:
        if event == "call":
            found[frame.f_code.co_name] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return found


# Calls of Python that an epoch of one stretch makes; each costs a tenth of a microsecond and more
LIMIT = 93 if sys.version_info >= (3, 12) else 99  # comprehensions were calls
WALKS = ("held", "_flattened", "_inside", "_modules", "_pairs", "stands", "read")


@pytest.mark.native
def test_an_epoch_walks_nothing_and_makes_few_calls() -> None:
    model = nn.Sequential([nn.Input((3,)), nn.Dense(4, "relu"), nn.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", ["accuracy"], deterministic=True)

    def fit(epochs: int) -> Counter[str]:
        return calls(lambda: model.fit(X, Y, batch_size=32, epochs=epochs, verbose=0))

    for _ in range(10):  # until each guard is a function of its own
        fit(12)
    several, one = fit(11), fit(1)
    each = {name: (several[name] - one[name]) / 10 for name in several}
    assert {name: each[name] for name in WALKS if each.get(name)} == {}
    assert sum(each.values()) <= LIMIT
